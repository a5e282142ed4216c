"""How things look in a terminal: tables for people, tab-separated lines for pipes, JSON for programs. Data goes to stdout, talk
to stderr."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
import msgspec

from treadle.contract.runs import Run

F = TypeVar("F", bound=Callable[..., Any])

STATE_MARKS = {"queued": "·", "starting": "○", "running": "●", "done": "✓", "failed": "✗", "stopped": "■"}
STATE_STYLES = {"queued": "dim", "starting": "cyan", "running": "cyan", "done": "green", "failed": "red", "stopped": "yellow"}


def json_option(function: F) -> F:
    """The option `--json`, the same on every command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def is_terminal() -> bool:
    return sys.stdout.isatty()


def coloured(text: str, colour: str) -> str:
    """Text in a colour, on a terminal that wants colours: for what is written as bytes, past click."""
    return click.style(text, fg=colour) if is_terminal() and wants_colour() else text


def wants_colour() -> bool:
    """Unless NO_COLOR is set, see https://no-color.org; an empty value does not count."""
    return not os.environ.get("NO_COLOR")


def print_json(value: Any) -> None:
    """Any value of the contract as indented JSON; nothing is `[]`, never a sentence."""
    data = msgspec.json.encode(value, enc_hook=str)
    click.echo(msgspec.json.format(data, indent=2).decode())


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Iterable[str] = (), folds: Iterable[str] = (), empty: str = ""
) -> None:
    """A table on a terminal, tab-separated lines with a header in a pipe. `empty` teaches what to do where there is nothing.

    Where the terminal is too narrow the last column and those of `folds` go on in further lines; others are cut with an ellipsis.
    """
    if not is_terminal():
        print_lines([columns, *rows])
        return
    if not rows:
        click.echo(empty)
        return
    from treadle.cli.table import laid_out

    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    width = shutil.get_terminal_size().columns
    for line in laid_out(columns, cells, width, right=set(right), folds={*folds, columns[-1]}):
        click.echo(line)


def print_lines(rows: Iterable[Sequence[Any]]) -> None:
    """Tab-separated lines, without colour; what would break a line in two becomes a space."""
    for row in rows:
        click.echo("\t".join("" if cell is None else " ".join(click.unstyle(str(cell)).split()) for cell in row))


def state_text(run: Run) -> str:
    """A run's state with mark and word, coloured on a terminal; colour is never the only sign."""
    word = "done, reused" if run.reused_from else run.state
    if run.reason and run.state in ("failed", "stopped") and run.reason != run.state:
        word += f" ({run.reason})"
    if run.stop_requested and not run.ended:
        word += " (asked to stop)"
    text = f"{STATE_MARKS[run.state]} {word}"
    style = STATE_STYLES[run.state]
    return click.style(text, dim=True) if style == "dim" else click.style(text, fg=style)


def state_mark(run: Run) -> str:
    """A run's state as one coloured mark, for where the word stands beside it."""
    style = STATE_STYLES[run.state]
    return click.style(STATE_MARKS[run.state], dim=True) if style == "dim" else click.style(STATE_MARKS[run.state], fg=style)


def call_name(key: str) -> str:
    """A call of a pipeline as people count: `train#0` is `train`, `train#1` is `train #2`."""
    step, _, index = key.partition("#")
    return f"{step} #{int(index) + 1}" if index.isdigit() and int(index) > 0 else step


def ago(at: float | None) -> str:
    """A moment as people say it: `3 min ago`."""
    if at is None:
        return ""
    seconds = max(0.0, time.time() - at)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


def moment(at: float | None) -> str:
    """A moment in the viewer's time zone."""
    return "" if at is None else datetime.datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def clock(at: float) -> str:
    """A moment of today by its time alone, any other with its day."""
    then, now = datetime.datetime.fromtimestamp(at), datetime.datetime.now()
    if then.date() == now.date():
        return then.strftime("%H:%M:%S")
    return then.strftime("%m-%d %H:%M:%S" if then.year == now.year else "%Y-%m-%d %H:%M:%S")


def iso(at: float | None) -> str:
    """A moment for programs: ISO 8601 in UTC."""
    return "" if at is None else datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def elapsed(run: Run) -> float | None:
    if run.started_at is None:
        return None
    return (run.ended_at or time.time()) - run.started_at


def size(count: float | None) -> str:
    """Bytes in the units people read."""
    if count is None:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def number(value: float | None) -> str:
    return "NaN" if value is None else f"{value:.6g}"


def talk(text: str) -> None:
    """A sentence beside the data: to stderr, unless --quiet (TREADLE_QUIET) asked for silence."""
    if not is_quiet():
        click.echo(text, err=True)


def is_quiet() -> bool:
    return bool(os.environ.get("TREADLE_QUIET"))
