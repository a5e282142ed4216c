"""What is known of one column: counts that add up, so that the pieces of a window are the window."""

from __future__ import annotations

import math
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from treadle.core.errors import UsageError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Kind = Literal["number", "category", "boolean", "text", "date", "other"]

BUCKETS = 64
"""Values of categories and texts are also counted by a hash, into this many buckets: the same for every reference."""
KEPT = 1000
"""So many unseen values are kept by name: those with the smallest hashes."""
SMALLEST = 256
"""So many smallest hashes of a text column are kept, to estimate how many different values there are (to about 6 %)."""
GREATEST = sys.float_info.max
_HASHES = float(2**53)


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column of a table, described without a row of it.

    `counts` belong to bins or to names. Bins: the value x is in bin i when edges[i-1] < x <= edges[i]; the first bin lies below
    everything that the reference holds, the last above; so there is one bin more than edges. Names: one count each.
    Windows hold neither edges nor names: those stand in their reference. Dates count in seconds since 1970.
    """

    kind: Kind
    type: str = ""
    """The type as its source names it; empty where the column is absent."""
    rows: int = 0
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    mistyped: int = 0
    """Values that cannot be read as this kind."""
    least: float | None = None
    most: float | None = None
    mean: float = 0.0
    squares: float = 0.0
    """Sum of squared deviations from the mean, over finite values. Of texts, all four describe the length in characters."""
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    unseen: int = 0
    """Values of a category that the reference does not name."""
    unseen_names: dict[str, int] = {}
    buckets: tuple[int, ...] = ()
    smallest: tuple[int, ...] = ()

    @property
    def missing(self) -> int:
        return self.nulls + self.nans

    @property
    def values(self) -> int:
        """Rows that hold a value of this kind."""
        return self.rows - self.nulls - self.nans - self.mistyped

    @property
    def finite(self) -> int:
        return self.values - self.infinite

    @property
    def spread(self) -> float:
        """Standard deviation (divided by n) of the finite values."""
        return math.sqrt(self.squares / self.finite) if self.finite > 0 else 0.0

    @property
    def named(self) -> bool:
        return self.kind in ("category", "boolean")

    @property
    def distinct(self) -> int | None:
        """How many different values: counted for categories, estimated for texts, unknown for numbers."""
        if self.named:
            seen = sum(1 for count in self.counts if count)
            return seen + (len(self.unseen_names) if len(self.unseen_names) < KEPT else estimate_distinct(self.smallest_unseen()))
        return estimate_distinct(self.smallest) if self.kind == "text" else None

    def smallest_unseen(self) -> tuple[int, ...]:
        return tuple(sorted(fingerprint(name) for name in self.unseen_names))

    @property
    def outside(self) -> int:
        """Numbers below the least or above the most that the reference holds."""
        return self.counts[0] + self.counts[-1] if self.kind in ("number", "date") and len(self.counts) > 1 else 0


def merge_columns(one: Column, other: Column) -> Column:
    """Both together. Counts add exactly; mean and spread to rounding. Raises UsageError where the two do not count the same things."""
    if one.kind != other.kind or (one.counts and other.counts and len(one.counts) != len(other.counts)):
        raise UsageError("these columns were not counted against the same reference", hint="profile both with window(..., like=reference)")
    mean, squares = merge_moments((one.finite, one.mean, one.squares), (other.finite, other.mean, other.squares))
    return Column(
        kind=one.kind,
        type=_either(one.type, other.type),
        rows=one.rows + other.rows,
        nulls=one.nulls + other.nulls,
        nans=one.nans + other.nans,
        infinite=one.infinite + other.infinite,
        mistyped=one.mistyped + other.mistyped,
        least=min((x for x in (one.least, other.least) if x is not None), default=None),
        most=max((x for x in (one.most, other.most) if x is not None), default=None),
        mean=mean,
        squares=squares,
        edges=one.edges or other.edges,
        names=one.names or other.names,
        counts=_added(one.counts, other.counts),
        unseen=one.unseen + other.unseen,
        unseen_names=keep_names(_summed(one.unseen_names, other.unseen_names)),
        buckets=_added(one.buckets, other.buckets),
        smallest=tuple(sorted({*one.smallest, *other.smallest})[:SMALLEST]),
    )


def _either(one: str, other: str) -> str:
    """The type of both, whatever the order: one that is known before one that is not."""
    return min((one, other), key=lambda name: (name in ("", "null"), name == "", name))


def merge_moments(one: tuple[int, float, float], other: tuple[int, float, float]) -> tuple[float, float]:
    """Mean and squared deviations of two parts taken together, each given as (n, mean, squares). Chan, Golub and LeVeque 1983."""
    (n, mean, squares), (m, mean_other, squares_other) = one, other
    if not n or not m:
        return (mean_other, squares_other) if not n else (mean, squares)
    apart = mean_other - mean
    return within_range(mean + apart * (m / (n + m))), within_range(squares + squares_other + apart * apart * (n * m / (n + m)))


def _added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    if not one or not other:
        return one or other
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    total = dict(one)
    for name, count in other.items():
        total[name] = total.get(name, 0) + count
    return total


def keep_names(counts: dict[str, int]) -> dict[str, int]:
    """Those with the smallest hashes. A name kept in the whole was kept in every part, so its count is exact in any order of merging."""
    if len(counts) <= KEPT:
        return counts
    return {name: counts[name] for name in sorted(counts, key=lambda name: (fingerprint(name), name))[:KEPT]}


# --- values by name -----------------------------------------------------------------------------------------------------


def fingerprint(text: str) -> int:
    """A number of 53 bits that is always the same for the same text: CRC-32, mixed by the finaliser of splitmix64."""
    return int(fingerprints((text,))[0])


def fingerprints(texts: Iterable[str]) -> NDArray[np.uint64]:
    mixed = np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts], np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)


def estimate_distinct(smallest: Sequence[int]) -> int:
    """How many different values have these smallest hashes (the k-minimum-values estimate; Bar-Yossef and others 2002)."""
    if len(smallest) < SMALLEST:
        return len(smallest)
    return round((len(smallest) - 1) * _HASHES / max(smallest[-1], 1))


def short_name(text: str) -> str:
    """A value as a name: long ones are cut, and stay apart by their hash."""
    return text if len(text) <= 120 else f"{text[:80]}..{fingerprint(text):x}"


def bucketed(texts: Sequence[str], counts: Sequence[int] | Integers) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows by bucket of their value's hash, and the smallest hashes."""
    if not len(texts):
        return (0,) * BUCKETS, ()
    hashes = fingerprints(texts)
    weights = np.asarray(counts, np.int64)
    slots = np.zeros(BUCKETS, np.int64)
    np.add.at(slots, (hashes % np.uint64(BUCKETS)).astype(np.int64), weights)
    present = np.unique(hashes[weights > 0])
    return tuple(slots.tolist()), tuple(int(value) for value in present[:SMALLEST])


