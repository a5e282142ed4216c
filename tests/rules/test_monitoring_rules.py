"""Where windows end, which verdicts count, and when alarms move."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.contract.monitoring import Alarm, MonitorSettings
from treadle.monitoring.rules import (
    Ahead,
    Check,
    Heard,
    begin,
    checks_of,
    closing_words,
    complete,
    counted,
    end_by_time,
    event_clock,
    hear,
    moves,
    span_by_rows,
)

DAY = 86_400.0
SETTINGS = MonitorSettings(rows=1000)


def check(kind: str, verdict: str, slice: str = "") -> Check:
    return Check(kind=kind, verdict=verdict, sentence="", slice=slice)  # type: ignore[arg-type]


# --- windows by time ----------------------------------------------------------------------------------------------------


def test_days_are_days_of_utc() -> None:
    assert begin(3 * DAY + 5.0, DAY) == 3 * DAY
    assert begin(3 * DAY, DAY) == 3 * DAY


def test_event_time_goes_on_from_the_newest_event() -> None:
    ahead = Ahead(first=0.0, last=50.0, at=1000.0)
    assert event_clock(ahead, 1000.0) == 50.0
    assert event_clock(ahead, 1010.0) == 60.0
    assert event_clock(ahead, 990.0) == 50.0  # the clock of another machine


def test_a_window_is_complete_when_something_behind_it_came_or_time_went_on() -> None:
    assert complete(100.0, Ahead(first=0.0, last=100.0, at=0.0), 0.0)
    assert not complete(100.0, Ahead(first=0.0, last=99.0, at=0.0), 0.5)
    assert complete(100.0, Ahead(first=0.0, last=99.0, at=0.0), 1.0)
    assert not complete(100.0, None, 1e9)


@given(start=st.integers(0, 1000), gap=st.floats(-5, 50), seconds=st.floats(0.5, 20))
def test_a_window_ends_at_a_multiple_and_holds_the_next_event_or_nothing(start: int, gap: float, seconds: float) -> None:
    ahead = Ahead(first=start + gap, last=start + gap + 1, at=0.0)
    end = end_by_time(float(start), seconds, ahead)
    assert end >= start + seconds
    assert end == start + seconds or end <= ahead.first + 1e-6  # a long one holds nothing: it ends where the next event is due
    assert ahead.first < end + seconds + 1e-6


# --- windows by rows ------------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(counts=st.lists(st.integers(0, 30), max_size=12), rows=st.integers(1, 40), seen=st.integers(1, 3))
def test_windows_by_rows_hold_every_answer_once_and_in_order(counts: list[int], rows: int, seen: int) -> None:
    chunks = list(enumerate(counts, 1))
    chunk = offset = 0
    taken: list[tuple[int, int]] = []
    sizes = []
    for known in range(seen, len(chunks) + seen):  # chunks arrive a few at a time
        here = chunks[:known]
        while (found := span_by_rows(rows, chunk, offset, [one for one in here if one[0] > chunk])) is not None:
            span, chunk, offset = found
            held = _held(span, here)
            sizes.append(len(held))
            taken += held
    last = span_by_rows(rows, chunk, offset, [one for one in chunks if one[0] > chunk], close=True)
    taken += _held(last[0], chunks) if last else []
    assert taken == [(number, place) for number, count in chunks for place in range(count)]
    assert sizes == [rows] * (sum(counts) // rows)


def _held(span: object, chunks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found = []
    for number, count in chunks:
        if span.first <= number <= span.last:  # type: ignore[attr-defined]
            skip = span.skip if number == span.first else 0  # type: ignore[attr-defined]
            stop = span.stop if number == span.last else count  # type: ignore[attr-defined]
            found += [(number, place) for place in range(skip, stop)]
    return found


# --- verdicts and alarms --------------------------------------------------------------------------------------------------


def heard_of(kind: str, *verdicts: str, version: int = 1) -> Heard:
    heard: Heard = {}
    for number, verdict in enumerate(verdicts, 1):
        heard = hear(heard, number, version, [check(kind, verdict)])
    return heard


def test_only_good_and_bad_are_heard_and_estimates_never() -> None:
    assert heard_of("drift", "small", "waiting", "unknown") == {}
    assert hear({}, 1, 1, [check("estimate", "bad")]) == {}
    assert heard_of("drift", "good", "bad") == {"drift": [(1, "good", 1), (2, "bad", 1)]}


def test_a_window_judged_again_replaces_what_it_had_said_in_its_place() -> None:
    heard = hear(heard_of("performance", "bad", "bad", "bad"), 2, 1, [check("performance", "good")])
    assert heard["performance"] == [(1, "bad", 1), (2, "good", 1), (3, "bad", 1)]


def test_bad_data_silences_what_it_makes_meaningless() -> None:
    said = [check("quality", "bad"), check("drift", "bad"), check("performance", "bad", "a=1"), check("traffic", "bad")]
    assert set(hear({}, 1, 1, said)) == {"quality", "traffic"}
    assert set(hear({}, 1, 1, [check("quality", "bad", "a=1"), check("drift", "bad")])) == {"quality@a=1", "drift"}


def test_a_release_begins_anew_for_drift_and_not_for_traffic() -> None:
    entries = [(1, "bad", 1), (2, "bad", 1), (3, "good", 2)]
    assert counted("drift", entries) == ["good"]
    assert counted("traffic", entries) == ["bad", "bad", "good"]


def test_alarms_open_after_two_of_three_and_close_after_three_good() -> None:
    assert moves({}, heard_of("drift", "bad"), {}, SETTINGS) == []
    [move] = moves({}, heard_of("drift", "bad", "good", "bad"), {}, SETTINGS)
    assert (move.act, move.severity) == ("open", "note")
    assert moves({}, heard_of("drift", "bad", "good", "good", "bad"), {}, SETTINGS) == []
    heard = heard_of("drift", "bad", "bad", "good", "good", "good")
    assert [move.act for move in moves({"drift": "note"}, heard, {"drift": 2}, SETTINGS)] == ["close"]
    assert moves({"drift": "note"}, heard_of("drift", "bad", "bad", "good", "good"), {"drift": 2}, SETTINGS) == []


def test_what_was_before_the_last_move_does_not_move_it_again() -> None:
    heard = heard_of("drift", "bad", "bad", "good")
    eager = MonitorSettings(rows=1000, close=1)
    assert [move.act for move in moves({"drift": "note"}, heard, {"drift": 2}, eager)] == ["close"]
    assert moves({}, heard, {"drift": 3}, eager) == []


def test_a_note_is_raised_when_every_last_window_was_bad_and_once() -> None:
    heard = heard_of("drift", "bad", "bad", "bad")
    assert [(move.act, move.severity) for move in moves({"drift": "note"}, heard, {"drift": 2}, SETTINGS)] == [("raise", "page")]
    assert moves({"drift": "page"}, heard, {"drift": 2}, SETTINGS) == []


def test_quality_performance_and_traffic_page_at_once() -> None:
    eager = MonitorSettings(rows=1000, open=1, among=3)
    for kind in ("quality", "performance", "traffic"):
        assert [move.severity for move in moves({}, heard_of(kind, "bad"), {}, eager)] == ["page"]
    assert [move.severity for move in moves({}, heard_of("joint", "bad"), {}, eager)] == ["note"]


@given(verdicts=st.lists(st.sampled_from(["good", "bad", "small"]), max_size=40))
def test_alarms_open_and_close_in_turn(verdicts: list[str]) -> None:
    heard: Heard = {}
    since: dict[str, int] = {}
    is_open, bad = {}, 0
    for number, verdict in enumerate(verdicts, 1):
        heard = hear(heard, number, 1, [check("drift", verdict)])
        bad += verdict == "bad"
        for move in moves(is_open, heard, since, SETTINGS):
            if move.act == "open":
                assert not is_open
                assert bad >= 2
                is_open = {"drift": move.severity}
            elif move.act == "close":
                assert is_open
                is_open, bad = {}, 0
            else:
                is_open = {"drift": "page"}
            if move.act != "raise":
                since["drift"] = number


def test_closing_says_when_another_version_earned_it() -> None:
    alarm = Alarm(
        id=1,
        monitor="m",
        endpoint="e",
        model="d",
        kind="drift",
        state="open",
        severity="note",
        sentence="",
        window=1,
        opened_at=0.0,
        evidence={"ref": "d@v1"},
    )
    assert closing_words(SETTINGS, alarm, "d@v1") == "after 3 good windows in a row"
    assert closing_words(SETTINGS, alarm, "d@v2") == "after 3 good windows in a row; a new version is live: d@v2"
    assert closing_words(MonitorSettings(rows=1, close=1), alarm, "") == "after a good window"


def test_who_says_what_performance_must_be_checks_it() -> None:
    from treadle.contract.monitoring import Performance

    assert "performance" in checks_of(MonitorSettings(rows=1000, performance=Performance(metric="auc", at_least=0.7)))
    assert "performance" not in checks_of(SETTINGS)
