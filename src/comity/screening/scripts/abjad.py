"""Arabic (with Persian, Urdu, Pashto, Kurdish and Uyghur letters) and Hebrew.

Both write consonants and long vowels. A letter that may be either is taken for a vowel between consonants and for a
consonant at the start of a word or beside a vowel: بوتين is butin, وليد is wlid. What is not written is not invented.
"""

import re
import unicodedata

_ARABIC = str.maketrans(
    dict(
        zip(
            "ابتثجحخدذرزسشصضطظعغفقكلمنهويىءآأإؤئةپچژگڤکیےھہۀۃٹڈڑںۇۆۈۋېەڭڼټډړښګځڅ",
            (
                "a b t th j h kh d dh r z s sh s d t z ' gh f q k l m n h w y a ' a a i u y a p ch zh g v k y e h h a a"
                " t d r n u o u v e a ng n t d r sh g z ts"
            ).split(" "),
            strict=True,
        )
    )
)
_VOWEL_MARKS = str.maketrans({"\u064e": "a", "\u064f": "u", "\u0650": "i", "\u064b": "", "\u064c": "", "\u064d": ""})
_SHADDA = "\u0651"
_NOT_READ = re.compile("[\u0640\u0652\u0653-\u065f\u0670\u200c\u06d6-\u06ed]")
_AS_PERSIAN = str.maketrans("ثصذضظطح", "سسزززته")
_ALONE = re.compile("(?<=[تدكکسصزذگپب])[هہھح]")
"""An h of its own, which must not be read together with the letter before."""
PERSIAN = frozenset("پچژگکیےہھٹڈڑں")
"""Letters that Persian, Urdu and their neighbours have, and Arabic has not."""
_CONSONANT = "[bcdfghjklmnpqrstvxz']"

_HEBREW = str.maketrans(
    dict(
        zip(
            "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
            "a v g d h w z h t y k k l m m n n s ' p f ts ts k r sh t".split(" "),
            strict=True,
        )
    )
)
_ARTICLE = re.compile("^ال(?=..)")
_SERVANT = re.compile("^عبد(?:ال)?(?=..)")
_GOD = "الله"


def arabic(text: str, *, persian: bool = False) -> str:
    """Return Arabic-script text in Latin letters, the article parted by a hyphen: القاعدة is al-qa'da.

    `persian`: letters that Arabic alone tells apart sound as Persian and Urdu speak them.
    """
    bare = _NOT_READ.sub("", unicodedata.normalize("NFC", text)).replace(_SHADDA, "")
    if bare == "عبد":
        return "abd"
    if bare.startswith("عبد") and bare.endswith(_GOD):
        return "abdullah"
    if bare == _GOD:
        return "allah"
    begin = "abd-al-" if _SERVANT.match(bare) else "al-" if _ARTICLE.match(bare) else ""
    bare = _ARTICLE.sub("", _SERVANT.sub("", bare))
    if persian:
        bare = bare.translate(_AS_PERSIAN)
    return begin + _vowels(_ALONE.sub("'h", bare).translate(_VOWEL_MARKS).translate(_ARABIC))


def hebrew(text: str) -> str:
    """Return Hebrew in Latin letters: נתניהו is ntnyhu."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    bare = re.sub("^ב", "b", bare)
    bare = re.sub("(?<=.)ה$", "a", bare)
    bare = re.sub("(?<=[גדטכםנסצקשת])(?=ה)", "'", bare).replace("ג'", "j").replace("צ'", "ch").replace("ז'", "zh")
    return _vowels(bare.replace("וו", "v").replace("יי", "ay").translate(_HEBREW))


def _vowels(text: str) -> str:
    """Read w and y as vowels after a consonant and before another, or at the end; w between vowels is a consonant."""
    text = re.sub(f"(?:(?<={_CONSONANT})|(?<=^y))w(?={_CONSONANT}|y?$)", "u", text)
    text = re.sub(f"(?<=[bcdfghjklmnpqrstvxzw'])y(?={_CONSONANT}|$)", "i", text)
    return re.sub(f"aw(?={_CONSONANT}|$)", "au", re.sub(f"^aw(?={_CONSONANT})", "o", text)).strip("'")
