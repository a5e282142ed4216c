"""The loop that looks: every monitor whose predictions or labels have arrived, or whose time has come.

Any number of keepers may watch: each claims a monitor before it looks. One that is killed loses its claim after a minute, and the
next one goes on where the last complete window ended.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from treadle.blobs import Blobs
from treadle.core.operation import Call
from treadle.monitoring import rows
from treadle.monitoring.look import Look, Lost
from treadle.store.database import Database

PAUSE = 1.0
"""Seconds between two looks at what has arrived. What arrives through another process wakes nobody here."""

_REMEMBERED = 100_000  # chunks


class Record(Protocol):
    """A home's record, opened."""

    store: Database
    blobs: Blobs


class Watch:
    """Looks at every monitor of a record."""

    def __init__(self, record: Record, call: Call) -> None:
        self.record = record
        self.call = call
        self._seen: dict[int, rows.Arrived] = {}
        """What had arrived when each monitor was last looked at by this process."""
        self._answers: dict[int, int] = {}

    def tick(self) -> float:
        """Looks at what is due; answers in how many seconds it wants to be asked again."""
        store = self.record.store
        with store.reading(self.call) as tx:
            due = rows.due_monitors(tx, self._seen)
        for number, arrived in due.items():
            token = secrets.token_hex(8)
            with store.transaction(self.call) as tx:
                if not rows.claim(tx, number, token):
                    continue
            self._look(number, token)
            self._seen[number] = arrived
        return PAUSE

    def _look(self, number: int, token: str) -> None:
        if len(self._answers) > _REMEMBERED:
            self._answers.clear()
        look = Look(self.record.store, self.record.blobs, self.call, number, token, self._answers)
        try:
            look.all()
            due_at = look.due_at()
        except Lost:
            return
        with self.record.store.transaction(self.call) as tx:
            rows.let_go(tx, number, token, due_at)
