"""A few posts that stand for many: central, heard, from different platforms, and each text once."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.diagnosis.phrases import Phrase
from core.diagnosis.remarks import Remark, words_of

SHOWN = 6
AGAIN = 0.6
"""What the next post of a platform that is shown already is worth, of what it would be worth as its first."""


@dataclass(frozen=True, slots=True)
class Representative:
    """A post that stands for `copies` posts of about the same text; `phrases` are the telling ones that it holds."""

    remark: Remark
    copies: int
    phrases: tuple[str, ...]


def representatives(
    remarks: Sequence[Remark], copy_of: Sequence[int], phrases: Sequence[Phrase]
) -> list[Representative]:
    """Posts that say what the span is about, the most telling first.

    A post counts by the telling phrases in it, by how many copies it has, and by how many people reacted to it;
    negative ones come first. Near-duplicates are collapsed, and platforms take turns.
    """
    sizes = Counter(copy_of)
    left: list[tuple[float, int, Representative]] = []
    for place, remark in enumerate(remarks):
        if copy_of[place] == place and not remark.is_own:
            held = tuple(phrase.text for phrase in phrases if holds(remark.text, phrase))
            weight = _weight(remark, sizes[place], held)
            left.append((weight, place, Representative(remark, sizes[place], held)))
    left.sort(key=lambda one: (-one[0], one[1]))
    return _in_turn([one for one in left if one[0] > 0][: 40 * SHOWN])


def holds(text: str, phrase: Phrase) -> bool:
    """Whether a telling phrase stands in a text."""
    words = words_of(text)
    if phrase.is_hashtag:
        return phrase.text[1:] in words.hashtags
    sought = tuple(phrase.text.split())
    return any(run[at : at + len(sought)] == sought for run in words.runs for at in range(len(run) - len(sought) + 1))


def _weight(remark: Remark, copies: int, held: Sequence[str]) -> float:
    heard = math.log1p(remark.engagement) / 5 + math.log2(copies)
    return (len(held) + heard) * (1.0 if remark.is_negative else 0.4)


def _in_turn(left: list[tuple[float, int, Representative]]) -> list[Representative]:
    shown: list[Representative] = []
    taken: Counter[str] = Counter()
    while left and len(shown) < SHOWN:
        best = max(left, key=lambda one: (one[0] * AGAIN ** taken[one[2].remark.platform], -one[1]))
        left.remove(best)
        shown.append(best[2])
        taken[best[2].remark.platform] += 1
    return shown
