"""Replay: the log of a day gives the same digest in another process, with another hash seed, compiled or not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.engine_day import EngineDay
from tests.scenarios.play import play
from tests.scenarios.text import read_scenarios

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""Hashes wrap; compiled code does so in silence."""

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "scenarios"
FILES = ("offsetting", "pvp", "operators")


def digests() -> str:
    """Play all days of some files; return the hexadecimal digest of each, a line each."""
    lines = []
    for name in FILES:
        for scenario in read_scenarios(SCENARIOS / f"{name}.txt"):
            day = EngineDay(scenario.genesis, checked=False)
            play(scenario, day)
            lines.append(f"{day.engine.digest().hex()} {scenario.title}")
    return "\n".join(lines)


def digests_elsewhere(**environment: str) -> str:
    """Return `digests` as another process finds them."""
    code = (
        "import warnings; warnings.simplefilter('ignore', RuntimeWarning);"
        " from tests.replay.test_replay import digests; print(digests())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.jit_off
def test_days_give_the_same_digests_with_another_hash_seed() -> None:
    assert digests_elsewhere(PYTHONHASHSEED="4711") == digests()


def test_days_give_the_same_digests_without_compiled_kernels() -> None:
    assert digests_elsewhere(NUMBA_DISABLE_JIT="1") == digests()


@pytest.mark.jit_off
def test_replay_of_a_saved_half_and_its_rest_gives_the_digest_of_the_whole() -> None:
    for scenario in read_scenarios(SCENARIOS / "pvp.txt"):
        whole = EngineDay(scenario.genesis, checked=False)
        play(scenario, whole)
        again = EngineDay(scenario.genesis, checked=False)
        middle = len(whole.records) // 2
        for number, record in enumerate(whole.records):
            if number == middle:
                again.reload()
            again.engine.apply(*record)
        assert again.engine.digest() == whole.engine.digest()
