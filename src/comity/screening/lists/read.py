"""Which format a list has, found by looking."""

from pathlib import Path

from comity.errors import Fault, InvalidRequest
from comity.screening.lists.eu import ROOT as EU_ROOT
from comity.screening.lists.eu import read_eu
from comity.screening.lists.ftm import read_ftm
from comity.screening.lists.ofac import read_ofac
from comity.screening.lists.ofac_advanced import ROOT as OFAC_ROOT
from comity.screening.lists.ofac_advanced import read_ofac_advanced
from comity.screening.lists.sanctions_list import SanctionsList, checked
from comity.screening.lists.source import elements, local, opened
from comity.screening.lists.un import ROOT as UN_ROOT
from comity.screening.lists.un import read_un

_READERS = {UN_ROOT: read_un, EU_ROOT: read_eu, OFAC_ROOT: read_ofac_advanced}
_FORMATS = "UN, EU or OFAC advanced XML, OFAC's CSV tables together, or FtM JSON lines"


def read_list(path: Path) -> SanctionsList:
    """Read a list of any supported format, compressed or not.

    Raises
    ------
    InvalidRequest
        If it has none of the formats, names nobody, or has faults; all of them are in it.
    EnvironmentFailed
        If the operating system refuses.
    """
    if path.is_dir():
        return checked(str(path), read_ofac(path))
    with opened(path) as source:
        begin = (source.read(256) or b"").lstrip(b"\xef\xbb\xbf \t\r\n")
    if begin.startswith(b"<"):
        with opened(path) as source:
            root = local(next(elements(source)))
        reader = _READERS.get(root)
        if reader is not None:
            with opened(path) as source:
                return checked(str(path), reader(source))
    elif begin.startswith(b"{"):
        with opened(path) as source:
            return checked(str(path), read_ftm(source))
    raise InvalidRequest([Fault(str(path), 0, "", _FORMATS, "none of these")])
