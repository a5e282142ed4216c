"""`treadle why RUN`: why a run was performed or reused, part by part of the cache key."""

from __future__ import annotations

from collections.abc import Iterator

import click

from treadle.cli import output
from treadle.cli.diff import only_runs
from treadle.cli.opened import complete_run, opened
from treadle.cli.sheet import Sheet
from treadle.contract import runs as words
from treadle.contract.runs import KeyPart, Why

_MOST_DETAILS = 12  # lines of one part of the key; `treadle diff` shows all


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@output.json_option
def why(ref: str, as_json: bool) -> None:
    """Why a run was performed or reused: the run it was compared with, the exact part of the cache key that differed, and its story.

    RUN is a number, a name, the beginning of a name, or @-1 for the last run.
    """
    only_runs(ref, "why")
    with opened() as client:
        answer = client(words.why, words.RunRef(run=ref))
    if as_json:
        output.print_json(answer)
        return
    run = answer.run
    sheet = Sheet(f"{output.state_mark(run)} {click.style(f'run {run.id} {run.name}', bold=True)} ({run.step})")
    sheet.line("why", answer.sentence)
    sheet.add("cache key", [row for part in answer.parts for row in _part(part)])
    sheet.add("steps", [row for child in answer.children for row in _child(child)])
    sheet.add("story", [[line] for line in answer.story])
    if answer.compared_with:
        sheet.line("next", f"treadle diff {answer.compared_with} {run.id}")
    sheet.show()


def _part(part: KeyPart) -> Iterator[list[str]]:
    """One part of the key: equal, or both digests and what differs inside."""
    if part.equal:
        yield [part.part, "equal"]
        return
    changed = click.style("differs", fg="yellow")
    first, *rest = part.detail or (f"{part.there or 'nothing'} -> {part.here or 'nothing'}",)
    yield [part.part, changed, first]
    for line in rest[: _MOST_DETAILS - 1]:
        yield ["", "", line]
    if len(rest) >= _MOST_DETAILS:
        yield ["", "", f"and {len(rest) - _MOST_DETAILS + 1} more"]


def _child(answer: Why) -> Iterator[list[str]]:
    run = answer.run
    mark = f"{output.state_mark(run)} " if output.is_terminal() else ""
    yield [f"{mark}{run.step}", str(run.id), answer.sentence]
