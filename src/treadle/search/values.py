"""What a written value means for a key: numbers, times, lengths of time, choices. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from treadle.contract.search import CHOICES, SUBJECTS, Key, Time, Value
from treadle.core.errors import QueryError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SPAN = re.compile(r"([+-]?)(\d+\.?\d*|\.\d+)([smhdw])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAYS_BACK = {"today": 0, "yesterday": 1}
_LARGEST = (1 << 63) - 1


def value_of(key: Key, text: str, *, quoted: bool) -> Value:
    """What a written value means for a key. Raises QueryError (without a place) when it cannot be compared with the key."""
    kind = key.type
    if kind in ("text", "kind"):
        return text
    if kind in CHOICES:
        if text.lower() not in CHOICES[kind]:
            raise QueryError(f"`{text}` is not a {kind}", hint=f"{kind}s: {', '.join(CHOICES[kind])}")
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
    name = key.name if key.area in SUBJECTS else f"metrics.{key.name}"
    raise QueryError(f"`{name}` is a number, so it cannot be compared with `{text}`", hint=f"{name} > 0.9")


def _time(key: Key, text: str) -> Time:
    word = text.lower()
    span = _SPAN.fullmatch(word)
    if span is not None:
        if span[1] != "-":
            raise QueryError(f"`{text}` is a length of time, not a time", hint=f"{key.name} > -{word.lstrip('+')} for that long before now")
        return Time(back=float(span[2]) * _UNITS[span[3]])
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
        return float(span[2]) * _UNITS[span[3]]
    if _NUMBER.fullmatch(text):
        return float(text)
    raise QueryError(f"`{text}` is not a length of time", hint=f"{key.name} > 90 (seconds), {key.name} > 1.5h")
