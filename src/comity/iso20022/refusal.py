"""Why a message was not taken, and as which message its sender is told.

What cannot be read, or does not follow its schema, is answered with admi.002: whoever sent it
learns which of its messages it was, as far as that could be found, and what is wrong where. What
can be read but breaks a usage rule is answered in the terms of the message: a pacs.002 with the
status RJCT for payments, a camt.025 or camt.029 otherwise (`comity.iso20022.replies`).
"""

import re
from enum import Enum

from comity.errors import MessageError

REFERENCE_UNKNOWN = "NOTPROVIDED"
"""Stands for a reference that there is none of, or none was found of, as the market writes it."""
_REFERENCE = re.compile(rb"<(?:[\w.-]+:)?(?:BizMsgIdr|MsgId)>\s*([0-9A-Za-z/\-?:().,'+ ]{1,35}?)\s*</")
_LOOKED_AT = 8192


class Refusal(Enum):
    """What is wrong with bytes that are not a message of a schema; the value is the code in admi.002."""

    TOO_LARGE = "TOO_LARGE"
    """More bytes, tags or attributes than are taken."""
    NOT_UTF_8 = "NOT_UTF_8"
    """Not UTF-8, or with a byte order mark, a NUL or another declaration."""
    DOCUMENT_TYPE = "DOCUMENT_TYPE"
    """A document type, and with it entities."""
    CDATA = "CDATA"
    """Marked sections."""
    XINCLUDE = "XINCLUDE"
    """Wants other documents included."""
    NOT_WELL_FORMED = "NOT_WELL_FORMED"
    """Not XML, cut off, or nested too deep."""
    NO_DOCUMENT = "NO_DOCUMENT"
    """Neither a `Document` nor an element with an `AppHdr` and a `Document`."""
    UNKNOWN_MESSAGE = "UNKNOWN_MESSAGE"
    """A namespace that is no message or version spoken here."""
    NOT_OF_SCHEMA = "NOT_OF_SCHEMA"
    """Does not follow the schema of its version."""


class MessageRefused(MessageError):  # noqa: N818 - the name says what happened
    """Bytes that are not a message of a schema spoken here.

    Parameters
    ----------
    refusal
        What is wrong.
    found
        In words, without more of the message than the place needs.
    data
        What was sent, to find its reference in.
    version
        The message version whose schema was not followed.
    faults
        Place and fault, one or more, of `Refusal.NOT_OF_SCHEMA`.
    """

    def __init__(
        self,
        refusal: Refusal,
        found: str = "",
        *,
        data: bytes = b"",
        version: str = "",
        faults: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(refusal, found)
        self.refusal = refusal
        self.found = found
        self.version = version
        self.faults = faults or []
        reference = _REFERENCE.search(data[:_LOOKED_AT])
        self.reference = reference[1].decode("ascii") if reference else REFERENCE_UNKNOWN
        """Of the message that was refused: `BizMsgIdr` of its header, or `MsgId`."""

    def __str__(self) -> str:
        return f"{self.refusal.value}: {self.found}" if self.found else self.refusal.value
