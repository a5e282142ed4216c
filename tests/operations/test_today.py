"""What needs somebody now, and what the platform uses, on both dialects."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, insert, update

from treadle.contract import delivery as words
from treadle.contract import people as people_words
from treadle.contract.delivery import PlatformUsage, Today
from treadle.core.errors import UsageError
from treadle.core.operation import Call
from treadle.delivery import operations, today
from treadle.people import operations as people
from treadle.store import tables as t
from treadle.store.database import Database

ADA = Call(actor="ada")
DAY = 86_400.0


def ask(database: Database, call: Call = ADA) -> Today:
    return operations.read_today(words.AskToday(), call, database)


def usage(database: Database, days: float = 30.0) -> PlatformUsage:
    return operations.read_usage(words.AskUsage(days=days), ADA, database)


class Rows:
    """Rows as the rooms would have written them; times are seconds before now."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.reading() as tx:
            self.now = tx.now
        self.runs = 0

    def add(self, table: Any, **values: Any) -> None:
        with self.database.transaction() as tx:
            tx.execute(insert(table), values)

    def run(self, state: str, *, ago: float = 0.0, step: str = "train", kind: str = "step", **more: Any) -> int:
        self.runs += 1
        at = self.now - ago
        facts = {"parameters": {}, "bindings": {}, "options": {}, "definition": "d" * 64, "engine": "local", "actor": "ada"}
        counts = {"waiting": 0, "not_before": 0.0, "attempts": 0, "failures": 0, "losses": 0, "stop_requested": False}
        values = {"id": self.runs, "key": f"k{self.runs}", "project": "default", "name": f"name-{self.runs}", "step": step, "kind": kind}
        ended = at if state in ("done", "failed", "stopped") else None
        values |= {"state": state, "root": more.get("parent") or self.runs, "queued_at": at, "ended_at": ended}
        self.add(t.run, **values | facts | counts | more)
        return self.runs

    def attempt(self, run: int, *, state: str = "done", ago: float = 0.0, **more: Any) -> None:
        at = self.now - ago
        values = {
            "id": f"a{run}-{more.get('number', 1)}",
            "run": run,
            "number": 1,
            "state": state,
            "engine": "local",
            "token": "t",
            "owner": "p",
        }
        values |= {"lease_until": at, "claimed_at": at, "log_size": 0, "spool_offset": 0}
        self.add(t.attempt, **values | ({} if state in ("starting", "running") else {"ended_at": at}) | more)

    def model(self, *stages: str, project: str = "default", number: int = 1) -> None:
        self.add(t.model, id=number, project=project, name=f"delay{number}", card={}, created_at=self.now)
        for place, stage in enumerate(stages, 1):
            facts = {"artifact": {}, "digest": "x", "metrics": {}, "facts": {}, "card": {}, "actor": "ada", "created_at": self.now}
            key = f"{number}/{place}"
            self.add(t.model_version, id=number * 100 + place, model=number, number=place, key=key, stage=stage, **facts)

    def endpoint(self) -> None:
        self.add(
            t.endpoint,
            id=1,
            project="default",
            name="flights",
            model=1,
            settings={},
            state="on",
            generation=1,
            address="http://127.0.0.1:1",
            created_at=self.now,
        )

    def alarms(self, *acknowledged_by: str, state: str = "open") -> None:
        settings = {"settings": {}, "state": "watching", "progress": {}, "lease_until": 0.0, "due_at": 0.0, "created_at": self.now}
        with self.database.transaction() as tx:
            tx.insert_new(t.monitor, [{"id": 1, "project": "default", "name": "w", "endpoint": 1, **settings}])
        for who in acknowledged_by:
            facts = {"columns": [], "evidence": {}, "window": 1, "opened_at": self.now, "closing": "", "words": "", "sentence": "it drifts"}
            self.add(t.alarm, monitor=1, kind="drift", slice="", state=state, severity="alarm", acknowledged_by=who, **facts)


@pytest.fixture
def rows(database: Database) -> Rows:
    return Rows(database)


# --- today ------------------------------------------------------------------------------------------------------------------------


def test_an_empty_record_needs_nobody(database: Database) -> None:
    found = ask(database)
    assert found.counts == words.TodayCounts()
    assert found.at > 0


