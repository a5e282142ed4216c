"""The door for Valohai's clients: their routes, and whose project a request is about."""

from __future__ import annotations

import importlib
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from treadle.compat.door import Door, NoRoute, Routes
from treadle.compat.valohai import wire
from treadle.compat.valohai.wire import ValohaiError
from treadle.contract.projects import ListProjects, Project, list_projects
from treadle.core.errors import TreadleError
from treadle.core.operation import Operation
from treadle.valohai.identity import named

log = logging.getLogger("treadle.valohai")
T = TypeVar("T")
F = TypeVar("F", bound=msgspec.Struct)

Answering = Callable[["Ask"], Awaitable[Any]]
ROUTES: Routes[Answering] = Routes()
PREFIX = "/api/v0/"
_NEEDED = ("valohai_yaml", "leval", "yaml", "python_multipart")
_FILES = ("access", "projects", "commits", "executions", "pipelines", "tasks", "data", "models", "deployments")


def route(method: str, path: str) -> Callable[[Answering], Answering]:
    """Names the function that answers a route; its path is that behind /api/v0/."""
    return ROUTES.route(method, f"{PREFIX}{path}")


class Ask:
    """One request of a client of Valohai's API."""

    def __init__(self, request: Request, door: Door, path: dict[str, str]) -> None:
        self.request = request
        self.door = door
        self.path = path
        self.base = str(request.base_url).rstrip("/")
        """How the client reaches this server: it sends its token to no other address."""
        self._projects: list[Project] | None = None

    async def perform(
        self, operation: Operation[Any, T], asked: Any, *, project: str | None = None, stream: Iterable[bytes] | None = None
    ) -> T:
        """Performs an operation in the caller's name."""
        found: T = await self.door.perform(self.request, operation, asked, stream, project=project)
        return found

    async def body(self, form: type[F]) -> F:
        return wire.read(await self.door.body(self.request), form)

    def query(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def queries(self, name: str) -> list[str]:
        """All values of a name, also those behind commas."""
        return [part for value in self.request.query_params.getlist(name) for part in value.split(",") if part]

    def number(self, name: str, default: int) -> int:
        text = self.query(name)
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise ValohaiError(400, "invalid", f"`{text[:40]}` is no number", name)
        return int(text)

    async def projects(self) -> list[Project]:
        if self._projects is None:
            self._projects = await self.perform(list_projects, ListProjects())
        return self._projects

    async def project(self, identifier: str) -> Project:
        """The project with that identifier or name. Raises ValohaiError (404)."""
        for one in await self.projects():
            if identifier.lower() in (named("project", one.name), one.name.lower()):
                return one
        raise ValohaiError(404, "not_found", f"there is no project {identifier[:80]}")

    async def project_of_query(self) -> Project | None:
        said = self.query("project")
        return await self.project(said) if said else None


class Valohai:
    """All routes, put to use. `answer` never raises."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._loaded = False

    def takes(self, path: str) -> bool:
        """Whether a path belongs to Valohai's API rather than to us."""
        return path.startswith(PREFIX)

    def refused(self, error: TreadleError) -> Response:
        return wire.refused_as(error)

    async def answer(self, request: Request) -> Response:
        path = re.sub(r"/{2,}", "/", request.scope["path"])  # the client joins addresses that end and begin with a slash
        path = path if path.endswith("/") else f"{path}/"
        try:
            self._load()
            function, fields = ROUTES.find(request.method, path)
            found = await function(Ask(request, self._door, fields))
            return found if isinstance(found, Response) else wire.answer(found)
        except NoRoute as error:
            said = f"{request.method} does not work on {path[:200]}" if error.known else f"this server has nothing at {path[:200]}"
            return wire.refused(405 if error.known else 404, "not_found", said)
        except ValohaiError as error:
            return wire.refused(error.status, error.code, error.message, error.field)
        except TreadleError as error:
            if error.status >= 500:
                log.warning("%s: %s (%s)", path, error.what, error.code)
            return wire.refused_as(error)
        except Exception:  # a defect of ours: the client learns a number, the log the whole story
            number = secrets.token_hex(6)
            log.exception("%s failed, error %s", path, number)
            return wire.refused(500, "error", f"something went wrong in the server, error {number}; the server's log has the details")

    def _load(self) -> None:
        """Imports the routes when they are first asked for: what reads valohai.yaml is an extra, and takes its time."""
        if self._loaded:
            return
        try:
            for name in _FILES:
                importlib.import_module(f"treadle.compat.valohai.{name}")
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _NEEDED:
                raise
            raise ValohaiError(501, "not_installed", "this server does not speak Valohai's API: pip install 'treadle[valohai]'") from error
        self._loaded = True
