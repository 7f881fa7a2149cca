"""A setting says the same whether it comes from a genesis or from a folder."""

from pathlib import Path

import pytest

from comity.errors import NotFound
from comity.statistics.setting import Hours, Setting, clock

FOLDER = {
    "union.toml": """
name = "Two"
business_date = 2021-12-15
unit = { CNY = 0.5, RUB = 0.5 }
[phases]
open = "01:00"
interbank_cutoff = "17:00"
end = "18:00"
[phases.RUB]
interbank_cutoff = "15:30"
""",
    "members.csv": "member,currency,name\nCN,CNY,China\nRU,RUB,Russia\n",
    "participants.csv": "participant,member,name\nBANKCN,CN,Bank of C\n",
    "rates.csv": "date,base,quote,rate,source\n2021-12-15,CNY,RUB,11.5,test\n",
}
HOUR = 3_600_000_000
MIDNIGHT = 1_639_526_400_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FOLDER.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_folder_gives_names_hours_and_values(folder: Path) -> None:
    setting = Setting.from_folder(folder)

    assert (setting.name, setting.business_date.isoformat()) == ("Two", "2021-12-15")
    assert setting.home == {"CN": "CN", "RU": "RU", "BANKCN": "CN"}
    assert setting.hours["CNY"] == Hours(MIDNIGHT + HOUR, MIDNIGHT + 17 * HOUR, MIDNIGHT + 18 * HOUR)
    assert setting.hours["RUB"].cutoff == MIDNIGHT + 15 * HOUR + HOUR // 2
    assert setting.in_units("RUB", 1250) == 2


def test_folder_without_rates_has_no_values(folder: Path) -> None:
    (folder / "rates.csv").unlink()
    setting = Setting.from_folder(folder)

    assert setting.unit_value is None
    with pytest.raises(ValueError, match="no rates were given"):
        setting.in_units("CNY", 1)


@pytest.mark.parametrize("name", ["union.toml", "members.csv", "participants.csv"])
def test_folder_without_a_table_is_not_found(folder: Path, name: str) -> None:
    (folder / name).unlink()

    with pytest.raises(NotFound, match=name.partition(".")[0]):
        Setting.from_folder(folder)


def test_clock_is_the_time_of_day_in_utc() -> None:
    assert clock(MIDNIGHT + 9 * HOUR + 5 * 60_000_000 + 59_999_999) == "09:05"
