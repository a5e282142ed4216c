"""`treadle show RUN`: everything about one run, on one page."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator

import click
import msgspec

from treadle.cli import output
from treadle.cli.opened import complete_run, opened
from treadle.cli.sheet import Sheet
from treadle.contract import runs as words
from treadle.contract.client_runs import DescribedInput
from treadle.contract.data import Artifact
from treadle.contract.files import KeptFile
from treadle.contract.runs import Attempt, Code, End, Environment, Run
from treadle.sdk.client import Client

_MOST_STEPS = 40  # lines; more steps are counted by name, and only what went wrong is listed
_DEEPEST = 3  # pipelines inside pipelines that are opened
_MOST_LOGGED = 100  # names of logged files and rich values
_MOST_TEXT = 200  # characters of a small result that is shown as it is


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@output.json_option
def show(ref: str, as_json: bool) -> None:
    """Everything about one run: its state and what went wrong, parameters, inputs, outputs, metrics, steps, code, environment.

    RUN is a number, a name, the beginning of a name, or @-1 for the last run.
    """
    with opened() as client:
        run = client(words.get_run, words.RunRef(run=ref))
        if as_json:
            output.print_json(run)
            return
        steps = list(_steps(client, run))
    page(run, steps).show()


def page(run: Run, steps: list[list[str]]) -> Sheet:
    """The sheet of a run; `steps` are the rows of what it started."""
    sheet = Sheet(f"{output.state_mark(run)} {click.style(f'run {run.id} {run.name}', bold=True)} ({run.step}, {_state(run)})")
    if not output.is_terminal():
        sheet.add(
            "run",
            [["id", run.id], ["name", run.name], ["step", run.step], ["kind", run.kind], ["state", run.state], ["reason", run.reason]],
        )
    sheet.add("error", _error(run))
    sheet.line("deleted", output.ago(run.deleted_at), f"treadle restore {run.id}") if run.deleted_at else None
    sheet.line("waits for", run.waits_for)
    sheet.add("when", _when(run))
    sheet.line("asked for", _asked(run))
    sheet.line("experiment", run.experiment)
    sheet.line("parent", f"run {run.parent}" if run.parent else None)
    sheet.line("cause", f"journal entry {run.cause}", f"treadle journal why {run.cause}") if run.cause else None
    sheet.add("parameters", [[name, _text(value)] for name, value in (run.parameters | run.logged_parameters).items()])
    sheet.add("inputs", [[f"{i.name}[{i.position}]" if i.position else i.name, i.source, i.digest[:12]] for i in run.inputs])
    sheet.add("described inputs", [_described(one) for one in run.described])
    sheet.add("outputs", [_artifact(artifact) for artifact in run.outputs if not artifact.name.startswith("@")])
    sheet.add("logged", _logged(run.logged))
    sheet.add("files", _files(run.files))
    sheet.add("metrics", _metrics(run))
    sheet.add("tags", [[name, value] for name, value in run.tags.items()])
    sheet.add("note", [[line] for line in (run.note or "").splitlines()])
    sheet.add("steps", steps)
    sheet.add("attempts", [_attempt(attempt) for attempt in run.attempts])
    sheet.line("usage", _usage(run))
    sheet.add("code", _code(run.code))
    sheet.line("environment", _environment(run.environment))
    sheet.line("cache key", run.cache_key[:12] if run.cache_key else None)
    sheet.add("next", [[command] for command in next_commands(run)])
    return sheet


def next_commands(run: Run) -> list[str]:
    """What makes sense to ask of a run in its state."""
    failed = next((child for child in run.children if child.state == "failed"), run)
    if run.kind == "script":
        return [f"python {run.step}"] if run.ended else []
    if run.state == "failed":
        return [f"treadle logs {failed.id}", f"treadle resume {run.id}", f"treadle rerun {run.id}"]
    if run.state == "stopped":
        return [f"treadle resume {run.id}", f"treadle rerun {run.id}"]
    if run.state == "done":
        return [f"treadle why {run.id}", f"treadle logs {run.id}", f"treadle reproduce {run.id}"]
    return [f"treadle logs -f {run.id}", f"treadle stop {run.id}"]


def _state(run: Run) -> str:
    if run.reused_from:
        return f"done, reused from run {run.reused_from}"
    if run.reason and run.state in ("failed", "stopped"):
        return f"{run.state}: {run.reason}" if run.reason != run.state else run.state
    return f"{run.state}, asked to stop" if run.stop_requested and not run.ended else run.state


def _error(run: Run) -> list[list[str]]:
    """What went wrong and where, in the user's own words and places."""
    if run.error is None or run.state not in ("failed", "stopped"):
        return []
    rows = [[line] for line in told(run.error).splitlines()]
    if run.error.place:
        rows.append([f"at {run.error.place}"])
    if run.error.hint:
        rows.append([f"hint: {run.error.hint}"])
    return rows


