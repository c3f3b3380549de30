"""Evidence that adds up: how much likelier an outcry is than ordinary talk, one bucket after the other.

A window sees what comes within it. What begins with a trickle is unusual in none for long, and still each of its
buckets speaks a little for an outcry. Source: Page's cumulative sum (1954), which forgets here.
"""

import numpy as np

from core.crisis.baseline import DAYS, Floats, Sums, by_clock, usual, winsorised
from core.crisis.buckets import BUCKETS_A_DAY, Counts
from core.crisis.calibration import GUMBEL_MEDIAN, GUMBEL_QUARTILES, LEAST_SPREAD, PRIOR_BURSTS, RETURN_DAYS

RISE = 3.0  # an outcry has so many times the usual negative voices
TOWARDS = 0.4  # and its voices are so far on the way from the brand's own share to all of them negative
HOUR = 12  # buckets
KEPT = 0.5 ** (1 / (3 * HOUR))  # of the sum from one bucket to the next: half of it in three hours
MOST = 2.0  # scales; what is plain need not be remembered for long
SCALED = 0.9  # of the height that the brand's own noise reaches once in `RETURN_DAYS`
PRIOR_DAYS = 7.0
PRIOR_TOP = 5.0
PRIOR_SPREAD = 1.5
PRIOR_SHARE_NOISE = 2.5
MOST_SURPRISE = 16.0  # squared standard deviations: one crisis among the hours is not the brand's noise
LEAST_COUNT = 0.3

Calibration = tuple[float, ...]
"""Three numbers: the height at which a sum is plain; how much hours vary beyond chance, in counts and in share."""


def gains(negative: Floats, voices: Floats, usually: Floats, own: Floats | float, calibration: Calibration) -> Floats:
    """What each bucket adds: the logarithm of how much likelier its counts are in an outcry than on a usual day.

    Divided by how much the brand varies beyond chance, in its counts and in its share.
    """
    _, bursts, wander = calibration
    share = own + TOWARDS * (1 - own)
    counted = negative * np.log(RISE) - usually * (RISE - 1)
    leaning = negative * np.log(share / own) + (voices - negative) * np.log((1 - share) / (1 - own))
    return counted / bursts + leaning / wander


def added(evidence: float, gain: float, calibration: Calibration) -> float:
    """The sum after one more bucket; never below nothing, so that a quiet week gives no credit."""
    return min(max(evidence * KEPT + gain, 0.0), MOST * calibration[0])


def calibrate(past: Sums, day_begins: int, flat: float, own: float) -> Calibration:
    """The calibration of one day by the 28 before, each judged by the others, leant on a careful prior while few.

    `past` has negative voices and all voices; `flat` is the flat level of the former in one bucket, `own` their share.
    """
    ends = np.arange(-DAYS, 0)[:, None] * BUCKETS_A_DAY + day_begins + np.arange(BUCKETS_A_DAY)
    (negative, voices), share = past.window(ends, 1)
    usually = _usual_of_others(Sums(past.first, past.total[0], past.seen), ends, day_begins, flat)
    is_known = share > 0
    hours = is_known.reshape(DAYS, -1, HOUR).all(axis=-1)
    by_hour = np.where(is_known, (negative, voices, usually), 0.0).reshape(3, DAYS, -1, HOUR).sum(axis=-1)[:, hours]
    bursts, wander = _noise(by_hour, flat, own)
    gained = gains(negative, voices, usually, own, (0.0, bursts, wander))
    tops = _tops(np.where(is_known, gained, 0.0))[is_known.mean(axis=1) >= 0.5]
    return round(_scale(tops), 6), round(bursts, 6), round(wander, 6)


def _usual_of_others(negative: Sums, ends: Counts, before: int, flat: float) -> Floats:
    """Usual negative voices of each past bucket by the same hour of the other days."""
    cut, total, number = winsorised(by_clock(negative, ends, HOUR, before=before).T)
    others = usual((total[:, None] - cut).T, np.maximum(number - 1, 0), np.full(1, flat * HOUR))
    return others.level / HOUR


def _noise(by_hour: Floats, flat: float, own: float) -> tuple[float, float]:
    """How much hours vary, in multiples of chance: in their negative voices, and in how negative their voices are."""
    negative, voices, usually = by_hour
    by_count = (negative - usually) ** 2 / np.maximum(usually, LEAST_COUNT)
    spoken = voices > 0
    chance = np.maximum(voices * own * (1 - own), LEAST_COUNT)
    by_share = ((negative - voices * own) ** 2 / chance)[spoken]
    return _leant(by_count, 1 + PRIOR_BURSTS * flat), _leant(by_share, PRIOR_SHARE_NOISE)


def _leant(squares: Floats, prior: float) -> float:
    weight = 24 * PRIOR_DAYS
    total = float(np.minimum(squares, MOST_SURPRISE).sum())
    return max((total + weight * prior) / (squares.size + weight), 1.0)


def _tops(gained: Floats) -> Floats:
    """The highest sum of each day."""
    tops, evidence = np.zeros(len(gained)), 0.0
    for day, row in enumerate(gained.tolist()):
        top = 0.0
        for gain in row:
            evidence = evidence * KEPT + gain
            if evidence < 0.0:
                evidence = 0.0
            elif evidence > top:
                top = evidence
        tops[day] = top
    return tops


def _scale(tops: Floats) -> float:
    """Gumbel by median and quartiles, as the scale of the windows is."""
    days = len(tops)
    top, spread = PRIOR_TOP, PRIOR_SPREAD
    if days:
        low, middle, high = np.quantile(tops, [0.25, 0.5, 0.75])
        own = max(float(high - low) / GUMBEL_QUARTILES, LEAST_SPREAD)
        spread = (days * own + PRIOR_DAYS * PRIOR_SPREAD) / (days + PRIOR_DAYS)
        top = (days * (float(middle) - GUMBEL_MEDIAN * spread) + PRIOR_DAYS * PRIOR_TOP) / (days + PRIOR_DAYS)
    return SCALED * (top + spread * float(np.log(RETURN_DAYS)))
