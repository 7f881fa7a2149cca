"""What a new edition of a list changes, and whether two people must load it.

A list that lost many of its parties at once is more likely cut off or the wrong file than right. Nothing is refused
here: the change is described, with the reasons for which one person alone should not put it in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from comity.screening.entity import Entity
from comity.screening.lists.sanctions_list import SanctionsList

LOST_MAX_PERMILLE = 50
"""So many parties of a thousand may be lost before two people must load a list, unless configured otherwise."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an edition changes against the one before.

    Attributes
    ----------
    added, removed, changed
        Ids of parties, in the order of the later edition, of the earlier one for those removed.
    lost_permille
        Parties removed, of a thousand of the earlier edition, rounded up.
    reasons
        Why two people must load it, in words; empty if one may.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    lost_permille: int
    reasons: tuple[str, ...]

    @property
    def needs_two(self) -> bool:
        """Whether two people must load it."""
        return bool(self.reasons)


def compare_lists(
    before: SanctionsList | None, after: SanctionsList, *, lost_max_permille: int = LOST_MAX_PERMILLE
) -> Change:
    """Compare an edition with the one before.

    Parameters
    ----------
    before
        The edition in force; None if the list is new.
    after
        The edition to be loaded.
    lost_max_permille
        Share of parties that may be lost, in thousandths, 0 to 1,000.
    """
    earlier = {entity.id: entity for entity in before.entities} if before is not None else {}
    later = {entity.id: entity for entity in after.entities}
    removed = tuple(name for name in earlier if name not in later)
    lost = -(-1000 * len(removed) // len(earlier)) if earlier else 0
    return Change(
        tuple(name for name in later if name not in earlier),
        removed,
        tuple(name for name, entity in later.items() if name in earlier and earlier[name] != entity),
        lost,
        tuple(_reasons(before, after, lost, lost_max_permille)),
    )


def _reasons(before: SanctionsList | None, after: SanctionsList, lost: int, lost_max: int) -> Iterator[str]:
    if not after.entities:
        yield "it names nobody"
    if after.orphans:
        yield f"{after.orphans} rows belong to no party in it"
    if before is None:
        return
    if lost > lost_max:
        yield f"{lost} of a thousand parties are gone, more than {lost_max}"
    if before.name != after.name:
        yield f"it is the list {after.name or 'without a name'}, and {before.name or 'one without a name'} is in force"
    if before.date and after.date and after.date < before.date:
        yield f"it is of {after.date}, before the edition in force, of {before.date}"
    later = {entity.id: entity for entity in after.entities}
    names = sum(len(entity.names) + len(entity.weak_names) for entity in before.entities)
    gone = sum(_gone(entity, later.get(entity.id)) for entity in before.entities)
    if 1000 * gone > lost_max * names:
        yield f"{gone} of {names} names are gone, or weak now"


def _gone(before: Entity, after: Entity | None) -> int:
    """Return how many names of a party it has no more, or as weak ones alone."""
    if after is None:
        return len(before.names) + len(before.weak_names)
    strong, weak = set(before.names) - set(after.names), set(before.weak_names) - {*after.names, *after.weak_names}
    return len(strong) + len(weak)
