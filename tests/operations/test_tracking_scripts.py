"""Bare scripts: what they leave in the home folder, and how it becomes runs. Real processes, a real record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from treadle.assemble import open_home
from treadle.cli.show import page
from treadle.contract import runs as r
from treadle.contract import work as w
from treadle.core.errors import NotFound, Unreachable
from treadle.sdk.client import Client
from treadle.sdk.home import find_home, make_home
from treadle.sdk.spool import read_records
from treadle.worker.collect import collect

START = "import treadle.sdk.track as t\n"
Script = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TREADLE_SPOOL", raising=False)
    monkeypatch.delenv("TREADLE_SCRIPT_SPOOL", raising=False)
    monkeypatch.setenv("TREADLE_HOME", str(tmp_path / ".treadle"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".treadle"


def run(code: str, *words: str, name: str = "train.py", **more: Any) -> subprocess.CompletedProcess[str]:
    Path(name).write_text(START + textwrap.dedent(code))
    return subprocess.run([sys.executable, name, *words], capture_output=True, text=True, timeout=60, **more)


def spools(home: Path) -> list[list[dict[str, Any]]]:
    return [read_records(path.read_bytes())[0] for path in sorted(home.glob("spool/*/spool"))]


def only(home: Path) -> list[dict[str, Any]]:
    [records] = spools(home)
    return records


def test_a_script_that_says_nothing_writes_nothing(home: Path) -> None:
    assert run("pass").returncode == 0
    assert not home.exists()


def test_the_first_word_opens_a_spool(home: Path) -> None:
    run("t.log(loss=1.0, step=3)\nt.log_params(lr=0.1)", "--fast")
    first, points, parameters, end = only(home)
    assert (first["k"], first["name"], first["argv"], first["cwd"]) == ("open", "train.py", ["train.py", "--fast"], os.getcwd())
    assert (points["k"], parameters["k"], end["k"], end["kind"]) == ("p", "params", "end", "done")
    assert first["problems"] == []
    assert list(first["code"]["parts"]) == ["train.py"]
    assert first["started_at"] <= first["t"]
    assert (home / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("code", "status", "end"),
    [
        ("import sys; sys.exit(3)", 3, {"kind": "exit", "exit": 3}),
        ("import sys; sys.exit()", 0, {"kind": "done"}),
        ("exit('bad luck')", 1, {"kind": "exit", "exit": 1, "message": "bad luck"}),
        ("import sys\ntry:\n    sys.exit(3)\nexcept SystemExit:\n    pass", 0, {"kind": "done"}),
        ("raise SystemExit(0)", 0, {"kind": "done"}),
        ("def f(): 1 / 0\nf()", 1, {"kind": "raised", "error": "ZeroDivisionError", "place": "train.py:3"}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15, {"kind": "signal", "signal": "SIGTERM"}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGHUP)", -1, {"kind": "signal", "signal": "SIGHUP"}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -2, {"kind": "stopped", "signal": "SIGINT"}),
    ],
)
def test_how_it_ended_is_told_and_not_changed(home: Path, code: str, status: int, end: dict[str, Any]) -> None:
    if "SIGHUP" in code and signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        pytest.skip("SIGHUP is ignored where these tests run (nohup), and children inherit that")
    assert run("t.log(a=1)\n" + code).returncode == status
    last = only(home)[-1]
    assert {name: last.get(name) for name in end} == end


def test_a_killed_script_leaves_no_end_and_loses_no_point(home: Path) -> None:
    assert run("for i in range(100): t.log(a=i)\nimport os; os.kill(os.getpid(), 9)").returncode == -9
    assert [record["k"] for record in only(home)] == ["open"] + ["p"] * 100


def test_children_log_into_the_same_run_and_end_nothing(home: Path) -> None:
    code = """
        import multiprocessing, os
        def work(i): t.log({f"m{i}": 1.0})
        if __name__ == "__main__":
            t.log(a=1)
            if os.fork() == 0:
                t.log(child=1)
                raise ValueError("the child's own")
            os.wait()
            with multiprocessing.get_context("spawn").Pool(2) as pool: pool.map(work, range(2))
    """
    assert run(code).returncode == 0
    records = only(home)
    assert [record["k"] for record in records].count("end") == 1
    assert {name for record in records if record["k"] == "p" for name in record["m"]} == {"a", "child", "m0", "m1"}


def test_hooks_of_the_user_are_called_and_a_thread_is_noted(home: Path) -> None:
    code = """
        import signal, sys, threading
        sys.excepthook = lambda *a: print("mine")
        signal.signal(signal.SIGTERM, lambda *a: print("caught"))
        t.log(a=1)
        signal.raise_signal(signal.SIGTERM)
        thread = threading.Thread(target=lambda: 1 / 0, name="loader")
        thread.start(); thread.join()
        raise ValueError("x")
    """
    ended = run(code)
    assert ended.stdout.split() == ["caught", "mine"]
    note, end = only(home)[-2:]
    assert "thread loader failed: ZeroDivisionError" in note["v"]
    assert (end["kind"], end["error"]) == ("raised", "ValueError")


def test_an_unwritable_home_is_told_once_and_the_script_goes_on(home: Path) -> None:
    home.write_text("not a folder")
    ended = run("for i in range(3): t.log(a=1)\nprint('done')")
    assert (ended.returncode, ended.stdout) == (0, "done\n")
    assert ended.stderr.count("not recorded") == 1


def test_a_full_disk_is_told_and_the_script_goes_on(home: Path) -> None:
    code = """
        import resource, signal
        t.log(a=0)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        import os
        size = os.stat(next(os.scandir(os.environ["TREADLE_HOME"] + "/spool")).path + "/spool").st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
        for i in range(1, 100): t.log(a=i)
        print("done")
    """
    ended = run(code)
    assert (ended.returncode, ended.stdout) == (0, "done\n")
    assert "not recorded" in ended.stderr
    assert [record["m"]["a"] for record in only(home) if record["k"] == "p"][:3] == [0, 1, 2]


def test_code_that_does_not_parse_elsewhere_is_a_line_not_an_error(home: Path) -> None:
    Path("broken.py").write_text("def (")
    ended = run("t.log(a=1)\ntry:\n    import broken\nexcept SyntaxError:\n    pass")
    assert ended.returncode == 0, ended.stderr
    assert only(home)[0]["problems"]


def test_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TREADLE_HOME", raising=False)
    inner = tmp_path / "project" / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").touch()
    assert find_home(inner) == tmp_path / "project" / ".treadle"
    made = make_home(tmp_path / ".treadle")
    assert find_home(inner) == made
    monkeypatch.setenv("TREADLE_HOME", str(tmp_path / "x"))
    assert find_home(inner) == tmp_path / "x"


# --- collected ------------------------------------------------------------------------------------------------------------------


def the_run(record: Any, name: str = "@-1") -> r.Run:
    found: r.Run = record.call(r.get_run, r.RunRef(run=name))
    return found


def test_a_script_becomes_a_run(home: Path) -> None:
    run("""
        t.log(loss=0.5, step=1); t.log_params(lr=0.1); t.tag(team="blue"); t.note("hello"); t.artifact({"a": 1}, "value", step=2)
        open("f.txt", "w").write("kept"); t.artifact("f.txt"); os = __import__("os"); os.mkdir("d"); t.artifact("f.txt", "again")
    """)
    record = open_home(home)
    assert collect(home, record.call, record.contents) == 1
    found = the_run(record)
    assert (found.step, found.kind, found.state, found.note, found.tags) == ("train.py", "script", "done", "hello", {"team": "blue"})
    assert [(m.name, m.last, m.last_step) for m in found.metrics] == [("loss", 0.5, 1)]
    assert [(a.name, record.contents.read(a.digest)) for a in found.logged] == [
        ("value", b'{"a":1}'),
        ("f.txt", b"kept"),
        ("again", b"kept"),
    ]
    assert found.code is not None
    assert found.code.snapshot is not None
    assert record.contents.read(found.code.snapshot)
    assert list((home / "spool").iterdir()) == []
    assert collect(home, record.call, record.contents) == 0
    record.close()


def test_a_failed_a_stopped_and_a_killed_script(home: Path) -> None:
    run("t.log(a=1)\n1 / 0", name="one.py")
    run("t.log(a=1)\nimport os; os.kill(os.getpid(), 15)", name="two.py")
    run("t.log(a=1)\nimport os; os.kill(os.getpid(), 9)", name="three.py")
    record = open_home(home)
    assert collect(home, record.call, record.contents) == 3
    one, two, three = (the_run(record, str(number)) for number in (1, 2, 3))
    assert one.error is not None
    assert (one.state, one.error.kind, one.error.error) == ("failed", "raised", "ZeroDivisionError")
    assert two.error is not None
    assert (two.state, two.error.signal) == ("failed", "SIGTERM")
    assert three.attempts[0].end is not None
    assert three.attempts[0].end.kind == "lost"
    assert "without a word" in three.attempts[0].end.message
    assert [m.last for m in three.metrics] == [1.0]
    record.close()


def test_a_living_script_is_shipped_so_far_and_left_open(home: Path) -> None:
    Path("live.py").write_text(START + "import sys\nfor line in sys.stdin:\n    t.log(a=float(line)); print('ok', flush=True)\n")
    with subprocess.Popen([sys.executable, "live.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as script:
        assert script.stdin is not None
        assert script.stdout is not None

        def tell(number: int) -> None:
            assert script.stdin is not None
            assert script.stdout is not None
            script.stdin.write(f"{number}\n")
            script.stdin.flush()
            assert script.stdout.readline() == "ok\n"

        record = open_home(home)
        tell(1)
        assert collect(home, record.call, record.contents) == 1
        assert collect(home, record.call, record.contents) == 0
        assert (the_run(record).state, the_run(record).metrics[0].points) == ("running", 1)
        tell(2)
        assert collect(home, record.call, record.contents) == 1
        assert the_run(record).metrics[0].points == 2
        script.send_signal(signal.SIGKILL)
        script.wait()
        assert collect(home, record.call, record.contents) == 1
        assert the_run(record).state != "running"
        record.close()


def test_a_collector_that_dies_anywhere_is_followed_by_one_that_goes_on(home: Path) -> None:
    """Each operation in turn fails, before it was performed and after: nothing is lost and nothing comes twice."""
    record = open_home(home)
    for when in ("before", "after"):
        for operation in (w.open_script, w.ship_spool, w.finish):
            run("for i in range(10): t.log(a=i)\nt.artifact([1], 'kept')")
            failed: list[str] = []

            def call(asked: Any, request: Any, operation: Any = operation, when: str = when, failed: list[str] = failed) -> Any:
                if asked is not operation or failed:
                    return record.call(asked, request)
                failed.append(when)
                if when == "after":
                    record.call(asked, request)
                raise Unreachable("gone")

            with pytest.raises(Unreachable):
                collect(home, call, record.contents)
            assert collect(home, call, record.contents) == 1
            found = the_run(record)
            assert (found.state, found.metrics[0].points, [a.name for a in found.logged]) == ("done", 10, ["kept"])
    assert len(record.call(r.list_runs, r.ListRuns()).runs) == 6
    record.close()


def test_a_folder_that_another_collector_holds_is_left_to_it(home: Path) -> None:
    run("t.log(a=1)")
    record = open_home(home)
    inner: list[int] = []

    def call(asked: Any, request: Any) -> Any:
        inner.append(collect(home, record.call, record.contents))
        return record.call(asked, request)

    assert collect(home, call, record.contents) == 1
    assert set(inner) == {0}
    record.close()


def test_damage_costs_what_lies_behind_it(home: Path) -> None:
    run("t.log(a=1)\nimport os; os.kill(os.getpid(), 9)")
    [spool] = home.glob("spool/*/spool")
    with spool.open("ab") as file:
        file.write(b"\xff\xff\xff\xff and more")
    record = open_home(home)
    assert collect(home, record.call, record.contents) == 1
    found = the_run(record)
    assert found.attempts[0].end is not None
    assert "damaged" in found.attempts[0].end.message
    assert found.metrics[0].last == 1.0
    assert [path.name.startswith(".damaged-") for path in (home / "spool").iterdir()] == [True]
    assert collect(home, record.call, record.contents) == 0
    record.close()


def test_a_file_that_is_gone_costs_only_itself(home: Path) -> None:
    run("t.artifact([1], 'one'); t.artifact([2], 'two')")
    next(iter(home.glob("spool/*/files/*"))).unlink()
    record = open_home(home)
    assert collect(home, record.call, record.contents) == 1
    found = the_run(record)
    assert (found.state, len(found.logged)) == ("done", 1)
    record.close()


def test_artifacts_stay_inside_their_spool(home: Path) -> None:
    run("""
        import treadle.sdk.script as h
        t.log(a=1)
        h._script.writer.write({"k": "artifact", "name": "x", "path": "../../../f", "format": "file"})
    """)
    record = open_home(home)
    assert collect(home, record.call, record.contents) == 1
    assert the_run(record).logged == ()
    record.close()


def test_a_notebook_goes_on_after_a_failed_cell(home: Path) -> None:
    """What IPython does, by a stand-in with its two doors: the running shell, and what is called after each cell."""
    run("""
        import sys, types
        hooks = []
        shell = types.SimpleNamespace(events=types.SimpleNamespace(register=lambda when, hook: hooks.append((when, hook))))
        sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: shell)
        t.log(a=1)
        [(when, hook)] = hooks
        assert when == "post_run_cell"
        hook(types.SimpleNamespace(execution_count=4, error_before_exec=None, error_in_exec=ValueError("odd")))
        hook(types.SimpleNamespace(execution_count=5, error_before_exec=None, error_in_exec=None))
        t.log(a=2)
    """)
    first, *said, end = only(home)
    assert (first["name"], first["notebook"], end["kind"]) == ("notebook", True, "done")
    assert [record.get("v") for record in said] == [None, "cell 4 failed: ValueError: odd", None]


def test_rich_values_are_series_that_a_client_reads_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = """
    for step in (10, 20):
        t.text("sample", f"at {step}", step=step)
    t.histogram("weights", [1, 2, 3])
    t.log_params(rate=0.5)
    """
    assert run(code).returncode == 0
    record = open_home(home)
    try:
        assert collect(home, record.call, record.contents) == 1
        client = Client(record)
        assert client.read_logged("@-1", "sample") == "at 20"
        assert client.read_logged("@-1", "sample", step=10, form="text") == "at 10"
        assert client.read_logged("@-1", "weights")["edges"][0] == 1.0
        with pytest.raises(NotFound, match="logged no `sample` at step 30"):
            client.read_logged("@-1", "sample", step=30)
        shown = the_run(record)
        assert [one.about["shown"] for one in shown.logged] == ["text", "text", "histogram"]
        page(shown, []).show()
    finally:
        record.close()
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("logged\tsample\ttext\t") and "2 of them, steps 10 to 20" in line for line in lines)
    assert "parameters\trate\t0.5" in lines
