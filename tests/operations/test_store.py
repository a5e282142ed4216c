"""Transactions, news, counters and leases, on both dialects."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import insert, select

from treadle.core.errors import UsageError
from treadle.core.operation import Call
from treadle.store import journal, leases
from treadle.store import tables as t
from treadle.store.database import SCHEMA, Database
from treadle.store.migrations import migrate


def test_state_and_news_are_written_together_or_not_at_all(database: Database) -> None:
    with database.transaction(Call(actor="ada")) as tx:
        tx.execute(insert(t.document), {"digest": "a", "kind": "definition", "body": b"x"})
        tx.news("thing.made", "thing:1", size=3)
    with pytest.raises(ZeroDivisionError):
        _write_and_raise(database)
    with database.reading() as tx:
        rows = journal.entries(tx)
        assert [(row.subject, row.actor, row.data) for row in rows] == [("thing:1", "ada", {"size": 3})]
        assert [row.digest for row in tx.all(select(t.document.c.digest))] == ["a"]


def _write_and_raise(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(insert(t.document), {"digest": "b", "kind": "definition", "body": b"x"})
        tx.news("thing.made", "thing:2")
        raise ZeroDivisionError


def test_numbers_are_handed_out_once_to_many_takers(database: Database) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(10):
            with database.transaction() as tx:
                taken.extend(tx.next_numbers("run", 3))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 121))


def test_journal_numbers_become_visible_in_order(database: Database) -> None:
    """A reader that remembers the last number it saw misses nothing, however writers interleave."""
    seen: list[int] = []
    stop = threading.Event()

    def follow() -> None:
        last = 0
        while True:
            finished = stop.is_set()
            with database.reading() as tx:
                for row in journal.entries(tx, after=last):
                    seen.append(row.id)
                    last = row.id
            if finished:
                return

    def write() -> None:
        for number in range(25):
            with database.transaction() as tx:
                tx.news("x", str(number))

    reader = threading.Thread(target=follow)
    reader.start()
    writers = [threading.Thread(target=write) for _ in range(4)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert len(seen) == 100
    assert seen == sorted(seen)


def test_listeners_are_woken_after_news(database: Database) -> None:
    woken: list[int] = []
    forget = database.listen(lambda: woken.append(1))
    with database.transaction() as tx:
        tx.news("x", "y")
    with database.transaction() as tx:
        tx.next_numbers("run")
    forget()
    with database.transaction() as tx:
        tx.news("x", "y")
    assert woken == [1]


def _attempt(id: str, token: str, lease_until: float) -> dict[str, object]:
    return {
        "id": id, "run": int(id), "number": 1, "state": "running", "engine": "local", "token": token, "owner": "p",
        "lease_until": lease_until, "claimed_at": 0.0, "log_size": 0, "spool_offset": 0,
    }  # fmt: skip


def test_only_the_holder_of_the_token_extends_a_lease(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(insert(t.attempt), [_attempt("1", "right", 5.0), _attempt("2", "other", 5.0), _attempt("4", "too", 5.0)])
    with database.transaction() as tx:
        assert leases.renew(tx, t.attempt, {"1": "right", "2": "wrong", "3": "gone", "4": "too"}) == {"1", "4"}
        now = tx.now
    with database.reading() as tx:
        until = {row.id: row.lease_until for row in tx.all(select(t.attempt.c.id, t.attempt.c.lease_until))}
    assert until["1"] > now
    assert until["4"] > now
    assert until["2"] == 5.0


def test_preparing_twice_and_at_once_makes_one_schema(database: Database) -> None:
    database.prepare()
    migrate(database.engine, fresh=True, head=SCHEMA)
    with database.reading() as tx:
        assert tx.all(select(t.run)) == []


def test_an_unknown_database_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="mysql"):
        Database("mysql://host/name")


def test_migrations_lead_to_the_schema_that_a_fresh_database_gets(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import inspect

    from treadle.store.migrations import upgrade

    with database.engine.begin() as connection:
        fresh = _shape(inspect(connection))
        t.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    with database.engine.begin() as connection:
        upgrade(connection, SCHEMA)
    with database.engine.connect() as connection:
        connection = connection.execution_options(reads=True)
        assert _shape(inspect(connection)) == fresh
        partial = {name for table in fresh.values() for name in table[1] if name in _PARTIAL}
        assert partial == _PARTIAL
        differences = compare_metadata(MigrationContext.configure(connection), t.metadata)
        assert [d for d in differences if not (d[0] == "remove_index" and d[1].name in _PARTIAL)] == []


_PARTIAL = {
    "ix_journal_root_id",
    "ix_journal_cause",
    "ix_run_ready",
    "ix_run_equal",
    "ix_run_failed",
    "ix_attempt_ended",
    "ix_attempt_live",
    "ix_firing_open",
    "ix_rollout_running",
}


def _shape(inspector: Any) -> dict[str, Any]:
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)),
            sorted(i["name"] for i in inspector.get_indexes(table)),
            sorted(str(u["column_names"]) for u in inspector.get_unique_constraints(table)),
            inspector.get_pk_constraint(table)["constrained_columns"],
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_a_record_of_the_first_schema_is_brought_to_the_newest(database: Database) -> None:
    from treadle.store.migrations import upgrade

    with database.engine.begin() as connection:
        t.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    with database.engine.begin() as connection:
        upgrade(connection, "0001")
        connection.exec_driver_sql("INSERT INTO counter (name, value) VALUES ('run', 7)")
    again = Database(database.url).prepare()
    with again.transaction() as tx:
        assert tx.next_numbers("run", 1)[0] == 8
        assert tx.all(select(t.model)) == []
    again.close()
