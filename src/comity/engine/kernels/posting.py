"""The only writer of balances, and of the digest that follows every write.

The digest has two 64-bit lanes that are sums, so that a change costs the
difference of two terms: a balance contributes key * balance with a key of its
account and lane; any other word contributes a mix of (lane, kind, index, word).
A sum detects divergence of replicas; it does not authenticate: the log's hash
chain does. Arithmetic wraps modulo 2**64 by intent here, and only here.
"""

from typing import TYPE_CHECKING, cast

import numpy as np

from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    CHANGED,
    DIGEST_1,
    DIGEST_2,
    ENTERED,
    FINAL,
    HIGH,
    HOW_SHIFT,
    KEY_1,
    KEY_2,
    LOWEST,
    MORE,
    NOW,
    OUTCOME_BITS,
    PARTIES,
    PLACE,
    REASON_SHIFT,
    SEQUENCE,
    STATUS,
    URGENT,
)
from comity.engine.kernels.state import State
from comity.engine.kernels.steps import leaf, step

if TYPE_CHECKING:
    from collections.abc import Callable

_wrapping = cast("Callable[[int], int]", np.int64)
"""Make an integer of 64 bits, which wraps, also where the compiler does not run."""

_M1 = -0x40A7B892E31B1A47
_M2 = -0x6B2FB644ECCEEE15
_LOW_34 = (1 << 34) - 1
_LOW_37 = (1 << 37) - 1
_LOW_33 = (1 << 33) - 1


@leaf
def mix(word: int) -> int:
    """Return a bijective scramble of a 64-bit word (the finalizer of SplitMix64, Steele et al. 2014)."""
    word = _wrapping(word)
    word = (word ^ ((word >> 30) & _LOW_34)) * _M1
    word = (word ^ ((word >> 27) & _LOW_37)) * _M2
    return word ^ ((word >> 31) & _LOW_33)


@leaf
def mix_at(kind: int, index: int, word: int) -> int:
    """Return the contribution of word `kind` of row `index` to the first lane."""
    return mix(word ^ mix((index << 8) + kind + 1))


@leaf
def account_for(s: State, kind: int, index: int, old: int, new: int) -> None:
    """Let the digest follow a word that changes from `old` to `new`; zero words contribute nothing."""
    if old == new:
        return
    if old != 0:
        term = mix_at(kind, index, old)
        s.g[DIGEST_1] -= term
        s.g[DIGEST_2] -= mix(term ^ _M1)
    if new != 0:
        term = mix_at(kind, index, new)
        s.g[DIGEST_1] += term
        s.g[DIGEST_2] += mix(term ^ _M1)


@step
def set_account(s: State, account: int, column: int, value: int) -> None:
    """Write a word of an account other than its balance."""
    account_for(s, column, account, s.accounts[account, column], value)
    s.accounts[account, column] = value


@leaf
def post(s: State, debtor: int, creditor: int, amount: int) -> None:
    """Move `amount` minor units; the caller has checked that it may.

    No balance can leave +-(2**61 + 2**60): what a currency's accounts hold together
    is bounded by ISSUER_CREDIT and CREDIT_MAX.
    """
    accounts = s.accounts
    accounts[debtor, BALANCE] -= amount
    accounts[creditor, BALANCE] += amount
    s.g[DIGEST_1] += (accounts[creditor, KEY_1] - accounts[debtor, KEY_1]) * amount
    s.g[DIGEST_2] += (accounts[creditor, KEY_2] - accounts[debtor, KEY_2]) * amount


@leaf
def note_lowest(s: State, account: int) -> None:
    """Keep the lowest balance at the end of an event; inside a set that settles at once it may be lower."""
    s.accounts[account, LOWEST] = min(s.accounts[account, LOWEST], s.accounts[account, BALANCE])


@leaf
def use_reservation(s: State, account: int, fund: int, amount: int) -> None:
    """A payment of a class uses its own reservation first."""
    if fund == 0 and s.accounts[account, URGENT] > 0:
        set_account(s, account, URGENT, s.accounts[account, URGENT] - min(s.accounts[account, URGENT], amount))
    elif fund == 1 and s.accounts[account, HIGH] > 0:
        set_account(s, account, HIGH, s.accounts[account, HIGH] - min(s.accounts[account, HIGH], amount))


@leaf
def row_term(s: State, slot: int) -> int:
    """Return the contribution of an instruction to the first lane; the place counts while it waits."""
    row = s.rows[slot]
    term = mix(row[AMOUNT] + (slot << 1))
    term = mix(term ^ row[PARTIES]) + row[ENTERED]
    term = mix(term ^ row[STATUS]) + row[FINAL]
    if row[STATUS] & 0xFF < 16:
        term ^= s.waits[slot, PLACE] << 3
    return mix(term)


@leaf
def add_row(s: State, slot: int, sign: int) -> None:
    """Add (sign 1) or take away (sign -1) an instruction's contribution to the digest."""
    term = row_term(s, slot)
    s.g[DIGEST_1] += sign * term
    s.g[DIGEST_2] += sign * mix(term ^ _M1)


@step
def finish(s: State, slot: int, state: int, reason: int, how: int) -> None:
    """Give a known instruction another outcome; a final one never changes again."""
    row = s.rows[slot]
    assert row[STATUS] & 0xFF < 16
    add_row(s, slot, -1)
    row[STATUS] = (row[STATUS] & ~OUTCOME_BITS) | state | reason << REASON_SHIFT | how << HOW_SHIFT
    if state >= 16:
        row[FINAL] = s.g[NOW]
        row[MORE] = (row[MORE] & 0xFFFFFFFF) | s.g[SEQUENCE] << 32
    add_row(s, slot, 1)
    s.changed[s.g[CHANGED]] = slot
    s.g[CHANGED] += 1
