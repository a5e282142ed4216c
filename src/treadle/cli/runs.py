"""`treadle runs`: list and search runs; its verbs are the commands of the same names."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.contract import runs as words
from treadle.contract import tracking
from treadle.contract.runs import Run
from treadle.contract.search import PARTS
from treadle.core.errors import UsageError

_DEFAULT = ("id", "name", "step", "state", "created", "duration", "metrics")
_MOST_METRICS = 3  # in the column `metrics` on a terminal; all of them in a pipe

VERBS = {
    "list": ("treadle.cli.runs", "listing", "List and search runs (what `treadle runs` does)."),
    "show": ("treadle.cli.show", "show", "Everything about one run."),
    "logs": ("treadle.cli.logs", "logs", "What a run printed."),
    "diff": ("treadle.cli.diff", "diff", "Two runs side by side."),
    "why": ("treadle.cli.why", "why", "Why a run was performed or reused."),
    "stop": ("treadle.cli.act", "stop", "Stop a run and everything it started."),
    "rerun": ("treadle.cli.act", "rerun", "Ask for the same run again."),
    "resume": ("treadle.cli.act", "resume", "Continue a failed or interrupted run."),
    "reproduce": ("treadle.cli.reproduce", "reproduce", "Perform a run again in a clean place and compare."),
    "delete": ("treadle.cli.act", "delete", "Delete a run; it can be restored."),
    "restore": ("treadle.cli.act", "restore", "Bring a deleted run back."),
}


class Column(NamedTuple):
    """How a run's fact is shown: to people, and to programs. `right`: numbers stand right."""

    people: Callable[[Run], Any]
    programs: Callable[[Run], Any]
    right: bool = False


def _same(fact: Callable[[Run], Any], *, right: bool = False) -> Column:
    return Column(fact, fact, right)


COLUMNS: dict[str, Column] = {
    "id": _same(lambda run: run.id, right=True),
    "name": _same(lambda run: run.name),
    "step": _same(lambda run: run.step),
    "kind": _same(lambda run: run.kind),
    "state": Column(output.state_text, lambda run: run.state),
    "reason": _same(lambda run: run.reason),
    "created": Column(lambda run: output.ago(run.queued_at), lambda run: output.iso(run.queued_at)),
    "started": Column(lambda run: output.moment(run.started_at), lambda run: output.iso(run.started_at)),
    "ended": Column(lambda run: output.moment(run.ended_at), lambda run: output.iso(run.ended_at)),
    "duration": Column(lambda run: output.duration(output.elapsed(run)), lambda run: _seconds(output.elapsed(run)), right=True),
    "metrics": Column(lambda run: _metrics(run, "  ", " ", _MOST_METRICS), lambda run: _metrics(run, ",", "=", 10_000)),
    "params": _same(lambda run: ", ".join(f"{name}={value}" for name, value in run.parameters.items())),
    "tags": _same(lambda run: ", ".join(f"{name}={value}" for name, value in run.tags.items())),
    "note": _same(lambda run: run.note),
    "actor": _same(lambda run: run.actor),
    "engine": _same(lambda run: run.engine),
    "parent": _same(lambda run: run.parent, right=True),
    "root": _same(lambda run: run.root, right=True),
    "reused_from": _same(lambda run: run.reused_from, right=True),
    "waits_for": _same(lambda run: run.waits_for),
    "seed": _same(lambda run: run.seed, right=True),
}

runs = Noun(
    name="runs",
    verbs=VERBS,
    queries=True,
    help="""List and search runs, newest first.

    QUERY compares: 'state = failed and metrics.auc > 0.9 and created > -7d'. Keys are id, name, state, kind, step, actor, engine, note,
    parent, created, started, ended, duration, and metrics.NAME, params.NAME, tags.NAME.
    """,
)


