"""What a file shares with its former version: first the equal beginning and end, then, in between, equal chunks.

Most edits touch one place, and comparing both ends finds it at the speed of memory. Where several places changed, the middle
is cut into chunks whose borders depend on the bytes alone, so that equal stretches are found wherever they moved to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from blake3 import blake3

Read = Callable[[int, int], bytes]
"""`length` bytes from `start` on."""

_COMPARE = 1 << 20
_BLOCK = 1 << 18  # what one pass of the border search works on: fits the processor's cache
_WINDOW = 16  # bytes a border depends on
_SMALLEST, _LARGEST = 16 << 10, 256 << 10
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(1)
_RARE = np.uint64((1 << 64) - (1 << 48))  # one position in 65,536 lies above it
_WORTH_CUTTING = 512 << 10


class Shared(NamedTuple):
    """A stretch of the new file. `base` is where the former version has the same bytes, None where they are new."""

    start: int
    length: int
    base: int | None


def compare(new: Read, new_size: int, base: Read, base_size: int) -> list[Shared]:
    """The new file as stretches, in order, without gaps."""
    most = min(new_size, base_size)
    head = _equal_head(new, base, most)
    tail = _equal_tail(new, new_size, base, base_size, most - head)
    found = [Shared(0, head, 0)]
    middle, base_middle = new_size - head - tail, base_size - head - tail
    if min(middle, base_middle) >= _WORTH_CUTTING:
        found += _equal_chunks(new, head, middle, base, head, base_middle)
    else:
        found.append(Shared(head, middle, None))
    found.append(Shared(new_size - tail, tail, base_size - tail))
    return [stretch for stretch in found if stretch.length]


def borders(read: Read, start: int, size: int) -> Iterator[int]:
    """The ends of the chunks of `size` bytes from `start` on, relative to `start`; 16 to 256 KiB apart, about 80 on average."""
    last = 0
    for candidates in _candidates(read, start, size):
        for border in candidates:
            while border - last > _LARGEST:
                last += _LARGEST
                yield last
            if border - last >= _SMALLEST and border < size:
                last = border
                yield last
    while size - last > _LARGEST:
        last += _LARGEST
        yield last
    if last < size:
        yield size


def _candidates(read: Read, start: int, size: int) -> Iterator[list[int]]:
    """Positions whose 16 bytes before hash to a rare value.

    The bytes are taken as overlapping 8-byte words, one pass for each of the eight alignments; a multiplication mixes a word
    and the sum of two neighbours makes the window: about 1 GB/s with numpy alone.
    """
    words: Any = np.empty(_BLOCK // 8 + 2, np.uint64)
    halves: Any = np.empty_like(words)
    for block in range(0, size, _BLOCK):
        data = read(start + block, min(_BLOCK + _WINDOW + 7, size - block))
        found: list[int] = []
        for shift in range(8):
            count = min((len(data) - shift) // 8, _BLOCK // 8 + 1)
            if count < 2:
                continue
            word = np.multiply(np.frombuffer(data, np.uint64, count, shift), _MIX, out=words[:count])
            half = np.right_shift(word, _HALF, out=halves[:count])
            mixed = np.add(word[:-1], half[1:], out=word[:-1])
            hits = np.flatnonzero(mixed > _RARE)
            if len(hits):
                found.extend((hits * 8 + (block + shift + _WINDOW)).tolist())
        yield sorted(found)


def _equal_chunks(new: Read, new_start: int, new_size: int, base: Read, base_start: int, base_size: int) -> list[Shared]:
    known = {digest: position for position, _, digest in _chunks(base, base_start, base_size)}
    found = []
    for position, length, digest in _chunks(new, new_start, new_size):
        found.append(Shared(position, length, known.get(digest)))
    return found


def _chunks(read: Read, start: int, size: int) -> Iterator[tuple[int, int, bytes]]:
    last = 0
    for border in borders(read, start, size):
        data = read(start + last, border - last)
        yield start + last, border - last, blake3(data).digest()
        last = border


def _equal_head(new: Read, base: Read, most: int) -> int:
    position = 0
    while position < most:
        length = min(_COMPARE, most - position)
        one, other = new(position, length), base(position, length)
        if one != other:
            return position + _first_difference(one, other)
        position += length
    return most


def _equal_tail(new: Read, new_size: int, base: Read, base_size: int, most: int) -> int:
    equal = 0
    while equal < most:
        length = min(_COMPARE, most - equal)
        one, other = new(new_size - equal - length, length), base(base_size - equal - length, length)
        if one != other:
            return equal + _first_difference(one[::-1], other[::-1])
        equal += length
    return most


def _first_difference(one: bytes, other: bytes) -> int:
    if len(one) != len(other):
        return 0  # a file that shrank while it was read: nothing is known to be equal
    differing = np.frombuffer(one, np.uint8) != np.frombuffer(other, np.uint8)
    return int(np.argmax(differing))
