"""`treadle monitors`: what is watched, what was seen, and the alarms. How windows look on a page lies in `monitor_pages`."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.storage import span
from treadle.contract import monitoring as words
from treadle.contract.monitoring import MonitorSettings, Performance
from treadle.core.errors import TreadleError, UsageError
from treadle.sdk.client import connect

_HERE = "treadle.cli.monitors"
VERBS = {
    "list": (_HERE, "listing", "List monitors (what `treadle monitors` does)."),
    "show": (_HERE, "show", "One monitor: settings, newest window, columns, performance."),
    "windows": (_HERE, "windows", "The windows of a monitor."),
    "window": (_HERE, "window", "One window with its whole report."),
    "alarms": (_HERE, "alarms", "Alarms that are open; --all: those that were, too."),
    "ack": (_HERE, "ack", "Say that an alarm was seen; close it; call it noise."),
    "declare": (_HERE, "declare", "Make a monitor, or change its settings."),
    "look": (_HERE, "look", "Look now at whatever is due."),
    "pause": (_HERE, "pause", "Stop looking for a while."),
    "resume": (_HERE, "resume", "Go on looking."),
    "remove": (_HERE, "remove", "Remove a monitor with its windows."),
}

monitors = Noun(
    name="monitors",
    verbs=VERBS,
    help="""Monitors: windows, drift, performance, alarms.

    A monitor watches an endpoint. It judges one window of predictions after the other against what the model was trained on; an alarm
    opens when bad windows persist and closes when they stay away.
    """,
)


def complete_monitor(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names of monitors that begin so, for the shell's completion."""
    try:
        with connect() as client:
            found = client(words.list_monitors, words.ListMonitors())
    except TreadleError:
        return []
    return [one.name for one in found if one.name.startswith(incomplete)]


_NAME = click.argument("name", metavar="NAME", shell_complete=complete_monitor)


@click.command("list")
@output.json_option
def listing(as_json: bool) -> None:
    """List monitors with their newest window and open alarms."""
    from treadle.cli import monitor_pages as pages

    with connect() as client:
        found = client(words.list_monitors, words.ListMonitors())
    if as_json:
        output.print_json(found)
        return
    rows = [pages.line(one) for one in found]
    empty = "no monitors yet: treadle monitors declare NAME --endpoint ENDPOINT --seconds 1d"
    output.print_table(pages.LINE, rows, right=["windows"], empty=empty)


@click.command()
@_NAME
@output.json_option
def show(name: str, as_json: bool) -> None:
    """One monitor: its settings, its newest window check by check, columns by drift, and performance over its windows."""
    from treadle.cli import monitor_pages as pages

    with connect() as client:
        found = client(words.get_monitor, words.MonitorName(monitor=name))
        past = client(words.list_windows, words.ListWindows(monitor=name, limit=60))
    if as_json:
        output.print_json(found)
    else:
        pages.monitor_sheet(found, past[::-1]).show()


@click.command()
@_NAME
@click.option("--limit", default=30, show_default=True, help="So many, the newest first.")
@output.json_option
def windows(name: str, limit: int, as_json: bool) -> None:
    """The windows of a monitor with the verdict of each check, newest first."""
    from treadle.cli import monitor_pages as pages

    with connect() as client:
        found = client(words.list_windows, words.ListWindows(monitor=name, limit=limit, reports=False))
    if as_json:
        output.print_json(found)
    else:
        pages.print_windows(found, empty=f"no windows yet: treadle monitors look {name}")


@click.command()
@_NAME
@click.argument("number", type=int)
@output.json_option
def window(name: str, number: int, as_json: bool) -> None:
    """One window with its whole report: every check, every finding, every column."""
    from treadle.cli import monitor_pages as pages

    with connect() as client:
        found = client(words.get_window, words.WindowNumber(monitor=name, number=number))
    if as_json:
        output.print_json(found)
    else:
        pages.window_sheet(found).show()
        pages.print_columns(found)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Closed ones, too.")
@click.option("--monitor", default="", metavar="NAME", shell_complete=complete_monitor, help="Of one monitor only.")
@click.option("--limit", default=100, show_default=True, help="So many, the newest first.")
@output.json_option
def alarms(everything: bool, monitor: str, limit: int, as_json: bool) -> None:
    """Alarms, newest first."""
    from treadle.cli import monitor_pages as pages

    with connect() as client:
        found = client(words.list_alarms, words.ListAlarms(state="" if everything else "open", monitor=monitor, limit=limit))
    if as_json:
        output.print_json(found)
        return
    empty = "there was no alarm" if everything else "no alarm is open; treadle monitors alarms --all lists those that were"
    output.print_table(pages.ALARM, [pages.alarm_line(one) for one in found], right=["id", "window"], empty=empty)


@click.command()
@click.argument("alarm", type=int)
@click.option("-m", "--message", default="", metavar="WORDS", help="What you have to say about it.")
@click.option("--close", is_flag=True, help="End it; it opens again when further windows are bad.")
@click.option("--noise/--useful", "noise", default=None, help="Whether it was worth having; counted for each monitor.")
@output.json_option
def ack(alarm: int, message: str, close: bool, noise: bool | None, as_json: bool) -> None:
    """Say that an alarm was seen, with words."""
    useful = None if noise is None else not noise
    with connect() as client:
        said = client(words.acknowledge, words.Acknowledge(alarm=alarm, words=message, close=close, useful=useful))
    if as_json:
        output.print_json(said)
    else:
        output.talk(f"alarm {said.id} ({said.kind} of {said.monitor}) is {said.state}; acknowledged by {said.acknowledged_by}")


