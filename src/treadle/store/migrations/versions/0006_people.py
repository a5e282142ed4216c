"""Comments, mentions and saved views; seals of the journal; indexes for what the web interface asks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "comment",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", _JSON, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=True),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_project_subject_id"), "comment", ["project", "subject", "id"], unique=False)
    op.create_table(
        "mention",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("comment", _BIG, autoincrement=False, nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["comment"], ["comment.id"], name=op.f("fk_mention_comment_comment")),
        sa.PrimaryKeyConstraint("actor", "comment", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_comment"), "mention", ["comment"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("project", "screen", "name", name=op.f("uq_saved_view_project_screen_name")),
    )
    op.create_table(
        "journal_seal",
        sa.Column("number", _BIG, autoincrement=False, nullable=False),
        sa.Column("last", _BIG, nullable=False),
        sa.Column("covers", sa.Integer(), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal_seal")),
    )
    op.add_column("process", sa.Column("engines", _JSON, nullable=True))
    op.create_index(op.f("ix_journal_kind_id"), "journal", ["kind", "id"], unique=False)
    op.create_index(op.f("ix_journal_actor_id"), "journal", ["actor", "id"], unique=False)
    op.execute("CREATE INDEX ix_run_failed ON run (ended_at) WHERE state = 'failed'")
    op.execute("CREATE INDEX ix_attempt_ended ON attempt (ended_at) WHERE ended_at IS NOT NULL")
