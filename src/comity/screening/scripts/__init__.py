"""Writing systems: names of any script as Latin letters, by rule rather than by dictionary.

`romanise` takes cleaned words and returns Latin ones. Each family of scripts has a module with a table small enough to
read: the Brahmic scripts share one, since Unicode lays their blocks out alike. What no rule here knows is written by
anyascii, character by character. Vowels that a script does not write are not invented: `romanise` says which script a
word comes from, and `comity.screening.names` compares it accordingly.
"""

from comity.screening.scripts.abjad import PERSIAN
from comity.screening.scripts.romanise import Word, romanise
from comity.screening.scripts.text import LENGTH_MAX, clean

__all__ = ["LENGTH_MAX", "PERSIAN", "Word", "clean", "romanise"]
