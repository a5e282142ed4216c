"""The operations on data, on both dialects."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from treadle.blobs import Blobs, open_blobs
from treadle.contract import data as words
from treadle.contract.data import CommitVersion, DatasetVersion
from treadle.core.errors import Conflict, MissingContent, UnknownDataset, UsageError
from treadle.core.operation import Call, asks_for, performer
from treadle.data import manifest, operations
from treadle.data.manifest import Entry
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database

Perform = Callable[..., Any]
CALL = Call(actor="ada")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(tmp_path / "blobs", tmp_path / "cache")


@pytest.fixture
def perform(database: Database, blobs: Blobs) -> Perform:
    given = {"store": database, "blobs": blobs}

    def call(operation: Any, request: Any, by: Call = CALL) -> Any:
        function = performer(operation.name)
        return function(request, by, **{name: given[name] for name in asks_for(function)})

    return call


def stored(blobs: Blobs, **files: bytes) -> str:
    """A manifest of these files, with everything it names stored."""
    return blobs.put(manifest.encode({name: Entry(len(data), False, blobs.put(data)) for name, data in files.items()}))


def files_of(blobs: Blobs, version: DatasetVersion) -> dict[str, bytes]:
    return {path: blobs.read(entry.digest) for path, entry in manifest.decode(blobs.read(version.manifest)).items()}


def commit(perform: Perform, digest: str, **more: Any) -> DatasetVersion:
    version: DatasetVersion = perform(words.commit_version, CommitVersion(dataset="flights", manifest=digest, **more))
    return version


def test_versions_are_numbered_and_say_what_changed(perform: Perform, blobs: Blobs, database: Database) -> None:
    first = commit(perform, stored(blobs, a=b"1", b=b"22"), message="first", rows=3, columns={"x": "Int64"})
    second = commit(perform, stored(blobs, a=b"1!", c=b"3"), parent=1, message="second")
    assert (first.ref, first.files, first.size, first.added, first.actor, first.rows) == ("flights@v1", 2, 3, 2, "ada", 3)
    assert first.columns == {"x": "Int64"}
    assert (second.number, second.added, second.removed, second.changed) == (2, 1, 1, 1)
    assert perform(words.list_versions, words.ListVersions(dataset="flights")) == [second, first]
    assert perform(words.get_version, words.GetVersion(ref="flights")) == second
    assert perform(words.get_version, words.GetVersion(ref="dataset://flights@v1")) == first
    (listed,) = perform(words.list_datasets, words.ListDatasets())
    assert (listed.name, listed.versions, listed.latest) == ("flights", 2, second)
    assert perform(words.list_datasets, words.ListDatasets(prefix="fli")) == [listed]
    assert perform(words.list_datasets, words.ListDatasets(prefix="f_i")) == []
    with database.reading() as tx:
        news = [(row.kind, row.subject, row.data["version"], row.actor) for row in journal.entries(tx)]
    assert news == [("dataset.committed", "dataset:flights", 1, "ada"), ("dataset.committed", "dataset:flights", 2, "ada")]


def test_an_equal_manifest_makes_no_version(perform: Perform, blobs: Blobs) -> None:
    digest = stored(blobs, a=b"1")
    assert commit(perform, digest) == commit(perform, digest) == commit(perform, digest, parent=1)


def test_a_repeated_key_answers_the_first_version(perform: Perform, blobs: Blobs) -> None:
    first = commit(perform, stored(blobs, a=b"1"), key="k")
    assert commit(perform, stored(blobs, a=b"2"), key="k") == first
    assert commit(perform, stored(blobs, a=b"2"), key="other").number == 2


def test_projects_do_not_see_each_other(perform: Perform, blobs: Blobs) -> None:
    commit(perform, stored(blobs, a=b"1"))
    with pytest.raises(UnknownDataset):
        perform(words.get_version, words.GetVersion(ref="flights"), Call(project="other"))
    assert perform(words.list_datasets, words.ListDatasets(), Call(project="other")) == []


def test_what_does_not_exist_is_said_so(perform: Perform, blobs: Blobs) -> None:
    with pytest.raises(UnknownDataset, match="no dataset `flights`"):
        perform(words.list_versions, words.ListVersions(dataset="flights"))
    commit(perform, stored(blobs, a=b"1"))
    with pytest.raises(UnknownDataset, match="newest is v1"):
        perform(words.get_version, words.GetVersion(ref="flights@v7"))
    with pytest.raises(UsageError):
        perform(words.commit_version, CommitVersion(dataset="flights@v1", manifest="0" * 64))
    with pytest.raises(UsageError):
        perform(words.commit_version, CommitVersion(dataset="not a name", manifest="0" * 64))


def test_a_version_without_its_bytes_is_refused(perform: Perform, blobs: Blobs) -> None:
    with pytest.raises(MissingContent):
        commit(perform, "0" * 64)
    with pytest.raises(MissingContent, match="1 files"):
        commit(perform, blobs.put(manifest.encode({"a": Entry(1, False, "0" * 64)})))


def test_changes_of_different_files_are_merged(perform: Perform, blobs: Blobs) -> None:
    commit(perform, stored(blobs, a=b"1", b=b"1", c=b"1"), rows=5)
    commit(perform, stored(blobs, a=b"theirs", b=b"1", c=b"1", d=b"theirs"), parent=1)
    ours = stored(blobs, a=b"1", b=b"ours")
    merged = commit(perform, ours, parent=1, rows=7)
    assert files_of(blobs, merged) == {"a": b"theirs", "b": b"ours", "d": b"theirs"}
    assert (merged.number, merged.changed, merged.removed, merged.rows) == (3, 1, 1, None)
    # Going on from the same folder: what was merged before must not look like a conflict with oneself.
    again = commit(perform, stored(blobs, a=b"1", b=b"ours again"), parent=1, base=ours)
    assert files_of(blobs, again) == {"a": b"theirs", "b": b"ours again", "d": b"theirs"}


def test_changes_of_the_same_file_are_a_conflict(perform: Perform, blobs: Blobs) -> None:
    commit(perform, stored(blobs, a=b"1", b=b"1"))
    commit(perform, stored(blobs, a=b"theirs", b=b"1"), parent=1)
    with pytest.raises(Conflict, match="`a`"):
        commit(perform, stored(blobs, a=b"ours", b=b"1"), parent=1)
    assert commit(perform, stored(blobs, a=b"theirs", b=b"1"), parent=1).number == 2
    assert commit(perform, stored(blobs, a=b"ours", b=b"1")).number == 3  # no parent: this is what it shall be


def test_many_commit_at_once_and_none_is_lost(perform: Perform, blobs: Blobs) -> None:
    commit(perform, stored(blobs, start=b"0"))
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(3):
                commit(perform, stored(blobs, start=b"0", **{f"file {number} {turn}": b"x"}), parent=1)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    versions = perform(words.list_versions, words.ListVersions(dataset="flights"))
    assert [version.number for version in versions] == list(range(19, 0, -1))
    assert len(files_of(blobs, versions[0])) == 19


def artifact(**more: Any) -> dict[str, Any]:
    row = {"run": None, "role": "output", "name": "model", "position": 0, "size": 1, "format": "bytes", "tree": False, "pickled": False}
    return {**row, "inline": None, "about": {}, "step": None, "created_at": 1.0, **more}


def test_artifacts_are_found_by_run_name_and_digest(perform: Perform, database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(insert(t.artifact), [artifact(digest="a" * 64, name="model"), artifact(digest="b" * 64, name="plot", about={"w": 1})])
    found = perform(words.find_artifacts, words.FindArtifacts(name="plot"))
    assert [(one.artifact.name, one.artifact.digest, one.artifact.about, one.role) for one in found] == [
        ("plot", "b" * 64, {"w": 1}, "output")
    ]
    assert [one.artifact.name for one in perform(words.find_artifacts, words.FindArtifacts(digest="aa"))] == ["model"]
    assert perform(words.find_artifacts, words.FindArtifacts(run=3)) == []


def test_uses_of_a_version_are_the_runs_that_took_it_in(perform: Perform, blobs: Blobs, database: Database) -> None:
    version = commit(perform, stored(blobs, a=b"1"), run=4)
    with database.transaction() as tx:
        rows = [(7, "x"), (7, "y"), (5, "x")]
        row = {"position": 0, "digest": version.manifest, "source": "dataset", "dataset_version": 1, "producer": None}
        tx.execute(insert(t.lineage), [{"run": run, "name": name, **row} for run, name in rows])
    uses = perform(words.get_uses, words.GetUses(ref="flights@v1"))
    assert (uses.made_by, uses.used_by) == (4, (5, 7))


def test_a_sweep_keeps_what_the_record_names(perform: Perform, blobs: Blobs, database: Database) -> None:
    version = commit(perform, stored(blobs, a=b"1", b=b"2"))
    model, member, log, code, garbage = (blobs.put(data) for data in (b"model", b"member", b"log", b"code", b"garbage"))
    tree = blobs.put(manifest.encode({"x": Entry(6, False, member)}))
    foreign = blobs.put(b'{"files": {"y": "%s"}}' % blobs.put(b"foreign member").encode())
    attempt = {"id": "1", "run": 1, "number": 1, "state": "done", "engine": "local", "token": "", "owner": "", "lease_until": 0.0}
    with database.transaction() as tx:
        tx.execute(insert(t.artifact), [artifact(digest=model), artifact(digest=tree, tree=True), artifact(digest=foreign, tree=True)])
        tx.execute(insert(t.document), {"digest": "d" * 64, "kind": "code", "body": f'{{"train.py": "{code}"}}'.encode()})
        tx.execute(insert(t.attempt), {**attempt, "claimed_at": 0.0, "log_size": 3, "log_digest": log, "spool_offset": 0})
    dry = perform(words.sweep_data, words.SweepData(older_than=0))
    assert (dry.blobs, dry.bytes, dry.removed) == (1, 7, False)
    assert blobs.missing([garbage]) == set()
    assert perform(words.sweep_data, words.SweepData(remove=True)).blobs == 0  # stored within the grace period
    assert perform(words.sweep_data, words.SweepData(remove=True, older_than=0)).blobs == 1
    assert blobs.missing([model, member, log, code, tree, foreign, garbage]) == {garbage}
    assert files_of(blobs, version) == {"a": b"1", "b": b"2"}
    assert blobs.missing([blobs.put(b"foreign member")]) == set()
    assert perform(words.verify_data, words.VerifyData()) == []


def test_verify_names_what_is_gone_and_who_needs_it(perform: Perform, blobs: Blobs) -> None:
    version = commit(perform, stored(blobs, a=b"1", b=b"2"))
    gone = manifest.decode(blobs.read(version.manifest))["a"].digest
    blobs.objects.delete(f"content/{gone[:2]}/{gone[2:]}")
    (flaw,) = perform(words.verify_data, words.VerifyData())
    assert (flaw.digest, flaw.kind, flaw.used_by) == (gone, "missing", ("flights@v1",))


def test_every_operation_on_data_is_performed() -> None:
    assert operations.commit_version is performer("data.commit")
    for name in ("list", "versions", "version", "commit", "artifacts", "uses", "sweep", "verify"):
        assert performer(f"data.{name}")