def told(end: End) -> str:
    """How an attempt ended, in one sentence."""
    if end.error and end.kind == "raised":
        return f"{end.error}: {end.message}" if end.message else end.error
    if end.kind == "exit" and not end.message:
        return f"ended with status {end.exit}"
    if end.kind == "signal" and not end.message:
        return f"killed by {end.signal or 'a signal'}"
    return end.message or end.kind


def _when(run: Run) -> Iterator[list[str]]:
    moment = output.moment if output.is_terminal() else output.iso
    yield ["asked", moment(run.queued_at), f"{output.ago(run.queued_at)} by {run.actor}"]
    if run.started_at is not None:
        yield ["began", moment(run.started_at), f"after {output.duration(max(0.0, run.started_at - run.queued_at))} of waiting"]
    if run.ended_at is not None:
        took = output.duration(output.elapsed(run))
        yield ["ended", moment(run.ended_at), f"took {took}" if took else ""]


def _asked(run: Run) -> str | None:
    options = run.options
    if options is None or options.entry is None:
        return None
    said = [f"--param {name}={_text(value)}" for name, value in run.parameters.items()]
    said += ["--no-cache"] if not options.cache else []
    said += [f"--engine {options.engine}"] if options.engine else []
    return " ".join(["treadle run", options.entry, *(shlex.join(word.split(" ", 1)) for word in said)])


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _artifact(artifact: Artifact) -> list[str]:
    """Name, format, size, address and what is known of the value; a pickle is marked as one."""
    about = artifact.about
    known = [str(about[key]) for key in ("class", "shape") if about.get(key)]
    known += [f"{about[key]:,} {key}" for key in ("rows", "files") if isinstance(about.get(key), int)]
    known += [f"{about[key]:.4g} {word}" for key, word in (("seconds", "s"), ("area", "area"), ("accuracy", "accuracy")) if key in about]
    known += [f"{about['width']} x {about['height']}"] if "width" in about else []
    known += [f"{about['points']:,} points"] if isinstance(about.get("points"), int) else []
    columns = about.get("columns")
    known += [f"{len(columns)} columns"] if isinstance(columns, list | dict) else []
    if artifact.inline is not None and artifact.format in ("json", "text"):
        text = artifact.inline.decode(errors="replace")
        known = [f"= {text}" if len(text) <= _MOST_TEXT else f"= {text[:_MOST_TEXT]}..."]
    if artifact.pickled:
        known.append(click.style("a pickle: loading it executes code", fg="yellow"))
    kind = f"{artifact.format}, a folder" if artifact.tree else artifact.format
    return [artifact.name, kind, output.size(artifact.size), artifact.digest[:12], ", ".join(known)]


def _logged(artifacts: tuple[Artifact, ...]) -> list[list[str]]:
    """One line for each name; a name with several steps is a series of which the last is described."""
    series: dict[str, list[Artifact]] = {}
    for artifact in artifacts:
        series.setdefault(artifact.name, []).append(artifact)
    rows = []
    for name in list(series)[:_MOST_LOGGED]:
        ordered = sorted(series[name], key=lambda one: one.about.get("step", -1))
        row = _artifact(ordered[-1])
        about = ordered[-1].about
        row[1] = f"{about['shown'].replace('_', ' ')} ({row[1]})" if "shown" in about and about["shown"] != row[1] else row[1]
        steps = [one.about["step"] for one in ordered if "step" in one.about]
        if len(steps) == 1:
            row[4] = ", ".join(filter(None, [f"step {steps[0]}", row[4]]))
        elif steps:
            row[4] = ", ".join(filter(None, [f"{len(ordered)} of them, steps {steps[0]} to {steps[-1]}", row[4]]))
        rows.append(row)
    if len(series) > _MOST_LOGGED:
        rows.append([f"and {len(series) - _MOST_LOGGED} more", "", "", "", ""])
    return rows


