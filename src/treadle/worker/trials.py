"""A sweep's body: asks for parameters, starts trials, takes in how they did, until enough have been made.

Trials are runs like any other. A body that is performed again after a crash is told which trials the record holds, takes their
parameters as they are, and goes on with the next: nothing is performed twice.
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.runs import Binding
from treadle.contract.sweeps import MOST_TRIALS, Dimension, Objective, Sweep
from treadle.contract.work import ChildCall, RecordedCall, Settled
from treadle.core.content import digest_bytes
from treadle.core.errors import EnvironmentFailed, RunFailed, UsageError
from treadle.worker.body import Body, binding_of

WARM_UP = 4
"""Trials with a value at a step before others are measured against their median there."""


class Trial(msgspec.Struct, kw_only=True):
    """One trial, and how it did: `values` in the order of the objectives (None: it never said)."""

    number: int
    parameters: dict[str, Any]
    done: Settled | None = None
    values: tuple[float | None, ...] = ()
    pruned: bool = False
    reported: dict[int, float] = {}


def perform(body: Body, parameters: dict[str, Any]) -> list[Artifact]:
    """Performs the sweep of `body`'s run; answers its outputs: the best trial in words, then what that trial gave."""
    job = body.launch.job
    sweep = msgspec.convert(job.definition.words, Sweep, builtin_types=(bytes,))
    fixed = sweep.parameters | parameters
    bindings: dict[str, Binding] = {}
    for name, given in job.inputs.items():
        parts = [binding_of(artifact) for artifact in given.artifacts]
        bindings[name] = Binding(many=tuple(parts)) if given.many else parts[0]
    return Trials(body, sweep, fixed, bindings).perform()


