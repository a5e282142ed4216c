"""Between HTTP and operations: requests become request structs, answers and errors become bodies.

JSON for people and browsers, MessagePack for our own client, because requests hold bytes. Errors are RFC 9457 problem documents.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from treadle.core.errors import TreadleError, UsageError
from treadle.core.operation import Operation

JSON, MSGPACK, BYTES, PROBLEM = "application/json", "application/msgpack", "application/octet-stream", "application/problem+json"
_IN_PATH = re.compile(r"\{([a-z_]+)\}")
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


class RefusalError(Exception):
    """An error of ours for which HTTP has a more exact status than the error's class."""

    def __init__(self, error: TreadleError, status: int) -> None:
        super().__init__(error.what)
        self.error = error
        self.status = status


class Form:
    """The HTTP form of one operation: which fields travel in the path, and how the rest is decoded."""

    def __init__(self, operation: Operation[Any, Any]) -> None:
        self.operation = operation
        self.in_path = tuple(_IN_PATH.findall(operation.path))
        self.fields = {field.encode_name: field for field in msgspec.structs.fields(operation.request)}
        self.lists = {name for name, field in self.fields.items() if _is_list(field.type)}
        self.takes_body = operation.method in ("POST", "PUT") and operation.body == "json"
        self._json = msgspec.json.Decoder(operation.request)
        self._msgpack = msgspec.msgpack.Decoder(operation.request)

    def from_query(self, path: Mapping[str, str], query: Sequence[tuple[str, str]]) -> Any:
        """The request out of path and query, where every value is text. Raises UsageError or ValidationError naming the field."""
        found: dict[str, Any] = dict(path)
        for name, value in query:
            if name not in self.fields or name in self.in_path:
                raise UsageError(f"`{self.operation.name}` has no field `{name}`", hint=self._hint())
            if name in self.lists:
                found.setdefault(name, []).append(value)
            elif name in found:
                raise UsageError(f"`{name}` was given twice")
            else:
                found[name] = value
        return msgspec.convert(found, self.operation.request, strict=False)

    def from_body(self, path: Mapping[str, str], body: bytes, media: str) -> Any:
        """The request out of path and body. Raises UsageError, msgspec.DecodeError, or ValidationError naming the field."""
        if media == MSGPACK:
            if not path:
                return self._msgpack.decode(body)
            return self._merged(path, msgspec.msgpack.decode(body, type=dict[str, Any]) if body else {})
        # JSON is written by people: a field that is not known is a mistake of theirs, which must not pass in silence.
        given = msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw])
        for name in given:
            if name not in self.fields:
                raise UsageError(f"`{self.operation.name}` has no field `{name}`", hint=self._hint())
        if not path:
            return self._json.decode(body or b"{}")
        return self._merged(path, {name: msgspec.json.decode(value) for name, value in given.items()})

    def _merged(self, path: Mapping[str, str], given: dict[str, Any]) -> Any:
        for name, text in path.items():
            value = msgspec.convert({name: text}, _single(name, self.fields[name].type), strict=False)
            if name in given and given[name] != getattr(value, name):
                raise UsageError(f"`{name}` is `{text}` in the path and something else in the body")
            given[name] = getattr(value, name)
        return msgspec.convert(given, self.operation.request)

    def _hint(self) -> str:
        return f"its fields are {', '.join(self.fields) or 'none'}"


def range_of(header: str) -> dict[str, str] | None:
    """The fields `start` and `length` for a Range header of one range (RFC 9110, 14.2); None for what may be ignored."""
    match = _RANGE.match(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        return {"start": str(-int(last))} if int(last) else None
    if last and int(last) < int(first):
        return None
    return {"start": first} | ({"length": str(int(last) - int(first) + 1)} if last else {})


def encode(value: Any, accepted: str) -> Response:
    """An answer as the client asked for it: MessagePack where it says so, else JSON."""
    if MSGPACK in accepted:
        return Response(msgspec.msgpack.encode(value), media_type=MSGPACK)
    return Response(msgspec.json.encode(value), media_type=JSON)


def problem(error: TreadleError, status: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """An error as a problem document; `status` where HTTP has a more exact one than the error's class."""
    body = error.problem() | {"status": status or error.status}
    return Response(msgspec.json.encode(body), status_code=body["status"], media_type=PROBLEM, headers=dict(headers or {}))


def said_by(error: msgspec.MsgspecError) -> UsageError:
    """What was wrong with a body or a query, as an error of ours whose place is the path of the field."""
    words, mark, place = str(error).rpartition(" - at `")
    if mark:
        return UsageError(words, where=place.removesuffix("`"))
    if isinstance(error, msgspec.ValidationError):
        return UsageError(str(error))
    return UsageError(f"the body cannot be read: {error}")


@functools.cache
def _single(name: str, kind: Any) -> type[Any]:
    return msgspec.defstruct("Path", [(name, kind)])


def _is_list(kind: Any) -> bool:
    info = msgspec.inspect.type_info(kind)
    members = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    arrays = (msgspec.inspect.ListType, msgspec.inspect.VarTupleType, msgspec.inspect.TupleType, msgspec.inspect.SetType)
    return any(isinstance(member, arrays) for member in members)
