"""Brahmic scripts of India: Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam.

Unicode lays their blocks out alike, 128 places each, so one table by place serves all. A consonant carries the vowel a
unless a sign replaces or silences it. It is silent at the end of a word in the northern languages, and between
consonants as speakers of Hindi drop it (Jha, *Schwa deletion*: from the right, after a vowel, before a consonant with a
vowel). Tamil has one letter for voiced and voiceless: it is voiced between vowels and after a nasal.
"""

import re
import unicodedata

_VOWELS = dict(zip(range(0x05, 0x15), "a aa i ii u uu ri li e e e ai o o o au".split(), strict=True))
_SIGNS = dict(zip(range(0x3E, 0x4D), "aa i ii u uu ri ri e e e ai o o o au".split(), strict=True))
_CONSONANTS = dict(
    zip(
        range(0x15, 0x3A),
        ("k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l l v sh sh s h").split(),
        strict=True,
    )
)
_DOTTED = dict(zip(range(0x58, 0x60), "q kh gh z r rh f y".split(), strict=True))
_VIRAMA, _ANUSVARA, _VISARGA, _CANDRABINDU, _NUKTA = 0x4D, 0x02, 0x03, 0x01, 0x3C
_NORTHERN = frozenset({0x0900, 0x0A00, 0x0A80, 0x0980, 0x0B00})
_BENGALI, _TAMIL = 0x0980, 0x0B80
_SCHWA = "\u0259"
_VOICED = {"k": "g", "ch": "s", "t": "d", "p": "b"}


def brahmic(text: str) -> str:
    """Return a word in a Brahmic script in Latin letters: नरेन्द्र is narendra, மோடி is modi."""
    blocks = [0x80 * (ord(letter) // 0x80) for letter in text if ord(letter) >= 0x0900]  # noqa: PLR2004 - the first block
    block = blocks[0] if blocks else 0
    letters = _letters(unicodedata.normalize("NFC", text))
    if block in _NORTHERN:
        letters = _without_silent(letters)
    word = letters.replace(_SCHWA, "a")
    if block == _TAMIL:
        word = re.sub("(?<=[aeioun])(k|ch|t|p)(?=[aeiou])", lambda found: _VOICED[found[1]], word)
        word = re.sub("(k|t|p)\\1", "\\1", word)
    if block == _BENGALI:
        word = word.replace("v", "b")
    return word.replace("aa", "a").replace("ii", "i").replace("uu", "u")


def _letters(text: str) -> str:
    """Return consonants and vowels, the vowel that is not written as a schwa."""
    parts: list[str] = []
    for character in text:
        place = ord(character) % 0x80
        if ord(character) < 0x0900:  # noqa: PLR2004 - the first block
            parts.append(character)
        elif place in _CONSONANTS or place in _DOTTED:
            parts += [_CONSONANTS.get(place) or _DOTTED[place], _SCHWA]
        elif place in _SIGNS or place == _VIRAMA:
            if parts and parts[-1] == _SCHWA:
                parts.pop()
            parts.append(_SIGNS.get(place, ""))
        elif place in _VOWELS:
            parts.append(_VOWELS[place])
        elif place in (_ANUSVARA, _CANDRABINDU):
            parts.append("n")
        elif place == _VISARGA:
            parts.append("h")
    return re.sub("n(?=h)", "ng", re.sub("n(?=[pbm])", "m", "".join(parts)))


def _without_silent(word: str) -> str:
    """Drop the schwa at the end after a vowel and one consonant, and inside between VC and CV, from the right."""
    word = re.sub(f"(?<=[aeiou{_SCHWA}])([kgcjtdpbmnyrlvshz]h?){_SCHWA}$", "\\1", word)
    previous = ""
    while previous != word:
        previous = word
        word = re.sub(
            f"([aeiou{_SCHWA}](?:[kgcjtdpbzfmnyrlvsh]h?)){_SCHWA}((?:[kgcjtdpbzfmnyrlvsh]h?)[aeiou])(?!.*{_SCHWA})",
            "\\1\\2",
            word,
        )
    return word
