"""Indonesian words and their roots: which affixes can stand between the two.

The affixes are those of the standard grammar: particles -lah, -kah, -pun, possessives -ku, -mu, -nya, suffixes -kan,
-an, -i, and the prefixes di-, ke-, se-, ter-, ber-, per- and the nasal meN- and peN-, under which k, p, s, t melt away.
"""

from functools import lru_cache

_PARTICLES = ("lah", "kah", "pun", "tah")
_POSSESSIVES = ("nya", "ku", "mu")
_SUFFIXES = ("kan", "an", "i")
_SHORTEST = 2  # letters of a root

VOWELS = "aiueo"
# After meN- and peN-: the nasal, the letters that may follow it, and the letter it may have swallowed.
_NASALS = (
    ("ng", VOWELS, "k"),
    ("ny", VOWELS, "s"),
    ("m", VOWELS, "p"),
    ("n", VOWELS, "t"),
)


def is_from(word: str, root: str) -> bool:
    """Is the word the root itself, or made from it by affixes?"""
    if word == root:
        return True
    if len(word) <= len(root) or root[1:] not in word:
        return False
    return root in origins(word)


@lru_cache(maxsize=65_536)
def origins(word: str) -> frozenset[str]:
    """Every root that the affixes allow for a word; the word itself is one of them."""
    found: set[str] = set()
    for bare in _without_suffixes(word):
        found.update(_without_prefixes(bare, depth=3))
    return frozenset(root for root in found if len(root) >= _SHORTEST)


def _without_suffixes(word: str) -> set[str]:
    stages = {word}
    for endings in (_PARTICLES, _POSSESSIVES, _SUFFIXES):
        stages |= {bare.removesuffix(ending) for bare in stages for ending in endings if _may_lose(bare, ending)}
    return stages


def _may_lose(word: str, ending: str) -> bool:
    return word.endswith(ending) and len(word) - len(ending) >= _SHORTEST + 1


def _without_prefixes(word: str, depth: int) -> set[str]:
    found = {word}
    if depth:
        for bare in _one_prefix_less(word):
            found |= _without_prefixes(bare, depth - 1)
    return found


def _one_prefix_less(word: str) -> set[str]:
    found = {word.removeprefix(prefix) for prefix in ("di", "ke", "se", "ter", "ber", "per") if word.startswith(prefix)}
    if word.startswith(("me", "pe")):
        found |= _nasal_roots(word[2:])
    if word.startswith(("bel", "pel")) and word[3:].startswith("ajar"):
        found.add(word[3:])
    if word.startswith(("be", "pe", "te")) and word[2:3] not in ("r", ""):
        # be- and pe- before r or -er-: bekerja, pekerja; te- does the same: tepercaya.
        found.add(word[2:])
    return {bare for bare in found if len(bare) >= _SHORTEST}


def _nasal_roots(rest: str) -> set[str]:
    found: set[str] = set()
    if rest[:1] in ("l", "m", "n", "r", "w", "y"):
        found.add(rest)
    if rest.startswith("nge"):
        found.add(rest[3:])
    for nasal, following, swallowed in _NASALS:
        after = rest.removeprefix(nasal)
        if after != rest and after[:1] and after[0] in following:
            found.add(swallowed + after)
    if rest.startswith("ng"):
        found.add(rest[2:])
    elif (rest.startswith("n") and rest[1:2] in ("c", "d", "j", "s", "t", "z")) or (
        rest.startswith("m") and rest[1:2] in ("b", "f", "p", "v")
    ):
        found.add(rest[1:])
    return found
