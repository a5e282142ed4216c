"""Tasks of Valohai: many executions of one step, as a sweep."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from valohai_yaml.objs.config import Config
from valohai_yaml.objs.step import Step
from valohai_yaml.objs.task import Task

from treadle.contract.runs import Code, Options, SubmitRun
from treadle.contract.sweeps import Dimension, Objective, Sweep, definition_of
from treadle.core.errors import ParameterError, UsageError
from treadle.core.ids import new_key
from treadle.valohai.steps import Given, compile_step

METHODS = {
    "grid_search": "grid",
    "random_search": "random",
    "manual_search": "listed",
    "bayesian_tpe": "bayesian",
    "distributed": "group",
}
_ON_FAILURE = {"continue-and-complete": "continue", "continue-and-error": "fail", "stop-all-and-error": "stop"}
_LESS_IS_BETTER = re.compile(r"loss|error|mse|mae|rmse|perplexity|regret|cost|time|latency", re.IGNORECASE)


TAGS = {"valohai.kind": "task"}
"""What tells a task from a pipeline where runs are listed."""


class Wanted(msgspec.Struct, kw_only=True):
    """A task in the words of Valohai's API. `parameters` maps names to values, or to {"style": ..., "rules": ...}."""

    type: str = "grid_search"
    parameters: dict[str, Any] = {}
    sets: list[dict[str, Any]] = []
    count: int | None = None
    batch: int | None = None
    queued: int | None = None
    metric: str | None = None
    target: float | None = None
    on_child_error: str | None = None
    stop: str | None = None
    reuse: bool = False


def sweep_of(step: Step, wanted: Wanted, given: Given, code: Code | None, *, yaml: str, options: Options) -> Sweep:
    """The sweep that a task comes to; raises UsageError and ParameterError naming what does not fit."""
    method = METHODS.get(wanted.type.lower().replace("-", "_"))
    if method is None:
        raise UsageError(f"there is no type of task `{wanted.type}`", where=yaml, hint=", ".join(METHODS))
    space: dict[str, Dimension] = {}
    fixed = dict(given.parameters)
    for name, value in wanted.parameters.items():
        one = dimension_of(step, name, value, spread=method != "group")
        if one is None:
            fixed[name] = value.get("rules", {}).get("value") if _is_variant(value) else value
        else:
            space[name] = one
    first = {name: _first(one) for name, one in space.items()} | (wanted.sets[0] if wanted.sets else {})
    compiled = compile_step(
        step,
        msgspec.structs.replace(given, parameters=fixed | first, reuse=wanted.reuse if given.reuse is None else given.reuse),
        yaml=yaml,
    )
    varied = set(space) | {name for one in wanted.sets for name in one}
    objectives: tuple[Objective, ...] = ()
    if wanted.metric:
        objectives = (Objective(name=wanted.metric, maximize=not _LESS_IS_BETTER.search(wanted.metric), target=wanted.target),)
    return Sweep(
        definition=compiled.definition,
        code=code,
        parameters={name: value for name, value in compiled.parameters.items() if name not in varied},
        bindings=compiled.bindings,
        method=method if method != "listed" or wanted.sets else "grid",
        space=space,
        sets=tuple(_typed(step, one, yaml) for one in wanted.sets),
        trials=wanted.count if method in ("random", "bayesian", "group") else None,
        parallel=wanted.batch or wanted.queued or 0,
        objectives=objectives if method != "group" else (),
        on_failure=_ON_FAILURE.get((wanted.on_child_error or "").replace("_", "-"), "continue" if method != "group" else "stop"),
        until=wanted.stop,
        options=options,
    )


def wanted_of(task: Task) -> Wanted:
    """A task blueprint of valohai.yaml in the words of the API."""
    return Wanted(
        type=task.type.value,
        parameters={one.name: {"style": one.style.value, "rules": one.rules} for one in task.parameters},
        sets=list(task.parameter_sets),
        count=task.execution_count,
        batch=task.execution_batch_size,
        queued=task.maximum_queued_executions,
        metric=task.optimization_target_metric,
        target=task.optimization_target_value,
        on_child_error=task.on_child_error.value if task.on_child_error else None,
        stop=task.stop_condition,
        reuse=task.reuse_children,
    )


def of_template(template: Mapping[str, Any], parameters: Mapping[str, Any], spread: Mapping[str, Any]) -> tuple[Wanted, dict[str, Any]]:
    """A task as the API tells it, in keys with hyphens: what varies, and the parameters that are the same in all executions.

    `parameters` are values, lists, or {"style": ..., "rules": ...}; `spread` are lists that an edge has brought.
    """
    configuration = template.get("configuration") or {}
    varied = {name: value for name, value in parameters.items() if _is_variant(value) or isinstance(value, list)} | dict(spread)
    wanted = Wanted(
        type=str(template.get("type") or "grid_search"),
        parameters=varied,
        count=configuration.get("execution_count"),
        batch=configuration.get("execution_batch_size"),
        queued=template.get("maximum-queued-executions"),
        metric=configuration.get("optimization_target_metric"),
        target=configuration.get("optimization_target_value"),
        on_child_error=template.get("on-child-error"),
        stop=template.get("stop-expression") or template.get("task-stop-expression"),
        reuse=bool(template.get("allow-reuse")),
    )
    fixed = {name: value for name, value in parameters.items() if name not in varied}
    if METHODS.get(wanted.type.lower().replace("-", "_")) == "listed":
        single = {name for name, value in varied.items() if _is_variant(value) and value["style"] == "single"}
        fixed |= {name: (varied[name].get("rules") or {}).get("value") for name in single}
        wanted.sets = _sets({name: value for name, value in varied.items() if name not in single})
        wanted.parameters = {}
    return wanted, fixed


