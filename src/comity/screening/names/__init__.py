"""Names: what a written name consists of, and how alike two of them are.

A name is read once (`read_name`) into tokens: words in Latin letters with the weight each has in telling one party from
another. Legal forms, titles and particles are recognised and weigh nothing or little. `compare` aligns the tokens of
two names and gives a score from 0 to 100 in whole numbers, with the reasons.
"""

from comity.screening.names.compare import Comparison, compare
from comity.screening.names.name import Name, read_name
from comity.screening.names.token import Kind, Token

__all__ = ["Comparison", "Kind", "Name", "Token", "compare", "read_name"]
