"""Trains a reader: what `siaga text train` does."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from core.sentiment.features import is_spelled
from core.sentiment.reader import Reader
from core.sentiment.weights import Column, Weights, encode
from training import corpora, labels, measure, talk, tongues, unseen
from training.corpora import Row
from training.fit import Fit, Floats, Task, fit_all
from training.harms import own_abuse
from training.lexicon import NAMES
from training.lists import listed, lists
from training.phrases import own_rows
from training.spelling import spellings
from training.trust import trust
from training.vocabulary import Counts, Vocabulary, build, normed

# L2 weight of each head, and the most steps of its fit.
PENALTY = {"sentiment": 1e-5, "toxicity": 1e-5, "complaint": 1e-5, "language": 1e-5}
STEPS = {"sentiment": 90, "toxicity": 60, "complaint": 60, "language": 40}
# Of a fit that leaves sources out: enough to tell how sure one may be of them.
STEPS_UNSEEN = 40
# How strongly a large set outweighs a small one, and a common class a rare one within its set: 1 fully, 0 not at all.
SET_POWER, CLASS_POWER = 0.7, 1.0
# What is added to neutral in English and in Indonesian. The classes weigh the same in training, so how many posts are
# neutral is nothing it can learn; posts of sources that the open edition never saw more often are, in Indonesian.
# Chosen by means over texts that are not trained on; the model card tells which, and that timelines were looked at too.
NEUTRAL = {"open": (-0.4, 0.4), "full": (0.0, -0.15)}
# What is added to the log-odds of harm: our own posts hold clearer insults than people write. Chosen like NEUTRAL.
HARM = {"open": 1.5, "full": 0.75}
# What is added to the log-odds of complaint: everyday talk is not met among complaints, so what is said of goods is too
# easily taken for it, or not enough. Chosen like NEUTRAL.
COMPLAINT = {"open": 0.75, "full": 0.0}
# How near the stretch of the log-odds is to what fits the sources it has, and not those it never saw: a post may be of
# either. Chosen like NEUTRAL.
OWN_SHARE = 0.7
# Editions whose sentiment is learned for Indonesian by itself.
BY_LANGUAGE = {"full"}
# Posts of our own making: to brands, and other talk.
OWN = {"own", "own_talk"}
# Largest int16 that a weight is stored as.
LARGEST = 32_000


Tell = Callable[[str], object]
# What a training tells of, in this order: so many times it calls `tell`.
STEPS_TOLD = 8


def name_of(edition: str) -> str:
    """What an edition of this model is called; its file is named after it."""
    return f"sentiment-{edition}-3"


def train(data: Path, edition: str, *, own: Iterable[Row] = (), tell: Tell = print) -> bytes:
    """The weights file of an edition, which `own` corrected posts join. The same data gives the same bytes."""
    full = edition == "full"
    sentiment = corpora.read(data, "sentiment", corpora.OPEN_SENTIMENT + corpora.CLOSED_SENTIMENT * full)
    toxicity = corpora.read(data, "toxicity", corpora.OPEN_TOXICITY + corpora.CLOSED_TOXICITY * full)
    complaint = corpora.read(data, "complaint", corpora.OPEN_COMPLAINT + corpora.CLOSED_COMPLAINT * full)
    sentiment += [*labels.read(data, "sentiment"), *own]
    complaint += labels.read(data, "complaint")
    kept = [corpora.without_copies(rows) for rows in (sentiment, toxicity, complaint)]
    sets = [kept[0] + own_rows() + talk.rows(), kept[1] + own_abuse(kept[0]), kept[2]]
    rows = [row for part in sets for row in part]
    tell(f"{len(rows):,} texts to train on, {len(sentiment) - len(kept[0]):,} held out or copies of such")

    counts = Counts(spellings(data), NAMES)
    counts.count([row.text for row in rows if row.lang == "en"], grow=True)
    english = set(counts.words)
    counts.count([row.text for row in rows], grow=True)
    counts.know(sorted(listed(data)))
    matrices = counts.count([row.text for row in rows], grow=True)
    vocabulary = build(counts, matrices, lists(data, counts.words, english))
    posts = normed(matrices, vocabulary.spread)
    tell(f"{len(vocabulary.words):,} words, {vocabulary.spread.shape[1]:,} features")

    tasks, left_out = _tasks(sets), unseen.folds(sets[0])
    trusted = trust(posts, vocabulary.spread, tasks["sentiment"], sets[0])
    moods = [Fit(tasks["sentiment"], PENALTY["sentiment"], STEPS["sentiment"], trusted)]
    if edition in BY_LANGUAGE:
        moods = tongues.fits_of(tasks["sentiment"], sets[0], trusted)
    others = [Fit(task, PENALTY[name], STEPS[name]) for name, task in tasks.items() if name != "sentiment"]
    apart = [
        Fit(unseen.without(tasks["sentiment"], sets[0], fold), PENALTY["sentiment"], STEPS_UNSEEN, trusted)
        for fold in left_out
    ]
    fitted = fit_all(posts, vocabulary.spread, [*moods, *others, *apart])
    found = list(islice(fitted, len(moods)))
    if edition in BY_LANGUAGE:
        found = tongues.joined(posts, vocabulary.spread, moods, found)
    tell(f"sentiment fitted on {len(tasks['sentiment'].rows):,} texts")
    heads = _against(found[0], 1)
    for name in ("toxicity", "complaint", "language"):
        heads += _against(next(fitted), 0)
        tell(f"{name} fitted on {len(tasks[name].rows):,} texts")
    heads += [head for english in found[1:] for head in _against(english, 1)]
    biases = [bias for _, bias in heads]
    biases[Column.TOXICITY] += HARM[edition]
    biases[Column.COMPLAINT] += COMPLAINT[edition]
    biases[Column.LANGUAGE] = 0.0  # a post without words is in no language
    weights = _bake(name_of(edition), vocabulary, counts, np.column_stack([column for column, _ in heads]), biases)
    tell("weights packed")
    unseen_stretch = unseen.stretch_of(
        posts,
        vocabulary.spread,
        tasks["sentiment"],
        sets[0],
        list(zip(left_out, fitted, strict=True)),
        NEUTRAL[edition],
    )
    held = [row for row in sentiment if row.is_held_out]
    weights, stretch = _calibrated(weights, held, NEUTRAL[edition], unseen_stretch)
    tell(f"calibrated: log-odds times {stretch:.2f}, alone on unseen sources {unseen_stretch:.2f}")
    return encode(weights)


def _against(fitted: tuple[Floats, Floats], against: int) -> list[tuple[Floats, float]]:
    """Weights and bias of each class but one, less those of that one."""
    weights, bias = fitted
    others = [column for column in range(weights.shape[1]) if column != against]
    return [(weights[:, column] - weights[:, against], float(bias[column] - bias[against])) for column in others]


def _tasks(sets: list[list[Row]]) -> dict[str, Task]:
    sentiment, toxicity, complaint = sets
    starts = np.cumsum([0, len(sentiment), len(toxicity)]).tolist()
    has_neutral = {row.corpus for row in sentiment if row.labels == ("neutral",)}
    both = np.array([[True, row.corpus in has_neutral, True] for row in sentiment])
    numbers = np.arange(len(sentiment))
    classes = np.array([corpora.SENTIMENTS.index(row.labels[0]) for row in sentiment])
    tasks = {"sentiment": Task(numbers, classes, both, _importance(sentiment, classes))}

    # Of what we labelled ourselves it is known what is harmful and what complains.
    unmarked = [n for n, row in enumerate(sentiment) if row.corpus not in labels.SETS]
    harmless = [n for n in unmarked if sentiment[n].labels[0] == "positive" or sentiment[n].corpus == "own"]
    harmful = [int(any(label in measure.HARMS for label in row.labels)) for row in toxicity]
    tasks["toxicity"] = _binary(toxicity, starts[1], harmful, sentiment, harmless, [0] * len(harmless))

    quiet = [
        n
        for n in unmarked
        if sentiment[n].corpus in OWN or (sentiment[n].lang == "id" and sentiment[n].labels[0] != "negative")
    ]
    told = [int(sentiment[n].corpus == "own" and sentiment[n].labels == ("negative",)) for n in quiet]
    complains = [int("complaint" in row.labels) for row in complaint]
    tasks["complaint"] = _binary(complaint, starts[2], complains, sentiment, quiet, told)

    spoken = [n for n, row in enumerate(sentiment) if row.lang in ("id", "en")]
    indonesian = [int(sentiment[n].lang == "id") for n in spoken]
    tasks["language"] = _binary([], 0, [], sentiment, spoken, indonesian)
    return tasks


def _binary(
    own: list[Row], start: int, marks: list[int], others: list[Row], picked: list[int], other_marks: list[int]
) -> Task:
    """A yes-or-no head on its own rows, which begin at `start`, and on picked rows of the sentiment sets."""
    rows = np.array([*range(start, start + len(own)), *picked])
    classes = np.array([*marks, *other_marks])
    source = [*own, *(others[n] for n in picked)]
    return Task(rows, classes, np.ones((len(rows), 2), dtype=bool), _importance(source, classes))


def _importance(rows: list[Row], classes: NDArray[np.int64]) -> Floats:
    """What each row counts, so that neither the largest set nor the commonest class drowns the others."""
    sizes = Counter(row.corpus for row in rows)
    cells = Counter((row.corpus, row.lang, int(c)) for row, c in zip(rows, classes, strict=True))
    return np.array(
        [
            sizes[row.corpus] ** (SET_POWER - 1)
            * (sizes[row.corpus] / cells[row.corpus, row.lang, int(c)]) ** CLASS_POWER
            for row, c in zip(rows, classes, strict=True)
        ]
    )


def _bake(name: str, vocabulary: Vocabulary, counts: Counts, heads: Floats, biases: list[float]) -> Weights:
    """Weights times values, summed per word, piece and pair, and stored in int16."""
    spread, own = vocabulary.spread, vocabulary.own_features
    words, size = len(vocabulary.words), len(vocabulary.pieces)
    # A word's row holds all its features, its pieces included.
    baked = _columns(spread @ heads, _squares(spread))
    values = _piece_values(vocabulary)
    pieced = _columns(heads[own : own + size] * values[:, None], values[:, None] ** 2)
    scales = np.max([np.abs(table).max(axis=0) for table in (baked, pieced)], axis=0) / LARGEST
    baked, pieced = (np.rint(table / scales).astype(np.int16) for table in (baked, pieced))
    # What is no word speaks no language.
    baked[[n for n, word in enumerate(vocabulary.words) if not is_spelled(word)], Column.LANGUAGE] = 0
    plain, negated, paired = baked[:words], baked[words : 2 * words], baked[2 * words :]
    kept_pairs = np.flatnonzero(paired.any(axis=1))
    pairs = np.array(vocabulary.pairs, dtype=np.int32)[kept_pairs]
    # Words with nothing but pieces are spelled out when they are read.
    used = np.asarray(abs(spread[:words, :own]).sum(axis=1)).ravel() > 0
    used |= negated.any(axis=1)
    used[pairs.ravel()] = True
    # The commonest first, so that what is read most lies together in memory.
    order = sorted(np.flatnonzero(used).tolist(), key=lambda n: (-vocabulary.seen[n], vocabulary.words[n]))
    place = np.zeros(words, dtype=np.int32)
    place[order] = np.arange(len(order))
    moved = place[pairs]
    sorting = np.lexsort((moved[:, 1], moved[:, 0]))
    return Weights(
        name=name,
        scales=tuple(float(s) for s in scales),
        biases=(*biases[: Column.NORM], *([0.0, *biases[Column.NORM :]] if len(biases) > Column.NORM else [])),
        neutral=(0.0, 0.0),
        words=[vocabulary.words[n] for n in order],
        plain=plain[order],
        negated=negated[order],
        pieces=vocabulary.pieces,
        piece_weights=pieced,
        pairs=moved[sorting],
        pair_weights=paired[kept_pairs][sorting],
        spellings=counts.spellings,
        names=sorted(counts.names),
    )


def _columns(heads: Floats, squares: Floats) -> Floats:
    """The columns of a table in their order."""
    return np.hstack([heads[:, : Column.NORM], squares, heads[:, Column.NORM :]])


def _squares(matrix: csr_matrix) -> Floats:
    """Sum of squares of each row, as a column."""
    return np.asarray(matrix.multiply(matrix).sum(axis=1)).reshape(-1, 1)


def _piece_values(vocabulary: Vocabulary) -> Floats:
    own, size = vocabulary.own_features, len(vocabulary.pieces)
    return np.asarray(vocabulary.spread[:, own : own + size].max(axis=0).todense()).ravel()


def _calibrated(weights: Weights, held: list[Row], neutral: tuple[float, float], apart: float) -> tuple[Weights, float]:
    """With neutral moved, and the sentiment logits stretched; how far they were.

    Between what fits the held-out texts of its own sources and what fits sources that it never saw, `apart`.
    """
    weights = replace(weights, neutral=neutral)
    own = measure.stretch(*measure.three_way_logits(Reader(weights, ""), held))
    stretch = own**OWN_SHARE * apart ** (1 - OWN_SHARE)
    scales, biases = list(weights.scales), list(weights.biases)
    signs = (Column.NEGATIVE, Column.POSITIVE, Column.ENGLISH_NEGATIVE, Column.ENGLISH_POSITIVE)
    for column in signs[: 4 if len(scales) > Column.ENGLISH_NEGATIVE else 2]:
        scales[column] *= stretch
        biases[column] *= stretch
    moved = neutral[0] * stretch, neutral[1] * stretch
    return replace(weights, scales=tuple(scales), biases=tuple(biases), neutral=moved), stretch
