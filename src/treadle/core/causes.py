"""What stands before a journal entry that names no cause of its own.

Most entries say which entry caused them. Some cannot: a run reports its end long after it was asked for, a person approves what a
run made. For those the rule here says where to look; it is the only place that knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Place(NamedTuple):
    """The newest entry about `subject` before this one, of this kind where one is said."""

    subject: str
    kind: str = ""


def places_before(kind: str, subject: str, root: int | None, data: Mapping[str, Any]) -> tuple[Place, ...]:
    """Where the entry before one without a cause is looked for, best first. None: nothing caused it but the world or a person."""
    family = kind.partition(".")[0]
    if family == "run":
        return () if root is None or (kind == "run.queued" and subject == f"run:{root}") else (Place(f"run:{root}", "run.queued"),)
    if kind == "model.registered" or family in ("dataset", "datum"):
        run = data.get("run") or root
        return (Place(f"run:{run}"),) if run else ()
    version = _version(data)
    if family in ("version", "alias"):
        before = (Place(version, "version.approved"),) if family == "alias" else ()
        return (*before, Place(version, "model.registered")) if version else ()
    if kind == "rollout.started":
        return (Place(version, "version.approved"), Place(version, "model.registered")) if version else ()
    if family in ("rollout", "revision"):
        return (Place(subject, "rollout.started"),)
    if kind == "alarm.closed":
        return (Place(subject, "alarm.opened"),)
    return ()


def inherits(kind: str) -> bool:
    """Whether an entry is written beside another and shares its cause: a version in the transaction in which a run ends, a revision in
    that of its release. Then the later of both stands before it - the way through the run, or through the rollout, tells more -
    unless somebody acted on the thing afterwards, who is later still."""
    family = kind.partition(".")[0]
    return family in ("model", "version", "revision") or (family == "rollout" and kind != "rollout.started")


def _version(data: Mapping[str, Any]) -> str:
    """The subject of a model version that an entry speaks of: `model:flight-delay@v3`, or nothing."""
    model, number = data.get("model"), data.get("version")
    return f"model:{model}@v{number}" if model and isinstance(number, int) else ""
