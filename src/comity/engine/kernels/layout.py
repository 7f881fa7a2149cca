"""Where everything stands in the engine's tables: names of columns and bits.

All tables are arrays of int64 rows (see `comity.engine.state.State`), because
one row of 64 bytes costs a single cache miss where eight columns cost eight.
An index stored in a row is plus one, so that 0 means none, unless it says otherwise.
"""

NONE = -1
INFINITE = 1 << 62
"""Larger than any limit; as a limit it means none."""
WAITING_MAX = 1 << 61
"""Bound of all that waits in one currency."""
OWED_MAX = 1 << 60
"""Bound of all obligations of one currency that are open."""
ORDERED_MAX = 1 << 60
"""Bound of all that conversion orders may still sell of one currency."""
RATIO_MAX = (1 << 62) - 1
"""Largest numerator or denominator of a limit: with a price it fits 128 bits."""
CREDIT_MAX = 1 << 60
"""Bound of all credit lines of one currency together."""
ISSUER_CREDIT = 1 << 61
"""What an issuer may owe in its own currency.

With CREDIT_MAX it keeps every balance within +-(2**61 + 2**60), every room below
2**62, and a room plus all that waits below 2**63: no sum of a decision can wrap.
"""
AMOUNT_MAX = 10**18 - 1
"""Eighteen digits."""

# the scalars, in s.g
(
    NOW,
    SEQUENCE,
    ROWS,
    SIDES,
    BUNDLES,
    LEGS,
    GROUPS,
    CONSTRAINTS,
    PAIRS,
    TRADES,
    TIMERS,
    RING_HEAD,
    RING_COUNT,
    LISTED,
    CHANGED,
    ARENA,
    HEAP,
    DIGEST_1,
    DIGEST_2,
    TODAY,
    DATE_FIRST,
    DATE_LAST,
    BYPASS_NORMAL,
    ENTRY_OFFSETTING,
    FRONT,
    END_KEY,
    BUDGET,
    SWEEP_AT,
    CORRIDORS,
    MEMBERS,
    CURRENCIES,
    HOLDING_SETS,
    SEED,
    TOUCHED,
    LEG_FREE,
    OPEN_AT,
    OBLIGATIONS,
    ORDERS,
) = range(38)
ZERO_WORDS = 40
"""Four scalars that stay zero."""
GLOBALS = 48

# s.accounts
(
    BALANCE,
    LIMIT,
    BLOCKED,
    URGENT,
    HIGH,
    LOWEST,
    FLAGS,
    WAITING,
    QUEUE_URGENT,
    QUEUE_HIGH,
    QUEUE_NORMAL,
    MULTILATERAL,
    HOLDING,
    OWNER,
    KEY_1,
    KEY_2,
) = range(16)
ACCOUNT_WORDS = 16
"""OWNER packs the indexes of participant, member and currency, 20 bits each."""

IS_ISSUER = 1
IS_TECHNICAL = 2
HAS_LIMITS = 4
HAS_HOLDING = 8
IS_DIRTY = 16
HOLD_OUT = 64
HOLD_IN = 128
IS_CLOSED = 256
HOLD_OUT_ISSUER = 512
HOLD_IN_ISSUER = 1024
PERSISTENT_FLAGS = ~IS_DIRTY

# s.burdens
OWN_WAITING, OWN_OWED = range(2)
BURDEN_WORDS = 2
"""What of CUR_WAITING and CUR_OWED of its currency is an account's own."""

# s.currencies
CUR_PHASE, CUR_STATE, CUR_WAITING, CUR_SWEEP, CUR_OWED, CUR_ORDERED, CUR_ISSUER = range(7)
CURRENCY_WORDS = 7
# CUR_ISSUER is the index of the member that issues it
# CUR_STATE is a set of what keeps a currency from an ordinary day; none: it is open
CURRENCY_HELD = 1
"""Its books do not agree."""
CURRENCY_RUN_OFF = 2
"""Closed by an operator; what waits may still settle."""
CURRENCY_HOLIDAY = 4
SWEEP_NOTHING, SWEEP_CUSTOMER, SWEEP_ALL = range(3)

# s.rows: one per instruction
AMOUNT, PARTIES, STATUS, ENTRY, ENTERED, FINAL, MORE, PLACED = range(8)
ROW_WORDS = 8
# PARTIES packs debtor << 32 | creditor; ENTRY sequence << 32 | row; MORE final sequence << 32 | side;
# PLACED group << 32 | leaf, or NONE
REASON_SHIFT = 8
HOW_SHIFT = 16
KIND_SHIFT = 20
PRIORITY_SHIFT = 24
INTERBANK_BIT = 1 << 26
BUYER_BIT = 1 << 27
OUTCOME_BITS = 0xF_FFFF

# s.ids
KEY_HI, KEY_LO, UETR_HI, UETR_LO, CONTENT = range(5)
ID_WORDS = 5

# s.waits: touched only by what waits
PLACE, PAIR_LINKS, LIST_INDEX, FAILURE = range(4)
WAIT_WORDS = 4
# FAILURE: the reason found for a rejection that is about to happen

