"""The steps are functions: here they are called like any others, on a few made-up flights."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from features import AFTERWARDS, FEATURES, WEATHER, departures, labelled
from ingest import of_month
from pipeline import evaluate, prepare, train
from scores import slices

NOON = datetime(2013, 7, 1, 12)


@pytest.fixture(autouse=True)
def words_go_to_a_folder_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_SPOOL", str(tmp_path))


def flight(at: datetime = NOON, origin: str = "JFK", arr_delay: int | None = 0, dep_time: int | None = 1200) -> dict[str, object]:
    """A departure scheduled at `at`; clocks in New York are four hours behind UTC in summer."""
    hour = at.replace(minute=0) + timedelta(hours=4)
    return {
        "year": at.year,
        "month": at.month,
        "day": at.day,
        "hour": at.hour,
        "minute": at.minute,
        "time_hour": f"{hour:%Y-%m-%dT%H:%M:%SZ}",
        "sched_dep_time": at.hour * 100 + at.minute,
        "sched_arr_time": 1405,
        "carrier": "B6",
        "origin": origin,
        "dest": "BOS",
        "distance": 187,
        "dep_time": dep_time,
        "dep_delay": 0,
        "arr_time": 1400,
        "arr_delay": arr_delay,
        "air_time": 50,
    }


def observation(at: datetime, temp: float, origin: str = "JFK") -> dict[str, object]:
    return {"origin": origin, "time_hour": f"{at + timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}", **dict.fromkeys(WEATHER, 0.0), "temp": temp}


def temperatures(flights: list[dict[str, object]], weather: list[dict[str, object]]) -> list[float | None]:
    found: list[float | None] = departures(pl.DataFrame(flights), pl.DataFrame(weather))["temp"].to_list()
    return found


def test_weather_is_known_when_its_hour_is_over() -> None:
    hourly = [observation(NOON - timedelta(hours=hours), temp=70.0 - hours) for hours in (2, 1, 0)]
    at_noon, before_one, at_one = NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1)
    assert temperatures([flight(at_noon), flight(before_one), flight(at_one)], hourly) == [69.0, 69.0, 70.0]


def test_weather_is_that_of_the_airport_and_not_too_old() -> None:
    hourly = [observation(NOON - timedelta(hours=1), 70.0, "LGA"), observation(NOON - timedelta(hours=8), 60.0, "JFK")]
    assert temperatures([flight(origin="LGA"), flight(origin="JFK")], hourly) == [70.0, None]


def test_a_scheduled_arrival_after_midnight_is_not_in_the_past() -> None:
    rows = departures(pl.DataFrame([flight(NOON.replace(hour=23)) | {"sched_arr_time": 42}]), pl.DataFrame([observation(NOON, 70.0)]))
    assert rows["scheduled_minutes"].to_list() == [102]


def test_a_flight_that_never_arrived_has_no_label() -> None:
    flights = [flight(arr_delay=15), flight(arr_delay=16), flight(arr_delay=None), flight(arr_delay=None, dep_time=None)]
    rows = departures(pl.DataFrame(flights), pl.DataFrame([observation(NOON, 70.0)]))
    assert rows["late"].to_list() == [False, True, None, None]
    assert labelled(rows)["late"].to_list() == [False, True]


def test_what_became_known_afterwards_does_not_reach_the_model() -> None:
    rows = labelled(departures(pl.DataFrame([flight()]), pl.DataFrame([observation(NOON, 70.0)])))
    assert not set(AFTERWARDS) & {*FEATURES, *rows.columns}


def test_days_are_split_in_order_of_time_and_learnt_from() -> None:
    flights = [
        flight(datetime(2013, 7, 1 + day, hour), arr_delay=30 if hour >= 15 else 0)
        for day in range(20)
        for hour in range(6, 22)
        for _ in (1, 2)
    ]
    weather = [observation(datetime(2013, 7, 1 + day), 70.0) for day in range(20)]
    days = prepare(pl.DataFrame(flights), pl.DataFrame(weather), validation_days=3, holdout_days=4)
    assert [part["day"].n_unique() for part in days] == [13, 3, 4]
    assert days.training["day"].max() < days.validation["day"].min() < days.validation["day"].max() < days.holdout["day"].min()
    model = train(days.training, days.validation, learning_rate=0.5, max_iter=5)
    page, by_slice = evaluate(model, days.holdout, threshold=0.5)
    assert "| auc | 1.0000 |" in page
    assert by_slice["slice"].to_list() == ["origin JFK", "carrier B6"]


def test_too_few_days_are_said() -> None:
    with pytest.raises(ValueError, match="1 days are too few"):
        prepare(pl.DataFrame([flight()]), pl.DataFrame([observation(NOON, 70.0)]))


def test_slices_tell_expected_from_happened() -> None:
    rows = pl.DataFrame({"origin": ["A", "A", "B"], "late": [True, False, False], "predicted": [0.75, 0.25, 0.5]})
    [first, second] = slices(rows, "origin").to_dicts()
    assert first == {"slice": "origin A", "flights": 2, "late": 0.5, "expected": 0.5, "calibration": 1.0, "auc": 1.0}
    assert (second["calibration"], second["auc"]) == (None, None)


def test_a_month_is_a_month_of_the_local_calendar() -> None:
    rows = pl.DataFrame([flight(datetime(2013, 6, 30, 23)), flight(datetime(2013, 7, 1, 5))])
    assert of_month(rows, "2013-07")["day"].to_list() == [1]
