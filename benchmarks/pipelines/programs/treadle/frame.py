"""A frame of random numbers from one step to the next."""

from __future__ import annotations

import numpy as np
import polars as pl

from treadle import pipeline, step

COLUMNS = 10


@step
def make(rows: int) -> pl.DataFrame:
    random = np.random.default_rng(7)
    return pl.DataFrame({f"column_{number}": random.random(rows) for number in range(COLUMNS)})


@step
def use(frame: pl.DataFrame) -> float:
    return float(sum(frame[name].sum() for name in frame.columns))


@pipeline
def hand_over(rows: int = 2_500_000) -> float:
    return use(make(rows))
