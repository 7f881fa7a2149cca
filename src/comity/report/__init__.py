"""The report of a settled day: one self-contained HTML page.

It reads the figures of `comity.statistics` and draws them; it computes nothing
about money itself. The page needs no network, no script and no other file.
"""

from comity.report.write import write_report

__all__ = ["write_report"]
