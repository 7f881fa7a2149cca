"""The report of proposed memberships, whatever the names say and however little there is."""

import pyarrow as pa

from comity.day.membership import compare
from comity.report.membership import render_membership
from tests.report.test_report import ALLOWED, HOSTILE, Reader

TRADE = pa.table({"exporter": ["CN", "RU", "IN"], "importer": ["RU", "CN", "US"], "value": ["3", "2", "1"]})


def test_page_holds_only_plain_markup_whatever_a_membership_is_called() -> None:
    html = render_membership(compare(TRADE, [f"{HOSTILE.replace('=', '')}=CN,RU", "all"]))
    page = Reader(html)
    assert page.tags <= ALLOWED
    assert page.open == []
    assert {link.split(",")[0] for link in page.links} <= {
        *("#savings", "#positions-1", "#positions-2", "data:text/csv;charset=utf-8")
    }


def test_finding_names_the_share_that_set_off_discharges() -> None:
    text = " ".join(Reader(render_membership(compare(TRADE, ["CN,RU"]))).text)
    assert "Without any money, 80.0% of what members owe one another would be discharged." in text
    assert "Set-off discharges 80.0%, netting pair by pair 80.0%" in text


def test_members_without_trade_between_them_save_nothing() -> None:
    assert "Set-off discharges 0.0%" in render_membership(compare(TRADE, ["CN,US"]))
