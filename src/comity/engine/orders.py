"""Auctions in the engine: the close of the call, the book that then stands, and what clears it.

An auction is made of records. OPEN_CALL, if there is one, commits to the instant of
the close by a hash; EXTEND_CALL moves it. CLOSE_CALL takes in the orders that stand and that
nothing keeps out; from then on they can neither be cancelled nor changed.
CLEAR_AUCTION proposes prices and fills: if the book's exact verification holds
(`comity.engine.auction`) and every account can pay and hold what it would, all fills
settle at once, and the auction ends. That nothing trades is a proposal of its own
kind, accepted from a deadline on. A refused proposal changes nothing, except that
orders of an account that could not pay or hold its fills leave the book.

A body is the size of its JSON as int32, the JSON, and the arrays that the JSON counts.
"""

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comity.engine.auction import Band, Book, Proposal, Ties, Verification, check, verify
from comity.engine.columns import INSTANT_MAX, RecordKind, pack_arrays, unpack_arrays
from comity.engine.decisions import kept_stopped
from comity.engine.kernels.admission import currency_runs
from comity.engine.kernels.layout import (
    AMOUNT,
    BALANCE,
    BLOCKED,
    FLAGS,
    HOLD_IN,
    HOLD_IN_ISSUER,
    HOLD_OUT,
    HOLD_OUT_ISSUER,
    INFINITE,
    IS_CLOSED,
    LIMIT,
    NOW,
    ORDERS,
    OWNER,
    PARTIES,
    R_BLOCKED,
    R_BOOK,
    R_BOUGHT,
    R_DENOMINATOR,
    R_ENTERED,
    R_HOLDS,
    R_LEAST,
    R_NUMERATOR,
    R_PAYEE,
    R_SLOT,
    R_TARGET,
    R_UNTIL,
    STATUS,
    TODAY,
)
from comity.engine.kernels.limits import holding_of, space
from comity.engine.kernels.orders import (
    block_again,
    end_auction,
    end_order,
    leave_out_own,
    lift_blocks,
    may_convert,
    may_pay,
    settle_fills,
)
from comity.engine.kernels.state import Int32s, Int64s
from comity.engine.market import Excluded, excluded_of, leave_out_excluded
from comity.engine.words import LOW_20, LOW_32
from comity.errors import InvalidRequest, NotFound
from comity.model.reason import Reason, State

if TYPE_CHECKING:
    from comity.engine.core import Engine

CLEARED, NO_TRADE = "cleared", "no trade"
_HASH_DIGITS = 64


class Standing(NamedTuple):
    """The book of the auction under way."""

    number: int
    """Of the auction; 0 if none is under way."""
    order: Int32s
    """m: the engine's index of each order, rising."""
    book: Book
    """Its currencies are numbered as in the engine's accounts."""
    no_trade_from: int = 0
    """From when that nothing trades is accepted, microseconds since 1970-01-01 UTC; 0: at once."""
    excluded: tuple[Excluded, ...] = ()
    """What members' demands kept out of it, by demand."""


class Outcome(NamedTuple):
    """What a record of an auction did."""

    taken: int = 0
    """Orders taken into the book, or fills settled."""
    score: int = 0
    refused: str = ""


def examine(engine: "Engine", kind: int, body: bytes | memoryview) -> dict[str, object]:
    """Return what a record of an auction says about itself; ValueError if it cannot be read."""
    about, rest = unpack_arrays(body)
    if kind == RecordKind.CLOSE_CALL:
        _terms(engine, about)
        _text(about, "seed")
        return about
    if kind == RecordKind.OPEN_CALL:
        in_order = _whole(about, "earliest") <= _whole(about, "latest") <= INSTANT_MAX
        if not in_order or len(_text(about, "commitment")) != _HASH_DIGITS:
            raise ValueError("a call has an earliest and a latest close, and a commitment of 64 hexadecimal digits")
        _whole(about, "extensions")
        return about
    if kind == RecordKind.EXTEND_CALL:
        _whole(about, "by_us")
        return about
    if about.get("status") not in (CLEARED, NO_TRADE):
        raise ValueError(f"status is {CLEARED} or {NO_TRADE}, not {about.get('status')!r}")
    count, currencies = _whole(about, "orders"), len(engine.accounts.currencies)
    expected = 16 * currencies + 12 * count if about["status"] == CLEARED else 0
    if _whole(about, "auction") < 1 or len(rest) != expected:
        raise ValueError(f"{len(rest)} bytes do not hold prices of {currencies} currencies and fills of {count} orders")
    return about


