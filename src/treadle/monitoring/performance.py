"""How good the labelled predictions of a window were, whole and by slice, and how good the others probably are.

A window is bad when its metric breaks a bound with its whole 95 % interval, or is worse than the holdout's by at least `worse_by` and
that is no chance (the interval of the difference excludes 0).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from treadle.contract.monitoring import Performance
from treadle.contract.registry import ModelVersion
from treadle.core.errors import UsageError
from treadle.monitoring.checks import plain
from treadle.monitoring.references import OUTPUT, how_to_get_one
from treadle.monitoring.rules import ESTIMATE, Check, Verdict
from treadle.statistics.losses import class_name

if TYPE_CHECKING:
    import polars as pl

    from treadle.statistics.performance import Metric, Metrics, Task

_Z = 1.959964
KIND = "performance"


class Scored(NamedTuple):
    """Predictions in the form that metrics take: `scores` of class 1, a matrix of classes, or numbers; `classes` names its columns.
    `words` are predicted classes, without scores that could be calibrated."""

    task: Task
    scores: Any
    classes: tuple[str, ...] = ()
    words: bool = False


class Labelled(NamedTuple):
    """Rows with a label that the model could have answered. `strange` rows have another label, or no answer that is a number."""

    scored: Scored
    truth: Any
    rows: Any
    """Their places in the frame."""
    strange: int


def labelled_rows(frame: pl.DataFrame) -> Labelled | None:
    """The labelled rows of a frame with columns `out.*` and `label`; None when there are none."""
    known = frame["label"].is_not_null() & frame["error"].is_null()
    places = np.flatnonzero(known.to_numpy())
    if not len(places):
        return None
    part = frame[places]
    names = [name for name in part.columns if name.startswith(OUTPUT)]
    labels = [class_name(value) for value in part["label"]]
    task_of = _task(part, names, labels)
    if task_of == "regression":
        truth = _numbers(part["label"])
        scores = part[names[0]].cast(_float(), strict=False).to_numpy() if names else np.full(len(part), np.nan)
        usable = np.isfinite(truth) & np.isfinite(scores)
        return Labelled(Scored("regression", scores[usable]), truth[usable], places[usable], int((~usable).sum()))
    scored = scored_rows(part, labels)
    classes = {name: number for number, name in enumerate(scored.classes)}
    truth = np.array([classes.get(name, -1) for name in labels])
    usable = (truth >= 0) & _finite(scored.scores)
    chosen = Scored(scored.task, scored.scores[usable], scored.classes, scored.words)
    return Labelled(chosen, truth[usable], places[usable], int((~usable).sum()))


def _float() -> Any:
    import polars as pl

    return pl.Float64


def _task(part: pl.DataFrame, names: list[str], labels: list[str]) -> str:
    from treadle.statistics.losses import kind_of

    if len(names) > 1:
        return "classes"
    if not names:
        return "regression"
    known = part[names[0]].drop_nulls()
    return "regression" if len(known) and kind_of({names[0]: known.to_numpy()}, labels) == "number" else "classes"


def _numbers(column: pl.Series) -> Any:
    words = {"true": 1.0, "false": 0.0}
    found = []
    for value in column:
        try:
            found.append(words[value.lower()] if value.lower() in words else float(value))
        except ValueError:
            found.append(math.nan)
    return np.array(found, np.float64)


def _finite(scores: Any) -> Any:
    return np.isfinite(scores) if scores.ndim == 1 else np.isfinite(scores).all(axis=1)


def scored_rows(part: pl.DataFrame, labels: list[str]) -> Scored:
    """A classifier's answers: chances of true, a chance for each class, or words, which become chances of 0 and 1."""
    names = [name for name in part.columns if name.startswith(OUTPUT)]
    classes = tuple(class_name(name.removeprefix(OUTPUT)) for name in names)
    if len(names) > 1:
        matrix = part.select(names).cast(_float(), strict=False).to_numpy()
        if len(classes) == 2:
            one = (
                classes.index("1") if set(classes) == {"0", "1"} else 1
            )  # the second class is the one that is called, as libraries have it
            return Scored("binary", matrix[:, one], (classes[1 - one], classes[one]))
        return Scored("multiclass", matrix, classes)
    column = part[names[0]]
    if column.dtype.is_numeric() and set(labels) <= {"0", "1"}:
        return Scored("binary", column.cast(_float()).to_numpy(), ("0", "1"))
    answered = [class_name(value) for value in column]
    words = tuple(sorted({*answered, *labels}))
    places = {name: number for number, name in enumerate(words)}
    matrix = np.zeros((len(answered), len(words)))
    matrix[np.arange(len(answered)), [places[name] for name in answered]] = 1.0
    return Scored("multiclass", matrix, words, words=True)


