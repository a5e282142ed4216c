"""Many tests at once: p-values corrected for how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from treadle.statistics.columns import Floats


def benjamini_hochberg(p_values: Sequence[float] | Floats) -> Floats:
    """q-values: rejecting q <= .05 keeps the expected share of false ones among the rejected at 5 %; when nothing has changed at
    all, the chance of any rejection is 5 % (Benjamini and Hochberg 1995). In the order given."""
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    ranked = p[order] * (len(p) / np.arange(1, len(p) + 1))
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    return q


def holm(p_values: Mapping[str, float], alpha: float = 0.05) -> tuple[str, ...]:
    """The names whose hypothesis is rejected while the chance of any false rejection stays below alpha (Holm 1979).

    With anytime-valid p-values (1 / e) it may be asked after every observation.
    """
    rejected: list[str] = []
    for place, name in enumerate(sorted(p_values, key=lambda name: (p_values[name], name))):
        if p_values[name] > alpha / (len(p_values) - place):
            break
        rejected.append(name)
    return tuple(rejected)


def weighted_bonferroni(p_values: Sequence[tuple[float, float]]) -> float:
    """One p-value of several tests of one thing, each given as (p, weight): valid whatever their dependence."""
    total = sum(weight for _, weight in p_values)
    return min((min(1.0, p * total / weight) for p, weight in p_values), default=1.0)
