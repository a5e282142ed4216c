"""Sources that count: labels of an endpoint, rows of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from treadle.contract import triggers as words
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.triggers.found import Found


def counted(tx: Transaction, when: words.When, seen: Mapping[str, Any]) -> Found | None:
    """What there is to remember or to say; None when nothing changed that matters. The first look only begins."""
    if isinstance(when, words.Labels):
        return _labels(tx, when, seen)
    return _rows(tx, when, seen) if isinstance(when, words.Rows) else None


def _labels(tx: Transaction, when: words.Labels, seen: Mapping[str, Any]) -> Found | None:
    endpoint = tx.first(select(t.endpoint.c.id).where(t.endpoint.c.name == when.endpoint))
    if endpoint is None:
        return _noted(seen, f"there is no endpoint `{when.endpoint}`")
    mine = t.label.c.endpoint == endpoint.id
    if "label" not in seen:
        newest = tx.execute(select(func.max(t.label.c.id)).where(mine)).scalar_one()
        return Found({"label": int(newest or 0)})
    more = tx.all(select(func.count().label("number"), func.max(t.label.c.id).label("newest")).where(mine, t.label.c.id > seen["label"]))[0]
    if more.number < when.every:
        return _noted(seen, "")
    data = {"endpoint": when.endpoint, "labels": more.number}
    return Found({"label": more.newest}, "labels.reached", f"label:{more.newest}", data)


def _rows(tx: Transaction, when: words.Rows, seen: Mapping[str, Any]) -> Found | None:
    newest = tx.first(
        select(t.dataset_version.c.number, t.dataset_version.c.rows)
        .join(t.dataset, t.dataset.c.id == t.dataset_version.c.dataset)
        .where(t.dataset.c.name == when.dataset, t.dataset.c.project == tx.call.project)
        .order_by(t.dataset_version.c.number.desc())
        .limit(1)
    )
    if newest is not None and newest.rows is None:
        return _noted(seen, f"{when.dataset}@v{newest.number} does not say how many rows it has")
    count = int(newest.rows) if newest is not None else 0
    if "rows" not in seen or count < seen["rows"]:
        return Found({"rows": count})
    if count - seen["rows"] < when.every:
        return _noted(seen, "")
    assert newest is not None
    data = {"dataset": when.dataset, "version": newest.number, "rows": count, "more": count - seen["rows"]}
    return Found({"rows": count}, "rows.reached", f"rows:{newest.number}", data)


def _noted(seen: Mapping[str, Any], note: str) -> Found | None:
    return None if seen.get("note", "") == note else Found({"note": note})
