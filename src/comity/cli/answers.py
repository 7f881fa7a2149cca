"""What a server answered, as people and programs read it; and which server it is.

The server and the key come, in this order, from the options, the environment (COMITY_URL, COMITY_KEY), and a
file: the one named, or client.toml in the folder comity of XDG_CONFIG_HOME, or of ~/.config; a server that none of
them names is the sandbox. A file that others may read is refused.
"""

import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from comity.cli.summary import show, show_table
from comity.errors import EnvironmentFailed, Fault, InvalidRequest

if TYPE_CHECKING:
    from comity.client import Client
    from comity.wire.screening import CaseShown, ListedParty, ListLoading

Answer = TypeVar("Answer")
URL = "http://127.0.0.1:8080"
FORMATS = ("table", "json")
_HIDDEN = frozenset({"faults"})
_WHOLE = frozenset(
    {"changes", "why", "party", "listed", "hits", "digest", "reason", "ended_reason", "verdict", "answers", "asks_for"}
)
"""What nobody should decide without having read it to its end: never cut short, and the last columns."""
_CELL_MAX = 48
REASON_HEADER = "comity-reason"


def told(
    server: str,
    config: Path | None,
    output: str,
    ask: "Callable[[Client], Answer]",
    reason: str = "",
    laid_out: "Callable[[Answer], object] | None" = None,
) -> None:
    """Ask, and print the answer; `reason` says why what is not one's own is read.

    Parameters
    ----------
    laid_out
        Returns what a table shows of it, if that is something else.
    """
    if output not in FORMATS:
        raise InvalidRequest([Fault("", 0, "--output", " or ".join(FORMATS), repr(output))])
    with _client(server, config, reason) as client:
        answer = ask(client)
    shown = laid_out(answer) if laid_out is not None and output == "table" else answer
    _print(_plain(shown), as_json=output == "json")


def followed(server: str, config: Path | None, after: str, count: int, reason: str = "") -> None:
    """Print events as they come, `count` of them, for ever if it is 0."""
    with _client(server, config, reason) as client:
        for number, event in enumerate(client.events(after), 1):
            sys.stdout.write(json.dumps(_plain(event), ensure_ascii=False) + "\n")
            sys.stdout.flush()
            if number == count:
                return


@contextmanager
def _client(server: str, config: Path | None, reason: str) -> "Iterator[Client]":
    """Open a client of the server; NotAllowed says where a key is looked for, if there was none."""
    missing = [name for name in ("httpx", "msgspec") if find_spec(name) is None]
    if missing:
        raise EnvironmentFailed(f"asking a server needs {', '.join(missing)}: install comity[serve]")
    from msgspec.structs import replace

    from comity.client import Client
    from comity.client.errors import NotAllowed

    kept = _kept(config)
    url = server or os.environ.get("COMITY_URL", "") or kept.get("url", "") or URL
    key = os.environ.get("COMITY_KEY", "") or kept.get("key", "")
    try:
        with Client(url, key, headers={REASON_HEADER: reason} if reason else None) as client:
            yield client
    except NotAllowed as error:
        if key:
            raise
        raise NotAllowed(
            replace(error.problem, detail="no key was given: set COMITY_KEY, or name a file with one by --config")
        ) from None


