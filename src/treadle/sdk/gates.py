"""Gates as code: what a version of a model must pass, each with its evidence. What they do is performed by treadle.check.

    from treadle import gates, model

    flight_delay = model("flight-delay", label="late", gates=[
        gates.metric("auc", at_least=0.62),
        gates.champion("log_loss", margin=0.002),
        gates.slices("origin", metric="auc", at_least=0.55, least_rows=300),
        gates.approval(role="approver"),
    ])

A gate that raises has not passed: its verdict is `error`, with what was raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from treadle.core.errors import DefinitionError
from treadle.sdk.define import size as bytes_of


class Gate:
    """One gate: its `kind`, the `name` under which its verdicts are kept, and what it was told."""

    __slots__ = ("files", "function", "kind", "name", "settings")

    def __init__(
        self, kind: str, name: str, settings: Mapping[str, Any] | None = None, *, function: Any = None, files: Sequence[str] = ()
    ) -> None:
        if not name or len(name) > 200 or "\n" in name:
            raise DefinitionError(f"{name!r} cannot be the name of a gate", hint="one line of at most 200 characters")
        self.kind = kind
        self.name = name
        self.settings = dict(settings or {})
        self.function = function
        self.files = tuple(files)

    def __repr__(self) -> str:
        return f"gate {self.name} ({self.kind})"


def metric(metric: str, *, at_least: float | None = None, at_most: float | None = None, surely: bool = False, name: str = "") -> Gate:
    """A metric on the holdout against a bound. With `surely` the whole 95% interval must lie on the right side, not only the value."""
    _bounds("metric", at_least, at_most)
    return Gate("metric", name or metric, {"metric": metric, "at_least": at_least, "at_most": at_most, "surely": surely})


def champion(metric: str, *, margin: float = 0.0, better: bool = False, name: str = "") -> Gate:
    """The version against the champion, in pairs on the same rows of the holdout (paired bootstrap).

    Passes when the 95% interval of the difference lies on the good side of `margin`: the version is at most that much worse.
    `better=True` asks for more: that it is better by more than `margin`. The first version of a model has nobody to compare with
    and passes.
    """
    if margin < 0:
        raise DefinitionError(f"`margin` is {margin}", hint="margin=0.002: how much worse it may be, in units of the metric")
    return Gate("champion", name or f"champion {metric}", {"metric": metric, "margin": float(margin), "better": better})


def slices(
    by: str | Sequence[str],
    *,
    metric: str,
    at_least: float | None = None,
    at_most: float | None = None,
    worse_by: float | None = None,
    least_rows: int = 100,
    name: str = "",
) -> Gate:
    """A metric in each slice of the holdout: rows that are equal in the columns `by`. Slices below `least_rows` are not judged.

    `worse_by`: no slice may be worse than the champion by more than this; a slice fails when its whole interval is, with the level
    shared among the slices, so that many slices do not fail by chance.
    """
    columns = [by] if isinstance(by, str) else list(by)
    if worse_by is None:
        _bounds("slices", at_least, at_most)
    if not columns or least_rows < 1:
        raise DefinitionError(
            "gates.slices asks for columns and at least one row", hint='gates.slices("origin", metric="auc", at_least=0.5)'
        )
    told = {"columns": columns, "metric": metric, "at_least": at_least, "at_most": at_most, "worse_by": worse_by, "least_rows": least_rows}
    return Gate("slices", name or f"{metric} by {' and '.join(columns)}", told)


def expectations(expected: Any, *, on: str = "training", name: str = "") -> Gate:
    """Expectations on the data (see `treadle.expect`), or a schema of pandera; `on` is "training" or "holdout"."""
    _one_of("on", on, ("training", "holdout"))
    return Gate("expectations", name or f"expectations on {on}", {"on": on}, function=expected)


def latency(*, p99: str | float | None = None, p50: str | float | None = None, rows: int = 1, calls: int = 300, name: str = "") -> Gate:
    """How long the model takes for a call with `rows` rows, measured in the check: "50ms", "1s" or seconds."""
    if p99 is None and p50 is None:
        raise DefinitionError("gates.latency was given no limit", hint='gates.latency(p99="50ms")')
    limits = {quantile: _duration(value) for quantile, value in (("p50", p50), ("p99", p99)) if value is not None}
    return Gate("latency", name or "latency", {"limits": limits, "rows": rows, "calls": max(20, calls)})


def size(most: int | str, *, name: str = "") -> Gate:
    """The model's bytes as they are stored: "20M", or a number."""
    return Gate("size", name or "size", {"most": bytes_of(most, "size")})


