"""What is measured in a bucket: negative voices, volume, their share, and the small signals beside them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.crisis.baseline import LAG, RHYTHM, TINY, WATCHED, Buckets, Floats, Sums, expected, flat_level, surprise
from core.crisis.buckets import BUCKETS_A_DAY, Flags, History
from core.crisis.calibration import scale_of
from core.crisis.evidence import calibrate, gains

WINDOWS = np.array([3, 12, 36, 144])  # buckets: a quarter of an hour, one, three and twelve hours
HOUR, THREE_HOURS = 12, 36
SHARE_WINDOWS = np.array([1, 2])  # places in WINDOWS: one and three hours
SIGNALS = ("negative", "volume", "share", "spread", "reach", "toxicity", "threat", "hoax")
WEEK = 7 * BUCKETS_A_DAY
MONTH = 28 * BUCKETS_A_DAY
RECENT = WEEK + LAG + int(WINDOWS[-1])  # buckets back of which the small signals are made
SHARE_NOISE = 1.5  # a share varies by so much more than independent voices would make it
SHARE_START = 0.25  # an unknown brand's own share: the least seen on quiet days
SHARE_PRIOR = 10.0  # voices that this counts for
REACH_START = 1_000.0  # readers; below this reach says nothing
COLD_HOURS = 24
SCALES = 2 * len(WINDOWS) + 3  # numbers that calibrate a day
OUTCRY = 0.7  # of the way from the brand's own share to all voices negative: from there on a rise is an outcry
CALM = 0.6  # what a rise of negative voices is worth where all kinds of voices rise alike
CAPPED_SAYS = 0.25  # what a calm bucket says of an end where its counts are a minimum: twelve hours stand for three
CAPPED_CALM = 1.0  # standard deviations of an hour of the day above what crawls usually bring in these three hours


@dataclass(frozen=True, slots=True)
class Signals:
    """What was seen at each bucket, what is usual, and how unusual that is: a row for each of `SIGNALS`.

    Units: `strength` of negative and volume is 1 where the brand's own noise comes once in forty days; of the
    others it is standard deviations, or powers of ten for reach. `width` is the window in buckets.
    """

    observed: Floats
    expected: Floats
    strength: Floats
    width: Buckets


@dataclass(frozen=True, slots=True)
class Measured:
    """All signals of a run of buckets, and what the guards need to know of them.

    `outcry` says how far what is more than usual is negative: 0 where no more than all that is said about the brand,
    1 where it is most of the way from there to all of it. `negative_voices`, `watched` (the share observed) and
    `completeness` (the share observed and not capped) are of the last three hours; `is_majority` where at least half
    of that time's voices are negative. In a blind bucket nothing was collected. `says` is how much the bucket says of
    an end: all where its counts are whole; where they are a minimum a part if that is calm, else nothing. `gains`
    are what each bucket adds to the evidence of an outcry, `onset` the negative voices of three hours, seen and usual.
    """

    signals: Signals
    outcry: Floats
    negative_voices: Floats
    watched: Floats
    completeness: Floats
    is_majority: Flags
    is_blind: Flags
    says: Floats
    hours_known: Floats
    gains: Floats
    onset: Floats


@dataclass(frozen=True, slots=True)
class _Excess:
    """Negative voices and all voices in each window at each bucket: seen, usual, how unusual, and how far observed."""

    observed: Floats
    level: Floats
    strength: Floats
    share: Floats


class Ledger:
    """Running sums of a history, made once and read for the buckets from `start` on.

    Now, capped counts count: they are at least so many. As the past they are left out: they would lower what is usual,
    and raise what comes after them.
    """

    def __init__(self, history: History, start: int) -> None:
        self._history = history
        is_capped = bool(history.capped.any())
        is_sure = history.observed & ~history.capped
        voices = (history.negative_voices, history.voices)
        self._voices = _sums(history, history.observed, *voices)
        self._past = _sums(history, is_sure, *voices) if is_capped else self._voices
        recent = history.since(start - RECENT)
        small = (recent.reach, recent.toxic, recent.threat, recent.hoax, recent.platforms, recent.platforms > 0)
        self._small = _sums(recent, recent.observed, *small)
        sure = recent.observed & ~recent.capped
        self._small_past = _sums(recent, sure, *small) if is_capped else self._small

    def scale(self, day_begins: int) -> tuple[float, ...]:
        """The calibration of one day: for negative and volume, the surprise that makes strength 1 in each window.

        Behind those of the windows stand the three of the evidence.
        """
        eve = np.array([day_begins - 1])
        flat, _ = flat_level(self._past, eve)
        windows = (
            round(scale_of(self._of(figure), day_begins, width, float(flat[figure, 0])), 6)
            for figure in range(2)
            for width in WINDOWS.tolist()
        )
        own = float(self._own_share(eve)[0])
        return (*windows, *calibrate(self._past, day_begins, float(flat[0, 0]), own))

    def _of(self, figure: int) -> Sums:
        return Sums(self._past.first, self._past.total[figure], self._past.seen)

    def measure(self, ends: Buckets, scale: tuple[float, ...]) -> Measured:
        """All signals at some buckets of one day, with that day's calibration."""
        flat, hours = flat_level(self._past, ends)
        excess = self._excess(ends, flat, scale)
        own = self._own_share(ends)
        strongest = _strongest(excess)
        outcry = _outcry(excess, own)
        strongest.strength[0] *= CALM + (1 - CALM) * outcry
        here = ends - self._history.first
        # The three hours stand third among the windows.
        negative_voices, voices = excess.observed[:, 2]
        return Measured(
            signals=_stacked(strongest, _share(excess, own), self._beside(ends)),
            outcry=outcry,
            negative_voices=negative_voices,
            watched=excess.share[2],
            completeness=self._past.window(ends, THREE_HOURS)[1],
            is_majority=2 * negative_voices >= voices,
            is_blind=~self._history.observed[here],
            says=self._says(ends, self._history.capped[here], excess.observed[:, 2]),
            hours_known=hours[0],
            gains=self._gains(here, excess, own, scale),
            onset=np.array([excess.observed[0, 2], excess.level[0, 2]]),
        )

    def _gains(self, here: Buckets, excess: _Excess, own: Floats, scale: tuple[float, ...]) -> Floats:
        """What each bucket adds to the evidence; one that was not observed adds nothing."""
        observed = self._history.observed[here]
        # The hour stands second among the windows.
        usually = excess.level[0, 1] / np.maximum(excess.share[1], TINY) / HOUR
        _, bursts, wander = scale[-3:]
        found = gains(
            self._history.negative_voices[here].astype(np.float64),
            self._history.voices[here].astype(np.float64),
            usually,
            own,
            (0.0, bursts, wander),
        )
        return np.where(observed, found, 0.0)

    def _says(self, ends: Buckets, capped: Flags, seen: Floats) -> Floats:
        """How much each bucket says of an end, from the negative voices and all voices seen within three hours.

        Capped counts are held against capped counts, for that is all a brand has whose crawls are always cut off.
        """
        says = np.ones(len(ends))
        if capped.any():
            flat, _ = flat_level(self._voices, ends)
            brought = expected(self._voices, ends, WINDOWS[2:3], flat).level[:, 0]
            is_calm = (surprise(seen, brought, RHYTHM) < CAPPED_CALM).all(axis=0)
            says[capped] = np.where(is_calm, CAPPED_SAYS, 0.0)[capped]
        return says

    def _excess(self, ends: Buckets, flat: Floats, scale: tuple[float, ...]) -> _Excess:
        observed, share = self._voices.window(ends, WINDOWS[:, None])
        usual = expected(self._past, ends, WINDOWS, flat)
        level = usual.level * share
        scales = np.array(scale[: 2 * len(WINDOWS)]).reshape(2, len(WINDOWS), 1)
        strength = np.where(share >= WATCHED, surprise(observed, level, usual.doubt) / scales, 0.0)
        return _Excess(observed, level, strength, share)

    def _own_share(self, ends: Buckets) -> Floats:
        (negative, voices), _ = self._past.window(ends - LAG, MONTH)
        return (negative + SHARE_PRIOR * SHARE_START) / (voices + SHARE_PRIOR)

    def _beside(self, ends: Buckets) -> Signals:
        """Spread, reach and the cues, which weigh little: the last hour beside the last week."""
        now, share = self._small.window(ends, HOUR)
        past, known = self._small_past.window(ends - LAG, WEEK)
        usual = past / np.maximum(known * WEEK, TINY) * HOUR * share * (known > 0)
        platforms, usual_platforms = self._platforms(ends), np.where(past[5] > 0, past[4] / np.maximum(past[5], 1), 1.0)
        spread = platforms - usual_platforms
        reach = np.log10((now[0] + REACH_START) / (usual[0] + REACH_START))
        return Signals(
            observed=np.vstack([platforms, now[:4]]),
            expected=np.vstack([usual_platforms, usual[:4]]),
            strength=np.vstack([spread, reach, surprise(now[1:4], usual[1:4])]),
            width=np.full((5, len(ends)), HOUR),
        )

    def _platforms(self, ends: Buckets) -> Floats:
        """The most platforms with negative posts in one bucket of the last hour."""
        recent = ends[:, None] - np.arange(HOUR) - self._history.first
        counted = self._history.platforms[np.maximum(recent, 0)]
        return np.where(recent >= 0, counted, 0).max(axis=1).astype(np.float64)


