"""Real processes on a home of their own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

DEADLINE = 120.0
"""Seconds after which a process that should have ended is killed and the test fails."""


class Project:
    """A user's project in a folder, and the command `treadle` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []
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
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment, **streams)
        self.started.append(process)
        return process

    def end(self) -> None:
        """A test that failed in the middle leaves no process to the next one."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

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
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    made.end()


def _words(process: psutil.Process) -> list[str]:
    """Its command line; nothing for a process that has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


class Up:
    """A running `treadle up`."""

    def __init__(self, project: Project, *words: str) -> None:
        self.process = project.start("up", "--port", "0", *words, stderr=subprocess.STDOUT)
        self.said: list[str] = []
        self._begun = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self._begun.wait(60), self.said
        match = re.search(r"http://\S+", self.said[0])
        assert match, self.said
        self.address = match[0]
        self.http = httpx2.Client(base_url=self.address, timeout=30)

    def _read(self) -> None:
        with self.process.stdout as said:
            for line in said:
                self.said.append(line)
                if line.startswith("Ctrl-C"):
                    self._begun.set()
        self._begun.set()

    def dispatchers(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if "work" in _words(child)]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        self.http.close()
        status: int = self.process.wait(60)
        self._reader.join(60)
        return status


@pytest.fixture
def up(project: Project) -> Iterator[Callable[..., Up]]:
    with contextlib.ExitStack() as started:

        def start(*words: str) -> Up:
            made = Up(project, *words)
            started.callback(made.stop)
            return made

        yield start


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
