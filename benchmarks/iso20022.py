"""Messages of ISO 20022: bytes to columns and back, on one core, without a node or a network.

    python -m benchmarks.iso20022 [RUNS]

Each figure is the median of RUNS (default 5) after one that is not counted. What is measured of a pacs.008 is all of
its way: looked at, parsed, header and document held against their schemas, read into typed values, held against the
usage rules, made into columns; then the same without header and rules, which is parse, validate and map alone.
Beside it stands what libxml2 takes to parse and validate the same bytes: nothing built on it can be faster.
"""

from __future__ import annotations

import resource
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING

from lxml import etree
from msgspec.structs import replace

from comity.iso20022.header import Header
from comity.iso20022.instructions import payments
from comity.iso20022.messages.accounts import Balance, Entry, Statement, Statements
from comity.iso20022.messages.parties import Agent, Party
from comity.iso20022.messages.payments import CustomerTransfer, CustomerTransfers
from comity.iso20022.parsing import Parser
from comity.iso20022.rules import broken
from comity.iso20022.schemas import Schemas
from comity.iso20022.shapes import Shapes
from comity.iso20022.statements import write_statements
from comity.iso20022.table import Money
from comity.iso20022.usage import Usage
from comity.iso20022.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHINA, RUSSIA = "BKCHCNBJ", "VTBRRUMM"
NOW = "2026-03-02T09:00:00Z"
PACS_008, CAMT_053 = "pacs.008.001.08", "camt.053.001.08"
USAGE = Usage.of(["CNY", "RUB"], {CHINA, RUSSIA})
SINGLES, FILE = 2_000, 1_000
ACCOUNTS, ENTRIES = 100, 1_000_000


def item(number: int) -> CustomerTransfer:
    """Return an ordinary payment: two parties with addresses, accounts, purpose and remittance."""
    return CustomerTransfer(
        instruction=f"I-{number}",
        end_to_end=f"E-{number}",
        uetr=f"{number:08x}-2682-4291-ad67-2a41e530cd27",
        amount=Money(f"{1000 + number}.50", "CNY"),
        date="2026-03-02",
        charges="SHAR",
        instructing=Agent(bic=CHINA),
        instructed=Agent(bic=RUSSIA),
        debtor=Party(name=f"Trading Company {number}", town="Beijing", country="CN", lei="V459EV5XD3WK5MR0HW37"),
        debtor_account=f"62220000{number:08}",
        debtor_agent=Agent(bic=CHINA),
        creditor_agent=Agent(bic=RUSSIA),
        creditor=Party(name=f"Supplier {number}", town="Moscow", country="RU"),
        creditor_account=f"40702810{number:012}",
        purpose="GDDS",
        remittance=(f"Invoice {number}",),
    )


def message(writer: Writer, number: int, count: int) -> bytes:
    """Return a pacs.008 of so many payments, with its header."""
    held = tuple(item(number + each) for each in range(count))
    made = CustomerTransfers(message=f"M-{number}", created=NOW, count=str(count), method="CLRG", items=held)
    head = Header(sender=CHINA, receiver_member="union", reference=f"M-{number}", definition=PACS_008, created=NOW)
    return writer.message(head, made, PACS_008)


def rate(work: Callable[[], int], runs: int) -> float:
    """Return units of work a second of processor time, the median of runs after one that is not counted."""
    found = []
    for _ in range(runs + 1):
        began = process_time()
        done = work()
        found.append(done / (process_time() - began))
    return median(found[1:])


def incoming(runs: int, schemas: Schemas) -> None:
    """Print what becomes of payments that come in, alone and in files."""
    writer = Writer(schemas)
    for name, number, count in (("single", SINGLES, 1), ("files of 1,000", 5, FILE)):
        bodies = [message(writer, each * count, count) for each in range(number)]
        documents = [b"<Document" + body.partition(b"<Document")[2].partition(b"</Envelope>")[0] for body in bodies]
        print(f"pacs.008 {name}, {len(bodies[0]) / count:,.0f} bytes a payment, a second")
        for what, work in (
            ("header, document, rules, columns", partial(whole, schemas, bodies)),
            ("header, document, columns", partial(mapped, schemas, bodies)),
            ("document, columns", partial(mapped, schemas, documents)),
            ("libxml2 alone", partial(validated, schemas, documents, count)),
        ):
            print(f"  {what:36}{rate(work, runs):12,.0f}")


def whole(schemas: Schemas, bodies: list[bytes]) -> int:
    """Take messages all the way; return the number of payments."""
    parser, shapes, rows = Parser(schemas), Shapes(), 0
    for body in bodies:
        parsed = parser.parse(body)
        read = shapes.read(parsed)
        assert isinstance(read.message, CustomerTransfers)
        assert not broken(read.message, read.header, parsed.version, USAGE)
        rows += len(payments(read.message, USAGE))
    return rows


def mapped(schemas: Schemas, bodies: list[bytes]) -> int:
    """Parse, validate and map; return the number of payments."""
    parser, shapes, rows = Parser(schemas), Shapes(), 0
    for body in bodies:
        message = shapes.read(parser.parse(body)).message
        assert isinstance(message, CustomerTransfers)
        rows += len(payments(message, USAGE))
    return rows


def validated(schemas: Schemas, bodies: list[bytes], count: int) -> int:
    """Parse and validate by libxml2 and nothing else."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    schema = etree.XMLSchema(etree.fromstring(schemas.text(PACS_008)))
    assert all(schema.validate(etree.fromstring(body, parser)) for body in bodies)
    return len(bodies) * count


def outgoing(runs: int, schemas: Schemas) -> None:
    """Print how fast messages are written, and a long statement."""
    writer = Writer(schemas)
    written = rate(lambda: sum(1 for number in range(SINGLES) if message(writer, number, 1)), runs)
    print(f"pacs.008 written, a second{written:22,.0f}")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statements.xml"
        began = process_time()
        with path.open("wb") as file:
            write_statements(file, writer, CAMT_053, Statements(message="A-1", created=NOW), _statements())
        print(f"camt.053 of {ACCOUNTS} accounts and {ENTRIES:,} entries, seconds{process_time() - began:10,.1f}")
        print(f"  megabytes{path.stat().st_size / 1e6:38,.0f}")


def _statements() -> Iterator[tuple[Statement, Iterator[Entry]]]:
    balance = Balance(kind="OPBD", amount=Money("1000.00", "CNY"), side="CRDT", date="2026-03-02")
    for number in range(ACCOUNTS):
        account = f"ACCOUNT-{number}"
        statement = Statement(id=f"S-{number}", created=NOW, account=account, currency="CNY", balances=(balance,))
        yield statement, _entries(number)


def _entries(account: int) -> Iterator[Entry]:
    entry = Entry(
        side="DBIT",
        status="BOOK",
        booked=NOW,
        value="2026-03-02",
        domain="PMNT",
        family="ICDT",
        subfamily="XBCT",
        own_code="GROSS",
        debtor=Agent(bic=CHINA),
        creditor=Agent(bic=RUSSIA),
    )
    for number in range(ENTRIES // ACCOUNTS):
        yield replace(
            entry,
            reference=str(number + 1),
            amount=Money(f"{number + 1}.25", "CNY"),
            servicer=f"{account}-{number}",
            instruction=f"I-{number}",
            end_to_end=f"E-{number}",
            uetr=f"{number:08x}-2682-4291-ad67-2a41e530cd27",
        )


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    schemas = Schemas.open()
    incoming(runs, schemas)
    outgoing(runs, schemas)
    print(f"memory at most, MiB{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:30,.0f}")


if __name__ == "__main__":
    main()
