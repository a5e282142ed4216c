"""Sweeps from Python: a space of parameters, trials as runs, the best one passed on; pruned, and gone on with after a kill."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

SEARCH = """
import time
from pathlib import Path
from treadle import choice, integers, log, log_uniform, pipeline, step, sweep, uniform

@step
def train(rows: list, rate: float, depth: int = 3, kind: str = "a") -> float:
    score = len(rows) - (rate - 0.03) ** 2 - (depth - 4) ** 2
    log(auc=score, loss=-score)
    return score

@step
def load() -> list:
    return [1, 2, 3]

@step
def tell(best: dict, value: float) -> dict:
    return {"depth": best["parameters"]["depth"], "value": value, "same": best["values"]["auc"] == value}

@pipeline
def search(trials: int = 10) -> dict:
    found = sweep(train, rows=load(), rate=log_uniform(1e-3, 1e-1), depth=integers(2, 6), objective="auc", trials=int(trials), parallel=2)
    return tell(found.best, found["result"])

@pipeline
def grid() -> dict:
    return sweep(train, rows=load(), rate=[0.1, 0.2], depth=[1, 2, 4], kind=choice(["a"])).best

@pipeline
def several() -> dict:
    space = {"rate": uniform(0.01, 0.1), "depth": integers(2, 6)}
    return sweep(train, rows=load(), objective=["auc", "-loss"], trials=4, method="random", **space).best

@pipeline
def wrong() -> dict:
    return sweep(train, rows=load(), speed=[1, 2]).best

@step
def silent(rate: float) -> str:
    return "nothing"

@pipeline
def unknown() -> dict:
    return sweep(silent, rate=[0.1], objective="f1").best

@step(cache=False)
def slow(number: int, gate: str) -> int:
    while number > 1 and not Path(gate).exists():
        time.sleep(0.02)
    return number

@pipeline
def long(gate: str) -> dict:
    return sweep(slow, number=[0, 1, 2, 3], gate=gate, parallel=1).best

@step(cache=False)
def climbs(speed: float, gate: str) -> float:
    for number in range(400 if speed >= 1 else 20_000):
        log(score=speed * number, step=number)
        time.sleep(0.01)
        if speed >= 1 and number > 5:
            break
    return speed

@pipeline
def pruned(gate: str) -> dict:
    return sweep(climbs, speed=[5, 4, 3, 2, 0.001], gate=gate, objective="score", method="grid", parallel=1, prune=True).best
"""


def result(project: Any, run: Any) -> Any:
    import base64

    return json.loads(base64.b64decode(run["outputs"][0]["inline"]))


def test_a_search_finds_the_best_and_passes_it_on(project: Any) -> None:
    project.write("s.py", SEARCH)
    run = project.run("s.py::search")
    first = result(project, run)
    assert (first["depth"], first["same"]) == (4, True)
    swept = next(one for one in run["children"] if one["step"] == "sweep-train")
    shown = project.get(str(swept["id"]))
    assert (shown["kind"], len(shown["children"])) == ("pipeline", 10)
    assert shown["children"][0]["parameters"]["depth"] in range(2, 7)
    again = project.run("s.py::search")
    assert result(project, again) == first
    children = project.get(str(next(one for one in again["children"] if one["step"] == "sweep-train")["id"]))["children"]
    assert all(one["reused_from"] for one in children)


def test_a_grid_and_a_front_of_several_objectives(project: Any) -> None:
    project.write("s.py", SEARCH)
    grid = result(project, project.run("s.py::grid"))
    assert [(one["parameters"]["rate"], one["parameters"]["depth"]) for one in grid["trials"]] == [
        (rate, depth) for rate in (0.1, 0.2) for depth in (1, 2, 4)
    ]
    several = result(project, project.run("s.py::several"))
    assert several["run"] in several["front"]
    assert set(several["values"]) == {"auc", "loss"}


def test_what_cannot_be_searched_is_told(project: Any) -> None:
    project.write("s.py", SEARCH)
    assert "has no argument `speed`" in project.run("s.py::wrong", status=1)["error"]["message"]
    failed = project.run("s.py::unknown", status=1)
    assert "no trial said `f1`" in failed["error"]["message"]


def test_a_sweep_that_was_killed_goes_on_where_it_was(project: Any, until: Callable[..., Any]) -> None:
    project.write("s.py", SEARCH)
    gate = project.folder / "gate"
    process = project.start("run", "s.py::long", "-p", f"gate={gate}")

    def ended() -> int:
        shown = project.treadle("runs", "step = slow and state = done", "--all", "--json", status=None)
        return len(json.loads(shown.stdout)) if shown.returncode == 0 else 0

    until(lambda: ended() == 2)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    gate.write_text("")
    until(lambda: project.get("1")["state"] in ("failed", "stopped") or project.treadle("runs", "--json").returncode)
    run = json.loads(project.treadle("resume", "1", "--json").stdout)
    trials = result(project, run)["trials"]
    assert [one["parameters"]["number"] for one in trials] == [0, 1, 2, 3]
    assert len({one["run"] for one in trials}) == 4
    first = project.get(str(trials[0]["run"]))
    assert len(first["attempts"]) == 1


def test_a_trial_that_is_far_behind_is_ended_early(project: Any) -> None:
    project.write("s.py", SEARCH)
    best = result(project, project.run("s.py::pruned", "-p", "gate=x"))
    assert best["parameters"]["speed"] == 5
    assert best["trials"][-1]["state"] == "pruned"
