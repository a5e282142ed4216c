"""What answers beside the server: one `treadle serve NAME` for each endpoint that is on and has something to answer with, and one
process for each application of an enabled version of a deployment.

They are processes of their own, in sessions of their own: a server that is killed takes no endpoint with it, and the next one takes
over what it finds. A server that stops in order drains them first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from treadle.core.errors import TreadleError

log = logging.getLogger("treadle.server")
_LOOK_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before one that died is started again
_HEALTHY = 60.0  # seconds it has to live for the next pause to be short again


class Kept:
    """One process, started again when it dies: a command of `treadle`, in words."""

    def __init__(self, name: str, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._words = list(words)
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._keep(), name=name)

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "treadle",
                *self._words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,
            )
            if self._stopping.is_set():  # asked to end while it was being started
                self._signal(signal.SIGTERM)
            status = await self._process.wait()
            if self._stopping.is_set():
                return
            pause = _FIRST_PAUSE if time.monotonic() - began > _HEALTHY else pause
            log.warning("%s ended with status %s; it is started again in %g s", self.name, status, pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            pause = min(pause * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        """Asks it to drain and end."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Does not wait any longer for what it has under way."""
        self._signal(signal.SIGTERM)

    async def ended(self) -> None:
        await self._task

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


class Endpoints:
    """Keeps a process for everything that should answer. `ask` tells what that is: its name, and the command that performs it."""

    def __init__(self, ask: Callable[[], Awaitable[dict[str, list[str]]]], settings: Mapping[str, str]) -> None:
        self._ask = ask
        self._environment = {k: v for k, v in os.environ.items() if k != "TREADLE_URL"} | dict(settings)
        self._kept: dict[str, Kept] = {}
        self._stopping = asyncio.Event()

    async def keep(self) -> None:
        """Looks once a second until `stop`; returns when all processes have ended."""
        while not self._stopping.is_set():
            try:
                await self._look()
            except TreadleError as error:
                log.warning("the endpoints cannot be listed: %s; those that run go on", error.what)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._stopping.wait()
        for kept in self._kept.values():
            kept.stop()
        for kept in self._kept.values():
            await kept.ended()

    async def _look(self) -> None:
        wanted = await self._ask()
        if self._stopping.is_set():
            return
        for name in wanted.keys() - self._kept.keys():
            self._kept[name] = Kept(name, wanted[name], self._environment)
        for name in self._kept.keys() - wanted.keys():
            kept = self._kept.pop(name)
            kept.stop()
            await kept.ended()

    def stop(self) -> None:
        self._stopping.set()

    def kill(self) -> None:
        for kept in self._kept.values():
            kept.kill()
