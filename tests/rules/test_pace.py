"""The pace of delivery from journal entries: chains of causes, durations, hands, what was never released."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.delivery import Live, Spread
from treadle.contract.record import Entry
from treadle.core.causes import places_before
from treadle.delivery import pace
from treadle.delivery.chains import Chains
from treadle.delivery.pace import Facts
from treadle.delivery.sentences import sentence, span

DAY = 86400.0


class Journal:
    """Entries written one after the other."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def say(self, at: float, news: str, about: str, /, root: int | None = None, cause: int | None = None, **data: Any) -> int:
        number = len(self.entries) + 1
        self.entries.append(
            Entry(id=number, at=at, actor="x", project="default", kind=news, subject=about, root=root, cause=cause, data=data)
        )
        return number

    def run(self, at: float, number: int, seconds: float, cause: int | None = None) -> None:
        self.say(at, "run.queued", f"run:{number}", root=number, cause=cause, name="brisk-otter", step="late_arrivals")
        self.say(at + 1, "run.running", f"run:{number}", root=number)
        self.say(at + 1 + seconds, "run.done", f"run:{number}", root=number, wall=seconds)

    def release(self, at: float, version: int, *, cause: int | None, seconds: float, **more: Any) -> int:
        facts = {"model": "delay", "version": version, "ref": f"delay@v{version}", "endpoint": "flights", "rollout": version}
        started = self.say(at, "rollout.started", "endpoint:flights", cause=cause, stages=["shadow", "20%"], **facts)
        return self.say(at + seconds, "revision.live", "endpoint:flights", cause=started, **facts, **more)


def first_release(journal: Journal) -> None:
    """By hand: a person asks for a run, approves what it made after a day, and releases it."""
    journal.run(0.0, 1, 100.0)
    facts = {"model": "delay", "version": 1, "ref": "delay@v1", "run": 2}
    journal.say(101.0, "model.registered", "model:delay@v1", root=1, **facts)
    journal.say(101.0, "version.waiting", "model:delay@v1", root=1, **facts)
    journal.say(101.0 + DAY, "version.approved", "model:delay@v1", by="ada", **facts)
    journal.release(200.0 + DAY, 1, cause=None, seconds=50.0)


def retrained(journal: Journal) -> int:
    """By itself: an alarm, a trigger, a run, gates, a trigger, a rollout."""
    alarm = journal.say(10 * DAY, "alarm.opened", "monitor:watch", alarm=3, kind="performance", endpoint="flights")
    fired = journal.say(10 * DAY + 1, "trigger.fired", "trigger:decay", cause=alarm, trigger="decay", firing=1)
    journal.run(10 * DAY + 2, 7, 200.0, cause=fired)
    facts = {"model": "delay", "version": 2, "ref": "delay@v2", "run": 9}
    journal.say(10 * DAY + 203, "model.registered", "model:delay@v2", root=7, cause=fired, **facts)
    approved = journal.say(10 * DAY + 203, "version.approved", "model:delay@v2", root=7, cause=fired, **facts)
    released = journal.say(10 * DAY + 204, "trigger.fired", "trigger:release", cause=approved, trigger="release", firing=2)
    live = journal.release(10 * DAY + 210, 2, cause=released, seconds=90.0)
    journal.say(10 * DAY + 1000, "alarm.closed", "monitor:watch", cause=alarm, alarm=3, kind="performance", endpoint="flights")
    return live


@pytest.fixture
def journal() -> Journal:
    made = Journal()
    first_release(made)
    retrained(made)
    return made


def test_a_release_leads_back_to_the_world(journal: Journal) -> None:
    chains = Chains(journal.entries, {2: 1, 9: 7})
    live = [entry for entry in journal.entries if entry.kind == "revision.live"]
    kinds = [[entry.kind for entry in chains.of(entry)] for entry in live]
    middle = ["rollout.started", "version.approved", "model.registered", "run.done", "run.queued"]
    assert kinds[0] == ["revision.live", *middle]
    assert kinds[1] == ["revision.live", "rollout.started", "trigger.fired", *middle[1:], "trigger.fired", "alarm.opened"]


def test_the_figures_of_a_release_by_hand(journal: Journal) -> None:
    found = pace.pace(Chains(journal.entries, {2: 1, 9: 7}), Facts(cpu={1: 80.0, 7: 160.0}), 0.0, 14 * DAY)
    first, second = found.releases
    assert (first.total, first.working, first.approval, first.rollout, first.idle) == (DAY + 250, 100.0, DAY, 50.0, 100.0)
    assert first.hands == ("run 1 was asked for", "delay@v1 was approved", "delay@v1 was released")
    assert (first.because, first.retraining, first.cpu) == ("run.queued", None, 80.0)
    assert (second.total, second.working, second.approval, second.rollout, second.hands) == (300.0, 200.0, 0.0, 90.0, ())
    assert (second.because, second.retraining, second.cpu) == ("alarm.opened", 300.0, 160.0)


