"""Decisions of people on the rate of a pair: whose rate is taken today, or that the pair stays stopped.

Rates are not the engine's; what it keeps is who decided what. A decision counts
for the business date on which it is given, and for auctions whose call closes
after it. Of two on one pair the later counts. That a pair stays stopped is held to here as
well: no order of it enters the book of an auction, whatever the terms say.
"""

from datetime import date
from typing import TYPE_CHECKING

from comity.engine.answer import Answer, done, refused
from comity.engine.kernels.layout import TODAY
from comity.errors import InvalidRequest
from comity.model.command import Command
from comity.model.instant import date_of, parse_date
from comity.model.reason import Reason
from comity.union import Decision, Pair

if TYPE_CHECKING:
    from comity.engine.core import Engine


def decide(engine: "Engine", command: Command) -> Answer:
    """Note what two different people decide on a pair; one person alone decides nothing.

    Raises
    ------
    NotFound
        If the union has no such currency.
    """
    for code in command.currencies:
        engine.accounts.currency_index(code)
    day, first, second = (*command.value.split(" "), "")[:3]
    pair = Pair.of(*command.currencies)
    try:
        decision = Decision(parse_date(day), pair, command.target, first, second)
    except InvalidRequest as bad:
        return refused(Reason.NOT_AUTHORISED, f"{bad.faults[0].expected}, not {bad.faults[0].found}")
    if decision.day != _today(engine):
        return refused(Reason.DATE_OUTSIDE_WINDOW, f"a decision counts for the business date, not for {day}")
    engine.notes.decisions[str(pair)] = [decision.source, first, second]
    return done(f"the rate of {decision.source}" if decision.source else f"{pair} stays stopped")


def decisions_of(engine: "Engine") -> tuple[Decision, ...]:
    """Return today's decisions, by pair."""
    noted = sorted(engine.notes.decisions.items())
    return tuple(Decision(_today(engine), Pair(*pair.split("/")), *people) for pair, people in noted)


def kept_stopped(engine: "Engine") -> tuple[Pair, ...]:
    """Return the pairs of which two people decided today that they stay stopped."""
    return tuple(each.pair for each in decisions_of(engine) if not each.source)


def _today(engine: "Engine") -> date:
    return date_of(int(engine.state.g[TODAY]))
