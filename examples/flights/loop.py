"""What happens by itself: the endpoint, what is watched, and what follows from what. `treadle apply loop.py` puts it in force."""

from __future__ import annotations

from pipeline import flight_delay, late_arrivals

from treadle import do, loop, trigger, when

flights = loop.endpoint("flights", model=flight_delay)

loop.monitor(
    "flights-watch",
    endpoint=flights,
    seconds="7d",
    checks=["quality", "drift", "predictions", "performance", "traffic"],
    slices=["origin"],
    ignore=["wind_gust", "pressure"],  # stations leave them out more and more over the year; the model lives with that
    performance=loop.performance("log_loss", worse_by=0.06),
    open=4,  # a week of storms is no reason to train anew, a bad month is
    among=5,
    close=3,
)

trigger(
    "release",
    when.news("version.approved", model="flight-delay"),
    do.release(
        flights,
        stages=[loop.shadow(rows=3000, labels=1500), loop.share(0.2, rows=2000)],
        guardrails={"latency": 0},  # training, serving and replaying share one small machine: how long an answer takes says little
    ),
    concurrency=1,
)

trigger(
    "retrain",
    when.news("alarm.opened", kind="performance", slice="", endpoint="flights"),
    do.run(late_arrivals),
    cooldown="1m",
    at_most=(3, "1d"),
    concurrency=1,
)
