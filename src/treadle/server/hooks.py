"""Webhooks that come in: POST /hooks/NAME, signed with a trigger's secret. Who cannot sign learns nothing and leaves no trace.

The signature is that of GitHub's webhooks: `X-Hub-Signature-256: sha256=` and the HMAC-SHA256 (RFC 2104) of the raw body in
hexadecimal. A delivery is named by X-GitHub-Delivery, X-Treadle-Delivery, or Idempotency-Key; without one, by its body.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.contract.triggers import Deliver, Delivered
from treadle.core.errors import UsageError
from treadle.core.operation import Call
from treadle.server.settings import Settings
from treadle.server.threads import read_body
from treadle.server.translation import JSON, RefusalError

PATH = "/hooks/{name}"
MOST_BODY = 1 << 20
_DELIVERIES = ("x-github-delivery", "x-treadle-delivery", "idempotency-key")
_SIGNATURES = ("x-hub-signature-256", "x-treadle-signature-256")


class Hooks:
    """Takes webhooks. `perform` performs the operation that checks the signature and records the news."""

    def __init__(self, settings: Settings, perform: Callable[[Deliver, Call], Awaitable[Delivered]]) -> None:
        self._settings = msgspec.structs.replace(settings, max_body=min(settings.max_body, MOST_BODY))
        self._perform = perform

    async def take(self, request: Request) -> Response:
        """202 for news, 200 for a delivery that came before or is not wanted, 401 for a signature that is not right."""
        headers = request.headers
        if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise RefusalError(UsageError("a webhook's body is JSON", hint=f"Content-Type: {JSON}"), 415)
        body = await read_body(request.receive, self._settings)
        asked = Deliver(
            trigger=request.path_params["name"],
            body=body,
            signature=_first(headers, _SIGNATURES),
            delivery=_first(headers, _DELIVERIES),
        )
        answer = await self._perform(asked, Call(actor="webhook"))
        return Response(msgspec.json.encode(answer), status_code=202 if answer.new else 200, media_type=JSON)


def _first(headers: Any, names: tuple[str, ...]) -> str:
    return next((headers[name] for name in names if name in headers), "")
