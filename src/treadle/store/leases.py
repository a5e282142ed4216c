"""Claims are leases.

Whoever performs work holds a row by a token until `lease_until`, by the database's clock, and extends it while it lives. Every
write that ends the work names the token: an update that touches no row means that somebody else owns the work now, and the
result is dropped. The same sentences on both dialects.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table, select, update

from treadle.store.database import Transaction

LIVE = ("starting", "running")
LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = LEASE_SECONDS / 3


def renew(tx: Transaction, table: Table, held: Mapping[str, str], seconds: float = LEASE_SECONDS) -> set[str]:
    """Extends the leases of `held` (row id -> token); returns the ids that are still held, without those that were lost."""
    if not held:
        return set()
    query = select(table.c.id, table.c.token).where(table.c.id.in_(list(held)), table.c.state.in_(LIVE)).order_by(table.c.id)
    still = {row.id for row in tx.all(query.with_for_update()) if held[row.id] == row.token}
    if still:
        tx.execute(update(table).where(table.c.id.in_(sorted(still))).values(lease_until=tx.now + seconds))
    return still
