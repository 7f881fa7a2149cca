"""Standing data of a DAY: members, participants, accounts, limits, agreements, rates.

These tables are small beside the payments. Each reader checks codes against the
tables before it; where one of those has faults of its own, a code that it does
not hold may be no fault at all, and only what was read for certain is reported.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
from stdnum import lei as lei_number

from comity.day import cells
from comity.day.faults import Faults
from comity.day.tables import Shape, Table, locate, read_table
from comity.day.text import Ints
from comity.errors import NotFound
from comity.model.currency import CURRENCIES, WITHOUT_MINOR_UNIT
from comity.model.union import Account, Agreement, Limit, Member, Participant

STEMS = ("members", "participants", "accounts")
"""Tables that every DAY has; their codes are what the others name."""
SERVICES = ("payment", "pvp", "clearing", "conversion")
LIMIT_KINDS = ("bilateral", "multilateral", "corridor", "holding")

_EPOCH = date(1970, 1, 1)
_CODE_LENGTH_MAX = 35
_NAME_LENGTH_MAX = 140
_RATE_LENGTH_MAX = 80
_RATE = re.compile(r"[0-9]+(\.[0-9]+|/[0-9]+)?")

_MEMBERS = Shape(("member", "currency", "name"))
_PARTICIPANTS = Shape(("participant", "member", "name"), ("lei",))
_ACCOUNTS = Shape(("participant", "currency", "opening", "credit_limit"), ("reserve_urgent", "reserve_high"))
_LIMITS = Shape(("kind", "debtor", "creditor", "currency", "amount"))
_AGREEMENTS = Shape(
    ("member_a", "member_b", "services", "currencies", "from"),
    ("cap", "cap_currency", "until"),
)
RATES_SHAPE = Shape(("date", "base", "quote", "rate", "source"))


@dataclass(frozen=True, slots=True)
class Rate:
    """An official rate: one major unit of `base` costs `rate` major units of `quote`."""

    date: date
    base: str
    quote: str
    rate: Fraction
    source: str


@dataclass(slots=True)
class Standing:
    """What the standing tables hold; see `comity.model.union` for the parts."""

    members: list[Member] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    has_agreements: bool = False
    rates: list[Rate] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=lambda: {stem: f"{stem}.csv" for stem in STEMS})
    """File that holds the codes of each of `STEMS`, as faults name it."""

    def is_unsure(self, faults: Faults, *stems: str) -> bool:
        """Whether one of these tables has faults: a code that it does not hold may be no fault then."""
        return faults.in_files(*(Path(self.files[stem]).stem for stem in stems))

    @property
    def currencies(self) -> dict[str, int]:
        """Index of each currency: the order of members."""
        return {member.currency: place for place, member in enumerate(self.members)}

    @property
    def exponents(self) -> Ints:
        """Decimals of each currency."""
        return np.array([CURRENCIES[member.currency].exponent for member in self.members], np.int64)

    @property
    def member_index(self) -> dict[str, int]:
        """Index of each member by its code."""
        return {member.code: place for place, member in enumerate(self.members)}

    @property
    def participant_index(self) -> dict[str, int]:
        """Index of each participant, members as issuers included, by its code."""
        return {participant.code: place for place, participant in enumerate(self.participants)}


def read_standing(folder: Path, faults: Faults) -> Standing:
    """Read all standing tables of a folder; members first in the participants' order."""
    standing = Standing()
    for stem, shape, reader in (
        ("members", _MEMBERS, _read_members),
        ("participants", _PARTICIPANTS, _read_participants),
        ("accounts", _ACCOUNTS, _read_accounts),
        ("limits", _LIMITS, _read_limits),
        ("agreements", _AGREEMENTS, _read_agreements),
        ("rates", RATES_SHAPE, _read_rates),
    ):
        path = locate(folder, stem, faults)
        table = read_table(path, shape, faults) if path else None
        if path is not None and stem in STEMS:
            standing.files[stem] = path.name
        elif stem in STEMS and not faults.in_files(stem):
            faults.add(standing.files[stem], 0, "", "the file", "no such file")
        if table is not None:
            reader(table, standing)
        if stem == "participants" and not standing.participants:
            standing.participants.extend(Participant(one.code, one.code, one.name) for one in standing.members)
    return standing


