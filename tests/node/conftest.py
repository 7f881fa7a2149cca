from __future__ import annotations

from datetime import date

import pytest

from comity.model.union import Account, Genesis, Member, Participant


@pytest.fixture
def genesis() -> Genesis:
    """Two members, two participants, two accounts."""
    return Genesis(
        name="Two",
        business_date=date(2021, 12, 15),
        currencies=(("CNY", 2), ("RUB", 2)),
        members=(Member("CN", "CNY", "China"), Member("RU", "RUB", "Russia")),
        participants=(
            Participant("CN", "CN", "Issuer CN"),
            Participant("RU", "RU", "Issuer RU"),
            Participant("CNB1", "CN", "Bank 1"),
            Participant("RUB1", "RU", "Bank 2"),
        ),
        accounts=(Account("CNB1", "CNY", 1_000), Account("RUB1", "CNY", 1_000)),
    )
