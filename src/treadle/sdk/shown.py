"""Rich values as plain data: what a histogram, a confusion matrix, a curve or a table is made of, with the few facts that a page
can show without opening it. Functions of values; they import numpy when they are called.

What each holds (format `json`, so any program can read it):

    histogram         {"counts": [n], "edges": [n + 1]}, edges rising; values that are not finite are counted as "odd"
    confusion matrix  {"labels": [n], "matrix": [[n] * n]}: a row per true label, a column per predicted one
    curve             {"curve": "roc", "x": [n], "y": [n], "x_name", "y_name"}, with "area" for roc and pr, and what the kind adds
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from treadle.core.errors import ParameterError

MOST_BINS = 10_000
MOST_LABELS = 2_000
MOST_CURVE = 1_000
"""Points of a stored curve; a longer one is thinned, its ends kept."""

_PREVIEW_ROWS, _PREVIEW_TEXT, _PREVIEW_BINS, _PREVIEW_LABELS = 5, 200, 64, 12

Plain = tuple[dict[str, Any], dict[str, Any]]
"""The value as plain data, and what is said about it."""


def histogram(values: Any = None, *, counts: Any = None, edges: Any = None, bins: int = 64) -> Plain:
    """A histogram of many values, or of counts and edges that are known already. Raises ParameterError for anything else."""
    import numpy

    if (values is None) == (counts is None) or (counts is None) != (edges is None):
        raise ParameterError("a histogram is made of values, or of counts and edges", hint='histogram("weights", values)')
    if values is not None:
        numbers = _row("values", values)
        fine = numbers[numpy.isfinite(numbers)]
        if isinstance(bins, bool) or not isinstance(bins, int) or not 0 < bins <= MOST_BINS:
            raise ParameterError(f"`bins` is a whole number from 1 to {MOST_BINS}, not {bins!r}")
        found, borders = numpy.histogram(fine, bins) if len(fine) else (numpy.zeros(0), numpy.zeros(1))
        odd = len(numbers) - len(fine)
    else:
        found, borders, odd = _row("counts", counts), _row("edges", edges), 0
        if len(borders) != len(found) + 1 or len(found) > MOST_BINS:
            raise ParameterError(f"{len(found)} counts need {len(found) + 1} edges, not {len(borders)} (and at most {MOST_BINS} counts)")
        if not (numpy.all(numpy.isfinite(borders)) and numpy.all(numpy.diff(borders) > 0) and numpy.all(found >= 0)):
            raise ParameterError("edges of a histogram rise, and counts are 0 or more")
    plain: dict[str, Any] = {"counts": _whole(found), "edges": borders.tolist()}
    if odd:
        plain["odd"] = odd
    about = {"shown": "histogram", "points": int(found.sum()) + odd, "bins": len(found)}
    if len(found):
        about |= {"lowest": float(borders[0]), "highest": float(borders[-1]), "preview": _coarser(found)}
    return plain, about


def confusion_matrix(truth: Any = None, predicted: Any = None, *, matrix: Any = None, labels: Sequence[Any] | None = None) -> Plain:
    """A confusion matrix of true and predicted labels, or a square one that is known already."""
    import numpy

    if matrix is not None:
        cells = numpy.asarray(matrix)
        if cells.ndim != 2 or cells.shape[0] != cells.shape[1] or cells.dtype.kind not in "iuf":
            raise ParameterError(f"a confusion matrix is a square of numbers, not of shape {cells.shape}")
        names = [str(label) for label in (labels if labels is not None else range(len(cells)))]
        if len(names) != len(cells):
            raise ParameterError(f"{len(names)} labels for {len(cells)} rows")
    else:
        cells, names = _counted(truth, predicted, labels)
    if len(names) > MOST_LABELS:
        raise ParameterError(f"{len(names)} labels are more than a matrix takes ({MOST_LABELS})", hint="are these labels, or numbers?")
    total = float(cells.sum())
    about = {"shown": "confusion_matrix", "labels": names[:_PREVIEW_LABELS], "points": int(total), "shape": [len(names), len(names)]}
    if total:
        about["accuracy"] = float(numpy.trace(cells)) / total
    return {"labels": names, "matrix": _whole(cells)}, about


def _counted(truth: Any, predicted: Any, labels: Sequence[Any] | None) -> tuple[Any, list[str]]:
    import numpy

    given = [numpy.asarray(column).ravel() if column is not None else numpy.zeros(0) for column in (truth, predicted)]
    if len(given[0]) != len(given[1]) or not len(given[0]):
        raise ParameterError(
            f"{len(given[0])} true labels, {len(given[1])} predicted ones", hint="confusion_matrix(name, truth, predicted)"
        )
    texts = [[str(label) for label in column.tolist()] for column in given]
    names = (
        [str(label) for label in labels]
        if labels is not None
        else [str(label) for label in numpy.unique(numpy.concatenate(given)).tolist()]
    )
    place = {name: index for index, name in enumerate(names)}
    strangers = {label for column in texts for label in column} - place.keys()
    if strangers:
        raise ParameterError(f"the label `{min(strangers)}` is not among `labels`")
    cells = numpy.zeros((len(names), len(names)), numpy.int64)
    numpy.add.at(cells, ([place[label] for label in texts[0]], [place[label] for label in texts[1]]), 1)
    return cells, names


CURVES = ("roc", "pr", "calibration", "xy")


def curve(kind: str, x: Any = None, y: Any = None, *, truth: Any = None, scores: Any = None, names: tuple[str, str] | None = None) -> Plain:
    """A curve of points `x`, `y`, or computed from `truth` (0 or 1) and `scores` for roc, pr and calibration."""
    if kind not in CURVES:
        raise ParameterError(f"there is no curve `{kind}`", hint=f"curves: {', '.join(CURVES)}")
    axes = names or {"roc": ("false positive rate", "true positive rate"), "pr": ("recall", "precision")}.get(kind, ("x", "y"))
    if kind == "calibration" and names is None:
        axes = ("mean score", "share of positives")
    plain: dict[str, Any] = {"curve": kind, "x_name": axes[0], "y_name": axes[1]}
    if truth is not None or scores is not None:
        if kind == "xy" or x is not None or y is not None or truth is None or scores is None:
            raise ParameterError("a curve is made of x and y, or of truth and scores (roc, pr, calibration)")
        xs, ys, more = _COMPUTED[kind](*_judged(truth, scores))
        plain |= more
    else:
        xs, ys = _row("x", x), _row("y", y)
        if len(xs) != len(ys) or not len(xs):
            raise ParameterError(f"a curve has as many x ({len(xs)}) as y ({len(ys)}), and at least one")
    thin = _thinned(len(xs))
    plain |= {"x": xs[thin].tolist(), "y": ys[thin].tolist()}
    about = {"shown": "curve", "curve": kind, "points": len(xs)} | ({"area": plain["area"]} if "area" in plain else {})
    return plain, about


def _judged(truth: Any, scores: Any) -> tuple[Any, Any]:
    import numpy

    labels, values = _row("truth", truth), _row("scores", scores)
    if len(labels) != len(values) or not len(labels):
        raise ParameterError(f"{len(labels)} true labels, {len(values)} scores")
    if not numpy.all((labels == 0) | (labels == 1)) or not numpy.all(numpy.isfinite(values)):
        raise ParameterError("`truth` holds 0 and 1, `scores` finite numbers", hint="one class against the rest: truth == label")
    return labels, values


def _steps_of(labels: Any, values: Any) -> tuple[Any, Any]:
    """True and false positives at each threshold, from the highest down; equal scores are one threshold."""
    import numpy

    order = numpy.argsort(-values, kind="stable")
    ranked, hits = values[order], labels[order]
    ends = numpy.concatenate((numpy.flatnonzero(numpy.diff(ranked)), [len(ranked) - 1]))
    true = numpy.cumsum(hits)[ends]
    return true, ends + 1 - true


def _roc(labels: Any, values: Any) -> tuple[Any, Any, dict[str, Any]]:
    import numpy

    true, false = _steps_of(labels, values)
    if not true[-1] or not false[-1]:
        raise ParameterError("a ROC curve needs both classes in `truth`")
    x, y = numpy.concatenate(([0.0], false / false[-1])), numpy.concatenate(([0.0], true / true[-1]))
    return x, y, {"area": float(numpy.trapezoid(y, x))}


def _pr(labels: Any, values: Any) -> tuple[Any, Any, dict[str, Any]]:
    import numpy

    true, false = _steps_of(labels, values)
    if not true[-1]:
        raise ParameterError("a precision-recall curve needs positives in `truth`")
    recall, precision = true / true[-1], true / (true + false)
    area = float(numpy.sum(numpy.diff(numpy.concatenate(([0.0], recall))) * precision))  # the step rule: average precision
    return numpy.concatenate(([0.0], recall)), numpy.concatenate(([1.0], precision)), {"area": area}


def _calibration(labels: Any, values: Any) -> tuple[Any, Any, dict[str, Any]]:
    import numpy

    if values.min() < 0 or values.max() > 1:
        raise ParameterError("scores of a calibration curve are probabilities, from 0 to 1")
    place = numpy.minimum((values * 10).astype(int), 9)
    counts = numpy.bincount(place, minlength=10)
    there = counts > 0
    mean = numpy.bincount(place, values, 10)[there] / counts[there]
    share = numpy.bincount(place, labels, 10)[there] / counts[there]
    return mean, share, {"counts": counts[there].tolist()}


_COMPUTED = {"roc": _roc, "pr": _pr, "calibration": _calibration}


def table_facts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is said of a table given as rows: its size, its columns, and its first rows in short."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    preview = [{str(name): _short(value) for name, value in list(row.items())[:12]} for row in rows[:_PREVIEW_ROWS]]
    return {"shown": "table", "rows": len(rows), "columns": [str(name) for name in columns[:100]], "preview": preview}


def text_facts(text: str) -> dict[str, Any]:
    return {"shown": "text", "characters": len(text), "preview": text[:_PREVIEW_TEXT]}


def pixels(value: Any) -> Any:
    """A picture as the format `image` takes it: arrays of 0..1 or True and False are scaled, tensors (channels, height, width) turned."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if not hasattr(value, "dtype") or not hasattr(value, "ndim"):
        return value
    import numpy

    array = numpy.asarray(value)
    if array.ndim == 3 and array.shape[0] in (1, 3, 4) and array.shape[2] not in (1, 3, 4):
        array = numpy.moveaxis(array, 0, 2)
    if array.dtype.kind == "b" or (array.dtype.kind == "f" and array.size and array.min() >= 0 and array.max() <= 1):
        return numpy.ascontiguousarray(numpy.round(array * 255.0).astype(numpy.uint8))
    return numpy.ascontiguousarray(array)


