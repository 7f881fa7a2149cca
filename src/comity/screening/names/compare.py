"""How alike two names are.

Tokens are paired, the most alike first; two to four neighbours may be joined to pair with one (Jong-un and Jongun).
What is paired counts by likeness and weight. What is left over on both sides speaks against: they are two names with a
part in common. What is left over on one side alone speaks little against a person, who may be called by some of his
names, and more against an organisation.
"""

from dataclasses import dataclass
from functools import lru_cache

from comity.screening.names.likeness import likeness
from comity.screening.names.name import Name
from comity.screening.names.token import Kind, Token, token

JOIN_MAX = 4
"""So many neighbours may be written as one word."""
JOIN_LEAST = 88
"""A joined word must be as like the other as this: the same, or with one edit in many letters."""
_JOINED_LENGTH = 4
_JOINED_APART = 3
"""Letters that a joined word and the other may differ by in number."""

Reason = tuple[str, int]
"""What spoke against, and the points that it moved the score by."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two names are, 0 to 100, and what has come off that."""

    score: int
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Costs:
    """What is left over counts so many hundredths of its weight.

    Attributes
    ----------
    both
        Left over on both sides: the smaller of the two counts.
    asked, listed
        What one side has left over more, that side being the name asked about or the listed one.
    lone
        The same for a listed person of whom one word alone is paired.
    """

    both: int
    asked: int
    listed: int
    lone: int


PERSON = Costs(both=130, asked=40, listed=15, lone=70)
OTHER = Costs(both=130, asked=50, listed=45, lone=50)

_SURE = 90
_LONE_LOSS = 8
_FORM_CONFLICT = 15
_INITIAL_CONFLICT = 12
_NUMBER_CONFLICT = 25
_PLACE_CONFLICT = 12
_ACRONYM = 88


@dataclass(slots=True)
class _Pairing:
    """Tokens of two names that belong together."""

    asked_left: set[int]
    listed_left: set[int]
    value: int = 0
    weight: int = 0
    words: int = 0
    least: int = 100


def compare(asked: Name, listed: Name, *, person: bool) -> Comparison:
    """Compare a name that is asked about with a listed one.

    Parameters
    ----------
    asked, listed
        The names. If nothing in either tells parties apart, the score is 0, or 100 if they read the same.
    person
        Whether the listed party is a person.
    """
    if asked.empty or listed.empty:
        same = [each.text for each in asked.tokens] == [each.text for each in listed.tokens]
        return Comparison(100 if same and asked.tokens and asked.forms == listed.forms else 0)
    pairing = _pair(asked.tokens, listed.tokens, person=person)
    if not person:
        pairing = _acronym(asked.tokens, listed.tokens, pairing)
    if (not pairing.words and person) or not pairing.weight:
        return Comparison(0)
    score = _score(asked.tokens, listed.tokens, pairing, PERSON if person else OTHER)
    reasons = tuple(_conflicts(asked, listed, pairing, person=person))
    return Comparison(max(0, score + sum(points for _, points in reasons)), reasons)


def _pair(asked: tuple[Token, ...], listed: tuple[Token, ...], *, person: bool) -> _Pairing:
    pairs = [
        (alike, one.weight + other.weight, -abs(i - j), (i, i + 1), (j, j + 1))
        for i, one in enumerate(asked)
        for j, other in enumerate(listed)
        if (alike := likeness(one, other)) and (person or (one.kind == Kind.INITIAL) == (other.kind == Kind.INITIAL))
    ]
    same = [pair for pair in pairs if pair[0] == 100]  # noqa: PLR2004 - the same word
    if min(len({pair[3] for pair in same}), len({pair[4] for pair in same})) < min(len(asked), len(listed)):
        pairs += _joined(asked, listed)
        pairs += [(*pair[:3], pair[4], pair[3]) for pair in _joined(listed, asked)]
    pairs.sort(reverse=True)
    pairing = _Pairing(set(range(len(asked))), set(range(len(listed))))
    for alike, _, _, span, other_span in pairs:
        mine, theirs = range(*span), range(*other_span)
        if not (pairing.asked_left.issuperset(mine) and pairing.listed_left.issuperset(theirs)):
            continue
        pairing.asked_left.difference_update(mine)
        pairing.listed_left.difference_update(theirs)
        weight = min(sum(asked[i].weight for i in mine), sum(listed[j].weight for j in theirs))
        if len(mine) + len(theirs) > 2:  # noqa: PLR2004 - joined
            weight = max(sum(asked[i].weight for i in mine), sum(listed[j].weight for j in theirs))
        pairing.value += alike * weight
        pairing.least = min(pairing.least, alike)
        pairing.weight += weight
        words = (any(asked[i].kind <= Kind.COMMON for i in mine), any(listed[j].kind <= Kind.COMMON for j in theirs))
        pairing.words += all(words)
    _repeated(asked, listed, pairing)
    return pairing


