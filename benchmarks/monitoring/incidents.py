"""How often a monitor alarms when nothing has changed, and how soon when something has:

    python benchmarks/monitoring/incidents.py [--quick] [--seed 1]

Generated predictions of 30 inputs and a chance go through a real monitor in a temporary home, window by window, labels included, and
its alarms are counted. Prints the tables of docs/monitoring.md. Everything is seeded, so it prints the same again.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from data import table
from sqlalchemy import update

from treadle.assemble import Record, open_home
from treadle.contract import monitoring, registry, serving
from treadle.contract.data import Artifact
from treadle.core.content import digest_bytes
from treadle.statistics import profile
from treadle.store import tables as t

DAY = 86_400.0
START = 1_700_006_400.0
REFERENCE = 20_000
YEAR = 365
CHECKS = ("quality", "drift", "predictions", "performance", "traffic")


def chance(frame: pl.DataFrame) -> Any:
    return 1 / (1 + np.exp(-(frame["n00"].fill_nan(0.0) + 0.5 * frame["n01"].fill_nan(0.0)).to_numpy()))


class Watched:
    """A home with one live version whose reference is quiet data, and a monitor with a window a day."""

    def __init__(self, record: Record, rows: int, seed: int) -> None:
        self.record, self.rows, self.seed, self.day = record, rows, seed, 0
        data = b"a model"
        artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format="text", inline=data)
        record.call(registry.register, registry.Register(model="m", artifact=artifact, key="v1"))
        record.call(registry.decide, registry.Decide(ref="m@v1", decision="yes", words="simulated", override=True))
        frame = table(REFERENCE, seed=seed)
        known = frame.rename({name: f"in.{name}" for name in frame.columns}).with_columns(pl.Series("out.late", chance(frame)))
        auc = _auc(chance(frame), self.truth(chance(frame), seed))
        values = {"profile": record.blobs.put(profile.encode(profile.reference(known))), "metrics": {"auc": auc}}
        with record.store.transaction() as tx:
            tx.execute(update(t.model_version).values(**values))
        record.call(serving.declare_endpoint, serving.DeclareEndpoint(endpoint="e", model="m"))
        record.call(serving.release, serving.Release(endpoint="e", ref="m@v1"))
        wished = monitoring.Performance(metric="auc", worse_by=0.03, estimate=False)
        settings = monitoring.MonitorSettings(seconds=DAY, performance=wished)
        record.call(monitoring.declare_monitor, monitoring.DeclareMonitor(monitor="w", endpoint="e", settings=settings))

    def truth(self, late: Any, seed: int, kept: float = 1.0) -> Any:
        rng = np.random.default_rng(seed + 500_000)
        known = rng.random(len(late)) < late
        return np.where(rng.random(len(late)) < kept, known, rng.random(len(late)) < 0.5)

    def live(self, change: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame, kept: float = 1.0) -> None:
        """One day of traffic with its labels; `change` is what has happened to the inputs, `kept` the share of labels that still follow
        the model."""
        seed = self.seed + 1 + self.day
        frame = change(table(self.rows, seed=seed))
        late = chance(frame)
        keys = [f"{self.day}-{place}" for place in range(self.rows)]
        at = START + self.day * DAY + np.arange(self.rows) / self.rows * DAY
        record = pl.DataFrame({"id": keys, "key": keys, "at": at, "received": at}).with_columns(
            pl.Series("out.late", late),
            revision=pl.lit(1, pl.Int32),
            role=pl.lit("live"),
            latency=pl.lit(0.004),
            error=pl.lit(None, pl.String),
        )
        record = record.with_columns(**{f"in.{name}": frame[name] for name in frame.columns})
        buffer = io.BytesIO()
        record.write_parquet(buffer)
        shipped = serving.ShipPredictions(
            endpoint="e",
            key=f"{self.day}",
            digest=self.record.blobs.put(buffer.getvalue()),
            size=buffer.tell(),
            rows=self.rows,
            first=float(at[0]),
            last=float(at[-1]),
            revisions={1: self.rows},
        )
        self.record.call(serving.ship_predictions, shipped)
        happened = self.truth(late, seed, kept)
        labels = tuple(serving.Label(key=key, value=bool(value)) for key, value in zip(keys, happened, strict=True))
        self.record.call(serving.add_labels, serving.AddLabels(endpoint="e", labels=labels))
        self.day += 1

    def look(self) -> list[monitoring.Window]:
        return list(self.record.call(monitoring.look, monitoring.Look(monitor="w", close=True)).windows)

    def alarms(self) -> list[monitoring.Alarm]:
        return self.record.call(monitoring.list_alarms, monitoring.ListAlarms(monitor="w", limit=1000))[::-1]


def _auc(scores: Any, truth: Any) -> float:
    from treadle.statistics.performance import auc

    return auc(truth, scores).value


def watched(rows: int, seed: int, then: Callable[[Watched], Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        record = open_home(Path(folder) / "home")
        try:
            return then(Watched(record, rows, seed))
        finally:
            record.close()


def quiet(rows: int, years: int, seed: int) -> list[str]:
    """Quiet windows: which checks were bad, what was recorded, what opened."""
    bad: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    recorded = looked = 0
    began = time.process_time()
    for year in range(years):

        def live(world: Watched) -> None:
            nonlocal recorded, looked
            for _ in range(YEAR):
                world.live()
                [window] = world.look()
                looked += 1
                bad.update(kind for kind, word in window.verdicts.items() if word == "bad")
                numbers = window.report["checks"]["drift"]["numbers"]
                recorded += bool(numbers["recorded"] or numbers["material"])
            opened.update(alarm.kind for alarm in world.alarms())

        watched(rows, seed + 10_000 * year, live)
    shares = [f"{bad[kind] / looked:.2%}" for kind in CHECKS]
    cost = (time.process_time() - began) / looked
    return [f"{rows:,}", f"{looked:,}", f"{recorded / looked:.1%}", *shares, f"{sum(opened.values()) / years:.2f}", f"{cost * 1000:.0f} ms"]


def _missing(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(n00=pl.when(pl.int_range(frame.height) % 5 == 0).then("n00").otherwise(None))


CHANGES: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], float]] = {
    "a mean moves by 0.1 standard deviations": (lambda frame: frame.with_columns(pl.col("n01") + 0.1), 1.0),
    "a mean moves by 0.3": (lambda frame: frame.with_columns(pl.col("n01") + 0.3), 1.0),
    "a mean moves by 0.5": (lambda frame: frame.with_columns(pl.col("n01") + 0.5), 1.0),
    "a fifth of a category becomes another": (
        lambda frame: frame.with_columns(c3=pl.when(pl.int_range(frame.height) % 5 == 0).then(pl.lit("v7")).otherwise("c3")),
        1.0,
    ),
    "10 % of the labels no longer follow the model": (lambda frame: frame, 0.9),
    "30 % of the labels no longer follow the model": (lambda frame: frame, 0.7),
    "80 % of a column go missing": (_missing, 1.0),
}


def changed(rows: int, name: str, repeats: int, seed: int) -> list[str]:
    """Ten quiet windows, then changed ones: which alarms open, and after how many windows."""
    change, kept = CHANGES[name]
    kinds: Counter[str] = Counter()
    delays: list[int] = []
    for repeat in range(repeats):

        def live(world: Watched) -> None:
            for day in range(22):
                world.live(*((change, kept) if day >= 10 else ()))
                world.look()
            found = [alarm for alarm in world.alarms() if alarm.window > 10]
            kinds.update({alarm.kind for alarm in found})
            delays.extend([min(alarm.window for alarm in found) - 10] if found else [])

        watched(rows, seed + 20_000 * repeat, live)
    told = ", ".join(f"{kind} {count / repeats:.0%}" for kind, count in kinds.most_common()) or "none"
    return [name, f"{rows:,}", told, f"{int(np.median(delays))}" if delays else ""]


def show(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("\n" + "\n".join("| " + " | ".join(row) + " |" for row in [columns, ["---"] * len(columns), *rows]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="A part of the windows.")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    years, repeats = (1, 2) if given.quick else (2, 5)
    columns = [
        "rows a window",
        "quiet windows",
        "any column recorded",
        *(f"{kind} bad" for kind in CHECKS),
        "alarms a year",
        "CPU a window",
    ]
    show(columns, [quiet(rows, years, given.seed) for rows in ((200, 1000) if given.quick else (200, 1000, 5000))])
    show(
        ["what has changed", "rows a window", "alarms", "windows until the first"],
        [changed(1000, name, repeats, given.seed) for name in CHANGES],
    )


if __name__ == "__main__":
    main()
