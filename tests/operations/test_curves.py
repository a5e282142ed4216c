"""Curves from levels and from points, on both dialects: late points, merges, limits, old records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import and_, delete, insert, select

from treadle.contract.tracking import Curve, ReadPoints
from treadle.core.errors import UsageError
from treadle.core.operation import Call
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.tracking import curves, levels
from treadle.tracking.batches import write_points
from treadle.tracking.series import Series

CALL = Call(actor="ada")
BEGAN = 5000.0


@pytest.fixture
def one(database: Database) -> Database:
    row: dict[str, Any] = {"parameters": {}, "bindings": {}, "options": {}, "waiting": 0, "not_before": 0.0, "attempts": 0}
    row |= {"id": 1, "key": "a", "project": "default", "kind": "script", "name": "calm-elk", "step": "fit.py", "state": "done", "root": 1}
    row |= {"failures": 0, "losses": 0, "stop_requested": False, "queued_at": 1.0, "started_at": BEGAN, "actor": "ada"}
    with database.transaction() as tx:
        tx.execute(insert(t.run), row | {"definition": "d", "engine": "script"})
    return database


def points(count: int, seed: int = 1) -> Series:
    random = np.random.default_rng(seed)
    values = random.normal(size=count)
    values[random.integers(0, count, 5)] = np.nan
    values[count // 3], values[count // 2] = 50.0, -50.0
    return Series(np.arange(count), BEGAN + np.arange(count) * 0.5, values)


def write(database: Database, one: Series, batch: int = 3000, name: str = "loss") -> None:
    for start in range(0, len(one.steps), batch):
        part = slice(start, start + batch)
        with database.transaction() as tx:
            write_points(tx, 1, {name: Series(one.steps[part], one.times[part], one.values[part])})


def curve(database: Database, **more: Any) -> Curve:
    [found] = curves.points(ReadPoints(runs=("1",), names=("loss",), **({"buckets": 50} | more)), CALL, database)
    return found


def level_rows(database: Database) -> list[Any]:
    """Levels beside their chunks: number and points of each."""
    chunk, level = t.series_chunk.c, t.series_level.c
    same = and_(chunk.id == level.chunk, chunk.run == level.run, chunk.name == level.name)
    with database.reading() as tx:
        query = select(level.chunk, level.points, chunk.points).join_from(t.series_level, t.series_chunk, same, isouter=True)
        return [tuple(row) for row in tx.all(query)]


def check(found: Curve, whole: Series, axis: str = "step", buckets: int = 50) -> None:
    """Each point lies in the band of one bucket; borders are shifted by at most a quarter of a bucket; the ends are exact."""
    ordered = whole.ordered() if axis == "step" else whole.by_time()
    assert (found.points, found.exact, found.steps[-1]) == (len(whole.steps), False, ordered.steps[-1])
    assert found.values[-1] == (None if np.isnan(ordered.values[-1]) else ordered.values[-1])
    along = ordered.steps if axis == "step" else ordered.times
    ends = np.array(found.steps if axis == "step" else found.times)
    width = (along[-1] - along[0]) / buckets
    assert np.all(np.diff(ends) > 0)
    assert np.all(np.abs(ends - along[0] - np.round((ends - along[0]) / width) * width)[:-1] <= width / 2)
    assert np.max(np.diff(ends)) <= width * 1.26 + 2
    bucket = np.searchsorted(ends, along)
    for place in range(len(ends)):
        inside = ordered.values[bucket == place]
        assert (found.lowest[place], found.highest[place]) == (np.nanmin(inside), np.nanmax(inside))
        assert found.values[place] == inside[-1] or (found.values[place] is None and np.isnan(inside[-1]))


@pytest.mark.parametrize("axis", ["step", "time", "relative"])
def test_a_wide_view_is_read_from_levels_and_keeps_extremes(one: Database, axis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = points(40_000)
    write(one, whole)
    rows = level_rows(one)
    assert sum(row[1] for row in rows) > 30_000
    assert all(row[1] == row[2] for row in rows)
    read: list[int] = []
    decode = curves.series.decode
    monkeypatch.setattr(curves.series, "decode", lambda data, count: read.append(count) or decode(data, count))
    found = curve(one, axis=axis)
    check(found, whole, axis)
    assert sum(read) < 8192  # only what is too small for a level
    assert found.origin == BEGAN


def test_a_near_view_is_read_from_points(one: Database) -> None:
    whole = points(40_000)
    write(one, whole)
    part = curve(one, start=20_000, end=20_039)
    assert (part.exact, part.steps) == (True, list(range(20_000, 20_040)))
    np.testing.assert_array_equal(np.array(part.values, float), whole.values[20_000:20_040])
    check(curve(one, start=1000, end=34_567), Series(*(column[1000:34_568] for column in whole)))
    check(curve(one, buckets=5000), whole, buckets=5000)
    later = curve(one, axis="relative", since=100.0, until=119.5)
    assert (later.exact, later.steps) == (True, list(range(200, 240)))
    assert curve(one, axis="time", since=BEGAN + 100, until=BEGAN + 119.5).steps == later.steps
    assert curves.points(ReadPoints(runs=("1",), names=("loss",), start=50_000), CALL, one) == []


def test_points_that_come_late_are_in_the_bands_where_they_belong(one: Database) -> None:
    whole = points(30_000)
    late = np.zeros(30_000, bool)
    late[[17, 5003, 12_345, 29_000]] = True
    late[7000:7100] = True
    values = whole.values.copy()
    values[17], values[12_345] = 900.0, -900.0
    whole = Series(whole.steps, whole.times, values)
    write(one, Series(*(column[~late] for column in whole)))
    write(one, Series(*(column[late] for column in whole)), batch=40)
    found = curve(one)
    assert (max(x for x in found.highest if x), min(x for x in found.lowest if x)) == (900.0, -900.0)
    assert (found.points, found.steps[-1], found.values[-1]) == (30_000, 29_999, whole.values[-1])
    width = 600
    for step in (17, 12_345):
        band = next(place for place, end in enumerate(found.steps) if end >= step)
        assert whole.values[step] in (found.lowest[band], found.highest[band], found.lowest[band + 1], found.highest[band + 1])
        assert abs(found.steps[band] - step) <= width * 1.25
    [exact] = curves.points(ReadPoints(runs=("1",), names=("loss",), start=6990, end=7030), CALL, one)
    assert exact.steps == list(range(6990, 7031))


def test_a_level_goes_with_its_chunk(one: Database) -> None:
    whole = points(20_000)
    write(one, whole, batch=1100)  # chunks with levels are merged again and again
    rows = level_rows(one)
    assert rows
    assert all(row[1] == row[2] for row in rows)
    check(curve(one), whole)


def test_a_record_without_levels_gets_them_when_it_is_read(one: Database) -> None:
    whole = points(40_000)
    write(one, whole)
    before = curve(one)
    kept = sorted(level_rows(one))
    with one.transaction() as tx:
        tx.execute(delete(t.series_level))
    plain = curve(one)
    assert (plain.points, plain.exact, plain.steps[-1]) == (40_000, False, 39_999)
    assert sorted(level_rows(one)) == kept
    assert curve(one) == before


def test_a_chunk_that_was_merged_meanwhile_gets_no_level(one: Database) -> None:
    write(one, points(2000), batch=2000)
    with one.transaction() as tx:
        tx.execute(delete(t.series_level))
        number = int(tx.execute(select(t.series_chunk.c.id)).scalar_one())
    levels.fill_levels(one, [(1, "loss", number, points(1999)), (1, "loss", number + 9, points(2000)), (1, "other", number, points(2000))])
    assert level_rows(one) == []
    levels.fill_levels(one, [(1, "loss", number, points(2000))] * 2)
    assert level_rows(one) == [(number, 2000, 2000)]


def test_sparse_ends_keep_their_shape(one: Database) -> None:
    steps = np.concatenate((np.arange(20_000), 20_000 + np.arange(1, 201) * 1000))
    whole = Series(steps, BEGAN + steps * 0.5, np.sin(steps / 500.0))
    write(one, whole)
    found = curve(one, buckets=100)
    assert len([step for step in found.steps if step > 30_000]) > 80  # a bucket of its own for every second point


def test_time_that_goes_back(one: Database) -> None:
    whole = points(20_000)
    whole = Series(whole.steps, whole.times[::-1].copy(), whole.values)
    write(one, whole)
    check(curve(one), whole)
    found = curve(one, axis="time")
    assert (found.steps[-1], found.points) == (0, 20_000)
    check(found, whole, "time")


def test_an_axis_that_there_is_not(one: Database) -> None:
    with pytest.raises(UsageError, match="axis"):
        curves.points(ReadPoints(runs=("1",), axis="epoch"), CALL, one)
