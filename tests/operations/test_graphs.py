"""Pipelines as people look at them, on both dialects: the last runs of each, and who took what of whom in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from treadle.blobs import open_blobs
from treadle.contract import graphs as words
from treadle.contract import work as w
from treadle.contract.runs import Binding, Code, End, Environment, RunRef, SubmitRun
from treadle.core.definition import Definition, Input
from treadle.core.ids import new_key
from treadle.core.operation import Call
from treadle.engines.protocol import Sight
from treadle.runs import graphs, operations, work
from treadle.runs.dispatch import Dispatch
from treadle.store.database import Database

CALL = Call(actor="ada")
ELSEWHERE = Call(actor="ada", project="elsewhere")


class Engine:
    """Takes jobs and does nothing with them."""

    def __init__(self) -> None:
        self.jobs: list[w.Job] = []

    def room(self) -> float:
        return 10_000.0

    def most(self) -> float:
        return 10_000.0

    def submit(self, job: w.Job) -> str:
        self.jobs.append(job)
        return str(job.attempt)

    def look(self, handles: Any) -> dict[str, Sight]:
        return {handle: Sight(handle=handle, state="unknown") for handle in handles}

    def stop(self, handle: str, grace: float) -> None: ...


class Bench:
    """A record in which pipelines start calls and calls end."""

    def __init__(self, store: Database, folder: Path) -> None:
        self.store, self.engine = store, Engine()
        self.blobs = open_blobs(folder / "blobs", folder / "cache")
        here = Environment(digest="e" * 64, python="3.11", platform="Linux")
        self.dispatch = Dispatch(store, {"local": self.engine}, process="p1", environment=lambda _: here)

    def pipeline(self, name: str, call: Call = CALL) -> w.Job:
        """A run of a pipeline that has been handed to an engine."""
        definition = Definition(kind="pipeline", name=name, cache=False)
        run = operations.submit(SubmitRun(key=new_key(), definition=definition, code=Code(digest="c" * 64)), call, self.store)
        self.turn()
        return next(job for job in self.engine.jobs if job.run == run.id)

    def turn(self) -> None:
        while self.dispatch.tick():
            pass

    def start(self, job: w.Job, *calls: w.ChildCall) -> tuple[int, ...]:
        return work.submit_children(w.SubmitChildren(held=_held(job), calls=calls), CALL, self.store).runs

    def graph(self, run: int) -> words.Graph:
        return graphs.graph(RunRef(run=str(run)), CALL, self.store)


def _held(job: w.Job) -> w.Held:
    return w.Held(attempt=job.attempt, token=job.token)


def called(call: str, after: tuple[str, ...] = (), **bindings: Binding) -> w.ChildCall:
    step = call.partition("#")[0]
    definition = Definition(kind="step", name=step, function=step, inputs=tuple(Input(name=name) for name in bindings))
    return w.ChildCall(call=call, definition=definition, bindings=bindings, after=after, code=Code(digest="d" * 64, snapshot="s" * 64))


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, tmp_path)


def test_edges_are_what_calls_take_and_what_they_wait_for(bench: Bench) -> None:
    job = bench.pipeline("nightly")
    many = Binding(many=(Binding(call="a#0"), Binding(call="b#0")))
    a, b, c, d = bench.start(job, called("a#0"), called("b#0", x=Binding(call="a#0")), called("c#0", both=many), called("d#0", ("c#0",)))
    graph = bench.graph(job.run)
    assert graph.run.id == job.run
    assert [(node.id, node.step, node.state) for node in graph.nodes] == [
        (n, s, "queued") for n, s in zip((a, b, c, d), "abcd", strict=True)
    ]
    assert graph.edges == ((a, b), (a, c), (b, c), (c, d))
    assert (graph.total, graph.whole) == (4, True)
    assert bench.graph(a).nodes == ()


def test_edges_stay_when_what_was_waited_for_has_ended(bench: Bench) -> None:
    job = bench.pipeline("nightly")
    a, b = bench.start(job, called("a#0"), called("b#0", x=Binding(call="a#0")))
    bench.turn()
    first = next(one for one in bench.engine.jobs if one.run == a)
    end = w.FinishAttempt(held=_held(first), end=End(kind="done"), outputs=())
    work.finish(w.FinishAttempts(attempts=(end,)), CALL, bench.store, bench.blobs)
    graph = bench.graph(job.run)
    assert graph.nodes[0].state == "done"
    assert graph.nodes[0].ended_at is not None
    assert graph.edges == ((a, b),)


def test_a_large_fan_out_is_told_in_one_answer(bench: Bench) -> None:
    job = bench.pipeline("wide")
    names = [f"train#{n}" for n in range(2000)]
    gather = called("best#0", all=Binding(many=tuple(Binding(call=name) for name in names)))
    numbers = bench.start(job, *(called(name) for name in names), gather)
    graph = bench.graph(job.run)
    assert (graph.total, len(graph.nodes), len(graph.edges), graph.whole) == (2001, 2001, 2000, True)
    assert {giver for giver, _ in graph.edges} == set(numbers[:-1])


def test_what_is_more_than_a_graph_tells_is_said_to_be_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "MOST_NODES", 2)
    job = bench.pipeline("wide")
    bench.start(job, *(called(f"a#{n}") for n in range(3)))
    graph = bench.graph(job.run)
    assert (graph.total, len(graph.nodes), graph.whole) == (3, 2, False)


def test_pipelines_come_with_their_last_runs_and_those_of_other_projects_do_not(bench: Bench) -> None:
    runs = [bench.pipeline("nightly").run for _ in range(3)]
    weekly = bench.pipeline("weekly").run
    bench.pipeline("nightly", ELSEWHERE)
    found = graphs.pipelines(words.ListPipelines(show=2), CALL, bench.store)
    told = [(one.name, one.runs, [run.id for run in one.last]) for one in found]
    assert told == [("weekly", 1, [weekly]), ("nightly", 3, [runs[2], runs[1]])]