def _sums(history: History, counted: Flags, *figures: NDArray[np.int64] | Flags) -> Sums:
    return Sums.of(np.array(figures, dtype=np.int64), counted, history.first)


def _strongest(excess: _Excess) -> Signals:
    """Negative and volume in the strongest window of each bucket."""
    best = excess.strength.argmax(axis=1)
    observed, usual, strength = _at(best, excess.observed, excess.level, excess.strength)
    return Signals(observed, usual, strength, WINDOWS[best])


def _share(excess: _Excess, own: Floats) -> Signals:
    """Negative voices beyond the brand's own share of all that speak now, in that window that shows it best."""
    negative, voices = excess.observed[:, SHARE_WINDOWS]
    ordinary = voices * own
    noise = np.sqrt(SHARE_NOISE * np.maximum(ordinary * (1 - own), 1.0))
    strength = (negative - ordinary) / noise
    best = strength.argmax(axis=0)[None]
    seen, usual, surest = _at(best, negative[None], ordinary[None], strength[None])
    return Signals(seen, usual, surest, WINDOWS[SHARE_WINDOWS][best])


def _outcry(excess: _Excess, own: Floats) -> Floats:
    """How far the excess of the window where negative is strongest is negative, beside the brand's own share.

    Where no more is said than usual, all that is negative beyond the usual counts whole.
    """
    best = excess.strength[:1].argmax(axis=1)
    (beyond,) = _at(np.repeat(best, 2, axis=0), excess.observed - excess.level)
    negative, more = beyond
    share = np.where(more > 0, negative / np.maximum(more, TINY), 1.0)
    return np.minimum(np.maximum((share - own) / (OUTCRY * (1 - own)), 0), 1)


def _at(best: Buckets, *figures: Floats) -> list[Floats]:
    """Of each row's windows (the second axis) the one named, at each bucket."""
    rows, columns = np.arange(best.shape[0])[:, None], np.arange(best.shape[1])
    return [figure[rows, best, columns] for figure in figures]


def _stacked(*parts: Signals) -> Signals:
    return Signals(
        observed=np.vstack([part.observed for part in parts]),
        expected=np.vstack([part.expected for part in parts]),
        strength=np.vstack([part.strength for part in parts]),
        width=np.vstack([part.width for part in parts]),
    )