def read_rates(path: Path) -> list[Rate]:
    """Read official rates from a table of their own, with the columns of rates.csv.

    Raises
    ------
    InvalidRequest
        With every fault of the table.
    NotFound
        If there is no such file.
    """
    if not path.is_file():
        raise NotFound(f"no file {path}: expected official rates")
    faults = Faults()
    standing = Standing()
    if table := read_table(path, RATES_SHAPE, faults):
        _read_rates(table, standing)
    faults.raise_if_any()
    return standing.rates


def currency_codes(table: Table, column: str, standing: Standing, *, optional: bool = False) -> Ints:
    """Return the index of each cell's currency among the day's; -1 for others, which are faults."""
    index = _currencies(table, column, standing)
    if not optional:
        table.fault_rows(table.text(column).absent, column, "a currency of ISO 4217")
    return index


def _currencies(table: Table, column: str, standing: Standing) -> Ints:
    text, known = table.text(column), standing.currencies
    encoded = text.array.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    place = encoded.indices.to_numpy(zero_copy_only=False)
    for number, code in enumerate(words):
        if code and code not in known and not standing.is_unsure(table.faults, "members"):
            table.fault_rows(place == number, column, _expected_currency(code, standing))
    answer: Ints = np.array([*(known.get(code, -1) for code in words), -1], np.int64)[place]
    return answer


def _expected_currency(code: str, standing: Standing | None = None) -> str:
    if code in CURRENCIES and standing is not None:
        return f"a currency of {standing.files['members']} (" + ", ".join(standing.currencies) + ")"
    if code in WITHOUT_MINOR_UNIT:
        return f"a currency that can hold money, not {WITHOUT_MINOR_UNIT[code]}"
    return "a currency of ISO 4217"


def _read_members(table: Table, standing: Standing) -> None:
    codes, names = table.text("member"), cells.names(table, "name", _NAME_LENGTH_MAX)
    money = table.text("currency")
    for row in range(table.rows):
        code, currency = codes[row], money[row]
        if not (len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()):  # noqa: PLR2004 - alpha-2
            table.fault(row, "member", "two capital letters of ISO 3166-1")
        if currency not in CURRENCIES:
            table.fault(row, "currency", _expected_currency(currency))
        elif code not in standing.member_index and currency not in standing.currencies:
            standing.members.append(Member(code, currency, names[row]))
    cells.unique(table, "member", codes.array.to_pylist(), "each member")
    cells.unique(table, "currency", money.array.to_pylist(), "each currency")
    if not table.rows:
        table.faults.add(table.file, 0, "", "at least one member", "none")


def _read_participants(table: Table, standing: Standing) -> None:
    home = cells.codes(table, "member", standing.member_index, _expected_member(table, standing))
    codes = cells.names(table, "participant", _CODE_LENGTH_MAX).array.to_pylist()
    names = cells.names(table, "name", _NAME_LENGTH_MAX)
    leis = cells.names(table, "lei", 20, optional=True)
    issuers = {member.code: Participant(member.code, member.code, member.name) for member in standing.members}
    others = []
    for row, code in enumerate(codes):
        if any(character.isspace() for character in code):
            table.fault(row, "participant", "a code without blanks")
        if leis[row] and not lei_number.is_valid(leis[row]):
            table.fault(row, "lei", "an LEI with its check digits")
        participant = Participant(code, table.text("member")[row], names[row], leis[row])
        if code not in issuers:
            others.append(participant)
        elif home[row] >= 0 and participant.member != code:
            table.fault(row, "member", f"{code}, since {code} is a member")
        else:
            issuers[code] = participant
    cells.unique(table, "participant", codes, "each participant")
    standing.participants.extend([*issuers.values(), *others])


def _participants(table: Table, column: str, standing: Standing) -> Ints:
    return cells.codes(table, column, standing.participant_index, expected_participant(table, standing))


def expected_participant(table: Table, standing: Standing) -> str:
    """Say which code a cell should hold; nothing if the tables that hold it have faults."""
    unsure = standing.is_unsure(table.faults, "members", "participants")
    return "" if unsure else f"a participant of {standing.files['participants']}"


