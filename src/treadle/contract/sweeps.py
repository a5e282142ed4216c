"""Words about sweeps: one step performed many times over a space of parameters."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.runs import Binding, Code, Options
from treadle.core.definition import Definition, Input, Output, Parameter
from treadle.core.errors import UsageError

DIALECT = "sweep"
METHODS = ("grid", "random", "listed", "bayesian", "group")
ON_FAILURE = ("continue", "fail", "stop")
MOST_TRIALS = 100_000


class Dimension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The values that one parameter may take: `values`, or numbers from `low` to `high`, drawn evenly or (`log`) evenly over their
    logarithm, in steps of `step` where there is one; `whole` for integers."""

    values: tuple[Any, ...] | None = None
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    whole: bool = False


class Objective(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A metric of the trials, or a number that they return under that name, and whether more of it is better. With a `target` the
    sweep ends when a trial has reached it."""

    name: str
    maximize: bool = True
    target: float | None = None


class Sweep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sweep performs.

    `method`: grid (all combinations), random, listed (the `sets` as they are), bayesian (Optuna's TPE sampler; several objectives
    together), group (`trials` equal members that are started together). `parallel` trials run at once. `on_failure`: continue, fail
    (go on, and fail in the end) or stop. `prune` ends trials that are worse than the median of the others at the same step.
    `until` is an expression over the metrics and parameters of a trial, in the words of its dialect: the first trial for which it
    is true is the last one.
    """

    definition: Definition
    code: Code | None = None
    parameters: dict[str, Any] = {}
    bindings: dict[str, Binding] = {}
    method: str = "grid"
    space: dict[str, Dimension] = {}
    sets: tuple[dict[str, Any], ...] = ()
    trials: int | None = None
    parallel: int = 0
    """0: as many as there is room for."""
    objectives: tuple[Objective, ...] = ()
    on_failure: str = "continue"
    prune: bool = False
    until: str | None = None
    options: Options = Options()


def definition_of(name: str, sweep: Sweep, *, parameters: tuple[Parameter, ...] = (), summary: str = "") -> Definition:
    """A sweep as something that can be run. Its inputs are those of its step, resolved once for all trials. Raises UsageError for one
    that cannot be performed."""
    check(name, sweep)
    return Definition(
        kind="pipeline",
        name=name,
        dialect=DIALECT,
        words=msgspec.to_builtins(msgspec.structs.replace(sweep, bindings={}), builtin_types=(bytes,)),
        parameters=parameters,
        inputs=tuple(Input(name=one.name, form=one.form, many=one.many, optional=True) for one in sweep.definition.inputs),
        outputs=(Output(name="best"),),
        cache=False,
        summary=summary,
    )


def check(name: str, sweep: Sweep) -> None:
    if sweep.method not in METHODS:
        raise UsageError(f"the sweep `{name}` has the method `{sweep.method}`", hint=f"methods: {', '.join(METHODS)}")
    if sweep.on_failure not in ON_FAILURE:
        raise UsageError(f"the sweep `{name}` says `{sweep.on_failure}` of failed trials", hint=f"one of {', '.join(ON_FAILURE)}")
    known = {parameter.name for parameter in sweep.definition.parameters}
    for parameter in [*sweep.space, *(key for one in sweep.sets for key in one)]:
        if parameter not in known:
            hint = f"its parameters are {', '.join(f'`{one}`' for one in sorted(known)) or 'none'}"
            raise UsageError(f"the sweep `{name}` varies `{parameter}`, which is no parameter of `{sweep.definition.name}`", hint=hint)
    for parameter, one in sweep.space.items():
        if one.values is None and (one.low is None or one.high is None or one.low > one.high or (one.log and one.low <= 0)):
            raise UsageError(f"the sweep `{name}` has no range for `{parameter}`", hint="a list, or low <= high (above 0 for log)")
        if one.values is not None and not one.values:
            raise UsageError(f"the sweep `{name}` has no value for `{parameter}`", hint="a list with at least one")
        if one.values is None and one.step is None and sweep.method == "grid" and not one.whole:
            raise UsageError(
                f"the sweep `{name}` is a grid, and `{parameter}` has endlessly many values", hint="a list, a step, or method='random'"
            )
    if sweep.method in ("random", "bayesian", "group") and not sweep.trials:
        raise UsageError(f"the sweep `{name}` does not say how many trials it wants", hint="trials=20")
    if sweep.method == "bayesian" and not sweep.objectives:
        raise UsageError(f"the sweep `{name}` has no objective to search by", hint="objective='auc', or '-loss' for less is better")
    if sweep.prune and len(sweep.objectives) != 1:
        raise UsageError(f"the sweep `{name}` prunes and has {len(sweep.objectives)} objectives", hint="pruning asks for exactly one")
