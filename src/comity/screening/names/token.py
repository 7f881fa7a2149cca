"""Tokens: the words of a name, each with the forms in which it is compared and the weight it has.

From the finest to the coarsest: *text* is the word in Latin letters. *Spoken* is how it sounds to readers of several
languages: what transliterations of one name differ in (w and v, q and k, ou and u, doubled letters) is alike in it. The
*fold* leaves out the h that few hear. *Coarse* are the classes of its consonants, to find it across scripts. A syllable
of Chinese or Korean also has a *sound* in which pinyin and Wade-Giles, and the romanisations of Korean, agree.
"""

import re
from enum import IntEnum
from functools import lru_cache

from comity.screening.names.words import COMMON, GENERAL, NICKNAMES, NUMBERS, PARTICLES, PLACES


class Kind(IntEnum):
    """What a token is; the weight follows from it."""

    WORD = 0
    COMMON = 1
    GENERAL = 2
    PLACE = 3
    NUMBER = 4
    INITIAL = 5
    PARTICLE = 6


WEIGHTS = {
    Kind.WORD: 100,
    Kind.COMMON: 80,
    Kind.GENERAL: 40,
    Kind.PLACE: 30,
    Kind.NUMBER: 40,
    Kind.INITIAL: 25,
    Kind.PARTICLE: 8,
}
SYLLABLE_MAX = 6
"""Letters of the longest syllable of Chinese or Korean."""
_SHORT = 3
"""A word of so few letters weighs less: chance finds it more often."""
_SHORT_WEIGHT = 75

_LETTERS = {
    **dict.fromkeys(("shch", "sch", "sh", "sz", "^x"), "s"),
    **dict.fromkeys(("tsch", "tch", "ch", "cz"), "c"),
    **dict.fromkeys(("dzh", "dj", "zh", "^y"), "j"),
    **dict.fromkeys(("tz", "ts"), "z"),
    **dict.fromkeys(("ck", "q"), "k"),
    "kh": "h",
    "gh": "g",
    "ph": "f",
    "th": "t",
    "dh": "d",
    "bh": "b",
    "rh": "r",
    "w": "v",
    "x": "ks",
    "^ye": "e",
    **dict.fromkeys(("f", "ff"), "v"),
    "j": "i",
    "'": "",
}
_LETTERS_FOUND = re.compile(
    "^x|^ye|^y(?=[aou])|shch|sch|sh|sz(?=[aeiouy])|tsch|tch|ch|cz|dzh|dj|zh|tz|ts|ck|[kgptdbr]h|[qwx']"
    "|(?<=[aeiouy])j(?![aeiouy])|(?<=[^aeiouy])j|(?<=[aeo])ff$|(?<=..[bcdfghjklmnpqrstvwxz]o)f$|c"
)
_VOWELS_FOUND = re.compile("ei|ey|ae|e+|oo|ou|o|y")
_VOWELS_AS = {"ei": "ai", "ey": "ai", "ae": "ai", "oo": "u", "ou": "u", "o": "u", "y": "i"}
_SOFT = ("e", "i", "y")
_SILENT = re.compile("h(?![aiu])")
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("", "", "aiu")
_COARSE = str.maketrans("pfvtzcg", "bbbdssk", "hj")
_VARIANTS_MAX = 24
_FIRST = {
    **dict.fromkeys(("ch", "zh", "j", "q", "tz", "ts", "c", "z"), "c"),
    **dict.fromkeys(("hs", "sh", "x", "s"), "s"),
    **dict.fromkeys(("kk", "g", "k"), "k"),
    **dict.fromkeys(("tt", "d", "t"), "t"),
    **dict.fromkeys(("pp", "bb", "b", "p"), "p"),
    **dict.fromkeys(("r", "l"), "l"),
}
_REST = {
    **dict.fromkeys(("oe", "oi"), "we"),
    **dict.fromkeys(("yeo", "you", "yu", "yo"), "yo"),
    **dict.fromkeys(("eo", "eu", "oo", "ou", "u", "o"), "o"),
    **dict.fromkeys(("ae", "ai"), "e"),
    **dict.fromkeys(("ee", "ih"), "i"),
    "ien": "ian",
    "rk": "k",
    **dict.fromkeys(("g", "k"), "k"),
    **dict.fromkeys(("r", "l"), "l"),
    "h": "",
}
_FIRST_FOUND = re.compile("^(?:ch|zh|tz|ts|hs|sh|kk|tt|pp|bb|[jqczxsgkdtbprl])")
_REST_FOUND = re.compile("ien|rk$|oe|oi|yeo|you|yu|yo|eo|eu|oo|ou|u|o|ae|ai|ee|ih$|[gkrlh]$")
_WHOLE = dict.fromkeys(("rhee", "ri", "li", "lee", "rhi"), "li") | {"tzu": "ci", "ssu": "si", "szu": "si"}
_NO_NICKNAMES: frozenset[int] = frozenset()
_ABJADS = frozenset({"arabic", "hebrew"})
EASTERN = frozenset({"han", "hangul"})


