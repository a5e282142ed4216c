"""Triggers on both dialects: once per cause, within their limits, tried again where that helps, and nothing lost when somebody dies."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select, update

from treadle.assemble import Record
from treadle.blobs import open_blobs
from treadle.contract import record as record_words
from treadle.contract import runs as run_words
from treadle.contract import triggers as words
from treadle.contract.runs import Binding, Code, Options, SubmitRun
from treadle.core.definition import Definition, Input, Parameter
from treadle.core.errors import NotFound, NotSignedIn, QueryError, Unreachable, UsageError
from treadle.core.operation import Call
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.triggers import acting, react
from treadle.triggers.react import React

CALL = Call(actor="ada")


class AtOnce(Executor):
    """Performs what it is given before it answers."""

    def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments, **more))
        return future


class Never(Executor):
    """A keeper that dies between recording and acting: takes work and does not do it."""

    def submit(self, function: Any, /, *arguments: Any, **more: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(None)
        return future


class Loop:
    """A record with one reacting keeper."""

    def __init__(self, database: Database, home: Path) -> None:
        (home / "cache").mkdir(parents=True, exist_ok=True)
        self.record = Record(home, database, open_blobs(home / "blobs", home / "cache" / "blobs"))
        self.store = database
        self.react = React(self.record, pool=AtOnce())

    def apply(
        self, name: str, when: words.When, *do: words.Act, paused: bool = False, remove: tuple[str, ...] = (), **limits: Any
    ) -> words.Applied:
        declared = words.Declared(name=name, when=when, do=do or (retrain(),), limits=words.Limits(**limits), paused=paused)
        return self.record.call(words.apply_triggers, words.ApplyTriggers(triggers=(declared,), remove=remove), CALL)

    def preview(self, name: str, when: words.When, **limits: Any) -> words.Previewed:
        declared = words.Declared(name=name, when=when, do=(retrain(),), limits=words.Limits(**limits))
        return self.record.call(words.preview_trigger, words.PreviewTrigger(trigger=declared), CALL)

    def say(self, news: str, about: str = "alarm:1", /, **data: Any) -> int:
        """News of the world, or of another room; answers its number."""
        with self.store.transaction(CALL) as tx:
            return journal.write(tx, news, about, data, actor="watch")

    def firings(self, trigger: str = "") -> list[words.Firing]:
        return list(reversed(self.record.call(words.list_firings, words.ListFirings(trigger=trigger), CALL)))

    def states(self, trigger: str = "") -> list[str]:
        return [one.state for one in self.firings(trigger)]

    def runs(self) -> list[run_words.Run]:
        page = self.record.call(run_words.list_runs, run_words.ListRuns(sort="id"), CALL)
        return list(page.runs)

    def causes(self, entry: int) -> list[str]:
        return [one.kind for one in self.record.call(record_words.read_causes, record_words.ExplainEntry(entry=entry), CALL)]

    def entries(self, kind: str) -> list[record_words.Entry]:
        return self.record.call(record_words.read_journal, record_words.ReadJournal(kind=kind), CALL)

    def later(self) -> None:
        """Whatever was put off is due now."""
        with self.store.transaction(CALL) as tx:
            tx.execute(update(t.firing).where(t.firing.c.state.in_(("due", "holding", "acting"))).values(next_at=tx.now - 1))
            tx.execute(update(t.trigger).where(t.trigger.c.next_at.is_not(None)).values(next_at=tx.now - 1))


def retrain(**parameters: Any) -> words.Run:
    definition = Definition(
        kind="pipeline",
        name="late_arrivals",
        file="pipeline.py",
        function="late_arrivals",
        parameters=tuple(Parameter(name=name, schema={}) for name in parameters),
        inputs=(Input(name="flights", optional=True),),
    )
    return words.Run(
        submission=SubmitRun(key="", definition=definition, parameters=parameters, code=Code(digest="c" * 64, snapshot="s" * 64))
    )


@pytest.fixture
def loop(database: Database, tmp_path: Path) -> Loop:
    return Loop(database, tmp_path / "home")


ALARM = words.News(kind="alarm.opened")


# --- news -------------------------------------------------------------------------------------------------------------------


def test_news_submits_a_run_whose_cause_leads_back_to_the_news(loop: Loop) -> None:
    loop.say("alarm.opened", kind="performance")  # before the trigger was there: not its news
    loop.apply("retrain", ALARM, retrain(until="{window}"), match={"kind": "performance"})
    loop.say("alarm.opened", kind="drift", window=1)
    entry = loop.say("alarm.opened", kind="performance", window=7, sentence="log loss is 0.41")
    loop.react.tick()
    (run,) = loop.runs()
    (firing,) = loop.firings()
    assert (run.actor, run.parameters, run.cause) == ("trigger retrain", {"until": 7}, firing.fired)
    assert (firing.state, firing.cause, firing.entry, firing.answer[0]["run"]) == ("done", f"entry:{entry}", entry, run.id)
    queued = loop.entries("run.queued")[0]
    assert loop.causes(queued.id) == ["run.queued", "trigger.fired", "alarm.opened"]
    loop.react.tick()
    React(loop.record, pool=AtOnce()).tick()
    assert (len(loop.runs()), len(loop.firings())) == (1, 1)
    assert loop.record.call(words.get_trigger, words.TriggerName(trigger="retrain"), CALL).passed == 1


def test_the_run_of_a_run_leads_back_too(loop: Loop) -> None:
    """News about a run, or about a model that it made, names no cause; the rule of core.causes finds it."""
    loop.apply("retrain", ALARM)
    loop.say("alarm.opened")
    loop.react.tick()
    run = loop.runs()[0].id
    with loop.store.transaction(CALL) as tx:
        tx.news("run.done", f"run:{run}", root=run)
    registered = loop.say("model.registered", "model:m@v1", model="m", version=1, run=run)
    approved = loop.say("version.approved", "model:m@v1", model="m", version=1)
    rollout = loop.say("rollout.started", "endpoint:e", model="m", version=1)
    live = loop.say("revision.live", "endpoint:e", model="m", version=1)
    chain = [
        "revision.live",
        "rollout.started",
        "version.approved",
        "model.registered",
        "run.done",
        "run.queued",
        "trigger.fired",
        "alarm.opened",
    ]
    assert loop.causes(live) == chain
    assert [registered, approved, rollout] == sorted([registered, approved, rollout])


def test_conditions_count_what_they_let_pass(loop: Loop) -> None:
    loop.apply("some", ALARM, where="rows >= 500 and kind in ['drift', 'performance']", match={"endpoint": "fl*"})
    for data in ({"rows": 499, "kind": "drift"}, {"rows": 500, "kind": "quality"}, {"rows": 500, "kind": "drift"}):
        loop.say("alarm.opened", endpoint="flights", **data)
    loop.say("alarm.opened", endpoint="churn", rows=900, kind="drift")
    loop.react.tick()
    assert loop.states() == ["done"]
    assert loop.record.call(words.get_trigger, words.TriggerName(trigger="some"), CALL).passed == 3


def test_an_operation_is_called_once_even_when_it_is_performed_again(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper dies after the operation and before it could say so: the key answers the second time."""
    loop.apply("retrain", ALARM)
    loop.say("alarm.opened")
    with monkeypatch.context() as patched:
        patched.setattr(acting, "_kept", lambda *_: False)
        loop.react.tick()
    assert (len(loop.runs()), loop.states()) == (1, ["acting"])
    loop.later()
    React(loop.record, pool=AtOnce()).tick()
    assert (len(loop.runs()), loop.states(), loop.firings()[0].tries) == (1, ["done"], 2)


