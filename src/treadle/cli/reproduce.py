"""`treadle reproduce RUN`: performs a run again from its record and compares, output by output."""

from __future__ import annotations

import importlib
import os
import shutil
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.run import perform, performing
from treadle.contract import runs as words
from treadle.contract.runs import Environment, Options, Run
from treadle.core.errors import NotFound, StateError
from treadle.core.ids import new_key
from treadle.sdk.client import Client, connect

_HERE = "TREADLE_REPRODUCING_IN"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One output or metric of the original beside the one of the reproduction.

    `verdict`: "equal" (the same bytes), "agrees" (a metric within the tolerance), "differs" or "absent"."""

    step: str
    kind: str
    """"output" or "metric"."""
    name: str
    original: str
    again: str
    verdict: str


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. `reproduced`: every output is equal, or else every metric of its step agrees within the tolerance."""

    original: int
    again: int
    reproduced: bool
    environment: str
    compared: tuple[Compared, ...]


@click.command()
@click.argument("ref", metavar="RUN")
@click.option("--tolerance", default=1e-6, show_default=True, help="Largest relative difference at which a metric agrees.")
@click.option("--same-environment", is_flag=True, help="Do not rebuild the recorded environment even if this one differs.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), envvar="TREADLE_JOBS", help="CPU cores to use at once.")
@output.json_option
def reproduce(ref: str, tolerance: float, same_environment: bool, jobs: int | None, as_json: bool) -> int:
    """Perform a run again from its record - code, data, parameters, environment - and say what is equal.

    The code comes from the run's snapshot and the data from the store by digest, never from your working folder. Exit status 0:
    everything is equal or agrees; 1: something differs.
    """
    with connect() as client:
        original = _performed(client, client(words.get_run, words.RunRef(run=ref)))
        importlib.import_module("treadle.worker.prepare").check_reproducible(original)
        with performing(client, jobs) as here:
            ambient = importlib.import_module("treadle.worker.capture").ambient_environment()
            said = environment_words(original.environment, ambient)
            if said is not None and not same_environment and client.local:
                return _in_its_environment(client, here, original, as_json, said)
            _clean_checkout(here, original)
            again = _again(client, here, original, quiet=as_json)
        result = compare(client, original, again, tolerance, said)
    if as_json:
        output.print_json(result)
    else:
        _print(result, original, again)
    return 0 if result.reproduced else 1


def _performed(client: Client, run: Run) -> Run:
    """The run that was really performed: a reused result's source."""
    if run.kind == "script":
        raise StateError(
            f"{run.title} is a script that ran by itself; only steps and pipelines can be performed again", hint=f"python {run.step}"
        )
    if run.state != "done":
        raise StateError(f"{run.title} has no result to compare with", hint=f"treadle show {run.id}")
    return client(words.get_run, words.RunRef(run=str(run.reused_from))) if run.reused_from else run


def environment_words(recorded: Environment | None, here: Environment) -> str | None:
    """How this environment differs from the recorded one, in words; None when they are equal."""
    if recorded is None or not recorded.distributions:
        return None
    a, b = dict(recorded.distributions), dict(here.distributions)
    for environment in (a, b):
        environment.pop("treadle", None)  # Treadle performs the run; what it computes is the project's own code
    changed = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
    words_ = [f"python {recorded.python} was used, this is {here.python}"] if recorded.python != here.python else []
    words_ += [f"{name} {a.get(name, 'absent')} was used, here is {b.get(name, 'absent')}" for name in changed[:5]]
    if len(changed) > 5:
        words_.append(f"and {len(changed) - 5} more packages")
    return "; ".join(words_) or None


def _in_its_environment(client: Client, here: Any, original: Run, as_json: bool, said: str) -> int:
    """Builds the recorded environment and performs this very command in it."""
    if os.environ.get(_HERE):
        raise NotFound(f"the rebuilt environment still differs: {said}", hint="treadle reproduce --same-environment")
    output.talk(f"the environment differs: {said}")
    output.talk("rebuilding the recorded environment with uv ...")
    recorded = original.environment
    assert recorded is not None
    python = importlib.import_module("treadle.worker.capture").rebuild_environment(recorded, here.home, output.talk)
    here.close()
    client.close()
    command = [str(python), "-m", "treadle", "reproduce", str(original.id), *(["--json"] if as_json else [])]
    os.execve(command[0], command, dict(os.environ, **{_HERE: recorded.digest}))


def _clean_checkout(here: Any, original: Run) -> None:
    """The restored code is thrown away first, so that what runs comes from the snapshot and from nothing else."""
    assert original.code is not None
    if original.code.snapshot is not None:
        shutil.rmtree(
            importlib.import_module("treadle.worker.prepare").checkout_folder(here.home, original.code.snapshot), ignore_errors=True
        )


def _again(client: Client, here: Any, original: Run, *, quiet: bool) -> Run:
    assert original.definition is not None
    options = Options(cache=False, seed=original.seed, reproduces=original.id, entry=original.options.entry if original.options else None)
    request = words.SubmitRun(
        key=new_key(),
        definition=original.definition,
        parameters={k: v for k, v in original.parameters.items() if original.definition.parameter(k) is not None},
        bindings=pinned(original),
        code=original.code,
        environment=original.environment,
        options=options,
    )
    made = client(words.submit, request)
    return perform(client, here, made, quiet=quiet)


def pinned(original: Run) -> dict[str, words.Binding]:
    """The bindings of a run, with every dataset and model at the version that was really taken."""
    bindings = dict(original.bindings)
    for taken in original.inputs:
        if taken.source.startswith("dataset://") and taken.position == 0:
            bindings[taken.name] = words.Binding(dataset=taken.source)
        elif taken.source.startswith("model://") and taken.position == 0:
            bindings[taken.name] = words.Binding(model=taken.source)
    return bindings


def compare(client: Client, original: Run, again: Run, tolerance: float, environment: str | None) -> Reproduction:
    """Outputs by digest, metrics by value; for a pipeline each of its calls."""
    rows = _compare_one(original, again, tolerance)
    others = {child.call_key: child for child in again.children}
    for child in original.children:
        other = others.get(child.call_key)
        one = client(words.get_run, words.RunRef(run=str(child.id)))
        if other is None:
            rows.append(
                Compared(step=child.step, kind="output", name=child.call_key or "", original=child.state, again="", verdict="absent")
            )
            continue
        rows += _compare_one(one, client(words.get_run, words.RunRef(run=str(other.id))), tolerance)
    return Reproduction(
        original=original.id,
        again=again.id,
        reproduced=again.state == "done" and _holds(rows),
        environment=environment or "equal",
        compared=tuple(rows),
    )


def _compare_one(original: Run, again: Run, tolerance: float) -> list[Compared]:
    step = original.call_key or original.step
    rows = []
    outputs = {artifact.name: artifact for artifact in again.outputs}
    for artifact in original.outputs:
        other = outputs.get(artifact.name)
        verdict = "absent" if other is None else "equal" if other.digest == artifact.digest else "differs"
        there = other.digest[:12] if other else ""
        rows.append(Compared(step=step, kind="output", name=artifact.name, original=artifact.digest[:12], again=there, verdict=verdict))
    metrics = {metric.name: metric.last for metric in again.metrics}
    for metric in original.metrics:
        verdict = "absent" if metric.name not in metrics else agreement(metric.last, metrics[metric.name], tolerance)
        shown = output.number(metric.last), output.number(metrics.get(metric.name))
        rows.append(Compared(step=step, kind="metric", name=metric.name, original=shown[0], again=shown[1], verdict=verdict))
    return rows


def agreement(a: float | None, b: float | None, tolerance: float) -> str:
    """ "equal", "agrees" (within the relative tolerance) or "differs"; None, which stands for NaN, equals itself."""
    if a == b:
        return "equal"
    if a is None or b is None:
        return "differs"
    return "agrees" if abs(a - b) <= tolerance * max(abs(a), abs(b)) else "differs"


def _holds(rows: list[Compared]) -> bool:
    """A step is reproduced when all its outputs are equal, or when it has metrics and all of them agree."""
    steps: dict[str, list[Compared]] = {}
    for row in rows:
        steps.setdefault(row.step, []).append(row)
    for some in steps.values():
        outputs = [row for row in some if row.kind == "output"]
        metrics = [row for row in some if row.kind == "metric"]
        if any(row.verdict == "absent" for row in some) or any(row.verdict == "differs" for row in metrics):
            return False
        if any(row.verdict == "differs" for row in outputs) and not metrics:
            return False
    return True


def _print(result: Reproduction, original: Run, again: Run) -> None:
    marks = {"equal": click.style("✓ equal", fg="green"), "agrees": click.style("≈ agrees", fg="green")}
    rows = [(r.step, r.name, r.original, r.again, marks.get(r.verdict, click.style(f"✗ {r.verdict}", fg="red"))) for r in result.compared]
    output.print_table(
        ("step", "name", f"run {original.id}", f"run {again.id}", "verdict"), rows, empty="nothing to compare: no outputs, no metrics"
    )
    equal = sum(1 for row in result.compared if row.verdict == "equal")
    words_ = "reproduced" if result.reproduced else "NOT reproduced"
    output.talk(
        f"{original.title} is {words_} by run {again.id}: {equal} of {len(result.compared)} equal; environment: {result.environment}"
    )
