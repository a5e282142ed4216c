"""Something done every few seconds beside the user's code, in a thread that stands still while the process forks.

A forked child of a process with several threads may find locks held by threads that it does not have, and Python warns of it. So
before a fork these threads end, and the parent starts them again; the child has none.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

_running: list[Ticker] = []
_hooked = False


class Ticker:
    """Calls `work` every `seconds` until it is stopped; for the first time after `seconds`."""

    def __init__(self, seconds: float, work: Callable[[], object], name: str) -> None:
        self._seconds, self._work, self._name = seconds, work, name
        self._due = time.monotonic() + seconds
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        _hook()
        _running.append(self)
        self.resume()

    def stop(self) -> None:
        """Ends it for good; waits for a call of `work` that is under way."""
        if self in _running:
            _running.remove(self)
            self.pause()

    def pause(self) -> None:
        self._halt.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def resume(self) -> None:
        self._halt = threading.Event()
        self._thread = threading.Thread(target=self._go_on, args=(self._halt,), name=self._name, daemon=True)
        self._thread.start()

    def _go_on(self, halt: threading.Event) -> None:
        while not halt.wait(max(0.0, self._due - time.monotonic())):
            self._due = time.monotonic() + self._seconds
            self._work()


def _hook() -> None:
    global _hooked
    if not _hooked:
        _hooked = True
        os.register_at_fork(before=_pause_all, after_in_parent=_resume_all, after_in_child=_running.clear)


def _pause_all() -> None:
    for ticker in _running:
        ticker.pause()


def _resume_all() -> None:
    for ticker in _running:
        ticker.resume()
