"""`treadle up` and `treadle work` as real processes: clients over HTTP, several replicas, kills, and orderly ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from treadle.core.content import digest_bytes

CHAIN = """
    from treadle import log, pipeline, step

    @step
    def first(n: int) -> int:
        log(n=n)
        return n + 1

    @step
    def second(x: int) -> int:
        print("second sees", x)
        return x * 2

    @pipeline
    def chain(n: int = 3) -> int:
        return second(first(n))
"""
WAITS = """
    import os
    import time
    from treadle import step

    @step
    def waits(gate: str) -> str:
        open(gate + ".begun", "w").close()
        while not os.path.exists(gate):
            time.sleep(0.02)
        return "opened"
"""
COUNTS = """
    import os
    from treadle import step

    @step(cache=False)
    def counts(folder: str, n: int) -> int:
        open(f"{folder}/{n}.{os.getpid()}", "x").close()
        return n
"""

Start = Callable[..., Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> list[str]:
    """The words that put the record on either dialect."""
    return [] if request.param == "sqlite" else ["--database", request.getfixturevalue("fresh_postgres")]


def as_client(project: Any, up: Any, folder: Path) -> None:
    """From now on commands of the project work on the server, with a local home of their own."""
    project.environment |= {"TREADLE_URL": up.address, "TREADLE_HOME": str(folder)}


def test_a_pipeline_runs_through_a_server(project: Any, up: Start, database: list[str], tmp_path: Path) -> None:
    project.write("chain.py", CHAIN)
    as_client(project, up(*database), tmp_path / "client")
    run = project.run("chain.py::chain", "-p", "n=4")
    assert (run["state"], run["project"]) == ("done", "default")
    assert [child["step"] for child in run["children"]] == ["first", "second"]
    said = project.treadle("run", "chain.py::chain", "-p", "n=4", "--no-cache")
    assert "✓" in said.stderr
    assert "result: json, 2 B = 10" in said.stderr
    again = project.run("chain.py::chain", "-p", "n=4")
    assert all(child.get("reused_from") for child in again["children"])
    assert not list((tmp_path / "client").glob("*.db"))


def test_ctrl_c_at_the_client_stops_the_run_on_the_server(project: Any, up: Start, tmp_path: Path, until: Any) -> None:
    project.write("waits.py", WAITS)
    server = up()
    as_client(project, server, tmp_path / "client")
    gate = tmp_path / "gate"
    process = project.start("run", "waits.py::waits", "-p", f"gate={gate}")
    until(Path(f"{gate}.begun").exists)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert server.http.get("/api/runs/@-1").json()["state"] == "stopped"


def test_each_run_is_performed_once_by_replicas_side_by_side(
    project: Any, up: Start, fresh_postgres: str, tmp_path: Path, until: Any
) -> None:
    project.write("counts.py", COUNTS)
    marks = tmp_path / "marks"
    marks.mkdir()
    replicas = [up("--no-dispatch", "--database", fresh_postgres) for _ in range(2)]
    workers = [project.start("work", "--jobs", "2", "--database", fresh_postgres, stderr=subprocess.DEVNULL) for _ in range(2)]
    as_client(project, replicas[0], tmp_path / "client")
    project.treadle("run", "counts.py::counts", "-p", f"folder={marks}", "-p", "n=0", "--detach")

    def again(n: int) -> int:
        body = {"key": f"rerun {n}", "parameters": {"n": n}, "options": {"cache": False}}
        answer = replicas[n % 2].http.post("/api/runs/1/rerun", json=body)
        assert answer.status_code == 200, answer.text + "".join(replicas[n % 2].said)
        return int(answer.json()["id"])

    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(again, range(1, 50)))
    assert len(set(runs)) == 49
    assert [again(n) for n in (1, 2)] == runs[:2]  # the key makes a repeated request harmless
    until(lambda: replicas[1].http.get("/api/health").json()["runs"].get("done") == 50)
    made = Counter(name.partition(".")[0] for name in os.listdir(marks))
    assert made == Counter(str(n) for n in range(50))
    journal = replicas[0].http.get("/api/journal?kind=run.done&limit=1000").json()
    assert Counter(entry["subject"] for entry in journal) == Counter(f"run:{n}" for n in [1, *runs])
    owners = {a["host"] for n in runs for a in replicas[0].http.get(f"/api/runs/{n}").json()["attempts"] if a["number"] == 1}
    assert len(owners) == 1
    for worker in workers:
        worker.terminate()
        worker.communicate(timeout=60)
        assert worker.returncode == 0


def test_two_servers_may_make_the_same_fresh_database(up: Start, fresh_postgres: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: up("--no-dispatch", "--database", fresh_postgres), range(2)))
    for server in both:
        assert server.http.get("/health/ready").status_code == 200
        assert server.stop() == 0


def test_a_killed_dispatcher_is_started_again(project: Any, up: Start, tmp_path: Path, until: Any) -> None:
    project.write("chain.py", CHAIN)
    server = up()
    [first] = until(server.dispatchers)
    first.kill()
    until(lambda: [p for p in server.dispatchers() if p.pid != first.pid])
    as_client(project, server, tmp_path / "client")
    assert project.run("chain.py::chain")["state"] == "done"


def test_when_the_server_is_killed_the_dispatcher_finishes_what_runs_and_leaves(
    project: Any, up: Start, tmp_path: Path, until: Any
) -> None:
    project.write("waits.py", WAITS)
    gate = tmp_path / "gate"
    server = up()
    project.treadle("run", "waits.py::waits", "-p", f"gate={gate}", "--detach")
    until(Path(f"{gate}.begun").exists)
    [dispatcher] = server.dispatchers()
    server.process.kill()
    server.process.wait(30)
    assert dispatcher.is_running()
    gate.touch()
    dispatcher.wait(60)
    assert project.get("@-1")["state"] == "done", project.get("@-1")
    with up("--no-dispatch").http as http:  # nothing of the former server is in the way of the next
        assert http.get("/health/ready").status_code == 200


def test_the_end_is_orderly(project: Any, up: Start, until: Any) -> None:
    server = up()
    [dispatcher] = until(server.dispatchers)
    data = b"x" * 2000
    port = int(server.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw, contextlib.ExitStack() as following:
        head = f"PUT /api/content/{digest_bytes(data)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        raw.sendall(f"{head}Content-Length: 2000\r\n\r\n".encode() + data[:1000])
        until(lambda: "treadle_operations_queued 1.0" in server.http.get("/metrics").text)  # the upload has begun
        news = following.enter_context(server.http.stream("GET", "/api/news")).iter_lines()
        assert next(news).startswith("retry:")
        server.process.terminate()
        until(lambda: server.http.get("/health/ready").status_code == 503)
        raw.sendall(data[1000:])
        assert b" 200 " in raw.recv(4096)
        list(news)  # has ended, whole
    assert server.process.wait(60) == 0
    assert not dispatcher.is_running()
    assert "Traceback" not in "".join(server.said)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--host", "0.0.0.0"], 2, "there is no token yet"),
        (["--host", "203.0.113.7", "--insecure"], 2, "cannot listen on 203.0.113.7"),
        (["--host", "no.such.host.invalid", "--insecure"], 2, "is not an address of this machine"),
        (["--database", "postgresql://127.0.0.1:1/none"], 5, "cannot be reached"),
        (["--database", "oracle://x"], 2, "oracle"),
    ],
)
def test_what_cannot_be_served_is_said_at_once(project: Any, words: list[str], status: int, says: str) -> None:
    done = project.treadle("up", *words, status=status)
    assert says in done.stderr
    assert "hint:" in done.stderr


def test_a_taken_port_is_named(project: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = project.treadle("up", "--port", str(port), status=2)
    assert f"port {port} is taken" in done.stderr


def test_a_home_that_cannot_be_made_is_named(project: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    project.environment["TREADLE_HOME"] = str(tmp_path / "file" / "home")
    assert "home" in project.treadle("up", status=5).stderr


# --- treadle work ----------------------------------------------------------------------------------------------------------


def test_work_once_performs_what_is_queued_and_leaves(project: Any, database: list[str]) -> None:
    project.write("chain.py", CHAIN)
    if database:
        project.environment["TREADLE_DATABASE"] = database[1]
    project.treadle("run", "chain.py::chain", "--detach")
    project.treadle("work", "--once")
    assert project.get("@-1")["state"] == "done", project.get("@-1")


def test_a_signal_lets_what_runs_finish_and_claims_nothing_more(project: Any, tmp_path: Path, until: Any) -> None:
    project.write("waits.py", WAITS)
    gates = [tmp_path / "one", tmp_path / "two"]
    for gate in gates:
        project.treadle("run", "waits.py::waits", "-p", f"gate={gate}", "--detach")
    worker = project.start("work", "--jobs", "1")
    until(Path(f"{gates[0]}.begun").exists)
    worker.terminate()
    said = iter(worker.stderr.readline, "")
    assert any("finishing what runs here" in line for line in said)
    gates[0].touch()
    worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert [project.get(ref)["state"] for ref in ("1", "2")] == ["done", "queued"]
    assert not Path(f"{gates[1]}.begun").exists()


def test_a_second_signal_does_not_wait_and_the_run_is_performed_again(project: Any, tmp_path: Path, until: Any) -> None:
    project.write("waits.py", WAITS)
    gate = tmp_path / "gate"
    project.treadle("run", "waits.py::waits", "-p", f"gate={gate}", "--detach")
    worker = project.start("work")
    until(Path(f"{gate}.begun").exists)
    worker.terminate()
    assert any("finishing what runs here" in line for line in iter(worker.stderr.readline, ""))
    worker.terminate()
    worker.communicate(timeout=60)
    gate.touch()
    project.treadle("work", "--once")
    assert project.get("@-1")["state"] == "done", project.get("@-1")


def test_work_survives_a_database_that_goes_away(project: Any, fresh_postgres: str, until: Any) -> None:
    """A relay stands between worker and database, so that the connection can be cut without touching the server."""
    from sqlalchemy.engine.url import make_url

    url = make_url(fresh_postgres)
    folder = url.query.get("host")  # a server that listens on a socket in a folder
    relay = Relay(f"{folder}/.s.PGSQL.{url.port or 5432}" if folder else (url.host or "127.0.0.1", url.port or 5432))
    through = url.set(host="127.0.0.1", port=relay.port).difference_update_query(["host"]).render_as_string(hide_password=False)
    project.write("chain.py", CHAIN)
    worker = project.start("work", "--database", through)
    lines = iter(worker.stderr.readline, "")
    assert any("working on" in line for line in lines)
    relay.cut()
    assert any("cannot be reached" in line for line in lines)
    relay.mend()
    assert any("the database is back" in line for line in lines)
    project.environment["TREADLE_DATABASE"] = fresh_postgres
    project.treadle("run", "chain.py::chain", "--detach")
    until(lambda: project.get("@-1")["state"] == "done")
    worker.terminate()
    worker.communicate(timeout=60)
    relay.cut()
    assert worker.returncode == 0


class Relay:
    """Passes connections on until it is cut."""

    def __init__(self, target: str | tuple[str, int]) -> None:
        self._target = target
        self._held: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for held in self._held:
                with contextlib.suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)
                held.close()
            self._held.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = self._connect()
                with self._lock:
                    self._held += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        there = socket.socket(socket.AF_UNIX)
        there.connect(self._target)
        return there

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
