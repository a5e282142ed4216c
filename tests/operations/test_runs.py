"""Runs on both dialects: claimed once, finished once, released in order, and nothing lost when somebody dies in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from treadle.blobs import Blobs, open_blobs
from treadle.contract import runs as words
from treadle.contract import work as w
from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, Code, End, Environment, Options, SubmitRun
from treadle.contract.tracking import frame
from treadle.core.content import digest_bytes
from treadle.core.definition import Definition, Input, Parameter, Retry
from treadle.core.errors import LeaseLost, ParameterError, PipelineChanged, StateError, UnknownDataset, UsageError
from treadle.core.ids import new_key
from treadle.core.operation import Call
from treadle.engines.protocol import Sight
from treadle.runs import explain, operations, work
from treadle.runs.dispatch import Dispatch, silent, sweep
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")
HERE = Environment(digest="e" * 64, python="3.11", platform="Linux")


class Engine:
    """Takes jobs and does nothing with them."""

    def __init__(self, room: float = 100.0) -> None:
        self.jobs: list[w.Job] = []
        self.free = room

    def room(self) -> float:
        return self.free

    def most(self) -> float:
        return 100.0

    def submit(self, job: Any) -> str:
        self.jobs.append(job)
        return str(job.attempt)

    def look(self, handles: Sequence[str]) -> dict[str, Sight]:
        return {h: Sight(handle=h, state="unknown") for h in handles}

    def stop(self, handle: str, grace: float) -> None: ...


class Bench:
    """A database with one dispatcher and its engine."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.store, self.blobs = database, blobs
        self.engine = Engine()
        self.dispatch = Dispatch(database, {"local": self.engine}, process="p1", environment=lambda _: HERE)

    def submit(
        self, name: str = "train", *, parameters: dict[str, Any] | None = None, bindings: dict[str, Binding] | None = None, **more: Any
    ) -> words.Run:
        definition = Definition(
            kind=more.pop("kind", "step"),
            name=name,
            file="train.py",
            function=name,
            parameters=tuple(Parameter(name=k, schema={}) for k in parameters or {}),
            inputs=tuple(Input(name=k) for k in bindings or {}),
            retry=more.pop("retry", Retry()),
        )
        options = more.pop("options", Options())
        code = Code(digest=more.pop("code", "c") * 64, snapshot="s" * 64)
        request = SubmitRun(
            key=more.pop("key", new_key()),
            definition=definition,
            parameters=parameters or {},
            bindings=bindings or {},
            code=code,
            options=options,
        )
        return operations.submit(request, CALL, self.store)

    def tick(self) -> list[w.Job]:
        """Turns until nothing moves; answers the jobs that were handed out."""
        before = len(self.engine.jobs)
        while self.dispatch.tick():
            pass
        return self.engine.jobs[before:]

    def finish(self, job: w.Job, end: End | None = None, value: bytes = b"1") -> w.Answers:
        artifact = Artifact(name="result", digest=digest_bytes(value), size=len(value), format="json", inline=value)
        report = w.FinishAttempt(held=held(job), end=end or End(kind="done"), outputs=() if end else (artifact,))
        return work.finish(w.FinishAttempts(attempts=(report,)), CALL, self.store, self.blobs)

    def state(self, run: words.Run | int) -> str:
        number = run if isinstance(run, int) else run.id
        return operations.get_run(words.RunRef(run=str(number)), CALL, self.store).state

    def get(self, run: words.Run | int) -> words.Run:
        return operations.get_run(words.RunRef(run=str(run if isinstance(run, int) else run.id)), CALL, self.store)


def held(job: w.Job) -> w.Held:
    return w.Held(attempt=job.attempt, token=job.token)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs", tmp_path / "cache")


@pytest.fixture
def bench(database: Database, blobs: Blobs) -> Bench:
    return Bench(database, blobs)


def begin(bench: Bench, job: w.Job) -> w.Answers:
    return work.begin(w.BeginAttempts(attempts=(w.BeginAttempt(held=held(job), host="h", handle="1 2"),)), CALL, bench.store)


def test_a_run_goes_its_way_and_leaves_its_news(bench: Bench) -> None:
    run = bench.submit()
    assert bench.state(run) == "queued"
    (job,) = bench.tick()
    assert bench.state(run) == "starting"
    begin(bench, job)
    assert bench.state(run) == "running"
    bench.finish(job)
    done = bench.get(run)
    assert (done.state, done.outputs[0].inline, [a.state for a in done.attempts]) == ("done", b"1", ["ended"])
    with bench.store.reading() as tx:
        assert [row.kind for row in tx.all(select(t.journal).order_by(t.journal.c.id))] == ["run.queued", "run.running", "run.done"]