def _short(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
    return plain if isinstance(plain, bool | int | float | None) else str(plain)[:40]


def _row(name: str, values: Any) -> Any:
    """Numbers as one row of floats. Raises ParameterError naming what is none."""
    import numpy

    try:
        taken = values.detach().cpu().numpy() if hasattr(values, "detach") else values
        array = numpy.asarray(taken)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{array.dtype}")
    except (TypeError, ValueError) as error:
        raise ParameterError(f"`{name}` is not a row of numbers: {error}") from None
    return array.astype(numpy.float64).ravel()


def _whole(cells: Any) -> Any:
    """As plain lists, whole numbers as such."""
    import numpy

    return cells.astype(numpy.int64).tolist() if numpy.all(cells == numpy.floor(cells)) else cells.tolist()


def _coarser(counts: Any) -> list[float]:
    """The counts gathered into few bins, for a line of text or a small picture."""
    import numpy

    if len(counts) <= _PREVIEW_BINS:
        return list(_whole(counts))
    return list(_whole(numpy.add.reduceat(counts, numpy.linspace(0, len(counts), _PREVIEW_BINS, endpoint=False).astype(int))))


def _thinned(count: int) -> Any:
    import numpy

    return numpy.unique(numpy.linspace(0, count - 1, min(count, MOST_CURVE)).astype(int))
