"""What a query may ask, told to whoever offers it: the vocabulary is said once, in treadle.contract.search."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from treadle.contract.search import AREA_TYPES, CHOICES, PARTS, RUNS, SUBJECTS, ListKeys, SearchKey, SearchKeys, Subject, list_keys
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs

_EQUAL = ("=", "!=")
_ORDERED = ("=", "!=", "<", "<=", ">", ">=")
_ALIKE = ("like", "ilike")
_AMONG = ("in", "not in", "is null", "is not null")
_JOINS = ("and", "or", "not")
_VALUES = {
    "time": ("-1h", "-7d", "today", "yesterday", "2026-01-31", "2026-01-31T10:30:00Z"),
    "duration": ("90", "5m", "1.5h"),
    "number": ("0.9", "1e-3", "inf"),
    "integer": ("12",),
}


@performs(list_keys)
def keys(request: ListKeys, call: Call) -> SearchKeys:  # noqa: ARG001 - the same for everyone
    subject = SUBJECTS.get(request.subject)
    if subject is None:
        raise UsageError(f"there is no subject `{request.subject[:100]}`", hint=f"subjects: {', '.join(SUBJECTS)}")
    own = [_key(name, kind) for name, kind in subject.keys.items()]
    return SearchKeys(subject=subject.area, keys=(*own, *_areas(subject)), joins=_JOINS, example=subject.example)


def _areas(subject: Subject) -> list[SearchKey]:
    """Each area once, under the first of its words."""
    words: dict[str, list[str]] = defaultdict(list)
    for word, area in subject.areas.items():
        words[area].append(word)
    found: list[SearchKey] = []
    for area, (first, *others) in words.items():
        kind = AREA_TYPES[area]
        parts = tuple(PARTS) if area == "metric" and subject is RUNS else ()
        found.append(msgspec.structs.replace(_key(first, kind), named=True, parts=parts, same=tuple(others)))
    return found


def _key(name: str, kind: str) -> SearchKey:
    return SearchKey(name=name, type=kind, operators=_operators(kind), choices=CHOICES.get(kind, ()), values=_VALUES.get(kind, ()))


def _operators(kind: str) -> tuple[str, ...]:
    """How values of a type are compared, as treadle.search.language reads it."""
    if kind in CHOICES or kind == "kind":
        return (*_EQUAL, *_AMONG, *_ALIKE)
    if kind in ("text", "parameter"):
        return (*_ORDERED, *_AMONG, *_ALIKE)
    return (*_ORDERED, *_AMONG)
