"""One look at one monitor: windows that are complete are judged, windows that wait for labels are judged again, silence is noticed.

What is found is written in one transaction per window, guarded by the token of whoever holds the monitor and by the window's number:
two keepers, or one that was killed, neither lose nor double a window, an alarm or a prediction.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract.monitoring import MonitorSettings, Window
from treadle.contract.registry import ModelVersion
from treadle.core.operation import Call
from treadle.monitoring import alarms, rows, rules
from treadle.monitoring.checks import told
from treadle.monitoring.judging import Judged, judge, judge_again
from treadle.monitoring.reading import Reader, Strays
from treadle.monitoring.rules import Ahead, Progress, Span
from treadle.monitoring.sources import Held
from treadle.serving.joined import chunks_between, last_label
from treadle.serving.rows import revisions_of
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

_RENEW = 15.0
"""Seconds between two renewals of the lease while chunks are read."""
_PATIENCE = 5.0
"""Waiting windows are judged again at most so many seconds after the last time, and after ten times what that took."""
_AT_LEAST = 60.0
"""Seconds after which a monitor is looked at in any case."""
_KNOWN_LABELS = 300
"""So many labels a window needs to teach what scores mean."""


class Lost(Exception):
    """Somebody else holds the monitor now."""


class Next(NamedTuple):
    """The next window: what it holds, where it lies, and how far the monitor is behind it."""

    held: Held
    start: float | None
    end: float | None
    strays: Strays
    behind: Progress


class Look:
    """A look at a monitor that is held by `token`. `answers` remembers from look to look how many answers chunks hold."""

    def __init__(self, store: Database, blobs: Blobs, call: Call, monitor: int, token: str, answers: dict[int, int] | None = None) -> None:
        self.store, self.blobs, self.call, self.monitor, self.token = store, blobs, call, monitor, token
        self._answers: dict[int, int] = {} if answers is None else answers
        self._renewed = time.monotonic()

    def all(self, *, close: bool = False) -> list[Window]:
        """Everything that is due. Answers the windows that were judged; with `close` also what is not complete yet."""
        found: list[Window] = []
        while (window := self.next_window(close=close)) is not None:
            found.append(window)
        found += self.waiting_windows(at_once=close)
        self.silence()
        return found

    # --- the next window

    def next_window(self, *, close: bool = False) -> Window | None:
        """Judges the next window, when it is complete; None when it is not. Raises Lost."""
        reader = Reader(self.blobs, self._beat)
        with self.store.reading(self.call) as tx:
            row = self._row(tx)
            settings, progress = rows.settings_of(row), rows.progress_of(row)
            if not self._may_be_due(tx, row, settings, progress, reader, close=close):
                return None
        following = self._by_rows if settings.rows else self._by_time
        found = following(row, settings, progress, reader, close=close)
        if found is None:
            return None
        judged = judge(reader, self.blobs, _Recorded(self, row), settings, progress, found.held, found.strays)
        return self._write(row, settings, progress, found, judged)

    def _may_be_due(
        self, tx: Transaction, row: Row[Any], settings: MonitorSettings, progress: Progress, reader: Reader, *, close: bool
    ) -> bool:
        """Whether a window may be complete, by counts and times of chunks alone."""
        if settings.rows:
            waiting = rows.rows_behind(tx, row.endpoint, progress.chunk) - progress.offset
            return waiting >= (1 if close else settings.rows)
        ahead = _ahead(tx, row, progress, reader)
        if ahead is None:
            return False
        start = progress.start if progress.start is not None else rules.begin(ahead.first, settings.seconds)
        return close or rules.complete(rules.end_by_time(start, settings.seconds, ahead), ahead, tx.now)

    def _by_rows(self, row: Row[Any], settings: MonitorSettings, progress: Progress, reader: Reader, *, close: bool) -> Next | None:
        upto = self._settled(row)
        with self.store.reading(self.call) as tx:
            chunks = rows.chunks_behind(tx, row.endpoint, progress.chunk, upto)
        answers: list[tuple[int, int]] = []
        total = -progress.offset
        for chunk in chunks:
            if chunk.id not in self._answers:
                self._answers[chunk.id] = reader.answers_in(chunk)
            answers.append((chunk.id, self._answers[chunk.id]))
            total += answers[-1][1]
            if total >= settings.rows:
                break
        found = rules.span_by_rows(settings.rows, progress.chunk, progress.offset, answers, close=close)
        if found is None:
            return None
        span, chunk_behind, offset = found
        held = [chunk for chunk in chunks if span.first <= chunk.id <= span.last]
        behind = msgspec.structs.replace(progress, chunk=chunk_behind, offset=offset)
        return Next(Held(held, span), None, None, Strays(), behind)

    def _by_time(self, row: Row[Any], settings: MonitorSettings, progress: Progress, reader: Reader, *, close: bool) -> Next | None:
        upto = self._settled(row)
        with self.store.reading(self.call) as tx:
            ahead = _ahead(tx, row, progress, reader)
            if ahead is None:
                return None
            start = progress.start if progress.start is not None else rules.begin(ahead.first, settings.seconds)
            end = rules.end_by_time(start, settings.seconds, ahead)
            if not close and not rules.complete(end, ahead, tx.now):
                return None
            chunks = [chunk for chunk in chunks_between(tx, row.endpoint, start, end, after=progress.base) if chunk.id <= upto]
            astray = rows.chunks_of_strays(tx, row.endpoint, progress.chunk, upto, start)
            base = rows.base_for(tx, row.endpoint, progress.base, upto, end)
        strays = reader.strays(astray, start, start - max(rules.PAST, 10 * settings.seconds))
        behind = msgspec.structs.replace(progress, chunk=upto, base=base, start=end)
        return Next(Held(chunks, Span(start=start, end=end, last=upto)), start, end, strays, behind)

    def _settled(self, row: Row[Any]) -> int:
        with self.store.transaction(self.call) as tx:
            return rows.settled_chunk(tx, row.endpoint)

    def _write(self, row: Row[Any], settings: MonitorSettings, progress: Progress, found: Next, judged: Judged) -> Window:
        number = progress.number + 1
        version = judged.version.number if judged.version else None
        start = found.start if found.start is not None else judged.start or 0.0
        end = found.end if found.end is not None else judged.end or 0.0
        behind = msgspec.structs.replace(
            found.behind,
            number=number,
            version=version if version is not None else progress.version,
            volumes=(*progress.volumes, judged.rows)[-24:] if settings.seconds and judged.rows else progress.volumes,
            slices=judged.baselines,
            heard=rules.hear(progress.heard, number, version, judged.checks),
        )
        with self.store.transaction(self.call) as tx:
            window = {
                "monitor": row.id,
                "number": number,
                "start": start,
                "end": end,
                "rows": judged.rows,
                "labelled": judged.labelled,
                "version": version,
                "verdicts": {check.key: check.verdict for check in judged.checks},
                "report": judged.report,
                "open": judged.waiting,
                "looked_at": tx.now,
            }
            self._keep(tx, behind)
            tx.execute(insert(t.window), window)
            behind = alarms.settle(tx, row, settings, behind, alarms.Seen(number, judged.version, start, end, judged.checks, judged.report))
            self._keep(tx, behind)
            return Window(monitor=row.name, **{name: value for name, value in window.items() if name not in ("monitor", "open")})

    # --- windows that wait for labels

    def waiting_windows(self, *, at_once: bool = False) -> list[Window]:
        """Judges windows again whose labels have come since. Not too often: labels may trickle in one by one."""
        with self.store.reading(self.call) as tx:
            row = self._row(tx)
            settings, progress = rows.settings_of(row), rows.progress_of(row)
            newest = last_label(tx, row.endpoint)
            if settings.performance is None or newest <= progress.label or (tx.now < progress.retry_at and not at_once):
                return []
            waiting = rows.waiting_windows(tx, row)
        began = time.monotonic()
        found = [window for one in waiting if (window := self._again(row, settings, one)) is not None]
        took = time.monotonic() - began
        with self.store.transaction(self.call) as tx:
            progress = rows.progress_of(self._row(tx))
            self._keep(tx, msgspec.structs.replace(progress, label=newest, retry_at=tx.now + max(_PATIENCE, 10 * took)))
        return found

    def _again(self, row: Row[Any], settings: MonitorSettings, waiting: Row[Any]) -> Window | None:
        with self.store.reading(self.call) as tx:
            progress = rows.progress_of(self._row(tx))
            held = _held(tx, row, waiting)
        if waiting.number <= progress.number - rules.OPEN_WINDOWS:
            labels = None
        else:
            labels = judge_again(Reader(self.blobs, self._beat), self.blobs, _Recorded(self, row), settings, progress, held, waiting.number)
        with self.store.transaction(self.call) as tx:
            if labels is None or labels.labelled == waiting.labelled:
                if labels is None:
                    tx.execute(update(t.window).where(*_this(row, waiting.number)).values(open=False))
                return None
            kept = {key: one for key, one in waiting.report.get("checks", {}).items() if one["kind"] not in ("performance", rules.ESTIMATE)}
            verdicts = {
                key: verdict for key, verdict in waiting.verdicts.items() if key.partition("@")[0] not in ("performance", rules.ESTIMATE)
            }
            report = waiting.report | {"checks": kept | {one.key: told(one) for one in labels.checks}}
            verdicts |= {one.key: one.verdict for one in labels.checks}
            values = {"labelled": labels.labelled, "open": labels.waiting, "verdicts": verdicts, "report": report, "looked_at": tx.now}
            spoilt = waiting.verdicts.get("quality") == "bad"
            heard = progress.heard if spoilt else rules.hear(progress.heard, waiting.number, waiting.version, labels.checks)
            behind = msgspec.structs.replace(progress, heard=heard, slices=labels.baselines)
            self._keep(tx, behind)
            tx.execute(update(t.window).where(*_this(row, waiting.number)).values(**values))
            version = _version_of(tx, row, waiting.version)
            seen = alarms.Seen(waiting.number, version, waiting.start, waiting.end, labels.checks, report)
            self._keep(tx, alarms.settle(tx, row, settings, behind, seen))
            changed = tx.all(select(t.window).where(*_this(row, waiting.number)))[0]
            return rows.window_of(changed, row.name)

    # --- silence

    def silence(self) -> None:
        """Opens an alarm when no prediction has come for too long, and closes it with the next one."""
        with self.store.transaction(self.call) as tx:
            row = self._row(tx)
            self._keep(tx, rows.progress_of(row))
            alarms.silence(tx, row, rows.settings_of(row), rows.progress_of(row))

    def due_at(self) -> float:
        """When the monitor wants to be looked at again, by the database's clock, although nothing arrives."""
        with self.store.reading(self.call) as tx:
            row = self._row(tx)
            settings, progress = rows.settings_of(row), rows.progress_of(row)
            times = [tx.now + _AT_LEAST]
            if settings.silence:
                last = max(row.created_at, rows.last_arrival(tx, row.endpoint) or 0.0)
                times += [last + settings.silence] if last + settings.silence > tx.now else []
            if settings.performance is not None and last_label(tx, row.endpoint) > progress.label:
                times.append(progress.retry_at)
            if settings.seconds and progress.start is not None:
                ahead = _ahead(tx, row, progress, Reader(self.blobs, self._beat))
                if ahead is not None:
                    end = rules.end_by_time(progress.start, settings.seconds, ahead)
                    times.append(tx.now + max(0.0, end - rules.event_clock(ahead, tx.now)))
            return min(times)

    # --- the lease

    def _row(self, tx: Transaction) -> Row[Any]:
        row = rows.monitor_by_id(tx, self.monitor)
        if row is None or row.token != self.token:
            raise Lost
        return row

    def _keep(self, tx: Transaction, progress: Progress) -> None:
        """Writes the progress if the monitor is still held; else the whole transaction is given up."""
        if not rows.held(tx, self.monitor, self.token, progress=msgspec.to_builtins(progress)):
            raise Lost
        self._renewed = time.monotonic()

    def _beat(self) -> None:
        if time.monotonic() - self._renewed < _RENEW:
            return
        with self.store.transaction(self.call) as tx:
            if not rows.held(tx, self.monitor, self.token):
                raise Lost
        self._renewed = time.monotonic()


