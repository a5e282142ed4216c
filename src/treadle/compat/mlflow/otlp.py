"""OpenTelemetry's traces: POST /v1/traces with protocol buffers or JSON, as every exporter of it sends them.

The protocol buffers are read here, field by field; what is not known is passed over. Sources: opentelemetry-proto, trace/v1/trace.proto,
common/v1/common.proto and collector/trace/v1/trace_service.proto; protobuf.dev, "Encoding".
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.responses import Response

from treadle.compat.mlflow import told
from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import traces as words
from treadle.contract.traces import MOST_BYTES, Span
from treadle.core.protobuf import fields

_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_EXPERIMENT = "x-mlflow-experiment-id"
_DEEPEST = 40
_STATUS = {0: "unset", 1: "ok", 2: "error"}
_STATUS_NAMES = {"STATUS_CODE_UNSET": "unset", "STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error"}
_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")


@route("POST", "/v1/traces")
async def export(ask: Ask) -> Response:
    body = _plain(await ask.door.body(ask.request), ask.request.headers.get("content-encoding", ""))
    media = ask.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == _PROTOBUF:
        spans = read(body)
    elif media == _JSON:
        spans = read_json(body)
    else:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"the body's Content-Type is `{media[:80]}`: {_PROTOBUF} or {_JSON}")
    experiment = told.experiment_number(ask.request.headers.get(_EXPERIMENT, "0"))
    if spans:
        asked = words.PutSpans(experiment=experiment, spans={trace: tuple(many) for trace, many in spans.items()})
        await ask.perform(words.put_spans, asked)
    return Response(b"{}" if media == _JSON else b"", media_type=media)


def _plain(body: bytes, encoding: str) -> bytes:
    """The body unpacked, at most MOST_BYTES of it."""
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise MlflowError("INVALID_PARAMETER_VALUE", f"the body's Content-Encoding is `{encoding[:40]}`: gzip or deflate")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        found = unpacking.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise _malformed(f"it is not {encoding}") from error
    if unpacking.unconsumed_tail:
        raise MlflowError("RESOURCE_EXHAUSTED", f"the body is more than {MOST_BYTES} bytes when unpacked")
    return found


def _malformed(why: str) -> MlflowError:
    return MlflowError("INVALID_PARAMETER_VALUE", f"the body is no OpenTelemetry export: {why}")


def trace_id(number: bytes) -> str:
    """How MLflow calls the trace of OpenTelemetry's sixteen bytes."""
    return f"tr-{number.hex()}"


# --- protocol buffers -----------------------------------------------------------------------------------------------------------