def pack_clearing(standing: Standing, proposal: Proposal, proposer: str) -> bytes:
    """Body of a CLEAR_AUCTION record that proposes prices and fills."""
    some = np.flatnonzero(proposal.sold)
    about = {"auction": standing.number, "status": CLEARED, "proposer": proposer, "orders": len(some)}
    return pack_arrays(
        about,
        proposal.price.astype("<i8"),
        proposal.potential.astype("<i8"),
        standing.order[some].astype("<i4"),
        proposal.sold[some].astype("<i8"),
    )


def pack_no_trade(standing: Standing, reason: str, proposer: str) -> bytes:
    """Body of a CLEAR_AUCTION record that proposes that nothing trades."""
    about = {"auction": standing.number, "status": NO_TRADE, "proposer": proposer, "reason": reason, "orders": 0}
    return pack_arrays(about)


def carry_out(engine: "Engine", kind: int, about: dict[str, object], body: bytes | memoryview) -> Outcome:
    """Do what a record of an auction says, `about` being what `examine` returned."""
    match kind:
        case RecordKind.OPEN_CALL:
            return open_call(engine, about)
        case RecordKind.EXTEND_CALL:
            return extend_call(engine, about)
        case RecordKind.CLOSE_CALL:
            return close_call(engine, about)
        case _:
            return clear(engine, about, body)


def open_call(engine: "Engine", about: dict[str, object]) -> Outcome:
    """Open the call of an auction: commit to the instant of its close, which `closing_instant` draws.

    Until then orders come and go as ever. A call is not needed for an auction; once one is open, the auction closes as
    it says and not otherwise.
    """
    notes, now = engine.notes, int(engine.state.g[NOW])
    if notes.call or number_of(engine):
        return Outcome(refused="a call is open, or an auction is not over")
    if _whole(about, "earliest") < now:
        return Outcome(refused=f"a call closes after it opens, not at {about['earliest']}")
    notes.call = dict(about)
    return Outcome()


def extend_call(engine: "Engine", about: dict[str, object]) -> Outcome:
    """Let the open call close later by `by_us` microseconds, as often as it said at most."""
    call = engine.notes.call
    left = _whole(call, "extensions")
    if not call or not left:
        return Outcome(refused="no call is open that may be extended")
    moved = {name: _whole(call, name) + _whole(about, "by_us") for name in ("earliest", "latest")}
    if moved["latest"] > INSTANT_MAX:
        return Outcome(refused=f"a call closes up to {INSTANT_MAX}, not at {moved['latest']}")
    engine.notes.call = {**call, **moved, "extensions": left - 1}
    return Outcome()


def closing_instant(earliest: int, latest: int, seed: str) -> int:
    """Return when a call with this seed closes: drawn from the seed's bytes by SHA-256, `earliest` to `latest`."""
    drawn = int.from_bytes(hashlib.sha256(b"close" + bytes.fromhex(seed)).digest()[:8], "little")
    return earliest + drawn % (latest - earliest + 1)


