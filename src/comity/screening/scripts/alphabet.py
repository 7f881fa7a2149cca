"""Alphabets: Latin, Cyrillic, Greek, Armenian and Georgian.

What follows usage in passports and lists (ICAO 9303, BGN/PCGN) rather than scholarship: two spellings of a name that
people use should come out alike once `comity.screening.words` has folded them.
"""

import re
import unicodedata

from anyascii import anyascii

_LATIN = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ŋ": "ng"}
    | {"ə": "a", "ɣ": "g", "ƶ": "z", "ʃ": "sh", "ɛ": "e", "ɔ": "o"}
)
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "абвгдезийклмнопрстуфхцчшщъыьэюяёђјљњћџіїєґўќѓѕәғқңөұүһӣӯҷҳӯ",
            (
                "a b v g d e z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya yo dj j lj nj c dz i i e g u kj"
                " gj dz a gh q ng o u u h i u j h u"
            ).split(" "),
            strict=True,
        )
    )
    | {"ж": "zh"}
)
_GREEK_PAIRS = (
    ("μπ", "b"),
    ("ντ", "d"),
    ("γκ", "g"),
    ("γγ", "ng"),
    ("γχ", "nch"),
    ("τζ", "tz"),
    ("ου", "ou"),
    ("οι", "i"),
    ("ει", "i"),
    ("υι", "i"),
)
_GREEK = str.maketrans(
    dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True))
)
_UPSILON = re.compile("([αεη])υ(?=([βγδζλμνραεηιουω])|.|$)")


def latin(text: str) -> str:
    """Return Latin letters without their marks, as lists write them: Milošević as milosevic."""
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).translate(_LATIN))
    return anyascii("".join(letter for letter in bare if not unicodedata.combining(letter))).lower()


def cyrillic(text: str) -> str:
    """Return Cyrillic as passports and lists write it: Щербаков as shcherbakov."""
    return anyascii(unicodedata.normalize("NFC", text).translate(_CYRILLIC)).lower().replace("'", "")


def greek(text: str) -> str:
    """Return Greek by sound (ELOT 743 with voiced pairs): Μπεναρδής as benardis."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    bare = _UPSILON.sub(lambda found: found[1] + ("v" if found[2] else "f"), bare)
    for pair, letters in _GREEK_PAIRS:
        bare = bare.replace(pair, letters)
    return anyascii(bare.translate(_GREEK)).lower()


def armenian(text: str) -> str:
    """Return Armenian in the eastern reading."""
    return anyascii(text.replace("ու", "u").replace("և", "ev").replace("եւ", "ev")).lower().replace("'", "")


def georgian(text: str) -> str:
    """Return Georgian in the national system, ejectives unmarked."""
    return anyascii(text).lower().replace("'", "")