class Trials:
    def __init__(self, body: Body, sweep: Sweep, fixed: dict[str, Any], bindings: dict[str, Binding]) -> None:
        self.body, self.sweep, self.fixed, self.bindings = body, sweep, fixed, bindings
        self.trials: dict[str, Trial] = {}
        self.recorded: dict[str, RecordedCall] = {one.call: one for one in body.recorded()}
        self.seed = body.launch.job.seed
        self.sampler = sampler_of(sweep, self.seed)
        self.enough = ""

    def perform(self) -> list[Artifact]:
        planned = self.sampler.planned()
        asked = 0
        width = self.sweep.parallel or (planned if self.sweep.method != "bayesian" else 0) or 4
        open_calls: list[str] = []
        while True:
            while asked < planned and len(open_calls) < width and not self.enough:
                open_calls.append(self._start(asked))
                asked += 1
            if not open_calls:
                break
            call, settled = self.body.await_any(open_calls, self._progress if self.sweep.prune else None)
            open_calls.remove(call)
            self._take(self.trials[call], settled)
            if self.enough and open_calls:
                self.body.stop(open_calls)
        return self._conclude()

    def _start(self, number: int) -> str:
        call = f"{self.sweep.definition.name}#{number}"
        earlier = self.recorded.get(call)
        chosen = self.sampler.ask(number, None if earlier is None else earlier.parameters)
        self.trials[call] = Trial(number=number, parameters=chosen)
        tags = dict(self.sweep.options.tags)
        definition = self.sweep.definition
        if definition.dialect is not None:
            tags["valohai.task"] = str(self.body.launch.job.run)
        if self.sweep.method == "group":
            tags |= {
                "valohai.group": str(self.body.launch.job.run),
                "valohai.member": str(number),
                "valohai.members": str(self.sampler.planned()),
            }
            # All members wait for each other, so there must be room for all of them.
            small = msgspec.structs.replace(definition.resources, cpu=min(definition.resources.cpu, 1 / self.sampler.planned()))
            definition = msgspec.structs.replace(definition, resources=small, cache=False)
        self.body.channel.send(
            "call",
            ChildCall(
                call=call,
                definition=definition,
                parameters=self.fixed | chosen,
                bindings=self.bindings,
                code=self.sweep.code or self.body.launch.job.code,
                options=msgspec.structs.replace(self.sweep.options, tags=tags),
            ),
        )
        return call

    def _take(self, trial: Trial, settled: Settled) -> None:
        trial.done = settled
        trial.values = tuple(value_of(settled, one) for one in self.sweep.objectives)
        for one in self.sweep.objectives:
            metric = settled.metrics.get(one.name)
            if metric is not None and metric.last is not None:  # what those that still run are measured against
                trial.reported = {**trial.reported, metric.last_step: metric.last}
        self.sampler.tell(trial)
        if settled.state == "failed" and self.sweep.on_failure == "stop":
            self.enough = f"trial {trial.number} failed (run {settled.run})"
        for value, one in zip(trial.values, self.sweep.objectives, strict=True):
            if value is not None and one.target is not None and (value >= one.target if one.maximize else value <= one.target):
                self.enough = self.enough or f"run {settled.run} reached {one.name} {value:g}"
        if self.sweep.until and settled.state == "done":
            from treadle.valohai.conditions import holds

            metadata = {name: metric.last for name, metric in settled.metrics.items()} | printed(settled)
            if holds(self.sweep.until, metadata, self.fixed | trial.parameters):
                self.enough = self.enough or f"run {settled.run}: {self.sweep.until}"

    def _progress(self, reports: dict[str, dict[str, tuple[float, int]]]) -> None:
        """Ends trials that do worse than the median of the others at their step (the median rule of Golovin et al., 2017)."""
        objective = self.sweep.objectives[0]
        for call, metrics in reports.items():
            trial = self.trials.get(call)
            if trial is None or trial.pruned or objective.name not in metrics:
                continue
            value, step = metrics[objective.name]
            trial.reported = {**trial.reported, step: value}
            others = [
                best
                for other in self.trials.values()
                if other is not trial and (best := _best_upto(other.reported, step, objective)) is not None
            ]
            if len(others) < WARM_UP:
                continue
            median = statistics.median(others)
            mine = _best_upto(trial.reported, step, objective)
            if mine is not None and (mine < median if objective.maximize else mine > median):
                trial.pruned = True
                self.body.stop([call])

    # --- the end --------------------------------------------------------------------------------------------------------------

    def _conclude(self) -> list[Artifact]:
        trials = sorted(self.trials.values(), key=lambda trial: trial.number)
        failed = [trial for trial in trials if trial.done is not None and trial.done.state == "failed"]
        if failed and (self.sweep.on_failure in ("fail", "stop") or len(failed) == len(trials)):
            run = failed[0].done.run if failed[0].done else 0
            raise RunFailed(f"{len(failed)} of {len(trials)} trials failed, the first of them run {run}", hint=f"treadle logs {run}")
        front = best_of(trials, self.sweep.objectives)
        if self.sweep.objectives and not front:
            names = ", ".join(f"`{one.name}`" for one in self.sweep.objectives)
            raise RunFailed(f"no trial said {names}, by which the sweep was to judge them", hint="log it, or return it under that name")
        best = front[0] if front else None
        told = {
            "run": best.done.run if best is not None and best.done is not None else None,
            "parameters": best.parameters if best is not None else {},
            "values": _named(best, self.sweep.objectives),
            "because": self.enough,
            "front": [trial.done.run for trial in front if trial.done is not None] if len(self.sweep.objectives) > 1 else [],
            "trials": [
                {
                    "run": trial.done.run,
                    "state": "pruned" if trial.pruned else trial.done.state,
                    "parameters": trial.parameters,
                    "values": _named(trial, self.sweep.objectives),
                }
                for trial in trials
                if trial.done is not None
            ],
        }
        data = msgspec.json.encode(told)
        outputs = [Artifact(name="best", digest=digest_bytes(data), size=len(data), format="json", inline=data)]
        keep = trials if self.sweep.definition.dialect is not None else [best]
        for trial in keep:
            if trial is not None and trial.done is not None and trial.done.state == "done":
                outputs += [with_source(one, trial.done.run) for one in trial.done.outputs]
        return outputs


