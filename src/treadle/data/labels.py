"""Names of dataset versions: labels, which stay with a version, and aliases, which move. The dataset's row must be locked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row

from treadle.core.errors import Conflict, UnknownDataset
from treadle.core.ids import check_word
from treadle.data.versions import aliases_of
from treadle.store import tables as t
from treadle.store.database import Transaction


def labelled(tx: Transaction, dataset: int, label: str) -> Row[Any] | None:
    """The version of a dataset that has this label."""
    return tx.first(select(t.dataset_version).where(t.dataset_version.c.dataset == dataset, t.dataset_version.c.label == label))


def check_label(tx: Transaction, dataset: int, name: str, label: str) -> None:
    """Raises UsageError for a label that cannot be, Conflict for one that another version or an alias has."""
    check_word("the label of a version", label, plain=False)
    known = labelled(tx, dataset, label)
    if known is not None:
        raise Conflict(
            f"`{name}` has a version `{label}` already, {name}@v{known.number}, and versions do not change",
            hint="give the new version another label",
        )
    if label in aliases_of(tx, [dataset])[dataset]:
        raise Conflict(f"`{label}` is an alias of `{name}`, so it cannot be the label of a version", hint=f"treadle data versions {name}")


def give_label(tx: Transaction, row: Row[Any], name: str, label: str) -> None:
    """Labels a version that has none yet; raises Conflict for one that has another."""
    if row.label == label:
        return
    if row.label is not None:
        moving = f"treadle data alias {name} {label} {row.number}"
        raise Conflict(f"{name}@v{row.number} has the label `{row.label}`, which stays", hint=f"a name that moves is an alias: {moving}")
    check_label(tx, row.dataset, name, label)
    tx.execute(update(t.dataset_version).where(t.dataset_version.c.id == row.id).values(label=label))
    tx.news("dataset.labelled", f"dataset:{name}", version=row.number, label=label, sentence=f"{name}@v{row.number} is now called {label}")


def move_alias(tx: Transaction, row: Row[Any], name: str, alias: str, *, run: Row[Any] | None = None, reason: str = "") -> None:
    """Puts an alias on a version, with the news of it; nothing happens where it stands there already.

    Raises UsageError for a name that cannot be, Conflict for one that is a version's label."""
    check_word("the alias of a version", alias)
    known = labelled(tx, row.dataset, alias)
    if known is not None:
        raise Conflict(f"`{alias}` is the label of {name}@v{known.number}, so it cannot be an alias", hint=f"treadle data versions {name}")
    former = aliases_of(tx, [row.dataset])[row.dataset].get(alias)
    if former == row.number:
        return
    actor = run.actor if run is not None else tx.call.actor
    values = {"dataset": row.dataset, "name": alias, "version": row.number, "moved_at": tx.now, "actor": actor}
    tx.upsert(t.dataset_alias, [values], keys=("dataset", "name"), values=("version", "moved_at", "actor"))
    was = f", it was v{former}" if former is not None else ""
    _tell(tx, name, alias, row.number, former, run, reason, f"the {alias} of {name} is now v{row.number}{was}")


def drop_alias(tx: Transaction, dataset: int, name: str, alias: str) -> None:
    """Removes an alias; raises UnknownDataset where there is none of that name."""
    known = aliases_of(tx, [dataset])[dataset]
    if alias not in known:
        shown = ", ".join(known) or "none yet"
        raise UnknownDataset(f"`{name}` has no alias `{alias}`; its aliases: {shown}", hint=f"treadle data versions {name}")
    tx.execute(delete(t.dataset_alias).where(t.dataset_alias.c.dataset == dataset, t.dataset_alias.c.name == alias))
    _tell(tx, name, alias, None, known[alias], None, "", f"the alias {alias} of {name} was removed from v{known[alias]}")


def _tell(
    tx: Transaction, name: str, alias: str, version: int | None, former: int | None, run: Row[Any] | None, reason: str, sentence: str
) -> None:
    by = {"run": run.id} if run is not None else {}
    facts = {"alias": alias, "version": version, "former": former, "removed": version is None, "reason": reason, "sentence": sentence}
    tx.news("dataset.aliased", f"dataset:{name}", root=run.root if run is not None else None, **facts, **by)
    if run is not None:
        tx.entries[-1] |= {"actor": run.actor, "cause": run.cause, "project": run.project}
