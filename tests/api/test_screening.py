"""Screening over HTTP: what names a listed party waits before any money moves, and two people decide."""

import asyncio
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import Any, TypeAlias

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace

from comity.api.app import create_app
from comity.engine.columns import RecordKind, pack_arrays
from comity.errors import EnvironmentFailed, ScreeningUnavailable
from comity.gateway.batch import Batch
from comity.gateway.gateway import CASES, LISTS, LOG, ORIGINALS, Gateway
from comity.gateway.screening import again
from comity.gateway.screening.lists import LISTS_MAX, WORDS_MAX
from comity.gateway.settings import Screens
from comity.gateway.writer import Busy, Entered
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import CustomerTransfer
from comity.iso20022.messages.statuses import StatusReport
from comity.iso20022.reading import read
from comity.iso20022.schemas import Schemas
from comity.log.sqlite import SqliteReader
from comity.model.instant import DAY_US, format_instant
from comity.node.auction import AuctionTerms
from comity.screening import Change, Entity, Hit, SanctionsList, Schema, compare_lists
from tests.api.lists import NOBODY, UNION_LIST, company, filler, ftm, kept_in, open_screening, person, put_in_force
from tests.api.messages import (
    ALFA,
    BETA,
    GAMA,
    between_institutions,
    initiation,
    item,
    parsed,
    spoken,
    transfers,
    wish,
    written,
)
from tests.gateway.people import as_, enrol
from tests.gateway.union import OPENED, open_gateway

Client: TypeAlias = TestClient[Litestar]
OFFICER, SECOND = "compliance-officer", "officer-2"
DEBTOR = person("p-1", "Secret Debtor", nationality=["CN"], birthDate=["1970-01-23"])


@pytest.fixture
def gateway() -> Gateway:
    return enrol(open_gateway())


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def load(client: Client, data: bytes, who: str = OFFICER, status: int = 201, name: str = "main") -> dict[str, Any]:
    answer = client.put(f"/v1/lists/{name}", content=data, headers=as_(who))
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def send(client: Client, name: str, *items: CustomerTransfer, dry: bool = False) -> StatusReport:
    headers = {**as_("alfa-sender"), "content-type": "application/xml"}
    url = "/v1/messages?dry_run=true" if dry else "/v1/messages"
    answer = client.post(url, content=written(transfers(name, *items)), headers=headers)
    assert answer.status_code in {200, 201}, answer.text
    return read(parsed(answer.content).content, StatusReport)


def statuses(report: StatusReport) -> list[str]:
    return [each.status for each in report.items]


