"""Rows of datasets and versions, and the queries that find them."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Row

from treadle.contract.data import Dataset, DatasetVersion
from treadle.core.errors import UnknownDataset
from treadle.core.ids import DatasetRef
from treadle.data.artifacts import chunks
from treadle.store import tables as t
from treadle.store.database import Transaction

_VERSION = select(t.dataset_version, t.dataset.c.name.label("dataset_name")).join(t.dataset, t.dataset.c.id == t.dataset_version.c.dataset)

_MOST_NAMES = 1000  # datasets looked through for a "did you mean"


def version_of(tx: Transaction, row: Row[Any]) -> DatasetVersion:
    return versions_of(tx, [row])[0]


def versions_of(tx: Transaction, rows: Sequence[Row[Any]]) -> list[DatasetVersion]:
    """The versions of these rows with their aliases, fetched for all datasets at once."""
    aliases = aliases_of(tx, {row.dataset for row in rows})
    return [
        DatasetVersion(
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
            label=row.label,
            aliases=tuple(name for name, number in aliases[row.dataset].items() if number == row.number),
            tags=tuple(row.tags or ()),
        )
        for row in rows
    ]


def aliases_of(tx: Transaction, datasets: Iterable[int]) -> dict[int, dict[str, int]]:
    """The aliases of each dataset, and the numbers of the versions that they stand on."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for part in chunks(sorted(datasets)):
        for row in tx.all(select(t.dataset_alias).where(t.dataset_alias.c.dataset.in_(part)).order_by(t.dataset_alias.c.name)):
            found[row.dataset][row.name] = row.version
    return found


def find_version(tx: Transaction, ref: DatasetRef, project: str | None = None) -> Row[Any]:
    """The row of a version in a project (default: the caller's); raises UnknownDataset."""
    inside = _in_project(tx, ref.name, project)
    row = _worded(tx, inside, ref.word) if ref.word is not None else tx.first(_numbered(inside, ref.version))
    if row is not None:
        return row
    newest = newest_version(tx, ref.name, project)
    if newest is None:
        raise _unknown(tx, ref.name, project)
    if ref.word is None:
        raise UnknownDataset(
            f"`{ref.name}` has no version {ref.version}; the newest is v{newest.number}", hint=f"treadle data versions {ref.name}"
        )
    labels = tx.all(select(t.dataset_version.c.label).where(t.dataset_version.c.dataset == newest.dataset))
    known = [*filter(None, (one.label for one in labels)), *aliases_of(tx, [newest.dataset])[newest.dataset]]
    near = difflib.get_close_matches(ref.word, known, n=1)
    raise UnknownDataset(
        f"`{ref.name}` has no version or alias `{ref.word}`; the newest is v{newest.number}",
        hint=f"did you mean `dataset://{DatasetRef(ref.name, word=near[0])}`?" if near else f"treadle data versions {ref.name}",
    )


def _worded(tx: Transaction, inside: ColumnElement[bool], word: str) -> Row[Any] | None:
    """The version with this label, else with this alias, else, where the word reads like one, of this number."""
    row = tx.first(_VERSION.where(inside, t.dataset_version.c.label == word))
    if row is None:
        stands = (t.dataset_alias.c.dataset == t.dataset_version.c.dataset) & (t.dataset_alias.c.version == t.dataset_version.c.number)
        row = tx.first(_VERSION.join(t.dataset_alias, stands).where(inside, t.dataset_alias.c.name == word))
    number = re.fullmatch(r"v?([0-9]{1,9})", word)
    if row is None and number is not None:
        row = tx.first(_numbered(inside, int(number[1])))
    return row


def _unknown(tx: Transaction, name: str, project: str | None = None) -> UnknownDataset:
    """That a dataset is not there, with the name that is near or the command that lists them."""
    known = tx.all(select(t.dataset.c.name).where(t.dataset.c.project == (project or tx.call.project)).limit(_MOST_NAMES))
    near = difflib.get_close_matches(name, [row.name for row in known], n=1)
    return UnknownDataset(f"there is no dataset `{name}`", hint=f"did you mean `{near[0]}`?" if near else "treadle data list")


def version_row(tx: Transaction, number: int) -> Row[Any]:
    """A version by the number of its row, which is how lineage names it."""
    return tx.execute(_VERSION.where(t.dataset_version.c.id == number)).one()


def newest_version(tx: Transaction, name: str, project: str | None = None) -> Row[Any] | None:
    return tx.first(_numbered(_in_project(tx, name, project), None))


def version_by_key(tx: Transaction, key: str) -> Row[Any] | None:
    """The version that an earlier commit with the same idempotency key made."""
    return tx.first(_VERSION.where(t.dataset_version.c.key == key))


def all_versions(tx: Transaction, name: str) -> list[DatasetVersion]:
    """Newest first; raises UnknownDataset."""
    rows = tx.all(_VERSION.where(_in_project(tx, name)).order_by(t.dataset_version.c.number.desc()))
    if not rows:
        raise _unknown(tx, name)
    return versions_of(tx, rows)


def all_datasets(tx: Transaction, prefix: str, name: str | None = None) -> list[Dataset]:
    """Datasets with their newest version, by name: all, those whose name begins so, or the one of a name."""
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
    if name is not None:
        query = query.where(t.dataset.c.name == name)
    if prefix:
        query = query.where(t.dataset.c.name.startswith(prefix, autoescape=True))
    rows = tx.all(query)
    aliases = aliases_of(tx, {row.dataset for row in rows})
    return [
        Dataset(
            name=row.dataset_name,
            versions=row.versions,
            latest=version,
            aliases=aliases[row.dataset],
            created_at=row.dataset_created_at,
        )
        for row, version in zip(rows, versions_of(tx, rows), strict=True)
    ]


def locked_dataset(tx: Transaction, name: str, project: str | None = None) -> int:
    """The dataset's id, made if need be, locked until the transaction ends: numbers of versions are handed out one by one."""
    inside = project or tx.call.project
    tx.insert_new(t.dataset, [{"project": inside, "name": name, "created_at": tx.now}])
    query = select(t.dataset.c.id).where(t.dataset.c.project == inside, t.dataset.c.name == name)
    return int(tx.execute(query.with_for_update()).scalar_one())


def _in_project(tx: Transaction, name: str, project: str | None = None) -> ColumnElement[bool]:
    return (t.dataset.c.project == (project or tx.call.project)) & (t.dataset.c.name == name)


def _numbered(where: ColumnElement[bool], number: int | None) -> Select[Any]:
    query = _VERSION.where(where)
    if number is not None:
        return query.where(t.dataset_version.c.number == number)
    return query.order_by(t.dataset_version.c.number.desc()).limit(1)
