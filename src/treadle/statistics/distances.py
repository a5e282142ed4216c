"""Distances between two distributions, from samples and from counts, and the tests that belong to them.

Functions of counts take two arrays over the same cells; they normalise them to shares where the definition speaks of shares.
Logarithms are natural unless a base is given.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from treadle.core.errors import UsageError
from treadle.statistics import tails
from treadle.statistics.columns import Floats

LEAST_EXPECTED = 5.0


class Test(NamedTuple):
    """A statistic, how likely one at least as large is when both sides are alike, and its degrees of freedom (0: has none)."""

    statistic: float
    p_value: float
    degrees: int = 0


class Between(NamedTuple):
    """A distance known from bins: its value at the edges, and the most it can be within them."""

    least: float
    most: float


class Psi(NamedTuple):
    """Population stability index, the same without its bias, its p-value, and the number of cells."""

    value: float
    corrected: float
    p_value: float
    cells: int


# --- from samples -------------------------------------------------------------------------------------------------------


def sample(values: Any) -> Floats:
    """Numbers, sorted, without NaN. Raises UsageError when there are none."""
    array = np.asarray(values, np.float64).ravel()
    array = np.sort(array[~np.isnan(array)])
    if not len(array):
        raise UsageError("a distance between samples needs at least one number on each side")
    return array


def kolmogorov_smirnov(reference: Any, window: Any, method: Literal["limit", "finite", "exact"] = "limit") -> Test:
    """D = sup |F - G| of two samples, ties included, and its two-sided p-value.

    `limit`: Kolmogorov's limit distribution. `finite`: the one-sample distribution at n m / (n + m) rows, rounded. `exact`: counts
    lattice paths (up to 10,000 rows on a side, else as `finite`). All three err on the safe side when there are ties.
    """
    a, b = sample(reference), sample(window)
    both = np.concatenate((a, b))
    apart = np.searchsorted(a, both, "right") / len(a) - np.searchsorted(b, both, "right") / len(b)
    distance = float(np.abs(apart).max())
    effective = len(a) * len(b) / (len(a) + len(b))
    if method == "limit":
        return Test(distance, tails.kolmogorov(distance, effective))
    tails.special()
    from scipy import stats

    if method == "exact":
        return Test(distance, float(stats.ks_2samp(a, b, method="auto").pvalue))
    return Test(distance, float(stats.kstwo.sf(distance, np.round(effective))))


def wasserstein(reference: Any, window: Any, *, normed: bool = False, floor: float = 0.001) -> float:
    """The area between the two distribution functions, in units of the values: how far mass has to be carried on average.

    `normed` divides by the reference's standard deviation (by n), taken as at least `floor`.
    """
    a, b = sample(reference), sample(window)
    both = np.sort(np.concatenate((a, b)))
    apart = np.searchsorted(a, both[:-1], "right") / len(a) - np.searchsorted(b, both[:-1], "right") / len(b)
    distance = float(np.dot(np.abs(apart), np.diff(both)))
    return distance / max(float(np.std(a)), floor) if normed else distance


def sturges_edges(reference: Any, window: Any) -> Floats:
    """Equal widths over both sides together, their number by Sturges' rule."""
    return np.histogram_bin_edges(np.concatenate((sample(reference), sample(window))), bins="sturges")


def doane_edges(reference: Any) -> Floats:
    """Equal widths over the reference, their number by Doane's rule."""
    return np.histogram_bin_edges(sample(reference), bins="doane")


# --- from shares or counts over the same cells --------------------------------------------------------------------------


def shares(counts: Any) -> Floats:
    array = np.asarray(counts, np.float64)
    total = array.sum()
    if not total > 0 or bool((array < 0).any()):
        raise UsageError("shares need counts that are not negative, and not all zero")
    return np.asarray(array / total)


def population_stability(p: Any, q: Any) -> float:
    """PSI = sum (p - q) ln(p / q) of shares as they are: none may be zero (Lewis 1994; Siddiqi 2006)."""
    first, second = np.asarray(p, np.float64), np.asarray(q, np.float64)
    return float(((first - second) * np.log(first / second)).sum())


