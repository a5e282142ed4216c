"""Looking into the journal, what an entry caused, and seals over it, on both dialects."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import pytest
from sqlalchemy import delete, insert, update

from treadle.access import record, sealing
from treadle.contract import record as words
from treadle.contract.record import ReadJournal, VerifyJournal
from treadle.core.errors import UsageError
from treadle.core.operation import Call
from treadle.store import journal, seals
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")


def write(database: Database, rows: list[dict[str, Any]]) -> None:
    """Entries with numbers and times of a test's own."""
    plain = {"at": 0.0, "actor": "ada", "project": "default", "kind": "run.done", "subject": "run:1", "root": None, "cause": None}
    with database.transaction() as tx:
        tx.execute(insert(t.journal), [plain | {"data": {}} | row for row in rows])
        if tx.connection.dialect.name == "postgresql":
            tx.connection.exec_driver_sql("SELECT setval('journal_id_seq', (SELECT max(id) FROM journal))")


def read(database: Database, **asked: Any) -> list[int]:
    return [one.id for one in record.read_journal(ReadJournal(**asked), CALL, database)]


# --- looking ----------------------------------------------------------------------------------------------------------------------


def test_entries_are_found_by_who_what_and_when(database: Database) -> None:
    day = 86_400.0
    kinds = ("run.queued", "run.done", "alarm.opened", "rollout.started")
    write(
        database,
        [
            {
                "id": n,
                "at": n * day,
                "actor": ("ada", "bob")[n % 2],
                "kind": kinds[n % 4],
                "subject": f"thing:{n}",
                "data": {"words": f"No {n}%"},
            }
            for n in range(1, 41)
        ],
    )
    assert read(database, actor="bob", limit=3) == [1, 3, 5]
    assert read(database, actor="bob", newest=True, limit=3) == [39, 37, 35]
    assert read(database, before=4) == [1, 2, 3]
    assert read(database, before=4, newest=True, limit=2) == [3, 2]
    assert read(database, kind="run.*", newest=True, limit=3) == [40, 37, 36]
    assert read(database, kind="run.*", newest=True, limit=3, before=37) == [36, 33, 32]
    assert read(database, kind="r*", newest=True, limit=3) == [40, 39, 37]
    assert read(database, kind="run.*", limit=3) == [1, 4, 5]
    assert read(database, kind="nothing.*", newest=True) == []
    assert read(database, kind="alarm.opened", actor="ada", newest=True, limit=2) == [38, 34]
    assert read(database, since=38 * day) == [38, 39, 40]
    assert read(database, until=3 * day) == [1, 2, 3]
    assert read(database, since=7.5 * day, until=9 * day) == [8, 9]
    assert read(database, since=99 * day) == []
    assert read(database, until=0.5 * day) == []
    assert read(database, text="no 17%") == [17]
    assert read(database, text="THING:23") == [23]
    assert read(database, text="alarm", newest=True, limit=1) == [38]
    assert read(database, text="_") == []


def test_entries_written_out_of_the_order_of_their_times_are_found(database: Database) -> None:
    """A long transaction says when it began and becomes visible when it ends."""
    write(database, [{"id": n, "at": 10_000.0 + n - (3000.0 if n % 7 == 0 else 0.0)} for n in range(1, 200)])
    for since, until in ((10_050.0, None), (None, 7100.0), (7050.0, 7100.0), (7150.0, 10_020.0)):
        wanted = [
            n
            for n in range(1, 200)
            if (since or 0.0) <= 10_000.0 + n - (3000.0 if n % 7 == 0 else 0.0) <= (until if until is not None else 1e9)
        ]
        assert read(database, since=since, until=until) == wanted


# --- effects ----------------------------------------------------------------------------------------------------------------------


class Loop(NamedTuple):
    """Numbers of entries: an alarm fired a trigger, which retrained, which released."""

    alarm: int
    fired: int
    queued: int
    running: int
    step: int
    registered: int
    approved: int
    started: int
    live: int
    other: int


