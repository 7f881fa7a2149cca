"""Payments at quoted rates in a day's files: requests, quotes and acceptances, each at its instant.

Every row of quotes.csv is a step. A debtor *requests*: so much in one currency for a
creditor to be paid in another, one of the two amounts left open. Providers *quote*
that amount, until an instant. The debtor *accepts* the last quote of one of them, and
two linked payments enter. How they settle is told in `comity.node.quotes`.

Requests and quotes move nothing and stand in no log; acceptances enter the log as payments.
At one instant steps come after all instructions, in the order of their rows, and before auctions.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from comity.day import cells
from comity.day.entries import Book, Clock, account_of, instants_of
from comity.day.standing import currency_codes, expected_participant
from comity.day.tables import Shape, Table
from comity.day.text import Bools, Ints
from comity.day.timetable import NEVER
from comity.errors import InvalidRequest, NotFound
from comity.model.amount import format_minor
from comity.model.instant import format_instant
from comity.model.reason import State
from comity.node.quotes import NAME_MAX, Accepted, QuoteDesk, Request

if TYPE_CHECKING:
    from comity.day.result import DayResult
    from comity.node import Node

QUOTES_SHAPE = Shape(
    ("id", "instant", "step", "debtor"),
    ("creditor", "source", "target", "source_amount", "target_amount", "provider", "amount", "expires"),
)
STEPS = ("request", "quote", "accept")
REQUEST, QUOTE, ACCEPT = range(3)
OUTCOMES = ("open", "quoted", "accepted", "repeated", "refused")
OPEN, QUOTED, ACCEPTED, REPEATED, REFUSED = OUTCOMES
COLUMNS = (
    *("row", "instant", "id", "step", "debtor", "provider"),
    *("outcome", "reason", "source_amount", "target_amount", "state", "payments"),
)
"""Columns of quotes.csv among the results."""

_NEEDED = (("creditor", "source", "target"), ("provider", "amount", "expires"), ("provider",))
_MAY = (("source_amount", "target_amount"), (), ())


@dataclass(frozen=True, slots=True)
class QuoteStep:
    """A row of quotes.csv; what does not belong to its step is empty or 0."""

    number: int
    """Row of data in the file, from 1."""
    instant: int
    step: int
    request: Request
    """Of a quote and of an acceptance the one that it names, amounts aside."""
    provider: str = ""
    amount_minor: int = 0
    expires: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Debtor and id, which name a request."""
        return self.request.debtor, self.request.name


@dataclass(frozen=True, slots=True)
class QuoteOutcome:
    """What became of a step."""

    step: QuoteStep
    outcome: str
    """One of `OUTCOMES`."""
    reason: str = ""
    """Why it was refused, in words."""
    source_minor: int = 0
    target_minor: int = 0
    accepted: Accepted | None = None
    """What an acceptance entered."""


def read_quotes(table: Table, book: Book, clock: Clock) -> tuple[QuoteStep, ...]:
    """Return the steps in order of instant, then row; faults are reported to the table."""
    standing = book.standing
    names = cells.names(table, "id", NAME_MAX)
    instants = instants_of(table, clock)
    step = cells.codes(table, "step", {word: place for place, word in enumerate(STEPS)}, cells.one_of(STEPS))
    expected, index = expected_participant(table, standing), standing.participant_index
    debtor = cells.codes(table, "debtor", index, expected)
    creditor, provider = (
        cells.codes(table, column, index, expected, optional=True) for column in ("creditor", "provider")
    )
    _check_cells(table, step)
    asked = _asked(table, step, debtor, instants)
    unasked = (asked < 0) & (step > REQUEST) & (debtor >= 0) & ~names.absent
    table.fault_rows(unasked, "id", "the id of a request of this debtor in this file")
    own = [currency_codes(table, column, standing, optional=True) for column in ("source", "target")]
    source, target = (np.append(column, -1)[asked] for column in own)
    exponents, codes = standing.exponents, list(standing.currencies)
    given = [
        cells.optional_amounts(table, column, money, exponents, codes)
        for column, money in (("source_amount", own[0]), ("target_amount", own[1]))
    ]
    fixed_source = ~np.append(table.text("source_amount").absent, True)[asked]
    amount = cells.optional_amounts(table, "amount", np.where(fixed_source, target, source), exponents, codes)
    for column, party, money in (
        ("debtor", np.where(step == REQUEST, debtor, -1), own[0]),
        ("creditor", creditor, own[1]),
        ("provider", np.where(step == QUOTE, provider, -1), source),
        ("provider", np.where(step == QUOTE, provider, -1), target),
    ):
        account_of(table, column, party, money, book)
    expires = cells.instants(table, "expires", clock.midnight, optional=True)
    texts = [table.text(column) for column in ("debtor", "creditor", "source", "target", "provider")]
    steps = []
    for row in range(table.rows):
        who, whom, pays, gets, quotes = (text[row] for text in texts)
        request = Request(names[row], who, whom, pays, gets, int(given[0][row]), int(given[1][row]))
        told = (int(amount[row]), int(expires[row]))
        steps.append(QuoteStep(row + 1, int(instants[row]), int(step[row]), request, quotes, *told))
    return tuple(sorted(steps, key=lambda each: each.instant))


