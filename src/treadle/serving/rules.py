"""The rules of serving: how a release changes the roles of revisions, when a rollout moves on, and what a guardrail says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from treadle.contract.serving import LATENCY_BOUNDS, EndpointSettings, Guardrails, Revision, Stage, Traffic
from treadle.core.errors import StateError, UsageError

_NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]{0,62}\Z")
_LEARNED_REQUESTS = 100
LOOPBACK = ("127.0.0.1", "::1", "localhost")
ANSWERING = ("live", "canary", "shadow", "ready")
"""Roles whose models an endpoint holds loaded."""


def check_endpoint(name: str, settings: EndpointSettings) -> None:
    """Raises UsageError for a name or a setting that cannot be."""
    if not _NAME.match(name):
        raise UsageError(f"`{name}` cannot be the name of an endpoint", hint="up to 63 small letters, digits, dots, dashes, underscores")
    bounds: dict[str, tuple[float, float]] = {
        "port": (0, 65535),
        "workers": (1, 256),
        "record": (0, 1),
        "time_limit": (0.001, 3600),
        "most_rows": (1, 10_000_000),
        "most_body": (1024, 1 << 32),
        "most_waiting": (1, 1_000_000),
        "batch_rows": (1, 1_000_000),
        "drain": (0, 3600),
        "memory": (0, 1 << 50),
    }
    for field, (lowest, highest) in bounds.items():
        value = getattr(settings, field)
        if not lowest <= value <= highest:
            raise UsageError(f"`{field}` of endpoint `{name}` is {value:g}", hint=f"between {lowest:g} and {highest:g}")


def check_stages(stages: Sequence[Stage], guardrails: Guardrails) -> None:
    """Raises UsageError for a plan that cannot be followed: shares that shrink, a stage that would never end."""
    share = 0.0
    for number, stage in enumerate(stages, 1):
        if not 0 <= stage.share < 1:
            raise UsageError(f"stage {number} sends {stage.share:g} of the traffic", hint="a share from 0 (shadow) to below 1")
        if stage.share < share:
            raise UsageError(f"stage {number} sends less than the one before it", hint="shares grow from stage to stage")
        if min(stage.rows, stage.seconds, stage.labels) < 0 or not (stage.rows or stage.seconds or stage.labels):
            raise UsageError(f"stage {number} says no rows, seconds or labels to wait for", hint="rows=1000, or seconds=600")
        share = stage.share
    if not 0 < guardrails.alpha < 1:
        raise UsageError(f"alpha is {guardrails.alpha:g}", hint="the chance of a false alarm, such as 0.05")
    if guardrails.latency and guardrails.latency <= 1:
        raise UsageError(
            f"a latency of {guardrails.latency:g} times the live one is no harm", hint="a factor above 1, or 0 for no guardrail"
        )


def released(revisions: Iterable[Revision], number: int, model: str, version: int, stages: Sequence[Stage], at: float) -> list[Revision]:
    """All revisions after a release: the new one, and those whose role it changes. A rollout under way is replaced by it."""
    known = list(revisions)
    live = live_of(known)
    staged = bool(stages) and live is not None  # with nothing live there is nobody to compare with, and nobody else to answer
    changed: list[Revision] = []
    for one in known:
        if one.role in ("canary", "shadow"):
            changed.append(msgspec.structs.replace(one, role="retired", share=0.0, ended_at=at, reason="another release took its place"))
        elif not staged and one.role == "live":
            changed.append(msgspec.structs.replace(one, role="ready", share=0.0))
        elif not staged and one.role == "ready":
            changed.append(msgspec.structs.replace(one, role="retired", ended_at=at, reason="two releases ago"))
    role, share = role_of(stages[0]) if staged else ("live", 1.0)
    changed.append(Revision(number=number, model=model, version=version, role=role, share=share, created_at=at))
    return changed


def role_of(stage: Stage) -> tuple[str, float]:
    return ("canary", stage.share) if stage.share > 0 else ("shadow", 0.0)


def finished(revisions: Iterable[Revision], number: int, at: float) -> list[Revision]:
    """The revisions that change when a rollout ends well: the new one is live, the former stays ready."""
    changed = []
    for one in revisions:
        if one.number == number:
            changed.append(msgspec.structs.replace(one, role="live", share=1.0))
        elif one.role == "live":
            changed.append(msgspec.structs.replace(one, role="ready", share=0.0))
        elif one.role == "ready":
            changed.append(msgspec.structs.replace(one, role="retired", ended_at=at, reason="two releases ago"))
    return changed


def taken_back(revisions: Iterable[Revision], number: int, at: float, reason: str) -> list[Revision]:
    """The revisions that change when a canary or shadow is taken back."""
    return [
        msgspec.structs.replace(one, role="failed", share=0.0, ended_at=at, reason=reason)
        for one in revisions
        if one.number == number and one.role in ("canary", "shadow")
    ]


def gone_back(revisions: Sequence[Revision], at: float, reason: str) -> list[Revision]:
    """The revisions that change when the live one gives way to the one before it; raises StateError when there is none."""
    live = live_of(revisions)
    former = former_of(revisions)
    if live is None or former is None:
        raise StateError("there is no earlier revision to go back to", hint="treadle endpoints release NAME MODEL@vN")
    back = msgspec.structs.replace(former, role="live", share=1.0, ended_at=None, reason="")
    return [msgspec.structs.replace(live, role="failed", share=0.0, ended_at=at, reason=reason), back]


def live_of(revisions: Iterable[Revision]) -> Revision | None:
    return next((one for one in revisions if one.role == "live"), None)


def former_of(revisions: Sequence[Revision]) -> Revision | None:
    """What would answer if the live revision gave way: the one that is kept ready, or else the newest that was retired in good order."""
    ready = next((one for one in revisions if one.role == "ready"), None)
    if ready is not None:
        return ready
    retired = [one for one in revisions if one.role == "retired" and one.live_at is not None]
    return max(retired, key=lambda one: one.number, default=None)


def summed(parts: Iterable[Traffic]) -> dict[int, Traffic]:
    """Counts of several processes added up, by revision."""
    found: dict[int, Traffic] = {}
    for part in parts:
        before = found.get(part.revision)
        found[part.revision] = part if before is None else plus(before, part)
    return found


def plus(a: Traffic, b: Traffic) -> Traffic:
    return Traffic(
        revision=a.revision,
        requests=a.requests + b.requests,
        rows=a.rows + b.rows,
        errors=a.errors + b.errors,
        invalid=a.invalid + b.invalid,
        refused=a.refused + b.refused,
        crashes=a.crashes + b.crashes,
        latency=_together(a.latency, b.latency),
        disagreements=a.disagreements + b.disagreements,
    )


def minus(now: Traffic, before: Traffic | None) -> Traffic:
    """What was counted since `before`. A count that has shrunk (a process that was forgotten) counts as nothing new."""
    if before is None:
        return now
    width = max(len(now.latency), len(before.latency))
    return Traffic(
        revision=now.revision,
        requests=max(0, now.requests - before.requests),
        rows=max(0, now.rows - before.rows),
        errors=max(0, now.errors - before.errors),
        invalid=max(0, now.invalid - before.invalid),
        refused=max(0, now.refused - before.refused),
        crashes=max(0, now.crashes - before.crashes),
        latency=tuple(max(0, x - y) for x, y in zip(_padded(now.latency, width), _padded(before.latency, width), strict=True)),
        disagreements=max(0, now.disagreements - before.disagreements),
    )


def over_time(rows: Iterable[tuple[str, int, Traffic]], first: int, width: int, count: int) -> dict[int, list[Traffic]]:
    """What each revision counted in each of `count` buckets of `width` minutes from minute `first` on.

    `rows` are (process, minute, cumulative counts) in order of minute, with the last ones before `first`, which later ones are
    compared with; a process without such began in the first bucket that knows it.
    """
    found: dict[int, list[Traffic]] = {}
    latest: dict[tuple[str, int], Traffic] = {}
    for process, minute, counts in rows:
        key = (process, counts.revision)
        if minute >= first:
            buckets = found.setdefault(counts.revision, [Traffic(revision=counts.revision)] * count)
            place = min((minute - first) // width, count - 1)
            buckets[place] = plus(buckets[place], minus(counts, latest.get(key)))
        latest[key] = counts
    return found


def _together(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    width = max(len(a), len(b))
    return tuple(x + y for x, y in zip(_padded(a, width), _padded(b, width), strict=True))


def _padded(counts: Sequence[int], width: int) -> Sequence[int]:
    return [*counts, *([0] * (width - len(counts)))]


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The upper bound of the bucket in which that share of the requests lies, in seconds; None without requests."""
    total = sum(counts)
    if not total:
        return None
    seen = 0
    for bound, count in zip((*LATENCY_BOUNDS, float("inf")), counts, strict=False):
        seen += count
        if seen >= share * total:
            return bound
    return float("inf")


