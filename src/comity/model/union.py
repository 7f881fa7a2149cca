"""What a union is made of when its log begins: the genesis.

A `Genesis` is the content of a log's first record. Everything the engine knows
before the first command stands in it, and nothing about money is configured
anywhere else. Amounts are whole minor units; instants of the schedule are
microseconds after midnight UTC of the business date.
"""

from dataclasses import asdict, dataclass, field
from datetime import date

from comity.model.plain import read


@dataclass(frozen=True, slots=True)
class Member:
    """The issuer of one currency."""

    code: str
    """ISO 3166-1 alpha-2."""
    currency: str
    """ISO 4217."""
    name: str


@dataclass(frozen=True, slots=True)
class Participant:
    """An institution admitted by its home member."""

    code: str
    """BIC or another code, unique in the union."""
    member: str
    name: str
    lei: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A settlement account: a claim of a participant on a currency's issuer."""

    participant: str
    currency: str
    opening_minor: int = 0
    credit_limit_minor: int = 0
    reserve_urgent_minor: int = 0
    reserve_high_minor: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit or cap.

    `bilateral`: of payer `debtor` against `creditor`; `multilateral`: of payer
    `debtor`, `creditor` empty; `corridor`: gross per day from member `debtor`
    to member `creditor`; `holding`: cap on what participant `debtor` may hold.
    """

    kind: str
    debtor: str
    creditor: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Opens the corridor between two members for services and currencies."""

    member_a: str
    member_b: str
    services: tuple[str, ...]
    """Of payment, pvp, clearing, conversion."""
    currencies: tuple[str, ...]
    from_date: date
    until_date: date | None = None
    cap_minor: int | None = None
    """Gross per day, both directions together, in `cap_currency`."""
    cap_currency: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Instants of one currency's business day, microseconds after midnight UTC."""

    start: int = 0
    open: int = 3_600_000_000
    customer_cutoff: int = 57_600_000_000
    interbank_cutoff: int = 61_200_000_000
    end: int = 64_800_000_000
    closed: bool = False
    """The issuer's holiday: the currency settles nothing on this date."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """The content of a log's first record."""

    name: str
    business_date: date
    currencies: tuple[tuple[str, int], ...]
    """Code and ISO 4217 exponent (0 to 4), in the order of currency indexes."""
    members: tuple[Member, ...]
    participants: tuple[Participant, ...]
    """In the order of participant indexes. A member appears among them as its issuer: same code."""
    accounts: tuple[Account, ...]
    """Settlement accounts of participants other than issuers in their own currency."""
    limits: tuple[Limit, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    corridors_open: bool = True
    """Every pair open; otherwise only what an agreement opens."""
    entry_offsetting: bool = True
    bypass_normal: bool = True
    schedule: Schedule = Schedule()
    currency_schedules: dict[str, Schedule] = field(default_factory=dict)
    unit: dict[str, str] = field(default_factory=dict)
    """Basket weights of the unit of account, decimal text; empty: equal."""
    id_days_back: int = 5
    id_days_ahead: int = 30
    seed: int = 0
    """Keys the hashes of ids; any 63-bit number."""
    rulebook: int = 1

    def as_json(self) -> dict[str, object]:
        """Return plain JSON values; dates as ISO 8601 text."""
        plain = asdict(self)
        plain["business_date"] = self.business_date.isoformat()
        for agreement in plain["agreements"]:
            until = agreement["until_date"]
            agreement["from_date"] = agreement["from_date"].isoformat()
            agreement["until_date"] = until.isoformat() if until else None
        return plain

    @classmethod
    def from_json(cls, plain: object, name: str = "genesis") -> "Genesis":
        """Build from what `as_json` returned, or that after a pass through JSON.

        Raises
        ------
        InvalidRequest
            With every unknown or missing key and every value of another type; `name` stands as the file.
        """
        return read(cls, plain, name)