def test_the_same_key_is_the_same_run(bench: Bench) -> None:
    assert bench.submit(key="once").id == bench.submit(key="once").id
    assert len(bench.tick()) == 1


def test_a_finished_equal_run_answers_the_next_one(bench: Bench) -> None:
    first = bench.submit(parameters={"lr": 0.1})
    bench.finish(bench.tick()[0])
    second, third = bench.submit(parameters={"lr": 0.1}), bench.submit(parameters={"lr": 0.2})
    assert [job.run for job in bench.tick()] == [third.id]
    reused = bench.get(second)
    assert (reused.state, reused.reused_from, reused.outputs[0].inline) == ("done", first.id, b"1")
    again = bench.submit(parameters={"lr": 0.1}, options=Options(cache=False))
    assert [job.run for job in bench.tick()] == [again.id]


def test_a_run_waits_for_what_it_takes_and_takes_it_as_it_is(bench: Bench) -> None:
    first = bench.submit("prepare")
    second = bench.submit("train", bindings={"rows": Binding(run=first.id)})
    third = bench.submit("score", parameters={}, bindings={"both": Binding(many=(Binding(run=first.id), Binding(run=second.id)))})
    assert [job.run for job in bench.tick()] == [first.id]
    bench.finish(bench.engine.jobs[-1], value=b"7")
    (job,) = bench.tick()
    assert (job.run, job.inputs["rows"].artifacts[0].inline, job.inputs["rows"].own) == (second.id, b"7", True)
    bench.finish(job, value=b"8")
    (job,) = bench.tick()
    assert (job.run, [a.inline for a in job.inputs["both"].artifacts]) == (third.id, [b"7", b"8"])


def test_what_waited_for_a_failure_fails_with_it(bench: Bench) -> None:
    first = bench.submit("prepare")
    second = bench.submit("train", bindings={"rows": Binding(run=first.id)})
    third = bench.submit("score", bindings={"rows": Binding(run=second.id)})
    bench.finish(bench.tick()[0], End(kind="raised", error="ValueError", message="no"))
    assert [bench.state(r) for r in (first, second, third)] == ["failed", "failed", "failed"]
    late = bench.submit("late", bindings={"rows": Binding(run=first.id)})
    assert bench.state(late) == "failed"
    assert bench.tick() == []