@pytest.fixture
def loop(database: Database) -> Loop:
    def say(kind: str, subject: str, /, *, cause: int | None = None, root: int | None = None, **data: Any) -> int:
        with database.transaction(Call(actor="ada", cause=cause)) as tx:
            tx.news(kind, subject, root=root, **data)
        with database.reading() as tx:
            return journal.last_number(tx)

    version = {"model": "delay", "version": 2}
    alarm = say("alarm.opened", "monitor:w", alarm=3)
    fired = say("trigger.fired", "trigger:decay", cause=alarm)
    queued = say("run.queued", "run:7", cause=fired, root=7)
    say("run.queued", "run:6", root=6)
    running = say("run.running", "run:7", root=7)
    step = say("run.done", "run:8", root=7, parent=7)
    registered = say("model.registered", "model:delay@v2", cause=fired, root=7, run=8, **version)
    say("model.registered", "model:delay@v1", root=6, run=6, model="delay", version=1)
    approved = say("version.approved", "model:delay@v2", **version)
    started = say("rollout.started", "endpoint:flights", **version)
    live = say("revision.live", "endpoint:flights", **version)
    other = say("rollout.started", "endpoint:flights", model="delay", version=1)
    say("revision.live", "endpoint:flights", model="delay", version=1)
    say("comment.added", "comment:1", root=7, about="run:7")
    return Loop(alarm, fired, queued, running, step, registered, approved, started, live, other)


def caused(database: Database, entry: int, **asked: Any) -> dict[int, int]:
    found = record.read_effects(words.ReadEffects(entry=entry, **asked), CALL, database)
    assert not found.cut
    assert [one.entry.id for one in found.effects] == sorted(one.entry.id for one in found.effects)
    return {one.entry.id: one.because for one in found.effects}


def test_effects_are_followed_through_runs_versions_and_releases(database: Database, loop: Loop) -> None:
    assert caused(database, loop.alarm) == {
        loop.fired: loop.alarm,
        loop.queued: loop.fired,
        loop.running: loop.queued,
        loop.registered: loop.queued,
        loop.approved: loop.registered,
        loop.started: loop.approved,
        loop.live: loop.started,
    }
    assert caused(database, loop.alarm, steps=True)[loop.step] == loop.queued
    assert set(caused(database, loop.approved)) == {loop.started, loop.live}
    assert caused(database, loop.live) == {}
    assert caused(database, 999) == {}


def test_effects_and_causes_tell_the_same(database: Database, loop: Loop) -> None:
    with database.reading() as tx:
        last = journal.last_number(tx)
        chains = {n: [row.id for row in journal.causes(tx, n)][1:] for n in range(1, last + 1)}
    for entry in range(1, last + 1):
        assert set(caused(database, entry, steps=True)) == {n for n, chain in chains.items() if entry in chain}


def test_more_effects_than_asked_for_are_said_to_be_cut(database: Database, loop: Loop) -> None:
    found = record.read_effects(words.ReadEffects(entry=loop.alarm, limit=3), CALL, database)
    assert found.cut
    assert [one.entry.id for one in found.effects] == [loop.fired, loop.queued, loop.running]


# --- seals ------------------------------------------------------------------------------------------------------------------------


def verified(database: Database, **asked: Any) -> words.Verified:
    return sealing.verify_journal(VerifyJournal(**asked), CALL, database)


def grown(database: Database, entries: int) -> None:
    with database.reading() as tx:
        last = journal.last_number(tx)
    write(database, [{"id": last + 1 + n, "at": 1.5 * n, "data": {"n": n, "words": "ü", "x": 0.1 * n}} for n in range(entries)])


def damaged(found: words.Verified) -> list[tuple[str, int]]:
    assert found.faulty == len(found.faults)
    return [(one.what, one.entry) for one in found.faults]


def test_what_was_sealed_is_found_unchanged(database: Database) -> None:
    assert (verified(database).number, verified(database).seal) == (0, "0" * 64)
    grown(database, 2500)
    first = verified(database)
    assert (first.number, first.upto, first.entries, first.sealed, first.faults) == (3, 2500, 2500, 2500, ())
    grown(database, 10)
    second = verified(database, expect=first.seal)
    assert (second.number, second.upto, second.sealed, second.expected, second.more) == (4, 2510, 10, True, False)
    assert verified(database, expect="1" * 64).expected is False
    assert verified(database).seal == second.seal


