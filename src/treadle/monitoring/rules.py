"""The rules of watching: what a monitor may ask for, where windows end, and when alarms open and close. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from treadle.contract.monitoring import Alarm, MonitorSettings
from treadle.core.errors import UsageError
from treadle.statistics.verdict import Alarm as Persistence
from treadle.statistics.verdict import Hysteresis, look

CHECKS = ("quality", "drift", "predictions", "joint", "performance", "traffic")
SILENCE = "silence"
ESTIMATE = "estimate"
"""The verdict of a performance that is estimated while labels are missing. It is shown, and opens nothing."""
PAGES = ("quality", "performance", "traffic", SILENCE)
"""Kinds of alarms on which somebody should act. The others are notes until every one of the last windows was bad."""
HELD_BACK = ("drift", "predictions", "joint", "performance")
"""What bad data makes meaningless: these say nothing about the model while the same window's quality is bad."""
ANEW = (*HELD_BACK, ESTIMATE)
"""Kinds whose windows count only for the version that answered them."""
REMEMBERED = 32
"""So many verdicts of each check are remembered, to take in those of windows whose labels come late."""
FUTURE = 60.0
"""Seconds by which an event may seem to lie behind its arrival, for the clocks of two machines."""
PAST = 30 * 86_400.0
"""Seconds before its window, and at least ten windows, from which an event counts as one with a wrong clock."""
OPEN_WINDOWS = 60
"""So many windows wait for the rest of their labels; older ones stay as they were judged."""

_ORDER = (*CHECKS[:-1], ESTIMATE, CHECKS[-1])

Verdict = Literal["good", "bad", "small", "waiting", "unknown"]
Entry = tuple[int, str, int | None]
Heard = dict[str, list[Entry]]

_NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]{0,62}\Z")


def check_monitor(name: str, settings: MonitorSettings) -> None:
    """Raises UsageError for a name or a setting that cannot be."""
    if not _NAME.match(name):
        raise UsageError(f"`{name}` cannot be the name of a monitor", hint="up to 63 small letters, digits, dots, dashes, underscores")
    if (settings.rows > 0) == (settings.seconds > 0):
        raise UsageError(f"monitor `{name}` does not say how long a window is", hint="rows=1000, or seconds=3600: one of the two")
    unknown = [check for check in settings.checks if check not in CHECKS]
    if unknown:
        raise UsageError(f"there is no check `{unknown[0]}`", hint=f"checks are {', '.join(CHECKS)}")
    if settings.reference not in ("training", "previous"):
        raise UsageError(f"`{settings.reference}` is no reference", hint="training, or previous")
    if not 1 <= settings.open <= settings.among <= REMEMBERED or not 1 <= settings.close <= REMEMBERED:
        raise UsageError(
            f"an alarm of monitor `{name}` opens after {settings.open} of {settings.among} and closes after {settings.close} windows",
            hint=f"1 <= open <= among <= {REMEMBERED}, and 1 <= close <= {REMEMBERED}",
        )
    _check_numbers(name, settings)
    _check_performance(name, settings)


def _check_numbers(name: str, settings: MonitorSettings) -> None:
    bounds: dict[str, tuple[float, float]] = {
        "rows": (0, 10_000_000),
        "seconds": (0, 366 * 86_400.0),
        "least_rows": (1, 10_000_000),
        "alpha": (1e-6, 0.5),
        "recorded": (0, 1),
        "material": (0, 1),
        "errors": (0, 1),
        "silence": (0, 366 * 86_400.0),
    }
    for field, (lowest, highest) in bounds.items():
        value = getattr(settings, field)
        if not lowest <= value <= highest:
            raise UsageError(f"`{field}` of monitor `{name}` is {value:g}", hint=f"between {lowest:g} and {highest:g}")
    if settings.latency is not None and settings.latency <= 0:
        raise UsageError(f"`latency` of monitor `{name}` is {settings.latency:g}", hint="seconds, above 0")
    if settings.rows and settings.rows < settings.least_rows:
        raise UsageError(
            f"a window of monitor `{name}` holds {settings.rows} rows, and fewer than {settings.least_rows} are never judged",
            hint=f"rows={settings.least_rows} or more, or least_rows={settings.rows}",
        )


def _check_performance(name: str, settings: MonitorSettings) -> None:
    wished = settings.performance
    if "performance" in settings.checks and wished is None:
        raise UsageError(
            f"monitor `{name}` checks performance and names no metric", hint='performance=Performance(metric="auc", worse_by=0.02)'
        )
    if wished is None:
        return
    if wished.at_least is None and wished.at_most is None and wished.worse_by is None:
        raise UsageError(f"monitor `{name}` does not say when `{wished.metric}` is bad", hint="at_least, at_most or worse_by")
    if not 0 < wished.labelled <= 1:
        raise UsageError(f"monitor `{name}` waits for {wished.labelled:g} of the labels", hint="labelled is a share above 0, up to 1")


