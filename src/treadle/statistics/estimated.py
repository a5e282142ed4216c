"""How good predictions probably are while their labels are missing, or plainly that it cannot be said.

Classes: from scores that mean what they say (confidence-based estimation, CBPE): of a hundred rows scored .8, eighty are right.
Regression: from a second model that has learned how large errors are where (direct loss estimation, DLE). Both see that rows
have become harder. Neither can see that the world answers otherwise to the same rows: every estimate says so.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from treadle.core.errors import FormatError, UsageError
from treadle.statistics.columns import Floats
from treadle.statistics.performance import Metric, Metrics, calibration_bins, labels_and_scores
from treadle.statistics.tails import chi_square, normal_quantile

LEAST_ROWS = 300
ASSUMES = "assumes that equal rows still have the same labels"


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What scores really meant on labelled rows, and how well that held on rows it was not learned from.

    A curve of the logit (`slope` 1 and `intercept` 0: the scores as they are), or steps, whichever fitted best. `possible` is whether
    estimates may be built on it, `sentence` why or why not.
    """

    possible: bool
    sentence: str
    slope: float = 1.0
    intercept: float = 0.0
    upper: tuple[float, ...] = ()
    """Steps: scores up to this one .."""
    share: tuple[float, ...] = ()
    """.. are right in this share .."""
    weight: tuple[float, ...] = ()
    """.. of so many labelled rows."""
    error: float = 0.0
    """Distance of calibrated score and share on the rows kept apart (root mean square), less what sampling contributes."""
    p_value: float = 1.0
    """Of the calibrated scores being right there (Hosmer and Lemeshow 1980)."""
    rows: int = 0

    def meaning(self, scores: Floats) -> Floats:
        """The share of rows of these scores that are right."""
        if self.upper:
            return np.asarray(np.asarray(self.share, np.float64)[_step(self.upper, scores)])
        return _logistic(self.slope * _logit(scores) + self.intercept)

    def uncertainty(self, scores: Floats) -> float:
        """Variance of a mean over these scores that comes from the curve: it was learned from a limited number of rows."""
        if not self.upper:
            return 0.25 / max(self.rows, 1)
        share, weight = np.asarray(self.share), np.asarray(self.weight)
        used = np.bincount(_step(self.upper, scores), minlength=len(share)) / len(scores)
        return float((used**2 * share * (1 - share) / weight).sum())


def _step(upper: Any, scores: Floats) -> Any:
    return np.minimum(np.searchsorted(np.asarray(upper, np.float64), scores), len(upper) - 1)


