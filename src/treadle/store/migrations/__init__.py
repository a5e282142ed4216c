"""Bringing a database to the newest schema, with Alembic. A fresh database is made in one go and stamped."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from treadle.store import tables as t

_LOCK = 0x6D6967


def migrate(engine: Engine, *, fresh: bool, head: str) -> None:
    """Makes or upgrades the schema in one transaction; several processes may try at once, one does the work."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        present = engine.dialect.has_table(connection, "alembic_version")
        if fresh and not present:
            t.metadata.create_all(connection, checkfirst=False)
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
            connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head})
        elif connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none() != head:
            upgrade(connection, head)


def upgrade(connection: Connection, revision: str) -> None:
    """Performs the migrations up to `revision` on an open connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
