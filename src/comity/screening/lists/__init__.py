"""Lists: published lists of parties, read as they are published, with what they are and whether they can be believed.

`read_list` takes a file or folder and finds out which format it has. A list is read whole or not at all: every fault of
a file is reported at once, with its line. What is odd but readable, such as an alias of nobody, is counted.
"""

from comity.screening.lists.change import Change, compare_lists
from comity.screening.lists.read import read_list
from comity.screening.lists.sanctions_list import SanctionsList

__all__ = ["Change", "SanctionsList", "compare_lists", "read_list"]
