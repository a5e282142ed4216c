"""The door for MLflow's clients: which routes there are, and how a request finds the function that answers it.

Every path under /api/ has a twin under /ajax-api/, which MLflow's own pages use. Fixed paths are looked up in a dictionary, paths
with fields are tried in order. A function takes an `Ask` and answers a struct or plain data, or a whole Response.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.compat.mlflow import wire
from treadle.compat.mlflow.wire import MlflowError
from treadle.core.errors import TreadleError
from treadle.core.operation import Operation

log = logging.getLogger("treadle.mlflow")
T = TypeVar("T")
F = TypeVar("F", bound=msgspec.Struct)

Answering = Callable[["Ask"], Awaitable[Any]]
ROUTES: dict[tuple[str, str], Answering] = {}
"""(method, path) -> function. A path may hold `{field}` (one part) and at its end `{field:path}` (all the rest)."""


def route(method: str, path: str) -> Callable[[Answering], Answering]:
    """Names the function that answers a route; `path` as MLflow's documents write it, with /api."""

    def bind(function: Answering) -> Answering:
        if (method, path) in ROUTES:
            raise AssertionError(f"{method} {path} is answered twice")
        ROUTES[method, path] = function
        return function

    return bind


class Door:
    """What the server gives to this adapter: operations performed in the caller's name, bodies, and streams.

    `perform(request, operation, asked)` checks the caller's permission and performs; with `stream` it hands the operation an
    iterator of bytes. `body(request)` reads a bounded body; `upload(request)` is one that arrives piece by piece; `blocks` makes
    an asynchronous iterator of one that a thread reads.
    """

    def __init__(
        self,
        perform: Callable[..., Awaitable[Any]],
        body: Callable[[Request], Awaitable[bytes]],
        upload: Callable[[Request], Iterable[bytes]],
        blocks: Callable[[Iterator[bytes]], AsyncIterator[bytes]],
    ) -> None:
        self.perform = perform
        self.body = body
        self.upload = upload
        self.blocks = blocks


class Ask:
    """One request of an MLflow client."""

    __slots__ = ("door", "path", "request")

    def __init__(self, request: Request, door: Door, path: dict[str, str]) -> None:
        self.request = request
        self.door = door
        self.path = path

    async def perform(self, operation: Operation[Any, T], asked: Any, stream: Iterable[bytes] | None = None) -> T:
        """Performs an operation in the caller's name."""
        found: T = await self.door.perform(self.request, operation, asked, stream)
        return found

    async def body(self, form: type[F]) -> F:
        """The JSON body as a struct. Raises MlflowError."""
        return wire.read(await self.door.body(self.request), form)

    def query(self, form: type[F]) -> F:
        return wire.read_query(self.request.query_params.multi_items(), form)


class Mlflow:
    """All routes, put to use. `answer` never raises."""

    def __init__(self, door: Door) -> None:
        from treadle.compat.mlflow import routes

        routes.load()
        self._door = door
        self._fixed: dict[tuple[str, str], Answering] = {}
        self._patterns: list[tuple[str, re.Pattern[str], Answering]] = []
        self._known: set[str] = set()
        for (method, path), function in ROUTES.items():
            if "{" in path:
                self._patterns.append((method, _pattern(path), function))
            else:
                self._fixed[method, path] = function
                self._known.add(path)

    def takes(self, path: str) -> bool:
        """Whether a path belongs to MLflow's protocol rather than to us."""
        return path.startswith(_PREFIXES) or path in _PLAIN

    async def answer(self, request: Request) -> Response:
        try:
            function, fields = self._find(request.method, request.scope["path"])
            found = await function(Ask(request, self._door, fields))
            return found if isinstance(found, Response) else wire.answer(found)
        except MlflowError as error:
            return wire.refused(error.code, error.message)
        except TreadleError as error:
            if error.status >= 500:
                log.warning("%s: %s (%s)", request.url.path, error.what, error.code)
            return wire.refused_as(error)
        except Exception:  # a defect of ours: the client learns a number, the log the whole story
            number = secrets.token_hex(6)
            log.exception("%s failed, error %s", request.url.path, number)
            return wire.refused("INTERNAL_ERROR", f"something went wrong in the server, error {number}; the server's log has the details")

    def _find(self, method: str, path: str) -> tuple[Answering, dict[str, str]]:
        plain = "/api/" + path.removeprefix("/ajax-api/") if path.startswith("/ajax-api/") else path
        function = self._fixed.get((method, plain))
        if function is not None:
            return function, {}
        others = plain in self._known
        for one, pattern, function in self._patterns:
            match = pattern.fullmatch(plain)
            if match is not None:
                if one == method or (one == "GET" and method == "HEAD"):
                    return function, match.groupdict()
                others = True
        if others:
            raise MlflowError("BAD_REQUEST", f"{method} does not work on {path[:200]}")
        raise MlflowError("ENDPOINT_NOT_FOUND", f"this server has nothing at {path[:200]}")


_PREFIXES = ("/api/2.0/", "/api/2.0mlflow/", "/api/3.0/", "/ajax-api/", "/v1/traces")
_PLAIN = ("/version", "/health", "/model-versions/get-artifact", "/get-artifact")


def _pattern(path: str) -> re.Pattern[str]:
    made = re.sub(r"\\\{(\w+):path\\\}", r"(?P<\1>.+)", re.escape(path))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", made))