# --- against what was asked for -------------------------------------------------------------------------------------------


class Limit(NamedTuple):
    """What a metric must reach: a bound that its whole interval must break (`reference` None), or at most so much worse than a
    reference that is known to within a standard error."""

    words: str
    bound: float
    larger: bool
    reference: float | None = None
    error: float = 0.0


def limit_of(wished: Performance, version: ModelVersion) -> Limit | str:
    """The limit for a version; a text says why there is none."""
    from treadle.statistics.performance import LARGER_IS_BETTER

    larger = wished.metric in LARGER_IS_BETTER
    if wished.at_least is not None:
        return Limit(f"at least {wished.at_least:.4g} is asked for", wished.at_least, larger=True)
    if wished.at_most is not None:
        return Limit(f"at most {wished.at_most:.4g} is asked for", wished.at_most, larger=False)
    if wished.metric not in version.metrics:
        return f"{version.ref} has no `{wished.metric}` on its holdout to compare with: {how_to_get_one(version)}"
    low, high = version.facts.intervals.get(wished.metric, (0.0, 0.0))
    return against(wished, version.metrics[wished.metric], (high - low) / (2 * _Z), f"on the holdout of {version.ref}", larger=larger)


def against(wished: Performance, reference: float, error: float, where: str, *, larger: bool) -> Limit:
    worse_by = wished.worse_by or 0.0
    bound = reference - worse_by if larger else reference + worse_by
    return Limit(f"{reference:.4g} {where}, at most {worse_by:.4g} worse is asked for", bound, larger, reference, error)


def error_of(metric: Metric) -> float:
    return (metric.high - metric.low) / (2 * _Z)


def chance_of(metric: Metric, limit: Limit) -> float:
    """How likely a metric as bad as this is by chance, when nothing is wrong: one minus the confidence with which it breaks the limit
    (a bound), or with which it is worse than its reference at all, once it is worse by more than the margin."""
    from treadle.statistics.tails import normal

    if not math.isfinite(metric.value):
        return 1.0
    sign = 1.0 if limit.larger else -1.0
    if sign * (limit.bound - metric.value) <= 0:
        return 1.0
    from_what = limit.bound if limit.reference is None else limit.reference
    error = math.hypot(error_of(metric), limit.error)
    apart = sign * (from_what - metric.value)
    return normal(apart / error) if error > 0 else 0.0


def measured(labelled: Labelled, metric: str) -> Metrics | str:
    """All metrics of labelled rows; a text says why `metric` is not among them."""
    from treadle.statistics import performance

    try:
        found = performance.measure(labelled.scored.task, labelled.truth, labelled.scored.scores)
    except UsageError as error:
        return error.what
    if metric not in found:
        return f"`{metric}` is not known of {labelled.scored.task} predictions; there are {', '.join(found)}"
    return found


def whole(labelled: Labelled, wished: Performance, version: ModelVersion) -> Check:
    """The check of a window's labelled rows."""
    found = measured(labelled, wished.metric)
    limit = limit_of(wished, version)
    if isinstance(found, str):
        return Check(kind=KIND, verdict="unknown", sentence=f"cannot be judged: {found}")
    numbers = {"metric": wished.metric, "metrics": {name: _kept(one) for name, one in found.items()}, "strange": labelled.strange}
    metric = found[wished.metric]
    if isinstance(limit, str):
        return Check(kind=KIND, verdict="unknown", sentence=f"{metric}; cannot be judged: {limit}", numbers=numbers)
    p_value = chance_of(metric, limit)
    numbers |= {"p": plain(p_value), "bound": plain(limit.bound), "reference": plain(limit.reference)}
    sentence = f"{metric}; {limit.words}"
    if labelled.strange:
        sentence += f"; {labelled.strange} labels or answers are nothing that can be compared"
    return Check(kind=KIND, verdict="bad" if p_value <= 0.025 else "good", sentence=sentence, numbers=numbers)


def _kept(metric: Metric) -> list[float | None]:
    return [plain(metric.value), plain(metric.low), plain(metric.high)]


Baselines = dict[str, dict[str, list[float]]]
"""For each slice what it began with, by version: value and standard error."""


