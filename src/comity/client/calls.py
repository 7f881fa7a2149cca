"""Calls: what may be asked of a server, each with its path, its body and the shape of its answer.

A call is made here and sent elsewhere, so that the client that waits and the one that does not ask the
same things in the same words. Money is written as `"100.00 CNY"`: an amount in major units, never a float.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeVar
from urllib.parse import quote

import msgspec

from comity.errors import Fault, InvalidRequest
from comity.wire.accounts import Balances, ParticipantInfo, Positions, Statement
from comity.wire.answers import Page
from comity.wire.authority import Approval, CommandRow, Commands, Decision, Given
from comity.wire.conformance import Certificate, Report, Standing
from comity.wire.health import Ready
from comity.wire.identities import Me
from comity.wire.instructions import Carried, Entered, Explanation, Instruction, Payment, Pvp
from comity.wire.sandbox import Advance, Now
from comity.wire.screening import CaseKnown, CaseShown, ListKnown, ListLoading, VerdictAsked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comity.wire.instructions import Customer, PriorityWord
    from comity.wire.screening import CaseState

Answer = TypeVar("Answer")
OWN = "."
"""Stands for the party whose key asks; no code is written so."""
_MONEY_PARTS = 2


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request.

    Attributes
    ----------
    answer
        What a body of status 2xx is read as.
    own
        Fields of the body that hold `OWN` until it is known who asks.
    keyed
        Whether it changes something, and so carries an idempotency key.
    """

    method: str
    path: str
    answer: type[Answer]
    params: Mapping[str, str] = field(default_factory=dict)
    body: msgspec.Struct | bytes | None = None
    media_type: str = "application/json"
    own: tuple[str, ...] = ()
    keyed: bool = False
    read: Callable[[bytes], Answer] | None = None
    """Reads the answer; as JSON of the type `answer` if absent."""

    def of(self, party: str) -> Call[Answer]:
        """Return the call with the party whose key asks in its place."""
        assert isinstance(self.body, msgspec.Struct)
        filled = {name: party for name in self.own if getattr(self.body, name) == OWN}
        return Call(
            self.method,
            self.path,
            self.answer,
            self.params,
            msgspec.structs.replace(self.body, **filled),
            self.media_type,
            (),
            self.keyed,
            self.read,
        )


def money(text: str) -> tuple[str, str]:
    """Read `"100.00 CNY"` as amount and currency; InvalidRequest if it is something else."""
    parts = str(text).split()
    if len(parts) != _MONEY_PARTS:
        raise InvalidRequest([Fault("", 0, "amount", "an amount and a currency such as '100.00 CNY'", repr(text))])
    return parts[0], parts[1]


def pay(
    name: str,
    creditor: str,
    amount: str,
    *,
    debtor: str = OWN,
    priority: PriorityWord = "normal",
    kind: Literal["customer", "interbank"] = "customer",
    purpose: str = "",
    earliest: str = "",
    latest: str = "",
    date: str = "",
    debtor_party: Customer | None = None,
    creditor_party: Customer | None = None,
    dry_run: bool = False,
) -> Call[Entered]:
    """Enter a payment; `name` is its id, unique for the payer and the day; the parties are customers behind it."""
    figure, currency = money(amount)
    body = Payment(
        name,
        debtor,
        creditor,
        currency,
        figure,
        priority,
        kind,
        date=date or msgspec.UNSET,
        earliest=earliest or msgspec.UNSET,
        latest=latest or msgspec.UNSET,
        purpose=purpose,
        debtor_party=debtor_party or msgspec.UNSET,
        creditor_party=creditor_party or msgspec.UNSET,
    )
    return _entered("/v1/payments", body, ("debtor",), dry_run=dry_run)


def pvp(
    name: str,
    *,
    sell: str,
    buy: str,
    seller: str = OWN,
    buyer: str = OWN,
    priority: PriorityWord = "high",
    reference: str = "",
    earliest: str = "",
    latest: str = "",
    dry_run: bool = False,
) -> Call[Entered]:
    """Enter the own side of a PvP: the seller pays `sell`, the buyer pays `buy`, both or neither.

    Name the other side alone, `buyer` or `seller`. It settles once both have entered the same.
    """
    body = _pvp(name, sell, buy, seller, buyer, priority, reference, earliest, latest)
    return _entered("/v1/pvp", body, ("seller", "buyer"), dry_run=dry_run)


