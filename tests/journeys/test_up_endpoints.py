"""Endpoints beside `treadle up`: kept running, released, judged, and taken over when the server was killed."""

from __future__ import annotations

import asyncio
import importlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.contract import serving

from .test_endpoint import Load, Record, ask, environment, made, record

__all__ = ["environment", "made", "record"]

Until = Callable[..., Any]


class Up:
    """A running `treadle up` in a home."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.log = (folder / f"up-{os.urandom(4).hex()}.log").open("wb")
        words = [sys.executable, "-m", "treadle", "up", "--port", "0"]
        self.process = subprocess.Popen(words, cwd=folder, env=environment, stdout=self.log, stderr=self.log)

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(120)
        self.log.close()


@pytest.fixture
def up(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[[], Up]]:
    running: list[Up] = []

    def start() -> Up:
        running.append(Up(tmp_path, environment))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)


def port_of(record: Record) -> int:
    """The port at which the endpoint answers, 0 while it does not."""
    address = record.client(serving.get_endpoint, serving.EndpointName(endpoint="e")).address
    return int(address.rpartition(":")[2]) if address else 0


def keeper(folder: Path) -> int:
    """The process that keeps the endpoint."""
    words = (folder / ".treadle" / "endpoints" / "e" / "keeper.lock").read_text().split()
    return int(words[1]) if len(words) == 3 else 0


def test_an_endpoint_outlives_its_server_and_is_taken_over_without_a_lost_request(
    tmp_path: Path, record: Record, made: Any, up: Callable[[], Up], until: Until
) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    first = up()
    load = Load(until(lambda: port_of(record)), callers=4)

    def story() -> None:
        until(lambda: len(load.answered) > 50)
        kept = keeper(tmp_path)
        first.end(signal.SIGKILL)
        so_far = len(load.answered)
        until(lambda: len(load.answered) > so_far + 100)
        assert keeper(tmp_path) == kept
        up()
        until(lambda: keeper(tmp_path) not in (0, kept))
        so_far = len(load.answered)
        until(lambda: len(load.answered) > so_far + 100)

    asyncio.run(load.run(story))
    assert (load.failed, load.broken) == ([], 0)


def test_a_server_that_ends_in_order_ends_its_endpoints(
    tmp_path: Path, record: Record, made: Any, up: Callable[[], Up], until: Until
) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    server = up()
    port = until(lambda: port_of(record))
    status, _, answer = asyncio.run(ask(port, "/predict", {"rows": [[1, 0]], "key": "a"}))
    assert (status, answer) == (200, {"predictions": [2.0]})
    server.end(signal.SIGTERM)
    assert server.process.returncode == 0
    with pytest.raises(OSError):
        asyncio.run(ask(port, "/health/live"))
    assert record.predictions()["key"].to_list() == ["a"]


FRAGILE = """
class Fragile:
    '''Answers as well as any other, until something new comes.'''

    def predict(self, rows):
        if (rows[:, 1] == 7).any():
            raise KeyError("a code that was never seen")
        return rows[:, 0] * 3.0
"""


@pytest.fixture
def fragile(tmp_path: Path, made: Any) -> Iterator[bytes]:
    (tmp_path / "fragile.py").write_text(FRAGILE)
    yield pickle.dumps(importlib.import_module("fragile").Fragile())
    sys.modules.pop("fragile", None)


def test_a_canary_that_fails_is_taken_back_by_itself_and_nobody_notices(
    record: Record, made: Any, fragile: bytes, up: Callable[[], Up], until: Until
) -> None:
    record.declare()
    record.release(record.version(made(2.0)))
    up()
    port = until(lambda: port_of(record))
    record.release(record.version(fragile), serving.Stage(share=0.5, rows=1_000_000))

    def asked(number: int, what: int) -> tuple[int, str]:
        status, headers, _ = asyncio.run(ask(port, "/predict", {"rows": [[1, what]], "key": f"k{number}"}))
        return status, headers.get("treadle-revision", "")

    until(lambda: "2" in {asked(number, 0)[1] for number in range(8)})
    seen: set[int] = set()

    def taken_back() -> bool:
        seen.update(asked(number, 7)[0] for number in range(20))
        return record.client(serving.get_endpoint, serving.EndpointName(endpoint="e")).rollout is None

    until(taken_back)
    rollout = record.client(serving.list_rollouts, serving.Rollouts(endpoint="e"))[0]
    assert rollout.state == "taken back"
    assert rollout.reason.startswith("errors:")
    assert seen == {200}
    assert until(lambda: {asked(number, 0)[1] for number in range(8)} == {"1"})
