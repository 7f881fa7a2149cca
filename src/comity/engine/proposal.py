"""A proposal of what to settle together: its body, and why it is refused."""

import json
from typing import TYPE_CHECKING

import numpy as np

from comity.engine.columns import read_json
from comity.engine.kernels.clearing import NOT_IN_CUT
from comity.engine.kernels.layout import SPACE_KIND
from comity.engine.kernels.proposals import NOT_WAITING, TWICE, adopt
from comity.engine.kernels.state import Int32s

if TYPE_CHECKING:
    from comity.engine.core import Engine

INT32_SIZE = 4
_LIMIT_NAMES = ("bilateral limit", "multilateral limit", "corridor cap", "holding cap")
_LIMITS_BELOW = -(1 << 39)
"""Answers of `adopt` below this name a limit, above it an account."""


def pack_proposal(slots: np.ndarray, rule: str, proposer: str, bound_minor: np.ndarray) -> bytes:
    """Make the body of a SETTLE_TOGETHER record.

    It is the size of the JSON as int32, the JSON {rule, proposer, bound_minor}, and the slots as int32.
    """
    about = json.dumps({"rule": rule, "proposer": proposer, "bound_minor": bound_minor.tolist()}).encode()
    return b"".join((np.array([len(about)], "<i4").tobytes(), about, slots.astype("<i4").tobytes()))


def unpack_proposal(body: bytes | memoryview) -> tuple[dict[str, object], np.ndarray]:
    """Split what `pack_proposal` made: what it says about itself, and the slots.

    Raises
    ------
    ValueError
        If the parts do not fit together.
    """
    size = int(np.frombuffer(body, "<i4", 1)[0]) if len(body) >= INT32_SIZE else -1
    if size < 0 or len(body) < INT32_SIZE + size or (len(body) - size) % INT32_SIZE:
        raise ValueError(f"a proposal of {len(body)} bytes does not hold {size} bytes of JSON and whole slots")
    about = read_json(body[INT32_SIZE : INT32_SIZE + size])
    if not isinstance(about, dict):
        raise ValueError("a proposal begins with a JSON object")  # noqa: TRY004 - a body that does not fit
    return about, np.frombuffer(body, "<i4", offset=INT32_SIZE + size).astype(np.int32)


def adopt_proposal(engine: "Engine", slots: Int32s) -> tuple[int, str]:
    """Apply a proposal of slots if it holds.

    Return how many instructions settled, and why none did (empty if it was applied). `slots` is overwritten.
    """
    if len(slots) == 0:
        return 0, ""
    verdict = int(adopt(engine.state, slots))
    if verdict > 0:
        return verdict, ""
    if verdict == NOT_WAITING:
        return 0, "nothing of it still waits"
    if verdict == TWICE:
        return 0, "an instruction is unknown or stands in it twice"
    return 0, verdict_text(engine, -verdict if verdict > _LIMITS_BELOW else -verdict - (1 << 40))


def verdict_text(engine: "Engine", verdict: int) -> str:
    """Say what `comity.engine.kernels.settlement.judge` found: account + 1 ends short, or -(limit + 1) is exceeded."""
    if verdict >= NOT_IN_CUT:
        return "an obligation is not in the cut, or is settled"
    if verdict < 0:
        index = -verdict - 1
        return f"{_LIMIT_NAMES[int(engine.state.constraints[index, SPACE_KIND])]} {index} would be exceeded"
    owner, currency = engine.accounts.participant[verdict - 1], engine.accounts.currency[verdict - 1]
    return f"account {owner} {currency} would end short"