def propose_pvp(
    name: str,
    *,
    sell: str,
    buy: str,
    seller: str = OWN,
    buyer: str = OWN,
    priority: PriorityWord = "high",
    reference: str = "",
    earliest: str = "",
    latest: str = "",
) -> Call[Approval]:
    """Enter both sides of a PvP; as `pvp`, but it waits until an approver of the other side has approved it."""
    body = _pvp(name, sell, buy, seller, buyer, priority, reference, earliest, latest)
    both = msgspec.structs.replace(body, entered_by="both")
    return Call("POST", "/v1/pvp", Approval, body=both, own=("seller", "buyer"), keyed=True)


def _pvp(
    name: str,
    sell: str,
    buy: str,
    seller: str,
    buyer: str,
    priority: PriorityWord,
    reference: str,
    earliest: str,
    latest: str,
) -> Pvp:
    """Return the own side of a PvP."""
    if (seller == OWN) == (buyer == OWN):
        raise InvalidRequest([Fault("", 0, "buyer", "the other side: either buyer or seller", "both or none")])
    sold, sell_currency = money(sell)
    bought, buy_currency = money(buy)
    return Pvp(
        name,
        seller,
        buyer,
        sell_currency,
        sold,
        buy_currency,
        bought,
        "seller" if seller == OWN else "buyer",
        priority,
        earliest=earliest or msgspec.UNSET,
        latest=latest or msgspec.UNSET,
        reference=reference or msgspec.UNSET,
    )


def status(name: str, *, participant: str = "", date: str = "") -> Call[Page[Instruction]]:
    """Tell how what was entered under an id stands, of a PvP both legs; Missing if nothing was.

    With the business date on which it was entered, also what has ended long ago.
    """
    return Call("GET", "/v1/instructions", Page[Instruction], _given(participant=participant, id=name, date=date))


def instructions(
    *,
    kind: str = "",
    participant: str = "",
    currency: str = "",
    state: str = "",
    after: str = "",
    limit: int = 100,
) -> Call[Page[Instruction]]:
    """List instructions in order of entry; `after` is `next` of the page before."""
    params = _given(kind=kind, participant=participant, currency=currency, state=state, after=after)
    return Call("GET", "/v1/instructions", Page[Instruction], {**params, "limit": str(limit)})


def explain(name: str, *, participant: str = "") -> Call[Explanation]:
    """Say why an instruction waits, and the least amount of money that would release it."""
    path = f"/v1/instructions/{quote(name, safe='')}/explanation"
    return Call("GET", path, Explanation, _given(participant=participant))


def cancel(name: str) -> Call[Carried]:
    """Cancel what was entered under an id, unless it is irrevocable."""
    return Call("DELETE", f"/v1/instructions/{quote(name, safe='')}", Carried, keyed=True)


def positions(*, participant: str = "", currency: str = "") -> Call[Positions]:
    """Tell what accounts hold and may spend now, and what waits for them."""
    return Call("GET", "/v1/positions", Positions, _given(participant=participant, currency=currency))


def balances(*, participant: str = "", currency: str = "", sequence: int = 0, date: str = "") -> Call[Balances]:
    """Tell what accounts held with every record up to one applied, 0: up to the last; or at the end of a date."""
    params = _given(participant=participant, currency=currency, date=date)
    return Call("GET", "/v1/balances", Balances, {**params, "sequence": str(sequence)} if sequence else params)


def statement(currency: str, *, participant: str = "", after: int = 1, until: int = 0) -> Call[Statement]:
    """Tell what moved on an account by the records after one, up to another."""
    params = _given(currency=currency, participant=participant)
    return Call("GET", "/v1/statements", Statement, {**params, "after": str(after), "until": str(until)})


def queue(currency: str, *, participant: str = "", limit: int = 100) -> Call[Page[Instruction]]:
    """Tell what waits to debit an account, the first in its queue first, and what each item lacks."""
    path = f"/v1/queues/{quote(currency, safe='')}"
    return Call("GET", path, Page[Instruction], {**_given(participant=participant), "limit": str(limit)})


def participants() -> Call[Page[ParticipantInfo]]:
    """List who takes part."""
    return Call("GET", "/v1/participants", Page[ParticipantInfo])


def me() -> Call[Me]:
    """Tell who asks, as the server knows them."""
    return Call("GET", "/v1/me", Me)