def read(body: bytes) -> dict[str, list[Span]]:
    """Spans by trace. Raises MlflowError (INVALID_PARAMETER_VALUE) for bytes that are no export."""
    found: dict[str, list[Span]] = {}
    try:
        for resource in _messages(body, 1):
            for scope in _messages(resource, 2):
                for one in _messages(scope, 2):
                    number, span = _span(one)
                    found.setdefault(trace_id(number), []).append(span)
    except (ValueError, IndexError, struct.error, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(str(error) or type(error).__name__) from error
    return found


def _messages(data: bytes, wanted: int) -> Iterator[bytes]:
    for number, kind, value in fields(data):
        if number == wanted and kind == 2:
            yield value


def _span(data: bytes) -> tuple[bytes, Span]:
    number, parts, events, links, attributes = b"", {"id": "", "parent": "", "name": ""}, [], [], {}
    times, kind, status, message = {7: 0, 8: 0}, 1, 0, ""
    for field, wire, value in fields(data):
        if field == 1 and wire == 2:
            number = value
        elif field in (2, 4) and wire == 2:
            parts["id" if field == 2 else "parent"] = value.hex()
        elif field == 5 and wire == 2:
            parts["name"] = value.decode()
        elif field == 6 and wire == 0:
            kind = value
        elif field in times and wire == 1:
            times[field] = struct.unpack("<Q", value)[0]
        elif field == 9 and wire == 2:
            name, plain = _pair(value)
            attributes[name] = plain
        elif field == 11 and wire == 2:
            events.append(_event(value))
        elif field == 13 and wire == 2:
            links.append(_link(value))
        elif field == 15 and wire == 2:
            for inner, how, one in fields(value):
                message = one.decode() if inner == 2 and how == 2 else message
                status = one if inner == 3 and how == 0 else status
    if len(number) != 16 or not parts["id"]:
        raise ValueError("a span has no trace of sixteen bytes, or no id")
    span = Span(
        id=parts["id"],
        parent=parts["parent"],
        name=parts["name"],
        kind=kind,
        started_at=times[7],
        ended_at=times[8],
        status=_STATUS.get(status, "unset"),
        message=message,
        attributes=attributes,
        events=tuple(events),
        links=tuple(links),
    )
    return number, span


def _pair(data: bytes, depth: int = 0) -> tuple[str, Any]:
    name, value = "", None
    for field, wire, one in fields(data):
        if field == 1 and wire == 2:
            name = one.decode()
        elif field == 2 and wire == 2:
            value = _value(one, depth + 1)
    return name, value


def _value(data: bytes, depth: int) -> Any:
    """An AnyValue as plain data; bytes as base64."""
    if depth > _DEEPEST:
        raise ValueError(f"a value is nested more than {_DEEPEST} deep")
    for field, wire, one in fields(data):
        if field == 1 and wire == 2:
            return one.decode()
        if field == 2 and wire == 0:
            return bool(one)
        if field == 3 and wire == 0:
            return one - (1 << 64) if one >> 63 else one
        if field == 4 and wire == 1:
            return struct.unpack("<d", one)[0]
        if field == 5 and wire == 2:
            return [_value(item, depth + 1) for item in _messages(one, 1)]
        if field == 6 and wire == 2:
            return dict(_pair(item, depth + 1) for item in _messages(one, 1))
        if field == 7 and wire == 2:
            return base64.b64encode(one).decode()
    return None


def _event(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"name": "", "at": 0, "attributes": {}}
    for field, wire, value in fields(data):
        if field == 1 and wire == 1:
            found["at"] = struct.unpack("<Q", value)[0]
        elif field == 2 and wire == 2:
            found["name"] = value.decode()
        elif field == 3 and wire == 2:
            name, plain = _pair(value)
            found["attributes"][name] = plain
    return found


def _link(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"trace": "", "span": "", "attributes": {}}
    for field, wire, value in fields(data):
        if field in (1, 2) and wire == 2:
            found["trace" if field == 1 else "span"] = value.hex()
        elif field == 4 and wire == 2:
            name, plain = _pair(value)
            found["attributes"][name] = plain
    return found


# --- JSON -----------------------------------------------------------------------------------------------------------------------


def read_json(body: bytes) -> dict[str, list[Span]]:
    """The same as JSON (OTLP/JSON: ids in hexadecimal, names in camel case). Raises MlflowError."""
    found: dict[str, list[Span]] = {}
    try:
        export = msgspec.json.decode(body, type=dict[str, Any])
        for resource in export.get("resourceSpans", []):
            for scope in resource.get("scopeSpans", []):
                for one in scope.get("spans", []):
                    found.setdefault(trace_id(bytes.fromhex(one["traceId"])), []).append(_json_span(one))
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _malformed(str(error) or type(error).__name__) from error
    return found


def _json_span(one: dict[str, Any]) -> Span:
    status = one.get("status", {})
    code = status.get("code", 0)
    kind = one.get("kind", 1)
    return Span(
        id=str(one["spanId"]),
        parent=str(one.get("parentSpanId", "")),
        name=str(one.get("name", "")),
        kind=_KINDS.index(kind.removeprefix("SPAN_KIND_")) if isinstance(kind, str) else int(kind),
        started_at=int(one.get("startTimeUnixNano", 0)),
        ended_at=int(one.get("endTimeUnixNano", 0)),
        status=_STATUS_NAMES.get(code, "unset") if isinstance(code, str) else _STATUS.get(code, "unset"),
        message=str(status.get("message", "")),
        attributes=_json_pairs(one.get("attributes", [])),
        events=tuple(
            {"name": str(e.get("name", "")), "at": int(e.get("timeUnixNano", 0)), "attributes": _json_pairs(e.get("attributes", []))}
            for e in one.get("events", [])
        ),
        links=tuple(
            {"trace": str(k.get("traceId", "")), "span": str(k.get("spanId", "")), "attributes": _json_pairs(k.get("attributes", []))}
            for k in one.get("links", [])
        ),
    )


def _json_pairs(listed: list[dict[str, Any]]) -> dict[str, Any]:
    return {str(one["key"]): _json_value(one.get("value", {}), 0) for one in listed}


def _json_value(value: dict[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"a value is nested more than {_DEEPEST} deep")
    for name, one in value.items():
        if name == "intValue":
            return int(one)
        if name == "arrayValue":
            return [_json_value(item, depth + 1) for item in one.get("values", [])]
        if name == "kvlistValue":
            return {str(item["key"]): _json_value(item.get("value", {}), depth + 1) for item in one.get("values", [])}
        return one
    return None


# --- told again -----------------------------------------------------------------------------------------------------------------


def told_as(trace: str, span: Span) -> dict[str, Any]:
    """A span as MLflow's answers hold it: ids in base64, names in snake case."""
    found: dict[str, Any] = {
        "trace_id": _base64(trace.removeprefix("tr-")),
        "span_id": _base64(span.id),
        "name": span.name,
        "kind": f"SPAN_KIND_{_KINDS[span.kind] if 0 <= span.kind < len(_KINDS) else 'UNSPECIFIED'}",
        "start_time_unix_nano": span.started_at,
        "end_time_unix_nano": span.ended_at,
        "attributes": _pairs(span.attributes),
        "status": {"code": f"STATUS_CODE_{span.status.upper()}"} | ({"message": span.message} if span.message else {}),
    }
    found |= {"parent_span_id": _base64(span.parent)} if span.parent else {}
    if span.events:
        found["events"] = [
            {"time_unix_nano": e.get("at", 0), "name": e.get("name", ""), "attributes": _pairs(e.get("attributes", {}))}
            for e in span.events
        ]
    if span.links:
        found["links"] = [
            {"trace_id": _base64(k.get("trace", "")), "span_id": _base64(k.get("span", "")), "attributes": _pairs(k.get("attributes", {}))}
            for k in span.links
        ]
    return found


def _base64(hexadecimal: str) -> str:
    try:
        return base64.b64encode(bytes.fromhex(hexadecimal)).decode()
    except ValueError:  # an id that is not OpenTelemetry's
        return base64.b64encode(hexadecimal.encode()).decode()


def _pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _any(value)} for name, value in values.items()]


def _any(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int):
        return {"int_value": value}
    if isinstance(value, float):
        return {"double_value": value}
    if isinstance(value, list):
        return {"array_value": {"values": [_any(one) for one in value]}}
    if isinstance(value, dict):
        return {"kvlist_value": {"values": _pairs(value)}}
    return {} if value is None else {"string_value": str(value)}
