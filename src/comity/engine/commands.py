"""Commands: what operators, issuers and payers tell the engine besides payments.

Each command is carried out completely or refused with a reason; a refusal
changes nothing. What a command frees is served before the next one. The table
of commands is in `docs/reference/commands.md`.
"""

from typing import TYPE_CHECKING

from comity.engine.answer import Answer, done, refused
from comity.engine.day import DayCommands
from comity.engine.decisions import decide
from comity.engine.items import ItemCommands
from comity.engine.kernels.state import reserve
from comity.engine.liquidity import LiquidityCommands
from comity.engine.market import MarketCommands
from comity.engine.permissions import PermissionCommands
from comity.errors import ComityError
from comity.model.command import Command
from comity.model.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.engine.core import Engine


class Commands:
    """Carries out the commands of one engine."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self.permissions = PermissionCommands(engine)
        self.liquidity = LiquidityCommands(engine)
        self.items = ItemCommands(engine, self.permissions)
        self.day = DayCommands(engine, self.permissions, self.liquidity)
        self.market = MarketCommands(engine)
        self._table: dict[str, Callable[[int, Command], Answer]] = {
            "phase": self.day.phase,
            "extend": self.day.extend,
            "reconcile": self.day.reconcile,
            "transfer_in": self.liquidity.transfer_in,
            "transfer_out": self.liquidity.transfer_out,
            "confirm_out": self.liquidity.confirm_out,
            "credit": self.liquidity.credit,
            "reserve": self.liquidity.reserve,
            "freeze": self.liquidity.freeze,
            "unfreeze": self.liquidity.unfreeze,
            "standing": self.liquidity.standing,
            "floor": self.liquidity.floor,
            "ceiling": self.liquidity.ceiling,
            "limit": self.permissions.limit,
            "agreement": self.permissions.agreement,
            "close": self.permissions.close,
            "open": self.permissions.reopen,
            "suspend": self.permissions.suspend,
            "resume": self.permissions.resume,
            "set": self.permissions.set,
            "cancel": self.items.cancel,
            "agree_cancel": self.items.agree_cancel,
            "reprioritise": self.items.reprioritise,
            "reorder": self.items.reorder,
            "hold": self.items.hold,
            "release": self.items.release,
            "refuse": self.items.refuse,
            "amend": self.items.amend,
            "lot": self.market.lot,
            "tick": self.market.tick,
            "exclude": self.market.exclude,
            "include": self.market.include,
            "auction": lambda _row, _command: done("a node closes the call"),
            "decide": lambda _row, command: decide(engine, command),
            "clear": lambda _row, _command: done("a node runs the cycle"),
            "offset": lambda _row, _command: done("a solver answers with a proposal"),
        }

    def begin(self) -> None:
        """Set up what the genesis says about limits, agreements and schedules."""
        self.permissions.begin()
        self.day.begin()

    def carry_out(self, row: int, plain: object) -> Answer:
        """Carry out the command in a row of a record."""
        try:
            command = Command.from_json(plain)
            if row > 0 and (command.command, command.value) == ("phase", "start"):
                return refused(Reason.INVALID, "start turns the day: it has to be the first command of its record")
            self._reserve()
            answer = self._table[command.command](row, command)
            self.liquidity.serve_marks(row)
        except ComityError as bad:
            return refused(Reason.UNKNOWN, str(bad))
        return answer

    def _reserve(self) -> None:
        """Make room for any command.

        It may take every waiting item out of its queue and put it back, and move money four times for
        every account: a loan repaid, a standing order, a floor, a ceiling.
        """
        engine = self._engine
        engine.state = reserve(engine.state, 4 * len(engine.accounts) + 64, engine.waiting_count + 64)
