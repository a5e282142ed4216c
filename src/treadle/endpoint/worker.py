"""One worker of an endpoint: it listens, answers, and speaks with its keeper.

    python -m treadle.endpoint.worker FOLDER LISTENER SLOT FORMAT...

The keeper gives it orders over a socket in FOLDER; it tells what it counts. When the keeper is gone, it goes on answering by the last
orders for a minute and looks for a new one, to which it hands a copy of its listening socket.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # what takes longest begins first: the nursery imports while this process does
    from treadle.endpoint.births import start as start_nursery

    NURSERY = start_nursery(sys.argv[4:])

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from treadle.contract.serving import AddedLabels
from treadle.core.errors import from_problem
from treadle.endpoint.answers import Refused
from treadle.endpoint.api import Api
from treadle.endpoint.births import Nurseries
from treadle.endpoint.frames import Unpacker, pack
from treadle.endpoint.front import Front
from treadle.endpoint.guard import Guard
from treadle.endpoint.http import Door
from treadle.endpoint.plans import Orders
from treadle.endpoint.spool import Recorder

log = logging.getLogger("treadle.endpoint")
ALONE_SECONDS = 60.0
"""How long a worker goes on without a keeper."""
_TICK = 0.05
_REPORT_SECONDS = 1.0
_ANSWER_SECONDS = 10.0
_MOST_UNSENT = 16 << 20
SOCKET = "keeper.sock"


class Wire(asyncio.Protocol):
    """The connection to a keeper. `heard` takes messages, `lost` the wire that is no more."""

    def __init__(self, heard: Callable[[dict[str, Any]], None], lost: Callable[[Wire], None]) -> None:
        self._heard = heard
        self._lost = lost
        self._unpacker = Unpacker()
        self._transport: asyncio.WriteTransport | None = None
        self._early: list[bytes] = []
        self._gone = asyncio.Event()

    async def open(self, loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
        try:
            self._transport, _ = await loop.create_connection(lambda: self, sock=connection)
        except OSError:
            self.connection_lost(None)
            return
        for data in self._early:
            self._transport.write(data)
        self._early.clear()

    def send(self, data: bytes) -> bool:
        """Sends without ever waiting; a keeper that takes nothing any more is given up."""
        if self._transport is None:
            self._early.append(data)
            return True
        if self._transport.get_write_buffer_size() > _MOST_UNSENT:
            self._transport.abort()
            return False
        self._transport.write(data)
        return True

    async def close(self) -> None:
        """Ends the connection when everything is sent."""
        if self._transport is not None:
            self._transport.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), 2.0)

    def data_received(self, data: bytes) -> None:
        for message, _ in self._unpacker.feed(data):
            self._heard(message)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._gone.set()
        self._lost(self)


class Worker:
    """The process. `folder` is the endpoint's own, `listener` the socket it accepts connections from."""

    def __init__(self, folder: Path, listener: socket.socket, slot: int, nursery: tuple[socket.socket, subprocess.Popen[bytes]]) -> None:
        self.folder = folder
        self.listener = listener
        self.slot = slot
        self.key = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.loop = asyncio.get_running_loop()
        # Held as long as this process lives: a new keeper sees by it that the slot is taken.
        self._slot_lock = os.open(folder / f"slot-{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._slot_lock, fcntl.LOCK_SH)
        spool = folder / "spool"
        spool.mkdir(mode=0o700, exist_ok=True)
        self.front = Front(self.loop, Nurseries(self.loop, nursery), Recorder(spool, "", 0.0), self.tell)
        self.guard = Guard(listener.getsockname()[0], True, self._ask_identity)
        self.api = Api(self.front, self.guard, self._add_labels)
        self.door = Door(self.api.handle, self.api.refuse, self.front.settings.most_body)
        self._keeper: Wire | None = None
        self._numbers = count(1)
        self._asked: dict[int, tuple[float, Callable[[Any], None]]] = {}
        self._lost_at = time.monotonic()
        self._told_at = 0.0
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Until the keeper says so, a signal, or a minute without a keeper."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self._stopping.set)
        server: asyncio.Server | None = None
        ticking = self.loop.create_task(self._tick())
        stopping = self.loop.create_task(self._stopping.wait())
        while server is None and not self._stopping.is_set():
            # Connections wait in the socket's queue until there is something that can answer them.
            if self.front.generation >= 0:
                server = await self.loop.create_server(self.door.connect, sock=self.listener, backlog=2048)
            else:
                await asyncio.wait([stopping], timeout=0.005)
        await stopping
        await self._drain(server)
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)

    async def _drain(self, server: asyncio.Server | None) -> None:
        """Takes no new connections, answers what is under way, records it, and ends."""
        self.front.draining = True
        if server is not None:
            server.close()
        self.door.drain()
        end = time.monotonic() + self.front.settings.drain
        while self.door.connections and time.monotonic() < end:
            await asyncio.sleep(0.01)
        await self.front.close()
        self.door.abort()
        self.tell()
        if self._keeper is not None:
            await self._keeper.close()

    # --- time --------------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        turns = 0
        while True:
            now = time.monotonic()
            if self._keeper is None:
                self._look_for_keeper(now)
            self.front.tick(now)
            turns += 1
            if turns % 5 == 0:
                self.front.weigh()
            if turns % 10 == 0:
                self.door.sweep(now)
                self._forget(now)
            if now - self._told_at >= _REPORT_SECONDS:
                self.tell()
            await asyncio.sleep(_TICK if self.front.generation >= 0 else 0.005)

    def _forget(self, now: float) -> None:
        for number, (asked_at, then) in list(self._asked.items()):
            if now - asked_at > _ANSWER_SECONDS:
                del self._asked[number]
                then(None)

    # --- the keeper --------------------------------------------------------------------------------------------------

    def _look_for_keeper(self, now: float) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)  # whatever the keeper does, predictions do not wait for it
        try:
            with in_folder(self.folder):
                connection.connect(SOCKET)
            hello = {"worker": self.key, "pid": os.getpid(), "slot": self.slot, "generation": self.front.generation}
            socket.send_fds(connection, [pack(hello)], [self.listener.fileno()])
        except OSError:
            connection.close()
            if now - self._lost_at > ALONE_SECONDS:
                log.warning("no keeper for %g seconds: this worker ends", ALONE_SECONDS)
                self._stopping.set()
            return
        self._keeper = Wire(self._told, self._lose)
        self._start(self._keeper.open(self.loop, connection))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lose(self, wire: Wire) -> None:
        if self._keeper is not wire:
            return
        self._keeper = None
        self._lost_at = time.monotonic()
        asked, self._asked = self._asked, {}
        for _, then in asked.values():
            then(None)

    def _told(self, message: dict[str, Any]) -> None:
        if "orders" in message:
            orders = msgspec.convert(message["orders"], Orders)
            self.guard.guarded = orders.guarded
            self.door.most_body = orders.settings.most_body
            self._start(self.front.obey(orders))
        elif "answer" in message:
            _, then = self._asked.pop(message["answer"], (0.0, None))
            if then is not None:
                then(message)
        elif "stop" in message:
            self._stopping.set()

    def tell(self) -> None:
        """Tells the keeper what was counted."""
        self._told_at = time.monotonic()
        self._send(
            {
                "counts": self.front.traffic(),
                "generation": self.front.generation,
                "failed": self.front.failures(),
                "pids": [line.pid for line in self.front.lines.values()],
            }
        )

    def _send(self, message: dict[str, Any]) -> bool:
        return self._keeper is not None and self._keeper.send(pack(message))

    # --- questions to the record -----------------------------------------------------------------------------------------

    def _ask(self, message: dict[str, Any], then: Callable[[Any], None]) -> None:
        number = next(self._numbers)
        self._asked[number] = (time.monotonic(), then)
        if not self._send({**message, "ask": number}) and self._asked.pop(number, None) is not None:
            then(None)

    def _ask_identity(self, key: str, then: Callable[[tuple[str, ...] | OSError | None], None]) -> None:
        def heard(message: Any) -> None:
            if message is None or "problem" in message:
                then(OSError("nobody could be asked"))
            else:
                then(tuple(message["may"]) if message["known"] else None)

        self._ask({"identify": key}, heard)

    def _add_labels(self, labels: list[Any], then: Callable[[AddedLabels | Refused], None]) -> None:
        def heard(message: Any) -> None:
            if message is None:
                then(Refused(503, "the record does not answer: the labels are not taken", hint="send them again"))
            elif "problem" in message:
                error = from_problem(message["problem"])
                then(Refused(message["problem"].get("status", 500), error.what, hint=error.hint))
            else:
                then(msgspec.convert(message["added"], AddedLabels))

        self._ask({"labels": labels}, heard)


@contextlib.contextmanager
def in_folder(folder: Path) -> Any:
    """Inside of a folder for a moment: the path of a Unix socket may have 107 bytes, and home folders lie deeper than that."""
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


async def _main(folder: Path, listener: int, slot: int, nursery: tuple[socket.socket, subprocess.Popen[bytes]]) -> None:
    made = socket.socket(fileno=listener)
    made.setblocking(False)
    await Worker(folder, made, slot, nursery).serve()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    uvloop.run(_main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), NURSERY))


if __name__ == "__main__":
    main()
