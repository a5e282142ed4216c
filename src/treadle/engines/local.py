"""The local engine: jobs are processes on this machine, supervised by a worker host in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from treadle.engines.protocol import Sight


class Host(Protocol):
    """What the engine asks of the worker that supervises processes here (treadle.worker.host)."""

    def start(self, job: Any) -> None: ...

    def stop(self, attempt: str, grace: float) -> None: ...

    def taken(self) -> float: ...

    def performs(self, attempt: str) -> bool: ...


class LocalEngine:
    """As many CPU cores' worth of jobs at once as this process may use, or `cores`."""

    def __init__(self, host: Callable[[], Host], cores: float | None = None) -> None:
        self._host = host
        self.cores = cores if cores is not None else float(len(os.sched_getaffinity(0)))

    def room(self) -> float:
        return max(0.0, self.cores - self._host().taken())

    def most(self) -> float:
        return self.cores

    def submit(self, job: Any) -> str:
        self._host().start(job)
        return str(job.attempt)

    def look(self, handles: Sequence[str]) -> dict[str, Sight]:
        host = self._host()
        return {handle: Sight(handle=handle, state="running" if host.performs(handle) else "unknown") for handle in handles}

    def stop(self, handle: str, grace: float) -> None:
        self._host().stop(handle, grace)
