"""The shapes of commands: which fields each command has, and what stands in them.

`SHAPES` names for every field of a command a kind of text, and `KINDS` says
what fits a kind. The checks see canonical text only and know no union: that a
participant, an account or an instruction exists is checked by those who know.
"""

import re
from collections.abc import Callable, Container
from types import MappingProxyType
from typing import NamedTuple

from comity.model.amount import DIGITS_MAX
from comity.model.currency import CURRENCIES
from comity.model.instant import is_canonical_date, is_canonical_instant
from comity.model.participant import is_code, is_id, is_member_code
from comity.model.reason import Phase, Priority


class Shape(NamedTuple):
    """What stands in the fields of one command: kinds of `KINDS`, `?` for may be empty, empty for must be."""

    participant: str = ""
    currency: str = ""
    target: str = ""
    amount: str = ""
    value: str = ""


SHAPES = MappingProxyType(
    {
        "phase": Shape(currency="currency?", value="phase"),
        "transfer_in": Shape("code", "currency", "id?", "amount"),
        "transfer_out": Shape("code", "currency", "id?", "amount", "instant?"),
        "confirm_out": Shape("code", "currency", "id"),
        "reconcile": Shape("code", "currency", amount="amount"),
        "credit": Shape("code", "currency", amount="amount"),
        "limit": Shape("code", "currency", "code?", "amount?", "limit"),
        "reserve": Shape("code", "currency", amount="amount", value="reservation"),
        "freeze": Shape("code", "currency", amount="amount"),
        "unfreeze": Shape("code", "currency", amount="amount"),
        "cancel": Shape("code", target="id"),
        "agree_cancel": Shape("code", target="id"),
        "reprioritise": Shape("code", target="id", value="priority"),
        "reorder": Shape("code", target="id", value="place"),
        "hold": Shape("code", target="id"),
        "release": Shape("code", target="id"),
        "refuse": Shape("code", target="id"),
        "amend": Shape("code", "currency", "id", "amount"),
        "close": Shape("code?", "currency?", "pair?", value="closing"),
        "open": Shape("code?", "currency?", "pair?"),
        "agreement": Shape("", "currencies", "pair", "amount?", "services"),
        "suspend": Shape("code", value="suspension"),
        "resume": Shape("code", value="authority"),
        "extend": Shape("", "currency?", "cutoff", value="instant"),
        "offset": Shape("", "currencies?", value="rule"),
        "clear": Shape("", "currencies?", value="mode"),
        "auction": Shape(),
        "lot": Shape("", "currency", "currency", "amount?"),
        "tick": Shape("", "currency", "currency", value="tick?"),
        "exclude": Shape("member", target="member"),
        "include": Shape("member", target="member"),
        "decide": Shape("", "two currencies", "source?", value="decision"),
        "set": Shape(target="setting", value="flag"),
        "standing": Shape("code", "currency", amount="amount"),
        "floor": Shape("code", "currency", amount="amount", value="minor"),
        "ceiling": Shape("code", "currency", amount="amount", value="minor"),
    }
)
"""Every command. The cap of `agreement` is in the first currency it names.

An empty amount of `limit` or `lot` removes it, and so does an empty value of `tick`.
"""

SERVICES = ("payment", "pvp", "clearing", "conversion")
LIMIT_KINDS = ("bilateral", "multilateral", "corridor", "holding")
OFFSETTING_RULES = ("fifo", "all-or-nothing", "partial", "greedy", "best", "exact")
CLEARING_MODES = ("existing", "ccp")
SETTINGS = ("entry_offsetting", "bypass_normal")
SOURCE_LENGTH_MAX = 140
"""Longest name of a source of rates, in characters."""
CUTOFFS = ("customer_cutoff", "interbank_cutoff", "end")
TICK_DIGITS_MAX = 14
"""Digits of a tick: between the minor units of any two currencies neither of its two numbers is above 2^62 - 1 then."""