def named_part(counts: Mapping[str, int], names: Sequence[str] | None, most_names: int) -> dict[str, Any]:
    """Counts of values as the fields of a Column: against the names of a reference, or, where there is none, by own names.

    Without a reference there are at most `most_names` names; a column with more answers no names, and is a text.
    """
    counts = _short(counts)
    buckets, smallest = bucketed(list(counts), list(counts.values()))
    if names is None:
        if len(counts) > most_names:
            return {"buckets": buckets, "smallest": smallest}
        names = sorted(counts, key=lambda name: (-counts[name], name))
    known = set(names)
    unseen = {name: count for name, count in counts.items() if name not in known and count}
    return {
        "names": tuple(names),
        "counts": tuple(int(counts.get(name, 0)) for name in names),
        "unseen": sum(unseen.values()),
        "unseen_names": keep_names(unseen),
        "buckets": buckets,
    }


def _short(counts: Mapping[str, int]) -> dict[str, int]:
    if all(len(name) <= 120 for name in counts):
        return dict(counts)
    shortened: dict[str, int] = {}
    for name, count in counts.items():
        shortened[short_name(name)] = shortened.get(short_name(name), 0) + count
    return shortened


def text_part(counts: Mapping[str, int]) -> dict[str, Any]:
    """Counts of texts as the fields of a Column: buckets, smallest hashes, and lengths in characters."""
    buckets, smallest = bucketed(list(counts), list(counts.values()))
    if not counts:
        return {"buckets": buckets}
    lengths = np.fromiter(map(len, counts), np.float64, len(counts))
    weights = np.fromiter(counts.values(), np.float64, len(counts))
    mean = float(np.average(lengths, weights=weights))
    return {
        "buckets": buckets,
        "smallest": smallest,
        "least": float(lengths.min()),
        "most": float(lengths.max()),
        "mean": mean,
        "squares": float(np.dot(weights, (lengths - mean) ** 2)),
    }


