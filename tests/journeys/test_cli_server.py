"""The same commands against a server: nothing but TREADLE_URL differs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLOW = """
from treadle import log, pipeline, step


@step
def prepare(rows: int = 10) -> list:
    print("preparing", rows)
    return list(range(rows))


@step
def train(data: list, rate: float = 0.1) -> float:
    if rate > 1:
        raise ValueError(f"rate {rate} is too large")
    log(loss=rate, step=0)
    return sum(data) * rate


@pipeline
def chain(rows: int = 10, rate: float = 0.1) -> float:
    return train(prepare(rows), rate)
"""


class Remote:
    """The command `treadle` in a folder, on a server."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        known = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
        self.environment = {**known, "TREADLE_URL": address}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "treadle", *words]
        return subprocess.run(command, cwd=self.folder, env=self.environment, text=True, capture_output=True, timeout=120, check=False)

    def answer(self, *words: str, status: int = 0) -> Any:
        done = self(*words, "--json")
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """A server on a home of its own, and a project that ran a pipeline there (run 1) and failed one (run 4)."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    command = [sys.executable, "-m", "treadle", "up", "--port", "0"]
    server = subprocess.Popen(
        command,
        cwd=tmp_path_factory.mktemp("server"),
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert server.stdout is not None
    try:
        said: list[str] = []
        for line in server.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        address = re.search(r"http://[\w.:\[\]]+", "".join(said))
        assert address is not None, said
        folder = tmp_path_factory.mktemp("project")
        (folder / "treadle.toml").write_text("")
        (folder / "flow.py").write_text(FLOW)
        remote = Remote(folder, address[0])
        assert remote.answer("run", "flow.py::chain")["state"] == "done"
        assert remote.answer("run", "flow.py::chain", "-p", "rate=5", status=1)["state"] == "failed"
        yield remote
    finally:
        server.terminate()
        server.communicate(timeout=60)


def test_looking_at_runs(remote: Remote) -> None:
    assert [run["id"] for run in remote.answer("runs", "--sort", "id")][:2] == [1, 4]
    assert remote.answer("show", "3")["metrics"][0]["last"] == 0.1
    assert remote("logs", "--follow", "1").stdout.startswith("prepare | preparing 10\n")
    assert remote.answer("why", "5")["compared_with"] == 2
    assert ["parameters", "rate", "0.1", "5", "false"] in [line.split("\t") for line in remote("diff", "1", "4").stdout.splitlines()]
    assert remote("show", "4711").returncode == 3


def test_asking_again(remote: Remote) -> None:
    again = remote.answer("rerun", "1", "-p", "rate=0.5")
    assert (again["state"], again["parameters"]["rate"]) == ("done", 0.5)
    failed = remote("resume", "4")
    assert failed.returncode == 1
    assert "rate 5.0 is too large" in failed.stderr
    assert remote("stop", "1").returncode == 6


def test_data(remote: Remote) -> None:
    (remote.folder / "days.csv").write_text("id,value\n1,0.5\n")
    assert remote("data", "add", "days.csv", "--as", "days").stdout == "days@v1\n"
    assert remote.answer("data", "show", "days")["files"][0]["path"] == "days.csv"
    assert remote.answer("data", "pull", "days@v1", "copy")["written"] == 1
    assert remote.answer("data", "diff", "days@v1", "days")["changes"] == {"added": [], "removed": [], "changed": []}
    assert remote.answer("data", "verify") == []
    assert remote.answer("data", "gc")["removed"] is False


def test_what_a_script_logged_is_sent(remote: Remote) -> None:
    (remote.folder / "script.py").write_text("from treadle import log\nlog(accuracy=0.75)\n")
    subprocess.run([sys.executable, "script.py"], cwd=remote.folder, env=remote.environment, check=True)
    assert remote.answer("sync")["taken"] == 1
    assert [run["step"] for run in remote.answer("runs", "metrics.accuracy = 0.75")] == ["script.py"]


def test_the_doctor_asks_the_server(remote: Remote) -> None:
    found = {check["name"]: check for check in remote.answer("doctor")}
    assert "database" not in found
    assert {found[name]["state"] for name in ("server", "blobs", "clock", "keeper", "orphans", "scripts")} == {"ok"}
    assert "performing what is queued" in found["keeper"]["what"]
