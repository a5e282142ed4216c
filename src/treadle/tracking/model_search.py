"""Logged models, found by what they are and how well they did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from treadle.contract import logged_models as words
from treadle.contract.logged_models import LoggedModel, ModelMetric, ModelOrder
from treadle.core.errors import QueryError
from treadle.core.operation import Call, performs
from treadle.search import listed
from treadle.store import tables as t
from treadle.store.database import Database
from treadle.tracking.logged_models import told

_MOST_PAGE, _MOST_LOOKED_AT = 1000, 100_000

Datasets = set[tuple[str, str]]


@performs(words.find_models)
def find(request: words.FindLoggedModels, call: Call, store: Database) -> words.LoggedModelPage:
    mine = t.logged_model.c
    numbers = [number for number in request.experiments if number]
    inside = or_(mine.experiment.in_(numbers), *([mine.experiment.is_(None)] if 0 in request.experiments else []))
    with store.reading(call) as tx:
        query = select(t.logged_model).where(mine.project == call.project, inside, mine.deleted_at.is_(None))
        known = told(tx, tx.all(query.order_by(mine.created_at.desc(), mine.id).limit(_MOST_LOOKED_AT)))
    datasets = set(request.datasets)
    chosen = [one for one in known if all(listed.holds(test, _values(test.key, one, datasets)) for test in request.criteria)]
    limit = max(1, min(request.limit, _MOST_PAGE))
    shown, following = listed.page(_ordered(chosen, request.order), limit, request.after, lambda one: one.id)
    return words.LoggedModelPage(models=tuple(shown), next=following)


def _ordered(known: list[LoggedModel], order: Sequence[ModelOrder]) -> list[LoggedModel]:
    """By each key in turn; equal ones stay the newest first."""
    found = known
    for one in reversed(order):
        datasets = {(one.dataset_name, one.dataset_digest)} if one.dataset_name else set()

        def value(key: str, model: LoggedModel, datasets: Datasets = datasets) -> Any:
            values = _values(key, model, datasets)
            return values[-1] if values else None

        found = listed.ordered(found, [f"{'-' if one.descending else ''}{one.key}"], value)
    return found


def _values(key: str, one: LoggedModel, datasets: Datasets) -> list[Any]:
    """What is compared: for a metric its newest value on each dataset, or on those asked for."""
    area, dot, name = key.partition(".")
    if dot and area == "metrics":
        newest: dict[tuple[str, str], ModelMetric] = {}
        for metric in sorted(one.metrics, key=lambda metric: (metric.at, metric.step)):
            measured = metric.dataset_name, metric.dataset_digest
            if metric.name == name and (not datasets or measured in datasets):
                newest[measured] = metric
        return [metric.value for metric in newest.values()]
    if dot and area in ("params", "tags"):
        return [(one.parameters if area == "params" else one.tags).get(name)]
    own = {
        "id": one.id,
        "name": one.name,
        "type": one.type,
        "state": one.state,
        "run": one.run,
        "created": one.created_at,
        "updated": one.updated_at,
    }
    if key not in own:
        raise QueryError(f"logged models have no key `{key[:100]}`", hint=f"keys: {', '.join(own)}, metrics.NAME, params.NAME, tags.NAME")
    return [own[key]]
