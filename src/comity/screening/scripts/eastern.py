"""Chinese, Japanese and Korean.

Chinese characters are read in Mandarin, one syllable each (anyascii's reading), and kept apart by hyphens. Korean
syllables are taken apart by arithmetic on their code points and written as most passports write them. Japanese
characters in a Japanese name would need a dictionary of names: only kana is read as Japanese.
"""

import re
import unicodedata

from anyascii import anyascii

_FIRST = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")
_MIDDLE = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(" ")
_LAST = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")
_LEE = "이"
"""A family name that is written Lee, Ri, Rhee or Yi, and never as the letters would have it."""
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_LONG = re.compile("(?<=o)u|(?<=u)u|(?<=o)o")


def han(text: str) -> str:
    """Return Chinese characters in pinyin, syllables parted by hyphens: 习近平 is xi-jin-ping."""
    return "-".join(anyascii(character).lower().strip() if character.isalpha() else character for character in text)


def kana(text: str) -> str:
    """Return kana in Hepburn romanisation without long vowels: しんぞう is shinzo."""
    return _LONG.sub("", anyascii(text.replace("ー", "")).lower())


def hangul(text: str) -> str:
    """Return Korean syllables parted by hyphens: 김정은 is kim-jeong-eun."""
    syllables = [_syllable(letter) for letter in unicodedata.normalize("NFC", text)]
    return "-".join(syllables)


def _syllable(letter: str) -> str:
    code = ord(letter)
    if not _HANGUL_FIRST <= code <= _HANGUL_LAST:
        return anyascii(letter).lower()
    place, last = divmod(code - _HANGUL_FIRST, len(_LAST))
    first, middle = divmod(place, len(_MIDDLE))
    return _FIRST[first] + _MIDDLE[middle] + _LAST[last] if letter != _LEE else "lee"
