"""Words about what a run tells of itself: the frame of spool records, and points, tags, notes and metric names on request.

A spool is bytes that cross every door unchanged: user code appends them, a worker ships them, the record takes them in. So the
frame of its records is said here; what the records mean is said in `treadle.sdk.spool`.
"""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from treadle.core.errors import Damaged, TooLarge
from treadle.core.operation import GET, POST, operation

HEAD = 4
"""Bytes in front of each record: its length, little-endian."""

MAX_RECORD = 8 << 20
"""Bytes: the largest body of one record. A length above it cannot be real, so it is how damage shows itself."""


def frame(record: dict[str, Any]) -> bytearray:
    """A record as bytes: its length, then the record as a MessagePack map. Raises TooLarge above MAX_RECORD."""
    framed = bytearray(HEAD)
    _encoder().encode_into(record, framed, HEAD)
    size = len(framed) - HEAD
    if size > MAX_RECORD:
        raise TooLarge(
            f"one record of {size} bytes is more than a spool takes ({MAX_RECORD})", hint="treadle.artifact(...) keeps large things"
        )
    framed[:HEAD] = size.to_bytes(HEAD, "little")
    return framed


def read_records(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """The whole records at the start of `data`, and how many bytes they take; a torn last record is left for later.

    Raises Damaged, naming the byte, where a length cannot be real or a body is not a record.
    """
    records, consumed, damaged = sound_records(data)
    if damaged:
        raise Damaged(f"the spool is damaged at byte {consumed}", hint="what lies before that byte is intact")
    return records, consumed


def sound_records(data: bytes) -> tuple[list[dict[str, Any]], int, bool]:
    """Like `read_records`, for who goes on at damage: the records before it, their bytes, and whether damage follows."""
    decode = _decoder().decode
    view, end, at = memoryview(data), len(data), 0
    records: list[dict[str, Any]] = []
    while at + HEAD <= end:
        size = int.from_bytes(view[at : at + HEAD], "little")
        if not 0 < size <= MAX_RECORD:
            return records, at, True
        if at + HEAD + size > end:
            break
        try:
            records.append(decode(view[at + HEAD : at + HEAD + size]))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return records, at, True
        at += HEAD + size
    return records, at, False


@functools.cache
def _encoder() -> msgspec.msgpack.Encoder:
    return msgspec.msgpack.Encoder()


@functools.cache
def _decoder() -> msgspec.msgpack.Decoder[dict[str, Any]]:
    return msgspec.msgpack.Decoder(dict[str, Any])


class ReadPoints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Curves of several runs at once: runs as people name them, metric names (none: all of each run), steps `start` to `end`
    inclusive, and into how many buckets of equal width each curve is gathered (1 to 20000).

    `axis` says along what: step, time, or relative (seconds since the curve's `origin`). On the two others `since` and `until` limit
    the time, inclusive, in seconds since 1970 or since the origin.
    """

    runs: tuple[str, ...]
    names: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None
    buckets: int = 500
    axis: str = "step"
    since: float | None = None
    until: float | None = None


AXES = ("step", "time", "relative")


class Curve(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One metric of one run, column-wise, one entry per bucket that holds points.

    `steps`, `times` (seconds since 1970) and `values` are those of the bucket's last point, `lowest` and `highest` its extremes;
    None stands for "not a number". `points` counts the points before they were gathered; when each bucket is one point, `exact`.
    Each point lies in the band of its bucket, whose borders may be shifted by a fraction of its width. `origin` is when the run
    began, in seconds since 1970.
    """

    run: int
    name: str
    points: int
    exact: bool
    steps: list[int] = []
    times: list[float] = []
    values: list[float | None] = []
    lowest: list[float | None] = []
    highest: list[float | None] = []
    origin: float | None = None


read_points = operation(
    "tracking.points",
    POST,
    "/tracking/points",
    ReadPoints,
    list[Curve],
    allow="run:read",
    summary="Curves of metrics, gathered into buckets.",
)


class TagRun(msgspec.Struct, frozen=True, kw_only=True):
    """Sets tags of a run; None removes a tag. Tags that are not named stay."""

    run: str
    tags: dict[str, str | None]


class RunTags(msgspec.Struct, frozen=True, kw_only=True):
    run: int
    tags: dict[str, str]


tag_run = operation("tracking.tag", POST, "/runs/{run}/tags", TagRun, RunTags, allow="run:write", summary="Set or remove tags of a run.")


class NoteRun(msgspec.Struct, frozen=True, kw_only=True):
    """Replaces the note of a run; an empty text removes it."""

    run: str
    text: str


class RunNote(msgspec.Struct, frozen=True, kw_only=True):
    run: int
    note: str | None


note_run = operation("tracking.note", POST, "/runs/{run}/note", NoteRun, RunNote, allow="run:write", summary="Replace the note of a run.")


class ListMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Names known in the project of the call, those that start with `prefix`, at most `limit` of each kind."""

    prefix: str = ""
    limit: int = 500


class KnownNames(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Names in alphabetical order, as a query line offers them: behind `metrics.`, `params.`, `tags.` and `inputs.`, and values of the
    keys `step` and `experiment`."""

    metrics: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()


list_metrics = operation(
    "tracking.metrics",
    GET,
    "/tracking/names",
    ListMetrics,
    KnownNames,
    allow="run:read",
    summary="Names of metrics, parameters, tags, inputs, steps and experiments known in a project.",
)


class GroupRuns(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Runs that a query finds, gathered by what they have under a key.

    `by` is `params.NAME`, `tags.NAME`, a key of their own (`step`, `experiment`, `actor` ...), or `inputs.NAME`: the dataset version or
    run that they took in under a name. Without `metrics` they are only counted.

    `sort` is `runs` (how many they are), `value`, or a metric: `metrics.NAME` by the mean of its last values, `metrics.NAME.lowest` and
    `metrics.NAME.highest` by the extremes that its runs ever had; with `-` in front from above. Groups without it come last."""

    by: str
    query: str = ""
    metrics: tuple[str, ...] = ()
    children: bool = False
    limit: int = 100
    after: int = 0
    sort: str = "-runs"


class GroupMetric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last values of a metric in a group: of how many runs (numbers only, infinities left out), their mean, sample standard deviation
    (None for a single one), lowest and highest, and the runs that have these. `newest` is that of the newest run. `lowest_ever` and
    `highest_ever` are the extremes of all points of these runs, infinities left out."""

    runs: int
    mean: float
    spread: float | None = None
    lowest: float
    highest: float
    lowest_run: int
    highest_run: int
    newest: float
    newest_run: int
    lowest_ever: float | None = None
    highest_ever: float | None = None
    lowest_ever_run: int | None = None
    highest_ever_run: int | None = None


class Group(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`value` None: runs without the key."""

    value: str | None
    runs: int
    metrics: dict[str, GroupMetric] = {}


class Groups(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Groups in order; `next` continues behind them. `total` is how many there are."""

    groups: tuple[Group, ...] = ()
    next: int | None = None
    total: int = 0


group_runs = operation(
    "tracking.groups", POST, "/tracking/groups", GroupRuns, Groups, allow="run:read", summary="Runs gathered by a parameter, tag or input."
)
