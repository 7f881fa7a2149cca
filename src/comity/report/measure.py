"""The one measure in which values of several currencies are drawn together.

With official rates it is the union's unit of account. Without them each currency
weighs the same: a value counts as its share of all that was entered in its
currency that day, in percent of the day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comity.report.text import Scale
from comity.statistics.figures import Figures


@dataclass(frozen=True, slots=True)
class Measure:
    """Turns minor units of any currency into one number, for drawing and for rounded text only."""

    weights: Mapping[str, float]
    """What one minor unit of each currency is worth."""
    in_units: bool
    """Whether values are units of account; otherwise percent, currencies weighing the same."""

    @classmethod
    def of_figures(cls, figures: Figures) -> "Measure":
        """Return the unit of account if the day has rates, else equal weights."""
        setting = figures.setting
        if setting.unit_value is not None and all(code in setting.unit_value for code in figures.currencies):
            return cls({code: float(setting.in_units(code, 1)) for code in figures.currencies}, in_units=True)
        share = 100 / max(1, len(figures.currencies))
        weights = {code: share / figures.flows[code].entered_minor for code in figures.currencies}
        return cls(weights, in_units=False)

    @classmethod
    def of_owed(cls, figures: Figures) -> "Measure":
        """Return the same for what fell due of obligations: each currency weighs the same without rates."""
        return cls._of_each(figures, {one.currency: one.gross_minor for one in figures.clearing})

    @classmethod
    def of_offered(cls, figures: Figures) -> "Measure":
        """Return the same for what orders offered."""
        return cls._of_each(figures, figures.orders.offered_minor)

    @classmethod
    def _of_each(cls, figures: Figures, values: Mapping[str, int]) -> "Measure":
        setting, some = figures.setting, {code: minor for code, minor in values.items() if minor}
        if setting.unit_value is not None and all(code in setting.unit_value for code in some):
            return cls({code: float(setting.in_units(code, 1)) for code in some}, in_units=True)
        share = 100 / max(1, len(some))
        return cls({code: share / minor for code, minor in some.items()}, in_units=False)

    def of(self, currency: str, minor: int) -> float:
        """Return the value of `minor` units of `currency`; 0 for a currency in which nothing was entered."""
        return self.weights.get(currency, 0.0) * minor

    def total(self, amounts: Iterable[tuple[str, int]]) -> float:
        """Return the sum of the values of (currency, minor units)."""
        return sum(self.of(currency, minor) for currency, minor in amounts)

    def scale(self, values: Iterable[float]) -> Scale:
        """Return the scale for a chart of `values`."""
        return Scale.for_largest(values) if self.in_units else Scale(1.0, "")

    def axis(self, scale: Scale) -> str:
        """Return the title of an axis in `scale`."""
        if self.in_units:
            return f"{scale.name} units of account".strip()
        return "% of the day's value"

    def tell(self, value: float) -> str:
        """Return a value with its unit in short."""
        scale = self.scale([value])
        return f"{scale.tell(value)} UoA" if self.in_units else f"{scale.plain(value)}%"

    @property
    def short_unit(self) -> str:
        """Unit for the head of a column."""
        return "UoA" if self.in_units else "% of day"
