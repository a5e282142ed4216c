"""How two tables differ."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treadle.core.errors import DataError, UsageError
from treadle.data.tables import Table, compare, facts, is_table

pl = pytest.importorskip("polars", reason="tables need polars: install treadle[tables]")


@pytest.fixture
def table(tmp_path: Path) -> Any:
    counter = iter(range(100_000))

    def make(columns: dict[str, Any], kind: str = "parquet", **options: Any) -> Table:
        path = tmp_path / f"{next(counter)}.{kind}"
        frame = pl.DataFrame(columns, **options)
        if kind == "parquet":
            frame.write_parquet(path)
        else:
            frame.write_csv(path, separator="\t" if kind == "tsv" else ",")
        return Table(path.name, path)

    return make


def test_facts_are_rows_and_columns(table: Any, tmp_path: Path) -> None:
    columns = {"n": [1, 2, 3], "name": ["a", "b", None], "day": [date(2026, 1, 1)] * 3}
    for kind in ("parquet", "csv", "tsv"):
        found = facts([table(columns, kind), table(columns, kind)])
        assert found is not None
        assert (found.rows, found.columns) == (6, {"n": "Int64", "name": "String", "day": "Date"})
    assert facts([table({"a": [1]}), table({"b": [1]})]) is None
    (tmp_path / "broken.parquet").write_bytes(b"this is no parquet")
    assert facts([Table("broken.parquet", tmp_path / "broken.parquet")]) is None
    assert [name for name in ("a.CSV", "a.tsv", "b/c.parquet", "a.pq", "csv", "a.csv.bak") if is_table(name)] == [
        "a.CSV",
        "a.tsv",
        "b/c.parquet",
        "a.pq",
    ]


def test_columns_come_go_and_change_type(table: Any) -> None:
    found = compare(
        [table({"same": [1, 2], "gone": [1, 2], "typed": [1, 2]})], [table({"same": [1, 2], "typed": [1.0, 2.0], "new": ["a", "b"]})]
    )
    assert found.columns_added == {"new": "String"}
    assert found.columns_removed == {"gone": "Int64"}
    assert found.columns_retyped == {"typed": ("Int64", "Float64")}
    assert (found.rows_added, found.rows_removed) == (0, 0)
    assert found


def test_equal_tables_in_another_order_do_not_differ(table: Any) -> None:
    assert not compare(
        [table({"a": [1, 2, 2, None], "b": ["x", "y", "y", None]})], [table({"b": [None, "y", "x", "y"], "a": [None, 2, 1, 2]})]
    )
    nested = {"l": [[1, 2], []], "s": [{"a": 1}, {"a": None}], "f": [float("nan"), -0.0]}
    assert not compare([table(nested)], [table(nested)])


def test_with_a_key_rows_change_without_one_they_are_replaced(table: Any) -> None:
    before = table({"id": [1, 2, 3, 4], "x": [1.0, 2.0, None, 4.0], "y": ["a", "b", "c", "d"]})
    after = table({"id": [2, 3, 4, 5], "x": [2.0, None, 4.5, 5.0], "y": ["b", "C", "D", "e"]})
    found = compare([before], [after], ["id"])
    assert (found.rows_added, found.rows_removed, found.rows_changed) == (1, 1, 2)
    assert found.changed_columns == {"x": 1, "y": 2}
    plain = compare([before], [after])
    assert (plain.rows_added, plain.rows_removed, plain.rows_changed) == (3, 3, None)


def test_a_key_must_exist_and_be_unique(table: Any) -> None:
    one = table({"id": [1, 1], "part": [1, 2], "x": [1, 2]})
    with pytest.raises(UsageError, match="no key column `key`"):
        compare([one], [one], ["key"])
    with pytest.raises(DataError, match="not unique"):
        compare([one], [one], ["id"])
    assert compare([one], [one], ["id", "part"]).rows_changed == 0


def test_null_is_a_key_like_any_other(table: Any) -> None:
    found = compare([table({"id": [None, 1], "x": [1, 2]})], [table({"id": [None, 1], "x": [9, 2]})], ["id"])
    assert (found.rows_added, found.rows_removed, found.rows_changed) == (0, 0, 1)


def test_several_files_are_one_table(table: Any) -> None:
    whole = table({"id": list(range(10)), "x": list(range(10))})
    parts = [table({"id": list(range(5)), "x": list(range(5))}), table({"id": list(range(5, 10)), "x": list(range(5, 10))}, "csv")]
    assert not compare([whole], parts)
    assert not compare([whole], parts, ["id"])
    assert (compare([], parts).rows_added, compare(parts, []).rows_removed) == (10, 10)


def test_a_file_that_is_no_table_is_named(table: Any, tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"this is no parquet")
    with pytest.raises(DataError) as caught:
        compare([Table("broken.parquet", tmp_path / "broken.parquet")], [table({"a": [1]})])
    assert "broken.parquet" in str(caught.value.where)


rows = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None])), max_size=8)


@given(rows, rows)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_rows_are_compared_as_multisets(table: Any, before: list[tuple[int, str]], after: list[tuple[int, str]]) -> None:
    schema = {"n": pl.Int64, "s": pl.String}
    found = compare(
        [table(dict(zip("ns", zip(*before, strict=True), strict=True)) if before else {"n": [], "s": []}, schema=schema)],
        [table(dict(zip("ns", zip(*after, strict=True), strict=True)) if after else {"n": [], "s": []}, schema=schema)],
    )
    assert found.rows_added == (Counter(after) - Counter(before)).total()
    assert found.rows_removed == (Counter(before) - Counter(after)).total()
