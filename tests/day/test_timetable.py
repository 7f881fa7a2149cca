"""The timetable: phases in order, offsetting between opening and cut-off, extensions."""

from datetime import date

from comity.day.timetable import NEVER, Timetable
from comity.day.union_file import Passes
from comity.model.union import Genesis, Schedule

HOUR = 3_600_000_000
OWN = Schedule(customer_cutoff=18 * HOUR, interbank_cutoff=19 * HOUR, end=20 * HOUR)


def timetable(passes: Passes | None = None, **own: Schedule) -> Timetable:
    genesis = Genesis("Test", date(2021, 12, 15), (("CNY", 2), ("RUB", 2)), (), (), (), currency_schedules=own)
    return Timetable(genesis, 0, passes)


def phases(table: Timetable) -> list[tuple[float, str, str]]:
    found = []
    while (change := table.next_phase()) is not None:
        table.begin(change)
        found.append((change.instant / HOUR, change.currency, change.phase))
    return found


def passes(table: Timetable) -> list[float]:
    found = []
    while (instant := table.next_pass()) != NEVER:
        table.ran_pass(instant)
        found.append(instant / HOUR)
    return found


def test_phases_follow_the_schedule_of_the_union() -> None:
    assert phases(timetable()) == [
        (0, "", "start"),
        (0, "", "liquidity"),
        (1, "", "open"),
        (16, "", "customer_cutoff"),
        (17, "", "interbank_cutoff"),
        (17 + 1 / HOUR, "", "final_clearing"),
        (18, "", "accrual"),
        (18, "", "end"),
    ]


def test_currency_with_a_schedule_has_phases_of_its_own_and_may_end_the_day_later() -> None:
    found = phases(timetable(RUB=OWN))
    assert [entry for entry in found if entry[1]] == [
        (1, "RUB", "open"),
        (18, "RUB", "customer_cutoff"),
        (19, "RUB", "interbank_cutoff"),
    ]
    assert found[-1] == (20, "", "end")


def test_closed_currency_has_no_phases() -> None:
    assert all(currency == "" for _, currency, _ in phases(timetable(RUB=Schedule(closed=True))))


def test_passes_run_at_equal_distances_from_the_opening_and_at_every_cut_off() -> None:
    assert passes(timetable(Passes(every_us=6 * HOUR))) == [7, 13, 16, 17]


def test_passes_run_at_given_times_of_the_open_day_only() -> None:
    assert passes(timetable(Passes(at=(0, 9 * HOUR, 12 * HOUR, 18 * HOUR)))) == [9, 12, 16, 17]


def test_cut_offs_of_currencies_have_a_pass() -> None:
    assert passes(timetable(Passes(), RUB=OWN)) == [16, 17, 18, 19]


def test_no_pass_runs_without_a_schedule_of_offsetting() -> None:
    assert passes(timetable()) == []


def test_extension_moves_what_lies_ahead_and_what_would_come_before_it() -> None:
    table = timetable(Passes())
    table.extend("", "customer_cutoff", 17 * HOUR + HOUR // 2)
    assert [entry[0] for entry in phases(table) if "cutoff" in entry[2]] == [17.5, 17.5]
    assert passes(table) == [17.5]
    assert table.interbank_cutoff("CNY") == 17 * HOUR + HOUR // 2


def test_extension_of_one_currency_leaves_the_union_alone() -> None:
    table = timetable()
    table.extend("RUB", "interbank_cutoff", 19 * HOUR)
    assert (table.interbank_cutoff("CNY"), table.interbank_cutoff("RUB")) == (17 * HOUR, 19 * HOUR)
    assert phases(table)[-1] == (19, "", "end")


def test_phases_name_each_currency_once_an_extension_has_parted_one() -> None:
    table = timetable()
    while (change := table.next_phase()) is not None and change.phase != "customer_cutoff":
        table.begin(change)
    table.extend("RUB", "customer_cutoff", 17 * HOUR)
    assert [entry for entry in phases(table) if "cutoff" in entry[2]] == [
        (16, "CNY", "customer_cutoff"),
        (17, "CNY", "interbank_cutoff"),
        (17, "RUB", "customer_cutoff"),
        (17, "RUB", "interbank_cutoff"),
    ]
