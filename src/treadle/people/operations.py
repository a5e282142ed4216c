"""The operations on comments and mentions: load, decide, apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.engine import Row

from treadle.access.rules import ROLES
from treadle.contract import people as words
from treadle.contract.access import permits
from treadle.contract.people import Comment, Mention, Mentions
from treadle.core.errors import NotAllowed, NotFound, UnknownRun, UsageError
from treadle.core.operation import Call, performs
from treadle.people import rules
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

_MOST = 1000
_MACHINES = frozenset({"dispatch", "judge", "watch", "react", "tell", "seal", "webhook", "worker"})
"""Loops and doors that stand in the journal as actors: there is nobody to be called."""


@performs(words.list_comments)
def list_comments(request: words.ListComments, call: Call, store: Database) -> list[Comment]:
    rules.parse_subject(request.subject)
    of = t.comment.c
    query = select(t.comment).where(of.project == call.project, of.subject == request.subject, of.id > request.after)
    with store.reading(call) as tx:
        return [_comment_of(row) for row in tx.all(query.order_by(of.id).limit(max(1, min(request.limit, _MOST))))]


@performs(words.add_comment)
def add_comment(request: words.AddComment, call: Call, store: Database) -> Comment:
    said = rules.check_text(request.text)
    mentioned = rules.mentions(said)
    with store.transaction(call) as tx:
        root = _find_subject(tx, request.subject)
        values: dict[str, Any] = {"project": call.project, "subject": request.subject, "text": said, "mentions": list(mentioned)}
        values |= {"actor": call.actor, "at": tx.now}
        number = int(tx.execute(insert(t.comment).returning(t.comment.c.id), values).scalar_one())
        _mention(tx, number, call.actor, mentioned)
        tx.news("comment.added", f"comment:{number}", root=root, about=request.subject, mentions=list(mentioned))
        return _comment_of(_load(tx, number))


@performs(words.change_comment)
def change_comment(request: words.ChangeComment, call: Call, store: Database) -> Comment:
    """Who was mentioned before and still is keeps what they have seen; whose name is gone is no longer called."""
    said = rules.check_text(request.text)
    mentioned = rules.mentions(said)
    with store.transaction(call) as tx:
        row = _load(tx, request.comment, lock=True)
        if row.actor != call.actor:
            raise NotAllowed(f"comment {row.id} was said by {row.actor}; nobody else can change its words")
        if row.text != said:
            values = {"text": said, "mentions": list(mentioned), "changed_at": tx.now}
            tx.execute(update(t.comment).where(t.comment.c.id == row.id).values(**values))
            tx.execute(delete(t.mention).where(t.mention.c.comment == row.id, t.mention.c.actor.not_in(mentioned)))
            _mention(tx, row.id, row.actor, mentioned)
            fresh = [name for name in mentioned if name not in row.mentions]
            tx.news("comment.changed", f"comment:{row.id}", about=row.subject, mentions=fresh)
        return _comment_of(_load(tx, row.id))


@performs(words.remove_comment)
def remove_comment(request: words.RemoveComment, call: Call, store: Database) -> Comment:
    """The words are gone for good; that there were some, whose they were and who took them away stays on record."""
    with store.transaction(call) as tx:
        row = _load(tx, request.comment, lock=True)
        if row.actor != call.actor and not permits(ROLES.get(call.role, ()), "comment:admin"):
            raise NotAllowed(f"comment {row.id} was said by {row.actor}; only they or an admin can remove it")
        values = {"text": "", "mentions": [], "removed_at": tx.now, "removed_by": call.actor}
        tx.execute(update(t.comment).where(t.comment.c.id == row.id).values(**values))
        tx.execute(delete(t.mention).where(t.mention.c.comment == row.id))
        tx.news("comment.removed", f"comment:{row.id}", about=row.subject, by=row.actor)
        return _comment_of(tx.all(select(t.comment).where(t.comment.c.id == row.id))[0])


# --- mentions ---------------------------------------------------------------------------------------------------------------------


@performs(words.list_mentions)
def list_mentions(request: words.ListMentions, call: Call, store: Database) -> Mentions:
    with store.reading(call) as tx:
        limit = max(1, min(request.limit, _MOST))
        return Mentions(mentions=tuple(mentions_of(tx, before=request.before, unseen=request.unseen, limit=limit)), unseen=count_unseen(tx))


@performs(words.see_mentions)
def see_mentions(request: words.SeeMentions, call: Call, store: Database) -> words.Unseen:
    """Mentions of others are left alone, whatever numbers are named."""
    mine = t.mention.c.actor == call.actor
    here = select(t.comment.c.id).where(t.comment.c.project == call.project)
    if request.comments is not None and len(request.comments) > _MOST:
        raise UsageError(f"at most {_MOST} comments can be named at once", hint="name none to have seen all")
    with store.transaction(call) as tx:
        seeing = update(t.mention).where(mine, t.mention.c.seen_at.is_(None), t.mention.c.comment.in_(here))
        if request.comments is not None:
            seeing = seeing.where(t.mention.c.comment.in_(request.comments))
        tx.execute(seeing.values(seen_at=tx.now))
        return words.Unseen(unseen=count_unseen(tx))


def mentions_of(tx: Transaction, *, before: int = 0, unseen: bool = False, limit: int = 50) -> list[Mention]:
    """Where others mentioned the caller, in the caller's project, newest first."""
    query = _mentions(tx, select(t.comment, t.mention.c.seen_at)).order_by(t.comment.c.id.desc()).limit(limit)
    if before:
        query = query.where(t.comment.c.id < before)
    if unseen:
        query = query.where(t.mention.c.seen_at.is_(None))
    return [Mention(comment=_comment_of(row), seen_at=row.seen_at) for row in tx.all(query)]


