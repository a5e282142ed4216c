"""The loop that closes the loop: news is heard, clocks and places outside are looked at, and what is due is done.

Everything is recorded before it is done: a firing is written in the transaction that moves the trigger's position, so a keeper
that is killed in between has lost nothing, and the next one acts. Any number of keepers may react on one record: a firing is
claimed by one guarded update, whose number of tries is the token of who acts, and held by a lease while it is acted on.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from treadle.contract import triggers as words
from treadle.core.errors import TreadleError
from treadle.core.operation import Call
from treadle.projects.repository import PATIENCE
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.store.leases import LEASE_SECONDS
from treadle.triggers import counting, outside, rows
from treadle.triggers.acting import perform
from treadle.triggers.recording import fire, news_of, record, said_first
from treadle.triggers.rules import concerns, holds, passes
from treadle.triggers.schedule import due_moments
from treadle.triggers.sentences import moment

log = logging.getLogger("treadle.triggers")

LOOK_SECONDS = 1.0
"""How often the journal is looked at when nobody woke the loop: other processes write it, too."""
COUNT_SECONDS = 2.0
AGAIN_SECONDS = 60.0
"""When a trigger is looked at again with which something is wrong."""
_MOST_ENTRIES = 1000
_LAG = 500  # entries that a trigger's position may stay behind what was looked at, so that idle triggers write nothing
_ACTIONS = 4  # at once


class Keeping(Protocol):
    """What the loop needs of an opened record (treadle.assemble.Record)."""

    home: Path
    store: Database
    blobs: Any

    def call(self, operation: Any, request: Any, call: Call | None = None) -> Any: ...

    @property
    def contents(self) -> Any: ...


class React:
    """Reacts to news. `tick` never waits for anything outside the database: that is done in `pool`."""

    def __init__(self, record: Keeping, call: Call | None = None, pool: Executor | None = None) -> None:
        self.record = record
        self.store = record.store
        self.reader = call or Call(actor="react")
        self._pool = pool or ThreadPoolExecutor(_ACTIONS, thread_name_prefix="treadle-act")
        self._acting: dict[int, tuple[int, Future[None]]] = {}
        self._looking: dict[int, Future[None]] = {}
        self._positions: dict[int, int] = {}
        self._heard = -1
        self._counted = -COUNT_SECONDS
        self._next_firing: float | None = None
        self._next_source: float | None = None

    def tick(self) -> float:
        """One look at everything; answers the seconds until something is due."""
        self._tidy()
        while self._hear():
            pass
        with self.store.reading(self.reader) as tx:
            triggers = [row for row in rows.all_rows(tx, t.trigger.c.state == "on") if row.when["on"] != "news"]
            now = tx.now
        for row in triggers:
            if row.when["on"] == "schedule" and row.next_at is not None and row.next_at <= now:
                self._alone(row.id, lambda number=row.id: self._come(number))  # type: ignore[misc]
            elif row.when["on"] in ("git", "files") and row.next_at is not None and row.next_at <= now and row.id not in self._looking:
                self._look(row, now)
        self._count([row for row in triggers if row.when["on"] in ("labels", "rows")])
        with self.store.reading(self.reader) as tx:
            firings, now = self._open(tx), tx.now
        for firing in firings:
            if firing.next_at <= now:
                self._advance(firing)
        return self._until(now)

    def settle(self, timeout: float = 60.0) -> None:
        """Waits until everything that was begun here has ended."""
        wait([future for _, future in self._acting.values()], timeout)
        wait(list(self._looking.values()), timeout)
        self._tidy()

    def _tidy(self) -> None:
        """Forgets what has ended, and holds the leases of what has not."""
        self._looking = {number: future for number, future in self._looking.items() if not future.done()}
        self._acting = {number: held for number, held in self._acting.items() if not held[1].done()}
        if not self._acting:
            return
        with self.store.transaction(self.reader) as tx:
            for number, (tries, _) in sorted(self._acting.items()):
                tx.execute(
                    update(t.firing)
                    .where(t.firing.c.id == number, t.firing.c.state == "acting", t.firing.c.tries == tries)
                    .values(next_at=tx.now + LEASE_SECONDS)
                )

    # --- news --------------------------------------------------------------------------------------------------------

    def _hear(self) -> bool:
        """Looks at new entries once, for all triggers together; answers whether there are more."""
        with self.store.reading(self.reader) as tx:
            last = journal.last_number(tx)
            if last == self._heard:
                return False
            listening = [row for row in rows.all_rows(tx, t.trigger.c.state == "on") if row.when["on"] == "news"]
            begin = min((self._position(row) for row in listening), default=last)
            entries = journal.entries(tx, after=begin, limit=_MOST_ENTRIES) if begin < last else []
        upto = entries[-1].id if len(entries) == _MOST_ENTRIES else max(last, entries[-1].id if entries else 0)
        news = [news_of(entry) for entry in entries]
        of_kind: dict[str, list[dict[str, Any]]] = {}
        for one in news:
            of_kind.setdefault(str(one["kind"]), []).append(one)
        behind: list[int] = []
        for row in listening:
            declared, looked = rows.declared_of(row), self._position(row)
            possible = news if row.when["kind"].endswith("*") else of_kind.get(row.when["kind"], [])
            if any(one["id"] > looked and concerns(declared, one) for one in possible):
                self._alone(row.id, lambda number=row.id: self._take(number, upto))  # type: ignore[misc]
            elif upto - row.position >= _LAG:
                behind.append(row.id)
            self._positions[row.id] = max(looked, upto)
        self._catch_up(behind, upto)
        self._heard = upto
        return upto < last

    def _catch_up(self, triggers: list[int], upto: int) -> None:
        """Triggers whom nothing concerned up to here. One that was applied anew meanwhile stands further on already."""
        if triggers:
            with self.store.transaction(self.reader) as tx:
                tx.execute(update(t.trigger).where(t.trigger.c.id.in_(triggers), t.trigger.c.position < upto).values(position=upto))

    def _alone(self, trigger: int, act: Callable[[], None]) -> None:
        """Does something for one trigger. What is wrong with it (no data of time zones here, say) is its own note: the others go on,
        and it is looked at again a minute later."""
        try:
            act()
        except TreadleError as error:
            if passes(error):
                raise
            log.warning("a trigger cannot go on: %s", error.what)
            with self.store.transaction(self.reader) as tx:
                row = self._locked(tx, trigger)
                if row is not None:
                    values: dict[str, Any] = {"seen": {**row.seen, "note": error.what}}
                    values |= {"next_at": tx.now + AGAIN_SECONDS} if row.next_at is not None else {}
                    tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(**values))

    def _position(self, row: Row[Any]) -> int:
        """What was looked at: by anybody, as recorded, or here."""
        return max(int(row.position), self._positions.get(row.id, 0))

    def _take(self, trigger: int, upto: int) -> None:
        """Records what a trigger makes of the entries up to a number, and that it has looked at them."""
        with self.store.transaction(self.reader) as tx:
            row = self._locked(tx, trigger)
            if row is None or row.position >= upto:
                return
            declared, passed, position = rows.declared_of(row), 0, row.position
            assert isinstance(declared.when, words.News)
            while position < upto:
                found = journal.entries(tx, after=position, kind=declared.when.kind, limit=_MOST_ENTRIES)
                entries = [one for one in found if one.id <= upto]
                for news in map(news_of, entries):
                    if not concerns(declared, news):
                        continue
                    if holds(declared, news):
                        record(tx, row, f"entry:{news['id']}", news)
                    else:
                        passed += 1
                position = entries[-1].id if len(entries) == _MOST_ENTRIES else upto
            seen = {**row.seen, "passed": int(row.seen.get("passed", 0)) + passed} if passed else row.seen
            tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(position=upto, seen=seen))

    def _locked(self, tx: Transaction, trigger: int) -> Row[Any] | None:
        """The row of a trigger that is on, locked until the transaction ends."""
        return tx.first(select(t.trigger).where(t.trigger.c.id == trigger, t.trigger.c.state == "on").with_for_update())

    # --- sources of its own ------------------------------------------------------------------------------------------

    def _come(self, trigger: int) -> None:
        """A moment of a schedule has come. Moments that passed while nobody looked count as the last of them."""
        with self.store.transaction(self.reader) as tx:
            row = self._locked(tx, trigger)
            if row is None or row.next_at is None or row.next_at > tx.now:
                return
            declared = rows.declared_of(row)
            assert isinstance(declared.when, words.Schedule)
            due, missed, following = due_moments(declared.when.cron, declared.when.zone, row.next_at, tx.now)
            said = f"it is {moment(due)}, a moment of {declared.when.cron}{f', and {missed} more were missed' if missed else ''}"
            data = {"sentence": said, "due": due, "missed": missed, "cron": declared.when.cron, "zone": declared.when.zone}
            self._say(tx, row, "schedule.due", f"time:{due:.0f}", data)
            tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(next_at=following))

    def _say(self, tx: Transaction, row: Row[Any], kind: str, cause: str, data: dict[str, Any]) -> None:
        declared = rows.declared_of(row)
        if holds(declared, {"kind": kind, "subject": f"trigger:{row.name}", "data": data}):
            said_first(tx, row, kind, cause, data)

    def _count(self, triggers: list[Row[Any]]) -> None:
        if not triggers or time.monotonic() - self._counted < COUNT_SECONDS:
            return
        self._counted = time.monotonic()
        for one in triggers:
            when = rows.declared_of(one).when
            with self.store.reading(self.reader) as tx:
                if counting.counted(tx, when, one.seen) is None:
                    continue
            with self.store.transaction(self.reader) as tx:
                row = self._locked(tx, one.id)
                found = counting.counted(tx, when, row.seen) if row is not None and row.when == one.when else None
                if row is None or found is None:
                    continue
                if found.cause:
                    self._say(tx, row, found.kind, found.cause, found.data)
                tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(seen={**row.seen, "note": "", **found.seen}))

    def _look(self, row: Row[Any], now: float) -> None:
        """Claims a look outside, and does it in the pool."""
        token = secrets.token_hex(8)
        with self.store.transaction(self.reader) as tx:
            free = t.trigger.c.token.is_(None) | (t.trigger.c.lease_until < tx.now)
            claim = update(t.trigger).where(t.trigger.c.id == row.id, t.trigger.c.state == "on", t.trigger.c.next_at <= now, free)
            values = {"token": token, "lease_until": tx.now + PATIENCE + LEASE_SECONDS}
            if not tx.execute(claim.values(**values)).rowcount:
                return
        self._looking[row.id] = self._pool.submit(self._looked, row, token)

    def _looked(self, row: Row[Any], token: str) -> None:
        """Looks outside, and takes in what was seen if the claim still holds."""
        when = rows.declared_of(row).when
        assert isinstance(when, words.Git | words.Files)
        found = outside.look(when, row.seen)
        with self.store.transaction(self.reader) as tx:
            held = self._locked(tx, row.id)
            if held is None or held.token != token:
                return
            if found.cause:
                self._say(tx, held, found.kind, found.cause, found.data)
            seen = {**held.seen, "note": "", **found.seen}
            values = {"seen": seen, "next_at": tx.now + when.every, "token": None}
            tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(**values))

    # --- acting ------------------------------------------------------------------------------------------------------

    def _open(self, tx: Transaction) -> list[Row[Any]]:
        firing = t.firing.c
        query = (
            select(firing.id, firing.trigger, firing.state, firing.next_at, firing.tries)
            .join(t.trigger, t.trigger.c.id == firing.trigger)
            .where(firing.state.in_(("due", "holding", "acting")), t.trigger.c.state == "on")
            .order_by(firing.next_at, firing.id)
            .limit(100)
        )
        found = tx.all(query)
        self._next_firing = min((row.next_at for row in found if row.id not in self._acting), default=None)
        self._next_source = tx.execute(
            select(t.trigger.c.next_at)
            .where(t.trigger.c.state == "on", t.trigger.c.next_at.is_not(None))
            .order_by(t.trigger.c.next_at)
            .limit(1)
        ).scalar_one_or_none()
        return list(found)

    def _advance(self, firing: Row[Any]) -> None:
        if firing.state == "holding":
            self._end_hold(firing)
        elif firing.id not in self._acting and len(self._acting) < _ACTIONS:
            self._claim(firing)

    def _end_hold(self, firing: Row[Any]) -> None:
        """The time is over for which an alarm had to persist: it did, or nothing is done."""
        with self.store.transaction(self.reader) as tx:
            trigger = self._locked(tx, firing.trigger)
            row = tx.first(select(t.firing).where(t.firing.c.id == firing.id, t.firing.c.state == "holding").with_for_update())
            if trigger is None or row is None:
                return
            limits = rows.declared_of(trigger).limits
            alarms = rows.open_alarms(tx, limits.unless_open, row.news)
            if rows.alarm_is_over(tx, row.news):
                state, why = "skipped", "the alarm had closed by itself"
            elif alarms:
                state, why = "skipped", f"not while this is open: {'; '.join(alarms[:3])}"
            else:
                state, why = ("dry", "it persisted; a dry run") if limits.dry_run else ("due", "it persisted")
            values: dict[str, Any] = {"state": state, "why": f"{row.why}; {why}", "next_at": tx.now}
            values |= {} if state == "due" else {"done_at": tx.now}
            tx.execute(update(t.firing).where(t.firing.c.id == row.id).values(**values))
            if state == "due":
                fire(tx, trigger, row.id, row.entry, str(values["why"]))

    def _claim(self, firing: Row[Any]) -> None:
        tries = firing.tries + 1
        with self.store.transaction(self.reader) as tx:
            claim = update(t.firing).where(
                t.firing.c.id == firing.id,
                t.firing.c.state.in_(("due", "acting")),
                t.firing.c.next_at <= tx.now,
                t.firing.c.tries == firing.tries,
            )
            if not tx.execute(claim.values(state="acting", tries=tries, next_at=tx.now + LEASE_SECONDS)).rowcount:
                return
        self._acting[firing.id] = (tries, self._pool.submit(self._perform, firing.id, tries))

    def _perform(self, firing: int, tries: int) -> None:
        try:
            perform(self.record, firing, tries)
        except Exception:  # said here: nobody asks a thread's future how it ended. The lease ends, and it is tried again
            log.exception("firing %d could not be performed", firing)

    def _until(self, now: float) -> float:
        """Seconds until something is due; less than a look's interval only when that is known."""
        due = [at - now for at in (self._next_source, self._next_firing) if at is not None]
        waiting = min([LOOK_SECONDS, *(max(0.02, seconds) for seconds in due)])
        return 0.05 if len(self._acting) >= _ACTIONS else waiting
