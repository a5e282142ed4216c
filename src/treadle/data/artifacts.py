"""Rows of artifacts: what a run gave or logged, read and written. Every stage above finds its bytes by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from treadle.contract.data import Artifact
from treadle.store import tables as t
from treadle.store.database import Transaction

GIVEN = ("output", "logged")
"""The roles of artifacts that runs gave: their rows are datums."""


def artifact_row(artifact: Artifact, *, run: int, role: str, position: int, at: float, step: int | None = None) -> dict[str, Any]:
    """The row that keeps an artifact of a run; `role` is "output" or "logged"."""
    return {
        "run": run,
        "role": role,
        "name": artifact.name,
        "position": position,
        "digest": artifact.digest,
        "size": artifact.size,
        "format": artifact.format,
        "tree": artifact.tree,
        "pickled": artifact.pickled,
        "inline": artifact.inline,
        "about": artifact.about,
        "step": step,
        "created_at": at,
    }


def artifact_of(row: Row[Any]) -> Artifact:
    return Artifact(
        name=row.name,
        digest=row.digest,
        size=row.size,
        format=row.format,
        tree=row.tree,
        pickled=row.pickled,
        inline=bytes(row.inline) if row.inline is not None else None,
        about=row.about,
        datum=row.id if row.role in GIVEN else None,
    )


def outputs_of(tx: Transaction, runs: Sequence[int], role: str = "output") -> dict[int, list[Artifact]]:
    """The artifacts of each run, in order."""
    found: dict[int, list[Artifact]] = defaultdict(list)
    for part in chunks(runs):
        query = select(t.artifact).where(t.artifact.c.run.in_(part), t.artifact.c.role == role)
        for row in tx.all(query.order_by(t.artifact.c.run, t.artifact.c.position, t.artifact.c.id)):
            found[row.run].append(artifact_of(row))
    return found


def chunks(numbers: Sequence[Any], size: int = 900) -> list[Sequence[Any]]:
    """Pieces small enough for one IN list on either dialect."""
    return [numbers[i : i + size] for i in range(0, len(numbers), size)]