def with_source(artifact: Artifact, run: int) -> Artifact:
    """The artifact with the run that made it, for the lineage of whoever takes it."""
    if str(artifact.about.get("source", "")).startswith("run://"):
        return artifact
    return msgspec.structs.replace(artifact, about=artifact.about | {"source": f"run://{run}/{artifact.name}"})


def printed(settled: Settled) -> dict[str, Any]:
    """The last value of each key that a run of a foreign contract has printed."""
    for artifact in settled.outputs:
        if artifact.name == "@metadata" and artifact.inline is not None:
            found: dict[str, Any] = msgspec.json.decode(artifact.inline)
            return found
    return {}


def value_of(settled: Settled, objective: Objective) -> float | None:
    """How a trial did: the last value of the metric of that name; else a number that it gave back, alone or under that name."""
    metric = settled.metrics.get(objective.name)
    if metric is not None and metric.last is not None:
        return metric.last
    for artifact in settled.outputs:
        if artifact.format == "json" and artifact.inline is not None and artifact.name in ("result", objective.name):
            value = msgspec.json.decode(artifact.inline)
            value = value.get(objective.name) if isinstance(value, dict) else value
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                return float(value)
    return None


def best_of(trials: list[Trial], objectives: tuple[Objective, ...]) -> list[Trial]:
    """The trials that no other one beats, the best by the first objective in front. Without an objective: the first that is done."""
    done = [trial for trial in trials if trial.done is not None and trial.done.state == "done"]
    if not objectives:
        return done[:1]
    judged = [(trial, _signed(trial, objectives)) for trial in done]
    whole = [(trial, signed) for trial, signed in judged if signed is not None]
    front = [
        (trial, mine)
        for trial, mine in whole
        if not any(other != mine and all(b >= a for a, b in zip(mine, other, strict=True)) for _, other in whole)
    ]
    return [trial for trial, _ in sorted(front, key=lambda pair: (tuple(-value for value in pair[1]), pair[0].number))]


def _signed(trial: Trial, objectives: tuple[Objective, ...]) -> tuple[float, ...] | None:
    values = [value for value in trial.values if value is not None and not math.isnan(value)]
    if len(values) < len(objectives):
        return None
    return tuple(value if one.maximize else -value for value, one in zip(values, objectives, strict=True))


def _named(trial: Trial | None, objectives: tuple[Objective, ...]) -> dict[str, float | None]:
    return {} if trial is None else {one.name: value for one, value in zip(objectives, trial.values, strict=False)}


def _best_upto(reported: dict[int, float], step: int, objective: Objective) -> float | None:
    values = [value for at, value in reported.items() if at <= step]
    return (max if objective.maximize else min)(values) if values else None


# --- where parameters come from ------------------------------------------------------------------------------------------------


class Sampler(Protocol):
    """Says which parameters a trial gets. One that is on record already keeps its own."""

    def planned(self) -> int: ...

    def ask(self, number: int, recorded: dict[str, Any] | None) -> dict[str, Any]: ...

    def tell(self, trial: Trial) -> None:
        """Takes in how a trial did."""


