"""Screening: asks about every party of an instruction before it enters, and lets what has a hit enter held.

An instruction is screened against the lists of the union, of its sender's home and of its receiver's: a member adds to
what the union asks for, and takes nothing away. Participants are asked about when lists change, everybody else when a
message names them. Where nobody can look, because no list is in force, what names anybody but participants is held.

Answers are remembered by what was asked about, for as long as the lists stay.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import structs

from comity.engine.columns import FLAG_SCREEN, RecordKind
from comity.errors import ScreeningUnavailable
from comity.gateway.authority import UNION
from comity.gateway.batch import ROWS, id_at
from comity.gateway.chance import draw
from comity.gateway.notes import Held, Matched
from comity.gateway.private import private_file
from comity.gateway.screening.lists import WORDS_MAX
from comity.gateway.screening.parties import Named, distinct, participant
from comity.screening import Screener

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from comity.gateway.batch import Batch
    from comity.gateway.directory import Directory
    from comity.gateway.external_screening import ExternalScreener
    from comity.gateway.originals import Originals
    from comity.gateway.screening.cases import Cases
    from comity.gateway.screening.lists import Edition, ListFiles
    from comity.screening import Entity, Hit, SanctionsList

KEY = "screening.key"
"""In the gateway's folder, mode 600: without it nobody can try out whom a hash in the log means."""
NO_LISTS: Final = "no list is in force"
UNASKED: Final = "it cannot be asked about a party without a name"
_KEY_SIZE = 32
_REMEMBERED_MAX = 65_536
_ACCOUNTS = ("debtor", "creditor", "seller_pays", "buyer_pays", "pays")
"""Columns of rows that name an account of each participant; a payee is one more than its account."""


class Force(NamedTuple):
    """What is asked, until the lists change."""

    sequence: int
    """Record that put these lists in force, 0 if there are none."""
    screener: Screener | None
    editions: dict[str, Edition]
    """By whose list it is and its name, as `union-un`."""
    remembered: dict[Entity, tuple[Hit, ...]]
    flagged: dict[str, tuple[Hit, ...]]
    """Hits of participants."""


class Seen(NamedTuple):
    """What a party sees of the lists in force: those of the union and of its home."""

    screener: Screener
    names: frozenset[str]

    @property
    def lists(self) -> tuple[SanctionsList, ...]:
        """The lists."""
        return tuple(each for each in self.screener.lists if each.name in self.names)

    def match(self, party: Entity, threshold: int) -> list[Hit]:
        """Return the hits of a party; see `Screener.match`."""
        return [hit for hit in self.screener.match(party, threshold) if hit.list_name in self.names]


class Finding(NamedTuple):
    """What was found in one instruction."""

    hits: tuple[Matched, ...]
    documents: dict[str, bytes]
    """What a case shows, by its SHA-256."""
    why: str = ""


class Others(NamedTuple):
    """What an external screener said."""

    hits: Mapping[Entity, Sequence[Hit]]
    why: str = ""
    """Why it said nothing, or nothing about some, if so."""
    unasked: Collection[Entity] | None = None
    """Whom it cannot be asked about; None: everybody, if there is a reason."""


_NOBODY_ELSE = Others({})


