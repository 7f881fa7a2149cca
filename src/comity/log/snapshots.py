"""States saved beside a log, so that recovery need not replay from its start.

A snapshot is one file: a line of JSON, the arrays of the state in NumPy's own
format, and the SHA-256 of all that. It is written beside, synced and renamed, so
a file of its final name is complete. A snapshot never decides anything: one that
is damaged, that another version saved, or that does not lie on the log it is offered
for is passed over, and an older one or the whole log is replayed instead.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from comity.errors import LogError
from comity.log.lock import sync_directory

_MAGIC = "comity snapshot 1"
_SUM_SIZE = 32
_CHUNK = 1 << 20


class Snapshot(NamedTuple):
    """The state after record `sequence`."""

    sequence: int
    hash: bytes
    """Of record `sequence`: ties the state to one history."""
    digests: tuple[tuple[int, bytes], ...]
    """Digests by sequence that the next records carry."""
    parts: dict[str, np.ndarray]


class Snapshots:
    """The snapshots in one folder.

    Parameters
    ----------
    folder
        Created if absent; LogError if it cannot be.
    keep
        So many of the youngest stay when a new one is saved, 1 or more.
    """

    def __init__(self, folder: str | PathLike[str], keep: int = 2) -> None:
        self.folder = Path(folder)
        self._keep = keep
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogError(f"{self.folder} cannot be created: {error.strerror}") from error

    def save(self, snapshot: Snapshot) -> Path:
        """Write `snapshot` durably and drop the oldest; LogError if the device fails."""
        path = self.folder / f"{snapshot.sequence:020d}.snapshot"
        beside = path.with_suffix(".part")
        try:
            with beside.open("wb") as stream:
                _write(stream, snapshot)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise LogError(f"{path} cannot be written: {error.strerror}") from error
        sync_directory(self.folder)
        for old in self._paths()[self._keep :]:
            old.unlink(missing_ok=True)
        return path

    def youngest(self, until: int) -> Iterator[Snapshot]:
        """Yield the sound snapshots of records up to `until`, the youngest first."""
        for path in self._paths():
            if int(path.stem) <= until:
                snapshot = _read(path)
                if snapshot is not None:
                    yield snapshot

    def _paths(self) -> list[Path]:
        return sorted((path for path in self.folder.glob("*.snapshot") if path.stem.isdecimal()), reverse=True)


class _Summed:
    """A stream that hashes what is written through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sum = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sum.update(data)
        return self._stream.write(data)


def _write(stream: BinaryIO, snapshot: Snapshot) -> None:
    summed = _Summed(stream)
    about = {
        "format": _MAGIC,
        "sequence": snapshot.sequence,
        "hash": snapshot.hash.hex(),
        "digests": [[sequence, digest.hex()] for sequence, digest in snapshot.digests],
        "parts": list(snapshot.parts),
    }
    summed.write(json.dumps(about).encode() + b"\n")
    for part in snapshot.parts.values():
        np.lib.format.write_array(summed, np.ascontiguousarray(part), allow_pickle=False)
    stream.write(summed.sum.digest())


def _read(path: Path) -> Snapshot | None:
    """Read the snapshot at `path`; None if it is not what was written."""
    try:
        with path.open("rb") as stream:
            if not _is_sound(stream):
                return None
            stream.seek(0)
            about = json.loads(stream.readline())
            if about["format"] != _MAGIC:
                return None
            parts = {name: np.lib.format.read_array(stream, allow_pickle=False) for name in about["parts"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    digests = tuple((int(sequence), bytes.fromhex(digest)) for sequence, digest in about["digests"])
    return Snapshot(int(about["sequence"]), bytes.fromhex(about["hash"]), digests, parts)


def _is_sound(stream: BinaryIO) -> bool:
    """Compare the sum at the end of `stream` with its content."""
    left = stream.seek(0, os.SEEK_END) - _SUM_SIZE
    stream.seek(0)
    summed = hashlib.sha256()
    while left > 0:
        data = stream.read(min(_CHUNK, left))
        summed.update(data)
        left -= len(data)
    return left == 0 and stream.read() == summed.digest()
