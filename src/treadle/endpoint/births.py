"""A worker's side of its nursery: asks for processes of models, and starts a new nursery when the old one is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from itertools import count

import msgspec

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)
"""Set before anything is imported: with more threads than one, a single row of a busy machine has taken 67 ms instead of 0.75."""


class Nurseries:
    """Asks for processes, one nursery at a time. `first` is one that was started before this object was made."""

    def __init__(self, loop: asyncio.AbstractEventLoop, first: tuple[socket.socket, subprocess.Popen[bytes]] | None = None) -> None:
        self._loop = loop
        self._count = count()
        self._waiting: dict[int, asyncio.Future[tuple[int, int]]] = {}
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if first is not None:
            self._take(*first)

    async def born(self, preload: str) -> tuple[socket.socket, int, int]:
        """A new process for a model of a format: our end of its socket, its number, and a descriptor of it."""
        if self._control is None:
            self._take(*start([preload]))
        assert self._control is not None
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        number = next(self._count)
        answer: asyncio.Future[tuple[int, int]] = self._loop.create_future()
        self._waiting[number] = answer
        try:
            socket.send_fds(self._control, [msgspec.msgpack.encode({"id": number, "preload": preload})], [theirs.fileno()])
            pid, pidfd = await answer
        except OSError:
            self._lost()
            ours.close()
            raise
        finally:
            theirs.close()
            self._waiting.pop(number, None)
        ours.setblocking(False)
        return ours, pid, pidfd

    def close(self) -> None:
        """Ends the nursery and what it has started."""
        if self._control is not None:
            self._loop.remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)

    def _take(self, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._control, self._process = control, process
        self._loop.add_reader(control.fileno(), self._heard)

    def _heard(self) -> None:
        assert self._control is not None
        try:
            data, received, _, _ = socket.recv_fds(self._control, 1 << 16, 4)
        except OSError:
            data, received = b"", []
        if not data:
            self._lost()
            return
        told = msgspec.msgpack.decode(data)
        waiting = self._waiting.get(told["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result((told["pid"], received[0]))
        else:
            for descriptor in received:
                os.close(descriptor)

    def _lost(self) -> None:
        """The nursery is gone, and every process it had started with it; the next birth starts another."""
        if self._control is not None:
            self._loop.remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the nursery is gone"))


def start(preload: list[str]) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Starts a nursery that begins to import what models of these formats need."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "treadle.endpoint.nursery", str(theirs.fileno()), *preload]
    process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD})
    theirs.close()
    return ours, process
