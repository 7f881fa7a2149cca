"""The phase changes of a day, in the order in which whoever drives a day sends them."""

from collections.abc import Container

from comity.model.command import Command
from comity.model.instant import DAY_US, midnight
from comity.model.reason import Phase
from comity.model.union import Genesis

_BEGIN = {
    Phase.LIQUIDITY: "start",
    Phase.OPEN: "open",
    Phase.CUSTOMER_CUTOFF: "customer_cutoff",
    Phase.INTERBANK_CUTOFF: "interbank_cutoff",
    Phase.FINAL_CLEARING: "end",
    Phase.ACCRUAL: "end",
    Phase.END: "end",
}
"""The instant of a currency's schedule at which a phase begins."""


OWN = frozenset({Phase.OPEN, Phase.CUSTOMER_CUTOFF, Phase.INTERBANK_CUTOFF})
"""Phases that a currency with a schedule of its own begins by itself."""


class Phases:
    """Phase changes still to come; a change without a currency is the union's. Every date but `holidays` opens."""

    def __init__(self, genesis: Genesis, holidays: Container[int] = ()) -> None:
        self.genesis = genesis
        self.holidays = holidays
        """Midnights, in microseconds, of dates on which the union stays closed."""
        self.midnight = midnight(genesis.business_date)
        self.shared = [code for code, _ in genesis.currencies if code not in genesis.currency_schedules]
        self.ahead: dict[tuple[Phase, str], int] = {}
        self._plan()

    def _plan(self) -> None:
        """Plan the day that begins at `midnight`."""
        genesis = self.genesis
        for phase, name in _BEGIN.items():
            if self.shared or phase not in OWN:
                self.ahead[phase, ""] = self.midnight + int(getattr(genesis.schedule, name))
            for code, schedule in genesis.currency_schedules.items():
                if phase in OWN and not schedule.closed:
                    self.ahead[phase, code] = self.midnight + int(getattr(schedule, name))

    def due(self, instant: int) -> list[tuple[int, Command]]:
        """Take out the changes until and at `instant`, in order of instant, phase, currency."""
        changes = self._due(instant)
        while instant >= self.midnight + DAY_US:
            self.midnight += DAY_US
            if self.midnight in self.holidays:
                continue
            self.ahead[Phase.START, ""] = self.midnight + self.genesis.schedule.start
            self._plan()
            changes += self._due(instant)
        return changes

    def _due(self, instant: int) -> list[tuple[int, Command]]:
        found = sorted((at, phase, code) for (phase, code), at in self.ahead.items() if at <= instant)
        for _, phase, code in found:
            del self.ahead[phase, code]
        return [(at, Command("phase", "", code, value=phase.name.lower())) for at, phase, code in found]

    def extend(self, command: Command) -> None:
        """Put off what an `extend` command puts off; without a currency, for all."""
        for phase, code in list(self.ahead):
            if _BEGIN.get(phase) != command.target:
                continue
            if code == "" and command.currency in self.shared:
                self._part(phase, command.currency)
            if command.currency in {"", code}:
                self.ahead[phase, code] = command.value_instant
        if command.currency in self.shared:
            phase = next(phase for phase, name in _BEGIN.items() if name == command.target)
            self.ahead[phase, command.currency] = command.value_instant

    def _part(self, phase: Phase, leaving: str) -> None:
        """Let each currency but the one leaving begin a phase by itself that they began together."""
        instant = self.ahead.pop((phase, ""))
        self.ahead.update({(phase, code): instant for code in self.shared if code != leaving})
