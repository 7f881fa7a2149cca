"""The guide to messages, sent to a sandbox and answered as it shows.

`python -m tests.docs.test_messages_guide` puts there what is answered now.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from litestar.testing import TestClient
from lxml import etree

from comity.api.app import create_app
from comity.gateway.conformance import CASES
from comity.gateway.sandbox import open_sandbox

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "messages.md"
WIDTH = 110
BLOCK = re.compile(r"^```(xml|json) (.+?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def answers(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Send what the guide sends; each block that shows an answer, and the answer."""
    gateway, _ = open_sandbox()
    with TestClient(create_app(gateway)) as client:
        told: Any = None
        for block in BLOCK.finditer(text):
            kind, words, body = block[1], block[2].split(), block[3]
            if words[0] == "POST":
                headers = {"authorization": f"Bearer {words[1]}", "content-type": "application/xml"}
                told = client.post("/v1/messages", content=body, headers=headers)
                continue
            if words[0] == "GET":
                told = client.get(words[2], headers={"authorization": f"Bearer {words[1]}"})
            assert told.status_code == int(words[0] if words[0].isdigit() else httpx.codes.OK), told.text
            yield block, laid_out(kind, told.content)


def laid_out(kind: str, content: bytes) -> str:
    if kind == "json":
        return json.dumps(json.loads(content), indent=2) + "\n"
    return "\n".join(lines(etree.fromstring(content, etree.XMLParser(remove_blank_text=True)), "")) + "\n"


def lines(element: Any, margin: str) -> list[str]:  # noqa: ANN401 - of a library without types
    """Lay an element out: on one line if it is short, else each child below it."""
    parent, name = element.getparent(), etree.QName(element)
    whole = etree.tostring(element, encoding="unicode", with_tail=False)
    if parent is not None and etree.QName(parent).namespace == name.namespace:
        whole = whole.replace(f' xmlns="{name.namespace}"', "", 1)
    if len(margin + whole) <= WIDTH or not len(element):
        return [margin + whole]
    within = [line for child in element for line in lines(child, margin + "  ")]
    return [f"{margin}{whole.partition('>')[0]}>", *within, f"{margin}</{name.localname}>"]


def test_what_the_guide_sends_is_answered_as_it_shows() -> None:
    told = list(answers(GUIDE.read_text()))
    assert len(told) == 9
    for block, answer in told:
        assert block[3] == answer


def test_cases_of_the_suite_are_those_of_the_code() -> None:
    shown = re.findall(
        r"^\| `([\w-]+)` \| (.+) \|$", GUIDE.read_text().partition("| case | asks for |")[2], re.MULTILINE
    )
    assert shown == [(name, asks) for name, (asks, _) in CASES.items()]


if __name__ == "__main__":
    guide = GUIDE.read_text()
    for block, answer in answers(guide):
        guide = guide.replace(block[0], f"```{block[1]} {block[2]}\n{answer}```", 1)
    GUIDE.write_text(guide)
