"""How good answers are, and how two models differ on the same rows. The formulas stand in treadle.statistics; here answers and truth
are brought into the form that they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from treadle.core.errors import DataError, UsageError
from treadle.statistics import losses, pairs, performance
from treadle.statistics.pairs import Comparison
from treadle.statistics.performance import LARGER_IS_BETTER, Metric, Task

_MEANS = {"binary": ("accuracy", "log_loss", "brier"), "multiclass": ("accuracy", "log_loss", "brier"), "regression": ("mae", "mse")}
_WORDS = ("accuracy", "precision", "recall", "f1")


class Judged:
    """Answers beside the truth, row by row: the `task`, `labels` and `predictions` as treadle.statistics.performance takes them.

    `rows` are the places of the rows that can be judged: the others have no truth, or one that the model does not know.
    """

    def __init__(self, answers: Mapping[str, Any], truth: Sequence[Any]) -> None:
        import numpy

        kind = losses.kind_of(answers, truth)
        present = numpy.array([value is not None and value == value for value in truth], dtype=bool)
        self.words = kind == "word"
        self.unknown = 0
        if kind == "number":
            self.task: Task = "regression"
            self.classes: tuple[str, ...] = ()
            labels = numpy.array([float(value) if ok else numpy.nan for value, ok in zip(truth, present, strict=True)])
            matrix = numpy.asarray(next(iter(answers.values())), dtype=numpy.float64)
        else:
            names = numpy.array([losses.class_name(value) for value in truth])
            self.classes, matrix = _scores(kind, answers, names[present])
            places = {name: place for place, name in enumerate(self.classes)}
            labels = numpy.array([places.get(name, -1) for name in names])
            self.unknown = int((present & (labels < 0)).sum())
            present &= labels >= 0
            self.task = "binary" if len(self.classes) == 2 and not self.words else "multiclass"
            if self.task == "binary":
                matrix = matrix[:, 1]
        self.rows = numpy.flatnonzero(present)
        if not len(self.rows):
            raise DataError("no row of the holdout has a label that the model knows", hint="label=... names the column with the truth")
        self.labels, self.predictions = labels[self.rows], matrix[self.rows]

    def measure(self, places: Any = None) -> dict[str, Metric]:
        """All metrics, of all rows or of those at `places`."""
        labels, predictions = (self.labels, self.predictions) if places is None else (self.labels[places], self.predictions[places])
        found = performance.measure(self.task, labels, predictions)
        return {name: found[name] for name in _WORDS} if self.words else found

    def metric(self, name: str, places: Any = None) -> Metric:
        """One metric; raises UsageError with the names there are."""
        found = self.measure(places)
        if name not in found:
            raise UsageError(f"there is no metric `{name}` for {self.task}", hint=f"there are {', '.join(found)}")
        return found[name]

    def compare(self, champion: Judged, name: str, *, seed: int, margin: float, level: float = 0.95, places: Any = None) -> Comparison:
        """How much better these answers are than the champion's, in pairs on the same rows, with an interval. Positive is better."""
        import numpy

        if self.task != champion.task or self.classes != champion.classes:
            raise UsageError(f"the champion answers otherwise ({champion.task}, {champion.classes}) than this version ({self.task})")
        if not numpy.array_equal(self.rows, champion.rows):
            raise UsageError("the champion and this version answered different rows")
        chosen = slice(None) if places is None else places
        labels, ours, theirs = self.labels[chosen], self.predictions[chosen], champion.predictions[chosen]
        if name == "auc" and self.task == "binary":
            return pairs.delong(labels, theirs, ours, margin=margin, level=level)
        if name in _MEANS[self.task]:
            lost = [performance.losses(self.task, labels, predictions, name) for predictions in (theirs, ours)]
            return pairs.compare_losses(lost[0], lost[1], seed=seed, name=name, margin=margin, level=level)
        self.metric(name)
        one = _one(self.task, name)
        better = name in LARGER_IS_BETTER
        return pairs.compare_metric(labels, theirs, ours, one, seed=seed, name=name, larger_is_better=better, margin=margin, level=level)


def _one(task: Task, name: str) -> Callable[[Any, Any], float]:
    if name == "average_precision":
        return lambda labels, scores: performance.average_precision(labels, scores).value
    return lambda labels, predictions: performance.measure(task, labels, predictions)[name].value


def _scores(kind: str, answers: Mapping[str, Any], truth: Any) -> tuple[tuple[str, ...], Any]:
    """The classes in order, and the score of each for each row."""
    import numpy

    if kind == "classes":
        names = tuple(losses.class_name(name) for name in answers)
        return names, numpy.column_stack([numpy.asarray(column, dtype=numpy.float64) for column in answers.values()])
    first = numpy.asarray(next(iter(answers.values())))
    if kind == "chance":
        return ("0", "1"), numpy.column_stack([1 - first.astype(float), first.astype(float)])
    called = numpy.array([losses.class_name(value) for value in first])
    names = tuple(sorted({*called.tolist(), *truth.tolist()}))
    return names, (called[:, None] == numpy.array(names)[None, :]).astype(numpy.float64)


def shown(name: str, value: float) -> float:
    """A mean loss as the metric of that name: the loss of accuracy is the share of errors."""
    return 1 - value if name == "accuracy" else value
