"""What every engine must do.

    class TestMine(EngineContract):
        @pytest.fixture
        def performing(self, tmp_path):
            yield Performing(engine, turn=..., outcome=...)

`turn()` lets time pass for an engine that needs its process to work (the local one does); `outcome(job)` is how the job's worker
reported its end, or None while it has not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from treadle.contract.runs import Code, Options
from treadle.contract.work import FinishAttempt, Job
from treadle.core.definition import Definition, Resources
from treadle.core.ids import new_key
from treadle.engines.protocol import Engine

DEADLINE = 60.0


@dataclass
class Performing:
    """An engine at work, and how to see what becomes of its jobs. `code` names a stored snapshot, which may be of an empty project."""

    engine: Engine
    turn: Callable[[], Any]
    outcome: Callable[[Job], FinishAttempt | None]
    code: Code
    jobs: list[Job] = field(default_factory=list)

    def job(self, command: str, *, cpu: float = 1.0) -> Job:
        """A job that performs a shell command."""
        made = Job(
            attempt=new_key(),
            token="0" * 32,
            run=len(self.jobs) + 1,
            run_name="contract",
            number=1,
            root=len(self.jobs) + 1,
            project="default",
            definition=Definition(kind="command", name="contract", command=command, outputs=(), resources=Resources(cpu=cpu)),
            parameters={},
            inputs={},
            code=self.code,
            environment=None,
            options=Options(),
            seed=0,
        )
        self.jobs.append(made)
        return made

    def until(self, condition: Callable[[], Any]) -> Any:
        """Turns until the condition gives something true; fails after a minute."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            self.turn()
        raise AssertionError("it did not happen within the deadline")


class EngineContract:
    """Inherit, and override the fixture `performing`."""

    @pytest.fixture
    def performing(self) -> Performing:
        pytest.fail("override the fixture `performing`")

    def test_a_job_runs_to_its_end(self, performing: Performing) -> None:
        job = performing.job("echo hello")
        performing.engine.submit(job)
        report = performing.until(lambda: performing.outcome(job))
        assert report.end.kind == "done"
        assert b"hello" in report.log

    def test_a_failing_job_reports_its_exit_status(self, performing: Performing) -> None:
        job = performing.job("exit 7")
        performing.engine.submit(job)
        report = performing.until(lambda: performing.outcome(job))
        assert (report.end.kind, report.end.exit) == ("exit", 7)

    def test_a_running_job_is_seen_and_an_unknown_one_is_not(self, performing: Performing) -> None:
        job = performing.job("exec sleep 60")
        handle = performing.engine.submit(job)
        sights = performing.engine.look([handle, "never-heard-of"])
        assert sights[handle].state in ("pending", "running")
        assert sights["never-heard-of"].state == "unknown"
        performing.engine.stop(handle, 0.0)
        performing.until(lambda: performing.outcome(job))
        performing.until(lambda: performing.engine.look([handle])[handle].state in ("ended", "unknown"))

    def test_a_stopped_job_ends_as_stopped(self, performing: Performing) -> None:
        job = performing.job("exec sleep 60")
        handle = performing.engine.submit(job)
        performing.turn()
        performing.engine.stop(handle, 5.0)
        assert performing.until(lambda: performing.outcome(job)).end.kind == "stopped"

    def test_submitting_an_attempt_twice_performs_it_once(self, performing: Performing, tmp_path: Any) -> None:
        marks = tmp_path / "marks"
        job = performing.job(f"echo x >> {marks}")
        first, second = performing.engine.submit(job), performing.engine.submit(job)
        assert first == second
        performing.until(lambda: performing.outcome(job))
        assert marks.read_text().split() == ["x"]

    def test_running_jobs_take_room_and_give_it_back(self, performing: Performing) -> None:
        before = performing.engine.room()
        assert 0 < before <= performing.engine.most()
        job = performing.job("exec sleep 60", cpu=min(1.0, before))
        handle = performing.engine.submit(job)
        assert performing.engine.room() < before
        performing.engine.stop(handle, 0.0)
        performing.until(lambda: performing.outcome(job))
        performing.until(lambda: performing.engine.room() == before)
