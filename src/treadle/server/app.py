"""The server's application: the operation table as HTTP, beside health, metrics, live news and the API document.

Everything under /api comes from the table; nothing about an operation is said here a second time.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from treadle import __version__
from treadle.assemble import Record, local_actor, stages
from treadle.compat.door import Adapter, Door
from treadle.compat.mlflow.door import Mlflow
from treadle.compat.valohai.door import Valohai
from treadle.contract.access import AskMe, identify, read_me
from treadle.contract.content import Stream
from treadle.contract.deployments import ListDeploymentVersions, find_version, list_versions
from treadle.contract.record import CheckHealth, Health, check_health, read_journal
from treadle.contract.serving import ListEndpoints, get_endpoint, list_endpoints
from treadle.contract.triggers import deliver
from treadle.core.errors import NotFound, TreadleError, UsageError
from treadle.core.operation import TABLE, A, Call, Operation, Q
from treadle.server import openapi
from treadle.server.deployed import METHODS, Deployed
from treadle.server.deployed import PATH as DEPLOYED
from treadle.server.guard import Guard, SecurityHeaders
from treadle.server.hooks import PATH as HOOKS
from treadle.server.hooks import Hooks
from treadle.server.metrics import CONTENT_TYPE, Metrics
from treadle.server.news import News
from treadle.server.pages import ASSETS, PLACES, Pages, wants_page
from treadle.server.settings import Settings
from treadle.server.sign_in import METHODS as SIGN_IN_METHODS
from treadle.server.sign_in import PATH as SIGN_IN
from treadle.server.sign_in import SignIn
from treadle.server.threads import Threads, Upload, read_body
from treadle.server.translation import BYTES, Form, RefusalError, encode, problem, range_of, said_by
from treadle.server.tried import PATH as TRIED
from treadle.server.tried import TryBox

log = logging.getLogger("treadle.server")
Endpoint = Callable[[Request], Awaitable[Response]]

_HOME = f"""Treadle {__version__}: data, pipelines, tracked runs and reproducible results.

Open this address in a browser to see the web interface.  The API document is at /openapi.json, live news at /api/news, metrics at /metrics.

  export TREADLE_URL={{address}}
  treadle runs
