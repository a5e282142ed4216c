"""Tests that may be looked at after every observation: is the canary worse than the champion?

A p-value that is looked at repeatedly finds harm in a third of harmless canaries. An e-value does not: it is a wager against "the
canary is not worse", and whoever wagers against what is true multiplies his stake twentyfold, ever, with a chance of at most 1/20
(Ville 1939). So a test may stop whenever 1/e falls below alpha, and goes on as long as it likes otherwise.

Each test is a plain state that can be stored and continued. All ask one-sided: they find harm, never praise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from treadle.core.errors import UsageError
from treadle.statistics.columns import Floats, merge_moments
from treadle.statistics.families import holm
from treadle.statistics.tails import normal

_PRIOR = 0.18
"""Pseudo-observations of each outcome before the first: close to minimax regret of two Bernoulli rates (Turner, Ly, Grünwald 2021)."""
_LEAST_RATE = 1e-4
_PART_ROWS, _MOST_PARTS = 10, 400
"""A batch of errors is wagered on in parts of about so many rows, at most so many parts."""
LEAST_ROWS = 100
"""Means are tested from this many rows on, because their variance is estimated."""
_LATENCY_LEAST, _LATENCY_RATIO, _LATENCY_BINS = 1e-5, 1.05, 380


class Evidence(msgspec.Struct, kw_only=True):
    """What every test shares. e-values are kept as logarithms; the greatest one counts."""

    alpha: float = 0.05
    least_harm: float = 0.0
    """Harm below this, in the units of the test's `harm`, is no reason to roll back, however certain."""
    log_e: float = 0.0
    log_e_most: float = 0.0

    @property
    def e_value(self) -> float:
        """The evidence of harm at this moment; 1 is none."""
        return math.exp(min(self.log_e, 700.0))

    @property
    def p_value(self) -> float:
        """Anytime-valid: the chance that it ever falls below x is at most x when the canary is not worse."""
        return math.exp(-min(max(self.log_e_most, 0.0), 690.0))  # never 0, which nobody could divide by

    @property
    def harm(self) -> float:
        raise NotImplementedError

    @property
    def harmful(self) -> bool:
        return self.p_value <= self.alpha and self.harm >= self.least_harm

    def _wager(self, log_e: float) -> None:
        self.log_e = log_e
        self.log_e_most = max(self.log_e_most, log_e)


