"""Kills, limits and failures of every kind, done for real: nothing recorded is lost, and each end is recorded as what it was."""

from __future__ import annotations

import base64
import os
import signal
from pathlib import Path
from typing import Any

import pytest

ENDS = """
    import os, signal, sys, time
    from treadle import step, pipeline, log

    @step
    def raises(x: int = 1) -> int:
        log(loss=0.5)
        return helper(x)

    def helper(x):
        raise ValueError(f"bad x {x}")

    @step
    def leaves() -> int:
        sys.exit(3)

    @step
    def killed() -> int:
        log(before=1.0)
        os.kill(os.getpid(), signal.SIGKILL)

    @step
    def crashes() -> int:
        os.kill(os.getpid(), signal.SIGSEGV)

    @step(time_limit="1s")
    def slow() -> int:
        time.sleep(60)

    @step(memory="200M")
    def hungry() -> int:
        held = []
        for _ in range(400):
            held.append(bytearray(os.urandom(1 << 20)) )
            time.sleep(0.005)
        return len(held)

    @step
    def starved() -> int:
        raise MemoryError("no room for the table")

    @step
    def unsaveable() -> object:
        return object()
"""


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("raises", "raised", "bad x 1"),
        ("leaves", "exit", "exit"),
        ("killed", "signal", "SIGKILL"),
        ("crashes", "signal", "SIGSEGV"),
        ("slow", "time", "time limit of 1 s"),
        ("hungry", "memory", "limit is 210 MB"),
        ("starved", "memory", "no room"),
        ("unsaveable", "raised", "output `result` of `unsaveable`"),
    ],
)
def test_every_end_is_recorded_as_what_it_was(project: Any, name: str, kind: str, words: str) -> None:
    project.write("ends.py", ENDS)
    run = project.run(f"ends.py::{name}", status=1)
    assert run["state"] == "failed"
    assert run["error"]["kind"] == kind
    assert words in run["error"]["message"]


def test_what_was_logged_before_a_kill_is_there(project: Any) -> None:
    project.write("ends.py", ENDS)
    run = project.run("ends.py::killed", status=1)
    assert [(m["name"], m["last"]) for m in run["metrics"]] == [("before", 1.0)]


def test_an_exception_names_the_users_place_and_shows_only_the_users_frames(project: Any) -> None:
    project.write("ends.py", ENDS)
    run = project.run("ends.py::raises", status=1)
    assert run["error"]["place"] == "ends.py:11"
    assert "helper(x)" in run["error"]["traceback"]
    assert "treadle" not in run["error"]["traceback"]
    shown = project.treadle("run", "ends.py::raises", status=1)
    assert "ValueError: bad x 1 at ends.py:11" in shown.stderr


def test_a_failing_step_is_tried_again_as_declared(project: Any) -> None:
    project.write(
        "flaky.py",
        """
        import os
        from pathlib import Path
        from treadle import step

        @step(retries=2, retry_delay=0.1)
        def flaky(marks: str) -> int:
            tries = Path(marks)
            tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
            if len(tries.read_text()) < 3:
                raise RuntimeError("not yet")
            return len(tries.read_text())
        """,
    )
    run = project.run("flaky.py::flaky", "-p", f"marks={project.folder / 'marks'}")
    assert run["state"] == "done"
    assert [a["end"]["kind"] for a in run["attempts"]] == ["raised", "raised", "done"]
    assert [a["number"] for a in run["attempts"]] == [1, 2, 3]


CHAIN = """
    import os, time
    from pathlib import Path
    from treadle import step, pipeline

    @step
    def work(x: int, hold: str) -> int:
        with open(hold + ".log", "a") as log:
            log.write(f"{x}\\n")
        if x == 3 and not Path(hold + ".go").exists():
            Path(hold + ".reached").touch()
            while not Path(hold + ".go").exists():
                time.sleep(0.01)
        return x + 1

    @pipeline
    def chain(hold: str) -> int:
        x = 0
        for _ in range(6):
            x = work(x, hold)
            if x > 100:
                break
        return x
"""


