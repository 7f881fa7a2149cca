"""A gateway that watches a folder, killed again and again: each file settles once and is answered once."""

import os
import signal
from itertools import islice
from pathlib import Path
from time import sleep

import numpy as np

from comity.gateway import folder as folders
from comity.node.verify import verify_file
from tests.api.messages import item, transfers, written
from tests.faults.serving import ALFA_FOLDER, served
from tests.gateway.test_folder import DAY_OPENS
from tests.serving import PATIENCE_S

LIVES, FILES = 3, 60
LOOK_S = 0.02


def put(folder: Path, number: int) -> None:
    """Put in a payment of a cent; every seventh file cannot be read."""
    partial = folder / "in" / f".{number}"
    whole = written(transfers(f"M-{number}", item(number, "0.01")))
    partial.write_bytes(whole[:200] if number % 7 == 0 else whole)
    partial.chmod(0o600)
    partial.rename(folder / "in" / f"{number:04}.xml")


def fetch(folder: Path, got: list[str]) -> None:
    """Take what lies in `out/`, as the participant does while the gateway lives and while it does not."""
    for each in (folder / "out").iterdir():
        each.unlink()
        if each.name not in DAY_OPENS:
            got.append(each.name)


def test_killed_while_files_come_each_is_answered_once(tmp_path: Path) -> None:
    alfa = tmp_path / ALFA_FOLDER
    alfa.mkdir(mode=0o700)
    folders.Folder(alfa)
    got: list[str] = []
    numbers = iter(range(FILES))
    for after_s in np.random.Generator(np.random.PCG64(7)).uniform(0.05, 0.9, LIVES).tolist():
        for number in islice(numbers, FILES // (LIVES + 1)):
            put(alfa, number)
        with served(tmp_path) as (process, _):
            sleep(after_s)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        fetch(alfa, got)
    for number in numbers:
        put(alfa, number)
    with served(tmp_path) as (process, _):
        left_s = float(PATIENCE_S)
        while len(got) < FILES and left_s > 0:
            sleep(LOOK_S)
            left_s -= LOOK_S
            fetch(alfa, got)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, "what is being taken is filed, then it ends"
    fetch(alfa, got)
    assert sorted(name.split(".")[1] for name in got) == [f"{number:04}" for number in range(FILES)]
    poisoned = len(range(0, FILES, 7))
    assert verify_file(tmp_path / "day.log").instructions == FILES - poisoned
    assert len(list((alfa / "done").iterdir())) == FILES - poisoned
    assert len(list((alfa / "poison").iterdir())) == 2 * poisoned
    assert not list((alfa / "in").iterdir())
