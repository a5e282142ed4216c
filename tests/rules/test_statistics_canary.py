"""Sequential tests: harmless canaries stay, harmful ones go; streams alarm seldom and in time; alarms open and close."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.core.errors import UsageError
from treadle.statistics.sequential import (
    ErrorTest,
    Guard,
    LatencyTest,
    LossTest,
    PairedLossTest,
    excludes,
    judge,
    share_sequence,
)
from treadle.statistics.stream import LossStream, watch
from treadle.statistics.verdict import Alarm, Hysteresis, look

LOOK = 50


def errors(rate: float, other: float, seed: int, looks: int = 100) -> ErrorTest:
    rng = np.random.default_rng(seed)
    test = ErrorTest()
    for champion, canary in zip(rng.binomial(LOOK, rate, looks).tolist(), rng.binomial(LOOK, other, looks).tolist(), strict=True):
        test.update(champion, LOOK, canary, LOOK)
    return test


def losses(make: Callable[[], Any], shift: float, seed: int, looks: int = 100) -> Any:
    rng = np.random.default_rng(seed)
    test = make()
    for _ in range(looks):
        champion = rng.exponential(1, LOOK)
        canary = (champion + rng.normal(0, 0.3, LOOK) if isinstance(test, PairedLossTest) else rng.exponential(1, LOOK)) + shift
        test.update(champion, canary)
    return test


def test_harmless_canaries_are_seldom_taken_back() -> None:
    """5 % are promised, looked at after every 50 requests; 20 of 300 would be more than chance allows at 3 %."""
    assert sum(errors(0.05, 0.05, seed).harmful for seed in range(300)) <= 15
    assert sum(losses(LossTest, 0.0, seed).harmful for seed in range(200)) <= 10
    assert sum(losses(PairedLossTest, 0.0, seed).harmful for seed in range(200)) <= 10


def test_better_canaries_are_never_taken_back() -> None:
    assert not any(errors(0.05, 0.03, seed).harmful for seed in range(50))
    assert not any(losses(LossTest, -0.2, seed).harmful for seed in range(20))


def test_harmful_canaries_are_taken_back() -> None:
    assert sum(errors(0.05, 0.10, seed, looks=30).harmful for seed in range(50)) >= 45
    assert sum(errors(0.01, 0.05, seed, looks=12).harmful for seed in range(50)) >= 40
    assert all(losses(LossTest, 0.2, seed).harmful for seed in range(20))
    assert all(losses(PairedLossTest, 0.1, seed, looks=20).harmful for seed in range(20))


def test_uneven_traffic_is_as_sound() -> None:
    taken = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        test = ErrorTest()
        for champion, canary in zip(rng.binomial(950, 0.02, 60).tolist(), rng.binomial(50, 0.02, 60).tolist(), strict=True):
            test.update(champion, 950, canary, 50)
        taken += test.harmful
    assert taken <= 10


def test_latency_compares_slow_answers() -> None:
    def run(factor: float, seed: int) -> LatencyTest:
        rng = np.random.default_rng(seed)
        test = LatencyTest()
        for _ in range(60):
            test.update(rng.lognormal(-4, 0.5, 50).tolist(), (factor * rng.lognormal(-4, 0.5, 50)).tolist())
        return test

    assert sum(run(1.0, seed).harmful for seed in range(60)) <= 3
    assert all(run(2.0, seed).harmful for seed in range(10))
    low, high = LatencyTest(quantile=0.5).interval()
    assert low < 1 < high == math.inf
    middle = LatencyTest(quantile=0.5)
    rng = np.random.default_rng(0)
    middle.update(rng.lognormal(-4, 0.5, 20_000).tolist(), (2 * rng.lognormal(-4, 0.5, 20_000)).tolist())
    low, high = middle.interval()
    assert 1.7 < low < 2 < high < 2.3


def test_the_latency_bound_holds_at_all_times() -> None:
    missed = 0
    for seed in range(60):
        values = np.random.default_rng(seed).random(3000)
        for rows in range(20, 3001, 40):
            apart = np.abs(np.sort(values[:rows]) - np.arange(1, rows + 1) / rows).max()
            half = 0.85 * math.sqrt((math.log(math.log(math.e * rows)) + 0.8 * math.log(1612 / 0.05)) / rows)
            if apart > half:
                missed += 1
                break
    assert missed <= 3


def test_states_can_be_stored_and_continued() -> None:
    guards: list[Guard] = [errors(0.05, 0.07, 1), losses(LossTest, 0.1, 1, 10), losses(PairedLossTest, 0.1, 1, 10), LatencyTest()]
    guards[3].update([0.1, 0.2], [0.1])  # type: ignore[call-arg, arg-type]
    for guard in guards:
        back = msgspec.json.decode(msgspec.json.encode(guard), type=Guard)
        assert back == guard
    test, again = errors(0.05, 0.07, 1), msgspec.json.decode(msgspec.json.encode(guards[0]), type=ErrorTest)
    for each in (test, again):
        each.update(1, 50, 9, 50)
    assert test == again
    assert test.p_value == pytest.approx(math.exp(-test.log_e_most))


def test_intervals_hold_the_truth_and_decide_when_to_go_on() -> None:
    held = 0
    for seed in range(100):
        test = errors(0.05, 0.06, seed, looks=40)
        low, high = test.interval()
        held += low <= 0.01 <= high
    assert held >= 98
    assert excludes(errors(0.02, 0.02, 3, looks=200), 0.03)
    assert not excludes(errors(0.02, 0.02, 3, looks=2), 0.03)
    low, high = losses(LossTest, 0.2, 1).interval()
    assert low < 0.2 < high
    assert LossTest().interval() == (-math.inf, math.inf)


@given(st.integers(0, 2000), st.integers(0, 2000))
@settings(deadline=None)
def test_sequences_of_shares_enclose_the_share(successes: int, failures: int) -> None:
    trials = successes + failures
    low, high = share_sequence(successes, trials, 0.95)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= successes / trials <= high
        wide_low, wide_high = share_sequence(successes, trials, 0.99)
        assert wide_low <= low
        assert wide_high >= high


def test_guards_are_judged_together() -> None:
    guards: dict[str, Guard] = {"errors": errors(0.01, 0.08, 0), "loss": losses(LossTest, 0.0, 0), "latency": LatencyTest()}
    judged = judge(guards)
    assert judged.harmful == ("errors",)
    assert judged.sentence.startswith("errors worse by 0.0")
    assert judge({"loss": losses(LossTest, 0.0, 0)}).sentence == "no harm found"
    guards["errors"].least_harm = 0.5
    assert judge(guards).harmful == ()


def test_impossible_counts_are_refused() -> None:
    for words in ((2, 1, 0, 1), (-1, 1, 0, 1), (0, 1, 2, 1)):
        with pytest.raises(UsageError):
            ErrorTest().update(*words)
    with pytest.raises(UsageError):
        PairedLossTest().update([1.0], [1.0, 2.0])
    quiet = LossTest()
    quiet.update([1.0] * 500, [1.0] * 500)
    assert not quiet.harmful
    quiet.update([float("nan")], [])
    assert quiet.champion[0] == 500


# --- streams and alarms -------------------------------------------------------------------------------------------------


def test_streams_alarm_seldom_and_in_time() -> None:
    false, delays = 0, []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        stream = LossStream(limit=0.1, average_run=20_000)
        false += stream.update_many((rng.random(4000) < 0.1).astype(float).tolist())
        stream = LossStream(limit=0.1, average_run=20_000)
        stream.update_many((rng.random(500) < 0.1).astype(float).tolist())
        stream.restart()
        before = stream.rows
        stream.update_many((rng.random(5000) < 0.2).astype(float).tolist())
        delays.append(stream.alarmed_at - before if stream.alarmed else math.inf)
    assert false <= 6  # 4000 rows of an average run of 20,000
    assert np.median(delays) < 300
    assert max(delays) < math.inf


def test_a_watch_learns_its_limit() -> None:
    rng = np.random.default_rng(0)
    stream = watch(rng.gamma(2, 3, 5000), average_run=50_000)
    assert not stream.update_many(rng.gamma(2, 3, 4000).tolist())
    assert not stream.update(1e12)  # one huge loss is no alarm
    assert not stream.update(float("nan"))
    assert stream.rows == 4001
    assert stream.update_many(rng.gamma(2, 4, 4000).tolist())
    again = msgspec.json.decode(msgspec.json.encode(stream), type=LossStream)
    assert again == stream
    assert watch((rng.random(1000) < 0.1).astype(float)).most == 1.0
    for wrong in ([1.0] * 10, [-1.0] * 50, [0.0] * 50):
        with pytest.raises(UsageError):
            watch(wrong)


def test_alarms_open_when_bad_windows_persist_and_close_when_they_stay_away() -> None:
    alarm, changes = Alarm(), []
    for seen in ("bad", "clean", "too few", "bad", "bad", "clean", "clean", "too few", "bad", "clean", "clean", "clean", "bad"):
        alarm, change = look(alarm, seen)  # type: ignore[arg-type]
        changes.append(change)
    assert changes == [None, None, None, "opened", None, None, None, None, None, None, None, "closed", None]
    assert alarm == Alarm(open=False, recent=(True,), clean=0)


@given(st.lists(st.sampled_from(["bad", "clean", "too few"])), st.integers(1, 4), st.integers(0, 3), st.integers(1, 4))
@settings(deadline=None)
def test_an_alarm_opens_and_closes_in_turns(seen: list[Any], bad: int, more: int, clean: int) -> None:
    rule = Hysteresis(bad=bad, of=bad + more, clean=clean)
    alarm, changes = Alarm(), []
    for window in seen:
        before = alarm
        alarm, change = look(alarm, window, rule)
        changes += [change] if change else []
        assert (before.open != alarm.open) == (change is not None)
    assert changes == ["opened", "closed"] * (len(changes) // 2) + ["opened"] * (len(changes) % 2)
    with pytest.raises(UsageError):
        Hysteresis(bad=3, of=2)


def test_harm_that_came_all_at_once_is_found_as_if_it_had_been_watched() -> None:
    """A judge that could not look for a while, as on a busy machine, sees a good stage and then ten failures in one batch."""
    late = ErrorTest()
    late.update(0, 81, 0, 77)
    late.update(0, 82, 10, 39)
    assert late.harmful
    assert late.p_value < 1e-3
    assert (late.champion_rows, late.champion_errors, late.canary_rows, late.canary_errors) == (163, 0, 116, 10)
    again = ErrorTest()
    again.update(0, 81, 0, 77)
    again.update(0, 82, 10, 39)
    assert again == late, "the same batches give the same evidence"


def test_seldom_looks_do_not_alarm_more_often() -> None:
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(400):
        test = ErrorTest()
        for _ in range(6):
            test.update(int(rng.binomial(400, 0.05)), 400, int(rng.binomial(100, 0.05)), 100)
        alarms += test.harmful
    assert alarms <= 20, "5 % of 400"


def test_nothing_new_is_no_evidence() -> None:
    test = ErrorTest()
    test.update(0, 0, 0, 0)
    assert test == ErrorTest()
    test.update(0, 0, 3, 50)
    assert (test.canary_rows, test.canary_errors, test.champion_rows) == (50, 3, 0)
