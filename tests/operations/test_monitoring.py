"""Windows of a monitor: where they begin and end, what they hold, and what is said of them. On both dialects."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import update

from treadle.contract import monitoring as words
from treadle.contract import serving as serving_words
from treadle.core.errors import Conflict, NotFound, UsageError
from treadle.core.operation import Call
from treadle.data import manifest
from treadle.monitoring import operations
from treadle.serving import intake
from treadle.store import tables as t

CALL = Call(actor="ada")
DAY = 86_400.0
START = 1_700_006_400.0


def told(window: words.Window, key: str) -> Any:
    return window.report["checks"][key]


def sentence(window: words.Window, key: str) -> str:
    return str(told(window, key)["sentence"])


# --- where windows end --------------------------------------------------------------------------------------------------


def test_windows_by_time_follow_each_other_without_gap(watched: Any) -> None:
    watched.declare(seconds=DAY, least_rows=100)
    watched.predict(300, start=START, seconds=2.5 * DAY)
    [one, two] = watched.look()
    assert (one.start, one.end, two.start, two.end) == (START, START + DAY, START + DAY, START + 2 * DAY)
    assert (one.rows, two.rows) == (120, 120)
    assert one.verdicts == {"quality": "good", "drift": "good", "predictions": "good", "traffic": "good"}
    assert one.version == 1
    assert watched.look() == []
    watched.predict(100, start=START + 2.5 * DAY, seconds=DAY)
    [three] = watched.look()
    assert (three.number, three.start, three.rows) == (3, START + 2 * DAY, 110)


def test_a_window_by_time_closes_without_traffic_when_the_clock_says_so(watched: Any) -> None:
    with watched.database.reading() as tx:
        now = tx.now // 10.0 * 10.0
    watched.declare(seconds=10.0, least_rows=10)
    watched.predict(50, start=now - 100.0, seconds=5.0, arrived=now - 95.0)
    [window] = watched.look()
    assert (window.rows, window.start, window.end) == (50, now - 100.0, now - 90.0)
    assert watched.look() == []  # nothing new: an empty window stays open until there is traffic again


def test_a_replay_of_the_past_is_not_closed_by_the_clock_on_the_wall(watched: Any) -> None:
    watched.declare(seconds=DAY)
    watched.predict(300, seconds=DAY / 2)
    assert watched.look() == []
    [window] = watched.look(close=True)
    assert (window.rows, window.end) == (300, START + DAY)


def test_a_stretch_without_predictions_is_one_empty_window(watched: Any) -> None:
    watched.declare(seconds=DAY)
    watched.predict(300, seconds=DAY)
    watched.predict(300, start=START + 30 * DAY, seconds=DAY)
    watched.predict(1, start=START + 31 * DAY, seconds=1.0)
    first, empty, last = watched.look()
    assert (first.rows, empty.rows, last.rows) == (300, 0, 300)
    assert (empty.start, empty.end) == (START + DAY, START + 30 * DAY)
    assert set(empty.verdicts.values()) <= {"small", "unknown"}
    assert last.start == empty.end


def test_windows_by_rows_hold_exactly_so_many_answers_in_order_of_arrival(watched: Any) -> None:
    watched.declare(rows=250)
    for count in (100, 100, 400, 10, 1):
        watched.predict(count)
    one, two = watched.look()
    assert [one.rows, two.rows] == [250, 250]
    assert watched.look() == []
    watched.predict(139)
    [three] = watched.look()
    assert three.rows == 250
    assert watched.look(close=True) == []
    watched.predict(7)
    [rest] = watched.look(close=True)
    assert (rest.rows, rest.verdicts["drift"]) == (7, "small")
    assert sum(window.rows for window in watched.windows()) == 757


def test_late_predictions_are_counted_in_the_next_report(watched: Any) -> None:
    watched.declare(seconds=DAY, least_rows=50)
    watched.predict(100, seconds=1.1 * DAY)
    watched.look()
    watched.predict(20, start=START + 0.5 * DAY, seconds=100.0)
    watched.predict(200, start=START + 1.2 * DAY, seconds=DAY)
    [window] = watched.look()
    assert window.report["strays"] == {"late": 20}
    assert "20 predictions came after their window was closed" in str(told(window, "quality")["numbers"])
    assert window.verdicts["quality"] == "good"


def test_events_from_the_future_close_no_window_and_are_a_finding(watched: Any) -> None:
    watched.declare(seconds=DAY, least_rows=50)
    at = START + np.linspace(0, 0.9 * DAY, 200)
    wrong = np.where(np.arange(200) % 10 == 0, at + 3000 * DAY, at)
    watched.predict(200, at=wrong, received=at)
    assert watched.look() == []
    watched.predict(100, start=START + 1.1 * DAY, seconds=100.0)
    [window] = watched.look()
    assert window.rows == 180
    assert window.report["strays"] == {"future": 20}
    assert window.verdicts["quality"] == "bad"
    assert "20 predictions are from the future" in sentence(window, "quality")


def test_clocks_of_the_far_past_are_a_finding(watched: Any) -> None:
    watched.declare(seconds=DAY, least_rows=50)
    watched.predict(100, seconds=1.1 * DAY)
    watched.look()
    watched.predict(100, start=START + 1.2 * DAY, seconds=DAY, at=np.r_[np.full(5, 0.0), START + 1.2 * DAY + np.linspace(0, DAY, 95)])
    [window] = watched.look()
    assert "5 predictions are from long before" in sentence(window, "quality")
    assert window.verdicts["quality"] == "bad"


def test_shadows_are_looked_at_apart(watched: Any) -> None:
    watched.version(2)
    watched.declare(rows=300)
    watched.predict(300)
    watched.release(2)
    watched.predict(200, revision=2, role="shadow")
    watched.predict(300, revision=1, role="live")
    one, two = watched.look()
    assert (one.rows, two.rows) == (300, 300)
    assert two.version == 1
    assert two.report["shadows"]["delay@v2"]["rows"] == 200
    assert two.report["shadows"]["delay@v2"]["predictions"]["verdict"] == "good"


# --- what is said ---------------------------------------------------------------------------------------------------------


def test_drift_names_the_columns_with_reference_and_now(watched: Any) -> None:
    watched.declare(rows=500)
    watched.predict(500, shift=1.0)
    [window] = watched.look()
    assert window.verdicts == {"quality": "good", "drift": "bad", "predictions": "bad", "traffic": "good"}
    assert told(window, "drift")["columns"] == ["x"]
    first = window.report["columns"][0]
    assert (first["name"], first["check"], first["verdict"]) in {("x", "drift", "material"), ("late", "predictions", "material")}
    line = next(one for one in window.report["columns"] if one["name"] == "x")
    assert line["effect"] > 0.3
    assert line["q"] < 1e-10
    assert len(line["shape"]["reference"]) == len(line["shape"]["now"]) == 10
    assert "against the profile of delay@v1" in sentence(window, "drift")


def test_bad_data_is_found_and_named(watched: Any) -> None:
    watched.declare(rows=500)
    frame = watched.inputs(500, seed=77).with_columns(x=pl.when(pl.int_range(500) % 5 < 4).then(pl.lit(None, pl.Float64)).otherwise("x"))
    watched.predict(500, frame=frame)
    watched.predict(500, frame=watched.inputs(500, seed=78).drop("hour"))
    watched.predict(500, frame=watched.inputs(500, seed=79).with_columns(x=pl.lit(None, pl.Float64)))
    watched.predict(500, frame=watched.inputs(500, seed=80).with_columns(carrier=pl.lit("ZZ")))
    watched.predict(500, id=["same"] * 500)
    missing, absent, empty, strange, twice = watched.look()
    assert [one.verdicts["quality"] for one in (missing, absent, empty, twice)] == ["bad"] * 4
    assert "x: missing in 0 % before, in 80 % now" in sentence(missing, "quality")
    assert told(missing, "quality")["columns"] == ["x"]
    assert "hour: the column is absent" in sentence(absent, "quality")
    assert "x: missing in 0 % before, in 100 % now" in sentence(empty, "quality")
    assert "499 predictions have the id of another" in sentence(twice, "quality")
    assert strange.verdicts["quality"] == "good"  # the world may have a new carrier: noted here, and drift
    assert "new: ZZ" in sentence(strange, "quality")
    assert strange.verdicts["drift"] == "bad"


def test_chunks_that_cannot_be_read_are_counted_and_stop_nothing(watched: Any) -> None:
    watched.declare(seconds=DAY, least_rows=50)
    watched.predict(200, seconds=0.5 * DAY)
    watched.predict(100, start=START + 0.5 * DAY, seconds=0.4 * DAY, revision=77)
    names = {"endpoint": "flights", "size": 5, "first": START + 10.0, "last": START + 20.0, "rows": 30}
    for key, digest in (("broken", watched.stored(b"not a table")), ("removed", "0" * 64)):
        intake.ship_predictions(serving_words.ShipPredictions(key=key, digest=digest, **names), CALL, watched.database)
    watched.predict(1, start=START + 1.1 * DAY, seconds=1.0)
    [window] = watched.look()
    assert (window.rows, window.report["strays"], window.verdicts["quality"]) == (200, {"gone": 160}, "good")
    assert "160 predictions cannot be read" in sentence(window, "quality")


def test_rows_without_a_time_have_a_wrong_clock(watched: Any) -> None:
    watched.declare(rows=200)
    at = START + np.arange(200.0)
    watched.predict(200, at=[None if place < 20 else value for place, value in enumerate(at)], received=at)
    [window] = watched.look()
    assert (window.rows, window.verdicts["quality"]) == (200, "bad")
    assert "20 predictions are from the future" in sentence(window, "quality")


def test_constant_columns_are_noted(watched: Any) -> None:
    watched.declare(rows=500)
    watched.predict(500, frame=watched.inputs(500, seed=5).with_columns(hour=pl.lit(7, pl.Int64)))
    [window] = watched.look()
    assert "hour: has become constant 7" in sentence(window, "quality")


def test_failed_and_slow_requests_are_bad_traffic(watched: Any) -> None:
    watched.declare(rows=500, latency=0.05)
    watched.predict(500, error=["boom" if place % 20 == 0 else None for place in range(500)])
    watched.predict(500, latency=[0.2 if place % 20 == 0 else 0.004 for place in range(500)])
    failing, slow = watched.look()
    assert (failing.verdicts["traffic"], slow.verdicts["traffic"]) == ("bad", "bad")
    assert sentence(failing, "traffic").startswith("25 of 500 failed (5.00%, at most 1.00% may)")
    assert "50 ms is the limit" in sentence(slow, "traffic")


def test_a_version_without_profile_says_how_to_get_one(watched: Any) -> None:
    watched.version(2, profiled=False)
    watched.declare(rows=300)
    watched.release(2)
    watched.predict(300, revision=2)
    [window] = watched.look()
    assert (window.verdicts["quality"], window.verdicts["drift"], window.verdicts["predictions"]) == ("unknown",) * 3
    assert "delay@v2 has no profile of its data: treadle models check delay@v2" in sentence(window, "drift")
    assert window.verdicts["traffic"] == "good"


def test_two_versions_in_one_window_are_judged_by_the_one_that_answered_most(watched: Any) -> None:
    watched.version(2, shift=2.0)
    watched.declare(rows=1000)
    watched.release(2)
    watched.predict(300, revision=1, shift=2.0)
    watched.predict(700, revision=2, shift=2.0)
    [window] = watched.look()
    assert window.version == 2
    assert window.report["versions"] == {"delay@v1": 300, "delay@v2": 700}
    assert (window.verdicts["drift"], window.verdicts["predictions"]) == ("good", "good")


def test_small_windows_are_not_judged(watched: Any) -> None:
    watched.declare(seconds=DAY, least_rows=200)
    watched.predict(50, seconds=0.9 * DAY, shift=3.0)
    [window] = watched.look(close=True)
    assert (window.verdicts["drift"], window.verdicts["traffic"]) == ("small", "small")
    assert sentence(window, "drift") == "50 rows are too few: 200 are needed"


def test_the_window_before_can_be_the_reference(watched: Any) -> None:
    watched.declare(rows=500, reference="previous", checks=("drift", "predictions", "joint"))
    for shift in (3.0, 3.0, 0.0):
        watched.predict(500, shift=shift)
    one, two, three = watched.look()
    assert one.verdicts == {"drift": "unknown", "predictions": "unknown", "joint": "unknown"}
    assert two.verdicts == {"drift": "good", "predictions": "good", "joint": "good"}
    assert three.verdicts == {"drift": "bad", "predictions": "bad", "joint": "bad"}
    assert "by x" in sentence(three, "joint")


def test_drift_within_slices(watched: Any) -> None:
    watched.declare(rows=3000, slices=("carrier",), checks=("drift", "traffic", "quality"))
    frame = watched.inputs(3000, seed=9)
    frame = frame.with_columns(x=pl.when(pl.col("carrier") == "UA").then(pl.col("x") + 1.5).otherwise("x"))
    watched.predict(3000, frame=frame)
    [window] = watched.look()
    assert window.verdicts["drift@carrier=UA"] == "bad"
    assert window.verdicts["drift@carrier=AA"] == "good"
    assert window.verdicts["traffic@carrier=UA"] == "good"
    assert told(window, "drift@carrier=UA")["columns"] == ["x"]
    assert [line["slice"] for line in window.report["columns"] if "slice" in line] == ["carrier=UA"]


def test_slices_find_their_reference_in_a_holdout_that_is_a_folder(watched: Any) -> None:
    buffer = io.BytesIO()
    watched.inputs(3000, seed=70).write_parquet(buffer)
    notes = b"a text"
    files = {
        "part/a.parquet": manifest.Entry(buffer.tell(), False, watched.stored(buffer.getvalue())),
        "README": manifest.Entry(len(notes), False, watched.stored(notes)),
    }
    folder = manifest.encode(files)
    artifact = {"name": "holdout", "digest": watched.stored(folder), "size": len(folder), "format": "files", "tree": True}
    with watched.database.transaction(CALL) as tx:
        tx.execute(update(t.model_version).values(holdout=artifact))
    watched.declare(rows=2000, slices=("carrier", "x"), checks=("drift", "joint"))
    watched.predict(2000)
    [window] = watched.look()
    assert window.verdicts["joint"] == "good"
    assert window.verdicts["drift@carrier=UA"] == "good"
    quarters = [key for key in window.verdicts if key.startswith("drift@x=")]
    assert len(quarters) == 4
    assert {window.verdicts[key] for key in quarters} == {"good"}


def test_columns_may_be_chosen_or_ignored(watched: Any) -> None:
    watched.declare(rows=500, ignore=("x",), checks=("drift",))
    watched.predict(500, shift=2.0)
    [window] = watched.look()
    assert window.verdicts == {"drift": "good"}
    assert {line["name"] for line in window.report["columns"]} == {"carrier", "hour"}


# --- monitors themselves ----------------------------------------------------------------------------------------------------


def test_settings_that_cannot_be_are_refused(watched: Any) -> None:
    for settings, said in [
        ({}, "how long a window is"),
        ({"rows": 500, "seconds": 60.0}, "how long a window is"),
        ({"rows": 100}, "fewer than 200 are never judged"),
        ({"rows": 500, "checks": ("drfit",)}, "no check `drfit`"),
        ({"rows": 500, "open": 4}, "opens after 4 of 3"),
        ({"rows": 500, "checks": ("performance",)}, "names no metric"),
        ({"rows": 500, "performance": words.Performance(metric="auc")}, "when `auc` is bad"),
        ({"rows": 500, "alpha": 0.7}, "`alpha`"),
    ]:
        with pytest.raises(UsageError, match=said):
            watched.declare(**settings)
    with pytest.raises(UsageError, match="cannot be the name"):
        watched.declare(name="My Watch", rows=500)


def test_declaring_again_changes_settings_and_keeps_the_place(watched: Any) -> None:
    watched.declare(rows=300)
    watched.predict(400)
    watched.look()
    watched.declare(rows=300)
    assert len(watched.news("monitor.changed")) == 0
    watched.declare(rows=200, least_rows=100)
    assert watched.news("monitor.changed")[0].data["changed"] == ["least_rows", "rows"]
    watched.predict(100)
    [window] = watched.look()
    assert (window.number, window.rows) == (2, 200)
    watched.declare(seconds=DAY, least_rows=100)
    watched.predict(150, start=START + 5 * DAY, seconds=DAY)
    watched.predict(1, start=START + 6 * DAY, seconds=1.0)
    [window] = watched.look()
    assert (window.number, window.start, window.rows) == (3, START + 5 * DAY, 150)


def test_a_monitor_is_found_paused_and_removed(watched: Any) -> None:
    watched.declare(rows=300)
    database = watched.database
    assert operations.pause_monitor(words.PauseMonitor(monitor="watch", paused=True), CALL, database).state == "paused"
    assert operations.pause_monitor(words.PauseMonitor(monitor="watch", paused=False), CALL, database).state == "watching"
    with pytest.raises(NotFound, match="no monitor `wach`") as caught:
        operations.get_monitor(words.MonitorName(monitor="wach"), CALL, database)
    assert caught.value.hint == "did you mean `watch`?"
    with pytest.raises(NotFound, match="it has none yet"):
        operations.get_window(words.WindowNumber(monitor="watch", number=1), CALL, database)
    watched.predict(300, shift=5.0)
    watched.look()
    assert operations.get_window(words.WindowNumber(monitor="watch", number=1), CALL, database).rows == 300
    [short] = operations.list_windows(words.ListWindows(monitor="watch", reports=False), CALL, database)
    assert short.report == {}
    assert [one.name for one in operations.list_monitors(words.ListMonitors(), CALL, database)] == ["watch"]
    operations.remove_monitor(words.MonitorName(monitor="watch"), CALL, database)
    assert operations.list_monitors(words.ListMonitors(), CALL, database) == []
    kinds = [
        entry.kind for kind in ("monitor.declared", "monitor.paused", "monitor.resumed", "monitor.removed") for entry in watched.news(kind)
    ]
    assert kinds == ["monitor.declared", "monitor.paused", "monitor.resumed", "monitor.removed"]


def test_a_monitor_stays_with_its_endpoint(watched: Any) -> None:
    from treadle.serving import operations as serving

    watched.declare(rows=300)
    serving.declare_endpoint(serving_words.DeclareEndpoint(endpoint="other", model="delay"), CALL, watched.database)
    request = words.DeclareMonitor(monitor="watch", endpoint="other", settings=words.MonitorSettings(rows=300))
    with pytest.raises(Conflict, match="watches another endpoint"):
        operations.declare_monitor(request, CALL, watched.database)
