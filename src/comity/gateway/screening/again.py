"""Screening again: what entered before the lists changed is asked about as what enters now is.

Once lists have changed, participants are asked about, what waits of those with a new hit is held, and the messages of
the last days, and of everything that still waits, are read again. What waits with a new hit is held; what is final is
reported. Only parties that the change has added or altered are looked for: a score depends on two parties alone, so
that this finds what asking about everything would.

How far it came stands in the log. It may be stopped at any time, and what was found before is not found again.
"""

from __future__ import annotations

from bisect import bisect_left
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from comity.engine.columns import PAYMENT, RecordKind, unpack
from comity.gateway.authority import UNION
from comity.gateway.batch import id_at
from comity.gateway.four_eyes import body_of
from comity.gateway.instructions import LIMIT_MAX, Filter, search, state_of
from comity.gateway.notes import CustomersNamed, Held, Received, Rescreened, pack_notes, unpack_notes
from comity.gateway.orders import open_orders
from comity.gateway.screening.cases import OPEN
from comity.gateway.screening.customers import parties_of_row, read_customers
from comity.gateway.screening.parties import Named, others_of, parties_of
from comity.gateway.screening.verdicts import runs_on
from comity.iso20022.initiating import payments_of
from comity.iso20022.messages import MESSAGES
from comity.iso20022.parsing import Parser
from comity.iso20022.reading import read
from comity.iso20022.rules import Payments
from comity.log.record import decode
from comity.model.command import Command
from comity.model.instant import DAY_US
from comity.model.reason import InstructionKind, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from comity.gateway.gateway import Gateway
    from comity.gateway.notes import Matched
    from comity.gateway.screening.cases import Case
    from comity.gateway.screening.screening import Finding, Force
    from comity.iso20022.parsing import Parsed
    from comity.log.protocol import LogReader
    from comity.log.record import Entry
    from comity.node import Node

DAYS = 30
"""So many days back final instructions are screened again, unless configured otherwise."""
_FIRST = 2
"""The record after the genesis."""
_TOGETHER = 256
"""Instructions held by one record."""
_RETRY_S = 60.0
_TOLD = (b'"received"', b'"customers-named"')
_KINDS = (InstructionKind.PAYMENT, InstructionKind.PVP, InstructionKind.OBLIGATION, InstructionKind.ORDER)
_WAITING = tuple(state for state in State if 0 < state < State.STLD)


class _Found(NamedTuple):
    """An instruction with a hit that is new."""

    participant: str
    target: str
    entry: str
    hits: tuple[Matched, ...]
    documents: tuple[str, ...]
    why: str
    """Why nobody could look before, if so."""
    shown: dict[str, bytes]
    """What is to be kept before its case is opened."""


class _Waits(NamedTuple):
    """An instruction that waits, and whom it names."""

    participant: str
    target: str
    entry: str
    codes: tuple[str, ...]


