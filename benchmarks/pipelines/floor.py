"""A toy engine, the floor under a durable one: each step is a forked process, a row in SQLite and a stored result. Nothing else is
there: no supervision, no leases, no capture of code or environment, no log, no retries.

    python benchmarks/pipelines/floor.py chain|fan NUMBER FOLDER
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCHEMA = "CREATE TABLE IF NOT EXISTS step (key TEXT PRIMARY KEY, name TEXT, state TEXT, started REAL, ended REAL, result TEXT)"


def increment(number: int) -> int:
    return number + 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Toy:
    """Performs functions at most `most` at once. A result is a file named by its content, an input is named by its result."""

    def __init__(self, folder: Path, most: int) -> None:
        self.results, self.most = folder / "results", most
        self.results.mkdir(parents=True, exist_ok=True)
        self.record = sqlite3.connect(folder / "record.db", isolation_level=None)
        for line in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", SCHEMA):
            self.record.execute(line)
        self.sources = {function: inspect.getsource(function) for function in (increment, total)}
        self.running: dict[int, tuple[str, int]] = {}
        self.done: dict[str, str] = {}

    def submit(self, function: Callable[[Any], Any], given: str | list[str]) -> str:
        """Answers the key of the call, whose result is in `done` at once or after `wait`."""
        key = hashlib.sha256(f"{self.sources[function]} {given}".encode()).hexdigest()
        row = self.record.execute("SELECT result FROM step WHERE key = ? AND state = 'done'", (key,)).fetchone()
        if row:
            self.done[key] = row[0]
            return key
        while len(self.running) >= self.most:
            self.wait()
        self.record.execute(
            "INSERT OR REPLACE INTO step (key, name, state, started) VALUES (?, ?, 'running', ?)", (key, function.__name__, time.time())
        )
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            value = [self.load(one) for one in given] if isinstance(given, list) else self.load(given)
            os.write(writing, self.store(function(value)).encode())
            os._exit(0)
        os.close(writing)
        self.running[pid] = (key, reading)
        return key

    def wait(self) -> None:
        pid, status = os.wait()
        key, reading = self.running.pop(pid)
        assert status == 0
        self.done[key] = os.read(reading, 100).decode()
        os.close(reading)
        self.record.execute("UPDATE step SET state = 'done', ended = ?, result = ? WHERE key = ?", (time.time(), self.done[key], key))

    def result(self, key: str) -> str:
        while key not in self.done:
            self.wait()
        return self.done[key]

    def store(self, value: Any) -> str:
        content = json.dumps(value).encode()
        name = hashlib.sha256(content).hexdigest()
        growing = self.results / f"{name}.{os.getpid()}"
        growing.write_bytes(content)
        growing.rename(self.results / name)
        return name

    def load(self, name: str) -> Any:
        return json.loads((self.results / name).read_bytes())


def main() -> None:
    shape, number = sys.argv[1], int(sys.argv[2])
    toy = Toy(Path(sys.argv[3]), len(os.sched_getaffinity(0)))
    if shape == "chain":
        value = toy.store(0)
        for _ in range(number):
            value = toy.result(toy.submit(increment, value))
    else:
        keys = [toy.submit(increment, toy.store(one)) for one in range(number)]
        value = toy.result(toy.submit(total, [toy.result(key) for key in keys]))
    print(f"= {toy.load(value)}")


if __name__ == "__main__":
    main()
