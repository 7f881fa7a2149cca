"""Commands: what operators, issuers and participants tell the engine besides payments.

A command is one record of six fields, the same in a file, a request and the
log: its name, the participant it is about, a currency, a target, an amount in
minor units and a value. A `Command` that exists fits its shape, see
`comity.model.command_shape`: what does not is refused when it is made. Whether
the participants and accounts exist is not known here, and whether the command
may be given now is the engine's to decide.

Values and targets are text in one canonical form, so that equal commands are
equal bytes: instants in RFC 3339, lists with one space between, second amounts
in whole minor units, and what the rulebook takes for granted written out.
"""

from dataclasses import dataclass

from comity.errors import Fault, InvalidRequest
from comity.model.amount import DIGITS_MAX
from comity.model.command_shape import KINDS, SHAPES, Shape
from comity.model.instant import parse_instant
from comity.model.participant import is_member_code
from comity.model.plain import describe, read

AMOUNT_MAX = 10**DIGITS_MAX - 1
"""Largest magnitude of an amount, in minor units."""

_DEFAULTS = {"closing": "hold", "suspension": "home", "authority": "home", "rule": "fifo"}
_SCOPED = frozenset({"close", "open"})
_BETWEEN_MEMBERS = frozenset({"exclude", "include"})
_TEXT_FIELDS = ("participant", "currency", "target", "value")


@dataclass(frozen=True, slots=True)
class Command:
    """One command that fits its shape.

    Attributes
    ----------
    command
        A key of `SHAPES`.
    participant
        Code of a participant or member.
    currency
        One code of ISO 4217, or several with a space between.
    target
        Id, code, currency, pair of member codes, cut-off or setting that the command is about.
    amount_minor
        Minor units of the currency, at most `AMOUNT_MAX` either way; None if not given.
    value
        Whatever else the command says, in canonical text.

    Raises
    ------
    InvalidRequest
        With every field that does not fit; the fault's column is the field.
    """

    command: str
    participant: str = ""
    currency: str = ""
    target: str = ""
    amount_minor: int | None = None
    value: str = ""

    def __post_init__(self) -> None:
        shape = SHAPES.get(self.command)
        if shape is None:
            raise InvalidRequest([Fault("", 0, "command", f"one of {', '.join(SHAPES)}", describe(self.command))])
        if not self.value:
            object.__setattr__(self, "value", self._default(shape))
        faults = [*self._misfits(shape), *self._amount_misfits(shape)]
        if not faults:
            faults = [*self._limit_misfits(), *self._scope_misfits()]
        if faults:
            raise InvalidRequest(faults)

    @classmethod
    def from_json(cls, plain: object, name: str = "command") -> "Command":
        """Build from what `to_json` returned.

        Raises
        ------
        InvalidRequest
            With every unknown key, wrong type or field that does not fit; `name` stands as the file.
        """
        try:
            return read(cls, plain, name)
        except InvalidRequest as bad:
            raise InvalidRequest(fault.at(name, 0, fault.column) for fault in bad.faults) from None

    def to_json(self) -> dict[str, str | int]:
        """Return plain values; fields that are empty are left out."""
        plain: dict[str, str | int] = {
            field: text for field in ("command", *_TEXT_FIELDS) if (text := str(getattr(self, field)))
        }
        if self.amount_minor is not None:
            plain["amount_minor"] = self.amount_minor
        return plain

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies named; none may mean all."""
        return tuple(self.currency.split())

    @property
    def value_instant(self) -> int:
        """The instant in `value`, microseconds since 1970-01-01 UTC; 0 if there is none."""
        return parse_instant(self.value) if KINDS["instant"].fits(self.value) else 0

    @property
    def value_minor(self) -> int:
        """The target balance of `floor` and `ceiling`, minor units."""
        return int(self.value)

    @property
    def members(self) -> tuple[str, ...]:
        """Codes that must be those of members."""
        if SHAPES[self.command].target.startswith("pair"):
            return tuple(self.target.split())
        if self.value == "corridor" or self.command in _BETWEEN_MEMBERS:
            return (self.participant, self.target)
        issuer = self.value.split()[0] if self.command in {"suspend", "resume"} else "home"
        return () if issuer == "home" else (issuer,)

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        """Participant and currency of every account that must exist."""
        shape = SHAPES[self.command]
        if (shape.participant, shape.currency) != ("code", "currency") or self.value == "corridor":
            return ()
        others = [(self.target, self.currency)] if self.value == "bilateral" else []
        return ((self.participant, self.currency), *others)

    def _default(self, shape: Shape) -> str:
        if shape.value == "limit":
            return "bilateral" if self.target else "multilateral"
        return _DEFAULTS.get(shape.value, "")

    def _misfits(self, shape: Shape) -> list[Fault]:
        faults = []
        for field in _TEXT_FIELDS:
            kind, text = str(getattr(shape, field)), str(getattr(self, field))
            name = kind.removesuffix("?")
            if not kind and text:
                faults.append(Fault("", 0, field, f"nothing for {self.command}", describe(text)))
            elif kind and not (KINDS[name].fits(text) if text else kind.endswith("?")):
                faults.append(Fault("", 0, field, KINDS[name].expected, describe(text)))
        return faults

    def _amount_misfits(self, shape: Shape) -> list[Fault]:
        amount = self.amount_minor
        if amount is None:
            return [Fault("", 0, "amount_minor", "an amount", "nothing")] if shape.amount == "amount" else []
        if not shape.amount:
            return [Fault("", 0, "amount_minor", f"nothing for {self.command}", str(amount))]
        if abs(amount) > AMOUNT_MAX:
            return [Fault("", 0, "amount_minor", f"at most {DIGITS_MAX} digits in minor units", describe(amount))]
        return []

    def _limit_misfits(self) -> list[Fault]:
        if self.command != "limit":
            return []
        if self.value in {"multilateral", "holding"}:
            return [Fault("", 0, "target", f"nothing for a {self.value} limit", describe(self.target))] * bool(
                self.target
            )
        if not self.target:
            return [Fault("", 0, "target", f"the other side of a {self.value} limit", "nothing")]
        if self.value == "bilateral":
            return []
        ends = (("participant", self.participant), ("target", self.target))
        return [
            Fault("", 0, field, KINDS["member"].expected, describe(code))
            for field, code in ends
            if not is_member_code(code)
        ]

    def _scope_misfits(self) -> list[Fault]:
        if self.command not in _SCOPED or self.participant or self.currency or self.target:
            return []
        return [Fault("", 0, "target", "a participant, a currency or a pair of members", "none of them")]
