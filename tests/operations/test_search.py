"""Queries over runs, their order and their pages, on both dialects."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from sqlalchemy import insert, select

from treadle.contract.tracking import Group, GroupRuns
from treadle.core.errors import QueryError
from treadle.core.ids import friendly_name
from treadle.core.operation import Call
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.groups import group
from treadle.tracking.operations import write_parameters
from treadle.tracking.query import select_runs

DAY = 86400.0


def add(
    tx: Transaction, id: int, *, metrics: dict[str, float | None] | None = None, params: dict[str, Any] | None = None, **more: Any
) -> None:
    tags = more.pop("tags", {})
    row = {
        "id": id,
        "key": f"key-{id}",
        "project": "default",
        "kind": "step",
        "name": friendly_name(id),
        "step": "train",
        "state": "done",
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
        "queued_at": tx.now - id * DAY,
        "actor": "ada",
    }
    tx.execute(insert(t.run), {**row, **more})
    write_parameters(tx, id, params or {})
    for name, value in tags.items():
        tx.execute(insert(t.tag), {"run": id, "name": name, "value": value})
    for name, last in (metrics or {}).items():
        low = None if last is None else last - 1
        high = None if last is None else last + 1
        values = {"run": id, "name": name, "last": last, "last_step": 9, "lowest": low, "highest": high, "points": id, "at": 1.0}
        tx.execute(insert(t.metric), values)


@pytest.fixture
def runs(database: Database) -> Database:
    with database.transaction() as tx:
        now = tx.now
        add(tx, 1, metrics={"auc": 0.5}, params={"lr": 0.1, "model": "oak"}, tags={"team": "blue"}, name="brisk-otter", actor="ada")
        add(tx, 2, metrics={"auc": 0.9}, params={"lr": 1e-3, "model": "Oak"}, tags={"team": "Blue"}, state="failed", name="brisk-owl")
        add(tx, 3, metrics={"auc": None}, params={"lr": "fast", "flag": True}, step="prepare", started_at=now - 100, ended_at=now - 40)
        add(
            tx, 4, metrics={"auc": math.inf}, params={"lr": 5}, started_at=now - 1000, state="running", tags={"50%": "100%"}, note="keep_it"
        )
        add(tx, 5, name="it's", kind="pipeline", tags={"a b": "[x]*?"})
        add(tx, 6, parent=5, root=5, metrics={"auc": 0.95})
        add(tx, 7, project="other", metrics={"auc": 0.99})
    return database


def found(database: Database, query: str, **more: Any) -> list[int]:
    with database.reading() as tx:
        rows, _ = select_runs(tx, query, **more)
        return [row.id for row in rows]


def in_pages(database: Database, sort: str, size: int) -> list[int]:
    paged: list[int] = []
    after = None
    while True:
        with database.reading() as tx:
            rows, after = select_runs(tx, "", sort=sort, limit=size, after=after)
        paged += [row.id for row in rows]
        if after is None:
            return paged


def test_queries(runs: Database) -> None:
    for query, expected in [
        ("", [5, 4, 3, 2, 1]),
        ("state = failed", [2]),
        ("state != done", [4, 2]),
        ("not state = done", [4, 2]),
        ("state in (failed, running)", [4, 2]),
        ("state not in (failed, running)", [5, 3, 1]),
        ("id = 3 or id > 4", [5, 3]),
        ("metrics.auc > 0.6", [4, 2]),
        ("metrics.auc >= 0.5 and metrics.auc < inf", [2, 1]),
        ("metrics.auc = inf", [4]),
        ("metrics.auc != 0.5", [4, 3, 2]),
        ("not metrics.auc = 0.5", [5, 4, 3, 2]),
        ("metrics.auc is null", [5, 3]),
        ("metrics.auc is not null", [4, 2, 1]),
        ("metrics.auc in (0.5, 0.9)", [2, 1]),
        ("metrics.auc not in (0.5, 0.9)", [4, 3]),
        ("metrics.auc.highest > 1.6", [4, 2]),
        ("metrics.auc.min < 0", [2, 1]),
        ("metrics.auc.points = 2 or metrics.auc.step = 10", [2]),
        ("params.lr < 1", [2, 1]),
        ("params.lr = 0.001", [2]),
        ("params.lr = 1e-3", [2]),
        ("params.lr != 5", [3, 2, 1]),
        ("params.lr = fast", [3]),
        ("params.lr = '5'", [4]),
        ("params.lr in (5, fast)", [4, 3]),
        ("params.lr not in (5, fast)", [2, 1]),
        ("params.flag = true", [3]),
        ("params.model = oak", [1]),
        ("params.model like 'o%'", [1]),
        ("params.model ilike 'O_K'", [2, 1]),
        ("params.model is null", [5, 4, 3]),
        ("params.model > P", [1]),
        ("tags.team = blue", [1]),
        ("tags.team != blue", [2]),
        ("not tags.team = blue", [5, 4, 3, 2]),
        ("tags.team in (blue, Blue) and state = failed", [2]),
        ("tags.`50%` like '100\\%'", [4]),
        ("tags.`50%` like '100\\_'", []),
        ("tags.'a b' = '[x]*?'", [5]),
        ("tags.'a b' like '[x]*_'", [5]),
        ("tags.'a b' like '[x]*'", []),
        ("name = 'it''s'", [5]),
        ("name like brisk-%", [2, 1]),
        ("name like Brisk-%", []),
        ("name ilike Brisk-%", [2, 1]),
        ("note like 'keep\\_%'", [4]),
        ("note is null and id <= 2", [2, 1]),
        ("step = prepare", [3]),
        ("kind = pipeline", [5]),
        ("started is null", [5, 2, 1]),
        ("started > -1h", [4, 3]),
        ("started < -200s", [4]),
        ("not started > -200s", [5, 4, 2, 1]),
        ("duration > 30 and duration < 1.5m", [3]),
        ("duration > 15m", [4]),
        ("duration != 0", [4, 3]),
        ("created > -36h", [1]),
        ("created >= -5d and created < -1.5d", [4, 3, 2]),
        ("created > 2020-01-01", [5, 4, 3, 2, 1]),
        ("created = today", []),
        ("created != today", [5, 4, 3, 2, 1]),
        ("created = yesterday", [1]),
        ("created in (yesterday, now)", [1]),
        ("parent = 5", []),
        ("project = other", []),
        ("actor = 'x'' or 1=1 --'", []),
        ("tags.`x' or '1'='1` = 'y'", []),
        ('params.lr = "\'); DROP TABLE run; --"', []),
    ]:
        assert (query, found(runs, query)) == (query, expected)


def test_a_page_knows_children_and_projects(runs: Database) -> None:
    assert found(runs, "metrics.auc > 0.92", children=True) == [6, 4]
    assert found(runs, "parent = 5", children=True) == [6]
    assert found(runs, "", project="other") == [7]


def test_order_and_the_same_order_page_by_page(runs: Database) -> None:
    for sort, expected in [
        ("id", [1, 2, 3, 4, 5]),
        ("created", [5, 4, 3, 2, 1]),
        ("-created", [1, 2, 3, 4, 5]),
        ("metrics.auc", [1, 2, 4, 3, 5]),
        ("-metrics.auc", [4, 2, 1, 3, 5]),  # "not a number" stands before runs without the metric
        ("params.lr", [2, 1, 4, 3, 5]),
        ("-params.lr", [4, 1, 2, 3, 5]),
        ("params.model", [2, 1, 3, 4, 5]),
        ("tags.team", [2, 1, 3, 4, 5]),
        ("-tags.team", [1, 2, 5, 4, 3]),
        ("started", [4, 3, 1, 2, 5]),
        ("-duration", [4, 3, 5, 2, 1]),
        ("-metrics.auc.points", [4, 3, 2, 1, 5]),
        ("step", [3, 1, 2, 4, 5]),
        ("note", [4, 1, 2, 3, 5]),
        ("parent", [1, 2, 3, 4, 5]),
    ]:
        assert (sort, found(runs, "", sort=sort)) == (sort, expected)
        assert (sort, in_pages(runs, sort, 1)) == (sort, expected)


def test_many_equal_values_page_without_gap_or_repetition(database: Database) -> None:
    chance = random.Random(7)
    with database.transaction() as tx:
        for id in range(1, 121):
            add(tx, id, metrics={"m": chance.choice([None, 0.1, 0.2, 1 / 3])} if id % 3 else {})
    for sort in ("metrics.m", "-metrics.m", "step", "-created"):
        paged = in_pages(database, sort, 7)
        assert sorted(paged) == list(range(1, 121))
        assert paged == found(database, "", sort=sort, limit=500)


def test_runs_that_arrive_between_pages_do_not_shift_them(database: Database) -> None:
    with database.transaction() as tx:
        for id in range(1, 7):
            add(tx, id)
    with database.reading() as tx:
        first, after = select_runs(tx, "created < now", limit=3)
    with database.transaction() as tx:
        add(tx, 7)
    with database.reading() as tx:
        second, end = select_runs(tx, "created < now", limit=3, after=after)
    assert ([row.id for row in first], [row.id for row in second], end) == ([6, 5, 4], [3, 2, 1], None)


def test_cursors_that_do_not_belong(runs: Database) -> None:
    with runs.reading() as tx:
        _, cursor = select_runs(tx, "", limit=1)
        assert cursor is not None
        for wrong, sort in (("?", "-id"), ("AAAA", "-id"), (cursor[:-4], "-id"), (cursor, "created"), ("é", "-id")):
            with pytest.raises(QueryError):
                select_runs(tx, "", sort=sort, after=wrong)


def test_a_query_as_large_as_it_may_be(runs: Database) -> None:
    """200 comparisons, nested to the limit, and 500 values: within what both databases take."""
    assert found(runs, " or ".join(["metrics.auc > 0.6"] * 200)) == [4, 2]
    assert found(runs, " and ".join(["params.lr != 77"] * 200)) == [4, 3, 2, 1]
    assert found(runs, "not (" * 10 + "state = failed" + ")" * 10) == [2]
    deep = "metrics.auc > 5 or (params.lr = 7 and (" * 8 + "id > 0 or tags.team in (a) and not params.lr in (1, x)" + "))" * 8
    assert found(runs, f"not ({deep})") == [5, 3, 2, 1]  # run 4 has an infinite auc
    assert found(runs, "not " * 20 + "state = failed") == [2]
    assert found(runs, f"params.lr in ({', '.join(map(str, range(250)))}, {', '.join(f'x{i}' for i in range(250))})") == [4]
    with runs.reading() as tx:
        assert len(tx.all(select(t.run.c.id))) == 7


def grouped(database: Database, by: str, **more: Any) -> dict[str | None, Group]:
    page = group(GroupRuns(by=by, **more), Call(actor="ann"), database)
    return {one.value: one for one in page.groups}


def test_runs_are_gathered_with_mean_spread_and_best(database: Database) -> None:
    with database.transaction() as tx:
        for id, (rate, auc) in enumerate([(0.1, 0.5), (0.1, 0.7), (0.1, 0.9), (0.2, 1e9), (0.2, 1e9 + 2), (0.3, None), (0.3, math.inf)], 1):
            add(
                tx,
                id,
                metrics={"auc": auc},
                params={"lr": rate},
                tags={"team": "blue"} if id % 2 else {},
                step="train" if id < 5 else "other",
            )
        line = {"run": 1, "name": "orders", "position": 0, "digest": "d", "source": "dataset://orders@v3"}
        tx.execute(insert(t.lineage), line)
    by_rate = grouped(database, "params.lr", metrics=("auc", "none"))
    one = by_rate["0.1"].metrics["auc"]
    assert (by_rate["0.1"].runs, one.runs, one.lowest, one.highest, one.lowest_run, one.highest_run) == (3, 3, 0.5, 0.9, 1, 3)
    assert one.mean == pytest.approx(0.7)
    assert one.spread == pytest.approx(0.2)
    assert by_rate["0.2"].metrics["auc"].spread == pytest.approx(math.sqrt(2))
    assert (by_rate["0.3"].runs, by_rate["0.3"].metrics) == (2, {})
    assert {value: found.runs for value, found in grouped(database, "tags.team").items()} == {"blue": 4, None: 3}
    assert {value: found.runs for value, found in grouped(database, "step", query="metrics.auc is not null").items()} == {
        "train": 4,
        "other": 2,
    }
    assert {value: found.runs for value, found in grouped(database, "inputs.orders").items()} == {None: 6, "dataset://orders@v3": 1}
    assert grouped(database, "experiment")["Default"].runs == 7
    first = group(GroupRuns(by="params.lr", limit=2), Call(actor="ann"), database)
    rest = group(GroupRuns(by="params.lr", limit=2, after=first.next or 0), Call(actor="ann"), database)
    assert ([one.value for one in first.groups], [one.value for one in rest.groups], rest.next) == (["0.1", "0.2"], ["0.3"], None)
    for wrong in ("metrics.auc", "colour", "", "params.a, params.b."):
        with pytest.raises(QueryError):
            grouped(database, wrong)
