"""The difference of two versions, down to rows and columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.blobs import open_blobs
from treadle.core.operation import Call, asks_for, performer
from treadle.data import operations, work
from treadle.data.rules import Changes
from treadle.data.work import Desk
from treadle.store.database import Database

pl = pytest.importorskip("polars", reason="tables need polars: install treadle[tables]")
assert operations


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database(f"sqlite:///{tmp_path / 'treadle.db'}").prepare()
    blobs = open_blobs(tmp_path / "blobs", tmp_path / "cache")
    given = {"store": database, "blobs": blobs}

    def call(operation: Any, request: Any) -> Any:
        function = performer(operation.name)
        return function(request, Call(), **{name: given[name] for name in asks_for(function)})

    yield Desk(cache=tmp_path / "cache", blobs=blobs, call=call)
    database.close()


def test_versions_of_tables_differ_by_rows_and_columns(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "flights"
    folder.mkdir()
    pl.DataFrame({"id": [1, 2, 3], "x": [1, 2, 3]}).write_parquet(folder / "january.parquet")
    first = work.add(desk, folder, "flights").version
    assert (first.rows, first.columns) == (3, {"id": "Int64", "x": "Int64"})
    pl.DataFrame({"id": [1, 2, 4], "x": [1, 20, 4]}).write_parquet(folder / "january.parquet")
    pl.DataFrame({"id": [5], "x": [5]}).write_parquet(folder / "february.parquet")
    assert work.add(desk, folder, "flights").version.rows == 4
    found = work.diff(desk, "flights@v1", "flights", ["id"])
    assert (found.a, found.b) == ("flights@v1", "flights@v2")
    assert found.changes == Changes(added=("february.parquet",), changed=("january.parquet",))
    january = found.tables["january.parquet"]
    assert (january.rows_added, january.rows_removed, january.rows_changed, january.changed_columns) == (1, 1, 1, {"x": 1})
    assert found.whole is not None
    assert (found.whole.rows_added, found.whole.rows_removed, found.whole.rows_changed) == (2, 1, 1)


def test_files_on_this_machine_can_be_compared(desk: Desk, tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2]}).write_csv(tmp_path / "one.csv")
    pl.DataFrame({"a": [1, 3, 4]}).write_csv(tmp_path / "other.csv")
    found = work.diff(desk, str(tmp_path / "one.csv"), str(tmp_path / "other.csv"))
    (table,) = found.tables.values()
    assert (table.rows_added, table.rows_removed) == (2, 1)
    assert not work.diff(desk, str(tmp_path / "one.csv"), str(tmp_path / "one.csv")).changes


def test_other_files_differ_as_wholes(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "notes.txt").write_text("a")
    pl.DataFrame({"a": [1]}).write_csv(folder / "t.csv")
    assert work.add(desk, folder, "mixed").version.rows is None
    (folder / "notes.txt").write_text("b")
    work.add(desk, folder, "mixed")
    found = work.diff(desk, "mixed@v1", "mixed@v2")
    assert (found.changes.changed, found.tables, found.whole) == (("notes.txt",), {}, None)
    assert not work.diff(desk, "mixed@v2", "mixed").changes
