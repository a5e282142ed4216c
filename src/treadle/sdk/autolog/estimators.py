"""scikit-learn: `fit` of its estimators. The library has no callbacks, so the methods themselves are wrapped, openly and undoably."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from treadle.sdk.autolog import guarded

_MARK = "__treadle_heard__"
_MOST_PARAMETERS, _MOST_ROWS = 300, 1000
_CURVES = ("train_score_", "validation_score_", "train_loss_", "loss_curve_", "validation_scores_", "oob_scores_")
"""Attributes that hold a number for each iteration."""
_NUMBERS = ("n_iter_", "best_score_", "oob_score_", "best_loss_", "loss_", "inertia_", "n_features_in_", "best_validation_score_")

_inside = threading.local()


def listen(_name: str) -> Callable[[], None]:
    """Wraps `fit` of every estimator there is, and of those that are defined later; answers what undoes that."""
    base = import_module("sklearn.base").BaseEstimator
    for cls in _all_below(base):
        _wrap(cls)
    before = base.__dict__.get("__init_subclass__")

    def defined(cls: type[Any], /, **more: Any) -> None:
        super(base, cls).__init_subclass__(**more)
        _wrap(cls)

    base.__init_subclass__ = classmethod(defined)

    def undo() -> None:
        if before is None:
            del base.__init_subclass__
        else:
            base.__init_subclass__ = before
        for cls in _all_below(base):
            heard = cls.__dict__.get("fit")
            if heard is not None and hasattr(heard, _MARK):
                cls.fit = getattr(heard, _MARK)

    return undo


def _all_below(cls: type[Any]) -> Iterator[type[Any]]:
    waiting: list[type[Any]] = [cls]
    seen = {cls}
    while waiting:
        one = waiting.pop()
        yield one
        for below in one.__subclasses__():
            if below not in seen:
                seen.add(below)
                waiting.append(below)


def _wrap(cls: type) -> None:
    fit = cls.__dict__.get("fit")
    if not callable(fit) or hasattr(fit, _MARK):
        return

    @functools.wraps(fit)
    def heard(self: Any, *given: Any, **named: Any) -> Any:
        if getattr(_inside, "fit", False):
            return fit(self, *given, **named)
        _inside.fit = True
        began = time.perf_counter()
        try:
            fitted = fit(self, *given, **named)
        finally:
            _inside.fit = False
        seconds = time.perf_counter() - began
        rows = given[0] if given else named.get("X")
        guarded("sklearn", lambda: _tell(self, rows, seconds))
        return fitted

    setattr(heard, _MARK, fit)
    cls.fit = heard  # type: ignore[attr-defined]


def _tell(model: Any, rows: Any, seconds: float) -> None:
    from treadle.sdk.track import log, log_many, log_params, table

    parameters = {name: _plain(value) for name, value in list(model.get_params(deep=True).items())[:_MOST_PARAMETERS]}
    shape = getattr(rows, "shape", None)
    told = {"estimator": type(model).__name__, **parameters}
    if shape is not None and len(shape) == 2:
        told |= {"fit.rows": int(shape[0]), "fit.columns": int(shape[1])}
    log_params(told)
    numbers = {"fit/seconds": seconds}
    for name in _NUMBERS:
        value = _number(getattr(model, name, None))
        if value is not None:
            numbers[f"fit/{name.rstrip('_')}"] = value
    log(numbers)
    for name in _CURVES:
        values = getattr(model, name, None)
        listed = [float(value) for value in values] if values is not None and hasattr(values, "__len__") else []
        if listed:
            log_many({f"fit/{name.rstrip('_')}": listed}, steps=range(len(listed)))
    best, candidates = getattr(model, "best_params_", None), getattr(model, "cv_results_", None)
    if isinstance(best, dict):
        log_params({f"best.{name}": _plain(value) for name, value in best.items()})
    if isinstance(candidates, dict):
        columns = {name: [_plain(value) for value in values] for name, values in candidates.items() if name != "params"}
        count = min(_MOST_ROWS, *(len(values) for values in columns.values())) if columns else 0
        table("candidates", [{name: values[place] for name, values in columns.items()} for place in range(count)])


def _plain(value: Any) -> Any:
    """A value as a parameter: plain data as it is, numpy's numbers as Python's, everything else as its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    text = repr(value)
    return text if len(text) <= 500 else f"{text[:497]}..."


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
