"""Text as it arrives: what is invisible, ambiguous or too long is put right before anything is compared.

A name may come with characters that change how it looks and not what it says: marks of direction, zero-width joiners,
soft hyphens, full-width or mathematical letters, a Cyrillic letter inside a Latin word. `clean` removes them, so that
nobody passes by writing a name in a way that a person reads the same.
"""

import unicodedata
from functools import lru_cache

LENGTH_MAX = 512
"""So many characters of a name are compared."""

_RAW_MAX = 4 * LENGTH_MAX
"""Characters looked at before cleaning: what is invisible must not push what is visible out of sight."""

_SPACES = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PLAIN = dict.fromkeys(map(ord, "'’‘ʼʻʹʿʾ`´′ˈ"), "'") | dict.fromkeys(map(ord, "‐‑‒–—―−﹣־᠆・·‧•･ㆍ"), "-")

_CYRILLIC = dict(zip("аеорсухіјѕһԁԛԝӏ", "aeopcyxijshdqwl", strict=True))
_GREEK = dict(zip("αορνικυτ", "aopvikut", strict=True))
_AS_LATIN = _CYRILLIC | _GREEK | {"ɑ": "a", "ɡ": "g", "ı": "i"}
_AS_CYRILLIC = {latin: cyrillic for cyrillic, latin in _CYRILLIC.items()} | dict(
    zip("tkmhb", "ткмнв", strict=True)  # as capitals
)


def clean(text: str) -> str:
    """Return text in lower case with compatibility forms resolved and nothing invisible in it.

    Parameters
    ----------
    text
        Anything, of any length.

    Returns
    -------
    At most `LENGTH_MAX` characters, with single spaces. A word that mixes scripts is in one of them where look-alike
    letters allow it. Control and format characters and lone surrogates are gone.
    """
    text = text[:_RAW_MAX]
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().replace("`", "'")[:LENGTH_MAX].split())
    plain = _shown(unicodedata.normalize("NFKC", _shown(text)).casefold().translate(_PLAIN))
    words = plain[:LENGTH_MAX].split()
    latin = any(word.isascii() and word.isalpha() for word in words)
    return " ".join([_one_script(word, latin) for word in words])


def _shown(text: str) -> str:
    if text.isprintable():  # nothing of what is taken out is
        return text
    return "".join(
        " " if character in _SPACES else character
        for character in text
        if character in _SPACES or unicodedata.category(character) not in _INVISIBLE
    )


@lru_cache(maxsize=1 << 15)
def _one_script(word: str, latin: bool) -> str:  # noqa: FBT001 - the second of a key
    """Replace letters that only look like those of the script which the rest of the word is in.

    Parameters
    ----------
    word
        A word in lower case.
    latin
        Whether other words of the name are Latin: then a word made of look-alikes alone is Latin too.
    """
    if word.isascii():
        return word
    foreign = [letter for letter in word if letter.isalpha() and letter > "\u024f"]
    mixed = any(letter.isalpha() and letter <= "\u024f" for letter in word)
    if not (mixed or latin) or not foreign:
        return word
    if all(letter in _AS_LATIN for letter in foreign):
        return "".join(_AS_LATIN.get(letter, letter) for letter in word)
    if mixed and all("\u0400" <= letter < "\u0530" for letter in foreign):
        return "".join(_AS_CYRILLIC.get(letter, letter) for letter in word)
    return word
