"""The loops beside the dispatcher: what looks at the record by itself and acts.

Judging rollouts, watching monitors, reacting to news, telling webhooks and sealing the journal each have a thread of their own in a
keeper (`treadle work`, and so `treadle up`), so that a long look at a million predictions delays neither a rollback nor the runs. Any
number of keepers may have them: whoever acts has claimed the work in the record first.
"""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from treadle.assemble import Record
from treadle.core.errors import TreadleError
from treadle.core.operation import Call

log = logging.getLogger("treadle.loops")

LOOPS: dict[str, str] = {
    "judge": "treadle.serving.judge:Judge",
    "watch": "treadle.monitoring.watch:Watch",
    "react": "treadle.triggers.react:React",
    "tell": "treadle.triggers.webhooks:Tell",
    "seal": "treadle.access.sealing:Seal",
}
"""Name -> where the loop is found. Each is made with (record, call) and has `tick() -> seconds until it wants to look again`."""

_LONGEST = 30.0
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a loop that failed looks again


class Ticking(Protocol):
    def tick(self) -> float: ...


class Loop:
    """One loop in a thread of its own. News of this process wakes it before its time."""

    def __init__(self, name: str, make: Callable[[], Ticking]) -> None:
        self.name = name
        self._make = make
        self._stirred = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"treadle-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._stirred.set()

    def stop(self, timeout: float) -> None:
        """Lets the tick that is under way end, up to `timeout` seconds."""
        self._stopping = True
        self._stirred.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        loop: Ticking | None = None
        failures = 0
        while not self._stopping:
            self._stirred.clear()
            try:
                if loop is None:
                    loop = self._make()
                pause = loop.tick()
                failures = 0
            except TreadleError as error:
                pause = self._failed(error.what, failures, expected=error.status in (503, 507))
                failures += 1
            except Exception:  # a defect must not end the loop for good: it is logged whole, and the next look may be at other rows
                log.exception("the loop `%s` met a defect", self.name)
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                failures += 1
            self._stirred.wait(min(pause, _LONGEST))

    def _failed(self, what: str, failures: int, *, expected: bool) -> float:
        if failures == 0 or not expected:
            log.warning("the loop `%s` cannot go on: %s; trying again", self.name, what)
        return _PAUSES[min(failures, len(_PAUSES) - 1)]


class Loops:
    """All loops of a keeper."""

    def __init__(self, record: Record) -> None:
        self._loops = [Loop(name, _maker(place, record, Call(actor=name))) for name, place in LOOPS.items()]
        self._forget = record.store.listen(self._wake)

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def _wake(self) -> None:
        for loop in self._loops:
            loop.wake()

    def stop(self, timeout: float = 10.0) -> None:
        self._forget()
        for loop in self._loops:
            loop.stop(timeout)


def _maker(place: str, record: Record, call: Call) -> Callable[[], Ticking]:
    module, _, name = place.partition(":")

    def make() -> Ticking:
        made: Ticking = getattr(importlib.import_module(module), name)(record, call)
        return made

    return make
