"""The local engine under the contract of engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.assemble import open_home
from treadle.contract import work as w
from treadle.contract.runs import Code
from treadle.contract.work import FinishAttempt, Job
from treadle.engines.local import LocalEngine
from treadle.sdk.capture.code import closure
from treadle.sdk.capture.snapshot import snapshot
from treadle.testing.engines import EngineContract, Performing
from treadle.worker.host import WorkerHost


class TestLocalEngine(EngineContract):
    @pytest.fixture
    def performing(self, tmp_path: Path) -> Iterator[Performing]:
        (tmp_path / "empty.py").write_text("")
        record = open_home(tmp_path / "home")
        reports: dict[str, FinishAttempt] = {}

        def call(operation: Any, request: Any) -> w.Answers:
            if operation is w.finish:
                reports.update({report.held.attempt: report for report in request.attempts})
            return w.Answers()

        host = WorkerHost(call, record.contents, tmp_path / "home")
        code = Code(digest="", snapshot=record.contents.put(snapshot(closure(tmp_path, tmp_path / "empty.py"))))

        def outcome(job: Job) -> FinishAttempt | None:
            return reports.get(job.attempt)

        yield Performing(LocalEngine(lambda: host), turn=lambda: host.poll(0.1), outcome=outcome, code=code)
        host.close()
        record.close()
