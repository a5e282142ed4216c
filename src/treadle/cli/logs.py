"""`treadle logs RUN`: what a run printed, byte for byte; of a pipeline what its steps printed, each line under the step's name."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import click

from treadle.cli import output
from treadle.cli.opened import complete_run, opened
from treadle.contract import runs as words
from treadle.contract.runs import Run
from treadle.core.errors import NotFound, UsageError
from treadle.sdk.client import Client

_LOOK_SECONDS = 0.2
_COLOURS = ("cyan", "magenta", "yellow", "green", "blue")


@click.command()
@click.argument("ref", metavar="RUN", shell_complete=complete_run)
@click.option("-f", "--follow", is_flag=True, help="Go on until the run has ended.")
@click.option("--attempt", type=click.IntRange(min=1), metavar="N", help="Of this attempt; the default is the newest.")
@click.option(
    "--children/--no-children", default=None, help="With the steps of a pipeline, each line under its step's name (the default for one)."
)
@output.json_option
def logs(ref: str, follow: bool, attempt: int | None, children: bool | None, as_json: bool) -> None:
    """What a run printed, byte for byte. A pipeline shows what its steps printed, too.

    RUN is a number, a name, the beginning of a name, or @-1 for the last run.
    """
    if follow and as_json:
        raise UsageError("--follow prints as it comes and --json prints once", hint="leave one of them out")
    with opened() as client:
        run = client(words.get_run, words.RunRef(run=ref))
        whole = children if children is not None else run.kind == "pipeline" and attempt is None
        if as_json:
            output.print_json([_read_all(client, one, attempt) for one in ([run, *_offspring(client, run)] if whole else [run])])
        elif whole:
            _Together(client, run).print(follow=follow)
        else:
            _print_one(client, run, attempt or 0, follow=follow)


def _print_one(client: Client, run: Run, attempt: int, *, follow: bool) -> None:
    """The bytes of one run as they are."""
    offset, waits = 0, True
    while True:
        piece = _read(client, run, attempt, offset)
        if piece.data:
            sys.stdout.buffer.write(piece.data)
            sys.stdout.buffer.flush()
            offset += len(piece.data)
            continue
        if piece.ended or not follow:
            break
        now = client(words.get_run, words.RunRef(run=str(run.id)))
        if waits and now.state == "queued":
            output.talk(f"{now.title} waits for {now.waits_for or 'its turn'}")
        waits = False
        time.sleep(_LOOK_SECONDS)
    if offset == 0:
        output.talk(
            f"{run.title} has printed nothing" + ("; it is a script: its output went to its own terminal" if run.kind == "script" else "")
        )


def _read(client: Client, run: Run, attempt: int, offset: int) -> words.Log:
    piece = client(words.read_log, words.ReadLog(run=str(run.id), attempt=attempt, offset=offset))
    if attempt and not piece.attempt:
        raise NotFound(f"run {run.id} {run.name} has no attempt {attempt}", hint=f"treadle show {run.id}")
    return piece


def _read_all(client: Client, run: Run, attempt: int | None) -> dict[str, object]:
    """One run's output for --json."""
    data, piece = b"", _read(client, run, attempt or 0, 0)
    while piece.data:
        data += piece.data
        piece = _read(client, run, attempt or 0, len(data))
    return {
        "run": run.id,
        "name": run.name,
        "step": run.step,
        "attempt": piece.attempt,
        "ended": piece.ended,
        "text": data.decode(errors="replace"),
    }


def _offspring(client: Client, run: Run) -> Iterator[Run]:
    """Everything a pipeline started, also inside the pipelines it started."""
    for child in run.children:
        yield child
        if child.kind == "pipeline":
            yield from _offspring(client, client(words.get_run, words.RunRef(run=str(child.id))))


class _Together:
    """The output of a run and of everything it started: whole lines, each under the name of the step that printed it."""

    def __init__(self, client: Client, run: Run) -> None:
        self.client = client
        self.root = run
        self._read: dict[int, int] = {}
        self._rest: dict[int, bytes] = {}
        self._over: set[int] = set()
        self._colours: dict[str, str] = {}
        self._width = 0

    def print(self, *, follow: bool) -> None:
        while True:
            run = self.client(words.get_run, words.RunRef(run=str(self.root.id)))
            every = [*_offspring(self.client, run), run]  # its own last words are about what its steps did
            self._width = max(self._width, *(len(one.step) for one in every))
            for one in every:
                if one.id not in self._over:
                    self._take(one, last=one.ended or not follow)
            if run.ended or not follow:
                break
            time.sleep(_LOOK_SECONDS)
        if not any(self._read.values()):
            output.talk(f"{run.title} has printed nothing")

    def _take(self, run: Run, *, last: bool) -> None:
        """Prints what is new of a run; the last time also a line that has no end."""
        while piece := self.client(words.read_log, words.ReadLog(run=str(run.id), offset=self._read.get(run.id, 0))).data:
            self._read[run.id] = self._read.get(run.id, 0) + len(piece)
            lines = (self._rest.get(run.id, b"") + piece).split(b"\n")
            self._rest[run.id] = lines.pop()
            self._write(run, lines)
        if last:
            rest = self._rest.pop(run.id, b"")
            self._write(run, [rest] if rest else [])
            self._over.add(run.id)

    def _write(self, run: Run, lines: list[bytes]) -> None:
        colour = self._colours.setdefault(run.step, _COLOURS[len(self._colours) % len(_COLOURS)])
        front = output.coloured(f"{run.step:<{self._width}} | ", colour).encode()
        sys.stdout.buffer.write(b"".join(front + line + b"\n" for line in lines))
        sys.stdout.buffer.flush()