def _kept(config: Path | None) -> dict[str, str]:
    """Return what the file says; nothing if it is the usual one and there is none."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = config or folder / "comity" / "client.toml"
    if not path.is_file():
        if config is None:
            return {}
        raise InvalidRequest([Fault(str(path), 0, "", "a file", "none")])
    mode = S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise InvalidRequest(
            [Fault(str(path), 0, "", "a file that its owner alone may read: mode 600", f"mode {mode:o}")]
        )
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as bad:
        raise InvalidRequest([Fault(str(path), 0, "", "TOML", str(bad))]) from bad
    faults = [
        Fault(str(path), 0, key, "url and key, text", "something else, not shown here")
        for key, value in plain.items()
        if key not in ("url", "key") or not isinstance(value, str)
    ]
    if faults:
        raise InvalidRequest(faults)
    return {key: str(value) for key, value in plain.items()}


def _plain(answer: object) -> object:
    import msgspec

    return msgspec.to_builtins(answer)


def _print(plain: object, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(plain, ensure_ascii=False, indent=2) + "\n")
        return
    assert isinstance(plain, dict)
    items = plain.get("items")
    if not isinstance(items, list):
        show({name: _text(value) for name, value in plain.items() if name not in _HIDDEN}, as_json=False)
        return
    rest = {name: value for name, value in plain.items() if name != "items" and value not in ("", 0)}
    if not items:
        sys.stdout.write("nothing\n")
    else:
        show_table(_lines(items), {}, rest or {"count": len(items)}, as_json=False)


def _lines(items: Sequence[dict[str, object]]) -> list[list[str]]:
    names = list(dict.fromkeys(name for item in items for name in item if name not in _HIDDEN))
    names.sort(key=_WHOLE.__contains__)
    rows = [
        [name.replace("_", " ") for name in names],
        *([_cell(item.get(name, ""), whole=name in _WHOLE) for name in names] for item in items),
    ]
    for place, name in enumerate(names):
        if name in _WHOLE:  # long texts, which are read from the left
            width = max(len(row[place]) for row in rows)
            for row in rows:
                row[place] = row[place].ljust(width)
    return rows


def _cell(value: object, *, whole: bool = False) -> str:
    text = _text(value)
    return text if whole or len(text) <= _CELL_MAX else text[: _CELL_MAX - 3] + "..."


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "before" in value:
        command = _text([each for each in value.get("command", {}).values() if each])
        return f"{command}{': ' if command else ''}{value['before'] or 'nothing'} -> {value['after']}"
    if isinstance(value, dict):
        counts = all(isinstance(each, int) for each in value.values())
        return " ".join(f"{name} {each}" if counts else _text(each) for name, each in value.items())
    if isinstance(value, list | tuple):
        return ("; " if value and isinstance(value[0], dict) else " ").join(_text(each) for each in value)
    return str(value)


def content_of(file: Path) -> bytes:
    """Read a file; InvalidRequest if there is none, EnvironmentFailed if it cannot be read."""
    if not file.is_file():
        raise InvalidRequest([Fault(str(file), 0, "", "a file", "none")])
    try:
        return file.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"{file} cannot be read: {error.strerror}") from error


def list_of(file: Path) -> bytes:
    """Read a list of sanctions; of a folder its tables (.csv), as the zip archive that a server takes.

    Raises
    ------
    InvalidRequest
        There is no such file, or no table in the folder.
    EnvironmentFailed
        It cannot be read.
    """
    if not file.is_dir():
        return content_of(file)
    tables = sorted(path for path in file.iterdir() if path.suffix.lower() == ".csv")
    if not tables:
        raise InvalidRequest([Fault(str(file), 0, "", "a list, or a folder with OFAC's tables (*.csv)", "none")])
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for path in tables:
            archive.writestr(ZipInfo(path.name), content_of(path), ZIP_DEFLATED)
    return packed.getvalue()


def as_loaded(answer: "ListLoading") -> dict[str, object]:
    """Lay out what became of a list: the edition first, and whether it is in force."""
    edition = answer.edition
    shown = {
        "list": f"{edition.party} {edition.name}",
        "in_force": edition.in_force,
        "parties": edition.count,
        "version": edition.version,
        "date": edition.date,
        "digest": edition.digest,
        "added": answer.added,
        "removed": answer.removed,
        "changed": answer.changed,
        "orphans": edition.orphans,
        "doubts": answer.doubts,
        "needs another officer": "; ".join(answer.reasons),
        "approval": answer.approval,
        "dry_run": answer.dry_run,
    }
    return {name: value for name, value in shown.items() if value != ""}


def side_by_side(shown: "CaseShown") -> object:
    """Lay a case out: what the instruction says of each party beside what the list says."""
    case = shown.case
    items = []
    for record in shown.records:
        party = record.party
        for hit in record.hits:
            listed = hit.entity
            items += [
                {"of": record.role, "party": _names(party), "listed": _names(listed)},
                {"of": "list", "party": "", "listed": f"{hit.party} {hit.list} {listed.id}"},
                {"of": "kind", "party": party.schema, "listed": listed.schema},
                {"of": "born", "party": ", ".join(party.birth_dates), "listed": ", ".join(listed.birth_dates)},
                {"of": "countries", "party": ", ".join(party.countries), "listed": ", ".join(listed.countries)},
                {"of": "numbers", "party": _numbers(party.identifiers), "listed": _numbers(listed.identifiers)},
                {"of": "programmes", "party": "", "listed": ", ".join(listed.programmes)},
                {"of": "score", "party": str(hit.score), "listed": hit.explanation},
            ]
        if not record.hits:
            items.append({"of": record.role, "party": _names(party), "listed": ""})
    verdict = case.verdict
    officers = [] if verdict is None else [verdict.by, *(each.by for each in verdict.approved_by)]
    return {
        "items": items,
        "case": case.id,
        "state": case.state,
        "instruction": f"{case.participant} {case.instruction}".rstrip(),
        "stands": ", ".join(f"{leg.state} {leg.amount} {leg.currency}" for leg in shown.instruction),
        "decided by": ", ".join(case.parties),
        "why": case.why,
        "verdict": "" if verdict is None else f"{verdict.verdict}: {verdict.reason} ({', '.join(officers)})",
        "before": ", ".join(f"{each.id} {each.state}" for each in shown.history),
        "erased": shown.erased,
    }


def _names(party: "ListedParty") -> str:
    """Write names, which may have commas in them."""
    return "; ".join([*party.names, *(f"{name} (weak)" for name in party.weak_names)])


def _numbers(identifiers: Sequence[dict[str, str]]) -> str:
    return ", ".join(f"{each['kind']} {each['value']}" for each in identifiers)
