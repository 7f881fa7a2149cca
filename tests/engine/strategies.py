"""What chance may draw for a day: unions, payments, PvP entries and commands.

Few participants, two currencies and small amounts, so that what is rare in a
real day (gridlock, limits met exactly, linked sets in each other's way, closings
in the middle of it) happens all the time. Ids are empty and instants are
minutes from now; whoever plays the day fills them in.
"""

from hypothesis import strategies as st

from comity.model.command import Command
from comity.model.reason import Priority
from comity.model.union import Account, Agreement, Genesis, Limit, Member, Participant, Schedule
from tests.oracles.events import Payment, Trade
from tests.scenarios.text import TODAY

MINUTE = 60_000_000
HOUR = 60 * MINUTE
ISSUERS = {"CN": "CN", "RU": "RU"}
BANKS = {"A": "CN", "B": "CN", "C": "RU", "D": "RU"}
CURRENCIES = {"CNY": "CN", "RUB": "RU"}
SCHEDULES = {
    "CNY": Schedule(open=1 * HOUR, customer_cutoff=5 * HOUR, interbank_cutoff=6 * HOUR, end=8 * HOUR),
    "RUB": Schedule(open=2 * HOUR, customer_cutoff=4 * HOUR, interbank_cutoff=5 * HOUR, end=8 * HOUR),
}

banks = st.sampled_from(sorted(BANKS))
currencies = st.sampled_from(sorted(CURRENCIES))
amounts = st.integers(1, 12)
levels = st.integers(0, 15)
levels_or_none = st.one_of(st.none(), levels)
priorities = st.sampled_from([Priority.NORMAL, Priority.NORMAL, Priority.HIGH, Priority.URGENT])
rarely = st.sampled_from([False] * 9 + [True])
minutes_ahead = st.sampled_from([0] * 12 + [1, 30, 100])
parties = st.permutations(sorted(BANKS)).map(lambda order: (order[0], order[1]))
links = st.sampled_from([("", 0), ("", 0), ("L", 2), ("M", 3)])
authorities = st.sampled_from(["home", "CN", "RU"])


@st.composite
def limits(draw: st.DrawFn) -> tuple[Limit, ...]:
    """Draw at most two bilateral limits."""
    ways = draw(st.lists(st.tuples(parties, currencies), max_size=2, unique=True))
    return tuple(Limit("bilateral", *way, code, draw(levels)) for way, code in ways)


agreements = st.builds(
    Agreement,
    member_a=st.just("CN"),
    member_b=st.just("RU"),
    services=st.sampled_from([("payment", "pvp"), ("pvp",)]),
    currencies=st.sampled_from([("CNY", "RUB"), ("CNY",)]),
    from_date=st.just(TODAY),
    cap_minor=levels_or_none,
    cap_currency=st.just("CNY"),
)


@st.composite
def geneses(draw: st.DrawFn) -> Genesis:
    """Draw a union of two members and four banks with accounts in both currencies."""
    accounts = (
        Account(
            bank,
            code,
            draw(levels),
            draw(st.sampled_from([0, 0, 0, 5])),
            draw(st.sampled_from([0, 0, 0, 4, 20])),
            draw(st.sampled_from([0, 0, 0, 3])),
        )
        for bank in BANKS
        for code in CURRENCIES
    )
    return Genesis(
        name="A day by chance",
        business_date=TODAY,
        currencies=tuple((code, 2) for code in CURRENCIES),
        members=tuple(Member(code, currency, code) for currency, code in CURRENCIES.items()),
        participants=tuple(Participant(code, member, code) for code, member in (ISSUERS | BANKS).items()),
        accounts=tuple(accounts),
        limits=draw(limits()),
        agreements=tuple(draw(st.lists(agreements, max_size=1))),
        corridors_open=not draw(rarely),
        entry_offsetting=draw(st.booleans()),
        bypass_normal=draw(st.booleans()),
        currency_schedules=SCHEDULES,
    )


