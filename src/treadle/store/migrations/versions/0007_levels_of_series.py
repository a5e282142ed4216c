"""Large chunks of points seen from afar."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "series_level",
        sa.Column("run", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("chunk", _BIG, autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("first_step", _BIG, nullable=False),
        sa.Column("first_time", sa.Double(), nullable=False),
        sa.Column("last_step", _BIG, nullable=False),
        sa.Column("last_time", sa.Double(), nullable=False),
        sa.Column("timely", sa.Boolean(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run", "name", "chunk", name=op.f("pk_series_level")),
    )
