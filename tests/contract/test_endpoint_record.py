"""What passes between an endpoint's keeper and the record, with a record that is only pretended; and spools as Parquet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from treadle.contract.access import Identity
from treadle.contract.data import Artifact
from treadle.contract.registry import Column, Signature
from treadle.contract.serving import AddedLabels, EndpointSettings, Label, Plan, Planned
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, Damaged, MissingContent, Unreachable, UsageError
from treadle.endpoint.checker import Checker, Rows
from treadle.endpoint.keeper import Keeper
from treadle.endpoint.plans import FolderPlace, read_plan, spec_of, write_plan
from treadle.endpoint.serve import bytes_of
from treadle.endpoint.shipper import Shipper
from treadle.endpoint.shipping import write
from treadle.endpoint.sources import RecordSource
from treadle.endpoint.spool import Recorder, abandoned
from treadle.sdk.client import Client

SIGNATURE = Signature(
    inputs=(Column(name="x", type="float64", nullable=True), Column(name="n", type="int64")), outputs=(Column(name="y", type="float64"),)
)


class Transport:
    """A record that is pretended: it answers what it was given and remembers what it was asked."""

    where = "a pretended home"

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any]] = []
        self.stored: dict[str, bytes] = {}
        self.away = False

    @property
    def contents(self) -> Any:
        return self

    def adopt(self, path: Path, *, move: bool) -> str:
        data = path.read_bytes()
        self.stored[digest_bytes(data)] = data
        if move:
            path.unlink()
        return digest_bytes(data)

    def call(self, operation: Any, request: Any) -> Any:
        if self.away:
            raise Unreachable("the record is away")
        self.asked.append((operation.name, request))
        return self.answers.get(operation.name)

    def close(self) -> None:
        pass


class Line(SimpleNamespace):
    @property
    def described(self) -> dict[str, Any]:
        return {"revision": self.number, "inputs": [[c.name, c.type] for c in SIGNATURE.inputs], "outputs": ["y"]}


def line(number: int = 1) -> Any:
    return Line(number=number, checker=Checker(SIGNATURE, 10))


def job(id: str, rows: list[list[float]], **more: Any) -> Any:
    payload = np.array(rows, dtype=float).tobytes()
    facts = {"key": None, "at": None, "received": 100.0, "began": 0.0, "role": "live"} | more
    keys, times = facts.pop("keys", None), facts.pop("times", None)
    return SimpleNamespace(id=id, rows=Rows(len(rows), payload, keys, times), **facts)


def batch(recorder: Recorder, jobs: list[Any], number: int = 1, errors: dict[int, str] | None = None) -> None:
    inputs = b"".join(one.rows.payload for one in jobs)
    counts = [one.rows.size for one in jobs]
    answers = np.arange(sum(counts), dtype=float).tobytes()
    recorder.batch(line(number), jobs, inputs, [len(one.rows.payload) for one in jobs], counts, ["d", 1, errors], answers, 0.5)


def test_a_spool_becomes_rows_with_everything_that_was_known(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "e", 1.0)
    batch(recorder, [job("a", [[1.5, 2]], key="k", at=7.0), job("b", [[float("nan"), 3], [4, 5]], keys=["k1", None], times=[None, 9.0])])
    batch(recorder, [job("c", [[6, 7]], role="canary")], number=2)
    recorder.failed(line(2), [job("d", [[8, 9]], role="canary")], "it raised", 0.25)
    assert abandoned(tmp_path) == []
    recorder.close()
    (spool,) = tmp_path.glob("*.spool")
    found = write(spool, tmp_path / "out.parquet", "e", 1.0)
    assert found == {"rows": 5, "first": 7.0, "last": 100.0, "revisions": {"1": 3, "2": 2}}
    rows = pl.read_parquet(tmp_path / "out.parquet").sort("id")
    assert rows.columns == ["id", "key", "at", "received", "revision", "role", "latency", "error", "in.x", "in.n", "out.y"]
    assert rows.schema["revision"] == pl.Int32
    assert rows.schema["in.n"] == pl.Int64
    assert rows.rows() == [
        ("a", "k", 7.0, 100.0, 1, "live", 0.5, None, 1.5, 2, 0.0),
        ("b.0", "k1", 100.0, 100.0, 1, "live", 0.5, None, None, 3, 1.0),
        ("b.1", None, 9.0, 100.0, 1, "live", 0.5, None, 4.0, 5, 2.0),
        ("c", None, 100.0, 100.0, 2, "canary", 0.5, None, 6.0, 7, 0.0),
        ("d", None, 100.0, 100.0, 2, "canary", 0.25, "it raised", 8.0, 9, None),
    ]


def test_what_a_killed_writer_left_unfinished_hides_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "e", 1.0)
    batch(recorder, [job("a", [[1, 2]])])
    batch(recorder, [job("b", [[3, 4]])])
    recorder.close()
    (spool,) = tmp_path.glob("*.spool")
    spool.write_bytes(spool.read_bytes()[:-3])
    assert write(spool, tmp_path / "out.parquet", "e", 1.0)["rows"] == 1


def test_a_share_is_recorded_by_key(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, "e", 0.3)
    batch(recorder, [job(f"i{n}", [[n, 0]], key=f"k{n % 100}") for n in range(1000)])
    recorder.close()
    (spool,) = tmp_path.glob("*.spool")
    found = write(spool, tmp_path / "out.parquet", "e", 0.3)
    rows = pl.read_parquet(tmp_path / "out.parquet")
    assert 150 <= found["rows"] <= 450
    assert set(rows["key"].value_counts()["count"]) == {10}
    assert not Recorder(tmp_path, "e", 0.0).on


def test_spools_are_shipped_once_and_wait_for_a_record_that_is_away(tmp_path: Path) -> None:
    transport = Transport()
    shipper = Shipper(RecordSource(Client(transport), "e", tmp_path), "e", tmp_path)
    (tmp_path / "spool").mkdir()
    recorder = Recorder(tmp_path / "spool", "e", 1.0)
    batch(recorder, [job("a", [[1, 2]])])
    recorder.close()
    (spool,) = (tmp_path / "spool").glob("*.spool")
    transport.away = True
    shipper.ship()
    assert spool.exists()
    transport.away = False
    (tmp_path / "spool" / "1-broken.spool").write_bytes(b"\x01\x00\x00\x00\x00\x00\x00\x00\xc1")
    shipper.finish()
    ((name, request),) = transport.asked
    assert (name, request.endpoint, request.key, request.rows, request.revisions) == ("serving.ship", "e", spool.stem, 1, {1: 1})
    assert (request.first, request.last) == (100.0, 100.0)
    assert request.size == len(transport.stored[request.digest])
    assert sorted(path.suffix for path in (tmp_path / "spool").iterdir()) == [".damaged"]


def test_a_full_disk_stops_no_answer_and_is_counted(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "gone", "e", 1.0)
    batch(recorder, [job("a", [[1, 2], [3, 4]])])
    assert recorder.lost == 2


def test_the_record_is_asked_in_its_own_words(tmp_path: Path) -> None:
    added = AddedLabels(new=1, repeated=0, conflicting=0)
    transport = Transport(**{"serving.labels": added, "access.identify": Identity(known=True, guarded=True, may=("endpoint:*",))})
    source = RecordSource(Client(transport), "e", tmp_path)
    assert source.labels((Label(key="k", value=1.0),)) is added
    assert source.who("hash").may == ("endpoint:*",)
    assert source.pause == 0.05
    artifact = Artifact(name="m", digest=digest_bytes(b"abc"), size=3, format="sklearn", inline=b"abc")
    assert source.place(artifact).read_bytes() == b"abc"


def test_a_plan_folder_is_checked(tmp_path: Path) -> None:
    data = b"model"
    artifact = Artifact(name="model", digest=digest_bytes(data), size=5, format="sklearn")
    plan = Plan(
        endpoint="e",
        state="on",
        generation=1,
        settings=EndpointSettings(),
        revisions=(Planned(number=1, model="m", version=1, role="live", share=1.0, artifact=artifact),),
    )
    with pytest.raises(Damaged):
        write_plan(tmp_path, plan, {"0" * 64: data})
    write_plan(tmp_path, plan, {artifact.digest: data})
    assert read_plan(tmp_path) == plan
    place = FolderPlace(tmp_path / "blobs")
    assert spec_of(plan.revisions[0], plan.settings, place, 0).path == str(tmp_path / "blobs" / artifact.digest)
    (tmp_path / "blobs" / artifact.digest).write_bytes(b"other")
    with pytest.raises(Damaged):
        place(artifact)
    (tmp_path / "blobs" / artifact.digest).unlink()
    with pytest.raises(MissingContent):
        place(artifact)
    with pytest.raises(UsageError):
        place(Artifact(name="model", digest="../../etc/passwd", size=5, format="sklearn"))
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(UsageError):
        read_plan(tmp_path)


def test_an_endpoint_has_one_keeper(tmp_path: Path) -> None:
    source = RecordSource(Client(Transport()), "e", tmp_path)

    def keeper() -> Keeper:
        return Keeper(source, "e", tmp_path / "state", memory=0, insecure=False, ready=lambda _: None)

    first = keeper()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    with pytest.raises(Conflict):
        keeper()
    assert asyncio.iscoroutinefunction(first.keep)


def test_sizes() -> None:
    assert bytes_of("2GiB") == 2 << 30
    assert bytes_of("512 MiB") == 512 << 20
    assert bytes_of("0") > 0
    with pytest.raises(UsageError):
        bytes_of("many")
