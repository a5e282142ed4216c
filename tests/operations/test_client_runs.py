"""Runs that clients open and tell of: experiments, batches, histories, files and logged models, on both dialects."""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from treadle.assemble import Record
from treadle.blobs import open_blobs
from treadle.contract import client_runs as runs
from treadle.contract import data, experiments, files, logged_models, points
from treadle.contract import runs as native
from treadle.contract.points import Points
from treadle.contract.search import Compare, Criterion, Key, Sort
from treadle.core.errors import (
    ExperimentExists,
    MissingContent,
    NotFound,
    ParameterChanged,
    StateError,
    UnknownExperiment,
    UnknownRun,
    UsageError,
)
from treadle.core.operation import Call
from treadle.data import manifest
from treadle.store import tables as t
from treadle.store.database import Database

ANN = Call(actor="ann")


@pytest.fixture
def record(database: Database, tmp_path: Path) -> Record:
    return Record(tmp_path, database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))


def opened(record: Record, **more: Any) -> runs.RunRow:
    row: runs.RunRow = record.call(runs.open_run, runs.OpenRun(key=secrets.token_hex(16), source="train.py", **more), ANN)
    return row


def log(record: Record, run: str, **more: Any) -> int:
    logged: points.Logged = record.call(points.log_run, points.LogRun(run=run, **more), ANN)
    return logged.points


def history(record: Record, run: str, name: str, **more: Any) -> list[tuple[int, float, float | None]]:
    found: list[tuple[int, float, float | None]] = []
    after = None
    while True:
        page = record.call(points.read_history, points.ReadHistory(runs=(run,), name=name, after=after, **more), ANN)
        for one in page.runs:
            found += zip(one.points.steps, one.points.times, one.points.values, strict=True)
        after = page.next
        if after is None:
            return found


def line(count: int, first: int = 0) -> Points:
    steps = list(range(first, first + count))
    return Points(steps, [1000.0 + step for step in steps], [1 / (step + 1) for step in steps])


# --- experiments ----------------------------------------------------------------------------------------------------------------


def test_experiments_are_made_found_renamed_and_tagged(record: Record) -> None:
    made = record.call(experiments.create_experiment, experiments.CreateExperiment(name="iris", tags={"team": "blue"}), ANN)
    assert (made.id > 0, made.name, made.tags) == (True, "iris", {"team": "blue"})
    with pytest.raises(ExperimentExists):
        record.call(experiments.create_experiment, experiments.CreateExperiment(name="iris"), ANN)
    with pytest.raises(ExperimentExists):
        record.call(experiments.create_experiment, experiments.CreateExperiment(name="Default"), ANN)
    changed = record.call(
        experiments.change_experiment, experiments.ChangeExperiment(id=made.id, name="irises", tags={"team": None, "a": "1"}), ANN
    )
    assert (changed.name, changed.tags) == ("irises", {"a": "1"})
    assert record.call(experiments.get_experiment, experiments.FindExperiment(name="irises"), ANN).id == made.id
    with pytest.raises(UnknownExperiment):
        record.call(experiments.get_experiment, experiments.FindExperiment(name="iris"), ANN)
    default = record.call(experiments.get_experiment, experiments.FindExperiment(id=0), ANN)
    assert (default.id, default.name) == (0, "Default")
    tagged = record.call(experiments.change_experiment, experiments.ChangeExperiment(id=0, tags={"b": "2"}), ANN)
    assert (tagged.id, tagged.tags) == (0, {"b": "2"})
    with pytest.raises(UsageError):
        record.call(experiments.change_experiment, experiments.ChangeExperiment(id=0, name="other"), ANN)
    with pytest.raises(UsageError):
        record.call(experiments.delete_experiment, experiments.ExperimentRef(id=0), ANN)


