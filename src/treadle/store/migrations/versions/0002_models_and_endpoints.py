"""Models, endpoints, monitors and triggers: the tables of the stages above runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "model",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("card", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model"),
        sa.UniqueConstraint("project", "name", name="uq_model_project_name"),
    )
    op.create_table(
        "trigger",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("when", _JSON, nullable=False),
        sa.Column("do", _JSON, nullable=False),
        sa.Column("limits", _JSON, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", _BIG, nullable=False),
        sa.Column("seen", _JSON, nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("applied_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trigger"),
        sa.UniqueConstraint("name", name="uq_trigger_name"),
    )
    op.create_table(
        "alias",
        sa.Column("model", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name="fk_alias_model_model"),
        sa.PrimaryKeyConstraint("model", "name", name="pk_alias"),
    )
    op.create_table(
        "alias_change",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("model", _BIG, nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("former", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name="fk_alias_change_model_model"),
        sa.PrimaryKeyConstraint("id", name="pk_alias_change"),
    )
    op.create_index("ix_alias_change_model_id", "alias_change", ["model", "id"], unique=False)
    op.create_table(
        "endpoint",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model", _BIG, nullable=False),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name="fk_endpoint_model_model"),
        sa.PrimaryKeyConstraint("id", name="pk_endpoint"),
        sa.UniqueConstraint("name", name="uq_endpoint_name"),
    )
    op.create_table(
        "firing",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("trigger", _BIG, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("entry", _BIG, nullable=True),
        sa.Column("fired", _BIG, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("news", _JSON, nullable=False),
        sa.Column("answer", _JSON, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["trigger"], ["trigger.id"], name="fk_firing_trigger_trigger"),
        sa.PrimaryKeyConstraint("id", name="pk_firing"),
        sa.UniqueConstraint("trigger", "cause", name="uq_firing_trigger_cause"),
    )
    op.create_table(
        "model_version",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("model", _BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("artifact", _JSON, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("output", sa.Text(), nullable=True),
        sa.Column("check", _BIG, nullable=True),
        sa.Column("signature", _JSON, nullable=True),
        sa.Column("onnx", _JSON, nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("sample", _JSON, nullable=True),
        sa.Column("holdout", _JSON, nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("data_until", sa.Double(), nullable=True),
        sa.Column("metrics", _JSON, nullable=False),
        sa.Column("facts", _JSON, nullable=False),
        sa.Column("card", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cause", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["model"], ["model.id"], name="fk_model_version_model_model"),
        sa.PrimaryKeyConstraint("id", name="pk_model_version"),
        sa.UniqueConstraint("key", name="uq_model_version_key"),
        sa.UniqueConstraint("model", "number", name="uq_model_version_model_number"),
    )
    op.create_index("ix_model_version_digest", "model_version", ["digest"], unique=False)
    op.create_index("ix_model_version_run", "model_version", ["run"], unique=False)
    op.create_table(
        "approval",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("overridden", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["model_version.id"], name="fk_approval_version_model_version"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
    )
    op.create_index("ix_approval_version", "approval", ["version"], unique=False)
    op.create_table(
        "gate_result",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("run", _BIG, nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["model_version.id"], name="fk_gate_result_version_model_version"),
        sa.PrimaryKeyConstraint("id", name="pk_gate_result"),
    )
    op.create_index("ix_gate_result_version_gate_id", "gate_result", ["version", "gate", "id"], unique=False)
    op.create_table(
        "label",
        sa.Column("endpoint", _BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("id", _BIG, nullable=False),
        sa.Column("value", _JSON, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name="fk_label_endpoint_endpoint"),
        sa.PrimaryKeyConstraint("endpoint", "key", name="pk_label"),
    )
    op.create_index("ix_label_endpoint_id", "label", ["endpoint", "id"], unique=False)
    op.create_table(
        "monitor",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("endpoint", _BIG, nullable=False),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", _JSON, nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name="fk_monitor_endpoint_endpoint"),
        sa.PrimaryKeyConstraint("id", name="pk_monitor"),
        sa.UniqueConstraint("name", name="uq_monitor_name"),
    )
    op.create_table(
        "prediction_chunk",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("endpoint", _BIG, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("rows", _BIG, nullable=False),
        sa.Column("first", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        sa.Column("revisions", _JSON, nullable=False),
        sa.Column("shipped_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name="fk_prediction_chunk_endpoint_endpoint"),
        sa.PrimaryKeyConstraint("id", name="pk_prediction_chunk"),
        sa.UniqueConstraint("key", name="uq_prediction_chunk_key"),
    )
    op.create_index("ix_prediction_chunk_digest", "prediction_chunk", ["digest"], unique=False)
    op.create_index("ix_prediction_chunk_endpoint_id", "prediction_chunk", ["endpoint", "id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("endpoint", _BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("live_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name="fk_revision_endpoint_endpoint"),
        sa.ForeignKeyConstraint(["version"], ["model_version.id"], name="fk_revision_version_model_version"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint("endpoint", "number", name="uq_revision_endpoint_number"),
    )
    op.create_table(
        "rollout",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("endpoint", _BIG, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("former", sa.Integer(), nullable=True),
        sa.Column("stages", _JSON, nullable=False),
        sa.Column("guardrails", _JSON, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("override", sa.Text(), nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("stage_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cause", _BIG, nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name="fk_rollout_endpoint_endpoint"),
        sa.PrimaryKeyConstraint("id", name="pk_rollout"),
        sa.UniqueConstraint("key", name="uq_rollout_key"),
    )
    op.create_index("ix_rollout_endpoint_id", "rollout", ["endpoint", "id"], unique=False)
    op.create_table(
        "traffic",
        sa.Column("endpoint", _BIG, autoincrement=False, nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name="fk_traffic_endpoint_endpoint"),
        sa.PrimaryKeyConstraint("endpoint", "process", "revision", name="pk_traffic"),
    )
    op.create_table(
        "alarm",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("monitor", _BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("columns", _JSON, nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["monitor"], ["monitor.id"], name="fk_alarm_monitor_monitor"),
        sa.PrimaryKeyConstraint("id", name="pk_alarm"),
    )
    op.create_index("ix_alarm_monitor_state", "alarm", ["monitor", "state"], unique=False)
    op.create_table(
        "window",
        sa.Column("monitor", _BIG, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("end", sa.Double(), nullable=False),
        sa.Column("rows", _BIG, nullable=False),
        sa.Column("labelled", _BIG, nullable=False),
        sa.Column("version", _BIG, nullable=True),
        sa.Column("verdicts", _JSON, nullable=False),
        sa.Column("report", _JSON, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["monitor"], ["monitor.id"], name="fk_window_monitor_monitor"),
        sa.PrimaryKeyConstraint("monitor", "number", name="pk_window"),
    )
    op.execute("CREATE INDEX ix_firing_open ON firing (next_at) WHERE state IN ('due', 'holding', 'acting')")
    op.execute("CREATE INDEX ix_rollout_running ON rollout (endpoint) WHERE state IN ('running', 'paused')")
