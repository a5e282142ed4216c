"""The wire of MLflow: JSON made from protocol buffers, and errors by name.

64-bit integers travel as numbers, and are taken as text too. Numbers that JSON does not know are the texts "NaN", "Infinity" and
"-Infinity" (protocol buffers' JSON mapping). Fields that are not set are left out, and so are empty lists.
"""

from __future__ import annotations

import functools
import math
from typing import Any, TypeVar

import msgspec
from starlette.responses import Response

from treadle.core.errors import TreadleError

T = TypeVar("T", bound=msgspec.Struct)
JSON = "application/json"

_ODD = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class MlflowError(Exception):
    """An answer that is an error by one of MLflow's own names (mlflow/protos/databricks.proto, ErrorCode)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


STATUS = {
    "BAD_REQUEST": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_CONFLICT": 409,
    "RESOURCE_EXHAUSTED": 413,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "INTERNAL_ERROR": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
}
"""Clients repeat a request on 408, 429, 500, 502, 503 and 504, for minutes: whatever is final must have another status."""

_NAMES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    413: "RESOURCE_EXHAUSTED",
    429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
}


def answer(value: Any) -> Response:
    """A success: a struct or plain data as JSON."""
    return Response(_encoder().encode(value), media_type=JSON)


def refused(code: str, message: str, status: int | None = None, headers: dict[str, str] | None = None) -> Response:
    body = {"error_code": code, "message": message}
    return Response(_encoder().encode(body), status_code=status or STATUS[code], media_type=JSON, headers=headers)


def refused_as(error: TreadleError) -> Response:
    """An error of ours under the name that MLflow's clients know for its status."""
    code = _NAMES.get(error.status, "INTERNAL_ERROR" if error.status >= 500 else "BAD_REQUEST")
    words = [error.what, *([error.where] if error.where else []), *([error.hint] if error.hint else [])]
    headers = (
        {"WWW-Authenticate": 'Basic realm="treadle"'} if error.status == 401 else {"Retry-After": "1"} if error.status == 503 else None
    )
    return refused(code, "; ".join(words), error.status, headers)


def read(body: bytes, form: type[T]) -> T:
    """A body as a struct; numbers may be texts. Raises MlflowError (INVALID_PARAMETER_VALUE) naming the field."""
    try:
        found: T = _decoder(form).decode(body or b"{}")
        return found
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"the body cannot be read: {error}") from error
    except RecursionError as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", "the body is nested too deeply") from error


def read_query(pairs: list[tuple[str, str]], form: type[T]) -> T:
    """A query string as a struct: a name may come several times where the field is a list. Names not known are passed over."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(form)}
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            if getattr(fields[name].type, "__origin__", None) in (list, tuple):
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
    try:
        return msgspec.convert(found, form, strict=False)
    except msgspec.ValidationError as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"the query cannot be read: {error}") from error


def number(value: float | str) -> float:
    """A number of the wire, which may be one of the texts for what JSON does not know."""
    if isinstance(value, str):
        try:
            return _ODD[value] if value in _ODD else float(value)
        except ValueError:
            raise MlflowError("INVALID_PARAMETER_VALUE", f"`{value[:80]}` is not a number") from None
    return float(value)


def written(value: float | None) -> float | str:
    """A number for the wire; None stands for "not a number"."""
    if value is None or math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


@functools.cache
def _encoder() -> msgspec.json.Encoder:
    return msgspec.json.Encoder()


@functools.cache
def _decoder(form: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form, strict=False)
