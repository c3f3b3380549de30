"""How large a surprise must be for this very brand: the height its own noise reaches in forty days."""

import numpy as np

from core.crisis.baseline import DAYS, Floats, Sums, by_clock, surprise, usual, winsorised
from core.crisis.buckets import BUCKETS_A_DAY

RETURN_DAYS = 40.0  # strength 1 is a surprise that the brand's own noise reaches once in so many days
PRIOR_DAYS = 5.0  # what is assumed of an unknown brand counts like so many days of its own
PRIOR_TOP = 2.2  # highest surprise of an ordinary day where counts are small
PRIOR_SPREAD = 0.35  # its spread, as a share of it
PRIOR_BURSTS = 0.9  # people answer each other: the variance of a bucket beyond that of chance, by its usual count
LEAST_SPREAD = 0.4
PEAK_UNIT = 1.75
PEAK_PRIOR = 5.0
PEAK_PRIOR_DAYS = 14.0
GUMBEL_MEDIAN = 0.3665  # median of the standard Gumbel distribution
GUMBEL_QUARTILES = 1.5725  # distance between its quartiles


def scale_of(sums: Sums, day_begins: int, width: int, flat: float) -> float:
    """Surprise that the days before `day_begins` reach once in `RETURN_DAYS`.

    The highest surprise of each day is taken as Gumbel distributed, fitted by median and quartiles so that a day
    of crisis does not stretch the scale, and leant on a careful prior while days are few.
    """
    tops = daily_tops(sums, day_begins, width, flat)
    days = len(tops)
    prior_top = PRIOR_TOP * float(np.sqrt(1 + PRIOR_BURSTS * flat))
    prior_spread = PRIOR_SPREAD * prior_top
    if days == 0:
        return prior_top + prior_spread * float(np.log(RETURN_DAYS))
    low, middle, high = np.quantile(tops, [0.25, 0.5, 0.75])
    spread = max(float(high - low) / GUMBEL_QUARTILES, LEAST_SPREAD)
    spread = (days * spread + PRIOR_DAYS * prior_spread) / (days + PRIOR_DAYS)
    top = (days * (float(middle) - GUMBEL_MEDIAN * spread) + PRIOR_DAYS * prior_top) / (days + PRIOR_DAYS)
    return top + spread * float(np.log(RETURN_DAYS))


def peak_scale(sums: Sums, day_begins: int, width: int, flat: float) -> float:
    """How high the brand's ordinary peaks are: the root mean square of the daily tops, times `PEAK_UNIT`.

    The square gives days of real events their weight, so that counts alone call unusual only what is so beside them.
    While days are few a careful prior counts like `PEAK_PRIOR_DAYS` of them. Source: decision 0021.
    """
    tops = daily_tops(sums, day_begins, width, flat)
    days = len(tops)
    own = float(np.sqrt(np.mean(tops**2))) if days else 0.0
    return max((days * own + PEAK_PRIOR_DAYS * PEAK_PRIOR) / (days + PEAK_PRIOR_DAYS) * PEAK_UNIT, 1.0)


def daily_tops(sums: Sums, day_begins: int, width: int, flat: float) -> Floats:
    """Highest surprise of each past day, each day judged by the others."""
    days = np.arange(-DAYS, 0)[:, None] * BUCKETS_A_DAY + day_begins
    ends = days + np.arange(BUCKETS_A_DAY)[None, :]
    values = sums.rates(ends, width)
    cut, total, number = winsorised(by_clock(sums, ends, width, before=day_begins).T)
    others = usual((total[:, None] - cut).T, np.maximum(number - 1, 0), np.full(1, flat * width))
    surprises = surprise(np.nan_to_num(values), others.level, others.doubt)
    surprises = np.where(np.isnan(values), -np.inf, surprises)
    enough = (~np.isnan(values)).mean(axis=1) >= 0.5
    return surprises[enough].max(axis=1)
