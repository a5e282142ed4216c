"""How good predictions are, each figure with a confidence interval: two classes, several classes, regression; whole and by slice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from treadle.core.errors import UsageError
from treadle.statistics.columns import Floats
from treadle.statistics.families import benjamini_hochberg
from treadle.statistics.tails import normal, normal_quantile, wilson

Task = Literal["binary", "multiclass", "regression"]
LARGER_IS_BETTER = {"accuracy", "precision", "recall", "f1", "auc", "average_precision", "r2"}
_CLIP = 1e-15


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A figure and where its true value lies with the chance of `level`; NaN where it is not defined, for example for one class only."""

    name: str
    value: float
    low: float
    high: float
    rows: int
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.name} {self.value:.4g} ({self.low:.4g} to {self.high:.4g}, n {self.rows})"


Metrics = dict[str, Metric]


def measure(task: Task, labels: Any, predictions: Any, *, threshold: float = 0.5, level: float = 0.95) -> Metrics:
    """All metrics of the task by name. `predictions` are scores of class 1, a matrix of class scores, or numbers."""
    if task == "binary":
        return binary(labels, predictions, threshold=threshold, level=level)
    return multiclass(labels, predictions, level=level) if task == "multiclass" else regression(labels, predictions, level=level)


# --- two classes --------------------------------------------------------------------------------------------------------


def binary(labels: Any, scores: Any, *, threshold: float = 0.5, level: float = 0.95) -> Metrics:
    """Labels are 0 and 1 (or booleans), scores the probabilities of 1; a row is called 1 from the threshold on.

    Shares have Wilson's interval, means the normal one, F1 that of the delta method, AUC DeLong's (on the logit scale), average
    precision that of Boyd, Eng and Page 2013, ECE one of simulated bins. Raises UsageError for other labels or scores.
    """
    y, p = labels_and_scores(labels, scores)
    called = p >= threshold
    hits, called_rows, ones = float((called & y).sum()), float(called.sum()), float(y.sum())
    clipped = np.clip(p, _CLIP, 1 - _CLIP)
    n = len(y)
    found = [
        _share("accuracy", float((called == y).sum()), n, level),
        _share("precision", hits, int(called_rows), level),
        _share("recall", hits, int(ones), level),
        _f1(hits, called_rows, ones, n, level),
        _mean("log_loss", -np.where(y, np.log(clipped), np.log1p(-clipped)), level),
        _mean("brier", (p - y) ** 2, level),
        auc(y, p, level=level),
        average_precision(y, p, level=level),
        calibration_error(y, p, level=level),
    ]
    return {metric.name: metric for metric in found}


def labels_and_scores(labels: Any, scores: Any) -> tuple[NDArray[np.bool_], Floats]:
    y, p = np.asarray(labels).ravel(), np.asarray(scores, np.float64).ravel()
    if len(y) != len(p) or not len(y):
        raise UsageError(f"every row needs a label and a score: there are {len(y)} and {len(p)}")
    if y.dtype != np.bool_:
        y = np.asarray(y, np.float64)
        if not bool(np.isin(y, (0.0, 1.0)).all()):
            raise UsageError("labels of two classes are 0 and 1", hint="use the task `multiclass`, or map the labels")
    if not bool(((p >= 0) & (p <= 1)).all()):
        raise UsageError("scores of two classes are probabilities, between 0 and 1 and not NaN")
    return y.astype(np.bool_), p


def _share(name: str, successes: float, trials: int, level: float) -> Metric:
    if not trials:
        return _undefined(name, 0, level)
    low, high = wilson(successes, trials, level)
    return Metric(name=name, value=successes / trials, low=low, high=high, rows=trials, level=level)


def _undefined(name: str, rows: int, level: float) -> Metric:
    return Metric(name=name, value=math.nan, low=math.nan, high=math.nan, rows=rows, level=level)


def _mean(name: str, values: Floats, level: float) -> Metric:
    rows = len(values)
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(rows) if rows > 1 else math.inf
    return _around(name, mean, error, rows, level)


def _around(name: str, value: float, error: float, rows: int, level: float, least: float = -math.inf, most: float = math.inf) -> Metric:
    half = normal_quantile(0.5 + level / 2) * error
    return Metric(name=name, value=value, low=max(least, value - half), high=min(most, value + half), rows=rows, level=level)


