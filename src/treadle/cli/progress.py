"""Following a run at the terminal: one line per step that ended, one status line while it works, a summary at the end."""

from __future__ import annotations

import sys
import time

import click

from treadle.cli import output
from treadle.contract import record as record_words
from treadle.contract import runs as words
from treadle.contract.record import Entry
from treadle.contract.runs import Run
from treadle.core.errors import Unreachable
from treadle.sdk.client import Client

_LOOK_SECONDS = 0.1
_MOST_LINES = 40  # steps of one pipeline that get a line each; a fan-out of a thousand gets one line in all


class Follow:
    """Reads the news of one run, behind entry `after` of the journal, and shows what it means."""

    def __init__(self, client: Client, run: Run, *, quiet: bool, after: int = 0) -> None:
        self.client = client
        self.run = run
        self.quiet = quiet
        self.ended = False
        self._after = after
        self._looked = 0.0
        self._counts: dict[str, int] = {}
        self._started: dict[str, float] = {}
        self._lines = 0
        self._status = sys.stderr.isatty() and not quiet
        self._shown = ""
        self._troubled = False
        self._began = time.monotonic()
        self.say(f"{run.title.rpartition(',')[0]})")

    def look(self, *, now: bool = False) -> None:
        """Reads what is new, at most ten times a second unless it has to be `now`."""
        at = time.monotonic()
        if not now and at - self._looked < _LOOK_SECONDS:
            return
        self._looked = at
        try:
            fresh = self.client(record_words.read_journal, record_words.ReadJournal(after=self._after, root=self.run.root, limit=2000))
        except Unreachable as error:
            if not self._troubled:
                self.say(f"  {error.what}; what runs goes on, and its results are kept until they can be recorded (Ctrl-C leaves)")
            self._troubled = True
            return
        self._troubled = False
        for entry in fresh:
            self._after = entry.id
            self._take(entry)
        if self._status and not self.ended:
            self._draw(self._summary())

    def _take(self, entry: Entry) -> None:
        own = entry.subject == f"run:{self.run.id}"
        if own and entry.kind in ("run.done", "run.failed", "run.stopped"):
            self.ended = True
        kind = entry.kind.removeprefix("run.")
        if own or kind == "stop_asked":
            return
        word = "reused" if entry.data.get("reused_from") else kind
        self._counts[word] = self._counts.get(word, 0) + 1
        if kind == "running":
            self._started[entry.subject] = entry.at
        if kind in ("done", "failed", "stopped", "retried"):
            self._line(entry, word)

    def _line(self, entry: Entry, word: str) -> None:
        if self._lines >= _MOST_LINES and word in ("done", "reused"):
            return
        self._lines += 1
        number = entry.subject.removeprefix("run:")
        mark = {"done": "✓", "reused": "✓", "failed": "✗", "stopped": "■", "retried": "↻"}[word]
        colour = {"done": "green", "reused": "green", "failed": "red", "stopped": "yellow", "retried": "yellow"}[word]
        detail = entry.data.get("reason") or ""
        if word == "reused":
            detail = f"reused from run {entry.data['reused_from']}"
        elif word == "done":
            detail = output.duration(entry.data.get("wall"))
        self.say(f"  {click.style(mark, fg=colour)} {entry.data.get('step', ''):<20} {number:>6} {entry.data.get('name', ''):<18} {detail}")
        if self._lines == _MOST_LINES:
            self.say("    ... further steps are counted, not listed")

    def _summary(self) -> str:
        counts = self._counts
        over = counts.get("done", 0) + counts.get("reused", 0) + counts.get("failed", 0) + counts.get("stopped", 0)
        total = counts.get("queued", 0)
        running = max(0, counts.get("running", 0) - counts.get("done", 0) - counts.get("failed", 0) - counts.get("retried", 0))
        spent = time.monotonic() - self._began
        text = f"  {over} of {total} steps, {running} running, {output.duration(spent)}"
        if over >= 20 and total > over and spent > 2:
            rate = over / spent
            text += f", {rate:.0f} steps/s, about {output.duration((total - over) / rate)} left"
        return text

    def say(self, text: str) -> None:
        if not self.quiet:
            self._draw("")
            click.echo(text, err=True)

    def _draw(self, text: str) -> None:
        """The status line: rewritten in place, gone when it is empty."""
        if self._status and text != self._shown:
            self._shown = text
            sys.stderr.write(f"\r\x1b[2K{text}")
            sys.stderr.flush()

    def close(self) -> None:
        self._draw("")


def print_outcome(client: Client, run: Run) -> None:
    """The result of a run: its metrics and outputs, how many steps were reused, and what went wrong."""
    for child in [*run.children, run]:
        if child.metrics and len(run.children) <= _MOST_LINES:
            values = "  ".join(f"{m.name} {output.number(m.last)}" for m in child.metrics)
            output.talk(f"  {child.step}: {values}")
    for artifact in run.outputs:
        if artifact.name.startswith("@"):  # the worker's own
            continue
        shown = artifact.inline.decode(errors="replace") if artifact.inline is not None and artifact.format in ("json", "text") else ""
        size = f"{artifact.format}, {output.size(artifact.size)}"
        text = f" = {shown}" if 0 < len(shown) <= 200 else ""
        marked = "  (a pickle: loading it executes code)" if artifact.pickled else ""
        output.talk(f"  {artifact.name}: {size}{text}{marked}")
    if run.state == "failed":
        _print_failure(client, run)
    reused = sum(1 for child in run.children if child.reused_from)
    steps = f", {len(run.children)} steps" if run.children else ""
    steps += f", {reused} reused" if reused else ""
    output.talk(f"{output.STATE_MARKS[run.state]} {run.title}{steps}, {output.duration(output.elapsed(run))}")


def _print_failure(client: Client, run: Run) -> None:
    """Where it went wrong: the first failed step's last words."""
    failed = next((c for c in run.children if c.state == "failed" and c.error is not None), run)
    end = failed.error
    if end is None:
        output.talk(f"  {run.reason}")
        return
    log = client(words.read_log, words.ReadLog(run=str(failed.id)))
    lines = log.data.decode(errors="replace").strip().splitlines()
    for line in lines[-30:]:
        output.talk(f"    {line}")
    place = f" at {end.place}" if end.place else ""
    what = f"{end.error}: {end.message}" if end.error else end.message
    output.talk(f"  {failed.title}: {what.strip()}{place}")
    if end.hint:
        output.talk(f"  hint: {end.hint}")
    if failed is not run or len(lines) > 30:
        output.talk(f"  more: treadle logs {failed.id}")