class Screening:
    """See the module; from any thread.

    Parameters
    ----------
    cases
        What the log says: which lists are in force, and who is known to be none of theirs.
    documents
        Where what a case shows is kept.
    key
        For the hashes of parties.

    Attributes
    ----------
    files
        Files of the lists.
    force
        What is asked now.
    documents
        What cases show.
    external
        A server that is asked as well; None if there is none.
    participants
        What is asked about each participant.
    customers_named
        Whether payments of customers have to name them, however they are entered.
    """

    def __init__(self, cases: Cases, directory: Directory, files: ListFiles, documents: Originals, key: bytes) -> None:
        self._cases = cases
        self._directory = directory
        self.documents = documents
        self._key = key
        self._read: dict[tuple[str, str], tuple[str, SanctionsList]] = {}
        self._lock = Lock()
        self.participants = {code: participant(code, directory) for code in directory.names}
        self._known = frozenset(self.participants.values())
        self._since: tuple[tuple[int, int], Force] = ((0, 0), Force(0, None, {}, {}, {}))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="comity-screening")
        self.files = files
        self.external: ExternalScreener | None = None
        self.customers_named = False
        self.force = Force(0, None, {}, {}, {})
        try:
            self.refresh()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def key_in(folder: Path) -> bytes:
        """Return the key in a folder, drawn if there is none; EnvironmentFailed if it cannot be used."""
        return private_file(folder / KEY, partial(draw, _KEY_SIZE))

    @property
    def screener(self) -> Screener:
        """The lists in force; ScreeningUnavailable if there are none."""
        screener = self.force.screener
        if screener is None:
            raise ScreeningUnavailable(NO_LISTS)
        return screener

    def seen_by(self, party: str) -> Seen:
        """Return what a party sees of the lists in force; ScreeningUnavailable if there are none."""
        owners = {UNION, party, self._directory.home.get(party, "")}
        names = {name for name, edition in self.force.editions.items() if edition.note.party in owners}
        return Seen(self.screener, frozenset(names))

    def refresh(self) -> Force:
        """Put the lists in force that the log says are; takes seconds where they are large.

        Everything asked meanwhile is answered by the lists before.

        Raises
        ------
        EnvironmentFailed
            A file is not there, or not what was loaded: then the lists before stay in force.
        """
        with self._lock:
            sequence, editions = self._cases.lists.sequence, dict(self._cases.lists.current)
            if sequence == self.force.sequence:
                return self.force
            listed = [self._list(edition) for edition in editions.values()]
            screener = Screener(listed)
            named = {f"{party}-{name}": edition for (party, name), edition in editions.items()}
            found = {code: tuple(screener.match(entity)) for code, entity in self.participants.items()}
            flagged = {code: hits for code, hits in found.items() if hits}
            self.force = Force(sequence, screener, named, {}, flagged)
            return self.force

    def since(self, sequence: int) -> Force:
        """Return what is to be asked about what was screened when a record had put lists in force, 0: when none were.

        A party that these lists named, and name as they did, is left out: it would be found as it was.
        """
        with self._lock:  # what is read of the lists in force is theirs: no others come into force meanwhile
            force = self.force
            if not sequence or force.screener is None:
                return force
            if self._since[0] != (sequence, force.sequence):
                parts = [self._added(name, edition, sequence) for name, edition in force.editions.items()]
                rest = [each for each in parts if each.entities]
                screener = Screener(rest) if rest else None
                self._since = ((sequence, force.sequence), Force(force.sequence, screener, force.editions, {}, {}))
            return self._since[1]

    def of(self, party: str, name: str) -> SanctionsList | None:
        """Return a list in force under the name that it calls itself; None if there is none."""
        read = self._read.get((party, name))
        return read[1] if read else None

    def is_quick(self, asked: Sequence[Sequence[Named]]) -> bool:
        """Whether nothing has to be matched to answer about these."""
        force = self.force
        return force.screener is None or all(each.entity in force.remembered for row in asked for each in row)

    async def ask_others(self, asked: Sequence[Sequence[Named]]) -> Others:
        """Ask the external screener, if there is one, about everybody who is no participant."""
        if self.external is None:
            return _NOBODY_ELSE
        strangers = [
            each for each in dict.fromkeys(one.entity for row in asked for one in row) if each not in self._known
        ]
        try:
            found = dict(zip(strangers, await self.external.match(strangers), strict=True))
        except ScreeningUnavailable as error:
            return Others({}, str(error))
        unasked = {entity for entity, hits in found.items() if hits is None}
        hits = {entity: told for entity, told in found.items() if told is not None}
        return Others(hits, f"{self.external.name}: {UNASKED}" if unasked else "", unasked)

    def screened(
        self, batch: Batch, asked: Sequence[Sequence[Named]], now: int, others: Others = _NOBODY_ELSE
    ) -> tuple[Batch, dict[str, bytes]]:
        """Screen the payments of a message; what has a hit is held.

        Parameters
        ----------
        asked
            Whom each row names.
        now
            Instant as of which a good guy counts.
        others
            What else was asked.

        Returns
        -------
        tuple
            The batch, and what is to be kept before it enters.
        """
        force = self.force
        rows = np.frombuffer(batch.rows, ROWS[RecordKind(batch.kind)])
        found: dict[int, Finding] = {}
        for row, parties in enumerate(asked):
            finding = self.look(parties, self.owners(rows[row]), now, force, others)
            if finding is not None:
                found[row] = finding
        held, documents = self._holding(batch, rows, found)
        message = structs.replace(batch.message, screened=force.sequence) if batch.message else None
        named = structs.replace(batch.named, screened=force.sequence) if batch.named else None
        return structs.replace(held, message=message, named=named, is_screened=True), documents

    async def screened_aside(
        self, batch: Batch, asked: Sequence[Sequence[Named]], now: int
    ) -> tuple[Batch, dict[str, bytes]]:
        """Do as `screened`, once others were asked; in its own thread if anything has to be matched."""
        others = await self.ask_others(asked)
        if self.is_quick(asked):
            return self.screened(batch, asked, now, others)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self.screened, batch, asked, now, others)

    def between_participants(self, batch: Batch, now: int, *, keeps: bool = True) -> Batch:
        """Hold what names a participant that has a hit, unless it was screened already; `keeps` what its cases show."""
        force = self.force
        if batch.is_screened or not force.flagged:
            return batch
        rows = np.frombuffer(batch.rows, ROWS[RecordKind(batch.kind)])
        flagged = [index for code in force.flagged for index in self._directory.of.get(code, ())]
        suspect = np.zeros(len(rows), np.bool_)
        for name in rows.dtype.names or ():
            if name in _ACCOUNTS:
                suspect |= np.isin(rows[name], flagged)
            elif name == "payee":
                suspect |= np.isin(rows[name] - 1, flagged)
        found: dict[int, Finding] = {}
        for row in np.flatnonzero(suspect).tolist():
            codes = self._codes(rows[row])
            asked = distinct(Named("InstgAgt", self.participants[code]) for code in codes if code in force.flagged)
            finding = self.look(asked, self.owners(rows[row]), now, force)
            if finding is not None:
                found[row] = finding
        held, documents = self._holding(batch, rows, found)
        if keeps:
            self.keep(documents, now)
        return structs.replace(held, is_screened=True)

    def stops(self, codes: Collection[str], now: int) -> bool:
        """Whether an instruction between participants would be held."""
        force = self.force
        asked = [Named("InstgAgt", self.participants[code]) for code in codes if code in force.flagged]
        owners = {UNION, *(self._directory.home[code] for code in codes)}
        return self.look(asked, owners, now, force) is not None

    def look(
        self,
        asked: Sequence[Named],
        owners: Collection[str],
        now: int,
        force: Force | None = None,
        others: Others = _NOBODY_ELSE,
    ) -> Finding | None:
        """Ask about the parties of one instruction; None if nothing speaks against it.

        Parameters
        ----------
        owners
            Whose lists count.
        """
        force = force or self.force
        why, unseen = (NO_LISTS, None) if force.screener is None else (others.why, others.unasked)
        strangers = [
            each
            for each in asked
            if why and each.entity not in self._known and (unseen is None or each.entity in unseen)
        ]
        matched: list[Matched] = []
        shown: dict[str, bytes] = {}
        for each in asked:
            hits = [*self._own(each.entity, owners, force), *others.hits.get(each.entity, ())]
            found = {self._matched(each, hit, force): hit for hit in hits}
            left = {key: hit for key, hit in found.items() if not self._cases.is_good(key, now)}
            matched += left
            if left or each in strangers:
                shown.update([self._document(each, list(left.values()), force)])
        return Finding(tuple(matched), shown, why if strangers else "") if matched or strangers else None

    def _own(self, entity: Entity, owners: Collection[str], force: Force) -> list[Hit]:
        """Return the hits of a party in lists of these owners."""
        if force.screener is None:
            return []
        return [hit for hit in self.hits(entity, force) if force.editions[hit.list_name].note.party in owners]

    def sealed(self, text: str) -> str:
        """Return the keyed hash of a text, hexadecimal: nobody without the key finds out what it was by trying."""
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    def hits(self, entity: Entity, force: Force) -> tuple[Hit, ...]:
        """Return the hits of a party in all the lists of a force, best first."""
        found = force.remembered.get(entity)
        if found is None:
            assert force.screener is not None
            found = tuple(force.screener.match(entity))
            if len(force.remembered) >= _REMEMBERED_MAX:
                force.remembered.clear()
            force.remembered[entity] = found
        return found

    def keep(self, documents: dict[str, bytes], now: int) -> None:
        """Keep what cases show, at once; EnvironmentFailed if it cannot be."""
        if documents:
            self.documents.put(documents, now)

    def shown(self, digest: str) -> bytes | None:
        """Return what a case shows of a party, as JSON; None if it was erased."""
        return self.documents.read(digest)

    def close(self) -> None:
        """End its thread, and let go of what cases show."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self.documents.close()

    def _added(self, name: str, edition: Edition, sequence: int) -> SanctionsList:
        """Return of a list what it has now, and had not or otherwise when a record had put lists in force."""
        listed = self._list(edition)
        before = self._cases.lists.at(edition.note.party, edition.note.name, sequence)
        if before is None:
            return listed
        known = set(self.files.in_force(before).entities) if before.file != edition.note.file else set(listed.entities)
        return replace(listed, name=name, entities=tuple(each for each in listed.entities if each not in known))

    def _list(self, edition: Edition) -> SanctionsList:
        """Return a list under a name that tells whose it is; read if it is not known yet."""
        note = edition.note
        read = self._read.get((note.party, note.name))
        if read is None or read[0] != note.file:
            read = self._read[note.party, note.name] = (note.file, self.files.in_force(note))
        return replace(read[1], name=f"{note.party}-{note.name}")

    def _holding(self, batch: Batch, rows: np.ndarray, found: dict[int, Finding]) -> tuple[Batch, dict[str, bytes]]:
        """Return a batch in which rows are held, and what their cases show."""
        if not found:
            return batch, {}
        flagged = rows.copy()
        held = []
        for row, finding in found.items():
            flagged["flags"][row] |= FLAG_SCREEN
            held.append(
                Held(
                    self._sender(batch, rows, row),
                    id_at(batch.text, int(rows["text"][row])),
                    row=row,
                    hits=finding.hits,
                    documents=tuple(finding.documents),
                    why=finding.why,
                )
            )
        documents = {digest: data for finding in found.values() for digest, data in finding.documents.items()}
        return structs.replace(batch, rows=flagged.tobytes(), held=tuple(held)), documents

    def _sender(self, batch: Batch, rows: np.ndarray, row: int) -> str:
        """Return whose id a row has."""
        if batch.owners is not None:
            return next(code for code, index in self._directory.participants.items() if index == batch.owners[row])
        return self._directory.owner[int(rows["debtor"][row])]

    def _codes(self, row: np.void) -> list[str]:
        """Return the participants that a row names, each once."""
        names = row.dtype.names or ()
        accounts = [int(row[name]) for name in _ACCOUNTS if name in names]
        if "payee" in names:
            accounts.append(int(row["payee"]) - 1)
        found = (self._directory.owner[account] for account in accounts if account >= 0)
        return [code for code in dict.fromkeys(found) if code]

    def owners(self, row: np.void) -> frozenset[str]:
        """Return whose lists count for a row."""
        return frozenset([UNION, *(self._directory.home[code] for code in self._codes(row))])

    def _matched(self, asked: Named, hit: Hit, force: Force) -> Matched:
        edition = force.editions.get(hit.list_name)
        party, name = (edition.note.party, edition.note.name) if edition else (UNION, hit.list_name)
        record = hashlib.sha256(_plain(hit.entity)).hexdigest()
        name, number = name[:WORDS_MAX], hit.entity.id[:WORDS_MAX]
        return Matched(party, name, number, record, hit.score, asked.role, self._hash(asked.entity))

    def _hash(self, entity: Entity) -> str:
        return hmac.digest(self._key, _plain(entity), "sha256").hex()

    def _document(self, asked: Named, hits: Sequence[Hit], force: Force) -> tuple[str, bytes]:
        """Return what a case shows of a party, under its SHA-256.

        It carries a number that only the key gives, so that nobody finds out from the hash alone who it is about.
        """
        plain = {
            "salt": self._hash(asked.entity)[:_KEY_SIZE],
            "role": asked.role,
            "party": msgspec.to_builtins(asked.entity),
            "hits": [_told(hit, force.editions) for hit in hits],
        }
        data = json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()
        return hashlib.sha256(data).hexdigest(), data


def _told(hit: Hit, editions: dict[str, Edition]) -> dict[str, object]:
    edition = editions.get(hit.list_name)
    note = edition.note if edition else None
    return {
        "party": note.party if note else UNION,
        "list": note.name if note else hit.list_name,
        "digest": note.digest if note else hit.list_digest,
        "version": note.version if note else "",
        "date": note.date if note else "",
        "entity": msgspec.to_builtins(hit.entity),
        "score": hit.score,
        "asked": hit.asked,
        "listed": hit.listed,
        "explanation": hit.explanation,
    }


def _plain(entity: Entity) -> bytes:
    """Return a party as bytes, the same for the same party."""
    return json.dumps(msgspec.to_builtins(entity), ensure_ascii=False, sort_keys=True).encode()
