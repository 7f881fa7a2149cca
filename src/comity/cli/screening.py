"""`comity screen`: which listed parties a name, or each party of a table, may be."""

import sys
from collections.abc import Sequence
from pathlib import Path

from comity.cli.progress import Bar
from comity.cli.summary import show, show_table
from comity.day.faults import Faults
from comity.day.sources import read_source
from comity.day.tables import SUFFIXES, Shape, Table
from comity.day.write import check_free, staged, write_csv, write_json
from comity.errors import Fault, InvalidRequest
from comity.screening import SCHEMATA, THRESHOLD, Entity, Hit, Identifier, SanctionsList, Schema, Screener, read_list
from comity.screening.countries import country_code
from comity.screening.identifiers import KINDS, identifier, recognised

NAMES_SHAPE = Shape(("id", "name"), ("schema", "country", "birth_date", "identifiers"))
HITS = ("id", "entity", "score", "list", "explanation")
_COUNTS = ("parties", "parties_with_hits", "hits")
_SHOWN_MAX = 20


def screen_names(
    names: str, lists: Sequence[Path], threshold: int | None, out: Path | None, *, force: bool, as_json: bool
) -> None:
    """Write hits.csv and summary.json to `out`, print the summary, and exit with 1 if there is a hit.

    Without `out` the hits themselves are printed, with what made their scores.
    """
    if out is not None:
        check_free(out.absolute(), force=force)
    if not lists:
        raise InvalidRequest([Fault("", 0, "--list", "a list, at least one", "none")])
    parties = _parties(names)
    least = THRESHOLD if threshold is None else threshold
    with Bar("reading lists"):
        loaded = [read_list(path) for path in lists]
        screener = Screener(loaded)
    with Bar("screening"):
        hits = [(party.id, hit) for party in parties for hit in screener.match(party, least)]
    summary: dict[str, object] = {
        "parties": len(parties),
        "parties_with_hits": len({name for name, _ in hits}),
        "hits": len(hits),
        "threshold": least,
        "lists": [_described(each) for each in loaded],
    }
    rows = [(name, hit.entity.id, hit.score, hit.list_name, hit.explanation) for name, hit in hits]
    if out is None:
        _print(rows, summary, as_json=as_json)
    else:
        with staged(out, force=force) as folder:
            write_csv(folder / "hits.csv", HITS, rows)
            write_json(folder / "summary.json", summary)
        _show(hits, summary, out, as_json=as_json)
    if hits:
        sys.exit(1)


def _described(found: SanctionsList) -> dict[str, object]:
    return {
        "name": found.name,
        "version": found.version,
        "date": found.date,
        "sha256": found.digest,
        "count": found.count,
        "orphans": found.orphans,
        "doubts": len(found.doubts),
    }


def _print(rows: Sequence[tuple[object, ...]], summary: dict[str, object], *, as_json: bool) -> None:
    """Print every hit with what made its score."""
    if as_json:
        show({**summary, "found": [dict(zip(HITS, row, strict=True)) for row in rows]}, as_json=True)
        return
    counts = {name: summary[name] for name in _COUNTS}
    lines = [list(HITS), *(list(map(str, row)) for row in rows)]
    if rows:
        show_table(lines, summary, counts, as_json=False)
    else:
        show(counts, as_json=False)


def _show(hits: Sequence[tuple[str, Hit]], summary: dict[str, object], out: Path, *, as_json: bool) -> None:
    files = {name: summary[name] for name in _COUNTS} | {"written": str(out)}
    if as_json or not hits:
        show(summary if as_json else files, as_json=as_json)
        return
    lines = [["id", "entity", "score", "list", "name"]]
    lines += [[name, hit.entity.id, str(hit.score), hit.list_name, hit.listed] for name, hit in hits[:_SHOWN_MAX]]
    show_table(lines, summary, files, as_json=False)


def _parties(names: str) -> list[Entity]:
    """Return the parties of a table, or the one whose name it is."""
    path = Path(names)
    if path.name.lower().endswith(SUFFIXES):
        faults = Faults()
        table = read_source(path, "names", NAMES_SHAPE, faults)
        parties = _rows(table) if table else []
        faults.raise_if_any()
        return parties
    if path.is_file():
        raise InvalidRequest([Fault(names, 0, "", f"a name, or a table ({' or '.join(SUFFIXES)})", "another file")])
    if not names.strip():
        raise InvalidRequest([Fault("", 0, "NAME", "a name, or a table of names", repr(names))])
    return [Entity("1", Schema.LEGAL_ENTITY, (names,))]


def _rows(table: Table) -> list[Entity]:
    columns = {column: table.text(column) for column in NAMES_SHAPE.known}
    parties = []
    seen: set[str] = set()
    for row in range(table.rows):
        cells = {column: text[row].strip() for column, text in columns.items()}
        for column in ("id", "name"):
            if not cells[column]:
                table.fault(row, column, "text")
        if cells["id"] in seen:
            table.fault(row, "id", "each id once")
        seen.add(cells["id"])
        schema = SCHEMATA.get(cells["schema"] or "LegalEntity")
        if schema is None:
            table.fault(row, "schema", f"one of {', '.join(SCHEMATA)}")
        countries = tuple(code for each in cells["country"].split() if (code := country_code(each)))
        if len(countries) < len(cells["country"].split()):
            table.fault(row, "country", "codes of ISO 3166-1")
        born = cells["birth_date"]
        if born and not _is_date(born):
            table.fault(row, "birth_date", "a date such as 1970-01-23, 1970-01 or 1970")
        parties.append(
            Entity(
                cells["id"],
                schema or Schema.LEGAL_ENTITY,
                (cells["name"],),
                identifiers=_identifiers(table, row, cells["identifiers"]),
                birth_dates=(born,) if born else (),
                countries=countries,
            )
        )
    return parties


def _is_date(text: str) -> bool:
    year, month, day = ([*text.split("-"), "01", "01"])[:3]
    return (
        len(text) in (4, 7, 10)
        and year.isdecimal()
        and month.isdecimal()
        and day.isdecimal()
        and 1 <= int(month) <= 12  # noqa: PLR2004 - months
        and 1 <= int(day) <= 31  # noqa: PLR2004 - days
    )


def _identifiers(table: Table, row: int, cell: str) -> tuple[Identifier, ...]:
    """Return the codes of a cell: `imo:9187629`, or a code alone, whose kind its check digits tell."""
    found: list[Identifier] = []
    for each in cell.split():
        kind, colon, value = each.rpartition(":")
        if colon and kind not in KINDS:
            table.fault(row, "identifiers", f"a code, or one of {', '.join(KINDS)} with a colon before it")
        elif colon:
            one = identifier(kind, value)
            found += [one] if one is not None else []
        else:
            found += recognised(value)
    return tuple(found)
