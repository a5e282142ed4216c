"""Looking from afar: previews and differences of dataset versions, previews of artifacts, code of runs; on both dialects."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from treadle.blobs import Blobs, Folder
from treadle.contract import code as code_words
from treadle.contract import data as data_words
from treadle.contract import previews as words
from treadle.contract import runs as run_words
from treadle.contract.runs import Code, Environment
from treadle.core.definition import Definition
from treadle.core.errors import NotFound, UnknownDataset, UsageError
from treadle.core.operation import Call
from treadle.data import looking, manifest, operations
from treadle.data.artifacts import artifact_row
from treadle.data.manifest import Entry
from treadle.runs import operations as runs
from treadle.runs import reading
from treadle.store import tables as t
from treadle.store.database import Database

pl = pytest.importorskip("polars", reason="tables need polars")
CALL = Call(actor="ada")


class Desk:
    def __init__(self, store: Database, folder: Path) -> None:
        self.store, self.home = store, folder
        self.blobs = Blobs(Folder(folder / "blobs"), folder / "cache")

    def version(self, name: str, files: dict[str, bytes]) -> str:
        entries = {path: Entry(len(data), False, self.blobs.put(data)) for path, data in files.items()}
        request = data_words.CommitVersion(dataset=name, manifest=self.blobs.put(manifest.encode(entries)))
        return operations.commit_version(request, CALL, self.store, self.blobs).ref

    def run(self, key: str, files: dict[str, bytes], **environment: Any) -> int:
        held = self.blobs.put(msgspec.msgpack.encode({path: (0o644, data) for path, data in files.items()}))
        request = run_words.SubmitRun(
            key=key,
            definition=Definition(kind="step", name="train", file="train.py", function="train"),
            code=Code(digest=key * 64, snapshot=held, commit="a" * 40, patch=self.blobs.put(b"-x\n+y\n")),
            environment=Environment(digest=key * 64, **({"python": "3.12", "platform": "Linux"} | environment)),
        )
        return runs.submit(request, CALL, self.store).id


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


def parquet(**columns: Any) -> bytes:
    held = io.BytesIO()
    pl.DataFrame(columns).write_parquet(held)
    return held.getvalue()


def test_a_version_is_previewed_by_its_first_table_or_by_path(desk: Desk) -> None:
    ref = desk.version("days", {"a.md": b"# days", "b.csv": b"day,amount\n1,10\n2,30\n"})
    shown = looking.preview_version(words.PreviewVersion(ref=ref), CALL, desk.store, desk.blobs)
    assert (shown.kind, shown.name, shown.rows, shown.whole) == ("table", "b.csv", ((1, 10), (2, 30)), True)
    assert [(one.name, one.lowest, one.highest) for one in shown.columns] == [("day", 1.0, 2.0), ("amount", 10.0, 30.0)]
    text = looking.preview_version(words.PreviewVersion(ref=ref, path="a.md"), CALL, desk.store, desk.blobs)
    assert (text.kind, text.text) == ("text", "# days")
    with pytest.raises(NotFound, match="no file `c`"):
        looking.preview_version(words.PreviewVersion(ref=ref, path="c"), CALL, desk.store, desk.blobs)
    with pytest.raises(UnknownDataset):
        looking.preview_version(words.PreviewVersion(ref="nights"), CALL, desk.store, desk.blobs)


def test_two_versions_differ_in_files_columns_rows_and_values(desk: Desk) -> None:
    desk.version("days", {"jan.parquet": parquet(n=[1, 2, 3], w=["a", "a", "b"]), "old.txt": b"1"})
    desk.version("days", {"jan.parquet": parquet(n=[1, 2, 9], w=["a", "a", "b"], more=[0.5] * 3), "feb.parquet": parquet(n=[7], w=["c"])})
    found = looking.diff_versions(words.DiffVersions(a="days@v1", b="days@v2"), CALL, desk.store, desk.blobs)
    assert (found.files_added, found.files_removed, found.files_changed) == (("feb.parquet",), ("old.txt",), ("jan.parquet",))
    assert (found.columns_added, found.columns_removed) == ({"more": "Float64"}, {})
    assert (found.rows_added, found.rows_removed, found.compared) == (2, 1, True)
    assert found.shifts[0].column == "n"
    assert found.read == (3, 4)
    same = looking.diff_versions(words.DiffVersions(a="days@v2", b="days@v2"), CALL, desk.store, desk.blobs)
    assert (same.files, same.shifts) == ((0, 0, 0), ())


def test_what_a_run_gave_is_previewed_by_digest(desk: Desk) -> None:
    data = parquet(n=[1, 2])
    given = data_words.Artifact(name="training", digest=desk.blobs.put(data), size=len(data), format="parquet")
    other = parquet(n=[3])
    dotted = data_words.Artifact(name="scores.v2", digest=desk.blobs.put(other), size=len(other), format="parquet")
    rows = b'[{"slice":"JFK","auc":0.7},{"slice":null,"auc":1,"late":[true]}]'
    listed = data_words.Artifact(name="slices", digest="d" * 64, size=len(rows), format="json", inline=rows, about={"shown": "table"})
    small = data_words.Artifact(name="result", digest="e" * 64, size=4, format="json", inline=b"0.09")
    with desk.store.transaction(CALL) as tx:
        for position, artifact in enumerate((given, dotted, small, listed)):
            tx.execute(insert(t.artifact), artifact_row(artifact, run=1, role="output", position=position, at=tx.now))

    def look(digest: str) -> words.Preview:
        return looking.preview_artifact(words.PreviewArtifact(digest=digest), CALL, desk.store, desk.blobs, desk.home)

    assert look(given.digest).rows == ((1,), (2,))
    assert (look(dotted.digest).kind, look(dotted.digest).name) == ("table", "scores.v2.parquet")
    assert look(small.digest).text == "0.09"
    assert (look(listed.digest).kind, look(listed.digest).rows) == ("table", (("JFK", 0.7, None), (None, 1.0, "[True]")))
    with pytest.raises(NotFound):
        look("f" * 64)
    with pytest.raises(UsageError):
        look("../../etc/passwd")


def test_a_runs_code_is_read_and_compared(desk: Desk) -> None:
    first = desk.run("1", {"train.py": b"rate = 1\n", "features.py": b"LATE = 15\n"}, distributions={"polars": "1.30", "old": "1"})
    second = desk.run("2", {"train.py": b"rate = 2\n", "features.py": b"LATE = 15\n"}, distributions={"polars": "1.31"}, python="3.13")
    code = reading.read_code(code_words.ReadCode(run=str(first)), CALL, desk.store, desk.blobs)
    assert (code.path, code.text, code.patch) == ("train.py", "rate = 1\n", "-x\n+y\n")
    assert [(one.path, one.size) for one in code.files] == [("features.py", 10), ("train.py", 9)]
    with pytest.raises(NotFound, match="no file"):
        reading.read_code(code_words.ReadCode(run=str(first), path="other.py"), CALL, desk.store, desk.blobs)
    found = reading.diff_code(code_words.DiffCode(a=str(first), b=str(second)), CALL, desk.store, desk.blobs)
    assert [(one.path, one.state) for one in found.files] == [("train.py", "changed")]
    assert [(one.name, one.a, one.b) for one in found.packages] == [("old", "1", None), ("polars", "1.30", "1.31")]
    assert found.python == ("3.12", "3.13")
    assert (found.without_code, found.without_environment) == ((), ())


def test_nothing_is_said_of_code_that_is_not_kept(desk: Desk) -> None:
    first = desk.run("1", {"train.py": b"rate = 1\n"})
    bare = run_words.SubmitRun(key="2", definition=Definition(kind="step", name="train", file="train.py", function="train"))
    second = runs.submit(bare, CALL, desk.store).id
    found = reading.diff_code(code_words.DiffCode(a=str(first), b=str(second)), CALL, desk.store, desk.blobs)
    assert (found.files, found.packages) == ((), ())
    assert (found.without_code, found.without_environment) == ((second,), (second,))
