"""What a declared target comes to as a submission, for code that lies in a folder: captured, described, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.runs import SubmitRun
from treadle.contract.work import Answers
from treadle.core.definition import Definition
from treadle.core.ids import new_key
from treadle.worker import capture
from treadle.worker.body import step_code
from treadle.worker.contents import Contents
from treadle.worker.host import WorkerHost
from treadle.worker.prepare import checkout


def describe(home: Path, contents: Contents, file: Path, name: str, parameters: dict[str, Any]) -> SubmitRun:
    """The submission of a step or pipeline in a file, with plain values as parameters. The user's code is imported in a process of
    its own, which ends here; raises the user's own error when it cannot be."""
    host = WorkerHost(_nothing_to_report, contents, home)
    try:
        captured = capture.capture(file, home)
        code = capture.keep(captured, contents)
        assert code.snapshot is not None
        root = checkout(code.snapshot, home, contents)
        definition, values = host.describe(root, captured.file, name, parameters, from_text=False)
    finally:
        host.close()
    made = msgspec.convert(definition, Definition)
    return SubmitRun(
        key=new_key(),
        definition=made,
        parameters=values,
        code=code if made.kind == "pipeline" else step_code(made, root, code),
        environment=capture.ambient_environment(captured.root),
    )


def _nothing_to_report(_operation: Any, _request: Any) -> Answers:
    return Answers()
