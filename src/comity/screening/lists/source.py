"""Reading files of lists: compressed or not, hashed while they are read, and bounded.

XML is read as a stream, with no document type, no entity, no network and no limit lifted. A file that declares a
document type is refused: no published list needs one.
"""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO

from lxml import etree

from comity.errors import EnvironmentFailed, Fault, InvalidRequest

SIZE_MAX = 8 << 30
"""Bytes of a list, uncompressed: more than ten times the largest that is published."""
EXPANSION_MAX, EXPANDS_FREELY = 40, 64 << 20
"""A compressed list has so many bytes for each of its own at most, from so many on; published ones have 5 to 15."""
_GZIP = b"\x1f\x8b"


class Source(io.RawIOBase):
    """The uncompressed content of a file, hashed as it is read.

    Reading past `SIZE_MAX`, or past what a list of this size can hold, raises InvalidRequest.
    """

    def __init__(self, path: Path, stream: IO[bytes] | gzip.GzipFile) -> None:
        super().__init__()
        self.file = str(path)
        self._max = min(SIZE_MAX, max(EXPANDS_FREELY, EXPANSION_MAX * path.stat().st_size))
        self._stream = stream
        self._hash = hashlib.sha256()
        self._size = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        """Read the next bytes."""
        try:
            block = self._stream.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as bad:
            raise InvalidRequest([Fault(self.file, 0, "", "a complete gzip file", str(bad))]) from bad
        self._hash.update(block)
        self._size += len(block)
        if self._size > self._max:
            raise InvalidRequest([Fault(self.file, 0, "", f"at most {self._max} bytes, uncompressed", "more")])
        buffer[: len(block)] = block
        return len(block)

    def digest(self) -> str:
        """Return the SHA-256 of the whole content; reads what is left of it."""
        scratch = bytearray(1 << 16)
        while self.readinto(scratch):
            pass
        return self._hash.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a file for reading, through gzip if that is what it is."""
    try:
        with path.open("rb") as raw:
            begin = raw.read(2)
            raw.seek(0)
            with gzip.open(raw) if begin == _GZIP else nullcontext(raw) as stream:
                yield Source(path, stream)
    except FileNotFoundError as missing:
        raise InvalidRequest([Fault(str(path), 0, "", "a file or folder", "none")]) from missing
    except OSError as error:
        raise EnvironmentFailed(f"cannot read {path}: {error.strerror or error}") from error


def text_of(source: Source) -> str:
    """Return the text of a small file: UTF-8, or else Windows-1252, which OFAC has used."""
    content = source.read()
    assert content is not None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def elements(source: Source, *names: str) -> Iterator[etree._Element]:
    """Yield the elements of a name without namespace, each whole, and forget it afterwards.

    The root comes first, when only its attributes are known.

    Raises
    ------
    InvalidRequest
        If the document is not well formed, ends early, or declares a document type.
    """
    try:
        stream = etree.iterparse(
            source,
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        root: etree._Element | None = None
        for event, element in stream:
            if root is None:
                root = element
                if root.getroottree().docinfo.doctype:
                    raise InvalidRequest([Fault(source.file, 1, "", "XML without a document type", "one")])
                yield root
            elif event == "end" and local(element) in names:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as bad:
        line = bad.lineno or 0
        raise InvalidRequest([Fault(source.file, line, "", "well-formed XML to its end", bad.msg or "else")]) from bad


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts(element: etree._Element, path: str) -> list[str]:
    """Return the texts at a path of names without namespaces, spaces made one, empty ones left out."""
    step, _, rest = path.partition("/")
    found = [child for child in element if local(child) == step]
    if rest:
        return [text for child in found for text in texts(child, rest)]
    return [text for child in found if (text := " ".join("".join(child.itertext()).split()))]


def text_at(element: etree._Element, path: str) -> str:
    """Return the first text at a path, or nothing."""
    return next(iter(texts(element, path)), "")
