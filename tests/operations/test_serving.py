"""Releases, rollouts, traffic, predictions and labels, on both dialects."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from treadle.contract import registry as registry_words
from treadle.contract import serving as words
from treadle.contract.data import Artifact
from treadle.contract.serving import Endpoint, Guardrails, Label, Stage, Traffic
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, NotAllowed, NotFound, StateError, UsageError
from treadle.core.operation import Call
from treadle.registry import operations as registry
from treadle.serving import history, intake, operations
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")


def register(database: Database, number: int, *, approve: bool = True) -> None:
    data = f"model {number}".encode()
    artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format="text", inline=data)
    registry.register(registry_words.Register(model="delay", artifact=artifact, key=f"v{number}"), CALL, database)
    if approve:
        registry.decide(registry_words.Decide(ref=f"delay@v{number}", decision="yes", words="looks right", override=True), CALL, database)


@pytest.fixture
def served(database: Database) -> Database:
    """An endpoint `flights` and three approved versions, none of them released."""
    for number in (1, 2, 3):
        register(database, number)
    operations.declare_endpoint(words.DeclareEndpoint(endpoint="flights", model="delay"), CALL, database)
    return database


def release(database: Database, ref: str, *stages: Stage, **more: Any) -> Endpoint:
    return operations.release(words.Release(endpoint="flights", ref=ref, stages=stages, **more), CALL, database)


def roles(found: Endpoint) -> dict[str, str]:
    return {one.ref: one.role for one in found.revisions}


def news(database: Database, kind: str) -> list[Any]:
    with database.reading() as tx:
        return list(tx.all(select(t.journal).where(t.journal.c.kind == kind).order_by(t.journal.c.id)))


def aliases(database: Database) -> dict[str, int]:
    return registry.list_models(registry_words.ListModels(), CALL, database)[0].aliases


def test_first_release_is_live_at_once_even_with_stages(served: Database) -> None:
    found = release(served, "delay@v1", Stage(share=0.0, rows=10))
    assert roles(found) == {"delay@v1": "live"}
    assert found.rollout is None
    assert aliases(served) == {"champion": 1}
    assert [entry.data["ref"] for entry in news(served, "revision.live")] == ["delay@v1"]


def test_release_without_stages_keeps_the_former_ready(served: Database) -> None:
    release(served, "delay@v1")
    assert roles(release(served, "delay@v2")) == {"delay@v1": "ready", "delay@v2": "live"}
    assert roles(release(served, "delay@v3")) == {"delay@v1": "retired", "delay@v2": "ready", "delay@v3": "live"}
    assert aliases(served) == {"champion": 3}


def test_staged_release_goes_through_shadow_and_share(served: Database) -> None:
    release(served, "delay@v1")
    found = release(served, "delay@v2", Stage(share=0.0, rows=10), Stage(share=0.2, rows=10))
    assert roles(found) == {"delay@v1": "live", "delay@v2": "shadow"}
    assert aliases(served) == {"champion": 1, "shadow": 2}
    steer = words.SteerRollout(endpoint="flights", act="advance")
    found = operations.steer_rollout(steer, CALL, served)
    assert roles(found) == {"delay@v1": "live", "delay@v2": "canary"}
    assert [one.share for one in found.revisions] == [1.0, 0.2]
    assert aliases(served) == {"champion": 1, "challenger": 2}
    found = operations.steer_rollout(steer, CALL, served)
    assert roles(found) == {"delay@v1": "ready", "delay@v2": "live"}
    assert aliases(served) == {"champion": 2}
    assert found.rollout is None
    done = operations.list_rollouts(words.Rollouts(endpoint="flights"), CALL, served)[0]
    assert (done.state, done.former, done.revision) == ("done", 1, 2)


def test_every_change_of_what_answers_is_a_generation(served: Database) -> None:
    first = release(served, "delay@v1").generation
    assert release(served, "delay@v2", Stage(share=0.5, rows=10)).generation == first + 1
    plan = operations.get_plan(words.GetPlan(endpoint="flights"), CALL, served)
    assert [(one.number, one.role, one.share) for one in plan.revisions] == [(1, "live", 1.0), (2, "canary", 0.5)]
    assert operations.get_plan(words.GetPlan(endpoint="flights", known=plan.generation), CALL, served).revisions == ()


def test_rollback_ends_a_rollout(served: Database) -> None:
    release(served, "delay@v1")
    release(served, "delay@v2", Stage(share=0.5, rows=10))
    found = operations.roll_back(words.RollBack(endpoint="flights", reason="too many calls"), CALL, served)
    assert roles(found) == {"delay@v1": "live", "delay@v2": "failed"}
    assert [entry.data["reason"] for entry in news(served, "rollout.taken_back")] == ["too many calls"]
    assert aliases(served) == {"champion": 1}


def test_rollback_goes_back_to_what_was_live(served: Database) -> None:
    release(served, "delay@v1")
    release(served, "delay@v2")
    found = operations.roll_back(words.RollBack(endpoint="flights"), CALL, served)
    assert roles(found) == {"delay@v1": "live", "delay@v2": "failed"}
    with pytest.raises(StateError, match="no earlier revision"):
        operations.roll_back(words.RollBack(endpoint="flights"), CALL, served)


def test_rollback_reaches_behind_a_failed_revision(served: Database) -> None:
    release(served, "delay@v1")
    release(served, "delay@v2")
    release(served, "delay@v3")
    operations.roll_back(words.RollBack(endpoint="flights"), CALL, served)
    found = operations.roll_back(words.RollBack(endpoint="flights"), CALL, served)
    assert roles(found) == {"delay@v1": "live", "delay@v2": "failed", "delay@v3": "failed"}


def test_a_new_release_replaces_a_rollout(served: Database) -> None:
    release(served, "delay@v1")
    release(served, "delay@v2", Stage(share=0.5, rows=10))
    found = release(served, "delay@v3", Stage(share=0.0, rows=10))
    assert roles(found) == {"delay@v1": "live", "delay@v2": "failed", "delay@v3": "shadow"}
    states = [one.state for one in operations.list_rollouts(words.Rollouts(endpoint="flights"), CALL, served)]
    assert states == ["running", "taken back", "done"]


def test_release_is_repeated_with_its_key_once(served: Database) -> None:
    release(served, "delay@v1")
    for _ in range(2):
        found = release(served, "delay@v2", Stage(share=0.5, rows=10), key="trigger:1")
    assert [one.ref for one in found.revisions] == ["delay@v1", "delay@v2"]


def test_a_version_that_has_not_passed_needs_a_recorded_override(served: Database) -> None:
    register(served, 4, approve=False)
    release(served, "delay@v1")
    with pytest.raises(NotAllowed, match="candidate"):
        release(served, "delay@v4")
    found = release(served, "delay@v4", override="the old one is on fire")
    assert roles(found)["delay@v4"] == "live"
    assert operations.list_rollouts(words.Rollouts(endpoint="flights"), CALL, served)[0].override == "the old one is on fire"
    assert aliases(served) == {"champion": 4}


@pytest.mark.parametrize(
    "stages",
    [
        (Stage(share=0.5, rows=1), Stage(share=0.1, rows=1)),
        (Stage(share=0.5),),
        (Stage(share=1.0, rows=1),),
        (Stage(share=-0.1, rows=1),),
        (Stage(share=0.1, rows=-5),),
    ],
)
def test_plans_that_cannot_be_followed_are_refused(served: Database, stages: tuple[Stage, ...]) -> None:
    with pytest.raises(UsageError):
        release(served, "delay@v1", *stages)


def test_what_is_live_already_is_not_released_again(served: Database) -> None:
    release(served, "delay@v1")
    with pytest.raises(StateError, match="live"):
        release(served, "delay@v1")


def test_unknown_names_are_met_with_the_near_one(served: Database) -> None:
    with pytest.raises(NotFound) as found:
        operations.get_endpoint(words.EndpointName(endpoint="flight"), CALL, served)
    assert found.value.hint == "did you mean `flights`?"
    with pytest.raises(NotFound):
        release(served, "delay@v9")
    with pytest.raises(UsageError):
        operations.declare_endpoint(words.DeclareEndpoint(endpoint="Not A Name", model="delay"), CALL, served)
    with pytest.raises(Conflict, match="another model"):
        operations.declare_endpoint(words.DeclareEndpoint(endpoint="flights", model="churn"), CALL, served)


def report(database: Database, process: str, *traffic: Traffic, failed: dict[int, str] | None = None) -> None:
    request = words.ReportTraffic(
        endpoint="flights", process=process, address="http://127.0.0.1:1", generation=1, traffic=traffic, failed=failed or {}
    )
    intake.report_traffic(request, CALL, database)


def test_counts_of_processes_add_up_and_replace_their_own(served: Database) -> None:
    release(served, "delay@v1")
    report(served, "a", Traffic(revision=1, requests=5, latency=(1, 4)))
    report(served, "a", Traffic(revision=1, requests=7, errors=1, latency=(1, 5, 1)))
    report(served, "b", Traffic(revision=1, requests=3, latency=(3,)))
    found = operations.get_endpoint(words.EndpointName(endpoint="flights"), CALL, served)
    assert found.traffic == (Traffic(revision=1, requests=10, errors=1, latency=(4, 5, 1)),)
    assert found.address == "http://127.0.0.1:1"


def test_a_canary_that_cannot_answer_is_taken_back(served: Database) -> None:
    release(served, "delay@v1")
    release(served, "delay@v2", Stage(share=0.5, rows=10))
    report(served, "a", failed={2: "its process dies"})
    report(served, "a", failed={2: "its process dies"})
    found = operations.get_endpoint(words.EndpointName(endpoint="flights"), CALL, served)
    assert roles(found) == {"delay@v1": "live", "delay@v2": "failed"}
    assert len(news(served, "revision.failed")) == 1
    assert len(news(served, "rollout.taken_back")) == 1


def test_a_live_revision_that_cannot_answer_gives_way(served: Database) -> None:
    release(served, "delay@v1")
    release(served, "delay@v2")
    report(served, "a", failed={2: "its process dies"})
    found = operations.get_endpoint(words.EndpointName(endpoint="flights"), CALL, served)
    assert roles(found) == {"delay@v1": "live", "delay@v2": "failed"}
    report(served, "a", failed={1: "its process dies too"})
    report(served, "a", failed={1: "its process dies too"})
    found = operations.get_endpoint(words.EndpointName(endpoint="flights"), CALL, served)
    assert roles(found)["delay@v1"] == "live"
    assert len(news(served, "revision.failed")) == 2


def test_chunks_are_shipped_once(served: Database) -> None:
    request = words.ShipPredictions(
        endpoint="flights", key="spool/0", digest=digest_bytes(b"chunk"), size=5, rows=10, first=100.0, last=200.0, revisions={1: 10}
    )
    assert [intake.ship_predictions(request, CALL, served).new for _ in range(2)] == [True, False]
    found = operations.list_predictions(words.ListPredictions(endpoint="flights", start=150.0), CALL, served)
    assert [(one.rows, one.revisions) for one in found] == [(10, {1: 10})]
    assert operations.list_predictions(words.ListPredictions(endpoint="flights", start=201.0), CALL, served) == []
    assert operations.get_endpoint(words.EndpointName(endpoint="flights"), CALL, served).predictions == 10


def add(database: Database, *labels: Label) -> words.AddedLabels:
    return intake.add_labels(words.AddLabels(endpoint="flights", labels=labels), CALL, database)


def test_the_first_label_of_a_key_counts(served: Database) -> None:
    assert add(served, Label(key="a", value=True), Label(key="b", value=False)).new == 2
    again = add(served, Label(key="a", value=True), Label(key="b", value=True), Label(key="c", value=1.5), Label(key="c", value=1.5))
    assert (again.new, again.repeated, again.conflicting, again.conflicts) == (1, 2, 1, ("b",))
    with served.reading() as tx:
        kept = {row.key: row.value for row in tx.all(select(t.label))}
    assert kept == {"a": True, "b": False, "c": 1.5}
    assert [entry.data["new"] for entry in news(served, "labels.added")] == [2, 1]


def test_an_endpoint_is_removed_only_when_it_is_off(served: Database) -> None:
    release(served, "delay@v1")
    add(served, Label(key="a", value=True))
    with pytest.raises(StateError, match="is on"):
        operations.remove_endpoint(words.EndpointName(endpoint="flights"), CALL, served)
    operations.switch_endpoint(words.SwitchEndpoint(endpoint="flights", on=False), CALL, served)
    operations.remove_endpoint(words.EndpointName(endpoint="flights"), CALL, served)
    assert operations.list_endpoints(words.ListEndpoints(), CALL, served) == []


def test_guardrails_must_mean_something(served: Database) -> None:
    with pytest.raises(UsageError, match="alpha"):
        release(served, "delay@v1", guardrails=Guardrails(alpha=0.0))
    with pytest.raises(UsageError, match="latency"):
        release(served, "delay@v1", guardrails=Guardrails(latency=0.5))


# --- over time ----------------------------------------------------------------------------------------------------------------------


def series(database: Database, **more: Any) -> words.EndpointSeries:
    return history.read_series(words.ReadSeries(endpoint="flights", **more), CALL, database)


def stood(database: Database, process: str, ago: int, requests: int, *, revision: int = 1) -> None:
    """A process's counts as they stood so many minutes ago."""
    with database.transaction(CALL) as tx:
        counts = msgspec.to_builtins(Traffic(revision=revision, requests=requests, latency=(requests,)))
        key = {"endpoint": 1, "process": process, "revision": revision, "minute": int(tx.now // 60) - ago}
        tx.execute(insert(t.traffic_minute), key | {"counts": counts})


def test_what_was_answered_is_told_by_minutes(served: Database) -> None:
    release(served, "delay@v1")
    stood(served, "a", 30, 100)
    stood(served, "a", 5, 140)
    stood(served, "b", 5, 7)
    report(served, "a", Traffic(revision=1, requests=150, errors=2, latency=(149, 1)))
    told = series(served, minutes=10, buckets=10)
    (one,) = told.revisions
    assert (told.buckets, told.seconds, one.ref, one.role) == (10, 60.0, "delay@v1", "live")
    assert sum(one.requests) == 40 + 7 + 10
    assert sum(one.errors) == 2
    assert max(one.requests) == 47
    assert {value for value in one.p99 if value is not None} <= set(words.LATENCY_BOUNDS)
    whole = series(served, minutes=60, buckets=7)
    assert (whole.buckets, whole.seconds) == (7, 540.0)
    assert sum(whole.revisions[0].requests) == 157


def test_old_minutes_become_hours_and_no_count_is_lost(served: Database) -> None:
    release(served, "delay@v1")
    old = history.THINNED + 200
    for ago in range(old, old - 120, -1):
        stood(served, "a", ago, old - ago + 1)
    stood(served, "gone", history.KEPT + 50, 9)
    report(served, "a", Traffic(revision=1, requests=200))
    with served.reading(CALL) as tx:
        left = tx.all(select(t.traffic_minute.c.process, t.traffic_minute.c.minute).order_by(t.traffic_minute.c.minute))
    assert {row.process for row in left} == {"a"}
    assert len(left) <= 4
    assert sum(series(served, minutes=history.KEPT, buckets=100).revisions[0].requests) == 200


def test_a_span_that_cannot_be_told_is_refused(served: Database) -> None:
    for more in ({"minutes": 0}, {"buckets": 0}, {"minutes": history.KEPT + 1}):
        with pytest.raises(UsageError, match="minutes"):
            series(served, **more)