class Rescreening:
    """See the module. `run` does all there is to do; `start` lets a thread do it whenever there is.

    Parameters
    ----------
    log
        To read from, by nobody else; closed with this.

    Attributes
    ----------
    days
        So many days back final instructions are screened again.
    failure
        Why it could not be done, None if it was; it is tried again.
    """

    def __init__(self, gateway: Gateway, log: LogReader) -> None:
        self._gateway = gateway
        self._log = log
        self.days = DAYS
        self._cases = gateway.memory.cases
        self._screening = gateway.screening
        self._changed = Event()
        self._closing = False
        self._late = True
        self._runs_on = False
        self._lock = Lock()
        self._parser: Parser | None = None
        self._thread: Thread | None = None
        self.failure: Exception | None = None

    def start(self) -> None:
        """Let a thread do what there is to do, now and whenever lists have changed."""
        self._thread = Thread(target=self._keep_on, name="comity-rescreening", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that lists have changed; from any thread."""
        self._changed.set()

    def look(self, screened: int) -> None:
        """Say that what was screened against the lists of a record entered: they have perhaps changed since.

        From any thread.
        """
        if screened < self._cases.lists.sequence:
            self._late = True
            self._changed.set()

    def close(self) -> None:
        """End its thread, and let go of the log."""
        self._closing = True
        self._changed.set()
        if self._thread is not None:
            self._thread.join()
        self._log.close()

    def run(self) -> None:
        """Put lists in force that the log says are, and screen again what entered before.

        Raises
        ------
        EnvironmentFailed
            A file of a list, or the schemas of messages, cannot be used.
        LogError
            The log cannot be read or written.
        """
        with self._lock:
            force = self._screening.refresh()
            done = self._cases.rescreened
            is_new = done is None or done.lists < force.sequence
            if force.screener is None:
                return
            self._runs_on = self._gateway.writer.call(self._hold_late).result()
            if not (is_new or self._late):
                return
            self._late = False
            self._participants(force)
            self._messages(force, done.through + 1 if done is not None and not is_new else 0)
            self._runs_on = True

    def _keep_on(self) -> None:
        while True:
            self._changed.clear()
            if self._closing:
                return
            try:
                self.run()
                self.failure = None
            except Exception as error:  # noqa: BLE001 - told as a metric, and tried again: a thread that ends screens nothing
                self.failure = error
                self._late = True
            self._changed.wait(_RETRY_S if self._runs_on or self.failure is not None else None)

    def _hold_late(self, node: Node) -> bool:
        """Hold what could not be held when its case was opened; whether there was anything."""
        notes = [case.note for case in list(self._cases.open.values()) if runs_on(case, node)]
        if notes:
            body = body_of([Command("hold", note.participant, target=note.target) for note in notes])
            node.submit(RecordKind.COMMANDS, self._gateway.writer.now(), body, len(notes)).result()
        return bool(notes)

    def _participants(self, force: Force) -> None:
        """Open a case for every participant with a new hit, and hold what waits of those."""
        everybody = {UNION, *self._gateway.directory.members}
        for code in force.flagged:
            asked = [Named("Participant", self._screening.participants[code])]
            finding = self._screening.look(asked, everybody, self._gateway.now(), force)
            fresh = self._fresh(finding, list(self._cases.of_participant(code)))
            if finding is None or fresh is None:
                continue
            self._screening.keep(finding.documents, self._gateway.now())
            note = Held(code, holds=False, hits=fresh[0], documents=fresh[1], why=fresh[2])
            self._gateway.note([note]).result()
        if force.flagged:
            waiting = self._gateway.writer.call(lambda node: list(self._waiting(node, force))).result()
            found = (self._of_participants(force, each) for each in dict.fromkeys(waiting))
            self._hold([each for each in found if each is not None])

    def _waiting(self, node: Node, force: Force) -> Iterator[_Waits]:
        """Yield what waits of participants with hits, orders that pay to them among it."""
        directory = self._gateway.directory
        accounts = [index for code in force.flagged for index in directory.of.get(code, ())]
        columns, table = open_orders(node, range(len(directory.owner)))
        payees = dict(zip(_entries(table), columns["payee"].tolist(), strict=True))
        paid = np.isin(columns["payee"], accounts) & np.isin(table["state"], _WAITING)
        yield from self._named(node, {name: column[paid] for name, column in table.items()}, payees)
        after = ""
        while True:
            rows = search(node, Filter(accounts, _KINDS, _WAITING), after, LIMIT_MAX)
            yield from self._named(node, rows.table, payees)
            after = rows.next
            if not after:
                return

    def _named(
        self, node: Node, table: dict[str, NDArray[np.generic]], payees: Mapping[tuple[int, int], int]
    ) -> Iterator[_Waits]:
        owner, entries = self._gateway.directory.owner, _entries(table)
        parties = zip(table["debtor"].tolist(), table["creditor"].tolist(), strict=True)
        for entered, accounts, words in zip(entries, parties, self._gateway.texts.find(entries), strict=True):
            named = [owner[account] for account in (*accounts, payees.get(entered, -1)) if account >= 0]
            codes, entry = tuple(code for code in dict.fromkeys(named) if code), "{}.{}".format(*entered)
            for code in codes:
                if words.id and state_of(node, code, words.id, entry):
                    yield _Waits(code, words.id, entry, codes)
                    break

    def _of_participants(self, force: Force, waits: _Waits) -> _Found | None:
        directory = self._gateway.directory
        owners = {UNION, *(directory.home[code] for code in waits.codes)}
        asked = [Named("InstgAgt", self._screening.participants[code]) for code in waits.codes if code in force.flagged]
        finding = self._screening.look(asked, owners, self._gateway.now(), force)
        return self._found(finding, waits.participant, waits.target, waits.entry)

    def _messages(self, force: Force, after: int) -> None:
        """Screen messages again that were screened against other lists, from a record on; 0: as far back as counts."""
        head = self._gateway.memory.changes.last
        first = after or self._back(head)
        counted = held = reported = erased = 0
        found: list[_Found] = []
        for stored in self._log.read(first):
            if self._closing:
                return
            if stored.sequence > head:
                break
            entry = decode(stored.data, stored.sequence).entry
            if not any(kind in entry.note for kind in _TOLD) or entry.kind != RecordKind.PAYMENTS:
                continue
            for note in unpack_notes(entry.note):
                if not isinstance(note, Received | CustomersNamed) or note.screened >= force.sequence:
                    continue
                if isinstance(note, Received):
                    told = [self._message(note, stored.sequence, entry)]
                else:
                    told = list(self._customers(note, stored.sequence, entry))
                counted += len(told)
                erased += told.count(None)
                found += (each for part in told for each in part or ())
            while len(found) >= _TOGETHER:
                held, reported = (a + b for a, b in zip((held, reported), self._hold(found[:_TOGETHER]), strict=True))
                del found[:_TOGETHER]
        held, reported = (a + b for a, b in zip((held, reported), self._hold(found), strict=True))
        if counted or not after:
            self._gateway.note([Rescreened(force.sequence, head, counted, held, reported, erased)]).result()

    def _back(self, head: int) -> int:
        """Return the first record to look at: that of so many days back, or by which the oldest entered that waits."""
        instant = self._gateway.now() - self.days * DAY_US
        first = _FIRST + bisect_left(range(_FIRST, head + 1), instant, key=self._gateway.history.instant)
        every = range(len(self._gateway.directory.owner))
        oldest = self._gateway.writer.call(lambda node: search(node, Filter(every, _KINDS, _WAITING), "", 1)).result()
        return min([first, *map(int, oldest.table["entry_sequence"])])

    def _message(self, note: Received, sequence: int, entry: Entry) -> list[_Found] | None:
        """Return what is found anew in the payments of a message; None if nothing of it is left."""
        original = self._gateway.originals.read(note.digest)
        if original is None:
            return None
        force = self._screening.since(note.screened)
        if force.screener is None:
            return []
        parsed = payments_of(self._read(original), note.digest)
        message = read(parsed.content, MESSAGES[parsed.name])
        assert isinstance(message, Payments)
        directory = self._gateway.directory
        parties = parties_of(message, directory, others_of(parsed.content, message, directory))
        rows, _, _ = unpack(entry.body, PAYMENT)
        found = []
        for place, (instruction, _, transaction, _) in enumerate(note.references):
            row, asked = note.first + place, parties[note.number(place)]
            finding = self._screening.look(asked, self._screening.owners(rows[row]), self._gateway.now(), force)
            sender = directory.owner[int(rows["debtor"][row])]
            new = self._found(finding, sender, instruction or transaction, f"{sequence}.{row}")
            if new is not None:
                found.append(new)
        return found

    def _customers(self, note: CustomersNamed, sequence: int, entry: Entry) -> Iterator[list[_Found] | None]:
        """Yield what is found anew in each payment that named customers; None if nothing of it is left."""
        force, directory = self._screening.since(note.screened), self._gateway.directory
        rows, _, view = unpack(entry.body, PAYMENT)
        text = bytes(view)
        for row, digest in enumerate(note.digests, note.first):
            if not digest:
                continue
            kept = self._gateway.originals.read(digest)
            if kept is None or force.screener is None:
                yield None if kept is None else []
                continue
            asked = parties_of_row(rows[row], read_customers(kept), self._screening, directory)
            finding = self._screening.look(asked, self._screening.owners(rows[row]), self._gateway.now(), force)
            target = id_at(text, int(rows["text"][row]))
            new = self._found(finding, directory.owner[int(rows["debtor"][row])], target, f"{sequence}.{row}")
            yield [] if new is None else [new]

    def _read(self, original: bytes) -> Parsed:
        if self._parser is None:
            self._parser = Parser(self._gateway.inbox.open_schemas())
        return self._parser.parse_taken(original)

    def _found(self, finding: Finding | None, participant: str, target: str, entry: str) -> _Found | None:
        fresh = self._fresh(finding, list(self._cases.of_entry(entry)))
        if finding is None or fresh is None:
            return None
        return _Found(participant, target, entry, *fresh, finding.documents)

    @staticmethod
    def _fresh(
        finding: Finding | None, cases: Sequence[Case]
    ) -> tuple[tuple[Matched, ...], tuple[str, ...], str] | None:
        """Return hits, documents and why nobody could look of a case that has new hits, and of the open one before."""
        if finding is None:
            return None
        known = {_key(hit) for case in cases for hit in case.note.hits}
        new = tuple(hit for hit in finding.hits if _key(hit) not in known)
        if not new:
            return None
        before = [case.note for case in cases if case.state == OPEN]
        hits = (*(hit for note in before for hit in note.hits), *new)
        documents = (*(each for note in before for each in note.documents), *finding.documents)
        why = next((note.why for note in before if note.why), "")
        return hits, tuple(dict.fromkeys(documents)), why

    def _hold(self, found: Sequence[_Found]) -> tuple[int, int]:
        """Hold instructions that wait, and report those that are final; how many of each."""
        if not found:
            return 0, 0
        for each in found:
            self._screening.keep(each.shown, self._gateway.now())
        return self._gateway.writer.call(lambda node: self._hold_now(node, found)).result()

    def _hold_now(self, node: Node, found: Sequence[_Found]) -> tuple[int, int]:
        commands, notes = [], []
        for each in found:
            state = state_of(node, each.participant, each.target, each.entry)
            waits = state is not State.NONE and not state.is_final
            if waits:
                commands.append(Command("hold", each.participant, target=each.target))
            notes.append(
                Held(
                    each.participant,
                    each.target,
                    each.entry,
                    holds=waits,
                    hits=each.hits,
                    documents=each.documents,
                    why=each.why,
                )
            )
        kind, body = (RecordKind.COMMANDS, body_of(commands)) if commands else (RecordKind.TICK, b"")
        instant = self._gateway.writer.now()
        node.submit(kind, instant, body, len(commands), pack_notes(notes)).result()
        return len(commands), len(notes) - len(commands)


def _entries(table: dict[str, NDArray[np.generic]]) -> list[tuple[int, int]]:
    """Return record and row by which each instruction of a table entered."""
    return list(zip(table["entry_sequence"].tolist(), table["entry_row"].tolist(), strict=True))


def _key(hit: Matched) -> tuple[str, str, str, str, str]:
    return hit.party, hit.list, hit.entity, hit.record, hit.key
