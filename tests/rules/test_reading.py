"""Differences of code, and what is shown of a file: pure parts of looking."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.core.errors import FormatError, UsageError
from treadle.data import preview
from treadle.runs.reading import differences

pl = pytest.importorskip("polars", reason="tables need polars")


def test_files_that_differ_are_told_as_unified_differences() -> None:
    before = {"a.py": (0o644, b"x = 1\ny = 2\n"), "gone.py": (0o644, b"z\n"), "same.py": (0o644, b"s\n")}
    after = {"a.py": (0o644, b"x = 1\ny = 3\n"), "new.bin": (0o644, b"\xff\xfe"), "same.py": (0o755, b"s\n")}
    found = {one.path: one for one in differences(before, after)}
    assert {path: one.state for path, one in found.items()} == {"a.py": "changed", "gone.py": "removed", "new.bin": "added"}
    assert found["a.py"].diff == "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n+y = 3\n"
    assert found["new.bin"].diff is None


def look(path: Path, rows: int = 3) -> preview.Preview:
    return preview.look(path, path.name, digest="d" * 64, size=path.stat().st_size, rows=rows)


def test_a_table_is_shown_with_what_its_columns_hold(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1.0, 2.0, None, 4.0], "word": ["a", "a", "b", None], "list": [[1], [2], [], None]})
    path = tmp_path / "t.parquet"
    frame.write_parquet(path)
    shown = look(path)
    assert (shown.kind, shown.counted, shown.whole, len(shown.rows)) == ("table", 4, True, 3)
    n, word, several = shown.columns
    assert (n.nulls, n.lowest, n.highest, n.distinct) == (1, 1.0, 4.0, 3)
    assert n.mean == pytest.approx(7 / 3)
    assert sum(one.rows for one in n.bins) == 3
    assert [(one.value, one.rows) for one in word.words] == [("a", 2), ("b", 1)]
    assert (several.distinct, several.words, several.nulls) == (None, (), 1)
    assert shown.rows[0] == (1.0, "a", "[1]")


def test_long_tables_are_counted_in_part_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "COUNTED", 10)
    monkeypatch.setattr(preview, "MOST_BYTES", 40)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{i},x\n" for i in range(50)))
    shown = look(path)
    assert (shown.whole, shown.rows[0]) == (False, (0, "x"))
    assert 0 < shown.counted <= 10


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [("a.json", b'{"a": 1}', "text"), ("a.png", b"\x89PNG", "image"), ("model.bin", b"\0\1", "bytes"), ("notes", b"words", "text")],
)
def test_what_is_no_table_is_shown_as_what_it_is(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert look(path).kind == kind


def test_files_that_lie_about_themselves_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"no parquet")
    with pytest.raises(FormatError, match="cannot be read as a table"):
        look(path)
    with pytest.raises(UsageError, match="rows"):
        look(path, rows=10_000)


def test_columns_that_moved_come_first() -> None:
    before = pl.DataFrame({"a": list(range(100)), "b": ["x"] * 100, "c": list(range(100)), "only": [0] * 100})
    after = pl.DataFrame({"a": list(range(50, 150)), "b": ["x"] * 75 + ["y"] * 25, "c": list(range(100))})
    found = preview.shifts(before, after)
    assert [(one.column, one.measure, round(one.distance, 6)) for one in found] == [
        ("a", "Kolmogorov-Smirnov", 0.5),
        ("b", "total variation", 0.25),
        ("c", "Kolmogorov-Smirnov", 0.0),
    ]
