"""Tails of distributions: how rare a statistic is when nothing has changed. Needs scipy (extra `monitoring`) except for the normal."""

from __future__ import annotations

import math
from typing import Any

from treadle.core.errors import FormatError


def special() -> Any:
    """scipy's functions, loaded when the first p-value is asked for."""
    try:
        import scipy.special
    except ImportError as error:
        raise FormatError("p-values need scipy", hint="pip install 'treadle[monitoring]'") from error
    return scipy.special


def normal(z: float) -> float:
    """P(Z >= z) of the standard normal distribution."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def normal_quantile(share: float) -> float:
    """The z below which this share of the standard normal distribution lies."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)


def chi_square(statistic: float, degrees: float) -> float:
    return float(special().chdtrc(degrees, statistic)) if degrees > 0 else 1.0


def kolmogorov(distance: float, effective_rows: float) -> float:
    """P(D >= distance) by Kolmogorov's limit distribution; for two samples effective_rows is n m / (n + m)."""
    return float(special().kolmogorov(math.sqrt(effective_rows) * distance))


def binomial_at_least(count: int, trials: int, share: float) -> float:
    """P(X >= count)."""
    return 1.0 if count <= 0 else float(special().bdtrc(count - 1, trials, share))


def binomial_two_sided(count: int, trials: int, share: float) -> float:
    """Twice the smaller tail, at most 1."""
    below = float(special().bdtr(count, trials, share))
    return min(1.0, 2.0 * min(below, binomial_at_least(count, trials, share)))


def negative_binomial_at_least(count: int, shape: float, odds: float) -> float:
    """P(X >= count) of a Poisson variable whose rate is gamma distributed, with this shape and with mean shape * odds."""
    return 1.0 if count <= 0 else float(special().betainc(count, shape, odds / (1.0 + odds)))


def wilson(successes: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Confidence interval of a share (Wilson 1927): sound for few trials and for shares near 0 and 1."""
    if trials <= 0:
        return 0.0, 1.0
    z = normal_quantile(0.5 + level / 2)
    share = successes / trials
    center = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, center - half), min(1.0, center + half)
