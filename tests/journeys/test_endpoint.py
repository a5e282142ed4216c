"""Endpoints with real processes: change of revision, rollback, kills and misbehaving models under load."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from sqlalchemy import update

from treadle.contract import registry, serving
from treadle.contract.data import Artifact
from treadle.contract.registry import Column, Signature
from treadle.contract.serving import EndpointSettings, Plan, Planned
from treadle.core.content import digest_bytes
from treadle.endpoint.plans import write_plan
from treadle.sdk.client import Client, connect
from treadle.store import tables as t

Until = Callable[..., Any]
TROUBLE = """
    import os

    class Model:
        '''Answers factor * first column; some values of the second make it misbehave.'''

        def __init__(self, factor, name=""):
            self.factor = factor

        def predict(self, rows):
            for what in rows[:, 1]:
                if what == 1:
                    raise ValueError("no such thing in /a/secret/place")
                if what == 2:
                    while True:
                        pass
                if what == 3:
                    os._exit(9)
                if what == 4:
                    held = []
                    while True:
                        held.append(bytearray(64 << 20))
                if what == 5:
                    raise SystemExit(3)
            return rows[:, 0] * self.factor
"""
SIGNATURE = Signature(
    inputs=(Column(name="x", type="float64"), Column(name="what", type="int64")),
    outputs=(Column(name="y", type="float64"),),
    method="predict",
)


class Served:
    """A running `treadle serve`."""

    def __init__(self, folder: Path, words: list[str], environment: dict[str, str]) -> None:
        self.folder = folder
        self.log = folder / f"serve-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "treadle", "serve", *words]
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        self.address = ""

    def wait(self, until: Until) -> Served:
        def announced() -> str:
            assert self.process.poll() is None, self.log.read_text()
            line = next((line for line in self.log.read_text().splitlines() if line.startswith("Treadle serves")), "")
            return line.rpartition(" ")[2]

        self.address = until(announced)
        return self

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
        return asyncio.run(ask(self.port, path, body, headers))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


async def ask(port: int, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], Any]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await asyncio.wait_for(exchange(reader, writer, path, body, headers or {}), 60)
    finally:
        await close(writer)


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: Any, headers: dict[str, str]
) -> tuple[int, dict[str, str], Any]:
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {"Host": "127.0.0.1", "Content-Length": str(len(data)), **({"Content-Type": "application/json"} if data else {}), **headers}
    head = f"{'POST' if body is not None else 'GET'} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())
    writer.write(head.encode() + b"\r\n" + data)
    await writer.drain()
    status = int((await reader.readuntil(b"\r\n")).split()[1])
    found: dict[str, str] = {}
    while (line := (await reader.readuntil(b"\r\n")).strip()) != b"":
        name, _, value = line.decode().partition(":")
        found[name.lower()] = value.strip()
    content = await reader.readexactly(int(found["content-length"]))
    return status, found, json.loads(content) if "json" in found.get("content-type", "") else content


class Load:
    """Callers that ask one after another until they are told to stop; who is answered 200 keeps its key."""

    def __init__(self, port: int, callers: int = 8) -> None:
        self.port = port
        self.callers = callers
        self.answered: dict[str, float] = {}
        self.revisions: dict[str, int] = {}
        self.failed: list[str] = []
        self.broken = 0
        self.done = False

    async def run(self, during: Callable[[], Any]) -> None:
        """Loads the endpoint while `during` happens in a thread."""
        asking = [asyncio.create_task(self._ask(number)) for number in range(self.callers)]
        try:
            await asyncio.to_thread(during)
        finally:
            self.done = True
            await asyncio.wait_for(asyncio.gather(*asking), 60)

    async def _ask(self, number: int) -> None:
        turn, streams = 0, None
        while not self.done:
            turn += 1
            key = f"{number}-{turn}"
            try:
                streams = streams or await asyncio.open_connection("127.0.0.1", self.port)
                body = {"rows": [[turn, 0]], "key": key}
                status, headers, answer = await asyncio.wait_for(exchange(*streams, "/predict", body, {}), 30)
            except (OSError, asyncio.IncompleteReadError):
                self.broken += 1  # a connection to a process that was killed: the caller comes again
                if streams is not None:
                    await close(streams[1])
                streams = None
                continue
            if status == 200:
                self.answered[key] = answer["predictions"][0]
                self.revisions[key] = int(headers["treadle-revision"])
            else:
                self.failed.append(f"{status} {answer}")
            if headers.get("connection") == "close":
                await close(streams[1])
                streams = None
        if streams is not None:
            await close(streams[1])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "trouble.py").write_text(textwrap.dedent(TROUBLE))
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_")}
    return kept | {"TREADLE_HOME": str(tmp_path / ".treadle"), "PYTHONPATH": str(tmp_path)}


@pytest.fixture
def made(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[float], bytes]:
    """Pickles of the model that misbehaves."""
    monkeypatch.syspath_prepend(str(tmp_path))
    import importlib

    module = importlib.import_module("trouble")
    yield lambda factor: pickle.dumps(module.Model(factor))
    sys.modules.pop("trouble", None)


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str], until: Until) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def begin(*words: str) -> Served:
        served = Served(tmp_path, list(words), environment)
        running.append(served)
        return served.wait(until)

    yield begin
    for served in running:
        if served.process.poll() is None:
            served.stop()


def planned(number: int, data: bytes, role: str = "live", share: float = 1.0, format: str = "pickle", **more: Any) -> Planned:
    artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format=format, pickled=format == "pickle")
    fields = {"signature": SIGNATURE, **more}
    return Planned(number=number, model="m", version=number, role=role, share=share, artifact=artifact, **fields)


def folder_of(path: Path, models: list[tuple[Planned, bytes]], **settings: Any) -> Path:
    plan = Plan(
        endpoint="e",
        state="on",
        generation=1,
        settings=EndpointSettings(consent=True, **settings),
        revisions=tuple(one for one, _ in models),
    )
    write_plan(path, plan, {digest_bytes(data): data for _, data in models})
    return path


class Record:
    """A home with a model `m` of several versions and an endpoint `e`."""

    def __init__(self, home: Path) -> None:
        self.client: Client = connect(home=home)

    def declare(self, **settings: Any) -> None:
        made = EndpointSettings(consent=True, **settings)
        self.client(serving.declare_endpoint, serving.DeclareEndpoint(endpoint="e", model="m", settings=made))

    def version(self, data: bytes) -> int:
        digest = self.client.contents.put(data)
        artifact = Artifact(name="model", digest=digest, size=len(data), format="pickle", pickled=True)
        found = self.client(registry.register, registry.Register(model="m", artifact=artifact, key=digest))
        store: Any = self.client.transport.store  # type: ignore[attr-defined]
        with store.engine.begin() as connection:  # a check would have found this out
            connection.execute(update(t.model_version).values(signature=msgspec.to_builtins(SIGNATURE)))
        return found.number

    def release(self, version: int, *stages: serving.Stage) -> None:
        self.client(serving.release, serving.Release(endpoint="e", ref=f"m@v{version}", stages=stages, override="a test"))

    def predictions(self) -> pl.DataFrame:
        chunks = self.client(serving.list_predictions, serving.ListPredictions(endpoint="e"))
        if not chunks:
            return pl.DataFrame({"key": [], "id": []})
        return pl.concat([pl.read_parquet(self.client.contents.local(chunk.digest)) for chunk in chunks], how="diagonal_relaxed")


@pytest.fixture
def record(tmp_path: Path, environment: dict[str, str]) -> Iterator[Record]:
    made = Record(tmp_path / ".treadle")
    yield made
    made.client.close()


def children(pid: int, word: str) -> list[int]:
    """Processes below one whose command line has a word."""
    found, waiting = [], [pid]
    while waiting:
        try:
            below = Path(f"/proc/{waiting[-1]}/task/{waiting.pop()}/children").read_text().split()
        except FileNotFoundError:
            continue
        for child in map(int, below):
            waiting.append(child)
            try:
                if word in Path(f"/proc/{child}/cmdline").read_text():
                    found.append(child)
            except FileNotFoundError:
                continue
    return found


def test_a_model_that_misbehaves_harms_only_its_own_request(tmp_path: Path, made: Any, start: Any, until: Until) -> None:
    folder = folder_of(tmp_path / "plan", [(planned(1, made(2.0)), made(2.0))], time_limit=5.0)
    served = start("--plan", str(folder), "--memory", "400MiB")

    assert served.ask("/predict", {"rows": [[3, 0], [4, 0]]})[2] == {"predictions": [6.0, 8.0]}
    status, headers, answer = served.ask("/predict", {"rows": [[3, 1]]})
    assert (status, answer["title"], headers["treadle-revision"]) == (500, "the model raised ValueError", "1")
    assert "secret" not in json.dumps(answer)
    assert served.ask("/predict", {"rows": [[3, 5]]})[0] == 500
    assert served.ask("/predict", {"rows": [[3, 2]]})[0] == 504
    assert served.ask("/predict", {"rows": [[3, 0]]})[2] == {"predictions": [6.0]}
    assert served.ask("/predict", {"rows": [[3, 3]]})[0] == 503
    assert served.ask("/predict", {"rows": [[3, 0]]})[2] == {"predictions": [6.0]}
    status, _, answer = served.ask("/predict", {"rows": [[3, 4]]})
    assert (status, "MemoryError" in answer["title"] or "memory" in answer["title"]) in ((500, True), (503, True))
    early = 0  # refusals until a process is there again

    def answers() -> bool:
        nonlocal early
        status, _, answer = served.ask("/predict", {"rows": [[3, 0]]})
        early += status >= 500
        return bool(answer == {"predictions": [6.0]})

    until(answers)

    metrics = served.ask("/metrics")[2].decode()
    counted = {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in metrics.splitlines() if not line.startswith("#")}
    assert counted["treadle_endpoint_crashes_total"] == 3
    assert counted["treadle_endpoint_errors_total"] == 5 + early


def test_one_request_that_raises_does_not_fail_those_beside_it(tmp_path: Path, made: Any, start: Any) -> None:
    served = start("--plan", str(folder_of(tmp_path / "plan", [(planned(1, made(2.0)), made(2.0))])))

    async def all_at_once() -> list[tuple[int, Any]]:
        bodies = [{"rows": [[n, 1 if n % 5 == 0 else 0]]} for n in range(1, 41)]
        return [(s, a) for s, _, a in await asyncio.gather(*(ask(served.port, "/predict", body) for body in bodies))]

    for n, (status, answer) in enumerate(asyncio.run(all_at_once()), start=1):
        assert (status, answer.get("predictions")) == ((500, None) if n % 5 == 0 else (200, [2.0 * n]))


def test_a_canary_that_dies_is_answered_for_by_the_live_revision(tmp_path: Path, made: Any, start: Any) -> None:
    two = [(planned(1, made(2.0)), made(2.0)), (planned(2, made(3.0), "canary", 0.999999), made(3.0))]
    served = start("--plan", str(folder_of(tmp_path / "plan", two, time_limit=2.0)))
    status, headers, answer = served.ask("/predict", {"rows": [[5, 0]], "key": "k"})
    assert (status, headers["treadle-revision"], answer) == (200, "2", {"predictions": [15.0]})
    # Both would raise on this: the canary's failure is the live revision's to answer for.
    assert served.ask("/predict", {"rows": [[5, 1]], "key": "k"})[1]["treadle-revision"] == "1"


def test_revisions_change_and_go_back_under_load_without_a_failed_request(made: Any, record: Record, start: Any, until: Until) -> None:
    record.declare(workers=2)
    first, second = record.version(made(2.0)), record.version(made(3.0))
    record.release(first)
    served = start("e")
    load = Load(served.port)

    def story() -> None:
        until(lambda: len(load.answered) > 200)
        record.release(second)
        until(lambda: list(load.revisions.values())[-1:] == [2])
        record.client(serving.roll_back, serving.RollBack(endpoint="e", reason="a test"))
        until(lambda: list(load.revisions.values())[-50:] == [1] * 50)

    asyncio.run(load.run(story))
    served.stop()
    assert load.failed == []
    assert load.broken == 0
    factor = {1: 2.0, 2: 3.0}
    assert all(y == factor[load.revisions[key]] * int(key.partition("-")[2]) for key, y in load.answered.items())

    rows = record.predictions()
    assert sorted(rows["key"]) == sorted(load.answered)
    assert dict(zip(rows["key"], rows["out.y"], strict=True)) == load.answered
    found = record.client(serving.get_endpoint, serving.EndpointName(endpoint="e"))
    assert sum(one.requests for one in found.traffic) == len(load.answered)
    assert found.predictions == len(load.answered)


@pytest.mark.parametrize("victim", ["host", "worker", "keeper"])
def test_nothing_that_was_answered_is_lost_when_a_process_is_killed_under_load(
    victim: str, made: Any, record: Record, start: Any, until: Until
) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    served = start("e")
    load = Load(served.port)

    def story() -> None:
        until(lambda: len(load.answered) > 200)
        pid = served.process.pid
        worker = children(pid, "endpoint.worker")[0]
        # The nursery is the first of its name; the model's process was forked from it.
        target = {"keeper": pid, "worker": worker, "host": children(worker, "endpoint.nursery")[-1]}[victim]
        os.kill(target, signal.SIGKILL)
        before = len(load.answered)
        if victim == "keeper":
            served.process.wait()
            until(lambda: len(load.answered) > before + 200)
            start("e")
        before = len(load.answered)
        until(lambda: len(load.answered) > before + 200)

    asyncio.run(load.run(story))
    assert len(load.failed) <= (8 if victim == "host" else 0)
    assert (load.broken > 0) == (victim == "worker")

    def recorded() -> bool:
        return set(load.answered) <= set(record.predictions()["key"])

    assert until(recorded)
    rows = record.predictions().filter(pl.col("error").is_null())
    assert rows["id"].n_unique() == rows.height


def test_slow_and_huge_requests_are_refused_and_others_answered(tmp_path: Path, made: Any, start: Any) -> None:
    served = start("--plan", str(folder_of(tmp_path / "plan", [(planned(1, made(2.0)), made(2.0))], most_body=10_000, most_rows=50)))

    async def story() -> None:
        slow = await asyncio.open_connection("127.0.0.1", served.port)
        slow[1].write(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
        said = await ask(served.port, "/predict", b"x" * 10_001)
        assert said[0] == 413
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(4):
            writer.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
        assert (await reader.readline()).split()[1] == b"413"
        await close(writer)
        assert (await ask(served.port, "/predict", {"rows": [[1, 0]] * 51}))[0] == 413
        assert (await ask(served.port, "/predict", {"rows": [[1, 0]]}))[0] == 200
        assert (await ask(served.port, "/predict", {"rows": [[1, 0]]}, {"X": "y" * 40_000}))[0] == 431
        await close(slow[1])

    asyncio.run(story())


def test_numbers_come_back_to_the_last_bit(tmp_path: Path, made: Any, start: Any) -> None:
    served = start("--plan", str(folder_of(tmp_path / "plan", [(planned(1, made(1.0)), made(1.0))])))
    values = np.random.default_rng(0).standard_normal(500) * 10.0 ** np.arange(-250, 250)
    answer = served.ask("/predict", {"rows": [[float(value), 0] for value in values]})[2]
    assert answer["predictions"] == values.tolist()
