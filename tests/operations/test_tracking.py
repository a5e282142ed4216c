"""From spool bytes to parameters, tags, notes, metrics and curves, on both dialects."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, insert, select

from treadle.contract.tracking import ListMetrics, NoteRun, ReadPoints, TagRun, frame
from treadle.core.errors import Damaged, UnknownRun, UsageError
from treadle.core.ids import friendly_name
from treadle.core.operation import Call
from treadle.sdk.spool import column_records
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import curves, names, operations
from treadle.tracking.refs import find_run

CALL = Call(actor="ada")


def add_run(tx: Transaction, id: int, **more: Any) -> None:
    row = {
        "id": id,
        "key": f"key-{id}",
        "project": "default",
        "kind": "step",
        "name": friendly_name(id),
        "step": "train",
        "state": "running",
        "root": id,
        "definition": "d",
        "parameters": {},
        "bindings": {},
        "options": {},
        "waiting": 0,
        "not_before": 0.0,
        "engine": "local",
        "attempts": 1,
        "failures": 0,
        "losses": 0,
        "stop_requested": False,
        "queued_at": 1000.0 + id,
        "actor": "ada",
    }
    tx.execute(insert(t.run), {**row, **more})


def bytes_of(*records: dict[str, Any]) -> bytes:
    return b"".join(frame(record) for record in records)


def points(at: float, step: int | None, **metrics: float) -> dict[str, Any]:
    return {"k": "p", "t": at, "s": step, "m": metrics}


def ship(database: Database, run: int, *records: dict[str, Any], offset: int = 0) -> None:
    with database.transaction() as tx:
        operations.ingest(tx, run, "attempt", offset, bytes_of(*records))


@pytest.fixture
def one(database: Database) -> Database:
    with database.transaction() as tx:
        add_run(tx, 1)
    return database


def metric(database: Database, name: str, run: int = 1) -> Any:
    with database.reading() as tx:
        return tx.first(select(t.metric).where(t.metric.c.run == run, t.metric.c.name == name))


def test_points_become_summaries_and_curves(one: Database) -> None:
    ship(one, 1, points(10.0, 0, loss=3.0), points(11.0, 1, loss=1.0, acc=0.5), points(12.0, 2, loss=2.0))
    loss = metric(one, "loss")
    assert (loss.last, loss.last_step, loss.lowest, loss.highest, loss.points, loss.at) == (2.0, 2, 1.0, 3.0, 3, 12.0)
    [acc, curve] = curves.points(ReadPoints(runs=("1",)), CALL, one)
    assert (acc.name, acc.values, curve.name) == ("acc", [0.5], "loss")
    assert (curve.steps, curve.times, curve.values, curve.exact) == ([0, 1, 2], [10.0, 11.0, 12.0], [3.0, 1.0, 2.0], True)


def test_later_shipments_merge_with_what_is_known(one: Database) -> None:
    ship(one, 1, points(10.0, 5, loss=3.0))
    ship(one, 1, points(9.0, 4, loss=9.0), offset=50)  # an earlier step that arrives late is not the last
    ship(one, 1, points(11.0, 5, loss=-1.0), offset=90)  # of equal steps the later time is the last
    loss = metric(one, "loss")
    assert (loss.last, loss.last_step, loss.lowest, loss.highest, loss.points) == (-1.0, 5, -1.0, 9.0, 3)
    [curve] = curves.points(ReadPoints(runs=("1",), names=("loss",)), CALL, one)
    assert (curve.steps, curve.values) == ([4, 5, 5], [9.0, 3.0, -1.0])


def test_not_a_number_and_infinities(one: Database) -> None:
    ship(one, 1, points(1.0, 0, loss=math.nan, up=math.inf), points(2.0, 1, loss=4.0), points(3.0, 2, loss=math.nan))
    loss, up = metric(one, "loss"), metric(one, "up")
    assert (loss.last, loss.lowest, loss.highest, loss.points) == (None, 4.0, 4.0, 3)
    assert (up.last, up.highest) == (math.inf, math.inf)
    [curve] = curves.points(ReadPoints(runs=("1",), names=("loss",)), CALL, one)
    assert curve.values == [None, 4.0, None]


def test_points_without_a_step_count_on_per_metric(one: Database) -> None:
    ship(one, 1, points(1.0, None, loss=1.0), points(2.0, None, loss=2.0, acc=0.1), points(3.0, 10, loss=3.0))
    ship(one, 1, points(4.0, None, loss=4.0, acc=0.2))
    found = curves.points(ReadPoints(runs=("1",)), CALL, one)
    assert [(curve.name, curve.steps) for curve in found] == [("acc", [0, 1]), ("loss", [0, 1, 10, 11])]


def test_columns_of_many_points(one: Database) -> None:
    values = np.sin(np.arange(300_000) / 1000.0)
    records = list(column_records({"wave": values, "flat": np.zeros(300_000)}, None, None, 5.0))
    assert len(records) > 1
    ship(one, 1, *records)
    wave = metric(one, "wave")
    assert (wave.points, wave.last_step, wave.last) == (300_000, 299_999, values[-1])
    [curve] = curves.points(ReadPoints(runs=("1",), names=("wave",), buckets=100), CALL, one)
    assert len(curve.steps) == 100
    assert not curve.exact
    assert (max(x for x in curve.highest if x), min(x for x in curve.lowest if x)) == (values.max(), values.min())
    [part] = curves.points(ReadPoints(runs=("1",), names=("wave",), start=10, end=19), CALL, one)
    assert (part.steps, part.values, part.exact) == (list(range(10, 20)), values[10:20].tolist(), True)


def test_a_curve_that_comes_point_by_point_does_not_stay_in_crumbs(one: Database) -> None:
    for step in range(300):
        ship(one, 1, points(float(step), step, loss=float(step)), offset=step)
    with one.reading() as tx:
        row = tx.first(select(func.count(), func.sum(t.series_chunk.c.points)).where(t.series_chunk.c.run == 1))
    assert row is not None
    assert (row[0] <= 10, row[1]) == (True, 300)
    [curve] = curves.points(ReadPoints(runs=("1",)), CALL, one)
    assert curve.values == [float(step) for step in range(300)]


def test_parameters_tags_and_notes(one: Database) -> None:
    ship(
        one,
        1,
        {"k": "params", "t": 1.0, "v": {"lr": 0.1, "model": {"depth": 3, "name": "oak"}, "flag": True, "sizes": [1, 2], "none": None}},
        {"k": "tag", "t": 1.0, "v": {"team": "blue", "gone": "x"}},
        {"k": "note", "t": 1.0, "v": "first"},
    )
    ship(
        one,
        1,
        {"k": "params", "t": 2.0, "v": {"lr": 0.2}},
        {"k": "tag", "t": 2.0, "v": {"gone": None}},
        {"k": "note", "t": 2.0, "v": "second"},
    )
    with one.reading() as tx:
        rows = {row.name: (row.text, row.number) for row in tx.all(select(t.parameter))}
        tags = {row.name: row.value for row in tx.all(select(t.tag))}
        noted = tx.first(select(t.run.c.note))
    assert rows == {
        "lr": ("0.2", 0.2),
        "model.depth": ("3", 3.0),
        "model.name": ("oak", None),
        "flag": ("true", None),
        "sizes": ("[1,2]", None),
        "none": ("null", None),
    }
    assert tags == {"team": "blue"}
    assert noted is not None
    assert noted.note == "first\nsecond"


def test_odd_words_do_no_harm(one: Database) -> None:
    """Zero characters, endless names and records that lack what they promise cost nobody else's points."""
    ship(
        one,
        1,
        {"k": "p", "t": 1.0, "s": 2**63, "m": {"far": 1.0}},
        {"k": "p", "t": 1.0, "s": "three", "m": {"odd": 1.0}},
        {"k": "c", "t": 1.0, "n": 5, "names": ["short"], "steps": None, "times": None, "values": [b"1234"]},
        {"k": "unheard of"},
        {"k": "tag", "t": 1.0, "v": {"a\0b": "x\0", "long": "ü" * 5000}},
        {"k": "params", "t": 1.0, "v": {"n" * 5000: 2**63, "text": "\0"}},
        points(2.0, 1, **{"m" * 5000: 1.0, "fine": 1.0}),
    )
    assert metric(one, "fine").points == 1
    with one.reading() as tx:
        row = tx.first(select(t.run.c.note))
    assert row is not None
    assert row.note == "3 records of its spool could not be understood"


