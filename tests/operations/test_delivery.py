"""Pace and stories on both dialects: from a live version back to the alarm, and down to its data, code and environment."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, update

from treadle.contract import delivery as words
from treadle.contract import runs as run_words
from treadle.contract.delivery import Pace, Story
from treadle.contract.runs import Code, Environment, SubmitRun
from treadle.core.definition import Definition
from treadle.core.errors import NotFound, UsageError
from treadle.core.operation import Call
from treadle.delivery import operations
from treadle.runs import operations as runs
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")


class Record:
    """A record in which a model was retrained because of an alarm, as the rooms would have written it."""

    def __init__(self, store: Database) -> None:
        self.store = store
        self.alarm = self.say("alarm.opened", "monitor:w", alarm=3, kind="performance", endpoint="flights", sentence="log loss is 0.41")
        self.fired = self.say(
            "trigger.fired", "trigger:decay", cause=self.alarm, trigger="decay", firing=1, why="entry 1; nothing forbids it"
        )
        self.run = self._run()
        self._data()
        facts = {"model": "delay", "version": 1, "ref": "delay@v1", "run": self.run, "sentence": "delay@v1 was made"}
        self.say("model.registered", "model:delay@v1", root=self.run, cause=self.fired, **facts)
        approved = self.say(
            "version.approved", "model:delay@v1", root=self.run, cause=self.fired, **facts | {"sentence": "its gates passed"}
        )
        again = self.say("trigger.fired", "trigger:release", cause=approved, trigger="release", firing=2, why="entry 9; nothing forbids it")
        where = {"endpoint": "flights", "rollout": 1, "model": "delay", "version": 1, "ref": "delay@v1"}
        started = self.say("rollout.started", "endpoint:flights", cause=again, stages=["shadow", "20%"], **where)
        self.say("rollout.stage", "endpoint:flights", cause=started, share=0.2, reason="500 rows agree", **where)
        self.say("revision.live", "endpoint:flights", cause=started, **where)
        self._tables()

    def say(self, news: str, about: str, /, root: int | None = None, cause: int | None = None, **data: Any) -> int:
        with self.store.transaction(CALL) as tx:
            number = journal.write(tx, news, about, data, cause=cause, actor="x")
            tx.execute(update(t.journal).where(t.journal.c.id == number).values(root=root))
        return number

    def _run(self) -> int:
        request = SubmitRun(
            key="k",
            definition=Definition(kind="step", name="late_arrivals", file="p.py", function="late_arrivals"),
            code=Code(digest="c" * 64, snapshot="s" * 64, commit="a" * 40),
            environment=Environment(digest="e" * 64, python="3.12", platform="Linux", distributions={"polars": "1.30"}),
        )
        number = runs.submit(request, Call(actor="trigger decay", cause=self.fired), self.store).id
        with self.store.transaction() as tx:
            values = {"state": "done", "started_at": tx.now, "ended_at": tx.now + 2, "usage": {"wall": 2.0, "cpu": 1.5}}
            tx.execute(update(t.run).where(t.run.c.id == number).values(**values))
        self.say("run.running", f"run:{number}", root=number, name="n", step="late_arrivals")
        self.say("run.done", f"run:{number}", root=number, name="n", step="late_arrivals", wall=2.0)
        return number

    def _data(self) -> None:
        with self.store.transaction() as tx:
            version = {"id": 1, "dataset": 1, "number": 3, "manifest": "m" * 64, "files": 2, "size": 9, "message": "", "actor": "a"}
            tx.execute(insert(t.dataset), {"id": 1, "project": "default", "name": "days", "created_at": tx.now})
            tx.execute(insert(t.dataset_version), {**version, "created_at": tx.now - 3600, "added": 0, "removed": 0, "changed": 0})
            line = {"run": self.run, "name": "days", "position": 0, "digest": "m" * 64, "source": "dataset://days@v3", "dataset_version": 1}
            tx.execute(insert(t.lineage), line)

    def _tables(self) -> None:
        with self.store.transaction() as tx:
            at = {"created_at": tx.now}
            artifact = {"name": "result", "digest": "d" * 64, "size": 1, "format": "skops"}
            version = {
                "id": 1,
                "model": 1,
                "number": 1,
                "key": "k",
                "stage": "approved",
                "artifact": artifact,
                "digest": "d" * 64,
                "actor": "a",
            }
            endpoint = {
                "id": 1,
                "project": "default",
                "name": "flights",
                "model": 1,
                "settings": {},
                "state": "on",
                "generation": 1,
                "address": "",
            }
            gate = {
                "version": 1,
                "gate": "auc",
                "kind": "metric",
                "state": "passed",
                "sentence": "auc is 0.71",
                "evidence": {},
                "at": tx.now - 9999,
            }
            tx.execute(insert(t.model), {"id": 1, "project": "default", "name": "delay", "card": {}, **at})
            tx.execute(insert(t.model_version), {**version, "run": self.run, "metrics": {}, "facts": {}, "card": {}, **at})
            tx.execute(insert(t.gate_result), gate)
            tx.execute(insert(t.alias), {"model": 1, "name": "champion", "version": 1, "at": tx.now})
            tx.execute(insert(t.endpoint), {**endpoint, **at})
            revision = {"endpoint": 1, "number": 1, "version": 1, "role": "live", "share": 1.0, "reason": ""}
            tx.execute(insert(t.revision), {**revision, **at})

    def story(self, ref: str) -> Story:
        return operations.read_story(words.AskStory(ref=ref), CALL, self.store)

    def pace(self, days: float = 30.0) -> Pace:
        return operations.read_pace(words.AskPace(days=days), CALL, self.store)


@pytest.fixture
def record(database: Database) -> Record:
    return Record(database)


def test_the_story_of_the_champion(record: Record) -> None:
    story = record.story("model://delay@champion")
    assert story.title == "delay@v1 (live at flights)"
    kinds = ["alarm.opened", "trigger.fired", "run.queued", "model.registered", "version.approved"]
    kinds += ["trigger.fired", "rollout.started", "rollout.stage", "revision.live"]
    assert [line.kind for line in story.lines] == kinds
    causes = [line.cause for line in story.lines]
    numbers = [line.entry for line in story.lines]
    assert causes == [None, *numbers[:7], numbers[6]]
    assert "data: days@v3" in story.lines[2].details
    assert story.lines[4].details == ("gate auc passed: auc is 0.71",)
    made_of = {fact.label: fact.value for fact in story.lineage}
    assert made_of["data"].startswith("days@v3: 2 files")
    assert made_of["code"].startswith(f"commit {'a' * 12}, digest {'c' * 12}")
    assert made_of["environment"].startswith("Python 3.12 on Linux, 1 packages")


@pytest.mark.parametrize(
    ("ref", "last"),
    [
        ("endpoint:flights", "revision.live"),
        ("model:delay@v1", "revision.live"),
        ("model:delay", "revision.live"),
        ("model://delay@latest", "revision.live"),
        ("run:1", "run.queued"),
        ("alarm:3", "revision.live"),
        ("entry:2", "revision.live"),
    ],
)
def test_what_has_a_story(record: Record, ref: str, last: str) -> None:
    lines = record.story(ref).lines
    assert (lines[0].kind, lines[-1].kind) == ("alarm.opened", last)
    shown = {line.entry for line in lines}
    assert all(line.cause in shown for line in lines[1:])


def test_what_has_none(record: Record) -> None:
    for ref in ("model://gone@champion", "model:delay@v9", "endpoint:gone", "alarm:9", "run:99", "firing:9", "dataset:gone", "entry:999"):
        with pytest.raises(NotFound):
            record.story(ref)
    for ref in ("nothing", "model://../x", "alarm:three"):
        with pytest.raises(UsageError):
            record.story(ref)


def test_the_pace_is_read_from_the_record(record: Record) -> None:
    found = record.pace()
    (release,) = found.releases
    assert (release.ref, release.because, release.hands, release.cpu) == ("delay@v1", "alarm.opened", (), 1.5)
    assert release.retraining == release.total
    (live,) = found.live
    assert (live.ref, live.reproducible, live.missing) == ("delay@v1", True, ())
    assert live.age is not None
    assert 3590 < live.age < 3700
    assert (found.hands_free, found.reproducible, found.cost.median) == (1.0, 1.0, 1.5)
    with pytest.raises(UsageError):
        record.pace(0.0)
    before = operations.read_pace(words.AskPace(days=30.0, until=found.since), CALL, record.store)
    assert (before.until, before.releases, before.time_to_market.count) == (found.since, (), 0)
    assert [one.ref for one in before.live] == ["delay@v1"]


def test_a_run_without_its_code_cannot_be_performed_again(record: Record) -> None:
    with record.store.transaction() as tx:
        tx.execute(update(t.run).values(code=None, environment=None))
    (live,) = record.pace().live
    assert (live.reproducible, live.missing) == (False, ("the snapshot of its code", "its environment"))


def test_the_steps_of_pipelines_are_not_read(record: Record) -> None:
    """Of a million steps only those are looked at that somebody asked for."""
    definition = Definition(kind="step", name="child", file="p.py", function="child")
    child = runs.submit(run_words.SubmitRun(key="child", definition=definition), CALL, record.store).id
    with record.store.transaction() as tx:
        tx.execute(update(t.run).where(t.run.c.id == child).values(root=record.run, parent=record.run))
        tx.execute(update(t.journal).where(t.journal.c.subject == f"run:{child}").values(root=record.run))
    story = record.story(f"run:{child}")
    assert [line.subject for line in story.lines][-1] == f"run:{record.run}"
    assert any(detail.startswith("child: queued") for detail in story.lines[-1].details)
