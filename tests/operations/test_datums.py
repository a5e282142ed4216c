"""Datums on both dialects: numbers that stay, names that move, what is said of them, and bytes that are let go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from treadle.blobs import Blobs, open_blobs
from treadle.contract import data as data_words
from treadle.contract import datums as words
from treadle.contract import runs as run_words
from treadle.contract import work as w
from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, Code, End, Environment, Options, RerunRun, SubmitRun
from treadle.core.content import digest_bytes
from treadle.core.definition import Definition, Input
from treadle.core.errors import Conflict, StateError, TooLarge, UnknownDataset, UnknownDatum, UsageError
from treadle.core.ids import new_key
from treadle.core.operation import Call, asks_for, performer
from treadle.data import datums, manifest, operations  # noqa: F401 - they bind what is called here by name
from treadle.data.artifacts import artifact_row
from treadle.data.manifest import Entry
from treadle.runs import operations as runs
from treadle.runs import work
from treadle.runs.dispatch import Dispatch
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")
HERE = Environment(digest="e" * 64, python="3.11", platform="Linux")


class Engine:
    """Takes jobs and does nothing with them."""

    def __init__(self) -> None:
        self.jobs: list[w.Job] = []

    def room(self) -> float:
        return 100.0

    def most(self) -> float:
        return 100.0

    def submit(self, job: Any) -> str:
        self.jobs.append(job)
        return str(job.attempt)

    def look(self, handles: Any) -> dict[str, Any]:
        return {}

    def stop(self, handle: str, grace: float) -> None: ...


class Desk:
    """A record, and a worker that gives what it is told to."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.store, self.blobs, self.engine = database, blobs, Engine()
        self.dispatch = Dispatch(database, {"local": self.engine}, process="p1", environment=lambda _: HERE)

    def __call__(self, operation: Any, request: Any, by: Call = CALL) -> Any:
        given = {"store": self.store, "blobs": self.blobs}
        function = performer(operation.name)
        return function(request, by, **{name: given[name] for name in asks_for(function)})

    def submit(self, name: str = "make", by: Call = CALL, **more: Any) -> run_words.Run:
        bindings = more.pop("bindings", {})
        definition = Definition(
            kind="step", name=name, file="f.py", function=name, inputs=tuple(Input(name=one, many=True) for one in bindings)
        )
        request = SubmitRun(
            key=new_key(), definition=definition, bindings=bindings, code=Code(digest=more.pop("code", "c") * 64), options=Options(**more)
        )
        return runs.submit(request, by, self.store)

    def tick(self) -> list[w.Job]:
        before = len(self.engine.jobs)
        while self.dispatch.tick():
            pass
        return self.engine.jobs[before:]

    def finish(self, *outputs: Artifact, stored: bool = False, log: bytes = b"") -> None:
        job = self.engine.jobs[-1]
        held = w.Held(attempt=job.attempt, token=job.token)
        said: dict[str, Any] = {"log_digest": self.blobs.put(log), "log_offset": len(log)} if stored else {"log": log}
        report = w.FinishAttempt(held=held, end=End(kind="done"), outputs=outputs, **said)
        work.finish(w.FinishAttempts(attempts=(report,)), CALL, self.store, self.blobs)

    def made(self, *outputs: Artifact, by: Call = CALL, **more: Any) -> tuple[int, list[words.Datum]]:
        """A run that gave these outputs, and its datums in their order."""
        run = self.submit(by=by, **more)
        self.tick()
        self.finish(*outputs)
        found = self(words.list_datums, words.ListDatums(run=run.id), by).datums
        return run.id, sorted(found, key=lambda one: one.id)

    def log(self, run: int) -> bytes:
        return runs.read_log(run_words.ReadLog(run=str(run)), CALL, self.store, self.blobs).data

    def news(self, kind: str) -> list[Any]:
        with self.store.reading() as tx:
            return list(journal.entries(tx, kind=kind))


def output(name: str, data: bytes = b"1", **properties: Any) -> Artifact:
    about: dict[str, Any] = {"name": name} | ({"properties": properties} if properties else {})
    return Artifact(name=name, digest=digest_bytes(data), size=len(data), format="file", inline=data, about=about)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))