def test_damaged_bytes_are_refused_as_a_whole(one: Database) -> None:
    with pytest.raises(Damaged), one.transaction() as tx:
        operations.ingest(tx, 1, "attempt", 0, bytes_of(points(1.0, 0, loss=1.0)) + b"\xff\xff\xff\xff rest")
    assert metric(one, "loss") is None


def test_a_wide_record_is_one_transaction_of_few_statements(one: Database) -> None:
    ship(one, 1, points(1.0, 0, **{f"m{i}": float(i) for i in range(2000)}))
    ship(one, 1, points(2.0, 1, **{f"m{i}": float(i) for i in range(2000)}))
    assert len(curves.points(ReadPoints(runs=("1",)), CALL, one)) == 2000
    assert metric(one, "m1999").points == 2


def test_tags_and_notes_from_outside(one: Database) -> None:
    assert operations.tag(TagRun(run="1", tags={"team": "red", "stage": "x"}), CALL, one).tags == {"team": "red", "stage": "x"}
    assert operations.tag(TagRun(run="@-1", tags={"stage": None}), CALL, one).tags == {"team": "red"}
    assert operations.note(NoteRun(run=friendly_name(1), text=" kept "), CALL, one).note == "kept"
    assert operations.note(NoteRun(run="1", text=""), CALL, one).note is None
    with pytest.raises(UsageError):
        operations.tag(TagRun(run="1", tags={"": "x"}), CALL, one)
    with one.reading() as tx:
        assert [row.kind for row in tx.all(select(t.journal.c.kind).order_by(t.journal.c.id))] == ["run.tagged"] * 2 + ["run.noted"] * 2


