"""Figures of a settled day, from the files of its results.

Sums are exact: whole minor units in 128-bit or unbounded integers. Fractions
appear only where figures are drawn.
"""

from comity.statistics.figures import Figures, read_figures
from comity.statistics.setting import Setting

__all__ = ["Figures", "Setting", "read_figures"]
