"""Messages between the worker's own processes: length-prefixed msgpack over a Unix socket, with a descriptor where one is needed."""

from __future__ import annotations

import array
import os
import socket
import struct
from typing import Any

import msgspec

from treadle.contract.work import Job

_HEADER = struct.Struct("<I")


class Launch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A process to start for an attempt.

    `folder` is the attempt's own: `spool`, `log`, `work/` and `out/` lie in it. `paths` are the local files of inputs that do
    not travel inline. `root` is the restored project. With `argv` a program is executed instead of a Python function.
    """

    id: str
    folder: str
    job: Job
    root: str
    paths: dict[str, list[str | None]] = {}
    secrets: dict[str, str] = {}
    argv: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    plan: bool = False
    """Only look at a pipeline's body: what it would call, and what of that would be reused."""


class Channel:
    """One end of a conversation between two processes."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = bytearray()
        self._descriptors: list[int] = []

    def fileno(self) -> int:
        return self.connection.fileno()

    def close(self) -> None:
        self.connection.close()

    def send(self, kind: str, body: Any = None, descriptor: int | None = None) -> None:
        """Sends one message; a descriptor travels with its first bytes. Raises OSError when the other side is gone."""
        data = msgspec.msgpack.encode((kind, body))
        framed = _HEADER.pack(len(data)) + data
        sent = 0
        if descriptor is not None:
            sent = socket.send_fds(self.connection, [framed], [descriptor])
        while sent < len(framed):
            self.connection.setblocking(True)
            sent += self.connection.send(framed[sent:])

    def receive(self) -> list[tuple[str, Any, int | None]] | None:
        """All whole messages that have arrived, waiting for the first bytes; None when the other side has closed."""
        try:
            data, ancillary, _, _ = self.connection.recvmsg(1 << 18, socket.CMSG_SPACE(4 * array.array("i").itemsize))
        except ConnectionResetError:  # killed with something of ours unread
            return None
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                found = array.array("i")
                found.frombytes(payload[: len(payload) - len(payload) % found.itemsize])
                self._descriptors.extend(found)
        if not data:
            return None
        self._buffer += data
        return self._whole()

    def _whole(self) -> list[tuple[str, Any, int | None]]:
        messages: list[tuple[str, Any, int | None]] = []
        start = 0
        while len(self._buffer) - start >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer, start)
            end = start + _HEADER.size + length
            if len(self._buffer) < end:
                break
            kind, body = msgspec.msgpack.decode(self._buffer[start + _HEADER.size : end])
            carries = kind in CARRYING
            messages.append((kind, body, self._descriptors.pop(0) if carries else None))
            start = end
        del self._buffer[:start]
        return messages


CARRYING = frozenset({"template", "fork-body", "become-body"})
"""The kinds of message that bring a descriptor with them."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends; both are closed on exec unless handed over on purpose."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def close_all(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
