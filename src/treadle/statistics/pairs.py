"""Champion and challenger on the same rows: a paired comparison needs a fraction of the rows that two separate figures would."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from treadle.core.errors import UsageError
from treadle.statistics import tails
from treadle.statistics.columns import Floats
from treadle.statistics.distances import Test
from treadle.statistics.performance import labels_and_scores, placements

RESAMPLES = 2000
_CELLS = 4_000_000
"""Values drawn at a time."""
_EXACT_ROWS = 20_000
"""More rows than this are resampled as sums of blocks."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How much better the challenger is: positive is better, in the units of the loss or metric.

    `better` is the share of resamples in which it is. `not_worse` says that the interval excludes a harm of the margin.
    """

    name: str
    champion: float
    challenger: float
    gain: float
    low: float
    high: float
    better: float
    rows: int
    margin: float = 0.0
    level: float = 0.95

    @property
    def not_worse(self) -> bool:
        return self.low >= -self.margin

    @property
    def improved(self) -> bool:
        return self.low > 0

    def __str__(self) -> str:
        words = "better" if self.improved else "not worse" if self.not_worse else "worse" if self.high < 0 else "undecided"
        numbers = f"{self.champion:.4g} -> {self.challenger:.4g}, gain {self.gain:.3g} ({self.low:.3g} to {self.high:.3g}, n {self.rows})"
        return f"{self.name}: challenger is {words}: {numbers}"


def compare_losses(
    champion: Any,
    challenger: Any,
    *,
    seed: int,
    name: str = "loss",
    margin: float = 0.0,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Mean losses on the same rows by the paired bootstrap (Efron 1979), less is better.

    Losses of few different differences, such as errors, are resampled by their counts, which is exact and takes no time; more than
    20,000 rows as blocks of neighbours. Raises UsageError when rows do not match or are fewer than 2.
    """
    one, other = np.asarray(champion, np.float64).ravel(), np.asarray(challenger, np.float64).ravel()
    if len(one) != len(other) or len(one) < 2:
        raise UsageError(f"a paired comparison needs the same rows on both sides, 2 at least: there are {len(one)} and {len(other)}")
    if not bool(np.isfinite(one).all() and np.isfinite(other).all()):
        raise UsageError("losses are finite numbers")
    gains = one - other
    return _comparison(name, float(one.mean()), float(other.mean()), resampled_means(gains, seed, resamples), len(one), margin, level)


def resampled_means(values: Floats, seed: int, resamples: int) -> Floats:
    """Means of bootstrap samples of the values."""
    rng = np.random.default_rng(seed)
    different, counts = np.unique(values, return_counts=True)
    if len(different) <= 64:
        drawn = rng.multinomial(len(values), counts / len(values), resamples)
        return np.asarray(drawn @ different / len(values))
    weights = np.ones(len(values))
    if len(values) > _EXACT_ROWS:  # of many rows the mean of blocks has the same distribution, to the third digit
        mixed = rng.permutation(values)
        starts = np.linspace(0, len(values), _EXACT_ROWS // 10 + 1).astype(np.int64)[:-1]
        values, weights = np.add.reduceat(mixed, starts), np.add.reduceat(np.ones(len(mixed)), starts)
    means = np.empty(resamples)
    step = max(1, _CELLS // len(values))
    for start in range(0, resamples, step):
        rows = rng.integers(0, len(values), (min(step, resamples - start), len(values)))
        means[start : start + step] = values[rows].sum(axis=1) / weights[rows].sum(axis=1)
    return means


def compare_metric(
    labels: Any,
    champion: Any,
    challenger: Any,
    metric: Callable[[Any, Any], float],
    *,
    seed: int,
    name: str = "metric",
    larger_is_better: bool = True,
    margin: float = 0.0,
    level: float = 0.95,
    resamples: int = 500,
) -> Comparison:
    """Any metric(labels, predictions) by the paired bootstrap over rows; resamples where it is NaN are left out."""
    y, one, other = np.asarray(labels), np.asarray(champion), np.asarray(challenger)
    if not len(y) == len(one) == len(other) or len(y) < 2:
        raise UsageError(f"a paired comparison needs the same rows on both sides: {len(y)}, {len(one)} and {len(other)}")
    sign = 1.0 if larger_is_better else -1.0
    rng = np.random.default_rng(seed)
    gains = np.empty(resamples)
    for place in range(resamples):
        rows = rng.integers(0, len(y), len(y))
        gains[place] = sign * (metric(y[rows], other[rows]) - metric(y[rows], one[rows]))
    gains = gains[np.isfinite(gains)]
    if not len(gains):
        raise UsageError(f"`{name}` is not defined on these rows")
    return _comparison(name, float(metric(y, one)), float(metric(y, other)), gains, len(y), margin, level, sign)


def _comparison(
    name: str, champion: float, challenger: float, gains: Floats, rows: int, margin: float, level: float, sign: float = -1.0
) -> Comparison:
    low, high = np.quantile(gains, ((1 - level) / 2, (1 + level) / 2))
    return Comparison(
        name=name,
        champion=champion,
        challenger=challenger,
        gain=sign * (challenger - champion),
        low=float(low),
        high=float(high),
        better=float((gains > 0).mean() + (gains == 0).mean() / 2),
        rows=rows,
        margin=margin,
        level=level,
    )


def mcnemar(labels: Any, champion: Any, challenger: Any) -> Test:
    """Whether two classifiers err equally often (McNemar 1947), by the exact binomial distribution of the rows on which one of them errs.

    The statistic is how many such rows the challenger has right, less those the champion has right.
    """
    y = np.asarray(labels)
    right, right_other = np.asarray(champion) == y, np.asarray(challenger) == y
    won, lost = int((right_other & ~right).sum()), int((right & ~right_other).sum())
    if won + lost == 0:
        return Test(0.0, 1.0)
    return Test(float(won - lost), tails.binomial_two_sided(won, won + lost, 0.5))


def delong(labels: Any, champion: Any, challenger: Any, *, margin: float = 0.0, level: float = 0.95) -> Comparison:
    """The areas under two ROC curves of the same rows (DeLong, DeLong and Clarke-Pearson 1988, by ranks as Sun and Xu 2014).

    Raises UsageError unless both classes occur twice at least.
    """
    y, one = labels_and_scores(labels, champion)
    _, other = labels_and_scores(labels, challenger)
    if min(int(y.sum()), int((~y).sum())) < 2:
        raise UsageError("a comparison of areas needs two rows of each class at least")
    below, above = placements(y, one)
    below_other, above_other = placements(y, other)
    gain = float(below_other.mean() - below.mean())
    variance = float((below_other - below).var(ddof=1)) / len(below) + float((above_other - above).var(ddof=1)) / len(above)
    error = math.sqrt(variance)
    half = tails.normal_quantile(0.5 + level / 2) * error
    better = 1 - tails.normal(gain / error) if error > 0 else 0.5 if gain == 0 else float(gain > 0)
    return Comparison(
        name="auc",
        champion=float(below.mean()),
        challenger=float(below_other.mean()),
        gain=gain,
        low=gain - half,
        high=gain + half,
        better=better,
        rows=len(y),
        margin=margin,
        level=level,
    )
