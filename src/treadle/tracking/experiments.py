"""Experiments: named groups of a project's runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from treadle.contract import experiments as words
from treadle.contract.experiments import DEFAULT, DEFAULT_NAME, Experiment
from treadle.contract.search import Criterion
from treadle.core.errors import ExperimentExists, QueryError, StateError, UnknownExperiment, UsageError
from treadle.core.operation import Call, performs
from treadle.search import listed
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.parameters import storable

MOST_NAME, MOST_VALUE = 500, 20_000
"""Characters of an experiment's name and bytes of a tag's value."""
MOST_PAGE = 50_000

_DEFAULT = Experiment(id=DEFAULT, name=DEFAULT_NAME)
_KEYS: dict[str, Callable[[Experiment], Any]] = {
    "id": lambda one: one.id,
    "name": lambda one: one.name,
    "created": lambda one: one.created_at,
    "updated": lambda one: one.updated_at,
}


@performs(words.create_experiment)
def create(request: words.CreateExperiment, call: Call, store: Database) -> Experiment:
    """Of several that make one of the same name at the same moment one succeeds, the others raise ExperimentExists."""
    name = _checked(request.name)
    tags = _merged({}, dict(request.tags))
    with store.transaction(call) as tx:
        values = {"project": call.project, "name": name, "tags": tags, "created_at": tx.now, "updated_at": tx.now}
        statement = dialects.insert_of(tx.connection)(t.experiment).values(**values).on_conflict_do_nothing()
        number = tx.execute(statement.returning(t.experiment.c.id)).scalar_one_or_none()
        if number is None or name == DEFAULT_NAME:
            raise _exists(tx, name)
        tx.news("experiment.created", f"experiment:{number}", name=name)
        return _of(load(tx, number))


@performs(words.get_experiment)
def get(request: words.FindExperiment, call: Call, store: Database) -> Experiment:
    with store.reading(call) as tx:
        if request.id is not None:
            return _default(tx) if request.id == DEFAULT else _of(load(tx, request.id))
        if request.name in ("", DEFAULT_NAME):
            return _default(tx)
        return _of(_named(tx, request.name))


@performs(words.list_experiments)
def list_experiments(request: words.ListExperiments, call: Call, store: Database) -> words.ExperimentPage:
    """Projects have hundreds of experiments rather than millions, so they are chosen and ordered here, not by the database."""
    limit = max(1, min(request.limit, MOST_PAGE))
    with store.reading(call) as tx:
        rows = tx.all(select(t.experiment).where(t.experiment.c.project == call.project, t.experiment.c.name != DEFAULT_NAME))
        known = [_default(tx), *(_of(row) for row in rows)]
        wanted = {"no": (False,), "only": (True,), "both": (False, True)}.get(request.deleted, (False,))
        chosen = [one for one in known if (one.deleted_at is not None) in wanted and _fits(request.criteria, one)]
        found = listed.ordered(sorted(chosen, key=lambda one: one.id), request.sort, _value)
        shown, following = listed.page(found, limit, request.after, lambda one: str(one.id))
        if request.counted:
            counts = _counts(tx, call.project)
            shown = [msgspec.structs.replace(one, runs=counts.get(one.id or None, 0)) for one in shown]
    return words.ExperimentPage(experiments=tuple(shown), next=following)


@performs(words.change_experiment)
def change(request: words.ChangeExperiment, call: Call, store: Database) -> Experiment:
    with store.transaction(call) as tx:
        row = _default_row(tx) if request.id == DEFAULT else load(tx, request.id, lock=True)
        if row.deleted_at is not None:
            raise StateError(f"experiment `{row.name}` is deleted", hint=f"treadle experiments restore {row.id}")
        values: dict[str, Any] = {"updated_at": tx.now}
        if request.name is not None and request.name != row.name:
            if request.id == DEFAULT:
                raise UsageError("the default experiment keeps its name")
            name = values["name"] = _checked(request.name)
            if name == DEFAULT_NAME or tx.first(_by_name(call.project, name)) is not None:
                raise _exists(tx, name)
            tx.news("experiment.renamed", f"experiment:{request.id}", name=name, former=row.name)
        if request.tags:
            values["tags"] = _merged(row.tags, request.tags)
            tx.news("experiment.tagged", f"experiment:{request.id}", tags=request.tags)
        tx.execute(update(t.experiment).where(t.experiment.c.id == row.id).values(**values))
        return _default(tx) if request.id == DEFAULT else _of(load(tx, request.id))


@performs(words.delete_experiment)
def delete(request: words.ExperimentRef, call: Call, store: Database) -> Experiment:
    """Deletes the experiment and its runs; deleting twice changes nothing."""
    if request.id == DEFAULT:
        raise UsageError("the default experiment cannot be deleted")
    with store.transaction(call) as tx:
        row = load(tx, request.id, lock=True)
        if row.deleted_at is None:
            tx.execute(update(t.experiment).where(t.experiment.c.id == row.id).values(deleted_at=tx.now, updated_at=tx.now))
            inside = update(t.run).where(t.run.c.project == call.project, t.run.c.experiment == row.id)
            tx.execute(inside.where(t.run.c.deleted_at.is_(None)).values(deleted_at=tx.now))
            tx.news("experiment.deleted", f"experiment:{row.id}", name=row.name)
        return _of(load(tx, request.id))


@performs(words.restore_experiment)
def restore(request: words.ExperimentRef, call: Call, store: Database) -> Experiment:
    """Restores the experiment and the runs that were deleted with it, not those deleted before."""
    if request.id == DEFAULT:
        raise UsageError("the default experiment is never deleted")
    with store.transaction(call) as tx:
        row = load(tx, request.id, lock=True)
        if row.deleted_at is not None:
            tx.execute(update(t.experiment).where(t.experiment.c.id == row.id).values(deleted_at=None, updated_at=tx.now))
            inside = update(t.run).where(t.run.c.project == call.project, t.run.c.experiment == row.id)
            tx.execute(inside.where(t.run.c.deleted_at == row.deleted_at).values(deleted_at=None))
            tx.news("experiment.restored", f"experiment:{row.id}", name=row.name)
        return _of(load(tx, request.id))


# --- rows -------------------------------------------------------------------------------------------------------------------------


def load(tx: Transaction, number: int, *, lock: bool = False) -> Row[Any]:
    """The row of an experiment of the project; raises UnknownExperiment. The default one has none: do not ask for it."""
    row = None
    if 0 < number < 1 << 63:
        query = select(t.experiment).where(t.experiment.c.id == number, t.experiment.c.project == tx.call.project)
        row = tx.first(query.with_for_update() if lock else query)
    if row is None or row.name == DEFAULT_NAME:
        raise UnknownExperiment(f"there is no experiment {number}", hint="treadle experiments")
    return row


def _named(tx: Transaction, name: str) -> Row[Any]:
    row = tx.first(_by_name(tx.call.project, storable(name)))
    if row is None:
        raise UnknownExperiment(f"there is no experiment `{name[:200]}`", hint="treadle experiments")
    return row


def _by_name(project: str, name: str) -> Any:
    return select(t.experiment).where(t.experiment.c.project == project, t.experiment.c.name == name)


def _default(tx: Transaction) -> Experiment:
    row = tx.first(_by_name(tx.call.project, DEFAULT_NAME))
    return _DEFAULT if row is None else msgspec.structs.replace(_of(row), id=DEFAULT)


def _default_row(tx: Transaction) -> Row[Any]:
    """The row that keeps the tags of the default experiment, made when it is first needed. Its number is never shown."""
    tx.insert_new(
        t.experiment, [{"project": tx.call.project, "name": DEFAULT_NAME, "tags": {}, "created_at": tx.now, "updated_at": tx.now}]
    )
    return tx.all(_by_name(tx.call.project, DEFAULT_NAME).with_for_update())[0]


def _of(row: Row[Any]) -> Experiment:
    return Experiment(
        id=row.id, name=row.name, tags=row.tags, created_at=row.created_at, updated_at=row.updated_at, deleted_at=row.deleted_at
    )


def _counts(tx: Transaction, project: str) -> dict[int | None, int]:
    query = select(t.run.c.experiment, func.count().label("number")).where(t.run.c.project == project, t.run.c.deleted_at.is_(None))
    return {row.experiment: row.number for row in tx.all(query.group_by(t.run.c.experiment))}


def _exists(tx: Transaction, name: str) -> ExperimentExists:
    row = tx.first(_by_name(tx.call.project, name))
    if row is not None and row.deleted_at is not None:
        return ExperimentExists(
            f"experiment `{name}` exists already, in deleted state", hint=f"treadle experiments restore {row.id}, or take another name"
        )
    return ExperimentExists(f"experiment `{name}` exists already", hint="take another name")


def _checked(name: str) -> str:
    clean = storable(name).strip()
    if not clean or len(name) > MOST_NAME:
        raise UsageError(f"the name of an experiment has 1 to {MOST_NAME} characters, not {len(name)}")
    return clean


def _merged(before: dict[str, str], changes: dict[str, str | None] | dict[str, str]) -> dict[str, str]:
    merged = dict(before)
    for name, value in changes.items():
        if not name or len(name) > MOST_NAME:
            raise UsageError(f"the name of a tag has 1 to {MOST_NAME} characters, not {len(name)}")
        if value is None:
            merged.pop(storable(name), None)
            continue
        if len(value.encode("utf-8", "replace")) > MOST_VALUE:
            raise UsageError(f"tag `{name[:100]}` has more than {MOST_VALUE} bytes")
        merged[storable(name)] = storable(value)
    return merged


# --- choosing ---------------------------------------------------------------------------------------------------------------------


def _value(key: str, one: Experiment) -> Any:
    if key.startswith("tags."):
        return one.tags.get(key.removeprefix("tags."))
    if key not in _KEYS:
        raise QueryError(f"experiments have no key `{key[:100]}`", hint=f"keys: {', '.join(_KEYS)}, tags.NAME")
    return _KEYS[key](one)


def _fits(tests: Sequence[Criterion], one: Experiment) -> bool:
    return all(listed.holds(test, [_value(test.key, one)]) for test in tests)
