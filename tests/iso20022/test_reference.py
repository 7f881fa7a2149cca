from pathlib import Path

from comity.iso20022.messages import MESSAGES
from comity.iso20022.reference import reference
from comity.iso20022.schemas import Schemas

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "messages.md"


def test_page_is_what_the_mapping_says(schemas: Schemas) -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(schemas)


def test_page_names_every_message_and_where_versions_differ() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in MESSAGES if f"## {name}, " not in text] == []
    assert "| `CdtTrfTxInf*/PmtId/UETR` | unique reference from end to end | text | from 08 |" in text
