"""Requests for applications of deployments, handed on to the processes that perform them.

An application shares this server's address with its API, so what it answers is data: the security headers of all answers keep a browser
from running a page of it here. It never sees the token by which somebody was let in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from treadle.contract.deployments import ROUTE, DeploymentVersion, FindDeploymentVersion, find_version
from treadle.core.addresses import socket_place
from treadle.core.errors import NotFound, TooLarge, Unreachable
from treadle.core.operation import Call
from treadle.server.guard import SECURITY_HEADERS, Guard
from treadle.server.settings import Settings

PATH = ROUTE + "/{project}/{deployment}/{version}/{application}{rest:path}"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
PATIENCE = 120.0
"""Seconds that an application may take for an answer to begin."""
_HOP = frozenset("connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade host".split())
"""Headers that are between two neighbours (RFC 9110, 7.6.1), and the name of the host, which is made anew."""
_OURS = frozenset(name.decode() for name, _ in SECURITY_HEADERS)
"""What an application may not say: what a browser may do with pages of this origin."""


class Deployed:
    def __init__(
        self, settings: Settings, home: Path, guard: Guard, find: Callable[[FindDeploymentVersion, Call], Awaitable[DeploymentVersion]]
    ) -> None:
        self._settings = settings
        self._home = home
        self._guard = guard
        self._find = find
        self._clients: dict[str, httpx2.AsyncClient] = {}

    async def answer(self, request: Request) -> Response:
        """Raises NotFound for a version that is not there, and Unreachable (503) while its application does not answer."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            self._guard.check_source(request.headers)
        call = await self._guard.call_of(request.headers, find_version.allow)
        named = request.path_params
        call = Call(actor=call.actor, project=named["project"], role=call.role)
        version = await self._find(FindDeploymentVersion(deployment=named["deployment"], version=named["version"]), call)
        application = named["application"]
        if application not in version.applications:
            known = ", ".join(version.applications)
            raise NotFound(f"version {version.name} of `{version.deployment}` has no endpoint `{application[:80]}`", hint=f"it has {known}")
        if not version.enabled:
            raise Unreachable(
                f"version {version.name} of `{version.deployment}` is disabled",
                hint=f"treadle deployments enable {version.deployment} {version.name}",
            )
        prefix = f"{ROUTE}/{named['project']}/{named['deployment']}/{named['version']}/{application}"
        return await self._handed_on(request, version, application, prefix)

    async def _handed_on(self, request: Request, version: DeploymentVersion, application: str, prefix: str) -> Response:
        headers = [
            (name, value)
            for name, value in request.headers.items()
            if name not in _HOP and name not in ("authorization", "cookie", "x-vh-prefix")
        ]
        headers += [
            ("X-VH-Prefix", prefix),
            ("X-Forwarded-Host", request.headers.get("host", "")),
            ("X-Forwarded-Proto", request.url.scheme),
        ]
        raw = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
        target = raw + (f"?{request.url.query}" if request.url.query else "")
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        asked = self._client(f"{version.id}-{application}").build_request(
            request.method, f"http://application{target}", headers=headers, content=self._body(request) if has_body else None
        )
        try:
            answered = await self._client(f"{version.id}-{application}").send(asked, stream=True)
        except httpx2.TransportError as error:
            raise Unreachable(
                f"the endpoint `{application}` of `{version.deployment}` {version.name} does not answer (yet)",
                hint=f"treadle deployments logs {version.deployment} {version.name} {application}",
            ) from error
        kept = {name: value for name, value in answered.headers.items() if name.lower() not in _HOP | _OURS}
        return StreamingResponse(self._pieces(answered), status_code=answered.status_code, headers=kept)

    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > self._settings.max_body:
                raise TooLarge(f"a body may have at most {self._settings.max_body} bytes (max_body)")
            yield piece

    async def _pieces(self, answered: httpx2.Response) -> AsyncIterator[bytes]:
        try:
            async for piece in answered.aiter_raw():
                yield piece
        finally:
            await answered.aclose()

    def _client(self, name: str) -> httpx2.AsyncClient:
        """A client that speaks to one application through its socket. Nothing is kept open: an application may be another one next time."""
        if name not in self._clients:
            transport = httpx2.AsyncHTTPTransport(
                uds=str(socket_place(self._home, name)), limits=httpx2.Limits(max_keepalive_connections=0, max_connections=256)
            )
            self._clients[name] = httpx2.AsyncClient(transport=transport, timeout=httpx2.Timeout(PATIENCE, connect=5.0))
        return self._clients[name]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
