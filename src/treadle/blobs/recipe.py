"""Recipes: a large blob written down as ranges of other blobs, because most of it is in the store already.

A range always names a blob that is stored as bytes, never another recipe, so reading goes one step deep however often a file
has been edited.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from treadle.core.errors import Damaged

SUFFIX = ".recipe"


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """`length` bytes from `start` on of the blob `source`."""

    source: str
    start: int
    length: int


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """The ranges that make up a blob, in order, and its size in bytes."""

    size: int
    segments: tuple[Segment, ...]

    def between(self, start: int, length: int) -> list[Segment]:
        """The ranges that make up `length` bytes from `start` on."""
        found: list[Segment] = []
        position = 0
        end = start + length
        for segment in self.segments:
            low, high = max(start, position), min(end, position + segment.length)
            if low < high:
                found.append(Segment(segment.source, segment.start + low - position, high - low))
            position += segment.length
            if position >= end:
                break
        return found


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """The same ranges, with those that continue each other made one, and empty ones left out."""
    made: list[Segment] = []
    for segment in segments:
        last = made[-1] if made else None
        if last and last.source == segment.source and last.start + last.length == segment.start:
            made[-1] = Segment(last.source, last.start, last.length + segment.length)
        elif segment.length:
            made.append(segment)
    return made


def encode(recipe: Recipe) -> bytes:
    return msgspec.json.encode(recipe)


def decode(data: bytes, digest: str) -> Recipe:
    """Reads a recipe; raises Damaged when it does not make sense."""
    try:
        recipe = msgspec.json.decode(data, type=Recipe)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"the recipe of {digest[:12]} cannot be read: {error}", hint="treadle data verify") from error
    if recipe.size != sum(segment.length for segment in recipe.segments):
        raise Damaged(f"the recipe of {digest[:12]} does not add up", hint="treadle data verify")
    return recipe
