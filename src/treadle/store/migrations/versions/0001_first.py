"""The first schema.

A fresh database is made from treadle.store.tables in one go and stamped with the newest revision; a test checks that the
migrations lead to the same place.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("tree", sa.Boolean(), nullable=False),
        sa.Column("pickled", sa.Boolean(), nullable=False),
        sa.Column("inline", sa.LargeBinary(), nullable=True),
        sa.Column("about", _JSON, nullable=False),
        sa.Column("step", _BIG, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_artifact")),
    )
    op.create_index(("ix_artifact_digest"), "artifact", ["digest"], unique=False)
    op.create_index(("ix_artifact_run_role_name"), "artifact", ["run", "role", "name"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", _BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("claimed_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("end", _JSON, nullable=True),
        sa.Column("usage", _JSON, nullable=True),
        sa.Column("log_size", _BIG, nullable=False),
        sa.Column("log_digest", sa.Text(), nullable=True),
        sa.Column("spool_offset", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_attempt")),
        sa.UniqueConstraint("run", "number", name=("uq_attempt_run_number")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=("pk_counter")),
    )
    op.create_table(
        "dataset",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_dataset")),
        sa.UniqueConstraint("project", "name", name=("uq_dataset_project_name")),
    )
    op.create_table(
        "dependency",
        sa.Column("upstream", _BIG, autoincrement=False, nullable=False),
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("upstream", "run", name=("pk_dependency")),
    )
    op.create_table(
        "document",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=("pk_document")),
    )
    op.create_table(
        "journal",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("root", _BIG, nullable=True),
        sa.Column("cause", _BIG, nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_journal")),
    )
    op.create_index(("ix_journal_subject"), "journal", ["subject"], unique=False)
    op.create_table(
        "lineage",
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dataset_version", _BIG, nullable=True),
        sa.Column("producer", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("run", "name", "position", name=("pk_lineage")),
    )
    op.create_index(("ix_lineage_digest"), "lineage", ["digest"], unique=False)
    op.create_index(("ix_lineage_producer"), "lineage", ["producer"], unique=False)
    op.create_table(
        "log_chunk",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("offset", _BIG, autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", "offset", name=("pk_log_chunk")),
    )
    op.create_table(
        "metric",
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.Double(), nullable=True),
        sa.Column("last_step", _BIG, nullable=False),
        sa.Column("lowest", sa.Double(), nullable=True),
        sa.Column("highest", sa.Double(), nullable=True),
        sa.Column("points", _BIG, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run", "name", name=("pk_metric")),
    )
    op.create_index(("ix_metric_name_last"), "metric", ["name", "last"], unique=False)
    op.create_table(
        "parameter",
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("run", "name", name=("pk_parameter")),
    )
    op.create_index(("ix_parameter_name_number"), "parameter", ["name", "number"], unique=False)
    op.create_table(
        "process",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("pid_started", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_process")),
    )
    op.create_table(
        "run",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("parent", _BIG, nullable=True),
        sa.Column("root", _BIG, nullable=False),
        sa.Column("call_key", sa.Text(), nullable=True),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.Column("parameters", _JSON, nullable=False),
        sa.Column("bindings", _JSON, nullable=False),
        sa.Column("options", _JSON, nullable=False),
        sa.Column("cache_key", sa.Text(), nullable=True),
        sa.Column("reused_from", _BIG, nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("queued_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cause", _BIG, nullable=True),
        sa.Column("error", _JSON, nullable=True),
        sa.Column("usage", _JSON, nullable=True),
        sa.Column("seed", _BIG, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=("pk_run")),
        sa.UniqueConstraint("key", name=("uq_run_key")),
        sa.UniqueConstraint("parent", "call_key", name=("uq_run_parent_call_key")),
    )
    op.create_index(("ix_run_name"), "run", ["name"], unique=False)
    op.create_index(("ix_run_root"), "run", ["root"], unique=False)
    op.create_table(
        "series_chunk",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("run", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("offset", _BIG, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=("pk_series_chunk")),
    )
    op.create_index(("ix_series_chunk_run_name_id"), "series_chunk", ["run", "name", "id"], unique=False)
    op.create_table(
        "tag",
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "name", name=("pk_tag")),
    )
    op.create_index(("ix_tag_name_value"), "tag", ["name", "value"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=("pk_token")),
        sa.UniqueConstraint("hash", name=("uq_token_hash")),
        sa.UniqueConstraint("name", name=("uq_token_name")),
    )
    op.create_table(
        "dataset_version",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("dataset", _BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("rows", _BIG, nullable=True),
        sa.Column("columns", _JSON, nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.id"], name=("fk_dataset_version_dataset_dataset")),
        sa.PrimaryKeyConstraint("id", name=("pk_dataset_version")),
        sa.UniqueConstraint("dataset", "number", name=("uq_dataset_version_dataset_number")),
        sa.UniqueConstraint("key", name=("uq_dataset_version_key")),
    )
    op.create_index(("ix_dataset_version_manifest"), "dataset_version", ["manifest"], unique=False)
    op.execute("CREATE INDEX ix_journal_root_id ON journal (root, id) WHERE root IS NOT NULL")
    op.execute("CREATE INDEX ix_journal_cause ON journal (cause) WHERE cause IS NOT NULL")
    op.execute("CREATE INDEX ix_run_ready ON run (waiting, id) WHERE state = 'queued'")
    op.execute("CREATE INDEX ix_run_equal ON run (cache_key) WHERE state = 'done'")
    op.execute("CREATE INDEX ix_attempt_live ON attempt (lease_until) WHERE state IN ('starting', 'running')")
