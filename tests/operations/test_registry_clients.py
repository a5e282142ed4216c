"""Models as tracking clients keep them, on both dialects: made at the same moment, filled, tagged, moved, deleted."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from treadle.assemble import Record
from treadle.blobs import open_blobs
from treadle.contract import client_runs, files, logged_models, registry, serving
from treadle.contract import registry_clients as words
from treadle.contract.search import Criterion
from treadle.core.errors import Conflict, ModelExists, NotPassed, StateError, UnknownModel, UsageError
from treadle.core.operation import Call
from treadle.store.database import Database

ANN = Call(actor="ann", role="admin")


@pytest.fixture
def record(database: Database, tmp_path: Path) -> Record:
    return Record(tmp_path, database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))


def ready_model(record: Record, name: str = "clf") -> logged_models.LoggedModel:
    run = record.call(client_runs.open_run, client_runs.OpenRun(key=secrets.token_hex(16)), ANN)
    model = record.call(logged_models.open_model, logged_models.OpenLoggedModel(run=run.key, name=name), ANN)
    record.call(files.put_file, files.PutFile(owner=f"models/{model.id}", path="MLmodel"), ANN, stream=iter([b"flavors: {}"]))
    ready: logged_models.LoggedModel = record.call(
        logged_models.change_model, logged_models.ChangeLoggedModel(id=model.id, state="ready"), ANN
    )
    return ready


def add(record: Record, model: str, **more: Any) -> words.ClientVersion:
    version: words.ClientVersion = record.call(
        words.add_version, words.AddVersion(**{"model": model, "source": "s3://somewhere/else", **more}), ANN
    )
    return version


def create(record: Record, name: str, **more: Any) -> words.ClientModel:
    model: words.ClientModel = record.call(words.create_model, words.CreateModel(name=name, **more), ANN)
    return model


def test_a_version_of_a_logged_model_is_a_version_like_any_other(record: Record) -> None:
    logged = ready_model(record)
    create(record, "churn", description="who leaves", tags={"team": "blue"})
    version = add(record, "churn", source=f"models:/{logged.id}", owner=f"models/{logged.id}", tags={"q": "ok"}, description="first")
    assert (version.number, version.run, version.logged_model, version.format) == (1, logged.run, logged.id, "mlflow")
    native = record.call(registry.get_version, registry.VersionRef(ref="churn@v1"), ANN)
    assert (native.artifact.digest, native.artifact.tree, native.stage) == (logged.artifact.digest, True, "candidate")
    assert native.run is not None
    assert native.card == {"Description": "first"}
    again = add(record, "churn", owner=f"models/{logged.id}")
    assert again.number == 2
    copied = add(record, "churn", copy_of="churn@v1")
    assert (copied.number, copied.format) == (3, "mlflow")
    model = record.call(words.get_model, words.ModelNamed(name="churn"), ANN)
    assert (model.description, model.tags, [one.number for one in model.latest]) == ("who leaves", {"team": "blue"}, [3])


def test_what_lies_elsewhere_is_recorded_and_never_opened(record: Record) -> None:
    create(record, "far")
    version = add(record, "far", source="file:///etc/passwd")
    assert (version.format, version.source) == ("external", "file:///etc/passwd")
    native = record.call(registry.get_version, registry.VersionRef(ref="far@v1"), ANN)
    assert (native.artifact.size, native.artifact.inline) == (0, b"")


def test_files_of_a_run_become_a_version(record: Record) -> None:
    run = record.call(client_runs.open_run, client_runs.OpenRun(key=secrets.token_hex(16)), ANN)
    for path in ("model/MLmodel", "model/model.pkl", "notes.txt"):
        record.call(files.put_file, files.PutFile(owner=f"runs/{run.key}", path=path), ANN, stream=iter([b"x"]))
    create(record, "m")
    add(record, "m", source=f"runs:/{run.key}/model", owner=f"runs/{run.key}", path="model")
    artifact = record.call(registry.get_version, registry.VersionRef(ref="m@v1"), ANN).artifact
    assert (artifact.format, artifact.size, artifact.pickled) == ("mlflow", 2, True)


def test_many_clients_make_one_model_and_versions_without_gaps_or_twins(record: Record) -> None:
    ready = threading.Barrier(8)

    def work(_: int) -> tuple[bool, list[int]]:
        ready.wait(30)
        try:
            create(record, "shared")
            first = True
        except ModelExists:
            first = False
        return first, [add(record, "shared").number for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(8)))
    assert sum(first for first, _ in done) == 1
    assert sorted(number for _, numbers in done for number in numbers) == list(range(1, 41))


def test_aliases_trust_what_no_gate_has_spoken_on_but_not_what_failed(record: Record) -> None:
    create(record, "m")
    add(record, "m")
    add(record, "m")
    model = record.call(words.put_alias, words.PutAlias(model="m", alias="champion", number=2), ANN)
    assert model.aliases == {"champion": 2}
    history = record.call(registry.alias_history, registry.ModelName(model="m"), ANN)
    assert "no gate has spoken" in history[0].reason
    record.call(registry.decide, registry.Decide(ref="m@v1", decision="no", words="bad"), ANN)
    with pytest.raises(NotPassed):
        record.call(words.put_alias, words.PutAlias(model="m", alias="champion", number=1), ANN)
    with pytest.raises(UnknownModel):
        record.call(words.put_alias, words.PutAlias(model="m", alias="other", number=9), ANN)


def test_phases_move_and_archive_others(record: Record) -> None:
    create(record, "m")
    add(record, "m")
    add(record, "m")
    record.call(words.change_version, words.ChangeVersion(model="m", number=1, phase="Production"), ANN)
    record.call(words.change_version, words.ChangeVersion(model="m", number=2, phase="Production", alone=True), ANN)
    model = record.call(words.get_model, words.ModelNamed(name="m"), ANN)
    assert {one.phase: one.number for one in model.latest} == {"Archived": 1, "Production": 2}
    with pytest.raises(UsageError):
        record.call(words.change_version, words.ChangeVersion(model="m", number=1, phase="Live"), ANN)


def test_deleting_forgets_what_never_served_and_gives_no_number_twice(record: Record) -> None:
    create(record, "m")
    for _ in range(3):
        add(record, "m", tags={"a": "1"})
    record.call(words.put_alias, words.PutAlias(model="m", alias="best", number=3), ANN)
    record.call(words.delete_version, words.VersionAt(model="m", number=3), ANN)
    assert record.call(words.get_model, words.ModelNamed(name="m"), ANN).aliases == {}
    assert add(record, "m").number == 4
    with pytest.raises(Conflict):
        add(record, "m", number=3)
    assert add(record, "m", number=10).number == 10
    record.call(serving.declare_endpoint, serving.DeclareEndpoint(endpoint="e", model="m"), ANN)
    record.call(registry.decide, registry.Decide(ref="m@v4", decision="yes", words="good", override=True), ANN)
    record.call(serving.release, serving.Release(endpoint="e", ref="m@v4"), ANN)
    with pytest.raises(StateError):
        record.call(words.delete_version, words.VersionAt(model="m", number=4), ANN)
    with pytest.raises(StateError):
        record.call(words.delete_model, words.ModelNamed(name="m"), ANN)
    create(record, "idle")
    add(record, "idle")
    assert record.call(words.delete_model, words.ModelNamed(name="idle"), ANN).versions == 1
    with pytest.raises(UnknownModel):
        record.call(words.get_model, words.ModelNamed(name="idle"), ANN)


def test_models_and_versions_are_found_renamed_and_tagged(record: Record) -> None:
    for name in ("alpha", "beta", "with space"):
        create(record, name, tags={"first": name[0]})
    add(record, "beta", tags={"q": "ok"})
    with pytest.raises(ModelExists):
        create(record, "alpha")
    for wrong in ("", "a/b", "a:b", " x", "a@v1"):
        with pytest.raises(UsageError):
            create(record, wrong)

    def models(**more: Any) -> list[str]:
        return [one.name for one in record.call(words.find_models, words.FindModels(**more), ANN).models]

    assert models() == ["alpha", "beta", "with space"]
    assert models(criteria=(Criterion(key="name", operator="like", value="%a"),), sort=("-name",)) == ["beta", "alpha"]
    assert models(criteria=(Criterion(key="tags.none", operator="!=", value="x", or_absent=True),)) == ["alpha", "beta", "with space"]
    assert models(criteria=(Criterion(key="tags.none", operator="!=", value="x"),)) == []
    first = record.call(words.find_models, words.FindModels(limit=2), ANN)
    assert models(limit=2, after=first.next) == ["with space"]
    record.call(words.change_model, words.ChangeModel(name="beta", new_name="gamma", description="new", tags={"first": None}), ANN)
    changed = record.call(words.get_model, words.ModelNamed(name="gamma"), ANN)
    assert (changed.description, changed.tags, changed.latest[0].tags) == ("new", {}, {"q": "ok"})
    with pytest.raises(ModelExists):
        record.call(words.change_model, words.ChangeModel(name="gamma", new_name="alpha"), ANN)
    page = record.call(words.find_versions, words.FindVersions(criteria=(Criterion(key="tags.q", operator="=", value="ok"),)), ANN)
    assert [(one.model, one.number) for one in page.versions] == [("gamma", 1)]
