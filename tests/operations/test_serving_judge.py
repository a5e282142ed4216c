"""Rollouts judged: harm is taken back, what does no harm moves on, on both dialects."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import select

from treadle.blobs import Blobs, open_blobs
from treadle.contract import registry as registry_words
from treadle.contract import serving as words
from treadle.contract.data import Artifact
from treadle.contract.serving import Endpoint, Guardrails, Label, Rollout, Stage, Traffic
from treadle.core.content import digest_bytes
from treadle.core.operation import Call
from treadle.registry import operations as registry
from treadle.serving import intake, operations
from treadle.serving.judge import look
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="judge")


class World:
    """An endpoint with a live revision 1 and a rollout of revision 2, and what happens to them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.store = database
        self.blobs: Blobs = open_blobs(folder / "blobs", folder / "cache")
        self.counts: dict[int, Traffic] = {}
        self.shipped = 0
        for number in (1, 2):
            data = f"model {number}".encode()
            artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format="text", inline=data)
            registry.register(registry_words.Register(model="delay", artifact=artifact, key=f"v{number}"), CALL, database)
            decision = registry_words.Decide(ref=f"delay@v{number}", decision="yes", words="fine", override=True)
            registry.decide(decision, CALL, database)
        operations.declare_endpoint(words.DeclareEndpoint(endpoint="flights", model="delay"), CALL, database)
        self.release("delay@v1")

    def release(self, ref: str, *stages: Stage, guardrails: Guardrails | None = None) -> None:
        request = words.Release(endpoint="flights", ref=ref, stages=stages, guardrails=guardrails or Guardrails())
        operations.release(request, CALL, self.store)

    def answer(self, revision: int, requests: int, errors: int = 0, *, bucket: int = 2, crashes: int = 0) -> None:
        latency = [0] * 18
        latency[bucket] = requests
        more = Traffic(revision=revision, requests=requests, rows=requests, errors=errors, crashes=crashes, latency=tuple(latency))
        before = self.counts.get(revision)
        from treadle.serving.rules import plus

        self.counts[revision] = more if before is None else plus(before, more)
        report = words.ReportTraffic(
            endpoint="flights", process="a", address="http://127.0.0.1:1", generation=1, traffic=tuple(self.counts.values())
        )
        intake.report_traffic(report, CALL, self.store)

    def predict(self, revision: int, role: str, keys: list[str], chance: Any) -> None:
        """Ships a chunk of predictions: `chance` is the probability of a delay for each key."""
        rows = len(keys)
        frame = pl.DataFrame(
            {
                "id": [f"{revision}/{key}" for key in keys],
                "key": keys,
                "at": [float(i) for i in range(rows)],
                "received": [float(i) for i in range(rows)],
                "revision": pl.Series([revision] * rows, dtype=pl.Int32),
                "role": [role] * rows,
                "latency": [0.001] * rows,
                "error": pl.Series([None] * rows, dtype=pl.String),
                "out.False": 1 - np.asarray(chance),
                "out.True": np.asarray(chance),
            }
        )
        sink = io.BytesIO()
        frame.write_parquet(sink)
        self.shipped += 1
        request = words.ShipPredictions(
            endpoint="flights",
            key=f"chunk {self.shipped}",
            digest=self.blobs.put(sink.getvalue()),
            size=len(sink.getvalue()),
            rows=rows,
            first=0.0,
            last=float(rows),
            revisions={revision: rows},
        )
        intake.ship_predictions(request, CALL, self.store)

    def label(self, keys: list[str], truth: Any) -> None:
        labels = tuple(Label(key=key, value=bool(value)) for key, value in zip(keys, truth, strict=True))
        intake.add_labels(words.AddLabels(endpoint="flights", labels=labels), CALL, self.store)

    def look(self) -> None:
        with self.store.reading() as tx:
            number = tx.all(select(t.rollout.c.id).order_by(t.rollout.c.id.desc()).limit(1))[0].id
        look(self.store, self.blobs, number, CALL)

    @property
    def endpoint(self) -> Endpoint:
        return operations.get_endpoint(words.EndpointName(endpoint="flights"), CALL, self.store)

    @property
    def rollout(self) -> Rollout:
        return operations.list_rollouts(words.Rollouts(endpoint="flights"), CALL, self.store)[0]

    @property
    def roles(self) -> list[str]:
        return [one.role for one in self.endpoint.revisions]


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


def test_a_rollout_without_harm_goes_live(world: World) -> None:
    world.release("delay@v2", Stage(share=0.0, rows=100), Stage(share=0.2, rows=100), guardrails=Guardrails(loss=None))
    seen = []
    for _ in range(6):
        world.answer(1, 80)
        world.answer(2, 60)
        world.look()
        seen.append(world.roles)
    assert seen[0] == ["live", "shadow"]
    assert seen[1] == ["live", "canary"]
    assert seen[3] == ["ready", "live"]
    assert world.rollout.state == "done"
    assert "no harm found" in world.rollout.reason


