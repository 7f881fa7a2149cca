"""Days made from trade: who imports pays who exports, bank by bank, over one business day.

A trade table says what each country sold to each other. `generate` turns it into
a DAY: flows per pair and invoice currency (`invoicing`), payments whose amounts
add up to the flows to the minor unit (`payments`), trades of surplus currencies
between banks (`trades`), and the accounts, limits, agreements and commands that
make a day of it (`furnishing`). The same table, parameters and seed give the
same bytes.
"""

from comity.day.generate.build import generate

__all__ = ["generate"]
