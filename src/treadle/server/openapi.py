"""The API document: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), written from the operation table."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from treadle import __version__
from treadle.contract import declare_all
from treadle.contract.content import Stream
from treadle.core.operation import TABLE, Operation
from treadle.server.translation import BYTES, JSON, MSGPACK, PROBLEM, Form

_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). `code` is stable, `hint` is what to do next.",
    "required": ["type", "code", "status", "title"],
    "properties": {
        "type": {"type": "string"},
        "code": {"type": "string", "examples": ["E0202"]},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "where": {"type": "string"},
        "hint": {"type": "string"},
        "span": {
            "type": "array",
            "description": "Of a query that does not read (E0108): where the word begins and ends, in characters from 0.",
            "items": {"type": "integer"},
            "minItems": 2,
            "maxItems": 2,
        },
    },
}

_SIGN_IN = (
    'Browsers sign in with POST /api/sign-in {"token": "trd_..."}, which answers as `access.me` and sets a cookie; DELETE forgets it.'
)


def whole() -> bytes:
    """The document of everything that this package declares, as JSON: what the web interface's types are made from."""
    declare_all()
    return msgspec.json.encode(document(TABLE.values()))


def document(operations: Iterable[Operation[Any, Any]]) -> dict[str, Any]:
    """The whole document; components are named after the structs of the contract."""
    table = sorted(operations, key=lambda operation: operation.name)
    types = [kind for one in table for kind in (one.request, one.answer) if kind is not Stream]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for component in components.values():
        _without_null_defaults(component)
    known = iter(schemas)
    paths: dict[str, dict[str, Any]] = {}
    for one in table:
        request = next(known)
        answer = None if one.answer is Stream else next(known)
        paths.setdefault(f"/api{one.path}", {})[one.method.lower()] = _operation(one, request, _resolved(request, components), answer)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Treadle",
            "version": __version__,
            "summary": "Data, pipelines, tracked runs and reproducible results.",
            "description": f"Bodies are JSON, or MessagePack where Content-Type and Accept say {MSGPACK}. Bytes in JSON are base64.",
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "responses": {
                "Problem": {"description": "The error.", "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token made with `treadle tokens add NAME`."},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "treadle_PORT", "description": _SIGN_IN},
            },
        },
        "security": [{"token": []}, {"cookie": []}, {}],
    }


def _operation(one: Operation[Any, Any], named: dict[str, Any], request: dict[str, Any], answer: dict[str, Any] | None) -> dict[str, Any]:
    form = Form(one)
    properties: dict[str, Any] = request.get("properties", {})
    required = set(request.get("required", ()))
    in_body = form.takes_body or one.body == "bytes"
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": inspect.cleandoc(one.request.__doc__ or one.summary) if _has_words(one) else one.summary,
        "tags": [one.name.partition(".")[0]],
        "x-permission": one.allow,
        "parameters": [
            {
                "name": name,
                "in": "path" if name in form.in_path else "query",
                "required": name in form.in_path or name in required,
                "schema": schema,
            }
            for name, schema in properties.items()
            if name in form.in_path or not form.takes_body
        ],
        "responses": {"200": _answered(answer), "default": {"$ref": "#/components/responses/Problem"}},
    }
    if in_body:
        made["requestBody"] = _body(one, form, named, properties, required)
    return made


def _has_words(one: Operation[Any, Any]) -> bool:
    """Structs without a docstring are given one by msgspec or dataclasses that only repeats their fields."""
    return bool(one.request.__doc__) and not (one.request.__doc__ or "").startswith(f"{one.request.__name__}(")


def _answered(answer: dict[str, Any] | None) -> dict[str, Any]:
    if answer is None:
        return {"description": "The bytes; 206 for a part.", "content": {BYTES: {}}}
    return {"description": "The answer.", "content": {JSON: {"schema": answer}, MSGPACK: {"schema": answer}}}


def _body(one: Operation[Any, Any], form: Form, named: dict[str, Any], properties: dict[str, Any], required: set[str]) -> dict[str, Any]:
    if one.body == "bytes":
        return {"required": True, "content": {BYTES: {}}}
    rest = {name: schema for name, schema in properties.items() if name not in form.in_path}
    if form.in_path:
        schema: dict[str, Any] = {"type": "object", "properties": rest}
        needed = [name for name in rest if name in required]
        if needed:
            schema["required"] = needed
    else:
        schema = named
        needed = sorted(required)
    return {"required": bool(needed), "content": {JSON: {"schema": schema}, MSGPACK: {"schema": schema}}}


def _without_null_defaults(schema: Any) -> None:
    """Takes away the default "nothing" of what is else one of several structs: validators look for the field that tells those apart in
    the default, too."""
    if isinstance(schema, list):
        for one in schema:
            _without_null_defaults(one)
    elif isinstance(schema, dict):
        for one in schema.values():
            _without_null_defaults(one)
        if schema.get("default", ...) is None and any("discriminator" in one for one in schema.get("anyOf", ())):
            del schema["default"]


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = components[name] if name else schema
    return found
