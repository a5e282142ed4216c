"""HTTP/1.1 for predictions: one connection, its requests and its answers, with limits on everything a client can make large or slow.

The parser is llhttp (by httptools). There is no task and no coroutine per request: a request is handed over when its body is whole,
and answered by a call from wherever the answer comes to be. On one core an answer without a model costs 24 microseconds of CPU this
way, and 69 by uvicorn with a bare ASGI function: the difference pays for keeping each model in a process of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

import httptools

MOST_HEAD = 32 << 10
"""Bytes of request line and headers."""
MOST_PIPELINED = 32
"""Requests of one connection that may wait for their answers."""
_HEAD_SECONDS = 10.0
_BODY_SECONDS = 30.0
_IDLE_SECONDS = 75.0
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_HEADS: dict[int, bytes] = {
    code: f"HTTP/1.1 {code} {phrase}\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ".encode()
    for code, phrase in _REASONS.items()
}
OTHER_HEADS: dict[int, bytes] = {
    code: f"HTTP/1.1 {code} {phrase}\r\nX-Content-Type-Options: nosniff\r\n".encode() for code, phrase in _REASONS.items()
}


class Request:
    """One request. `received` is when its last byte came (seconds since 1970)."""

    __slots__ = ("body", "close", "connection", "gone", "headers", "method", "out", "received", "target")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.method = ""
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.received = 0.0
        self.close = False
        self.gone = False
        self.out: bytes | None = None

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header; `name` in lower case."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    def answer(self, status: int, body: bytes, extra: bytes = b"") -> None:
        """Answers with JSON. `extra` are further header lines, each with its line end."""
        end = b"\r\nConnection: close\r\n\r\n" if self.close else b"\r\n\r\n"
        head = b"".join(
            (_HEADS[status], str(len(body)).encode(), b"\r\n", extra.rstrip(b"\r\n"), end)
            if extra
            else (_HEADS[status], str(len(body)).encode(), end)
        )
        self.connection.send(self, head if self.method == "HEAD" else head + body)

    def answer_as(self, status: int, kind: bytes, body: bytes, extra: bytes = b"") -> None:
        """Answers with another content type."""
        end = b"Connection: close\r\n\r\n" if self.close else b"\r\n"
        head = b"".join(
            (OTHER_HEADS[status], b"Content-Type: ", kind, b"\r\nContent-Length: ", str(len(body)).encode(), b"\r\n", extra, end)
        )
        self.connection.send(self, head if self.method == "HEAD" else head + body)


class Door:
    """What all connections share: who handles requests, the limits, and who is connected."""

    def __init__(
        self, handle: Callable[[Request], None], refuse: Callable[[Request, int, str], None], most_body: int, most_connections: int = 8192
    ) -> None:
        self.handle = handle
        self.refuse = refuse
        self.most_body = most_body
        self.most_connections = most_connections
        self.connections: set[Connection] = set()
        self.draining = False

    def connect(self) -> Connection:
        return Connection(self)

    def sweep(self, now: float) -> None:
        """Ends connections that are idle, or whose clients send or read too slowly. Called about twice a second."""
        for connection in list(self.connections):
            connection.check(now)

    def drain(self) -> None:
        """From now on every answer is the last of its connection; idle ones end at once."""
        self.draining = True
        for connection in list(self.connections):
            connection.end_idle()

    def abort(self) -> None:
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.abort()


class Connection(asyncio.Protocol):
    """One client's connection."""

    __slots__ = (
        "_chunks",
        "_current",
        "_fields",
        "_head",
        "_parser",
        "_refused",
        "_size",
        "_stuck",
        "_waiting",
        "door",
        "since",
        "transport",
    )

    def __init__(self, door: Door) -> None:
        self.door = door
        self.transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._current: Request | None = None
        self._waiting: deque[Request] = deque()
        self._chunks: list[bytes] = []
        self._size = 0
        self._fields = 0
        self._head = 0  # bytes of the head so far; -1 while a body is read
        self._stuck = 0.0  # since when the client does not read its answers
        self._refused = False
        self.since = time.monotonic()

    # --- the transport -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's transports are of classes of its own
        if len(self.door.connections) >= self.door.most_connections:
            self.transport.abort()
            return
        self.door.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.door.connections.discard(self)
        self.transport = None
        for request in self._waiting:
            request.gone = True
        self._waiting.clear()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._head >= 0:
            self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(400, "this server speaks HTTP/1.1 only")
        except httptools.HttpParserError:
            self._fail(400, "that is not HTTP")
        if self._head > MOST_HEAD and self._current is not None and not self._refused:
            self._fail(431, f"request line and headers are larger than {MOST_HEAD} bytes")

    def pause_writing(self) -> None:
        self._stuck = time.monotonic()
        if self.transport is not None:
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        self._stuck = 0.0
        if self.transport is not None and len(self._waiting) < MOST_PIPELINED:
            self.transport.resume_reading()

    # --- the parser --------------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        self._current = Request(self)
        self.since = time.monotonic()

    def on_url(self, url: bytes) -> None:
        assert self._current is not None
        self._current.target += url
        self._fields = len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        assert self._current is not None
        self._current.headers.append((name, value))
        self._fields += len(name) + len(value)

    def on_headers_complete(self) -> None:
        request = self._current
        assert request is not None
        self._head = -1
        self._size = 0
        request.method = self._parser.get_method().decode("latin-1")
        length = request.header(b"content-length")
        if length is not None and length.isdigit() and int(length) > self.door.most_body:
            self._fail(413, f"{int(length)} bytes are more than this endpoint takes ({self.door.most_body})")
        elif len(request.headers) > 100 or self._fields > MOST_HEAD:
            self._fail(431, f"more than 100 headers, or more than {MOST_HEAD} bytes of them")
        elif request.header(b"expect") is not None and self.transport is not None and not self._waiting:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._refused:
            return
        self._size += len(body)
        if self._size > self.door.most_body:
            self._chunks.clear()
            self._fail(413, f"the body is larger than this endpoint takes ({self.door.most_body} bytes)")
            return
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        request, self._current = self._current, None
        self._head = 0
        if self._refused or request is None or self.transport is None:
            return
        chunks = self._chunks
        if chunks:
            request.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self._chunks = []
        request.close = self.door.draining or not self._parser.should_keep_alive()
        request.received = time.time()
        self._waiting.append(request)
        if len(self._waiting) >= MOST_PIPELINED:
            self.transport.pause_reading()
        self.door.handle(request)

    # --- answers -----------------------------------------------------------------------------------------------------

    def send(self, request: Request, data: bytes) -> None:
        """Sends an answer, in the order in which the requests came."""
        request.out = data
        waiting = self._waiting
        while waiting and waiting[0].out is not None and self.transport is not None:
            done = waiting.popleft()
            assert done.out is not None
            self.transport.write(done.out)
            if done.close:
                self.transport.close()
                return
        self.since = time.monotonic()
        if self.transport is not None and len(waiting) == MOST_PIPELINED - 1 and not self._stuck:
            self.transport.resume_reading()

    def _fail(self, status: int, what: str) -> None:
        """Refuses what is being read; the connection ends with that answer."""
        if self._refused or self.transport is None:
            return
        self._refused = True
        request = self._current or Request(self)
        request.received = time.time()
        request.close = True
        self._waiting.append(request)
        self.door.refuse(request, status, what)

    def check(self, now: float) -> None:
        transport = self.transport
        if transport is None:
            return
        if self._stuck and now - self._stuck > _BODY_SECONDS:
            transport.abort()
        elif self._current is not None:
            reading_body = self._head < 0
            if now - self.since > (_BODY_SECONDS if reading_body else _HEAD_SECONDS):
                self._fail(408, "the request took too long to arrive")
        elif not self._waiting and now - self.since > (_HEAD_SECONDS if self._refused else _IDLE_SECONDS):
            transport.abort()

    def end_idle(self) -> None:
        if not self._waiting and self._current is None and self.transport is not None:
            self.transport.close()


Handler = Callable[[Request], Any]
