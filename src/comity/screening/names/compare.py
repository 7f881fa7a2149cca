"""How alike two names are.

Tokens are paired, the most alike first; two to four neighbours may be joined to pair with one (Jong-un and Jongun).
What is paired counts by likeness and weight. What is left over on both sides speaks against: they are two names with a
part in common. What is left over on one side alone speaks little against a person, who may be called by some of his
names, and more against an organisation.
"""

from dataclasses import dataclass, field
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

_INITIAL, _COMMON = Kind.INITIAL, Kind.COMMON
_SURE = 90
_LONE_LOSS = 8
_FORM_CONFLICT = 15
_INITIAL_CONFLICT = 12
_NUMBER_CONFLICT = 25
_PLACE_CONFLICT = 12
_ACRONYM = 88


@dataclass(slots=True)
class Pairing:
    """Tokens of two names that belong together."""

    asked_left: list[int] = field(default_factory=list)
    listed_left: list[int] = field(default_factory=list)
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
    pairing = pair(asked.tokens, listed.tokens, person=person)
    if not person:
        pairing = _acronym(asked.tokens, listed.tokens, pairing)
    if (not pairing.words and person) or not pairing.weight:
        return Comparison(0)
    score = _score(asked.tokens, listed.tokens, pairing, PERSON if person else OTHER)
    reasons = tuple(_conflicts(asked, listed, pairing, person=person))
    return Comparison(max(0, score + sum(points for _, points in reasons)), reasons)


def pair(asked: tuple[Token, ...], listed: tuple[Token, ...], *, person: bool) -> Pairing:
    """Pair the words of two names, the most alike first."""
    pairs = [
        (alike, one.weight + other.weight, -abs(i - j), i, i + 1, j, j + 1)
        for i, one in enumerate(asked)
        for j, other in enumerate(listed)
        if (alike := likeness(one, other)) and (person or (one.kind == _INITIAL) == (other.kind == _INITIAL))
    ]
    same = [pair for pair in pairs if pair[0] == 100]  # noqa: PLR2004 - the same word
    count = min(len(asked), len(listed))
    if len(same) < count or len({pair[3] for pair in same}) < count or len({pair[5] for pair in same}) < count:
        pairs += _joined(asked, listed)
        pairs += [(*pair[:3], *pair[5:], *pair[3:5]) for pair in _joined(listed, asked)]
    pairs.sort(reverse=True)
    free, other_free = (1 << len(asked)) - 1, (1 << len(listed)) - 1
    pairing = Pairing()
    for alike, _, _, start, end, other_start, other_end in pairs:
        mine, theirs = (1 << end) - (1 << start), (1 << other_end) - (1 << other_start)
        if mine & ~free or theirs & ~other_free:
            continue
        free ^= mine
        other_free ^= theirs
        if end - start == other_end - other_start:
            one, other = asked[start], listed[other_start]
            weight = min(one.weight, other.weight)
            pairing.words += one.kind <= _COMMON and other.kind <= _COMMON
        else:
            ones, others = asked[start:end], listed[other_start:other_end]
            weight = max(sum([each.weight for each in ones]), sum([each.weight for each in others]))
            pairing.words += all(any(each.kind <= _COMMON for each in span) for span in (ones, others))
        pairing.value += alike * weight
        pairing.least = min(pairing.least, alike)
        pairing.weight += weight
    pairing.asked_left = _left(asked, free)
    pairing.listed_left = _left(listed, other_free)
    return pairing


def _left(tokens: tuple[Token, ...], free: int) -> list[int]:
    """Return which are left over; a word that stands twice in one name says nothing the second time.

    Parameters
    ----------
    free
        Those that were not paired, as bits.
    """
    if not free:
        return []
    paired = [each for place, each in enumerate(tokens) if not free >> place & 1]
    return [
        place
        for place, each in enumerate(tokens)
        if free >> place & 1 and (len(each.text) <= 3 or each not in paired)  # noqa: PLR2004 - a syllable may well stand twice
    ]


_Pair = tuple[int, int, int, int, int, int, int]
"""How alike, both weights, how far apart the places are at most 0, and the first and the one after the last of each."""


