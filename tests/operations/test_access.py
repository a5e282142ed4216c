"""Tokens in the record, on both dialects."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from treadle.access import operations as access
from treadle.access import record
from treadle.contract.access import AddToken, Identify, ListTokens, RevokeToken
from treadle.contract.record import ListKinds, ReadJournal
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, NotFound
from treadle.core.operation import Call
from treadle.store import tables as t
from treadle.store.database import Database

ROOT = Call(actor="root")


def who(database: Database, secret: str | None) -> tuple[bool, bool, str]:
    found = access.identify(Identify(hash=digest_bytes(secret.encode()) if secret else None), ROOT, database)
    return found.known, found.guarded, found.actor


def test_a_record_without_tokens_is_not_guarded(database: Database) -> None:
    assert who(database, None) == (False, False, "")
    assert who(database, "trd_whatever") == (False, False, "")


def test_a_token_is_recognised_until_it_is_revoked(database: Database) -> None:
    made = access.add_token(AddToken(name="ann", role="member", actor="ann@lab"), ROOT, database)
    assert made.secret.startswith("trd_")
    assert len(made.secret) > 40
    assert who(database, made.secret) == (True, True, "ann@lab")
    assert who(database, None) == (False, True, "")
    access.revoke_token(RevokeToken(name="ann"), ROOT, database)
    assert who(database, made.secret) == (False, False, "")
    [listed] = access.list_tokens(ListTokens(), ROOT, database)
    assert listed.revoked_at is not None


def test_the_secret_is_nowhere_in_the_record(database: Database) -> None:
    made = access.add_token(AddToken(name="ann"), ROOT, database)
    with database.reading() as tx:
        rows = [str(tuple(row)) for table in (t.token, t.journal) for row in tx.all(select(table))]
    assert len(rows) == 2
    assert not any(made.secret in row or made.secret.removeprefix("trd_") in row for row in rows)


def test_a_name_in_use_is_a_conflict_and_a_revoked_one_can_be_given_again(database: Database) -> None:
    first = access.add_token(AddToken(name="ann"), ROOT, database)
    with pytest.raises(Conflict):
        access.add_token(AddToken(name="ann"), ROOT, database)
    access.revoke_token(RevokeToken(name="ann"), ROOT, database)
    second = access.add_token(AddToken(name="ann", role="admin"), ROOT, database)
    assert who(database, first.secret)[0] is False
    assert who(database, second.secret)[0] is True


def test_an_expired_token_opens_nothing_and_leaves_the_record_guarded(database: Database) -> None:
    made = access.add_token(AddToken(name="ann", days=1), ROOT, database)
    with database.transaction() as tx:
        tx.execute(update(t.token).values(expires_at=tx.now - 1))
    assert who(database, made.secret) == (False, True, "")


def test_revoking_twice_is_one_piece_of_news_and_unknown_names_are_not_found(database: Database) -> None:
    access.add_token(AddToken(name="ann"), ROOT, database)
    for _ in range(2):
        access.revoke_token(RevokeToken(name="ann"), ROOT, database)
    with database.reading() as tx:
        assert [row.kind for row in tx.all(select(t.journal).order_by(t.journal.c.id))] == ["token.added", "token.revoked"]
    with pytest.raises(NotFound):
        access.revoke_token(RevokeToken(name="bob"), ROOT, database)


def test_the_journal_of_one_project_and_the_kinds_there_are(database: Database) -> None:
    for project, kind in (("one", "alarm.opened"), ("two", "alarm.closed"), ("one", "run.queued")):
        with database.transaction(Call(actor="ada", project=project)) as tx:
            tx.news(kind, "run:1")
    found = record.read_journal(ReadJournal(project="one", newest=True, kind="alarm.*"), Call(actor="ada"), database)
    assert [(entry.project, entry.kind) for entry in found] == [("one", "alarm.opened")]
    assert record.list_kinds(ListKinds(), Call(actor="ada"), database) == ["alarm.closed", "alarm.opened", "run.queued"]
