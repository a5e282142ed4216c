"""`treadle monitors` on a home with real predictions, and keepers that watch, one of them killed."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import update

from treadle.assemble import Record, open_home
from treadle.contract import registry, serving
from treadle.contract.data import Artifact
from treadle.core.content import digest_bytes
from treadle.statistics import profile
from treadle.store import tables as t

DAY = 86_400.0
START = 1_700_006_400.0


class Served:
    """A home whose endpoint `flights` answers from one version, and what it was asked."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.rows = self.chunks = 0
        data = b"a model"
        artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format="text", inline=data)
        record.call(registry.register, registry.Register(model="delay", artifact=artifact, key="v1"))
        record.call(registry.decide, registry.Decide(ref="delay@v1", decision="yes", words="looks right", override=True))
        reference = profile.reference(self.frame(2000, seed=1, shift=0.0))
        values = {"profile": record.blobs.put(profile.encode(reference)), "metrics": {"accuracy": 0.7}}
        with record.store.transaction() as tx:
            tx.execute(update(t.model_version).values(**values))
        record.call(serving.declare_endpoint, serving.DeclareEndpoint(endpoint="flights", model="delay"))
        record.call(serving.release, serving.Release(endpoint="flights", ref="delay@v1"))

    @staticmethod
    def frame(rows: int, *, seed: int, shift: float) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        distance = rng.gamma(2.0, 400.0, rows) * (1 + shift)
        late = 1 / (1 + np.exp(-(distance - 900) / 500))
        return pl.DataFrame({"in.distance": distance, "in.carrier": rng.choice(["AA", "DL", "UA"], rows), "out.late": late})

    def predict(self, rows: int, *, day: float, shift: float = 0.0) -> None:
        """Ships one chunk of predictions spread over a day, each with its label."""
        self.chunks += 1
        at = START + day * DAY + np.arange(rows) / rows * DAY
        names = [f"p{self.rows + place}" for place in range(rows)]
        self.rows += rows
        answers = self.frame(rows, seed=self.chunks + 100, shift=shift)
        record = pl.DataFrame({"id": names, "key": names, "at": at, "received": at}).with_columns(
            answers,
            revision=pl.lit(1, pl.Int32),
            role=pl.lit("live"),
            latency=pl.lit(0.004),
            error=pl.lit(None, pl.String),
        )
        buffer = io.BytesIO()
        record.write_parquet(buffer)
        digest = self.record.blobs.put(buffer.getvalue())
        request = serving.ShipPredictions(
            endpoint="flights",
            key=f"chunk {self.chunks}",
            digest=digest,
            size=buffer.tell(),
            rows=rows,
            first=float(at[0]),
            last=float(at[-1]),
            revisions={1: rows},
        )
        self.record.call(serving.ship_predictions, request)
        happened = np.random.default_rng(self.chunks).random(rows) < record["out.late"].to_numpy()
        labels = tuple(serving.Label(key=key, value=bool(value)) for key, value in zip(names, happened, strict=True))
        self.record.call(serving.add_labels, serving.AddLabels(endpoint="flights", labels=labels))


@pytest.fixture
def served(project: Any) -> Served:
    record = open_home(project.folder / ".treadle")
    return Served(record)


def test_the_command_tells_the_story_of_an_alarm(project: Any, served: Served) -> None:
    assert project.json("monitors") == []
    project.treadle("monitors", "declare", "watch", "--endpoint", "flights", "--seconds", "1d", "--metric", "accuracy", "--worse-by", "0.1")
    for day, shift in enumerate([0.0, 1.0, 1.0, 0.0]):
        served.predict(400, day=day, shift=shift)
    looked = project.json("monitors", "look", "watch")
    assert [window["verdicts"]["drift"] for window in looked] == ["good", "bad", "bad"]
    [listed] = project.json("monitors")
    assert (listed["windows"], {alarm["kind"] for alarm in listed["alarms"]}) == (3, {"drift", "predictions"})
    shown = project.treadle("monitors", "show", "watch").stdout
    assert "accuracy at most 0.1 worse than on the holdout" in shown
    assert "over time\tdrift\t✓✗✗" in shown
    assert "against the profile of delay@v1" in shown
    table = project.treadle("monitors", "windows", "watch").stdout.splitlines()
    assert table[0].split("\t") == ["n", "from", "to", "rows", "labelled", "version", "verdicts"]
    assert table[1].startswith("3\t2023-11-17")
    page = project.treadle("monitors", "window", "watch", "2").stdout
    assert "metrics\taccuracy\t" in page
    assert "\nin.distance\t" not in page
    assert "\ndistance\tdrift\t" in page
    alarms = project.json("monitors", "alarms")
    drift = next(alarm for alarm in alarms if alarm["kind"] == "drift")
    said = project.json("monitors", "ack", str(drift["id"]), "-m", "a holiday", "--noise", "--close")
    assert (said["state"], said["words"], said["useful"]) == ("closed", "a holiday", False)
    assert len(project.json("monitors", "alarms")) == len(alarms) - 1
    assert len(project.json("monitors", "alarms", "--all")) == len(alarms)
    told = [entry["kind"] for entry in project.json("journal", "--limit", "100")]
    assert {"monitor.declared", "alarm.opened", "alarm.acknowledged", "alarm.closed"} <= set(told)
    assert project.json("monitors", "pause", "watch")["state"] == "paused"
    assert project.json("monitors", "resume", "watch")["state"] == "watching"
    assert "nothing is due" not in project.treadle("monitors", "look", "watch", "--close").stdout
    assert project.json("monitors", "remove", "watch")["name"] == "watch"
    assert project.json("monitors") == []


def test_wrong_words_are_answered_with_the_right_ones(project: Any, served: Served) -> None:
    assert served.rows == 0
    for words, said, status in [
        (["declare", "watch", "--endpoint", "fligts", "--rows", "500"], "did you mean `flights`?", 3),
        (["declare", "watch", "--endpoint", "flights"], "how long a window is", 2),
        (["declare", "watch", "--endpoint", "flights", "--rows", "500", "--worse-by", "0.1"], "a bound needs a metric", 2),
        (["show", "watch"], "there is no monitor `watch`", 3),
        (["alram"], "did you mean `treadle monitors alarms`?", 2),
        (["ack", "7"], "there is no alarm 7", 3),
    ]:
        assert said in project.treadle("monitors", *words, status=status).stderr


def test_keepers_watch_and_a_killed_one_loses_and_doubles_nothing(project: Any, served: Served, until: Callable[..., Any]) -> None:
    project.treadle("monitors", "declare", "watch", "--endpoint", "flights", "--rows", "250")
    keepers = [project.start("work", "--jobs", "1") for _ in range(2)]

    def windows(least: int) -> Any:
        found = project.json("monitors", "windows", "watch", "--limit", "1000")
        return found if len(found) >= least else None

    try:
        for day in range(4):
            served.predict(300, day=day)
        until(lambda: windows(1))
        keepers[0].kill()
        with served.record.store.transaction() as tx:  # whatever it held is free at once; otherwise after a minute
            tx.execute(update(t.monitor).values(lease_until=0.0))
        for day in range(4, 10):
            served.predict(300, day=day)
        found = until(lambda: windows(12))
    finally:
        for keeper in keepers:
            keeper.send_signal(signal.SIGTERM)
            keeper.communicate(timeout=60)
    assert [window["number"] for window in found] == list(range(12, 0, -1))
    assert {window["rows"] for window in found} == {250}