def _logit_scale(name: str, value: float, error: float, rows: int, level: float) -> Metric:
    """An interval of a share that stays between 0 and 1; `error` is on the share's own scale."""
    if not 0 < value < 1 or not math.isfinite(error):
        return _around(name, value, error if math.isfinite(error) else 1.0, rows, level, 0.0, 1.0)
    half = normal_quantile(0.5 + level / 2) * error / (value * (1 - value))
    center = math.log(value / (1 - value))
    low, high = (1 / (1 + math.exp(-min(max(center + side * half, -700.0), 700.0))) for side in (-1, 1))
    return Metric(name=name, value=value, low=low, high=high, rows=rows, level=level)


def _f1(hits: float, called: float, ones: float, rows: int, level: float) -> Metric:
    """F1 = 2 hits / (called + ones), whose variance follows from that of the three kinds of rows in it."""
    whole = called + ones
    if not whole:
        return _undefined("f1", rows, level)
    value = 2 * hits / whole
    wrong = whole - 2 * hits  # rows that are called or are 1, but not both
    variance = (hits * (2 * (1 - value)) ** 2 + wrong * value**2) / whole**2
    return _around("f1", value, math.sqrt(variance), rows, level, 0.0, 1.0)


def placements(y: NDArray[np.bool_], p: Floats) -> tuple[Floats, Floats]:
    """For each row of class 1 the share of class 0 below it (ties half), and for each of class 0 the share of class 1 above it."""
    ones, zeros = p[y], p[~y]
    ones_sorted, zeros_sorted = np.sort(ones), np.sort(zeros)
    below = (np.searchsorted(zeros_sorted, ones, "left") + np.searchsorted(zeros_sorted, ones, "right")) / (2 * len(zeros))
    above = 1 - (np.searchsorted(ones_sorted, zeros, "left") + np.searchsorted(ones_sorted, zeros, "right")) / (2 * len(ones))
    return below, above


def auc(labels: Any, scores: Any, *, level: float = 0.95) -> Metric:
    """Area under the ROC curve, with the variance of DeLong, DeLong and Clarke-Pearson 1988. Scores need not be probabilities."""
    y, p = np.asarray(labels).astype(np.bool_), np.asarray(scores, np.float64)
    ones = int(y.sum())
    if not 0 < ones < len(y):
        return _undefined("auc", len(y), level)
    below, above = placements(y, p)
    variance = sum(float(part.var(ddof=1)) / len(part) if len(part) > 1 else math.inf for part in (below, above))
    return _logit_scale("auc", float(below.mean()), math.sqrt(variance), len(y), level)


def average_precision(labels: Any, scores: Any, *, level: float = 0.95) -> Metric:
    """Precision at each distinct score, weighted by the recall it adds."""
    y, p = np.asarray(labels).astype(np.bool_), np.asarray(scores, np.float64)
    ones = int(y.sum())
    if not ones:
        return _undefined("average_precision", len(y), level)
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order])
    last = np.append(np.flatnonzero(np.diff(p[order])), len(y) - 1)
    precision = hits[last] / (last + 1)
    value = float((np.diff(hits[last], prepend=0) * precision).sum() / ones)
    return _logit_scale("average_precision", value, math.sqrt(value * (1 - value) / ones), len(y), level)