def sliced(
    labelled: Labelled,
    wished: Performance,
    version: ModelVersion,
    slices: Mapping[str, Any],
    least_rows: int,
    baselines: Baselines,
) -> tuple[list[Check], Baselines]:
    """The checks of slices, given as masks over the frame; Benjamini-Hochberg over all of them. Where performance is compared with
    the holdout, a slice is compared with its own first labelled window of the version: slices differ from the whole by nature."""
    from treadle.statistics.families import benjamini_hochberg
    from treadle.statistics.performance import LARGER_IS_BETTER

    checks: list[Check] = []
    found: list[tuple[str, Metric, Limit]] = []
    kept = {slice: dict(known) for slice, known in baselines.items()}
    for slice, mask in slices.items():
        inside = np.asarray(mask)[labelled.rows]
        if int(inside.sum()) < least_rows:
            checks.append(Check(kind=KIND, slice=slice, verdict="small", sentence=f"{int(inside.sum())} labelled rows are too few"))
            continue
        scored = labelled.scored._replace(scores=labelled.scored.scores[inside])
        metrics = measured(Labelled(scored, labelled.truth[inside], labelled.rows[inside], 0), wished.metric)
        if isinstance(metrics, str):
            checks.append(Check(kind=KIND, slice=slice, verdict="unknown", sentence=f"cannot be judged: {metrics}"))
            continue
        metric = metrics[wished.metric]
        if wished.at_least is None and wished.at_most is None:
            own = kept.setdefault(slice, {}).setdefault(str(version.number), [metric.value, error_of(metric)])
            where = f"in its first labelled window of {version.ref}"
            limit = against(wished, own[0], own[1], where, larger=wished.metric in LARGER_IS_BETTER)
        else:
            bound = limit_of(wished, version)
            assert not isinstance(bound, str)
            limit = bound
        found.append((slice, metric, limit))
    q_values = benjamini_hochberg([chance_of(metric, limit) for _, metric, limit in found])
    for (slice, metric, limit), q in zip(found, q_values, strict=True):
        numbers = {"metric": wished.metric, "metrics": {metric.name: _kept(metric)}, "q": plain(float(q)), "bound": plain(limit.bound)}
        verdict: Verdict = "bad" if q <= 0.025 else "good"
        checks.append(Check(kind=KIND, slice=slice, verdict=verdict, sentence=f"{metric}; {limit.words}", numbers=numbers))
    return checks, kept


# --- while labels are missing -----------------------------------------------------------------------------------------------


def estimated(known: Labelled | None, frame: pl.DataFrame, wished: Performance, version: ModelVersion, seed: int) -> Check:
    """What the scores of unlabelled rows promise, calibrated on the labelled rows of an earlier window of the same version."""
    from treadle.statistics import estimated as statistics

    def impossible(why: str) -> Check:
        return Check(kind=ESTIMATE, verdict="unknown", sentence=why)

    if known is None:
        return impossible(f"cannot estimate: no earlier window of {version.ref} has labels")
    if known.scored.task == "regression" or known.scored.words:
        return impossible("cannot estimate: only chances of classes say how often they are right")
    answered = frame.filter(frame["error"].is_null())
    scored = scored_rows(answered, list(known.scored.classes))
    scores = scored.scores[_finite(scored.scores)]
    if known.scored.task == "binary":
        calibration = statistics.calibrate(known.truth, np.clip(known.scored.scores, 0, 1), seed=seed)
        estimate = statistics.estimate_binary(calibration, np.clip(scores, 0, 1))
    else:
        right = known.scored.scores.argmax(axis=1) == known.truth
        calibration = statistics.calibrate(right, np.clip(known.scored.scores.max(axis=1), 0, 1), seed=seed)
        estimate = statistics.estimate_multiclass(calibration, scores)
    if not estimate.possible:
        return impossible(estimate.sentence)
    limit = limit_of(wished, version)
    if wished.metric not in estimate.metrics or isinstance(limit, str):
        return impossible(f"{estimate.sentence}; `{wished.metric}` cannot be judged by an estimate")
    metric = estimate.metrics[wished.metric]
    numbers = {"metric": wished.metric, "metrics": {name: _kept(one) for name, one in estimate.metrics.items()}}
    verdict: Verdict = "bad" if chance_of(metric, limit) <= 0.025 else "good"
    sentence = f"estimated {metric}; {limit.words}; {statistics.ASSUMES}"
    return Check(kind=ESTIMATE, verdict=verdict, sentence=sentence, numbers=numbers)
