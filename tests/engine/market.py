"""A market on the engine: orders, payments and auctions, record by record, checked after each."""

import json
from datetime import date
from fractions import Fraction

import numpy as np

from comity.engine import Applied, Engine
from comity.engine.auction import Proposal
from comity.engine.columns import ORDER, PAYMENT, SIDE, RecordKind, pack, pack_arrays
from comity.engine.kernels.layout import R_DENOMINATOR, R_NUMERATOR
from comity.engine.orders import pack_clearing, pack_no_trade
from comity.model.reason import Reason, State
from comity.model.union import Account, Genesis, Member, Participant

OPENED = 1_639_530_000_000_000
TODAY = date(2021, 12, 15)
DAY = (TODAY - date(1970, 1, 1)).days
SCALE = 1 << 40


class Market:
    """An engine of two or three currencies without decimals, driven record by record; each bank holds 5,000 of each."""

    def __init__(
        self,
        banks: str = "a b c d",
        currencies: tuple[str, ...] = ("JPY", "KRW"),
        *,
        copies: bool = True,
        **more: object,
    ) -> None:
        self.currencies, self.copies = currencies, copies
        members = tuple(Member(code[:2], code, code) for code in currencies)
        issuers = tuple(Participant(member.code, member.code, "") for member in members)
        parties = tuple(Participant(code, members[0].code, "") for code in banks.split())
        held = tuple(Account(code, currency, 5_000) for currency in currencies for code in banks.split())
        digits = tuple((code, 0) for code in currencies)
        self.engine = Engine.from_genesis(
            Genesis("Test", TODAY, digits, members, issuers + parties, held, **more)  # type: ignore[arg-type]
        )
        self.sequence, self.instant, self.keys = 1, OPENED, 0
        self.command(command="phase", value="open")

    def apply(self, kind: RecordKind, body: bytes) -> Applied:
        self.sequence, self.instant = self.sequence + 1, self.instant + 1
        applied = self.engine.apply(kind, self.sequence, self.instant, body)
        self.engine.check()
        if self.copies:
            assert self.engine.copy().digest() == self.engine.digest() == self.engine.full_digest()
        return applied

    def command(self, **plain: object) -> str:
        answer = self.apply(RecordKind.COMMANDS, json.dumps([plain]).encode()).answers[0]
        return f"{answer['state']} {answer.get('detail', '')}"

    def order(self, text: str, *, key: int = 0, least: int = 0, until: int = 0, flags: int = 0) -> tuple[State, Reason]:
        """Enter an order such as "a JPY>KRW 1000 @1/2"."""
        who, pair, amount, limit = text.split()
        (sell, buy), (numerator, denominator) = pair.split(">"), limit[1:].split("/")
        self.keys += 1
        row = np.zeros(1, ORDER)
        row["key"], row["amount"], row["least"] = (7, key or self.keys), int(amount), least
        row["pays"], row["gets"] = self.engine.account(who, sell), self.engine.account(who, buy)
        row["numerator"], row["denominator"] = int(numerator), int(denominator)
        row["until"], row["flags"] = DAY + until if until else 0, flags
        result = self.apply(RecordKind.ORDERS, pack(row, np.zeros(0, SIDE), b"")).results[0]
        return State(int(result["state"])), Reason(int(result["reason"]))

    def pay(self, text: str, priority: int = 2) -> State:
        """Enter a payment such as "a>b JPY 100"."""
        parties, currency, amount = text.split()
        self.keys += 1
        row = np.zeros(1, PAYMENT)
        row["key"], row["amount"], row["side"], row["flags"] = (8, self.keys), int(amount), -1, priority
        row["debtor"], row["creditor"] = (self.engine.account(code, currency) for code in parties.split(">"))
        result = self.apply(RecordKind.PAYMENTS, pack(row, np.zeros(0, SIDE), b"")).results[0]
        return State(int(result["state"]))

    def close(self, **terms: object) -> Applied:
        return self.apply(RecordKind.CLOSE_CALL, pack_arrays(terms))

    def clear(self, prices: list[int], sold: list[int], potential: list[int] | None = None) -> Applied:
        scaled, potentials = np.array(prices, np.int64) * SCALE, potential or [0] * len(prices)
        return self.propose(Proposal(scaled, np.array(sold, np.int64), np.array(potentials, np.int64)))

    def propose(self, proposal: Proposal) -> Applied:
        return self.apply(RecordKind.CLEAR_AUCTION, pack_clearing(self.engine.book(), proposal, "test"))

    def limits(self) -> list[Fraction]:
        """Return the limit of every order in the table."""
        rows = self.engine.state.orders[: len(self.column("slot"))]
        return [Fraction(int(row[R_NUMERATOR]), int(row[R_DENOMINATOR])) for row in rows]

    def blocks(self) -> list[tuple[str, str, int, bool]]:
        """Return participant, currency, what is blocked, and whether it is open, of every order in the table."""
        accounts, table = self.engine.accounts, self.engine.table()
        found = []
        for slot, amount in zip(self.column("slot"), self.column("blocked"), strict=True):
            account = int(table["debtor"][slot])
            is_open = int(table["state"][slot]) < State.STLD
            found.append((accounts.participant[account], accounts.currency[account], amount, is_open))
        return found

    def no_trade(self) -> Applied:
        return self.apply(RecordKind.CLEAR_AUCTION, pack_no_trade(self.engine.book(), "no solver answered", "test"))

    def held(self, code: str) -> list[int]:
        """Return the balances of a participant, or of a kind of technical account, by currency."""
        accounts, balance = self.engine.accounts, self.engine.balances()["balance"]
        technical = code in ("conversion", "rounding")
        return [
            int(balance[accounts.technical(currency, code) if technical else self.engine.account(code, currency)])
            for currency in self.currencies
        ]

    def blocked(self, code: str, currency: str = "JPY") -> int:
        return int(self.engine.balances()["blocked"][self.engine.account(code, currency)])

    def column(self, name: str) -> list[int]:
        return [int(value) for value in self.engine.orders()[name]]

    def outcome(self, number: int) -> tuple[State, Reason]:
        slot = self.column("slot")[number]
        table = self.engine.table(np.array([slot]))
        return State(int(table["state"][0])), Reason(int(table["reason"][0]))