def commitment_to(seed: str) -> str:
    """Return the SHA-256 of a seed's bytes, hexadecimal; `seed` is hexadecimal too."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def _close_is_due(engine: "Engine", about: dict[str, object]) -> str:
    """Say why the open call does not close now; empty if it does, or none is open."""
    call, seed = engine.notes.call, _text(about, "seed")
    if not call:
        return ""
    if commitment_to(seed) != call["commitment"]:
        return "the seed is not the one that the call has committed to"
    due = closing_instant(_whole(call, "earliest"), _whole(call, "latest"), seed)
    now = int(engine.state.g[NOW])
    return "" if now == due else f"the call closes at {due}, not at {now}"


def close_call(engine: "Engine", about: dict[str, object]) -> Outcome:
    """Begin an auction with the orders that stand and may trade.

    Left out is what is held, has no money set aside, belongs to a suspended or closed account or one whose
    room is below zero, has a currency or corridor that is not open or a pair that is stopped, is kept out by
    a member's demand, or would trade with an earlier order of its own owner.
    """
    if number_of(engine):
        return Outcome(refused=f"auction {number_of(engine)} is not over")
    early = _close_is_due(engine, about)
    if early:
        return Outcome(refused=early)
    s, notes = engine.state, engine.notes
    notes.call = {}
    rows = s.orders[: s.g[ORDERS]]
    slots = rows[:, R_SLOT]
    stays = (s.rows[slots, STATUS] & 0xFF == State.PSTL) & (rows[:, R_HOLDS] == 0) & (rows[:, R_BLOCKED] > 0)
    stays &= _may_trade(engine, s.rows[slots, PARTIES], _stopped(engine, about))
    stays &= _may_be_paid(engine, s.rows[slots, PARTIES] >> 32, rows[:, R_PAYEE])
    excluded = leave_out_excluded(engine, stays)
    _leave_out_own(engine, stays)
    owners = np.unique(s.accounts[s.rows[slots[stays], PARTIES] >> 32, OWNER] >> 40)
    least = _whole(about, "participants_min")
    if len(owners) < least:
        demands = ", ".join(f"{each.member} against {each.other}" for each in excluded)
        kept = f"; orders sit out because of demands: {demands}" if demands else ""
        return Outcome(refused=f"{len(owners)} participants stand in the book, {least} are needed{kept}")
    notes.auctions += 1
    rows[stays, R_BOOK] = notes.auctions
    notes.auction = {**about, "number": notes.auctions, "excluded": [list(each) for each in excluded]}
    return Outcome(taken=int(np.count_nonzero(stays)))


def _may_trade(engine: "Engine", parties: Int64s, stopped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which orders of these accounts no suspension, closing, shortage, phase or corridor keeps out."""
    s = engine.state
    pays, gets = parties >> 32, parties & LOW_32
    flags = s.accounts[:, FLAGS]
    room = s.accounts[:, BALANCE] + s.accounts[:, LIMIT] - s.accounts[:, BLOCKED]
    stays = flags[pays] & (HOLD_OUT | HOLD_OUT_ISSUER | IS_CLOSED) == 0
    stays &= (flags[gets] & (HOLD_IN | HOLD_IN_ISSUER | IS_CLOSED) == 0) & (room[pays] >= 0)
    shut = _closed_currencies(engine)
    runs = np.array([currency_runs(s, i) and i not in shut for i in range(len(engine.accounts.currencies))], np.bool_)
    stays &= runs[s.accounts[pays, OWNER] & LOW_20] & runs[s.accounts[gets, OWNER] & LOW_20]
    stays &= ~stopped[s.accounts[pays, OWNER] & LOW_20, s.accounts[gets, OWNER] & LOW_20]
    pairs, inverse = np.unique(parties, return_inverse=True)
    open_ = np.array([may_convert(s, int(pair) >> 32, int(pair) & LOW_32) for pair in pairs], np.bool_)
    stays &= open_[inverse]
    return np.asarray(stays, np.bool_)


def _closed_currencies(engine: "Engine") -> set[int]:
    """Return the currencies that are closed as a whole, run-offs under way apart."""
    return {
        engine.accounts.currency_index(str(closing["currency"]))
        for closing in engine.notes.closings
        if not (closing["participant"] or closing["target"] or closing["until"])
    }


def _may_be_paid(engine: "Engine", pays: Int64s, payee: Int64s) -> NDArray[np.bool_]:
    """Return which payees, as in R_PAYEE, nothing keeps from being paid: no suspension, closing or corridor."""
    s, account = engine.state, payee - 1
    named = np.flatnonzero(payee)
    free = payee == 0
    free[named] = s.accounts[account[named], FLAGS] & (HOLD_IN | HOLD_IN_ISSUER | IS_CLOSED) == 0
    pairs = zip(pays[named].tolist(), account[named].tolist(), strict=True)
    free[named] &= np.array([may_pay(s, debtor, creditor) for debtor, creditor in pairs], np.bool_)
    return np.asarray(free, np.bool_)


def _stopped(engine: "Engine", about: dict[str, object]) -> NDArray[np.bool_]:
    """Return which pairs of currencies wait for people, either way; (currencies, currencies)."""
    count = len(engine.accounts.currencies)
    stopped = np.zeros((count, count), np.bool_)
    for plain in _list(about.get("stopped", [])):
        one, other = (_currency(engine, code) for code in _list(plain, 2))
        stopped[one, other] = stopped[other, one] = True
    for pair in kept_stopped(engine):
        one, other = (_currency(engine, code) for code in pair)
        stopped[one, other] = stopped[other, one] = True
    return stopped