@click.command("list")
@click.argument("query", nargs=-1)
@click.option("--sort", default="-id", show_default=True, metavar="KEY", help="Order: any key of a query; `-` in front for descending.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many to list.")
@click.option("--after", metavar="CURSOR", help="Go on behind the page that named this cursor.")
@click.option("-a", "--all", "everything", is_flag=True, help="Runs inside pipelines, too.")
@click.option("--columns", metavar="A,B,..", help="What to show, for example id,state,metrics.auc,params.lr.")
@click.option("--group-by", metavar="KEY", help="Gather runs by params.NAME, tags.NAME, inputs.NAME, step ..; --columns names metrics.")
@output.json_option
def listing(
    query: tuple[str, ...],
    sort: str,
    limit: int,
    after: str | None,
    everything: bool,
    columns: str | None,
    group_by: str | None,
    as_json: bool,
) -> None:
    """List and search runs, newest first."""
    if group_by is not None:
        _grouped(" ".join(query), group_by, columns, limit, after, everything, as_json)
        return
    names = [name.strip() for name in columns.split(",") if name.strip()] if columns is not None else list(_DEFAULT)
    shown = [(name, column_of(name)) for name in names]
    request = words.ListRuns(query=" ".join(query), sort=sort, limit=limit, after=after, children=everything)
    with opened() as client:
        page = client(words.list_runs, request)
    if as_json:
        output.print_json(page.runs)
    else:
        people = output.is_terminal()
        rows = [[(column.people if people else column.programs)(run) for _, column in shown] for run in page.runs]
        right = [name for name, column in shown if column.right]
        empty = "no run fits; `treadle runs` lists all" if query or after else "no runs yet: treadle run FILE::NAME, or treadle init"
        output.print_table([name for name, _ in shown], rows, right=right, empty=empty)
    if page.next:
        output.talk(f"there are more: add --after {page.next}")


def _grouped(query: str, by: str, columns: str | None, limit: int, after: str | None, everything: bool, as_json: bool) -> None:
    """Groups of runs, the largest first: a mean with its spread (sample standard deviation) and the extremes of each metric."""
    names = [name.strip().removeprefix("metrics.") for name in (columns or "").split(",") if name.strip().startswith("metrics.")]
    if after is not None and not after.isdigit():
        raise UsageError(f"`{after[:40]}` is no place in a list of groups", hint="--after with the number that the page before named")
    request = tracking.GroupRuns(by=by, query=query, metrics=tuple(names), children=everything, limit=limit, after=int(after or 0))
    with opened() as client:
        page = client(tracking.group_runs, request)
    if as_json:
        output.print_json(page)
        return
    rows = []
    for group in page.groups:
        row: list[Any] = ["-" if group.value is None else group.value, group.runs]
        for name in names:
            one = group.metrics.get(name)
            spread = "" if one is None or one.spread is None else f" ± {output.number(one.spread)}"
            extremes = "" if one is None else f"{output.number(one.lowest)} to {output.number(one.highest)}"
            row += ["" if one is None else f"{output.number(one.mean)}{spread}", extremes]
        rows.append(row)
    heads = [by, "runs", *(head for name in names for head in (name, ""))]
    output.print_table(heads, rows, right=["runs"], empty="no run fits; `treadle runs` lists all")
    if page.next is not None:
        output.talk(f"there are more: add --after {page.next}")


def column_of(name: str) -> Column:
    """A column by name, or of a metric, parameter or tag; raises UsageError with the nearest name."""
    if name in COLUMNS:
        return COLUMNS[name]
    area, _, rest = name.partition(".")
    if rest and area == "metrics":
        return _metric_column(rest)
    if rest and area in ("params", "parameters"):
        return _same(lambda run: _nested(run.parameters, rest), right=True)
    if rest and area == "tags":
        return _same(lambda run: run.tags.get(rest))
    near = difflib.get_close_matches(name, list(COLUMNS), n=1)
    known = f"columns are {', '.join(COLUMNS)}, metrics.NAME, params.NAME, tags.NAME"
    raise UsageError(f"runs have no column `{name}`", hint=f"did you mean `{near[0]}`?" if near else known)


def _metric_column(name: str) -> Column:
    """The last value of a metric; `.lowest`, `.highest`, `.step` and `.points` behind its name ask for something else."""
    front, _, part = name.rpartition(".")

    def find(run: Run, show: Callable[[Any], str]) -> str:
        for metric in run.metrics:
            if metric.name == name:
                return show(metric.last)
            if metric.name == front and part in PARTS:
                return show(getattr(metric, PARTS[part]))
        return ""

    return Column(
        lambda run: find(run, output.number), lambda run: find(run, lambda value: "NaN" if value is None else repr(value)), right=True
    )


def _nested(values: Any, path: str) -> Any:
    """The value under `model.depth`: a name as it is, or the names of nested dictionaries."""
    if not isinstance(values, dict):
        return None
    if path in values:
        return values[path]
    head, _, rest = path.partition(".")
    return _nested(values.get(head), rest) if rest else None


def _metrics(run: Run, between: str, mark: str, most: int) -> str:
    text = between.join(f"{metric.name}{mark}{output.number(metric.last)}" for metric in run.metrics[:most])
    more = len(run.metrics) - most
    return f"{text}{between}+{more}" if more > 0 else text


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
