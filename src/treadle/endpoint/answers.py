"""Errors as answers: problem documents (RFC 9457) that also say `error`, which is where Open Inference Protocol clients look."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.errors import InvalidRows, ModelFailed, NotAllowed, NotFound, NotSignedIn, Overloaded, TooLarge, TreadleError, UsageError
from treadle.endpoint.http import Request

PROBLEM = b"application/problem+json"
_KINDS: dict[int, type[TreadleError]] = {
    400: InvalidRows,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    413: TooLarge,
    429: Overloaded,
    500: ModelFailed,
    503: Overloaded,
    504: ModelFailed,
}


class Refused(Exception):
    """A request that cannot be answered, with its status; `where` names row and column in the caller's own terms."""

    def __init__(self, status: int, what: str, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.where = where
        self.hint = hint


def problem(status: int, what: str, where: str | None = None, hint: str | None = None) -> bytes:
    """The problem document."""
    code = _KINDS.get(status, UsageError).code
    body: dict[str, Any] = {"type": f"urn:treadle:{code}", "code": code, "status": status, "title": what}
    if where:
        body["where"] = where
    if hint:
        body["hint"] = hint
    body["error"] = f"{what} ({where})" if where else what
    return msgspec.json.encode(body)


def refuse(request: Request, refused: Refused, extra: bytes = b"") -> None:
    """Answers with the problem."""
    if refused.status in (429, 503):
        extra += b"Retry-After: 1\r\n"
    elif refused.status == 401:
        extra += b"WWW-Authenticate: Bearer\r\n"
    request.answer_as(refused.status, PROBLEM, problem(refused.status, refused.what, refused.where, refused.hint), extra)
