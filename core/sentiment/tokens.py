"""A post cut into words, with links, users and numbers masked and spelling brought to one form."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

# Characters of a post that are read. Longer texts are articles; their opening decides.
READ_LIMIT = 5_000

USER, LINK, NUMBER, NAME = "<user>", "<link>", "<number>", "<name>"

_TOKEN = re.compile(
    r"(?!https?:/|www\.)[^\W\d_]+(?:['-][^\W\d_]+)*2?"  # words, with "enak-enak", "don't" and "bisa2" in one piece
    r"|(?:https?:/|www\.)\S+"
    r"|[@#]\w+"
    r"|\d+(?:[.,:/]\d+)*"
    r"|[:;=]['-]?[()dp/|*o3]+(?!\w)|<3"
    r"|[!?]+|\S"
)
_STRETCHED = re.compile(r"(.)\1{2,}")
_APOSTROPHES = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "ʼ": "'", "‐": "-", "‑": "-", "\ufe0f": None, "\u200b": None}
)


class Role(IntEnum):
    """What a word does to the words after it."""

    PLAIN = 0
    NEGATES = 1  # opens a negation scope
    RELEASES = 2  # closes it: "tapi", "but"
    BREAKS = 3  # closes it and parts the words on its two sides: punctuation


# Stretches after a negator whose meaning it turns.
NEGATION_REACH = 3

_NEGATORS = frozenset(
    {
        "tidak",
        "bukan",
        "belum",
        "jangan",
        "kurang",
        "tanpa",
        "ndak",
        "nda",
        "tak",
        "gak",
        "ga",
        "nggak",
        "enggak",
        "kagak",
    }
    | {"not", "no", "never", "without", "none", "neither", "nor", "cannot", "cant", "wont", "dont", "doesnt", "didnt"}
    | {"isnt", "wasnt", "arent", "werent", "aint", "couldnt", "shouldnt", "wouldnt", "hasnt", "havent", "hadnt"}
)
_RELEASERS = frozenset(
    {"tapi", "tetapi", "namun", "padahal", "walaupun", "meskipun", "melainkan", "sedangkan"}
    | {"but", "however", "although", "though"}
)
# Stands between two posts: weighs nothing, stops everything.
BETWEEN = "\0"
# Punctuation that parts words and says nothing itself.
_SILENT = frozenset(f"{BETWEEN}.,;:()[]{{}}\"'|/\\…—–-_*~")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What stands between two spaces: its words in order, an empty one for a break, and what it does to its neighbours.

    A stretch is the unit that is remembered, so a negation scope covers a whole stretch or none of it.
    """

    words: tuple[str, ...]
    negates: bool
    stops_before: bool
    stops_after: bool


def fold(text: str) -> str:
    """Lower case, compatibility forms and quotation marks brought to one form, cut at `READ_LIMIT` characters."""
    text = text[:READ_LIMIT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    return text.lower()


def stretches(folded: str) -> list[str]:
    """Folded text cut at its spaces; the commonest marks at a word's end stand alone, so that words repeat."""
    return f"{folded} ".replace(", ", " , ").replace(". ", " . ").replace("? ", " ? ").split()


def parse(stretch: str, spellings: Mapping[str, str], names: frozenset[str]) -> Stretch:
    """The words of a stretch of folded text: masked, unstretched, slang written out, doubled words once."""
    words: list[str] = []
    for token in (stretch,) if stretch.isalpha() else _TOKEN.findall(stretch):
        words += [""] if token in _SILENT else _normalise(token, spellings, names)
    if not words:
        words = [""]
    roles = [role(word) for word in words]
    negates = False
    for part in roles:
        negates = part is Role.NEGATES or (negates and part is Role.PLAIN)
    return Stretch(
        tuple(words),
        negates=negates,
        stops_before=not words[0] or roles[0] is Role.RELEASES,
        stops_after=roles[-1] is Role.BREAKS,
    )


def role(word: str) -> Role:
    """Whether a normalised word negates, releases or breaks."""
    if not word or word[0] in "!?":
        return Role.BREAKS
    if word in _NEGATORS or word.endswith("n't"):
        return Role.NEGATES
    return Role.RELEASES if word in _RELEASERS else Role.PLAIN


def _normalise(token: str, spellings: Mapping[str, str], names: frozenset[str]) -> list[str]:
    first = token[0]
    if not first.isalpha():
        return [_masked(token, first, spellings, names)]
    if token.startswith(("http:/", "https:/", "www.")):
        return [LINK]
    word = _STRETCHED.sub(r"\1", token)
    word = _single(spellings.get(word, word))
    return [_plain(part, names) for part in spellings.get(word, word).split()]


def _masked(token: str, first: str, spellings: Mapping[str, str], names: frozenset[str]) -> str:
    if first.isdigit():
        return NUMBER
    if first == "@" and len(token) > 1:
        return USER
    if first == "#" and len(token) > 1:
        tag = _STRETCHED.sub(r"\1", token[1:])
        return NAME if tag in names else spellings.get(tag, tag).replace(" ", "_")
    if first in "!?":
        return "?" if "?" in token else "!" if len(token) == 1 else "!!"
    return token[:2] if first in ":;=" else token


def _single(word: str) -> str:
    """`enak-enak` and `bisa2` are their one word."""
    if word[-1] == "2":
        return word[:-1]
    left, hyphen, right = word.partition("-")
    return left if hyphen and left == right else word


def _plain(word: str, names: frozenset[str]) -> str:
    """Without the clitic that says whose; `<name>` for names of people, parties and brands."""
    stem = word[:-3] if len(word) > 6 and word.endswith("nya") else word
    return NAME if stem in names or word in names else stem
