"""Words about webhooks that tracking clients declare: who is told of news of the registry. People declare triggers instead."""

from __future__ import annotations

import msgspec

from treadle.core.operation import DELETE, GET, POST, operation

EVENTS = {
    "registered_model.created": "model.created",
    "model_version.created": "model.registered",
    "model_version_tag.set": "version.tag.set",
    "model_version_tag.deleted": "version.tag.removed",
    "model_version_alias.created": "alias.moved",
    "model_version_alias.deleted": "alias.moved",
}
"""What may be heard, in the words of MLflow's webhooks, and the kind of news that it is here."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`events` are keys of EVENTS; `signed` says whether it has a secret, which is never answered. `error` is what went wrong last."""

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    description: str = ""
    active: bool = True
    signed: bool = False
    error: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class AddWebhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """It hears what happens from now on."""

    name: str
    url: str
    events: tuple[str, ...]
    description: str = ""
    secret: str = ""
    active: bool = True


add_webhook = operation(
    "webhooks.add", POST, "/webhooks", AddWebhook, Webhook, allow="trigger:write", summary="Tell an address of news of the registry."
)


class ListWebhooks(msgspec.Struct, frozen=True, kw_only=True):
    """All webhooks of the project."""


list_webhooks = operation("webhooks.list", GET, "/webhooks", ListWebhooks, list[Webhook], allow="trigger:read", summary="Who is told.")


class WebhookRef(msgspec.Struct, frozen=True, kw_only=True):
    id: str


get_webhook = operation("webhooks.get", GET, "/webhooks/{id}", WebhookRef, Webhook, allow="trigger:read", summary="One webhook.")


class ChangeWebhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is named is changed. One that is made active again hears what happens from then on."""

    id: str
    name: str | None = None
    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    secret: str | None = None
    active: bool | None = None


change_webhook = operation(
    "webhooks.change", POST, "/webhooks/{id}", ChangeWebhook, Webhook, allow="trigger:write", summary="Change a webhook."
)

remove_webhook = operation(
    "webhooks.remove", DELETE, "/webhooks/{id}", WebhookRef, Webhook, allow="trigger:write", summary="Tell an address no more."
)


class TestWebhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Sends an example of an event, by default of its first."""

    id: str
    event: str = ""


class WebhookAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the address answered: a status of HTTP, or why there was none."""

    status: int | None = None
    error: str = ""


test_webhook = operation(
    "webhooks.test", POST, "/webhooks/{id}/test", TestWebhook, WebhookAnswer, allow="trigger:write", summary="Send an example of an event."
)
