"""Group commit: what several threads ask at the same time is performed in one transaction.

Who comes first performs everything that waits by then, the others find their answer made. So many small writes cost one commit, and
on SQLite, whose writers wait for each other by sleeping, threads of one process never contend for its lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from treadle.core.errors import TreadleError
from treadle.store.database import Database, Transaction

Q = TypeVar("Q")
A = TypeVar("A")

_MOST = 64
"""Requests in one transaction."""


class _Asked(Generic[Q, A]):
    __slots__ = ("answer", "done", "error", "request")

    def __init__(self, request: Q) -> None:
        self.request = request
        self.done = False
        self.answer: A | None = None
        self.error: BaseException | None = None


class Together(Generic[Q, A]):
    """Calls `perform(tx, request)` for each request, many in one transaction, in the order of `order(request)`.

    A request that is refused (TreadleError) must not have written anything by then; the others of its transaction go on. Rows that
    two processes lock are locked in that order, so they cannot wait for each other in a circle.
    """

    def __init__(self, perform: Callable[[Transaction, Q], A], order: Callable[[Q], str]) -> None:
        self._perform = perform
        self._order = order
        self._writing = threading.Lock()
        self._adding = threading.Lock()
        self._waiting: list[_Asked[Q, A]] = []

    def __call__(self, store: Database, request: Q) -> A:
        """The answer to one request, once it has been committed. Raises what the performing raised."""
        mine: _Asked[Q, A] = _Asked(request)
        with self._adding:
            self._waiting.append(mine)
        with self._writing:
            while not mine.done:
                self._perform_some(store)
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]

    def _perform_some(self, store: Database) -> None:
        with self._adding:
            taken, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        taken.sort(key=lambda asked: self._order(asked.request))
        if len(taken) == 1:
            self._alone(store, taken)
            return
        try:
            self._in_one(store, taken)
        except Exception:  # the fault of one (a value that the database refuses), or of the database: each alone learns its own
            for asked in taken:
                asked.answer = asked.error = None
                self._alone(store, [asked])

    def _alone(self, store: Database, taken: list[_Asked[Q, A]]) -> None:
        """One request in its own transaction; what goes wrong is its own error."""
        try:
            self._in_one(store, taken)
        except Exception as error:  # told to who asked, in its own thread
            taken[0].error = error
            taken[0].done = True

    def _in_one(self, store: Database, taken: list[_Asked[Q, A]]) -> None:
        with store.transaction() as tx:
            for asked in taken:
                try:
                    asked.answer = self._perform(tx, asked.request)
                except TreadleError as error:
                    asked.error = error
        for asked in taken:
            asked.done = True