def psi(reference: Any, window: Any) -> Psi:
    """PSI of counts. An empty cell counts as half a row, in shares that are not normalised again.

    With B cells and n and m rows, PSI of two samples of one distribution is about (1/n + 1/m) chi2(B - 1) (Yurdakul 2018): so
    `corrected` subtracts (B - 1)(1/n + 1/m), and the p-value follows. A fixed bound of .1 without the correction alarms at small
    windows of many cells and sleeps at large ones.
    """
    a, b = np.asarray(reference, np.float64), np.asarray(window, np.float64)
    used = (a > 0) | (b > 0)
    a, b = a[used], b[used]
    n, m = float(a.sum()), float(b.sum())
    if not (n > 0 and m > 0):
        raise UsageError("PSI needs at least one row on each side")
    value = population_stability(np.maximum(a, 0.5) / n, np.maximum(b, 0.5) / m)
    scale = 1 / n + 1 / m
    degrees = len(a) - 1
    return Psi(value, value - degrees * scale, tails.chi_square(value / scale, degrees), len(a))


def kullback_leibler(p: Any, q: Any) -> float:
    """sum p ln(p / q) in nats: infinite where q lacks what p has."""
    first, second = shares(p), shares(q)
    used = first > 0
    if bool((second[used] == 0).any()):
        return math.inf
    return float((first[used] * np.log(first[used] / second[used])).sum())


def jensen_shannon(p: Any, q: Any, base: float = 2.0) -> float:
    """The divergence (Lin 1991): the mean of both sides' relative entropies to their middle. In base 2 it lies in [0, 1]."""
    first, second = shares(p), shares(q)
    middle = (first + second) / 2
    return max(0.0, (kullback_leibler(first, middle) + kullback_leibler(second, middle)) / 2 / math.log(base))


def jensen_shannon_distance(p: Any, q: Any, base: float = 2.0) -> float:
    """The square root of the divergence, which is a metric (Endres and Schindelin 2003)."""
    return math.sqrt(jensen_shannon(p, q, base))


def hellinger(p: Any, q: Any) -> float:
    """sqrt(sum (sqrt p - sqrt q)^2 / 2), in [0, 1]."""
    return float(np.sqrt(((np.sqrt(shares(p)) - np.sqrt(shares(q))) ** 2).sum() / 2))


def total_variation(p: Any, q: Any) -> float:
    """Half the sum of absolute differences: the share of rows that would have to change."""
    return float(np.abs(shares(p) - shares(q)).sum() / 2)


def l_infinity(p: Any, q: Any) -> float:
    """The largest difference of a share."""
    return float(np.abs(shares(p) - shares(q)).max())


def chi_square(
    reference: Any, window: Any, *, least_expected: float = LEAST_EXPECTED, continuity: bool = False, kurtosis: bool = False
) -> Test:
    """Pearson's test of homogeneity of two rows of counts. BOTH are samples: a reference is not the truth.

    Cells with fewer than `least_expected` expected rows on the smaller side are joined, in the order of their totals, until they
    have enough: the order depends on the totals of both sides alone, so the test stays valid (0 joins nothing); equal ones keep the order
    in which they are given, so that order must not depend on one side. `continuity` is
    Yates' correction of a table of two cells. `kurtosis` fits the variance that the statistic really has when expected counts are
    small, by a scaled chi-square of the same mean: without it, a p-value of .001 is up to twice as frequent as it says.
    """
    a, b = pooled(np.asarray(reference, np.float64), np.asarray(window, np.float64), least_expected)
    n, m = float(a.sum()), float(b.sum())
    if len(a) < 2 or not (n > 0 and m > 0):
        return Test(0.0, 1.0, 0)
    totals = a + b
    expected = totals * (n / (n + m))
    apart = np.abs(a - expected)
    degrees = len(a) - 1
    if continuity and degrees == 1:
        apart = apart - np.minimum(0.5, apart)
    statistic = float((apart**2 / expected + apart**2 / (totals - expected)).sum())
    scale = 1.0
    if kurtosis:
        odds = n * m / (n + m) ** 2
        scale = max(1.0, 1.0 + float(((1 - 6 * odds) / (totals * odds)).sum()) / (2 * degrees))
    return Test(statistic, tails.chi_square(statistic / scale, degrees / scale), degrees)


