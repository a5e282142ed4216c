"""Datums under names that move, and versions of datasets under names."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("artifact", sa.Column("purged_at", sa.Double(), nullable=True))
    op.create_table(
        "datum_alias",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("artifact", _BIG, nullable=False),
        sa.Column("moved_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["artifact"], ["artifact.id"], name=op.f("fk_datum_alias_artifact_artifact")),
        sa.PrimaryKeyConstraint("project", "name", name=op.f("pk_datum_alias")),
    )
    op.create_index(op.f("ix_datum_alias_artifact"), "datum_alias", ["artifact"], unique=False)
    op.add_column("dataset_version", sa.Column("label", sa.Text(), nullable=True))
    op.add_column("dataset_version", sa.Column("tags", _JSON, nullable=True))
    op.add_column("dataset_version", sa.Column("properties", _JSON, nullable=True))
    op.create_index(op.f("ix_dataset_version_dataset_label"), "dataset_version", ["dataset", "label"], unique=True)
    op.create_table(
        "dataset_alias",
        sa.Column("dataset", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.Double(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dataset"], ["dataset.id"], name=op.f("fk_dataset_alias_dataset_dataset")),
        sa.PrimaryKeyConstraint("dataset", "name", name=op.f("pk_dataset_alias")),
    )
