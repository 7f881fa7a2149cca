"""Plays a scenario on a `Day` and compares what becomes of it with what the text says."""

from comity.model.instant import DAY_US, format_time, midnight
from comity.model.reason import How, Reason
from tests.oracles.day import Answer, Day, Outcome
from tests.oracles.events import Command
from tests.oracles.phases import Phases
from tests.scenarios.text import TODAY, Scenario, Step


def play(scenario: Scenario, day: Day) -> None:
    """Let the scenario's day pass; AssertionError names the line that came out otherwise."""
    phases = Phases(scenario.genesis, scenario.holidays)
    for step in scenario.steps:
        for instant, change in phases.due(step.instant):
            day.apply(instant, change)
        if step.event is None:
            _check(scenario, day, step)
            continue
        answer = day.apply(step.instant, step.event)
        if isinstance(step.event, Command):
            if step.event.command == "extend" and answer.reason == Reason.NONE:
                phases.extend(step.event)
            found = answer.reason.name
        else:
            found = _answered(answer)
        assert step.expected in {"", found}, f"{scenario.title}\n{step.line}\nanswered {found}"


def _answered(answer: Answer) -> str:
    words = ["repeated"] if answer.repeated else []
    words.append(answer.state.name)
    if answer.reason != Reason.NONE:
        words.append(answer.reason.name)
    return " ".join(words)


def _check(scenario: Scenario, day: Day, step: Step) -> None:
    for claim in step.holds:
        words = claim.split()
        if words[0] in scenario.senders:
            legs = day.outcome(scenario.senders[words[0]], words[0])
            found = [words[0] + _told(leg, claim) for leg in legs]
            assert found, f"{scenario.title}\n{step.line}\n{words[0]} is not known"
            assert all(_agrees(each, claim) for each in found), f"{scenario.title}\n{step.line}\nfound {found}"
        else:
            participant, currency, *figures = words
            _check_money(scenario, step, day, (participant, currency), figures)


def _check_money(scenario: Scenario, step: Step, day: Day, account: tuple[str, str], figures: list[str]) -> None:
    money = day.money(*account)
    for figure in figures:
        name, _, number = figure.rpartition("=")
        found = getattr(money, name or "balance")
        assert found == int(number), f"{scenario.title}\n{step.line}\n{account} {name or 'balance'} is {found}"


def _agrees(found: str, claim: str) -> bool:
    """Whether a claim such as `p1 STLD gross 09:00`, or a shorter one, is what was found."""
    return found == claim


def _clock(instant: int) -> str:
    days, time = divmod(instant - midnight(TODAY), DAY_US)
    return f"{days}/" * bool(days) + format_time(time)


def _told(leg: Outcome, claim: str) -> str:
    """Tell an outcome with as many words as the claim has."""
    words = [leg.state.name]
    if leg.reason != Reason.NONE:
        words.append(leg.reason.name)
    if leg.how != How.NONE:
        words.append(leg.how.name.lower())
    if leg.final:
        words.append(_clock(leg.final))
    return "".join(" " + word for word in words[: len(claim.split()) - 1])
