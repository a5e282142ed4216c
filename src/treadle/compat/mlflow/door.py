"""The door for MLflow's clients: which routes there are, and how a request finds the function that answers it.

Every path under /api/ has a twin under /ajax-api/, which MLflow's own pages use. A function takes an `Ask` and answers a struct or
plain data, or a whole Response.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.compat.door import Door, NoRoute, Routes
from treadle.compat.mlflow import wire
from treadle.compat.mlflow.wire import MlflowError
from treadle.core.errors import TreadleError
from treadle.core.operation import Operation

log = logging.getLogger("treadle.mlflow")
T = TypeVar("T")
F = TypeVar("F", bound=msgspec.Struct)

Answering = Callable[["Ask"], Awaitable[Any]]
ROUTES: Routes[Answering] = Routes()
route = ROUTES.route
"""Names the function that answers a route; its path as MLflow's documents write it, with /api."""


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

    def takes(self, path: str) -> bool:
        """Whether a path belongs to MLflow's protocol rather than to us."""
        return path.startswith(_PREFIXES) or path in _PLAIN

    def refused(self, error: TreadleError) -> Response:
        return wire.refused_as(error)

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
        try:
            return ROUTES.find(method, plain)
        except NoRoute as error:
            if error.known:
                raise MlflowError("BAD_REQUEST", f"{method} does not work on {path[:200]}") from error
            raise MlflowError("ENDPOINT_NOT_FOUND", f"this server has nothing at {path[:200]}") from error


_PREFIXES = ("/api/2.0/", "/api/2.0mlflow/", "/api/3.0/", "/ajax-api/", "/v1/traces")
_PLAIN = ("/version", "/health", "/model-versions/get-artifact", "/get-artifact")