class Token:
    """A word of a name. Two tokens of the same text and script are one object."""

    __slots__ = (
        "abjad",
        "coarse",
        "coarses",
        "eastern",
        "fold",
        "foreign",
        "kind",
        "letters",
        "nicknames",
        "number",
        "skeleton",
        "sound",
        "spoken",
        "text",
        "transcribed",
        "weight",
    )

    def __init__(self, text: str, script: str) -> None:
        self.text = text.replace("'", "")
        spoken = _spoken(text)
        self.spoken = _DOUBLED.sub(_once, spoken)
        self.fold = _DOUBLED.sub(_once, _SILENT.sub("", spoken)) if "h" in spoken else self.spoken
        self.letters = mask_of(self.fold)
        if script in _ABJADS:
            self.spoken = spoken
        self.skeleton = self.spoken.translate(_VOWELS)
        self.coarse = _coarse(self.skeleton)
        self.abjad = script in _ABJADS
        self.eastern = script in EASTERN
        self.foreign = script != "latin"
        self.transcribed = script == "transcribed"
        self.coarses = _variants(self.spoken, self.coarse, script)
        self.nicknames = NICKNAMES.get(self.text, _NO_NICKNAMES)
        self.sound = sound(self.text) if len(self.text) <= SYLLABLE_MAX else ""
        self.number = int(text) if text.isdecimal() and len(text) <= 18 else NUMBERS.get(text, -1)  # noqa: PLR2004 - fits 64 bits
        self.kind = _kind(self)
        self.weight = WEIGHTS[self.kind]
        if self.kind == Kind.WORD and len(text) <= _SHORT:
            self.weight = _SHORT_WEIGHT

    def __repr__(self) -> str:
        return f"Token({self.text!r}, {self.kind.name.lower()}, {self.weight})"


def _kind(token: Token) -> Kind:
    text = token.text
    if token.number >= 0 or (not text.isalpha() and any(letter.isdigit() for letter in text)):
        return Kind.NUMBER
    if len(text) == 1:
        return Kind.INITIAL
    kind = _KINDS.get(text)
    if kind is not None:
        return kind
    if token.abjad and token.skeleton in _ABJAD_PARTICLES:
        return Kind.PARTICLE
    return Kind.WORD


_KINDS = {
    **dict.fromkeys(GENERAL, Kind.GENERAL),
    **dict.fromkeys(PLACES, Kind.PLACE),
    **dict.fromkeys(COMMON, Kind.COMMON),
    **dict.fromkeys(PARTICLES, Kind.PARTICLE),
}
"""What a word of two tables is, the later one says."""
_ABJAD_PARTICLES = frozenset({"bn", "bnt", "l"})


@lru_cache(maxsize=1 << 17)
def token(text: str, script: str = "latin") -> Token:
    """Return the token of a word in Latin letters that was written in `script`."""
    return Token(text, script)