def checks_of(settings: MonitorSettings) -> tuple[str, ...]:
    """What is looked at: a monitor that says what performance must be checks it."""
    more = ("performance",) if settings.performance is not None and "performance" not in settings.checks else ()
    return (*settings.checks, *more)


# --- where windows end ---------------------------------------------------------------------------------------------------


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a monitor has come. Everything is in it that the next look needs, so that any keeper can go on.

    `number` counts windows. Windows by rows: chunks up to `chunk` are used up, and `offset` answers of the one behind it. Windows
    by time: the next one begins at `start`; chunks up to `chunk` had arrived when the last one was closed, so what a later one
    holds for an earlier time is late; no chunk before `base` holds anything for the next one. `label` is the newest label that was
    looked at, `retry_at` when waiting windows are looked at again. `heard` holds for each check the verdicts that count: window
    number, verdict, and the version that was judged.
    """

    number: int = 0
    chunk: int = 0
    offset: int = 0
    start: float | None = None
    base: int = 0
    label: int = 0
    retry_at: float = 0.0
    version: int | None = None
    volumes: tuple[int, ...] = ()
    """Rows of the last windows."""
    slices: dict[str, dict[str, list[float]]] = {}
    """For each slice what performance it began with, by version (value, standard error): it is compared with itself."""
    heard: Heard = {}
    since: dict[str, int] = {}
    """For each check the window at which its alarm last opened or closed: what is older does not change it again."""


def turned(progress: Progress, former: MonitorSettings, wished: MonitorSettings) -> Progress:
    """The progress of a monitor whose windows become of another kind: the new ones begin with chunks that no window has used up. What
    a chunk still held for a window that had not ended is then not looked at."""
    if bool(former.rows) == bool(wished.rows) or not progress.number:
        return progress
    return msgspec.structs.replace(progress, offset=0, start=None, base=progress.chunk, volumes=())


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """What has arrived for the current window and later ones: earliest and latest event time, and when the latest came.

    Only events whose clock is right are in it: one that lies in the future would close every window.
    """

    first: float
    last: float
    at: float


def begin(first: float, seconds: float) -> float:
    """The start of the first window by time: windows are multiples of their length since 1970, so days are days of UTC."""
    return (first // seconds) * seconds


def event_clock(ahead: Ahead, now: float) -> float:
    """What time it is in the world that the predictions speak of: the newest event, and since it arrived time goes on as usual.

    So live traffic closes its windows by the clock on the wall when it stops, and a replay of last year's does not close a month
    of them because it is later today.
    """
    return ahead.last + max(0.0, now - ahead.at)


def end_by_time(start: float, seconds: float, ahead: Ahead | None) -> float:
    """Where the window that begins at `start` ends. A stretch without predictions is one window: it ends where the next one is due."""
    if ahead is None:
        return start + seconds
    return start + seconds * max(1.0, (ahead.first - start) // seconds)


def complete(end: float, ahead: Ahead | None, now: float) -> bool:
    """Whether a window by time is complete: a prediction behind its end has arrived, or none has come until the event clock passed
    it. A window that holds nothing stays open until there is traffic again."""
    return ahead is not None and event_clock(ahead, now) >= end


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which predictions a window holds, so that they can be read again when their labels come.

    By time: those from `start` up to (not including) `end` in chunks that had arrived by `last`. By rows: the answers of live and
    canary revisions in chunks `first` to `last`, in order of event time within each, from answer `skip` of the first up to (not
    including) answer `stop` of the last.
    """

    start: float | None = None
    end: float | None = None
    first: int = 0
    last: int
    skip: int = 0
    stop: int = 0


def span_by_rows(
    rows: int, chunk: int, offset: int, answers: Sequence[tuple[int, int]], *, close: bool = False
) -> tuple[Span, int, int] | None:
    """The next window of so many rows, and the chunk and offset behind it; None while it is not full.

    `answers` are the chunks behind `chunk`, oldest first, each with how many answers of live and canary revisions it holds;
    `offset` of the first of them are used up. With `close` what there is makes a window.
    """
    missing = rows
    taken: list[tuple[int, int, int]] = []
    before = chunk
    for number, count in answers:
        stop = min(count, offset + missing)
        if stop > offset:
            taken.append((number, offset, stop))
            missing -= stop - offset
        if not missing:
            chunk, offset = (number, 0) if stop == count else (before, stop)
            break
        before, offset = number, 0
    if not taken or (missing and not close):
        return None
    first = answers[0][0]  # it may hold only what shadows answered
    span = Span(first=first, skip=taken[0][1] if taken[0][0] == first else 0, last=taken[-1][0], stop=taken[-1][2])
    return (span, before, 0) if missing else (span, chunk, offset)