@click.command()
@_NAME
@click.option("--endpoint", required=True, metavar="NAME", help="What is watched.")
@click.option("--rows", type=int, default=0, metavar="N", help="A window holds so many predictions ...")
@click.option("--seconds", default="0", metavar="TIME", help="... or those of so much time: 1h, 1d, 7d.")
@click.option("--least-rows", type=int, metavar="N", help="Smaller windows are not judged [200].")
@click.option("--check", "checks", multiple=True, metavar="NAME", help="quality, drift, predictions, joint, performance, traffic.")
@click.option("--column", "columns", multiple=True, metavar="NAME", help="Watch only these inputs.")
@click.option("--ignore", multiple=True, metavar="NAME", help="Watch all inputs but these.")
@click.option("--slice", "slices", multiple=True, metavar="NAME", help="Look at each value of this input, too.")
@click.option("--reference", type=click.Choice(["training", "previous"]), help="Compare with the training data, or the window before.")
@click.option("--metric", default="", help="What labelled predictions are measured by, with one of the next three.")
@click.option("--at-least", type=float, help="It is bad below this,")
@click.option("--at-most", type=float, help="above this,")
@click.option("--worse-by", type=float, help="or when it is so much worse than on the holdout.")
@click.option("--labelled", type=float, help="Share of the labels that is waited for [0.8].")
@click.option("--alpha", type=float, help="Share of quiet windows that may look drifted [0.05].")
@click.option("--material", type=float, help="Effect size from which drift counts [0.1].")
@click.option("--open", "opens", type=int, help="An alarm opens after so many bad windows [2]")
@click.option("--among", type=int, help="of the last so many [3],")
@click.option("--close", type=int, help="and closes after so many good ones in a row [3].")
@click.option("--latency", type=float, metavar="SECONDS", help="99 of 100 answers take no longer.")
@click.option("--errors", type=float, metavar="SHARE", help="Failed requests above this are bad [0.01].")
@click.option("--silence", default=None, metavar="TIME", help="No prediction for so long is an alarm: 10m.")
@output.json_option
def declare(name: str, endpoint: str, as_json: bool, **given: Any) -> None:
    """Make a monitor of an endpoint, or replace its settings. What is not said has its default."""
    with connect() as client:
        made = client(words.declare_monitor, words.DeclareMonitor(monitor=name, endpoint=endpoint, settings=settings_of(given)))
    if as_json:
        output.print_json(made)
    else:
        output.talk(f"`{made.name}` watches `{made.endpoint}`; treadle up looks by itself, and so does treadle monitors look {name}")


def settings_of(given: dict[str, Any]) -> MonitorSettings:
    """Settings out of the options of `declare`; raises UsageError."""
    fields = {"open": given["opens"], **{name: given[name] for name in ("rows", "least_rows", "columns", "ignore", "slices", "reference")}}
    fields |= {name: given[name] for name in ("alpha", "material", "among", "close", "latency", "errors")}
    fields |= {"checks": given["checks"] or None, "seconds": span(given["seconds"])}
    fields["silence"] = None if given["silence"] is None else span(given["silence"])
    bounds = {name: given[name] for name in ("at_least", "at_most", "worse_by") if given[name] is not None}
    if given["metric"]:
        labelled = {} if given["labelled"] is None else {"labelled": given["labelled"]}
        fields["performance"] = Performance(metric=given["metric"], **bounds, **labelled)
    elif bounds or given["labelled"] is not None:
        raise UsageError("a bound needs a metric that it bounds", hint="--metric auc --worse-by 0.02")
    return MonitorSettings(**{name: value for name, value in fields.items() if value is not None})


@click.command()
@_NAME
@click.option("--close", is_flag=True, help="Judge the last window as it is, although it is not complete.")
@output.json_option
def look(name: str, close: bool, as_json: bool) -> None:
    """Look now at whatever is due: complete windows, and labels that have come."""
    from treadle.cli import monitor_pages as pages

    with connect() as client:
        found = client(words.look, words.Look(monitor=name, close=close)).windows
    if as_json:
        output.print_json(found)
    else:
        pages.print_windows(found[::-1], empty="nothing is due: no window is complete, and no label has come")


@click.command()
@_NAME
@output.json_option
def pause(name: str, as_json: bool) -> None:
    """Stop looking; what arrives is looked at when it goes on."""
    _pause(name, as_json, paused=True)


@click.command()
@_NAME
@output.json_option
def resume(name: str, as_json: bool) -> None:
    """Go on looking, with what has arrived in the meantime."""
    _pause(name, as_json, paused=False)


def _pause(name: str, as_json: bool, *, paused: bool) -> None:
    with connect() as client:
        found = client(words.pause_monitor, words.PauseMonitor(monitor=name, paused=paused))
    if as_json:
        output.print_json(found)
    else:
        output.talk(f"`{found.name}` is {found.state}")


@click.command()
@_NAME
@output.json_option
def remove(name: str, as_json: bool) -> None:
    """Remove a monitor with its windows and alarms; what they were stays in the journal."""
    with connect() as client:
        found = client(words.remove_monitor, words.MonitorName(monitor=name))
    if as_json:
        output.print_json(found)
    else:
        output.talk(f"`{found.name}` is removed")
