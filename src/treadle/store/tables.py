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
    Index(None, "kind", "id"),
    Index(None, "actor", "id"),
)

journal_seal = Table(
    "journal_seal",
    metadata,
    Column("number", _BIG, primary_key=True, autoincrement=False),
    Column("last", _BIG, nullable=False),
    Column("covers", Integer, nullable=False),
    Column("entries", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("sealed_at", Double, nullable=False),
)
"""Each seal covers the entries behind the one before it, up to `last`; it `covers` so many. `entries` holds the number (8 bytes,
little-endian) and the digest (32 bytes) of each; `digest` is over those and the digest of the seal before."""

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
    Column("engines", _JSON),
)
"""Who dispatches and supervises. On one machine a dead owner is recognised at once, elsewhere by its lease.
`engines` says how many cores each engine has that it gives jobs to."""

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
    Column("experiment", _BIG),
    Column("deleted_at", Double),
    UniqueConstraint("parent", "call_key"),
    Index(None, "root"),
    Index(None, "name"),
    Index(None, "project", "experiment", "started_at"),
)
"""`experiment` NULL is the project's default experiment. A deleted run stays until it is purged, and can be restored."""

experiment = Table(
    "experiment",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("tags", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("deleted_at", Double),
    UniqueConstraint("project", "name"),
)
"""A named group of a project's runs. The default experiment, number 0, is every run without one and has no row unless it was tagged."""

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
    Column("purged_at", Double),
    Index(None, "run", "role", "name"),
    Index(None, "digest"),
)
"""The number of a row is the number of a datum. Of a purged one the row stays, and its bytes are named by it no longer."""

