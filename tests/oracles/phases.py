"""The phase changes of a day, in the order in which whoever drives a day sends them."""

from comity.model.command import Command
from comity.model.instant import midnight
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


class Phases:
    """Phase changes still to come, per currency."""

    def __init__(self, genesis: Genesis) -> None:
        start = midnight(genesis.business_date)
        self.codes = [code for code, _ in genesis.currencies]
        self.ahead: dict[tuple[Phase, str], int] = {}
        for phase, name in _BEGIN.items():
            for code in self.codes:
                schedule = genesis.currency_schedules.get(code, genesis.schedule)
                if not schedule.closed:
                    self.ahead[phase, code] = start + int(getattr(schedule, name))

    def due(self, instant: int) -> list[tuple[int, Command]]:
        """Take out the changes until and at `instant`, in order of instant, phase, currency."""
        found = sorted((at, phase, self.codes.index(code)) for (phase, code), at in self.ahead.items() if at <= instant)
        for _, phase, index in found:
            del self.ahead[phase, self.codes[index]]
        return [(at, Command("phase", "", self.codes[index], value=phase.name.lower())) for at, phase, index in found]

    def extend(self, command: Command) -> None:
        """Put off what an `extend` command puts off."""
        for (phase, code), _ in list(self.ahead.items()):
            if _BEGIN[phase] == command.target and command.currency in {"", code}:
                self.ahead[phase, code] = command.value_instant
