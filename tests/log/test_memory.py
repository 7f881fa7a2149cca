from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from comity.log.memory import MemoryLog, MemoryStore
from comity.log.record import Algorithm
from tests.ports.log_cases import FencedLogCases

if TYPE_CHECKING:
    from pathlib import Path


class TestMemoryLog(FencedLogCases):
    @pytest.fixture(autouse=True)
    def _store(self) -> None:
        self.store = MemoryStore()

    def open(self, folder: Path, algorithm: Algorithm = Algorithm.SHA256) -> MemoryLog:
        assert folder.is_dir()
        return MemoryLog(self.store, algorithm)

    def truncate_last(self, folder: Path, size: int) -> None:
        assert folder.is_dir()
        self.store.records[-1] = self.store.records[-1][:size]

    def append_bytes(self, folder: Path, sequence: int, data: bytes) -> None:
        assert folder.is_dir()
        assert sequence == len(self.store.records) + 1
        self.store.records.append(data)
