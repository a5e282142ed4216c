"""Expectations on data: each kind held and broken, with counts and rows; suggestions; schemas of pandera."""

from __future__ import annotations

import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle import expect
from treadle.check import expecting
from treadle.core.errors import DataError, DefinitionError

DAY = datetime.date(2026, 1, 1)
FRAME = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "origin": ["EWR", "JFK", "JFK", None],
        "distance": [10.0, 200.0, float("nan"), None],
        "departs": [datetime.datetime(2026, 1, day) for day in (1, 2, 3, 4)],
        "arrives": [datetime.datetime(2026, 1, day) for day in (2, 2, 2, 5)],
        "day": [DAY, DAY, DAY, None],
    }
)


@pytest.mark.parametrize(
    ("expectation", "failing", "rows"),
    [
        (expect.present("id"), 0, []),
        (expect.present("origin", "distance"), 2, [2, 3]),
        (expect.between("distance", 5, 100), 1, [1]),
        (expect.between("distance", lowest=50), 1, [0]),
        (expect.between("departs", datetime.datetime(2026, 1, 2)), 1, [0]),
        (expect.between("origin", "F"), 1, [0]),
        (expect.one_of("origin", ["JFK"]), 1, [0]),
        (expect.one_of("id", [1, 2, 3]), 1, [3]),
        (expect.matches("origin", "^J"), 1, [0]),
        (expect.unique("id"), 0, []),
        (expect.unique("origin"), 2, [1, 2]),
        (expect.unique("origin", "id"), 0, []),
        (expect.relation("departs", "<=", "arrives"), 1, [2]),
        (expect.relation("departs", "!=", "arrives"), 1, [1]),
        (expect.that("small", pl.col("id") < 3), 2, [2, 3]),
    ],
    ids=repr,
)
def test_rows_that_break_an_expectation_are_counted_and_shown(expectation: expect.Expectation, failing: int, rows: list[int]) -> None:
    report = expect.look(FRAME, [expectation])
    (finding,) = report.findings
    assert (finding.failing, [example["row"] for example in finding.examples]) == (failing, rows)
    assert report.passed == (failing == 0)


def test_a_share_of_rows_may_break_it() -> None:
    assert expect.look(FRAME, [expect.present("origin", share=0.25)]).passed
    assert not expect.look(FRAME, [expect.present("origin", share=0.24)]).passed


def test_missing_values_break_presence_and_nothing_else() -> None:
    only_missing = pl.DataFrame({"x": [float("nan"), None], "y": [None, 1.0], "w": pl.Series([None, None], dtype=pl.String)})
    asked = [expect.between("x", 0, 1), expect.relation("x", "<", "y"), expect.one_of("w", ["a"]), expect.matches("w", "a")]
    assert expect.look(only_missing, asked).passed
    assert expect.look(only_missing, [expect.present("x")]).findings[0].failing == 2


def test_schemas_name_what_differs() -> None:
    types = {"id": "whole", "origin": "text", "distance": "number", "departs": "moment", "day": "date"}
    assert expect.look(FRAME, [expect.schema(types), expect.schema({"id": "Int64", "departs": "Datetime", "arrives": "any"})]).passed
    (wrong,) = expect.look(FRAME, [expect.schema({"id": "text", "gone": "any"}, exact=True)]).findings
    assert "`id` is Int64 and not text; there is no column `gone`; `origin` is one column too many" in wrong.sentence


def test_rows_and_their_change() -> None:
    assert expect.look(FRAME, [expect.rows(at_least=4, at_most=4)]).passed
    assert not expect.look(FRAME, [expect.rows(at_least=5)]).passed
    change = expect.row_change(at_most=0.5)
    assert expect.look(FRAME, [change]).findings[0].state == "skipped"
    assert expect.look(FRAME, [change], reference=FRAME.head(3)).passed
    assert "4 rows after 2 (+100%)" in expect.look(FRAME, [change], reference=FRAME.head(2)).findings[0].sentence


def test_freshness_is_the_age_of_the_newest_value() -> None:
    of = datetime.datetime(2026, 1, 6, tzinfo=datetime.UTC)
    assert expect.look(FRAME, [expect.fresh("arrives", within="24h", of=of)]).passed
    assert not expect.look(FRAME, [expect.fresh("departs", within="24h", of="2026-01-06")]).passed
    assert not expect.look(FRAME, [expect.fresh("arrives", within="1h")]).passed
    assert "no date" in expect.look(FRAME, [expect.fresh("id", within="1h")]).findings[0].sentence


def test_distributions_are_compared_with_the_reference() -> None:
    before = pl.DataFrame({"x": [i % 100 for i in range(2000)], "k": ["a", "b"] * 1000})
    moved = before.with_columns(x=pl.col("x") + 60)
    assert expect.look(before, [expect.distribution()], reference=before).passed
    report = expect.look(moved, [expect.distribution("x"), expect.distribution("k")], reference=before)
    assert [one.state for one in report.findings] == ["failed", "passed"]
    assert expect.look(FRAME, [expect.distribution("id")], reference=FRAME).findings[0].state == "skipped"


