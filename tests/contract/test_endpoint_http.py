"""One connection of an endpoint, byte by byte: order, limits, and clients that are slow."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from treadle.endpoint.answers import Refused, refuse
from treadle.endpoint.guard import Guard
from treadle.endpoint.http import MOST_HEAD, MOST_PIPELINED, Connection, Door, Request


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = self.paused = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Opened:
    def __init__(self, most_body: int = 1000) -> None:
        self.requests: list[Request] = []
        self.door = Door(self.requests.append, lambda request, status, what: refuse(request, Refused(status, what)), most_body)
        self.wire = Wire()
        self.connection: Connection = self.door.connect()
        self.connection.connection_made(self.wire)  # type: ignore[arg-type]

    def send(self, data: bytes) -> None:
        self.connection.data_received(data)

    @property
    def statuses(self) -> list[int]:
        return [int(part.split(b" ", 1)[0]) for part in self.wire.written.split(b"HTTP/1.1 ")[1:]]


def post(body: bytes = b"{}", extra: bytes = b"") -> bytes:
    return b"POST /predict HTTP/1.1\r\nHost: localhost\r\n%bContent-Length: %d\r\n\r\n%b" % (extra, len(body), body)


def test_answers_leave_in_the_order_of_the_requests() -> None:
    opened = Opened()
    opened.send(post(b"1") + post(b"2") + post(b"3"))
    assert [request.body for request in opened.requests] == [b"1", b"2", b"3"]
    for request in reversed(opened.requests):
        request.answer(200, b'"' + request.body + b'"')
    assert [part.rpartition(b"\r\n\r\n")[2] for part in opened.wire.written.split(b"HTTP/1.1")[1:]] == [b'"1"', b'"2"', b'"3"']
    assert not opened.wire.closed


@pytest.mark.parametrize("cut", [1, 7, 40, 1000])
def test_a_request_may_come_in_any_pieces(cut: int) -> None:
    opened = Opened()
    data = post(b'{"a": 1}', b"Treadle-Key: k\r\n") * 2
    for at in range(0, len(data), cut):
        opened.send(data[at : at + cut])
    assert [(r.method, r.target, r.body, r.header(b"treadle-key")) for r in opened.requests] == [
        ("POST", b"/predict", b'{"a": 1}', b"k")
    ] * 2


def test_many_requests_at_once_stop_the_reading() -> None:
    opened = Opened()
    opened.send(post() * MOST_PIPELINED)
    assert opened.wire.paused
    for request in opened.requests:
        request.answer(200, b"{}")
    assert not opened.wire.paused


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (post(b"x" * 1001), 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001, 413),
        (b"GET /" + b"a" * (MOST_HEAD + 1), 431),
        (post(extra=b"X: " + b"a" * (MOST_HEAD + 1) + b"\r\n"), 431),
        (post(extra=b"X: y\r\n" * 101), 431),
        (b"hello\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    ],
)
def test_what_is_too_large_or_no_request_is_refused_and_ends_the_connection(data: bytes, status: int) -> None:
    opened = Opened()
    opened.send(data)
    opened.send(post())
    assert opened.statuses[0] == status
    assert opened.wire.closed
    assert opened.requests == []
    assert json.loads(opened.wire.written.partition(b"\r\n\r\n")[2])["status"] == status


@pytest.mark.parametrize("start", [b"POST /predict HT", post(b"x" * 100)[:-50]])
def test_a_request_that_comes_too_slowly_is_given_up(start: bytes) -> None:
    opened = Opened()
    opened.send(start)
    opened.connection.check(opened.connection.since + 5)
    assert opened.statuses == []
    opened.connection.check(opened.connection.since + 31)
    assert opened.statuses == [408]
    assert opened.wire.closed


def test_idle_connections_and_readers_that_do_not_read_are_ended() -> None:
    idle = Opened()
    idle.connection.check(idle.connection.since + 60)
    assert not idle.wire.closed
    idle.connection.check(idle.connection.since + 80)
    assert idle.wire.closed
    stuck = Opened()
    stuck.send(post())
    stuck.connection.pause_writing()
    stuck.connection.check(stuck.connection.since + 100)
    assert stuck.wire.closed


def test_a_client_that_is_gone_is_known_to_be() -> None:
    opened = Opened()
    opened.send(post())
    opened.connection.connection_lost(None)
    assert opened.requests[0].gone
    opened.requests[0].answer(200, b"{}")
    assert opened.wire.written == b""


def test_while_draining_each_answer_is_the_last() -> None:
    opened, idle = Opened(), Opened()
    opened.send(post())
    opened.door.drain()
    idle.door.drain()
    assert idle.wire.closed
    opened.requests[0].close = True
    opened.requests[0].answer(200, b"{}")
    assert b"Connection: close" in opened.wire.written
    assert opened.wire.closed


def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    opened = Opened()
    opened.send(post(b"12", b"Expect: 100-continue\r\n"))
    assert opened.wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_tokens_are_asked_about_once_and_forgotten_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    now = [100.0]
    monkeypatch.setattr("treadle.endpoint.guard.time.monotonic", lambda: now[0])

    def ask(key: str, then: Callable[[Any], None]) -> None:
        asked.append(key)
        then(("endpoint:read",) if len(asked) < 2 else None)

    guard = Guard("10.0.0.1", True, ask)
    found: list[Refused | None] = []
    for permission in ("endpoint:read", "endpoint:read", "endpoint:label"):
        guard.admit(b"Bearer secret", permission, found.append)
    assert [f.status if f else None for f in found] == [None, None, 403]
    assert len(asked) == 1
    now[0] += 3
    guard.admit(b"Bearer secret", "endpoint:read", found.append)
    assert found[-1] is not None
    assert found[-1].status == 401
    guard.admit(b"Basic x", "endpoint:read", found.append)
    assert len(asked) == 2