def test_every_output_has_a_number_and_pages_are_newest_first(desk: Desk) -> None:
    properties = {"valohai.tags": ["small", 3, "red"], "color": "red"}
    run, (first, second) = desk.made(output("a.csv", b"11", **properties), output("@metadata"), output("b.csv", b"2"))
    assert (first.name, first.size, first.run, first.step) == ("a.csv", 2, run, "make")
    assert (first.tags, first.properties) == (("small", "red"), properties)
    assert first.ref == f"datum://{first.id}"
    one = desk(words.get_datum, words.DatumName(ref=first.ref))
    assert (one.inline, msgspec.structs.replace(one, inline=None)) == (b"11", first)
    page = desk(words.list_datums, words.ListDatums(limit=1, count=True))
    assert (page.datums, page.total) == ((second,), 2)
    rest = desk(words.list_datums, words.ListDatums(limit=1, after=page.next))
    assert (rest.datums, rest.next) == ((first,), None)
    assert desk(words.list_datums, words.ListDatums(name="*.csv", digest=digest_bytes(b"2")[:9])).datums == (second,)
    assert desk(words.list_datums, words.ListDatums(name="a_csv*")).datums == ()
    assert desk(words.list_datums, words.ListDatums(), Call(actor="eve", project="other")).datums == ()
    assert runs.get_run(run_words.RunRef(run=str(run)), CALL, desk.store).outputs[0].datum == first.id


def test_an_alias_moves_with_the_runs_that_name_it(desk: Desk) -> None:
    run, (first,) = desk.made(output("m.bin", b"1", **{"valohai.alias": "best"}), code="a")
    assert desk(words.get_datum, words.DatumName(ref="datum://best")).id == first.id
    _, (second, other) = desk.made(output("m.bin", b"2", **{"valohai.alias": ["best", "today"]}), output("n.bin"), code="b")
    aliases = desk(words.list_datum_aliases, words.ListDatumAliases())
    assert {one.name: one.datum.id for one in aliases} == {"best": second.id, "today": second.id}
    assert (aliases[0].actor, aliases[0].datum.aliases) == ("ada", ("best", "today"))
    moved = [(row.subject, row.data["datum"], row.data["former"], row.root) for row in desk.news("datum.aliased")]
    assert moved == [
        ("datum:best", first.id, None, run),
        ("datum:best", second.id, first.id, run + 1),
        ("datum:today", second.id, None, run + 1),
    ]
    again, (copy,) = desk.made(code="a")  # an equal run asks for the name as well, though it is not performed
    assert desk(words.get_datum, words.DatumName(ref="best")).id == copy.id
    assert copy.run == again
    assert other.aliases == ()


def test_names_that_cannot_be_are_told_in_the_log_and_the_run_is_done_all_the_same(desk: Desk) -> None:
    run = desk.submit()
    desk.tick()
    desk.finish(output("a", **{"valohai.alias": ["17", "fine", "a/b"]}), log=b"hello\n")
    said = desk.log(run.id).decode()
    assert said.startswith("hello\n")
    assert "treadle: warning: the output `a` has not got the alias: `17` cannot be the alias of a datum" in said
    assert "`a/b` cannot be" in said
    assert runs.get_run(run_words.RunRef(run=str(run.id)), CALL, desk.store).state == "done"
    assert [one.name for one in desk(words.list_datum_aliases, words.ListDatumAliases())] == ["fine"]
    assert len(desk.news("name.refused")) == 2


def test_a_warning_stands_behind_a_log_that_lies_in_the_store(desk: Desk) -> None:
    whole = b"line\n" * 10
    run = desk.submit()
    desk.tick()
    desk.finish(output("a", **{"valohai.alias": "latest"}), stored=True, log=whole)
    said = desk.log(run.id)
    assert said.startswith(whole + b"treadle: warning")
    places = range(0, len(said), 7)
    asked = [run_words.ReadLog(run=str(run.id), offset=place, limit=7) for place in places]
    parts = [runs.read_log(one, CALL, desk.store, desk.blobs) for one in asked]
    assert b"".join(one.data for one in parts) == said
    assert [one.ended for one in parts] == [False] * (len(parts) - 1) + [True]


