"""Will this flight arrive more than 15 minutes late? Prepare, train, evaluate, register.

treadle run pipeline.py::late_arrivals
treadle run pipeline.py::late_arrivals -i flights=flights@v6 -i weather=weather@v6 -p learning_rate=0.05
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from features import FEATURES, NUMBERS, WORDS, departures, labelled
from scores import report, scores, slices

from treadle import dataset, expect, gates, log, log_many, model, pipeline, step, table

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


flight_delay = model(
    "flight-delay",
    label="late",
    features=FEATURES,
    gates=[
        gates.metric("auc", at_least=0.62),
        gates.champion("log_loss", margin=0.005),
        gates.slices("origin", metric="auc", at_least=0.6, least_rows=500),
        gates.expectations([expect.present("carrier"), expect.between("distance", 10, 6000)], on="training"),
        gates.latency(p99="2s", calls=100),
        gates.size("5M"),
        gates.invariant(
            "a mile more is the same flight", change=lambda rows: rows.with_columns(pl.col("distance") + 1), within=0.1, share=0.02
        ),
        gates.tests("model_tests"),
    ],
)


class Days(NamedTuple):
    """Departures in order of time: to learn from, to stop learning in time, to judge the result."""

    training: pl.DataFrame
    validation: pl.DataFrame
    holdout: pl.DataFrame


@step
def prepare(flights: pl.DataFrame, weather: pl.DataFrame, validation_days: int = 7, holdout_days: int = 14) -> Days:
    """Joins the weather that was known, drops flights without a label, and splits by day."""
    every = departures(flights, weather)
    rows = labelled(every)
    holdout_from = rows["day"].max() - timedelta(days=holdout_days - 1)
    validation_from = holdout_from - timedelta(days=validation_days)
    days = Days(
        training=rows.filter(pl.col("day") < validation_from),
        validation=rows.filter(pl.col("day").is_between(validation_from, holdout_from, closed="left")),
        holdout=rows.filter(pl.col("day") >= holdout_from),
    )
    if not all(part.height for part in days):
        raise ValueError(f"{rows['day'].n_unique()} days are too few to set aside {validation_days} and {holdout_days} of them")
    cancelled = every["dep_time"].null_count()
    log(
        departures=every.height,
        cancelled=cancelled,
        diverted=every.height - rows.height - cancelled,
        without_weather=rows["temp"].null_count(),
        training=days.training.height,
        validation=days.validation.height,
        holdout=days.holdout.height,
    )
    return days


@step(cpu=2)
def train(
    training: pl.DataFrame,
    validation: pl.DataFrame,
    learning_rate: float = 0.06,
    max_iter: int = 300,
    max_leaf_nodes: int = 31,
    patience: int = 20,
    seed: int = 2013,
    share: float = 1.0,
    unknown: str = "use_encoded_value",
) -> Pipeline:
    """Boosts trees until the validation days stop getting better; logs the loss after every tree.

    `share` of the training days' rows is enough for a quick try. `unknown` is what the encoder does with a code that it has never
    seen: use_encoded_value, or error.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    encode = ColumnTransformer(
        [
            ("words", OrdinalEncoder(handle_unknown=unknown, unknown_value=None if unknown == "error" else -1), WORDS),
            ("numbers", "passthrough", NUMBERS),
        ]
    )
    boost = HistGradientBoostingClassifier(
        learning_rate=learning_rate,
        max_iter=max_iter,
        max_leaf_nodes=max_leaf_nodes,
        categorical_features=list(range(len(WORDS))),
        early_stopping=True,
        n_iter_no_change=patience,
        random_state=seed,
    )
    rows = training.sample(fraction=share, seed=seed) if share < 1 else training
    boost.fit(
        encode.fit_transform(rows.select(FEATURES)),
        rows["late"].to_numpy(),
        X_val=encode.transform(validation.select(FEATURES)),
        y_val=validation["late"].to_numpy(),
    )
    log_many(training_loss=-boost.train_score_, validation_loss=-boost.validation_score_, steps=range(len(boost.train_score_)))
    log(rows=rows.height, trees=boost.n_iter_, best_loss=-boost.validation_score_.max())
    return Pipeline([("encode", encode), ("boost", boost)])


@step(outputs=["report", "by_slice"])
def evaluate(model: Pipeline, holdout: pl.DataFrame, threshold: float = 0.3) -> tuple[str, pl.DataFrame]:
    """Scores the model on days it has never seen, over all and by carrier and origin."""
    rows = holdout.with_columns(predicted=pl.Series(model.predict_proba(holdout.select(FEATURES))[:, 1]))
    overall = scores(rows["late"].to_list(), rows["predicted"].to_list(), threshold)
    parts = pl.concat([slices(rows, "origin"), slices(rows, "carrier")])
    log(overall)
    table("slices", parts)
    return report(overall, parts, first=str(rows["day"].min()), last=str(rows["day"].max())), parts


@pipeline(outputs=["report"])
def late_arrivals(
    flights: pl.DataFrame = dataset("flights"),
    weather: pl.DataFrame = dataset("weather"),
    validation_days: int = 7,
    holdout_days: int = 14,
    learning_rate: float = 0.06,
    max_iter: int = 300,
    threshold: float = 0.3,
    share: float = 1.0,
    unknown: str = "use_encoded_value",
) -> str:
    """Predicts late arrivals from what is known at scheduled departure, and registers the model with what its gates find."""
    days = prepare(flights, weather, validation_days=validation_days, holdout_days=holdout_days)
    fitted = train(days.training, days.validation, learning_rate=learning_rate, max_iter=max_iter, share=share, unknown=unknown)
    report_text, _ = evaluate(fitted, days.holdout, threshold=threshold)
    flight_delay.register(fitted, training=days.training, holdout=days.holdout)
    return report_text
