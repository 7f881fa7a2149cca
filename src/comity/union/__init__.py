"""Clearing unions: how members stand with one another over months and years, and what they settle.

Payments settle within the day; what one country sells to another and does not
buy from it does not. A clearing union keeps a *quota account* per member
(`ClearingUnion`), settles part of what accumulates by a *tranche scale*
(`EPU_1950`), *charges* those far from balance on either side (`accrue`), *warns*
before a quota is used up (`early_warning`), and ends by a rule known from the
start (`terminate`). `forecast` says from a trade table when a quota will break.
Beside it stand a *reserve pool* (`ReservePool`), the *official rate* of the
local-currency system (`official_rate`), *reference rates* from several sources
(`reference`) and the test of a *funded session*.

Everything is exact: amounts are whole minor units of the unit of account, which
is a basket and no currency of ISO 4217, and so they are plain whole numbers;
shares and rates are fractions; where a result need not be whole its rounding is
named. Values are immutable. Nothing here knows a clock or a file.

Misuse raises TypeError (a float) or `comity.errors.InvalidRequest`, which says
what was expected and what was found.
"""

from comity.union.apportion import apportion, apportion_claims
from comity.union.charges import KEYNES_1943, Bracket, Charges, accrue, annual_charge, average_balance
from comity.union.day_count import DayCount
from comity.union.funded_session import Failing, SessionResult, SessionRules, SessionTrade, settle_session
from comity.union.imbalance import Flow, Forecast, Outlook, forecast
from comity.union.official_rate import OFFICIAL_RULES, SML, OfficialRule, official_rate
from comity.union.period import Kind, Period
from comity.union.pool import BRICS_2014, Commitment, ReservePool
from comity.union.quota import ClearingUnion, QuotaAccount, Settlement
from comity.union.quotes import Decision, Pair, Quote, SourceRule
from comity.union.reference import Inconsistency, Reference, Refused, Stopped, Used, reference
from comity.union.scales import EPU_1950, EPU_1952, Scale, Schedule, Tranche
from comity.union.termination import Termination, terminate, terminate_union, withdraw
from comity.union.thresholds import LEVELS, EarlyWarning, early_warning, level_reached, periods_until_beyond, trend

__all__ = [
    "BRICS_2014",
    "EPU_1950",
    "EPU_1952",
    "KEYNES_1943",
    "LEVELS",
    "OFFICIAL_RULES",
    "SML",
    "Bracket",
    "Charges",
    "ClearingUnion",
    "Commitment",
    "DayCount",
    "Decision",
    "EarlyWarning",
    "Failing",
    "Flow",
    "Forecast",
    "Inconsistency",
    "Kind",
    "OfficialRule",
    "Outlook",
    "Pair",
    "Period",
    "QuotaAccount",
    "Quote",
    "Reference",
    "Refused",
    "ReservePool",
    "Scale",
    "Schedule",
    "SessionResult",
    "SessionRules",
    "SessionTrade",
    "Settlement",
    "SourceRule",
    "Stopped",
    "Termination",
    "Tranche",
    "Used",
    "accrue",
    "annual_charge",
    "apportion",
    "apportion_claims",
    "average_balance",
    "early_warning",
    "forecast",
    "level_reached",
    "official_rate",
    "periods_until_beyond",
    "reference",
    "settle_session",
    "terminate",
    "terminate_union",
    "trend",
    "withdraw",
]
