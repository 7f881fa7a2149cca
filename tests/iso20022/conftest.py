"""The schemas that every test here reads, built where the package was not installed from this checkout."""

from pathlib import Path

import pytest

from comity.iso20022.parsing import Parser
from comity.iso20022.schemas import Schemas
from comity.iso20022.writing import Writer
from hatch_build import ARCHIVE, DEFINITIONS, write_archive


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    newest = max(path.stat().st_mtime for path in (DEFINITIONS, Path(write_archive.__code__.co_filename)))
    if not ARCHIVE.exists() or ARCHIVE.stat().st_mtime < newest:
        write_archive(ARCHIVE)
    return Schemas.open()


@pytest.fixture(scope="session")
def parser(schemas: Schemas) -> Parser:
    return Parser(schemas)


@pytest.fixture(scope="session")
def writer(schemas: Schemas) -> Writer:
    return Writer(schemas)


@pytest.fixture(scope="session")
def published(shared: Path) -> Path:
    """Folder of the published schemas."""
    return shared / "data" / "iso20022" / "xsd"


@pytest.fixture(scope="session")
def samples(shared: Path) -> Path:
    return shared / "data" / "iso20022" / "samples"
