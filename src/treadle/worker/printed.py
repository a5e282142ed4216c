"""JSON objects that a run prints, one a line, taken as metrics. Pure: bytes of output in, records of a spool out.

    {"step": 3, "loss": 0.25, "train": {"accuracy": 0.9}, "phase": "warm-up"}

A number (or true and false, or a text written like a number) is a point of the metric of that name, nested ones joined by `/`; any
other text is a tag of that name, so that the last one stands; lists and nulls say nothing. `step`, or without it `epoch`, is a whole
number and the step of the line's metrics; without either each metric counts its own. Lines that are not JSON objects are what they
are: output. It is the convention of Valohai's projects.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

MOST_LINE = 64 << 10
"""Bytes: a longer line is output, whatever it holds."""

MOST_KEYS = 1000
_STEPS = ("step", "epoch")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_BEYOND = 1 << 63


class PrintedMetrics:
    """Finds the objects in output that arrives in pieces; a line that is not complete yet waits for its rest."""

    def __init__(self) -> None:
        self._rest = b""
        self._overlong = False

    def feed(self, data: bytes, now: float) -> list[dict[str, Any]]:
        """The records of the lines that `data` completes; `now` is their time."""
        return [record for said in self.objects(data) for record in records_of_object(said, now)]

    def objects(self, data: bytes) -> list[dict[str, Any]]:
        """The objects of the lines that `data` completes, as they were printed."""
        *lines, rest = (self._rest + data).split(b"\n")
        if lines and self._overlong:
            lines, self._overlong = lines[1:], False
        if len(rest) > MOST_LINE:
            rest, self._overlong = b"", True
        self._rest = rest
        return [said for line in lines if (said := _object(line)) is not None]

    def end(self, now: float) -> list[dict[str, Any]]:
        """The records of a last line without a line feed."""
        rest, self._rest = self._rest, b""
        return [] if self._overlong else records_of(rest, now)


def records_of(line: bytes, now: float) -> list[dict[str, Any]]:
    """The records of one line: none unless it is a JSON object that says something."""
    said = _object(line)
    return [] if said is None else records_of_object(said, now)


def _object(line: bytes) -> dict[str, Any] | None:
    text = line.strip()
    if not (text.startswith(b"{") and text.endswith(b"}")) or len(text) > MOST_LINE:
        return None
    try:
        said: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):  # output that only looks like it
        return None
    return said


def records_of_object(said: dict[str, Any], now: float) -> list[dict[str, Any]]:
    """The records of a printed object; its step is taken out of it."""
    step = _taken_step(said)
    metrics: dict[str, float] = {}
    tags: dict[str, str] = {}
    for name, value in _flat(said)[:MOST_KEYS]:
        number = _number(value)
        if number is not None:
            metrics[name] = number
        elif isinstance(value, str):
            tags[name] = value
    found: list[dict[str, Any]] = []
    if metrics:
        found.append({"k": "p", "t": now, "s": step, "m": metrics})
    if tags:
        found.append({"k": "tag", "t": now, "v": tags})
    return found


def _taken_step(said: dict[str, Any]) -> int | None:
    """Takes the step out of the object: then it is no metric."""
    for name in _STEPS:
        number = _number(said.get(name))
        if number is not None and number.is_integer() and -_BEYOND <= number < _BEYOND:
            value = said.pop(name)
            return value if type(value) is int else int(number)
    return None


def _flat(said: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    waiting: list[tuple[str, Any]] = list(reversed(said.items()))
    while waiting and len(found) < MOST_KEYS:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{name}/{inner}", one) for inner, one in reversed(value.items()))
        elif name:
            found.append((name, value))
    return found


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return float(value) if len(value) < 400 and _NUMBER.fullmatch(value) and math.isfinite(float(value)) else None
    if not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer beyond all floats
        return None
