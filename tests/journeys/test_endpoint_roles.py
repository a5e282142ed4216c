"""Canaries, shadows, labels, tokens, a model that cannot be loaded, and an orderly end: an endpoint of a record, as its callers see it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from treadle.contract import serving
from treadle.contract.access import AddToken, add_token

from .test_endpoint import Load, Record, Served, environment, made, record, start

__all__ = ["environment", "made", "record", "start"]


def revisions(served: Served, keys: list[str]) -> dict[str, str]:
    return {key: served.ask("/predict", {"rows": [[1, 0]], "key": key})[1]["treadle-revision"] for key in keys}


def test_shares_are_sticky_and_shadows_are_compared(made: Any, record: Record, start: Any, until: Callable[..., Any]) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    served = start("e")
    keys = [f"k{n}" for n in range(60)]
    assert set(revisions(served, keys).values()) == {"1"}

    record.release(record.version(made(3.0)), serving.Stage(share=0.0, rows=10**6), serving.Stage(share=0.3, rows=10**6))
    until(lambda: 'revision="2"' in served.ask("/metrics")[2].decode())
    assert set(revisions(served, keys).values()) == {"1"}

    def disagreements() -> bool:
        return any(t.revision == 2 and t.disagreements >= 60 for t in endpoint(record).traffic)

    assert until(disagreements)
    record.client(serving.steer_rollout, serving.SteerRollout(endpoint="e", act="advance", reason="a test"))
    until(lambda: "2" in revisions(served, keys).values())
    first, second = revisions(served, keys), revisions(served, keys)
    assert first == second
    assert 6 <= sum(revision == "2" for revision in first.values()) <= 30
    served.stop()
    rows = record.predictions()
    assert set(rows["role"]) == {"live", "shadow", "canary"}
    assert rows.filter(pl.col("role") == "shadow")["out.y"].unique().to_list() == [3.0]
    assert endpoint(record).traffic[0].requests == rows.filter(pl.col("revision") == 1).height


def endpoint(record: Record) -> serving.Endpoint:
    return record.client(serving.get_endpoint, serving.EndpointName(endpoint="e"))


def test_labels_are_acknowledged_when_the_record_has_them(made: Any, record: Record, start: Any) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    served = start("e")
    labels = {"labels": [{"key": "a", "value": 1}, {"key": "b", "value": True, "at": "2026-01-31T12:00:00Z"}]}
    assert served.ask("/labels", labels)[2] == {"new": 2, "repeated": 0, "conflicting": 0, "conflicts": []}
    assert served.ask("/labels", labels)[2]["repeated"] == 2
    assert endpoint(record).labels == 2


def test_a_revision_that_cannot_be_loaded_takes_no_traffic_and_is_reported(made: Any, record: Record, start: Any, until: Any) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    served = start("e")
    record.release(record.version(b"no pickle at all"))
    assert until(lambda: any(one.role == "failed" for one in endpoint(record).revisions))
    assert until(lambda: served.ask("/predict", {"rows": [[1, 0]]})[2] == {"predictions": [2.0]})


def test_a_signal_lets_what_is_under_way_finish(made: Any, record: Record, start: Any, until: Any) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    served = start("e")
    load = Load(served.port)

    def story() -> None:
        until(lambda: len(load.answered) > 100)
        served.process.send_signal(signal.SIGTERM)
        until(lambda: load.broken > 0)
        served.process.wait(60)

    asyncio.run(load.run(story))
    assert served.process.returncode == 0
    assert load.failed == []
    assert sorted(record.predictions()["key"]) == sorted(load.answered)


def test_tokens_of_the_record_are_asked_for(made: Any, record: Record, start: Any) -> None:
    record.declare(tokens=True)
    record.release(record.version(made(2.0)))
    added = record.client(add_token, AddToken(name="caller", role="member"))
    served = start("e")
    rows = {"rows": [[1, 0]]}
    assert served.ask("/predict", rows)[0] == 401
    assert served.ask("/predict", rows, Authorization="Bearer trd_wrong")[0] == 401
    status, _, answer = served.ask("/predict", rows, Authorization=f"Bearer {added.secret}")
    assert (status, answer) == (200, {"predictions": [2.0]})


def test_an_endpoint_is_switched_off_and_on_at_the_same_address(made: Any, record: Record, start: Any, until: Any) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    served = start("e")

    def answers() -> bool:
        try:
            return bool(served.ask("/predict", {"rows": [[1, 0]]})[0] == 200)
        except (OSError, asyncio.IncompleteReadError):
            return False

    assert answers()
    record.client(serving.switch_endpoint, serving.SwitchEndpoint(endpoint="e", on=False))
    assert until(lambda: not answers())
    record.client(serving.switch_endpoint, serving.SwitchEndpoint(endpoint="e", on=True))
    assert until(answers)


def test_a_model_is_served_by_its_reference(tmp_path: Path, made: Any, record: Record, start: Any) -> None:
    record.version(made(2.0))
    served = start("model://m@v1", "--consent", "--override", "a test")
    assert served.ask("/predict", {"rows": [[4, 0]]})[2] == {"predictions": [8.0]}
    assert record.client(serving.get_endpoint, serving.EndpointName(endpoint="m")).address == served.address
