"""The box in which a person tries an endpoint: POST /api/endpoints/NAME/try hands a prediction request on to where the endpoint listens.

It goes to the address that the endpoint itself has reported, to no other; the endpoint decides as for anybody who calls it. What is
tried is a prediction like all others, without a key, and is recorded as one.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.contract.serving import Endpoint, EndpointName, get_endpoint
from treadle.core.addresses import is_loopback
from treadle.core.errors import NotAllowed, TooLarge, Unreachable
from treadle.core.operation import Call
from treadle.server.guard import Guard, token_of
from treadle.server.settings import Settings
from treadle.server.threads import read_body
from treadle.server.translation import JSON, encode

PATH = "/api/endpoints/{endpoint}/try"
MOST_BODY = 1 << 20
MOST_ANSWER = 4 << 20
_GRACE = 5.0  # seconds that an answer may take beyond the endpoint's own limit


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: the endpoint's status, its body (JSON, or text where it is none), and the seconds that took. `revision` and
    `version` are what answered; empty where nothing did."""

    status: int
    seconds: float
    answer: Any
    address: str
    revision: str
    version: str


class TryBox:
    """Hands requests on. `find` performs the operation `serving.endpoint`."""

    def __init__(self, settings: Settings, guard: Guard, find: Callable[[EndpointName, Call], Awaitable[Endpoint]]) -> None:
        self._settings = msgspec.structs.replace(settings, max_body=min(settings.max_body, MOST_BODY))
        self._guard = guard
        self._find = find

    async def answer(self, request: Request) -> Response:
        """Raises Unreachable (503) where nothing listens, TooLarge for an answer that no page would show."""
        headers = request.headers
        self._guard.check_source(headers)
        self._guard.check_media(headers, stream=False)
        call = await self._guard.call_of(headers, get_endpoint.allow, cookies=True)
        endpoint = await self._find(EndpointName(endpoint=request.path_params["endpoint"]), call)
        body = await read_body(request.receive, self._settings)
        if endpoint.state != "on" or not endpoint.address:
            raise Unreachable(f"endpoint `{endpoint.name}` does not listen", hint=f"treadle serve {endpoint.name}")
        host = urlsplit(endpoint.address).hostname or ""
        if not is_loopback(host) and host != endpoint.settings.host.strip("[]"):
            raise NotAllowed(f"endpoint `{endpoint.name}` says that it listens where it was not told to", where=endpoint.address[:200])
        token = token_of(headers, cookies=True)
        return encode(await _handed_on(endpoint, body, token), headers.get("accept", ""))


async def _handed_on(endpoint: Endpoint, body: bytes, token: str) -> Tried:
    headers = {"Content-Type": JSON} | ({"Authorization": f"Bearer {token}"} if token else {})
    began = time.perf_counter()
    try:
        async with (
            httpx2.AsyncClient(timeout=endpoint.settings.time_limit + _GRACE, trust_env=False) as client,
            client.stream("POST", f"{endpoint.address}/predict", content=body, headers=headers) as answered,
        ):
            read = await _read(answered)
            status, told = answered.status_code, answered.headers
    except httpx2.TransportError as error:
        raise Unreachable(
            f"endpoint `{endpoint.name}` does not answer", where=endpoint.address, hint=f"treadle serve {endpoint.name}"
        ) from error
    return Tried(
        status=status,
        seconds=time.perf_counter() - began,
        answer=_told(read),
        address=endpoint.address,
        revision=told.get("treadle-revision", ""),
        version=told.get("treadle-version", ""),
    )


async def _read(answered: httpx2.Response) -> bytes:
    pieces, size = [], 0
    async for piece in answered.aiter_raw():
        size += len(piece)
        if size > MOST_ANSWER:
            raise TooLarge(f"the answer has more than {MOST_ANSWER} bytes", hint="ask about fewer rows")
        pieces.append(piece)
    return b"".join(pieces)


def _told(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode(errors="replace")