def _described(one: DescribedInput) -> list[str]:
    """Data that was never seen here, by its client's own digest, and what it was for."""
    return [one.name, one.digest, one.source_type, ", ".join(f"{name.rpartition('.')[2]}={value}" for name, value in one.tags.items())]


def _files(files: tuple[KeptFile, ...]) -> list[list[str]]:
    rows = [[one.path, output.size(one.size), one.digest[:12]] for one in files[:_MOST_LOGGED]]
    return [*rows, [f"and {len(files) - _MOST_LOGGED} more", "", ""]] if len(files) > _MOST_LOGGED else rows


def _metrics(run: Run) -> list[list[str]]:
    rows = []
    for metric in run.metrics:
        span = f"{output.number(metric.lowest)} to {output.number(metric.highest)}, {metric.points} points" if metric.points > 1 else ""
        rows.append([metric.name, output.number(metric.last), span])
    return rows


def _steps(client: Client, run: Run, depth: int = 0) -> Iterator[list[str]]:
    """What a pipeline started, as a tree; of a large fan-out only the counts and what went wrong."""
    children, indent = run.children, "  " * depth
    if len(children) > _MOST_STEPS:
        for (step, state), count in sorted(Counter((child.step, child.state) for child in children).items()):
            yield [f"{indent}{step}", f"{count:,} {state}"]
        children = tuple(child for child in children if child.state in ("failed", "stopped"))[:_MOST_STEPS]
    for child in children:
        metrics = "  ".join(f"{metric.name} {output.number(metric.last)}" for metric in child.metrics[:4])
        waits = f"waits for {child.waits_for}" if child.waits_for else ""
        reused = f"reused from run {child.reused_from}" if child.reused_from else child.reason or waits
        took = "" if child.reused_from else output.duration(output.elapsed(child))
        mark = f"{output.state_mark(child)} " if output.is_terminal() else ""
        yield [
            f"{indent}{mark}{output.call_name(child.call_key or child.step)}",
            str(child.id),
            child.name,
            child.state,
            took,
            reused or metrics,
        ]
        if child.kind == "pipeline" and depth < _DEEPEST:
            yield from _steps(client, client(words.get_run, words.RunRef(run=str(child.id))), depth + 1)


def _attempt(attempt: Attempt) -> list[str]:
    """One try: where, how long, and how it ended; that nothing was heard of it is said."""
    how = told(attempt.end) if attempt.end else attempt.state
    if attempt.silent is not None:
        how = click.style(f"{attempt.state}, but nothing was heard of it for {output.duration(attempt.silent)}", fg="yellow")
    spent = output.duration(attempt.ended_at - attempt.started_at) if attempt.ended_at and attempt.started_at else ""
    place = f"{attempt.engine} on {attempt.host}" if attempt.host else attempt.engine
    return [f"{attempt.number}", place, spent, f"log {output.size(attempt.log_size)}" if attempt.log_size else "no log", how]


def _usage(run: Run) -> str | None:
    if run.usage is None:
        return None
    return f"{output.duration(run.usage.wall)} wall, {output.duration(run.usage.cpu)} CPU, {output.size(run.usage.memory)} memory"


def _code(code: Code | None) -> Iterator[list[str]]:
    if code is None:
        return
    if code.commit:
        branch = f" on {code.branch}" if code.branch else ""
        yield ["commit", f"{code.commit[:12]}{branch}{', with uncommitted changes' if code.dirty else ''}"]
    parts = f"{len(code.parts)} part{'s' if len(code.parts) != 1 else ''}"
    snapshot = f", snapshot {code.snapshot[:12]}" if code.snapshot else ", no snapshot"
    yield ["digest", f"{code.digest[:12]}, {parts}{snapshot}{'' if code.commit else ', outside git'}"]
    if code.note:
        yield ["note", code.note]
    for warning in code.warnings:
        yield ["warning", click.style(warning, fg="yellow")]


def _environment(environment: Environment | None) -> str | None:
    if environment is None:
        return None
    return (
        f"python {environment.python}, {environment.platform}, {len(environment.distributions)} packages, digest {environment.digest[:12]}"
    )
