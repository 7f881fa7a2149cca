"""Reading a name: from any text to tokens."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from comity.screening.names.token import Kind, Token, token
from comity.screening.names.words import (
    LEGAL_FORMS,
    LEGAL_LENGTH_MAX,
    NUMBERS,
    ROMAN,
    SHIP_PREFIXES,
    SHORT_FORMS,
    TENS,
    TITLES,
)
from comity.screening.scripts import LENGTH_MAX, PERSIAN, clean, romanise

TOKENS_MAX = 32
"""So many tokens of a name are compared."""

_ARTICLE = re.compile(r"\b(?:a[sndrztl]|ash|el|ul|ud|ur|us)-(?=[a-z]{3})")
_SERVANT = re.compile(r"^abd[aeiou]?(?:l|(?=([rnszdtg])\1))(?!lah$|la$|ah$)([a-z]{4,})$")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?")
_SLASHED = re.compile(r"\b([a-z])/([a-z])\b")
_POSSESSIVE = re.compile(r"'s\b")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_INNER_CAPITAL = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2}|[A-Z]{2,}\b)")
_PARTS = re.compile(r"[a-z0-9']+")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "9": "g"})


_SLIP_LENGTH = 6
_NO_FORMS: frozenset[str] = frozenset()
_LEGAL_FIRST = frozenset(form[0] for form in LEGAL_FORMS)
_LEGAL_WORDS = tuple(sorted({word for form in LEGAL_FORMS for word in form if len(word) > _SLIP_LENGTH}))


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared.

    Attributes
    ----------
    text
        As it was given, cut to `LENGTH_MAX` characters.
    tokens
        Its words but for titles and legal forms, 0 to `TOKENS_MAX`. Empty: nothing in it names anybody.
    forms
        Classes of the legal forms in it: limited, stock, partnership, nonprofit, state, company.
    weight
        Sum of the weights of the tokens.
    """

    text: str
    tokens: tuple[Token, ...]
    forms: frozenset[str]
    weight: int

    @property
    def empty(self) -> bool:
        """Whether nothing in it tells one party from another: only legal forms, titles, particles, or signs."""
        return all(each.kind == Kind.PARTICLE for each in self.tokens)


def read_name(text: str, *, person: bool = False, vessel: bool = False) -> Name:
    """Read a name in any script and of any length.

    Parameters
    ----------
    text
        The name.
    person
        Whether it is a person's: single letters are initials, and a legal form after it is noise.
    vessel
        Whether it is a ship's: MV before it says no more.
    """
    words = _words(clean(_INNER_CAPITAL.sub(" ", text[:LENGTH_MAX])), person=person)
    forms = _NO_FORMS
    if not person:
        words, forms = _without_forms(words)
    elif len(words) > 2:  # noqa: PLR2004 - what is left must still be a name
        kept, forms = _without_forms(words[2:])
        words = words[:2] + kept if forms and len(kept) < len(words) - 2 else words
        forms = _NO_FORMS
    if vessel:
        words = _after(words, SHIP_PREFIXES)
    titled = [word for word in words if word[0] not in TITLES or word[1] in ("arabic", "hebrew")]
    if titled and (person or len(titled) == len(words) or len(titled) > 1):
        words = titled
    tokens = tuple(_tokens(words, person=person))[:TOKENS_MAX]
    return Name(text[:LENGTH_MAX], tokens, forms, sum(each.weight for each in tokens))


_Word = tuple[str, str]
"""Latin letters, and the script they stand for."""


def _words(cleaned: str, *, person: bool) -> list[_Word]:
    persian = not PERSIAN.isdisjoint(cleaned)
    written = cleaned.replace("&", " and ").replace("%", " per cent ").split()
    return [word for each in written for word in _words_of(each, person, persian)]


@lru_cache(maxsize=1 << 16)
def _words_of(written: str, person: bool, persian: bool) -> tuple[_Word, ...]:  # noqa: FBT001 - parts of a key
    """Return the words that are written without a space between them."""
    words: list[_Word] = []
    for word in romanise(written, persian=persian):
        script = "transcribed" if word.script == "han" and "-" in written else word.script
        latin = _POSSESSIVE.sub("", word.text) if word.script == "latin" else word.text
        if not person:
            latin = _DOTTED.sub(lambda found: found[0].replace(".", ""), latin)
            latin = _SLASHED.sub("\\1\\2", latin)
        latin = _ARTICLE.sub("al ", latin)
        if not word.abjad:
            latin = latin.replace("'", "")
        words += [(part, script) for part in _PARTS.findall(latin) if part.strip("'")]
    return tuple([each for word in words for each in _parted(word)])


def _parted(word: _Word) -> list[_Word]:
    """Split abdulaziz into abd and aziz; write short forms out; read letters into digits that stand for them."""
    text, script = word
    text = SHORT_FORMS.get(text, text)
    servant = _SERVANT.match(text)
    if servant:
        return [("abd", script), (servant[2], script)]
    if text in ("abdul", "abdel", "abdal", "abdol", "abdoul"):
        return [("abd", script)]
    if not text.isalpha() and not text.isdecimal():
        ordinal = _ORDINAL.match(text)
        if ordinal:
            return [(ordinal[1], script)]
        letters = sum(letter.isalpha() for letter in text)
        if letters >= 2 and letters * 2 > len(text):  # noqa: PLR2004 - more letters than digits
            return [(text.translate(_LEET), script)]
    return [(text, script)]


def _after(words: list[_Word], prefixes: frozenset[str]) -> list[_Word]:
    return words[1:] if len(words) > 1 and words[0][0] in prefixes else words


def _without_forms(words: list[_Word]) -> tuple[list[_Word], frozenset[str]]:
    """Take the legal forms out; the longest first."""
    texts = [_legal_word(text) for text, _ in words]
    kept: list[_Word] = []
    forms: set[str] = set()
    place = 0
    while place < len(words):
        longest = min(LEGAL_LENGTH_MAX, len(words) - place) if texts[place] in _LEGAL_FIRST else 0
        for length in range(longest, 0, -1):
            form = LEGAL_FORMS.get(tuple(texts[place : place + length]))
            if form is not None:
                forms.add(form)
                place += length
                break
        else:
            kept.append(words[place])
            place += 1
    return kept, frozenset(forms) if forms else _NO_FORMS


@lru_cache(maxsize=1 << 15)
def _legal_word(text: str) -> str:
    """Return the word of a legal form that this is with one slip of the pen; else the word itself."""
    if len(text) < _SLIP_LENGTH or text in _LEGAL_WORDS:
        return text
    near = (word for word in _LEGAL_WORDS if word[0] == text[0] and OSA.distance(word, text, score_cutoff=1) <= 1)
    return next(near, text)


def _tokens(words: list[_Word], *, person: bool) -> list[Token]:
    tokens: list[Token] = []
    texts = [text for text, _ in words]
    place = 0
    while place < len(words):
        text, script = words[place]
        following = texts[place + 1] if place + 1 < len(words) else ""
        if text == "abd" and following in ("allah", "ullah", "alah"):
            tokens.append(token("abdullah", script))
            place += 2
            continue
        if not person:
            tens, unit = NUMBERS.get(text, 0), _unit(following)
            if tens in TENS and unit:
                tokens.append(token(str(tens + unit)))
                place += 2
                continue
            if place and text in ROMAN:
                text = str(ROMAN[text])
            elif text in NUMBERS:
                text = str(NUMBERS[text])
        tokens.append(token(text, script))
        place += 1
    return tokens


def _unit(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) == 1 else NUMBERS.get(text, 0)
    return number if 0 < number < 10 else 0  # noqa: PLR2004 - a digit