# s.sides: rare fields
(
    EARLIEST,
    LATEST,
    DATE,
    BUNDLE,
    IRREVOCABLE,
    HOLDS,
    NEXT_MEMBER,
    TRADE,
    NEXT_TRADE,
    REFERENCE_HI,
    REFERENCE_LO,
    COUNTER_AMOUNT,
    COUNTER_PAYER,
    CANCEL_ASKED,
) = range(14)
SIDE_WORDS = 16
HELD_BY_SCREENING = 1
HELD_BY_HOME = 2
HELD_BY_ISSUER = 4
HELD_BY_CLOSING = 8

# s.bundles: PvP and linked sets
(
    BUNDLE_KIND,
    BUNDLE_EXPECTED,
    BUNDLE_COUNT,
    BUNDLE_FIRST,
    BUNDLE_LAST,
    BUNDLE_STATE,
    BUNDLE_LEG,
    BUNDLE_LINK_HI,
    BUNDLE_LINK_LO,
    BUNDLE_PRIORITY,
    BUNDLE_PLACE,
) = range(11)
BUNDLE_WORDS = 12
BUNDLE_PVP = 1
BUNDLE_LINKED = 2
GATHERING, QUEUED, DONE = range(3)

# s.legs: what a bundle takes from one account, net
LEG_BUNDLE, LEG_ACCOUNT, LEG_AMOUNT, LEG_PLACED, LEG_NEXT, LEG_ACTIVE = range(6)
LEG_WORDS = 6

# s.constraints
SPACE_LIMIT, SPACE_USED, SPACE_KIND, SPACE_OWNER, SPACE_OTHER, SPACE_GROUPS = range(6)
CONSTRAINT_WORDS = 6
BILATERAL, MULTILATERAL_KIND, CORRIDOR_CAP, HOLDING_CAP = range(4)

# s.corridors
SERVICES, CAP_A, CAP_B, AGREED = range(4)
"""AGREED holds the services of the agreements, SERVICES those of them that are not closed now."""

CORRIDOR_WORDS = 4
SERVICE_PAYMENT, SERVICE_PVP, SERVICE_CLEARING, SERVICE_CONVERSION = 1, 2, 4, 8
SERVICES_ALL = 15

# the queues, in s.groups
(
    G_ACCOUNT,
    G_CLASS,
    G_FUND,
    G_SPACE_1,
    G_SPACE_2,
    G_SPACE_3,
    G_SPACE_4,
    G_BASE,
    G_CAPACITY,
    G_LOW,
    G_HIGH,
    G_LIVE,
    G_NEXT,
    G_NEXT_HOLDING,
    G_CURSOR,
) = range(15)
GROUP_WORDS = 16

# s.pairs: waiting payments of one debtor, creditor and class
PAIR_KEY, PAIR_CLASS, PAIR_HEAD, PAIR_TAIL = range(4)
PAIR_WORDS = 4

# s.trades: terms under which PvP entries wait for their counterpart
T_SELLER_PAYS, T_BUYER_PAYS, T_SELL, T_BUY, T_DATE, T_HEAD_SELLER, T_HEAD_BUYER, T_TAIL_SELLER, T_TAIL_BUYER = range(9)
"""T_SELLER_PAYS and T_BUYER_PAYS pack both accounts of a currency: who pays, and who gets << 32."""

TRADE_WORDS = 10

# s.obligations: one per obligation that is open or ended since the last start
(
    O_SLOT,
    O_ENTERED,
    O_DUE,
    O_CUT,
    O_CARRIED,
    O_LINK_HI,
    O_LINK_LO,
    O_HOLDS,
) = range(8)
OBLIGATION_WORDS = 8
# O_ENTERED is the amount at entry; O_CUT the cycle in whose cut it stands, 0 none;
# O_CARRIED how many cycles have left it over

# s.orders: one per conversion order that is open or ended since the last start
(
    R_SLOT,
    R_ENTERED,
    R_NUMERATOR,
    R_DENOMINATOR,
    R_LEAST,
    R_UNTIL,
    R_BLOCKED,
    R_BOUGHT,
    R_BOOK,
    R_HOLDS,
    R_PAYEE,
    R_TARGET,
) = range(12)
ORDER_WORDS = 12
# R_ENTERED is the amount at entry, less what was amended away; the limit is R_NUMERATOR / R_DENOMINATOR minor units
# bought per minor unit sold; R_UNTIL a business date, 0: good for one auction; R_BOOK the auction in whose book it
# stands, 0 none; R_PAYEE the account to which it pays what it buys, plus one, and R_TARGET how much of it, 0: all

BOUGHT_WORD = 96
"""Number by which the digest knows what an order has bought."""

# s.lots: what orders of an ordered pair of currencies have to be multiples of, 0 for nothing
LOT_MINOR, TICK_NUMERATOR, TICK_DENOMINATOR = range(3)
LOT_WORDS = 3
# LOT_MINOR is in minor units of what is sold; the tick a ratio of minor units in lowest terms, as limits are

LOT_WORD = 97
"""First of the numbers by which the digest knows them."""

# tables of the hash directory
KEYS, UETRS, LINKS, LIMIT_PAIRS, PAIR_LISTS, GROUP_KEYS, TRADE_KEYS = range(7)
TABLES = 7
PARTS = 256

# timers
BECOMES_ELIGIBLE, EXPIRES = range(2)