def test_the_figures_together(journal: Journal) -> None:
    live = (
        Live(endpoint="flights", ref="delay@v2", reproducible=True),
        Live(endpoint="other", ref="x@v1", reproducible=False, missing=("its environment",)),
    )
    journal.say(11 * DAY, "model.registered", "model:idle@v1", model="idle", version=1)
    found = pace.pace(Chains(journal.entries, {2: 1, 9: 7}), Facts(live=live), 0.0, 14 * DAY)
    assert (found.per_week, found.hands_free, found.taken_back, found.reproducible) == (1.0, 0.5, 0, 0.5)
    assert found.time_to_market == Spread(count=2, median=(300 + DAY + 250) / 2, p85=300 + 0.85 * (DAY - 50))
    assert (found.retraining.median, found.restore) == (300.0, Spread(count=1, median=1000.0, p85=1000.0))
    assert found.never_released == ("idle",)
    shares = [found.working, found.approval, found.rollout, found.idle]
    assert sum(share for share in shares if share is not None) == pytest.approx(1.0)
    assert len(pace.pace(Chains(journal.entries), Facts(), 9 * DAY, 14 * DAY).releases) == 1


def test_what_was_taken_back_is_restored_and_no_release(journal: Journal) -> None:
    started = journal.say(12 * DAY, "rollout.started", "endpoint:flights", rollout=3, model="delay", version=3, ref="delay@v3")
    journal.say(12 * DAY + 30, "rollout.taken_back", "endpoint:flights", cause=started, rollout=3, ref="delay@v3", reason="errors")
    journal.say(12 * DAY + 30, "revision.live", "endpoint:flights", cause=started, ref="delay@v2", back=True, endpoint="flights")
    found = pace.pace(Chains(journal.entries), Facts(), 0.0, 14 * DAY)
    assert (len(found.releases), found.taken_back, found.restore.count) == (2, 1, 2)
    assert min(pace.restored(Chains(journal.entries), journal.entries)) == 30.0


def test_an_empty_journal_has_no_pace() -> None:
    found = pace.pace(Chains([]), Facts(), 0.0, DAY)
    assert (found.releases, found.hands_free, found.working, found.time_to_market) == ((), None, None, Spread(count=0))


def test_a_chain_that_bites_its_tail_ends() -> None:
    journal = Journal()
    journal.say(0.0, "a.b", "x:1", cause=2)
    journal.say(0.0, "a.b", "x:1", cause=1)
    assert [entry.id for entry in Chains(journal.entries).of(journal.entries[0])] == [1, 2]


def test_somebody_who_acted_on_a_version_goes_before_the_run_that_made_it(journal: Journal) -> None:
    fired = journal.say(12 * DAY, "trigger.fired", "trigger:decide")
    journal.say(12 * DAY, "version.approved", "model:delay@v2", cause=fired, model="delay", version=2, run=9)
    chain = Chains(journal.entries, {9: 7}).of(journal.entries[-1])
    assert [entry.id for entry in chain] == [fired + 1, fired]


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), max_size=30))
def test_time_side_by_side_counts_once(spans: list[tuple[float, float]]) -> None:
    ordered = [(min(pair), max(pair)) for pair in spans]
    total = pace.covered(ordered)
    assert total <= sum(stop - start for start, stop in ordered) + 1e-6
    assert total >= max((stop - start for start, stop in ordered), default=0.0) - 1e-6


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_quantiles_lie_between_the_extremes_and_in_order(values: list[float]) -> None:
    found = pace.spread(values)
    assert found.median is not None
    assert found.p85 is not None
    assert min(values) - 1e-6 <= found.median <= found.p85 + 1e-6 <= max(values) + 2e-6


def test_where_causes_are_looked_for() -> None:
    assert places_before("run.queued", "run:3", 3, {}) == ()
    assert places_before("run.done", "run:4", 3, {})[0] == ("run:3", "run.queued")
    assert places_before("alarm.opened", "monitor:w", None, {"model": "m", "version": 1}) == ()
    assert places_before("rollout.started", "endpoint:e", None, {"model": "m", "version": 1})[0] == ("model:m@v1", "version.approved")
    assert places_before("model.registered", "model:m@v1", None, {"run": 8}) == (("run:8", ""),)


def test_entries_in_words(journal: Journal) -> None:
    said = {entry.kind: sentence(entry) for entry in journal.entries}
    assert said["rollout.started"] == "delay@v2 began to roll out at flights: shadow, then 20%"
    assert said["revision.live"] == "delay@v2 is live at flights"
    assert said["run.done"] == "run 7  () was done in 200.0 s"
    assert [span(s) for s in (0.5, 42, 250, 3600, 11100, 2 * DAY + 4 * 3600)] == [
        "0.5 s",
        "42 s",
        "4 min 10 s",
        "1 h",
        "3 h 5 min",
        "2 d 4 h",
    ]
