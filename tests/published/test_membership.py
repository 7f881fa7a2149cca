"""What groups of countries would save on the trade of 2017: one published case, and the shape of others."""

from pathlib import Path

import pytest

from comity.day.membership import Comparison, compare

GROUPS = {
    "BRICS5": ("BR,RU,IN,CN,ZA", 0.722138, 0.748974, 0.798222),
    "ASEAN": ("BN,KH,ID,LA,MY,MM,PH,SG,TH,VN", 0.794111, 0.873254, 0.873994),
    "RCEP": ("BN,KH,ID,LA,MY,MM,PH,SG,TH,VN,CN,JP,KR,AU,NZ", 0.807044, 0.913886, 0.925833),
    "ACU": ("BD,BT,IN,IR,MV,MM,NP,PK,LK", 0.346632, 0.393164, 0.515553),
    "Mercosur": ("AR,BR,PY,UY", 0.742227, 0.764312, 0.764312),
    "world": ("all", 0.687766, 0.841431, 0.851454),
}


@pytest.fixture(scope="module")
def answer(shared: Path) -> Comparison:
    trade = shared / "data/trade/D_baci_bilateral_annual_2000_2017.parquet"
    return compare(trade, [f"{name}={members}" for name, (members, *_) in GROUPS.items()], "2017")


def test_brics_of_2017_save_what_was_published(answer: Comparison) -> None:
    one = answer.memberships[0]
    assert one.savings == (316_104_688, 228_271_220, 236_754_201, 252_321_687)
    assert {each.member: each.net for each in one.standings} == {
        "IN": -63_783_001,
        "RU": 387_223,
        "ZA": 2_684_557,
        "BR": 20_429_426,
        "CN": 40_281_795,
    }


def test_other_groups_have_the_shares_that_the_guide_states(answer: Comparison) -> None:
    for one in answer.memberships:
        gross, *ways = one.savings
        assert [round(way / gross, 6) for way in ways] == list(GROUPS[one.proposal.name][1:]), one.proposal.name


def test_set_off_saves_at_least_what_netting_does_and_a_counterparty_at_least_that(answer: Comparison) -> None:
    for one in answer.memberships:
        gross, bilateral, set_off, ccp = one.savings
        assert 0 < bilateral <= set_off <= ccp < gross


def test_what_a_member_adds_to_the_set_off_is_never_less_than_nothing(answer: Comparison) -> None:
    assert all(each.adds.set_off >= 0 for one in answer.memberships for each in one.standings)


def test_world_is_200_countries_and_its_deepest_debtor_is_the_united_states(answer: Comparison) -> None:
    world = answer.memberships[-1]
    assert len(world.proposal.members) == 206
    assert world.standings[0].member == "US"
