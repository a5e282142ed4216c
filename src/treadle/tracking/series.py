"""Series of points: their form in the store, their summary, and how a curve of millions becomes one of hundreds. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from treadle.core.errors import Damaged

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CHUNK_POINTS = 8192
"""Chunks are merged up to this many points."""


class Series(NamedTuple):
    """Points of one metric: steps, times (seconds since 1970) and values, all of one length."""

    steps: Integers
    times: Floats
    values: Floats

    def ordered(self) -> Series:
        """By step, then time; points equal in both keep the order in which they came."""
        if len(self.steps) < 2 or bool(np.all(self.steps[1:] > self.steps[:-1])):
            return self
        order = np.lexsort((self.times, self.steps))
        return Series(self.steps[order], self.times[order], self.values[order])

    def between(self, start: int | None, end: int | None) -> Series:
        """The points whose step lies from `start` to `end`, both included."""
        inside = np.ones(len(self.steps), dtype=bool)
        if start is not None:
            inside &= self.steps >= start
        if end is not None:
            inside &= self.steps <= end
        return self if bool(inside.all()) else Series(self.steps[inside], self.times[inside], self.values[inside])

    def by_time(self) -> Series:
        """By time, then step; points equal in both keep the order in which they came."""
        if len(self.steps) < 2 or bool(np.all(self.times[1:] > self.times[:-1])):
            return self
        order = np.lexsort((self.steps, self.times))
        return Series(self.steps[order], self.times[order], self.values[order])

    def within(self, since: float | None, until: float | None) -> Series:
        """The points whose time lies from `since` to `until`, both included."""
        inside = np.ones(len(self.steps), dtype=bool)
        if since is not None:
            inside &= self.times >= since
        if until is not None:
            inside &= self.times <= until
        return self if bool(inside.all()) else Series(self.steps[inside], self.times[inside], self.values[inside])


class Summary(NamedTuple):
    """What the list of runs knows of a metric. None stands for "not a number".."""

    last: float | None
    last_step: int
    at: float
    lowest: float | None
    highest: float | None
    points: int


class Buckets(NamedTuple):
    """A curve gathered: per bucket the last point's step, time and value, and the bucket's extremes (NaN: no number in it)."""

    steps: Integers
    times: Floats
    values: Floats
    lowest: Floats
    highest: Floats


LEVEL_POINTS = 64
"""Points that an entry of a level stands for."""

LEVELLED = 1024
"""Chunks of so many points and more have a level."""

_ENTRY = np.dtype("<i8,<i8,<f8,<f8,<f8,<f8,<f8")
_ENTRY.names = ("first", "last", "since", "until", "value", "low", "high")


class Level(NamedTuple):
    """A chunk seen from afar: `data` is a row of entries, each for LEVEL_POINTS points in their order (see `entries`). The first point's
    step and time, the last point's, and whether time never goes back in the order of the steps."""

    first_step: int
    first_time: float
    last_step: int
    last_time: float
    timely: bool
    data: bytes


def level_of(series: Series) -> Level:
    """The level of at least one point."""
    steps, times, values = series.ordered()
    starts = np.arange(0, len(steps), LEVEL_POINTS)
    ends = np.append(starts[1:], len(steps)) - 1
    made = np.empty(len(starts), _ENTRY)
    made["first"], made["last"], made["since"], made["until"], made["value"] = (
        steps[starts],
        steps[ends],
        times[starts],
        times[ends],
        values[ends],
    )
    made["low"], made["high"] = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    timely = bool(np.all(times[1:] >= times[:-1]))
    return Level(int(steps[0]), float(times[0]), int(steps[-1]), float(times[-1]), timely, made.tobytes())


def entries(data: bytes) -> NDArray[Any]:
    """The entries of levels, whose bytes may be joined: first and last step, first and last time, the last point's value, and extremes."""
    if len(data) % _ENTRY.itemsize:
        raise Damaged(f"a level of {len(data)} bytes is not made of entries", hint="treadle doctor")
    return np.frombuffer(data, _ENTRY)


def single_entries(series: Series) -> NDArray[Any]:
    """Points as entries of their own."""
    made = np.empty(len(series.steps), _ENTRY)
    made["first"] = made["last"] = series.steps
    made["since"] = made["until"] = series.times
    made["value"] = made["low"] = made["high"] = series.values
    return made


def series_of(steps: Iterable[int], times: Iterable[float], values: Iterable[float]) -> Series:
    return Series(np.array(list(steps), np.int64), np.array(list(times), np.float64), np.array(list(values), np.float64))


def encode(series: Series) -> bytes:
    """The form in the store: all steps (int64), then all times, then all values (float64), little-endian."""
    return series.steps.astype("<i8").tobytes() + series.times.astype("<f8").tobytes() + series.values.astype("<f8").tobytes()


