"""`treadle work`: perform queued runs, without a server or beside one."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from treadle.cli import output
from treadle.core.errors import TreadleError
from treadle.sdk.home import find_home

_TURN = 1.0
_PAUSES = (0.5, 1.0, 2.0, 5.0)  # seconds between looks for a database that went away
_GRACE = 60.0
_AWAY = (503, 507)


@click.command()
@click.option("-j", "--jobs", type=click.IntRange(min=1), envvar="TREADLE_JOBS", help="CPU cores to use at once; the default is all.")
@click.option("--database", metavar="URL", help="The database, where it is not in the home folder: postgresql://USER@HOST/NAME.")
@click.option("--blobs", metavar="URL", help="Where bytes lie, if not in the home folder: s3://BUCKET/PREFIX.")
@click.option("--once", is_flag=True, help="Perform what is queued now, then leave.")
@click.option(
    "--grace", type=click.FloatRange(min=0), default=_GRACE, show_default=True, help="Seconds that runs may finish in at the end."
)
@click.option("--lifeline", type=int, hidden=True, help="A descriptor; when it ends, so does this process, in order.")
def work(jobs: int | None, database: str | None, blobs: str | None, once: bool, grace: float, lifeline: int | None) -> int:
    """Perform queued runs without a server. Any number may work on one database side by side.

    Ctrl-C (or SIGTERM) stops claiming and lets what runs here finish; a second one ends it: it is then performed again later.
    """
    record = importlib.import_module("treadle.assemble").open_home(find_home(), database=database, blobs=blobs)
    try:
        supervisor = importlib.import_module("treadle.supervisor").Supervisor(record, cores=jobs, role="keeper")
        stop = Stop(supervisor.host.wake)
        stop.listen()
        if lifeline is not None:
            stop.hold(lifeline)
        output.talk(f"working on {record.store.shown_url}; Ctrl-C stops")
        with looping(record, once):
            Work(supervisor, stop, grace).run(once=once)
    finally:
        record.close()
    return 0


@contextlib.contextmanager
def looping(record: Any, once: bool) -> Iterator[None]:
    """The loops that judge, watch and react run beside the work; not for `--once`, which leaves when the queue is empty."""
    loops = None if once else importlib.import_module("treadle.loops").Loops(record)
    if loops is not None:
        loops.start()
    try:
        yield
    finally:
        if loops is not None:
            loops.stop()


class Stop:
    """Whether, and how often, this process was asked to end: by signals, or by the end of its lifeline."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.asked = 0
        self._wake = wake

    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._ask())

    def hold(self, lifeline: int) -> None:
        """Asks to end when nobody holds the other end of this pipe any more."""

        def watch() -> None:
            with contextlib.suppress(OSError):
                os.read(lifeline, 1)
            self._ask()

        os.set_inheritable(lifeline, False)
        threading.Thread(target=watch, name="treadle-lifeline", daemon=True).start()

    def _ask(self) -> None:
        self.asked += 1
        self._wake()


class Work:
    """The loop around a supervisor: it survives a database that goes away, and ends in order."""

    def __init__(self, supervisor: Any, stop: Stop, grace: float) -> None:
        self.supervisor = supervisor
        self.stop = stop
        self.grace = grace
        self._failures = 0

    def run(self, *, once: bool) -> None:
        """Works until asked to stop; with `once` until nothing is waiting any more."""
        while not self.stop.asked:
            self._surviving(lambda: self.supervisor.turn(_TURN))
            if once and not self._failures and not self.supervisor.dispatch.waiting():
                break
        self._finish()

    def _surviving(self, act: Callable[[], Any]) -> None:
        """Does something that needs the database. While that is away it is said once, and processes are tended all the same."""
        try:
            act()
        except TreadleError as error:
            if error.status not in _AWAY:
                raise
            if not self._failures:
                output.talk(f"{error.what}; going on, and trying again")
            pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
            self._failures += 1
            self._tend(pause)
        else:
            if self._failures:
                output.talk("the database is back")
            self._failures = 0

    def _tend(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stop.asked and (left := until - time.monotonic()) > 0:
            self.supervisor.host.poll(left)

    def _finish(self) -> None:
        """Claims nothing more, and lets what runs here end. What has not ended then is found and performed again."""
        host = self.supervisor.host
        until = time.monotonic() + self.grace
        if self.stop.asked and not host.idle:
            output.talk("finishing what runs here; once more to leave at once")
        while not host.idle and self.stop.asked < 2 and (left := until - time.monotonic()) > 0:
            host.poll(min(left, _TURN))
        try:
            self.supervisor.close()
        except TreadleError as error:
            if error.status not in _AWAY:
                raise
            output.talk(f"{error.what}; what ran here is found by its lease")
