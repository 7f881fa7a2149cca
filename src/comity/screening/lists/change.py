"""What a new edition of a list changes, and whether two people must load it."""

from dataclasses import dataclass

from comity.screening.lists.sanctions_list import SanctionsList


@dataclass(frozen=True, slots=True)
class Change:
    """What an edition changes against the one before."""

    added: tuple[str, ...] = ()


def compare_lists(before: SanctionsList | None, after: SanctionsList) -> Change:
    """Compare."""
    return Change(tuple(each.id for each in after.entities) if before is None else ())