def calibration_bins(y: NDArray[np.bool_], p: Floats, bins: int = 15) -> tuple[Floats, Floats, Floats]:
    """Rows, mean score and share of 1 in bins of about equal numbers of rows; equal scores stay together."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1]))
    place = np.searchsorted(edges, p, "left")
    rows = np.bincount(place, minlength=len(edges) + 1).astype(np.float64)
    used = rows > 0
    sums, ones = np.bincount(place, p, len(rows)), np.bincount(place, y, len(rows))
    return rows[used], sums[used] / rows[used], ones[used] / rows[used]


def calibration_error(labels: Any, scores: Any, *, bins: int = 15, level: float = 0.95, seed: int = 0) -> Metric:
    """Expected calibration error: the mean distance of score and share, over bins of equal numbers (Naeini, Cooper, Hauskrecht 2015).

    It is biased upwards: perfect scores have about sqrt(bins / n) / 3. The interval comes from 1000 simulated draws of each bin, and
    reaches down to 0 where perfect scores would often give as much.
    """
    y, p = labels_and_scores(labels, scores)
    rows, score, share = calibration_bins(y, p, bins)
    weight, counts = rows / len(y), rows.astype(np.int64)
    value = float((weight * np.abs(score - share)).sum())
    rng = np.random.default_rng(seed)

    def simulated(true: Floats) -> Floats:
        drawn = rng.binomial(counts, np.clip(true, 0.0, 1.0), (1000, len(rows))) / rows
        return np.asarray((weight * np.abs(score - drawn)).sum(axis=1))

    # The draws add the bias of sampling a second time; shifted by their median excess, they are centred on the value.
    around = simulated((share * rows + 0.5) / (rows + 1))
    low, high = np.quantile(around, ((1 - level) / 2, (1 + level) / 2)) - (float(np.median(around)) - value)
    if value <= float(np.quantile(simulated(score), (1 + level) / 2)):
        low = 0.0
    return Metric(name="ece", value=value, low=max(0.0, float(low)), high=min(1.0, float(high)), rows=len(y), level=level)


# --- several classes, regression ----------------------------------------------------------------------------------------


def multiclass(labels: Any, scores: Any, *, level: float = 0.95) -> Metrics:
    """Labels are class numbers from 0, scores a matrix (rows, classes) of probabilities. Precision, recall and F1 are means over classes.

    The calibration error is that of the score of the class called.
    """
    y, p = np.asarray(labels).ravel(), np.asarray(scores, np.float64)
    if p.ndim != 2 or len(y) != len(p) or not len(y):
        raise UsageError(f"several classes need a matrix of scores, a row for each of {len(y)} labels")
    y = y.astype(np.int64)
    if int(y.min()) < 0 or int(y.max()) >= p.shape[1] or not bool(np.isfinite(p).all()):
        raise UsageError(f"labels are class numbers from 0 to {p.shape[1] - 1}, scores are numbers")
    called, n, classes = p.argmax(axis=1), len(y), p.shape[1]
    table = np.bincount(y * classes + called, minlength=classes * classes).reshape(classes, classes).astype(np.float64)
    right = called == y
    own = np.clip(p[np.arange(n), y], _CLIP, 1.0)
    squared = (p**2).sum(axis=1) - 2 * p[np.arange(n), y] + 1
    found = [
        _share("accuracy", float(right.sum()), n, level),
        *_class_means(table, n, level),
        _mean("log_loss", -np.log(own), level),
        _mean("brier", squared, level),
        calibration_error(right, np.clip(p.max(axis=1), 0.0, 1.0), level=level),
    ]
    return {metric.name: metric for metric in found}


def _class_means(table: Floats, rows: int, level: float) -> list[Metric]:
    """Precision, recall and F1 averaged over the classes that occur, with errors by the delta method over the cells of the table."""
    hits, ones, called = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    used = (ones + called) > 0
    found: list[Metric] = []
    for name, numerator, denominator in (("precision", hits, called), ("recall", hits, ones), ("f1", 2 * hits, ones + called)):
        safe = np.where(denominator > 0, denominator, 1.0)
        values = numerator / safe
        by_hit = (2.0 if name == "f1" else 1.0) / safe
        by_row = (values / safe) * (name != "precision") * np.ones_like(safe)  # what one more row of that class takes away
        by_call = (values / safe) * (name != "recall")
        slope = np.diag(by_hit) - by_row[:, None] - by_call[None, :]
        slope[~used, :] = 0.0
        share = table / rows
        mean_slope = float((share * slope).sum())
        variance = float((share * (slope - mean_slope) ** 2).sum()) * rows / int(used.sum()) ** 2
        found.append(_around(name, float(values[used].mean()), math.sqrt(variance), rows, level, 0.0, 1.0))
    return found


def regression(labels: Any, predictions: Any, *, level: float = 0.95) -> Metrics:
    """Mean absolute error, root of the mean squared error, bias (prediction less truth), and R squared."""
    y, f = np.asarray(labels, np.float64).ravel(), np.asarray(predictions, np.float64).ravel()
    if len(y) != len(f) or not len(y):
        raise UsageError(f"every row needs a label and a prediction: there are {len(y)} and {len(f)}")
    if not bool(np.isfinite(y).all() and np.isfinite(f).all()):
        raise UsageError("labels and predictions of a regression are finite numbers")
    errors = f - y
    squared = errors**2
    mean_squared = _mean("mse", squared, level)
    root = math.sqrt(mean_squared.value)
    found = [
        _mean("mae", np.abs(errors), level),
        Metric(
            name="rmse",
            value=root,
            low=math.sqrt(max(0.0, mean_squared.low)),
            high=math.sqrt(mean_squared.high),
            rows=len(y),
            level=level,
        ),
        _mean("bias", errors, level),
        _r2(y, squared, level),
    ]
    return {metric.name: metric for metric in found}


def _r2(y: Floats, squared: Floats, level: float) -> Metric:
    """1 - A / B of two means, so its error is that of the mean of its influence function."""
    around = (y - y.mean()) ** 2
    a, b = float(squared.mean()), float(around.mean())
    if b <= 0:
        return _undefined("r2", len(y), level)
    influence = -(squared - a) / b + a * (around - b) / (b * b)
    return _around("r2", 1 - a / b, float(influence.std()) / math.sqrt(len(y)), len(y), level, most=1.0)


# --- by slice -----------------------------------------------------------------------------------------------------------


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """The rows where a column has a value: their metric, how it differs from all other rows, and whether that is more than chance.

    `worse` is positive where the slice is worse, whatever the direction of the metric; q-values are over all slices asked for.
    """

    column: str
    value: str
    metric: Metric
    worse: float
    p_value: float
    q_value: float

    @property
    def significant(self) -> bool:
        return self.q_value <= 0.05 and self.worse > 0


def losses(task: Task, labels: Any, predictions: Any, metric: str, *, threshold: float = 0.5) -> Floats:
    """The loss of each row whose mean is the metric (accuracy: the share of errors). Raises UsageError for a metric that is no mean."""
    y = np.asarray(labels)
    p = np.asarray(predictions, np.float64)
    if task == "regression":
        errors = p.ravel() - y.astype(np.float64).ravel()
        known = {"mae": np.abs(errors), "mse": errors**2, "rmse": errors**2, "bias": errors}
    elif task == "binary":
        truth, score = labels_and_scores(y, p)
        clipped = np.clip(score, _CLIP, 1 - _CLIP)
        known = {
            "accuracy": ((score >= threshold) != truth).astype(np.float64),
            "log_loss": -np.where(truth, np.log(clipped), np.log1p(-clipped)),
            "brier": (score - truth) ** 2,
        }
    else:
        own = p[np.arange(len(y)), y.astype(np.int64)]
        known = {
            "accuracy": (p.argmax(axis=1) != y).astype(np.float64),
            "log_loss": -np.log(np.clip(own, _CLIP, 1.0)),
            "brier": (p**2).sum(axis=1) - 2 * own + 1,
        }
    if metric not in known:
        raise UsageError(f"`{metric}` is not a mean over rows", hint=f"for {task} there are {', '.join(known)}")
    return np.asarray(known[metric], np.float64)


def by_slice(
    task: Task,
    labels: Any,
    predictions: Any,
    slices: Mapping[str, Sequence[Any]],
    *,
    metric: str | None = None,
    threshold: float = 0.5,
    least_rows: int = 30,
    level: float = 0.95,
) -> list[Slice]:
    """The metric (accuracy, or mae) for every value of every column in `slices`, the worst first.

    A slice is compared with all other rows by Welch's test on losses, in large samples; slices of fewer than `least_rows`, and those
    that leave fewer, are not judged.
    """
    chosen = metric or ("mae" if task == "regression" else "accuracy")
    values = losses(task, labels, predictions, chosen, threshold=threshold)
    found: list[Slice] = []
    for column, given in slices.items():
        groups, place = np.unique(np.array(["" if value is None else str(value) for value in given]), return_inverse=True)
        if len(place) != len(values):
            raise UsageError(f"`{column}` has {len(place)} values for {len(values)} rows")
        for group, name in enumerate(groups):
            inside = place == group
            rows = int(inside.sum())
            if min(rows, len(values) - rows) >= least_rows:
                found.append(_slice(column, str(name), chosen, values[inside], values[~inside], level))
    q_values = benjamini_hochberg([part.p_value for part in found])
    judged = [msgspec.structs.replace(part, q_value=float(q)) for part, q in zip(found, q_values, strict=True)]
    return sorted(judged, key=lambda part: (part.q_value, -part.worse))


def _slice(column: str, value: str, metric: str, inside: Floats, outside: Floats, level: float) -> Slice:
    worse = float(inside.mean() - outside.mean())
    error = math.sqrt(float(inside.var(ddof=1)) / len(inside) + float(outside.var(ddof=1)) / len(outside))
    p_value = min(1.0, 2 * normal(abs(worse) / error)) if error > 0 else (1.0 if worse == 0 else 0.0)
    if metric == "accuracy":
        shown = _share(metric, float(len(inside) - inside.sum()), len(inside), level)
    else:
        shown = _mean(metric, inside, level)
        if metric == "rmse":
            root = [math.sqrt(max(0.0, part)) for part in (shown.value, shown.low, shown.high)]
            shown = Metric(name=metric, value=root[0], low=root[1], high=root[2], rows=len(inside), level=level)
    return Slice(column=column, value=value, metric=shown, worse=worse, p_value=p_value, q_value=p_value)