def slow_from(live: Sequence[int], factor: float) -> int | None:
    """The first bucket that counts as slow: behind `factor` times the live revision's p99. None while too little is known of it.

    It is fixed once for a rollout, before the new revision is compared, so that the test stays exact.
    """
    if sum(live) < _LEARNED_REQUESTS:
        return None
    base = quantile(live, 0.99) or 0.0
    return next((i + 1 for i, bound in enumerate(LATENCY_BOUNDS) if bound >= base * factor), len(LATENCY_BOUNDS))


def due(stage: Stage, *, rows: int, seconds: float, labels: int) -> bool:
    """Whether a stage has seen what it waits for."""
    return rows >= stage.rows and seconds >= stage.seconds and labels >= stage.labels


def stage_words(stage: Stage) -> str:
    """A stage as people say it: `shadow until 500 rows`, `20 % until 1,000 rows and 600 s`."""
    waits = [f"{stage.rows:,} rows"] if stage.rows else []
    waits += [f"{stage.seconds:g} s"] if stage.seconds else []
    waits += [f"{stage.labels:,} labels"] if stage.labels else []
    where = "shadow" if stage.share == 0 else f"{stage.share:.0%} of the traffic"
    return f"{where} until {' and '.join(waits)}"


def kept(counts: Mapping[int, Traffic]) -> dict[str, dict[str, object]]:
    """Counts as plain data, by the revision's number, for a rollout's evidence."""
    return {str(number): msgspec.to_builtins(traffic) for number, traffic in counts.items()}
