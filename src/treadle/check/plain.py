"""Evidence as plain data that JSON and both databases take: no NaN, no infinity, no types of numpy."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """A value as plain data; what is none becomes text of at most 500 characters."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        value = value.tolist()
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {text(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return text(str(value)[:500])


def text(value: str) -> str:
    """Text that every database takes: PostgreSQL keeps no zero byte, UTF-8 no half of a surrogate pair."""
    return value.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def number(value: float | None) -> str:
    """A number as sentences show it."""
    return "not defined" if value is None or not math.isfinite(value) else f"{value:.4g}"