def test_many_dispatchers_claim_each_run_once(database: Database, blobs: Blobs) -> None:
    bench = Bench(database, blobs)
    runs = [bench.submit(parameters={"n": n}) for n in range(24)]
    engines = [Engine(room=3.0) for _ in range(4)]

    def work_off(engine: Engine, name: str) -> None:
        dispatch = Dispatch(database, {"local": engine}, process=name, environment=lambda _: HERE)
        for _ in range(60):
            dispatch.tick()

    threads = [threading.Thread(target=work_off, args=(engine, str(i))) for i, engine in enumerate(engines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed = [job.run for engine in engines for job in engine.jobs]
    assert sorted(claimed) == [run.id for run in runs]


def test_a_result_is_taken_once_and_only_from_the_holder(bench: Bench) -> None:
    run = bench.submit()
    (job,) = bench.tick()
    thief = msgspec.structs.replace(job, token="stolen")
    assert bench.finish(thief).lost == (job.attempt,)
    assert bench.state(run) == "starting"
    assert bench.finish(job).lost == ()
    assert bench.finish(job, value=b"2").lost == (job.attempt,)
    assert bench.get(run).outputs[0].inline == b"1"


def test_a_worker_that_wakes_after_its_lease_changes_nothing(bench: Bench) -> None:
    run = bench.submit()
    (job,) = bench.tick()
    begin(bench, job)
    with bench.store.transaction() as tx:
        tx.execute(update(t.attempt).values(lease_until=tx.now - 1))
    expired = silent(bench.store, CALL)
    assert expired == {job.attempt}
    assert sweep(bench.store, CALL, gone=lambda *_: False, keeper=True, expired=set()) == 0  # seen once only: it may be the clock
    assert sweep(bench.store, CALL, gone=lambda *_: False, keeper=True, expired=expired) == 1
    with bench.store.transaction() as tx:
        tx.execute(update(t.run).values(not_before=0.0))
    (again,) = bench.tick()
    assert (again.run, again.number) == (run.id, 2)
    assert bench.finish(job, value=b"old").lost == (job.attempt,)
    bench.finish(again, value=b"new")
    done = bench.get(run)
    assert (done.outputs[0].inline, [a.state for a in done.attempts]) == (b"new", ["lost", "ended"])


def test_heartbeats_extend_leases_and_bring_news(bench: Bench) -> None:
    run = bench.submit()
    (job,) = bench.tick()
    with bench.store.transaction() as tx:
        tx.execute(update(t.attempt).values(lease_until=tx.now + 1))
    assert work.beat(w.Beat(held=(held(job), w.Held(attempt="x", token="y"))), CALL, bench.store).lost == ("x",)
    assert silent(bench.store, CALL) == set()
    with bench.store.reading() as tx:
        assert tx.all(select(t.attempt.c.lease_until))[0][0] > tx.now + 20
    operations.stop(words.StopRun(run=str(run.id)), CALL, bench.store)
    assert work.beat(w.Beat(held=(held(job),)), CALL, bench.store).stop == (job.attempt,)
    bench.finish(job, End(kind="stopped"))
    assert bench.state(run) == "stopped"


def test_nobody_there_means_failed_and_somebody_there_means_another_try(bench: Bench) -> None:
    run = bench.submit()
    bench.tick()
    sweep(bench.store, CALL, gone=lambda *_: True, keeper=False)
    assert (bench.state(run), bench.get(run).reason) == ("failed", "lost")
    operations.resume(words.ResumeRun(run=str(run.id)), CALL, bench.store)
    bench.tick()
    sweep(bench.store, CALL, gone=lambda *_: True, keeper=True)
    assert bench.state(run) == "queued"


def test_failures_are_tried_again_as_declared_and_then_no_more(bench: Bench) -> None:
    run = bench.submit(retry=Retry(times=2, delay=0.0))
    for expected in ("queued", "queued", "failed"):
        (job,) = bench.tick()
        bench.finish(job, End(kind="raised", error="E", message="m"))
        assert bench.state(run) == expected
    assert bench.tick() == []


def parent_of(bench: Bench) -> w.Job:
    bench.submit("nightly", kind="pipeline")
    (job,) = bench.tick()
    begin(bench, job)
    return job


def child(call: str, *, parameters: dict[str, Any] | None = None, bindings: dict[str, Binding] | None = None) -> w.ChildCall:
    definition = Definition(
        kind="step",
        name=call.partition("#")[0],
        file="n.py",
        function="f",
        parameters=tuple(Parameter(name=k, schema={}) for k in parameters or {}),
        inputs=tuple(Input(name=k) for k in bindings or {}),
    )
    return w.ChildCall(
        call=call,
        definition=definition,
        parameters=parameters or {},
        bindings=bindings or {},
        code=Code(digest="c" * 64, snapshot="s" * 64),
    )


def test_calls_of_a_pipeline_are_recorded_once_and_answered_from_the_record(bench: Bench) -> None:
    job = parent_of(bench)
    calls = (child("a#0", parameters={"n": 1}), child("b#0", bindings={"x": Binding(call="a#0")}))
    first = work.submit_children(w.SubmitChildren(held=held(job), calls=calls), CALL, bench.store)
    again = work.submit_children(w.SubmitChildren(held=held(job), calls=calls), CALL, bench.store)
    assert first == again
    assert [c.call_key for c in bench.get(job.run).children] == ["a#0", "b#0"]
    (made,) = bench.tick()
    bench.finish(made)
    assert work.settled(w.Await(runs=first.runs), CALL, bench.store).runs[0].outputs[0].inline == b"1"


def test_a_body_that_changed_in_the_middle_fails_loudly(bench: Bench) -> None:
    job = parent_of(bench)
    work.submit_children(w.SubmitChildren(held=held(job), calls=(child("a#0", parameters={"n": 1}),)), CALL, bench.store)
    with pytest.raises(PipelineChanged, match="a#0"):
        work.submit_children(w.SubmitChildren(held=held(job), calls=(child("a#0", parameters={"n": 2}),)), CALL, bench.store)
    with pytest.raises(LeaseLost):
        work.submit_children(w.SubmitChildren(held=w.Held(attempt=job.attempt, token="no"), calls=()), CALL, bench.store)


def test_stopping_a_pipeline_stops_what_it_started(bench: Bench) -> None:
    job = parent_of(bench)
    calls = (child("a#0"), child("b#0", bindings={"x": Binding(call="a#0")}))
    numbers = work.submit_children(w.SubmitChildren(held=held(job), calls=calls), CALL, bench.store).runs
    (running,) = bench.tick()
    operations.stop(words.StopRun(run=str(job.run)), CALL, bench.store)
    assert bench.state(numbers[1]) == "stopped"
    assert set(work.beat(w.Beat(held=(held(job), held(running))), CALL, bench.store).stop) == {job.attempt, running.attempt}
    with pytest.raises(StateError):
        operations.stop(words.StopRun(run=str(numbers[1])), CALL, bench.store)


def test_logs_and_spools_arrive_once_however_often_they_are_sent(bench: Bench) -> None:
    run = bench.submit()
    (job,) = bench.tick()
    for offset, data in ((0, b"one "), (0, b"one two "), (4, b"two three"), (99, b"later")):
        work.ship_log(w.ShipLog(held=held(job), offset=offset, data=data), CALL, bench.store)
    log = operations.read_log(words.ReadLog(run=str(run.id)), CALL, bench.store, None)  # type: ignore[arg-type]
    assert (log.data, log.ended) == (b"one two three", False)
    part = operations.read_log(words.ReadLog(run=str(run.id), offset=5, limit=3), CALL, bench.store, None)  # type: ignore[arg-type]
    assert part.data == b"wo "


def test_a_piece_of_a_log_tells_its_size_and_what_came_from_where(bench: Bench) -> None:
    run = bench.submit()
    (job,) = bench.tick()
    work.ship_log(w.ShipLog(held=held(job), offset=0, data=b"out\nerr\nout\n"), CALL, bench.store)
    records = b"".join(frame({"k": "stream", "t": 10.0 + at, "at": at, "s": name}) for at, name in ((4, "stderr"), (8, "stdout")))
    work.ship_spool(w.ShipSpool(held=held(job), offset=0, data=records), CALL, bench.store)

    def read(**more: Any) -> words.Log:
        return operations.read_log(words.ReadLog(run=str(run.id), **more), CALL, bench.store, bench.blobs)

    whole = read(marks=True)
    assert (whole.size, [(m.offset, m.stream) for m in whole.marks]) == (12, [(0, "stdout"), (4, "stderr"), (8, "stdout")])
    assert [m.at for m in whole.marks[1:]] == [14.0, 18.0]
    last = read(offset=-6, marks=True)
    assert (last.offset, last.data, [(m.offset, m.stream) for m in last.marks]) == (6, b"r\nout\n", [(4, "stderr"), (8, "stdout")])
    assert [m.offset for m in read(offset=4, limit=4, marks=True).marks] == [4]
    assert read(offset=-100).data == whole.data
    assert read().marks == ()


def test_what_cannot_be_asked_for_is_said_by_name(bench: Bench) -> None:
    with pytest.raises(UnknownDataset, match="flights"):
        bench.submit(bindings={"rows": Binding(dataset="dataset://flights")})
    with pytest.raises(UsageError, match="no engine `cloud`"):
        bench.submit(options=Options(engine="cloud"))
    definition = Definition(kind="step", name="x", file="x.py", function="x")
    with pytest.raises(ParameterError, match="no parameter"):
        operations.submit(SubmitRun(key="k", definition=definition, parameters={"n": 1}), CALL, bench.store)


def test_why_and_diff_name_what_differs(bench: Bench) -> None:
    first = bench.submit(parameters={"lr": 0.1})
    bench.finish(bench.tick()[0])
    second = bench.submit(parameters={"lr": 0.2}, code="d")
    bench.finish(bench.tick()[0], value=b"2")
    why = explain.why(words.RunRef(run=str(second.id)), CALL, bench.store)
    assert why.compared_with == first.id
    assert {p.part for p in why.parts if not p.equal} == {"parameters", "code"}
    assert "lr 0.1 -> 0.2" in why.sentence
    rows = explain.diff(words.DiffRuns(a=str(first.id), b=str(second.id)), CALL, bench.store).differences
    assert {(d.section, d.name) for d in rows if not d.equal} >= {("parameters", "lr"), ("outputs", "result"), ("code", "digest")}


def test_a_job_can_be_built_again_from_the_record(bench: Bench) -> None:
    first = bench.submit("prepare")
    bench.finish(bench.tick()[0])
    bench.submit("train", parameters={"lr": 1}, bindings={"rows": Binding(run=first.id)})
    (job,) = bench.tick()
    assert work.take_job(w.TakeJob(attempt=job.attempt, token=job.token), CALL, bench.store) == job
    with pytest.raises(LeaseLost):
        work.take_job(w.TakeJob(attempt=job.attempt, token="no"), CALL, bench.store)
