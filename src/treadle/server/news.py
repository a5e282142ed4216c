"""Live news: the journal as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

A follower has a place in the journal and reads on from there at its own pace, from a short shared tail or from the database:
nothing is queued for it, so a slow one costs no memory. Followers are woken by commits of this process at once, and by one cheap
look at the journal for what other processes wrote. The event's id is the entry's number, so a browser that reconnects goes on
where it was.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from treadle.contract.record import Entry, ReadJournal
from treadle.core.errors import Unreachable
from treadle.server.settings import Settings

_TAIL = 2000  # entries kept for all followers together
_PAGE = 500


class News:
    """The journal's followers. `read` performs the operation `journal.read`."""

    def __init__(self, settings: Settings, read: Callable[[ReadJournal], Awaitable[list[Entry]]]) -> None:
        self._settings = settings
        self._read = read
        self._tail: deque[Entry] = deque(maxlen=_TAIL)
        self._last = 0
        self._followers = 0
        self._reader: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look = asyncio.Event()
        self._fresh = asyncio.Condition()
        self.closing = False

    @property
    def followers(self) -> int:
        return self._followers

    def wake(self) -> None:
        """Something was committed here. Called from any thread; does nothing while nobody follows."""
        loop = self._loop
        if loop is not None and self._followers:
            loop.call_soon_threadsafe(self._look.set)

    async def close(self) -> None:
        """Ends every follower at once."""
        self.closing = True
        if self._reader is not None:
            self._reader.cancel()
        async with self._fresh:
            self._fresh.notify_all()

    async def follow(self, after: int | None, kind: str, root: int | None) -> AsyncIterator[bytes]:
        """Events behind entry `after` (None: from now on), with heartbeats between them. Raises Unreachable when too many follow."""
        if self._followers >= self._settings.followers:
            raise Unreachable("too many readers follow the news of this server", hint="repeat the request in a moment")
        self._followers += 1
        try:
            await self._begin()
            place = self._last if after is None else after
            yield b"retry: 1000\n: treadle news\n\n"
            while not self.closing:
                entries, place = await self._behind(place, kind, root)
                if entries:
                    yield b"".join(map(_event, entries))
                elif not await self._wait(place):
                    yield b": still here\n\n"
        finally:
            self._followers -= 1

    async def _begin(self) -> None:
        """The first follower starts the look at the journal; it ends when nobody follows any more."""
        if self._reader is None or self._reader.done():
            newest = await self._read(ReadJournal(newest=True, limit=1))
            if self._reader is None or self._reader.done():
                self._loop = asyncio.get_running_loop()
                self._tail.clear()
                self._last = newest[0].id if newest else 0
                self._reader = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self._followers:
            try:
                async with asyncio.timeout(self._settings.poll):
                    await self._look.wait()
            except TimeoutError:
                pass  # time to look for what other processes wrote
            self._look.clear()
            try:
                fresh = await self._read(ReadJournal(after=self._last, limit=_TAIL))
            except Unreachable:
                continue  # the database is away: heartbeats go on, and so does the news when it is back
            if fresh:
                async with self._fresh:
                    self._tail.extend(fresh)
                    self._last = fresh[-1].id
                    self._fresh.notify_all()

    async def _behind(self, place: int, kind: str, root: int | None) -> tuple[list[Entry], int]:
        """Some entries behind a place, and the place behind them."""
        if place >= self._last:
            return [], place
        if self._tail and self._tail[0].id <= place + 1:
            upto = self._last
            return [entry for entry in self._tail if entry.id > place and _wanted(entry, kind, root)], upto
        upto = self._last
        found = await self._read(ReadJournal(after=place, kind=kind, root=root, limit=_PAGE))
        return found, found[-1].id if len(found) == _PAGE else max(upto, found[-1].id if found else 0)

    async def _wait(self, place: int) -> bool:
        """Waits for something behind a place; False when a heartbeat is due instead."""
        try:
            async with asyncio.timeout(self._settings.heartbeat), self._fresh:
                await self._fresh.wait_for(lambda: self.closing or self._last > place)
        except TimeoutError:
            return False
        return True


def _wanted(entry: Entry, kind: str, root: int | None) -> bool:
    if root is not None and entry.root != root:
        return False
    return not kind or (entry.kind.startswith(kind[:-1]) if kind.endswith("*") else entry.kind == kind)


def _event(entry: Entry) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (entry.id, msgspec.json.encode(entry))