def test_errors_take_a_canary_back(world: World) -> None:
    world.release("delay@v2", Stage(share=0.2, rows=100_000))
    for _ in range(20):
        world.answer(1, 80)
        world.answer(2, 20, errors=6)
        world.look()
        if world.rollout.state != "running":
            break
    assert world.roles == ["live", "failed"]
    assert world.rollout.state == "taken back"
    assert "failed" in world.rollout.reason
    with world.store.reading() as tx:
        taken = tx.all(select(t.journal).where(t.journal.c.kind == "rollout.taken_back"))[0]
        started = tx.all(select(t.journal).where(t.journal.c.kind == "rollout.started").order_by(t.journal.c.id.desc()))[0]
    assert taken.cause == started.id


def test_equal_error_rates_are_no_harm(world: World) -> None:
    world.release("delay@v2", Stage(share=0.2, rows=100_000))
    random = np.random.default_rng(7)
    for _ in range(40):
        world.answer(1, 80, errors=int(random.binomial(80, 0.05)))
        world.answer(2, 20, errors=int(random.binomial(20, 0.05)))
        world.look()
    assert world.rollout.state == "running"


def test_slow_answers_take_a_canary_back(world: World) -> None:
    world.answer(1, 1000, bucket=2)
    world.release("delay@v2", Stage(share=0.2, rows=100_000))
    for _ in range(30):
        world.answer(1, 80, bucket=2)
        world.answer(2, 20, bucket=9)
        world.look()
        if world.rollout.state != "running":
            break
    assert world.roles == ["live", "failed"]
    assert "slow" in world.rollout.reason


def test_crashes_end_a_rollout_at_once(world: World) -> None:
    world.release("delay@v2", Stage(share=0.2, rows=100_000))
    world.answer(2, 1, errors=1, crashes=2)
    world.look()
    assert "died 2 times" in world.rollout.reason


def test_a_shadow_is_judged_in_pairs_on_labels(world: World) -> None:
    world.release("delay@v2", Stage(share=0.0, labels=5000), guardrails=Guardrails(errors=False, latency=0.0))
    random = np.random.default_rng(1)
    for part in range(10):
        keys = [f"{part}/{i}" for i in range(200)]
        truth = random.random(200) < 0.3
        good = np.where(truth, 0.6, 0.2)
        world.predict(1, "live", keys, good)
        world.predict(2, "shadow", keys, 1 - good)
        world.look()
        assert world.rollout.state == "running" or part > 0
        world.label(keys, truth)
        world.look()
        if world.rollout.state != "running":
            break
    assert world.roles == ["live", "failed"]
    assert "loss in shadow" in world.rollout.reason


def test_labels_count_once_whether_they_come_before_or_after(world: World) -> None:
    world.release("delay@v2", Stage(share=0.0, labels=300), guardrails=Guardrails(errors=False, latency=0.0))
    random = np.random.default_rng(2)
    keys = [f"{i}" for i in range(200)]
    truth = random.random(200) < 0.3
    world.label(keys[:100], truth[:100])
    world.look()
    world.predict(1, "live", keys, np.full(200, 0.3))
    world.look()
    world.predict(2, "shadow", keys, np.full(200, 0.3))
    world.look()
    assert world.rollout.evidence["labelled"] == 100
    world.label(keys, truth)
    world.look()
    world.look()
    assert world.rollout.evidence["labelled"] == 200
    assert world.rollout.state == "running"


def test_a_worse_canary_is_found_by_its_labels(world: World) -> None:
    world.release("delay@v2", Stage(share=0.5, rows=100_000), guardrails=Guardrails(errors=False, latency=0.0))
    random = np.random.default_rng(3)
    for part in range(12):
        for revision, role, quality in ((1, "live", 0.7), (2, "canary", 0.5)):
            keys = [f"{revision}/{part}/{i}" for i in range(150)]
            truth = random.random(150) < 0.5
            world.predict(revision, role, keys, np.where(truth, quality, 1 - quality))
            world.label(keys, truth)
        world.look()
        if world.rollout.state != "running":
            break
    assert world.roles == ["live", "failed"]
    assert world.rollout.reason.startswith("loss:")


def test_a_paused_rollout_stays_but_harm_still_ends_it(world: World) -> None:
    world.release("delay@v2", Stage(share=0.2, rows=10), guardrails=Guardrails(loss=None))
    operations.steer_rollout(words.SteerRollout(endpoint="flights", act="pause"), CALL, world.store)
    world.answer(1, 100)
    world.answer(2, 100)
    world.look()
    assert world.rollout.state == "paused"
    world.answer(2, 10, errors=10, crashes=5)
    world.look()
    assert world.rollout.state == "taken back"


def test_two_judges_count_a_look_once(world: World) -> None:
    world.release("delay@v2", Stage(share=0.2, rows=1000))
    world.answer(1, 100)
    world.answer(2, 100)
    world.look()
    first = world.rollout.evidence
    world.look()
    second = world.rollout.evidence
    assert (first["looks"], second["looks"]) == (1, 2)
    assert second["guards"]["errors"]["canary_rows"] == 100
