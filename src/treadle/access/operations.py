"""Tokens: made, listed, revoked, recognised. Only a hash of each secret is kept."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from treadle.access.rules import ROLES, SECRET_BYTES, SECRET_PREFIX, check_token
from treadle.contract import access as words
from treadle.contract.access import Identity, Me, Token
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, NotFound
from treadle.core.operation import Call, performs
from treadle.store import tables as t
from treadle.store.database import Database


@performs(words.list_tokens)
def list_tokens(_request: words.ListTokens, call: Call, store: Database) -> list[Token]:
    with store.reading(call) as tx:
        return [_token_of(row) for row in tx.all(select(t.token).order_by(t.token.c.name))]


@performs(words.add_token)
def add_token(request: words.AddToken, call: Call, store: Database) -> words.AddedToken:
    """A name that was revoked may be given again; one that is in use is a Conflict."""
    actor = request.actor or request.name
    check_token(request.name, request.role, actor, request.days)
    secret = SECRET_PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode()
    with store.transaction(call) as tx:
        former = tx.first(select(t.token).where(t.token.c.name == request.name).with_for_update())
        if former is not None and former.revoked_at is None:
            raise Conflict(f"there is a token `{request.name}` already", hint=f"treadle tokens revoke {request.name}")
        values: dict[str, Any] = {
            "name": request.name,
            "actor": actor,
            "role": request.role,
            "hash": digest_bytes(secret.encode()),
            "created_at": tx.now,
            "expires_at": None if request.days is None else tx.now + request.days * 86_400,
            "revoked_at": None,
        }
        if former is None:
            tx.execute(insert(t.token), values)
        else:
            tx.execute(update(t.token).where(t.token.c.id == former.id).values(**values))
        tx.news("token.added", f"token:{request.name}", role=request.role, actor=actor, expires_at=values["expires_at"])
        row = tx.all(select(t.token).where(t.token.c.name == request.name))[0]
    return words.AddedToken(token=_token_of(row), secret=secret)


@performs(words.revoke_token)
def revoke_token(request: words.RevokeToken, call: Call, store: Database) -> Token:
    """Revoking a token twice changes nothing the second time."""
    with store.transaction(call) as tx:
        row = tx.first(select(t.token).where(t.token.c.name == request.name).with_for_update())
        if row is None:
            raise NotFound(f"there is no token `{request.name}`", hint="treadle tokens")
        if row.revoked_at is None:
            tx.execute(update(t.token).where(t.token.c.id == row.id).values(revoked_at=tx.now))
            tx.news("token.revoked", f"token:{request.name}", role=row.role)
        return _token_of(tx.all(select(t.token).where(t.token.c.id == row.id))[0])


@performs(words.identify)
def identify(request: words.Identify, call: Call, store: Database) -> Identity:
    """An expired token still says that this record is guarded: time alone must not open a door."""
    with store.reading(call) as tx:
        guarded = bool(tx.all(select(func.count()).select_from(t.token).where(t.token.c.revoked_at.is_(None)))[0][0])
        row = tx.first(select(t.token).where(t.token.c.hash == request.hash)) if request.hash else None
        if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= tx.now):
            return Identity(known=False, guarded=guarded)
    return Identity(known=True, guarded=guarded, actor=row.actor, role=row.role, may=ROLES.get(row.role, ()))


@performs(words.read_me)
def read_me(_request: words.AskMe, call: Call, store: Database) -> Me:
    """Whoever was let in may know as whom."""
    with store.reading(call) as tx:
        guarded = tx.first(select(t.token.c.id).where(t.token.c.revoked_at.is_(None)).limit(1)) is not None
    return Me(actor=call.actor, role=call.role, may=ROLES.get(call.role, ()), guarded=guarded, project=call.project)


def _token_of(row: Row[Any]) -> Token:
    return Token(
        name=row.name, actor=row.actor, role=row.role, created_at=row.created_at, expires_at=row.expires_at, revoked_at=row.revoked_at
    )
