"""Dataset versions made by runs, inside the transaction that takes the run's result."""

from __future__ import annotations

from sqlalchemy import insert

from treadle.contract.data import Artifact, DatasetVersion
from treadle.core.ids import DatasetRef
from treadle.data.versions import find_version, locked_dataset, newest_version, version_of
from treadle.store import tables as t
from treadle.store.database import Transaction


def resolve(tx: Transaction, ref: DatasetRef) -> tuple[DatasetVersion, int]:
    """The version that a reference means now, and the number of its row; raises UnknownDataset."""
    row = find_version(tx, ref)
    return version_of(row), int(row.id)


def commit_output(tx: Transaction, name: str, artifact: Artifact, *, run: int, key: str) -> None:
    """Makes the next version of dataset `name` from a step's output: a tree artifact whose digest is a manifest's.

    The version holds what the step returned and nothing else. A manifest equal to the newest version's makes nothing.
    """
    dataset = locked_dataset(tx, name)
    newest = newest_version(tx, name)
    if newest is not None and newest.manifest == artifact.digest:
        return
    about = artifact.about
    number = int(newest.number) + 1 if newest is not None else 1
    files = int(about.get("files", 1))
    values = {
        "dataset": dataset,
        "number": number,
        "manifest": artifact.digest,
        "files": files,
        "size": artifact.size,
        "rows": about.get("rows"),
        "columns": about.get("columns"),
        "message": f"output `{artifact.name}` of run {run}",
        "created_at": tx.now,
        "actor": tx.call.actor,
        "run": run,
        "key": key,
        "added": files,
        "removed": 0,
        "changed": 0,
    }
    tx.execute(insert(t.dataset_version), values)
    tx.news(
        "dataset.committed",
        f"dataset:{name}",
        version=number,
        manifest=artifact.digest,
        files=files,
        size=artifact.size,
        added=files,
        removed=0,
        changed=0,
        run=run,
    )
