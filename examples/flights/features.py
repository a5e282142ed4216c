"""What is known of a flight at its scheduled departure, and whether it arrived late.

The tables also hold what became known afterwards: `AFTERWARDS` lists it, and the model must never see it.
"""

from __future__ import annotations

import polars as pl

AFTERWARDS = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")
"""Columns of a departure that nobody knows before it has left."""

LATE_MINUTES = 15

WORDS = ["carrier", "origin", "dest"]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
NUMBERS = ["weekday", "minute_of_day", "scheduled_minutes", "distance", "departures_in_hour", *WEATHER]
FEATURES = [*WORDS, *NUMBERS]

_MOST_WEATHER_AGE = "6h"


def departures(flights: pl.DataFrame, weather: pl.DataFrame) -> pl.DataFrame:
    """One row per departure: `day`, the features, and `late` (null where the flight never arrived, so nobody can say).

    `time_hour` is the scheduled hour in UTC, which spares us clocks, time zones and times written like 1730.
    """
    scheduled = flights.with_columns(
        day=pl.date("year", "month", "day"),
        scheduled=_utc("time_hour") + pl.duration(minutes="minute"),
        weekday=pl.date("year", "month", "day").dt.weekday(),
        minute_of_day=pl.col("hour") * 60 + pl.col("minute"),
        departures_in_hour=pl.len().over("origin", "time_hour"),
        late=pl.col("arr_delay") > LATE_MINUTES,
    ).with_columns(scheduled_minutes=(_minute_of_day("sched_arr_time") - pl.col("minute_of_day")) % 1440)
    return with_weather(scheduled, weather).select("day", "scheduled", *FEATURES, "late", *AFTERWARDS)


def with_weather(scheduled: pl.DataFrame, weather: pl.DataFrame) -> pl.DataFrame:
    """Each departure with the latest observation of its airport that was known when it was due to leave.

    The observation of an hour may have been made late in that hour, so it counts as known when the hour is over. An airport that
    has been silent for longer than six hours has no weather.
    """
    known = weather.select("origin", *WEATHER, known_at=_utc("time_hour") + pl.duration(hours=1)).sort("known_at")
    return scheduled.sort("scheduled", maintain_order=True).join_asof(
        known,
        left_on="scheduled",
        right_on="known_at",
        by="origin",
        strategy="backward",
        tolerance=_MOST_WEATHER_AGE,
        check_sortedness=False,
    )


def labelled(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows to learn from: those with a label, and of them only what was known before departure."""
    return rows.filter(pl.col("late").is_not_null()).drop(AFTERWARDS)


def _utc(column: str) -> pl.Expr:
    return pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%SZ")


def _minute_of_day(column: str) -> pl.Expr:
    """Minutes since midnight of a time of day that is written as a number: 1730 is half past five in the afternoon."""
    return pl.col(column) // 100 * 60 + pl.col(column) % 100
