"""The operations on triggers: load, decide, apply."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import declare_all
from treadle.contract import triggers as words
from treadle.contract.triggers import Applied, Declared, Firing, Trigger
from treadle.core.errors import NotFound, NotSignedIn, UsageError
from treadle.core.operation import Call, performs
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.triggers import rows, rules, sentences
from treadle.triggers.arguments import filled_act
from treadle.triggers.explaining import explained
from treadle.triggers.recording import news_of, said_first
from treadle.triggers.schedule import next_moment, next_moments
from treadle.triggers.secrets import find_secret

MOST_TRIGGERS = 1000
MOST_COMING = 3  # moments of a schedule that a preview tells
_BODY = 1 << 20


@performs(words.apply_triggers)
def apply_triggers(request: words.ApplyTriggers, call: Call, store: Database) -> Applied:
    declare_all()
    for one in request.triggers:
        rules.check(one)
    names = [one.name for one in request.triggers]
    if len(set(names)) < len(names) or len(names) > MOST_TRIGGERS:
        raise UsageError("a trigger is declared twice" if len(names) <= MOST_TRIGGERS else f"more than {MOST_TRIGGERS} triggers")
    done: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": [], "removed": []}
    with store.transaction(call) as tx:
        for one in sorted(request.triggers, key=lambda trigger: trigger.name):
            done[_apply(tx, one)].append(one.name)
        for name in request.remove:
            _remove(tx, rows.find(tx, name, lock=True))
            done["removed"].append(name)
    return Applied(**{state: tuple(names) for state, names in done.items()})


def _apply(tx: Transaction, declared: Declared) -> str:
    """Makes one trigger what is declared. Where its source changed, it begins at what is news from now on."""
    row = tx.first(select(t.trigger).where(t.trigger.c.name == declared.name).with_for_update())
    plain: dict[str, Any] = msgspec.to_builtins(declared)
    values: dict[str, Any] = {"when": plain["when"], "do": plain["do"], "limits": plain.get("limits", {}), "file": declared.file}
    if row is not None and row.state != "removed" and rows.declared_of(row) == declared:
        return "unchanged"
    fresh = row is None or row.state == "removed" or row.when != values["when"]
    begun = {"position": journal.last_number(tx), "seen": {}, "next_at": first_look(declared, tx.now), "token": None, "lease_until": 0.0}
    values |= begun if fresh else {}
    seen = {} if fresh or row is None else dict(row.seen)
    values["seen"] = {**seen, "paused": declared.paused} if declared.paused else {k: v for k, v in seen.items() if k != "paused"}
    values |= {"applied_at": tx.now, "actor": tx.call.actor, "project": tx.call.project}
    if row is None or row.state == "removed" or bool(row.seen.get("paused")) != declared.paused:
        values["state"] = "paused" if declared.paused else "on"
    tx.news("trigger.applied", f"trigger:{declared.name}", sentence=sentences.sentence(declared), new=row is None or row.state == "removed")
    if row is None:
        tx.execute(insert(t.trigger), {"name": declared.name, "created_at": tx.now, **values})
        return "created"
    tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(**values))
    return "created" if row.state == "removed" else "changed"


def first_look(declared: Declared, now: float) -> float | None:
    """When a trigger's source is looked at first; None for sources that are not looked at."""
    when = declared.when
    if isinstance(when, words.Schedule):
        return next_moment(when.cron, when.zone, now)
    return now if isinstance(when, words.Git | words.Files) else None


def _remove(tx: Transaction, row: Row[Any]) -> None:
    """Its firings stay on record. What it has not done yet is not done any more."""
    tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(state="removed", next_at=None, token=None))
    tx.execute(
        update(t.firing)
        .where(t.firing.c.trigger == row.id, t.firing.c.state.in_(("due", "holding")))
        .values(state="skipped", done_at=tx.now, why=t.firing.c.why + "; then the trigger was removed")
    )
    tx.news("trigger.removed", f"trigger:{row.name}")


@performs(words.preview_trigger)
def preview_trigger(request: words.PreviewTrigger, call: Call, store: Database) -> words.Previewed:
    """Says no to what `triggers.apply` says no to, in the same words."""
    declare_all()
    declared = request.trigger
    rules.check(declared)
    with store.reading(call) as tx:
        row = tx.first(select(t.trigger).where(t.trigger.c.name == declared.name, t.trigger.c.state != "removed"))
        when = declared.when
        return words.Previewed(
            state="created" if row is None else "unchanged" if rows.declared_of(row) == declared else "changed",
            sentence=sentences.sentence(declared),
            coming=next_moments(when.cron, when.zone, tx.now, MOST_COMING) if isinstance(when, words.Schedule) else (),
        )


@performs(words.list_triggers)
def list_triggers(_request: words.ListTriggers, call: Call, store: Database) -> list[Trigger]:
    with store.reading(call) as tx:
        return [rows.trigger_of(tx, row, shown=1) for row in rows.all_rows(tx)]


@performs(words.get_trigger)
def get_trigger(request: words.TriggerName, call: Call, store: Database) -> Trigger:
    with store.reading(call) as tx:
        return rows.trigger_of(tx, rows.find(tx, request.trigger))


