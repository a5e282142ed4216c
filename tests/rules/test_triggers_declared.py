"""What people write about the loop, as words of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from treadle import do, loop, monitor, trigger, when
from treadle.contract import declare_all
from treadle.contract import triggers as words
from treadle.contract.serving import Stage
from treadle.core.errors import DefinitionError
from treadle.sdk.define import pipeline
from treadle.triggers import rules, sentences


@pipeline
def late_arrivals(rate: float = 0.1) -> float:
    return rate


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> loop.Declarations:
    made = loop.Declarations()
    monkeypatch.setattr(loop, "declared", made)
    return made


def as_declared(one: loop.DeclaredTrigger) -> words.Declared:
    """With each run as an operation: what a run is made of is asked of the worker."""
    acts = tuple(words.Operate(operation="runs.list") if isinstance(act, loop.Task) else act for act in one.do)
    return words.Declared(name=one.name, when=one.waiting.source, do=acts, limits=one.limits, paused=one.paused)


def test_durations_sizes_and_names_as_people_write_them(declared: loop.Declarations) -> None:
    at = loop.endpoint("flights", model="flight-delay", port=8090, time_limit="500ms", most_body="16M", drain="1m")
    monitor("watch", endpoint=at, seconds="7d", checks=["quality"], performance=loop.performance("auc", worse_by=0.02, labelled=0.5))
    assert (at.settings.time_limit, at.settings.most_body, at.settings.drain) == (0.5, 16 << 20, 60.0)
    (watch,) = declared.monitors
    assert (watch.endpoint, watch.settings.seconds, watch.settings.checks) == ("flights", 604800.0, ("quality",))
    assert (watch.settings.performance.metric, watch.settings.performance.labelled) == ("auc", 0.5)
    made = trigger(
        "t",
        when.news("a.b", model=["x", "y"], where="n > 1"),
        do.notify(mail="a@b.c"),
        cooldown="1d",
        at_most=(3, "1w"),
        unless_open="quality",
    )
    limits = made.limits
    assert (limits.cooldown, limits.most, limits.per, limits.unless_open) == (86400.0, 3, 604800.0, ("quality",))
    assert (limits.match, limits.where) == ({"model": ["x", "y"]}, "n > 1")


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (lambda: loop.endpoint("e", model="m", prot=1), "did you mean `port`|has no setting `prot`"),
        (lambda: loop.endpoint("e", model="m", port="x"), "endpoint `e` cannot be"),
        (lambda: loop.endpoint("e", model=5), "has no name"),
        (lambda: loop.monitor("m", endpoint="e", seconds="soon"), "no duration"),
        (lambda: loop.trigger("t", "alarm.opened", do.notify(mail="x")), "not told when"),
        (lambda: do.call("runs.stop", run=object()), "no plain data"),
    ],
)
def test_mistakes_are_named(write: Any, what: str) -> None:
    with pytest.raises(DefinitionError, match=what):
        write()


def test_every_source_and_action_can_be_declared() -> None:
    declare_all()
    acts = (
        do.run(late_arrivals, rate=0.2, options={"cache": False}),
        do.call("serving.rollback", endpoint="{endpoint}", reason="{sentence}"),
        do.release("flights", stages=[loop.shadow(rows=5), loop.share(0.2, seconds="1h")], guardrails={"alpha": 0.01}),
        do.notify(webhook="https://example.org/x", secret="S", slack="secret:URL", text="{sentence}"),
        do.add("orders", "{path}"),
    )
    sources = (
        when.news("alarm.*", subject="monitor:*"),
        when.dataset("flights"),
        when.schedule("0 3 * * *", zone="Europe/Helsinki"),
        when.webhook(secret="HOOK"),
        when.git(".", branch="main", every="1m"),
        when.files("s3://bucket/prefix", pattern="*.csv"),
        when.labels("flights", every=1000),
        when.rows("flights-data", every=100_000),
    )
    for number, source in enumerate(sources):
        made = as_declared(trigger(f"t{number}", source, *acts))
        rules.check(made)
        assert made.name in f"t{number}"
        assert sentences.sentence(made).startswith("when ")
    assert isinstance(acts[2], words.Operate)
    assert acts[2].request["stages"][1] == {"share": 0.2, "seconds": 3600.0}
    assert Stage(share=0.0, rows=5) == loop.shadow(rows=5)


def test_the_default_chain_is_sound(declared: loop.Declarations) -> None:
    declare_all()
    loop.standard(
        "flights",
        model="flight-delay",
        pipeline=late_arrivals,
        performance=loop.performance("auc", worse_by=0.02),
        notify=do.notify(mail="a@b.c"),
    )
    made = {one.name: as_declared(one) for one in declared.triggers}
    assert list(made) == ["flights-release", "flights-decay", "flights-drift", "flights-tell"]
    for one in made.values():
        rules.check(one)
    decay, drift = made["flights-decay"], made["flights-drift"]
    for one in (decay, drift):
        assert one.limits.unless_open == ("quality",)
        assert (one.limits.concurrency, one.limits.most, bool(one.limits.cooldown)) == (1, 3, True)
    assert (decay.limits.persists, drift.limits.persists) == (0.0, 0.0)
    assert (decay.limits.shared, drift.limits.shared) == (("flights-drift",), ("flights-decay",))
    alarm = {"kind": "alarm.opened", "subject": "monitor:x", "data": {"kind": "quality", "endpoint": "flights", "severity": "page"}}
    assert [name for name, one in made.items() if rules.concerns(one, alarm) and rules.holds(one, alarm)] == ["flights-tell"]
    drifted = {"kind": "alarm.opened", "subject": "monitor:x", "data": {"kind": "drift", "endpoint": "flights", "severity": "note"}}
    raised = {**drifted, "kind": "alarm.raised", "data": {**drifted["data"], "severity": "page"}}  # type: ignore[dict-item]
    closed = {**raised, "kind": "alarm.closed"}
    assert [rules.concerns(drift, news) and rules.holds(drift, news) for news in (drifted, raised, closed)] == [False, True, False]
    (watch,) = declared.monitors
    assert (watch.settings.seconds, "performance" in watch.settings.checks) == (604800.0, True)
    release = made["flights-release"].do[0]
    assert isinstance(release, words.Operate)
    assert [stage["share"] for stage in release.request["stages"]] == [0.0, 0.2]