def test_of_many_that_make_the_same_experiment_one_succeeds(record: Record) -> None:
    ready = threading.Barrier(8)

    def make(_: int) -> int | None:
        ready.wait(30)
        try:
            made: experiments.Experiment = record.call(experiments.create_experiment, experiments.CreateExperiment(name="same"), ANN)
        except ExperimentExists:
            return None
        return made.id

    with ThreadPoolExecutor(8) as pool:
        made = [number for number in pool.map(make, range(8)) if number is not None]
    assert len(made) == 1
    assert record.call(experiments.get_experiment, experiments.FindExperiment(name="same"), ANN).id == made[0]


def test_experiments_are_listed_by_conditions_and_in_pages(record: Record) -> None:
    for name in ("alpha", "beta", "gamma"):
        record.call(experiments.create_experiment, experiments.CreateExperiment(name=name, tags={"letter": name[0]}), ANN)

    def listed(**more: Any) -> list[str]:
        found: list[str] = []
        after = None
        while True:
            page = record.call(experiments.list_experiments, experiments.ListExperiments(after=after, limit=2, **more), ANN)
            assert len(page.experiments) <= 2
            found += [one.name for one in page.experiments]
            after = page.next
            if after is None:
                return found

    assert listed(sort=("name",)) == ["Default", "alpha", "beta", "gamma"]
    assert listed(sort=("-name",)) == ["gamma", "beta", "alpha", "Default"]
    assert listed(criteria=(Criterion(key="name", operator="like", value="%a"),), sort=("name",)) == ["alpha", "beta", "gamma"]
    assert listed(criteria=(Criterion(key="tags.letter", operator="=", value="b"),)) == ["beta"]
    assert listed(criteria=(Criterion(key="tags.letter", operator="null"),)) == ["Default"]
    assert listed(deleted="only") == []


def test_a_deleted_experiment_takes_its_runs_along_and_brings_them_back(record: Record) -> None:
    number = record.call(experiments.create_experiment, experiments.CreateExperiment(name="gone"), ANN).id
    kept, before = opened(record, experiment=number), opened(record, experiment=number)
    record.call(runs.delete_run, runs.KeyedRun(run=before.key), ANN)
    record.call(experiments.delete_experiment, experiments.ExperimentRef(id=number), ANN)
    with pytest.raises(StateError):
        opened(record, experiment=number)
    with pytest.raises(StateError):
        log(record, kept.key, parameters={"a": "1"})
    assert record.call(native.list_runs, native.ListRuns(), ANN).runs == ()
    record.call(experiments.restore_experiment, experiments.ExperimentRef(id=number), ANN)
    assert [one.id for one in record.call(native.list_runs, native.ListRuns(), ANN).runs] == [kept.id]


# --- runs -----------------------------------------------------------------------------------------------------------------------


def test_a_run_is_opened_once_told_of_and_ended(record: Record) -> None:
    run = opened(record, name="first", tags={"team": "blue"}, started_at=1000.0)
    assert (run.state, run.started_at, run.tags) == ("running", 1000.0, {"team": "blue"})
    again = record.call(runs.open_run, runs.OpenRun(key=run.key, name="second"), ANN)
    assert (again.id, again.name) == (run.id, "first")
    child = opened(record, parent=run.key)
    ended = record.call(runs.change_run, runs.ChangeRun(run=run.key, state="done", ended_at=1500.0), ANN)
    assert (ended.state, ended.ended_at) == ("done", 1500.0)
    shown = record.call(native.get_run, native.RunRef(run=run.key), ANN)
    assert (shown.id, shown.key, [one.id for one in shown.children]) == (run.id, run.key, [child.id])
    reopened = record.call(runs.change_run, runs.ChangeRun(run=run.key, state="running"), ANN)
    assert (reopened.state, reopened.ended_at) == ("running", None)
    with pytest.raises(UnknownRun):
        record.call(runs.get_row, runs.KeyedRun(run="0" * 32), ANN)
    with pytest.raises(UnknownRun):
        record.call(runs.get_row, runs.KeyedRun(run=run.key), Call(actor="ann", project="other"))