def decode(data: bytes, points: int) -> Series:
    """Reads the form of `encode`. Raises Damaged when the bytes are not `points` points."""
    if len(data) != points * 24:
        raise Damaged(f"a chunk of {points} points has {len(data)} bytes instead of {points * 24}", hint="treadle doctor")
    width = points * 8
    return Series(
        np.frombuffer(data, "<i8", points, 0).astype(np.int64, copy=False),
        np.frombuffer(data, "<f8", points, width).astype(np.float64, copy=False),
        np.frombuffer(data, "<f8", points, 2 * width).astype(np.float64, copy=False),
    )


def joined(parts: list[Series]) -> Series:
    """Several series as one, in the given order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return series_of((), (), ())
    return Series(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def summary_of(series: Series) -> Summary:
    """The summary of at least one point: the last by step, then time (of equals the one that came last); NaN has no extremes."""
    top = series.steps == series.steps.max()
    latest = series.times[top]
    at = float(latest.max())
    last = float(series.values[top][latest == at][-1])
    numbers = series.values[~np.isnan(series.values)]
    return Summary(
        last=_known(last),
        last_step=int(series.steps.max()),
        at=at,
        lowest=float(numbers.min()) if len(numbers) else None,
        highest=float(numbers.max()) if len(numbers) else None,
        points=len(series.steps),
    )


def merge(before: Summary | None, after: Summary) -> Summary:
    """The summary of the points of both, where those of `after` came later."""
    if before is None:
        return after
    newest = after if (after.last_step, after.at) >= (before.last_step, before.at) else before
    return Summary(
        last=newest.last,
        last_step=newest.last_step,
        at=newest.at,
        lowest=min((x for x in (before.lowest, after.lowest) if x is not None), default=None),
        highest=max((x for x in (before.highest, after.highest) if x is not None), default=None),
        points=before.points + after.points,
    )


def gather(series: Series, buckets: int) -> Buckets:
    """Gathers ordered points into at most `buckets` buckets of equal width in steps; buckets without points are left out.

    Extremes are kept, so that a spike of one point is seen at every zoom. Not more points than buckets: each stays itself.
    """
    if len(series.steps) <= buckets:
        return Buckets(series.steps, series.times, series.values, series.values, series.values)
    places = step_places(series.steps, int(series.steps[0]), int(series.steps[-1]), buckets)
    return _gathered(places, *series, series.values, series.values)


def gather_times(series: Series, buckets: int) -> Buckets:
    """The same along time: points ordered by it, buckets of equal width in seconds."""
    if len(series.steps) <= buckets:
        return Buckets(series.steps, series.times, series.values, series.values, series.values)
    places = time_places(series.times, float(series.times[0]), float(series.times[-1]), buckets)
    return _gathered(places, *series, series.values, series.values)


def gather_entries(some: NDArray[Any], buckets: int, axis: str) -> Buckets:
    """The same for ordered entries of levels, more than `buckets`: each belongs to the bucket in which its last point lies."""
    if axis == "step":
        places: NDArray[Any] = step_places(some["last"], int(some["first"][0]), int(some["last"][-1]), buckets)
    else:
        places = time_places(some["until"], float(some["since"][0]), float(some["until"][-1]), buckets)
    return _gathered(places, some["last"], some["until"], some["value"], some["low"], some["high"])


def step_width(low: int, high: int, buckets: int) -> int:
    """How many steps a bucket is wide. In integers: a float would lose steps beyond 2**53."""
    return (high - low) // buckets + 1


def step_places(steps: Integers, low: int, high: int, buckets: int) -> NDArray[np.uint64]:
    offsets = steps.astype(np.uint64) - np.uint64(low % (1 << 64))  # wraps to the true distance even between the two extremes
    return offsets // np.uint64(step_width(low, high, buckets))


def time_places(times: Floats, low: float, high: float, buckets: int) -> NDArray[np.int64]:
    width = (high - low) / buckets
    if not width > 0:
        return np.zeros(len(times), np.int64)
    return np.minimum((times - low) / width, buckets - 1).astype(np.int64)


def _gathered(places: NDArray[Any], steps: Integers, times: Floats, values: Floats, low: Floats, high: Floats) -> Buckets:
    starts = np.concatenate(([0], np.flatnonzero(places[1:] != places[:-1]) + 1))
    ends = np.concatenate((starts[1:], [len(steps)])) - 1
    return Buckets(steps[ends], times[ends], values[ends], np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts))


def absorbs(sizes: list[int], fresh: int) -> int:
    """How many of the last chunks (their `sizes`, oldest first) a fresh chunk takes in.

    A chunk takes in its neighbour when that is not larger than itself, so each point is written again at most about log2 of
    CHUNK_POINTS times, and a curve that comes in point by point does not stay in crumbs.
    """
    taken, total = 0, fresh
    for size in reversed(sizes):
        if size > total or size + total > CHUNK_POINTS:
            break
        total += size
        taken += 1
    return taken


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