def test_a_killed_command_is_noticed_and_resumed_without_repeating_what_was_done(project: Any, until: Any) -> None:
    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    process = project.start("run", "chain.py::chain", "-p", f"hold={hold}")
    until(lambda: Path(f"{hold}.reached").exists())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    until(lambda: not _processes_of(project))
    runs = project.json("runs", "--all")
    assert {run["state"] for run in runs} <= {"failed", "done", "stopped"}
    lost = next(run for run in runs if run["step"] == "chain")
    assert (lost["state"], lost["reason"]) == ("failed", "lost")
    Path(f"{hold}.go").touch()
    ended = project.json("resume", str(lost["id"]))
    assert ended["state"] == "done"
    assert ended["outputs"][0]["inline"]
    written = Path(f"{hold}.log").read_text().split()
    assert written == ["0", "1", "2", "3", "3", "4", "5"]
    assert [a["state"] for a in ended["attempts"]] == ["lost", "ended"]


def test_a_killed_step_process_of_a_running_pipeline_fails_that_step_only_once(project: Any, until: Any) -> None:
    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    process = project.start("run", "chain.py::chain", "-p", f"hold={hold}", "--json")
    until(lambda: Path(f"{hold}.reached").exists())
    pid = until(lambda: _pid_of_step(project))
    os.kill(pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert '"SIGKILL"' in out or "SIGKILL" in project.treadle("show", "@-1").stdout


def test_ctrl_c_stops_everything_and_says_so(project: Any, until: Any) -> None:
    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    process = project.start("run", "chain.py::chain", "-p", f"hold={hold}")
    until(lambda: Path(f"{hold}.reached").exists())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (1, 130)
    runs = project.json("runs", "--all")
    assert {run["state"] for run in runs} == {"stopped", "done"}
    until(lambda: not _processes_of(project))


def test_stop_from_another_terminal(project: Any, until: Any) -> None:
    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    process = project.start("run", "chain.py::chain", "-p", f"hold={hold}")
    until(lambda: Path(f"{hold}.reached").exists())
    project.treadle("stop", "chain", status=3)
    number = next(run for run in project.json("runs") if run["step"] == "chain")["id"]
    project.treadle("stop", str(number))
    process.communicate(timeout=60)
    assert project.get(str(number))["state"] == "stopped"


def test_a_killed_nursery_is_recorded_and_nothing_is_left_running(project: Any, until: Any) -> None:
    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    process = project.start("run", "chain.py::chain", "-p", f"hold={hold}")
    until(lambda: Path(f"{hold}.reached").exists())
    nursery = until(
        lambda: [
            p
            for p, words in _processes().items()
            if "treadle.worker.nursery" in words and _home_of(p) == project.environment["TREADLE_HOME"]
        ]
    )
    os.kill(min(nursery), signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert {run["state"] for run in project.json("runs", "--all")} <= {"failed", "stopped", "done"}
    until(lambda: not _processes_of(project))


def test_a_new_home_may_be_opened_by_many_at_once(project: Any) -> None:
    processes = [project.start("runs", "--json") for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [(out.strip(), err) for out, err in answers] == [("[]", "")] * 6


def test_two_commands_on_one_home_each_perform_their_own(project: Any) -> None:
    project.write("chain.py", CHAIN)
    Path(project.folder / "a.go").touch()
    Path(project.folder / "b.go").touch()
    both = [project.start("run", "chain.py::chain", "-p", f"hold={project.folder / name}") for name in "ab"]
    for process in both:
        process.communicate(timeout=60)
    assert [process.returncode for process in both] == [0, 0]
    for name in "ab":
        assert Path(project.folder / f"{name}.log").read_text().split() == ["0", "1", "2", "3", "4", "5"]


def test_a_killed_dispatcher_is_followed_by_another_which_does_the_work_again_once(project: Any, until: Any) -> None:
    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    first = project.start("work", "--jobs", "2")
    number = project.json("run", "chain.py::chain", "-p", f"hold={hold}", "--detach")["id"]
    until(lambda: Path(f"{hold}.reached").exists())
    first.send_signal(signal.SIGKILL)
    first.communicate()
    until(lambda: not _processes_of(project))
    Path(f"{hold}.go").touch()
    second = project.start("work", "--jobs", "2")
    until(lambda: project.get(str(number))["state"] == "done")
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=60)
    assert second.returncode == 0
    assert Path(f"{hold}.log").read_text().split() == ["0", "1", "2", "3", "3", "4", "5"]
    runs = project.json("runs", "--all")
    assert {run["state"] for run in runs} == {"done"}
    assert len(runs) == 7


def test_a_worker_that_was_suspended_past_its_lease_commits_nothing(project: Any, until: Any) -> None:
    """It slept, another did the work, it wakes: its result is refused, and its process ends."""
    import sqlite3

    project.write("chain.py", CHAIN)
    hold = project.folder / "hold"
    first = project.start("work", "--jobs", "2")
    number = project.json("run", "chain.py::work", "-p", "x=3", "-p", f"hold={hold}", "--detach")["id"]
    until(lambda: Path(f"{hold}.reached").exists())
    first.send_signal(signal.SIGSTOP)
    with sqlite3.connect(project.folder / ".treadle" / "treadle.db", timeout=30) as database:  # as if its lease had run out long ago
        database.execute("UPDATE attempt SET lease_until = 1, owner = 'gone', handle = ''")
        database.execute("DELETE FROM process")
    second = project.start("work", "--jobs", "2")
    with sqlite3.connect(project.folder / ".treadle" / "treadle.db", timeout=30) as database:
        # A command that looks before anybody keeps the record ends a lost run for good: nobody would try it again.
        until(lambda: database.execute("SELECT count(*) FROM process WHERE role = 'keeper'").fetchone()[0])
    until(lambda: len(project.get(str(number))["attempts"]) == 2)
    Path(f"{hold}.go").touch()
    until(lambda: project.get(str(number))["state"] == "done")
    first.send_signal(signal.SIGCONT)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    ended = project.get(str(number))
    assert [attempt["state"] for attempt in ended["attempts"]] == ["lost", "ended"]
    assert len(ended["outputs"]) == 1
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=60)


def _processes() -> dict[int, str]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
    return found


def _home_of(pid: int) -> str:
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next((v.decode().partition("=")[2] for v in variables if v.startswith(b"TREADLE_HOME=")), "")


def _processes_of(project: Any) -> list[int]:
    """Processes that still work for this project's home."""
    return [pid for pid in _processes() if _home_of(pid) == project.environment["TREADLE_HOME"] and _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def _pid_of_step(project: Any) -> int | None:
    """The process of the running step: one whose working folder is an attempt's and which is no pipeline's body."""
    newest: dict[str, int] = {}
    for pid in _processes_of(project):
        try:
            folder = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            continue
        if "/attempts/" in folder:
            newest[folder] = pid
    return newest[max(newest)] if len(newest) >= 2 else None


def test_a_step_computes_with_as_many_threads_as_it_asked_for(project: Any) -> None:
    project.write(
        "threads.py",
        """
        import os
        from treadle import step

        @step(cpu=2)
        def two() -> str:
            return os.environ["OMP_NUM_THREADS"]

        @step
        def one() -> str:
            return os.environ["OMP_NUM_THREADS"]
        """,
    )
    project.environment.pop("OMP_NUM_THREADS", None)
    asked = {name: base64.b64decode(project.run(f"threads.py::{name}")["outputs"][0]["inline"]).decode() for name in ("one", "two")}
    assert asked == {"one": "1", "two": str(min(2, len(os.sched_getaffinity(0))))}
    project.environment["OMP_NUM_THREADS"] = "3"
    assert base64.b64decode(project.run("threads.py::one", "--no-cache")["outputs"][0]["inline"]) == b"3"