def test_a_batch_is_taken_whole_or_not_at_all_and_twice_is_once(record: Record) -> None:
    run = opened(record)
    batch: dict[str, Any] = {"points": {"loss": line(5)}, "parameters": {"lr": "0.1"}, "tags": {"a": "1"}}
    assert log(record, run.key, **batch) == 5
    assert log(record, run.key, **batch) == 0
    with pytest.raises(ParameterChanged) as refused:
        log(record, run.key, points={"loss": line(5, 5)}, parameters={"lr": "0.2"}, tags={"a": "2"})
    assert (refused.value.name, refused.value.before, refused.value.after) == ("lr", "0.1", "0.2")
    row = record.call(runs.get_row, runs.KeyedRun(run=run.key), ANN)
    assert (row.parameters, row.tags, [one.step for one in row.metrics]) == ({"lr": "0.1"}, {"a": "1"}, [4])
    assert len(history(record, run.key, "loss")) == 5
    log(record, run.key, tags={"a": None})
    assert record.call(runs.get_row, runs.KeyedRun(run=run.key), ANN).tags == {}


def test_odd_values_and_steps_out_of_order(record: Record) -> None:
    run = opened(record)
    log(record, run.key, points={"m": Points([5, 1, 3, 3], [1.0, 2.0, 3.0, 4.0], [math.inf, -math.inf, None, 0.5])})
    log(record, run.key, points={"m": Points([2, 3], [1.0, 4.0], [7.0, 0.5])})
    assert history(record, run.key, "m") == [(1, 2.0, -math.inf), (2, 1.0, 7.0), (3, 3.0, None), (3, 4.0, 0.5), (5, 1.0, math.inf)]
    last = record.call(runs.get_row, runs.KeyedRun(run=run.key), ANN).metrics[0]
    assert (last.step, last.value) == (5, math.inf)
    for wrong in (Points([1], [1.0], []), Points([1 << 63], [1.0], [1.0]), Points([1], [math.inf], [1.0])):
        with pytest.raises(UsageError):
            log(record, run.key, points={"m": wrong})
    with pytest.raises(UsageError):
        log(record, run.key, points={"": line(1)})
    with pytest.raises(UsageError):
        log(record, run.key, parameters={"x" * 2000: "1"})


def test_ten_thousand_metrics_of_one_run(record: Record) -> None:
    run = opened(record)
    for start in range(0, 10_000, 1000):
        log(record, run.key, points={f"metric {number}": line(1, number) for number in range(start, start + 1000)})
    row = record.call(runs.get_row, runs.KeyedRun(run=run.key), ANN)
    assert len(row.metrics) == 10_000
    assert history(record, run.key, "metric 7777")[0][0] == 7777


