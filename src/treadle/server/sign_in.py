"""Signing in from a browser: POST /api/sign-in takes a token and gives a cookie that holds it; DELETE /api/sign-in takes it back.

The cookie is out of reach of scripts (HttpOnly), is sent by this server's own pages alone (SameSite=Strict), and to /api only. It is
believed for operations of the table and the news; other protocols, hooks and deployed applications never look at it. Nothing about it
is kept here: a token that is revoked or expires ends it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from treadle.contract.access import Me
from treadle.core.errors import NotSignedIn, UsageError
from treadle.core.operation import Call
from treadle.server.guard import Guard, cookie_name
from treadle.server.settings import Settings
from treadle.server.threads import read_body
from treadle.server.translation import encode

PATH = "/api/sign-in"
METHODS = ["POST", "DELETE"]
_MOST_BODY = 4096
_SECONDS = 30 * 86_400


class GivenToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str


class SignIn:
    """Takes and gives back cookies. `ask` performs the operation `access.me`."""

    def __init__(self, settings: Settings, guard: Guard, ask: Callable[[Call], Awaitable[Me]]) -> None:
        self._settings = msgspec.structs.replace(settings, max_body=min(settings.max_body, _MOST_BODY))
        self._guard = guard
        self._ask = ask

    async def answer(self, request: Request) -> Response:
        """Who signed in, as `access.me` says it; 401 for a token that is not known. Pages of other sites are refused either way."""
        self._guard.check_source(request.headers)
        if request.method == "DELETE":
            return _giving(Response(status_code=204), request, "", 0)
        self._guard.check_media(request.headers, stream=False)
        secret = await self._token(request)
        identity = await self._guard.identity_of(secret)
        if not identity.known:
            raise NotSignedIn("this token is unknown, expired or revoked", hint="ask for a new one: treadle tokens add NAME")
        call = Call(actor=identity.actor, project=request.headers.get("x-treadle-project") or "default", role=identity.role)
        return _giving(encode(await self._ask(call), request.headers.get("accept", "")), request, secret, _SECONDS)

    async def _token(self, request: Request) -> str:
        secret = msgspec.json.decode(await read_body(request.receive, self._settings), type=GivenToken).token.strip()
        if not secret or not secret.isascii() or not secret.isprintable() or set(secret) & set(' ";,\\'):
            raise UsageError("this is no token", where="token", hint="a token begins with trd_: treadle tokens add NAME")
        return secret


def _giving(response: Response, request: Request, value: str, seconds: int) -> Response:
    """The response with the cookie set for so many seconds; 0 makes a browser forget it."""
    encrypted = came_encrypted(request.url.scheme, request.headers)
    name = cookie_name(request.headers)
    response.set_cookie(name, value, max_age=seconds, path="/api", httponly=True, samesite="strict", secure=encrypted)
    return response


def came_encrypted(scheme: str, headers: Headers) -> bool:
    """Whether the browser speaks https, perhaps to a proxy in front of this server. A header that lies only makes the cookie stricter."""
    forwarded = headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return "https" in (scheme, forwarded, urlsplit(headers.get("origin", "")).scheme)