# --- numbers ------------------------------------------------------------------------------------------------------------


def number_part(values: Floats, edges: Sequence[float] | None, bins: int) -> dict[str, Any]:
    """Numbers as the fields of a Column. `values` is sorted in place and may hold NaN; without edges, its own quantiles are.

    Sorting first makes the bins a hundred look-ups: four times as fast as looking up a million values.
    """
    values.sort()
    numbers = values[: np.searchsorted(values, np.nan)]  # NaN sorts last
    finite = numbers[np.searchsorted(numbers, -np.inf, "right") : np.searchsorted(numbers, np.inf, "left")]
    chosen = np.asarray(quantile_edges(finite, bins) if edges is None else edges, np.float64)
    below = np.searchsorted(numbers, chosen, "right")
    counts = np.diff(np.concatenate(([0], below, [len(numbers)])))
    part: dict[str, Any] = {
        "nans": len(values) - len(numbers),
        "infinite": len(numbers) - len(finite),
        "counts": tuple(counts.tolist()),
        "edges": tuple(chosen.tolist()),
    }
    if len(finite):
        with np.errstate(over="ignore", invalid="ignore"):
            mean = within_range(float(finite.mean()))
            squares = within_range(squared_deviations(finite, mean))
        part |= {"least": float(finite[0]), "most": float(finite[-1]), "mean": mean, "squares": squares}
    return part


def within_range(value: float) -> float:
    """A sum that has left the range of floats stays at its end: what is stored must be a number."""
    return min(max(value, -GREATEST), GREATEST) if value == value else 0.0  # only NaN differs from itself


def squared_deviations(values: Floats, mean: float, block: int = 65_536) -> float:
    """In blocks that stay in the processor's cache: a quarter of the time of numpy's own variance of a million values."""
    total = 0.0
    for start in range(0, len(values), block):
        apart = values[start : start + block] - mean
        total += float(np.dot(apart, apart))
    return total


def quantile_edges(ordered: Floats, bins: int) -> tuple[float, ...]:
    """Edges between bins of about equal share: just below the least value, quantiles (at 9 digits), and the most.

    A value that fills several bins is an edge once, so a column of few values has a bin for each of them.
    """
    if not len(ordered):
        return ()
    places = np.ceil(np.arange(1, bins) * (len(ordered) / bins)).astype(np.int64) - 1
    inner = np.unique(ordered[np.maximum(places, 0)])
    rounded = np.array([float(f"{edge:.9g}") for edge in inner])
    if np.array_equal(np.unique(rounded), rounded):
        inner = rounded
    least, most = float(ordered[0]), float(ordered[-1])
    inner = inner[(inner >= least) & (inner < most)]
    below = max(math.nextafter(least, -math.inf), -GREATEST)
    return tuple(sorted({below, *(float(edge) for edge in inner), most}))
