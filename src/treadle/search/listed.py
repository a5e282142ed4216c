"""Conditions, orders and pages over values in memory, for what a project has hundreds or thousands of. Pure.

What must be found among millions is found by the database: treadle.search.conditions and treadle.search.pages.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from treadle.contract.search import Criterion
from treadle.core.errors import QueryError

T = TypeVar("T")


def holds(test: Criterion, values: Sequence[Any]) -> bool:
    """Whether a condition holds for one of the values that something has under its key; of what has none only `null` does, or a
    test with `or_absent`."""
    known = [value for value in values if value is not None]
    if test.operator == "null":
        return (not known) != test.negated
    if not known:
        return test.or_absent
    return any(_compare(test, value) != test.negated for value in known)


def _compare(test: Criterion, value: Any) -> bool:
    asked = test.value
    if test.operator == "in":
        return isinstance(asked, tuple) and str(value) in asked
    if test.operator in ("like", "ilike"):
        return _like(str(asked), str(value), folded=test.operator == "ilike")
    if isinstance(asked, tuple) or isinstance(asked, str) != isinstance(value, str):
        raise QueryError(f"`{test.key[:100]}` cannot be compared with `{str(asked)[:100]}`")
    answers: dict[str, bool] = {
        "=": value == asked,
        "!=": value != asked,
        "<": value < asked,
        "<=": value <= asked,
        ">": value > asked,
        ">=": value >= asked,
    }
    if test.operator not in answers:
        raise QueryError(f"`{test.operator[:20]}` is no comparison")
    return answers[test.operator]


def _like(pattern: str, text: str, *, folded: bool) -> bool:
    made = "".join(".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern)
    return re.fullmatch(made, text, re.DOTALL | (re.IGNORECASE if folded else 0)) is not None


def ordered(known: Sequence[T], sorts: Sequence[str], value: Callable[[str, T], Any]) -> list[T]:
    """By each key in turn (`-created` descends), what has none last; equal ones stay in their order."""
    found = list(known)
    for word in reversed(sorts):
        key, down = word.removeprefix("-"), word.startswith("-")
        keyed = [(value(key, one), one) for one in found]
        there = sorted((pair for pair in keyed if pair[0] is not None), key=lambda pair: pair[0], reverse=down)
        found = [one for _, one in there] + [one for key_value, one in keyed if key_value is None]
    return found


def page(known: Sequence[T], limit: int, after: str | None, name: Callable[[T], str]) -> tuple[list[T], str | None]:
    """What follows the one that the cursor `after` names, at most `limit`, and the cursor of the next page (None: that was all).

    Raises QueryError for a cursor that does not read, or whose one is gone."""
    start = 0
    if after:
        names = [name(one) for one in known]
        last = _read(after)
        if last not in names:
            raise QueryError("what the page before ended with is gone", hint="begin with the first page again")
        start = names.index(last) + 1
    shown = list(known[start : start + limit])
    return shown, _write(name(shown[-1])) if len(known) > start + limit and shown else None


def _write(name: str) -> str:
    return base64.urlsafe_b64encode(b"l" + name.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        if data[:1] == b"l":
            return data[1:].decode()
    except (ValueError, binascii.Error, UnicodeDecodeError):
        pass
    raise QueryError("the cursor of the page cannot be read", hint="give the `next` of the page before")
