"""What recording costs: the words of user code, taking in, curves and queries.

python benchmarks/tracking/measure.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from treadle.contract.tracking import ReadPoints
from treadle.core.operation import Call
from treadle.sdk import track
from treadle.sdk.spool import read_records
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.tracking import curves, operations
from treadle.tracking.query import select_runs

POINTS = 100_000
RUNS = 100_000


def shown(what: str, seconds: float, per: int, unit: str) -> None:
    scale = {"us": 1e6, "ms": 1e3}[unit]
    print(f"{what:<64} {seconds / per * scale:10.2f} {unit}")


def best(work: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def words(folder: Path) -> bytes:
    os.environ["TREADLE_SPOOL"] = str(folder)
    track.log(loss=1.0)

    def single() -> None:
        for step in range(POINTS):
            track.log(loss=0.1, accuracy=0.5, step=step)

    shown("log(loss=, accuracy=, step=), a call", best(single, 3), POINTS, "us")
    values, steps = np.random.default_rng(1).random(10 * POINTS), np.arange(10 * POINTS)
    shown("log_many of an array with steps, a point", best(lambda: track.log_many({"bulk": values}, steps=steps), 3), 10 * POINTS, "us")
    listed = values.tolist()
    shown("log_many of a list, a point", best(lambda: track.log_many({"listed": listed}), 3), 10 * POINTS, "us")
    return (folder / "spool").read_bytes()


def imports() -> None:
    for module in ("treadle", "treadle.sdk.track"):
        code = f"import time; a = time.perf_counter(); import {module}; print(time.perf_counter() - a)"
        taken = [float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) for _ in range(9)]
        shown(f"import {module}", statistics.median(taken), 1, "ms")


def run_row(id: int) -> dict[str, object]:
    plain = {"parameters": {}, "bindings": {}, "options": {}, "waiting": 0, "not_before": 0.0, "attempts": 1, "failures": 0, "losses": 0}
    words = {
        "project": "default",
        "kind": "step",
        "name": f"run-{id}",
        "step": "train",
        "definition": "d",
        "engine": "local",
        "actor": "ada",
    }
    state = "failed" if id % 50 == 0 else "done"
    return {"id": id, "key": str(id), "root": id, "state": state, "stop_requested": False, "queued_at": float(id), **plain, **words}


def record(folder: Path, spool: bytes) -> None:
    database = Database(f"sqlite:///{folder / 'treadle.db'}").prepare()
    with database.transaction() as tx:
        tx.execute(insert(t.run), [run_row(id) for id in range(1, RUNS + 1)])
        for name in ("auc", "loss"):
            rows = [
                {
                    "run": id,
                    "name": name,
                    "last": (id * 7919 % 10007) / 10007,
                    "last_step": 1,
                    "lowest": 0.0,
                    "highest": 1.0,
                    "points": 1,
                    "at": 1.0,
                }
                for id in range(1, RUNS + 1)
            ]
            tx.execute(insert(t.metric), rows)
        tx.execute(insert(t.parameter), [{"run": id, "name": "lr", "text": str(id % 10), "number": id % 10} for id in range(1, RUNS + 1)])
    records, _ = read_records(spool)
    points = sum(len(record["m"]) if record["k"] == "p" else record["n"] for record in records)
    start = time.perf_counter()
    with database.transaction() as tx:
        operations.ingest(tx, 1, "benchmark", 0, spool)
    shown(f"ingest of {points:,} points, a point", time.perf_counter() - start, points, "us")

    def curve() -> None:
        curves.points(ReadPoints(runs=("1",), names=("bulk",), buckets=500), Call(), database)

    shown(f"curve of {30 * POINTS:,} points in 500 buckets", best(curve), 1, "ms")
    for query, sort in (
        ("", "-id"),
        ("state = failed", "-id"),
        ("metrics.auc > 0.5 and params.lr < 3", "-id"),
        ("metrics.auc > 0.9999", "-id"),
        ("metrics.auc > 2", "-id"),
        ("", "-metrics.auc"),
        ("name ilike '%99999%'", "-id"),
    ):

        def page(query: str = query, sort: str = sort) -> None:
            with database.reading() as tx:
                select_runs(tx, query, sort=sort)

        shown(f"page of 50 among {RUNS:,} runs: {query or 'all'} by {sort}", best(page), 1, "ms")
    database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        imports()
        record(Path(folder), words(Path(folder)))