def _logit(scores: Floats) -> Floats:
    clipped = np.clip(scores, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics as they probably are, with the uncertainty of sampling and of calibration; empty when they cannot be estimated."""

    possible: bool
    sentence: str
    metrics: Metrics = {}


def calibrate(labels: Any, scores: Any, *, seed: int, most_error: float = 0.05) -> Calibration:
    """Learns from labelled rows what scores mean: two thirds make curves, the third kept apart chooses and checks.

    Of several classes, give whether the called class was right, and its score. Tried are the scores as they are, Platt's logistic
    curve (1999), and isotonic steps; the least log loss wins. Estimates are possible when the winner is right there: no significant
    distance above half of `most_error`, and none above twice of it.
    """
    y, p = labels_and_scores(labels, scores)
    if len(y) < LEAST_ROWS or not 0 < int(y.sum()) < len(y):
        sentence = f"cannot estimate: {LEAST_ROWS} labelled rows with both outcomes are needed, there are {len(y)}"
        return Calibration(possible=False, sentence=sentence, rows=len(y))
    outcomes = y.astype(np.float64)
    mixed = np.random.default_rng(seed).permutation(len(y))
    learn, check = mixed[: 2 * len(y) // 3], mixed[2 * len(y) // 3 :]
    tried = (as_they_are, platt, isotonic)
    kept = [curve(p[learn], outcomes[learn]) for curve in tried]
    best = int(np.argmin([_log_loss(curve.meaning(p[check]), outcomes[check]) for curve in kept]))
    error, p_value = _distance(kept[best].meaning(p[check]), y[check])
    possible = error <= 2 * most_error and not (p_value < 0.01 and error > most_error / 2)
    how = ("as they are", "after Platt's calibration", "after isotonic calibration")[best]
    words = f"scores can be trusted {how}" if possible else "cannot estimate: scores do not say how often they are right"
    sentence = f"{words} (distance {error:.3f} on {len(check)} rows kept apart)"
    curve = tried[best](p, outcomes)
    return msgspec.structs.replace(curve, possible=possible, sentence=sentence, error=error, p_value=p_value, rows=len(y))


def _log_loss(share: Floats, outcomes: Floats) -> float:
    clipped = np.clip(share, 1e-9, 1 - 1e-9)
    return float(-(outcomes * np.log(clipped) + (1 - outcomes) * np.log1p(-clipped)).mean())


def _distance(share: Floats, outcomes: Any) -> tuple[float, float]:
    rows, score, seen = calibration_bins(outcomes, share, 10)
    variance = np.maximum(score * (1 - score), 0.5 / rows) / rows
    apart = (score - seen) ** 2
    error = math.sqrt(max(0.0, float((rows / rows.sum() * (apart - variance)).sum())))
    return error, chi_square(float((apart / variance).sum()), len(rows))


def as_they_are(scores: Floats, outcomes: Floats) -> Calibration:
    return Calibration(possible=True, sentence="", rows=len(outcomes) if len(scores) else 0)


def _logistic(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logit, -700, 700))))


def platt(scores: Floats, outcomes: Floats) -> Calibration:
    """The logistic curve of the scores' logit with the greatest likelihood, by Newton's steps."""
    logit = _logit(scores)
    design = np.column_stack((logit, np.ones(len(logit))))
    parameters = np.zeros(2)
    best = _log_loss(_logistic(design @ parameters), outcomes)
    for _ in range(50):
        share = _logistic(design @ parameters)
        weight = np.maximum(share * (1 - share), 1e-9)
        step = np.linalg.solve(design.T @ (design * weight[:, None]) + 1e-9 * np.eye(2), design.T @ (outcomes - share))
        for _ in range(30):  # a full step can overshoot where most scores are close to 0 or 1
            found = _log_loss(_logistic(design @ (parameters + step)), outcomes)
            if found <= best:
                break
            step = step / 2
        if best - found < 1e-12:
            break
        parameters, best = parameters + step, found
    return Calibration(possible=True, sentence="", slope=float(parameters[0]), intercept=float(parameters[1]), rows=len(outcomes))


def isotonic(scores: Floats, outcomes: Floats, most_steps: int = 200) -> Calibration:
    """The rising step function nearest to the outcomes (Ayer and others 1955), on at most 200 groups of neighbouring scores."""
    order = np.argsort(scores, kind="stable")
    ordered, values = scores[order], outcomes[order]
    ends = np.unique(np.linspace(0, len(ordered), most_steps + 1).astype(np.int64)[1:]) - 1
    ends = np.unique(np.searchsorted(ordered, ordered[ends], "right") - 1)  # equal scores stay together
    weights = np.diff(ends, prepend=-1).astype(np.float64)
    totals = np.diff(np.concatenate(([0.0], np.cumsum(values)[ends])))
    blocks: list[list[float]] = []
    for end, weight, total in zip(ordered[ends], weights, totals, strict=True):
        blocks.append([float(end), float(weight), float(total)])
        while len(blocks) > 1 and blocks[-2][2] / blocks[-2][1] >= blocks[-1][2] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [last[0], blocks[-1][1] + last[1], blocks[-1][2] + last[2]]
    steps = [(end, (ones + 0.5) / (rows + 1), rows) for end, rows, ones in blocks]
    upper, share, weight = (tuple(part) for part in zip(*steps, strict=True))
    return Calibration(possible=True, sentence="", upper=upper, share=share, weight=weight, rows=len(outcomes))


def estimate_binary(calibration: Calibration, scores: Any, *, threshold: float = 0.5, level: float = 0.95) -> Estimate:
    """Accuracy, precision, recall, F1, AUC, Brier score and log loss that these scores of class 1 promise."""
    p = np.asarray(scores, np.float64).ravel()
    if not calibration.possible or len(p) < 30:
        return _impossible(calibration, len(p))
    q = calibration.meaning(p)
    called = p >= threshold
    n = len(p)
    hits, ones, called_rows = float(q[called].sum()), float(q.sum()), float(called.sum())
    right = np.where(called, q, 1 - q)
    clipped = np.clip(p, 1e-15, 1 - 1e-15)
    noise = q * (1 - q)
    values = {
        "accuracy": (float(right.mean()), float(noise.sum()) / n**2, 1.0),
        "precision": (hits / called_rows if called_rows else math.nan, float(noise[called].sum()) / max(called_rows, 1) ** 2, 1.0),
        "recall": (hits / ones, float((noise * (called - hits / ones) ** 2).sum()) / ones**2, 1.0),
        "f1": (2 * hits / (called_rows + ones), _f1_noise(noise, called, hits, called_rows + ones), 1.0),
        "auc": (_expected_auc(p, q), 0.25 / max(min(ones, n - ones), 1.0) * 0.33, 1.0),
        "brier": (float((q * (1 - p) ** 2 + (1 - q) * p**2).mean()), float((noise * (1 - 2 * p) ** 2).sum()) / n**2, math.inf),
        "log_loss": (
            float(-(q * np.log(clipped) + (1 - q) * np.log1p(-clipped)).mean()),
            float((noise * (np.log1p(-clipped) - np.log(clipped)) ** 2).sum()) / n**2,
            math.inf,
        ),
    }
    unsure = calibration.uncertainty(p)
    metrics = {name: _metric(name, value, noise2 + unsure, n, level, most) for name, (value, noise2, most) in values.items()}
    return _told(metrics, "accuracy")


def estimate_multiclass(calibration: Calibration, scores: Any, *, level: float = 0.95) -> Estimate:
    """The accuracy that a matrix of scores promises; `calibration` is of the called class being right."""
    p = np.asarray(scores, np.float64)
    if not calibration.possible or len(p) < 30:
        return _impossible(calibration, len(p))
    q = calibration.meaning(p.max(axis=1))
    variance = float((q * (1 - q)).sum()) / len(p) ** 2 + calibration.uncertainty(p.max(axis=1))
    return _told({"accuracy": _metric("accuracy", float(q.mean()), variance, len(p), level, 1.0)}, "accuracy")


def _impossible(calibration: Calibration, rows: int) -> Estimate:
    sentence = calibration.sentence if not calibration.possible else f"cannot estimate: {rows} rows are too few, 30 are needed"
    return Estimate(possible=False, sentence=sentence)


def _told(metrics: Metrics, first: str) -> Estimate:
    return Estimate(possible=True, sentence=f"estimated {metrics[first]}; {ASSUMES}", metrics=metrics)


def _metric(name: str, value: float, variance: float, rows: int, level: float, most: float) -> Metric:
    half = normal_quantile(0.5 + level / 2) * math.sqrt(variance)
    return Metric(name=name, value=value, low=max(0.0, value - half), high=min(most, value + half), rows=rows, level=level)


def _f1_noise(noise: Floats, called: Any, hits: float, whole: float) -> float:
    slope = (2 * called - 2 * hits / whole) / whole
    return float((noise * slope**2).sum())


def _expected_auc(p: Floats, q: Floats) -> float:
    """Every row counts as class 1 by its share q and as class 0 by the rest; ties count half."""
    different, place = np.unique(p, return_inverse=True)
    ones, zeros = np.bincount(place, q, len(different)), np.bincount(place, 1 - q, len(different))
    below = np.cumsum(zeros) - zeros / 2
    same_row = float((q * (1 - q)).sum()) / 2  # a row is not compared with itself
    pairs = float(ones.sum() * zeros.sum() - (q * (1 - q)).sum())
    return float((float((ones * below).sum()) - same_row) / pairs) if pairs > 0 else math.nan


def estimate_regression(
    reference_features: Any, reference_errors: Any, window_features: Any, *, seed: int, level: float = 0.95, folds: int = 3
) -> Estimate:
    """Mean absolute error and its root mean square for unlabelled rows, from how large errors were on labelled ones.

    Features are matrices (rows, columns) of numbers, best with the prediction among them; errors are predictions less truths. Trees
    learn the absolute and the squared error; folds kept apart tell whether they predict their mean. Trees do not extrapolate: where
    more than one row in twenty lies outside of what the labelled rows cover, nothing is estimated.
    Raises FormatError without scikit-learn, UsageError when shapes do not fit.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
        from sklearn.model_selection import KFold
        from threadpoolctl import threadpool_limits
    except ImportError as absent:
        raise FormatError("estimates for regression need scikit-learn", hint="pip install 'treadle[models]'") from absent
    known, errors = np.asarray(reference_features, np.float64), np.asarray(reference_errors, np.float64).ravel()
    new = np.asarray(window_features, np.float64)
    if known.ndim != 2 or new.ndim != 2 or len(known) != len(errors) or known.shape[1] != new.shape[1]:
        raise UsageError(f"features are matrices of the same columns, an error for each row: {known.shape}, {len(errors)}, {new.shape}")
    if len(errors) < LEAST_ROWS or len(new) < 30:
        return Estimate(possible=False, sentence=f"cannot estimate: {len(errors)} labelled rows and {len(new)} new ones are too few")
    low, high = np.nanquantile(known, (0.001, 0.999), axis=0)
    strange = float(((new < low) | (new > high)).any(axis=1).mean())
    if strange > 0.05 + 0.002 * known.shape[1]:
        sentence = f"cannot estimate: {strange * 100:.3g} % of the rows lie outside what the labelled rows cover"
        return Estimate(possible=False, sentence=sentence)
    metrics: Metrics = {}
    with threadpool_limits(1):  # threads of a process that shares its cores wait for each other
        for name, losses in (("mae", np.abs(errors)), ("rmse", errors**2)):
            model = HistGradientBoostingRegressor(
                max_iter=80, max_leaf_nodes=15, min_samples_leaf=40, early_stopping=False, random_state=seed
            )
            kept = np.empty(len(losses))
            for train, test in KFold(folds, shuffle=True, random_state=seed).split(known):
                kept[test] = model.fit(known[train], losses[train]).predict(known[test])
            wrong = kept - losses
            error = float(wrong.std()) / math.sqrt(len(losses))
            if abs(float(wrong.mean())) > 4 * error + 1e-12:
                return Estimate(
                    possible=False, sentence="cannot estimate: how large errors are could not be learned from the labelled rows"
                )
            value = float(np.maximum(model.fit(known, losses).predict(new), 0.0).mean())
            half = normal_quantile(0.5 + level / 2) * math.hypot(float(wrong.std()) / math.sqrt(len(new)), error)
            metrics[name] = _loss_metric(name, value, half, len(new), level)
    return _told(metrics, "mae")


def _loss_metric(name: str, value: float, half: float, rows: int, level: float) -> Metric:
    ends = (value, max(0.0, value - half), value + half)
    value, low, high = (math.sqrt(end) for end in ends) if name == "rmse" else ends
    return Metric(name=name, value=value, low=low, high=high, rows=rows, level=level)
