"""Scripts whose signs are syllables or whose vowels stand before their consonants: Ethiopic, Thai, Khmer."""

import re

from anyascii import anyascii

_THAI_BEFORE = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e]\u0e23?)")
_THAI_SILENT = re.compile("(?:[\u0e01\u0e14\u0e15\u0e17]\u0e23|[\u0e01-\u0e2e])[\u0e34\u0e38]?\u0e4c")
_THAI_MARKS = re.compile("[\u0e47-\u0e4e]")
_THAI_LAST = {
    **dict.fromkeys("สศษซจชฌฎฏฐฑฒดตถทธ", "ต"),
    **dict.fromkeys("บปพฟภ", "ป"),
    **dict.fromkeys("นณญรลฬ", "น"),
    **dict.fromkeys("กขคฆ", "ก"),
}
"""How a consonant sounds that ends a word."""
_THAI_ASPIRATED = re.compile("([kpt])h")
_THAI_UNWRITTEN = re.compile("(?<![aeiou])([bcdfhjklmnprstwy])(ng|[nmktp])(?=[bcdfghjklmnprstwy]|$)")
"""A syllable whose vowel is not written has o."""
_THAI_ROR_HAN = re.compile("รร(?=[ก-ฮ])")


def thai(text: str) -> str:
    """Return Thai by sound; silenced letters are dropped, tones and aspiration are not written."""
    spoken = _THAI_ROR_HAN.sub("ั", _THAI_SILENT.sub("", text)).replace("รร", "ัน")
    spoken = _THAI_MARKS.sub("", _THAI_BEFORE.sub("\\2\\1", spoken)).replace("\u0e33", "\u0e31\u0e21")
    if spoken[-1:] in _THAI_LAST:
        spoken = spoken[:-1] + _THAI_LAST[spoken[-1]]
    plain = _THAI_ASPIRATED.sub("\\1", anyascii(spoken).lower().replace("'", ""))
    return _THAI_UNWRITTEN.sub("\\1o\\2", plain)


def ethiopic(text: str) -> str:
    """Return Ethiopic syllables; a vowel of the sixth order is not spoken at the end of a word."""
    return anyascii(text).lower().replace("'", "")


def khmer(text: str) -> str:
    """Return Khmer letters; the series of a consonant is not followed."""
    return anyascii(text).lower().replace("'", "")
