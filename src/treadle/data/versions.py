"""Rows of datasets and versions, and the queries that find them."""

from __future__ import annotations

import difflib
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Row

from treadle.contract.data import Dataset, DatasetVersion
from treadle.core.errors import UnknownDataset
from treadle.core.ids import DatasetRef
from treadle.store import tables as t
from treadle.store.database import Transaction

_VERSION = select(t.dataset_version, t.dataset.c.name.label("dataset_name")).join(t.dataset, t.dataset.c.id == t.dataset_version.c.dataset)

_MOST_NAMES = 1000  # datasets looked through for a "did you mean"


def version_of(row: Row[Any]) -> DatasetVersion:
    return DatasetVersion(
        dataset=row.dataset_name,
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


def find_version(tx: Transaction, ref: DatasetRef) -> Row[Any]:
    """The row of a version; raises UnknownDataset."""
    row = tx.first(_numbered(_in_project(tx, ref.name), ref.version))
    if row is not None:
        return row
    newest = newest_version(tx, ref.name)
    if newest is None:
        raise _unknown(tx, ref.name)
    raise UnknownDataset(
        f"`{ref.name}` has no version {ref.version}; the newest is v{newest.number}", hint=f"treadle data versions {ref.name}"
    )


def _unknown(tx: Transaction, name: str) -> UnknownDataset:
    """That a dataset is not there, with the name that is near or the command that lists them."""
    known = tx.all(select(t.dataset.c.name).where(t.dataset.c.project == tx.call.project).limit(_MOST_NAMES))
    near = difflib.get_close_matches(name, [row.name for row in known], n=1)
    return UnknownDataset(f"there is no dataset `{name}`", hint=f"did you mean `{near[0]}`?" if near else "treadle data list")


def version_row(tx: Transaction, number: int) -> Row[Any]:
    """A version by the number of its row, which is how lineage names it."""
    return tx.execute(_VERSION.where(t.dataset_version.c.id == number)).one()


def newest_version(tx: Transaction, name: str) -> Row[Any] | None:
    return tx.first(_numbered(_in_project(tx, name), None))


def version_by_key(tx: Transaction, key: str) -> Row[Any] | None:
    """The version that an earlier commit with the same idempotency key made."""
    return tx.first(_VERSION.where(t.dataset_version.c.key == key))


def all_versions(tx: Transaction, name: str) -> list[DatasetVersion]:
    """Newest first; raises UnknownDataset."""
    rows = tx.all(_VERSION.where(_in_project(tx, name)).order_by(t.dataset_version.c.number.desc()))
    if not rows:
        raise _unknown(tx, name)
    return [version_of(row) for row in rows]


def all_datasets(tx: Transaction, prefix: str) -> list[Dataset]:
    """Datasets with their newest version, by name."""
    newest = (
        select(t.dataset_version.c.dataset, func.max(t.dataset_version.c.number).label("number"), func.count().label("versions"))
        .group_by(t.dataset_version.c.dataset)
        .subquery()
    )
    query = (
        _VERSION.add_columns(newest.c.versions, t.dataset.c.created_at.label("dataset_created_at"))
        .join(newest, (newest.c.dataset == t.dataset_version.c.dataset) & (newest.c.number == t.dataset_version.c.number))
        .where(t.dataset.c.project == tx.call.project)
        .order_by(t.dataset.c.name)
    )
    if prefix:
        query = query.where(t.dataset.c.name.startswith(prefix, autoescape=True))
    return [
        Dataset(name=row.dataset_name, versions=row.versions, latest=version_of(row), created_at=row.dataset_created_at)
        for row in tx.all(query)
    ]


def locked_dataset(tx: Transaction, name: str) -> int:
    """The dataset's id, made if need be, locked until the transaction ends: numbers of versions are handed out one by one."""
    tx.insert_new(t.dataset, [{"project": tx.call.project, "name": name, "created_at": tx.now}])
    query = select(t.dataset.c.id).where(t.dataset.c.project == tx.call.project, t.dataset.c.name == name)
    return int(tx.execute(query.with_for_update()).scalar_one())


def _in_project(tx: Transaction, name: str) -> ColumnElement[bool]:
    return (t.dataset.c.project == tx.call.project) & (t.dataset.c.name == name)


def _numbered(where: ColumnElement[bool], number: int | None) -> Select[Any]:
    query = _VERSION.where(where)
    if number is not None:
        return query.where(t.dataset_version.c.number == number)
    return query.order_by(t.dataset_version.c.number.desc()).limit(1)
