"""What differs between SQLite and PostgreSQL, said once. Everything else in the store is the same sentence on both."""

from __future__ import annotations

import importlib
import os
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Engine, Table, Text, any_, bindparam, cast, create_engine, event, exc, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.engine.url import make_url
from sqlalchemy.pool import QueuePool

from treadle.core.errors import Conflict, HomeError, StorageFull, TreadleError, Unreachable, UsageError

BUSY_SECONDS = 60
_NEWS_LOCK = 0x7472656164  # one advisory lock, "tread": see take_news_lock
_ENCODER = msgspec.json.Encoder(order="deterministic")

NOW = {
    # SQLite's own clock has milliseconds; `unixepoch('subsec')` would need SQLite 3.42, which Debian 12 lacks.
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())::float8",
}

ONE_VIEW: dict[str, dict[str, Any]] = {"sqlite": {}, "postgresql": {"isolation_level": "REPEATABLE READ"}}
"""What makes all statements of a transaction that only reads see the same state; SQLite does so by itself."""


def _to_json(value: Any) -> str:
    return _ENCODER.encode(value).decode()


def open_engine(url: str) -> Engine:
    """A pool of connections to `sqlite:///path` or `postgresql://...`."""
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise UsageError("the database's address cannot be read", hint="sqlite:///PATH or postgresql://USER@HOST/NAME") from error
    options: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": msgspec.json.decode}
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=32,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            **options,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        try:
            return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=8, max_overflow=32, pool_recycle=1800, **options)
        except ModuleNotFoundError as error:
            raise UsageError(
                "PostgreSQL needs the driver psycopg, which is not installed", hint="pip install 'treadle[postgres]'"
            ) from error
    raise UsageError(
        f"`{parsed.get_backend_name()}` is not a database Treadle works with", hint="sqlite:///PATH or postgresql://USER@HOST/NAME"
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, so that a writer can say BEGIN IMMEDIATE
    cursor = connection.cursor()
    _use_wal(cursor)
    # A commit survives any kill of a process. Power loss may take the last commits with it, never the file's integrity.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA cache_size = -16000")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switches a new file to a write-ahead log. For this one statement SQLite does not wait for others itself, so two processes
    that open a new record at the same moment would otherwise fail as busy."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a lock taken at the first UPDATE could not wait and would fail as busy.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def insert_of(connection: Connection) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    return insert_named(connection.dialect.name)


def insert_named(dialect: str) -> Any:
    """The INSERT of a dialect by its name, for a statement that is made once and kept."""
    return importlib.import_module(f"sqlalchemy.dialects.{dialect}").insert


def among_numbers(column: ColumnElement[int], dialect: str) -> ColumnElement[bool]:
    """A condition "is one of these numbers" for any count of them: one parameter, given by `numbers`, so the statement stays the same."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import ARRAY

        return column == any_(bindparam("numbers", type_=ARRAY(BigInteger)))
    return column.in_(select(func.json_each(bindparam("numbers", type_=Text)).table_valued("value").c.value))


def numbers(values: Sequence[int], dialect: str) -> dict[str, Any]:
    """The parameter of `among_numbers`."""
    return {"numbers": list(values) if dialect == "postgresql" else _to_json(list(values))}


def whole(value: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """The whole part of a number that is not below 0. To cast cuts on SQLite and rounds on PostgreSQL; SQLite may lack floor()."""
    return cast(func.floor(value) if dialect == "postgresql" else value, BigInteger)


def by_primary_key(table: Table) -> str:
    """The hint for SQLite to find rows of a table by its primary key of several columns: SQLite knows no statistics, and takes any index
    whose first column is given for as good."""
    return f"INDEXED BY sqlite_autoindex_{table.name}_1"


def take_news_lock(connection: Connection) -> None:
    """Makes journal numbers become visible in their order.

    PostgreSQL hands out numbers before commit, so a reader that remembers the last number seen could pass over a smaller one
    that commits later. News is written as the last act of a transaction; holding this lock from there to the commit keeps
    numbers and visibility in one order. SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_NEWS_LOCK,))


def translate(error: exc.SQLAlchemyError, url: str) -> TreadleError | None:
    """The error of ours for a database error that a user can meet, or None when it is a defect."""
    words = str(getattr(error, "orig", error)).strip()
    lower = words.lower()
    if "disk is full" in lower or "no space left" in lower or "could not extend file" in lower:
        return _full(url)
    if "readonly database" in lower or "unable to open database" in lower or "attempt to write a readonly" in lower:
        return HomeError("the database file cannot be written", where=url, hint="treadle doctor")
    if "file is not a database" in lower or "malformed" in lower:
        return HomeError("the database file is damaged", where=url, hint="treadle doctor")
    if "disk i/o error" in lower:
        if _disk_is_full(url):  # SQLite says so when it cannot even grow its shared memory file
            return _full(url)
        return HomeError("the disk answered with an error", where=url, hint="treadle doctor")
    if "database is locked" in lower:
        return Unreachable(f"the database was busy for {BUSY_SECONDS} seconds", where=url, hint="repeat the command")
    if "serializ" in lower or "deadlock" in lower:
        return Conflict("two changes met; repeat this one", where=url)
    if isinstance(error, exc.OperationalError | exc.InterfaceError) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated):
        first = words.splitlines()[0] if words else "no answer"
        return Unreachable(
            f"the database cannot be reached: {first}", where=url, hint="start it, then repeat the command; nothing recorded is lost"
        )
    return None


def _full(url: str) -> StorageFull:
    return StorageFull(
        "the disk that holds the database is full", where=url, hint="make room, then repeat the command; nothing recorded is lost"
    )


def _disk_is_full(url: str) -> bool:
    path = make_url(url).database
    if not path or not os.path.isdir(os.path.dirname(path)):
        return False
    room = os.statvfs(os.path.dirname(path))
    return room.f_bavail * room.f_frsize < 1 << 20
