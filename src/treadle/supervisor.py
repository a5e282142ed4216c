"""Dispatcher, local engine and worker host in one loop: what performs runs on this machine.

`treadle run` has one for the runs it asked for; `treadle up` and `treadle work` have one for everybody's.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.engine import Row

from treadle.assemble import Record, process_facts
from treadle.contract.runs import Environment
from treadle.core.definition import Definition
from treadle.core.errors import Unreachable
from treadle.core.ids import new_key
from treadle.core.operation import Call
from treadle.engines.local import LocalEngine
from treadle.runs.dispatch import Dispatch, silent, sweep
from treadle.sdk.spool import boot_id, process_started
from treadle.store import tables as t
from treadle.store.leases import HEARTBEAT_SECONDS
from treadle.worker.capture import ambient_environment, declared_environment, image_environment
from treadle.worker.host import WorkerHost

COLLECT_SECONDS = 2.0
CLOSE_SECONDS = 5.0
RETRY_SECONDS = 1.0


class Supervisor:
    """Performs queued runs until told otherwise. `roots`: only these runs and what they start; None: all."""

    def __init__(self, record: Record, *, roots: set[int] | None = None, cores: float | None = None, role: str = "command") -> None:
        self.record = record
        self.process = new_key()
        self.call = Call(actor="dispatch")
        engines = {"local": LocalEngine(lambda: self.host, cores)}
        self._register(role, {name: engine.most() for name, engine in engines.items()})
        self.host = WorkerHost(record.call, record.contents, record.home, process=self.process)
        self.dispatch = Dispatch(
            record.store,
            engines,
            process=self.process,
            environment=self._environment,
            roots=roots,
            call=self.call,
        )
        self.keeper = role == "keeper"
        self.ambient: Environment | None = None
        """This interpreter's environment as the project sees it; captured when it is first needed."""
        self._environments: dict[Any, Environment] = {}
        self._silent: set[str] = set()
        self._swept = -HEARTBEAT_SECONDS  # what others left behind is looked for at once
        self._collected = 0.0
        self._due = 0.0
        self._stirred = True
        self._forget = record.store.listen(self._stir)

    @property
    def home(self) -> Path:
        return self.record.home

    def adopt(self, run: int) -> None:
        """From now on looks after this run and what it starts, too."""
        if self.dispatch.roots is not None:
            self.dispatch.roots.add(run)
        self._stirred = True

    def _register(self, role: str, engines: dict[str, float]) -> None:
        facts = process_facts(role) | {"engines": engines}
        with self.record.store.transaction(self.call) as tx:
            tx.execute(insert(t.process), facts | {"id": self.process, "started_at": tx.now, "seen_at": tx.now})
            tx.execute(delete(t.process).where(t.process.c.seen_at < tx.now - 30 * 86400))

    def _stir(self) -> None:
        self._stirred = True
        self.host.wake()

    def _environment(self, definition: Definition) -> Environment:
        """The environment in which the local engine performs a step: the declared one, or this interpreter's own."""
        if definition.dialect is not None and definition.kind != "pipeline":
            return image_environment(definition)
        key = definition.environment
        if key not in self._environments:
            self._environments[key] = self._own() if key == type(key)() else declared_environment(key, definition)
        return self._environments[key]

    def _own(self) -> Environment:
        if self.ambient is None:
            self.ambient = ambient_environment()
        return self.ambient

    def has_ended(self, run: int) -> bool:
        """Whether a run that was performed here has ended and been reported."""
        return run in self.host.performed

    def turn(self, timeout: float) -> bool:
        """One turn of everything; waits up to `timeout` seconds when there is nothing to do. Answers whether anything moved."""
        now = time.monotonic()
        try:
            self._keep_house(now)
        except Unreachable:
            if self.keeper:
                raise
        moved = False
        if self._stirred or now >= self._due:
            self._stirred = False
            try:
                moved = self.dispatch.tick(likely=not self.keeper)
            except Unreachable:
                if self.keeper:  # `treadle work` says it, and waits longer and longer
                    raise
                self._due = now + RETRY_SECONDS  # the record cannot be reached or written now: what runs goes on
                return self.host.poll(max(0.0, min(timeout, RETRY_SECONDS)))
            if self.dispatch.ended:
                self.host.hear(self.dispatch.ended)
                self.dispatch.ended.clear()
            if moved:
                self._stirred = True
            else:
                later = self.dispatch.next_due()
                self._due = now + min(1.0 if self.keeper else 5.0, later if later is not None else 5.0)
        changed = self.host.poll(0.0 if moved else max(0.0, min(timeout, self._due - now)))
        if changed:
            self._stirred = True
        return moved or changed

    def _keep_house(self, now: float) -> None:
        """Finds what was orphaned; takes in what bare scripts have logged."""
        if now - self._swept >= HEARTBEAT_SECONDS:
            self._swept = now
            if sweep(self.record.store, self.call, gone=owner_is_gone, keeper=True, expired=self._silent):
                self._stirred = True
            self._silent = silent(self.record.store, self.call)
        if self.keeper and now - self._collected >= COLLECT_SECONDS:
            self._collected = now
            from treadle.worker.collect import collect

            collect(self.record.home, self.record.call, self.record.contents)

    def run_until(self, over: Callable[[], bool], *, timeout: float = 1.0) -> None:
        """Turns until `over()`."""
        while not over():
            self.turn(timeout)

    def close(self) -> None:
        """Ends what still runs here, reports it and signs off."""
        self._forget()
        if not self.keeper:  # a command's runs end with it; a keeper's are found as orphaned and performed again by the next one
            self.host.end_all()
            deadline = time.monotonic() + CLOSE_SECONDS
            while not self.host.idle and time.monotonic() < deadline:
                self.host.poll(0.1)
        self.host.close()
        with contextlib.suppress(Unreachable), self.record.store.transaction(self.call) as tx:
            tx.execute(delete(t.process).where(t.process.c.id == self.process))


def owner_is_gone(attempt: Row[Any], owner: Row[Any] | None) -> bool:
    """Whether an attempt's supervisor is certainly dead, and its process with it: both can be seen only on this machine.

    An owner that has signed off has no row any more, and its processes ended before it did. A process that outlived its
    supervisor for a moment is about to be killed by its nursery; it counts as alive until it is.
    """
    if owner is not None and (owner.boot != boot_id() or process_started(owner.pid) == owner.pid_started):
        return False
    pid, _, started = (attempt.handle or "").partition(" ")
    return not (pid.isdigit() and started and process_started(int(pid)) == started)


def sweep_once(record: Record) -> int:
    """Marks what was orphaned on this machine; every command does this before it looks at the record."""
    return sweep(record.store, Call(actor="dispatch"), gone=owner_is_gone, keeper=False)