_TICK = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")


class Kind(NamedTuple):
    """What may stand in a field: in words, and the check of its canonical text."""

    expected: str
    fits: Callable[[str], bool]


def _one_of(*words: str) -> Kind:
    return Kind(f"one of {', '.join(words)}", frozenset(words).__contains__)


def _are_distinct(words: list[str], known: Container[str], text: str) -> bool:
    return all(word in known for word in words) and len(set(words)) == len(words) and " ".join(words) == text


def _is_pair(text: str) -> bool:
    ends = text.split(" ")
    return len(ends) == 2 and ends[0] != ends[1] and all(map(is_member_code, ends))  # noqa: PLR2004 - a pair


def _is_decision(text: str) -> bool:
    """Whether a date comes first and one name or two follow: that one does not suffice is an outcome."""
    day, *people = text.split(" ")
    return is_canonical_date(day) and len(people) in (1, 2) and all(map(is_code, people))


def _is_source(text: str) -> bool:
    return 0 < len(text) <= SOURCE_LENGTH_MAX and text.isprintable() and not text.isspace()


def _is_authority(text: str) -> bool:
    return text == "home" or is_member_code(text)


def _is_tick(text: str) -> bool:
    return text != "0" and bool(_TICK.fullmatch(text)) and len(text.replace(".", "")) <= TICK_DIGITS_MAX


def _is_minor(text: str) -> bool:
    digits = text.removeprefix("-")
    known = digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX
    return known and str(int(text)) == text


KINDS = MappingProxyType(
    {
        "code": Kind("a code of 1 to 35 characters without spaces", is_code),
        "member": Kind("a member, two capital letters", is_member_code),
        "currency": Kind("a currency of ISO 4217", CURRENCIES.__contains__),
        "currencies": Kind(
            "currencies of ISO 4217, each once, a space between",
            lambda text: _are_distinct(text.split(), CURRENCIES, text),
        ),
        "two currencies": Kind(
            "two currencies of ISO 4217, a space between",
            lambda text: len(text.split()) == 2 and _are_distinct(text.split(), CURRENCIES, text),  # noqa: PLR2004 - a pair
        ),
        "source": Kind(f"a source of rates, up to {SOURCE_LENGTH_MAX} characters", _is_source),
        "decision": Kind("a business date and two names without spaces", _is_decision),
        "id": Kind("an id of 1 to 35 characters", is_id),
        "pair": Kind("two members such as CN RU", _is_pair),
        "instant": Kind("an instant in RFC 3339, UTC", is_canonical_instant),
        "closing": Kind(
            "hold, reject, or the instant to run off until",
            lambda text: text in {"hold", "reject"} or is_canonical_instant(text),
        ),
        "suspension": Kind(
            "home or a member, perhaps followed by admit",
            lambda text: _is_authority(text.removesuffix(" admit")),
        ),
        "authority": Kind("home or a member", _is_authority),
        "minor": Kind("a target balance", _is_minor),
        "tick": Kind(f"a decimal above 0 such as 0.005, of at most {TICK_DIGITS_MAX} digits", _is_tick),
        "services": Kind(
            f"some of {', '.join(SERVICES)}, each once, a space between",
            lambda text: _are_distinct(text.split(), SERVICES, text),
        ),
        "phase": _one_of(*(phase.name.lower() for phase in Phase)),
        "priority": _one_of(*(priority.name.lower() for priority in Priority)),
        "reservation": _one_of("urgent", "high"),
        "limit": _one_of(*LIMIT_KINDS),
        "place": _one_of("front", "end"),
        "cutoff": _one_of(*CUTOFFS),
        "rule": _one_of(*OFFSETTING_RULES),
        "mode": _one_of(*CLEARING_MODES),
        "setting": _one_of(*SETTINGS),
        "flag": _one_of("true", "false"),
    }
)
"""Every kind of text in a field."""
