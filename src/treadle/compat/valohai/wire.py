"""The wire of Valohai's API: JSON; lists with a count; errors as {"message", "code"} or {"field": [{"message", "code"}]}."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from starlette.responses import Response

from treadle.core.errors import TreadleError

T = TypeVar("T", bound=msgspec.Struct)
JSON = "application/json"


class ValohaiError(Exception):
    """An answer that is an error. With a `field` it is said of that field of the request."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


def answer(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type=JSON)


def refused(status: int, code: str, message: str, field: str = "") -> Response:
    said: dict[str, Any] = {"message": message, "code": code}
    return answer({field: [said]} if field else said, status)


def refused_as(error: TreadleError) -> Response:
    """An error of ours: what happened, where, and what to do next, in one text."""
    words = [error.what, *([error.where] if error.where else []), *([error.hint] if error.hint else [])]
    code = {400: "invalid", 401: "not_authenticated", 403: "permission_denied", 404: "not_found", 409: "conflict"}.get(
        error.status, "error"
    )
    return refused(error.status, code, "; ".join(words))


def listed(results: Sequence[Any], total: int | None = None) -> dict[str, Any]:
    return {"count": len(results) if total is None else total, "next": None, "previous": None, "results": list(results)}


def read(body: bytes, form: type[T]) -> T:
    """A JSON body as a struct; fields that nobody knows are passed over. Raises ValohaiError naming the field."""
    try:
        return msgspec.json.decode(body or b"{}", type=form, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValohaiError(400, "invalid", f"the body cannot be read: {error}") from error
    except RecursionError as error:
        raise ValohaiError(400, "invalid", "the body is nested too deeply") from error


def moment(at: float | None) -> str | None:
    """A time as the clients read it: UTC with microseconds."""
    if at is None:
        return None
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
