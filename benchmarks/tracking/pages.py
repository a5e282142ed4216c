"""What the web interface's list of runs asks, in CPU seconds of the operations themselves, among 100,000 runs and more.

    python benchmarks/tracking/pages.py [--runs N] [--wide N] [--database URL]

`--runs` have 20 metrics and 20 parameters each, `--wide` (the newest ones) 500 of each. Without a URL the record is a file in a temporary
folder. Numbers are made by the database itself (fill.py).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fill import fill

from treadle.contract.columns import ReadTable
from treadle.contract.runs import ListRuns
from treadle.contract.tracking import GroupRuns, ListMetrics
from treadle.core.operation import Call
from treadle.runs.operations import list_runs
from treadle.store.database import Database
from treadle.tracking.groups import group
from treadle.tracking.names import names
from treadle.tracking.table import table

COLUMNS = ("metrics.m0", "metrics.m1", "metrics.m2", "metrics.m3", "params.p0", "params.p1", "params.p2", "tags.team")
TABLED = (
    "metrics.m0",
    "metrics.m1.highest",
    "metrics.m2",
    "params.p0",
    "params.p1",
    "params.p2",
    "tags.team",
    "state",
    "duration",
    "created",
)
QUERIES = ("", "metrics.m0 > 0.9 and params.p0 < 1", "metrics.m0 > 0.9999", "metrics.m0 > 0.5", "tags.team = red", "state = failed")
GROUPED = "metrics.m0 > 0.9"


def shown(what: str, work: Callable[[], object], times: int = 5) -> None:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    print(f"| {what} | {statistics.median(taken):.3f} CPU s |", flush=True)


def measure(database: Database) -> None:
    call = Call()
    for query in QUERIES:
        for sort in ("-id", "-metrics.m1"):
            page = ListRuns(query=query, sort=sort, limit=200, columns=COLUMNS)
            shown(f"200 runs, 8 columns: {query or 'all'} by {sort}", lambda page=page: list_runs(page, call, database))  # type: ignore[misc]
    shown("200 runs with all they have", lambda: list_runs(ListRuns(limit=200), call, database), 1)
    for query in QUERIES:
        count = ListRuns(query=query, limit=1, columns=(), count=True)
        shown(f"one run and the total: {query or 'all'}", lambda count=count: list_runs(count, call, database))  # type: ignore[misc]
    for limit in (5000, 20_000):
        asked = ReadTable(columns=TABLED, limit=limit)
        shown(f"a table of {limit:,} runs and 10 columns", lambda asked=asked: table(asked, call, database))  # type: ignore[misc]
    shown("known names", lambda: names(ListMetrics(), call, database))
    shown("groups by a parameter", lambda: group(GroupRuns(by="params.p1"), call, database))
    metrics = ("m0", "m1", "m2")
    shown(f"the same with 3 metrics, {GROUPED}", lambda: group(GroupRuns(by="params.p1", query=GROUPED, metrics=metrics), call, database))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--wide", type=int, default=2000)
    parser.add_argument("--database", help="an empty database; the default is a file")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder:
        url = words.database or f"sqlite:///{Path(folder) / 'treadle.db'}"
        database = Database(url).prepare()
        fill(url, words.runs, named=20)
        fill(url, words.wide, words.runs + 1001, named=500)
        measure(database)
        database.close()


if __name__ == "__main__":
    main()