def test_what_did_not_end_well_takes_no_name_and_its_files_are_datums(desk: Desk) -> None:
    _, (first,) = desk.made(output("m", **{"valohai.alias": "best"}))
    run = desk.submit(code="b")
    (job,) = desk.tick()
    artifact = output("m", b"2", **{"valohai.alias": "best"})
    logged = w.LoggedArtifact(artifact=artifact)
    report = w.FinishAttempt(held=w.Held(attempt=job.attempt, token=job.token), end=End(kind="exit", exit=1), logged=(logged,))
    work.finish(w.FinishAttempts(attempts=(report,)), CALL, desk.store, desk.blobs)
    assert [one.name for one in desk(words.list_datums, words.ListDatums(run=run.id)).datums] == ["m"]
    assert desk(words.get_datum, words.DatumName(ref="best")).id == first.id


def test_an_alias_is_what_it_was_when_the_run_was_asked_for(desk: Desk) -> None:
    maker, (first, other) = desk.made(output("a.csv", b"1", **{"valohai.alias": "train", "color": "red"}), output("b.csv", b"2"))
    parts = (Binding(datum="datum://train"), Binding(datum=f"datum://{other.id}"))
    run = desk.submit("use", bindings={"data": Binding(many=parts)})
    desk(words.set_datum_alias, words.SetDatumAlias(alias="train", datum=str(other.id)))
    (job,) = desk.tick()
    taken = job.inputs["data"].artifacts
    assert [(one.name, one.datum, one.about["name"]) for one in taken] == [("a.csv", first.id, "a.csv"), ("b.csv", other.id, "b.csv")]
    assert (taken[0].about["properties"]["color"], taken[0].about["asked"]) == ("red", "datum://train")
    lines = runs.get_run(run_words.RunRef(run=str(run.id)), CALL, desk.store).inputs
    assert [(one.source, one.producer) for one in lines] == [(f"run://{maker}/a.csv", maker), (f"run://{maker}/b.csv", maker)]
    again = runs.rerun(RerunRun(run=str(run.id), key=new_key(), options=Options(cache=False)), CALL, desk.store)
    assert again.bindings["data"].many is not None
    assert [one.artifact.datum for one in again.bindings["data"].many if one.artifact] == [first.id, other.id]


def test_an_unknown_alias_names_what_is_near(desk: Desk) -> None:
    desk.made(output("a", **{"valohai.alias": "model-prod"}))
    with pytest.raises(UnknownDatum, match="no datum has the alias `model-prd`") as told:
        desk.submit("use", bindings={"data": Binding(datum="datum://model-prd")})
    assert told.value.hint == "did you mean `datum://model-prod`?"
    with pytest.raises(UnknownDatum, match="no datum 999"):
        desk(words.get_datum, words.DatumName(ref="999"))


def test_properties_are_added_replaced_and_removed(desk: Desk) -> None:
    _, (first, second) = desk.made(output("a", color="red", size=1), output("b"))
    said = {
        str(first.id): {"color": "blue", "size": None, "valohai.tags": ["x"], "valohai.alias": "best"},
        f"datum://{second.id}": {"note": {"deep": [1]}},
    }
    one, other = desk(words.describe_datums, words.DescribeDatums(properties=said))
    assert (one.properties, one.tags, one.aliases) == ({"color": "blue", "valohai.tags": ["x"]}, ("x",), ("best",))
    assert other.properties == {"note": {"deep": [1]}}
    assert desk(words.get_datum, words.DatumName(ref="best")).properties == one.properties
    assert [row.subject for row in desk.news("datum.described")] == [f"datum:{first.id}", f"datum:{second.id}"]
    with pytest.raises(UnknownDatum):
        desk(words.describe_datums, words.DescribeDatums(properties={"best": {"color": "green"}, "999": {}}))
    assert desk(words.get_datum, words.DatumName(ref="best")).properties == one.properties
    with pytest.raises(TooLarge, match="properties of datum"):
        desk(words.describe_datums, words.DescribeDatums(properties={"best": {"text": "x" * (300 << 10)}}))
    with pytest.raises(TooLarge, match="1,001 datums"):
        desk(words.describe_datums, words.DescribeDatums(properties={str(number): {} for number in range(1001)}))


