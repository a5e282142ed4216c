"""Words about points that clients send at once, and read back as they were: not gathered into curves."""

from __future__ import annotations

import msgspec

from treadle.core.operation import POST, operation

MOST_HISTORY = 25_000
"""Points in one page of a history."""


class Points(msgspec.Struct, frozen=True, gc=False):
    """Points of one metric, column-wise: steps, times (seconds since 1970), values (None stands for "not a number")."""

    steps: list[int]
    times: list[float]
    values: list[float | None]


class LogRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One batch of what a run tells of itself: all of it is taken, or nothing.

    A point that is there already (same metric, step, time and value) is passed over, and so is a parameter that has this value, so
    the same batch sent again changes nothing. A parameter that has another value refuses the batch. None removes a tag. `name`
    renames the run; `parent` is the key of the run inside which it runs.
    """

    run: str
    points: dict[str, Points] = {}
    parameters: dict[str, str] = {}
    tags: dict[str, str | None] = {}
    name: str | None = None
    parent: str | None = None


class Logged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The run's number, and how many points were new."""

    run: int
    points: int = 0


log_run = operation(
    "tracking.log",
    POST,
    "/tracking/log",
    LogRun,
    Logged,
    allow="run:write",
    summary="Points, parameters and tags of a run in one batch.",
)


class ReadHistory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The points of one metric of runs (named by key), ordered by run as asked, then step, time and value.

    Steps go from `start` to `end` inclusive. A page has at most `limit` points; `after` continues behind it. With `sample` each run
    answers at most about that many of its points, evenly chosen, always with its first, last and extremes, in one page.
    """

    runs: tuple[str, ...]
    name: str
    start: int | None = None
    end: int | None = None
    limit: int = MOST_HISTORY
    after: str | None = None
    sample: int = 0


class RunPoints(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    points: Points


class History(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    runs: tuple[RunPoints, ...] = ()
    next: str | None = None


read_history = operation(
    "tracking.history",
    POST,
    "/tracking/history",
    ReadHistory,
    History,
    allow="run:read",
    summary="The points of a metric as they were logged, in pages.",
)