def give(*commands: Mapping[str, str], reason: str = "", dry_run: bool = False) -> Call[Given | Approval]:
    """Give commands, with the columns of commands.csv; an approval comes back if others have to agree first."""
    rows = [msgspec.convert(dict(command), CommandRow) for command in commands]
    body = Commands(commands=rows, reason=reason)
    params = _given(dry_run=dry_run)
    return Call("POST", "/v1/commands", object, params, body, keyed=not dry_run, read=_given_or_waits)  # type: ignore[arg-type]


def approvals(*, show: Literal["open", "all"] = "open", after: str = "") -> Call[Page[Approval]]:
    """List what waits for approval, or all that is remembered."""
    return Call("GET", "/v1/approvals", Page[Approval], {"show": show, **_given(cursor=after)})


def approve(approval: str) -> Call[Approval]:
    """Approve what somebody else has asked for."""
    return Call("POST", f"/v1/approvals/{quote(approval, safe='')}/approve", Approval, keyed=True)


def reject(approval: str, reason: str = "") -> Call[Approval]:
    """Reject what somebody has asked for; one rejection ends it."""
    path = f"/v1/approvals/{quote(approval, safe='')}/reject"
    return Call("POST", path, Approval, body=Decision(reason), keyed=True)


def cases(*, state: CaseState | Literal["any"] = "open", after: str = "") -> Call[Page[CaseKnown]]:
    """List cases of screening that whoever asks has to decide; `after` is `next` of the page before."""
    return Call("GET", "/v1/cases", Page[CaseKnown], {"state": state, **_given(after=after)})


def case(name: str) -> Call[CaseShown]:
    """Show a case: what the instruction says of each party, and what the list says."""
    return Call("GET", f"/v1/cases/{quote(name, safe='')}", CaseShown)


def decide(name: str, verdict: Literal["clear", "block"], reason: str, *, good_guy_until: str = "") -> Call[Approval]:
    """Propose a verdict on a case, which another officer approves; `good_guy_until` is an instant, if one counts."""
    body = VerdictAsked(verdict=verdict, reason=reason, good_guy_until=good_guy_until or msgspec.UNSET)
    return Call("POST", f"/v1/cases/{quote(name, safe='')}/verdict", Approval, body=body, keyed=True)


def lists() -> Call[Page[ListKnown]]:
    """List every edition of every list of sanctions that came into force."""
    return Call("GET", "/v1/lists", Page[ListKnown])


def load_list(name: str, data: bytes, *, dry_run: bool = False) -> Call[ListLoading]:
    """Put an edition of a list in force, as its publisher has it; or propose it, if another officer has to approve."""
    path, params = f"/v1/lists/{quote(name, safe='')}", _given(dry_run=dry_run)
    return Call("PUT", path, ListLoading, params, data, "application/octet-stream", keyed=not dry_run)


def ready() -> Call[Ready]:
    """Tell whether the server takes instructions; Overloaded if not."""
    return Call("GET", "/health/ready", Ready)


def advance(by: str = "", *, to: str = "") -> Call[Now]:
    """Let time pass in a sandbox: by a length such as "2h", or to an instant."""
    return Call("POST", "/v1/sandbox/advance", Now, body=Advance(by, to), keyed=True)


def conformance() -> Call[Standing]:
    """Tell which cases of the suite whoever asks has passed, in a sandbox."""
    return Call("GET", "/v1/conformance", Standing)


def examine(message: bytes) -> Call[Report]:
    """Report what a message is found to be, in a sandbox; it is not entered."""
    return Call("POST", "/v1/conformance/messages", Report, body=message, media_type="application/xml")


def certificate() -> Call[Certificate]:
    """Return the certificate of whoever asks; Missing unless every case of the suite is passed."""
    return Call("GET", "/v1/conformance/certificate", Certificate)


def _entered(path: str, body: msgspec.Struct, own: tuple[str, ...], *, dry_run: bool) -> Call[Entered]:
    return Call("POST", path, Entered, _given(dry_run=dry_run), body, own=own, keyed=not dry_run)


def _given(*, dry_run: bool = False, **params: str) -> dict[str, str]:
    """Return the parameters that were given."""
    given = {name: value for name, value in params.items() if value}
    return {**given, "dry_run": "true"} if dry_run else given


def _given_or_waits(body: bytes) -> Given | Approval:
    """Read what came of commands: they were carried out, or wait for others."""
    try:
        return msgspec.json.decode(body, type=Given)
    except msgspec.ValidationError:
        return msgspec.json.decode(body, type=Approval)
