"""LightGBM and XGBoost: a callback is given to every call of `train`, which the scikit-learn wrappers call, too."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

from treadle.sdk.autolog import guarded

_PLACES = {"lightgbm": ("lightgbm", "lightgbm.engine", "lightgbm.sklearn"), "xgboost": ("xgboost", "xgboost.training", "xgboost.sklearn")}
"""The modules that hold the function under the name `train`."""
_MOST_FEATURES = 1000


def listen(name: str) -> Callable[[], None]:
    modules = [import_module(place) for place in _PLACES[name]]
    train = modules[0].train
    heard = (_lightgbm if name == "lightgbm" else _xgboost)(train)
    changed = [module for module in modules if getattr(module, "train", None) is train]
    for module in changed:
        module.train = heard  # type: ignore[attr-defined]

    def undo() -> None:
        for module in changed:
            if module.train is heard:
                module.train = train  # type: ignore[attr-defined]

    return undo


def _lightgbm(train: Any) -> Any:
    @functools.wraps(train)
    def heard(params: Any, *given: Any, **named: Any) -> Any:
        def each(environment: Any) -> None:
            guarded("lightgbm", lambda: _tell_evaluation(environment))

        each.order = 5  # type: ignore[attr-defined]  # before early stopping, which ends the iterations by raising
        guarded("lightgbm", lambda: _tell_parameters(params))
        named["callbacks"] = [*(named.get("callbacks") or []), each]
        booster = train(params, *given, **named)
        guarded("lightgbm", lambda: _tell_lightgbm(booster))
        return booster

    return heard


def _tell_parameters(params: Any) -> None:
    from treadle.sdk.track import log_params

    if isinstance(params, dict):
        log_params({str(name): _plain(value) for name, value in params.items() if not callable(value)})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str | list | tuple) else repr(value)[:500]


def _tell_evaluation(environment: Any) -> None:
    from treadle.sdk.track import log

    values = {f"{one[0]}/{one[1]}": float(one[2]) for one in environment.evaluation_result_list or ()}
    if values:
        log(values, step=int(environment.iteration))


def _tell_lightgbm(booster: Any) -> None:
    from treadle.sdk.track import log, table

    if getattr(booster, "best_iteration", 0) > 0:
        log({"best_iteration": float(booster.best_iteration)})
    both = zip(booster.feature_name(), booster.feature_importance("split"), booster.feature_importance("gain"), strict=True)
    rows = [{"feature": name, "splits": int(splits), "gain": float(gain)} for name, splits, gain in both]
    table("feature importance", sorted(rows, key=lambda row: -float(row["gain"]))[:_MOST_FEATURES])


def _xgboost(train: Any) -> Any:
    callback = import_module("xgboost.callback").TrainingCallback

    class Each(callback):  # type: ignore[misc,valid-type]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            del model
            guarded("xgboost", lambda: _tell_log(epoch, evals_log))
            return False

    @functools.wraps(train)
    def heard(params: Any, *given: Any, **named: Any) -> Any:
        guarded("xgboost", lambda: _tell_parameters(params))
        named["callbacks"] = [*(named.get("callbacks") or []), Each()]
        booster = train(params, *given, **named)
        guarded("xgboost", lambda: _tell_xgboost(booster))
        return booster

    return heard


def _tell_log(epoch: int, evals_log: Any) -> None:
    from treadle.sdk.track import log

    values = {}
    for data, metrics in evals_log.items():
        for metric, history in metrics.items():
            last = history[-1]
            values[f"{data}/{metric}"] = float(last[0] if isinstance(last, tuple) else last)
    if values:
        log(values, step=int(epoch))


def _tell_xgboost(booster: Any) -> None:
    from treadle.sdk.track import log, table

    best = booster.attr("best_iteration")
    if best is not None:
        log({"best_iteration": float(best)})
    splits, gain = booster.get_score(importance_type="weight"), booster.get_score(importance_type="gain")
    rows = [{"feature": name, "splits": int(splits[name]), "gain": float(gain.get(name, 0.0))} for name in splits]
    table("feature importance", sorted(rows, key=lambda row: -float(row["gain"]))[:_MOST_FEATURES])
