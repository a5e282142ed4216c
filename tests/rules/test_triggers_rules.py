"""The rules of triggers: conditions, arguments, schedules, limits, and what may be declared."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract import declare_all
from treadle.contract import triggers as words
from treadle.core.errors import Conflict, NotFound, QueryError, StateError, StorageFull, TreadleError, Unreachable, UsageError
from treadle.triggers import rules, sentences
from treadle.triggers.conditions import check_places, condition, filled, matches
from treadle.triggers.rules import Past, decide
from treadle.triggers.schedule import due_moments, next_moment, next_moments

NEWS: dict[str, Any] = {
    "id": 17,
    "kind": "alarm.opened",
    "subject": "monitor:watch",
    "at": 5.0,
    "data": {"kind": "drift", "rows": 600, "slice": "", "late": True, "columns": ["a"], "deep": {"er": {"x": 1.5}}, "ref": "m@v2"},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("rows >= 600", True),
        ("rows > 600 or kind == 'drift'", True),
        ("rows > 600 or (kind = 'drift' and not late)", False),
        ("kind != 'quality' and rows < 1e3", True),
        ("kind in ['quality', 'drift']", True),
        ("kind not in ('quality', 'drift')", False),
        ("kind in ['d*']", True),
        ("ref like 'm@*'", True),
        ("late", True),
        ("not missing", True),
        ("missing is null and slice is not null", True),
        ("missing > 1", False),
        ("missing != 1", True),
        ("kind > 1", False),
        ("late == 1", False),
        ("deep.er.x == 1.5", True),
        ("deep.er.x.y is null", True),
        ("entry.kind = 'alarm.opened' and data.kind = 'drift' and subject like 'monitor:*'", True),
        ('kind == "dr\\ift"', True),
        ("rows >= -5", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert condition(text)(NEWS) is holds


@pytest.mark.parametrize(
    "text",
    [
        "rows >",
        "rows >= 5 and",
        "(rows > 5",
        "rows ! 5",
        "in [1]",
        "rows in 5",
        "rows 5",
        "kind = 'open",
        "a ; b",
        "not " * 40 + "a",
        "f(x)",
    ],
)
def test_conditions_that_do_not_parse_say_where(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        condition(text)
    assert str(caught.value.where).startswith("column ")


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_a_query_error(text: str) -> None:
    try:
        found = condition(text)(NEWS)
    except QueryError as error:
        found = bool(error.where)
    assert found in (True, False)


def test_values_that_news_must_have() -> None:
    assert matches(NEWS, {"kind": "drift", "rows": 600, "late": True, "ref": "m@*"})
    assert matches(NEWS, {"kind": ["quality", "dr?ft"]})
    assert not matches(NEWS, {"late": 1})
    assert not matches(NEWS, {"missing": "x*"})
    assert not matches(NEWS, {"rows": "6*"})


def test_arguments_are_filled_in_from_the_news() -> None:
    assert filled({"a": "{rows}", "b": ["{kind}-{entry.kind}", "{{x}}", 5], "c": "{columns}", "d": "{deep.er.x} of {rows}"}, NEWS) == {
        "a": 600,
        "b": ["drift-alarm.opened", "{x}", 5],
        "c": ["a"],
        "d": "1.5 of 600",
    }


@pytest.mark.parametrize(
    "text", ["{missing}", "{rows.__class__}", "{entry.nothing}", "x {0}", "{rows!r}", "{rows:>5}", "{", "a}", "{kind.__len__}"]
)
def test_nothing_but_what_the_news_says_is_filled_in(text: str) -> None:
    with pytest.raises(QueryError):
        filled(text, NEWS)


def test_braces_are_checked_when_a_trigger_is_applied() -> None:
    check_places({"a": ["{name}", "{{}}"]})
    with pytest.raises(QueryError):
        check_places({"a": ["{name!r}"]})


# --- schedules --------------------------------------------------------------------------------------------------------------


def at(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def shown(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M")


def test_a_schedule_keeps_to_the_clocks_of_its_zone() -> None:
    winter = next_moment("0 3 * * *", "Europe/Helsinki", at("2026-01-10T00:00+00:00"))
    summer = next_moment("0 3 * * *", "Europe/Helsinki", at("2026-07-10T00:01+00:00"))
    assert (shown(winter), shown(summer)) == ("2026-01-10 01:00", "2026-07-11 00:00")


def test_when_the_clock_is_turned() -> None:
    """In Helsinki 03:00 becomes 04:00 on 29 March 2026, and 04:00 becomes 03:00 on 25 October."""
    skipped = next_moment("30 3 * * *", "Europe/Helsinki", at("2026-03-28T12:00+00:00"))
    assert shown(skipped) in ("2026-03-29 01:00", "2026-03-29 01:30")
    first = next_moment("30 3 * * *", "Europe/Helsinki", at("2026-10-24T12:00+00:00"))
    second = next_moment("30 3 * * *", "Europe/Helsinki", first)
    assert (shown(first), shown(second)[:10]) == ("2026-10-25 00:30", "2026-10-26")


def test_moments_that_nobody_saw_count_as_the_last_of_them() -> None:
    begin = at("2026-01-01T00:00+00:00")
    assert due_moments("0 * * * *", "UTC", begin, begin) == (begin, 0, begin + 3600)
    assert due_moments("0 * * * *", "UTC", begin, begin + 7300) == (begin + 7200, 2, begin + 10800)
    due, missed, following = due_moments("* * * * *", "UTC", begin, begin + 86400 * 365)
    assert (missed, due <= begin + 86400 * 365 < following) == (1000, True)


def test_the_next_moments_of_a_schedule_follow_each_other() -> None:
    day = 86_400.0
    assert next_moments("0 3 * * *", "UTC", 0.0, 3) == (3 * 3600.0, day + 3 * 3600.0, 2 * day + 3 * 3600.0)


@pytest.mark.parametrize("cron", ["", "x", "* * * *", "0 25 * * *", "0 0 31 2 *"])
def test_a_schedule_that_is_none(cron: str) -> None:
    with pytest.raises(UsageError):
        next_moment(cron, "UTC", 0.0)


# --- limits -----------------------------------------------------------------------------------------------------------------


def decided(past: dict[str, Any], **limits: Any) -> str:
    made = words.Declared(name="t", when=words.News(kind="x.y"), do=(), limits=words.Limits(**limits))
    return decide(made, Past(**{"now": 1000.0, **past})).state


def test_limits_are_asked_in_their_order() -> None:
    assert decided({}) == "due"
    assert decided({"last": 950.0}, cooldown=60.0) == "skipped"
    assert decided({"last": 940.0}, cooldown=60.0) == "due"
    assert decided({"recent": (1.0, 2.0)}, most=2, per=1e4) == "skipped"
    assert decided({"recent": (1.0,)}, most=2, per=1e4) == "due"
    assert decided({"underway": ("run 1",)}, concurrency=1) == "skipped"
    assert decided({"underway": ("run 1",)}) == "due"
    assert decided({"alarms": ("alarm 1",)}, dry_run=True) == "skipped"
    assert decided({}, persists=5.0, dry_run=True) == "holding"
    assert decided({}, dry_run=True) == "dry"
    assert decided({"rounds": rules.MOST_ROUNDS}) == "skipped"


def test_what_a_trigger_may_do_is_what_an_approver_may() -> None:
    declare_all()
    allowed = {"run:create", "endpoint:release", "model:approve", "data:write", "monitor:write", "run:read"}
    refused = {"access:admin", "work:do", "content:write", "trigger:write", "data:sweep", "endpoint:serve"}
    assert {one for one in allowed | refused if rules.may_perform(one)} == allowed


def test_pauses_grow_and_only_what_passes_is_tried_again() -> None:
    pauses = [rules.retry_pause(n) for n in range(1, 9)]
    assert pauses == sorted(pauses)
    later, never = (Unreachable, StorageFull, Conflict), (UsageError, NotFound, StateError, TreadleError)
    assert [rules.passes(kind("it failed")) for kind in (*later, *never)] == [True] * 3 + [False] * 4


def test_a_trigger_in_one_sentence() -> None:
    act = words.Operate(operation="serving.release", request={"endpoint": "flights", "ref": "{ref}", "stages": [{}, {}]})
    limits = words.Limits(match={"model": "m"}, where="rows > 5", cooldown=86400.0, most=3, per=604800.0, unless_open=("quality",))
    made = words.Declared(name="t", when=words.News(kind="version.approved"), do=(act, words.Notify(slack="https://x")), limits=limits)
    assert sentences.sentence(made) == (
        "when version.approved (model m, rows > 5): serving.release (endpoint flights, ref {ref}) in 2 stages, then tell Slack; "
        "cools down for 1 d, at most 3 times in 7 d, never while an alarm of quality is open"
    )


def test_a_trigger_does_not_hear_itself() -> None:
    made = words.Declared(name="all", when=words.News(kind="*"), do=())
    assert rules.concerns(made, {"kind": "trigger.fired", "subject": "trigger:other"})
    assert not rules.concerns(made, {"kind": "trigger.fired", "subject": "trigger:all"})
