"""Rows of datums and their aliases, and the queries that find them."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.engine import Row

from treadle.contract.data import Artifact
from treadle.contract.datums import ALIAS, TAGS, Datum, DatumAlias, ListDatums
from treadle.core.errors import StateError, UnknownDatum, UsageError
from treadle.core.ids import DatumRef, check_word
from treadle.data.artifacts import GIVEN, artifact_of, chunks
from treadle.store import tables as t
from treadle.store.database import Transaction

_DATUM = (
    select(t.artifact, t.run.c.project.label("project"), t.run.c.step.label("run_step"))
    .join(t.run, t.run.c.id == t.artifact.c.run)
    .where(t.artifact.c.role.in_(GIVEN), t.artifact.c.name.not_like("@%"))
)
"""What begins with @ is the worker's own."""
_MOST_NAMES = 1000  # aliases looked through for a "did you mean"


def datums_of(tx: Transaction, rows: Sequence[Row[Any]], *, whole: bool = False) -> list[Datum]:
    """The datums of these rows with their aliases, fetched for all of them at once; `whole`: with the bytes of small ones."""
    names: dict[int, list[str]] = defaultdict(list)
    for part in chunks([row.id for row in rows]):
        query = select(t.datum_alias.c.name, t.datum_alias.c.artifact).where(t.datum_alias.c.artifact.in_(part))
        for alias in tx.all(query.order_by(t.datum_alias.c.name)):
            names[alias.artifact].append(alias.name)
    return [_datum_of(row, tuple(names[row.id]), whole) for row in rows]


def _datum_of(row: Row[Any], aliases: tuple[str, ...], whole: bool) -> Datum:
    properties = properties_of(row.about)
    return Datum(
        id=row.id,
        name=row.name,
        size=row.size,
        digest=row.digest,
        format=row.format,
        tree=row.tree,
        run=row.run,
        step=row.run_step,
        project=row.project,
        created_at=row.created_at,
        purged_at=row.purged_at,
        tags=tags_said(properties),
        properties=properties,
        aliases=aliases,
        checksums=row.about.get("checksums") or {},
        inline=bytes(row.inline) if whole and row.inline is not None else None,
    )


def properties_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of a datum. Those of a folder of very many files are said by file, and are not its own."""
    said = about.get("properties")
    return dict(said) if isinstance(said, dict) and not about.get("outputs") else {}


def tags_said(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags among properties that code has written: anything may stand there, only texts count."""
    said = properties.get(TAGS)
    words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    return tuple(dict.fromkeys(word for word in words if isinstance(word, str) and word))


