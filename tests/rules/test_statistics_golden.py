"""Our statistics give what other libraries give, where their definition is stated in our terms: to six digits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from treadle.statistics import tails
from treadle.statistics.distances import (
    chi_square,
    cramer_v,
    doane_edges,
    hellinger,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    kullback_leibler,
    l_infinity,
    population_stability,
    shares,
    sturges_edges,
    wasserstein,
)

pl = pytest.importorskip("polars", reason="tables need polars: install treadle[monitoring]")
pytest.importorskip("scipy", reason="p-values need scipy: install treadle[monitoring]")

GOLDEN = Path(__file__).parents[1] / "golden"
VALUES = json.loads((GOLDEN / "values.json").read_text())


def columns() -> Iterator[tuple[str, Any, Any]]:
    for name in ("big", "small"):
        before, now = (pl.read_parquet(GOLDEN / f"{name}_{side}.parquet") for side in ("ref", "cur"))
        for column in before.columns:
            pair = [frame[column].drop_nulls() for frame in (before, now)]
            if pair[0].dtype.is_float():
                pair = [values.drop_nans() for values in pair]
            yield f"{name}/{column}", pair[0].to_numpy(), pair[1].to_numpy()


def counted(a: Any, b: Any) -> tuple[Any, Any]:
    names = sorted({*a.tolist(), *b.tolist()})
    return tuple(np.array([np.count_nonzero(side == name) for name in names]) for side in (a, b))


def filled(p: Any) -> Any:
    """Evidently's way with empty cells: .0001, or a millionth of the least share where that is smaller."""
    least = p[p > 0].min()
    return np.where(p == 0, least / 1e6 if least <= 1e-4 else 1e-4, p)


def evidently(a: Any, b: Any, number: bool) -> Iterator[tuple[str, float]]:
    if number and len(np.unique(a)) > 20:
        edges = sturges_edges(a, b)
        p, q = (np.histogram(side, edges)[0] / len(side) for side in (a, b))
    else:
        p, q = (counts / counts.sum() for counts in counted(a, b))
    yield "psi", population_stability(filled(p), filled(q))
    yield "kl_div", kullback_leibler(filled(p), filled(q))
    yield "jensenshannon", jensen_shannon_distance(p, q, base=np.e)
    if number:
        yield "wasserstein", wasserstein(a, b, normed=True)
        yield "ks", kolmogorov_smirnov(a, b, "exact").p_value
    else:
        before, now = counted(a, b)
        expected = before * (now.sum() / before.sum())
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = float(((now - expected) ** 2 / expected).sum())  # takes the reference for the truth, which ours does not
        yield "chisquare", tails.chi_square(statistic, len(before) - 1)


def nannyml(a: Any, b: Any, number: bool) -> Iterator[tuple[str, float]]:
    if number:
        edges = doane_edges(a)
        p, q = (np.histogram(side, edges)[0] / len(side) for side in (a, b))
    else:
        names = sorted(set(a.tolist()))
        p, q = (np.array([np.count_nonzero(side == name) for name in names]) / len(side) for side in (a, b))
    rest = 1 - q.sum()
    if rest > 0:
        p, q = np.append(p, 0.0), np.append(q, rest)
    yield "jensen_shannon", jensen_shannon_distance(p, q)
    yield "hellinger", hellinger(p, q)
    if number:
        yield "kolmogorov_smirnov", kolmogorov_smirnov(a, b).statistic
        yield "wasserstein", wasserstein(a, b)
    else:
        test = chi_square(*counted(a, b), least_expected=0, continuity=True)
        yield "chi2", test.statistic
        yield "chi2_p", test.p_value
        yield "l_infinity", l_infinity(*counted(a, b))


def alibi(a: Any, b: Any, number: bool) -> Iterator[tuple[str, float]]:
    test = kolmogorov_smirnov(a, b, "finite") if number else chi_square(*counted(a, b), least_expected=0, continuity=True)
    yield ("ks_stat" if number else "chi2_stat"), test.statistic
    yield ("ks_p" if number else "chi2_p"), test.p_value


def deepchecks(a: Any, b: Any, number: bool) -> Iterator[tuple[str, float]]:
    if number:
        yield "Kolmogorov-Smirnov", kolmogorov_smirnov(a, b).statistic
        trimmed = [side[(side >= np.quantile(side, 0.025)) & (side <= np.quantile(side, 0.975))] for side in (a, b)]
        least, most = min(side.min() for side in trimmed), max(side.max() for side in trimmed)
        yield "Earth Mover's Distance", wasserstein(*((side - least) / (most - least or 1) for side in trimmed))
        return
    before, now = (counts.astype(float) for counts in counted(a, b))
    frequent = before >= 0.01 * before.sum()
    rare = before[~frequent].sum(), now[~frequent].sum()
    gone = rare[0] > 0.01 * before.sum() or rare[1] > 0.01 * now.sum()
    before, now = (np.append(side[frequent], rest) if gone else side[frequent] for side, rest in ((before, rare[0]), (now, rare[1])))
    yield "PSI", population_stability(np.maximum(shares(before), 0.01), np.maximum(shares(now), 0.01))
    least = min(before.sum(), now.sum())
    yield "Cramer's V", cramer_v(*(np.round(side if side.sum() == least else side * (least / side.sum())) for side in (before, now)))


@pytest.mark.parametrize("library", [evidently, nannyml, alibi, deepchecks], ids=lambda function: function.__name__)
def test_other_libraries_values_are_reproduced(library: Any) -> None:
    recorded = VALUES[library.__name__]["values"]
    compared = 0
    for name, a, b in columns():
        number = a.dtype.kind == "f"
        if not number:
            a, b = a.astype(object), b.astype(object)
        for method, value in library(a, b, number):
            expected = recorded[name].get(method)
            if expected is None:  # the library raised, or gave infinity
                continue
            # alibi computes in float32, so its own rounding bounds how well it can be met
            assert value == pytest.approx(expected, rel=1e-6, abs=1e-6 if library is alibi else 1e-12), (name, method)
            compared += 1
    assert compared == {"evidently": 112, "nannyml": 104, "alibi": 48, "deepchecks": 48}[library.__name__]