def test_versions_wait_with_what_their_gates_said(database: Database, rows: Rows) -> None:
    rows.model("approved", "waiting", "waiting")
    rows.model("waiting", project="churn", number=2)
    with database.transaction() as tx:
        tx.execute(update(t.model_version).where(t.model_version.c.id == 103).values(check=9))
    said = {"kind": "metric", "evidence": {}, "at": rows.now}
    for run, gate, state in ((8, "auc", "failed"), (9, "auc", "failed"), (9, "auc", "passed"), (9, "person", "waiting")):
        rows.add(t.gate_result, version=103, gate=gate, state=state, sentence=f"{gate} {state}", run=run, **said)
    found = ask(database)
    assert [one.ref for one in found.versions] == ["delay1@v3", "delay1@v2"]
    assert [(one.gate, one.state) for one in found.versions[0].gates] == [("auc", "passed"), ("person", "waiting")]
    assert found.counts.versions == 2
    assert [one.ref for one in ask(database, Call(actor="ada", project="churn")).versions] == ["delay2@v1"]


def test_runs_wait_for_a_persons_yes(database: Database, rows: Rows) -> None:
    pipeline = rows.run("running", kind="pipeline", step="weekly")
    waiting = rows.run("queued", kind="approval", step="release?", parent=pipeline, waiting=1, ago=500.0)
    rows.run("queued", kind="approval", step="later?", parent=pipeline, waiting=2)
    found = ask(database)
    [one] = found.runs
    assert (one.run, one.root, one.pipeline) == (waiting, pipeline, "name-1")
    assert (found.counts.runs, found.counts.stuck) == (1, 0)


def test_alarms_that_somebody_has_seen_stand_apart(database: Database, rows: Rows) -> None:
    rows.model("approved")
    rows.endpoint()
    rows.alarms("", "ada", "")
    rows.alarms("", state="closed")
    found = ask(database)
    assert [one.id for one in found.alarms] == [3, 1]
    assert [(one.monitor, one.endpoint, one.model, one.acknowledged_by) for one in found.acknowledged] == [
        ("w", "flights", "delay1", "ada")
    ]
    assert (found.counts.alarms, found.counts.acknowledged) == (2, 1)
    assert ask(database, Call(actor="ada", project="churn")).counts.alarms == 0


def test_failures_count_until_their_step_succeeds(database: Database, rows: Rows) -> None:
    rows.run("failed", step="old", ago=2 * DAY)
    rows.run("failed", step="healed", ago=900.0)
    rows.run("done", step="healed", ago=800.0)
    rows.run("done", step="broke", ago=700.0)
    first = rows.run("failed", step="broke", ago=600.0)
    newest = rows.run("failed", step="broke", ago=500.0, reason="the code raised", error={"kind": "failed", "message": "KeyError: 'x'"})
    rows.run("failed", step="child", ago=400.0, parent=first)
    rows.run("failed", step="deleted", ago=400.0, deleted_at=rows.now)
    other = rows.run("failed", step="again", ago=300.0)
    rows.run("failed", step="elsewhere", ago=300.0, project="churn")
    found = ask(database)
    assert [(one.run, one.step, one.times) for one in found.failed] == [(other, "again", 1), (newest, "broke", 2)]
    assert (found.failed[1].reason, found.failed[1].message) == ("the code raised", "KeyError: 'x'")
    assert found.counts.failed == 2


def test_runs_that_do_not_get_on_say_what_they_wait_for(database: Database, rows: Rows) -> None:
    silent = rows.run("running", ago=500.0)
    rows.attempt(silent, state="running", ago=100.0, host="node7")
    well = rows.run("running", ago=500.0)
    rows.attempt(well, state="running", ago=-20.0)
    rows.run("queued", ago=1.0)
    waiting = rows.run("queued", ago=300.0)
    trying = rows.run("queued", ago=300.0, failures=1, not_before=rows.now + 1000.0)
    rows.run("queued", ago=300.0, waiting=1, parent=waiting)
    upstream = rows.run("queued", ago=300.0, waiting=2)
    found = ask(database)
    told = {one.run: one.waits_for for one in found.stuck}
    assert list(told) == [upstream, trying, waiting, silent]
    assert told[upstream] == "2 earlier runs"
    assert told[trying].startswith("the next try, in ")
    assert "treadle up" in told[waiting]
    assert "node7" in told[silent]
    assert found.counts.stuck == 4
    rows.add(t.process, id="p", role="keeper", host="h", boot="b", pid=1, pid_started="1", started_at=rows.now, seen_at=rows.now + 60)
    assert {one.run: one.waits_for for one in ask(database).stuck}[waiting] == "a free place"


