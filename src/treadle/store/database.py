"""The store: transactions in which state and news are written together.

    with store.transaction(call) as tx:
        tx.execute(update(t.run)...)
        tx.news("run.done", "run:17", root=17, duration=0.4)

News is kept until the end and written as the transaction's last act. After the commit, listeners in this process are woken.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import CursorResult, Table, bindparam, exc, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.engine.url import make_url
from sqlalchemy.sql import Executable

from treadle.core.errors import HomeError
from treadle.core.operation import Call
from treadle.store import dialects
from treadle.store import tables as t

SCHEMA = "0008"
"""The newest migration. A database without this revision is brought to it when it is opened."""


class Transaction:
    """One transaction. `call` says for whom; `now` is the database's clock, read once."""

    def __init__(self, connection: Connection, call: Call) -> None:
        self.connection = connection
        self.call = call
        self.entries: list[dict[str, Any]] = []
        self.told = False
        """Whether an entry was written already, before the end of the transaction (treadle.store.journal.write)."""
        self.committed: list[Callable[[], None]] = []
        """What to do once the transaction has been committed; forgotten when it is rolled back."""
        self._now: float | None = None

    @property
    def now(self) -> float:
        """Seconds since 1970 by the database's clock; the same throughout the transaction."""
        if self._now is None:
            value = self.connection.exec_driver_sql(dialects.NOW[self.connection.dialect.name]).scalar_one()
            self._now = float(value)
        return self._now

    @contextmanager
    def within(self, project: str) -> Iterator[None]:
        """What happens in the block happens in that project: a worker works for all of them."""
        before = self.call
        self.call = msgspec.structs.replace(before, project=project)
        try:
            yield
        finally:
            self.call = before

    def execute(self, statement: Executable, rows: Sequence[dict[str, Any]] | dict[str, Any] | None = None) -> CursorResult[Any]:
        """Performs one statement, for one or for many rows of values."""
        return self.connection.execute(statement, rows) if rows is not None else self.connection.execute(statement)

    def all(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        return self.connection.execute(statement, values).all()

    def first(self, statement: Executable, values: dict[str, Any] | None = None) -> Row[Any] | None:
        return self.connection.execute(statement, values).first()

    def news(self, kind: str, subject: str, /, *, root: int | None = None, **data: Any) -> None:
        """Notes a journal entry; it is written when the transaction commits, in the order noted."""
        self.entries.append(
            {
                "at": self.now,
                "actor": self.call.actor,
                "project": self.call.project,
                "kind": kind,
                "subject": subject,
                "root": root,
                "cause": self.call.cause,
                "data": data,
            }
        )

    def insert_new(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Inserts the rows whose primary or unique key is not there yet; leaves the others as they are."""
        if rows:
            self.connection.execute(dialects.insert_of(self.connection)(table).on_conflict_do_nothing(), rows)

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], *, keys: Sequence[str], values: Sequence[str]) -> None:
        """Inserts rows, or where `keys` (a primary or unique key) are there already replaces `values`."""
        if rows:
            statement = _upserting(self.connection.dialect.name, table, tuple(keys), tuple(values))
            self.connection.execute(statement, rows if len(rows) > 1 else rows[0])

    def next_numbers(self, name: str, count: int = 1) -> range:
        """Takes the next `count` numbers of a counter."""
        last = self.connection.execute(_TAKE, {"counter": name, "count": count}).scalar_one_or_none()
        if last is None:  # the first ever: others may be taking their first at the same moment
            self.insert_new(t.counter, [{"name": name, "value": 0}])
            last = self.connection.execute(_TAKE, {"counter": name, "count": count}).scalar_one()
        return range(last - count + 1, last + 1)


_TAKE = (
    update(t.counter)
    .where(t.counter.c.name == bindparam("counter"))
    .values(value=t.counter.c.value + bindparam("count"))
    .returning(t.counter.c.value)
)
_WRITE_NEWS = insert(t.journal)


@functools.cache
def _upserting(dialect: str, table: Table, keys: tuple[str, ...], values: tuple[str, ...]) -> Any:
    """Building a statement costs more than performing it, and the same few are performed for every point."""
    statement = dialects.insert_named(dialect)(table)
    return statement.on_conflict_do_update(index_elements=list(keys), set_={name: statement.excluded[name] for name in values})


class Database:
    """A database that holds a home's record: `sqlite:///path` or `postgresql://...`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = dialects.open_engine(url)
        self.dialect = self.engine.dialect.name
        self.shown_url = make_url(url).render_as_string(hide_password=True)
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"database {self.shown_url}"

    def close(self) -> None:
        """Gives back all connections."""
        self.engine.dispose()

    def after_fork(self) -> None:
        """Forgets the parent's connections without closing them: they still belong to the parent."""
        self.engine.dispose(close=False)

    @contextmanager
    def transaction(self, call: Call | None = None) -> Iterator[Transaction]:
        """A transaction that writes. Commits at the end of the block, rolls back when the block raises."""
        with self._translating(), self.engine.begin() as connection:
            tx = Transaction(connection, call or Call())
            yield tx
            if tx.entries:
                dialects.take_news_lock(connection)
                connection.execute(_WRITE_NEWS, tx.entries)
        for act in tx.committed:
            act()
        if tx.entries or tx.told:
            self._wake()

    @contextmanager
    def reading(self, call: Call | None = None) -> Iterator[Transaction]:
        """A transaction that only reads: one consistent view, and it never waits for writers."""
        with self._translating(), self.engine.connect() as connection:
            connection = connection.execution_options(reads=True, **dialects.ONE_VIEW[self.dialect])
            yield Transaction(connection, call or Call())

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except exc.SQLAlchemyError as error:
            known = dialects.translate(error, self.shown_url)
            if known is None:
                raise
            raise known from error

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after each commit of this process that wrote news; returns the function that ends this."""
        with self._lock:
            self._listeners.append(listener)

        def forget() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return forget

    def _wake(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def prepare(self) -> Database:
        """Brings the schema to the newest revision: makes it where there is none, migrates where it is older."""
        with self._translating():
            revision = self._revision()
            if revision == SCHEMA:
                return self
            if revision is not None and revision > SCHEMA:
                raise HomeError(
                    f"this record was made by a newer Treadle (schema {revision}; this one knows {SCHEMA})",
                    where=self.shown_url,
                    hint="pip install -U treadle",
                )
            from treadle.store.migrations import migrate

            migrate(self.engine, fresh=revision is None, head=SCHEMA)
        return self

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            connection = connection.execution_options(reads=True)
            if not self.engine.dialect.has_table(connection, "alembic_version"):
                return None
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def sqlite_url(path: Path) -> str:
    """The address of the SQLite database in a file."""
    return f"sqlite:///{path}"


def document(tx: Transaction, digest: str) -> bytes | None:
    """The body of a shared document, or None."""
    return tx.connection.execute(select(t.document.c.body).where(t.document.c.digest == digest)).scalar_one_or_none()