def test_a_purged_datum_stays_listed_and_its_bytes_may_go(desk: Desk) -> None:
    stored = {name: desk.blobs.put(name.encode() * 9000) for name in ("a", "b")}
    files = [Artifact(name=name, digest=digest, size=9000, format="file", about={"name": name}) for name, digest in stored.items()]
    run, (first, second, small) = desk.made(*files, output("small", b"5", **{"valohai.alias": "little"}))
    with desk.store.transaction() as tx:  # something else that has the bytes of `b`
        row = artifact_row(files[1], run=run, role="file", position=0, at=0.0)
        tx.execute(insert(t.artifact), row)
    for one in (first, second, small):
        purged = desk(words.purge_datum, words.DatumName(ref=str(one.id)))
        assert purged.purged_at is not None
        assert purged == desk(words.purge_datum, words.DatumName(ref=str(one.id)))
    assert desk(words.get_datum, words.DatumName(ref="little")).inline is None
    desk(data_words.sweep_data, data_words.SweepData(remove=True, older_than=0))
    assert desk.blobs.missing(set(stored.values())) == {stored["a"]}
    listed = desk(words.list_datums, words.ListDatums(run=run))
    assert {one.name for one in listed.datums if one.purged_at} == {"a", "b", "small"}
    assert desk(words.list_datums, words.ListDatums(run=run, purged=False)).datums == ()
    with pytest.raises(StateError, match="was purged"):
        desk.submit("use", bindings={"data": Binding(datum="little")})
    assert len(desk.news("datum.purged")) == 3
    again = desk.submit()  # an equal run whose result is gone answers nobody
    assert [job.run for job in desk.tick()] == [again.id]


def test_aliases_are_set_and_removed_by_hand(desk: Desk) -> None:
    _, (first, second) = desk.made(output("a"), output("b"))
    made = desk(words.set_datum_alias, words.SetDatumAlias(alias="mine", datum=f"datum://{first.id}", reason="it is good"))
    assert (made.name, made.datum.id, made.actor) == ("mine", first.id, "ada")
    assert desk(words.set_datum_alias, words.SetDatumAlias(alias="also", datum="mine")).datum.id == first.id
    assert desk(words.set_datum_alias, words.SetDatumAlias(alias="mine", datum=str(second.id))).datum.id == second.id
    assert [one.name for one in desk(words.list_datum_aliases, words.ListDatumAliases(prefix="mi"))] == ["mine"]
    assert desk(words.remove_datum_alias, words.RemoveDatumAlias(alias="mine")).id == second.id
    with pytest.raises(UnknownDatum):
        desk(words.remove_datum_alias, words.RemoveDatumAlias(alias="mine"))
    for alias in ("12", "latest", "a/b", "", "v3"):
        with pytest.raises(UsageError):
            desk(words.set_datum_alias, words.SetDatumAlias(alias=alias, datum=str(first.id)))
    moves = [row.data for row in desk.news("datum.aliased") if row.subject == "datum:mine"]
    told = [(said["datum"], said["removed"], said["reason"]) for said in moves]
    assert told == [(first.id, False, "it is good"), (second.id, False, ""), (second.id, True, "")]


# --- versions of datasets that outputs are said to be part of --------------------------------------------------------------------


def tree(desk: Desk, name: str, properties: dict[str, Any] | None = None, *, files: dict[str, bytes], **commits: Any) -> Artifact:
    entries = {path: Entry(len(data), False, desk.blobs.put(data)) for path, data in files.items()}
    about = {"commits": {"dataset": name} | commits, "files": len(files), "properties": properties or {}}
    size = sum(map(len, files.values()))
    return Artifact(
        name=f"@dataset://{name}", digest=desk.blobs.put(manifest.encode(entries)), size=size, format="dataset", tree=True, about=about
    )


def version(desk: Desk, ref: str) -> data_words.DatasetVersion:
    found: data_words.DatasetVersion = desk(data_words.get_version, data_words.GetVersion(ref=ref))
    return found


def files_of(desk: Desk, ref: str) -> dict[str, bytes]:
    return {path: desk.blobs.read(entry.digest) for path, entry in manifest.decode(desk.blobs.read(version(desk, ref).manifest)).items()}


