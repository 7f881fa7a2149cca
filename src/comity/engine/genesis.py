"""The first state of a union, from its genesis."""

from datetime import date, timedelta

import numpy as np

from comity.engine.accounts import Accounts
from comity.engine.kernels.layout import (
    BALANCE,
    BYPASS_NORMAL,
    CREDIT_MAX,
    CUR_ISSUER,
    CURRENCIES,
    DATE_FIRST,
    DATE_LAST,
    ENTRY_OFFSETTING,
    FLAGS,
    HIGH,
    IS_ISSUER,
    IS_TECHNICAL,
    ISSUER_CREDIT,
    KEY_1,
    KEY_2,
    LIMIT,
    LOWEST,
    MEMBERS,
    OWNER,
    SEED,
    TODAY,
    URGENT,
)
from comity.engine.kernels.operations import start_lanes
from comity.engine.kernels.state import State, allocate
from comity.engine.kernels.steps import load_steps
from comity.engine.words import LOW_20
from comity.errors import Fault, InvalidRequest
from comity.model.instant import days_of
from comity.model.union import Genesis

EPOCH = date(1970, 1, 1)
FRIDAY = 4
_MASK = (1 << 64) - 1


def weekdays_back(day: date, count: int) -> date:
    """Return the date that lies `count` weekdays before `day`."""
    while count > 0:
        day -= timedelta(days=1)
        count -= day.weekday() <= FRIDAY
    return day


def next_weekday(days: int) -> int:
    """Return the first weekday after a day, both in days since 1970-01-01 (a Thursday)."""
    days += 1
    while (days + 3) % 7 > FRIDAY:
        days += 1
    return days


def first_state(genesis: Genesis, accounts: Accounts) -> State:
    """Return the state with which a union's log begins.

    Raises
    ------
    InvalidRequest
        If the money or the credit lines of a currency exceed what arithmetic is proved for.
    """
    load_steps()
    s = allocate(len(accounts), len(accounts.members), len(accounts.currencies))
    g = s.g
    g[SEED], g[MEMBERS], g[CURRENCIES] = genesis.seed, len(accounts.members), len(accounts.currencies)
    g[BYPASS_NORMAL], g[ENTRY_OFFSETTING] = genesis.bypass_normal, genesis.entry_offsetting
    set_date(s, genesis.business_date, genesis, genesis.business_date)
    s.corridors[0] = 15, 0, 0, 0
    _fill_accounts(s, genesis, accounts)
    s.openings[:] = s.accounts[:, BALANCE]
    for index in range(len(accounts)):
        s.accounts[index, KEY_1] = _key(2 * index + 1)
        s.accounts[index, KEY_2] = _key(2 * index + 2)
    start_lanes(s)
    return s


def set_date(s: State, day: date, genesis: Genesis, opened: date) -> None:
    """Set the business date and the window of dates that are looked at.

    `opened` is the date that lies as many business days back as identities are kept, or the first
    of all: the window reaches back to it over dates on which nothing opened, and never
    less far than so many weekdays.
    """
    s.g[TODAY] = days_of(day)
    s.g[DATE_FIRST] = days_of(min(weekdays_back(day, genesis.id_days_back), opened))
    s.g[DATE_LAST] = days_of(day) + genesis.id_days_ahead


def _fill_accounts(s: State, genesis: Genesis, accounts: Accounts) -> None:
    issuers = len(genesis.members)
    for index, participant in enumerate(accounts.participant):
        home = accounts.member_index(accounts.home(participant)) if participant else 0
        number = accounts.participant_index(participant) if participant else 0
        currency = accounts.currency_index(accounts.currency[index])
        s.accounts[index, OWNER] = number << 40 | home << 20 | currency
        s.accounts[index, FLAGS] = IS_TECHNICAL if not participant else 0
    for index, account in enumerate(genesis.accounts, issuers):
        row = s.accounts[index]
        row[BALANCE], row[LOWEST], row[LIMIT] = account.opening_minor, account.opening_minor, account.credit_limit_minor
        row[URGENT], row[HIGH] = account.reserve_urgent_minor, account.reserve_high_minor
    for index, member in enumerate(genesis.members):
        own = s.accounts[issuers : issuers + len(genesis.accounts)]
        code = accounts.currency_index(member.currency)
        mine = [i for i in range(len(own)) if own[i, OWNER] & LOW_20 == code]
        s.currencies[code, CUR_ISSUER] = s.accounts[index, OWNER] >> 20 & LOW_20
        money = sum(int(own[i, BALANCE]) for i in mine)
        _bounded(member.currency, sum(max(int(own[i, BALANCE]), 0) for i in mine), ISSUER_CREDIT, "opening balances")
        _bounded(member.currency, sum(int(own[i, LIMIT]) for i in mine), CREDIT_MAX, "credit lines")
        row = s.accounts[index]
        row[BALANCE], row[LOWEST], row[LIMIT], row[FLAGS] = -money, -money, ISSUER_CREDIT, IS_ISSUER


def _bounded(currency: str, total: int, bound: int, what: str) -> None:
    if total > bound:
        fault = Fault("genesis", 0, currency, f"{what} of at most {bound} minor units together", str(total))
        raise InvalidRequest([fault])


def _key(word: int) -> int:
    """Return an odd-looking 64-bit constant (SplitMix64 of `word`) as a signed number."""
    word = (word * 0x9E3779B97F4A7C15) & _MASK
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _MASK
    return int(np.uint64(word ^ (word >> 31)).astype(np.int64))