def aliases_said(properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The aliases among properties, whatever they look like."""
    said = properties.get(ALIAS)
    words = said if isinstance(said, list) else [said]
    return tuple(dict.fromkeys(str(word).removeprefix("datum://") for word in words if word is not None))


def page(tx: Transaction, request: ListDatums) -> tuple[list[Datum], int | None, int | None]:
    """The datums asked for, where the next page begins, and how many there are in all."""
    found = [_inside(tx)]
    if request.run is not None:
        found.append(t.artifact.c.run == request.run)
    if request.name is not None:
        found.append(_fits(t.artifact.c.name, request.name))
    if request.digest is not None:
        found.append(t.artifact.c.digest.startswith(request.digest, autoescape=True))
    if not request.purged:
        found.append(t.artifact.c.purged_at.is_(None))
    query = _DATUM.where(*found)
    total = int(tx.execute(select(func.count()).select_from(query.subquery())).scalar_one()) if request.count else None
    if request.after is not None:
        query = query.where(t.artifact.c.id < request.after)
    rows = tx.all(query.order_by(t.artifact.c.id.desc()).limit(request.limit + 1))
    following = rows[request.limit - 1].id if len(rows) > request.limit else None
    return datums_of(tx, rows[: request.limit]), following, total


def _fits(column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(escaped.replace("*", "%"), escape="\\") if "*" in pattern else column == pattern


def find_datum(tx: Transaction, ref: DatumRef) -> Row[Any]:
    """The row of a datum of the caller's project; raises UnknownDatum with the near alias."""
    query = _DATUM.where(_inside(tx))
    if ref.number is not None:
        row = tx.first(query.where(t.artifact.c.id == ref.number))
        if row is None:
            raise UnknownDatum(f"there is no datum {ref.number}", hint="treadle data aliases")
        return row
    row = tx.first(query.join(t.datum_alias, t.datum_alias.c.artifact == t.artifact.c.id).where(*_named(tx, str(ref.alias))))
    if row is not None:
        return row
    known = tx.all(select(t.datum_alias.c.name).where(t.datum_alias.c.project == tx.call.project).limit(_MOST_NAMES))
    near = difflib.get_close_matches(str(ref.alias), [one.name for one in known], n=3)
    hint = f"did you mean {' or '.join(f'`datum://{name}`' for name in near)}?" if near else "treadle data aliases"
    raise UnknownDatum(f"no datum has the alias `{ref.alias}`", hint=hint)


def locked_datums(tx: Transaction, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    """The rows of datums, locked until the transaction ends."""
    wanted = sorted(set(numbers))
    found: dict[int, Row[Any]] = {}
    for part in chunks(wanted):
        for row in tx.all(_DATUM.where(t.artifact.c.id.in_(part)).order_by(t.artifact.c.id).with_for_update(of=t.artifact)):
            found[row.id] = row
    return found


def taken(tx: Transaction, ref: DatumRef) -> Artifact:
    """The artifact that a reference means now, as an input: it says which datum of which run it is, and how it was asked for.

    Raises UnknownDatum, and StateError for one that was purged."""
    row = find_datum(tx, ref)
    if row.purged_at is not None:
        raise StateError(
            f"the datum {row.id}, `{row.name}` of run {row.run}, was purged: its bytes were let go", hint=f"treadle rerun {row.run}"
        )
    artifact = artifact_of(row)
    about = {"name": artifact.name} | artifact.about | {"source": f"run://{row.run}/{row.name}", "asked": str(ref)}
    return msgspec.structs.replace(artifact, about=about)


def move_alias(tx: Transaction, name: str, row: Row[Any], *, run: Row[Any] | None = None, reason: str = "") -> None:
    """Puts an alias on a datum, with the news of it; nothing happens where it stands there already. `run` is the run that said so.

    Raises UsageError for a name that cannot be."""
    check_word("the alias of a datum", name)
    former = tx.first(select(t.datum_alias).where(t.datum_alias.c.project == row.project, t.datum_alias.c.name == name).with_for_update())
    if former is not None and former.artifact == row.id:
        return
    actor = run.actor if run is not None else tx.call.actor
    values = {"project": row.project, "name": name, "artifact": row.id, "moved_at": tx.now, "actor": actor}
    tx.upsert(t.datum_alias, [values], keys=("project", "name"), values=("artifact", "moved_at", "actor"))
    _tell(tx, name, row, former.artifact if former is not None else None, run, reason)


def take_aliases(tx: Transaction, run: Row[Any], outputs: Sequence[Artifact]) -> list[str]:
    """Moves the aliases that a run's outputs, which are on record by now, ask for; answers why some of them cannot be."""
    said = {one.name: aliases_said(properties_of(one.about)) for one in outputs if not one.name.startswith("@")}
    if not any(said.values()):
        return []
    rows = {row.name: row for row in tx.all(_DATUM.where(t.artifact.c.run == run.id, t.artifact.c.role == "output"))}
    refused: list[str] = []
    for name, aliases in said.items():
        for alias in aliases:
            try:
                move_alias(tx, alias, rows[name], run=run)
            except UsageError as error:
                refused.append(f"the output `{name}` has not got the alias: {error.what} ({error.hint})")
    return refused


def drop_alias(tx: Transaction, name: str, row: Row[Any]) -> None:
    tx.execute(delete(t.datum_alias).where(*_named(tx, name)))
    _tell(tx, name, row, row.id, None, "", removed=True)


def _tell(
    tx: Transaction, name: str, row: Row[Any], former: int | None, run: Row[Any] | None, reason: str, *, removed: bool = False
) -> None:
    """News under the subject of the name. What follows from a run is in the name of who asked for the run, and has its cause."""
    what = f"the alias {name} was removed from `{row.name}` of run {row.run}" if removed else f"{name} is now `{row.name}` of run {row.run}"
    facts = {"alias": name, "datum": row.id, "former": former, "removed": removed, "name": row.name, "of": row.run, "reason": reason}
    by = {"run": run.id} if run is not None else {}
    tx.news("datum.aliased", f"datum:{name}", root=run.root if run is not None else None, sentence=what, **facts, **by)
    tx.entries[-1]["project"] = row.project
    if run is not None:
        tx.entries[-1] |= {"actor": run.actor, "cause": run.cause}


def all_aliases(tx: Transaction, prefix: str) -> list[DatumAlias]:
    """The aliases of the project, the last moved first."""
    named = (t.datum_alias.c.name.label("alias"), t.datum_alias.c.moved_at.label("moved_at"), t.datum_alias.c.actor.label("moved_by"))
    query = _DATUM.add_columns(*named).join(t.datum_alias, t.datum_alias.c.artifact == t.artifact.c.id)
    query = query.where(t.datum_alias.c.project == tx.call.project)
    if prefix:
        query = query.where(t.datum_alias.c.name.startswith(prefix, autoescape=True))
    rows = tx.all(query.order_by(t.datum_alias.c.moved_at.desc(), t.datum_alias.c.name))
    return [
        DatumAlias(name=row.alias, datum=datum, moved_at=row.moved_at, actor=row.moved_by)
        for row, datum in zip(rows, datums_of(tx, rows), strict=True)
    ]


def datums_by_digest(tx: Transaction, digests: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    """For each digest the datums of the project that have these bytes, as (number, name), newest first."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for part in chunks(sorted(set(digests))):
        query = _DATUM.with_only_columns(t.artifact.c.id, t.artifact.c.name, t.artifact.c.digest)
        for row in tx.all(query.where(_inside(tx), t.artifact.c.digest.in_(part)).order_by(t.artifact.c.id.desc())):
            found[row.digest].append((row.id, row.name))
    return found


def _inside(tx: Transaction) -> ColumnElement[bool]:
    return t.run.c.project == tx.call.project


def _named(tx: Transaction, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return t.datum_alias.c.project == tx.call.project, t.datum_alias.c.name == name
