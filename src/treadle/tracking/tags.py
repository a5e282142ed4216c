"""Tags as rows: a long value is kept whole beside its front, which is what is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete
from sqlalchemy.engine import Row

from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.tracking.parameters import MOST_NAME, MOST_TAG, storable

_REMOVE = delete(t.tag).where(t.tag.c.run == bindparam("of"), t.tag.c.name == bindparam("called"))


def write_tags(tx: Transaction, run: int, tags: Mapping[str, str | None]) -> None:
    """Sets tags of a run; None removes one."""
    rows = [tag_row(run, name, value) for name, value in tags.items() if value is not None]
    tx.upsert(t.tag, rows, keys=("run", "name"), values=("value", "whole"))
    removed = [{"of": run, "called": storable(name, MOST_NAME)} for name, value in tags.items() if value is None]
    if removed:
        tx.execute(_REMOVE, removed)


def tag_row(run: int, name: str, value: str) -> dict[str, Any]:
    clean = storable(value)
    front = storable(clean, MOST_TAG)
    return {"run": run, "name": storable(name, MOST_NAME), "value": front, "whole": None if front == clean else clean}


def value_of(row: Row[Any]) -> str:
    """The whole value of a row of `tag`."""
    return str(row.value if row.whole is None else row.whole)