@st.composite
def plain_payments(draw: st.DrawFn) -> Payment:
    """Draw a payment with nothing out of the ordinary; a seventh comes from an issuer."""
    debtor = draw(st.sampled_from([*BANKS, *BANKS, "CN"]))
    return Payment("", debtor, draw(banks), draw(currencies), draw(amounts), draw(priorities), draw(st.booleans()))


@st.composite
def special_payments(draw: st.DrawFn) -> Payment:
    """Draw a payment that may be screened, warehoused, limited in time or linked."""
    debtor, creditor = draw(parties)
    link, size = draw(links)
    return Payment(
        "",
        debtor,
        creditor,
        draw(currencies),
        draw(amounts),
        draw(priorities),
        draw(st.booleans()),
        draw(rarely),
        None,
        draw(minutes_ahead),
        draw(minutes_ahead),
        link,
        size,
    )


@st.composite
def trades(draw: st.DrawFn) -> Trade:
    """Draw a PvP entry; amounts are few, so that sides match."""
    seller, buyer = draw(parties)
    sold, bought = draw(st.sampled_from([("CNY", "RUB"), ("RUB", "CNY")]))
    return Trade(
        "",
        seller,
        buyer,
        sold,
        draw(st.integers(1, 4)),
        bought,
        draw(st.integers(1, 4)),
        draw(st.sampled_from(["both", "both", "seller", "buyer"])),
        draw(priorities),
        draw(rarely),
        None,
        draw(minutes_ahead),
        draw(minutes_ahead),
    )


def _money() -> st.SearchStrategy[Command]:
    what = st.sampled_from(["credit", "transfer_in", "transfer_out", "freeze", "unfreeze"])
    return st.builds(Command, what, banks, currencies, amount_minor=levels)


def _reserve() -> st.SearchStrategy[Command]:
    which = st.sampled_from(["urgent", "high"])
    return st.builds(Command, st.just("reserve"), banks, currencies, amount_minor=levels, value=which)


@st.composite
def _limit(draw: st.DrawFn) -> Command:
    kind = draw(st.sampled_from(["bilateral", "multilateral", "holding", "corridor"]))
    if kind == "corridor":
        one, other = draw(st.sampled_from([("CN", "RU"), ("RU", "CN"), ("CN", "CN")]))
    else:
        one, other = draw(parties)
    target = other if kind in {"bilateral", "corridor"} else ""
    return Command("limit", one, draw(currencies), target, draw(levels_or_none), kind)


scopes = st.sampled_from(
    [("A", "", ""), ("C", "CNY", ""), ("", "CNY", ""), ("", "", "CN RU"), ("", "RUB", "CN RU"), ("D", "", "")]
)
"""Participant, currency and members of a closing."""


@st.composite
def _closing(draw: st.DrawFn) -> Command:
    scope = draw(scopes)
    if draw(st.booleans()):
        return Command("open", *scope)
    return Command("close", *scope, value=draw(st.sampled_from(["hold", "hold", "reject"])))


def _suspension() -> st.SearchStrategy[Command]:
    by = st.tuples(authorities, st.sampled_from(["", " admit"])).map("".join)
    return st.one_of(
        st.builds(Command, st.just("suspend"), banks, value=by),
        st.builds(Command, st.just("resume"), banks, value=authorities),
    )


def _setting() -> st.SearchStrategy[Command]:
    names = st.sampled_from(["entry_offsetting", "bypass_normal"])
    return st.builds(Command, st.just("set"), target=names, value=st.sampled_from(["true", "false"]))


def _agreement() -> st.SearchStrategy[Command]:
    return st.builds(
        Command,
        st.just("agreement"),
        currency=st.sampled_from(["CNY", "CNY RUB"]),
        target=st.just("CN RU"),
        amount_minor=levels_or_none,
        value=st.sampled_from(["payment pvp", "payment"]),
    )


commands = st.one_of(
    _money(), _money(), _reserve(), _limit(), _limit(), _closing(), _suspension(), _setting(), _agreement()
)
"""Commands that name no instruction and no instant."""
