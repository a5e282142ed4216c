"""`sweep(train, learning_rate=log_uniform(1e-4, 1e-1), depth=[3, 5, 8], objective="auc", trials=30)`, inside a pipeline's body.

A list is a choice of values; `uniform`, `log_uniform` and `integers` are ranges; anything else is given to every trial as it is. The
answer is a handle: `.best` tells the best trial (`["run"]`, `["parameters"]`, `["values"]`, `["trials"]`), and the outputs of the step
(`.result` for one that has a single output) are those of the best trial, to be passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle.contract.sweeps import Dimension, Objective, Sweep
from treadle.core.errors import UsageError
from treadle.sdk import define
from treadle.sdk.define import Command, Declared, fixed


def uniform(low: float, high: float, *, step: float | None = None) -> Dimension:
    """Real numbers from `low` to `high`."""
    return Dimension(low=float(low), high=float(high), step=step)


def log_uniform(low: float, high: float) -> Dimension:
    """Real numbers from `low` (above 0) to `high`, drawn evenly over their logarithm: for learning rates and the like."""
    return Dimension(low=float(low), high=float(high), log=True)


def integers(low: int, high: int, *, step: int = 1, log: bool = False) -> Dimension:
    """Whole numbers from `low` to `high`, both included."""
    return Dimension(low=float(low), high=float(high), step=None if log else float(step), whole=True, log=log)


def choice(values: Sequence[Any]) -> Dimension:
    """One of these values; a list says the same."""
    return Dimension(values=tuple(values))


def objectives_of(objective: str | Sequence[str] | None, target: float | None = None) -> tuple[Objective, ...]:
    """`auc`: more is better; `-loss`: less is. A list for several that are weighed together."""
    names = [] if objective is None else [objective] if isinstance(objective, str) else list(objective)
    if target is not None and len(names) != 1:
        raise UsageError("a target asks for exactly one objective", hint="sweep(..., objective='auc', target=0.9)")
    return tuple(Objective(name=name.removeprefix("-"), maximize=not name.startswith("-"), target=target) for name in names)


def sweep(
    step: Any,
    *,
    objective: str | Sequence[str] | None = None,
    trials: int | None = None,
    method: str | None = None,
    parallel: int = 0,
    on_failure: str = "continue",
    prune: bool = False,
    target: float | None = None,
    name: str | None = None,
    **arguments: Any,
) -> Any:
    """Performs a step many times over a space of parameters; see the head of this module.

    Without a `method` it is a grid where all dimensions are lists and no number of trials is given, else bayesian when there is an
    `objective`, else random. Raises UsageError outside of a pipeline's body and for a space that cannot be searched.
    """
    if not isinstance(step, Declared | Command):
        raise UsageError(
            f"sweep(...) was given {step!r}, which is no step", hint="sweep(train, learning_rate=log_uniform(1e-4, 1e-1), ...)"
        )
    orchestrator = define._orchestrator
    if orchestrator is None:
        raise UsageError("sweep(...) works inside a pipeline's body", hint="@pipeline def search(): return sweep(train, ...)")
    space: dict[str, Dimension] = {}
    rest: dict[str, Any] = {}
    for key, value in arguments.items():
        walked = isinstance(value, list | tuple | range) and step.definition.parameter(key) is not None
        if isinstance(value, Dimension):
            space[key] = value
        elif walked:
            space[key] = choice(value)
        else:
            rest[key] = value.value if isinstance(value, fixed) else value
    chosen = method or _method(space, objective, trials)
    wanted = Sweep(
        definition=step.definition,
        method=chosen,
        space=space,
        trials=trials,
        parallel=parallel,
        objectives=objectives_of(objective, target),
        on_failure=on_failure,
        prune=prune,
    )
    return orchestrator.sweep(step, rest, wanted, name or f"sweep-{step.name}")


def _method(space: dict[str, Dimension], objective: Any, trials: int | None) -> str:
    finite = all(one.values is not None for one in space.values())
    if finite and trials is None:
        return "grid"
    return "bayesian" if objective is not None else "random"