def invariant(
    name: str, *, change: Mapping[str, Any] | Callable[[Any], Any], within: float = 0.0, share: float = 0.0, rows: int = 2000
) -> Gate:
    """What must not matter: rows of the holdout are changed, and no answer may move by more than `within`.

    `change` gives columns new values ({"origin": "EWR"}; a list: each value in turn) or is a function from table to table.
    `share` of the rows may move all the same.
    """
    told = {"within": float(within), "share": float(share), "rows": rows, "change": dict(change) if isinstance(change, Mapping) else None}
    return Gate("invariant", name, told, function=None if isinstance(change, Mapping) else change)


def behaviour(rows: Sequence[Mapping[str, Any]], *, expect: Any, within: float = 1e-6, name: str = "behaviour") -> Gate:
    """What the model must know: certain rows and the answers to them.

    `expect` is one value per row - a class, a number (`within`), a pair (lowest, highest) - or a function that is given the answers
    (a list of dictionaries) and says whether they are right. For a model of probabilities a number or pair means the probability of
    the last class. Columns that a row does not name get what is usual in the data.
    """
    if not callable(expect) and len(expect) != len(rows):
        raise DefinitionError(
            f"gates.behaviour has {len(rows)} rows and {len(expect)} expectations", hint="one for each row, or a function"
        )
    told = {"rows": [dict(row) for row in rows], "within": within, "expect": None if callable(expect) else list(expect)}
    return Gate("behaviour", name, told, function=expect if callable(expect) else None)


def tests(folder: str, *, name: str = "") -> Gate:  # noqa: PT028 - no test, but what names tests
    """A folder of pytest tests in the project. Their fixtures `model`, `champion`, `holdout` and `training` are what the check has."""
    return Gate("tests", name or f"tests in {folder}", {"folder": folder}, files=(folder,))


def function(function: Callable[..., Any], *, name: str = "") -> Gate:
    """A function of your own. Its arguments are named after what it wants: `model`, `champion`, `holdout`, `training`, `metrics`,
    `answers` (of the holdout), `label`. It returns True or False, or that with a sentence, or raises AssertionError."""
    if not callable(function):
        raise DefinitionError(f"gates.function was given {function!r}", hint="gates.function(no_crying_wolf)")
    return Gate("function", name or getattr(function, "__name__", "function"), function=function)


def approval(*, role: str = "", person: str = "", four_eyes: bool = False, name: str = "approval") -> Gate:
    """A person's yes, with words: anybody who may approve, somebody of a role, or one person. `four_eyes`: not who trained it."""
    return Gate("approval", name, {"role": role, "person": person, "four_eyes": four_eyes})


_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def _duration(value: str | float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(us|ms|s|m)", value) if isinstance(value, str) else None
    if match is None:
        raise DefinitionError(f"{value!r} is no duration", hint='"50ms", "1.5s", or seconds')
    return float(match[1]) * _UNITS[match[2]]


def _bounds(kind: str, at_least: float | None, at_most: float | None) -> None:
    if at_least is None and at_most is None:
        raise DefinitionError(f"gates.{kind} was given no bound", hint=f'gates.{kind}("auc", at_least=0.62)')


def _one_of(what: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise DefinitionError(f"`{what}` is {value!r}", hint=f"one of {', '.join(allowed)}")
