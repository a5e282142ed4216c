"""What the processes of an endpoint say to each other: length-prefixed frames of a MessagePack header and raw bytes. Never pickle.

A frame is two unsigned 32-bit little-endian lengths (header, body), the header, and the body. The spool files of recorded
predictions are made of the same frames.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import msgspec

PREFIX = struct.Struct("<II")
MOST = 1 << 30
"""Bytes: a frame that claims more is not one of ours."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def pack(header: Any, body: bytes = b"") -> bytes:
    """One frame."""
    head = _encode(header)
    return b"".join((PREFIX.pack(len(head), len(body)), head, body))


class Unpacker:
    """Frames out of a stream of bytes, however it was cut. Raises ValueError for lengths that no frame of ours has."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._need = PREFIX.size

    def feed(self, data: bytes) -> list[tuple[Any, bytes]]:
        """The frames that are complete now, as (header, body)."""
        held = self._held
        held += data
        if len(held) < self._need:
            return []
        found: list[tuple[Any, bytes]] = []
        at = 0
        while len(held) - at >= PREFIX.size:
            head, body = PREFIX.unpack_from(held, at)
            if head + body > MOST:
                raise ValueError(f"a frame of {head + body} bytes")
            start = at + PREFIX.size
            if len(held) < start + head + body:
                self._need = PREFIX.size + head + body
                break
            found.append((_decode(held[start : start + head]), bytes(held[start + head : start + head + body])))
            at = start + head + body
            self._need = PREFIX.size
        del held[:at]
        return found


def receive(connection: socket.socket) -> tuple[Any, bytearray] | None:
    """The next frame of a blocking socket; None when the other side is gone."""
    prefix = _exactly(connection, PREFIX.size)
    if prefix is None:
        return None
    head_size, body_size = PREFIX.unpack(prefix)
    head = _exactly(connection, head_size)
    body = _exactly(connection, body_size) if body_size else bytearray()
    return None if head is None or body is None else (_decode(head), body)


def _exactly(connection: socket.socket, size: int) -> bytearray | None:
    data = bytearray(size)
    view = memoryview(data)
    got = 0
    while got < size:
        count = connection.recv_into(view[got:])
        if count == 0:
            return None
        got += count
    return data


def read_all(data: bytes) -> Iterator[tuple[Any, memoryview]]:
    """The complete frames at the start of these bytes; what a killed writer left unfinished at the end is passed over."""
    view, at = memoryview(data), 0
    while len(data) - at >= PREFIX.size:
        head, body = PREFIX.unpack_from(data, at)
        start = at + PREFIX.size
        if len(data) < start + head + body:
            return
        yield _decode(view[start : start + head]), view[start + head : start + head + body]
        at = start + head + body