def test_what_cannot_be_asked_is_broken_and_said() -> None:
    report = expect.look(FRAME, [expect.present("gone"), expect.matches("id", "x"), expect.between("origin", 3)])
    sentences = [one.sentence for one in report.findings]
    assert sentences[0] == "there is no column `gone`"
    assert "a pattern looks at text" in sentences[1]
    assert "cannot be asked" in sentences[2]
    assert [one.state for one in report.findings] == ["failed"] * 3


def test_all_of_them_are_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(pl.DataFrame, "lazy", _large_only(pl.DataFrame.lazy, calls))
    expect.look(FRAME, [expect.present("id"), expect.between("id", 0), expect.unique("id"), expect.fresh("day", within="1d")])
    assert calls == [FRAME.height]


def _large_only(lazy: Any, calls: list[int]) -> Any:
    """Notes each time the table itself is scanned; looks at empty tables (of types only) are not counted."""

    def noted(self: pl.DataFrame) -> Any:
        if self.width == FRAME.width and self.height:
            calls.append(self.height)
        return lazy(self)

    return noted


def test_check_raises_with_counts_and_a_row() -> None:
    with pytest.raises(DataError, match=r"1 of 2 expectations are broken: `origin` present: 1 of 4 rows") as error:
        expect.check(FRAME, [expect.present("id"), expect.present("origin")])
    assert error.value.hint is not None
    assert "'row': 3" in error.value.hint
    assert expect.check(FRAME, [expect.present("id")]).rows == 4
    with pytest.raises(DataError, match="not at int"):
        expect.look(3, [])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no expectation"):
        expect.look(FRAME, ["id"])


def test_tables_of_other_libraries_are_looked_at() -> None:
    pandas = pytest.importorskip("pandas")
    assert expect.look(pandas.DataFrame({"x": [1, 2]}), [expect.unique("x")]).passed
    assert expect.look(FRAME.lazy(), [expect.unique("id")]).rows == 4


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: expect.present(),
        lambda: expect.between("x"),
        lambda: expect.one_of("x", "abc"),
        lambda: expect.matches("x", "("),
        lambda: expect.relation("x", "=", "y"),
        lambda: expect.rows(),
        lambda: expect.fresh("x", within="soon"),
        lambda: expect.present("x", share=2),
    ],
)
def test_senseless_expectations_are_refused(wrong: Any) -> None:
    with pytest.raises(DefinitionError):
        wrong()


def test_suggestions_hold_and_can_be_pasted() -> None:
    frame = pl.DataFrame(
        {
            "key": range(100),
            "word": ['a "quoted" word', "b"] * 50,
            "some": [None, *range(99)],
            "flag": [0, 1] * 50,
            "start": [datetime.datetime(2026, 1, 1)] * 100,
            "end": [datetime.datetime(2026, 1, 2)] * 100,
            "x": [value / 7 for value in range(100)],
        }
    )
    found = expect.suggest(frame)
    assert expect.look(frame, found).passed
    kinds = [one.kind for one in found]
    assert {"schema", "present", "one_of", "between", "unique", "relation", "rows"} <= set(kinds)
    made: dict[str, Any] = {}
    exec(expect.source(found, "KNOWN"), made)
    assert made["KNOWN"] == found
    assert not expect.look(frame.with_columns(x=pl.col("x") + 100), found).passed
    with pytest.raises(DataError, match="suggests nothing"):
        expect.suggest(frame.head(0))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=32)), min_size=1, max_size=60))
def test_what_is_suggested_holds_for_any_numbers(values: list[float | None]) -> None:
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)})
    assert expect.look(frame, expect.suggest(frame)).passed


def test_evidence_is_plain_data() -> None:
    report = expect.look(FRAME, [expect.between("departs", datetime.datetime(2027, 1, 1)), expect.present("distance")])
    assert report.evidence()["expectations"][0]["examples"][0]["departs"] == "2026-01-01T00:00:00"
    assert isinstance(report, expecting.Report)


def test_schemas_of_pandera_are_accepted() -> None:
    pytest.importorskip("pandera", reason="pandera is not installed")
    import pandera.polars as pa

    schema = pa.DataFrameSchema({"id": pa.Column(int, pa.Check.lt(3))})
    report = expect.look(FRAME.select("id"), schema)
    assert not report.passed
    assert report.broken[0].failing == 2
    assert expect.look(FRAME.select("id").head(2), schema).passed

    class Flights(pa.DataFrameModel):
        id: int = pa.Field(gt=1)

    assert not expect.look(FRAME.select("id"), Flights).passed


def test_pandas_schemas_of_pandera_are_accepted() -> None:
    pytest.importorskip("pandera", reason="pandera is not installed")
    pytest.importorskip("pandas")
    import pandera.pandas as pa

    schema = pa.DataFrameSchema({"id": pa.Column(int, pa.Check.gt(0))})
    assert expect.look(FRAME.select("id"), schema).passed
    assert not expect.look(FRAME.select(pl.col("id") - 3), schema).passed
