"""Real processes on a home of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DEADLINE = 120.0
"""Seconds after which a process that should have ended is killed and the test fails."""


class Project:
    """A user's project in a folder, and the command `treadle` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_") or k == "TREADLE_TEST_POSTGRES"}
        self.environment["TREADLE_HOME"] = str(folder / ".treadle")
        (folder / "treadle.toml").write_text("")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "treadle", *words]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, **streams)

    def treadle(self, *words: str, status: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Performs a command to its end; `status` is the exit status it must have (None: any)."""
        process = self.start(*words)
        out, err = process.communicate(timeout=DEADLINE)
        done = subprocess.CompletedProcess(words, process.returncode, out, err)
        if status is not None:
            assert process.returncode == status, f"treadle {' '.join(words)} -> {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in err or "treadle/" not in err, err
        return done

    def json(self, *words: str, status: int | None = 0) -> Any:
        return json.loads(self.treadle(*words, "--json", status=status).stdout)

    def run(self, target: str, *words: str, status: int | None = 0) -> Any:
        """`treadle run TARGET --json`: the run as it ended."""
        return self.json("run", target, *words, status=status)

    def get(self, ref: str) -> Any:
        return self.json("show", ref)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Waits until a condition gives something true; fails after the deadline. The condition blocks or is cheap."""
    import selectors
    import time

    def wait(condition: Callable[[], Any], seconds: float = DEADLINE) -> Any:
        deadline = time.monotonic() + seconds
        pause = selectors.DefaultSelector()
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            pause.select(0.02)
        raise AssertionError("it did not happen within the deadline")

    return wait