def count_unseen(tx: Transaction) -> int:
    """How many mentions of the caller nobody has looked at, in the caller's project."""
    return int(tx.all(_mentions(tx, select(func.count().label("many"))).where(t.mention.c.seen_at.is_(None)))[0].many)


def _mentions(tx: Transaction, query: Select[Any]) -> Select[Any]:
    joined = query.select_from(t.mention).join(t.comment, t.comment.c.id == t.mention.c.comment)
    return joined.where(t.mention.c.actor == tx.call.actor, t.comment.c.project == tx.call.project)


def _mention(tx: Transaction, comment: int, author: str, names: Sequence[str]) -> None:
    """Nobody is called by their own words."""
    tx.insert_new(t.mention, [{"actor": name, "comment": comment, "seen_at": None} for name in names if name != author])


# --- names ------------------------------------------------------------------------------------------------------------------------


@performs(words.list_names)
def list_names(request: words.ListNames, call: Call, store: Database) -> list[str]:
    with store.reading(call) as tx:
        tokens = {row.actor for row in tx.all(select(t.token.c.actor).where(t.token.c.revoked_at.is_(None)))}
        acted = set(journal.actors_of(tx)) - _MACHINES
    wanted = request.prefix.casefold()
    found = [name for name in tokens | acted if name.casefold().startswith(wanted) and rules.can_be_mentioned(name)]
    return sorted(found, key=lambda name: (name.casefold(), name))[: max(1, min(request.limit, _MOST))]


# --- rows -------------------------------------------------------------------------------------------------------------------------


def _load(tx: Transaction, number: int, *, lock: bool = False) -> Row[Any]:
    query = select(t.comment).where(t.comment.c.id == number, t.comment.c.project == tx.call.project, t.comment.c.removed_at.is_(None))
    row = tx.first(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"there is no comment {number} in the project `{tx.call.project}`")
    return row


def _find_subject(tx: Transaction, subject: str) -> int | None:
    """Raises NotFound where there is no such thing in the caller's project; answers the root of a run, None for all else.

    Pipelines live in code, so any name may be talked about."""
    kind, name, version = rules.parse_subject(subject)
    if kind in ("pipeline", "project") or subject == "experiment:0":
        return None
    row = tx.first(_query_of(kind, name, version, tx.call.project).limit(1))
    if row is None and kind == "run":
        raise UnknownRun(f"there is no run {name} in the project `{tx.call.project}`", hint="treadle runs")
    if row is None:
        raise NotFound(f"there is no {kind} `{subject.partition(':')[2][:80]}` in the project `{tx.call.project}`")
    return int(row.root) if kind == "run" else None


def _query_of(kind: str, name: str, version: int | None, project: str) -> Select[Any]:
    if kind == "run":
        return select(t.run.c.id, t.run.c.root).where(t.run.c.id == int(name), t.run.c.project == project)
    if kind == "entry":
        return select(t.journal.c.id).where(t.journal.c.id == int(name), t.journal.c.project == project)
    if kind == "alarm":
        within = select(t.alarm.c.id).join(t.monitor, t.monitor.c.id == t.alarm.c.monitor)
        return within.where(t.alarm.c.id == int(name), t.monitor.c.project == project)
    if kind == "experiment":
        return select(t.experiment.c.id).where(t.experiment.c.id == int(name), t.experiment.c.project == project)
    named = t.metadata.tables[kind]
    query = select(named.c.id).where(named.c.name == name, named.c.project == project)
    if version is None:
        return query
    versions = t.metadata.tables[f"{kind}_version"]
    return query.join(versions, versions.c[kind] == named.c.id).where(versions.c.number == version)


def _comment_of(row: Row[Any]) -> Comment:
    return Comment(
        id=row.id,
        project=row.project,
        subject=row.subject,
        text=row.text,
        actor=row.actor,
        at=row.at,
        mentions=tuple(row.mentions),
        changed_at=row.changed_at,
        removed_at=row.removed_at,
        removed_by=row.removed_by,
    )
