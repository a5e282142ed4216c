"""Alarms: when they open, rise and close, what they tell, and that keepers neither lose nor double anything. On both dialects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from treadle.contract import monitoring as words
from treadle.contract.serving import Stage
from treadle.core.errors import NotFound, StateError
from treadle.core.operation import Call
from treadle.monitoring import operations, rows
from treadle.monitoring.look import Look, Lost
from treadle.monitoring.watch import Watch
from treadle.store import tables as t

CALL = Call(actor="ada")
DAY = 86_400.0
START = 1_700_006_400.0


def drifting(watched: Any, *shifts: float, **more: Any) -> list[words.Window]:
    """A window of 500 rows for each shift, looked at one after the other."""
    found = []
    for shift in shifts:
        watched.predict(500, shift=shift, **more)
        found += watched.look()
    assert len(found) == len(shifts)
    return found


def kinds(watched: Any, state: str = "open") -> list[tuple[str, str]]:
    return [(alarm.kind, alarm.severity) for alarm in watched.alarms(state)]


def test_an_alarm_opens_when_it_persists_rises_and_closes_when_that_is_earned(watched: Any) -> None:
    watched.declare(rows=500, checks=("drift",))
    drifting(watched, 1.0)
    assert kinds(watched) == []
    drifting(watched, 0.0, 1.0)
    assert kinds(watched) == [("drift", "note")]
    [opened] = watched.news("alarm.opened")
    assert opened.subject == "monitor:watch"
    data = opened.data
    assert (data["monitor"], data["endpoint"], data["model"], data["version"], data["ref"]) == ("watch", "flights", "delay", 1, "delay@v1")
    assert (data["kind"], data["slice"], data["columns"], data["window"], data["severity"]) == ("drift", "", ["x"], 3, "note")
    assert data["start"] < data["end"]
    assert "mean" in data["sentence"]
    drifting(watched, 1.0, 1.0)
    assert kinds(watched) == [("drift", "page")]
    assert watched.news("alarm.raised")[0].cause == opened.id
    drifting(watched, 0.0, 0.0)
    assert kinds(watched) == [("drift", "page")]
    drifting(watched, 0.0)
    assert kinds(watched) == []
    [closed] = watched.news("alarm.closed")
    assert (closed.cause, closed.data["alarm"], closed.data["closing"]) == (opened.id, data["alarm"], "after 3 good windows in a row")
    drifting(watched, 1.0)
    assert kinds(watched) == []
    drifting(watched, 1.0)
    assert len(watched.news("alarm.opened")) == 2


def test_there_is_one_open_alarm_for_each_check_and_slice(watched: Any) -> None:
    watched.declare(rows=500, checks=("drift", "predictions", "traffic"), open=1, among=1, slices=("carrier",), least_rows=80)
    drifting(watched, 1.0, 1.0, 1.0)
    opened = [(alarm.kind, alarm.slice) for alarm in watched.alarms("open")]
    assert len(opened) == len(set(opened)) == 5
    assert ("drift", "carrier=UA") in opened
    assert ("predictions", "") in opened


def test_quality_traffic_and_performance_page(watched: Any) -> None:
    watched.declare(rows=500, checks=("quality", "traffic"), open=1, among=1)
    watched.predict(500, id=["same"] * 500, error=["boom"] * 500)
    watched.look()
    assert kinds(watched) == [("quality", "page"), ("traffic", "page")]


def test_bad_data_opens_nothing_but_its_own_alarm(watched: Any) -> None:
    watched.declare(rows=500, open=1, among=1, close=1)
    drifting(watched, 2.0, 2.0, id=["same"] * 500)
    assert kinds(watched) == [("quality", "page")]
    assert watched.windows()[0].verdicts["drift"] == "bad"
    drifting(watched, 2.0)
    assert kinds(watched) == [("drift", "page"), ("predictions", "page")]


def test_small_windows_open_and_close_nothing(watched: Any) -> None:
    watched.declare(seconds=DAY, checks=("drift",), open=1, among=1, close=1)
    watched.predict(400, seconds=DAY, shift=1.0)
    watched.predict(50, start=START + DAY, seconds=DAY)
    watched.predict(1, start=START + 2 * DAY, seconds=1.0)
    watched.look()
    assert [window.verdicts["drift"] for window in watched.windows()] == ["bad", "small"]
    assert len(watched.alarms("open")) == 1


def test_a_release_changes_the_reference_and_an_alarm_closes_only_with_good_windows(watched: Any) -> None:
    watched.declare(rows=500, checks=("drift",))
    drifting(watched, 1.0, 1.0)
    watched.version(2, shift=1.0)
    watched.release(2)
    assert kinds(watched) == [("drift", "note")]
    drifting(watched, 1.0, 1.0, revision=2)
    assert kinds(watched) == [("drift", "note")]
    [window] = drifting(watched, 1.0, revision=2)
    assert window.report["ref"] == "delay@v2"
    assert kinds(watched) == []
    [closed] = watched.news("alarm.closed")
    assert closed.data["closing"] == "after 3 good windows in a row; a new version is live: delay@v2"


def test_what_a_former_version_did_opens_no_alarm_of_its_successor(watched: Any) -> None:
    watched.declare(rows=500, checks=("drift",))
    drifting(watched, 1.0)
    watched.version(2)
    watched.release(2)
    drifting(watched, 1.0, revision=2)
    assert kinds(watched) == []
    drifting(watched, 1.0, revision=2)
    assert kinds(watched) == [("drift", "note")]


def test_a_shadow_opens_no_alarm(watched: Any) -> None:
    watched.version(2, shift=3.0)
    watched.declare(rows=500, open=1, among=1)
    watched.release(2, Stage(share=0.0, rows=10_000))
    watched.predict(500, revision=2, role="shadow", error=["boom"] * 500)
    drifting(watched, 0.0)
    assert kinds(watched) == []
    assert watched.windows()[0].report["shadows"]["delay@v2"]["errors"] == 500


def test_silence_is_an_alarm_at_once_and_ends_with_the_next_prediction(watched: Any) -> None:
    with watched.database.reading() as tx:
        now = tx.now
    watched.declare(rows=500, silence=30.0)
    with watched.database.transaction(CALL) as tx:
        tx.execute(t.monitor.update().values(created_at=now - 3600))
    watched.predict(10, start=now - 120, seconds=1.0, arrived=now - 119)
    watched.look()
    watched.look()
    assert kinds(watched) == [("silence", "page")]
    assert "no prediction for" in watched.alarms("open")[0].sentence
    watched.predict(10, start=now, seconds=1.0, arrived=now + 5)
    watched.look()
    assert kinds(watched) == []
    assert watched.news("alarm.closed")[0].cause == watched.news("alarm.opened")[0].id


def test_an_endpoint_that_is_off_may_be_silent(watched: Any) -> None:
    watched.declare(rows=500, silence=30.0)
    with watched.database.transaction(CALL) as tx:
        tx.execute(t.monitor.update().values(created_at=tx.now - 3600))
        tx.execute(t.endpoint.update().values(state="off"))
    watched.look()
    assert kinds(watched) == []


def test_an_alarm_is_acknowledged_called_noise_and_closed_by_hand(watched: Any) -> None:
    watched.declare(rows=500, checks=("drift",))
    drifting(watched, 1.0, 1.0)
    [alarm] = watched.alarms("open")
    said = operations.acknowledge(words.Acknowledge(alarm=alarm.id, words="a fair", useful=False), CALL, watched.database)
    assert (said.acknowledged_by, said.words, said.useful, said.state) == ("ada", "a fair", False, "open")
    closed = operations.acknowledge(words.Acknowledge(alarm=alarm.id, words="over", close=True), CALL, watched.database)
    assert (closed.state, closed.closing) == ("closed", "closed by ada: over")
    assert watched.monitor().noise == 1
    drifting(watched, 1.0)
    assert kinds(watched) == []
    drifting(watched, 1.0)
    assert kinds(watched) == [("drift", "page")]
    with pytest.raises(StateError, match="closed already"):
        operations.acknowledge(words.Acknowledge(alarm=alarm.id, close=True), CALL, watched.database)
    with pytest.raises(NotFound, match="no alarm 99"):
        operations.acknowledge(words.Acknowledge(alarm=99), CALL, watched.database)


# --- keepers ---------------------------------------------------------------------------------------------------------------


class Opened:
    """A record as keepers have it."""

    def __init__(self, watched: Any) -> None:
        self.store, self.blobs = watched.database, watched.blobs


def test_the_loop_looks_at_what_has_arrived_and_lets_go(watched: Any) -> None:
    watched.declare(rows=500)
    watch = Watch(Opened(watched), Call(actor="watch"))
    assert watch.tick() > 0
    watched.predict(1000)
    watch.tick()
    assert [window.rows for window in watched.windows()] == [500, 500]
    with watched.database.reading() as tx:
        row = rows.find_monitor(tx, "watch")
        assert (row.token, row.lease_until) == (None, 0.0)
        assert tx.now < row.due_at <= tx.now + 60.0


def test_a_paused_monitor_is_left_alone_and_catches_up(watched: Any) -> None:
    watched.declare(rows=500)
    watch = Watch(Opened(watched), Call(actor="watch"))
    operations.pause_monitor(words.PauseMonitor(monitor="watch", paused=True), CALL, watched.database)
    watched.predict(1000)
    watch.tick()
    assert watched.windows() == []
    operations.pause_monitor(words.PauseMonitor(monitor="watch", paused=False), CALL, watched.database)
    watch.tick()
    assert len(watched.windows()) == 2


def test_a_monitor_that_is_held_is_left_alone_until_its_lease_ends(watched: Any) -> None:
    watched.declare(rows=500)
    watched.predict(500)
    with watched.database.transaction(CALL) as tx:
        monitor = rows.find_monitor(tx, "watch").id
        assert rows.claim(tx, monitor, "one")
        assert not rows.claim(tx, monitor, "two")
    Watch(Opened(watched), CALL).tick()
    assert watched.windows() == []
    with watched.database.transaction(CALL) as tx:
        tx.execute(t.monitor.update().values(lease_until=tx.now - 1))
    Watch(Opened(watched), CALL).tick()
    assert len(watched.windows()) == 1


def test_whoever_lost_the_monitor_writes_nothing(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper that was slow finds its window judged by another: no window, alarm or prediction is lost or doubled."""
    watched.declare(rows=500, checks=("drift",), open=1, among=1)
    watched.predict(500, shift=1.0)
    with watched.database.transaction(CALL) as tx:
        monitor = rows.find_monitor(tx, "watch").id
        assert rows.claim(tx, monitor, "slow")
    slow = Look(watched.database, watched.blobs, CALL, monitor, "slow")
    write = slow._write

    def overtaken(*given: Any) -> words.Window:
        assert [window.number for window in watched.look()] == [1]
        return write(*given)

    monkeypatch.setattr(slow, "_write", overtaken)
    with pytest.raises(Lost):
        slow.all()
    assert [window.number for window in watched.windows()] == [1]
    assert len(watched.alarms("open")) == 1
    watched.predict(500)
    assert [window.number for window in watched.look()] == [2]


def test_a_look_that_dies_before_it_writes_leaves_everything_to_the_next(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.declare(rows=500)
    watched.predict(700)

    def killed(*_given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("treadle.monitoring.alarms.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            watched.look()
    with watched.database.reading() as tx:
        assert tx.all(select(func.count()).select_from(t.window))[0][0] == 0
    assert [window.rows for window in watched.look()] == [500]
    watched.predict(300)
    assert [window.rows for window in watched.look()] == [500]


def test_many_chunks_are_read_as_they_come_and_every_row_counts_once(watched: Any) -> None:
    watched.declare(rows=300, checks=("traffic",), least_rows=10)
    total = 0
    for count in np.random.default_rng(3).integers(1, 200, 30):
        watched.predict(int(count))
        total += int(count)
        watched.look()
    assert sum(window.rows for window in watched.windows()) == total // 300 * 300
    watched.look(close=True)
    assert sum(window.rows for window in watched.windows()) == total