def _leave_out_own(engine: "Engine", stays: NDArray[np.bool_]) -> None:
    """Leave out later orders of an owner that would trade with its earlier ones; `stays` is changed."""
    s = engine.state
    index = np.flatnonzero(stays)
    parties = s.rows[s.orders[index, R_SLOT], PARTIES]
    owner = s.accounts[parties >> 32, OWNER]
    sell, buy = owner & LOW_20, s.accounts[parties & LOW_32, OWNER] & LOW_20
    group = (owner >> 40) << 20 | np.minimum(sell, buy) << 10 | np.maximum(sell, buy)
    rank = np.lexsort((index, group))
    kept = stays.astype(np.int32)
    leave_out_own(s, index[rank].astype(np.int32), group[rank], (sell < buy)[rank].astype(np.int32), kept)
    stays[:] = kept != 0


def number_of(engine: "Engine") -> int:
    """Return the number of the auction under way, 0 if there is none."""
    return int(str(engine.notes.auction.get("number", 0)))


def book_of(engine: "Engine") -> Standing:
    """Return the book of the auction under way."""
    s, number = engine.state, number_of(engine)
    index = np.flatnonzero((s.orders[: s.g[ORDERS], R_BOOK] == number) & (number > 0)).astype(np.int32)
    rows = s.orders[index]
    slots = rows[:, R_SLOT]
    parties = s.rows[slots, PARTIES]
    ties, tolerance, bands, reference = _terms(engine, engine.notes.auction)
    book = Book(
        currencies=len(engine.accounts.currencies),
        sell=(s.accounts[parties >> 32, OWNER] & LOW_20).astype(np.int32),
        buy=(s.accounts[parties & LOW_32, OWNER] & LOW_20).astype(np.int32),
        amount=s.rows[slots, AMOUNT],
        numerator=rows[:, R_NUMERATOR].copy(),
        denominator=rows[:, R_DENOMINATOR].copy(),
        least=np.minimum(rows[:, R_LEAST], s.rows[slots, AMOUNT]),
        order=index.astype(np.int64),
        ties=ties,
        tolerance=tolerance,
        bands=bands,
        reference=reference,
    )
    return Standing(number, index, book, _whole(engine.notes.auction, "deadline"), excluded_of(engine.notes.auction))


def clear(engine: "Engine", about: dict[str, object], body: bytes | memoryview) -> Outcome:
    """Judge a proposal; if it holds, settle all of its fills at once and end the auction."""
    standing = book_of(engine)
    if not standing.number or standing.number != about["auction"]:
        return Outcome(refused=f"auction {about['auction']} is not under way")
    if about["status"] == NO_TRADE:
        deadline = _whole(engine.notes.auction, "deadline")
        if engine.state.g[NOW] < deadline:
            return Outcome(refused=f"that nothing trades is accepted from {deadline} on, not before")
        _end(engine, standing.number)
        return Outcome()
    proposal, refused = _proposal(engine, standing, about, body)
    if not refused:
        found = verify(standing.book, proposal, codes=engine.accounts.currencies)
        refused = found.refused or ("" if found.traded else "nothing trades: that is proposed as such")
        refused = refused or _leave_out_unable(engine, standing, proposal, found)
    if refused:
        return Outcome(refused=refused)
    return _settle(engine, standing, proposal, found)


def _settle(engine: "Engine", standing: Standing, proposal: Proposal, found: Verification) -> Outcome:
    """Settle the fills of a proposal that holds, and end the auction."""
    filled, accounts = np.flatnonzero(proposal.sold), engine.accounts
    technical = np.array(
        [[accounts.technical(code, kind) for code in accounts.currencies] for kind in ("conversion", "rounding")],
        np.int64,
    )
    settle_fills(
        engine.state,
        standing.order[filled],
        proposal.sold[filled],
        found.bought[filled],
        technical[0],
        technical[1],
        np.zeros(4, np.int64),
    )
    _end(engine, standing.number)
    return Outcome(len(filled), found.score)