def _sets(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameter sets of a manual search, which travel as one list a parameter."""
    columns: dict[str, list[Any]] = {}
    for name, value in parameters.items():
        columns[name] = list((value.get("rules") or {}).get("items") or []) if isinstance(value, dict) else list(value)
    count = max((len(column) for column in columns.values()), default=0)
    return [{name: column[row] for name, column in columns.items() if row < len(column)} for row in range(count)]


def submission_of_blueprint(config: Config, task: Task, given: Given, code: Code, options: Options, *, yaml: str) -> SubmitRun:
    """What running a task blueprint comes to."""
    step = config.steps.get(task.step)
    if step is None:
        raise UsageError(f"task `{task.name}` asks for the step `{task.step}`, which is not declared", where=yaml, hint="treadle lint")
    wanted = wanted_of(task)
    wanted.parameters = {name: value for name, value in wanted.parameters.items() if name not in given.parameters}
    return submission(task.name, sweep_of(step, wanted, given, code, yaml=yaml, options=Options(tags=options.tags)), code, options)


def submission(name: str, sweep: Sweep, code: Code, options: Options) -> SubmitRun:
    options = msgspec.structs.replace(options, tags=options.tags | TAGS)
    return SubmitRun(key=new_key(), definition=definition_of(name, sweep), bindings=sweep.bindings, code=code, options=options)


def _is_variant(value: Any) -> bool:
    return isinstance(value, Mapping) and "style" in value


def dimension_of(step: Step, name: str, value: Any, *, spread: bool) -> Dimension | None:
    """The values of a variant; None for a parameter that is the same in all executions."""
    declared = step.parameters.get(name)
    if declared is None:
        known = ", ".join(f"`{one}`" for one in step.parameters) or "none"
        raise ParameterError(f"step `{step.name}` has no parameter `{name}`", hint=f"its parameters are {known}")
    whole = declared.type == "integer"
    if not _is_variant(value):
        if spread and isinstance(value, list) and not declared.multiple:
            return Dimension(values=tuple(_value(declared, one) for one in value))
        return None
    style, rules = str(value["style"]).lower(), dict(value.get("rules") or {})
    if style == "single":
        inner = rules.get("value")
        if spread and isinstance(inner, list) and not declared.multiple:
            return Dimension(values=tuple(_value(declared, one) for one in inner))
        return None
    try:
        if style == "multiple":
            return Dimension(values=tuple(_value(declared, one) for one in rules["items"]))
        if style == "linear":
            low, high = float(rules["start"]), float(rules["end"])
            return Dimension(low=min(low, high), high=max(low, high), step=abs(float(rules.get("step") or 1)), whole=whole)
        if style == "logspace":
            count, base = int(rules["count"]), float(rules.get("base") or 10)
            start, end = float(rules["start"]), float(rules["end"])
            points = [base ** (start + (end - start) * (number / (count - 1) if count > 1 else 0)) for number in range(count)]
            return Dimension(values=tuple(round(one) if whole or rules.get("integerify") else one for one in points))
        if style == "random":
            kind = str(rules.get("distribution") or "uniform")
            low, high = float(rules["min"]), float(rules["max"])
            whole = whole or bool(rules.get("integerify")) or kind in ("quniform", "randint", "integer")
            if "log" in kind:  # their bounds are exponents of e, as hyperopt has them, unless they are positive numbers already
                low, high = (math.exp(low), math.exp(high)) if low <= 0 else (low, high)
            return Dimension(low=low, high=high, log="log" in kind, whole=whole)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ParameterError(f"the {style} values of parameter `{name}` cannot be understood: {what}", hint="treadle lint") from error
    raise ParameterError(f"parameter `{name}` varies in the style `{style}`", hint="single, multiple, linear, logspace or random")


def _value(declared: Any, value: Any) -> Any:
    if declared.type == "flag":
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes")
    if declared.multiple:
        return value if isinstance(value, list) else [value]
    return declared.validate(value) if declared.type != "string" else str(value)


def _first(one: Dimension) -> Any:
    return one.values[0] if one.values is not None else round(one.low or 0) if one.whole else one.low


def _typed(step: Step, values: Mapping[str, Any], yaml: str) -> dict[str, Any]:
    for name in values:
        if name not in step.parameters:
            raise ParameterError(f"step `{step.name}` has no parameter `{name}`, which a parameter set names", where=yaml)
    return {name: _value(step.parameters[name], value) for name, value in values.items()}
