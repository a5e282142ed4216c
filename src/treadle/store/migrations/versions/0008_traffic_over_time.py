"""What endpoints answered over time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "traffic_minute",
        sa.Column("endpoint", _BIG, autoincrement=False, nullable=False),
        sa.Column("minute", _BIG, autoincrement=False, nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counts", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["endpoint"], ["endpoint.id"], name=op.f("fk_traffic_minute_endpoint_endpoint")),
        sa.PrimaryKeyConstraint("endpoint", "minute", "process", "revision", name=op.f("pk_traffic_minute")),
    )