def test_rollouts_under_way_and_unseen_mentions_are_told(database: Database, rows: Rows) -> None:
    rows.model("approved")
    rows.endpoint()
    facts = {"endpoint": 1, "revision": 2, "stages": [], "guardrails": {}, "stage": 0, "reason": "", "override": "", "evidence": {}}
    for state in ("running", "paused", "done"):
        rows.add(t.rollout, state=state, started_at=rows.now, stage_at=rows.now, actor="ada", **facts)
    people.add_comment(people_words.AddComment(subject="endpoint:flights", text="@ada look"), Call(actor="bob"), database)
    found = ask(database)
    assert [(one.id, one.endpoint, one.state) for one in found.rollouts] == [(2, "flights", "paused"), (1, "flights", "running")]
    assert [one.comment.text for one in found.mentions] == ["@ada look"]
    assert (found.counts.rollouts, found.counts.mentions) == (2, 1)
    assert ask(database, Call(actor="bob")).counts.mentions == 0


def test_lists_are_bounded_and_counts_are_not(database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(today, "MOST", 2)
    for number in range(4):
        rows.run("failed", step=f"s{number}")
        rows.run("queued", ago=100.0)
    found = ask(database)
    assert (len(found.failed), found.counts.failed) == (2, 4)
    assert (len(found.stuck), found.counts.stuck) == (2, 4)


def test_one_page_takes_few_questions(database: Database, rows: Rows) -> None:
    rows.model(*["waiting"] * 30)
    for number in range(30):
        rows.run("failed", step=f"s{number}")
        rows.run("queued", ago=100.0)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    ask(database)
    assert len([one for one in asked if "SELECT" in one]) <= 16


# --- usage ------------------------------------------------------------------------------------------------------------------------


def test_costs_add_up_by_project_step_person_and_day(database: Database, rows: Rows) -> None:
    spent = [("train", "ada", "default", 1.0), ("train", "bob", "default", 2.0), ("score", "ada", "churn", 4.0)]
    for step, actor, project, cpu in spent:
        number = rows.run("done", step=step, actor=actor, project=project)
        rows.attempt(number, ago=10.0, usage={"cpu": cpu, "wall": 2 * cpu, "memory": int(cpu * 1e9)}, number=1)
        rows.attempt(number, ago=5.0, state="failed", usage={"wall": 1.0}, number=2)
    body = rows.run("done", step="weekly", kind="pipeline")
    rows.attempt(body, ago=10.0, usage={"cpu": 0.5, "wall": 100.0})
    rows.attempt(rows.run("done"), ago=40 * DAY, usage={"cpu": 99.0})
    rows.attempt(rows.run("done"), ago=10.0)
    found = usage(database)
    assert (found.cost.attempts, found.cost.cpu, found.cost.wall, found.cost.memory) == (8, 7.5, 17.0, 4_000_000_000)
    assert [(one.name, one.cpu) for one in found.cost_by_project] == [("churn", 4.0), ("default", 3.5)]
    assert [(one.name, one.attempts, one.cpu) for one in found.cost_by_step] == [("score", 2, 4.0), ("train", 5, 3.0), ("weekly", 1, 0.5)]
    assert [(one.name, one.cpu) for one in found.cost_by_actor] == [("ada", 5.5), ("bob", 2.0)]
    assert sum(one.cpu for one in found.cost_by_day) == 7.5
    assert usage(database, days=100).cost.cpu == 106.5
    with pytest.raises(UsageError, match="days"):
        usage(database, days=0)


def test_costs_of_a_day_are_those_of_its_hours(database: Database, rows: Rows) -> None:
    began = rows.now // DAY * DAY - 3 * DAY
    for hours in (0.0, 11.0, 13.0, 23.9, 24.0):
        rows.attempt(rows.run("done"), usage={"cpu": 1.0}, ended_at=began + hours * 3600.0)
    assert [(one.attempts, one.cpu) for one in usage(database).cost_by_day] == [(4, 4.0), (1, 1.0)]
    assert usage(database).cost_by_day[0].name < usage(database).cost_by_day[1].name


def test_engines_queue_and_processes_are_as_they_are_now(database: Database, rows: Rows) -> None:
    assert usage(database).queue.wait is None
    for wait in (1.0, 2.0, 30.0, 40.0):
        number = rows.run("done", ago=100.0)
        rows.attempt(number, ago=0.0, claimed_at=rows.now - 100.0 + wait)
        rows.attempt(number, ago=0.0, number=2, claimed_at=rows.now)
    rows.attempt(rows.run("running"), state="running")
    rows.attempt(rows.run("starting", engine="slurm"), state="starting", engine="slurm")
    rows.run("queued")
    rows.run("queued", waiting=1)
    rows.run("queued", kind="approval", waiting=1)
    kept = {"host": "h", "boot": "b", "pid_started": "1", "started_at": rows.now}
    rows.add(t.process, id="a", role="keeper", pid=1, seen_at=rows.now, engines={"local": 4.0}, **kept)
    rows.add(t.process, id="b", role="keeper", pid=2, seen_at=rows.now - 1, engines={"local": 2.0}, **kept)
    rows.add(t.process, id="c", role="keeper", pid=3, seen_at=rows.now - 500, engines={"local": 8.0}, **kept)
    rows.add(t.process, id="d", role="command", pid=4, seen_at=rows.now - 2, engines={"local": 2.0}, **kept)
    found = usage(database)
    assert [(one.engine, one.starting, one.running, one.queued, one.cores) for one in found.engines] == [
        ("local", 0, 1, 2, 6.0),
        ("slurm", 1, 0, 0, None),
    ]
    assert [(one.pid, one.alive) for one in found.processes] == [(1, True), (2, True), (4, True), (3, False)]
    assert (found.queue.waiting, found.queue.ready, found.queue.started) == (2, 1, 4)
    assert found.queue.wait == pytest.approx(16.0, abs=1e-3)


def test_bytes_are_counted_by_kind_and_day(database: Database, rows: Rows) -> None:
    kept = {"role": "output", "name": "x", "position": 0, "digest": "d" * 64, "format": "f", "tree": False, "pickled": False, "about": {}}
    rows.add(t.artifact, size=100, created_at=rows.now, **kept)
    rows.add(t.artifact, size=10, created_at=rows.now - 40 * DAY, **kept)
    rows.add(t.artifact, size=999, created_at=rows.now, purged_at=rows.now, **kept)
    rows.attempt(rows.run("done"), log_size=7)
    rows.add(t.metric, run=1, name="loss", last=0.1, last_step=1, lowest=0.1, highest=0.2, points=3, at=rows.now)
    found = usage(database)
    assert {one.kind: (one.count, one.bytes) for one in found.stored} == {
        "artifacts": (2, 110),
        "datasets": (0, 0),
        "predictions": (0, 0),
        "logs": (1, 7),
        "points": (3, 72),
    }
    days = {one.at: (one.artifacts, one.logs, one.points) for one in found.stored_by_day}
    assert sum(one[0] for one in days.values()) == 100
    assert sum(one[2] for one in days.values()) == 72
    assert all(at % DAY == 0.0 for at in days)


def test_endpoints_that_are_on_say_what_is_live(database: Database, rows: Rows) -> None:
    rows.model("approved", "approved")
    rows.endpoint()
    assert [(one.name, one.ref) for one in usage(database).endpoints] == [("flights", None)]
    facts = {"endpoint": 1, "share": 0.0, "reason": "", "created_at": rows.now}
    rows.add(t.revision, number=1, version=101, role="retired", **facts)
    rows.add(t.revision, number=2, version=102, role="live", **facts)
    assert [(one.name, one.project, one.ref) for one in usage(database).endpoints] == [("flights", "default", "delay1@v2")]