class Listed:
    """Trials that are known from the beginning."""

    def __init__(self, sets: list[dict[str, Any]]) -> None:
        self._sets = sets

    def planned(self) -> int:
        return len(self._sets)

    def ask(self, number: int, recorded: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ARG002 - the same every time
        return self._sets[number]

    def tell(self, trial: Trial) -> None:
        """How a trial did changes nothing here."""


class Bayesian:
    """Optuna's sampler of tree-structured Parzen estimators, seeded by the run."""

    def __init__(self, sweep: Sweep, seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            raise EnvironmentFailed("a bayesian sweep asks Optuna, which is not installed", hint="pip install 'treadle[sweeps]'") from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._sweep = sweep
        directions = ["maximize" if one.maximize else "minimize" for one in sweep.objectives]
        sampler = optuna.samplers.TPESampler(seed=seed % (1 << 32), n_startup_trials=min(10, max(1, (sweep.trials or 10) // 3)))
        self._study = optuna.create_study(directions=directions, sampler=sampler)
        self._open: dict[int, Any] = {}
        self._space = {name: self._distribution(one) for name, one in sweep.space.items()}

    def _distribution(self, one: Dimension) -> Any:
        kinds = self._optuna.distributions
        if one.values is not None:
            return kinds.CategoricalDistribution(one.values)
        assert one.low is not None
        assert one.high is not None
        if one.whole:
            return kinds.IntDistribution(int(one.low), int(one.high), log=one.log, step=1 if one.log else int(one.step or 1))
        return kinds.FloatDistribution(one.low, one.high, log=one.log, step=None if one.log else one.step)

    def planned(self) -> int:
        return self._sweep.trials or 0

    def ask(self, number: int, recorded: dict[str, Any] | None) -> dict[str, Any]:
        if recorded is not None:
            self._study.enqueue_trial({name: recorded[name] for name in self._space if name in recorded})
        trial = self._open[number] = self._study.ask(self._space)
        return dict(trial.params)

    def tell(self, trial: Trial) -> None:
        state = self._optuna.trial.TrialState
        values = [value for value in trial.values if value is not None and math.isfinite(value)]
        whole = len(values) == len(self._sweep.objectives) and trial.done is not None and trial.done.state == "done"
        asked = self._open.pop(trial.number)
        if whole:
            self._study.tell(asked, values)
        elif trial.pruned and len(self._sweep.objectives) == 1:
            self._study.tell(asked, state=state.PRUNED)
        else:
            self._study.tell(asked, state=state.FAIL)


def sampler_of(sweep: Sweep, seed: int) -> Sampler:
    if sweep.method == "bayesian":
        return Bayesian(sweep, seed)
    return Listed(listed(sweep, seed))


def listed(sweep: Sweep, seed: int) -> list[dict[str, Any]]:
    """The parameters of every trial of a sweep that does not look at results. Raises UsageError for more than can be meant."""
    if sweep.method == "listed":
        return [dict(one) for one in sweep.sets] or [{}]
    source = random.Random(seed)  # noqa: S311 - trials are to be drawn alike again
    if sweep.method == "group":
        member = {name: _drawn(one, source) for name, one in sweep.space.items()}
        return [member for _ in range(sweep.trials or 1)]
    if sweep.method == "random":
        return [{name: _drawn(one, source) for name, one in sweep.space.items()} for _ in range(sweep.trials or 0)]
    columns = [list(values_of(one)) for one in sweep.space.values()]
    count = math.prod(len(column) for column in columns)
    if count > MOST_TRIALS:
        raise UsageError(f"the grid of `{sweep.definition.name}` has {count:,} trials", hint="method='random' with trials=...")
    return [dict(zip(sweep.space, row, strict=True)) for row in itertools.product(*columns)]


def values_of(one: Dimension) -> Iterator[Any]:
    """The values of a dimension that has finitely many."""
    if one.values is not None:
        yield from one.values
        return
    assert one.low is not None
    assert one.high is not None
    step = one.step or 1.0
    for number in range(math.floor((one.high - one.low) / step + 1e-9) + 1):
        value = one.low + number * step
        yield round(value) if one.whole else value


def _drawn(one: Dimension, source: random.Random) -> Any:
    if one.values is not None:
        return source.choice(one.values)
    assert one.low is not None
    assert one.high is not None
    place: Callable[[float], float] = math.log if one.log else lambda value: value
    value = source.uniform(place(one.low), place(one.high))
    value = min(max(math.exp(value) if one.log else value, one.low), one.high)
    if one.step:
        value = one.low + round((value - one.low) / one.step) * one.step
    return int(min(max(round(value), math.ceil(one.low)), math.floor(one.high))) if one.whole else value
