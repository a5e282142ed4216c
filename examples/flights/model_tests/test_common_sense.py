"""What every version must know, as ordinary tests. The gate `gates.tests("model_tests")` runs them with the version as `model`."""

from __future__ import annotations

from typing import Any

import polars as pl
from features import FEATURES


def chance(model: Any, rows: pl.DataFrame) -> float:
    """The mean probability of a late arrival."""
    return float(model.predict_proba(rows.select(FEATURES))[:, 1].mean())


def test_evenings_are_later_than_mornings(model: Any, holdout: pl.DataFrame) -> None:
    rows = holdout.sample(2000, seed=1)
    morning, evening = (rows.with_columns(minute_of_day=pl.lit(minute).cast(pl.Int64)) for minute in (7 * 60, 19 * 60))
    assert chance(model, evening) > chance(model, morning)


def test_probabilities_differ_between_flights(model: Any, holdout: pl.DataFrame) -> None:
    answers = model.predict_proba(holdout.select(FEATURES).head(2000))[:, 1]
    assert answers.min() < 0.15 < 0.35 < answers.max()
