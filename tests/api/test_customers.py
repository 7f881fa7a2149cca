"""Customers of payments that are entered as JSON: screened at first and again, kept outside the log, and erased."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import sleep
from typing import Any, TypeAlias, get_args

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.engine.columns import RecordKind
from comity.errors import EnvironmentFailed
from comity.gateway.batch import Batch
from comity.gateway.gateway import LOG, ORIGINALS, Gateway
from comity.gateway.notes import CustomersNamed, Keyed, unpack_notes
from comity.gateway.screening.customers import OF_PAYMENT
from comity.gateway.screening.screening import Force
from comity.gateway.writer import Busy, Entered
from comity.log.record import decode
from comity.log.sqlite import SqliteReader
from comity.screening import Entity, Hit
from comity.screening.identifiers import KINDS
from comity.wire.instructions import NumberKind
from tests.api.lists import NOBODY, UNION_LIST, company, filler, ftm, kept_in, person, put_in_force
from tests.gateway.people import as_, enrol
from tests.gateway.union import open_gateway

Client: TypeAlias = TestClient[Litestar]
SENDER, OFFICER, SECOND = "sender", "compliance-officer", "officer-2"
LISTED = {"name": "Secret Debtor", "country": "RU", "birth_date": "1970-01-23"}
UNLISTED = {"name": "Harbour Cranes", "country": "CN"}
PAYMENT = {"id": "p1", "debtor": "ALFACNBJ", "creditor": "BETACNBJ", "currency": "CNY", "amount": "12.50"}


@pytest.fixture
def gateway() -> Gateway:
    return put_in_force(enrol(open_gateway()), UNION_LIST)


@pytest.fixture
def client(gateway: Gateway) -> Iterator[Client]:
    with TestClient(create_app(gateway)) as client:
        yield client


def pay(client: Client, status: int = 201, *, dry: bool = False, key: str = "", **more: object) -> dict[str, Any]:
    headers = {**as_(SENDER), **({"idempotency-key": key} if key else {})}
    url = "/v1/payments?dry_run=true" if dry else "/v1/payments"
    answer = client.post(url, json={**PAYMENT, **more}, headers=headers)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def cases(client: Client, who: str = OFFICER) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/cases", headers=as_(who)).json()["items"]
    return found


def state(client: Client, name: str = "p1") -> str:
    return str(client.get(f"/v1/payments/{name}", headers=as_(SENDER)).json()["state"])


def kept(gateway: Gateway) -> int:
    """Return how many originals there are."""
    return kept_in(gateway.memory.changes.path.with_name(ORIGINALS))


@pytest.mark.parametrize("side", ["debtor_party", "creditor_party"])
def test_payment_of_a_listed_customer_waits_until_two_people_have_cleared_it(client: Client, side: str) -> None:
    assert (
        pay(
            client,
            debtor_party=LISTED if side == "debtor_party" else UNLISTED,
            creditor_party=LISTED if side == "creditor_party" else UNLISTED,
        )["state"]
        == "SSPD"
    )
    (case,) = cases(client)
    role = {"debtor_party": "Dbtr", "creditor_party": "Cdtr"}[side]
    assert [(hit["entity"], hit["role"]) for hit in case["hits"]] == [("p-1", role)]
    shown = client.get(f"/v1/cases/{case['id']}", headers=as_(OFFICER)).json()
    (record,) = shown["records"]
    assert (record["party"]["names"], record["party"]["birth_dates"]) == (["Secret Debtor"], ["1970-01-23"])
    assert shown["instruction"][0]["state"] == "SSPD"
    body = {"verdict": "clear", "reason": "looked at the papers"}
    approval = client.post(f"/v1/cases/{case['id']}/verdict", json=body, headers=as_(OFFICER)).json()["id"]
    assert client.post(f"/v1/approvals/{approval}/approve", json={}, headers=as_(SECOND)).status_code == 200
    assert state(client) == "STLD"


def test_payment_of_customers_that_nobody_lists_settles(client: Client) -> None:
    assert pay(client, debtor_party=UNLISTED, creditor_party={"name": "Somebody Else"})["state"] == "STLD"
    assert cases(client) == []


def test_listed_number_is_found_whatever_the_name() -> None:
    ship = company("c-9", "Gorgon Freight Company", leiCode=["529900T8BM49AURSDO55"])
    gateway = put_in_force(enrol(open_gateway()), ftm(ship, *filler(60)))
    with TestClient(create_app(gateway)) as client:
        numbers = [{"kind": "lei", "value": "5299 00T8BM49AURSDO55"}]
        assert pay(client, debtor_party={"name": "Zephyr", "identifiers": numbers})["state"] == "SSPD"


def test_lists_of_the_senders_home_count_and_those_of_others_do_not(client: Client, gateway: Gateway) -> None:
    put_in_force(gateway, ftm(person("p-7", "Marina Vetrova"), *filler(60)), "RU", "own")
    assert pay(client, debtor_party={"name": "Marina Vetrova"})["state"] == "STLD"
    put_in_force(gateway, ftm(person("p-7", "Marina Vetrova"), *filler(60)), "CN", "own")
    assert pay(client, id="p2", debtor_party={"name": "Marina Vetrova"})["state"] == "SSPD"
    assert cases(client, "cn-officer")[0]["parties"] == ["CN"]


def test_without_a_list_a_payment_that_names_customers_waits() -> None:
    with TestClient(create_app(enrol(open_gateway()))) as client:
        assert pay(client)["state"] == "STLD"
        assert pay(client, id="p2", debtor_party=UNLISTED)["state"] == "SSPD"
        assert [case["why"] for case in cases(client)] == ["no list is in force"]


def test_customers_of_a_participant_that_is_listed_wait_with_it(gateway: Gateway, client: Client) -> None:
    put_in_force(gateway, ftm(company("c-7", "Beta Bank", swiftBic=["BETACNBJ"]), *filler(60)))
    assert pay(client, debtor_party=UNLISTED)["state"] == "SSPD"


def test_batch_is_screened_row_by_row(client: Client, gateway: Gateway) -> None:
    rows = [PAYMENT, {**PAYMENT, "id": "p2", "debtor_party": LISTED}, {**PAYMENT, "id": "p3", "debtor_party": UNLISTED}]
    lines = "\n".join(map(json.dumps, rows))
    headers = {**as_(SENDER), "content-type": "application/x-ndjson"}
    answer = client.post("/v1/payments/batch", content=lines, headers=headers)
    assert [json.loads(line)["state"] for line in answer.text.splitlines()] == ["STLD", "SSPD", "STLD"]
    assert [case["instruction"] for case in cases(client)] == ["p2"]
    assert kept(gateway) == 2


def test_fault_of_a_customer_of_a_batch_is_told_with_its_row(client: Client) -> None:
    rows = [PAYMENT, {**PAYMENT, "id": "p2", "amount": "1.234", "debtor_party": {"name": " "}}]
    headers = {**as_(SENDER), "content-type": "application/x-ndjson"}
    answer = client.post("/v1/payments/batch", content="\n".join(map(json.dumps, rows)), headers=headers)
    assert [fault["pointer"] for fault in answer.json()["faults"]] == ["/1/debtor_party/name", "/1/amount"]


@pytest.mark.parametrize(
    ("customer", "pointer"),
    [
        ({}, "/debtor_party/name"),
        ({"name": ""}, "/debtor_party/name"),
        ({"name": "a\u0007b"}, "/debtor_party/name"),
        ({"name": "A", "country": "China"}, "/debtor_party/country"),
        ({"name": " .\u200b- "}, "/debtor_party/name"),
        ({"name": "A", "birth_date": "1970-13-01"}, "/debtor_party/birth_date"),
        ({"name": "A", "identifiers": [{"kind": "lei", "value": "-"}]}, "/debtor_party/identifiers/0/value"),
        ({"name": "A", "identifiers": [{"kind": "shoe", "value": "4444"}]}, "/debtor_party/identifiers/0/kind"),
        ({"name": "A", "town": "Wuhan"}, "/debtor_party/town"),
    ],
)
def test_customer_that_cannot_be_is_refused_where_it_is_wrong(
    client: Client, customer: dict[str, Any], pointer: str
) -> None:
    assert [fault["pointer"] for fault in pay(client, 400, debtor_party=customer)["faults"]] == [pointer]


def test_every_kind_of_number_that_screening_knows_may_be_given() -> None:
    assert get_args(NumberKind) == KINDS


def test_what_waits_is_held_and_what_is_final_is_reported_when_a_list_names_a_customer(
    client: Client, gateway: Gateway
) -> None:
    put_in_force(gateway, NOBODY, name="other")
    assert pay(client, debtor_party={"name": "Marina Vetrova"})["state"] == "STLD"
    waits = pay(client, id="p2", amount="99000000.00", creditor_party={"name": "Marina Vetrova"})["state"]
    assert waits == "PSTL"
    put_in_force(gateway, ftm(person("p-7", "Marina Vetrova"), *filler(60)), name="other")
    found = {case["instruction"]: (case["holds"], case["hits"][0]["role"]) for case in cases(client)}
    assert found == {"p1": (False, "Dbtr"), "p2": (True, "Cdtr")}
    assert state(client, "p2") == "SSPD"
    shown = [client.get(f"/v1/cases/{case['id']}", headers=as_(OFFICER)).json() for case in cases(client)]
    assert [each["records"][0]["party"]["names"] for each in shown] == [["Marina Vetrova"]] * 2
    gateway.rescreening.run()
    assert len(cases(client)) == 2


def test_dry_run_tells_that_it_would_wait_and_keeps_nothing(client: Client, gateway: Gateway) -> None:
    assert pay(client, 201, dry=True, debtor_party=LISTED)["state"] == "SSPD"
    assert (cases(client), kept(gateway)) == ([], 0)


def test_same_request_again_is_answered_the_same_and_opens_no_other_case(client: Client) -> None:
    first = pay(client, key="k1", debtor_party=LISTED)
    assert pay(client, key="k1", debtor_party=LISTED) == first
    assert len(cases(client)) == 1
    assert pay(client, 422, key="k1", debtor_party=UNLISTED)["type"] == "urn:comity:problem:key-reused"


def test_log_names_no_customer_and_holds_no_hash_that_a_guess_would_prove(tmp_path: Path) -> None:
    hashes: list[set[str]] = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        gateway = put_in_force(enrol(open_gateway(folder)), UNION_LIST)
        with TestClient(create_app(gateway)) as client:
            sequence = int(pay(client, key="k1", debtor_party=LISTED)["sequence"])
        gateway.close()
        content = (folder / LOG).read_bytes()
        assert b"Secret" not in content
        assert b"1970-01-23" not in content
        log = SqliteReader(folder / LOG)
        entry = decode(next(log.read(sequence)).data, sequence).entry
        log.close()
        notes = unpack_notes(entry.note)
        (named,) = (each for each in notes if isinstance(each, CustomersNamed))
        (keyed,) = (each for each in notes if isinstance(each, Keyed))
        hashes.append({*named.digests, keyed.fingerprint})
    assert [len(each) for each in hashes] == [2, 2]
    assert not hashes[0] & hashes[1]


def test_customers_are_erased_on_request_and_the_payment_stands(client: Client, gateway: Gateway) -> None:
    pay(client, debtor_party=LISTED)
    url = "/v1/payments/ALFACNBJ/p1/customers"
    assert client.delete(url, headers=as_(SENDER)).status_code == 403
    told = client.delete(url, headers=as_("member-operator"))
    assert (told.status_code, told.json()["message"]) == (200, "p1"), told.text
    assert kept(gateway) == 0
    assert client.delete(url, headers=as_("member-operator")).status_code == 404
    assert client.delete("/v1/payments/GAMARUMM/p1/customers", headers=as_("member-operator")).status_code == 404
    put_in_force(gateway, ftm(person("p-1", "Secret Debtors"), *filler(60)))
    assert gateway.memory.cases.rescreened is not None
    assert gateway.memory.cases.rescreened.erased == 1
    assert state(client) == "SSPD"


def test_of_a_payment_that_is_turned_away_nothing_is_kept(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Busy("too much waits")

    monkeypatch.setattr(gateway.writer, "enter", busy)
    answer = client.post("/v1/payments", json={**PAYMENT, "debtor_party": UNLISTED}, headers=as_(SENDER))
    assert (answer.status_code, kept(gateway)) == (503, 0)


def test_of_a_batch_of_which_a_part_cannot_be_kept_nothing_is(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = gateway.originals.keep

    def late(digest: str, party: str, message: str, instant: int, data: bytes) -> asyncio.Future[None]:
        async def kept_late() -> None:
            if message.endswith("p0"):
                raise EnvironmentFailed("the device is full")
            await asyncio.sleep(0.2)
            await keep(digest, party, message, instant, data)

        return asyncio.ensure_future(kept_late())

    monkeypatch.setattr(gateway.originals, "keep", late)
    rows = [{**PAYMENT, "id": f"p{number}", "debtor_party": UNLISTED} for number in range(2)]
    headers = {**as_(SENDER), "content-type": "application/x-ndjson"}
    answer = client.post("/v1/payments/batch", content="\n".join(map(json.dumps, rows)), headers=headers)
    assert answer.status_code == 503
    sleep(0.4)
    assert kept(gateway) == 0


def test_of_a_payment_whose_screening_fails_nothing_is_kept_and_its_key_is_free(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise EnvironmentFailed("the device is full")

    monkeypatch.setattr(gateway.screening, "keep", fail)
    pay(client, 503, key="k1", debtor_party=LISTED)
    assert kept(gateway) == 0
    monkeypatch.undo()
    assert pay(client, key="k1", debtor_party=LISTED)["state"] == "SSPD"


def test_of_a_batch_that_cannot_be_kept_whole_nothing_is_written_after_it_was_discarded(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    originals, happened = gateway.originals, list[str]()
    keep, discard = originals.keep, originals.discard

    def failing(*about: Any) -> asyncio.Future[None]:  # noqa: ANN401 - what `keep` takes
        async def late() -> None:
            await asyncio.sleep(0)
            await keep(*about)
            happened.append("kept")

        if about[2] == f"{OF_PAYMENT}p2":
            return asyncio.ensure_future(late())
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        failed.set_exception(EnvironmentFailed("the device is full"))
        return failed

    async def noted(digests: Iterable[str], instant: int) -> None:
        happened.append("discarded")
        await discard(digests, instant)

    monkeypatch.setattr(originals, "keep", failing)
    monkeypatch.setattr(originals, "discard", noted)
    rows = [{**PAYMENT, "id": name, "debtor_party": UNLISTED} for name in ("p1", "p2")]
    headers = {**as_(SENDER), "content-type": "application/x-ndjson"}
    answer = client.post("/v1/payments/batch", content="\n".join(map(json.dumps, rows)), headers=headers)
    assert (answer.status_code, happened, kept(gateway)) == (503, ["kept", "discarded"], 0)


def test_lists_that_change_while_a_customer_is_asked_about_hold_it_after_all(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = gateway.screening.hits

    def late(entity: Entity, force: Force) -> tuple[Hit, ...]:
        found = hits(entity, force)
        if "Marina Vetrova" in entity.names and force.sequence < 5:
            monkeypatch.undo()
            gateway.begin_list("union", "other", ftm(person("p-7", "Marina Vetrova"), *filler(60)))
        return found

    monkeypatch.setattr(gateway.screening, "hits", late)
    assert pay(client, amount="99000000.00", debtor_party={"name": "Marina Vetrova"})["state"] == "PSTL"
    gateway.rescreening.run()
    assert state(client) == "SSPD"


@pytest.mark.parametrize("dry", [True, False])
def test_payment_of_customers_has_to_name_both_where_the_settings_say_so(
    client: Client, gateway: Gateway, *, dry: bool
) -> None:
    gateway.screening.customers_named = True
    missing = pay(client, 400, dry=dry, debtor_party=UNLISTED)["faults"]
    assert [fault["pointer"] for fault in missing] == ["/creditor_party"]
    assert [fault["pointer"] for fault in pay(client, 400, dry=dry)["faults"]] == ["/debtor_party", "/creditor_party"]
    assert pay(client, dry=dry, kind="interbank")["state"] == "STLD"
    assert pay(client, dry=dry, id="p2", debtor_party=UNLISTED, creditor_party=UNLISTED)["state"] == "STLD"


def test_payment_that_entered_before_customers_had_to_be_named_is_answered_as_it_was(
    client: Client, gateway: Gateway
) -> None:
    first = pay(client, key="k1")
    gateway.screening.customers_named = True
    assert pay(client, key="k1") == first
    for _ in range(2):  # what is refused leaves its key free
        assert pay(client, 400, key="k2", id="p2")["type"] == "urn:comity:problem:invalid"
    assert pay(client, key="k2", id="p2", debtor_party=UNLISTED, creditor_party=UNLISTED)["state"] == "STLD"


def test_batch_names_all_its_customers_where_the_settings_say_so(client: Client, gateway: Gateway) -> None:
    gateway.screening.customers_named = True
    both = {"debtor_party": UNLISTED, "creditor_party": UNLISTED}
    rows = [{**PAYMENT, **both}, {**PAYMENT, "id": "p2", "creditor_party": UNLISTED}]
    headers = {**as_(SENDER), "content-type": "application/x-ndjson"}
    answer = client.post("/v1/payments/batch", content="\n".join(map(json.dumps, rows)), headers=headers)
    assert [fault["pointer"] for fault in answer.json()["faults"]] == ["/1/debtor_party"]


def test_payment_without_customers_is_entered_as_before(
    client: Client, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[Batch] = []
    enter = gateway.writer.enter

    def noted(sender: str, batch: Batch, reply: asyncio.Future[Entered]) -> asyncio.Future[Entered]:
        entered.append(batch)
        return enter(sender, batch, reply)

    monkeypatch.setattr(gateway.writer, "enter", noted)
    pay(client)
    assert [(batch.kind, batch.customers, batch.named) for batch in entered] == [(RecordKind.PAYMENTS, (), None)]
    assert kept(gateway) == 0