def _expected_member(table: Table, standing: Standing) -> str:
    unsure = standing.is_unsure(table.faults, "members")
    return "" if unsure else f"a member of {standing.files['members']}"


def _read_accounts(table: Table, standing: Standing) -> None:
    holder = _participants(table, "participant", standing)
    money = currency_codes(table, "currency", standing)
    codes = list(standing.currencies)
    columns = []
    for column in ("opening", "credit_limit", "reserve_urgent", "reserve_high"):
        read = cells.optional_amounts if column.startswith("reserve") else cells.amounts
        columns.append(read(table, column, money, standing.exponents, codes))
        if column != "opening":
            table.fault_rows(columns[-1] < 0, column, "an amount of 0 or more")
    opening, credit, urgent, high = columns
    names = table.text("participant").array.to_pylist()
    issuers = []
    for row in np.flatnonzero((holder >= 0) & (money >= 0)).tolist():
        member = standing.members[money[row]]
        amounts = (int(opening[row]), int(credit[row]), int(urgent[row]), int(high[row]))
        if names[row] == member.code:
            issuers.append((row, member.currency, amounts))
        else:
            standing.accounts.append(Account(names[row], member.currency, *amounts))
    for row, currency, amounts in issuers:
        _check_issuer(table, row, amounts, -sum(a.opening_minor for a in standing.accounts if a.currency == currency))
    currencies = table.text("currency").array.to_pylist()
    cells.unique(table, "currency", list(zip(names, currencies, strict=True)), "each participant and currency")
    _check_sums(table, standing)


def _check_issuer(table: Table, row: int, amounts: tuple[int, ...], follows: int) -> None:
    """Check the row of an issuer's account in its own currency: all of it follows from the other accounts."""
    opening, *others = amounts
    if opening != follows:
        table.fault(row, "opening", f"{follows} minor units or no row: minus the sum of all other accounts")
    if any(others):
        table.fault(row, "credit_limit", "no credit and no reservations of an issuer in its own currency")


def _check_sums(table: Table, standing: Standing) -> None:
    """Check that the issuer's account, minus the sum of the others, fits as well."""
    totals: dict[str, int] = {}
    for account in standing.accounts:
        totals[account.currency] = totals.get(account.currency, 0) + abs(account.opening_minor)
    for code, total in totals.items():
        if total >= 2**62:
            table.faults.add(table.file, 0, "opening", f"less than 2^62 minor units of {code} in all", str(total))


def _read_limits(table: Table, standing: Standing) -> None:
    kind = cells.choices(table, "kind", LIMIT_KINDS, -1)
    table.fault_rows(table.text("kind").absent, "kind", cells.one_of(LIMIT_KINDS))
    money = currency_codes(table, "currency", standing)
    amount = cells.amounts(table, "amount", money, standing.exponents, list(standing.currencies))
    table.fault_rows(amount < 0, "amount", "an amount of 0 or more")
    debtors, creditors = table.text("debtor"), table.text("creditor")
    sure = not standing.is_unsure(table.faults, *STEMS)
    holders = {(account.participant, account.currency) for account in standing.accounts}
    keys = []
    for row in range(table.rows):
        word = LIMIT_KINDS[kind[row]] if kind[row] >= 0 else ""
        debtor, creditor = debtors[row], creditors[row]
        code = table.text("currency")[row]
        keys.append((word, debtor, creditor, code))
        if word and sure:
            _check_limit(table, row, word, (debtor, creditor), standing)
            if word != "corridor" and money[row] >= 0 and (debtor, code) not in holders:
                table.fault(row, "debtor", f"a participant with an account in {code}")
        standing.limits.append(Limit(word, debtor, creditor, code, int(amount[row])))
    cells.unique(table, "kind", keys, "each limit")


def _check_limit(table: Table, row: int, kind: str, parties: tuple[str, str], standing: Standing) -> None:
    known = standing.member_index if kind == "corridor" else standing.participant_index
    what = _expected_member(table, standing) if kind == "corridor" else expected_participant(table, standing)
    debtor, creditor = parties
    if debtor not in known:
        table.fault(row, "debtor", what)
    if kind in ("multilateral", "holding"):
        if creditor:
            table.fault(row, "creditor", f"an empty cell: a {kind} limit has no creditor")
    elif creditor not in known:
        table.fault(row, "creditor", what)
    elif creditor == debtor:
        table.fault(row, "creditor", "another than the debtor")