datum_alias = Table(
    "datum_alias",
    metadata,
    Column("project", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("artifact", _BIG, ForeignKey("artifact.id"), nullable=False),
    Column("moved_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Index(None, "artifact"),
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
    Column("label", Text),
    Column("tags", _JSON),
    Column("properties", _JSON),
    UniqueConstraint("dataset", "number"),
    Index(None, "manifest"),
    Index(None, "dataset", "label", unique=True),
)
"""`properties` are what was said of single files when the version was made, by path."""

dataset_alias = Table(
    "dataset_alias",
    metadata,
    Column("dataset", _BIG, ForeignKey("dataset.id"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("moved_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
)
"""`version` is a version's number. How aliases moved is told by the journal."""

parameter = Table(
    "parameter",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("number", Double),
    Index(None, "name", "number", "run"),
)
"""Parameters once more, as rows, for search and sorting: numbers compare as numbers."""

tag = Table(
    "tag",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("whole", Text),
    Index(None, "name", "value"),
)
"""`value` is the front of a long one, because it is part of an index, whose keys have a limit; then `whole` is all of it."""

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
    Index(None, "name", "last", "run"),
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
    Column("first_step", _BIG),
    Column("last_step", _BIG),
    Index(None, "run", "name", "id"),
)
"""Points of one metric: little-endian int64 steps, then float64 times, then float64 values, `points` of each. The steps' extremes are
NULL in chunks from before they were kept."""

series_level = Table(
    "series_level",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("chunk", _BIG, primary_key=True, autoincrement=False),
    Column("points", Integer, nullable=False),
    Column("first_step", _BIG, nullable=False),
    Column("first_time", Double, nullable=False),
    Column("last_step", _BIG, nullable=False),
    Column("last_time", Double, nullable=False),
    Column("timely", Boolean, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""A large chunk of points seen from afar (treadle.tracking.series.level_of), so that a wide view need not read all points. Chunks from
before levels were kept get theirs when they are next read."""

log_chunk = Table(
    "log_chunk",
    metadata,
    Column("attempt", Text, primary_key=True),
    Column("offset", _BIG, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

log_mark = Table(
    "log_mark",
    metadata,
    Column("attempt", Text, primary_key=True),
    Column("offset", _BIG, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("stream", Text, nullable=False),
)
"""From `offset` on, what is in a log came at that time from that stream (one of contract.runs.STREAMS)."""

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


model = Table(
    "model",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("card", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double),
    UniqueConstraint("project", "name"),
)

model_version = Table(
    "model_version",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("model", _BIG, ForeignKey("model.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("stage", Text, nullable=False),
    Column("artifact", _JSON, nullable=False),
    Column("digest", Text, nullable=False),
    Column("run", _BIG),
    Column("output", Text),
    Column("check", _BIG),
    Column("signature", _JSON),
    Column("onnx", _JSON),
    Column("profile", Text),
    Column("sample", _JSON),
    Column("holdout", _JSON),
    Column("label", Text),
    Column("data_until", Double),
    Column("metrics", _JSON, nullable=False),
    Column("facts", _JSON, nullable=False),
    Column("card", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", _BIG),
    Column("updated_at", Double),
    Column("source", Text),
    Column("phase", Text),
    UniqueConstraint("model", "number"),
    Index(None, "digest"),
    Index(None, "run"),
)
"""Artifacts are kept whole, as JSON of the contract's struct: a version must stay readable when its run is gone. `source` is where
a client said that it came from; `phase` is the deployment stage that old clients move versions between (Staging, Production ...)."""

registry_tag = Table(
    "registry_tag",
    metadata,
    Column("model", _BIG, ForeignKey("model.id"), primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Tags of a model (`version` 0) and of its versions."""

logged_model = Table(
    "logged_model",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("experiment", _BIG),
    Column("run", _BIG),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("parameters", _JSON, nullable=False),
    Column("tags", _JSON, nullable=False),
    Column("artifact", _JSON),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("deleted_at", Double),
    Index(None, "project", "experiment", "created_at"),
    Index(None, "run"),
)
"""A model that a run has logged, before (or without) being a registered version. Its files are rows of `artifact` with the role
"logged_model"; `artifact` is the tree of them once the model is ready."""

logged_model_metric = Table(
    "logged_model_metric",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("model", Text, ForeignKey("logged_model.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("run", _BIG),
    Column("step", _BIG, nullable=False),
    Column("at", Double, nullable=False),
    Column("value", Double),
    Column("dataset_name", Text, nullable=False),
    Column("dataset_digest", Text, nullable=False),
    Index(None, "model", "name"),
)

described_input = Table(
    "described_input",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("run", _BIG, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    Column("tags", _JSON, nullable=False),
    UniqueConstraint("run", "name", "digest"),
    Index(None, "name", "digest"),
)
"""What a client says that its run took in: data we have not seen the bytes of, by the client's own digest."""

model_link = Table(
    "model_link",
    metadata,
    Column("run", _BIG, primary_key=True, autoincrement=False),
    Column("model", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("step", _BIG, nullable=False),
)
"""Which logged models a run took in (`role` input) or made (output)."""

trace = Table(
    "trace",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("experiment", _BIG),
    Column("run", _BIG),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("duration", Double),
    Column("request", Text),
    Column("response", Text),
    Column("client_id", Text),
    Column("created_at", Double, nullable=False),
    Index(None, "project", "experiment", "at"),
    Index(None, "run"),
)
"""One request that an application answered, told by its spans."""

trace_word = Table(
    "trace_word",
    metadata,
    Column("trace", Text, ForeignKey("trace.id"), primary_key=True),
    Column("area", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Tags and metadata of traces (`area` is tag or metadata), as rows for search."""

span = Table(
    "span",
    metadata,
    Column("trace", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("parent", Text),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("body", LargeBinary, nullable=False),
)
"""`body` is the span as JSON, with attributes and events. A span may arrive before its trace is told of."""

assessment = Table(
    "assessment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("trace", Text, ForeignKey("trace.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("body", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index(None, "trace"),
)
"""What people or programs think of a trace: feedback, expectations, issues."""

webhook = Table(
    "webhook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", _JSON, nullable=False),
    Column("secret", Text),
    Column("state", Text, nullable=False),
    Column("position", _BIG, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Double),
    Column("error", Text),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index(None, "project"),
)
"""Who is told of news of the registry. `position` is the last journal entry that was told."""

gate_result = Table(
    "gate_result",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("version", _BIG, ForeignKey("model_version.id"), nullable=False),
    Column("gate", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("evidence", _JSON, nullable=False),
    Column("run", _BIG),
    Column("at", Double, nullable=False),
    Index(None, "version", "gate", "id"),
)
"""What gates found, never overwritten: the newest row of a gate counts."""

approval = Table(
    "approval",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("version", _BIG, ForeignKey("model_version.id"), nullable=False),
    Column("gate", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("overridden", Boolean, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "version"),
)

alias = Table(
    "alias",
    metadata,
    Column("model", _BIG, ForeignKey("model.id"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", Double, nullable=False),
)

alias_change = Table(
    "alias_change",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("model", _BIG, ForeignKey("model.id"), nullable=False),
    Column("alias", Text, nullable=False),
    Column("version", Integer),
    Column("former", Integer),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "model", "id"),
)

endpoint = Table(
    "endpoint",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("model", _BIG, ForeignKey("model.id"), nullable=False),
    Column("settings", _JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)
"""Names of endpoints are unique across projects: they are addresses."""

revision = Table(
    "revision",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("version", _BIG, ForeignKey("model_version.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("share", Double, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("live_at", Double),
    Column("ended_at", Double),
    UniqueConstraint("endpoint", "number"),
)

rollout = Table(
    "rollout",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("former", Integer),
    Column("stages", _JSON, nullable=False),
    Column("guardrails", _JSON, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("override", Text, nullable=False),
    Column("evidence", _JSON, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("stage_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("actor", Text, nullable=False),
    Column("cause", _BIG),
    Column("key", Text, unique=True),
    Index(None, "endpoint", "id"),
)

traffic = Table(
    "traffic",
    metadata,
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), primary_key=True, autoincrement=False),
    Column("process", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("counts", _JSON, nullable=False),
    Column("at", Double, nullable=False),
)
"""Cumulative counts of one process of an endpoint; the sum over processes is what a revision has answered."""

traffic_minute = Table(
    "traffic_minute",
    metadata,
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), primary_key=True, autoincrement=False),
    Column("minute", _BIG, primary_key=True, autoincrement=False),
    Column("process", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("counts", _JSON, nullable=False),
)
"""Where the cumulative counts of a process stood in a minute (since 1970): what an endpoint answered over time."""

prediction_chunk = Table(
    "prediction_chunk",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False),
    Column("size", _BIG, nullable=False),
    Column("rows", _BIG, nullable=False),
    Column("first", Double, nullable=False),
    Column("last", Double, nullable=False),
    Column("revisions", _JSON, nullable=False),
    Column("shipped_at", Double, nullable=False),
    Index(None, "endpoint", "id"),
    Index(None, "digest"),
)
"""Recorded predictions, as Parquet in the blob store; see treadle.contract.serving.ShipPredictions for the columns."""

label = Table(
    "label",
    metadata,
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("id", _BIG, nullable=False),
    Column("value", _JSON, nullable=False),
    Column("at", Double, nullable=False),
    Column("received_at", Double, nullable=False),
    Index(None, "endpoint", "id"),
)
"""What really happened, by key; the first label of a key counts. `id` grows in the order of arrival."""


monitor = Table(
    "monitor",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("endpoint", _BIG, ForeignKey("endpoint.id"), nullable=False),
    Column("settings", _JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("progress", _JSON, nullable=False),
    Column("token", Text),
    Column("lease_until", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("created_at", Double, nullable=False),
)
"""`progress` is where the next window begins, and the state of each alarm's hysteresis. One watcher at a time holds the lease."""

window = Table(
    "window",
    metadata,
    Column("monitor", _BIG, ForeignKey("monitor.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("start", Double, nullable=False),
    Column("end", Double, nullable=False),
    Column("rows", _BIG, nullable=False),
    Column("labelled", _BIG, nullable=False),
    Column("version", _BIG),
    Column("verdicts", _JSON, nullable=False),
    Column("report", _JSON, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("looked_at", Double, nullable=False),
)
"""`open`: a check of it still waits for labels."""

alarm = Table(
    "alarm",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("monitor", _BIG, ForeignKey("monitor.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("slice", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("columns", _JSON, nullable=False),
    Column("evidence", _JSON, nullable=False),
    Column("window", Integer, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("closed_at", Double),
    Column("closing", Text, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("useful", Boolean),
    Index(None, "monitor", "state"),
)

trigger = Table(
    "trigger",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False, unique=True),
    Column("when", _JSON, nullable=False),
    Column("do", _JSON, nullable=False),
    Column("limits", _JSON, nullable=False),
    Column("file", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", _BIG, nullable=False),
    Column("seen", _JSON, nullable=False),
    Column("next_at", Double),
    Column("token", Text),
    Column("lease_until", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("applied_at", Double, nullable=False),
)
"""`position` is the last journal entry that was looked at, `seen` what else it remembers (a commit, a folder's files, counts)."""

firing = Table(
    "firing",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("trigger", _BIG, ForeignKey("trigger.id"), nullable=False),
    Column("cause", Text, nullable=False),
    Column("entry", _BIG),
    Column("fired", _BIG),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("news", _JSON, nullable=False),
    Column("answer", _JSON, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Double),
    Column("at", Double, nullable=False),
    Column("done_at", Double),
    UniqueConstraint("trigger", "cause"),
)
"""Once per cause: `cause` is `entry:17`, `time:1700000000`, `webhook:DELIVERY`, `commit:abc` ... `entry` is that news and `fired`
the entry that says it was acted on, which is the cause of all that was done. While it is acted on, `tries` is the token of who
acts, and `next_at` the end of the lease."""


project = Table(
    "project",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("yaml", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("variables", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
)
"""What a project says of itself. A project that only has runs has no row. Values of secret variables lie in the home folder."""

project_commit = Table(
    "project_commit",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("adhoc", Boolean, nullable=False),
    Column("message", Text, nullable=False),
    Column("committed_at", Double, nullable=False),
    Column("yaml", Text, nullable=False),
    Column("text", Text),
    Column("code", _JSON),
    UniqueConstraint("project", "identifier"),
    Index(None, "identifier"),
)
"""States of projects' code. `text` and `code` of a repository's commit are NULL until it is used."""

deployment = Table(
    "deployment",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("aliases", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    UniqueConstraint("project", "name"),
)

deployment_version = Table(
    "deployment_version",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("deployment", _BIG, ForeignKey("deployment.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("enabled", Boolean, nullable=False),
    Column("commit", Text, nullable=False),
    Column("code", _JSON, nullable=False),
    Column("applications", _JSON, nullable=False),
    Column("variables", _JSON, nullable=False),
    Column("groups", _JSON, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    UniqueConstraint("deployment", "name"),
)
"""Web applications that run while their version is enabled: their code, what was declared of them, and the files they were given."""

comment = Table(
    "comment",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("mentions", _JSON, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("changed_at", Double),
    Column("removed_at", Double),
    Column("removed_by", Text),
    Index(None, "project", "subject", "id"),
)
"""Of a removed comment the row stays, without its text."""

mention = Table(
    "mention",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("comment", _BIG, ForeignKey("comment.id"), primary_key=True, autoincrement=False),
    Column("seen_at", Double),
    Index(None, "comment"),
)
"""Who is mentioned in a comment of somebody else."""

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("project", Text, nullable=False),
    Column("screen", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("saved_at", Double, nullable=False),
    UniqueConstraint("project", "screen", "name"),
)


def _partial(name: str, table: Table, columns: str, where: str) -> None:
    """An index over some of a table's rows. Said as DDL, the same on both dialects: SQLAlchemy's own arguments for it would
    import the dialect of PostgreSQL wherever SQLite is opened."""
    event.listen(table, "after_create", DDL(f"CREATE INDEX {name} ON {table.name} ({columns}) WHERE {where}"))  # type: ignore[no-untyped-call]


_partial("ix_journal_root_id", journal, "root, id", "root IS NOT NULL")
_partial("ix_journal_cause", journal, "cause", "cause IS NOT NULL")
_partial("ix_run_ready", run, "waiting, id", "state = 'queued'")
_partial("ix_run_equal", run, "cache_key", "state = 'done'")
_partial("ix_run_failed", run, "ended_at", "state = 'failed'")
_partial("ix_attempt_ended", attempt, "ended_at", "ended_at IS NOT NULL")
_partial("ix_attempt_live", attempt, "lease_until", "state IN ('starting', 'running')")
_partial("ix_firing_open", firing, "next_at", "state IN ('due', 'holding', 'acting')")
_partial("ix_rollout_running", rollout, "endpoint", "state IN ('running', 'paused')")
