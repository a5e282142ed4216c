"""Webhooks that clients declare, and the loop that tells them, from the journal: in order, signed, and again until it arrives.

The form is that of MLflow's webhooks (docs of MLflow, "Webhooks"): a JSON body with entity, action, timestamp and data; the signature is
`v1,` and the Base64 of HMAC-SHA256 over `DELIVERY.TIMESTAMP.BODY`. A delivery has the same identifier however often it is tried, so a
receiver can tell that it has had it. The secret lies in the database, because it must be used again, and is never answered or logged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import webhooks as words
from treadle.contract.webhooks import EVENTS, Webhook
from treadle.core.errors import NotFound, UsageError
from treadle.core.operation import Call, performs
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

log = logging.getLogger("treadle.webhooks")

TIME_LIMIT, LOOK_SECONDS, LEASE = 10.0, 1.0, 30.0
"""Seconds: for one delivery, between two looks at the journal, and for which a delivery under way is nobody else's."""
MOST_TRIES, MOST_WAIT = 8, 300.0
MOST_WEBHOOKS, MOST_URL, MOST_NAME = 1000, 500, 256
_LATER = (408, 425, 429, 500, 502, 503, 504)
_PIECE = 200


# --- declared -----------------------------------------------------------------------------------------------------------------


@performs(words.add_webhook)
def add(request: words.AddWebhook, call: Call, store: Database) -> Webhook:
    _check(request.name, request.url, request.events)
    with store.transaction(call) as tx:
        if len(tx.all(select(t.webhook.c.id).where(t.webhook.c.project == call.project).limit(MOST_WEBHOOKS))) >= MOST_WEBHOOKS:
            raise UsageError(f"a project has at most {MOST_WEBHOOKS} webhooks", hint="remove some")
        row = {
            "id": secrets.token_hex(16),
            "project": call.project,
            "name": request.name,
            "description": request.description,
            "url": request.url,
            "events": list(request.events),
            "secret": request.secret or None,
            "state": "active" if request.active else "disabled",
            "position": journal.last_number(tx),
            "tries": 0,
            "next_at": None,
            "error": None,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
        tx.execute(insert(t.webhook), row)
        return _of(_load(tx, str(row["id"])))


def _check(name: str, url: str, events: tuple[str, ...]) -> None:
    if not name or len(name) > MOST_NAME:
        raise UsageError(f"a webhook has a name of at most {MOST_NAME} characters")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > MOST_URL or parts.username or parts.password:
        raise UsageError("the address of a webhook is an http or https URL without an account in it", hint="https://HOST/PATH")
    if not events:
        raise UsageError("a webhook hears at least one event", hint=f"events: {', '.join(EVENTS)}")
    for event in events:
        if event not in EVENTS:
            raise UsageError(f"`{event[:80]}` is no event that can be heard", hint=f"events: {', '.join(EVENTS)}")


@performs(words.list_webhooks)
def list_webhooks(_request: words.ListWebhooks, call: Call, store: Database) -> list[Webhook]:
    with store.reading(call) as tx:
        return [_of(row) for row in tx.all(select(t.webhook).where(t.webhook.c.project == call.project).order_by(t.webhook.c.created_at))]


@performs(words.get_webhook)
def get(request: words.WebhookRef, call: Call, store: Database) -> Webhook:
    with store.reading(call) as tx:
        return _of(_load(tx, request.id))


@performs(words.change_webhook)
def change(request: words.ChangeWebhook, call: Call, store: Database) -> Webhook:
    with store.transaction(call) as tx:
        row = _load(tx, request.id)
        changes = {name: getattr(request, name) for name in ("name", "url", "description") if getattr(request, name) is not None}
        events = row.events if request.events is None else list(request.events)
        _check(changes.get("name", row.name), changes.get("url", row.url), tuple(events))
        values: dict[str, Any] = changes | {"events": events, "updated_at": tx.now}
        if request.secret is not None:
            values["secret"] = request.secret or None
        if request.active is not None:
            values["state"] = "active" if request.active else "disabled"
            if request.active and row.state != "active":
                values |= {"position": journal.last_number(tx), "tries": 0, "next_at": None, "error": None}
        tx.execute(update(t.webhook).where(t.webhook.c.id == row.id).values(**values))
        return _of(_load(tx, request.id))


@performs(words.remove_webhook)
def remove(request: words.WebhookRef, call: Call, store: Database) -> Webhook:
    with store.transaction(call) as tx:
        row = _load(tx, request.id)
        tx.execute(delete(t.webhook).where(t.webhook.c.id == row.id))
        return _of(row)


@performs(words.test_webhook)
def test(request: words.TestWebhook, call: Call, store: Database) -> words.WebhookAnswer:
    with store.reading(call) as tx:
        row = _load(tx, request.id)
    event = request.event or row.events[0]
    if event not in EVENTS:
        raise UsageError(f"`{event[:80]}` is no event that can be heard", hint=f"events: {', '.join(EVENTS)}")
    example = {"name": "example", "version": "1", "key": "key", "value": "value", "alias": "champion", "source": "models:/m-0", "tags": {}}
    status, error = _send(row, f"test-{secrets.token_hex(8)}", event, example, time.time())
    return words.WebhookAnswer(status=status, error=error)


def _load(tx: Transaction, number: str) -> Row[Any]:
    row = tx.first(select(t.webhook).where(t.webhook.c.id == number.replace("\0", ""), t.webhook.c.project == tx.call.project))
    if row is None:
        raise NotFound(f"there is no webhook `{number[:80]}`")
    return row


def _of(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        name=row.name,
        url=row.url,
        events=tuple(row.events),
        description=row.description,
        active=row.state == "active",
        signed=row.secret is not None,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


# --- told ---------------------------------------------------------------------------------------------------------------------


class Tell:
    """The loop: looks for webhooks behind the journal and tells them, one entry at a time. Any number of keepers may have it: whoever
    delivers has claimed the webhook by a guarded update."""

    def __init__(self, record: Any, call: Call | None = None) -> None:
        self.store: Database = record.store
        self._call = call or Call(actor="tell")

    def tick(self) -> float:
        """One look; answers the seconds until the next."""
        with self.store.reading(self._call) as tx:
            last, now = journal.last_number(tx), tx.now
            waiting = tx.all(select(t.webhook).where(t.webhook.c.state == "active", t.webhook.c.position < last))
        due = [row for row in waiting if row.next_at is None or row.next_at <= now]
        for row in due:
            self._tell(row, last)
        return 0.0 if any(self._behind(row.id) for row in due) else LOOK_SECONDS

    def _behind(self, number: str) -> bool:
        with self.store.reading(self._call) as tx:
            row = tx.first(select(t.webhook).where(t.webhook.c.id == number, t.webhook.c.state == "active"))
            return row is not None and row.next_at is None and row.position < journal.last_number(tx)

    def _tell(self, row: Row[Any], last: int) -> None:
        kinds = {EVENTS[event] for event in row.events if event in EVENTS}
        with self.store.transaction(self._call) as tx:
            mine = update(t.webhook).where(t.webhook.c.id == row.id, t.webhook.c.position == row.position, t.webhook.c.tries == row.tries)
            entry = tx.first(
                select(t.journal)
                .where(
                    t.journal.c.id > row.position, t.journal.c.id <= last, t.journal.c.project == row.project, t.journal.c.kind.in_(kinds)
                )
                .order_by(t.journal.c.id)
                .limit(1)
            )
            if entry is None:
                tx.execute(mine.values(position=last))
                return
            if tx.execute(mine.values(tries=row.tries + 1, next_at=tx.now + LEASE)).rowcount != 1:
                return  # somebody else was faster
        event = _event_of(entry, row.events)
        status, error = (200, "") if event is None else _send(row, f"{row.id}-{entry.id}", event, _data(entry), entry.at)
        self._note(row, entry.id, status, error)

    def _note(self, row: Row[Any], entry: int, status: int | None, error: str) -> None:
        tries = row.tries + 1
        arrived = status is not None and 200 <= status < 300
        again = not arrived and (status is None or status in _LATER) and tries < MOST_TRIES
        told = error or (None if arrived else f"entry {entry}: the address answered {status}")
        with self.store.transaction(self._call) as tx:
            values: dict[str, Any] = {"error": told}
            if again:
                values["next_at"] = tx.now + min(MOST_WAIT, 2.0**tries)
            else:
                values |= {"position": entry, "tries": 0, "next_at": None}
            mine = update(t.webhook).where(t.webhook.c.id == row.id, t.webhook.c.position == row.position, t.webhook.c.tries == tries)
            tx.execute(mine.values(**values))
        if not arrived and not again:
            log.warning("webhook %s was not told of entry %d: %s", row.name, entry, told)


def _event_of(entry: Row[Any], events: list[str]) -> str | None:
    """Which of the events that are heard an entry is; None for none of them."""
    if entry.kind == "alias.moved":
        event = f"model_version_alias.{'deleted' if entry.data.get('removed') else 'created'}"
        return event if event in events else None
    return next((event for event in events if EVENTS.get(event) == entry.kind), None)


def _data(entry: Row[Any]) -> dict[str, Any]:
    """What is told of an entry, in MLflow's words."""
    said: Mapping[str, Any] = entry.data
    found: dict[str, Any] = {"name": said.get("model", "")}
    if "version" in said:
        found["version"] = str(said["version"])
    if entry.kind == "alias.moved":
        return found | {"alias": said.get("alias", "")}
    if entry.kind.startswith("version.tag."):
        value = {"value": said.get("value", "")} if entry.kind == "version.tag.set" else {}
        return found | {"key": said.get("tag", "")} | value
    if entry.kind == "model.registered":
        return found | {
            "source": said.get("origin", ""),
            "run_id": said.get("run_key") or None,
            "tags": said.get("tags", {}),
            "description": None,
        }
    return found | {"tags": said.get("tags", {}), "description": said.get("description")}


def _send(row: Row[Any], delivery: str, event: str, data: Mapping[str, Any], at: float) -> tuple[int | None, str]:
    """The status that the address answers, or None and why there was none."""
    import httpx2

    entity, _, action = event.partition(".")
    body = msgspec.json.encode(
        {"entity": entity, "action": action, "timestamp": datetime.fromtimestamp(at, UTC).isoformat(), "data": data}, order="deterministic"
    )
    moment = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "treadle",
        "X-MLflow-Delivery-Id": delivery,
        "X-MLflow-Timestamp": moment,
    }
    if row.secret:
        headers["X-MLflow-Signature"] = signature(row.secret, delivery, moment, body)
    try:
        with (
            httpx2.Client(timeout=TIME_LIMIT, follow_redirects=False) as client,
            client.stream("POST", row.url, content=body, headers=headers) as answer,
        ):
            return int(answer.status_code), ""
    except httpx2.HTTPError as error:
        return None, f"{urlsplit(row.url).hostname} did not answer: {type(error).__name__}"


def signature(secret: str, delivery: str, moment: str, body: bytes) -> str:
    """`v1,` and the Base64 of HMAC-SHA256 (RFC 2104) over the delivery's identifier, its time and the body, joined by dots."""
    signed = f"{delivery}.{moment}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()}"
