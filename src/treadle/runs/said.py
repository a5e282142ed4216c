"""A log as lines: which came when, and from which stream. Pure: no store, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from treadle.contract.runs import Event


class Mark(NamedTuple):
    """From `offset` on, what is in the log came at that time from that stream."""

    offset: int
    at: float
    stream: str


def lines(data: bytes, start: int, marks: Sequence[Mark], since: float, *, over: bool) -> list[Event]:
    """The lines of a piece of a log that begins at byte `start`.

    Lines of several streams may be torn by one another: each is put together from what its own stream has said. What has no line end
    yet is one when the log is `over`. Before the first mark everything is "stdout", said at `since`.
    """
    found: list[Event] = []
    open_lines: dict[str, bytearray] = {}
    last = since
    for mark, piece in _pieces(data, start, marks, since):
        last = mark.at
        *ended, rest = piece.split(b"\n")
        for line in ended:
            whole = bytes(open_lines.pop(mark.stream, b"")) + line
            found.append(Event(stream=mark.stream, at=mark.at, message=_text(whole)))
        if rest:
            open_lines.setdefault(mark.stream, bytearray()).extend(rest)
    if over:
        found += [Event(stream=stream, at=last, message=_text(bytes(rest))) for stream, rest in open_lines.items()]
    return found


def _pieces(data: bytes, start: int, marks: Sequence[Mark], since: float) -> Iterator[tuple[Mark, bytes]]:
    before = [mark for mark in marks if mark.offset <= start]
    current = before[-1] if before else Mark(start, since, "stdout")
    at = start
    for mark in marks[len(before) :]:
        if mark.offset >= start + len(data):
            break
        yield current, data[at - start : mark.offset - start]
        at, current = mark.offset, mark
    yield current, data[at - start :]


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "replace")
