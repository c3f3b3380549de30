"""A post cut into words, with links, users and numbers masked and spelling brought to one form."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

# Characters of a post that are read. Longer texts are articles; their opening decides.
READ_LIMIT = 5_000

USER, LINK, NUMBER, NAME = "<user>", "<link>", "<number>", "<name>"
# What stands for something that must not decide.
MASKS = frozenset({USER, LINK, NUMBER, NAME})

_TOKEN = re.compile(
    r"(?!https?:/|www\.)[^\W\d_]+(?:['-][^\W\d_]+)*2?"  # words, with "enak-enak", "don't" and "bisa2" in one piece
    r"|(?:https?:/|www\.)\S+"
    r"|[@#]\w+"
    r"|\d+(?:[.,:/]\d+)*"
    r"|[:;=]['-]?[()dp/|*o3]+(?!\w)|<3"
    r"|[!?]+|\S"
)
_STRETCHED = re.compile(r"(.)\1{2,}")
# Signs brought to one form where a post is not plain ASCII; the last are spaces that NFKC leaves.
_SIGNS = (
    *(("’", "'"), ("‘", "'"), ("`", "'"), ("ʼ", "'"), ("‐", "-"), ("‑", "-"), ("\ufe0f", ""), ("\u200b", "")),
    *(("\x85", " "), ("\u1680", " "), ("\u2028", " "), ("\u2029", " ")),
)
# Marks at a stretch's end stand alone, so that words repeat.
_FINAL_MARKS = re.compile(r"(?<![,.?!])(?=[,.?!]+(?:[\x00-\x20]|$))")
_SPACES = re.compile(r"[\x00-\x20]+")
_SPACE = ord(" ")
_COMMA, _STOP, _ASKS, _CALLS = b",.?!"


class Role(IntEnum):
    """What a word does to the words after it."""

    PLAIN = 0
    NEGATES = 1  # opens a negation scope
    RELEASES = 2  # closes it: "tapi", "but"
    BREAKS = 3  # closes it and parts the words on its two sides: punctuation


_PLAIN, _NEGATES, _RELEASES, _BREAKS = Role


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
# Words that do something to the words after them.
TURNING = _NEGATORS | _RELEASERS
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

    @classmethod
    def of(cls, words: Sequence[str]) -> Self:
        """The stretch of these words."""
        return cls(tuple(words), *effect(words))


def effect(words: Sequence[str]) -> tuple[bool, bool, bool]:
    """What a stretch of these words does to its neighbours: whether it negates, stops before and stops after itself."""
    negates, last = False, _PLAIN
    for word in words:
        last = role(word)
        negates = last is _NEGATES or (negates and last is _PLAIN)
    return negates, not words[0] or words[0] in _RELEASERS, last is _BREAKS


def fold(text: str) -> str:
    """Lower case, compatibility forms and quotation marks brought to one form, cut at `READ_LIMIT` characters."""
    text = text[:READ_LIMIT]
    if text.isascii():
        return text.lower()
    return _in_one_form(text)


def fold_all(texts: Sequence[str]) -> list[str]:
    """What `fold` makes of each text. Together they cost little more than one: most of it is the passes."""
    found = [text[:READ_LIMIT] for text in texts]
    places = [place for place, text in enumerate(found) if not text.isascii()]
    joined = BETWEEN.join([found[place] for place in places])
    # Nothing melts across the mark, and no letter is written otherwise for standing before it.
    if joined.count(BETWEEN) >= len(places):
        return [fold(text) for text in found]
    for place, text in zip(places, _in_one_form(joined).split(BETWEEN), strict=True):
        found[place] = text
    return [text.lower() if text.isascii() else text for text in found]


def _in_one_form(text: str) -> str:
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    for sign, form in _SIGNS:
        text = text.replace(sign, form)
    return text.lower()


def stretches(folded: str) -> list[str]:
    """Folded text cut at its spaces, and before the marks that end a stretch: the definition of `cuts`."""
    return [stretch for stretch in _SPACES.split(_FINAL_MARKS.sub(" ", folded)) if stretch]


def cuts(letters: NDArray[np.unsignedinteger[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each stretch of folded posts starts and stops, in code points or UTF-8.

    A letter zero between posts is a stretch of its own.
    """
    inked = np.zeros(len(letters) + 2, dtype=np.bool_)
    # Below zero the numbers begin anew from their largest, so that zero is no space.
    np.greater_equal(letters - letters.dtype.type(1), _SPACE, out=inked[1:-1])
    opens, closes = inked[1:] > inked[:-1], inked[1:] < inked[:-1]
    marks = ((letters == _COMMA) | (letters == _STOP) | (letters == _ASKS) | (letters == _CALLS)).nonzero()[0]
    if len(marks):
        # The first and the last of each run.
        bounds = np.ones(len(marks) + 1, dtype=np.bool_)
        np.not_equal(marks[1:], marks[:-1] + 1, out=bounds[1:-1])
        firsts, afters = marks[bounds[:-1]], marks[bounds[1:]] + 1
        # A run of marks is parted from the letters before it where it ends the stretch.
        parted = firsts[closes[afters] & ~opens[firsts]]
        opens[parted] = closes[parted] = True
    return opens.nonzero()[0], closes.nonzero()[0]


def parse(stretch: str, spellings: Mapping[str, str], names: frozenset[str]) -> Stretch:
    """The words of a stretch of folded text: masked, unstretched, slang written out, doubled words once."""
    return Stretch.of(words_of(stretch, spellings, names))


def words_of(stretch: str, spellings: Mapping[str, str], names: frozenset[str]) -> list[str]:
    """The words of a stretch, at least one; a break is an empty one."""
    if stretch.isalpha():
        return _spelled(stretch, spellings, names)
    words: list[str] = []
    for token in _TOKEN.findall(stretch):
        words += [""] if token in _SILENT else _normalise(token, spellings, names)
    return words or [""]


def placed_words(stretch: str, spellings: Mapping[str, str], names: frozenset[str]) -> list[tuple[int, int, list[str]]]:
    """What `words_of` gives, by the token it comes from: where that starts and ends in the stretch."""
    if stretch.isalpha():
        return [(0, len(stretch), _spelled(stretch, spellings, names))]
    found = [
        (token.start(), token.end(), [""] if token[0] in _SILENT else _normalise(token[0], spellings, names))
        for token in _TOKEN.finditer(stretch)
    ]
    return found or [(0, len(stretch), [""])]


def role(word: str) -> Role:
    """Whether a normalised word negates, releases or breaks."""
    if not word or word[0] in "!?":
        return _BREAKS
    if word in _NEGATORS or word.endswith("n't"):
        return _NEGATES
    return _RELEASES if word in _RELEASERS else _PLAIN


def _normalise(token: str, spellings: Mapping[str, str], names: frozenset[str]) -> list[str]:
    first = token[0]
    if not first.isalpha():
        return [_masked(token, first, spellings, names)]
    if token.startswith(("http:/", "https:/", "www.")):
        return [LINK]
    return _spelled(token, spellings, names)


def _spelled(token: str, spellings: Mapping[str, str], names: frozenset[str]) -> list[str]:
    word = _STRETCHED.sub(r"\1", token) if _STRETCHED.search(token) else token
    word = spellings.get(word, word)
    if not word.isalpha():
        word = _single(word)
    written = spellings.get(word, word)
    return [_plain(part, names) for part in written.split()] if " " in written else [_plain(written, names)]


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