def _proposal(
    engine: "Engine", standing: Standing, about: dict[str, object], body: bytes | memoryview
) -> tuple[Proposal, str]:
    """Return the proposal in a record, and what is wrong with the orders that it names."""
    _, rest = unpack_arrays(body)
    c, count = len(engine.accounts.currencies), _whole(about, "orders")
    price, potential = np.frombuffer(rest, "<i8", 2 * c).astype(np.int64).reshape(2, c)
    chosen = np.frombuffer(rest, "<i4", count, 16 * c).astype(np.int64)
    fills = np.frombuffer(rest, "<i8", count, 16 * c + 4 * count).astype(np.int64)
    sold = np.zeros(len(standing.order), np.int64)
    place = np.searchsorted(standing.order, chosen)
    if len(chosen) and ((np.diff(chosen) <= 0).any() or not np.isin(chosen, standing.order).all()):
        return Proposal(price, sold, potential), "an order is not in the book, or stands in it twice or out of order"
    sold[place] = fills
    return Proposal(price, sold, potential), ""


def _leave_out_unable(engine: "Engine", standing: Standing, proposal: Proposal, found: Verification) -> str:
    """Take the orders of accounts that cannot pay, or may not hold, their fills out of the book, and name the first.

    An account cannot pay if its room has fallen below zero since its orders were blocked.
    """
    s = engine.state
    parties = s.rows[s.orders[standing.order, R_SLOT], PARTIES]
    pays, gets, filled = parties >> 32, parties & LOW_32, proposal.sold > 0
    room = s.accounts[:, BALANCE] + s.accounts[:, LIMIT] - s.accounts[:, BLOCKED]
    short = np.unique(pays[filled & (room[pays] < 0)])
    change = np.zeros(len(s.accounts), np.int64)
    payee, target = (s.orders[standing.order, column] for column in (R_PAYEE, R_TARGET))
    passed_on = np.where(filled & (payee > 0), np.where(target > 0, target, found.bought), 0)
    np.add.at(change, gets, found.bought - passed_on)
    np.add.at(change, payee[payee > 0] - 1, passed_on[payee > 0])
    np.subtract.at(change, pays, proposal.sold)
    takers = np.unique(np.concatenate((gets[filled], payee[filled & (payee > 0)] - 1)))
    full = [account for account in takers.tolist() if change[account] > _holding_room(engine, account)]
    out = np.isin(pays, short) | np.isin(gets, np.array(full, np.int64)) | np.isin(payee - 1, np.array(full, np.int64))
    if not out.any():
        return ""
    s.orders[standing.order[out], R_BOOK] = 0
    account = int(short[0]) if len(short) else full[0]
    name = f"{engine.accounts.participant[account]} {engine.accounts.currency[account]}"
    why = "cannot pay its fills" if len(short) else "would hold more than its cap"
    return f"{name} {why}: its orders sit out, and the auction is computed again"


def _holding_room(engine: "Engine", account: int) -> int:
    cap = int(holding_of(engine.state, account))
    return int(space(engine.state, cap)) if cap >= 0 else INFINITE


def _end(engine: "Engine", number: int) -> None:
    end_auction(engine.state, number)
    engine.notes.auction = {}


def open_currencies(engine: "Engine") -> None:
    """Set money aside again for orders whose currencies have opened, in order of entry."""
    if engine.state.g[ORDERS]:
        block_again(engine.state)


def expire(engine: "Engine") -> None:
    """Let orders expire whose last date has passed, which need not have been a business day."""
    s = engine.state
    rows = s.orders[: s.g[ORDERS]]
    is_open = s.rows[rows[:, R_SLOT], STATUS] & 0xFF < State.STLD
    for index in np.flatnonzero(is_open & (rows[:, R_UNTIL] < s.g[TODAY])).tolist():
        end_order(s, index, State.CAND, Reason.EXPIRED)


def end_day(engine: "Engine", currencies: list[int]) -> None:
    """End the day of orders in these currencies: what is over expires, and what stays gives its money back.

    An auction that nobody cleared ends without trade.
    """
    s, under_way = engine.state, number_of(engine)
    if under_way and currencies:
        _end(engine, under_way)
    for index in range(int(s.g[ORDERS])):
        slot, until = int(s.orders[index, R_SLOT]), int(s.orders[index, R_UNTIL])
        parties = int(s.rows[slot, PARTIES])
        mine = {int(s.accounts[account, OWNER]) & LOW_20 for account in (parties >> 32, parties & LOW_32)}
        is_open = int(s.rows[slot, STATUS]) & 0xFF < State.STLD
        if is_open and until <= s.g[TODAY] and mine & set(currencies):
            end_order(s, index, State.CAND, Reason.EXPIRED)
    for currency in currencies if s.g[ORDERS] else []:
        lift_blocks(s, currency)


