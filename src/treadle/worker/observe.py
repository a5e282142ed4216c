"""What a run's supervisor writes into its spool beside the user's code: what the machine is used for, JSON objects that the run
printed, and what its TensorBoard files say.

A spool takes records of several processes, each written at once, so these travel like all others. A disk without room costs what
would have been written now and nothing else: the run's own words say that the disk is full.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import Any

from treadle.sdk.spool import SpoolWriter
from treadle.sdk.system import Machine
from treadle.sdk.tensorboard import Follower
from treadle.worker.attempt import SHIP_MOST, Attempt
from treadle.worker.printed import PrintedMetrics

_PIECES = 4  # of the output read in one turn; at the end all of it is


class Observer:
    """Watches the attempts of one host. `system_seconds` is how often the machine is looked at; None: never."""

    def __init__(self, system_seconds: float | None) -> None:
        self._seconds = system_seconds
        self._machine: Machine | None = None
        self._looked = 0.0
        self._printed: dict[str, tuple[PrintedMetrics, int]] = {}
        self._followed: dict[str, Follower] = {}

    def turn(self, attempts: Iterable[Attempt]) -> None:
        """One look at attempts that run."""
        running = [attempt for attempt in attempts if attempt.pid is not None]
        for attempt in running:
            self._write(attempt, self._output(attempt, _PIECES))
            self._write(attempt, self._events(attempt))
        self._system(running)

    def last(self, attempt: Attempt) -> None:
        """What is left of an attempt whose process has ended."""
        self._write(attempt, self._output(attempt, None))
        self._write(attempt, self._events(attempt))
        self._followed.pop(attempt.job.attempt, None)
        printed, _ = self._printed.pop(attempt.job.attempt, (None, 0))
        if printed is not None:
            self._write(attempt, printed.end(time.time()))

    def _write(self, attempt: Attempt, records: Iterable[dict[str, Any]]) -> None:
        writer: SpoolWriter | None = None
        with contextlib.suppress(OSError):  # see above
            for record in records:
                writer = writer or SpoolWriter(attempt.folder)
                writer.write(record)
        if writer is not None:
            writer.close()

    def _output(self, attempt: Attempt, pieces: int | None) -> Iterator[dict[str, Any]]:
        job = attempt.job
        if not (job.definition.metrics_from_output or job.options.metrics_from_output) or job.definition.kind == "pipeline":
            return
        while pieces is None or pieces > 0:
            printed, at = self._printed.setdefault(job.attempt, (PrintedMetrics(), 0))
            data = attempt.output(at)
            self._printed[job.attempt] = printed, at + len(data)
            yield from printed.feed(data, time.time())
            if len(data) < SHIP_MOST:
                return
            pieces = None if pieces is None else pieces - 1

    def _events(self, attempt: Attempt) -> Iterator[dict[str, Any]]:
        folder = attempt.job.definition.tensorboard
        if folder is not None:
            follower = self._followed.setdefault(attempt.job.attempt, Follower(attempt.folder / "work" / folder))
            yield from follower.records()

    def _system(self, running: list[Attempt]) -> None:
        """Looks at the machine when it is time. A run that is younger than the time between two looks says nothing of it."""
        now = time.monotonic()
        if self._seconds is None or now - self._looked < self._seconds:
            return
        if self._machine is None or now - self._looked > max(
            5.0, 3 * self._seconds
        ):  # what was seen before a long pause says nothing of now
            self._machine = Machine()
        self._looked = now
        working = [attempt for attempt in running if attempt.job.definition.kind != "pipeline"]
        machine = self._machine.look([attempt.pid for attempt in working if attempt.pid is not None])
        for attempt in working:
            usage = self._machine.usage(attempt.pid) if attempt.pid is not None else {}
            if now - attempt.started >= self._seconds and usage:
                self._write(attempt, [{"k": "p", "t": time.time(), "s": None, "m": machine | usage}])