@performs(words.pause_trigger)
def pause_trigger(request: words.PauseTrigger, call: Call, store: Database) -> Trigger:
    """Pausing twice changes nothing the second time. Going on begins at what is news from now on."""
    with store.transaction(call) as tx:
        row = rows.find(tx, request.trigger, lock=True)
        if (row.state == "paused") != request.paused:
            values: dict[str, Any] = {"state": "paused" if request.paused else "on"}
            if not request.paused:
                values |= {"position": journal.last_number(tx), "next_at": first_look(rows.declared_of(row), tx.now)}
            tx.execute(update(t.trigger).where(t.trigger.c.id == row.id).values(**values))
            tx.news("trigger.paused" if request.paused else "trigger.resumed", f"trigger:{row.name}", reason=request.reason)
        return rows.trigger_of(tx, rows.find(tx, request.trigger))


@performs(words.remove_trigger)
def remove_trigger(request: words.TriggerName, call: Call, store: Database) -> Trigger:
    with store.transaction(call) as tx:
        row = rows.find(tx, request.trigger, lock=True)
        found = rows.trigger_of(tx, row)
        _remove(tx, row)
        return found


@performs(words.test_trigger)
def test_trigger(request: words.TestTrigger, call: Call, store: Database) -> words.Tested:
    with store.reading(call) as tx:
        row = rows.find(tx, request.trigger)
        declared = rows.declared_of(row)
        news = _news_for(tx, row, declared, request)
        if isinstance(declared.when, words.News) and not rules.concerns(declared, news):
            return words.Tested(
                state="no match", why=f"it waits for {sentences.said_when(declared.when)}, and this is {sentences.said_news(news)}"
            )
        if not rules.holds(declared, news):
            return words.Tested(state="no match", why=f"its conditions do not hold: {sentences.said_news(news)}")
        decision = rules.decide(declared, rows.past(tx, row, news, request.entry))
    acts = tuple(sentences.said_act(filled_act(act, news)) for act in declared.do)
    return words.Tested(state=decision.state, why=decision.why, acts=acts)


def _news_for(tx: Transaction, row: Row[Any], declared: Declared, request: words.TestTrigger) -> dict[str, Any]:
    if request.entry is not None:
        entry = journal.entry(tx, request.entry)
        if entry is None:
            raise NotFound(f"the journal has no entry {request.entry}", hint="treadle journal")
        return news_of(entry)
    when = declared.when
    kind = when.kind.replace("*", "any") if isinstance(when, words.News) else "test"
    subject = (when.subject if isinstance(when, words.News) else "") or f"trigger:{row.name}"
    return {"kind": kind, "subject": subject, "at": tx.now, "data": request.data}


@performs(words.list_firings)
def list_firings(request: words.ListFirings, call: Call, store: Database) -> list[Firing]:
    with store.reading(call) as tx:
        return rows.firings(tx, request)


@performs(words.explain_firing)
def explain_firing(request: words.FiringNumber, call: Call, store: Database) -> words.Explained:
    with store.reading(call) as tx:
        row = rows.firing(tx, request.firing)
        chain = journal.causes(tx, row.entry) if row.entry else []
        return explained(rows.firing_of(row), [news_of(entry) for entry in chain])


@performs(words.deliver)
def deliver(request: words.Deliver, call: Call, store: Database, home: Path) -> words.Delivered:
    """Who cannot sign learns nothing: not whether a trigger of that name is there, and nothing is written."""
    with store.reading(call) as tx:
        row = tx.first(select(t.trigger).where(t.trigger.c.name == request.trigger, t.trigger.c.state != "removed"))
    declared = rows.declared_of(row) if row is not None else None
    secret = find_secret(declared.when.secret, home) if declared is not None and isinstance(declared.when, words.Webhook) else None
    expected = "sha256=" + hmac.new((secret or "nobody").encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), request.signature.encode()) or secret is None:
        raise NotSignedIn("the signature is not right", hint="X-Hub-Signature-256: sha256=HMAC of the raw body")
    data = _json_object(request.body)
    cause = f"webhook:{request.delivery[:200] or hashlib.sha256(request.body).hexdigest()}"
    with store.transaction(call) as tx:
        row = rows.find(tx, request.trigger, lock=True)
        if row.state != "on":
            return words.Delivered(new=False)
        if not rules.holds(rows.declared_of(row), {"kind": "webhook.received", "subject": f"trigger:{row.name}", "data": data}):
            tx.execute(
                update(t.trigger).where(t.trigger.c.id == row.id).values(seen={**row.seen, "passed": int(row.seen.get("passed", 0)) + 1})
            )
            return words.Delivered(new=False)
        return words.Delivered(new=said_first(tx, row, "webhook.received", cause, data) is not None)


def _json_object(body: bytes) -> dict[str, Any]:
    if len(body) > _BODY:
        raise UsageError(f"a webhook's body may have at most {_BODY} bytes")
    if b"\\u0000" in body:
        raise UsageError("the body holds a character that no text can hold: NUL")
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UsageError("the body is no JSON object") from error
