"""Counting a stream: what arrives in small batches of arrays or lists becomes the profile of a window, without polars.

Numbers of a batch are sorted and its edges looked up in them; equal values of a category are looked up once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace

from treadle.core.errors import DataError
from treadle.statistics.columns import (
    BUCKETS,
    KEPT,
    Column,
    Floats,
    fingerprint,
    fingerprints,
    keep_names,
    merge_columns,
    short_name,
    text_part,
    within_range,
)

if TYPE_CHECKING:
    from treadle.statistics.profile import Profile

_WAITING = 20_000
"""Different values of a column that may wait to be looked up."""
_TRUE = {"true": 1, "1": 1, "1.0": 1, "false": 0, "0": 0, "0.0": 0}


class Tally:
    """Counts batches of columns against a reference. Not for several threads at once."""

    def __init__(self, reference: Profile) -> None:
        self.reference = reference
        self.rows = 0
        numeric = [(name, column) for name, column in reference.columns.items() if column.kind in ("number", "date")]
        self._numbers = _Numbers(numeric)
        self._values = {
            name: _Values(column) for name, column in reference.columns.items() if column.kind in ("category", "boolean", "text")
        }
        self._others = {name: [0, 0] for name, column in reference.columns.items() if column.kind == "other"}
        self._extra: dict[str, str] = {}

    def add(self, columns: Mapping[str, Any]) -> None:
        """Counts a batch: columns of equal length, each an array or a list; None and NaN are missing.

        Raises DataError when the lengths differ."""
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise DataError(f"the columns of a batch have different lengths: {sorted(lengths)}")
        if not lengths:
            return
        self.rows += lengths.pop()
        self._numbers.add(columns)
        for name, values in columns.items():
            if name in self._values:
                self._values[name].add(values)
            elif name in self._others:
                self._others[name][0] += len(values)
                self._others[name][1] += sum(value is None for value in values)
            elif name not in self._numbers.places:
                self._extra[name] = type_of(values)

    def profile(self) -> Profile:
        """What was counted so far, as a window; counting can go on."""
        from treadle.statistics.profile import Profile

        counted = self._numbers.columns()
        for name, values in self._values.items():
            counted[name] = values.column()
        for name, (rows, nulls) in self._others.items():
            counted[name] = Column(kind="other", type="values" if rows else "", rows=rows, nulls=nulls)
        ordered = {name: counted[name] for name in self.reference.columns}
        return Profile(rows=self.rows, columns=ordered, extra=dict(self._extra), basis=self.reference.basis)


def type_of(values: Any) -> str:
    dtype = getattr(values, "dtype", None)
    if dtype is not None and getattr(dtype, "kind", "O") != "O":
        return str(dtype)
    found = next((value for value in values if value is not None), None)
    return "null" if found is None else type(found).__name__


class _Numbers:
    """All numeric columns of a reference."""

    def __init__(self, columns: Sequence[tuple[str, Column]]) -> None:
        count = len(columns)
        self.kinds = [column.kind for _, column in columns]
        self.places = {name: place for place, (name, _) in enumerate(columns)}
        self.edges = [np.asarray(column.edges, np.float64) for _, column in columns]
        self.below = [np.zeros(len(edges), np.int64) for edges in self.edges]
        """How many numbers lie at or below each edge; the bins are the differences."""
        self.centers = np.array([column.mean for _, column in columns])
        self.rows, self.nulls, self.mistyped, self.finite, self.absent = (np.zeros(count, np.int64) for _ in range(5))
        self.sums, self.squares = np.zeros(count), np.zeros(count)
        """Of what lies above or below the reference's mean, so that nothing is lost when the mean is large."""
        self.least, self.most = np.full(count, np.inf), np.full(count, -np.inf)
        self.types = [""] * count

    def add(self, columns: Mapping[str, Any]) -> None:
        present = [(place, columns[name]) for name, place in self.places.items() if name in columns]
        if not present or not len(present[0][1]):
            return
        block = np.empty((len(present), len(present[0][1])))
        for row, (place, values) in enumerate(present):
            block[row], nulls, mistyped = _dates(values) if self.kinds[place] == "date" else _floats(values)
            self.nulls[place] += nulls
            self.mistyped[place] += mistyped
            if not self.types[place]:
                self.types[place] = type_of(values)
        block.sort(axis=1)  # what is no number comes last; a hundred edges are found in sorted values faster than values among edges
        for row, (place, _) in enumerate(present):
            self.below[place] += block[row].searchsorted(self.edges[place], "right")
        places = np.array([place for place, _ in present])
        self.rows[places] += block.shape[1]
        self._moments(places, block)

    def _moments(self, places: Any, block: Floats) -> None:
        finite = np.isfinite(block)
        whole = bool(finite.all())
        with np.errstate(over="ignore", invalid="ignore"):
            apart = block - self.centers[places][:, None]
            if not whole:
                apart[~finite] = 0.0
                self.absent[places] += np.isnan(block).sum(axis=1)
            self.finite[places] += block.shape[1] if whole else finite.sum(axis=1)
            self.sums[places] += apart.sum(axis=1)
            self.squares[places] += np.einsum("ij,ij->i", apart, apart)
        low, high = (
            (block[:, 0], block[:, -1]) if whole else (np.where(finite, block, np.inf).min(1), np.where(finite, block, -np.inf).max(1))
        )
        self.least[places] = np.minimum(self.least[places], low)
        self.most[places] = np.maximum(self.most[places], high)

    def columns(self) -> dict[str, Column]:
        return {name: self._column(place) for name, place in self.places.items()}

    def _column(self, place: int) -> Column:
        finite, numbers = int(self.finite[place]), int(self.rows[place] - self.absent[place])
        nulls, mistyped = int(self.nulls[place]), int(self.mistyped[place])
        apart = float(self.sums[place]) / finite if finite else 0.0
        return Column(
            kind=self.kinds[place],
            type=self.types[place],
            rows=int(self.rows[place]),
            nulls=nulls,
            nans=int(self.absent[place]) - nulls - mistyped,
            mistyped=mistyped,
            infinite=numbers - finite,
            counts=tuple(np.diff(self.below[place], prepend=0, append=numbers).tolist()),
            least=float(self.least[place]) if finite else None,
            most=float(self.most[place]) if finite else None,
            mean=within_range(float(self.centers[place]) + apart) if finite else 0.0,
            squares=max(within_range(float(self.squares[place]) - finite * apart * apart), 0.0),
        )


