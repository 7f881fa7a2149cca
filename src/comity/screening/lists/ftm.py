"""Entities of FollowTheMoney as JSON lines, as OpenSanctions publishes them.

A line is one entity: `id`, `schema`, `properties` of lists of text, `datasets`. What names no party, such as an address
or an ownership, is passed over.
"""

from collections.abc import Iterator
from io import BufferedReader

import msgspec

from comity.errors import FAULTS_MAX, Fault, InvalidRequest
from comity.screening.entity import SCHEMATA, Entity
from comity.screening.lists.sanctions_list import SanctionsList, refused
from comity.screening.lists.source import Source
from comity.screening.properties import described

LINE_MAX = 16 << 20
"""Bytes of a line."""


_NO_PARTIES = frozenset(
    [
        "Address",
        "Analyzable",
        "Assessment",
        "Asset",
        "Associate",
        "BankAccount",
        "Call",
        "CallForTenders",
        "Contract",
        "ContractAward",
        "CourtCase",
        "CourtCaseParty",
        "CryptoWallet",
        "Debt",
        "Directorship",
        "Document",
        "Documentation",
        "EconomicActivity",
        "Email",
        "Employment",
        "Event",
        "Family",
        "Folder",
        "HyperText",
        "Identification",
        "Image",
        "Interest",
        "Interval",
        "License",
        "Membership",
        "Mention",
        "Message",
        "Note",
        "Occupancy",
        "Ownership",
        "Package",
        "Page",
        "Pages",
        "Passport",
        "Payment",
        "PlainText",
        "Position",
        "Post",
        "Project",
        "ProjectParticipant",
        "RealEstate",
        "Representation",
        "Risk",
        "Sanction",
        "Security",
        "Similar",
        "Succession",
        "Table",
        "TaxRoll",
        "Thing",
        "Trip",
        "UnknownLink",
        "UserAccount",
        "Value",
        "Vehicle",
        "Video",
        "Workbook",
    ]
)
"""Schemata of FollowTheMoney that name no party."""


class _Line(msgspec.Struct):
    id: str
    schema: str
    properties: dict[str, list[str]] = {}
    datasets: list[str] = []
    last_change: str | None = None
    caption: str = ""


_DECODER = msgspec.json.Decoder(_Line)


def read_ftm(source: Source) -> SanctionsList:
    """Read the entities; the name is that of the data set they share, else of the file.

    Raises
    ------
    InvalidRequest
        With the faults of the file, 100 at most.
    """
    faults: list[Fault] = []
    doubts: list[Fault] = []
    entities: list[Entity] = []
    datasets: set[str] | None = None
    changed = ""
    for number, line in _lines(source):
        try:
            read = _DECODER.decode(line)
        except msgspec.DecodeError as bad:
            faults.append(Fault(source.file, number, "", "an entity as JSON", str(bad)))
            if len(faults) > FAULTS_MAX:
                break
            continue
        if read.schema in SCHEMATA:
            entities.append(described(read.id, SCHEMATA[read.schema], read.properties, read.caption))
            datasets = set(read.datasets) if datasets is None else datasets & set(read.datasets)
            changed = max(changed, read.last_change or "")
        elif read.schema not in _NO_PARTIES and len(doubts) < FAULTS_MAX:
            doubts.append(Fault(source.file, number, read.id, "a schema of FollowTheMoney", repr(read.schema[:40])))
    if faults:
        raise refused(source.file, faults, entities)
    name = " ".join(sorted(datasets or ())) or source.file.rpartition("/")[2]
    return SanctionsList(name, changed, changed[:10], source.digest(), tuple(entities), doubts=tuple(doubts))


def _lines(source: Source) -> Iterator[tuple[int, bytes]]:
    reader = BufferedReader(source, 1 << 20)
    number = 0
    while line := reader.readline(LINE_MAX + 1):
        number += 1
        if len(line) > LINE_MAX:
            raise InvalidRequest(
                [Fault(source.file, number, "", f"a line of at most {LINE_MAX} bytes", "a longer one")]
            )
        if line.strip():
            yield number, line