def _repeated(asked: tuple[Token, ...], listed: tuple[Token, ...], pairing: _Pairing) -> None:
    """A word that stands twice in one name says nothing the second time."""
    for left, tokens in ((pairing.asked_left, asked), (pairing.listed_left, listed)):
        for place in list(left):
            if len(tokens[place].text) > 3 and any(  # noqa: PLR2004 - a syllable may well stand twice
                tokens[place] is tokens[other] for other in range(len(tokens)) if other not in left
            ):
                left.discard(place)


_Pair = tuple[int, int, int, tuple[int, int], tuple[int, int]]


def _joined(parts: tuple[Token, ...], whole: tuple[Token, ...]) -> list[_Pair]:
    """Pair neighbours, written as one word, with single words of the other name."""
    pairs: list[_Pair] = []
    lengths = [len(each.text) for each in parts]
    others = [len(each.text) for each in whole]
    for start in range(len(parts)):
        for end in range(start + 2, min(start + JOIN_MAX, len(parts)) + 1):
            length = sum(lengths[start:end])
            for j, other_length in enumerate(others):
                if not -_JOINED_APART <= other_length - length <= _JOINED_APART or other_length < _JOINED_LENGTH:
                    continue
                span, other = parts[start:end], whole[j]
                alike = likeness(join(span), other)
                if alike >= JOIN_LEAST:
                    weight = sum(each.weight for each in span) + other.weight
                    pairs.append((alike, weight, -abs(start - j), (start, end), (j, j + 1)))
    return pairs


def is_whole(span: tuple[Token, ...], other: Token) -> bool:
    """Whether neighbours are, written as one word, like another word."""
    return bool(_joined(span, (other,)))


@lru_cache(maxsize=1 << 16)
def join(tokens: tuple[Token, ...]) -> Token:
    """Return neighbouring tokens written as one word."""
    script = "arabic" if any(each.abjad for each in tokens) else "transcribed" if tokens[0].transcribed else "latin"
    return token("".join(each.text for each in tokens), script)


def _acronym(asked: tuple[Token, ...], listed: tuple[Token, ...], pairing: _Pairing) -> _Pairing:
    """Take PLA for People's Liberation Army where that pairs more."""
    for short, long, left, long_left in (
        (asked, listed, "asked_left", "listed_left"),
        (listed, asked, "listed_left", "asked_left"),
    ):
        initials = acronym(long)
        if not initials:
            continue
        for place, each in enumerate(short):
            if each.text == initials and place in getattr(pairing, left):
                weight = max(each.weight, 100)
                other = _Pairing(set(), set(), _ACRONYM * weight, weight, 2)
                setattr(other, left, set(range(len(short))) - {place})
                setattr(other, long_left, set())
                return other
    return pairing


def acronym(tokens: tuple[Token, ...]) -> str:
    """Return the initials of the words, three at least; nothing if there are fewer."""
    words = [each for each in tokens if each.kind not in (Kind.PARTICLE, Kind.NUMBER)]
    return "".join(each.text[0] for each in words) if len(words) > 2 else ""  # noqa: PLR2004 - two letters stand for too much


def _score(asked: tuple[Token, ...], listed: tuple[Token, ...], pairing: _Pairing, costs: Costs) -> int:
    left = sum(asked[i].weight for i in pairing.asked_left)
    listed_left = sum(listed[j].weight for j in pairing.listed_left)
    both = min(left, listed_left)
    alone = costs.lone if pairing.words < 2 else costs.listed  # noqa: PLR2004 - one word is no person's whole name
    loss = both * costs.both + (left - both) * costs.asked + (listed_left - both) * alone
    return 100 * pairing.value // (100 * pairing.weight + loss)


def _conflicts(asked: Name, listed: Name, pairing: _Pairing, *, person: bool) -> list[Reason]:
    conflicts: list[Reason] = []
    if pairing.words < 2 and pairing.least < _SURE:  # noqa: PLR2004 - one word
        conflicts.append(("one word, not the same", -_LONE_LOSS))
    ours, theirs = asked.forms - {"company"}, listed.forms - {"company"}
    if not person and ours and theirs and not ours & theirs:
        conflicts.append(("legal form differs", -_FORM_CONFLICT))
    left = [asked.tokens[i] for i in pairing.asked_left]
    others = [listed.tokens[j] for j in pairing.listed_left]
    if person and left and others and any(each.kind == Kind.INITIAL for each in left + others):
        conflicts.append(("initial differs", -_INITIAL_CONFLICT))
    if any(each.kind == Kind.NUMBER for each in left + others):
        conflicts.append(("number differs", -_NUMBER_CONFLICT))
    if any(each.kind == Kind.PLACE for each in left) and any(each.kind == Kind.PLACE for each in others):
        conflicts.append(("place differs", -_PLACE_CONFLICT))
    return conflicts