def test_known_names(one: Database) -> None:
    ship(one, 1, points(1.0, 0, **{"train/loss": 1.0, "auc": 1.0, "AUC2": 1.0}), {"k": "tag", "t": 1.0, "v": {"team": "a"}})
    assert names.names(ListMetrics(), CALL, one).metrics == ("AUC2", "auc", "train/loss")
    assert names.names(ListMetrics(prefix="a"), CALL, one).metrics == ("auc",)
    assert names.names(ListMetrics(), CALL, one).tags == ("team",)
    assert names.names(ListMetrics(), Call(project="other"), one).metrics == ()


def test_questions_with_wrong_numbers(one: Database) -> None:
    for buckets in (0, 20_001):
        with pytest.raises(UsageError):
            curves.points(ReadPoints(runs=("1",), buckets=buckets), CALL, one)
    with pytest.raises(UsageError):
        curves.points(ReadPoints(runs=("1",) * 201), CALL, one)


def test_a_run_is_found_by_what_people_call_it(database: Database) -> None:
    with database.transaction() as tx:
        for id, name in ((1, "brisk-otter"), (2, "brisk-owl"), (3, "calm-elk"), (4, "calm-elk")):
            add_run(tx, id, name=name)
        add_run(tx, 5, name="child-run", parent=4)
        add_run(tx, 6, name="else-where", project="other")
        assert [find_run(tx, text, "default") for text in ("2", "brisk-owl", "calm-elk", "brisk-ot", "calm", "@-1", "@-2", " 3 ")] == [
            2,
            2,
            4,
            1,
            4,
            4,
            3,
            3,
        ]
        wrong = {
            "brisk-ottr": "did you mean `brisk-otter`?",
            "77": "the newest is run 5 child-run; `treadle runs` lists them",
            "brisk": "write more of the name, or the run's number",
            "6": None,
            "@-9": None,
            "": None,
            "%": None,
            "Calm": None,
            "9" * 19: None,
            "a\0": None,
        }
        for text, hint in wrong.items():
            with pytest.raises(UnknownRun) as caught:
                find_run(tx, text, "default")
            assert hint is None or caught.value.hint == hint
        with pytest.raises(UnknownRun) as caught:
            find_run(tx, "1", "empty")
        assert "no runs yet" in (caught.value.hint or "")
