"""Projects, the states of their code, deployments, and which part of a log came from where."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("variables", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("name", name=op.f("uq_project_name")),
    )
    op.create_table(
        "project_commit",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("adhoc", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("committed_at", sa.Double(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("code", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_commit")),
        sa.UniqueConstraint("project", "identifier", name=op.f("uq_project_commit_project_identifier")),
    )
    op.create_index(op.f("ix_project_commit_identifier"), "project_commit", ["identifier"], unique=False)
    op.create_table(
        "log_mark",
        sa.Column("attempt", sa.Text(), nullable=False),
        sa.Column("offset", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", "offset", name=op.f("pk_log_mark")),
    )
    op.create_table(
        "deployment",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_deployment_project_name")),
    )
    op.create_table(
        "deployment_version",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("deployment", _BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("code", _JSON, nullable=False),
        sa.Column("applications", _JSON, nullable=False),
        sa.Column("variables", _JSON, nullable=False),
        sa.Column("groups", _JSON, nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["deployment"], ["deployment.id"], name=op.f("fk_deployment_version_deployment_deployment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment_version")),
        sa.UniqueConstraint("deployment", "name", name=op.f("uq_deployment_version_deployment_name")),
        sa.UniqueConstraint("key", name=op.f("uq_deployment_version_key")),
    )