def cases(client: Client, who: str = OFFICER, **query: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/cases", params=query, headers=as_(who))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def show(client: Client, case: str, who: str = OFFICER) -> dict[str, Any]:
    answer = client.get(f"/v1/cases/{case}", headers=as_(who))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def decide(client: Client, case: str, verdict: str, who: str = OFFICER, **more: str) -> str:
    body = {"verdict": verdict, "reason": "looked at the papers", **more}
    answer = client.post(f"/v1/cases/{case}/verdict", json=body, headers=as_(who))
    assert answer.status_code == 202, answer.text
    approval: str = answer.json()["id"]
    return approval


def approve(client: Client, approval: str, who: str = SECOND, status: int = 200) -> dict[str, Any]:
    answer = client.post(f"/v1/approvals/{approval}/approve", json={}, headers=as_(who))
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def balance(gateway: Gateway, code: str = BETA, currency: str = "CNY") -> int:
    gateway.writer.call(lambda node: node.flush()).result()
    account = gateway.directory.accounts[code, currency]
    return int(gateway.history.balances(gateway.memory.changes.last)[account])


def state(client: Client, name: str = "I-1", who: str = "alfa-sender") -> str:
    answer = client.get(f"/v1/payments/{name}", headers=as_(who))
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["state"]
    return found


def test_payment_of_a_listed_party_waits_until_two_people_have_cleared_it(client: Client, gateway: Gateway) -> None:
    load(client, UNION_LIST)
    before = balance(gateway)
    assert statuses(
        send(client, "M-1", item(1), item(2, debtor=Party(name="Somebody Else", town="Wuhan", country="CN")))
    ) == [
        "PDNG",
        "ACSC",
    ]
    assert balance(gateway) == before + 10_00
    (case,) = cases(client)
    assert (case["participant"], case["instruction"], case["holds"]) == (ALFA, "I-1", True)
    assert [(hit["list"], hit["entity"], hit["role"]) for hit in case["hits"]] == [("main", "p-1", "Dbtr")]
    approval = decide(client, case["id"], "clear")
    approve(client, approval, OFFICER, 403)
    assert balance(gateway) == before + 10_00
    approve(client, approval)
    assert balance(gateway) == before + 20_00
    assert cases(client) == []
    verdict = cases(client, state="clear")[0]["verdict"]
    assert (verdict["verdict"], verdict["by"], verdict["at"]) == ("clear", "person:cora", "2021-12-15T01:00:00Z")
    assert verdict["proposed_at"] == "2021-12-15T01:00:00Z"
    assert verdict["approved_by"] == [{"by": "person:cole", "party": "union", "at": "2021-12-15T01:00:00Z"}]


def test_blocked_payment_is_refused_with_a_reason_that_says_nothing_of_lists(client: Client, gateway: Gateway) -> None:
    load(client, UNION_LIST)
    before = balance(gateway)
    report = send(client, "M-1", item(1))
    outside = json.dumps([str(each) for each in report.items])
    assert "p-1" not in outside
    assert "main" not in outside
    approve(client, decide(client, cases(client)[0]["id"], "block"))
    assert (state(client), balance(gateway)) == ("RJTD", before)
    told = client.get("/v1/payments/I-1", headers=as_("alfa-sender")).text
    assert "REGULATORY" in told
    assert "papers" not in told


def test_case_shows_both_records_side_by_side(client: Client) -> None:
    load(client, UNION_LIST)
    send(client, "M-1", item(1))
    shown = show(client, cases(client)[0]["id"])
    (record,) = shown["records"]
    assert (record["role"], record["party"]["names"], record["party"]["countries"]) == (
        "Dbtr",
        ["Secret Debtor"],
        ["CN"],
    )
    (hit,) = record["hits"]
    assert (hit["entity"]["names"], hit["entity"]["birth_dates"]) == (["Secret Debtor"], ["1970-01-23"])
    assert "name +100" in hit["explanation"]
    assert shown["instruction"][0]["state"] == "SSPD"


def test_without_a_list_everybody_who_is_no_participant_waits(client: Client, gateway: Gateway) -> None:
    assert statuses(send(client, "M-1", item(1))) == ["PDNG"]
    headers = {**as_("alfa-sender"), "content-type": "application/xml"}
    answer = client.post("/v1/messages", content=written(between_institutions("M-2")), headers=headers)
    assert statuses(read(parsed(answer.content).content, StatusReport)) == ["ACSC"]
    (case,) = cases(client)
    assert (case["why"], case["parties"]) == ("no list is in force", ["union"])
    before = balance(gateway)
    approve(client, decide(client, case["id"], "clear"))
    assert balance(gateway) == before + 10_00


def test_lists_of_the_senders_and_the_receivers_home_count_and_no_others(client: Client) -> None:
    load(client, NOBODY)
    load(client, ftm(DEBTOR, *filler(60)), "ru-officer", name="own")
    gama = Agent(bic=GAMA)
    report = send(client, "M-1", item(1), item(2, instructed=gama, creditor_agent=gama))
    assert statuses(report) == ["ACSC", "PDNG"]
    assert cases(client) == []
    (case,) = cases(client, "ru-officer")
    assert case["parties"] == ["RU"]
    assert client.get(f"/v1/cases/{case['id']}", headers=as_(OFFICER)).status_code == 404
    body = {"verdict": "clear", "reason": "of no concern"}
    assert client.post(f"/v1/cases/{case['id']}/verdict", json=body, headers=as_(OFFICER)).status_code == 404
    approve(client, decide(client, case["id"], "clear", "ru-officer"), "ru-officer-2")
    assert state(client, "I-2") == "STLD"


def test_everybody_with_a_hit_has_to_clear_and_one_is_enough_to_block(client: Client) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    load(client, ftm(DEBTOR, *filler(60)), "cn-officer", name="own")
    send(client, "M-1", item(1), item(2))
    first, second = cases(client)
    assert first["parties"] == ["CN", "union"]
    approval = decide(client, first["id"], "clear")
    approve(client, approval)
    assert state(client) == "SSPD"
    approve(client, approval, "cn-officer")
    assert state(client) == "STLD"
    approve(client, decide(client, second["id"], "block", "cn-officer"), "cn-officer-2")
    assert state(client, "I-2") == "RJTD"


def test_good_guy_passes_until_either_record_changes(client: Client) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    send(client, "M-1", item(1))
    until = format_instant(OPENED + 300 * DAY_US)
    approve(client, decide(client, cases(client)[0]["id"], "clear", good_guy_until=until))
    assert statuses(send(client, "M-2", item(2))) == ["ACSC"]
    assert statuses(send(client, "M-3", item(3, debtor=Party(name="Secret Debtor", town="Harbin", country="RU")))) == [
        "PDNG"
    ]
    (known,) = client.get("/v1/good-guys", headers=as_(OFFICER)).json()["items"]
    assert (known["list"], known["entity"], known["expires"]) == ("main", "p-1", until)
    changed = person("p-1", "Secret Debtor", nationality=["CN"], birthDate=["1971-01-23"])
    load(client, ftm(changed, *filler(60)))
    assert statuses(send(client, "M-4", item(4))) == ["PDNG"]


def test_good_guy_ends_when_two_people_say_so(client: Client) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    send(client, "M-1", item(1))
    until = format_instant(OPENED + 300 * DAY_US)
    approve(client, decide(client, cases(client)[0]["id"], "clear", good_guy_until=until))
    (known,) = client.get("/v1/good-guys", headers=as_(OFFICER)).json()["items"]
    answer = client.post(f"/v1/good-guys/{known['id']}/end", json={}, headers=as_(OFFICER))
    approve(client, answer.json()["id"])
    assert client.get("/v1/good-guys", headers=as_(OFFICER)).json()["items"] == []
    assert statuses(send(client, "M-2", item(2))) == ["PDNG"]


def test_good_guy_that_two_proposals_end_is_ended_once(client: Client, gateway: Gateway) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    send(client, "M-1", item(1))
    until = format_instant(OPENED + 300 * DAY_US)
    approve(client, decide(client, cases(client)[0]["id"], "clear", good_guy_until=until))
    (known,) = client.get("/v1/good-guys", headers=as_(OFFICER)).json()["items"]
    url = f"/v1/good-guys/{known['id']}/end"
    first, second = (client.post(url, json={}, headers=as_(OFFICER)).json()["id"] for _ in range(2))
    approve(client, first)
    assert approve(client, second, status=409)["type"] == "urn:comity:problem:stale"
    assert gateway.writer.failure is None


@pytest.mark.parametrize(
    "more",
    [
        {"good_guy_until": format_instant(OPENED - 1)},
        {"good_guy_until": format_instant(OPENED + 367 * DAY_US)},
        {"verdict": "block", "good_guy_until": format_instant(OPENED + DAY_US)},
        {"reason": ""},
    ],
)
def test_verdict_that_cannot_be_is_refused(client: Client, more: dict[str, str]) -> None:
    load(client, UNION_LIST)
    send(client, "M-1", item(1))
    body = {"verdict": "clear", "reason": "looked at the papers", **more}
    answer = client.post(f"/v1/cases/{cases(client)[0]['id']}/verdict", json=body, headers=as_(OFFICER))
    assert answer.status_code == 400, answer.text


def test_state_that_no_case_has_is_named_with_those_that_there_are(client: Client) -> None:
    answer = client.get("/v1/cases", params={"state": "bogus"}, headers=as_(OFFICER))
    expected = "one of open, clear, block, replaced, any"
    assert answer.json()["faults"] == [{"pointer": "/state", "expected": expected, "found": "'bogus'"}]


def test_cases_are_listed_page_by_page(client: Client) -> None:
    load(client, UNION_LIST)
    send(client, "M-1", *(item(number) for number in range(1, 6)))
    approve(client, decide(client, cases(client)[1]["id"], "clear"))
    found, after = [], ""
    while True:
        page = client.get("/v1/cases", params={"limit": "2", "after": after}, headers=as_(OFFICER)).json()
        found += [case["instruction"] for case in page["items"]]
        after = page["next"]
        if not after:
            break
    assert found == ["I-1", "I-3", "I-4", "I-5"]
    answer = client.get("/v1/cases", params={"after": "twelve"}, headers=as_(OFFICER))
    assert answer.json()["faults"][0]["pointer"] == "/after"


def test_list_that_lost_many_waits_for_another_officer(client: Client) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    told = load(client, ftm(*filler(50)), status=202)
    assert any("are gone" in reason for reason in told["reasons"])
    assert statuses(send(client, "M-1", item(1))) == ["PDNG"]
    approve(client, told["approval"], OFFICER, 403)
    approve(client, told["approval"], "union-approver", 403)
    approve(client, told["approval"])
    listed = client.get("/v1/lists", headers=as_(OFFICER)).json()["items"]
    assert [each["count"] for each in listed] == [61, 50]


def test_list_whose_names_were_exchanged_waits_for_another_officer(client: Client) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    told = load(client, ftm({**DEBTOR, **person("p-1", "Nobody At All")}, *filler(60)[::-1]))
    assert "approval" not in told
    others = [person(str(each["id"]), f"Qux Vrexq{number}") for number, each in enumerate(filler(60))]
    told = load(client, ftm(DEBTOR, *others), status=202)
    assert any("names are gone" in reason for reason in told["reasons"])


def test_edition_is_compared_with_the_one_in_force_when_it_comes_into_force(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(client, ftm(*filler(10)))
    large = ftm(DEBTOR, *filler(60))

    def late(before: SanctionsList | None, after: SanctionsList) -> Change:
        monkeypatch.undo()
        gateway.begin_list("union", "main", large)
        return compare_lists(before, after)

    monkeypatch.setattr("comity.api.screening.compare_lists", late)
    load(client, ftm(*filler(11)), status=409)
    assert statuses(send(client, "M-1", item(1))) == ["PDNG"]


def test_lists_of_one_party_keep_no_others_out(client: Client) -> None:
    for number in range(LISTS_MAX):
        load(client, NOBODY, "cn-officer", name=f"own-{number}")
    load(client, NOBODY, "cn-officer", 409, name="another")
    load(client, NOBODY)


@pytest.mark.parametrize("data", [b"", b"<html/>", b"{}", b'{"id":1}\n', b"PK\x03\x04 no archive", b"\x1f\x8b no gzip"])
def test_what_is_no_list_is_refused_and_the_one_in_force_stays(client: Client, data: bytes) -> None:
    load(client, UNION_LIST)
    answer = client.put("/v1/lists/main", content=data, headers=as_(OFFICER))
    assert answer.status_code == 400, answer.text
    assert statuses(send(client, "M-1", item(1))) == ["PDNG"]


def test_archive_that_cannot_be_unpacked_is_refused(client: Client) -> None:
    for name, method, damage in (
        ("sdn.csv", zipfile.ZIP_DEFLATED, 0xFF),
        ("s" * 300 + ".csv", zipfile.ZIP_DEFLATED, 0),
        ("sdn.csv", zipfile.ZIP_BZIP2, 0xFF),
        ("sdn.csv", zipfile.ZIP_LZMA, 0xFF),
    ):
        file = BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr(name, "a,b,c\n" * 1000)
        data = bytearray(file.getvalue())
        for place in range(45, 60):
            data[place] ^= damage
        answer = client.put("/v1/lists/main", content=bytes(data), headers=as_(OFFICER))
        assert answer.status_code == 400, answer.text


def test_list_is_tried_before_it_is_loaded(client: Client) -> None:
    answer = client.put("/v1/lists/main?dry_run=true", content=UNION_LIST, headers=as_(OFFICER))
    assert (answer.status_code, answer.json()["added"]) == (200, 62)
    assert client.get("/v1/lists", headers=as_(OFFICER)).json()["items"] == []


def test_file_of_a_list_that_does_not_come_into_force_is_removed(client: Client, gateway: Gateway) -> None:
    folder = gateway.memory.changes.path.parent / LISTS

    def kept() -> int:
        return len(list(folder.iterdir()))

    assert client.put("/v1/lists/main?dry_run=true", content=UNION_LIST, headers=as_(OFFICER)).status_code == 200
    assert kept() == 0
    load(client, b'{"id":1}', status=400)
    assert kept() == 0
    load(client, ftm(DEBTOR, *filler(60)))
    told = load(client, ftm(*filler(50)), status=202)
    assert kept() == 2
    body = {"reason": "too short"}
    assert client.post(f"/v1/approvals/{told['approval']}/reject", json=body, headers=as_(SECOND)).status_code == 200
    load(client, UNION_LIST)
    assert kept() == 2
    load(client, NOBODY, name="other")
    assert kept() == 3


def test_what_is_kept_for_a_case_that_is_never_opened_is_erased_within_the_hour(
    client: Client, gateway: Gateway
) -> None:
    load(client, UNION_LIST)
    send(client, "M-1", item(1))
    screening, now = gateway.screening, gateway.now()
    screening.keep({"a" * 64: b"of a payment that did not enter", "b" * 64: b"under way"}, now - 3_600_000_001)
    screening.keep({"b" * 64: b"under way"}, now)
    asyncio.run(expire(gateway))
    assert (screening.shown("a" * 64), screening.shown("b" * 64)) == (None, b"under way")
    assert show(client, cases(client)[0]["id"])["records"]


async def expire(gateway: Gateway) -> None:
    retention = gateway.set_up_screening(Screens())
    await retention.start()
    await retention.stop()


def originals(gateway: Gateway) -> int:
    return kept_in(gateway.memory.changes.path.with_name(ORIGINALS))


@pytest.mark.parametrize("error", [Busy("too much waits"), EnvironmentFailed("the device is full")])
def test_of_a_message_that_is_turned_away_nothing_is_kept(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    load(client, NOBODY)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(gateway, "enter", fail)
    headers = {**as_("alfa-sender"), "content-type": "application/xml"}
    message = written(transfers("M-1", item(1)))
    assert client.post("/v1/messages", content=message, headers=headers).status_code == 503
    assert originals(gateway) == 0
    monkeypatch.undo()
    assert client.post("/v1/messages", content=message, headers=headers).status_code == 201
    assert originals(gateway) == 1


def test_what_waits_is_held_and_what_is_final_is_reported_when_a_list_changes(client: Client, gateway: Gateway) -> None:
    load(client, NOBODY)
    assert statuses(send(client, "M-1", item(1), item(2, "5000.00"))) == ["ACSC", "ACSP"]
    assert state(client, "I-2") == "PSTL"
    load(client, ftm(DEBTOR, *filler(60)))
    gateway.rescreening.run()
    assert state(client, "I-2") == "SSPD"
    found = {each["instruction"]: each["holds"] for each in cases(client)}
    assert found == {"I-1": False, "I-2": True}
    note = gateway.memory.cases.rescreened
    assert note is not None
    assert (note.messages, note.held, note.reported) == (1, 1, 1)
    gateway.rescreening.run()
    assert len(cases(client)) == 2
    final = next(each for each in cases(client) if not each["holds"])
    approve(client, decide(client, final["id"], "block"))
    assert state(client) == "STLD"


def test_message_that_schemas_of_today_would_refuse_is_screened_again_and_passed_on(tmp_path: Path) -> None:
    gateway = put_in_force(enrol(open_gateway(tmp_path)), NOBODY)
    with TestClient(create_app(gateway)) as client:
        assert statuses(send(client, "M-1", item(1), item(2, "5000.00"))) == ["ACSC", "ACSP"]
    gateway.close()
    gateway, built = open_gateway(tmp_path), Schemas.open()
    gateway.inbox.published = Schemas(
        built.versions, lambda version: built.text(version).replace(b'"SttlmMtd"', b'"SettlementMethod"')
    )
    with TestClient(create_app(gateway)) as client:
        put_in_force(gateway, UNION_LIST)
        assert state(client, "I-2") == "SSPD"
        waiting = client.get("/v1/messages", headers=as_("beta-sender")).json()["items"]
        (passed,) = (each["id"] for each in waiting if each["definition"].startswith("pacs.008"))
        assert client.get(f"/v1/messages/{passed}", headers=as_("beta-sender")).status_code == 200


def test_payments_beside_refused_ones_and_of_customers_are_screened_at_first_and_again(
    client: Client, gateway: Gateway
) -> None:
    somebody = Party(name="Somebody Else", town="Wuhan", country="CN")
    unknown = Agent(bic="NOBOCNBJ")
    load(client, UNION_LIST)
    sent = (item(1, instructed=unknown), item(2), item(3, debtor=somebody))
    assert statuses(send(client, "M-1", *sent)) == ["RJCT", "PDNG", "ACSC"]
    wishes = (wish(4, creditor_agent=unknown), wish(5, creditor=Party(name="Gorgon Freight Company")))
    message = initiation("P-1", *wishes)
    block = replace(message.blocks[0], debtor=somebody)
    data = spoken(replace(message, blocks=(block,)), "pain.001.001.09")
    headers = {**as_("alfa-sender"), "content-type": "application/xml"}
    answer = client.post("/v1/messages", content=data, headers=headers)
    assert statuses(read(parsed(answer.content).content, StatusReport)) == ["RJCT", "PDNG"]
    assert [each["instruction"] for each in cases(client)] == ["I-2", "E-5"]
    load(client, ftm(person("p-2", "Somebody Else", nationality=["CN"]), *filler(60)))
    gateway.rescreening.run()
    found = {each["instruction"] for each in cases(client) if any(hit["entity"] == "p-2" for hit in each["hits"])}
    assert found == {"I-3", "E-5"}


def test_another_hit_on_what_is_held_takes_the_place_of_the_case(client: Client, gateway: Gateway) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    send(client, "M-1", item(1))
    (old,) = cases(client)
    approval = decide(client, old["id"], "clear")
    load(client, ftm(person("q-9", "Secret Creditor"), *filler(60)), name="other")
    gateway.rescreening.run()
    (new,) = cases(client)
    assert [hit["entity"] for hit in new["hits"]] == ["p-1", "q-9"]
    assert show(client, new["id"])["history"][0]["state"] == "replaced"
    answer = client.post(f"/v1/approvals/{approval}/approve", json={}, headers=as_(SECOND))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:comity:problem:stale")
    assert state(client) == "SSPD"
    approve(client, decide(client, new["id"], "clear"))
    assert state(client) == "STLD"


def test_participant_that_is_listed_is_a_case_and_what_it_enters_waits(client: Client, gateway: Gateway) -> None:
    payment = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "5000.00"}
    assert client.post("/v1/payments", json=payment, headers=as_("alfa-sender")).json()["state"] == "PSTL"
    load(client, ftm(company("b-1", "Alfa Bank of Elsewhere", swiftBic=[ALFA]), *filler(60)))
    gateway.rescreening.run()
    found = {each.get("instruction", ""): each for each in cases(client)}
    assert set(found) == {"", "p1"}
    assert found[""]["hits"][0]["role"] == "Participant"
    assert state(client, "p1") == "SSPD"
    told = client.post("/v1/payments", json={**payment, "id": "p2", "amount": "1.00"}, headers=as_("alfa-sender"))
    assert told.json()["state"] == "SSPD"
    incoming = {**payment, "id": "p3", "debtor": BETA, "creditor": ALFA, "amount": "1.00"}
    assert client.post("/v1/payments", json=incoming, headers=as_("beta-sender")).json()["state"] == "SSPD"
    lines = "\n".join(json.dumps({**payment, "id": f"b{number}", "amount": "1.00"}) for number in range(3))
    batch = client.post(
        "/v1/payments/batch", content=lines, headers={**as_("alfa-sender"), "content-type": "application/x-ndjson"}
    )
    assert [json.loads(line)["state"] for line in batch.text.splitlines()] == ["SSPD"] * 3
    pvp = {
        "id": "v1",
        "seller": ALFA,
        "buyer": GAMA,
        "sell_currency": "CNY",
        "sell_amount": "1.00",
        "buy_currency": "RUB",
        "buy_amount": "9.00",
        "entered_by": "seller",
    }
    assert client.post("/v1/pvp", json=pvp, headers=as_("alfa-sender")).json()["state"] == "SSPD"
    owed = {"id": "o1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00", "due": "2021-12-15"}
    assert client.post("/v1/obligations", json=owed, headers=as_("alfa-sender")).json()["state"] == "SSPD"
    assert len(cases(client)) == 9


def test_id_sent_again_with_another_party_lets_no_other_case_decide_what_is_held(client: Client) -> None:
    load(client, ftm(DEBTOR, *filler(60)))
    load(client, ftm(person("q-1", "Other Party"), *filler(60)), "cn-officer", name="own")
    send(client, "M-1", item(1))
    (held,) = cases(client)
    send(client, "M-2", item(1, debtor=Party(name="Other Party", town="Wuhan", country="CN")))
    (other,) = cases(client, "cn-officer")
    approve(client, decide(client, other["id"], "clear", "cn-officer"), "cn-officer-2")
    assert state(client) == "SSPD"
    approve(client, decide(client, held["id"], "clear"))
    assert state(client) == "STLD"


def test_id_sent_again_is_not_held_for_what_its_copy_names(client: Client, gateway: Gateway) -> None:
    load(client, NOBODY)
    send(client, "M-1", item(1, "5000.00", debtor=Party(name="Somebody Else", town="Wuhan", country="CN")))
    send(client, "M-2", item(1, "5000.00"))
    load(client, ftm(DEBTOR, *filler(60)))
    gateway.rescreening.run()
    (case,) = cases(client)
    assert (case["holds"], state(client)) == (False, "PSTL")


def test_a_members_list_takes_no_decision_from_the_union_where_nobody_could_look(
    client: Client, gateway: Gateway
) -> None:
    send(client, "M-1", item(1))
    load(client, ftm(DEBTOR, *filler(60)), "cn-officer", name="own")
    gateway.rescreening.run()
    (case,) = cases(client, "cn-officer")
    assert (case["parties"], case["why"]) == (["CN", "union"], "no list is in force")
    gateway.screening.external = OtherScreener(why="yente: no answer")  # type: ignore[assignment]
    send(client, "M-2", item(2))
    assert cases(client, "cn-officer")[1]["parties"] == ["CN", "union"]


def test_history_of_a_case_shows_no_case_of_others(client: Client) -> None:
    load(client, NOBODY)
    load(client, ftm(DEBTOR, *filler(60)), "cn-officer", name="own")
    load(client, ftm(DEBTOR, *filler(60)), "ru-officer", name="own")
    gama = Agent(bic=GAMA)
    send(client, "M-1", item(1), item(2, instructed=gama, creditor_agent=gama))
    own, both = cases(client, "cn-officer")
    assert (own["parties"], both["parties"]) == (["CN"], ["CN", "RU"])
    assert [each["id"] for each in show(client, both["id"], "cn-officer")["history"]] == [own["id"]]
    assert "history" not in show(client, both["id"], "ru-officer")


def test_payment_under_way_while_a_participant_is_listed_is_held(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(client, NOBODY)
    enter = gateway.writer.enter
    listed = ftm(company("b-1", "Alfa Bank of Elsewhere", swiftBic=[ALFA]), *filler(60))

    def late(sender: str, batch: Batch, reply: asyncio.Future[Entered]) -> asyncio.Future[Entered]:
        gateway.begin_list("union", "main", listed)
        return enter(sender, batch, reply)

    monkeypatch.setattr(gateway.writer, "enter", late)
    payment = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "5000.00"}
    assert client.post("/v1/payments", json=payment, headers=as_("alfa-sender")).json()["state"] == "PSTL"
    until(lambda: state(client, "p1") == "SSPD")


def test_order_that_pays_to_a_participant_waits_once_that_is_listed(client: Client, gateway: Gateway) -> None:
    load(client, NOBODY)
    order = {
        "id": "o1",
        "participant": BETA,
        "sell": "CNY",
        "buy": "RUB",
        "amount": "1.00",
        "limit": "8",
        "creditor": GAMA,
        "min_fill": "1.00",
    }
    told = client.post("/v1/orders", json=order, headers=as_("beta-sender"))
    assert told.json()["state"] == "PSTL", told.text
    load(client, ftm(company("b-1", "Gama Bank of Elsewhere", swiftBic=[GAMA]), *filler(60)))
    gateway.rescreening.run()
    (waits,) = (each for each in cases(client) if each.get("instruction"))
    assert (waits["participant"], waits["instruction"], waits["holds"]) == (BETA, "o1", True)
    assert client.get("/v1/orders/o1", headers=as_("beta-sender")).json()["state"] == "SSPD"


def test_order_in_the_book_of_an_auction_is_held_once_that_is_over(client: Client, gateway: Gateway) -> None:
    load(client, NOBODY)
    order = {"id": "o1", "participant": ALFA, "sell": "CNY", "buy": "RUB", "amount": "1.00", "limit": "80"}
    told = client.post("/v1/orders", json={**order, "until": "2021-12-20"}, headers=as_("alfa-sender"))
    assert told.json()["state"] == "PSTL", told.text
    terms = pack_arrays({"participants_min": 1})
    closed = gateway.writer.call(
        lambda node: node.submit(RecordKind.CLOSE_CALL, gateway.writer.now(), terms).result().refused
    ).result()
    assert not closed
    load(client, ftm(company("b-1", "Alfa Bank of Elsewhere", swiftBic=[ALFA]), *filler(60)))
    gateway.rescreening.run()
    (case,) = (each for each in cases(client) if each.get("instruction"))
    body = {"verdict": "block", "reason": "is the listed one"}
    answer = client.post(f"/v1/cases/{case['id']}/verdict", json=body, headers=as_(OFFICER))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:comity:problem:conflict")
    gateway.writer.call(lambda node: node.auction(AuctionTerms(), gateway.writer.now())).result()
    gateway.rescreening.run()
    assert client.get("/v1/orders/o1", headers=as_("alfa-sender")).json()["state"] == "SSPD"
    approve(client, decide(client, case["id"], "block"))
    assert client.get("/v1/orders/o1", headers=as_("alfa-sender")).json()["state"] == "RJTD"


@pytest.mark.parametrize(
    ("before", "said", "role"),
    [
        ("<Dbtr>", "<IntrmyAgt1><FinInstnId><Nm>Gorgon Freight Company</Nm></FinInstnId></IntrmyAgt1>", "IntrmyAgt1"),
        (
            "<Dbtr>",
            "<InitgPty><Nm>Gorgon Freight Company</Nm><CtryOfRes>CN</CtryOfRes></InitgPty>",
            "InitgPty",
        ),
        ("</CdtrAcct>", "<Nm>Gorgon Freight Company</Nm>", "CdtrAcct"),
        ("</RmtInf>", "<Strd><Invcee><Nm>Gorgon Freight Company</Nm></Invcee></Strd>", "RmtInf/Strd/Invcee"),
    ],
)
def test_whom_no_field_reads_is_looked_for_as_well(
    client: Client, gateway: Gateway, before: str, said: str, role: str
) -> None:
    somebody = Party(name="Somebody Else", town="Wuhan", country="CN")
    text = written(transfers("M-1", item(1, debtor=somebody))).decode()
    (place,) = (found.start() for found in re.finditer(re.escape(before), text))
    data = (text[:place] + said + text[place:]).encode()
    load(client, NOBODY)
    headers = {**as_("alfa-sender"), "content-type": "application/xml"}
    listed = ftm(company("c-1", "Gorgon Freight Company"), *filler(60))
    if role == "InitgPty":
        answer = client.post("/v1/messages", content=data, headers=headers)
        load(client, listed)
        gateway.rescreening.run()
    else:
        load(client, listed)
        answer = client.post("/v1/messages", content=data, headers=headers)
    assert answer.status_code == 201, answer.text
    (case,) = cases(client)
    assert [hit["role"] for hit in case["hits"]] == [role]
    assert case["holds"] == (role != "InitgPty")


def test_held_payment_that_its_sender_cancels_is_still_decided(client: Client) -> None:
    load(client, UNION_LIST)
    send(client, "M-1", item(1))
    answer = client.delete("/v1/instructions/I-1", headers=as_("alfa-sender"))
    assert answer.status_code in {200, 201}, answer.text
    approve(client, decide(client, cases(client)[0]["id"], "block"))
    assert state(client) == "CAND"
    assert cases(client) == []


def test_dry_run_tells_that_it_would_wait_and_opens_no_case(client: Client) -> None:
    load(client, UNION_LIST)
    assert statuses(send(client, "M-1", item(1), dry=True)) == ["PDNG"]
    assert cases(client) == []


def test_dry_run_of_what_names_a_listed_participant_tells_that_it_would_wait(client: Client, gateway: Gateway) -> None:
    load(client, ftm(company("b-1", "Alfa Bank of Elsewhere", swiftBic=[ALFA]), *filler(60)))
    gateway.rescreening.run()
    payment = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00"}
    tried = client.post("/v1/payments?dry_run=true", json=payment, headers=as_("alfa-sender"))
    assert tried.json()["state"] == "SSPD", tried.text
    assert client.post("/v1/payments", json=payment, headers=as_("alfa-sender")).json()["state"] == "SSPD"


def test_dry_run_of_what_names_a_listed_participant_keeps_nothing(tmp_path: Path) -> None:
    listed = ftm(company("b-1", "Alfa Bank of Elsewhere", swiftBic=[ALFA]), *filler(60))
    gateway = put_in_force(enrol(open_gateway(tmp_path)), listed)

    with TestClient(create_app(gateway)) as client:
        gateway.rescreening.run()
        before = kept_in(tmp_path / CASES)
        payment = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00"}
        assert client.post("/v1/payments?dry_run=true", json=payment, headers=as_("alfa-sender")).status_code == 201
        assert kept_in(tmp_path / CASES) == before


def test_what_a_list_calls_its_parties_is_cut_before_it_enters_the_log(client: Client, gateway: Gateway) -> None:
    listed = person("q" * 2 * WORDS_MAX, "Secret Debtor", nationality=["CN"], birthDate=["1970-01-23"])
    load(client, ftm(listed, *filler(60)))
    send(client, "M-1", item(1))
    (case,) = gateway.memory.cases.open.values()
    assert [len(hit.entity) for hit in case.note.hits] == [WORDS_MAX]


def test_same_message_again_is_answered_the_same_and_opens_no_other_case(client: Client) -> None:
    load(client, UNION_LIST)
    assert statuses(send(client, "M-1", item(1))) == statuses(send(client, "M-1", item(1))) == ["PDNG"]
    assert len(cases(client)) == 1


@pytest.mark.parametrize("command", ["hold", "release", "refuse"])
@pytest.mark.parametrize("who", ["approver", "member-operator", "union-operator", OFFICER])
def test_nobody_decides_by_a_command(client: Client, command: str, who: str) -> None:
    load(client, UNION_LIST)
    send(client, "M-1", item(1))
    row = {"command": command, "participant": ALFA, "target": "I-1"}
    answer = client.post("/v1/commands", json={"commands": [row]}, headers=as_(who))
    assert answer.status_code == 403, answer.text
    assert state(client) == "SSPD"


def test_cases_and_lists_are_there_after_a_start_and_a_missing_list_lets_none_start(tmp_path: Path) -> None:
    gateway = put_in_force(enrol(open_gateway(tmp_path)), UNION_LIST)
    with TestClient(create_app(gateway)) as client:
        send(client, "M-1", item(1))
    gateway = enrol(open_screening(tmp_path))
    with TestClient(create_app(gateway)) as client:
        (case,) = cases(client)
        assert statuses(send(client, "M-2", item(2))) == ["PDNG"]
        approve(client, decide(client, case["id"], "clear"))
        assert state(client) == "STLD"
    (file,) = (tmp_path / LISTS).iterdir()
    data = file.read_bytes()
    for damaged in (data.replace(b"Gorgon", b"Gargon"), b"", data[: len(data) // 2]):
        file.write_bytes(damaged)
        with pytest.raises(EnvironmentFailed, match="is not the list main of union"):
            Gateway.open(tmp_path)
    file.unlink()
    with pytest.raises(EnvironmentFailed, match="put it back from a backup"):
        Gateway.open(tmp_path)


def test_log_names_nobody(tmp_path: Path) -> None:
    gateway = put_in_force(enrol(open_gateway(tmp_path)), UNION_LIST)
    with TestClient(create_app(gateway)) as client:
        send(client, "M-1", item(1))
        approve(client, decide(client, cases(client)[0]["id"], "clear"))
    records = b"".join(stored.data for stored in SqliteReader(tmp_path / LOG).read())
    assert b"Secret" not in records
    assert kept_in(tmp_path / CASES) == 1


def test_full_and_incremental_screening_agree(client: Client, gateway: Gateway) -> None:
    names = ["Oleg Vasiliev", "Maria Fernandes", "Chen Xiaoming", "Secret Debtor", "Secret Creditor"]
    load(client, ftm(person("p-1", names[0]), person("p-2", names[1]), *filler(60)))
    before = gateway.memory.cases.lists.sequence
    later = ftm(
        person("p-1", names[0]), person("p-2", names[1], nationality=["BR"]), person("p-3", names[2]), *filler(60)
    )
    load(client, later)
    load(client, ftm(person("x-1", names[3]), *filler(60)), name="other")
    changed = gateway.screening.since(before)
    full = gateway.screening.force
    for name in names:
        entity = Entity("", Schema.PERSON, (name,))
        every = {(hit.list_name, hit.entity) for hit in gateway.screening.hits(entity, full)}
        new = {(hit.list_name, hit.entity) for hit in gateway.screening.hits(entity, changed)}
        assert new == {each for each in every if each[1].id != "p-1"}


class OtherScreener:
    """Another server's screener, which has a hit for one name, or does not answer."""

    def __init__(self, name: str = "", why: str = "") -> None:
        self.name, self.why = name, why

    async def match(self, parties: list[Entity]) -> list[list[Hit] | None]:
        if self.why:
            raise ScreeningUnavailable(self.why)
        listed = Entity("NK-1", Schema.PERSON, ("Somebody",))
        hits = [Hit("yente", "", listed, 91, "", "", ())]
        return [hits * (self.name in each.names) if each.names else None for each in parties]


def test_what_another_screener_finds_is_held_for_the_union(client: Client, gateway: Gateway) -> None:
    load(client, NOBODY)
    gateway.screening.external = OtherScreener("Secret Creditor")  # type: ignore[assignment]
    assert statuses(send(client, "M-1", item(1))) == ["PDNG"]
    (case,) = cases(client)
    assert [(hit["party"], hit["list"], hit["entity"]) for hit in case["hits"]] == [("union", "yente", "NK-1")]
    approve(client, decide(client, case["id"], "clear", good_guy_until=format_instant(OPENED + DAY_US)))
    assert statuses(send(client, "M-2", item(2))) == ["ACSC"]


def test_what_another_screener_did_not_answer_about_waits(client: Client, gateway: Gateway) -> None:
    load(client, NOBODY)
    gateway.screening.external = OtherScreener(why="yente at example: no whole answer in 5 s")  # type: ignore[assignment]
    assert statuses(send(client, "M-1", item(1))) == ["PDNG"]
    (case,) = cases(client)
    assert (case["why"], case["parties"]) == ("yente at example: no whole answer in 5 s", ["union"])
    approve(client, decide(client, case["id"], "clear"))
    assert state(client) == "STLD"


def test_only_the_payment_waits_that_names_whom_another_screener_cannot_be_asked_about(
    client: Client, gateway: Gateway
) -> None:
    load(client, NOBODY)
    gateway.screening.external = OtherScreener("watchman")  # type: ignore[assignment]
    nameless = Party(lei="529900T8BM49AURSDO55")
    report = send(client, "M-1", item(1), item(2, debtor=nameless), item(3))
    assert statuses(report) == ["ACSC", "PDNG", "ACSC"]
    (case,) = cases(client)
    assert case["why"] == "watchman: it cannot be asked about a party without a name"
    assert (case["instruction"], case["parties"]) == ("I-2", ["union"])
    (record,) = show(client, case["id"])["records"]
    assert record["party"]["identifiers"] == [{"kind": "lei", "value": "529900T8BM49AURSDO55", "country": ""}]


def test_what_cannot_be_screened_again_is_told_and_tried_on(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "_RETRY_S", 0.05)

    def fail(_: object) -> None:
        raise ZeroDivisionError

    run = again.Rescreening.run
    monkeypatch.setattr(again.Rescreening, "run", fail)
    load(client, UNION_LIST)
    until(lambda: "comity_screening_behind 1.0" in client.get("/metrics").text)
    monkeypatch.setattr(again.Rescreening, "run", run)
    until(lambda: "comity_screening_behind 0.0" in client.get("/metrics").text)
    assert gateway.memory.cases.rescreened is not None


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, 10 s at most."""
    for _ in range(200):
        if is_so():
            return
        sleep(0.05)
    raise AssertionError("it never was so")


def test_payment_sent_again_after_the_lists_have_changed_is_answered_as_it_stands(
    client: Client, gateway: Gateway
) -> None:
    load(client, NOBODY)
    payment = {"id": "p1", "debtor": ALFA, "creditor": BETA, "currency": "CNY", "amount": "1.00"}
    assert client.post("/v1/payments", json=payment, headers=as_("alfa-sender")).json()["state"] == "STLD"
    put_in_force(gateway, ftm(company("b-1", "Alfa Bank of Elsewhere", swiftBic=[ALFA]), *filler(60)))
    told = client.post("/v1/payments", json=payment, headers=as_("alfa-sender"))
    assert (told.status_code, told.json()["state"]) == (201, "STLD")
