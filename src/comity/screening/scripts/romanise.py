"""Words of any script in Latin letters.

Every run of letters of one script is written by the rule of that script. A word remembers where it came from, since the
comparison depends on it: Arabic and Hebrew write few vowels, Chinese writes no spaces.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from anyascii import anyascii

from comity.screening.scripts.abjad import arabic, hebrew
from comity.screening.scripts.alphabet import armenian, cyrillic, georgian, greek, latin
from comity.screening.scripts.brahmic import brahmic
from comity.screening.scripts.eastern import han, hangul, kana
from comity.screening.scripts.syllabic import ethiopic, khmer, thai

ABJADS = frozenset({"arabic", "hebrew"})
_BLOCKS = (
    (0x0000, 0x024F, "latin"),
    (0x0250, 0x02FF, "latin"),
    (0x0300, 0x036F, "mark"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"),
    (0x0750, 0x077F, "arabic"),
    (0x08A0, 0x08FF, "arabic"),
    (0x0900, 0x0D7F, "brahmic"),
    (0x0E00, 0x0E7F, "thai"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1100, 0x11FF, "hangul"),
    (0x1200, 0x139F, "ethiopic"),
    (0x1780, 0x17FF, "khmer"),
    (0x1C80, 0x1CBF, "georgian"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "greek"),
    (0x3040, 0x30FF, "kana"),
    (0x3400, 0x4DBF, "han"),
    (0x4E00, 0x9FFF, "han"),
    (0xAC00, 0xD7AF, "hangul"),
    (0x20000, 0x323AF, "han"),
)
_RULES = {
    "latin": latin,
    "greek": greek,
    "cyrillic": cyrillic,
    "armenian": armenian,
    "georgian": georgian,
    "hebrew": hebrew,
    "brahmic": brahmic,
    "thai": thai,
    "khmer": khmer,
    "ethiopic": ethiopic,
    "kana": kana,
    "han": han,
    "hangul": hangul,
}


@dataclass(frozen=True, slots=True)
class Word:
    """A word in Latin letters, and the script it was written in.

    Attributes
    ----------
    text
        Lower-case ASCII; may hold spaces and hyphens, where the rule of a script parts syllables.
    script
        As in the table of blocks here; `other` for what none covers.
    """

    text: str
    script: str

    @property
    def abjad(self) -> bool:
        """Whether its script writes few vowels."""
        return self.script in ABJADS


@lru_cache(maxsize=4096)
def script_of(character: str) -> str:
    """Return the script of a letter; `other` for what is no letter, and for scripts without a rule here."""
    code = ord(character)
    return next((name for first, last, name in _BLOCKS if first <= code <= last), "other")


def romanise(word: str, *, persian: bool = False) -> list[Word]:
    """Return a cleaned word without spaces as words in Latin letters, one for each run of a script.

    Digits and signs stay with the run before them. `persian`: read the Arabic script as Persian and Urdu do.
    """
    if word.isascii():
        return [Word(word, "latin")]
    runs: list[tuple[str, str]] = []
    for script, letters in groupby(word, lambda letter: script_of(letter) if letter.isalpha() else "mark"):
        part = "".join(letters)
        if runs and script in ("mark", runs[-1][0]):
            runs[-1] = (runs[-1][0], runs[-1][1] + part)
        elif script == "mark":
            runs.append(("latin" if part.isascii() else script_of(part[0]), part))
        elif runs and runs[-1][0] in ("latin", "mark") and not any(letter.isalpha() for letter in runs[-1][1]):
            runs[-1] = (script, runs[-1][1] + part)
        else:
            runs.append((script, part))
    read = ((_read(script, part, persian=persian), script) for script, part in runs)
    return [Word(text.encode("ascii", "ignore").decode(), script) for text, script in read]


def _read(script: str, part: str, *, persian: bool) -> str:
    if script == "arabic":
        return arabic(part, persian=persian)
    return _RULES[script](part) if script in _RULES else anyascii(part).lower()
