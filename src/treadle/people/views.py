"""The operations on saved views. A view belongs to its project: whoever may save one may replace and remove it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.engine import Row

from treadle.contract import people as words
from treadle.contract.people import SavedView
from treadle.core.errors import Conflict, NotFound
from treadle.core.operation import Call, performs
from treadle.people import rules
from treadle.store import tables as t
from treadle.store.database import Database

MOST_VIEWS = 500
"""Views of one screen in one project."""


@performs(words.list_views)
def list_views(request: words.ListViews, call: Call, store: Database) -> list[SavedView]:
    of = t.saved_view.c
    query = select(t.saved_view).where(of.project == call.project)
    if request.screen:
        query = query.where(of.screen == request.screen)
    with store.reading(call) as tx:
        return [_view_of(row) for row in tx.all(query.order_by(of.screen, of.name))]


@performs(words.save_view)
def save_view(request: words.SaveView, call: Call, store: Database) -> SavedView:
    name, address = rules.check_view(request.screen, request.name, request.address)
    of = t.saved_view.c
    here = (of.project == call.project, of.screen == request.screen)
    values: dict[str, Any] = {"project": call.project, "screen": request.screen, "name": name, "address": address, "actor": call.actor}
    with store.transaction(call) as tx:
        known = [row.name for row in tx.all(select(of.name).where(*here))]
        if len(known) >= MOST_VIEWS and name not in known:
            raise Conflict(f"the screen `{request.screen}` has {MOST_VIEWS} saved views already", hint="remove one of them")
        rows = [values | {"saved_at": tx.now}]
        tx.upsert(t.saved_view, rows, keys=("project", "screen", "name"), values=("address", "actor", "saved_at"))
        tx.news("view.saved", f"view:{request.screen}/{name}", screen=request.screen, name=name, address=address, new=name not in known)
        return _view_of(tx.all(select(t.saved_view).where(*here, of.name == name))[0])


@performs(words.remove_view)
def remove_view(request: words.RemoveView, call: Call, store: Database) -> SavedView:
    of = t.saved_view.c
    with store.transaction(call) as tx:
        row = tx.first(select(t.saved_view).where(of.id == request.view, of.project == call.project))
        if row is None:
            raise NotFound(f"there is no saved view {request.view} in the project `{call.project}`")
        tx.execute(delete(t.saved_view).where(of.id == row.id))
        tx.news("view.removed", f"view:{row.screen}/{row.name}", screen=row.screen, name=row.name, address=row.address)
        return _view_of(row)


def _view_of(row: Row[Any]) -> SavedView:
    return SavedView(
        id=row.id,
        project=row.project,
        screen=row.screen,
        name=row.name,
        address=row.address,
        actor=row.actor,
        saved_at=row.saved_at,
    )
