"""A query as a tree of frozen values: its keys, its values, and how they are compared. `treadle.tracking.search` makes it."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import msgspec

from treadle.core.errors import QueryError

KEYS = {
    "id": "integer",
    "name": "text",
    "state": "state",
    "kind": "kind",
    "step": "text",
    "project": "text",
    "actor": "text",
    "engine": "text",
    "note": "text",
    "parent": "integer",
    "created": "time",
    "started": "time",
    "ended": "time",
    "duration": "duration",
}
"""What a run has by itself -> how it is compared."""

PARTS = {
    "last": "last",
    "lowest": "lowest",
    "min": "lowest",
    "highest": "highest",
    "max": "highest",
    "step": "last_step",
    "points": "points",
}
"""What may be asked of a metric, and what it is called in the record."""

STATES = ("queued", "starting", "running", "done", "failed", "stopped")

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SPAN = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)([smhdw])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS_BACK = {"today": 0, "yesterday": 1}
_LARGEST = (1 << 63) - 1


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: `area` is run, metric, parameter or tag; `part` which summary of a metric (a value of PARTS)."""

    area: str
    name: str
    part: str = ""

    @property
    def type(self) -> str:
        """How it is compared: integer, text, state, kind, time, duration, number, parameter."""
        if self.area == "run":
            return KEYS[self.name]
        return {"metric": "number", "parameter": "parameter", "tag": "text"}[self.area]


class Time(msgspec.Struct, frozen=True, kw_only=True):
    """A moment: `at` seconds since 1970, or `back` seconds before now, or (`days_back`) the start of a day before today. With `day`
    it stands for that whole day (UTC) where it is compared with = or !=."""

    at: float | None = None
    back: float = 0.0
    days_back: int | None = None
    day: bool = False

    def moment(self, now: float) -> float:
        """Seconds since 1970, when it is `now`."""
        if self.days_back is not None:
            return math.floor(now / 86400.0 - self.days_back) * 86400.0
        return now - self.back if self.at is None else self.at


Value = str | float | int | Time


class Compare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`operator` is one of = != < <= > >=."""

    key: Key
    operator: str
    value: Value


class Among(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    key: Key
    values: tuple[Value, ...]
    negated: bool = False


class Like(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`pattern` has % and _, escaped by a backslash; `folded` does not tell capitals from small letters."""

    key: Key
    pattern: str
    folded: bool = False
    negated: bool = False


class Missing(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The run does not have the key; `negated`: it has."""

    key: Key
    negated: bool = False


class Negation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    term: Term


class Both(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All of the terms."""

    terms: tuple[Term, ...]


class Either(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """At least one of the terms."""

    terms: tuple[Term, ...]


Term = Compare | Among | Like | Missing | Negation | Both | Either


class Sort(msgspec.Struct, frozen=True, kw_only=True):
    key: Key
    descending: bool = False


def value_of(key: Key, text: str, *, quoted: bool) -> Value:
    """What a written value means for a key. Raises QueryError (without a place) when it cannot be compared with the key."""
    kind = key.type
    if kind in ("text", "kind"):
        return text
    if kind == "state":
        if text.lower() not in STATES:
            raise QueryError(f"`{text}` is not a state", hint=f"states: {', '.join(STATES)}")
        return text.lower()
    if kind == "integer":
        if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > _LARGEST:
            raise QueryError(f"`{key.name}` is a whole number, not `{text}`", hint=f"{key.name} = 12")
        return int(text)
    if kind == "time":
        return _time(key, text)
    if kind == "duration":
        return _seconds(key, text)
    if _NUMBER.fullmatch(text) and not quoted:
        return float(text)
    if kind == "parameter":
        return text
    if text.lower() in ("inf", "infinity", "-inf", "-infinity"):
        return float(text)
    raise QueryError(f"`metrics.{key.name}` is a number, so it cannot be compared with `{text}`", hint=f"metrics.{key.name} > 0.9")


def _time(key: Key, text: str) -> Time:
    word = text.lower()
    span = _SPAN.fullmatch(word)
    if span is not None:
        if span[1] != "-":
            raise QueryError(f"`{text}` is a length of time, not a time", hint=f"{key.name} > -{word.lstrip('+')} for that long before now")
        return Time(back=float(span[2]) * UNITS[span[3]])
    if word == "now":
        return Time()
    if word in _DAYS_BACK:
        return Time(days_back=_DAYS_BACK[word], day=True)
    if _NUMBER.fullmatch(word):
        return Time(at=float(word))
    try:
        read = datetime.fromisoformat(text.strip())
        moment = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        hint = "for example -7d, today, 2026-01-31 or 2026-01-31T10:30:00Z"
        raise QueryError(f"`{text}` is not a time", hint=hint) from None
    return Time(at=moment, day=_DAY.fullmatch(text.strip()) is not None)


def _seconds(key: Key, text: str) -> float:
    span = _SPAN.fullmatch(text.lower())
    if span is not None and span[1] != "-":
        return float(span[2]) * UNITS[span[3]]
    if _NUMBER.fullmatch(text):
        return float(text)
    raise QueryError(f"`{text}` is not a length of time", hint=f"{key.name} > 90 (seconds), {key.name} > 1.5h")
