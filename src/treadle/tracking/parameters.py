"""Parameters as rows: names and texts as databases keep them, numbers where they compare as numbers. Pure functions.

Apart from the rules of points, because submitting a run needs these and should not wait for numpy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MOST_NAME, MOST_TAG = 500, 2000
"""Bytes of a metric's, parameter's or tag's name and of a tag's value: together they are a key, and PostgreSQL takes 2704 bytes."""
_DEEPEST = 16  # levels of nesting that become names of their own; below, a value is shown as JSON


def flatten(values: Mapping[str, Any]) -> dict[str, tuple[str, float | None]]:
    """Parameters as (text, number) by name: a nested mapping's values are named `model.depth`, a list is its JSON.

    The number is there where the value compares as one: an int or float, or a text that is written like one (as command lines
    and other systems' clients send them). A boolean is `true` or `false`, nothing is `null`.
    """
    flat: dict[str, tuple[str, float | None]] = {}
    waiting: list[tuple[str, Any, int]] = [(str(name), value, 1) for name, value in values.items()]
    while waiting:
        name, value, depth = waiting.pop()
        if isinstance(value, Mapping) and value and depth < _DEEPEST:
            waiting.extend((f"{name}.{inner}", one, depth + 1) for inner, one in value.items())
        else:
            flat[storable(name, MOST_NAME)] = _text_and_number(value)
    return flat


def storable(text: str, most: int | None = None) -> str:
    """A text as every database can keep it: without zero characters and lone halves of surrogate pairs, at most `most` bytes."""
    data = text.replace("\0", "\ufffd").encode("utf-8", "replace")
    return data[:most].decode("utf-8", "ignore") if most and len(data) > most else data.decode()


def _text_and_number(value: Any) -> tuple[str, float | None]:
    if isinstance(value, str):
        return storable(value), float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or value is None:
        return ("null" if value is None else str(value).lower()), None
    if isinstance(value, int | float):
        return repr(value), _float(value)
    return storable(msgspec.json.encode(value, order="sorted", enc_hook=str).decode()), None


def _float(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # an integer beyond all floats
        return None
    return None if number != number else number