def _check_cells(table: Table, step: Ints) -> None:
    """Report cells that a step needs and lacks, and those that do not belong to it."""
    for column in QUOTES_SHAPE.optional:
        absent = table.text(column).absent
        for place, word in enumerate(STEPS):
            mine = step == place
            if column in _NEEDED[place]:
                table.fault_rows(mine & absent, column, f"a cell, which a row of step {word} needs")
            elif column not in _MAY[place]:
                table.fault_rows(mine & ~absent, column, f"nothing in a row of step {word}")
    sides: list[Bools] = [table.text(column).absent for column in _MAY[REQUEST]]
    for row in np.flatnonzero((step == REQUEST) & (sides[0] == sides[1])).tolist():
        found = "neither" if sides[0][row] else "both"
        table.fault(row, "source_amount", "one of source_amount and target_amount", found)


def _asked(table: Table, step: Ints, debtor: Ints, instants: Ints) -> Ints:
    """Return for every row the first request of its debtor and id, by instant, then row; -1 if there is none."""
    names, first = table.text("id"), dict[tuple[int, str], int]()
    for row in np.argsort(instants, kind="stable").tolist():
        if step[row] == REQUEST:
            first.setdefault((int(debtor[row]), names[row]), row)
    return np.array([first.get((int(debtor[row]), names[row]), -1) for row in range(table.rows)], np.int64)


class Quoting:
    """Takes the steps of a day to a desk of quotes, each at its instant, and notes what became of them."""

    def __init__(self, steps: tuple[QuoteStep, ...], node: "Node") -> None:
        self._steps = deque(steps)
        self._desk = QuoteDesk(node)
        self._requests: dict[tuple[str, str], Request] = {}
        self._last: dict[tuple[str, str, str], int] = {}
        self.outcomes: list[QuoteOutcome] = []

    def next_instant(self) -> int:
        """Instant of the next step; NEVER after the last."""
        return self._steps[0].instant if self._steps else NEVER

    def act(self, instant: int) -> None:
        """Take the steps of an instant; what was submitted before has to be applied."""
        while self.next_instant() <= instant:
            step = self._steps.popleft()
            try:
                outcome = (self._request, self._quote, self._accept)[step.step](step)
            except InvalidRequest as bad:
                why = "; ".join(f"{each.column} is {each.found}, expected {each.expected}" for each in bad.faults)
                outcome = QuoteOutcome(step, REFUSED, why)
            except NotFound as bad:
                outcome = QuoteOutcome(step, REFUSED, str(bad))
            self.outcomes.append(outcome)

    def _request(self, step: QuoteStep) -> QuoteOutcome:
        """Take in a request; a second of one debtor and id repeats the first or is refused, whatever became of that."""
        before = self._requests.setdefault(step.key, step.request)
        if before is not step.request:
            same = before == step.request
            return QuoteOutcome(step, REPEATED if same else REFUSED, "" if same else "the id served another request")
        self._desk.request(step.request)
        return QuoteOutcome(step, OPEN, "", step.request.source_minor, step.request.target_minor)

    def _quote(self, step: QuoteStep) -> QuoteOutcome:
        made = self._desk.quote(step.provider, *step.key, step.amount_minor, step.expires, step.instant)
        self._last[*step.key, step.provider] = made.number
        return QuoteOutcome(step, QUOTED, "", made.source_minor, made.target_minor)

    def _accept(self, step: QuoteStep) -> QuoteOutcome:
        number = self._last.get((*step.key, step.provider))
        if number is None:
            raise NotFound(f"{step.provider} has quoted nothing for {step.request.name!r} of {step.request.debtor}")
        done = self._desk.accept(step.request.debtor, number, step.instant)
        source_minor, target_minor = done.rows["amount"].tolist()
        return QuoteOutcome(step, ACCEPTED, "", source_minor, target_minor, done)


def write_quotes(result: "DayResult", folder: Path) -> None:
    """Write quotes.csv into a folder, a line per row of the day's file; nothing on a day without it."""
    from comity.day.write import write_csv  # noqa: PLC0415 - the writer of a day calls this

    if result.quotes:
        write_csv(folder / "quotes.csv", COLUMNS, _lines(result))


def _lines(result: "DayResult") -> Iterator[tuple[object, ...]]:
    exponents = dict(result.day.genesis.currencies)
    requests: dict[tuple[str, str], Request] = {}
    lines = {}
    for each in result.quotes:
        step = each.step
        if step.step == REQUEST:
            requests.setdefault(step.key, step.request)
        request = requests.get(step.key, step.request)
        amounts = [
            format_minor(minor, exponents[code]) if minor else ""
            for minor, code in ((each.source_minor, request.source), (each.target_minor, request.target))
        ]
        about = (format_instant(step.instant), step.request.name, STEPS[step.step], step.request.debtor, step.provider)
        state, ids = "", ""
        if each.accepted is not None:
            answers = each.accepted.results
            slot = int(answers["slot"][0])
            known = slot >= 0 and not answers["repeated"][0]
            state = State(int(result.table["state"][slot] if known else answers["state"][0])).name
            ids = " ".join(each.accepted.ids)
        lines[step.number] = (step.number, *about, each.outcome, each.reason, *amounts, state, ids)
    for number in sorted(lines):
        yield lines[number]
