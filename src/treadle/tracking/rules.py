"""What the records of a spool mean for the rows of a run. Pure functions of values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from treadle.tracking.parameters import MOST_NAME, MOST_TAG, storable
from treadle.tracking.series import Series, joined

_BEYOND = 1 << 63


class Told(msgspec.Struct, kw_only=True):
    """What a piece of a spool says of its run: the last word for each parameter and tag (None removes a tag), the lines of notes,
    and the points of each metric in the order written. `odd` counts records that are not what their kind promises."""

    parameters: dict[str, Any] = {}
    tags: dict[str, str | None] = {}
    notes: list[str] = []
    points: dict[str, Series] = {}
    odd: int = 0


def told(records: Iterable[Mapping[str, Any]], next_steps: Mapping[str, int]) -> Told:
    """Sorts records by what they say; kinds of others (artifacts, results, ends) are passed over.

    `next_steps` says for each metric the number that the next point without a step of its own gets; a metric not named starts
    at 0. A record that is not what its kind promises is counted and passed over: one bad record must not cost the others.
    """
    said = Told(parameters={}, tags={}, notes=[], points={})
    collected = _Points(next_steps)
    add_one = collected.add_one
    for record in records:
        try:
            if record["k"] == "p":
                add_one(record["t"], record["s"], record["m"])
            else:
                _take(record, said, collected)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            said.odd += 1
    said.points = collected.series()
    return said


def _take(record: Mapping[str, Any], said: Told, collected: _Points) -> None:
    kind = record["k"]
    if kind == "c":
        collected.add_columns(record)
    elif kind == "params":
        said.parameters.update(record["v"])
    elif kind == "tag":
        for name, value in record["v"].items():
            said.tags[storable(name, MOST_NAME)] = None if value is None else storable(value, MOST_TAG)
    elif kind == "note":
        said.notes.append(storable(str(record["v"])))


def metric_names(records: Iterable[Mapping[str, Any]]) -> set[str]:
    """The metrics of which the records hold points, by the names under which they are stored."""
    names: set[str] = set()
    for record in records:
        if record.get("k") == "p":
            names.update(record.get("m") or ())
        elif record.get("k") == "c":
            names.update(record.get("names") or ())
    return {storable(name, MOST_NAME) for name in names}


class _Points:
    """Points by metric, single ones collected as lists, columns as arrays, in the order in which they came.

    Points without a step are numbered when the lists become arrays: a scan for them there costs far less than a look at each.
    """

    def __init__(self, next_steps: Mapping[str, int]) -> None:
        self._next = dict(next_steps)
        self._keys: dict[str, str] = {}  # names as written -> as they can be stored
        self._parts: dict[str, list[Series]] = defaultdict(list)
        self._single: dict[str, _Lists] = {}  # by name as stored
        self._written: dict[str, _Lists] = {}  # the same lists, by name as written

    def add_one(self, at: float, step: int | None, metrics: Mapping[str, float]) -> None:
        if step is not None and not (type(step) is int and -_BEYOND <= step < _BEYOND):
            raise ValueError("a step is a whole number of 64 bits")
        if type(at) is not float:
            at = float(at)
        for written, value in metrics.items():
            number = value if type(value) is float else float(value)
            steps, times, values = self._written.get(written) or self._lists(written)
            steps.append(step)
            times.append(at)
            values.append(number)

    def _lists(self, written: str) -> _Lists:
        name = self._keys.get(written) or self._key(written)
        lists = self._single.setdefault(name, ([], [], []))
        self._written[written] = lists
        return lists

    def add_columns(self, record: Mapping[str, Any]) -> None:
        count = record["n"]
        if count == 0:
            return
        times = np.full(count, record["t"]) if record["times"] is None else np.frombuffer(record["times"], "<f8", count)
        given = None if record["steps"] is None else np.frombuffer(record["steps"], "<i8", count).astype(np.int64, copy=False)
        columns = [np.frombuffer(data, "<f8", count) for data in record["values"]]
        for written, values in zip(record["names"], columns, strict=True):
            name = self._keys.get(written) or self._key(written)
            self._close(name)
            following = self._next.get(name, 0)
            steps = np.arange(following, following + count, dtype=np.int64) if given is None else given
            self._next[name] = max(following, int(steps.max()) + 1)
            self._parts[name].append(Series(steps, times, values))

    def series(self) -> dict[str, Series]:
        for name in list(self._single):
            self._close(name)
        return {name: joined(parts) for name, parts in self._parts.items()}

    def _key(self, written: str) -> str:
        self._keys[written] = storable(written, MOST_NAME)
        return self._keys[written]

    def _close(self, name: str) -> None:
        """Makes arrays of the single points collected so far."""
        lists = self._single.pop(name, None)
        if lists is None:
            return
        self._written = {written: others for written, others in self._written.items() if others is not lists}
        steps, times, values = lists
        following = self._next.get(name, 0)
        numbered = steps if None not in steps else _numbered(steps, following)
        one = Series(np.array(numbered, np.int64), np.array(times, np.float64), np.array(values, np.float64))
        self._next[name] = max(following, int(one.steps.max()) + 1)
        self._parts[name].append(one)


_Lists = tuple[list[int | None], list[float], list[float]]


def _numbered(steps: Iterable[int | None], following: int) -> list[int]:
    """Steps with a number for each that has none: one above the highest before it."""
    found: list[int] = []
    for step in steps:
        mine = following if step is None else step
        if mine >= _BEYOND:
            raise ValueError("a step beyond 64 bits")
        found.append(mine)
        following = max(following, mine + 1)
    return found
