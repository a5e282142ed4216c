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
from treadle.core.errors import StateError, TooLarge, UnknownDatum, UsageError
from treadle.core.ids import new_key
from treadle.core.operation import Call, asks_for, performer
from treadle.data import datums, operations  # noqa: F401 - they bind what is called here by name
from treadle.data.artifacts import artifact_row
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
        work.finish(w.FinishAttempts(attempts=(report,)), CALL, self.store)

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
    work.finish(w.FinishAttempts(attempts=(report,)), CALL, desk.store)
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
