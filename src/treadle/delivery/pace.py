"""The pace: pure functions over journal entries. What is not told by the journal (CPU seconds, what is on record of a version) is
given as facts. Every figure can be followed to its entries; none ranks persons.

Medians and 85th percentiles interpolate linearly between order statistics (Hyndman and Fan 1996, definition 7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from treadle.contract.delivery import Live, Pace, Released, Spread
from treadle.contract.record import Entry
from treadle.delivery.chains import Chains

WEEK = 7 * 86400.0
ENDED = ("run.done", "run.failed", "run.stopped")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the journal: CPU seconds by root run, and what is live now."""

    cpu: Mapping[int, float] = {}
    live: tuple[Live, ...] = ()


def pace(chains: Chains, facts: Facts, since: float, until: float) -> Pace:
    """All figures of the releases and alarms between two moments."""
    entries = [entry for entry in chains.entries if since <= entry.at <= until]
    releases = [released(chains, entry, facts) for entry in entries if is_release(entry)]
    whole = sum(one.total for one in releases)
    share = {n: sum(getattr(one, n) for one in releases) / whole if whole else None for n in ("working", "approval", "rollout", "idle")}
    return Pace(
        since=since,
        until=until,
        releases=tuple(releases),
        time_to_market=spread(one.total for one in releases),
        per_week=len(releases) / max((until - since) / WEEK, 1e-9),
        hands_free=sum(not one.hands for one in releases) / len(releases) if releases else None,
        taken_back=sum(entry.kind == "rollout.taken_back" for entry in entries),
        restore=spread(restored(chains, entries)),
        retraining=spread(one.retraining for one in releases if one.retraining is not None),
        never_released=never_released(chains),
        live=facts.live,
        reproducible=sum(one.reproducible for one in facts.live) / len(facts.live) if facts.live else None,
        cost=spread(one.cpu for one in releases),
        **share,
    )


def is_release(entry: Entry) -> bool:
    """A version that became live, and not because another one was taken back."""
    return entry.kind == "revision.live" and not entry.data.get("back")


def released(chains: Chains, live: Entry, facts: Facts) -> Released:
    """One release, from the earliest of its causes to live."""
    chain = chains.of(live)
    first = chain[-1]
    roots = roots_of(chain)
    working = covered(span for root in roots for span in ran(chains.about(f"run:{root}")))
    approval = covered(waits(chains, chain))
    started = next((entry.at for entry in chain if entry.kind == "rollout.started"), live.at)
    total = live.at - first.at
    alarm = next((entry for entry in chain if entry.kind == "alarm.opened"), None)
    return Released(
        ref=str(live.data.get("ref", "")),
        endpoint=str(live.data.get("endpoint", "")),
        live_at=live.at,
        entry=live.id,
        began=first.at,
        origin=first.id,
        because=first.kind,
        total=total,
        working=working,
        approval=approval,
        rollout=live.at - started,
        idle=max(0.0, total - working - approval - (live.at - started)),
        hands=hands(chain),
        cpu=sum(facts.cpu.get(root, 0.0) for root in roots),
        retraining=live.at - alarm.at if alarm is not None else None,
    )


def roots_of(chain: Iterable[Entry]) -> list[int]:
    """The runs that somebody or something asked for, in a chain."""
    return sorted({entry.root for entry in chain if entry.kind.startswith("run.") and entry.root is not None})


def ran(about: Sequence[Entry]) -> list[tuple[float, float]]:
    """When a run was performed: from each start to the end that follows it."""
    spans: list[tuple[float, float]] = []
    begun: float | None = None
    for entry in about:
        if entry.kind == "run.running" and begun is None:
            begun = entry.at
        elif entry.kind in ENDED and begun is not None:
            spans.append((begun, entry.at))
            begun = None
    return spans


def waits(chains: Chains, chain: Iterable[Entry]) -> list[tuple[float, float]]:
    """When a version of the chain waited for a person: from `version.waiting` to the decision."""
    spans: list[tuple[float, float]] = []
    for subject in {entry.subject for entry in chain if entry.kind.startswith("version.")}:
        begun: float | None = None
        for entry in chains.about(subject):
            if entry.kind == "version.waiting":
                begun = entry.at if begun is None else begun
            elif entry.kind in ("version.approved", "version.rejected", "version.failed") and begun is not None:
                spans.append((begun, entry.at))
                begun = None
    return spans


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds in at least one of the spans: what ran side by side counts once."""
    total, end = 0.0, float("-inf")
    for start, stop in sorted(spans):
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return total


def hands(chain: Iterable[Entry]) -> tuple[str, ...]:
    """What people did for a release: asked for a run, approved a version, released it. What a trigger did has a cause."""
    found: list[str] = []
    for entry in chain:
        if entry.kind == "run.queued" and entry.cause is None and entry.subject == f"run:{entry.root}":
            found.append(f"run {entry.root} was asked for")
        elif entry.kind == "rollout.started" and entry.cause is None:
            found.append(f"{entry.data.get('ref', '')} was released")
        elif entry.kind == "version.approved" and by_person(entry):
            found.append(f"{entry.data.get('ref', '')} was approved")
    return tuple(reversed(found))


def by_person(entry: Entry) -> bool:
    """Whether a version was approved by somebody's word. Such an entry says by whom; gates alone say nobody."""
    by = str(entry.data.get("by") or "")
    return bool(by) and not by.startswith("trigger ")


def restored(chains: Chains, entries: Iterable[Entry]) -> list[float]:
    """Seconds from what went wrong to its being right again: alarms that closed, rollouts that were taken back."""
    found: list[float] = []
    for entry in entries:
        start: Entry | None = None
        if entry.kind == "alarm.closed":
            start = next((one for one in chains.of(entry) if one.kind == "alarm.opened"), None)
        elif entry.kind == "rollout.taken_back":
            start = next((one for one in chains.about(entry.subject) if _began(one, entry)), None)
        if start is not None:
            found.append(entry.at - start.at)
    return found


def _began(one: Entry, entry: Entry) -> bool:
    """Whether one entry is the start of the rollout that the other speaks of."""
    return one.kind == "rollout.started" and one.data.get("rollout") == entry.data.get("rollout")


def never_released(chains: Chains) -> tuple[str, ...]:
    """Models of which no version has ever been live."""
    registered = {str(entry.data.get("model")) for entry in chains.entries if entry.kind == "model.registered"}
    live = {str(entry.data.get("model")) for entry in chains.entries if entry.kind == "revision.live"}
    return tuple(sorted(registered - live))


def spread(values: Iterable[float]) -> Spread:
    ordered = sorted(values)
    return Spread(count=len(ordered), median=quantile(ordered, 0.5), p85=quantile(ordered, 0.85)) if ordered else Spread(count=0)


def quantile(ordered: Sequence[float], part: float) -> float:
    """Of values in order, at least one: linear between order statistics."""
    place = (len(ordered) - 1) * part
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
