"""A payment passed on to its receiver as it came: nothing that its sender said is lost, none of it is changed.

Each payment goes alone, in a message of the version that its receiver speaks, or of the one in which it came where
the other has no room for something that it says. Of the group's words those that would no longer be true of one
payment are left out: the number becomes 1, the sums go.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

from comity.iso20022.schemas import NAMESPACE

if TYPE_CHECKING:
    from comity.iso20022.parsing import Parsed
    from comity.iso20022.schemas import Schemas

_OF_ALL = {"CtrlSum", "TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt"}
_ITEMS = {"pacs.008": "CdtTrfTxInf", "pacs.009": "CdtTrfTxInf", "pacs.004": "TxInf"}


def forwarded(parsed: Parsed, number: int, message: str = "") -> str:
    """Write the document that passes on one payment of a message.

    Parameters
    ----------
    parsed
        A pacs.008, pacs.009 or pacs.004 that breaks no rule.
    number
        Of the payment, from 0.
    message
        `MsgId` of what is passed on; empty: that of the message, whose only payment it is.
    """
    content = parsed.content
    space = etree.QName(content).namespace
    items = content.findall(f"{{{space}}}{_ITEMS[parsed.name]}")
    assert message or len(items) == 1, "payments that are passed on one by one need references of their own"
    passed = etree.Element(content.tag, nsmap={None: space})
    for child in content:
        if child.tag != items[0].tag or child is items[number]:
            passed.append(deepcopy(child))
    head = passed[0]
    for child in list(head):
        name = etree.QName(child).localname
        if name == "NbOfTxs":
            child.text = "1"
        elif name == "MsgId" and message:
            child.text = message
        elif name in _OF_ALL and len(items) > 1:
            head.remove(child)
    document = etree.Element(parsed.document.tag, nsmap={None: space})
    document.append(passed)
    etree.cleanup_namespaces(document)
    return str(etree.tostring(document, encoding="unicode"))


def in_version(document: str, version: str, wanted: str, schemas: Schemas) -> tuple[str, str]:
    """Return a document in the version that is wanted, if all that it says may stand there, and the version that it is.

    Versions of a message call what both have the same, so that a document which follows the schema of another version
    word for word says the same in it.

    Parameters
    ----------
    document
        From `forwarded`.
    version, wanted
        Of the same message: the one in which it is, and the other.
    """
    if version == wanted:
        return version, document
    other = document.replace(f'xmlns="{NAMESPACE}{version}"', f'xmlns="{NAMESPACE}{wanted}"', 1)
    return (wanted, other) if schemas.is_valid(etree.fromstring(other), wanted) else (version, document)
