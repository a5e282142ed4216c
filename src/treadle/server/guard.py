"""Who is let in: hosts, origins, content types, tokens.

Against DNS rebinding a server on the loopback address answers only to names of this machine; against forged requests from web
pages whatever changes something must come with a content type that no HTML form can send, and from no other origin.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from treadle.contract.access import Identify, Identity
from treadle.core.addresses import is_loopback
from treadle.core.content import digest_bytes
from treadle.core.errors import NotAllowed, NotSignedIn, UsageError
from treadle.core.operation import Call
from treadle.server.settings import Settings
from treadle.server.translation import BYTES, JSON, MSGPACK, RefusalError

_REMEMBERED = 1.0  # seconds for which an identity is believed: this long a revoked token may still work elsewhere
_MOST_REMEMBERED = 4096

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    (b"cache-control", b"no-store"),
]


class Guard:
    """Decides about each request. `ask` performs the operation `access.identify`."""

    def __init__(self, settings: Settings, ask: Callable[[Identify], Awaitable[Identity]], local_actor: str) -> None:
        self._settings = settings
        self._ask = ask
        self._local = Identity(known=True, guarded=False, actor=local_actor, role="admin", may=("*:*",))
        self._known: dict[str | None, tuple[float, Identity]] = {}

    def forget(self) -> None:
        """Tokens may have changed: everybody is looked up anew."""
        self._known.clear()

    def check_host(self, headers: Headers) -> None:
        """Raises NotAllowed when a loopback server is asked under a name that is not this machine's."""
        if not self._settings.loopback:
            return
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if host != self._settings.host.strip("[]") and not is_loopback(host):
            raise NotAllowed(f"this server does not answer to the name `{host[:80]}`", hint="use 127.0.0.1 or localhost")

    def check_source(self, headers: Headers) -> None:
        """Raises NotAllowed for a request that changes something and was made by another site's page."""
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            raise NotAllowed("requests from pages of another origin are refused", where=origin[:200])
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise NotAllowed("requests from pages of another site are refused")

    def check_media(self, headers: Headers, *, stream: bool) -> str:
        """The content type of a body that may change something; raises RefusalError (415) for one that a form could send."""
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        allowed = (BYTES,) if stream else (JSON, MSGPACK)
        if media not in allowed:
            said = f"`{media[:80]}`" if media else "nothing"
            raise RefusalError(UsageError(f"the body's Content-Type is {said}", hint=f"Content-Type: {' or '.join(allowed)}"), 415)
        return media

    def check_no_form(self, headers: Headers) -> None:
        """Raises UsageError for a body of a type that an HTML form of another site could send: no client of a protocol does."""
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain") and "origin" in headers:
            raise UsageError(f"the body's Content-Type is `{media}`", hint=f"Content-Type: {JSON}")

    async def caller(self, headers: Headers, *, cookies: bool = False) -> Identity:
        """Who asks. Raises NotSignedIn where a token is needed and none, or none that is valid, was sent.

        The cookie of a browser that signed in counts only where `cookies` says so, and never beside a header Authorization."""
        scheme, token = _authorization(headers)
        if token:
            identity = await self.identity_of(token)
            if identity.known:
                return identity
            if scheme == "token" and not identity.guarded and (self._settings.loopback or self._settings.insecure):
                return self._local  # Valohai's client does nothing without a token, so it sends one where nobody asks
            raise NotSignedIn("this token is unknown, expired or revoked", hint="ask for a new one: treadle tokens add NAME")
        if scheme:
            raise NotSignedIn("the header Authorization holds no token", hint="Authorization: Bearer trd_...")
        kept = cookie_of(headers) if cookies else ""
        if kept:
            identity = await self.identity_of(kept)
            if identity.known:
                return identity
        nobody = await self._identity(None)
        if not nobody.guarded and (self._settings.loopback or self._settings.insecure):
            return self._local
        if kept:
            raise NotSignedIn("the token of this sign-in is unknown, expired or revoked", hint="sign in again")
        raise NotSignedIn("this server asks for a token", hint="export TREADLE_TOKEN=trd_...")

    async def call_of(self, headers: Headers, permission: str, *, cookies: bool = False) -> Call:
        """The call in whose name an operation is performed; raises NotAllowed where the caller's role does not reach."""
        identity = await self.caller(headers, cookies=cookies)
        if not identity.allows(permission):
            raise NotAllowed(f"`{identity.actor}` has the role {identity.role}, which does not allow {permission}")
        return Call(actor=identity.actor, project=headers.get("x-treadle-project") or "default", role=identity.role)

    async def identity_of(self, secret: str) -> Identity:
        """Whose token this is."""
        return await self._identity(digest_bytes(secret.encode()))

    async def _identity(self, key: str | None) -> Identity:
        now = time.monotonic()
        known = self._known.get(key)
        if known is not None and now - known[0] < _REMEMBERED:
            return known[1]
        found = await self._ask(Identify(hash=key))
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (now, found)
        return found


def cookie_name(headers: Headers) -> str:
    """Browsers send the cookies of one server to every port of its host, so the port under which they know it is part of the name."""
    try:
        port = urlsplit(f"//{headers.get('host', '')}").port
    except ValueError:
        port = None
    return f"treadle_{port}" if port is not None else "treadle"


def cookie_of(headers: Headers) -> str:
    """The token in the cookie of a browser that signed in here; "" where there is none."""
    wanted = cookie_name(headers)
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value.strip('"')
    return ""


def token_of(headers: Headers, *, cookies: bool) -> str:
    """The token that a request carries, for handing it on; "" where there is none."""
    _, token = _authorization(headers)
    return token or (cookie_of(headers) if cookies else "")


def _authorization(headers: Headers) -> tuple[str, str]:
    """The scheme of the header Authorization, and the token in it; "" for what is not there."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    scheme = scheme.lower()
    return scheme, secret.strip() if scheme in ("bearer", "token") else _password(secret) if scheme == "basic" else ""


def _password(encoded: str) -> str:
    """The password of the Basic scheme (RFC 7617), which is where clients without a field for tokens put one; "" for none."""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode().partition(":")[2]
    except (ValueError, UnicodeDecodeError):
        return ""


class SecurityHeaders:
    """Puts on every answer, also on errors and 404s, the security headers that it does not say itself. An ASGI application."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                said = {name for name, _ in given}
                message["headers"] = given + [header for header in SECURITY_HEADERS if header[0] not in said]
            await send(message)

        await self.app(scope, receive, answering)
