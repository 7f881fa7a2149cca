"""The digests of the last two states: what the next record carries.

Record n is appended while record n - 1 is applied, so it carries the digest of
the state after record n - 2. Replay compares: two replicas, or one machine at two
times, that disagree are found two records later at the latest.
"""

from comity.errors import LogCorrupt
from comity.log.record import NO_DIGEST, Record

BEHIND = 2
"""The digest a record carries is of the state so many records before."""


class Digests:
    """Digests by sequence, of the last `BEHIND` states.

    Parameters
    ----------
    known
        Pairs of sequence and digest to begin with, in order.
    """

    def __init__(self, known: tuple[tuple[int, bytes], ...] = ()) -> None:
        self._known = dict(known[-BEHIND:])

    def add(self, sequence: int, digest: bytes) -> None:
        """Note the digest after record `sequence`."""
        self._known[sequence] = digest
        self._known.pop(sequence - BEHIND, None)

    def carried_by(self, sequence: int) -> tuple[int, bytes]:
        """Sequence and digest that record `sequence` carries; 0 and zeros for the first two."""
        digest_of = sequence - BEHIND
        return (digest_of, self._known[digest_of]) if digest_of > 0 else (0, NO_DIGEST)

    def compare(self, record: Record) -> None:
        """Refuse `record` with LogCorrupt if it carries anything else than `carried_by` says."""
        digest_of, digest = self.carried_by(record.sequence)
        entry = record.entry
        if entry.digest_of != digest_of:
            raise LogCorrupt(record.sequence, f"carries the digest of record {entry.digest_of}, not {digest_of}")
        if entry.digest != digest:
            raise LogCorrupt(
                record.sequence,
                f"says that the state after record {digest_of} has digest {entry.digest.hex()}; "
                f"replay gives {digest.hex()}",
            )

    def as_pairs(self) -> tuple[tuple[int, bytes], ...]:
        """Give all known pairs, in order of sequence."""
        return tuple(sorted(self._known.items()))
