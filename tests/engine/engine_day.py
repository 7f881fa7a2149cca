"""The engine as a `Day`: every event becomes one record, and the checks of the engine run after each."""

import json

import numpy as np

from comity.engine import Applied, Engine
from comity.engine.columns import (
    FLAG_BY_BUYER,
    FLAG_BY_SELLER,
    FLAG_INTERBANK,
    FLAG_SCREEN,
    OBLIGATION,
    PAYMENT,
    PVP,
    SIDE,
    RecordKind,
    pack,
    pack_arrays,
)
from comity.engine.kernels.identity import hash_one
from comity.engine.kernels.layout import TODAY
from comity.engine.proposal import pack_proposal
from comity.model.instant import days_of
from comity.model.reason import How, Reason, State
from comity.model.union import Genesis
from tests.oracles.day import Answer, Money, Outcome
from tests.oracles.events import (
    Command,
    Cut,
    Discharge,
    Event,
    Obligation,
    Payment,
    Proposal,
    Settlement,
    Tick,
    Trade,
)
from tests.oracles.phases import Phases

Record = tuple[int, int, int, bytes]
"""Kind, sequence, instant, body."""


class EngineDay:
    """The engine, one record an event; `records` is the log so far.

    After every record the digest must equal the one computed anew and the
    invariants must hold, unless `checked` is false.
    """

    def __init__(self, genesis: Genesis, *, checked: bool = True) -> None:
        self.genesis = genesis
        self.engine = Engine.from_genesis(genesis)
        self.checked = checked
        self.records: list[Record] = []

    def apply(self, instant: int, event: Event) -> Answer:
        match event:
            case Payment():
                return self._row(self._append(RecordKind.PAYMENTS, instant, self._payment(event)))
            case Trade():
                return self._row(self._append(RecordKind.PVPS, instant, self._trade(event)))
            case Command():
                body = json.dumps([event.to_json()]).encode()
                result = self._append(RecordKind.COMMANDS, instant, body).results[0]
                return Answer(State.NONE, Reason(int(result["reason"])))
            case Proposal():
                return self._proposed(self._append(RecordKind.SETTLE_TOGETHER, instant, self._proposal(event)))
            case Tick():
                self._append(RecordKind.TICK, instant, b"")
                return Answer(State.NONE, Reason.NONE)
            case _:
                return self._clear(instant, event)

    def _clear(self, instant: int, event: Obligation | Cut | Discharge | Settlement) -> Answer:
        """Enter an obligation, or let a step of a cycle happen."""
        match event:
            case Obligation():
                return self._row(self._append(RecordKind.OBLIGATIONS, instant, self._obligation(event)))
            case Cut():
                about = {"currencies": list(event.currencies), "carry_max": event.carry_max}
                applied = self._append(RecordKind.CUT, instant, pack_arrays(about))
                return Answer(State.RJTD, Reason.INVALID) if applied.refused else Answer(State.NONE, Reason.NONE)
            case Discharge():
                return self._cycled(self._append(RecordKind.DISCHARGE, instant, self._discharge(event)))
            case Settlement():
                return self._cycled(self._append(RecordKind.PAY_OBLIGATIONS, instant, self._settlement(event)))

    def open(self, instant: int) -> None:
        """Send the phase changes up to `instant`."""
        for at, change in Phases(self.genesis).due(instant):
            self.apply(at, change)

    def _append(self, kind: RecordKind, instant: int, body: bytes) -> Applied:
        """Apply a record, and ticks for as long as more can be released."""
        applied = self._apply(kind, instant, body)
        pending = applied.pending
        while pending:
            pending = self._apply(RecordKind.TICK, instant, b"").pending
        if self.checked:
            self.engine.check()
            assert self.engine.digest() == self.engine.full_digest()
        return applied

    def _apply(self, kind: RecordKind, instant: int, body: bytes) -> Applied:
        self.records.append((int(kind), len(self.records) + 1, instant, body))
        return self.engine.apply(*self.records[-1])

    @staticmethod
    def _row(applied: Applied) -> Answer:
        result = applied.results[0]
        return Answer(State(int(result["state"])), Reason(int(result["reason"])), bool(result["repeated"]))

    @staticmethod
    def _proposed(applied: Applied) -> Answer:
        """Tell a refusal by its kind: nothing waits, an account ends short, or a limit is exceeded."""
        if not applied.refused:
            return Answer(State.STLD, Reason.NONE)
        if "waits" in applied.refused:
            return Answer(State.RJTD, Reason.NOT_WAITING)
        return Answer(State.RJTD, Reason.FUNDS if "short" in applied.refused else Reason.LIMIT)

    @staticmethod
    def _cycled(applied: Applied) -> Answer:
        """Tell a refusal of a cycle's record by its kind."""
        words = {"": Reason.NONE, "short": Reason.FUNDS, "exceeded": Reason.LIMIT, "after": Reason.LATE}
        found = [reason for word, reason in words.items() if word and word in applied.refused]
        if not applied.refused:
            return Answer(State.STLD, Reason.NONE)
        return Answer(State.RJTD, found[0] if found else Reason.INVALID)

    # Bodies

    def _hash(self, owner: str, text: str) -> tuple[int, int]:
        """Hash an id of a participant, or a name of the union if there is no owner; (0, 0) for no text."""
        index = self.engine.accounts.participant_index(owner) if owner else -1
        return hash_one(index, text, self.engine.seed) if text else (0, 0)

    def _account(self, participant: str, currency: str) -> int:
        return self.engine.accounts.find(participant, currency)

    def _side(self, event: Payment | Trade) -> np.ndarray:
        """Return the side row of an event; no row if nothing in it is out of the ordinary."""
        link, size = (event.link, event.link_size) if isinstance(event, Payment) else ("", 0)
        if not (event.date or event.earliest or event.latest or link):
            return np.zeros(0, SIDE)
        side = np.zeros(1, SIDE)
        side["link"] = self._hash("", link)
        side["earliest"], side["latest"], side["link_size"] = event.earliest, event.latest, size
        side["date"] = days_of(event.date) if event.date else 0
        return side

    def _payment(self, event: Payment) -> bytes:
        row, side = np.zeros(1, PAYMENT), self._side(event)
        row["debtor"] = self._account(event.debtor, event.currency)
        row["creditor"] = self._account(event.creditor, event.currency)
        row["amount"] = event.amount
        row["flags"] = event.priority | FLAG_INTERBANK * event.interbank | FLAG_SCREEN * event.screen
        return self._packed(row, side, event)

    def _trade(self, event: Trade) -> bytes:
        row, side = np.zeros(1, PVP), self._side(event)
        row["seller_pays"] = self._account(event.seller, event.sell_currency)
        row["buyer_gets"] = self._account(event.buyer, event.sell_currency)
        row["buyer_pays"] = self._account(event.buyer, event.buy_currency)
        row["seller_gets"] = self._account(event.seller, event.buy_currency)
        row["sell_amount"], row["buy_amount"] = event.sell_amount, event.buy_amount
        signed = {"seller": FLAG_BY_SELLER, "buyer": FLAG_BY_BUYER, "both": FLAG_BY_SELLER | FLAG_BY_BUYER}
        row["flags"] = event.priority | FLAG_SCREEN * event.screen | signed[event.entered_by]
        row["reference"] = self._hash("", event.reference)
        return self._packed(row, side, event)

    def _obligation(self, event: Obligation) -> bytes:
        row = np.zeros(1, OBLIGATION)
        row["debtor"] = self._account(event.debtor, event.currency)
        row["creditor"] = self._account(event.creditor, event.currency)
        row["amount"], row["flags"] = event.amount, FLAG_SCREEN * event.screen
        row["due"] = days_of(event.due) if event.due else self.engine.state.g[TODAY]
        row["link"], row["key"] = self._hash("", event.link), self._hash(event.sender, event.id)
        return pack(row, np.zeros(0, SIDE), event.id.encode() + b"\0\0")

    def _discharge(self, event: Discharge) -> bytes:
        index = [self._owed(name) for name, _ in event.amounts]
        rising = np.argsort(index)
        about = {
            "cycle": self.engine.cycles_under_way.get(event.currency, 0),
            "currency": event.currency,
            "proposer": "test",
            "certified": False,
            "obligations": len(index),
            "accounts": 0,
        }
        amounts = np.array([amount for _, amount in event.amounts], "<i8")
        return pack_arrays(about, np.array(index, "<i4")[rising], amounts[rising])

    def _settlement(self, event: Settlement) -> bytes:
        index = sorted(self._owed(name) for name in event.items)
        about = {
            "cycle": max((self.engine.cycles_under_way.get(code, 0) for code in event.currencies), default=0),
            "currencies": list(event.currencies),
            "mode": event.mode,
            "proposer": "test",
            "obligations": len(index),
            "accounts": 0,
        }
        return pack_arrays(about, np.array(index, "<i4"))

    def _owed(self, name: tuple[str, str]) -> int:
        """Return the index of an obligation."""
        return int(np.flatnonzero(self.engine.obligations()["slot"] == self.engine.find(*name))[0])

    def _packed(self, row: np.ndarray, side: np.ndarray, event: Payment | Trade) -> bytes:
        row["key"] = self._hash(event.sender, event.id)
        row["uetr"] = (event.uetr, 0)
        row["side"] = 0 if len(side) else -1
        return pack(row, side, event.id.encode() + b"\0\0")

    def _proposal(self, event: Proposal) -> bytes:
        slots = list(dict.fromkeys(slot for sender, name in event.items for slot in self._fellows(sender, name)))
        return pack_proposal(np.array(slots, np.int32), "fifo", "test", np.zeros(0, np.int64))

    def _fellows(self, sender: str, name: str) -> list[int]:
        """Return the slots that share the fate of an instruction."""
        slot = self.engine.find(sender, name)
        bundle = self.engine.table()["bundle"]
        return [slot] if bundle[slot] < 0 else np.flatnonzero(bundle == bundle[slot]).tolist()

    # Queries

    def outcome(self, sender: str, id: str) -> list[Outcome]:  # noqa: A002 - the word of the rulebook
        slot = self.engine.find(sender, id)
        if slot < 0:
            return []
        table = self.engine.table()
        same = (table["entry_sequence"] == table["entry_sequence"][slot]) & (
            table["entry_row"] == table["entry_row"][slot]
        )
        return [self._outcome(table, each) for each in np.flatnonzero(same).tolist()]

    def _outcome(self, table: dict[str, np.ndarray], slot: int) -> Outcome:
        accounts = self.engine.accounts
        debtor, creditor = int(table["debtor"][slot]), int(table["creditor"][slot])
        return Outcome(
            accounts.participant[debtor],
            accounts.participant[creditor],
            accounts.currency[debtor],
            int(table["amount"][slot]),
            State(int(table["state"][slot])),
            Reason(int(table["reason"][slot])),
            How(int(table["how"][slot])),
            int(table["entered"][slot]),
            int(table["irrevocable"][slot]),
            int(table["final"][slot]),
        )

    def money(self, participant: str, currency: str) -> Money:
        balances = self.engine.balances()
        index = self.engine.accounts.index(participant, currency)
        names = (
            "opening",
            "balance",
            "lowest",
            "credit_limit",
            "reserve_urgent",
            "reserve_high",
            "blocked",
            "available",
        )
        return Money(*(int(balances[name][index]) for name in names))

    def problem(self) -> list[tuple[str, str, str, int, int]]:
        """Return what a solver reads, in its order: debtor, creditor, currency, amount, class."""
        problem, accounts = self.engine.problem(), self.engine.accounts
        return [
            (accounts.participant[debtor], accounts.participant[creditor], accounts.currency[debtor], amount, rank)
            for debtor, creditor, amount, rank in zip(
                problem.account.tolist(),
                problem.creditor.tolist(),
                problem.amount.tolist(),
                problem.priority.tolist(),
                strict=True,
            )
        ]

    def try_out(self, instant: int, payment: Payment) -> None:
        """Enter a payment into a copy; nothing of it may be left here."""
        before = self.engine.digest()
        copy = self.engine.copy()
        copy.apply(RecordKind.PAYMENTS, len(self.records) + 1, instant, self._payment(payment))
        copy.check()
        assert self.engine.digest() == self.engine.full_digest() == before
        assert self.engine.find(payment.sender, payment.id) < 0

    def reload(self) -> None:
        """Go on with an engine made from the saved parts of this one."""
        before = self.engine.digest()
        self.engine = Engine.load(self.engine.save())
        assert self.engine.digest() == self.engine.full_digest() == before

    def replay(self) -> bytes:
        """Apply all records to a fresh engine; return its digest."""
        fresh = Engine.from_genesis(self.genesis)
        for record in self.records:
            fresh.apply(*record)
        return fresh.digest()
