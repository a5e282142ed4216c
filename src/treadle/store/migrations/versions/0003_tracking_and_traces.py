"""Experiments, runs that clients open, logged models, traces and webhooks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    for table, column in (("metric", "last"), ("parameter", "number")):
        op.drop_index(f"ix_{table}_name_{column}", table_name=table)
        op.create_index(f"ix_{table}_name_{column}_run", table, ["name", column, "run"], unique=False)
    op.create_table(
        "described_input",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("run", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("tags", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_described_input")),
        sa.UniqueConstraint("run", "name", "digest", name=op.f("uq_described_input_run_name_digest")),
    )
    op.create_index(op.f("ix_described_input_name_digest"), "described_input", ["name", "digest"], unique=False)
    op.create_table(
        "experiment",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tags", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_experiment_project_name")),
    )
    op.create_table(
        "logged_model",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("experiment", _BIG, nullable=True),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("parameters", _JSON, nullable=False),
        sa.Column("tags", _JSON, nullable=False),
        sa.Column("artifact", _JSON, nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_model")),
    )
    op.create_index(
        op.f("ix_logged_model_project_experiment_created_at"), "logged_model", ["project", "experiment", "created_at"], unique=False
    )
    op.create_index(op.f("ix_logged_model_run"), "logged_model", ["run"], unique=False)
    op.create_table(
        "model_link",
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("step", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("run", "model", "role", name=op.f("pk_model_link")),
    )
    op.create_table(
        "span",
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("trace", "id", name=op.f("pk_span")),
    )
    op.create_table(
        "trace",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("experiment", _BIG, nullable=True),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace")),
    )
    op.create_index(op.f("ix_trace_project_experiment_at"), "trace", ["project", "experiment", "at"], unique=False)
    op.create_index(op.f("ix_trace_run"), "trace", ["run"], unique=False)
    op.create_table(
        "webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", _JSON, nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index(op.f("ix_webhook_project"), "webhook", ["project"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["trace.id"], name=op.f("fk_assessment_trace_trace")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index(op.f("ix_assessment_trace"), "assessment", ["trace"], unique=False)
    op.create_table(
        "logged_model_metric",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("step", _BIG, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("dataset_name", sa.Text(), nullable=False),
        sa.Column("dataset_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["logged_model.id"], name=op.f("fk_logged_model_metric_model_logged_model")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_model_metric")),
    )
    op.create_index(op.f("ix_logged_model_metric_model_name"), "logged_model_metric", ["model", "name"], unique=False)
    op.create_table(
        "registry_tag",
        sa.Column("model", _BIG, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name=op.f("fk_registry_tag_model_model")),
        sa.PrimaryKeyConstraint("model", "version", "name", name=op.f("pk_registry_tag")),
    )
    op.create_table(
        "trace_word",
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["trace"], ["trace.id"], name=op.f("fk_trace_word_trace_trace")),
        sa.PrimaryKeyConstraint("trace", "area", "name", name=op.f("pk_trace_word")),
    )
    op.add_column("model", sa.Column("updated_at", sa.Double(), nullable=True))
    op.add_column("model_version", sa.Column("updated_at", sa.Double(), nullable=True))
    op.add_column("model_version", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("model_version", sa.Column("phase", sa.Text(), nullable=True))
    op.add_column("run", sa.Column("experiment", _BIG, nullable=True))
    op.add_column("run", sa.Column("deleted_at", sa.Double(), nullable=True))
    op.create_index(op.f("ix_run_project_experiment_started_at"), "run", ["project", "experiment", "started_at"], unique=False)
    op.add_column("series_chunk", sa.Column("first_step", _BIG, nullable=True))
    op.add_column("series_chunk", sa.Column("last_step", _BIG, nullable=True))
    op.add_column("tag", sa.Column("whole", sa.Text(), nullable=True))
