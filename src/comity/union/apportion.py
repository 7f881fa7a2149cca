"""Dividing whole amounts in proportion, so that no minor unit is lost or made.

By largest remainder (Hamilton): everyone gets its exact share rounded down, and
the units that are left go one each to the largest remainders, the earlier one
among equals. For claims of several creditors on several debtors the same is
done in two directions at once: every claim is its exact share rounded down or
up, and every row and every column has its total (controlled rounding, Cox 1987,
Journal of the American Statistical Association 82).
"""

from collections.abc import Sequence
from fractions import Fraction

from comity.union.checks import refusal, whole


def apportion(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to weights.

    Parameters
    ----------
    total_minor
        0 or more.
    weights
        0 or more each; not all zero unless the total is.

    Examples
    --------
    >>> apportion(100, [1, 1, 1])
    [34, 33, 33]
    """
    whole("total_minor", total_minor, 0)
    for place, weight in enumerate(weights):
        whole(f"weights[{place}]", weight, 0)
    if not sum(weights):
        if total_minor:
            raise refusal("weights", "one above zero", "none")
        return [0] * len(weights)
    shares = [divmod(total_minor * weight, sum(weights)) for weight in weights]
    parts = [part for part, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda place: -shares[place][1])
    for place in by_remainder[: total_minor - sum(parts)]:
        parts[place] += 1
    return parts


def apportion_claims(claims_minor: Sequence[int], debts_minor: Sequence[int]) -> list[list[int]]:
    """Divide every claim over all debts in proportion to them, to the unit in both directions.

    Parameters
    ----------
    claims_minor, debts_minor
        0 or more each; both have the same sum.

    Returns
    -------
    list of list of int
        A row per claim and a column per debt.

    Examples
    --------
    >>> apportion_claims([2, 1], [1, 1, 1])
    [[1, 1, 0], [0, 0, 1]]
    """
    for name, amounts in (("claims_minor", claims_minor), ("debts_minor", debts_minor)):
        for amount in amounts:
            whole(name, amount, 0)
    total = sum(claims_minor)
    if total != sum(debts_minor):
        raise refusal("debts", f"the sum of the claims, {total}", str(sum(debts_minor)))
    exact = [[Fraction(claim * debt, total or 1) for debt in debts_minor] for claim in claims_minor]
    parts = [[share.__floor__() for share in row] for row in exact]
    wanted = [claim - sum(row) for claim, row in zip(claims_minor, parts, strict=True)]
    room = [debt - sum(row[place] for row in parts) for place, debt in enumerate(debts_minor)]
    broken = [[share - share.__floor__() for share in row] for row in exact]
    for row, place in _UnitsLeft(broken, wanted, room).placed():
        parts[row][place] += 1
    return parts


class _UnitsLeft:
    """Places the units that rounding down left over, one at most in each cell that is not whole.

    The fractions themselves fill every row and column exactly, so whole units
    can too: a bipartite flow with whole bounds has a whole solution.
    """

    def __init__(self, broken: list[list[Fraction]], wanted: list[int], room: list[int]) -> None:
        self._broken = broken
        self._wanted = wanted
        self._room = room
        self._taken: set[tuple[int, int]] = set()

    def placed(self) -> list[tuple[int, int]]:
        cells = [(row, place) for row, line in enumerate(self._broken) for place, rest in enumerate(line) if rest]
        for row, place in sorted(cells, key=lambda cell: -self._broken[cell[0]][cell[1]]):
            if self._wanted[row] and self._room[place]:
                self._take(row, place)
        for row, count in enumerate(self._wanted):
            for _ in range(count):
                found = self._make_room(row, set())
                assert found
                self._wanted[row] -= 1
        return sorted(self._taken)

    def _take(self, row: int, place: int) -> None:
        self._taken.add((row, place))
        self._wanted[row] -= 1
        self._room[place] -= 1

    def _make_room(self, row: int, seen: set[int]) -> bool:
        """Give `row` one unit more, moving units of others to other columns where it must be."""
        for place, rest in enumerate(self._broken[row]):
            if not rest or place in seen or (row, place) in self._taken:
                continue
            seen.add(place)
            if self._room[place]:
                self._room[place] -= 1
                self._taken.add((row, place))
                return True
            for other in sorted(each for each, column in self._taken if column == place):
                if self._make_room(other, seen):
                    self._taken.remove((other, place))
                    self._taken.add((row, place))
                    return True
        return False
