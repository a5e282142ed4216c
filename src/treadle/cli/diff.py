"""`treadle diff A B`: two runs side by side, what differs first."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

import click

from treadle.cli import output
from treadle.cli.opened import complete_run, opened
from treadle.contract import runs as words
from treadle.contract.runs import Difference, Run
from treadle.core.errors import UsageError

_ORDER = ("parameters", "inputs", "code", "environment", "metrics", "outputs", "steps", "state")
_NAME, _GAP = 30, "  "


@click.command()
@click.argument("a", shell_complete=complete_run)
@click.argument("b", shell_complete=complete_run)
@click.option("--all", "everything", is_flag=True, help="Also what is equal.")
@output.json_option
def diff(a: str, b: str, everything: bool, as_json: bool) -> None:
    """Two runs side by side: parameters, inputs, code, environment, metrics, outputs and steps that differ.

    A and B are numbers, names, beginnings of names, or @-1 for the last run and @-2 for the one before.
    """
    for ref in (a, b):
        only_runs(ref, "diff")
    with opened() as client:
        answer = client(words.diff, words.DiffRuns(a=a, b=b))
    rows = sorted(answer.differences, key=_rank)
    shown = [row for row in rows if everything or not row.equal]
    if as_json:
        output.print_json(answer)
    elif output.is_terminal():
        _show(answer.a, answer.b, shown)
    else:
        output.print_table(
            ["section", "name", "a", "b", "equal"], [[row.section, row.name, row.a, row.b, str(row.equal).lower()] for row in shown]
        )
    if output.is_terminal() and not as_json:
        equal = sum(row.equal for row in rows)
        differing = len(rows) - equal
        hidden = f"; {equal} equal: --all shows them" if equal and not everything else ""
        output.talk(f"{differing} difference{'s' if differing != 1 else ''}{hidden}")


def only_runs(ref: str, command: str) -> None:
    """Refuses a reference to something that is no run, and says which command is meant where there is one."""
    kind, mark, rest = ref.partition("://")
    if not mark or kind == "run":
        return
    if kind == "dataset":
        hint = f"treadle data diff {rest} ..." if command == "diff" else f"treadle data show {rest}"
    else:
        hint = f"treadle {command} RUN, with the run that made it"
    raise UsageError(f"`treadle {command}` takes runs, and `{ref}` names a {kind}", hint=hint)


def _rank(row: Difference) -> tuple[bool, int]:
    return row.equal, _ORDER.index(row.section) if row.section in _ORDER else len(_ORDER)


def _show(a: Run, b: Run, rows: Sequence[Difference]) -> None:
    """Sections of three columns: the name and both values, as wide as the terminal allows."""
    room = shutil.get_terminal_size().columns
    name = min(_NAME, max([10, *(len(_called(row)) for row in rows if row.a is not None or row.b is not None)]))
    widest = max([24, *(len(value) for row in rows for value in (row.a, row.b) if value)])
    side = max(16, min((room - name - 2 - 2 * len(_GAP)) // 2, widest))
    titles = [f"{output.state_mark(run)} {click.style(f'{run.id} {run.name}', bold=True)}" for run in (a, b)]
    pad = " " * max(0, side - len(click.unstyle(titles[0])))
    click.echo(f"{'':<{name + 2}}{_GAP}{titles[0]}{pad}{_GAP}{titles[1]}")
    section: tuple[str, bool] | None = None
    for row in rows:
        if (row.section, row.equal) != section:
            section = (row.section, row.equal)
            click.echo(click.style(f"{row.section}{', equal' if row.equal else ''}", dim=True))
        for line in _lines(row, name, side):
            click.echo(click.style(line, dim=True) if row.equal else line)


def _lines(row: Difference, name: int, side: int) -> list[str]:
    """One difference; a value wider than its column goes on in the next lines. A difference in words has no values."""
    if row.a is None and row.b is None:
        return [] if row.equal else [f"  {row.name}"]
    cells = [textwrap.wrap(_called(row), name) or [""], *(textwrap.wrap(value or "-", side) or [""] for value in (row.a, row.b))]
    height = max(len(cell) for cell in cells)
    filled = [cell + [""] * (height - len(cell)) for cell in cells]
    return [f"  {front:<{name}}{_GAP}{a:<{side}}{_GAP}{b}".rstrip() for front, a, b in zip(*filled, strict=True)]


def _called(row: Difference) -> str:
    """The name of a difference; a call of a pipeline as people count."""
    call, space, rest = row.name.partition(" ")
    return f"{output.call_name(call)}{space}{rest}" if row.section in ("steps", "metrics") and "#" in call else row.name