"""


class App:
    """One server's application. An ASGI callable; `drain` makes it ready to end, `close` ends it."""

    def __init__(self, record: Record, settings: Settings) -> None:
        self.record = record
        self.settings = settings
        self.threads = Threads(settings)
        self.metrics = Metrics(lambda: self.threads.queued)
        self.guard = Guard(settings, partial(self._ask, identify), local_actor())
        self.news = News(settings, partial(self._ask, read_journal))
        self.sign_in = SignIn(settings, self.guard, partial(self._ask, read_me, AskMe()))
        self.hooks = Hooks(settings, partial(self._ask, deliver))
        self.pages = Pages()
        self.tried = TryBox(settings, self.guard, partial(self._ask, get_endpoint))
        self.deployed = Deployed(settings, record.home, self.guard, partial(self._ask, find_version))
        self.draining = False
        self.active = 0
        """Requests under way, without followers of the news."""
        self._forget = record.store.listen(self._stirred)
        list(stages())
        self._document: bytes | None = None
        door = Door(
            perform=self._perform_for,
            caller=lambda request: self.guard.caller(request.headers),
            permitted=lambda request, permission: self.guard.call_of(request.headers, permission),
            identify=partial(self._ask, identify),
            body=self._read_body,
            upload=self._upload,
            blocks=self.threads.blocks,
            in_thread=self.threads.stream,
            contents=lambda: record.contents,
            scratch=record.home / "scratch",
        )
        self._adapters: list[tuple[str, Adapter]] = [("mlflow", Mlflow(door)), ("valohai", Valohai(door))]
        inner = Starlette(routes=self._routes(), exception_handlers={HTTPException: _no_route})
        self._asgi = SecurityHeaders(self._counting(self._doors(inner)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._asgi(scope, receive, send)

    def _stirred(self) -> None:
        self.guard.forget()
        self.news.wake()

    async def drain(self) -> None:
        """From now on `/health/ready` answers 503, and nobody follows the news any more."""
        self.draining = True
        await self.news.close()
        await self.deployed.close()

    def close(self) -> None:
        self._forget()
        self.threads.close()

    # --- routes ------------------------------------------------------------------------------------------------------

    def _routes(self) -> list[Route]:
        own: list[tuple[str, Endpoint]] = [
            ("/", self._home),
            ("/openapi.json", self._openapi),
            ("/health/live", self._live),
            ("/health/ready", self._ready),
            ("/metrics", self._metrics),
            ("/api/news", self._follow),
            (ASSETS, self.pages.asset),
            *((place, self.pages.page) for place in PLACES),
        ]
        routes = [Route(path, self._answering(path, endpoint), methods=["GET"]) for path, endpoint in own]
        routes.append(Route(DEPLOYED, self._answering(DEPLOYED, self.deployed.answer), methods=METHODS))
        routes.append(Route(SIGN_IN, self._answering(SIGN_IN, self.sign_in.answer), methods=SIGN_IN_METHODS))
        routes.append(Route(TRIED, self._answering(TRIED, self.tried.answer), methods=["POST"]))
        routes.append(Route(HOOKS, self._answering(HOOKS, self.hooks.take), methods=["POST"]))
        # A path of fixed words comes before one with fields: `/runs/compare` must not be taken for a run's name.
        table = sorted(TABLE.values(), key=lambda one: [part.startswith("{") for part in one.path.split("/")])
        performing = ((one, self._answering(one.name, partial(self._perform, Form(one)))) for one in table)
        return routes + [Route(f"/api{one.path}", endpoint, methods=[one.method]) for one, endpoint in performing]

    def _answering(self, name: str, endpoint: Endpoint) -> Endpoint:
        """An endpoint whose errors become problem documents, and whose answers are counted."""

        async def answer(request: Request) -> Response:
            began = time.perf_counter()
            response = await self._guarded(request, name, endpoint)
            self.metrics.observe(name, response.status_code, time.perf_counter() - began)
            return response

        return answer

    async def _guarded(self, request: Request, name: str, endpoint: Endpoint) -> Response:
        try:
            self.guard.check_host(request.headers)
            return await endpoint(request)
        except RefusalError as refusal:
            return problem(refusal.error, refusal.status)
        except TreadleError as error:
            headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {"Retry-After": "1"} if error.status == 503 else None
            if error.status >= 500:
                log.warning("%s: %s (%s)", name, error.what, error.code)
            return problem(error, headers=headers)
        except msgspec.MsgspecError as error:
            return problem(said_by(error))
        except RecursionError:
            return problem(UsageError("the body is nested too deeply"))
        except Exception:  # whatever else goes wrong is a defect of ours: the client learns a number, the log the whole story
            number = secrets.token_hex(6)
            log.exception("%s failed, error %s", name, number)
            return problem(TreadleError(f"something went wrong in the server, error {number}", hint="the server's log has the details"))

    # --- operations --------------------------------------------------------------------------------------------------

    async def _perform(self, form: Form, request: Request) -> Response:
        operation = form.operation
        headers = request.headers
        media = ""
        if operation.method != "GET":
            self.guard.check_source(headers)
            if operation.method != "DELETE":
                media = self.guard.check_media(headers, stream=operation.body == "bytes")
        call = await self.guard.call_of(headers, operation.allow, cookies=True)
        if operation.body == "bytes":
            self._check_length(headers.get("content-length"), self.settings.max_upload)
            asked = form.from_query(request.path_params, request.query_params.multi_items())
            upload = Upload(request.receive, self.settings)
            answer = await self.threads.stream(lambda: self.record.call(operation, asked, call, stream=iter(upload)))
        else:
            ranged: dict[str, str] | None = None
            if form.takes_body:
                self._check_length(headers.get("content-length"), self.settings.max_body)
                asked = form.from_body(request.path_params, await read_body(request.receive, self.settings), media)
            else:
                ranged = range_of(headers["range"]) if operation.answer is Stream and "range" in headers else None
                asked = form.from_query(request.path_params, [*request.query_params.multi_items(), *(ranged or {}).items()])
            answer = await self.threads.perform(lambda: self.record.call(operation, asked, call))
        if isinstance(answer, Stream):
            return self._streamed(answer, partial_content=ranged is not None, head=request.method == "HEAD")
        return encode(answer, headers.get("accept", ""))

    def _check_length(self, said: str | None, most: int) -> None:
        if said is not None and said.isdigit() and int(said) > most:
            raise RefusalError(UsageError(f"{said} bytes are more than this server takes ({most})"), 413)

    def _streamed(self, stream: Stream, *, partial_content: bool, head: bool) -> Response:
        """Raw bytes, never shown by a browser as a page of this origin."""
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": f'"{stream.digest}"',
            "Content-Length": str(stream.length),
            "Content-Disposition": "attachment",  # without a name, so that a link may give one: the same bytes have many names
        }
        if partial_content and stream.length == 0:
            return problem(UsageError("the range lies behind the end"), 416, {"Content-Range": f"bytes */{stream.total}"})
        if partial_content:
            headers["Content-Range"] = f"bytes {stream.start}-{stream.start + stream.length - 1}/{stream.total}"
        if head:
            return Response(media_type=BYTES, headers=headers)
        status = 206 if partial_content else 200
        if stream.ready is not None:
            return Response(stream.ready, status_code=status, media_type=BYTES, headers=headers)
        return StreamingResponse(self.threads.blocks(stream.blocks), status_code=status, media_type=BYTES, headers=headers)

    async def _ask(self, operation: Operation[Q, A], request: Q, call: Call | None = None) -> A:
        """What an operation answers that this server itself asks for; without a `call`, in nobody's name."""
        found: A = await self.threads.perform(lambda: self.record.call(operation, request, call))
        return found

    async def answering(self) -> dict[str, list[str]]:
        """What should answer beside the server, in all projects: its name, and the command that performs it."""
        endpoints = await self._ask(list_endpoints, ListEndpoints(everywhere=True))
        versions = await self._ask(list_versions, ListDeploymentVersions(enabled=True, everywhere=True))
        found = {
            f"endpoint {one.name}": ["serve", one.name, "--take-over"]
            for one in endpoints
            if one.state == "on" and any(revision.role == "live" for revision in one.revisions)
        }
        return found | {
            f"application {name} of {one.deployment} {one.name} ({one.id})": ["deployed", str(one.id), name]
            for one in versions
            for name in one.applications
        }

    # --- what is not in the table ------------------------------------------------------------------------------------

    async def _home(self, request: Request) -> Response:
        if wants_page(request):
            return await self.pages.page(request)
        return PlainTextResponse(_HOME.format(address=str(request.base_url).rstrip("/")))

    async def _openapi(self, _request: Request) -> Response:
        if self._document is None:
            self._document = openapi.whole()
        return Response(self._document, media_type="application/json")

    async def _live(self, _request: Request) -> Response:
        return PlainTextResponse("live\n")

    async def _ready(self, _request: Request) -> Response:
        if self.draining:
            return PlainTextResponse("draining\n", status_code=503)
        await self._ask(check_health, CheckHealth())
        return PlainTextResponse("ready\n")

    async def _metrics(self, request: Request) -> Response:
        await self.guard.call_of(request.headers, check_health.allow)
        self.metrics.followers.set(self.news.followers)
        health: Health | None = None
        with contextlib.suppress(TreadleError):  # a scraper is told that the record is away, and everything else
            health = await self._ask(check_health, CheckHealth())
        return Response(self.metrics.render(health), media_type=CONTENT_TYPE)

    async def _follow(self, request: Request) -> Response:
        await self.guard.call_of(request.headers, read_journal.allow, cookies=True)
        wanted = msgspec.convert(dict(request.query_params), FollowNews, strict=False)
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdigit() else wanted.after
        if self.draining:
            return problem(TreadleError("this server is about to stop"), 503, {"Retry-After": "1"})
        events = self._events(self.news.follow(after, wanted.kind, wanted.root))
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    async def _events(self, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for event in source:
                yield event
        except TreadleError as error:  # the head of the answer is sent already: end it, the reader will come back
            log.warning("the news ended for a reader: %s", error.what)

    # --- other protocols ---------------------------------------------------------------------------------------------

    def _doors(self, inner: ASGIApp) -> ASGIApp:
        """Requests in a foreign protocol go to its adapter, all others to our own routes."""

        async def choose(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                for name, adapter in self._adapters:
                    if adapter.takes(scope["path"]):
                        await (await self._adapted(name, adapter, Request(scope, receive)))(scope, receive, send)
                        return
            await inner(scope, receive, send)

        return choose

    async def _adapted(self, name: str, adapter: Adapter, request: Request) -> Response:
        began = time.perf_counter()
        try:
            self.guard.check_host(request.headers)
            if request.method not in ("GET", "HEAD"):
                self.guard.check_source(request.headers)
                self.guard.check_no_form(request.headers)
        except TreadleError as error:
            response = adapter.refused(error)
        else:
            response = await adapter.answer(request)
        self.metrics.observe(name, response.status_code, time.perf_counter() - began)
        return response

    async def _perform_for(
        self, request: Request, operation: Operation[Any, Any], asked: Any, stream: Iterable[bytes] | None, *, project: str | None = None
    ) -> Any:
        """An operation in the name of who sent the request, for an adapter."""
        call = await self.guard.call_of(request.headers, operation.allow)
        if project is not None:
            call = msgspec.structs.replace(call, project=project)
        if stream is not None:
            return await self.threads.stream(lambda: self.record.call(operation, asked, call, stream=iter(stream)))
        return await self.threads.perform(lambda: self.record.call(operation, asked, call))

    async def _read_body(self, request: Request) -> bytes:
        try:
            self._check_length(request.headers.get("content-length"), self.settings.max_body)
            return await read_body(request.receive, self.settings)
        except RefusalError as refusal:
            raise refusal.error from refusal

    def _upload(self, request: Request) -> Iterable[bytes]:
        return Upload(request.receive, self.settings)

    # --- around everything -------------------------------------------------------------------------------------------

    def _counting(self, inner: ASGIApp) -> ASGIApp:
        """Knows which requests are under way, and logs each one that has ended when that is wanted."""

        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await inner(scope, receive, send)
            counted = scope["path"] != "/api/news"
            began, status = time.perf_counter(), 0

            async def answering(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            self.active += counted
            try:
                await inner(scope, receive, answering)
            except TreadleError as error:  # in the middle of a stream: the connection ends, so the client sees that it is not whole
                log.warning("the answer to %s %s broke off: %s", scope["method"], scope["path"], error.what)
            finally:
                self.active -= counted
                if self.settings.verbose:  # the path only: values in a query may be somebody's secret
                    log.info("%s %s %d %.1f ms", scope["method"], scope["path"], status, (time.perf_counter() - began) * 1000)

        return outer


class FollowNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a follower of the news asks for. `kind` may end in `*`; without `after` only what happens from now on."""

    after: int | None = None
    kind: str = ""
    root: int | None = None


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return problem(UsageError(f"{request.method} does not work on {request.url.path}", hint=f"try {allowed}"), 405, error.headers)
    if error.status_code == 404:
        return problem(NotFound(f"there is nothing at {request.url.path[:200]}", hint="the API document is at /openapi.json"))
    return problem(TreadleError(str(error.detail)), error.status_code)
