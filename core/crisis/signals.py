"""What is measured in a bucket: negative voices, volume, their share, and the small signals beside them."""

from dataclasses import dataclass, replace

import numpy as np

from core.crisis.baseline import LAG, TINY, WATCHED, Buckets, Floats, Sums, expected, flat_level, running, surprise
from core.crisis.buckets import BUCKETS_A_DAY, Flags, History
from core.crisis.calibration import scale_of

WINDOWS = np.array([3, 12, 36, 144])  # buckets: a quarter of an hour, one, three and twelve hours
CALIBRATED = ("negative", "volume")
FULL_WINDOW = 36
HOUR = 12
WEEK = 7 * BUCKETS_A_DAY
MONTH = 28 * BUCKETS_A_DAY
SHARE_WINDOWS = (12, 36)
SHARE_NOISE = 1.5  # a share varies by so much more than independent voices would make it
SHARE_START = 0.25  # an unknown brand's own share: the least seen on quiet days
SHARE_PRIOR = 10.0  # voices that this counts for
REACH_START = 1_000.0  # readers; below this reach says nothing
COLD_HOURS = 24
OUTCRY = 0.7  # of the way from the brand's own share to all voices negative: from there on a rise is an outcry
CALM = 0.6  # what a rise of negative voices is worth where all kinds of voices rise alike


