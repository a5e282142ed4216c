"""The graph from data to endpoints: up, down, bounded, on both dialects."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from treadle.contract import delivery as words
from treadle.contract import runs as run_words
from treadle.contract.delivery import Lineage
from treadle.core.definition import Definition
from treadle.core.errors import NotFound, UnknownDataset, UnknownRun, UsageError
from treadle.core.operation import Call
from treadle.delivery import operations
from treadle.runs import operations as runs
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")
DIGEST = "d" * 64


class Mill:
    """days@v1 -> prepare -> train -> delay@v1 -> endpoint flights -> monitor watch; score takes the model in and commits scores@v1."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.prepare, self.train, self.score = (self._run(step) for step in ("prepare", "train", "score"))
        with store.transaction(CALL) as tx:
            now = {"created_at": tx.now}
            for number, (name, run) in enumerate([("days", None), ("scores", self.score)], 1):
                tx.execute(insert(t.dataset), {"id": number, "project": "default", "name": name, **now})
                version = {"id": number, "dataset": number, "number": 1, "manifest": "m" * 64, "files": 2, "size": 9, "rows": 7, "run": run}
                counts = {"message": "", "actor": "ada", "added": 0, "removed": 0, "changed": 0}
                tx.execute(insert(t.dataset_version), version | counts | now)
            artifact = {"name": "result", "digest": DIGEST, "size": 1, "format": "skops"}
            tx.execute(insert(t.model), {"id": 1, "project": "default", "name": "delay", "card": {}, **now})
            held = {"id": 1, "model": 1, "number": 1, "key": "k", "stage": "approved", "artifact": artifact, "digest": DIGEST}
            told = {"metrics": {}, "facts": {}, "card": {}, "actor": "ada", "run": self.train}
            tx.execute(insert(t.model_version), held | told | now)
            endpoint = {"id": 1, "project": "default", "name": "flights", "model": 1, "settings": {}, "state": "on", "generation": 1}
            tx.execute(insert(t.endpoint), endpoint | {"address": ""} | now)
            revision = {"id": 1, "endpoint": 1, "number": 1, "version": 1, "role": "live", "share": 1.0, "reason": ""}
            tx.execute(insert(t.revision), revision | now)
            monitor = {"id": 1, "project": "default", "name": "watch", "endpoint": 1, "settings": {}, "state": "watching", "progress": {}}
            tx.execute(insert(t.monitor), monitor | {"lease_until": 0.0, "due_at": 0.0} | now)
            self.takes(tx, self.prepare, "days", "dataset://days@v1", dataset_version=1)
            self.takes(tx, self.train, "training", f"run {self.prepare} prepare.result", producer=self.prepare)
            self.takes(tx, self.score, "model", "model://delay@v1")

    def _run(self, step: str) -> int:
        definition = Definition(kind="step", name=step, file="p.py", function=step)
        return runs.submit(run_words.SubmitRun(key=step, definition=definition), CALL, self.store).id

    def takes(self, tx: Any, run: int, name: str, source: str, **more: Any) -> None:
        line = {"run": run, "name": name, "position": 0, "digest": DIGEST, "source": source, "dataset_version": None, "producer": None}
        tx.execute(insert(t.lineage), line | more)

    def ask(self, ref: str, **more: Any) -> Lineage:
        return operations.read_lineage(words.AskLineage(ref=ref, **more), CALL, self.store)


@pytest.fixture
def mill(database: Database) -> Mill:
    return Mill(database)


def edges(found: Lineage) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.label) for edge in found.edges}


def test_up_from_what_answers_to_the_data(mill: Mill) -> None:
    found = mill.ask("endpoint:flights", down=0)
    assert edges(found) == {
        ("model:delay@v1", "endpoint:flights", "live"),
        (f"run:{mill.train}", "model:delay@v1", "registered"),
        (f"run:{mill.prepare}", f"run:{mill.train}", "training"),
        ("dataset:days@v1", f"run:{mill.prepare}", "days"),
    }
    assert found.nodes[0].id == "endpoint:flights"
    assert {node.id: node.detail for node in found.nodes}["dataset:days@v1"] == ("2 files", "7 rows")
    assert not found.cut


def test_down_from_the_data_to_all_that_was_made_of_it(mill: Mill) -> None:
    found = mill.ask("dataset:days@v1", up=0)
    assert {node.id for node in found.nodes} == {
        "dataset:days@v1",
        f"run:{mill.prepare}",
        f"run:{mill.train}",
        "model:delay@v1",
        "endpoint:flights",
        "monitor:watch",
        f"run:{mill.score}",
        "dataset:scores@v1",
    }
    assert ("model:delay@v1", f"run:{mill.score}", "model") in edges(found)
    assert (f"run:{mill.score}", "dataset:scores@v1", "committed") in edges(found)


def test_the_first_node_is_what_was_asked_about(mill: Mill) -> None:
    for ref, first in (
        ("model://delay@v1", "model:delay@v1"),
        ("dataset:days", "dataset:days@v1"),
        (f"run:{mill.train}", f"run:{mill.train}"),
        ("monitor:watch", "monitor:watch"),
    ):
        assert mill.ask(ref).nodes[0].id == first


def test_a_graph_is_cut_where_it_was_asked_to_be_and_says_so(mill: Mill) -> None:
    near = mill.ask("model://delay@v1", up=1, down=0)
    assert {node.id for node in near.nodes} == {"model:delay@v1", f"run:{mill.train}"}
    assert near.cut
    few = mill.ask("monitor:watch", limit=3)
    assert len(few.nodes) == 3
    assert few.cut
    assert {end for edge in few.edges for end in (edge.source, edge.target)} <= {node.id for node in few.nodes}


def test_a_reused_run_leads_to_the_one_that_was_performed(mill: Mill) -> None:
    with mill.store.transaction(CALL) as tx:
        tx.execute(t.run.update().where(t.run.c.id == mill.score).values(reused_from=mill.train, state="done"))
    found = mill.ask(f"run:{mill.score}", down=0)
    assert (f"run:{mill.train}", f"run:{mill.score}", "reused") in edges(found)
    assert {node.id: node.state for node in found.nodes}[f"run:{mill.score}"] == "reused"


def test_what_is_not_there_is_named(mill: Mill) -> None:
    for ref, error in (
        ("run:999", UnknownRun),
        ("dataset:nights@v1", UnknownDataset),
        ("endpoint:other", NotFound),
        ("alarm:7", NotFound),
        ("the weather", UsageError),
    ):
        with pytest.raises(error):
            mill.ask(ref)
    with pytest.raises(UsageError, match="limit"):
        mill.ask("endpoint:flights", limit=0)


def test_thousands_of_runs_of_a_sweep_are_walked_in_a_few_queries(mill: Mill) -> None:
    count = 1500
    with mill.store.transaction(CALL) as tx:
        row = dict(tx.all(t.run.select().where(t.run.c.id == mill.train))[0]._mapping)
        numbers = range(10_000, 10_000 + count)
        tx.execute(t.run.insert(), [row | {"id": one, "key": f"t{one}", "root": mill.train, "parent": mill.train} for one in numbers])
        for one in numbers:
            mill.takes(tx, one, "days", "dataset://days@v1", dataset_version=1)
    found = mill.ask("dataset:days@v1", limit=5000)
    assert sum(node.parent == f"run:{mill.train}" for node in found.nodes) == count
    assert not found.cut
