"""Every table, in one place. State tables say what is true now; `journal` says how it came about; chunks hold streams.

Times are seconds since 1970 (UTC) by the database's own clock. Digests are 64 hexadecimal characters. JSON columns are JSONB on
PostgreSQL. Numbers of runs are handed out by `counter`, so they are known before the rows are written.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER PRIMARY KEY


class PlainData(TypeDecorator[Any]):
    """JSON, as JSONB on PostgreSQL. Its dialect is imported only where it is spoken: it would double the time to open SQLite."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB

            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(JSON(none_as_null=True))


_JSON = PlainData()

counter = Table("counter", metadata, Column("name", Text, primary_key=True), Column("value", _BIG, nullable=False))

journal = Table(
    "journal",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("root", _BIG),
    Column("cause", _BIG),
    Column("data", _JSON, nullable=False),
    Index(None, "subject"),
)

document = Table(
    "document",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Values that many rows share, by digest: definitions, code closures, environments."""

process = Table(
    "process",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Text, nullable=False),
    Column("environment", Text),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
)
"""Who dispatches and supervises. On one machine a dead owner is recognised at once, elsewhere by its lease."""

run = Table(
    "run",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("project", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("parent", _BIG),
    Column("root", _BIG, nullable=False),
    Column("call_key", Text),
    Column("definition", Text, nullable=False),
    Column("code", Text),
    Column("environment", Text),
    Column("parameters", _JSON, nullable=False),
    Column("bindings", _JSON, nullable=False),
    Column("options", _JSON, nullable=False),
    Column("cache_key", Text),
    Column("reused_from", _BIG),
    Column("waiting", Integer, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("engine", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("stop_requested", Boolean, nullable=False),
    Column("queued_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("actor", Text, nullable=False),
    Column("cause", _BIG),
    Column("error", _JSON),
    Column("usage", _JSON),
    Column("seed", _BIG),
    Column("note", Text),
    UniqueConstraint("parent", "call_key"),
    Index(None, "root"),
    Index(None, "name"),
)

dependency = Table(
    "dependency",
    metadata,
    Column("upstream", _BIG, primary_key=True, autoincrement=False),
    Column("run", _BIG, primary_key=True, autoincrement=False),
)
"""`run` waits until `upstream` has ended."""

attempt = Table(
    "attempt",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run", _BIG, nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("handle", Text),
    Column("token", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("claimed_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("host", Text),
    Column("environment", Text),
    Column("end", _JSON),
    Column("usage", _JSON),
    Column("log_size", _BIG, nullable=False),
    Column("log_digest", Text),
    Column("spool_offset", _BIG, nullable=False),
    UniqueConstraint("run", "number"),
)

artifact = Table(
    "artifact",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("run", _BIG),
    Column("role", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", _BIG, nullable=False),
    Column("format", Text, nullable=False),
    Column("tree", Boolean, nullable=False),
    Column("pickled", Boolean, nullable=False),
    Column("inline", LargeBinary),
    Column("about", _JSON, nullable=False),
    Column("step", _BIG),
    Column("created_at", Double, nullable=False),
    Index(None, "run", "role", "name"),
    Index(None, "digest"),
)

lineage = Table(
    "lineage",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("dataset_version", _BIG),
    Column("producer", _BIG),
    Index(None, "digest"),
    Index(None, "producer"),
)
"""What a run took in: which bytes, from which run or dataset version."""

dataset = Table(
    "dataset",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("project", "name"),
)

dataset_version = Table(
    "dataset_version",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("dataset", _BIG, ForeignKey("dataset.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("manifest", Text, nullable=False),
    Column("files", Integer, nullable=False),
    Column("size", _BIG, nullable=False),
    Column("rows", _BIG),
    Column("columns", _JSON),
    Column("message", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("run", _BIG),
    Column("key", Text, unique=True),
    Column("added", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    UniqueConstraint("dataset", "number"),
    Index(None, "manifest"),
)

parameter = Table(
    "parameter",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("number", Double),
    Index(None, "name", "number"),
)
"""Parameters once more, as rows, for search and sorting: numbers compare as numbers."""

tag = Table(
    "tag",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "name", "value"),
)

metric = Table(
    "metric",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("last", Double),
    Column("last_step", _BIG, nullable=False),
    Column("lowest", Double),
    Column("highest", Double),
    Column("points", _BIG, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "name", "last"),
)

series_chunk = Table(
    "series_chunk",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("run", _BIG, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("offset", _BIG, nullable=False),
    Column("points", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index(None, "run", "name", "id"),
)
"""Points of one metric: little-endian int64 steps, then float64 times, then float64 values, `points` of each."""

log_chunk = Table(
    "log_chunk",
    metadata,
    Column("attempt", Text, primary_key=True),
    Column("offset", _BIG, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
)


def _partial(name: str, table: Table, columns: str, where: str) -> None:
    """An index over some of a table's rows. Said as DDL, the same on both dialects: SQLAlchemy's own arguments for it would
    import the dialect of PostgreSQL wherever SQLite is opened."""
    event.listen(table, "after_create", DDL(f"CREATE INDEX {name} ON {table.name} ({columns}) WHERE {where}"))  # type: ignore[no-untyped-call]


_partial("ix_journal_root_id", journal, "root, id", "root IS NOT NULL")
_partial("ix_journal_cause", journal, "cause", "cause IS NOT NULL")
_partial("ix_run_ready", run, "waiting, id", "state = 'queued'")
_partial("ix_run_equal", run, "cache_key", "state = 'done'")
_partial("ix_attempt_live", attempt, "lease_until", "state IN ('starting', 'running')")
