"""The dispatcher beside the server: `treadle work` as a supervised child process.

It is a process of its own so that a busy dispatcher cannot slow answers down, and in a session of its own so that Ctrl-C reaches
it only through the server. It holds the reading end of a pipe whose writing end only the server has: when the server is
killed the pipe ends, and the dispatcher finishes what runs and exits by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Sequence

log = logging.getLogger("treadle.server")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before it is started again
_HEALTHY = 60.0  # seconds it has to live for the next pause to be short again


class Dispatcher:
    """Keeps the dispatcher alive. `command` is its command line, to which `--lifeline FD` is added."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Starts it, and starts it again with growing pauses whenever it dies, until `stop`; returns when it has ended."""
        pause = _FIRST_PAUSE
        reading, writing = os.pipe2(os.O_CLOEXEC)
        try:
            while not self._stopping.is_set():
                began = time.monotonic()
                status = await self._live(reading)
                if self._stopping.is_set():
                    return
                pause = _FIRST_PAUSE if time.monotonic() - began > _HEALTHY else pause
                log.warning("the dispatcher ended with status %s; it is started again in %g s", status, pause)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stopping.wait()
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            os.close(reading)
            os.close(writing)

    async def _live(self, lifeline: int) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            "--lifeline",
            str(lifeline),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            pass_fds=[lifeline],
            start_new_session=True,
        )
        if self._stopping.is_set():  # asked to end while it was being started
            self._signal(signal.SIGTERM)
        return await self._process.wait()

    def stop(self) -> None:
        """Asks it to finish what runs and end; `keep` returns when it has."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Does not wait any longer. What was running is found again by its lease."""
        self._signal(signal.SIGINT)
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