def _floats(values: Any) -> tuple[Floats, int, int]:
    """Numbers with NaN where there is none; how many were None; how many were something else."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiub":
        return values.astype(np.float64, copy=False), 0, 0
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        return _one_by_one(values)
    nulls = sum(value is None for value in values) if np.isnan(numbers).any() else 0
    return numbers, nulls, 0


def _one_by_one(values: Any) -> tuple[Floats, int, int]:
    numbers = np.full(len(values), np.nan)
    nulls = mistyped = 0
    for place, value in enumerate(values):
        if value is None:
            nulls += 1
            continue
        try:
            numbers[place] = float(value)
        except (TypeError, ValueError):
            mistyped += 1
        except OverflowError:
            numbers[place] = np.inf if value > 0 else -np.inf
    return numbers, nulls, mistyped


def _dates(values: Any) -> tuple[Floats, int, int]:
    """Dates in any form numpy knows (datetime, datetime64, ISO text), or seconds, as seconds since 1970."""
    array = np.asarray(values)
    if array.dtype.kind in "fiu":
        return array.astype(np.float64), 0, 0
    seconds = np.full(len(values), np.nan)
    nulls = mistyped = 0
    for place, value in enumerate(values):
        if value is None:
            nulls += 1
            continue
        try:
            moment = value.timestamp() if getattr(value, "tzinfo", None) is not None else np.datetime64(value, "us").astype(np.int64) / 1e6
        except (TypeError, ValueError):
            mistyped += 1
            continue
        nulls += int(np.isnat(np.datetime64(value))) if isinstance(value, np.datetime64) else 0
        seconds[place] = moment if not (isinstance(value, np.datetime64) and np.isnat(value)) else np.nan
    return seconds, nulls, mistyped


class _Values:
    """One column of categories, booleans or texts."""

    def __init__(self, reference: Column) -> None:
        self.reference = reference
        self.places = {name: place for place, name in enumerate(reference.names)}
        known = fingerprints(reference.names) % np.uint64(BUCKETS) if reference.names else np.zeros(0, np.uint64)
        self.slots: list[int] = known.astype(np.int64).tolist()
        self.counts = [0] * len(reference.names)
        self.buckets = [0] * BUCKETS
        self.unseen: dict[str, int] = {}
        self.rows = self.nulls = self.mistyped = self.unseen_rows = 0
        self.type = ""
        self.texts = Column(kind="text", buckets=(0,) * BUCKETS)
        self.waiting: Counter[Any] = Counter()

    def add(self, values: Any) -> None:
        """Only counts equal values; what they are is looked up later, once for each different one."""
        self.rows += len(values)
        self.type = self.type or type_of(values)
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        try:
            self.waiting.update(listed)
        except TypeError:  # a list among the values, or another thing that cannot be a key
            self.waiting.update([value if value is None else str(value) for value in listed])
        if len(self.waiting) > _WAITING:
            self.fold()

    def fold(self) -> None:
        counted = self.waiting
        self.waiting = Counter()
        self.nulls += counted.pop(None, 0)
        nans = [value for value in counted if value != value]  # only NaN differs from itself
        self.nulls += sum(counted.pop(value) for value in nans)
        if self.reference.kind == "text":
            self._add_texts(counted)
        elif self.reference.kind == "boolean":
            self._add_booleans(counted)
        else:
            for value, count in counted.items():
                self._add_name(value if isinstance(value, str) else spoken(value), count)
            if len(self.unseen) > 2 * KEPT:
                self.unseen = keep_names(self.unseen)

    def _add_name(self, name: str, count: int) -> None:
        place = self.places.get(name)
        if place is None and len(name) > 120:
            name = short_name(name)
            place = self.places.get(name)
        if place is not None:
            self.counts[place] += count
            self.buckets[self.slots[place]] += count
        else:
            self.unseen[name] = self.unseen.get(name, 0) + count
            self.unseen_rows += count
            self.buckets[fingerprint(name) % BUCKETS] += count

    def _add_booleans(self, counted: Mapping[Any, int]) -> None:
        for value, count in counted.items():
            word = _TRUE.get(str(value).lower())
            if word is None:
                self.mistyped += count
            else:
                self._add_name("true" if word else "false", count)

    def _add_texts(self, counted: Mapping[Any, int]) -> None:
        texts: dict[str, int] = {}
        for value, count in counted.items():
            text = value if isinstance(value, str) else spoken(value)
            texts[text] = texts.get(text, 0) + count
        self.texts = merge_columns(self.texts, Column(kind="text", rows=sum(texts.values()), **text_part(texts)))

    def column(self) -> Column:
        self.fold()
        if self.reference.kind == "text":
            return replace(self.texts, type=self.type, rows=self.rows, nulls=self.nulls)
        return Column(
            kind=self.reference.kind,
            type=self.type,
            rows=self.rows,
            nulls=self.nulls,
            mistyped=self.mistyped,
            counts=tuple(self.counts),
            unseen=self.unseen_rows,
            unseen_names=dict(keep_names(self.unseen)),
            buckets=tuple(self.buckets),
        )


def spoken(value: Any) -> str:
    """A value of a category as its name: whole floats as whole numbers, booleans as polars writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