def test_a_version_is_found_by_label_alias_and_number(desk: Desk) -> None:
    more = {"label": "2024-01", "tags": ["raw"], "aliases": ["newest", "best one"]}
    desk.made(tree(desk, "flights", {"a": {"color": "red"}}, files={"a": b"1"}, **more), output("a", b"1", color="red"), code="a")
    desk.made(tree(desk, "flights", files={"a": b"2"}, label="v1", aliases=["newest"]), code="b")
    first, second = version(desk, "flights@v1"), version(desk, "flights@v2")
    assert (first.label, first.aliases, first.tags, second.label, second.aliases) == ("2024-01", ("best one",), ("raw",), "v1", ("newest",))
    for ref in ("flights@2024-01", "dataset://flights/2024-01", "flights@best one", "dataset://flights/1"):
        assert version(desk, ref) == first
    # A label goes before the number that it looks like, where Valohai's own address is written.
    same = (
        "dataset://flights/v1",
        "dataset://flights/newest",
        "flights@newest",
        "flights",
        "dataset://flights/latest",
        "dataset://flights/",
    )
    assert [version(desk, ref) for ref in same] == [second] * len(same)
    (listed,) = desk(data_words.list_datasets, data_words.ListDatasets())
    assert (listed.aliases, listed.latest) == ({"best one": 1, "newest": 2}, second)
    assert desk(data_words.list_versions, data_words.ListVersions(dataset="flights")) == [second, first]
    (file,) = desk(data_words.version_files, data_words.VersionFiles(ref="flights@2024-01"))
    (datum,) = desk(words.list_datums, words.ListDatums(name="a")).datums
    assert (file.path, file.datum, file.properties) == ("a", datum.id, {"color": "red"})
    with pytest.raises(UnknownDataset, match="no version or alias `2024-02`") as told:
        version(desk, "flights@2024-02")
    assert told.value.hint == "did you mean `dataset://flights@2024-01`?"
    moves = [(row.data["alias"], row.data["version"], row.data["former"], row.actor) for row in desk.news("dataset.aliased")]
    assert moves == [("newest", 1, None, "ada"), ("best one", 1, None, "ada"), ("newest", 2, 1, "ada")]


def test_a_label_that_is_there_already_is_told_and_changes_nothing(desk: Desk) -> None:
    desk.made(tree(desk, "flights", files={"a": b"1"}, label="jan"), code="a")
    desk.made(tree(desk, "flights", files={"a": b"1"}, label="jan", aliases=["same"]), code="b")  # the same files: nothing to say
    assert (version(desk, "flights@jan").number, version(desk, "flights@same").number) == (1, 1)
    run, _ = desk.made(tree(desk, "flights", files={"a": b"2"}, label="jan", aliases=["other"]), code="d")
    said = desk.log(run).decode()
    assert said == (
        "treadle: warning: no version of dataset `flights` was made: `flights` has a version `jan` already, flights@v1, and versions do "
        "not change (give the new version another label)\n"
    )
    assert runs.get_run(run_words.RunRef(run=str(run)), CALL, desk.store).state == "done"
    assert files_of(desk, "flights") == {"a": b"1"}
    for number, (label, words_) in enumerate({"same": "is an alias of", "latest": "cannot be the label"}.items()):
        run, _ = desk.made(tree(desk, "flights", files={"a": b"3"}, label=label), code=str(number))
        assert words_ in desk.log(run).decode()
    run, _ = desk.made(tree(desk, "flights", files={"a": b"4"}, label="feb", aliases=["jan", "v7"]), code="e")
    assert "flights@v2 has not got the alias: `jan` is the label of flights@v1" in desk.log(run).decode()
    assert "`v7` cannot be the alias of a version" in desk.log(run).decode()


def test_a_version_goes_on_from_another_one(desk: Desk) -> None:
    desk.made(tree(desk, "flights", {"a": {"n": 1}, "b": {"n": 2}}, files={"a": b"1", "b": b"2", "x/c": b"3"}, label="jan"), code="a")
    more = {"label": "feb", "source": "jan", "exclude": ["c", "b"]}
    desk.made(tree(desk, "flights", {"d": {"n": 4}}, files={"a": b"1!", "d": b"4"}, **more), code="b")
    assert files_of(desk, "flights@feb") == {"a": b"1!", "d": b"4"}
    found = desk(data_words.version_files, data_words.VersionFiles(ref="flights@feb"))
    assert [(one.path, one.properties) for one in found] == [("a", {"n": 1}), ("d", {"n": 4})]
    desk.made(tree(desk, "other", files={"e": b"5"}, label="one", source="dataset://flights/jan"), code="d")
    assert files_of(desk, "other") == {"a": b"1", "b": b"2", "x/c": b"3", "e": b"5"}
    assert (version(desk, "other").files, version(desk, "other").size) == (4, 4)
    run, _ = desk.made(tree(desk, "flights", files={"a": b"9"}, label="mar", source="dataset://flights/fe"), code="e")
    assert "no version or alias `fe`" in desk.log(run).decode()
    with pytest.raises(UnknownDataset):
        version(desk, "flights@mar")
    desk.made(tree(desk, "flights", files={"e": b"1", "a": b"1", "b": b"2", "x/c": b"3"}, label="apr"), code="f")
    desk.made(code="b")  # answered by an equal run: its version is there already
    assert version(desk, "flights").label == "apr"