def test_clients_that_log_at_the_same_time_lose_nothing(record: Record) -> None:
    made = [opened(record) for _ in range(4)]

    def write(worker: int) -> None:
        for part in range(20):
            log(record, made[worker % 4].key, points={f"w{worker}": line(10, part * 10)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    for worker in range(8):
        assert [step for step, _, _ in history(record, made[worker % 4].key, f"w{worker}")] == list(range(200))


def test_a_history_comes_in_pages_ranges_and_samples(record: Record) -> None:
    run = opened(record)
    for first in range(0, 5000, 1000):
        log(record, run.key, points={"loss": line(1000, first)})
    assert [step for step, _, _ in history(record, run.key, "loss", limit=700)] == list(range(5000))
    assert [step for step, _, _ in history(record, run.key, "loss", start=10, end=12)] == [10, 11, 12]
    sampled = history(record, run.key, "loss", sample=100)
    assert 90 <= len(sampled) <= 104
    assert (sampled[0][0], sampled[-1][0]) == (0, 4999)
    assert history(record, run.key, "nothing") == []


def test_runs_are_deleted_restored_and_found(record: Record) -> None:
    number = record.call(experiments.create_experiment, experiments.CreateExperiment(name="e"), ANN).id
    made = [opened(record, experiment=number, name=f"r{i}") for i in range(5)]
    for place, one in enumerate(made):
        log(record, one.key, points={"auc": Points([0], [1.0], [place / 10])}, parameters={"n": str(place)})
    best = Sort(key=Key(area="metric", name="auc", part="last"), descending=True)

    def found(**more: Any) -> list[str]:
        asked = runs.FindRows(experiments=(number,), sorts=(best,), **more)
        return [one.name for one in record.call(runs.find_rows, asked, ANN).rows]

    assert found() == ["r4", "r3", "r2", "r1", "r0"]
    assert found(where=Compare(key=Key(area="parameter", name="n"), operator=">", value=2.0)) == ["r4", "r3"]
    record.call(runs.delete_run, runs.KeyedRun(run=made[4].key), ANN)
    assert (found(), found(deleted="only"), len(found(deleted="both"))) == (["r3", "r2", "r1", "r0"], ["r4"], 5)
    record.call(runs.restore_run, runs.KeyedRun(run=made[4].key), ANN)
    assert found()[0] == "r4"
    first = record.call(runs.find_rows, runs.FindRows(experiments=(number,), sorts=(best,), limit=2), ANN)
    second = record.call(runs.find_rows, runs.FindRows(experiments=(number,), sorts=(best,), limit=2, after=first.next), ANN)
    assert [one.name for one in (*first.rows, *second.rows)] == ["r4", "r3", "r2", "r1"]


def test_inputs_are_described_summarized_and_searched(record: Record) -> None:
    run, other = opened(record), opened(record)
    given = runs.DescribedInput(name="flights", digest="abc", source_type="local", source="{}", tags={"mlflow.data.context": "training"})
    record.call(runs.describe_inputs, runs.DescribeInputs(run=run.key, inputs=(given, given)), ANN)
    row = record.call(runs.get_row, runs.KeyedRun(run=run.key), ANN)
    assert row.inputs == (given,)
    assert record.call(native.get_run, native.RunRef(run=run.key), ANN).described == (given,)
    summary = record.call(runs.summarize_inputs, runs.InputSummaries(experiments=(0,)), ANN)
    assert [(one.name, one.digest, one.context) for one in summary] == [("flights", "abc", "training")]
    for key, value, names in (("name", "flights", [run.name]), ("context", "training", [run.name]), ("digest", "x", [])):
        where = Compare(key=Key(area="input", name=key), operator="=", value=value)
        assert [one.name for one in record.call(runs.find_rows, runs.FindRows(where=where), ANN).rows] == names
    assert other.inputs == ()


# --- files ----------------------------------------------------------------------------------------------------------------------


def put(record: Record, owner: str, path: str, data: bytes) -> files.KeptFile:
    kept: files.KeptFile = record.call(files.put_file, files.PutFile(owner=owner, path=path), ANN, stream=iter([data]))
    return kept


def read(record: Record, owner: str, path: str, **more: Any) -> bytes:
    return b"".join(record.call(files.get_file, files.GetFile(owner=owner, path=path, **more), ANN).blocks)


def test_files_are_kept_listed_replaced_and_deleted(record: Record) -> None:
    owner = f"runs/{opened(record).key}"
    put(record, owner, "a.txt", b"one")
    put(record, owner, "model/MLmodel", b"flavors: {}")
    put(record, owner, "model/deep/x.bin", bytes(3 << 20))
    put(record, owner, "a.txt", b"two!")
    assert read(record, owner, "a.txt") == b"two!"
    assert read(record, owner, "a.txt", start=1, length=2) == b"wo"
    assert read(record, owner, "a.txt", start=-2) == b"o!"
    assert read(record, owner, "model/deep/x.bin") == bytes(3 << 20)

    def listed(path: str = "", **more: Any) -> list[tuple[str, bool, int]]:
        return [
            (one.path, one.folder, one.size) for one in record.call(files.list_files, files.ListFiles(owner=owner, path=path, **more), ANN)
        ]

    assert listed() == [("a.txt", False, 4), ("model", True, 0)]
    assert listed("model") == [("model/MLmodel", False, 11), ("model/deep", True, 0)]
    assert listed("a.txt") == []
    assert [path for path, _, _ in listed(deep=True)] == ["a.txt", "model/MLmodel", "model/deep/x.bin"]
    with pytest.raises(StateError):
        put(record, owner, "a.txt/below", b"x")
    with pytest.raises(UsageError):
        put(record, owner, "../out", b"x")
    with pytest.raises(NotFound):
        read(record, owner, "missing")
    assert record.call(files.delete_files, files.DeleteFiles(owner=owner, path="model"), ANN).count == 2
    assert listed() == [("a.txt", False, 4)]


def test_an_upload_that_breaks_off_leaves_what_was_there(record: Record) -> None:
    owner = f"runs/{opened(record).key}"
    put(record, owner, "a", b"before")

    def breaks() -> Iterator[bytes]:
        yield bytes(2 << 20)
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        record.call(files.put_file, files.PutFile(owner=owner, path="a"), ANN, stream=breaks())
    assert read(record, owner, "a") == b"before"
    assert not list((record.home / "blobs/staging").glob("*"))


def test_a_large_file_arrives_in_parts_in_any_order(record: Record) -> None:
    owner = f"runs/{opened(record).key}"
    upload = record.call(files.begin_upload, files.BeginUpload(owner=owner, path="big", parts=3), ANN)

    def part(number: int, data: bytes) -> str:
        stored: files.StoredPart = record.call(files.put_part, files.PutPart(id=upload.id, number=number), ANN, stream=iter([data]))
        return stored.digest

    third, first = part(3, b"c" * 10), part(1, b"a" * 10)
    with pytest.raises(Exception, match="part 2"):
        record.call(files.complete_upload, files.CompleteUpload(id=upload.id), ANN)
    part(2, b"wrong")
    second = part(2, b"b" * 10)
    with pytest.raises(Exception, match="part 2"):
        record.call(files.complete_upload, files.CompleteUpload(id=upload.id, digests={1: first, 2: first, 3: third}), ANN)
    kept = record.call(files.complete_upload, files.CompleteUpload(id=upload.id, digests={1: first, 2: second, 3: third}), ANN)
    assert (kept.path, kept.size) == ("big", 30)
    assert read(record, owner, "big") == b"a" * 10 + b"b" * 10 + b"c" * 10
    with pytest.raises(NotFound):
        part(1, b"late")
    other = record.call(files.begin_upload, files.BeginUpload(owner=owner, path="big", parts=1), ANN)
    with pytest.raises(NotFound):
        record.call(files.abort_upload, files.AbortUpload(id=other.id), Call(actor="eve", project="other"))
    record.call(files.abort_upload, files.AbortUpload(id=other.id), ANN)
    assert not list((record.home / "uploads").glob("*"))
    for wrong in ("../../etc", "x", "0" * 32):
        with pytest.raises(NotFound):
            record.call(files.put_part, files.PutPart(id=wrong, number=1), ANN, stream=iter([b""]))


# --- logged models --------------------------------------------------------------------------------------------------------------


def test_a_logged_model_is_sealed_when_it_is_ready(record: Record) -> None:
    run = opened(record)
    model = record.call(
        logged_models.open_model, logged_models.OpenLoggedModel(run=run.key, name="clf", type="sklearn", parameters={"C": "1"}), ANN
    )
    assert (model.state, model.run, model.artifact) == ("pending", run.key, None)
    put(record, f"models/{model.id}", "MLmodel", b"flavors: {}")
    put(record, f"models/{model.id}", "model.skops", b"data")
    ready = record.call(logged_models.change_model, logged_models.ChangeLoggedModel(id=model.id, state="ready"), ANN)
    assert ready.artifact is not None
    assert (ready.artifact.tree, ready.artifact.format, ready.artifact.pickled) == (True, "mlflow", False)
    assert sorted(manifest.decode(record.blobs.read(ready.artifact.digest))) == ["MLmodel", "model.skops"]
    shown = record.call(native.get_run, native.RunRef(run=run.key), ANN)
    assert [(one.name, one.format) for one in shown.logged] == [("clf", "mlflow")]
    put(record, f"models/{model.id}", "model.pkl", b"data")
    again = record.call(logged_models.change_model, logged_models.ChangeLoggedModel(id=model.id, state="ready"), ANN)
    assert again.artifact.pickled
    record.call(logged_models.delete_model, logged_models.LoggedModelRef(id=model.id), ANN)
    with pytest.raises(NotFound):
        record.call(logged_models.get_model, logged_models.LoggedModelRef(id=model.id), ANN)
    with pytest.raises(NotFound):
        put(record, f"models/{model.id}", "late", b"x")


def test_a_sweep_keeps_what_clients_keep(record: Record) -> None:
    """A logged model that no run has made, and files of runs, are named by nothing else."""
    model = record.call(logged_models.open_model, logged_models.OpenLoggedModel(name="clf"), ANN)
    put(record, f"models/{model.id}", "MLmodel", b"flavors: {}")
    ready = record.call(logged_models.change_model, logged_models.ChangeLoggedModel(id=model.id, state="ready"), ANN)
    owner = f"runs/{opened(record).key}"
    put(record, owner, "kept.txt", b"kept")
    put(record, owner, "kept.txt", b"replaced")
    dropped = record.blobs.put(b"named by nothing")
    record.call(data.sweep_data, data.SweepData(remove=True, older_than=0), ANN)
    assert sorted(manifest.decode(record.blobs.read(ready.artifact.digest))) == ["MLmodel"]
    assert read(record, owner, "kept.txt") == b"replaced"
    with pytest.raises(MissingContent):
        record.blobs.read(dropped)


def test_logged_models_are_found_by_how_well_they_did(record: Record) -> None:
    run = opened(record)
    made = []
    for place in range(3):
        model = record.call(
            logged_models.open_model, logged_models.OpenLoggedModel(run=run.key, name=f"m{place}", tags={"t": str(place)}), ANN
        )
        made.append(model.id)
        metric = logged_models.ModelMetric(model=model.id, name="acc", value=place / 10, at=1.0, dataset_name="d", dataset_digest="x")
        other = logged_models.ModelMetric(model=model.id, name="acc", value=1 - place / 10, at=2.0, dataset_name="e", dataset_digest="y")
        request = logged_models.LogModelMetrics(run=run.key, metrics=(metric, other))
        assert record.call(logged_models.log_model_metrics, request, ANN).count == 2
        assert record.call(logged_models.log_model_metrics, request, ANN).count == 0

    def found(**more: Any) -> list[str]:
        page = record.call(logged_models.find_models, logged_models.FindLoggedModels(experiments=(0,), **more), ANN)
        return [one.name for one in page.models]

    order = logged_models.ModelOrder(key="metrics.acc", descending=True, dataset_name="d", dataset_digest="x")
    assert found(order=(order,)) == ["m2", "m1", "m0"]
    above = Criterion(key="metrics.acc", operator=">", value=0.15)
    assert sorted(found(criteria=(above,))) == ["m0", "m1", "m2"]
    assert found(criteria=(above,), datasets=(("d", "x"),)) == ["m2"]
    assert found(criteria=(Criterion(key="tags.t", operator="=", value="1"),)) == ["m1"]
    assert found(criteria=(Criterion(key="state", operator="in", value=("ready",)),)) == []
    missing = logged_models.ModelMetric(model="m-" + "0" * 32, name="acc", value=1.0, at=1.0)
    with pytest.raises(NotFound):
        record.call(logged_models.log_model_metrics, logged_models.LogModelMetrics(run=run.key, metrics=(missing,)), ANN)
    with record.store.reading(ANN) as tx:
        assert len(tx.all(select(t.logged_model_metric))) == 6
