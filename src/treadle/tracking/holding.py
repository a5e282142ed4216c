"""Which stored bytes the logged models of clients name: one that no run has made is named by nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import select

from treadle.contract.data import Artifact
from treadle.data.holding import Named, names_content
from treadle.store import tables as t
from treadle.store.database import Transaction


@names_content
def of_logged_models(tx: Transaction) -> Iterator[Named]:
    for row in tx.execute(select(t.logged_model.c.id, t.logged_model.c.artifact).where(t.logged_model.c.artifact.is_not(None))):
        if row.artifact:
            yield Named(msgspec.convert(row.artifact, Artifact).digest, f"logged model {row.id}", tree=True)