class _Recorded:
    """What judging asks of the record."""

    def __init__(self, look: Look, row: Row[Any]) -> None:
        self._look = look
        self._row = row

    def versions(self, revisions: Iterable[int]) -> dict[int, ModelVersion]:
        with self._look.store.reading(self._look.call) as tx:
            return rows.versions_at(tx, self._row.endpoint, revisions)

    def labels(self, keys: Sequence[str]) -> Mapping[str, Any]:
        with self._look.store.reading(self._look.call) as tx:
            return rows.known_labels(tx, self._row.endpoint, keys)

    def before(self, number: int) -> Held | None:
        with self._look.store.reading(self._look.call) as tx:
            window = rows.window_before(tx, self._row, number)
            return None if window is None else _held(tx, self._row, window)

    def labelled(self, version: int, before: int) -> Held | None:
        with self._look.store.reading(self._look.call) as tx:
            window = rows.window_before(tx, self._row, before, version=version, labelled=_KNOWN_LABELS)
            return None if window is None else _held(tx, self._row, window)


def _held(tx: Transaction, row: Row[Any], window: Row[Any]) -> Held:
    """A window as it was read when it was closed."""
    span = msgspec.convert(window.report["read"], Span)
    if span.start is not None:
        chunks = [chunk for chunk in chunks_between(tx, row.endpoint, span.start, span.end) if chunk.id <= span.last]
    else:
        chunks = rows.chunks_behind(tx, row.endpoint, span.first - 1, span.last)
    return Held(chunks, span)


def _ahead(tx: Transaction, row: Row[Any], progress: Progress, reader: Reader) -> Ahead | None:
    """What has arrived for the current window and later ones; None when nothing has."""
    extremes, odd, at = rows.arrived(tx, row.endpoint, progress.base, progress.start)
    times = [] if at is None else [(float(extremes.first), float(extremes.last), at)]
    for chunk in odd:
        honest = reader.honest_times(chunk)
        if honest is not None and (progress.start is None or honest[1] >= progress.start):
            times.append((honest[0], honest[1], chunk.shipped_at))
    if not times:
        return None
    newest = max(times, key=lambda one: (one[1], -one[2]))
    return Ahead(first=min(one[0] for one in times), last=newest[1], at=newest[2])


def _this(row: Row[Any], number: int) -> tuple[Any, ...]:
    return t.window.c.monitor == row.id, t.window.c.number == number


def _version_of(tx: Transaction, row: Row[Any], number: int | None) -> ModelVersion | None:
    revisions = [one.number for one in revisions_of(tx, row.endpoint) if one.version == number]
    return next(iter(rows.versions_at(tx, row.endpoint, revisions[-1:]).values()), None)
