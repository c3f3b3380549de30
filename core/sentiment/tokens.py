"""A post cut into words, with links, users and numbers masked and spelling brought to one form."""

import re
import unicodedata
from collections.abc import Mapping
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


# Words after a negator whose meaning it turns.
NEGATION_REACH = 3

_NEGATORS = frozenset(
    "tidak bukan belum jangan kurang tanpa ndak nda tak gak ga nggak enggak kagak "
    "not no never without none neither nor cannot cant wont dont doesnt didnt isnt wasnt arent werent aint "
    "couldnt shouldnt wouldnt hasnt havent hadnt".split()
)
_RELEASERS = frozenset(
    "tapi tetapi namun padahal walaupun meskipun melainkan sedangkan but however although though".split()
)
_BREAKS = frozenset('.,;:()[]{}"|/…—–')


def fold(text: str) -> str:
    """Lower case, compatibility forms and quotation marks brought to one form, cut at `READ_LIMIT` characters."""
    text = text[:READ_LIMIT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    return text.lower()


def split(folded: str) -> list[str]:
    """Cut folded text into words, masks-to-be, emoticons, emoji and punctuation, in order."""
    return _TOKEN.findall(folded)


def normalise(token: str, spellings: Mapping[str, str], names: frozenset[str]) -> list[str]:
    """The words one token stands for: masked, unstretched, slang written out, doubled words once.

    A token that says nothing (a bracket, a comma) keeps its character, so that the caller can see the break.
    """
    first = token[0]
    if not first.isalpha():
        return [_masked(token, first, spellings, names)]
    if token.startswith(("http:/", "https:/", "www.")):
        return [LINK]
    word = _STRETCHED.sub(r"\1", token)
    word = _single(spellings.get(word, word))
    return [_plain(part, names) for part in spellings.get(word, word).split()]


def role(word: str) -> Role:
    """Whether a normalised word negates, releases or breaks."""
    if word in _NEGATORS or word.endswith("n't"):
        return Role.NEGATES
    if word in _RELEASERS:
        return Role.RELEASES
    if word in _BREAKS or word[0] in "!?":
        return Role.BREAKS
    return Role.PLAIN


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
