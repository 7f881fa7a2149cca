"""Conformance: what a participant's messages are found to be before they count, and whether it has shown all it has to.

A report says of one message, which is not entered, whether it follows its schema and how it stands to every usage
rule. The suite is a list of cases, each passed by a message that was sent or fetched as messages are at any time. Once
all are passed there is a certificate, signed by the gateway's key.

It belongs to a sandbox, and is forgotten with it.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from comity.errors import NotFound
from comity.gateway.authors import authored
from comity.gateway.clock import machine_now
from comity.gateway.inbox import Declined, Why
from comity.gateway.originals import digest_of
from comity.iso20022.definitions import name_of
from comity.iso20022.header import Header
from comity.iso20022.messages import MESSAGES
from comity.iso20022.reading import read
from comity.iso20022.refusal import MessageRefused
from comity.iso20022.rules import RULES, Breach, asked, broken, strange
from comity.iso20022.signature import SignatureRefused, is_signed
from comity.model.instant import format_instant
from comity.model.reason import State
from comity.wire.conformance import Case, Certificate, Passed, Place, Report, RuleResult, Standing, certificate_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from comity.gateway.actor import Actor
    from comity.gateway.answers import Outcome
    from comity.gateway.inbox import Desk, Incoming
    from comity.gateway.outgoing import Due
    from comity.gateway.signing import Signer
    from comity.iso20022.parsing import Parsed
    from comity.wire.conformance import Result

SUITE: Final = 1
"""Version of the suite: another number once a case is added or asks for something else."""
_SIGNATURES = frozenset({"SIG-2", "SIG-3", "SIG-4", "SIG-5"})


class Shown(NamedTuple):
    """Something that a participant did with a message."""

    definition: str
    message: str
    """Its reference."""
    how: str
    """`sent`, `again`, `refused` or `fetched`."""
    states: Sequence[State] = ()
    """Of the payments or the trade in it."""
    done: bool = False
    """Whether every command of it was done."""
    why: Why | None = None

    @property
    def name(self) -> str:
        """Its name in every version."""
        return name_of(self.definition)


def _settled(name: str) -> Callable[[Shown], bool]:
    return lambda shown: shown.how == "sent" and shown.name == name and State.STLD in shown.states


def _done(name: str) -> Callable[[Shown], bool]:
    return lambda shown: shown.how == "sent" and shown.name == name and shown.done


CASES: Final[dict[str, tuple[str, Callable[[Shown], bool]]]] = {
    "customer-payment": ("a pacs.008 of which a payment settles", _settled("pacs.008")),
    "file": (
        "a pacs.008 of two payments or more, which is carried out",
        lambda shown: shown.how == "sent" and shown.name == "pacs.008" and len(shown.states) > 1,
    ),
    "institution-payment": ("a pacs.009 of which a payment settles", _settled("pacs.009")),
    "return": ("a pacs.004 of which a return settles", _settled("pacs.004")),
    "queued": (
        "a payment that waits when it is answered",
        lambda shown: shown.how == "sent" and any(State.NONE < state < State.STLD for state in shown.states),
    ),
    "cancellation": ("a camt.056 that cancels", _done("camt.056")),
    "reservation": ("a camt.048 that reserves", _done("camt.048")),
    "trade": (
        "a fxtr.014 that is carried out",
        lambda shown: shown.how == "sent" and shown.name == "fxtr.014" and State.RJTD not in shown.states,
    ),
    "repeated": ("a message sent again, which is answered the same", lambda shown: shown.how == "again"),
    "reused": ("another message under a used reference, which is refused", lambda shown: shown.why is Why.USED),
    "refused": ("a message that breaks a usage rule, which is refused", lambda shown: shown.why is Why.BROKEN),
    "received": (
        "a payment for the participant, fetched as a message",
        lambda shown: shown.how == "fetched" and shown.name.startswith("pacs.00") and shown.name != "pacs.002",
    ),
    "told-later": (
        "a pacs.002 or fxtr.008 that tells what became of an instruction, fetched",
        lambda shown: shown.how == "fetched" and shown.name in {"pacs.002", "fxtr.008"},
    ),
}
"""What each case asks for, and what passes it."""


class Conformance:
    """How each participant stands in the suite.

    Parameters
    ----------
    union
        Its name, for certificates.
    """

    def __init__(self, union: str, signer: Signer, now: Callable[[], int]) -> None:
        self._union = union
        self._signer = signer
        self._now = now
        self._passed: dict[str, dict[str, Passed]] = {}

    def carried(self, incoming: Incoming, outcome: Outcome, *, told_before: bool) -> None:
        """Take note of a message that was carried out."""
        states = [State(int(result["state"])) for result in outcome.results]
        done = bool(outcome.answers) and not any(answer["why"] for answer in outcome.answers)
        note = incoming.note
        how = "again" if told_before else "sent"
        self._take(note.party, Shown(note.definition, note.message, how, states, done))

    def refused(self, party: str, declined: Declined) -> None:
        """Take note of a message that was refused."""
        about = declined.answer.about or Header()
        self._take(party, Shown(about.definition, about.reference, "refused", why=declined.why))

    def fetched(self, due: Due) -> None:
        """Take note of a message that a participant was given."""
        self._take(due.party, Shown(due.definition, due.id, "fetched"))

    def standing(self, party: str) -> Standing:
        """Return how a participant stands."""
        cases = self._cases(party)
        return Standing(party, SUITE, all(case.passed for case in cases), cases)

    def certificate(self, party: str) -> Certificate:
        """Certify that a participant has passed the suite; NotFound if it has not."""
        standing = self.standing(party)
        if not standing.complete:
            missing = ", ".join(case.case for case in standing.cases if case.passed is None)
            raise NotFound(f"{party} has still to show: {missing}")
        unsigned = Certificate(
            party,
            self._union,
            SUITE,
            version("comity"),
            format_instant(machine_now()),
            standing.cases,
            self._signer.public.hex(),
        )
        return msgspec.structs.replace(unsigned, signature=self._signer.sign(certificate_bytes(unsigned)).hex())

    def _cases(self, party: str) -> list[Case]:
        passed = self._passed.get(party, {})
        return [Case(name, asks, passed.get(name)) for name, (asks, _) in CASES.items()]

    def _take(self, party: str, shown: Shown) -> None:
        passed = self._passed.setdefault(party, {})
        for name, (_, passes) in CASES.items():
            if name not in passed and passes(shown):
                passed[name] = Passed(format_instant(self._now()), shown.message, shown.definition)


def examine(desk: Desk, data: bytes, actor: Actor, instant: int) -> Report:
    """Report what a message is found to be; nothing is entered, and no reference is used up."""
    try:
        desk.take(data, actor, instant)
        why, answer = "", ""
    except Declined as declined:
        why, answer = declined.why.value, desk.write(declined.answer).decode()
    try:
        parsed = desk.parser.parse(data)
    except MessageRefused as bad:
        faults = bad.faults or [("", bad.found)] * bool(bad.found)
        schema = [Place(place, words) for place, words in faults]
        is_accepted = False
        return Report(is_accepted, why, bad.version, bad.reference, bad.refusal.value, schema, [], answer)
    rules = _rules(desk, data, parsed, actor, instant)
    reference = read(parsed.header, Header).reference if parsed.header is not None else ""
    if any(each.rule == "IDS-5" and each.result == "failed" for each in rules):
        why = Why.USED.value
    return Report(not why, why, parsed.version, reference, "", [], rules, answer)


def _rules(desk: Desk, data: bytes, parsed: Parsed, actor: Actor, instant: int) -> list[RuleResult]:
    """Return how a message stands to every rule."""
    header = None if parsed.header is None else read(parsed.header, Header)
    message = read(parsed.content, MESSAGES[parsed.name])
    looked_at = set(asked(message, header, parsed.version))
    found = [*broken(message, header, parsed.version, desk.usage), *strange(message, header, actor.party, desk.usage)]
    if is_signed(parsed):
        looked_at |= _SIGNATURES
        found += _of_signature(desk, parsed, actor, instant)
    if header is not None:
        looked_at.add("IDS-5")
        sent = desk.known.messages.find(actor.party, header.reference)
        if sent is not None and sent.fingerprint != digest_of(data):
            found.append(Breach("IDS-5", -1, "AppHdr/BizMsgIdr", "known with another content"))
    return [_result(rule, [each for each in found if each.rule == rule], looked_at=rule in looked_at) for rule in RULES]


def _of_signature(desk: Desk, parsed: Parsed, actor: Actor, instant: int) -> list[Breach]:
    try:
        authored(parsed, actor, instant, desk.identities, desk.parser.parse, must_sign=True)
    except SignatureRefused as bad:
        return [Breach(bad.rule, -1, "AppHdr/Sgntr", bad.found)]
    return []


def _result(rule: str, breaches: list[Breach], *, looked_at: bool) -> RuleResult:
    about = RULES[rule]
    places = [Place(each.place, each.found, each.item + 1) for each in breaches]
    result: Result = "failed" if places else "passed" if looked_at else "not-applicable"
    return RuleResult(rule, result, about.text, about.code, places)
