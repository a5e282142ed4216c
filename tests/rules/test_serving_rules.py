"""The rules of serving: roles of revisions under any sequence of moves, counts, stages."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.serving import LATENCY_BOUNDS, EndpointSettings, Revision, Stage, Traffic
from treadle.core.errors import StateError, UsageError
from treadle.serving import rules

SHADOW, PART = Stage(share=0.0, rows=10), Stage(share=0.3, rows=10)
MOVES = st.lists(st.sampled_from(["release", "staged", "canary", "finish", "take back", "go back"]), max_size=25)


def after(revisions: list[Revision], changed: list[Revision]) -> list[Revision]:
    by_number = {one.number: one for one in revisions} | {one.number: one for one in changed}
    lived = {one.number for one in revisions if one.live_at is not None}
    return [
        msgspec.structs.replace(one, live_at=1.0) if one.role == "live" or number in lived else one
        for number, one in sorted(by_number.items())
    ]


def move(revisions: list[Revision], what: str, at: float) -> list[Revision]:
    number = len(revisions) + 1
    running = next((one for one in revisions if one.role in ("canary", "shadow")), None)
    if what in ("release", "staged", "canary"):
        stages = {"release": [], "staged": [SHADOW, PART], "canary": [PART]}[what]
        return after(revisions, rules.released(revisions, number, "m", number, stages, at))
    if what == "finish" and running is not None:
        return after(revisions, rules.finished(revisions, running.number, at))
    if what == "take back" and running is not None:
        return after(revisions, rules.taken_back(revisions, running.number, at, "harm"))
    if what == "go back" and running is None and rules.live_of(revisions) and rules.former_of(revisions):
        return after(revisions, rules.gone_back(revisions, at, "asked"))
    return revisions


@given(MOVES)
def test_whatever_happens_one_revision_is_live_and_at_most_one_is_on_its_way(moves: list[str]) -> None:
    revisions: list[Revision] = []
    for at, what in enumerate(moves):
        revisions = move(revisions, what, float(at))
        roles = [one.role for one in revisions]
        assert roles.count("live") == (1 if revisions else 0)
        assert roles.count("canary") + roles.count("shadow") <= 1
        assert roles.count("ready") <= 1
        assert all((one.share > 0) == (one.role in ("live", "canary")) for one in revisions)
        assert all((one.ended_at is not None) == (one.role in ("retired", "failed")) for one in revisions)


def test_what_failed_is_never_gone_back_to() -> None:
    revisions: list[Revision] = []
    for what in ("release", "release", "go back"):
        revisions = move(revisions, what, 0.0)
    assert [one.role for one in revisions] == ["live", "failed"]
    assert rules.former_of(revisions) is None
    with pytest.raises(StateError):
        rules.gone_back(revisions, 0.0, "again")


COUNTS = st.builds(
    Traffic,
    revision=st.just(1),
    requests=st.integers(0, 10_000),
    errors=st.integers(0, 100),
    latency=st.lists(st.integers(0, 1000), max_size=18).map(tuple),
)


@given(COUNTS, COUNTS)
def test_what_is_added_can_be_taken_away_again(a: Traffic, b: Traffic) -> None:
    left = rules.minus(rules.plus(a, b), b)
    assert (left.requests, left.errors, sum(left.latency)) == (a.requests, a.errors, sum(a.latency))


@given(st.lists(COUNTS, max_size=6))
def test_counts_of_processes_add_up_in_any_order(parts: list[Traffic]) -> None:
    assert rules.summed(parts) == rules.summed(reversed(parts))


def test_a_count_that_shrank_counts_as_nothing_new() -> None:
    assert rules.minus(Traffic(revision=1, requests=3, latency=(1,)), Traffic(revision=1, requests=5, latency=(2, 3))).requests == 0


def test_quantiles_are_bounds_of_buckets() -> None:
    counts = [0] * 18
    counts[0], counts[3] = 98, 2
    assert rules.quantile(counts, 0.5) == LATENCY_BOUNDS[0]
    assert rules.quantile(counts, 0.99) == LATENCY_BOUNDS[3]
    assert rules.quantile([], 0.5) is None


def test_slow_is_learned_from_enough_requests_only() -> None:
    assert rules.slow_from([50], 2.0) is None
    assert rules.slow_from([1000], 2.0) == 2, "behind 1 ms, which is twice the bound of the first bucket"
    late = [0] * 17 + [1000]
    assert rules.slow_from(late, 2.0) == len(LATENCY_BOUNDS)


def test_a_stage_waits_for_everything_it_names() -> None:
    stage = Stage(share=0.1, rows=10, seconds=5.0, labels=2)
    assert rules.due(stage, rows=10, seconds=5.0, labels=2)
    assert not any(rules.due(stage, rows=r, seconds=s, labels=n) for r, s, n in ((9, 5.0, 2), (10, 4.9, 2), (10, 5.0, 1)))
    assert rules.stage_words(stage) == "10% of the traffic until 10 rows and 5 s and 2 labels"


@pytest.mark.parametrize(("field", "value"), [("workers", 0), ("record", 1.5), ("port", 70_000), ("time_limit", 0.0), ("most_body", 10)])
def test_settings_that_cannot_be_are_named(field: str, value: float) -> None:
    with pytest.raises(UsageError, match=field):
        rules.check_endpoint("flights", msgspec.structs.replace(EndpointSettings(), **{field: value}))
