"""The command line with real processes on a home of its own: what it prints, in which form, and with which exit status."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Treadle = Callable[..., subprocess.CompletedProcess[str]]

PIPELINE = """
import sys
from treadle import log, pipeline, step


@step
def prepare(rows: int = 10) -> list:
    print("preparing", rows)
    return list(range(rows))


@step
def train(data: list, rate: float = 0.1) -> float:
    log(loss=0.5, step=0)
    log(loss=0.25, step=1)
    print("trained")
    return sum(data) * rate


@step
def fail(value: float) -> float:
    print("about to fail")
    raise ValueError(f"bad luck with {value}")


@step
def raw() -> int:
    sys.stdout.buffer.write(b"\\x00\\xff binary\\n")
    sys.stdout.flush()
    return 1


@pipeline
def chain(rows: int = 10, rate: float = 0.1) -> float:
    return train(prepare(rows), rate)


@pipeline
def broken(rows: int = 5) -> float:
    return fail(train(prepare(rows)))
"""

PLACE = f"flow.py:{PIPELINE[: PIPELINE.index('raise')].count(chr(10)) + 1}"


def treadle_in(folder: Path) -> Treadle:
    """The command `treadle`, performed in a folder with its own home."""

    def treadle(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        known = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_") and name != "NO_COLOR"}
        more = {"text": True, "capture_output": True, "env": {**known, **more.pop("env", {})}} | more
        return subprocess.run([sys.executable, "-m", "treadle", *words], cwd=folder, timeout=120, check=False, **more)

    return treadle


def answer(treadle: Treadle, *words: str) -> Any:
    """What a command prints under --json."""
    done = treadle(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def lines(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a pipeline ran three times (run 1; run 4 reused; run 7 with another rate), one failed (run 10), and one
    step printed bytes (run 14)."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "treadle.toml").write_text("")
    (folder / "flow.py").write_text(PIPELINE)
    treadle = treadle_in(folder)
    expected: list[tuple[Sequence[str], int]] = [
        (("flow.py::chain",), 0),
        (("flow.py::chain",), 0),
        (("flow.py::chain", "--param", "rate=0.2"), 0),
        (("flow.py::broken",), 1),
        (("flow.py::raw",), 0),
    ]
    for words, status in expected:
        done = treadle("run", *words)
        assert done.returncode == status, done.stderr
    return folder


@pytest.fixture
def treadle(project: Path) -> Treadle:
    return treadle_in(project)


# --- listing ----------------------------------------------------------------------------------------------------------------


def test_runs_in_a_pipe_are_tab_separated_lines(treadle: Treadle) -> None:
    header, *rows = lines(treadle("runs"))
    assert header == ["id", "name", "step", "state", "created", "duration", "metrics"]
    assert [(row[0], row[2], row[3]) for row in rows[-4:]] == [
        ("10", "broken", "failed"),
        ("7", "chain", "done"),
        ("4", "chain", "done"),
        ("1", "chain", "done"),
    ]
    assert "\x1b" not in treadle("runs").stdout


def test_runs_are_queried_sorted_and_paged(treadle: Treadle) -> None:
    assert [run["id"] for run in answer(treadle, "runs", "state", "=", "failed")] == [10]
    assert [run["id"] for run in answer(treadle, "runs", "step = train and metrics.loss < 0.3", "--all", "--sort", "id")][:3] == [3, 6, 9]
    first = treadle("runs", "--sort", "id", "--limit", "2", "--columns", "id")
    assert lines(first) == [["id"], ["1"], ["4"]]
    cursor = first.stderr.rpartition("--after ")[2].strip()
    assert lines(treadle("runs", "--sort", "id", "--limit", "2", "--columns", "id", "--after", cursor))[1:] == [["7"], ["10"]]


def test_columns_of_metrics_parameters_and_tags(treadle: Treadle) -> None:
    columns = "id,metrics.loss,metrics.loss.highest,metrics.loss.points,params.rate,tags.none,reused_from"
    header, *found = lines(treadle("runs", "step = train and id < 10", "--all", "--columns", columns))
    assert header == columns.split(",")
    assert [(row[0], row[4], row[6]) for row in found] == [("9", "0.2", ""), ("6", "0.1", "3"), ("3", "0.1", "")]
    assert [row[1:4] for row in found] == [["0.25", "0.5", "2"]] * 3


def test_nothing_is_an_empty_list(treadle: Treadle) -> None:
    assert answer(treadle, "runs", "state = stopped") == []
    assert answer(treadle, "data") == []
    assert answer(treadle, "journal", "--kind", "no.such") == []
    assert lines(treadle("runs", "state = stopped"))[1:] == []


# --- one run ----------------------------------------------------------------------------------------------------------------


def test_show_names_state_place_and_next_command(treadle: Treadle) -> None:
    facts = [line[:3] for line in lines(treadle("show", "10"))]
    assert ["run", "state", "failed"] in facts
    assert ["error", f"at {PLACE}"] in facts
    assert [fact[1] for fact in facts if fact[0] == "next"] == ["treadle logs 13", "treadle resume 10", "treadle rerun 10"]
    assert [fact[1] for fact in facts if fact[0] == "steps"] == ["prepare", "train", "fail"]
    assert ["asked for", "treadle run flow.py::broken --param rows=5"] in facts


def test_a_run_is_found_by_number_name_prefix_and_from_the_end(treadle: Treadle) -> None:
    seventh = answer(treadle, "show", "7")
    name = seventh["name"]
    assert seventh["parameters"] == {"rate": 0.2, "rows": 10}
    assert [child["step"] for child in seventh["children"]] == ["prepare", "train"]
    assert answer(treadle, "show", name)["id"] == 7
    assert answer(treadle, "show", name[:-1])["id"] == 7
    assert answer(treadle, "runs", "show", "7")["id"] == 7
    last = answer(treadle, "runs")[0]["id"]
    assert answer(treadle, "show", "@-1")["id"] == last


def test_an_unknown_run_is_not_found_and_the_near_name_is_told(treadle: Treadle) -> None:
    name = answer(treadle, "show", "7")["name"]
    done = treadle("show", name[0] + name[2:])
    assert done.returncode == 3
    assert f"did you mean `{name}`?" in done.stderr
    assert treadle("show", "4711").returncode == 3
    assert treadle("logs", "@-999").returncode == 3


def test_logs_are_the_bytes_as_they_were_printed(treadle: Treadle) -> None:
    raw = answer(treadle, "runs", "step = raw")[0]["id"]
    assert treadle("logs", str(raw), text=False).stdout == b"\x00\xff binary\n"
    assert treadle("logs", "--follow", str(raw), text=False).stdout == b"\x00\xff binary\n"
    assert treadle("logs", "6").stdout == "trained\n"  # reused: what the run printed whose result it took


def test_logs_of_a_pipeline_name_the_step(treadle: Treadle) -> None:
    printed = treadle("logs", "--follow", "1").stdout.splitlines()
    assert printed == ["prepare | preparing 10", "train   | trained"]
    assert treadle("logs", "--no-children", "1").stdout == ""
    assert [piece["text"] for piece in answer(treadle, "logs", "1")] == ["", "preparing 10\n", "trained\n"]


def test_logs_of_an_attempt_that_is_not_there(treadle: Treadle) -> None:
    done = treadle("logs", "3", "--attempt", "9")
    assert done.returncode == 3
    assert "has no attempt 9" in done.stderr


def test_diff_shows_what_differs_first(treadle: Treadle) -> None:
    header, first, *rest = lines(treadle("diff", "1", "7"))
    assert header == ["section", "name", "a", "b", "equal"]
    assert first == ["parameters", "rate", "0.1", "0.2", "false"]
    assert all(row[4] == "false" for row in rest)
    equal = [row for row in lines(treadle("diff", "1", "7", "--all")) if row[4] == "true"]
    assert ["parameters", "rows", "10", "10", "true"] in equal
    assert {"section", "name", "equal"} <= answer(treadle, "diff", "1", "7")["differences"][0].keys()


def test_why_names_the_part_that_changed(treadle: Treadle) -> None:
    told = answer(treadle, "why", "9")
    assert told["sentence"].startswith("performed because parameters changed since run")
    assert "rate 0.1 -> 0.2" in told["sentence"]
    assert ["cache key", "parameters", "differs", "rate 0.1 -> 0.2"] in lines(treadle("why", "9"))
    assert answer(treadle, "why", "5")["sentence"].startswith("reused the result of run 2")
    assert [line[1] for line in lines(treadle("why", "7")) if line[0] == "steps"] == ["prepare", "train"]


def test_words_about_models_say_what_is_meant(treadle: Treadle) -> None:
    done = treadle("diff", "model://churn@champion", "1")
    assert done.returncode == 2
    assert "`model://churn@champion` names a model" in done.stderr
    unknown = treadle("why", "model://churn@champion")
    assert (unknown.returncode, "there is no model version `churn@champion`" in unknown.stderr) == (3, True)


# --- acting on runs ---------------------------------------------------------------------------------------------------------


def test_rerun_takes_parameters_by_their_declared_types(treadle: Treadle) -> None:
    again = answer(treadle, "rerun", "9", "-p", "rate=3", "--tag", "why=test")
    assert (again["state"], again["parameters"], again["tags"]) == ("done", {"rate": 3.0}, {"why": "test"})
    assert treadle("rerun", "9", "-p", "rate=fast").returncode == 2
    wrong = treadle("rerun", "9", "-p", "raet=3")
    assert wrong.returncode == 2
    assert "did you mean `rate`?" in wrong.stderr


def test_a_detached_run_waits_is_stopped_and_resumed(treadle: Treadle) -> None:
    made = answer(treadle, "rerun", "1", "-p", "rows=3", "--detach")
    number = str(made["id"])
    assert made["state"] == "queued"
    assert [line for line in lines(treadle("show", number)) if line[0] == "waits for"]
    stopped = treadle("stop", number, "--why", "a test")
    assert (stopped.returncode, "stopped" in stopped.stderr) == (0, True)
    assert treadle("stop", number).returncode == 6
    resumed = answer(treadle, "resume", number)
    assert (resumed["id"], resumed["state"], len(resumed["children"])) == (made["id"], "done", 2)
    assert treadle("resume", number).returncode == 6


def test_a_resumed_pipeline_keeps_what_is_done_and_fails_again(treadle: Treadle) -> None:
    done = treadle("resume", "10")
    assert done.returncode == 1
    assert f"bad luck with 1.0 at {PLACE}" in done.stderr
    again = answer(treadle, "show", "10")
    assert [child["id"] for child in again["children"]] == [11, 12, 13]
    assert len(again["attempts"]) == 2


def test_what_a_bare_script_logged_is_taken_in_before_anybody_looks(project: Path, treadle: Treadle) -> None:
    (project / "script.py").write_text("from treadle import log, tag\nlog(accuracy=0.75)\ntag(team='blue')\n")
    subprocess.run([sys.executable, "script.py"], cwd=project, check=True)
    assert answer(treadle, "sync")["taken"] == 1
    found = answer(treadle, "runs", "step = 'script.py'")
    assert [(run["state"], run["metrics"][0]["last"], run["tags"]) for run in found] == [("done", 0.75, {"team": "blue"})]
    done = treadle("rerun", str(found[0]["id"]))
    assert (done.returncode, "python script.py" in done.stderr) == (6, True)


# --- the journal ------------------------------------------------------------------------------------------------------------


def test_the_journal_ends_with_the_newest_entry(treadle: Treadle) -> None:
    entries = answer(treadle, "journal", "--subject", "run:1")
    kinds = [entry["kind"] for entry in entries]
    # A run that ends before its beginning was reported tells of both at once: then nobody has seen it running.
    assert kinds in (["run.queued", "run.running", "run.done"], ["run.queued", "run.done"])
    assert lines(treadle("journal", "--subject", "run:1", "-n", "1"))[1][2] == "run.done"
    assert {entry["kind"] for entry in answer(treadle, "journal", "--kind", "run.fail*")} == {"run.failed"}


def test_the_journal_is_searched_by_who_when_and_what(treadle: Treadle) -> None:
    first = answer(treadle, "journal", "--subject", "run:1")[0]
    assert answer(treadle, "journal", "--actor", first["actor"], "--text", first["data"]["name"].upper())[0]["id"] == first["id"]
    assert answer(treadle, "journal", "--actor", "nobody") == []
    assert answer(treadle, "journal", "--until", "2001-01-01T12:00") == []
    assert answer(treadle, "journal", "--subject", "run:1", "--since", "2h")[0]["id"] == first["id"]
    wrong = treadle("journal", "--since", "lately")
    assert (wrong.returncode, "--since 2h" in wrong.stderr) == (2, True)
    assert treadle("journal", "--until", "2h", "--follow").returncode == 2


def test_the_journal_is_sealed_and_an_entry_that_was_changed_is_named(treadle: Treadle, project: Path) -> None:
    noted = answer(treadle, "journal", "verify")
    assert (noted["faulty"], noted["sealed"] > 0, len(noted["seal"])) == (0, True, 64)
    assert answer(treadle, "journal", "verify", "--expect", noted["seal"])["expected"] is True
    wrong = treadle("journal", "verify", "--expect", "1" * 64)
    assert (wrong.returncode, "not in the chain" in wrong.stderr) == (1, True)
    assert treadle("journal", "verify", "--expect", "1").returncode == 2
    with contextlib.closing(sqlite3.connect(project / ".treadle" / "treadle.db")) as record:
        (actor,) = record.execute("SELECT actor FROM journal WHERE id = 2").fetchone()
        record.execute("UPDATE journal SET actor = 'eve' WHERE id = 2")
        record.commit()
        found = treadle("journal", "verify")
        assert (found.returncode, lines(found)[1][:2]) == (1, ["2", "changed"])
        record.execute("UPDATE journal SET actor = ? WHERE id = 2", (actor,))
        record.commit()
    assert treadle("journal", "verify").returncode == 0


def test_an_entry_and_its_causes(treadle: Treadle) -> None:
    assert [entry["id"] for entry in answer(treadle, "journal", "why", "1")] == [1]
    assert treadle("journal", "why", "999999").returncode == 3
    assert treadle("journal", "why", "one").returncode == 2


# --- wrong use --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("shwo", "1"), "did you mean `treadle show`?"),
        (("runs", "shwo", "1"), "did you mean `treadle runs show`?"),
        (("data", "verfy"), "did you mean `treadle data verify`?"),
        (("runs", "--columns", "id,stat"), "did you mean `state`?"),
        (("runs", "--limit", "0"), "treadle runs list --help"),
        (("runs", "state ="), "E0108"),
        (("runs", "foo"), "a query compares"),
        (("show",), "treadle show --help"),
        (("logs", "1", "--follow", "--json"), "leave one of them out"),
        (("rerun", "1", "-p", "rows"), "--param NAME=VALUE"),
        (("data", "gc", "--older-than", "soon"), "--older-than 30m"),
        (("data", "add", "nowhere", "--as", "x"), "no file or folder `nowhere`"),
        (("completion", "tcsh"), "treadle completion --help"),
        (("init", "a/b"), "treadle init churn"),
    ],
)
def test_wrong_use_says_what_to_write_instead(treadle: Treadle, words: tuple[str, ...], hint: str) -> None:
    done = treadle(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error[E")
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_does_not_answer(treadle: Treadle) -> None:
    done = treadle("runs", env={"TREADLE_URL": "http://127.0.0.1:9"})
    assert done.returncode == 5
    assert done.stderr.startswith("error[E0400]")


def test_a_home_that_cannot_be_made(treadle: Treadle) -> None:
    done = treadle("runs", env={"TREADLE_HOME": "/proc/treadle"})
    assert done.returncode == 5
    assert "TREADLE_HOME" in done.stderr


@pytest.mark.parametrize("words", [("runs", "--all"), ("runs", "--all", "--json"), ("logs", "1"), ("--help",), ("explain",)])
def test_a_reader_that_has_seen_enough_is_no_error(project: Path, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = treadle_in(project)(*words, stdout=writing, stderr=subprocess.PIPE, capture_output=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")