def _joined(parts: tuple[Token, ...], whole: tuple[Token, ...]) -> list[_Pair]:
    """Pair neighbours, written as one word, with single words of the other name."""
    pairs: list[_Pair] = []
    if len(parts) == 1:
        return pairs
    lengths = [len(each.text) for each in whole]
    longest = max(lengths) + _JOINED_APART
    for start in range(len(parts) - 1):
        length = len(parts[start].text)
        for end in range(start + 2, min(start + JOIN_MAX, len(parts)) + 1):
            length += len(parts[end - 1].text)
            if length > longest:
                break
            for j, other_length in enumerate(lengths):
                if not -_JOINED_APART <= other_length - length <= _JOINED_APART or other_length < _JOINED_LENGTH:
                    continue
                span = parts[start:end]
                alike = likeness(join(span), whole[j])
                if alike >= JOIN_LEAST:
                    weight = sum(each.weight for each in span) + whole[j].weight
                    pairs.append((alike, weight, -abs(start - j), start, end, j, j + 1))
    return pairs


def is_whole(span: tuple[Token, ...], other: Token) -> bool:
    """Whether neighbours are, written as one word, like another word."""
    return bool(_joined(span, (other,)))


@lru_cache(maxsize=1 << 16)
def join(tokens: tuple[Token, ...]) -> Token:
    """Return neighbouring tokens written as one word."""
    return token("".join([each.text for each in tokens]), script_joined(tokens))


def script_joined(tokens: tuple[Token, ...]) -> str:
    """Return the script that neighbours, written as one word, are taken to be in."""
    return "arabic" if any(each.abjad for each in tokens) else "transcribed" if tokens[0].transcribed else "latin"


def _acronym(asked: tuple[Token, ...], listed: tuple[Token, ...], pairing: Pairing) -> Pairing:
    """Take PLA for People's Liberation Army where that pairs more."""
    for short, long, left in ((asked, listed, "asked_left"), (listed, asked, "listed_left")):
        initials = acronym(long)
        if not initials:
            continue
        for place, each in enumerate(short):
            if each.text == initials and place in getattr(pairing, left):
                weight = max(each.weight, 100)
                other = Pairing([], [], _ACRONYM * weight, weight, 2)
                setattr(other, left, [rest for rest in range(len(short)) if rest != place])
                return other
    return pairing


def acronym(tokens: tuple[Token, ...]) -> str:
    """Return the initials of the words, three at least; nothing if there are fewer."""
    words = [each for each in tokens if each.kind not in (Kind.PARTICLE, Kind.NUMBER)]
    return "".join(each.text[0] for each in words) if len(words) > 2 else ""  # noqa: PLR2004 - two letters stand for too much


def _score(asked: tuple[Token, ...], listed: tuple[Token, ...], pairing: Pairing, costs: Costs) -> int:
    left = sum([asked[i].weight for i in pairing.asked_left])
    listed_left = sum([listed[j].weight for j in pairing.listed_left])
    both = min(left, listed_left)
    alone = costs.lone if pairing.words < 2 else costs.listed  # noqa: PLR2004 - one word is no person's whole name
    loss = both * costs.both + (left - both) * costs.asked + (listed_left - both) * alone
    return 100 * pairing.value // (100 * pairing.weight + loss)


def _conflicts(asked: Name, listed: Name, pairing: Pairing, *, person: bool) -> list[Reason]:
    conflicts: list[Reason] = []
    if pairing.words < 2 and pairing.least < _SURE:  # noqa: PLR2004 - one word
        conflicts.append(("one word, not the same", -_LONE_LOSS))
    if not person and asked.forms and listed.forms:
        ours, theirs = asked.forms - {"company"}, listed.forms - {"company"}
        if ours and theirs and not ours & theirs:
            conflicts.append(("legal form differs", -_FORM_CONFLICT))
    left = [asked.tokens[i].kind for i in pairing.asked_left]
    others = [listed.tokens[j].kind for j in pairing.listed_left]
    if person and left and others and _INITIAL in (*left, *others):
        conflicts.append(("initial differs", -_INITIAL_CONFLICT))
    if Kind.NUMBER in (*left, *others):
        conflicts.append(("number differs", -_NUMBER_CONFLICT))
    if Kind.PLACE in left and Kind.PLACE in others:
        conflicts.append(("place differs", -_PLACE_CONFLICT))
    return conflicts