def pooled(a: Floats, b: Floats, least_expected: float = LEAST_EXPECTED) -> tuple[Floats, Floats]:
    """Both rows of counts with rare cells joined, as `chi_square` says."""
    totals = a + b
    used = totals > 0
    a, b, totals = a[used], b[used], totals[used]
    n, m = float(a.sum()), float(b.sum())
    if least_expected <= 0 or not len(totals) or not (n > 0 and m > 0):
        return a, b
    expected = totals * (min(n, m) / (n + m))
    order = np.argsort(-expected, kind="stable")
    frequent = int(np.searchsorted(-expected[order], -least_expected, "right"))
    starts = list(range(frequent))
    gathered, first = 0.0, frequent
    for place in range(frequent, len(order)):
        gathered += float(expected[order[place]])
        if gathered >= least_expected:
            starts.append(first)
            gathered, first = 0.0, place + 1
    if first < len(order) and not starts:
        starts.append(first)  # what is left over joins the last cell; here there is no other
    return np.add.reduceat(a[order], starts), np.add.reduceat(b[order], starts)


def cramer_v(reference: Any, window: Any) -> float:
    """Cramer's V of the two rows, with the bias correction of Bergsma 2013."""
    a, b = np.asarray(reference, np.float64), np.asarray(window, np.float64)
    statistic, _, degrees = chi_square(a, b, least_expected=0, continuity=True)
    n = float(a.sum() + b.sum())
    columns, rows = degrees + 1, 2
    excess = max(0.0, statistic / n - degrees / (n - 1))
    fewer = min(rows - 1 / (n - 1), columns - degrees**2 / (n - 1)) - 1
    return math.sqrt(excess / fewer) if fewer > 0 else 0.0


# --- from bins between edges --------------------------------------------------------------------------------------------


def kolmogorov_smirnov_binned(reference: Any, window: Any) -> tuple[Between, float]:
    """D from counts in ordered bins: its value at the edges, the most it can be, and a p-value from the former.

    Within bin i a difference can grow by the mass that one side has in it, and must have shrunk to the difference at its other
    edge: F - G <= min(d[i-1] + p[i], d[i] + q[i]). The value at the edges is never above D, so its p-value is on the safe side.
    """
    p, q = shares(reference), shares(window)
    right = np.cumsum(p - q)
    right[-1] = 0.0
    left = np.concatenate(([0.0], right[:-1]))
    least = float(np.abs(right).max())
    above = np.minimum(left + p, right + q).max()
    below = np.minimum(-left + q, -right + p).max()
    n, m = float(np.sum(reference)), float(np.sum(window))
    return Between(least, max(least, float(min(1.0, max(above, below))))), tails.kolmogorov(least, n * m / (n + m))


def wasserstein_binned(edges: Any, reference: Any, window: Any, least: float, most: float) -> float:
    """W1 from counts in bins, with the mass of a bin spread evenly over it; `least` and `most` of both sides bound the outer bins."""
    inner = np.asarray(edges, np.float64)
    places = np.concatenate(([min(least, inner[0])], inner, [max(most, inner[-1])]))
    apart = np.concatenate(([0.0], np.cumsum(shares(reference) - shares(window))))
    apart[-1] = 0.0
    left, right = apart[:-1], apart[1:]
    size = np.abs(left) + np.abs(right)
    crossing = left * right < 0
    height = np.where(crossing, (left**2 + right**2) / np.where(size > 0, 2 * size, 1.0), size / 2)
    return float(np.dot(height, np.diff(places)))


def group_bins(reference: Any, window: Any, cells: int = 10) -> tuple[Floats, Floats]:
    """Neighbouring bins joined into at most `cells` groups of about equal share of the reference, as PSI is wont to be computed."""
    a, b = np.asarray(reference, np.float64), np.asarray(window, np.float64)
    reached = np.cumsum(a) - a / 2
    group = np.minimum((reached / max(float(a.sum()), 1.0) * cells).astype(np.int64), cells - 1)
    return np.bincount(group, a, cells).astype(np.float64), np.bincount(group, b, cells).astype(np.float64)
