"""Levels of chunks and what is gathered from them, against the points themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from treadle.core.errors import Damaged
from treadle.tracking import series
from treadle.tracking.series import LEVEL_POINTS, Series

VALUES = some.floats(allow_nan=True, allow_infinity=True, width=32)


@given(arrays.arrays(np.float64, some.integers(1, 400), elements=VALUES), some.randoms(use_true_random=False))
def test_a_level_says_of_each_run_of_points_its_ends_and_extremes(values: np.ndarray, random: object) -> None:
    steps = np.arange(len(values)) * 3
    shuffled = np.random.default_rng(random.randrange(1 << 30)).permutation(len(values))  # type: ignore[attr-defined]
    level = series.level_of(Series(steps[shuffled], steps[shuffled] / 10, values[shuffled]))
    some_entries = series.entries(level.data)
    assert len(some_entries) == -(-len(values) // LEVEL_POINTS)
    assert (level.first_step, level.last_step, level.timely) == (0, steps[-1], True)
    for place, entry in enumerate(some_entries):
        part = slice(place * LEVEL_POINTS, (place + 1) * LEVEL_POINTS)
        assert (entry["first"], entry["last"]) == (steps[part][0], steps[part][-1])
        np.testing.assert_equal(entry["value"], values[part][-1])
        numbers = values[part][~np.isnan(values[part])]
        # As arrays: the two zeros are equal, and which of them is the lowest is nobody's concern.
        np.testing.assert_array_equal((entry["low"], entry["high"]), (numbers.min(), numbers.max()) if len(numbers) else (np.nan, np.nan))


def test_time_that_goes_back_is_noticed() -> None:
    level = series.level_of(series.series_of([1, 2, 3], [5.0, 4.0, 6.0], [0.0, 0.0, 0.0]))
    assert (level.timely, level.first_time, level.last_time) == (False, 5.0, 6.0)


def test_points_are_entries_of_their_own() -> None:
    one = series.series_of(range(2000), [float(step) for step in range(2000)], [float(step % 97) for step in range(2000)])
    for axis, plain in (("step", series.gather(one, 10)), ("time", series.gather_times(one, 10))):
        for column, other in zip(series.gather_entries(series.single_entries(one), 10, axis), plain, strict=True):
            np.testing.assert_array_equal(column, other)


def test_buckets_along_time() -> None:
    one = series.series_of(range(6), [0.0, 0.1, 0.2, 50.0, 99.0, 100.0], [1.0, 5.0, 2.0, 3.0, 9.0, 4.0])
    found = series.gather_times(one, 4)
    assert (found.times.tolist(), found.values.tolist()) == ([0.2, 50.0, 100.0], [2.0, 3.0, 4.0])
    assert (found.lowest.tolist(), found.highest.tolist()) == ([1.0, 3.0, 4.0], [5.0, 3.0, 9.0])
    still = series.series_of(range(6), [7.0] * 6, [1.0] * 6)
    assert len(series.gather_times(still, 4).steps) == 1


def test_a_torn_level_is_named() -> None:
    with pytest.raises(Damaged):
        series.entries(b"123")
