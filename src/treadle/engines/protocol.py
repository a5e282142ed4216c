"""An engine runs jobs, never whole pipelines: the graph, retries, cache and approvals stay in the record.

Five verbs. `submit` is idempotent per attempt; `look` survives a restart of the engine's own process; what an engine can do is
a value it returns. The job is always the same: `treadle worker ATTEMPT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine sees of a job: `pending` (accepted, not started), `running`, `ended`, or `unknown` (never heard of it)."""

    handle: str
    state: str
    detail: str = ""


class Engine(Protocol):
    """Where attempts run."""

    def room(self) -> float:
        """How many CPU cores' worth of jobs it would take now; 0 when it is full."""
        ...

    def most(self) -> float:
        """The CPU cores of the largest job it can ever take; a step that asks for more gets all of them."""
        ...

    def submit(self, job: Any) -> str:
        """Starts a job (treadle.contract.work.Job); answers the handle by which it is found again."""
        ...

    def look(self, handles: Sequence[str]) -> dict[str, Sight]:
        """What has become of these jobs."""
        ...

    def stop(self, handle: str, grace: float) -> None:
        """Asks a job to end, and ends it after `grace` seconds."""
        ...
