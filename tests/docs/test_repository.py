"""What holds for the repository as a whole: names, sizes, links, what is declared and what is locked."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "comity"
VAGUE = {"utils", "util", "common", "helpers", "helper", "services", "service", "manager", "managers", "misc", "lib"}
IMPORT_NAMES = {
    "argon2-cffi": "argon2",
    "opentelemetry-exporter-otlp-proto-http": "opentelemetry",
    "opentelemetry-sdk": "opentelemetry",
    "python-pkcs11": "pkcs11",
    "python-stdnum": "stdnum",
}


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a checkout of the repository")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def _modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def test_no_file_or_folder_has_a_name_that_could_hold_anything() -> None:
    vague = [str(path) for path in _tracked(".") if VAGUE & {Path(part).stem for part in path.relative_to(ROOT).parts}]
    assert vague == []


def test_readme_has_at_most_100_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 100


def test_no_module_is_longer_than_600_lines() -> None:
    assert [str(path) for path in _modules() if len(path.read_text().splitlines()) > 600] == []


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name} has {_lines(node)} lines"
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and _lines(node) > 60
    ]
    assert long == []


def _lines(function: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    assert function.end_lineno is not None
    text = function.body[0] if ast.get_docstring(function) else None
    documented = text.end_lineno - text.lineno + 1 if text is not None and text.end_lineno is not None else 0
    return function.end_lineno - function.lineno + 1 - documented


def test_every_module_opens_with_what_it_is() -> None:
    assert [str(path) for path in _modules() if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_every_package_that_is_imported_is_declared_and_every_declared_one_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    names = {re.split(r"[<>=\[ ]", line)[0] for line in lines}
    declared = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in names}
    imported = set()
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    assert imported - set(sys.stdlib_module_names) - {"comity"} == declared


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_hashes_and_no_registry_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pinned = [block for block in re.split(r"\n(?=\S)", text.strip()) if block]
    assert pinned
    assert [block for block in pinned if "==" not in block or "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "index" not in text.replace("indexed", "")


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=\[ ]", line)[0] for line in project["dependencies"]}
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert names <= set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in _tracked("*.md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text())
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_decision_is_listed_and_numbered_once() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    numbers = [name[:4] for name in records]
    listed = re.findall(r"\]\((\d{4}-[^)]+\.md)\)", (folder / "README.md").read_text())
    assert listed == records
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]


def test_the_map_of_packages_is_the_order_that_is_enforced() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    enforced = [name for layer in contracts[0]["layers"] for name in layer.split(" | ")]
    drawn = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)
    assert drawn == enforced
    assert set(drawn) >= {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}
