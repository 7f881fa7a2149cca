"""What is shown of work that takes long."""

import sys
import threading
from io import StringIO

import pytest

from comity.cli import progress


class _Terminal(StringIO):
    """Stderr; sets `written` when something is written."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.written = threading.Event()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        done = super().write(text)
        self.written.set()
        return done


def test_work_that_lasts_is_named_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal(terminal=True))
    monkeypatch.setattr(progress, "PATIENCE_S", 0.0)
    with progress.saying("compiling"):
        assert terminal.written.wait(60)
    assert terminal.getvalue() == "comity: compiling\n"


@pytest.mark.parametrize(("terminal", "patience_s"), [(True, 60.0), (False, 0.0)])
def test_short_work_and_what_is_no_terminal_stay_silent(
    terminal: bool,  # noqa: FBT001 - a case
    patience_s: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", stream := _Terminal(terminal=terminal))
    monkeypatch.setattr(progress, "PATIENCE_S", patience_s)
    with progress.saying("compiling"):
        pass
    assert stream.getvalue() == ""
