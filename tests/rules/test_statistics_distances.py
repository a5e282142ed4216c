"""Distances keep their bounds and symmetries; corrected p-values are in order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.core.errors import UsageError
from treadle.statistics import distances as d
from treadle.statistics import tails
from treadle.statistics.families import benjamini_hochberg, holm, weighted_bonferroni

pytest.importorskip("scipy", reason="p-values need scipy: install treadle[monitoring]")

pairs = (
    st.integers(2, 30)
    .flatmap(lambda size: st.tuples(*[st.lists(st.integers(0, 500), min_size=size, max_size=size)] * 2))
    .filter(lambda pair: sum(pair[0]) > 0 and sum(pair[1]) > 0)
)
samples = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=50)


@given(pairs)
@settings(deadline=None)
def test_distances_of_counts_are_bounded_and_symmetric(pair: tuple[list[int], list[int]]) -> None:
    a, b = pair
    for distance in (d.total_variation, d.l_infinity, d.hellinger, d.jensen_shannon, d.jensen_shannon_distance):
        value = distance(a, b)
        assert -1e-12 <= value <= 1 + 1e-12
        assert value == pytest.approx(distance(b, a), abs=1e-12)
        assert distance(a, a) == pytest.approx(0, abs=1e-7)
    assert d.l_infinity(a, b) <= d.total_variation(a, b) + 1e-12
    assert d.hellinger(a, b) ** 2 <= d.total_variation(a, b) + 1e-12
    assert d.kullback_leibler(a, b) >= -1e-12
    assert d.psi(a, b).value == pytest.approx(d.psi(b, a).value)
    assert d.psi(a, b).corrected <= d.psi(a, b).value
    one, other = d.chi_square(a, b), d.chi_square(b, a)
    assert one.statistic == pytest.approx(other.statistic, abs=1e-9)
    assert 0 <= one.p_value <= 1


@given(samples, samples)
@settings(deadline=None)
def test_distances_of_samples(a: list[float], b: list[float]) -> None:
    one, other = d.kolmogorov_smirnov(a, b), d.kolmogorov_smirnov(b, a)
    assert one.statistic == pytest.approx(other.statistic)
    assert 0 <= one.statistic <= 1
    carried = d.wasserstein(a, b)
    assert carried == pytest.approx(d.wasserstein(b, a), rel=1e-9, abs=1e-9)
    assert carried >= abs(np.mean(a) - np.mean(b)) - 1e-6
    assert d.kolmogorov_smirnov(a, a) == (0.0, 1.0, 0)


@given(samples, samples, st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20, unique=True))
@settings(deadline=None)
def test_bins_bound_the_distance_of_samples(a: list[float], b: list[float], edges: list[float]) -> None:
    edges = sorted(edges)
    counts = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (a, b)]
    between, p_value = d.kolmogorov_smirnov_binned(*counts)
    exact = d.kolmogorov_smirnov(a, b)
    assert between.least - 1e-9 <= exact.statistic <= between.most + 1e-9
    assert p_value >= exact.p_value - 1e-9


def test_binned_wasserstein_is_near_the_exact_one() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 4000), rng.normal(0.3, 1.2, 4000)
    edges = np.quantile(a, np.linspace(0, 1, 129))
    counts = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (a, b)]
    ends = min(a.min(), b.min()), max(a.max(), b.max())
    assert d.wasserstein_binned(edges, *counts, *ends) == pytest.approx(d.wasserstein(a, b), rel=0.02)


def test_known_values() -> None:
    assert d.jensen_shannon([1, 0], [0, 1]) == pytest.approx(1.0)
    assert d.jensen_shannon([1, 0], [0, 1], base=math.e) == pytest.approx(math.log(2))
    assert d.kullback_leibler([1, 1], [1, 0]) == math.inf
    assert d.wasserstein([0, 0], [3, 5]) == 4.0
    assert d.total_variation([1, 1, 0], [0, 1, 1]) == 0.5
    assert d.psi([50, 50], [50, 50]).corrected == pytest.approx(-0.02)
    for wrong in ([], [float("nan")]):
        with pytest.raises(UsageError):
            d.wasserstein(wrong, [1.0])
    with pytest.raises(UsageError):
        d.shares([0, 0])


def test_rare_cells_are_joined_by_totals_alone() -> None:
    a, b = np.array([50.0, 0, 3, 2, 1]), np.array([50.0, 6, 0, 2, 1])
    joined = d.pooled(a, b, 5.0)
    assert [side.tolist() for side in joined] == [[50.0, 6.0], [50.0, 9.0]]
    assert d.chi_square([3, 0], [0, 3]).p_value == 1.0
    assert d.chi_square([3, 0], [0, 3], least_expected=0).statistic == 6.0
    plain, cautious = (d.chi_square([400, 100, 100, 100], [25, 16, 5, 5], kurtosis=kurtosis) for kurtosis in (False, True))
    assert cautious.statistic == plain.statistic
    assert cautious.p_value > plain.p_value


@given(p_lists)
@settings(deadline=None)
def test_benjamini_hochberg_is_monotone_and_not_below_p(p_values: list[float]) -> None:
    q = benjamini_hochberg(p_values)
    order = np.argsort(p_values, kind="stable")
    assert bool((np.diff(q[order]) >= -1e-15).all())
    assert bool((q >= np.array(p_values) - 1e-15).all())
    assert q.max() <= 1
    assert q[order[-1]] == pytest.approx(max(p_values))


@given(p_lists)
@settings(deadline=None)
def test_holm_rejects_between_bonferroni_and_everything(p_values: list[float]) -> None:
    named = {str(place): p for place, p in enumerate(p_values)}
    rejected = set(holm(named))
    assert {name for name, p in named.items() if p <= 0.05 / len(named)} <= rejected <= {name for name, p in named.items() if p <= 0.05}
    assert weighted_bonferroni([(p, 1.0) for p in p_values]) == pytest.approx(min(1.0, min(p_values) * len(p_values)))


def test_tails() -> None:
    assert tails.normal(1.959964) == pytest.approx(0.025, rel=1e-5)
    assert tails.chi_square(3.841459, 1) == pytest.approx(0.05, rel=1e-5)
    assert tails.kolmogorov(1.358 / 10, 100) == pytest.approx(0.05, rel=0.01)
    assert tails.binomial_at_least(1, 10, 0.1) == pytest.approx(1 - 0.9**10)
    assert tails.binomial_two_sided(5, 10, 0.5) == 1.0
    assert tails.negative_binomial_at_least(1, 1.0, 1.0) == pytest.approx(0.5)
    low, high = tails.wilson(0, 20)
    assert (low, high) == (0.0, pytest.approx(0.161, abs=0.001))
