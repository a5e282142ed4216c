"""Where operations are performed: they are plain functions that wait for a database or a disk, so each takes a thread for as long.

The number of threads is bounded, and so is the number of those that wait for one. Streams of bytes have threads of their own: an
upload over a slow line must not hold up anything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.types import Receive

from treadle.core.errors import TooLarge, Unreachable, UsageError
from treadle.server.settings import Settings
from treadle.server.translation import RefusalError

T = TypeVar("T")


class Threads:
    """The threads of a server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._operations = ThreadPoolExecutor(settings.threads, thread_name_prefix="treadle-operation")
        self._streams = ThreadPoolExecutor(settings.stream_threads, thread_name_prefix="treadle-stream")
        self.queued = 0
        """Operations that were begun and have not ended: performed now, or waiting for a thread."""

    async def perform(self, function: Callable[[], T]) -> T:
        """Calls a function in a thread. Raises Unreachable (503) when too many wait already."""
        return await self._in(self._operations, function, self._settings.threads + self._settings.waiting)

    async def stream(self, function: Callable[[], T]) -> T:
        """Calls a function that moves bytes in a thread."""
        return await self._in(self._streams, function, self._settings.threads + self._settings.waiting)

    async def _in(self, pool: ThreadPoolExecutor, function: Callable[[], T], most: int) -> T:
        if self.queued >= most:
            raise Unreachable("this server has more requests than it can work on", hint="repeat the request in a moment")
        self.queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, function)
        finally:
            self.queued -= 1

    async def blocks(self, source: Iterator[bytes]) -> AsyncIterator[bytes]:
        """The blocks of a synchronous iterator; the next one is made when the one before has been taken."""
        while True:
            block = await self.stream(lambda: next(source, None))
            if block is None:
                return
            yield block

    def close(self) -> None:
        """Waits for what is under way and ends the threads."""
        self._operations.shutdown(wait=True, cancel_futures=True)
        self._streams.shutdown(wait=True, cancel_futures=True)


class Upload:
    """A request's body as an iterator of bytes, for a thread that reads it while it arrives.

    Every step fetches the next piece from the event loop, so nothing is buffered here: who reads slowly slows the sender down.
    """

    def __init__(self, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._most = settings.max_upload
        self._silence = settings.silence
        self._size = 0
        self._more = True

    def __iter__(self) -> Iterator[bytes]:
        while self._more:
            piece = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
            if piece:
                yield piece

    async def _next(self) -> bytes:
        message = await next_message(self._receive, self._silence)
        self._more = message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        self._size += len(piece)
        if self._size > self._most:
            raise TooLarge(f"an upload may have at most {self._most} bytes (max_upload)")
        return piece


async def read_body(receive: Receive, settings: Settings) -> bytes:
    """A whole body. Raises TooLarge, or RefusalError when the client stopped sending."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        message = await next_message(receive, settings.silence)
        piece = message.get("body", b"")
        size += len(piece)
        if size > settings.max_body:
            raise TooLarge(f"a body may have at most {settings.max_body} bytes (max_body)")
        pieces.append(piece)
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def next_message(receive: Receive, silence: float) -> Any:
    """The next piece of a body. Raises RefusalError (408) when the client is silent for too long, or has gone away."""
    try:
        async with asyncio.timeout(silence):
            message = await receive()
    except TimeoutError as error:
        raise RefusalError(UsageError(f"nothing of the body arrived for {silence:g} s", hint="repeat the request"), 408) from error
    if message["type"] == "http.disconnect":
        raise RefusalError(UsageError("the client went away while it was sending"), 400)
    return message
