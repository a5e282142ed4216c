"""Comments, mentions and saved views in the record, on both dialects."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from treadle.access import operations as access
from treadle.access import record
from treadle.contract import people as words
from treadle.contract.access import AddToken, AskMe, RevokeToken
from treadle.contract.people import Comment
from treadle.contract.record import Entry, ReadJournal
from treadle.contract.runs import Code, Environment, SubmitRun
from treadle.core.definition import Definition
from treadle.core.errors import NotAllowed, NotFound, UnknownRun, UsageError
from treadle.core.operation import Call
from treadle.people import operations as people
from treadle.people import views
from treadle.runs import operations as runs
from treadle.store import tables as t
from treadle.store.database import Database

ADA, BOB = Call(actor="ada", role="member"), Call(actor="bob", role="member")
ADMIN = Call(actor="root", role="admin")


def say(database: Database, text: str, subject: str = "pipeline:late", call: Call = ADA) -> Comment:
    return people.add_comment(words.AddComment(subject=subject, text=text), call, database)


def told(database: Database, kind: str = "comment.*") -> list[Entry]:
    return record.read_journal(ReadJournal(kind=kind), ADMIN, database)


def said(database: Database, subject: str = "pipeline:late", call: Call = ADA) -> list[Comment]:
    return people.list_comments(words.ListComments(subject=subject), call, database)


def unseen(database: Database, call: Call) -> list[int]:
    found = people.list_mentions(words.ListMentions(unseen=True), call, database)
    assert found.unseen == len(found.mentions)
    return [one.comment.id for one in found.mentions]


def submitted(database: Database) -> int:
    asked = SubmitRun(
        key="k",
        definition=Definition(kind="step", name="train", file="p.py", function="train"),
        code=Code(digest="c" * 64),
        environment=Environment(digest="e" * 64, python="3.12", platform="Linux"),
    )
    return runs.submit(asked, ADA, database).id


def test_what_was_said_is_listed_in_order(database: Database) -> None:
    first, second = say(database, "one"), say(database, " two ", call=BOB)
    say(database, "elsewhere", "pipeline:other")
    assert [(one.text, one.actor) for one in said(database)] == [("one", "ada"), ("two", "bob")]
    later = people.list_comments(words.ListComments(subject="pipeline:late", after=first.id), ADA, database)
    assert [one.id for one in later] == [second.id]
    assert said(database, call=Call(actor="ada", project="churn")) == []


def test_comments_on_a_run_reach_who_follows_its_root(database: Database) -> None:
    number = submitted(database)
    made = say(database, "@bob why?", f"run:{number}")
    [entry] = told(database)
    assert (entry.kind, entry.subject, entry.root, entry.actor) == ("comment.added", f"comment:{made.id}", number, "ada")
    assert entry.data == {"about": f"run:{number}", "mentions": ["bob"]}


def test_what_is_not_there_cannot_be_talked_about(database: Database) -> None:
    number = submitted(database)
    with pytest.raises(UnknownRun, match="99"):
        say(database, "x", "run:99")
    with pytest.raises(UnknownRun, match="churn"):
        say(database, "x", f"run:{number}", Call(actor="ada", project="churn"))
    subjects = ["model:m", "model:m@v3", "dataset:d", "dataset:d@v1", "endpoint:e", "alarm:3", "monitor:w", "trigger:t", "experiment:7"]
    for subject in [*subjects, "entry:999", "deployment:d"]:
        with pytest.raises(NotFound, match=subject.partition(":")[0]):
            say(database, "x", subject)
    with pytest.raises(UsageError):
        say(database, "x", "token:ann")
    assert told(database) == []


def test_versions_are_looked_for_by_number(database: Database) -> None:
    version = {"id": 1, "dataset": 1, "number": 2, "manifest": "m" * 64, "files": 2, "size": 9, "message": "", "actor": "a"}
    with database.transaction() as tx:
        tx.execute(insert(t.dataset), {"id": 1, "project": "default", "name": "days", "created_at": tx.now})
        tx.execute(insert(t.dataset_version), {**version, "created_at": tx.now, "added": 0, "removed": 0, "changed": 0})
    assert say(database, "good", "dataset:days@v2").subject == "dataset:days@v2"
    assert say(database, "good", "dataset:days").subject == "dataset:days"
    with pytest.raises(NotFound, match="days@v3"):
        say(database, "good", "dataset:days@v3")


def test_only_who_said_it_changes_it_and_mentions_follow_the_words(database: Database) -> None:
    made = say(database, "@bob @eve look")
    assert unseen(database, BOB) == [made.id]
    people.see_mentions(words.SeeMentions(comments=(made.id,)), BOB, database)
    with pytest.raises(NotAllowed, match="ada"):
        people.change_comment(words.ChangeComment(comment=made.id, text="mine"), ADMIN, database)
    changed = people.change_comment(words.ChangeComment(comment=made.id, text="@bob @zoe look"), ADA, database)
    assert (changed.mentions, changed.changed_at is not None) == (("bob", "zoe"), True)
    assert unseen(database, BOB) == []
    assert unseen(database, Call(actor="eve")) == []
    assert unseen(database, Call(actor="zoe")) == [made.id]
    assert told(database)[-1].data == {"about": "pipeline:late", "mentions": ["zoe"]}
    people.change_comment(words.ChangeComment(comment=made.id, text="@bob @zoe look"), ADA, database)
    assert len(told(database)) == 2


def test_words_are_taken_away_and_that_they_were_there_stays(database: Database) -> None:
    made = say(database, "@bob the password is hunter2")
    with pytest.raises(NotAllowed, match="ada"):
        people.remove_comment(words.RemoveComment(comment=made.id), BOB, database)
    gone = people.remove_comment(words.RemoveComment(comment=made.id), ADMIN, database)
    assert (gone.text, gone.mentions, gone.actor, gone.removed_by) == ("", (), "ada", "root")
    assert [(one.id, one.text, one.removed_by) for one in said(database)] == [(made.id, "", "root")]
    assert unseen(database, BOB) == []
    with database.reading() as tx:
        assert not any("hunter2" in str(tuple(row)) for table in (t.comment, t.journal) for row in tx.all(select(table)))
    assert (told(database)[-1].kind, told(database)[-1].data) == ("comment.removed", {"about": "pipeline:late", "by": "ada"})
    for again in (
        lambda: people.remove_comment(words.RemoveComment(comment=made.id), ADA, database),
        lambda: people.change_comment(words.ChangeComment(comment=made.id, text="x"), ADA, database),
    ):
        with pytest.raises(NotFound, match=str(made.id)):
            again()
    own = say(database, "oops")
    assert people.remove_comment(words.RemoveComment(comment=own.id), ADA, database).removed_by == "ada"


def test_mentions_are_newest_first_and_seen_one_by_one_or_all(database: Database) -> None:
    numbers = [say(database, f"@bob {place}").id for place in range(4)]
    say(database, "@bob that is me", call=BOB)
    assert unseen(database, BOB) == numbers[::-1]
    people.see_mentions(words.SeeMentions(comments=(numbers[1],)), ADA, database)
    assert people.see_mentions(words.SeeMentions(comments=(numbers[1], 999)), BOB, database).unseen == 3
    page = people.list_mentions(words.ListMentions(limit=2, before=numbers[3]), BOB, database)
    assert [(one.comment.id, one.seen_at is None) for one in page.mentions] == [(numbers[2], True), (numbers[1], False)]
    assert page.unseen == 3
    assert people.see_mentions(words.SeeMentions(), BOB, database).unseen == 0
    assert people.list_mentions(words.ListMentions(), Call(actor="bob", project="churn"), database).mentions == ()
    with pytest.raises(UsageError, match="1000"):
        people.see_mentions(words.SeeMentions(comments=tuple(range(1001))), BOB, database)


def test_names_are_those_of_tokens_in_use_and_of_who_did_something(database: Database) -> None:
    for name in ("zoe", "old"):
        access.add_token(AddToken(name=name, role="reader"), Call(actor="root"), database)
    access.revoke_token(RevokeToken(name="old"), Call(actor="root"), database)
    say(database, "x", call=Call(actor="Ada"))
    with database.transaction(Call(actor="trigger decay")) as tx:
        tx.news("x.y", "z")
    with database.transaction(Call(actor="dispatch")) as tx:
        tx.news("x.y", "z")
    assert people.list_names(words.ListNames(), ADA, database) == ["Ada", "root", "zoe"]
    assert people.list_names(words.ListNames(prefix="a"), ADA, database) == ["Ada"]


def test_views_are_saved_replaced_and_removed(database: Database) -> None:
    first = views.save_view(words.SaveView(screen="runs", name="failed", address="?state=failed"), ADA, database)
    assert (first.address, first.actor) == ("state=failed", "ada")
    again = views.save_view(words.SaveView(screen="runs", name="failed", address="state=failed&sort=-wall"), BOB, database)
    assert (again.id, again.address, again.actor) == (first.id, "state=failed&sort=-wall", "bob")
    other = views.save_view(words.SaveView(screen="models", name="failed", address="a=1"), ADA, database)
    churn = Call(actor="ada", project="churn")
    views.save_view(words.SaveView(screen="runs", name="failed", address="x=1"), churn, database)
    assert [one.id for one in views.list_views(words.ListViews(), ADA, database)] == [other.id, first.id]
    assert [one.id for one in views.list_views(words.ListViews(screen="runs"), ADA, database)] == [first.id]
    with pytest.raises(NotFound, match="churn"):
        views.remove_view(words.RemoveView(view=first.id), churn, database)
    views.remove_view(words.RemoveView(view=first.id), BOB, database)
    assert views.list_views(words.ListViews(screen="runs"), ADA, database) == []
    assert [(one.kind, one.data.get("new")) for one in told(database, "view.*")] == [
        ("view.saved", True), ("view.saved", False), ("view.saved", True), ("view.saved", True), ("view.removed", None)
    ]  # fmt: skip


def test_everybody_learns_who_they_are(database: Database) -> None:
    me = access.read_me(AskMe(), Call(actor="ada", role="reader", project="churn"), database)
    assert (me.actor, me.role, me.may, me.guarded, me.project) == ("ada", "reader", ("*:read",), False, "churn")
    access.add_token(AddToken(name="ann"), Call(actor="root"), database)
    assert access.read_me(AskMe(), ADMIN, database).guarded
