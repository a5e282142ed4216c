"""`treadle why REF`: why a run was performed or reused, part by part of the cache key; how anything else came to be as it is."""

from __future__ import annotations

from collections.abc import Iterator

import click

from treadle.cli import output
from treadle.cli.diff import only_runs
from treadle.cli.opened import complete_run, opened
from treadle.cli.sheet import Sheet
from treadle.contract import delivery
from treadle.contract import runs as words
from treadle.contract.delivery import Story
from treadle.contract.runs import KeyPart, Why

_MOST_DETAILS = 12  # lines of one part of the key; `treadle diff` shows all
_TOLD = ("model:", "endpoint:", "alarm:", "firing:", "dataset:", "entry:")
"""What references begin with that have a story. A run is explained by its cache key; `run:12` asks for its story."""


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_run)
@output.json_option
def why(ref: str, as_json: bool) -> None:
    """Why a run was performed or reused: the run it was compared with, the exact part of the cache key that differed, and its story.

    A run is a number, a name, the beginning of a name, or @-1 for the last one. model://NAME@champion, endpoint:NAME, alarm:3,
    run:12, firing:5, dataset:NAME@v3 and entry:17 tell how they came to be: each line was caused by one above.
    """
    if ref.startswith((*_TOLD, "run:")) and not ref.startswith("run://"):
        return _tell(ref, as_json)
    only_runs(ref, "why")
    with opened() as client:
        answer = client(words.why, words.RunRef(run=ref))
    if as_json:
        output.print_json(answer)
        return None
    run = answer.run
    sheet = Sheet(f"{output.state_mark(run)} {click.style(f'run {run.id} {run.name}', bold=True)} ({run.step})")
    sheet.line("why", answer.sentence)
    sheet.add("cache key", [row for part in answer.parts for row in _part(part)])
    sheet.add("steps", [row for child in answer.children for row in _child(child)])
    sheet.add("story", [[line] for line in answer.story])
    if answer.compared_with:
        sheet.line("next", f"treadle diff {answer.compared_with} {run.id}")
    sheet.show()
    return None


def _tell(ref: str, as_json: bool) -> None:
    """The story of anything: what caused what, and what it is made of."""
    with opened() as client:
        story = client(delivery.read_story, delivery.AskStory(ref=ref))
    if as_json:
        output.print_json(story)
        return
    sheet = Sheet(click.style(story.title, bold=True))
    sheet.add("story", list(_lines(story)))
    sheet.add("made of", [[fact.label, fact.value] for fact in story.lineage])
    sheet.show()


def _lines(story: Story) -> Iterator[list[str]]:
    """Each line with its time and what caused it, numbered by its place in the story; details below it."""
    places = {line.entry: str(number) for number, line in enumerate(story.lines, 1)}
    when = output.clock if output.is_terminal() else output.iso
    for number, line in enumerate(story.lines, 1):
        because = f" (because of {places[line.cause]})" if line.cause in places else ""
        yield [str(number), when(line.at), f"{line.sentence}{because}"]
        for detail in line.details:
            yield ["", "", f"  {detail}"]


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
