"""The examples in the documentation of the package print what stands there."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import comity.union

MODULES = sorted(path.stem for path in Path(comity.union.__file__).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_show(name: str) -> None:
    assert doctest.testmod(import_module(f"comity.union.{name}")).failed == 0
