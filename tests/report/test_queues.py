"""Why a queue stood is said in words that the figures bear out."""

import pytest

from comity.report.sections.queues import why
from comity.statistics.liquidity import Liquidity
from comity.statistics.waiting import NEVER_SETTLED, Queue


def queue(causes: dict[str, int], settled: int) -> Queue:
    return Queue("A", "CNY", 0, 3, sum(causes.values()), causes, settled)


def account(opening: int, lower: int, upper: int) -> Liquidity:
    return Liquidity("A", "CNY", opening, 0, lower, upper)


@pytest.mark.parametrize(
    ("causes", "settled", "text"),
    [
        ({"PSTL": 100}, 100, "Waited for money; all of it settled later"),
        (
            {"PSTL": 60, "SRBL": 40},
            0,
            "Waited for money (60%) and room under a bilateral limit or corridor cap (40%); none of it settled",
        ),
        ({"UMAC": 999, "PSTL": 1}, 250, "Waited for counterparts (99.9%); 25% of it settled later"),
        ({NEVER_SETTLED: 10}, 0, "None of it settled"),
    ],
)
def test_causes_stand_in_order_of_weight(causes: dict[str, int], settled: int, text: str) -> None:
    assert why(queue(causes, settled), None) == text


@pytest.mark.parametrize(
    ("opening", "lower", "upper", "text"),
    [
        (30, 20, 100, "it opened with 30% of the money its payments would take on arrival"),
        (0, 80, 100, "it opened without money; it paid far more than it received over the day"),
        (-5, 40, 100, "it opened without money"),
        (200, 0, 100, "its receipts of the day cover its payments, but came later"),
    ],
)
def test_account_is_set_against_what_its_payments_take(opening: int, lower: int, upper: int, text: str) -> None:
    said = why(queue({"PSTL": 10}, 10), account(opening, lower, upper))

    assert said == f"Waited for money; {text}; all of it settled later"
