"""Profiles: counts that add up, whatever is in the columns."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.core.errors import DataError, UsageError
from treadle.statistics.columns import KEPT, Column, estimate_distinct, fingerprint, fingerprints, quantile_edges
from treadle.statistics.profile import Profile, as_window, decode, empty, encode, merge, reference, window, window_from_arrays
from treadle.statistics.tally import Tally

pl = pytest.importorskip("polars", reason="tables need polars: install treadle[monitoring]")

TABLE = {
    "amount": [1.5, 2.5, None, float("nan"), 4.0, float("inf"), -3.0, 2.5],
    "count": [1, 2, 3, 4, 5, 6, 7, 8],
    "place": ["a", "b", "a", None, "c", "a", "b", "a"],
    "late": [True, False, True, True, None, False, False, True],
    "day": [date(2026, 1, day) for day in range(1, 9)],
}
REFERENCE = reference(TABLE)
numbers = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=64), st.integers(-(2**70), 2**70))
rows = st.lists(
    st.tuples(numbers, st.integers(-5, 20), st.one_of(st.none(), st.sampled_from("abcdé")), st.one_of(st.none(), st.booleans())),
    max_size=20,
)


def counted(table: list[Any]) -> Profile:
    amount, count, place, late = zip(*table, strict=True) if table else ((), (), (), ())
    return window_from_arrays({"amount": list(amount), "count": list(count), "place": list(place), "late": list(late)}, REFERENCE)


def exact(profile: Profile) -> Any:
    """All that is counted: what is left are mean and spread, which add up to rounding, and the type, which the first value tells."""
    bare = {name: msgspec.structs.replace(column, mean=0.0, squares=0.0, type="") for name, column in profile.columns.items()}
    return msgspec.to_builtins(msgspec.structs.replace(profile, columns=bare))


def test_a_reference_describes_each_kind() -> None:
    columns = REFERENCE.columns
    assert {name: column.kind for name, column in columns.items()} == {
        "amount": "number",
        "count": "number",
        "place": "category",
        "late": "boolean",
        "day": "date",
    }
    amount = columns["amount"]
    assert (amount.rows, amount.nulls, amount.nans, amount.infinite, amount.values, amount.finite) == (8, 1, 1, 1, 6, 5)
    assert (amount.least, amount.most, amount.mean) == (-3.0, 4.0, pytest.approx(1.5))
    assert amount.spread == pytest.approx(float(np.std([1.5, 2.5, 4.0, -3.0, 2.5])))
    assert sum(amount.counts) == 6
    assert amount.outside == 1  # infinity lies above the greatest number
    assert (columns["place"].names, columns["place"].counts, columns["place"].distinct) == (("a", "b", "c"), (4, 2, 1), 3)
    assert (columns["late"].names, columns["late"].counts, columns["late"].nulls) == (("false", "true"), (3, 4), 1)
    assert columns["day"].least == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@given(rows, rows, rows)
@settings(max_examples=60, deadline=None)
def test_merging_is_associative_and_is_counting_together(a: list[Any], b: list[Any], c: list[Any]) -> None:
    one, two, three = counted(a), counted(b), counted(c)
    left, right = merge(merge(one, two), three), merge(one, merge(two, three))
    assert exact(left) == exact(right) == exact(merge(merge(three, one), two))
    whole = counted([*a, *b, *c])
    assert exact(whole) == exact(left)
    for name, column in whole.columns.items():
        if column.finite and column.most is not None and column.least is not None and max(abs(column.most), abs(column.least)) < 1e100:
            size = max(abs(column.most), abs(column.least), 1.0)
            assert left.columns[name].mean == pytest.approx(column.mean, abs=1e-9 * size)
            assert left.columns[name].squares == pytest.approx(column.squares, abs=1e-9 * size * size * 60)
    assert exact(merge(whole, empty(REFERENCE))) == exact(whole)


def test_a_tally_counts_what_a_table_counts() -> None:
    rng = np.random.default_rng(3)
    table = {
        "x": rng.normal(1e6, 3, 500),
        "k": rng.integers(0, 40, 500).astype(str).tolist(),
        "t": [f"row {value}" for value in rng.integers(0, 10**9, 500)],
        "late": (rng.random(500) < 0.3).tolist(),
        "at": [datetime(2026, 1, 1, int(hour)) for hour in rng.integers(0, 24, 500)],
    }
    before = reference(table, kinds={"t": "text"})
    tally = Tally(before)
    for start in range(0, 500, 70):
        tally.add({name: values[start : start + 70] for name, values in table.items()})
    slow, quick = window(table, before), tally.profile()
    for name, column in slow.columns.items():
        other = quick.columns[name]
        assert (column.counts, column.buckets, column.smallest, column.rows, column.nulls) == (
            other.counts,
            other.buckets,
            other.smallest,
            other.rows,
            other.nulls,
        )
        assert other.mean == pytest.approx(column.mean, rel=1e-12)
        assert other.squares == pytest.approx(column.squares, rel=1e-6)
    assert as_window(before).columns["x"].counts == slow.columns["x"].counts


def test_parquet_pandas_arrow_and_dicts_give_one_profile(tmp_path: Path) -> None:
    frame = pl.DataFrame(TABLE, strict=False)
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")
    tables = [tmp_path / "t.parquet", str(tmp_path / "t.parquet"), frame, frame.lazy(), frame.to_arrow(), TABLE]
    assert {encode(reference(table)) for table in tables} == {encode(REFERENCE)}
    pandas = pytest.importorskip("pandas")
    assert reference(pandas.DataFrame(TABLE)).columns["place"].counts == (4, 2, 1)
    assert reference(tmp_path / "t.csv").columns["count"].counts == REFERENCE.columns["count"].counts
    with pytest.raises(DataError):
        reference(tmp_path / "missing.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"no parquet at all")
    with pytest.raises(DataError):
        reference(tmp_path / "bad.parquet")
    with pytest.raises(UsageError):
        reference(7)
    with pytest.raises(UsageError):
        reference(TABLE, kinds={"nothing": "number"})


def test_large_tables_are_sorted_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=5000)
    whole = reference({"x": values})
    monkeypatch.setattr("treadle.statistics.reading.PIECE", 700)
    pieces = reference({"x": values})
    assert sum(pieces.columns["x"].counts) == 5000
    assert pieces.columns["x"].edges[0] == whole.columns["x"].edges[0]
    assert max(pieces.columns["x"].counts) <= 3 * 5000 / 128
    assert window({"x": values}, whole).columns["x"].counts == as_window(whole).columns["x"].counts
    assert pieces.columns["x"].squares == pytest.approx(whole.columns["x"].squares)


def test_windows_are_small_and_hold_no_rows() -> None:
    rng = np.random.default_rng(1)
    table: dict[str, Any] = {f"n{place}": rng.lognormal(0, 1, 20_000) for place in range(20)}
    table |= {f"c{place}": rng.integers(0, 10 * place + 2, 20_000).astype(str) for place in range(10)}
    before = reference(table)
    now = window(table, before)
    assert len(encode(before)) < 70_000
    assert len(encode(now)) < 30_000
    assert decode(encode(now)) == now
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(before), type=Profile) == before
    with pytest.raises(UsageError):
        decode(b"{}")
    with pytest.raises(UsageError):
        merge(now, window(TABLE, REFERENCE))


def test_edge_columns() -> None:
    before = reference(
        {"x": [3.0, 3.0, 3.0], "none": pl.Series([None] * 3, dtype=pl.Float64), "list": [[1], [2], None], "big": [2**62, 1, 2]}
    )
    assert before.columns["x"].edges == (np.nextafter(3.0, -np.inf), 3.0)
    assert before.columns["x"].counts == (0, 3, 0)
    assert before.columns["none"].edges == ()
    assert (before.columns["list"].kind, before.columns["list"].nulls) == ("other", 1)
    now = window_from_arrays({"x": ["4", None, "no"], "none": [1.0, 2.0, None], "big": [2**80, 10**400, 1]}, before)
    assert (now.columns["x"].counts, now.columns["x"].mistyped, now.columns["x"].nulls) == ((0, 0, 1), 1, 1)
    assert now.columns["none"].counts == (2,)
    assert (now.columns["big"].infinite, now.columns["big"].outside) == (1, 2)
    assert (now.columns["list"].rows, now.columns["list"].type) == (0, "")
    assert reference({}).rows == 0
    nothing = reference(pl.DataFrame(schema={"x": pl.Float64, "k": pl.String}))
    assert (nothing.rows, window({"x": [1.0], "k": ["a"]}, nothing).columns["k"].unseen) == (0, 1)
    with pytest.raises(DataError):
        window_from_arrays({"x": [1.0], "big": [1, 2]}, before)


def test_a_window_is_read_as_its_reference_is() -> None:
    before = reference({"code": [1, 2, 2, 3], "n": [1.0, 2.0, 3.0, 4.0], "late": [True, False, True, True]}, kinds={"code": "category"})
    table = {"code": [1.0, None, 2.0, 9.0], "n": ["1", "x", None, "7"], "late": ["true", "FALSE", "1", "maybe"], "new": [1, 2, 3, 4]}
    for now in (window(table, before), window_from_arrays(table, before)):
        assert (now.columns["code"].counts, now.columns["code"].nulls) == ((1, 1, 0), 1)  # the names are 2, 1, 3
        assert now.columns["code"].unseen_names == {"9": 1}
        assert (now.columns["n"].mistyped, now.columns["n"].nulls, now.columns["n"].outside) == (1, 1, 1)
        assert (now.columns["late"].counts, now.columns["late"].mistyped) == ((1, 2), 1)
        assert list(now.extra) == ["new"]


def test_many_unseen_names_are_kept_by_hash_and_exactly_counted() -> None:
    before = reference({"k": ["a", "b"]})
    parts = [
        window_from_arrays({"k": [f"new {value}" for value in range(start, start + 900)] * 2}, before) for start in range(0, 2700, 450)
    ]
    whole = parts[0]
    for part in parts[1:]:
        whole = merge(whole, part)
    column = whole.columns["k"]
    assert (column.unseen, len(column.unseen_names), sum(column.buckets)) == (6 * 1800, KEPT, 6 * 1800)
    assert all(count == (2 if int(name[4:]) < 450 or int(name[4:]) >= 2700 else 4) for name, count in column.unseen_names.items())


def test_texts_are_hashed() -> None:
    values = [f"customer {place}" for place in range(3000)]
    column = reference({"t": values}).columns["t"]
    assert (column.kind, column.names, sum(column.buckets)) == ("text", (), 3000)
    assert column.distinct == pytest.approx(3000, rel=0.25)
    assert (column.least, column.most) == (10.0, 13.0)
    long = reference({"k": ["x" * 500, "x" * 501]}).columns["k"]
    assert all(len(name) < 120 for name in long.names)
    assert len(set(long.names)) == 2


def test_hashes_are_the_same_everywhere() -> None:
    assert fingerprint("treadle") == int(fingerprints(["other", "treadle"])[1]) == 3589944681992817
    buckets = np.bincount(fingerprints([str(value) for value in range(64_000)]) % 64, minlength=64)
    assert 850 < buckets.min() <= buckets.max() < 1150
    smallest = sorted(int(value) for value in fingerprints([f"{value}" for value in range(100_000)]))[:256]
    assert estimate_distinct(smallest) == pytest.approx(100_000, rel=0.25)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=200), st.integers(2, 64))
@settings(deadline=None)
def test_edges_enclose_and_rise(values: list[float], bins: int) -> None:
    ordered = np.sort(np.array(values))
    edges = quantile_edges(ordered, bins)
    assert all(a < b for a, b in pairwise(edges))
    assert edges[-1] == ordered[-1]
    assert edges[0] < ordered[0]
    assert len(edges) <= bins + 1


def test_moments_survive_a_large_mean() -> None:
    values = np.random.default_rng(0).normal(0, 1, 1000) + 1e9
    before = reference({"x": values})
    tally = Tally(before)
    tally.add({"x": values})
    assert tally.profile().columns["x"].spread == pytest.approx(float(values.std()), rel=1e-6)
    assert math.isclose(before.columns["x"].spread, float(values.std()), rel_tol=1e-9)
    assert Column(kind="number").spread == 0.0


def test_an_endpoint_loads_numpy_only() -> None:
    """Counting a stream, sequential tests and alarms run in the process that answers: they load no table library and no scipy."""
    code = (
        "import treadle.statistics.profile, treadle.statistics.tally, treadle.statistics.sequential, treadle.statistics.stream, "
        "treadle.statistics.verdict, treadle.statistics.drift, treadle.statistics.quality, sys; print(' '.join(sys.modules))"
    )
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"polars", "pandas", "scipy", "sklearn", "sqlalchemy", "pyarrow"}
