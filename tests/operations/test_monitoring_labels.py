"""Performance once labels have come, and what is said until then. On both dialects."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from treadle.contract.monitoring import Performance
from treadle.core.operation import Call

CALL = Call(actor="ada")


def truth(frame: pl.DataFrame, *, seed: int, noise: float = 1.0) -> list[bool]:
    """Labels drawn with the chance that the model gives; the less `noise` is, the less they have to do with it."""
    score = noise * (frame["x"].to_numpy() - 0.5)
    return list((np.random.default_rng(seed).random(len(frame)) < 1 / (1 + np.exp(-score))).tolist())


def labelled(watched: Any, rows: int = 1000, *, seed: int, noise: float = 1.0, **more: Any) -> tuple[list[str], list[bool]]:
    frame = watched.inputs(rows, seed=seed)
    return watched.predict(rows, frame=frame, **more), truth(frame, seed=seed, noise=noise)


def test_a_window_waits_for_its_labels_and_is_judged_again_when_more_come(watched: Any) -> None:
    watched.declare(rows=1000, checks=(), performance=Performance(metric="auc", worse_by=0.05, estimate=False))
    keys, values = labelled(watched, seed=1)
    watched.labels(keys[:300], values[:300])
    [window] = watched.look()
    assert (window.verdicts, window.labelled) == ({"performance": "waiting"}, 300)
    assert window.report["checks"]["performance"]["sentence"] == "300 of 1000 labels have come, 80% are waited for"
    watched.labels(keys[300:900], values[300:900])
    [again] = watched.look(close=True)
    assert (again.number, again.verdicts, again.labelled) == (1, {"performance": "good"}, 900)
    assert "0.76 on the holdout of delay@v1, at most 0.05 worse is asked for" in again.report["checks"]["performance"]["sentence"]
    watched.labels(keys[900:], values[900:])
    [whole] = watched.look(close=True)
    assert whole.labelled == 1000
    metrics = whole.report["checks"]["performance"]["numbers"]["metrics"]
    assert metrics["auc"][1] < metrics["auc"][0] < metrics["auc"][2]
    assert watched.look(close=True) == []


def test_decay_opens_an_alarm_once_labels_prove_it(watched: Any) -> None:
    watched.declare(rows=1000, checks=("drift",), performance=Performance(metric="auc", worse_by=0.05, estimate=False))
    given = [labelled(watched, seed=seed, noise=0.2) for seed in (1, 2)]
    assert [window.verdicts["performance"] for window in watched.look()] == ["waiting", "waiting"]
    for keys, values in reversed(given):  # labels come in any order
        watched.labels(keys, values)
        watched.look(close=True)
    [alarm] = watched.alarms("open")
    assert (alarm.kind, alarm.severity) == ("performance", "page")
    assert "auc" in alarm.sentence
    for seed in (3, 4, 5):
        watched.labels(*labelled(watched, seed=seed))
        watched.look(close=True)
    assert watched.alarms("open") == []


def test_labels_may_come_before_their_predictions_twice_and_for_unknown_keys(watched: Any) -> None:
    watched.declare(rows=1000, checks=(), performance=Performance(metric="accuracy", at_least=0.6))
    frame = watched.inputs(1000, seed=8)
    keys = [f"p{place}" for place in range(1000)]
    values = truth(frame, seed=8)
    watched.labels(keys, values)
    watched.labels(keys[:10], values[:10])
    watched.labels(["nobody"], [True])
    watched.predict(1000, frame=frame)
    [window] = watched.look()
    assert (window.verdicts, window.labelled) == ({"performance": "good"}, 1000)
    assert watched.look() == []


def test_a_bound_must_be_broken_by_the_whole_interval(watched: Any) -> None:
    watched.declare(rows=1000, checks=(), performance=Performance(metric="log_loss", at_most=0.3))
    watched.labels(*labelled(watched, seed=3))
    [window] = watched.look()
    assert window.verdicts == {"performance": "bad"}
    assert "at most 0.3 is asked for" in window.report["checks"]["performance"]["sentence"]


def test_it_is_estimated_while_labels_are_missing_and_an_estimate_opens_nothing(watched: Any) -> None:
    watched.declare(rows=1000, checks=(), open=1, among=1, performance=Performance(metric="accuracy", at_least=0.5))
    labelled(watched, seed=1)
    [first] = watched.look()
    assert first.verdicts == {"performance": "waiting", "estimate": "unknown"}
    assert "no earlier window of delay@v1 has labels" in first.report["checks"]["estimate"]["sentence"]
    watched.labels(*labelled(watched, seed=2))
    watched.look(close=True)
    labelled(watched, seed=3)
    [last] = watched.look()
    assert last.verdicts == {"performance": "waiting", "estimate": "good"}
    assert "estimated accuracy" in last.report["checks"]["estimate"]["sentence"]
    watched.declare(rows=1000, checks=(), open=1, among=1, performance=Performance(metric="accuracy", at_least=0.9))
    labelled(watched, seed=4)
    [bad] = watched.look()
    assert bad.verdicts["estimate"] == "bad"
    assert watched.alarms("open") == []


def test_predictions_without_key_can_have_no_labels(watched: Any) -> None:
    watched.declare(rows=500, checks=(), performance=Performance(metric="auc", at_least=0.6))
    watched.predict(500, keyed=False)
    [window] = watched.look()
    assert window.verdicts == {"performance": "unknown"}
    assert "send `key` with each row" in window.report["checks"]["performance"]["sentence"]


def test_unknown_metrics_and_missing_holdout_are_said(watched: Any) -> None:
    watched.declare(rows=500, checks=(), performance=Performance(metric="recall", worse_by=0.1))
    watched.labels(*labelled(watched, 500, seed=1))
    [window] = watched.look()
    assert window.verdicts == {"performance": "unknown"}
    assert "delay@v1 has no `recall` on its holdout" in window.report["checks"]["performance"]["sentence"]
    watched.declare(rows=500, checks=(), performance=Performance(metric="rmse", at_most=0.1))
    watched.labels(*labelled(watched, 500, seed=2))
    [window] = watched.look()
    assert "`rmse` is not known of binary predictions" in window.report["checks"]["performance"]["sentence"]


def test_several_classes_numbers_and_words(watched: Any) -> None:
    rng = np.random.default_rng(4)
    watched.declare(rows=500, checks=(), performance=Performance(metric="accuracy", at_least=0.5))
    chances = rng.dirichlet([1, 1, 1], 500)
    names = np.array(["a", "b", "c"])
    keys = watched.predict(500, outputs={name: chances[:, place] for place, name in enumerate(names)})
    watched.labels(keys, ["?" if place < 3 else str(names[row.argmax()]) for place, row in enumerate(chances)])
    words = rng.choice(names, 500)
    keys = watched.predict(500, outputs={"answer": words})
    watched.labels(keys, [str(word) if place % 4 else "c" for place, word in enumerate(words)])
    classes, spoken = watched.look()
    assert classes.report["checks"]["performance"]["numbers"]["metrics"]["accuracy"][0] == 1.0
    assert classes.report["checks"]["performance"]["numbers"]["strange"] == 3
    assert 0.75 < spoken.report["checks"]["performance"]["numbers"]["metrics"]["accuracy"][0] < 0.9
    watched.declare(rows=500, checks=(), performance=Performance(metric="mae", at_most=0.5))
    numbers = rng.normal(size=500) * 10
    keys = watched.predict(500, outputs={"minutes": numbers})
    watched.labels(keys, (numbers + 0.1).tolist())
    [regression] = watched.look()
    assert regression.verdicts == {"performance": "good"}
    assert abs(regression.report["checks"]["performance"]["numbers"]["metrics"]["mae"][0] - 0.1) < 1e-6


def test_slices_are_judged_by_a_bound_and_by_their_own_beginning(watched: Any) -> None:
    settings = {"rows": 3000, "checks": (), "slices": ("carrier",)}
    watched.declare(**settings, performance=Performance(metric="accuracy", worse_by=0.05))
    for seed in (1, 2):
        frame = watched.inputs(3000, seed=seed)
        values = truth(frame, seed=seed, noise=2.0)
        if seed == 2:
            values = [not value if carrier == "UA" else value for value, carrier in zip(values, frame["carrier"], strict=True)]
        watched.labels(watched.predict(3000, frame=frame), values)
    with watched.database.transaction(CALL) as tx:
        from treadle.store import tables as t

        tx.execute(t.model_version.update().values(metrics={"accuracy": 0.7}))
    first, second = watched.look()
    slices = ["performance@carrier=AA", "performance@carrier=DL", "performance@carrier=UA"]
    assert [first.verdicts[key] for key in slices] == ["good", "good", "good"]
    assert [second.verdicts[key] for key in slices] == ["good", "good", "bad"]
    assert "in its first labelled window of delay@v1" in second.report["checks"][slices[2]]["sentence"]


def test_bad_data_holds_back_performance_also_when_labels_come_late(watched: Any) -> None:
    performance = Performance(metric="accuracy", at_least=0.9, estimate=False)
    watched.declare(rows=500, checks=("quality",), open=1, among=1, performance=performance)
    keys, values = labelled(watched, 500, seed=1, id=["same"] * 500)
    watched.look()
    watched.labels(keys, values)
    [window] = watched.look(close=True)
    assert window.verdicts["performance"] == "bad"
    assert [alarm.kind for alarm in watched.alarms("open")] == ["quality"]