def mask_of(text: str) -> int:
    """Return which letters a text has once at least, and which twice at least, as bits.

    An edit adds a letter, drops one, or both: it changes at most two bits. A swap of neighbours changes none.
    """
    mask = 0
    for letter in text:
        bit = 1 << (ord(letter) - 97 if "a" <= letter <= "z" else 26)
        mask |= bit << 32 if mask & bit else bit
    return mask


def fold(text: str) -> str:
    """Return how a word sounds to readers of several languages, in few letters.

    >>> fold("khrushchev"), fold("chruschtschow"), fold("muhammad"), fold("mohamed")
    ('hrusciv', 'crustsucuv', 'muhamad', 'muhamid')
    """
    return _DOUBLED.sub(_once, _SILENT.sub("", _spoken(text)))


def classes(folded: str) -> str:
    """Return the classes of the consonants of a fold, which are those of the word.

    What a fold leaves out, an h and a letter doubled, the classes leave out too.
    """
    return _coarse(folded.translate(_VOWELS))


def _spoken(text: str) -> str:
    return _VOWELS_FOUND.sub(_vowel, _LETTERS_FOUND.sub(_letter, text))


def _coarse(skeleton: str) -> str:
    """Return the classes of the consonants: labials, dentals, sibilants, velars, m, n, l, r; h and j are left out."""
    return _DOUBLED.sub(_once, skeleton.translate(_COARSE))


def _variants(spoken: str, coarse: str, script: str) -> tuple[str, ...]:
    """Return the classes that a word may have in Latin letters, its own first, where its script leaves that open.

    In Arabic and Hebrew, w is a vowel or a consonant, and a dental or sibilant of one language is another of the next;
    Hebrew's h may be ch. A foreign name in Chinese has l for r.
    """
    if script == "transcribed":
        swaps = [(place, "r") for place, letter in enumerate(spoken) if letter == "l"]
    elif script in _ABJADS:
        others = {"u": "v", "v": "u", "d": "z", "t": "s", "z": "d", "s": "t"} | (
            {"h": "c"} if script == "hebrew" else {}
        )
        swaps = [(place, others[letter]) for place, letter in enumerate(spoken) if letter in others]
    else:
        return (coarse,)
    words = [spoken]
    for place, letter in swaps:
        words += [word[:place] + letter + word[place + 1 :] for word in words]
        if len(words) > _VARIANTS_MAX:
            break
    return tuple(dict.fromkeys([coarse, *(_coarse(word.translate(_VOWELS)) for word in words[:_VARIANTS_MAX])]))


def _letter(found: re.Match[str]) -> str:
    """Return the letter that a group of letters is folded to; c is s before e, i and y, and else k."""
    group = found[0]
    if group == "c":
        following = found.string[found.end() : found.end() + 1]
        if not following and found.string[found.start() - 1 : found.start()] == "i":
            return "c"
        return "s" if following in _SOFT else "k"
    if group in ("x", "y", "ye") and not found.start():
        group = "^" + group
    return _LETTERS[group]


def _vowel(found: re.Match[str]) -> str:
    return _VOWELS_AS.get(found[0], "i")


def _once(found: re.Match[str]) -> str:
    return found[1]


def sound(text: str) -> str:
    """Return the sound of a Chinese or Korean syllable, alike for its romanisations.

    >>> sound("tse"), sound("ze"), sound("hsiao"), sound("xiao"), sound("jeong"), sound("jong")
    ('ce', 'ce', 'siao', 'siao', 'cong', 'cong')
    """
    if text in _WHOLE:
        return _WHOLE[text]
    first = _FIRST_FOUND.match(text)
    length = first.end() if first else 0
    rest = text[length:] if first or not text.startswith("wu") else text[1:]
    return (_FIRST[first[0]] if first else "") + _REST_FOUND.sub(_rest, rest)


def _rest(found: re.Match[str]) -> str:
    return _REST[found[0]]