def test_a_keeper_that_dies_between_recording_and_acting_leaves_the_act_to_the_next(loop: Loop) -> None:
    loop.apply("retrain", ALARM)
    loop.say("alarm.opened")
    dying = React(loop.record, pool=Never())
    dying.tick()
    assert (loop.states(), loop.runs()) == (["acting"], [])
    loop.react.tick()
    assert loop.runs() == []  # its lease still holds
    loop.later()
    loop.react.tick()
    assert (loop.states(), len(loop.runs())) == (["done"], 1)


def test_keepers_side_by_side_act_once(loop: Loop) -> None:
    loop.apply("retrain", ALARM)
    keepers = [React(loop.record) for _ in range(4)]
    for number in range(6):
        loop.say("alarm.opened", number=number)
    for _ in range(3):
        for keeper in keepers:
            keeper.tick()
    for keeper in keepers:
        keeper.settle()
    while "due" in loop.states() or "acting" in loop.states():
        keepers[0].tick()
        keepers[0].settle()
    assert loop.states() == ["done"] * 6
    assert len(loop.runs()) == 6


def test_several_actions_go_on_where_they_stopped(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    posts: list[str] = []

    def post(url: str, *_: Any) -> str:
        posts.append(url)
        if len(posts) < 3:
            raise Unreachable("ops did not answer")
        return "ops"

    monkeypatch.setattr("treadle.triggers.notifiers._post", post)
    loop.apply("both", ALARM, retrain(), words.Notify(webhook="http://ops/{kind}"))
    loop.say("alarm.opened", kind="drift")
    loop.react.tick()
    (firing,) = loop.firings()
    assert (firing.state, firing.tries, len(firing.answer)) == ("due", 1, 1)
    assert "try 1 failed: ops did not answer" in firing.why
    for _ in range(2):
        loop.later()
        loop.react.tick()
    assert (loop.states(), len(loop.runs()), posts) == (["done"], 1, ["http://ops/drift"] * 3)


def test_what_cannot_work_is_given_up_and_told(loop: Loop) -> None:
    loop.apply("gone", ALARM, words.Operate(operation="runs.stop", request={"run": "{run}"}), words.Notify(webhook="http://never"))
    loop.say("alarm.opened", run=77)
    loop.say("alarm.opened")
    loop.react.tick()
    assert loop.states() == ["failed", "failed"]
    failed = loop.entries("trigger.failed")
    assert [one.data["sentence"].partition(" (")[0] for one in failed] == ["there is no run `77`", "the news says nothing of `run`"]
    assert loop.causes(failed[0].id) == ["trigger.failed", "trigger.fired", "alarm.opened"]


def test_a_failure_that_passes_is_tried_so_often_and_then_given_up(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> str:
        raise Unreachable("nobody is there")

    monkeypatch.setattr("treadle.triggers.notifiers._post", away)
    loop.apply("tell", ALARM, words.Notify(webhook="http://ops"), tries=3)
    loop.say("alarm.opened")
    for _ in range(3):
        loop.react.tick()
        loop.later()
    loop.react.tick()
    (firing,) = loop.firings()
    assert (firing.state, firing.tries) == ("failed", 3)


# --- limits -----------------------------------------------------------------------------------------------------------------


def test_limits_skip_and_say_why(loop: Loop) -> None:
    loop.apply("cool", ALARM, cooldown=3600.0)
    loop.apply("some", ALARM, most=2, per=3600.0)
    loop.apply("one", ALARM, concurrency=1)
    for _ in range(3):
        loop.say("alarm.opened")
    loop.react.tick()
    assert loop.states("cool") == ["done", "skipped", "skipped"]
    assert "cools down for 1 h, until" in loop.firings("cool")[1].why
    assert loop.states("some") == ["done", "done", "skipped"]
    assert "it fired 2 times within 1 h" in loop.firings("some")[2].why
    assert loop.states("one") == ["done", "skipped", "skipped"]
    assert "that it started is not over" in loop.firings("one")[2].why
    with loop.store.transaction() as tx:
        tx.execute(update(t.run).values(state="done"))
    loop.say("alarm.opened")
    loop.react.tick()
    assert loop.states("one")[-1] == "done"


def test_a_dry_run_and_a_pause_do_nothing(loop: Loop) -> None:
    loop.apply("dry", ALARM, dry_run=True)
    loop.apply("off", ALARM, paused=True)
    loop.say("alarm.opened")
    loop.react.tick()
    assert (loop.states("dry"), loop.states("off"), loop.runs()) == (["dry"], [], [])
    resumed = loop.record.call(words.pause_trigger, words.PauseTrigger(trigger="off", paused=False), CALL)
    loop.react.tick()
    assert (resumed.state, loop.states("off")) == ("on", [])
    loop.say("alarm.opened")
    loop.react.tick()
    assert loop.states("off") == ["done"]


def test_a_trigger_that_causes_its_own_news_does_not_go_round_for_ever(loop: Loop) -> None:
    loop.apply("again", words.News(kind="run.queued"))
    loop.record.call(run_words.submit, msgspec.structs.replace(retrain().submission, key="first"), CALL)
    for _ in range(20):
        loop.react.tick()
    assert loop.states() == ["done"] * 5 + ["skipped"]
    assert "would go round for ever" in loop.firings()[-1].why


# --- alarms -----------------------------------------------------------------------------------------------------------------


def watched(loop: Loop, *kinds: str) -> list[int]:
    """An endpoint `flights`, its monitor, and an open alarm of each kind; answers their numbers."""
    with loop.store.transaction() as tx:
        at = {"created_at": tx.now}
        tx.execute(insert(t.model), {"id": 1, "project": "default", "name": "m", "card": {}, **at})
        tx.execute(
            insert(t.endpoint),
            {
                "id": 1,
                "project": "default",
                "name": "flights",
                "model": 1,
                "settings": {},
                "state": "on",
                "generation": 0,
                "address": "",
                **at,
            },
        )
        tx.execute(
            insert(t.monitor),
            {
                "id": 1,
                "project": "default",
                "name": "watch",
                "endpoint": 1,
                "settings": {},
                "state": "watching",
                "progress": {},
                "lease_until": 0.0,
                "due_at": 0.0,
                **at,
            },
        )
        for number, kind in enumerate(kinds, 1):
            tx.execute(
                insert(t.alarm),
                {
                    "id": number,
                    "monitor": 1,
                    "kind": kind,
                    "slice": "",
                    "state": "open",
                    "severity": "page",
                    "sentence": "so it is",
                    "columns": [],
                    "evidence": {},
                    "window": 1,
                    "opened_at": tx.now,
                    "closing": "",
                    "acknowledged_by": "",
                    "words": "",
                },
            )
    return list(range(1, len(kinds) + 1))


def test_bad_data_never_retrains(loop: Loop) -> None:
    watched(loop, "quality")
    loop.apply("retrain", ALARM, unless_open=("quality",))
    loop.say("alarm.opened", kind="performance", endpoint="flights")
    loop.say("alarm.opened", kind="performance", endpoint="other")
    loop.react.tick()
    assert loop.states() == ["skipped", "done"]
    assert "not while this is open: alarm 1 (quality): so it is" in loop.firings()[0].why


def test_an_alarm_must_persist(loop: Loop) -> None:
    watched(loop, "drift", "drift")
    loop.apply("retrain", ALARM, persists=3600.0, match={"kind": "drift"})
    loop.say("alarm.opened", kind="drift", alarm=1)
    loop.say("alarm.opened", kind="drift", alarm=2)
    loop.react.tick()
    assert (loop.states(), loop.runs()) == (["holding", "holding"], [])
    with loop.store.transaction() as tx:
        tx.execute(update(t.alarm).where(t.alarm.c.id == 1).values(state="closed"))
    loop.later()
    loop.react.tick()
    loop.react.tick()
    assert (loop.states(), len(loop.runs())) == (["skipped", "done"], 1)
    assert loop.firings()[0].why.endswith("the alarm had closed by itself")
    assert loop.causes(loop.entries("run.queued")[0].id) == ["run.queued", "trigger.fired", "alarm.opened"]


# --- applying ---------------------------------------------------------------------------------------------------------------


def test_applying_again_changes_nothing_and_a_change_keeps_its_place(loop: Loop) -> None:
    assert loop.apply("retrain", ALARM).created == ("retrain",)
    assert loop.apply("retrain", ALARM).unchanged == ("retrain",)
    loop.say("alarm.opened", kind="drift")
    assert loop.apply("retrain", ALARM, cooldown=5.0).changed == ("retrain",)
    loop.react.tick()
    assert loop.states() == ["done"]  # the news came before the change, and was still to be looked at
    removed = loop.record.call(words.remove_trigger, words.TriggerName(trigger="retrain"), CALL)
    assert (removed.name, loop.record.call(words.list_triggers, words.ListTriggers(), CALL)) == ("retrain", [])
    assert loop.apply("retrain", ALARM).created == ("retrain",)
    assert len(loop.firings("retrain")) == 1


def test_all_or_none_are_applied(loop: Loop) -> None:
    good = words.Declared(name="good", when=ALARM, do=(retrain(),))
    bad = words.Declared(name="bad", when=ALARM, do=(words.Operate(operation="access.add_token", request={"name": "x", "role": "admin"}),))
    with pytest.raises(UsageError, match="may not perform"):
        loop.record.call(words.apply_triggers, words.ApplyTriggers(triggers=(good, bad)), CALL)
    with pytest.raises(NotFound, match="no trigger `gone`"):
        loop.record.call(words.apply_triggers, words.ApplyTriggers(triggers=(good,), remove=("gone",)), CALL)
    assert loop.record.call(words.list_triggers, words.ListTriggers(), CALL) == []


@pytest.mark.parametrize(
    ("when", "more", "what"),
    [
        (words.Schedule(cron="61 * * * *"), {}, "is no schedule"),
        (words.Schedule(cron="0 3 * * *", zone="Mars/Base"), {}, "no time zone"),
        (words.News(kind="Alarm opened!"), {}, "no kind of news"),
        (words.Git(repository="ext::sh -c true"), {}, "no repository"),
        (words.Git(repository="--upload-pack=x"), {}, "no repository"),
        (ALARM, {"most": 3}, "a number and a time"),
        (ALARM, {"tries": 0}, "tries is 0"),
    ],
)
def test_what_cannot_be_is_refused(loop: Loop, when: words.When, more: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        loop.apply("bad", when, **more)
    with pytest.raises(UsageError, match=what):
        loop.preview("bad", when, **more)


def test_a_preview_tells_what_applying_would_make_and_writes_nothing(loop: Loop) -> None:
    nightly = words.Schedule(cron="0 3 * * *")
    told = loop.preview("nightly", nightly, most=2, per=60.0)
    assert (told.state, told.sentence) == (
        "created",
        "when it is 0 3 * * * in UTC: run late_arrivals; at most 2 times in 1 min",
    )
    assert [moment % 86_400 for moment in told.coming] == [3 * 3600.0] * 3
    assert loop.record.call(words.list_triggers, words.ListTriggers(), CALL) == []
    loop.apply("nightly", nightly, most=2, per=60.0)
    assert loop.preview("nightly", nightly, most=2, per=60.0).state == "unchanged"
    changed = loop.preview("nightly", ALARM)
    assert (changed.state, changed.coming) == ("changed", ())
    with loop.store.transaction(CALL) as tx:
        coming = tx.all(select(t.trigger.c.next_at))[0].next_at
    assert coming in told.coming


def test_conditions_and_hosts_are_checked_when_they_are_applied(loop: Loop) -> None:
    with pytest.raises(QueryError):
        loop.apply("bad", ALARM, where="rows >")
    with pytest.raises(UsageError, match="host of its own"):
        loop.apply("bad", ALARM, words.Notify(webhook="http://{host}/x"))
    with pytest.raises(QueryError):
        loop.apply("bad", ALARM, words.Operate(operation="runs.stop", request={"run": "{run.__class__"}))


def test_a_test_says_what_would_happen_and_does_nothing(loop: Loop) -> None:
    loop.apply("retrain", ALARM, retrain(until="{window}"), match={"kind": "performance"})
    entry = loop.say("alarm.opened", kind="performance", window=7)
    other = loop.say("alarm.opened", kind="drift")
    ask = lambda **more: loop.record.call(words.test_trigger, words.TestTrigger(trigger="retrain", **more), CALL)  # noqa: E731
    assert (ask(entry=entry).state, ask(entry=entry).acts) == ("due", ("run late_arrivals (until=7)",))
    assert ask(entry=other).state == "no match"
    assert ask(data={"kind": "performance", "window": 3}).acts == ("run late_arrivals (until=3)",)
    with pytest.raises(QueryError, match="says nothing of `window`"):
        ask(data={"kind": "performance"})
    with pytest.raises(NotFound):
        ask(entry=9999)
    assert (loop.firings(), loop.runs()) == ([], [])


def test_a_firing_is_explained(loop: Loop) -> None:
    loop.apply("retrain", ALARM)
    loop.say("alarm.opened", sentence="log loss is 0.41")
    loop.react.tick()
    lines = loop.record.call(words.explain_firing, words.FiringNumber(firing=1), CALL).lines
    assert "log loss is 0.41" in lines[0]
    assert lines[1].endswith("retrain: nothing forbids it")
    assert "(late_arrivals) was asked for" in lines[2]
    assert lines[3].startswith("everything was done at")


# --- other sources ----------------------------------------------------------------------------------------------------------


def test_a_schedule_fires_once_for_what_it_missed(loop: Loop) -> None:
    loop.apply("nightly", words.Schedule(cron="* * * * *", zone="Europe/Helsinki"))
    loop.react.tick()
    assert loop.states() == []
    with loop.store.transaction() as tx:
        tx.execute(update(t.trigger).values(next_at=tx.now - 605))
    loop.react.tick()
    React(loop.record, pool=AtOnce()).tick()
    (firing,) = loop.firings()
    assert (firing.state, firing.news["kind"]) == ("done", "schedule.due")
    assert firing.news["data"]["missed"] in (10, 11)
    assert loop.causes(loop.entries("run.queued")[0].id) == ["run.queued", "trigger.fired", "schedule.due"]
    with loop.store.reading() as tx:
        assert tx.all(select(t.trigger.c.next_at))[0].next_at > tx.now


def test_a_trigger_that_cannot_go_on_holds_up_no_other(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    loop.apply("broken", words.Schedule(cron="* * * * *"))
    loop.apply("retrain", ALARM)
    loop.later()
    loop.say("alarm.opened")

    def no_zones(*_: Any) -> Any:
        raise UsageError("there is no time zone `Mars/Base`")

    monkeypatch.setattr(react, "due_moments", no_zones)
    loop.react.tick()
    assert loop.states("retrain") == ["done"]
    broken = loop.record.call(words.get_trigger, words.TriggerName(trigger="broken"), CALL)
    assert (broken.note, broken.firings) == ("there is no time zone `Mars/Base`", ())
    monkeypatch.undo()
    loop.later()
    loop.react.tick()
    assert loop.states("broken") == ["done"]


def test_labels_and_rows_are_counted(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(react, "COUNT_SECONDS", 0.0)
    watched(loop)
    loop.apply("labels", words.Labels(endpoint="flights", every=3))
    loop.apply("rows", words.Rows(dataset="days", every=100))
    loop.apply("none", words.Labels(endpoint="nowhere", every=3))
    loop.react.tick()

    def add(labels: int, rows: int, version: int) -> None:
        with loop.store.transaction() as tx:
            tx.insert_new(t.dataset, [{"id": 1, "project": "default", "name": "days", "created_at": tx.now}])
            tx.execute(
                insert(t.dataset_version),
                {
                    "id": version,
                    "dataset": 1,
                    "number": version,
                    "manifest": "m",
                    "files": 1,
                    "size": 1,
                    "rows": rows,
                    "message": "",
                    "created_at": tx.now,
                    "actor": "a",
                    "added": 0,
                    "removed": 0,
                    "changed": 0,
                },
            )
            for number in range(labels):
                key = version * 100 + number
                tx.execute(insert(t.label), {"endpoint": 1, "key": str(key), "id": key, "value": 1, "at": tx.now, "received_at": tx.now})
        loop.react.tick()

    add(2, 99, 1)
    assert (loop.states("labels"), loop.states("rows")) == ([], [])
    add(2, 180, 2)
    add(1, 200, 3)
    assert [one.news["data"] for one in loop.firings("labels")] == [{"endpoint": "flights", "labels": 4}]
    assert [one.news["data"] for one in loop.firings("rows")] == [{"dataset": "days", "version": 2, "rows": 180, "more": 180}]
    assert loop.record.call(words.get_trigger, words.TriggerName(trigger="none"), CALL).note == "there is no endpoint `nowhere`"


def test_files_are_news_when_nobody_writes_them_any_more(loop: Loop, tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "old.csv").write_text("1")
    loop.apply("files", words.Files(place=str(folder), pattern="*.csv"), words.Add(dataset="orders", path="{place}"))

    def look() -> list[Any]:
        loop.later()
        loop.react.tick()
        loop.react.tick()
        return [one.news["data"]["files"] for one in loop.firings()]

    assert look() == []
    (folder / "new.csv").write_text("2")
    (folder / "new.txt").write_text("2")
    assert look() == []  # it may still be written
    (folder / "new.csv").write_text("22")
    assert look() == []
    assert look() == [[str(folder / "new.csv")]]
    assert look() == [[str(folder / "new.csv")]]
    assert loop.firings()[0].answer[0]["version"] == "orders@v1"
    assert loop.causes(loop.entries("dataset.committed")[0].id) == ["dataset.committed", "trigger.fired", "files.found"]
    folder.rename(tmp_path / "away")
    look()
    assert "is no folder" in loop.record.call(words.get_trigger, words.TriggerName(trigger="files"), CALL).note


def test_a_pushed_commit_is_news(loop: Loop, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        return subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "one")
    loop.apply("push", words.Git(repository=str(project)), words.Notify(webhook="http://ops"), dry_run=True)
    loop.later()
    loop.react.tick()
    assert loop.firings() == []
    git("commit", "-q", "--allow-empty", "-m", "two")
    loop.later()
    loop.react.tick()
    loop.later()
    loop.react.tick()
    (firing,) = loop.firings()
    assert (firing.cause, firing.news["kind"], firing.news["data"]["branch"]) == (
        f"commit:{git('rev-parse', 'HEAD')}",
        "git.pushed",
        "main",
    )
    project.rename(tmp_path / "away")
    loop.later()
    loop.react.tick()
    assert "git ls-remote" in loop.record.call(words.get_trigger, words.TriggerName(trigger="push"), CALL).note


def test_a_webhook_needs_its_signature(loop: Loop) -> None:
    secrets = loop.record.home / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "HOOK_SECRET").write_text("s3cret\n")
    loop.apply("hook", words.Webhook(secret="HOOK_SECRET"), retrain(until="{day}"), where="day != null")
    loop.apply("news", ALARM)

    def send(body: bytes, secret: str = "s3cret", **more: Any) -> bool:
        signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        request = words.Deliver(**{"trigger": "hook", "body": body, "signature": signature} | more)
        return bool(loop.record.call(words.deliver, request, CALL).new)

    assert send(b'{"day": "2013-07-01", "kind": "x", "cause": 1}', delivery="1")
    assert not send(b'{"day": "2013-07-02"}', delivery="1")
    assert not send(b"{}", delivery="2")
    for wrong in ({"secret": "other"}, {"signature": ""}, {"trigger": "news"}, {"trigger": "gone"}):
        with pytest.raises(NotSignedIn):
            send(b'{"day": 1}', **wrong)
    for body in (b"[]", b"{", b'{"day": "\\u0000"}'):
        with pytest.raises(UsageError):
            send(body)
    loop.react.tick()
    assert [run.parameters for run in loop.runs()] == [{"until": "2013-07-01"}]


def test_inputs_are_filled_in_too(loop: Loop) -> None:
    act = retrain()
    bound = msgspec.structs.replace(
        act.submission, bindings={"flights": Binding(dataset="dataset://{dataset}@v{version}")}, options=Options(tags={"by": "x"})
    )
    loop.apply("retrain", words.News(kind="dataset.committed"), msgspec.structs.replace(act, submission=bound))
    loop.say("dataset.committed", "dataset:flights", dataset="flights", version=3)
    loop.react.tick()
    assert "there is no dataset `flights`" in loop.firings()[0].why
