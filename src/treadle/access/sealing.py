"""Verifying the journal, and the keeper's loop that seals it as it grows."""

from __future__ import annotations

import time
from typing import Any

from treadle.contract import record as words
from treadle.contract.record import JournalFault, Verified
from treadle.core.content import is_digest
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.store import seals
from treadle.store.database import Database

MOST_FAULTS = 100
MOST_ENTRIES = 1_000_000
_LOOK_SECONDS = 30.0
_OLDEST = 3600.0
"""Seconds after which entries are sealed although they are few."""


@performs(words.verify_journal)
def verify_journal(request: words.VerifyJournal, call: Call, store: Database) -> Verified:
    """Old entries are read without a lock; new ones are sealed in transactions of a thousand, so that nobody waits for long."""
    if request.expect and not is_digest(request.expect):
        raise UsageError("`expect` is the digest of a seal: 64 hexadecimal digits", hint="treadle journal verify")
    looked = _Looked(request, call, store)
    sealed = 0
    while looked.entries < looked.limit:
        if looked.next_seals():
            continue
        with store.transaction(call) as tx:
            made = seals.seal(tx)
        sealed += made
        if not made and not looked.next_seals():
            break
    return looked.answer(sealed)


class _Looked:
    """What one request has looked at so far."""

    def __init__(self, request: words.VerifyJournal, call: Call, store: Database) -> None:
        self.limit = max(1, min(request.limit, MOST_ENTRIES))
        self.entries = 0
        self._call, self._store, self._expect = call, store, request.expect
        self._met = False
        self._faults: list[JournalFault] = []
        self._faulty = 0
        with store.reading(call) as tx:
            found = seals.behind(tx, request.after - 1, 1) if request.after > 0 else ()
        if request.after > 0 and (not found or found[0].number != request.after):
            raise UsageError(f"the journal has no seal {request.after}", hint="ask without `after`")
        self._last: Any = found[0] if found else None

    def next_seals(self) -> bool:
        """Looks at some more seals; False when there are none."""
        with self._store.reading(self._call) as tx:
            most = min(10, -(-(self.limit - self.entries) // seals.MOST_IN_SEAL))
            rows = seals.behind(tx, self._last.number if self._last is not None else 0, max(1, most))
            for row in rows:
                for fault in seals.faults(tx, row, self._last):
                    self._faulty += 1
                    if len(self._faults) < MOST_FAULTS:
                        self._faults.append(JournalFault(what=fault.what, entry=fault.entry, sentence=fault.sentence))
                self._last = row
                self.entries += row.covers
                self._met = self._met or row.digest == self._expect
        return bool(rows)

    def answer(self, sealed: int) -> Verified:
        with self._store.reading(self._call) as tx:
            number = self._last.number if self._last is not None else 0
            more = bool(seals.behind(tx, number, 1)) or (self.entries >= self.limit and bool(seals.unsealed(tx, 1)))
        return Verified(
            seal=self._last.digest if self._last is not None else seals.NO_SEAL,
            number=number,
            upto=self._last.last if self._last is not None else 0,
            entries=self.entries,
            sealed=sealed,
            faulty=self._faulty,
            faults=tuple(self._faults),
            more=more,
            expected=self._met if self._expect else None,
        )


class Seal:
    """The loop of a keeper. Full seals are made as the journal grows, the rest once it is an hour old."""

    def __init__(self, record: Any, call: Call) -> None:
        self._store: Database = record.store
        self._call = call
        self._looked_at = 0.0

    def tick(self) -> float:
        """News wakes the loop more often than it has anything to do."""
        since = time.monotonic() - self._looked_at
        if self._looked_at and since < _LOOK_SECONDS:
            return _LOOK_SECONDS - since
        while self._due():
            with self._store.transaction(self._call) as tx:
                seals.seal(tx)
        self._looked_at = time.monotonic()
        return _LOOK_SECONDS

    def _due(self) -> bool:
        with self._store.reading(self._call) as tx:
            rows = seals.unsealed(tx)
            return len(rows) >= seals.MOST_IN_SEAL or (bool(rows) and rows[0].at < tx.now - _OLDEST)
