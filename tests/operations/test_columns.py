"""Pages with columns and totals, tables of values, and known names, on both dialects."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from treadle.contract import runs as words
from treadle.contract.columns import ReadTable
from treadle.contract.runs import ListRuns, Metric, TakenInput
from treadle.contract.tracking import GroupRuns, ListMetrics
from treadle.core.errors import QueryError, UsageError
from treadle.core.operation import Call
from treadle.runs import operations
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import query
from treadle.tracking.groups import group
from treadle.tracking.names import names
from treadle.tracking.operations import write_parameters
from treadle.tracking.table import table
from treadle.tracking.tags import write_tags

CALL = Call(actor="ada")


def add(
    tx: Transaction, id: int, *, metrics: dict[str, float | None] | None = None, params: dict[str, Any] | None = None, **more: Any
) -> None:
    tags, inputs = more.pop("tags", {}), more.pop("inputs", {})
    row: dict[str, Any] = {"id": id, "key": f"key-{id}", "project": "default", "kind": "step", "name": f"run-{id}", "step": "train"}
    row |= {"state": "done", "root": id, "definition": "d", "parameters": params or {}, "bindings": {}, "options": {}, "waiting": 0}
    row |= {"not_before": 0.0, "engine": "local", "attempts": 1, "failures": 0, "losses": 0, "stop_requested": False, "actor": "ada"}
    tx.execute(insert(t.run), row | {"queued_at": 1000.0 + id} | more)
    write_parameters(tx, id, params or {})
    write_tags(tx, id, tags)
    for name, source in inputs.items():
        tx.execute(insert(t.lineage), {"run": id, "name": name, "position": 0, "digest": "f" * 64, "source": source})
    for name, last in (metrics or {}).items():
        ends = {"lowest": None, "highest": None} if last is None else {"lowest": last - id, "highest": last + id}
        tx.execute(insert(t.metric), {"run": id, "name": name, "last": last, "last_step": 9, "points": id, "at": 1.0, **ends})


@pytest.fixture
def runs(database: Database) -> Database:
    with database.transaction() as tx:
        tx.execute(insert(t.experiment), {"id": 1, "project": "default", "name": "first", "tags": {}, "created_at": 0.0, "updated_at": 0.0})
        add(
            tx, 1, metrics={"auc": 0.5, "loss": 2.0}, params={"rate": 0.1, "model": {"depth": 3}}, tags={"team": "blue", "long": "x" * 3000}
        )
        add(tx, 2, metrics={"auc": 0.9, "odd name": 1.0}, params={"rate": "fast"}, inputs={"orders": "dataset://orders@v3"}, experiment=1)
        add(tx, 3, metrics={"auc": None}, state="failed", started_at=10.0, ended_at=14.5)
        add(tx, 4, metrics={"elsewhere": 1.0}, project="other", tags={"secret": "yes"}, inputs={"hidden": "x"}, step="theirs")
    return database


def listed(database: Database, **more: Any) -> words.RunPage:
    return operations.list_runs(ListRuns(**more), CALL, database)


def test_only_the_columns_that_are_asked_for_travel(runs: Database) -> None:
    asked = ("metrics.auc", "params.rate", "params.model.depth", "tags.long", "inputs.orders", "state")
    third, second, first = listed(runs, columns=asked).runs
    assert first.metrics == (Metric(name="auc", last=0.5, last_step=9, lowest=-0.5, highest=1.5, points=1),)
    assert (first.parameters, first.tags) == ({"rate": 0.1, "model.depth": 3}, {"long": "x" * 3000})
    assert (second.parameters, second.experiment) == ({"rate": "fast"}, "first")
    assert second.inputs == (TakenInput(name="orders", digest="f" * 64, source="dataset://orders@v3"),)
    assert (third.metrics[0].last, third.state, third.parameters, third.tags) == (None, "failed", {}, {})
    bare = listed(runs, columns=()).runs[2]
    assert (bare.metrics, bare.parameters, bare.tags) == ((), {}, {})
    whole = listed(runs).runs[2]
    assert ([one.name for one in whole.metrics], whole.parameters["model"]) == (["auc", "loss"], {"depth": 3})
    for wrong in ("colour", "metrics.", "metrics.a, metrics.b", "-state"):
        with pytest.raises(QueryError):
            listed(runs, columns=(wrong,))


def test_a_page_can_be_counted(runs: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (listed(runs).total, listed(runs).total_exact) == (None, True)
    page = listed(runs, limit=1, count=True)
    assert (len(page.runs), page.total, page.total_exact) == (1, 3, True)
    assert listed(runs, count=True, query="metrics.auc > 0.4 and tags.team = blue").total == 1
    monkeypatch.setattr(query, "MOST_COUNTED", 2)
    page = listed(runs, limit=1, count=True)
    assert (page.total, page.total_exact) == (2, False)


def test_a_large_record_is_searched_where_fewest_pass(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_FEW", 5)
    monkeypatch.setattr(query, "_FEW_TO_TEST", 8)
    with database.transaction() as tx:
        for id in range(1, 61):
            tags = {"team": "blue" if id % 20 == 0 else "red"}
            add(tx, id, metrics={"auc": id / 100, "m": -id}, params={"rate": id % 10, "word": "w"}, tags=tags, parent=None if id % 7 else 1)
    asked = {
        "metrics.auc > 0.55": lambda run: run > 55,
        "metrics.auc > 0.2 and params.rate = 3": lambda run: run > 20 and run % 10 == 3,
        "(metrics.auc > 0.2 and tags.team = blue) and state = done": lambda run: run > 20 and run % 20 == 0,
        "metrics.auc > 2": lambda _: False,
        "metrics.auc > 0.1 or params.rate = 3": lambda run: run > 10 or run % 10 == 3,
        "not metrics.auc > 0.5 and params.word = w": lambda run: run <= 50,
        "": lambda _: True,
    }
    for text, holds in asked.items():
        right = [id for id in range(1, 61) if id % 7 and holds(id)]
        assert listed(database, query=text, count=True).total == len(right)
        for sort, order in (
            ("-id", right[::-1]),
            ("id", right),
            ("-metrics.m", right),
            ("metrics.m", right[::-1]),
            ("-created", right[::-1]),
        ):
            after, found = None, []
            while True:
                page = listed(database, query=text, sort=sort, limit=4, after=after)
                found += [run.id for run in page.runs]
                after = page.next
                if after is None:
                    break
            assert found == order, (text, sort)


def test_a_table_of_values(runs: Database) -> None:
    columns = ("state", "metrics.auc", "metrics.auc.highest", 'metrics."odd name"', "params.rate", "tags.team", "inputs.orders", "duration")
    found = table(ReadTable(columns=columns, sort="id"), CALL, runs)
    assert (found.runs, found.names, found.more) == ((1, 2, 3), ("run-1", "run-2", "run-3"), False)
    assert found.columns == {
        "state": ("done", "done", "failed"),
        "metrics.auc": (0.5, 0.9, None),
        "metrics.auc.highest": (1.5, 2.9, None),
        'metrics."odd name"': (None, 1.0, None),
        "params.rate": (0.1, "fast", None),
        "tags.team": ("blue", None, None),
        "inputs.orders": (None, "dataset://orders@v3", None),
        "duration": (None, None, 4.5),
    }
    assert list(found.columns) == list(columns)
    few = table(ReadTable(columns=("id",), query="metrics.auc > 0.1", limit=1), CALL, runs)
    assert (few.columns, few.more) == ({"id": (2,)}, True)
    empty = table(ReadTable(columns=("id", "metrics.auc"), query="state = stopped"), CALL, runs)
    assert (empty.runs, empty.columns) == ((), {"id": (), "metrics.auc": ()})
    for wrong in (ReadTable(columns=(), limit=0), ReadTable(columns=(), limit=20_001), ReadTable(columns=("id",) * 101)):
        with pytest.raises(UsageError):
            table(wrong, CALL, runs)
    with pytest.raises(QueryError):
        table(ReadTable(columns=("colour",)), CALL, runs)


def test_known_names_are_those_of_the_project(runs: Database) -> None:
    ours, theirs = names(ListMetrics(), CALL, runs), names(ListMetrics(), Call(project="other"), runs)
    assert (ours.metrics, ours.parameters, ours.tags) == (("auc", "loss", "odd name"), ("model.depth", "rate"), ("long", "team"))
    assert (ours.inputs, ours.steps, ours.experiments) == (("orders",), ("train",), ("first",))
    assert (theirs.metrics, theirs.tags, theirs.inputs, theirs.steps, theirs.experiments) == (
        ("elsewhere",),
        ("secret",),
        ("hidden",),
        ("theirs",),
        (),
    )
    assert names(ListMetrics(limit=1), CALL, runs).metrics == ("auc",)


def test_inputs_are_asked_for_and_sorted_by(runs: Database) -> None:
    assert [run.id for run in listed(runs, query="inputs.orders = 'dataset://orders@v3'").runs] == [2]
    assert [run.id for run in listed(runs, query="inputs.orders like 'dataset://%'").runs] == [2]
    assert [run.id for run in listed(runs, query="inputs.orders is null").runs] == [3, 1]
    assert [run.id for run in listed(runs, sort="inputs.orders").runs] == [2, 1, 3]


def test_groups_are_sorted_and_tell_the_newest_and_the_best_ever(database: Database) -> None:
    with database.transaction() as tx:
        for id, (kind, auc) in enumerate([("a", 0.1), ("a", 0.3), ("a", 0.2), ("b", 0.8), ("b", 0.6), ("c", None), (None, 0.5)], 1):
            add(tx, id, metrics={"auc": auc}, params={"kind": kind} if kind else {})
    page = group(GroupRuns(by="params.kind", metrics=("auc",)), CALL, database)
    assert ([one.value for one in page.groups], page.total) == (["a", "b", "c", None], 4)
    one = page.groups[0].metrics["auc"]
    assert (one.newest, one.newest_run) == (0.2, 3)
    assert (one.lowest_ever, one.lowest_ever_run, one.highest_ever, one.highest_ever_run) == (pytest.approx(-2.8), 3, pytest.approx(3.2), 3)

    def order(sort: str) -> list[str | None]:
        return [one.value for one in group(GroupRuns(by="params.kind", sort=sort), CALL, database).groups]

    assert order("-metrics.auc") == ["b", None, "a", "c"]
    assert order("metrics.auc") == ["a", None, "b", "c"]
    assert order("metrics.auc.lowest") == [None, "b", "a", "c"]
    assert order("value") == ["a", "b", "c", None]
    assert order("runs") == ["c", None, "b", "a"]
    for wrong in ("state", "metrics.auc.step", "colour"):
        with pytest.raises(QueryError):
            order(wrong)
