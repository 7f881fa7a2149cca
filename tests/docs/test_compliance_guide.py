"""What the guide for compliance officers sends is answered as it shows, in a sandbox."""

import json
import re
from pathlib import Path

import httpx
from litestar.testing import TestClient

from comity.api.app import create_app
from comity.gateway.sandbox import open_sandbox
from tests.docs.test_messages_guide import BLOCK, laid_out

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "compliance.md"


def told(text: str) -> list[tuple[re.Match[str], str]]:
    """Send what the guide sends; each block that shows an answer, and the answer."""
    gateway, _ = open_sandbox()
    found = []
    with TestClient(create_app(gateway)) as client:
        answer = httpx.Response(0)
        for block in BLOCK.finditer(text):
            kind, words, body = block[1], block[2].split(), block[3]
            if words[0] == "POST":
                media = "application/xml" if kind == "xml" else "application/json"
                headers = {"authorization": f"Bearer {words[1]}", "content-type": media}
                answer = client.post(words[2], content=body, headers=headers)
                continue
            if words[0] == "GET":
                answer = client.get(words[2], headers={"authorization": f"Bearer {words[1]}"})
            assert answer.status_code == int(words[0] if words[0].isdigit() else httpx.codes.OK), answer.text
            found.append((block, laid_out(kind, answer.content)))
    return found


def test_what_the_guide_sends_is_answered_as_it_shows() -> None:
    answers = told(GUIDE.read_text())
    assert len(answers) == 6
    for block, answer in answers:
        assert block[3] == answer


def test_payment_of_the_guide_has_settled_at_its_end() -> None:
    approved = json.loads(told(GUIDE.read_text())[4][1])
    assert [(each["command"], each["state"]) for each in approved["answers"]] == [("release", "DONE")]
