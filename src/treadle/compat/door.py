"""What adapters of foreign protocols have in common: the server's side of the door, and a table of routes.

A path may hold `{field}` (one part) and at its end `{field:path}` (all the rest). Fixed paths are looked up in a dictionary, paths
with fields are tried in order.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from treadle.contract.access import Identify, Identity
from treadle.core.errors import TreadleError

F = TypeVar("F", bound=Callable[..., Any])


class Door:
    """What the server gives to an adapter: operations performed in the caller's name, bodies, streams, and threads.

    `perform(request, operation, asked, stream)` checks the caller's permission and performs; with a `stream` it hands the operation an
    iterator of bytes, with `project` it performs it in that project. `caller(request)` is who asks, `permitted(request, permission)`
    raises where that one may not do something, `identify` tells whose a token is. `body(request)` reads a bounded body;
    `upload(request)` is one that arrives piece by piece; `blocks` makes an asynchronous iterator of one that a thread reads;
    `in_thread` performs what waits for a disk. `contents` are the stored bytes, `scratch` a folder for temporary files.
    """

    def __init__(
        self,
        perform: Callable[..., Awaitable[Any]],
        caller: Callable[[Request], Awaitable[Identity]],
        permitted: Callable[[Request, str], Awaitable[Any]],
        identify: Callable[[Identify], Awaitable[Identity]],
        body: Callable[[Request], Awaitable[bytes]],
        upload: Callable[[Request], Iterable[bytes]],
        blocks: Callable[[Iterator[bytes]], AsyncIterator[bytes]],
        in_thread: Callable[[Callable[[], Any]], Awaitable[Any]],
        contents: Callable[[], Any],
        scratch: Path,
    ) -> None:
        self.perform = perform
        self.caller = caller
        self.permitted = permitted
        self.identify = identify
        self.body = body
        self.upload = upload
        self.blocks = blocks
        self.in_thread = in_thread
        self.contents = contents
        self.scratch = scratch


class Adapter(Protocol):
    """A foreign protocol at the server's door. `answer` never raises."""

    def takes(self, path: str) -> bool:
        """Whether a path belongs to it rather than to us."""
        ...

    async def answer(self, request: Request) -> Response: ...

    def refused(self, error: TreadleError) -> Response:
        """An error of the door itself in the protocol's words."""
        ...


class NoRoute(LookupError):
    """`known`: the path is there, for another method."""

    def __init__(self, known: bool) -> None:
        super().__init__()
        self.known = known


class Routes(Generic[F]):
    """(method, path) -> function."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[str, str], F] = {}
        self._patterns: list[tuple[str, str, re.Pattern[str], F]] = []

    def route(self, method: str, path: str) -> Callable[[F], F]:
        """Names the function that answers a route."""

        def bind(function: F) -> F:
            if (method, path) in self._fixed or any((method, path) == one[:2] for one in self._patterns):
                raise AssertionError(f"{method} {path} is answered twice")
            if "{" in path:
                self._patterns.append((method, path, _pattern(path), function))
            else:
                self._fixed[method, path] = function
            return function

        return bind

    def find(self, method: str, path: str) -> tuple[F, dict[str, str]]:
        """The function for a request and the fields of its path. Raises NoRoute."""
        function = self._fixed.get((method, path))
        if function is not None:
            return function, {}
        known = any(one == path for _, one in self._fixed)
        for one, _, pattern, found in self._patterns:
            match = pattern.fullmatch(path)
            if match is not None:
                if one == method or (one == "GET" and method == "HEAD"):
                    return found, match.groupdict()
                known = True
        raise NoRoute(known)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from self._fixed
        yield from ((method, path) for method, path, _, _ in self._patterns)


def _pattern(path: str) -> re.Pattern[str]:
    made = re.sub(r"\\\{(\w+):path\\\}", r"(?P<\1>.+)", re.escape(path))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", made))
