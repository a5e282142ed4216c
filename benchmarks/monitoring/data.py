"""The tables of the monitoring benchmarks: 20 columns of numbers and 10 of categories, of which every second drifts when asked.

The drifts are of the size that matters: a mean by .1 standard deviations, a scale by 1.1, a rate by 1.2 or 1.1, a mixture from .5 to .55,
a Zipf exponent from 1 to 1.1, missing values from 5 to 8 %.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

CARDINALITIES = (2, 3, 5, 8, 12, 20, 50, 100, 300, 1000)
NUMBERS, CATEGORIES = 20, len(CARDINALITIES)


def number(rng: np.random.Generator, kind: int, rows: int, drifts: bool) -> Any:
    if kind in (0, 1):
        return rng.normal(0.1 if drifts else 0.0, 1.0, rows)
    if kind in (2, 3):
        return rng.lognormal(0.0, 1.1 if drifts else 1.0, rows)
    if kind in (4, 5):
        return rng.exponential(1.2 if drifts else 1.0, rows)
    if kind in (6, 7):
        return rng.poisson(3.3 if drifts else 3.0, rows).astype(np.float64)
    side = np.where(rng.random(rows) < (0.55 if drifts else 0.5), -2.0, 2.0)
    return side + rng.normal(0.0, 1.0, rows)


def table(rows: int, seed: int, drifted: bool = False) -> pl.DataFrame:
    """Columns n00 to n19 and c0 to c9; with `drifted`, those of even number have changed. The last four numbers have missing values."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for place in range(NUMBERS):
        drifts = drifted and place % 2 == 0
        values = number(rng, place % 10, rows, drifts)
        if place >= NUMBERS - 4:
            values[rng.random(rows) < (0.08 if drifts else 0.05)] = np.nan
        columns[f"n{place:02d}"] = values
    for place, cardinality in enumerate(CARDINALITIES):
        weights = np.arange(1.0, cardinality + 1) ** -(1.1 if drifted and place % 2 == 0 else 1.0)
        drawn = np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(rows))
        columns[f"c{place}"] = pl.Series([f"v{value}" for value in range(cardinality)]).gather(drawn)
    return pl.DataFrame(columns)


def drifting(name: str) -> bool:
    return int(name[1:]) % 2 == 0


def write(folder: Path, rows: int) -> tuple[Path, Path]:
    """Reference and drifted window as Parquet."""
    paths = folder / f"reference-{rows}.parquet", folder / f"window-{rows}.parquet"
    for path, seed in zip(paths, (11, 12), strict=True):
        if not path.exists():
            table(rows, seed, drifted=seed == 12).write_parquet(path)
    return paths