def _read_agreements(table: Table, standing: Standing) -> None:
    standing.has_agreements = True
    expected = _expected_member(table, standing)
    first = cells.codes(table, "member_a", standing.member_index, expected)
    second = cells.codes(table, "member_b", standing.member_index, expected)
    table.fault_rows((first == second) & (first >= 0), "member_b", "another member than member_a")
    start, _ = cells.dates(table, "from")
    table.fault_rows(table.text("from").absent, "from", "a date as YYYY-MM-DD")
    end, ends = cells.dates(table, "until")
    table.fault_rows(ends & (end < start), "until", "a date not before from")
    money = currency_codes(table, "cap_currency", standing, optional=True)
    cap = cells.optional_amounts(table, "cap", money, standing.exponents, list(standing.currencies))
    table.fault_rows(cap < 0, "cap", "an amount of 0 or more")
    has_cap = ~table.text("cap").absent
    table.fault_rows(has_cap & table.text("cap_currency").absent, "cap_currency", "the currency of the cap")
    sure = not standing.is_unsure(table.faults, "members")
    known, wanted = tuple(standing.currencies if sure else CURRENCIES), "" if sure else "currencies of ISO 4217"
    for row in range(table.rows):
        services = _listed(table, row, "services", SERVICES)
        currencies = _listed(table, row, "currencies", known, wanted)
        agreement = Agreement(
            member_a=table.text("member_a")[row],
            member_b=table.text("member_b")[row],
            services=services,
            currencies=currencies,
            from_date=_EPOCH + timedelta(int(start[row])),
            until_date=_EPOCH + timedelta(int(end[row])) if ends[row] else None,
            cap_minor=int(cap[row]) if has_cap[row] else None,
            cap_currency=table.text("cap_currency")[row] if has_cap[row] else "",
        )
        standing.agreements.append(agreement)


def _listed(table: Table, row: int, column: str, known: tuple[str, ...], wanted: str = "") -> tuple[str, ...]:
    found = cells.words(table.text(column)[row])
    if not found or any(word not in known for word in found) or len(set(found)) < len(found):
        table.fault(row, column, "a list, separated by spaces, of " + (wanted or ", ".join(known)))
    return found


def _read_rates(table: Table, standing: Standing) -> None:
    standing.rates.extend(rates_of(table))
    keys = zip(*(table.text(name).array.to_pylist() for name in ("source", "date", "base", "quote")), strict=True)
    cells.unique(table, "base", list(keys), "each source, date and pair")


def rates_of(table: Table) -> list[Rate]:
    """Return the official rates of a table with the columns `RATES_SHAPE`; rows with a fault are left out."""
    days, has_date = cells.dates(table, "date")
    table.fault_rows(table.text("date").absent, "date", "a date as YYYY-MM-DD")
    sources = cells.names(table, "source", _NAME_LENGTH_MAX, optional=True)
    rates = []
    for row in range(table.rows):
        base, quote, text = (table.text(column)[row] for column in ("base", "quote", "rate"))
        for column, code in (("base", base), ("quote", quote)):
            if code not in CURRENCIES:
                table.fault(row, column, _expected_currency(code))
        if base == quote:
            table.fault(row, "quote", f"another currency than {base}")
        rate = _positive(text)
        if rate is None:
            table.fault(row, "rate", "a decimal or a ratio p/q above 0")
        elif has_date[row]:
            rates.append(Rate(_EPOCH + timedelta(int(days[row])), base, quote, rate, sources[row]))
    return rates


def _positive(text: str) -> Fraction | None:
    """Read a decimal or a ratio p/q above 0; None if it is neither."""
    if len(text) > _RATE_LENGTH_MAX or not _RATE.fullmatch(text):
        return None
    try:
        rate = Fraction(text)
    except ZeroDivisionError:
        return None
    return rate if rate > 0 else None