# --- verdicts that count ----------------------------------------------------------------------------------------------------


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one check says of one window, or of a slice of it (`column=value`).

    `verdict` is good, bad, small (too few rows), waiting (for labels) or unknown (something is missing without which it cannot be
    judged; the sentence says what, and how to get it). `columns` are those to blame, `numbers` what the sentence was made from.
    """

    kind: str
    verdict: Verdict
    sentence: str
    slice: str = ""
    columns: tuple[str, ...] = ()
    numbers: dict[str, Any] = {}

    @property
    def key(self) -> str:
        return key_of(self.kind, self.slice)


def key_of(kind: str, slice: str) -> str:
    return f"{kind}@{slice}" if slice else kind


def in_order(key: str) -> tuple[bool, int, str]:
    """How checks are listed: bad data first, slices behind the whole."""
    kind, _, slice = key.partition("@")
    return bool(slice), _ORDER.index(kind) if kind in _ORDER else len(_ORDER), slice


def hear(heard: Mapping[str, Sequence[Entry]], number: int, version: int | None, checks: Iterable[Check]) -> Heard:
    """The verdicts that count after those of window `number`: a window that is judged again replaces what it had said.

    Bad data says nothing about the model: while quality is bad, drift and performance of the same window are not heard.
    """
    kept = {key: list(entries) for key, entries in heard.items()}
    known = list(checks)
    spoilt = any(check.kind == "quality" and not check.slice and check.verdict == "bad" for check in known)
    for check in known:
        entries = [entry for entry in kept.get(check.key, []) if entry[0] != number]
        counts = check.verdict in ("good", "bad") and check.kind != ESTIMATE and not (spoilt and check.kind in HELD_BACK)
        if counts:
            entries.append((number, check.verdict, version))
        kept[check.key] = sorted(entries, key=lambda entry: entry[0])[-REMEMBERED:]
    return {key: entries for key, entries in kept.items() if entries}


def counted(kind: str, entries: Sequence[Entry]) -> list[str]:
    """The verdicts that hysteresis looks at, oldest first: of drift and performance those of the version that answers now, so that
    nothing that a former version did opens or closes an alarm of its successor."""
    if not entries:
        return []
    if kind in ANEW:
        version = entries[-1][2]
        return [verdict for _, verdict, of in entries if of == version]
    return [verdict for _, verdict, _ in entries]


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of an alarm: it is opened, closed, or raised from a note to a page."""

    key: str
    act: Literal["open", "close", "raise"]
    severity: str = ""


def moves(open_alarms: Mapping[str, str], heard: Heard, since: Mapping[str, int], settings: MonitorSettings) -> list[Move]:
    """What the verdicts that count come to. `open_alarms` maps the keys of alarms that are open to their severity.

    There is one alarm for each check and slice, so a thing that stays bad does not alarm again.
    """
    rule = Hysteresis(bad=settings.open, of=settings.among, clean=settings.close)
    found: list[Move] = []
    for key, entries in heard.items():
        kind = key.partition("@")[0]
        was_open = key in open_alarms
        state = Persistence(open=was_open)
        for verdict in counted(kind, [entry for entry in entries if entry[0] > since.get(key, 0)]):
            state, _ = look(state, "bad" if verdict == "bad" else "clean", rule)
        persists = _persists(counted(kind, entries), settings.among)
        if state.open and not was_open:
            found.append(Move(key=key, act="open", severity="page" if kind in PAGES or persists else "note"))
        elif was_open and not state.open:
            found.append(Move(key=key, act="close"))
        elif was_open and persists and open_alarms[key] == "note":
            found.append(Move(key=key, act="raise", severity="page"))
    return found


def _persists(verdicts: Sequence[str], among: int) -> bool:
    """Whether none of the last windows was good: what is a note in itself then asks for somebody."""
    return len(verdicts) >= among and all(verdict == "bad" for verdict in verdicts[-among:])


def closing_words(settings: MonitorSettings, alarm: Alarm, version: str) -> str:
    """Why an alarm is closed, with the version that earned it where that is another one than the alarm was about."""
    windows = "after a good window" if settings.close == 1 else f"after {settings.close} good windows in a row"
    former = alarm.evidence.get("ref", "")
    return f"{windows}; a new version is live: {version}" if version and former and version != former else windows


def news_of(alarm: Alarm, *, version: int | None, ref: str, start: float, end: float) -> dict[str, Any]:
    """What a journal entry about an alarm tells triggers."""
    return {
        "monitor": alarm.monitor,
        "endpoint": alarm.endpoint,
        "model": alarm.model,
        "version": version,
        "ref": ref,
        "kind": alarm.kind,
        "slice": alarm.slice,
        "columns": list(alarm.columns),
        "sentence": alarm.sentence,
        "alarm": alarm.id,
        "window": alarm.window,
        "severity": alarm.severity,
        "start": start,
        "end": end,
    }
