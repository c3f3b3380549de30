"""Near-duplicates: which posts are the same text, give or take a word.

MinHash over shingles of two words (Broder 1997), looked up by bands (Leskovec, Rajaraman, Ullman: Mining of Massive
Datasets, chapter 3). Hashes are fixed, so that the same posts give the same groups everywhere and always.
"""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.remarks import plain

SHINGLE_WORDS = 2
BANDS, ROWS = 21, 3
HASHES = BANDS * ROWS
"""Two texts meet in a band with a chance of 1 - (1 - s^3)^21: 2 % at a likeness s of 0.1, 94 % at 0.5, all at 0.7."""

ALIKE = 0.5
"""Estimated Jaccard likeness from which two texts are copies: one word in ten may be another."""

LEAST_WORDS = 6
"""Shorter texts ("error lagi") are alike without being copied."""

MOST_COMPARED = 20
"""Texts of one band that another is compared with at most."""

_HIGH = np.uint64(32)


def _parameters() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    digest = b"".join(blake2b(bytes([n]), digest_size=8).digest() for n in range(2 * HASHES))
    numbers = np.frombuffer(digest, dtype=">u8").astype(np.uint64)
    return numbers[:HASHES] | np.uint64(1), numbers[HASHES:]


_FACTORS, _OFFSETS = _parameters()


def signature(text: str) -> NDArray[np.uint64] | None:
    """The MinHash signature of a text; None where it is too short to be a copy of anything."""
    words = plain(text).split()
    if len(words) < LEAST_WORDS:
        return None
    shingles = {" ".join(words[place : place + SHINGLE_WORDS]) for place in range(len(words) - SHINGLE_WORDS + 1)}
    hashed = np.array(
        [int.from_bytes(blake2b(each.encode(), digest_size=4).digest(), "big") for each in sorted(shingles)],
        dtype=np.uint64,
    )
    # Multiply-shift: products wrap at 64 bits, and their upper half is taken (Dietzfelbinger et al. 1997).
    return ((hashed[:, None] * _FACTORS[None, :] + _OFFSETS[None, :]) >> _HIGH).min(axis=0)


def same(texts: Sequence[str]) -> list[int]:
    """For each text the place of the first one that says the same but for marks, letters' size and spelling."""
    firsts: dict[str, int] = {}
    return [firsts.setdefault(plain(text), place) for place, text in enumerate(texts)]


def groups(texts: Sequence[str]) -> list[int]:
    """For each text the place of the first one that it is a copy of, its own where it is the first or the only one."""
    lead: list[int] = []
    firsts: dict[str, int] = {}
    signed: dict[int, NDArray[np.uint64]] = {}
    bands: dict[tuple[int, bytes], list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        written = plain(text)
        known = firsts.setdefault(written, place)
        own = signature(text)
        if own is None or known != place:
            lead.append(place if own is None else lead[known])
            continue
        keys = [(band, own[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS)]
        met = sorted({head for key in keys for head in bands[key]})
        head = next((each for each in met if float(np.mean(signed[each] == own)) >= ALIKE), place)
        lead.append(head)
        if head == place:
            signed[place] = own
            for key in keys:
                if len(bands[key]) < MOST_COMPARED:
                    bands[key].append(place)
    return lead