class ErrorTest(Evidence, kw_only=True, tag="errors"):
    """Shares of errors of two streams. Exactly valid, for any batch sizes and any split of the traffic.

    The two-sample e-process of Turner, Ly and Grünwald 2021: rates learned from earlier batches are wagered against their weighted
    mean. It wagers only while the canary looks worse, which keeps it valid against every "canary not worse".

    What a batch itself shows cannot be wagered on within it, so a batch is taken in small parts: harm that comes all at once, because
    nobody looked meanwhile, is found as soon as harm that was watched. The rows of a batch come in no known order, and a random one is
    as likely as any; it is drawn from the numbers of rows alone, so that the same batches always give the same evidence.
    """

    champion_rows: int = 0
    champion_errors: int = 0
    canary_rows: int = 0
    canary_errors: int = 0

    def update(self, champion_errors: int, champion_rows: int, canary_errors: int, canary_rows: int) -> None:
        """Counts a batch: errors and rows of each side since the last.

        Raises UsageError for impossible counts."""
        if not (0 <= champion_errors <= champion_rows and 0 <= canary_errors <= canary_rows):
            raise UsageError(f"{champion_errors} of {champion_rows} and {canary_errors} of {canary_rows} are no counts of errors")
        if not champion_rows + canary_rows:
            return
        count = min(-(-(champion_rows + canary_rows) // _PART_ROWS), _MOST_PARTS)
        order = np.random.default_rng([self.champion_rows, self.canary_rows, champion_rows, canary_rows])
        champion, canary = (
            _in_parts(order, errors, rows, count) for errors, rows in ((champion_errors, champion_rows), (canary_errors, canary_rows))
        )
        for one, other in zip(champion, canary, strict=True):
            self._count(*one, *other)

    def _count(self, champion_errors: int, champion_rows: int, canary_errors: int, canary_rows: int) -> None:
        champion = _learned(self.champion_errors, self.champion_rows)
        canary = _learned(self.canary_errors, self.canary_rows)
        if canary > champion:
            middle = (champion * champion_rows + canary * canary_rows) / (champion_rows + canary_rows)
            gain = _gain(champion_errors, champion_rows, champion, middle) + _gain(canary_errors, canary_rows, canary, middle)
            self._wager(self.log_e + gain)
        self.champion_rows += champion_rows
        self.champion_errors += champion_errors
        self.canary_rows += canary_rows
        self.canary_errors += canary_errors

    @property
    def harm(self) -> float:
        """Share of errors of the canary less that of the champion."""
        if not self.champion_rows or not self.canary_rows:
            return 0.0
        return self.canary_errors / self.canary_rows - self.champion_errors / self.champion_rows

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence sequence of `harm`: holds at all times together with this chance."""
        low, high = share_sequence(self.canary_errors, self.canary_rows, (1 + level) / 2)
        low_champion, high_champion = share_sequence(self.champion_errors, self.champion_rows, (1 + level) / 2)
        return low - high_champion, high - low_champion


def _in_parts(order: np.random.Generator, errors: int, rows: int, count: int) -> list[tuple[int, int]]:
    """Errors and rows of so many parts of nearly equal sizes, the errors at random rows."""
    edges = [rows * part // count for part in range(count + 1)]
    sizes = [end - start for start, end in pairwise(edges)]
    drawn = order.multivariate_hypergeometric(sizes, errors, method="marginals") if rows else [0] * count
    return [(int(found), size) for found, size in zip(drawn, sizes, strict=True)]


def _learned(errors: int, rows: int) -> float:
    return min(max((errors + _PRIOR) / (rows + 2 * _PRIOR), _LEAST_RATE), 1 - _LEAST_RATE)


def _gain(errors: int, rows: int, rate: float, middle: float) -> float:
    return errors * math.log(rate / middle) + (rows - errors) * math.log((1 - rate) / (1 - middle))


def share_sequence(successes: int, trials: int, level: float) -> tuple[float, float]:
    """Confidence sequence of a share: those that a beta(1/2, 1/2) mixture does not outdo 1 / (1 - level) to one (Robbins 1970)."""
    failures = trials - successes
    mixture = math.lgamma(successes + 0.5) + math.lgamma(failures + 0.5) - math.lgamma(trials + 1) - math.log(math.pi)
    bound = mixture + math.log(1 - level)

    def credible(share: float) -> bool:
        return (successes * math.log(share) if successes else 0.0) + (failures * math.log1p(-share) if failures else 0.0) >= bound

    middle = min(max(successes / trials if trials else 0.5, 1e-12), 1 - 1e-12)
    ends: list[float] = []
    for end in (0.0, 1.0):
        inside, outside = middle, end
        for _ in range(50):
            half = (inside + outside) / 2
            inside, outside = (half, outside) if 0 < half < 1 and credible(half) else (inside, half)
        ends.append(end if not (successes if end == 0.0 else failures) else outside)
    return ends[0], ends[1]


class LossTest(Evidence, kw_only=True, tag="losses"):
    """Mean losses (or times, costs: less is better) of two independent streams.

    A normal mixture over harms (mSPRT of Robbins 1970; Johari and others 2022) with estimated variances, so valid in large samples: it
    is silent before `least_rows` on each side. The width of the mixture is fixed there, from then on nothing looks ahead.
    """

    least_rows: int = LEAST_ROWS
    tuned_rows: int = 1000
    """Quickest where a decision falls after about this many rows on a side."""
    champion: tuple[int, float, float] = (0, 0.0, 0.0)
    """Rows, mean, sum of squared deviations."""
    canary: tuple[int, float, float] = (0, 0.0, 0.0)
    width: float = 0.0

    def update(self, champion: Any, canary: Any) -> None:
        """Counts losses that have come in on each side since the last time; either may be empty. NaN is not counted."""
        self.champion, self.canary = _gathered(self.champion, champion), _gathered(self.canary, canary)
        rows = min(self.champion[0], self.canary[0])
        variance = self._variance()
        if rows < self.least_rows or variance <= 0:
            return
        if not self.width:
            self.width = _width(_spread2(self.champion) + _spread2(self.canary), self.tuned_rows)
        self._wager(_one_sided(self.harm, variance, self.width))

    def _variance(self) -> float:
        """Of the difference of means."""
        return sum(_spread2(side) / side[0] for side in (self.champion, self.canary) if side[0])

    @property
    def harm(self) -> float:
        """Mean loss of the canary less that of the champion."""
        return self.canary[1] - self.champion[1] if self.champion[0] and self.canary[0] else 0.0

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence sequence of `harm`; infinite before `least_rows`."""
        if min(self.champion[0], self.canary[0]) < self.least_rows or not self.width:
            return -math.inf, math.inf
        return _mixture_interval(self.harm, self._variance(), self.width, level)


class PairedLossTest(Evidence, kw_only=True, tag="paired losses"):
    """Mean difference of losses on the same rows, as a shadow gives them: needs far fewer rows than two streams. As `LossTest` else."""

    least_rows: int = LEAST_ROWS
    tuned_rows: int = 1000
    differences: tuple[int, float, float] = (0, 0.0, 0.0)
    width: float = 0.0

    def update(self, champion: Any, canary: Any) -> None:
        """Counts losses of the two on the same rows, in the same order. Raises UsageError when their numbers differ."""
        one, other = np.asarray(champion, np.float64), np.asarray(canary, np.float64)
        if one.shape != other.shape:
            raise UsageError(f"losses of the same rows come in equal numbers, not {one.size} and {other.size}")
        self.differences = _gathered(self.differences, other - one)
        rows = self.differences[0]
        if rows < self.least_rows or self.differences[2] <= 0:
            return
        if not self.width:
            self.width = _width(_spread2(self.differences), self.tuned_rows)
        self._wager(_one_sided(self.harm, _spread2(self.differences) / rows, self.width))

    @property
    def harm(self) -> float:
        """Mean of canary's loss less champion's."""
        return self.differences[1]

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence sequence of `harm`; infinite before `least_rows`."""
        if self.differences[0] < self.least_rows or not self.width:
            return -math.inf, math.inf
        return _mixture_interval(self.harm, _spread2(self.differences) / self.differences[0], self.width, level)


def _gathered(side: tuple[int, float, float], values: Any) -> tuple[int, float, float]:
    array: Floats = np.asarray(values, np.float64).ravel()
    array = array[~np.isnan(array)]
    if not len(array):
        return side
    mean = float(array.mean())
    part = (len(array), mean, float(((array - mean) ** 2).sum()))
    return side[0] + part[0], *merge_moments(side, part)


def _spread2(side: tuple[int, float, float]) -> float:
    return side[2] / max(side[0] - 1, 1)


def _width(variance: float, tuned_rows: int) -> float:
    """Of the mixture: the harm that is just found after the tuned number of rows, about 2.5 standard errors."""
    return math.sqrt(6.25 * variance / tuned_rows)


def _one_sided(harm: float, variance: float, width: float) -> float:
    """Logarithm of the likelihood ratio of a half-normal mixture of harms above 0 to no harm."""
    both = variance + width * width
    stretched = width * harm / math.sqrt(variance * both)
    tail = normal(-stretched)
    if tail <= 0.0:
        return -700.0
    return math.log(2.0) + 0.5 * math.log(variance / both) + stretched * stretched / 2 + math.log(tail)


def _mixture_interval(harm: float, variance: float, width: float, level: float) -> tuple[float, float]:
    both = variance + width * width
    half = math.sqrt(variance * both / (width * width) * 2 * math.log(math.sqrt(both / variance) / (1 - level)))
    return harm - half, harm + half


class LatencyTest(Evidence, kw_only=True, tag="latency"):
    """A high quantile of the latency of two streams, in seconds.

    First `learned_rows` of the champion fix a threshold: its quantile, times `tolerance`. From then on the shares of slower answers are
    compared as errors are, exactly. Beside it both quantiles are bounded at all times by a sequential Dvoretzky-Kiefer-Wolfowitz
    inequality (Howard and Ramdas 2022), whose bounds are far too wide to act upon at a 99th percentile, and honest to show.
    """

    quantile: float = 0.99
    tolerance: float = 1.1
    """A canary slower by up to this factor is not worse."""
    learned_rows: int = 500
    threshold: float = 0.0
    slow: ErrorTest = msgspec.field(default_factory=ErrorTest)
    champion: list[int] = msgspec.field(default_factory=lambda: [0] * _LATENCY_BINS)
    canary: list[int] = msgspec.field(default_factory=lambda: [0] * _LATENCY_BINS)

    def update(self, champion: Sequence[float], canary: Sequence[float]) -> None:
        """Counts latencies in seconds of answers since the last time."""
        one, other = np.asarray(champion, np.float64), np.asarray(canary, np.float64)
        if self.threshold:
            self.slow.update(int((one > self.threshold).sum()), len(one), int((other > self.threshold * self.tolerance).sum()), len(other))
            self._wager(self.slow.log_e)
        for counts, values in ((self.champion, one), (self.canary, other)):
            for place, count in zip(*np.unique(_latency_bin(values), return_counts=True), strict=True):
                counts[int(place)] += int(count)
        if not self.threshold and sum(self.champion) >= self.learned_rows:
            self.threshold = _latency_at(self.champion, self.quantile)

    @property
    def harm(self) -> float:
        """Share of slow answers of the canary less that of the champion."""
        return self.slow.harm

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence sequence of the canary's quantile divided by the champion's."""
        low, high = _latency_sequence(self.canary, self.quantile, (1 + level) / 2)
        low_champion, high_champion = _latency_sequence(self.champion, self.quantile, (1 + level) / 2)
        return low / high_champion, high / low_champion


def _latency_bin(seconds: Floats) -> Any:
    """Bins are 5 % wide, from 10 microseconds to half an hour."""
    places = np.floor(np.log(np.maximum(seconds, _LATENCY_LEAST) / _LATENCY_LEAST) / math.log(_LATENCY_RATIO))
    return np.minimum(places, _LATENCY_BINS - 1).astype(np.int64)


def _latency_at(counts: Sequence[int], share: float) -> float:
    """The upper end of the bin in which this share of answers is reached."""
    place = int(np.searchsorted(np.cumsum(counts), share * sum(counts)))
    return float(_LATENCY_LEAST * _LATENCY_RATIO ** (min(place, len(counts) - 1) + 1))


def _latency_sequence(counts: Sequence[int], share: float, level: float) -> tuple[float, float]:
    """A quantile bounded at all times: 0.85 sqrt((ln ln(e n) + 0.8 ln(1612 / alpha)) / n) bounds sup |F_n - F| for all n together."""
    rows = sum(counts)
    half = 0.85 * math.sqrt((math.log(math.log(math.e * rows)) + 0.8 * math.log(1612 / (1 - level))) / rows) if rows else 1.0
    low = _latency_at(counts, share - half) / _LATENCY_RATIO if share - half > 0 else _LATENCY_LEAST
    return low, _latency_at(counts, share + half) if share + half < 1 else math.inf


Guard = ErrorTest | LossTest | PairedLossTest | LatencyTest
"""A test that guards a canary; `msgspec` tells the stored ones apart by their tag."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Which guards found harm, all of them with their anytime-valid p-values, and why in words."""

    harmful: tuple[str, ...]
    p_values: dict[str, float]
    sentence: str


def judge(guards: Mapping[str, Guard], alpha: float = 0.05) -> Judgement:
    """All guards together: the chance that a harmless canary is ever found harmful by any of them is at most alpha (Holm 1979)."""
    p_values = {name: guard.p_value for name, guard in guards.items()}
    harmful = tuple(name for name in holm(p_values, alpha) if guards[name].harm >= guards[name].least_harm)
    words = [f"{name} worse by {guards[name].harm:.3g} (e {min(1 / p_values[name], 1e99):.3g})" for name in harmful]
    return Judgement(harmful=harmful, p_values=p_values, sentence="; ".join(words) or "no harm found")


def excludes(guard: Guard, harm: float, level: float = 0.95) -> bool:
    """Whether harm of this size is ruled out: the condition to send more traffic. For latency, a factor instead of a difference."""
    return guard.interval(level)[1] < harm