def test_each_changed_removed_and_inserted_entry_is_named(database: Database) -> None:
    write(database, [{"id": n, "at": float(n)} for n in range(1, 1500) if n != 700])
    assert damaged(verified(database)) == []
    with database.transaction() as tx:
        tx.execute(update(t.journal).where(t.journal.c.id == 12).values(actor="eve"))
        tx.execute(update(t.journal).where(t.journal.c.id == 1200).values(data={"n": 1}))
        tx.execute(delete(t.journal).where(t.journal.c.id == 13))
    write(database, [{"id": 700}, {"id": 1500}])
    found = verified(database)
    assert damaged(found) == [("changed", 12), ("removed", 13), ("inserted", 700), ("changed", 1200)]
    assert (found.sealed, found.upto) == (1, 1500)


def test_the_last_sealed_entries_cannot_vanish_unseen(database: Database) -> None:
    grown(database, 20)
    verified(database)
    with database.transaction() as tx:
        tx.execute(delete(t.journal).where(t.journal.c.id > 18))
    assert damaged(verified(database)) == [("removed", 19), ("removed", 20)]


def test_seals_that_were_rewritten_or_taken_away_are_found(database: Database) -> None:
    grown(database, 2500)
    noted = verified(database).seal
    with database.transaction() as tx:
        tx.execute(update(t.journal).where(t.journal.c.id == 5).values(actor="eve"))
        rows = seals.behind(tx, 0, 1)
        kept = bytearray(rows[0].entries)
        changed = next(row for row in tx.all(t.journal.select().where(t.journal.c.id == 5)))
        kept[4 * 40 + 8 : 5 * 40] = seals.digest_of(changed)
        tx.execute(update(t.journal_seal).where(t.journal_seal.c.number == 1).values(entries=bytes(kept)))
    assert damaged(verified(database)) == [("broken", 1000)]
    with database.transaction() as tx:
        tx.execute(delete(t.journal_seal))
    again = verified(database, expect=noted)  # whoever makes all seals anew is found by one that was noted
    assert (damaged(again), again.expected) == ([], False)
    with database.transaction() as tx:
        tx.execute(delete(t.journal_seal).where(t.journal_seal.c.number == 2))
    assert damaged(verified(database)) == [("broken", 2500)]


def test_a_long_journal_is_verified_in_parts(database: Database) -> None:
    grown(database, 3500)
    parts = [verified(database, limit=1000)]
    while parts[-1].more:
        parts.append(verified(database, limit=1000, after=parts[-1].number))
    assert [one.number for one in parts] == [1, 2, 3, 4]
    assert sum(one.entries for one in parts) == sum(one.sealed for one in parts) == 3500
    again = [verified(database, limit=1000)]
    while again[-1].more:
        again.append(verified(database, limit=1000, after=again[-1].number))
    assert again[-1].seal == parts[-1].seal
    with pytest.raises(UsageError, match="seal 99"):
        verified(database, after=99)
    with pytest.raises(UsageError, match="expect"):
        verified(database, expect="what")


def test_whoever_seals_later_takes_nothing_from_who_was_faster(database: Database) -> None:
    grown(database, 5)
    with database.transaction() as tx:
        assert seals.seal(tx) == 5
        assert seals.seal(tx) == 0


class Kept(NamedTuple):
    store: Database


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_the_keeper_seals_what_is_full_and_what_is_old(database: Database, clock: list[float]) -> None:
    keeper = sealing.Seal(Kept(database), CALL)
    with database.transaction(CALL) as tx:
        tx.news("x.y", "z")
    assert keeper.tick() > 0
    with database.reading() as tx:
        assert seals.newest(tx) is None
    with database.transaction() as tx:
        tx.execute(update(t.journal).values(at=tx.now - 4000.0))
    keeper.tick()
    with database.reading() as tx:
        assert seals.newest(tx) is None  # it looked a moment ago
    clock[0] += 31.0
    keeper.tick()
    with database.reading() as tx:
        last = seals.newest(tx)
    assert last is not None
    assert (last.number, last.covers) == (1, 1)