@dataclass(frozen=True, slots=True)
class Signal:
    """One figure at each bucket: what was seen, what is usual, and how unusual that is.

    Units: `strength` of negative and volume is 1 where the brand's own noise comes once in forty days; of the
    others it is standard deviations, or powers of ten for reach. `width` is the window in buckets.
    """

    observed: Floats
    expected: Floats
    strength: Floats
    width: Buckets

    def where(self, chosen: Flags, other: "Signal") -> "Signal":
        """The signal where chosen, the other elsewhere."""
        return Signal(
            np.where(chosen, self.observed, other.observed),
            np.where(chosen, self.expected, other.expected),
            np.where(chosen, self.strength, other.strength),
            np.where(chosen, self.width, other.width),
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """All signals of a run of buckets, and what the guards need to know of them.

    `outcry` says how far what is more than usual is negative: 0 where no more than all that is said about the brand,
    1 where it is most of the way from there to all of it. `negative_voices` and `completeness` are of the last three
    hours; `is_majority` where at least half of that time's voices are negative.
    """

    signals: dict[str, Signal]
    outcry: Floats
    negative_voices: Floats
    completeness: Floats
    is_majority: Flags
    is_blind: Flags
    hours_known: Floats


@dataclass(frozen=True, slots=True)
class _Excess:
    """One figure in each window (rows) at each bucket: what was seen, what is usual, and how unusual that is."""

    observed: Floats
    level: Floats
    strength: Floats

    @property
    def best(self) -> tuple[Buckets, Buckets]:
        """Where the strongest window of each bucket stands."""
        columns = np.arange(self.strength.shape[1])
        return np.argmax(self.strength, axis=0), columns

    def strongest(self) -> Signal:
        """The strongest window of each bucket."""
        best = self.best
        return Signal(self.observed[best], self.level[best], self.strength[best], WINDOWS[best[0]])


class Ledger:
    """Running sums of a history, made once and read for any of its buckets."""

    def __init__(self, history: History) -> None:
        columns = {
            "negative": history.negative_voices,
            "volume": history.voices,
            "reach": history.reach,
            "toxicity": history.toxic,
            "threat": history.threat,
            "hoax": history.hoax,
            "spread": history.platforms,
            "negative_buckets": (history.platforms > 0).astype(np.int64),
        }
        self._history = history
        seen = running(history.observed.astype(np.int64))
        self._sums = {name: Sums.of(column, history.observed, seen, history.first) for name, column in columns.items()}

    def scale(self, day_begins: int) -> tuple[float, ...]:
        """The calibration of one day: for negative and volume, the surprise that makes strength 1 in each window."""
        before = np.array([day_begins - 1])
        return tuple(
            round(scale_of(self._sums[name], day_begins, width, float(flat_level(self._sums[name], before)[0][0])), 6)
            for name in CALIBRATED
            for width in WINDOWS.tolist()
        )

    def measure(self, ends: Buckets, scale: tuple[float, ...]) -> Measured:
        """All signals at some buckets of one day, with that day's calibration."""
        flat, hours = flat_level(self._sums["negative"], ends)
        own = self._own_share(ends)
        negative = _excess(self._sums["negative"], ends, flat, scale[: len(WINDOWS)])
        volume_flat, _ = flat_level(self._sums["volume"], ends)
        volume = _excess(self._sums["volume"], ends, volume_flat, scale[len(WINDOWS) :])
        outcry = _outcry(negative, volume, own)
        strongest = negative.strongest()
        signals = {
            "negative": replace(strongest, strength=strongest.strength * (CALM + (1 - CALM) * outcry)),
            "volume": volume.strongest(),
            "share": self._share(ends, own),
            "spread": self._spread(ends),
            "reach": self._reach(ends),
            **{name: _cue(self._sums[name], ends) for name in ("toxicity", "threat", "hoax")},
        }
        negative_voices, completeness = self._sums["negative"].window(ends, FULL_WINDOW)
        voices, _ = self._sums["volume"].window(ends, FULL_WINDOW)
        return Measured(
            signals=signals,
            outcry=outcry,
            negative_voices=negative_voices,
            completeness=completeness,
            is_majority=2 * negative_voices >= voices,
            is_blind=~self._history.observed[ends - self._history.first],
            hours_known=hours,
        )

    def _own_share(self, ends: Buckets) -> Floats:
        voices, _ = self._sums["volume"].window(ends - LAG, MONTH)
        negative, _ = self._sums["negative"].window(ends - LAG, MONTH)
        return (negative + SHARE_PRIOR * SHARE_START) / (voices + SHARE_PRIOR)

    def _share(self, ends: Buckets, own: Floats) -> Signal:
        signals: list[Signal] = []
        for width in SHARE_WINDOWS:
            voices, _ = self._sums["volume"].window(ends, width)
            negative, _ = self._sums["negative"].window(ends, width)
            usual = voices * own
            noise = np.sqrt(SHARE_NOISE * np.maximum(usual * (1 - own), 1.0))
            signals.append(Signal(negative, usual, (negative - usual) / noise, np.full(len(ends), width)))
        return _strongest(signals)

    def _spread(self, ends: Buckets) -> Signal:
        recent = ends[:, None] - np.arange(HOUR)[None, :] - self._history.first
        counted = self._history.platforms[np.clip(recent, 0, None)]
        observed = np.where(recent >= 0, counted, 0).max(axis=1).astype(np.float64)
        past, _ = self._sums["spread"].window(ends - LAG, WEEK)
        buckets, _ = self._sums["negative_buckets"].window(ends - LAG, WEEK)
        usual = np.where(buckets > 0, past / np.maximum(buckets, 1), 1.0)
        return Signal(observed, usual, observed - usual, np.full(len(ends), HOUR))

    def _reach(self, ends: Buckets) -> Signal:
        observed, usual = _hourly(self._sums["reach"], ends)
        strength = np.log10((observed + REACH_START) / (usual + REACH_START))
        return Signal(observed, usual, strength, np.full(len(ends), HOUR))


def _excess(sums: Sums, ends: Buckets, flat: Floats, scale: tuple[float, ...]) -> _Excess:
    observed, share = sums.window(ends, WINDOWS[:, None])
    usual = expected(sums, ends, WINDOWS, flat)
    level = usual.level * share
    strength = np.where(share >= WATCHED, surprise(observed, level, usual.doubt) / np.array(scale)[:, None], 0.0)
    return _Excess(observed, level, strength)


def _outcry(negative: _Excess, volume: _Excess, own: Floats) -> Floats:
    """How far the excess of the strongest window is negative, beside the brand's own share.

    Where no more is said than usual, all that is negative beyond the usual counts whole.
    """
    best = negative.best
    more = volume.observed[best] - volume.level[best]
    share = np.where(more > 0, (negative.observed[best] - negative.level[best]) / np.maximum(more, TINY), 1.0)
    return np.clip((share - own) / (OUTCRY * (1 - own)), 0, 1)


def _strongest(signals: list[Signal]) -> Signal:
    best, *others = signals
    for other in others:
        best = other.where(other.strength > best.strength, best)
    return best


def _cue(sums: Sums, ends: Buckets) -> Signal:
    observed, usual = _hourly(sums, ends)
    return Signal(observed, usual, surprise(observed, usual), np.full(len(ends), HOUR))


def _hourly(sums: Sums, ends: Buckets) -> tuple[Floats, Floats]:
    observed, share = sums.window(ends, HOUR)
    past, known = sums.window(ends - LAG, WEEK)
    return observed, past / np.maximum(known * WEEK, TINY) * HOUR * share * (known > 0)