def orders_of(engine: "Engine") -> dict[str, NDArray[np.generic]]:
    """Return columns over the orders that are open or ended since the last start, in order of entry.

    Minor units: `entered`, `left` and `blocked` of what is sold, `bought` and `target` of what is bought.
    `payee` is the account that is paid with it, -1 for none.
    """
    s = engine.state
    rows = s.orders[: s.g[ORDERS]]
    slots = rows[:, R_SLOT]
    left = s.rows[slots, AMOUNT]
    return {
        "slot": slots.astype(np.int32),
        "entered": rows[:, R_ENTERED].copy(),
        "left": left,
        "sold": rows[:, R_ENTERED] - left,
        "bought": rows[:, R_BOUGHT].copy(),
        "blocked": rows[:, R_BLOCKED].copy(),
        "until": rows[:, R_UNTIL].astype(np.int32),
        "book": rows[:, R_BOOK].astype(np.int32),
        "payee": (rows[:, R_PAYEE] - 1).astype(np.int32),
        "target": rows[:, R_TARGET].copy(),
        "numerator": rows[:, R_NUMERATOR].copy(),
        "denominator": rows[:, R_DENOMINATOR].copy(),
        "least": rows[:, R_LEAST].copy(),
    }


def blocked_by_orders(engine: "Engine", account: int) -> int:
    """Return what the orders of an account have set aside on it, minor units."""
    s = engine.state
    rows = s.orders[: s.g[ORDERS]]
    mine = s.rows[rows[:, R_SLOT], PARTIES] >> 32 == account
    return int(rows[mine, R_BLOCKED].sum())


def index_of(engine: "Engine", slot: int) -> int:
    """Return the index of the order that is this instruction."""
    s = engine.state
    return int(np.flatnonzero(s.orders[: s.g[ORDERS], R_SLOT] == slot)[0])


def _terms(engine: "Engine", about: dict[str, object]) -> tuple[Ties, tuple[int, int], tuple[Band, ...], Int64s | None]:
    """Read the terms of an auction; ValueError names the first that cannot be read."""
    try:
        ties = Ties[str(about.get("ties", "time")).upper().replace("-", "_")]
        numerator, denominator = _list(about.get("tolerance", [1, 1_000_000]), 2)
        bands = []
        for plain in _list(about.get("bands", [])):
            a, b, high, low = _list(plain, 4)
            bands.append(Band(_currency(engine, a), _currency(engine, b), _int(high), _int(low)))
        levels = about.get("reference")
        reference = None
        if isinstance(levels, dict):
            reference = np.zeros(len(engine.accounts.currencies), np.int64)
            for code, level in levels.items():
                reference[_currency(engine, code)] = _int(level)
        _stopped(engine, about)
        for name in ("participants_min", "deadline"):
            _whole(about, name)
        terms = ties, (_int(numerator), _int(denominator)), tuple(bands), reference
        check(_empty_book(len(engine.accounts.currencies), *terms))
    except (KeyError, NotFound, InvalidRequest) as bad:
        raise ValueError(f"an auction's terms lack or misname {bad}") from bad
    return terms


def _empty_book(
    currencies: int, ties: Ties, tolerance: tuple[int, int], bands: tuple[Band, ...], reference: Int64s | None
) -> Book:
    side, column = np.zeros(0, np.int32), np.zeros(0, np.int64)
    return Book(currencies, side, side, column, column, column, column, column, ties, tolerance, bands, reference)


def _currency(engine: "Engine", code: object) -> int:
    return engine.accounts.currency_index(str(code))


def _list(plain: object, length: int = -1) -> list[object]:
    if not isinstance(plain, list) or (length >= 0 and len(plain) != length):
        raise ValueError(f"a list of {length if length >= 0 else 'any'} values, not {plain!r}")
    return plain


def _int(plain: object) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool) or abs(plain) >= INFINITE:
        raise ValueError(f"a whole number, not {plain!r}")
    return plain


def _text(about: dict[str, object], name: str) -> str:
    """Return hexadecimal text, empty if there is none."""
    value = about.get(name, "")
    if not isinstance(value, str) or len(value) > _HASH_DIGITS:
        raise ValueError(f"{name} is at most {_HASH_DIGITS} hexadecimal digits, not {value!r}")
    bytes.fromhex(value)
    return value


def _whole(about: dict[str, object], name: str) -> int:
    value = _int(about.get(name, 0))
    if value < 0:
        raise ValueError(f"{name} is 0 or more, not {value}")
    return value
