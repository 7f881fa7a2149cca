"""Sanctions screening: lists, names, and which listed parties a party may be.

A pure library: it is given lists and parties, and answers with hits. `read_list` reads published lists; `Screener`
holds some of them and matches. Decisions on hits, and holding payments, are not made here.

The path of a name: cleaned and romanised (`scripts`), parted into words with weights (`names`), looked up (`index`),
compared with the names found, and qualified by what else is known (`features`). Scores are whole numbers throughout.
"""

from comity.screening.entity import SCHEMATA, Entity, Identifier, Schema
from comity.screening.lists import Change, SanctionsList, compare_lists, read_list
from comity.screening.screener import THRESHOLD, Hit, Screener

__all__ = [
    "SCHEMATA",
    "THRESHOLD",
    "Change",
    "Entity",
    "Hit",
    "Identifier",
    "SanctionsList",
    "Schema",
    "Screener",
    "compare_lists",
    "read_list",
]
