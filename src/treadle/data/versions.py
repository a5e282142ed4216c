"""Dataset versions inside a transaction: finding the one a reference means, and making one from a step's output."""

from __future__ import annotations

import difflib
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from treadle.contract.data import Artifact, DatasetVersion
from treadle.core.errors import UnknownDataset
from treadle.core.ids import DatasetRef
from treadle.store import tables as t
from treadle.store.database import Transaction


def find_dataset(tx: Transaction, name: str) -> Row[Any]:
    """The dataset's row; raises UnknownDataset with the nearest names."""
    row = tx.first(select(t.dataset).where(t.dataset.c.project == tx.call.project, t.dataset.c.name == name))
    if row is None:
        names = [r.name for r in tx.all(select(t.dataset.c.name).where(t.dataset.c.project == tx.call.project).order_by(t.dataset.c.name))]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"treadle data add PATH --as {name}"
        raise UnknownDataset(f"there is no dataset `{name}`", hint=hint)
    return row


def find_version(tx: Transaction, ref: DatasetRef) -> Row[Any]:
    """The version's row that a reference means now; raises UnknownDataset when there is none."""
    row = find_dataset(tx, ref.name)
    query = select(t.dataset_version).where(t.dataset_version.c.dataset == row.id)
    if ref.version is not None:
        query = query.where(t.dataset_version.c.number == ref.version)
    version = tx.first(query.order_by(t.dataset_version.c.number.desc()).limit(1))
    if version is None:
        what = f"version {ref.version}" if ref.version is not None else "version at all"
        raise UnknownDataset(f"dataset `{ref.name}` has no {what}", hint=f"treadle data versions {ref.name}")
    return version


def version_of(name: str, row: Row[Any]) -> DatasetVersion:
    """The words for a version's row."""
    return DatasetVersion(
        dataset=name,
        number=row.number,
        manifest=row.manifest,
        files=row.files,
        size=row.size,
        rows=row.rows,
        columns=row.columns,
        message=row.message,
        created_at=row.created_at,
        actor=row.actor,
        run=row.run,
        added=row.added,
        removed=row.removed,
        changed=row.changed,
    )


def resolve(tx: Transaction, ref: DatasetRef) -> tuple[DatasetVersion, int]:
    """The version that a reference means now, and the number of its row."""
    row = find_version(tx, ref)
    return version_of(ref.name, row), row.id


def commit_output(tx: Transaction, name: str, artifact: Artifact, *, run: int, key: str) -> int:
    """Makes the next version of dataset `name` from a step's output: a tree artifact whose digest is a manifest's.

    A manifest equal to the newest version's makes nothing. Answers the row's number.
    """
    row = tx.first(select(t.dataset).where(t.dataset.c.project == tx.call.project, t.dataset.c.name == name).with_for_update())
    if row is None:
        tx.insert_new(t.dataset, [{"project": tx.call.project, "name": name, "created_at": tx.now}])
        row = tx.all(select(t.dataset).where(t.dataset.c.project == tx.call.project, t.dataset.c.name == name).with_for_update())[0]
    latest = tx.first(select(t.dataset_version).where(t.dataset_version.c.dataset == row.id).order_by(t.dataset_version.c.number.desc()).limit(1))
    if latest is not None and latest.manifest == artifact.digest:
        return int(latest.id)
    about = artifact.about
    values = {
        "dataset": row.id,
        "number": latest.number + 1 if latest is not None else 1,
        "manifest": artifact.digest,
        "files": about.get("files", 1),
        "size": artifact.size,
        "rows": about.get("rows"),
        "columns": about.get("columns"),
        "message": f"output of run {run}",
        "created_at": tx.now,
        "actor": tx.call.actor,
        "run": run,
        "key": key,
        "added": about.get("files", 1),
        "removed": 0,
        "changed": 0,
    }
    number = tx.execute(insert(t.dataset_version).returning(t.dataset_version.c.id), values).scalar_one()
    tx.news("dataset.version", f"dataset:{name}@v{values['number']}", dataset=name, number=values["number"], files=values["files"], size=artifact.size, run=run)
    return int(number)
