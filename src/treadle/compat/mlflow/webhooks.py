"""Webhooks: declared, changed, tried and removed. Who is told of what is treadle.triggers.webhooks' work."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.told import milliseconds, missing
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import webhooks as words
from treadle.contract.webhooks import EVENTS, Webhook
from treadle.core.errors import NotFound, UsageError

_WEBHOOKS = "/api/2.0/mlflow/webhooks"


class Event(msgspec.Struct):
    entity: str = ""
    action: str = ""

    def name(self) -> str:
        found = f"{self.entity}.{self.action}".lower()
        if found not in EVENTS:
            raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid event {found[:80]!r}: events here are {', '.join(EVENTS)}")
        return found


class Declared(msgspec.Struct):
    name: str | None = None
    description: str | None = None
    url: str | None = None
    events: list[Event] | None = None
    secret: str | None = None
    status: str | None = None

    def active(self) -> bool | None:
        if self.status not in (None, "ACTIVE", "DISABLED"):
            raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid webhook status {self.status!r}: ACTIVE or DISABLED")
        return None if self.status is None else self.status == "ACTIVE"


def told_as(one: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": one.id,
        "name": one.name,
        "description": one.description,
        "url": one.url,
        "events": [
            {"entity": entity.upper(), "action": action.upper()} for entity, _, action in (event.partition(".") for event in one.events)
        ],
        "status": "ACTIVE" if one.active else "DISABLED",
        "creation_timestamp": milliseconds(one.created_at),
        "last_updated_timestamp": milliseconds(one.updated_at),
    }


@route("POST", _WEBHOOKS)
async def create(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Declared)
    if not body.url:
        raise missing("url")
    asked = words.AddWebhook(
        name=body.name or "",
        url=body.url,
        events=tuple(event.name() for event in body.events or ()),
        description=body.description or "",
        secret=body.secret or "",
        active=body.active() is not False,
    )
    try:
        return {"webhook": told_as(await ask.perform(words.add_webhook, asked))}
    except UsageError as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", error.what) from error


class Page(msgspec.Struct):
    max_results: int = 100
    page_token: str = ""


@route("GET", _WEBHOOKS)
async def list_webhooks(ask: Ask) -> dict[str, Any]:
    asked = ask.query(Page)
    known = await ask.perform(words.list_webhooks, words.ListWebhooks())
    start = int(asked.page_token) if asked.page_token.isdigit() else 0
    shown = known[start : start + max(1, asked.max_results)]
    answer: dict[str, Any] = {"webhooks": [told_as(one) for one in shown]} if shown else {}
    following = start + len(shown)
    return answer | ({"next_page_token": str(following)} if following < len(known) else {})


async def found(ask: Ask) -> Webhook:
    try:
        return await ask.perform(words.get_webhook, words.WebhookRef(id=ask.path["id"]))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Webhook with ID {ask.path['id'][:80]} not found.") from error


@route("GET", _WEBHOOKS + "/{id}")
async def get(ask: Ask) -> dict[str, Any]:
    return {"webhook": told_as(await found(ask))}


@route("PATCH", _WEBHOOKS + "/{id}")
async def change(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Declared)
    one = await found(ask)
    asked = words.ChangeWebhook(
        id=one.id,
        name=body.name,
        url=body.url,
        events=None if not body.events else tuple(event.name() for event in body.events),
        description=body.description,
        secret=body.secret,
        active=body.active(),
    )
    try:
        return {"webhook": told_as(await ask.perform(words.change_webhook, asked))}
    except UsageError as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", error.what) from error


@route("DELETE", _WEBHOOKS + "/{id}")
async def remove(ask: Ask) -> dict[str, Any]:
    one = await found(ask)
    await ask.perform(words.remove_webhook, words.WebhookRef(id=one.id))
    return {}


class Test(msgspec.Struct):
    event: Event | None = None


@route("POST", _WEBHOOKS + "/{id}/test")
async def test(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Test)
    one = await found(ask)
    event = body.event.name() if body.event is not None else ""
    answered = await ask.perform(words.test_webhook, words.TestWebhook(id=one.id, event=event))
    result: dict[str, Any] = {"success": answered.status is not None and 200 <= answered.status < 300}
    result |= {"response_status": answered.status} if answered.status is not None else {}
    return {"result": result | ({"error_message": answered.error} if answered.error else {})}