def test_runs_of_other_projects_name_things_in_their_own(desk: Desk) -> None:
    eve = Call(actor="eve", project="other")
    desk.made(tree(desk, "flights", files={"a": b"1"}, label="jan", aliases=["it"]), output("a", **{"valohai.alias": "best"}), by=eve)
    with pytest.raises(UnknownDataset):
        version(desk, "flights")
    with pytest.raises(UnknownDatum):
        desk(words.get_datum, words.DatumName(ref="best"))
    assert desk(data_words.get_version, data_words.GetVersion(ref="flights@it"), eve).label == "jan"
    assert desk(words.get_datum, words.DatumName(ref="best"), eve).name == "a"
    desk.made(output("b", **{"valohai.alias": "best"}), code="b")
    assert desk(words.get_datum, words.DatumName(ref="best"), eve).name == "a"


def test_labels_and_aliases_are_given_by_hand(desk: Desk) -> None:
    digest = desk.blobs.put(manifest.encode({"a": Entry(1, False, desk.blobs.put(b"1"))}))
    request = data_words.CommitVersion(dataset="flights", manifest=digest, label="jan")
    assert desk(data_words.commit_version, request).label == "jan"
    assert desk(data_words.commit_version, request).number == 1
    with pytest.raises(Conflict, match="has the label `jan`, which stays"):
        desk(data_words.commit_version, msgspec.structs.replace(request, label="feb"))
    other = desk.blobs.put(manifest.encode({"a": Entry(1, False, desk.blobs.put(b"2"))}))
    with pytest.raises(Conflict, match="has a version `jan` already"):
        desk(data_words.commit_version, msgspec.structs.replace(request, manifest=other))
    assert desk(data_words.commit_version, msgspec.structs.replace(request, manifest=other, label=None)).label is None
    assert desk(data_words.label_version, data_words.LabelVersion(ref="flights@v2", label="feb")).label == "feb"
    moved = desk(data_words.set_alias, data_words.SetAlias(dataset="flights", alias="good", version=2, reason="looked at it"))
    assert moved.aliases == {"good": 2}
    assert desk(data_words.set_alias, data_words.SetAlias(dataset="flights", alias="good", version=1)).aliases == {"good": 1}
    for alias in ("jan", "latest", "3", "a/b"):
        with pytest.raises((Conflict, UsageError)):
            desk(data_words.set_alias, data_words.SetAlias(dataset="flights", alias=alias, version=1))
    assert desk(data_words.remove_alias, data_words.RemoveAlias(dataset="flights", alias="good")).aliases == {}
    with pytest.raises(UnknownDataset, match="no alias `good`"):
        desk(data_words.remove_alias, data_words.RemoveAlias(dataset="flights", alias="good"))
    assert [row.data["version"] for row in desk.news("dataset.aliased")] == [2, 1, None]
    assert [row.data["label"] for row in desk.news("dataset.labelled")] == ["feb"]


def test_an_output_that_says_nonsense_of_itself_is_refused_in_words_and_the_others_are_taken(desk: Desk) -> None:
    wrong = tree(desk, "flights", files={"a": b"1"}, tags="raw")
    shapeless = output("b", b"2")
    shapeless = msgspec.structs.replace(shapeless, about={"commits": 5, "registers": {"model": 7}})
    run, _ = desk.made(wrong, shapeless, tree(desk, "weather", files={"c": b"3"}), code="a")
    said = desk.log(run).decode()
    assert (
        "no version of dataset `flights` was made: what output `@dataset://flights` says under `commits` is wrong: Expected `array`" in said
    )
    assert "no version of dataset `b` was made" in said
    assert "no version of a model was made of output `b`: what it says under `registers` is wrong: Expected `str`" in said
    assert version(desk, "weather@v1").files == 1
    assert [data.name for data in desk(data_words.list_datasets, data_words.ListDatasets())] == ["weather"]
