"""What the guardrails of one rollout know, and how they learn: a value that is stored with the rollout between two looks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.contract.serving import Guardrails, Traffic
from treadle.serving import rules
from treadle.statistics.sequential import ErrorTest, Guard, LossTest, PairedLossTest, judge


class Counts(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Traffic of the two sides."""

    live: Traffic
    new: Traffic


class Known(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Everything a rollout has seen: counts when it began (`base`), when its stage began, at the last look; the tests; how far
    chunks and labels were taken in; labelled predictions of the new revision, in all and when the stage began."""

    base: dict[str, Traffic] = {}
    stage_base: dict[str, Traffic] = {}
    last: dict[str, Traffic] = {}
    guards: dict[str, Guard] = {}
    slow_from: int | None = None
    chunk: int = 0
    label: int = 0
    labelled: int = 0
    stage_labelled: int = 0
    looks: int = 0
    guardrails: dict[str, dict[str, Any]] = {}
    """For people: a sentence for each guardrail."""


def known_of(evidence: Mapping[str, Any]) -> Known:
    return msgspec.convert(evidence, Known)


def evidence_of(known: Known) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(known)
    return made


def count(known: Known, settings: Guardrails, now: Mapping[int, Traffic], live: int, new: int) -> None:
    """Takes in the traffic since the last look."""
    fresh: dict[int, Traffic] = {}
    for number in (live, new):
        traffic = now.get(number, Traffic(revision=number))
        before = known.last.get(str(number)) or known.base.get(str(number))
        fresh[number] = rules.minus(traffic, before)
        known.last[str(number)] = traffic
    if settings.errors:
        errors = known.guards.setdefault("errors", ErrorTest(alpha=settings.alpha))
        assert isinstance(errors, ErrorTest)
        errors.update(_failed(fresh[live]), _answered(fresh[live]), _failed(fresh[new]), _answered(fresh[new]))
    if settings.latency:
        _count_latency(known, settings, now, fresh, live, new)


def _failed(traffic: Traffic) -> int:
    return min(traffic.errors, traffic.requests)


def _answered(traffic: Traffic) -> int:
    return traffic.requests


def _count_latency(
    known: Known, settings: Guardrails, now: Mapping[int, Traffic], fresh: Mapping[int, Traffic], live: int, new: int
) -> None:
    if known.slow_from is None:  # what is slow is learned from the live revision, and only then compared
        known.slow_from = rules.slow_from(now.get(live, Traffic(revision=live)).latency, settings.latency)
        return
    test = known.guards.setdefault("latency", ErrorTest(alpha=settings.alpha, least_harm=0.01))
    assert isinstance(test, ErrorTest)
    one, other = fresh[live].latency, fresh[new].latency
    test.update(sum(one[known.slow_from :]), sum(one), sum(other[known.slow_from :]), sum(other))


def lose(known: Known, settings: Guardrails, name: str, live: Any, new: Any, *, paired: bool) -> None:
    """Takes in losses of labelled predictions: pairs on the same rows, or two streams. A margin is granted to the new revision."""
    if settings.loss is None:
        return
    made: type[PairedLossTest | LossTest] = PairedLossTest if paired else LossTest
    test = known.guards.setdefault(name, made(alpha=settings.alpha))
    assert isinstance(test, PairedLossTest | LossTest)
    test.update(live, new - settings.loss)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`harm` says why the rollout must be taken back; empty: no harm was found."""

    harm: str
    sentences: dict[str, dict[str, Any]]


def verdict(known: Known, settings: Guardrails, new: int) -> Verdict:
    """What all guardrails say together; the chance that a harmless revision is ever taken back is at most `alpha`."""
    sentences: dict[str, dict[str, Any]] = {name: {"sentence": sentence(name, guard)} for name, guard in known.guards.items()}
    counted = rules.minus(known.last.get(str(new), Traffic(revision=new)), known.base.get(str(new)))
    if settings.crashes and counted.crashes >= settings.crashes:
        times = f"{counted.crashes} times" if counted.crashes > 1 else "once"
        return Verdict(harm=f"its process died {times}", sentences=sentences)
    found = judge(known.guards, settings.alpha) if known.guards else None
    if found is None or not found.harmful:
        return Verdict(harm="", sentences=sentences)
    return Verdict(harm="; ".join(sentences[name]["sentence"] for name in found.harmful), sentences=sentences)


def sentence(name: str, guard: Guard) -> str:
    """A test's state as people say it."""
    chance = f"p {guard.p_value:.2g}"
    if isinstance(guard, ErrorTest):
        what = "failed" if name == "errors" else "slow"
        live = f"live {guard.champion_errors:,} of {guard.champion_rows:,}"
        return f"{name}: {guard.canary_errors:,} of {guard.canary_rows:,} {what}, {live}, {chance}"
    if isinstance(guard, PairedLossTest):
        return f"{name}: {guard.harm:+.4f} a row against the live revision on {guard.differences[0]:,} equal rows, {chance}"
    if isinstance(guard, LossTest):
        return f"{name}: {guard.canary[1]:.4f} on {guard.canary[0]:,} rows, live {guard.champion[1]:.4f} on {guard.champion[0]:,}, {chance}"
    return f"{name}: {chance}"
