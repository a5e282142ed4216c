"""What curves cost that a page asks for at once: 50 metrics of 1,000,000 points each, in 1,000 buckets, against reading every point.

    python benchmarks/tracking/curves.py [--series N] [--points N] [--database URL]

The points are made here, and put down as a client's batches of 8,192 put them down. Without a URL the record is a file in a temporary
folder.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import delete, insert

from treadle.contract.tracking import ReadPoints
from treadle.core.operation import Call
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.tracking.batches import write_points
from treadle.tracking.curves import points
from treadle.tracking.series import Series

_BATCH = 8192


def run_row(id: int) -> dict[str, object]:
    words = {"project": "default", "kind": "script", "name": f"run-{id}", "step": "train.py", "definition": "d", "actor": "bench"}
    numbers = {"waiting": 1, "not_before": 0.0, "attempts": 0, "failures": 0, "losses": 0, "queued_at": 1.7e9}
    empty: dict[str, object] = {"parameters": {}, "bindings": {}, "options": {}}
    return {
        "id": id,
        "key": f"{id:032x}",
        "root": id,
        "state": "done",
        "engine": "script",
        "stop_requested": False,
        **numbers,
        **words,
        **empty,
    }


def fill(database: Database, count: int, size: int) -> float:
    """Writes `count` runs with a metric of `size` points each; answers the CPU seconds."""
    random, began = np.random.default_rng(7), time.process_time()
    for id in range(1, count + 1):
        with database.transaction() as tx:
            tx.execute(insert(t.run), run_row(id))
            values = np.exp(-np.linspace(0, 5, size)) + random.normal(0, 0.02, size)
            for start in range(0, size, _BATCH):
                part = np.arange(start, min(start + _BATCH, size))
                write_points(tx, id, {"loss": Series(part, 1.7e9 + part * 0.1, values[part])})
    return time.process_time() - began


def cpu(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def measure(database: Database, count: int, size: int) -> None:
    runs = tuple(str(id) for id in range(1, count + 1))
    with database.transaction() as tx:
        tx.execute(delete(t.series_level))

    def asked(**more: object) -> Callable[[], object]:
        return lambda: points(ReadPoints(runs=runs, names=("loss",), **({"buckets": 1000} | more)), Call(), database)  # type: ignore[arg-type]

    plain = cpu(asked(), 1)
    print(f"| {count} curves of {size:,} points, every point read and levels made once | {plain:.2f} CPU s | |")
    for what, more in (
        ("from levels", {}),
        ("from levels, along time", {"axis": "time"}),
        ("2,000 buckets", {"buckets": 2000}),
        ("the last tenth", {"start": size - size // 10}),
        ("the last 2,000 steps, each point", {"start": size - 2000, "buckets": 2000}),
    ):
        taken = cpu(asked(**more), 5)
        print(f"| {what} | {taken:.2f} CPU s | {plain / taken:.1f} x |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--database", help="an empty database; the default is a file")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder:
        database = Database(words.database or f"sqlite:///{Path(folder) / 'treadle.db'}").prepare()
        taken = fill(database, words.series, words.points)
        print(f"writing {words.series * words.points:,} points: {taken:.2f} CPU s")
        measure(database, words.series, words.points)
        database.close()


if __name__ == "__main__":
    main()
