"""Writes the archive of a closed day.

Files are made in a folder beside the target, which is renamed once it is whole;
an archive is never changed afterwards.
"""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from comity.archive.ids import Ids, Logged
from comity.engine.columns import RecordKind
from comity.errors import Conflict, EnvironmentFailed
from comity.model.reason import How, InstructionKind, Priority, Reason, State

INSTRUCTIONS = "instructions.parquet"
ACCOUNTS = "accounts.parquet"
RECORDS = "records.parquet"

_INSTANT = pa.timestamp("us", "UTC")
_FOLDER_MODE = 0o755

Columns = Mapping[str, NDArray[np.generic]]


class Directory(Protocol):
    """The accounts of an engine."""

    @property
    def participant(self) -> Sequence[str]:
        """Owner by account index; empty for technical accounts."""

    @property
    def currency(self) -> Sequence[str]:
        """Currency by account index."""

    @property
    def kind(self) -> Sequence[str]:
        """Kind by account index."""


class Closed(Protocol):
    """What is read of an engine at the end of its day."""

    @property
    def accounts(self) -> Directory:
        """The accounts."""

    def table(self) -> Columns:
        """Return one entry per instruction."""

    def balances(self) -> Mapping[str, NDArray[np.int64]]:
        """Return one entry per account."""


def write_archive(folder: Path, engine: Closed, records: Iterable[Logged]) -> Path:
    """Write the archive of a day to `folder`.

    Parameters
    ----------
    engine
        At the end of the day.
    records
        All records of the log, in order.

    Raises
    ------
    Conflict
        If `folder` exists.
    EnvironmentFailed
        If the operating system refuses.
    """
    if folder.exists():
        raise Conflict(f"{folder} exists; an archive is never overwritten")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        try:
            _write(partial, engine, records)
            partial.chmod(_FOLDER_MODE)
            return partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise EnvironmentFailed(f"cannot write {folder}: {error.strerror or error}") from error


def _write(folder: Path, engine: Closed, records: Iterable[Logged]) -> None:
    table = engine.table()
    ids = Ids(table["entry_sequence"].astype(np.int64), table["entry_row"].astype(np.int64))
    lines = []
    for record in records:
        ids.add(record)
        entry = record.entry
        lines.append((record.sequence, RecordKind(entry.kind).name.lower(), entry.instant, entry.count))
    instructions = _instructions(table, engine.accounts, ids.column())
    for name, rows in (
        (INSTRUCTIONS, instructions),
        (ACCOUNTS, _accounts(engine)),
        (RECORDS, _records(lines)),
    ):
        pq.write_table(rows, folder / name, compression="zstd")


def _instructions(table: Columns, accounts: Directory, ids: pa.Array) -> pa.Table:
    columns: dict[str, pa.Array] = {"slot": pa.array(np.arange(len(ids), dtype=np.int64)), "id": ids}
    for side in ("debtor", "creditor"):
        columns[f"{side}_account"] = pa.array(table[side].astype(np.int32))
        columns[side] = _names(holders(accounts), table[side])
    columns["currency"] = _names(accounts.currency, np.maximum(table["debtor"], table["creditor"]))
    columns["amount_minor"] = pa.array(table["amount"].astype(np.int64))
    for name, words in _WORDS.items():
        columns[name] = _names(words, table[name])
    columns["interbank"] = pa.array(table["interbank"].astype(np.bool_))
    for name in ("entered", "irrevocable", "final"):
        columns[f"{name}_at"] = _instants(table[name])
    for name in ("entry_sequence", "entry_row", "final_sequence", "bundle"):
        columns[name] = pa.array(table[name].astype(np.int64))
    columns["date"] = pa.array(table["date"].astype(np.int32)).cast(pa.date32())
    return pa.table(columns)


def holders(accounts: Directory) -> list[str]:
    """Return who holds each account: its owner, or what the union holds it for."""
    return [owner or kind for owner, kind in zip(accounts.participant, accounts.kind, strict=True)]


def _accounts(engine: Closed) -> pa.Table:
    balances, accounts = engine.balances(), engine.accounts
    return pa.table(
        {
            "account": pa.array(np.arange(len(accounts.currency), dtype=np.int32)),
            "participant": pa.array(holders(accounts)),
            "currency": pa.array(list(accounts.currency)),
            "kind": pa.array(list(accounts.kind)),
            "opening_minor": pa.array(balances["opening"]),
            "closing_minor": pa.array(balances["balance"]),
            "lowest_minor": pa.array(balances["lowest"]),
        }
    )


def _records(lines: Sequence[tuple[int, str, int, int]]) -> pa.Table:
    sequence, kind, instant, count = zip(*lines, strict=True) if lines else ((), (), (), ())
    return pa.table(
        {
            "sequence": pa.array(sequence, pa.int64()),
            "kind": pa.array(kind, pa.string()).dictionary_encode(),
            "instant": pa.array(instant, pa.int64()).cast(_INSTANT),
            "instructions": pa.array(count, pa.int64()),
        }
    )


def _names(words: Sequence[str], codes: NDArray[np.generic]) -> pa.Array:
    """Encode codes as places in a list of words; below zero is null.

    Each word stands in the dictionary once: with a word in it twice Parquet's bytes are not always the same.
    """
    places = {word: place for place, word in enumerate(dict.fromkeys(words))}
    index = codes.astype(np.int32)
    place = np.array([*(places[word] for word in words), 0], np.int32)[np.maximum(index, -1)]
    return pa.DictionaryArray.from_arrays(pa.array(place, mask=index < 0), pa.array(list(places), pa.string()))


def _instants(values: NDArray[np.generic]) -> pa.Array:
    """Encode instants; 0 is null."""
    whole = values.astype(np.int64)
    return pa.array(whole, pa.int64(), mask=whole == 0).cast(_INSTANT)


def _words(members: type[IntEnum]) -> list[str]:
    """Names by value, the empty text where there is none."""
    names = {int(member): member.name for member in members}
    return [names.get(code, "") for code in range(max(names) + 1)]


_WORDS: Mapping[str, list[str]] = {
    "kind": _words(InstructionKind),
    "state": _words(State),
    "reason": [Reason(code).code for code in range(max(Reason) + 1)],
    "how": _words(How),
    "priority": _words(Priority),
}
