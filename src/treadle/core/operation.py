"""One operation table.

An operation is said once, as a value in `treadle.contract`: its name, its HTTP form, its request and answer types and the
permission it needs. The stage that performs it binds a plain function to the value with `@performs`. From the same values come
the HTTP routes, the OpenAPI document, the client, `treadle api NAME`, the permissions and the docs test.

    get_run = operation("runs.get", GET, "/runs/{run}", GetRun, Run, allow="run:read")

    @performs(get_run)
    def get(request: GetRun, call: Call, store: Database) -> Run: ...

A function's further parameters are asked for by name and given by `treadle.assemble`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from treadle.core.errors import UnknownOperation

GET, POST, PUT, DELETE = "GET", "POST", "PUT", "DELETE"

Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and why. Nothing inside an operation reads a clock: time comes from the database."""

    actor: str = "local"
    """The name of the user, token or trigger that asks."""
    cause: int | None = None
    """The journal entry that made this call happen, when one did."""
    project: str = "default"
    role: str = "admin"
    """What the one who asks may be taken for (access.rules.ROLES). Whoever works on a home folder directly owns it."""


class Operation(Generic[Q, A]):
    """One line of the table. Compare and look up by `name`; `request` and `answer` are msgspec types."""

    __slots__ = ("allow", "answer", "body", "method", "name", "path", "request", "summary")

    def __init__(self, name: str, method: str, path: str, request: type[Q], answer: Any, *, allow: str, summary: str, body: str) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.request = request
        self.answer = answer
        self.allow = allow
        self.summary = summary
        self.body = body

    def __repr__(self) -> str:
        return f"operation {self.name} ({self.method} {self.path})"


TABLE: dict[str, Operation[Any, Any]] = {}
_BOUND: dict[str, Callable[..., Any]] = {}


def operation(
    name: str, method: str, path: str, request: type[Q], answer: type[A], *, allow: str, summary: str, body: str = "json"
) -> Operation[Q, A]:
    """Adds a line to the table.

    `path` may hold `{field}` parts, filled from the request's fields; the other fields travel in the query (GET, DELETE) or as
    the JSON body (POST, PUT). `allow` is "thing:act". `body` is "json", or "bytes" where the body is a raw stream of bytes that
    the function takes as its parameter `stream`, an iterator of bytes (the request's fields then travel in path and query).
    """
    if name in TABLE:
        raise AssertionError(f"operation {name} is declared twice")
    made: Operation[Q, A] = Operation(name, method, path, request, answer, allow=allow, summary=summary, body=body)
    TABLE[name] = made
    return made


F = TypeVar("F", bound=Callable[..., Any])


def performs(bound: Operation[Any, Any]) -> Callable[[F], F]:
    """Binds the function that performs an operation. Its first two parameters are the request and the call."""

    def bind(function: F) -> F:
        if bound.name in _BOUND:
            raise AssertionError(f"operation {bound.name} is performed twice")
        _BOUND[bound.name] = function
        return function

    return bind


def performer(name: str) -> Callable[..., Any]:
    """The function bound to an operation; raises UnknownOperation when the name is in no table."""
    if name not in _BOUND:
        raise UnknownOperation(f"there is no operation `{name}`", hint="treadle api")
    return _BOUND[name]


def asks_for(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of what a performing function asks for beyond request and call."""
    return tuple(inspect.signature(function).parameters)[2:]
