"""`treadle api`: every operation there is, and performing any of them by name."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.core.errors import UnknownOperation, UsageError
from treadle.core.operation import TABLE, Operation
from treadle.sdk.client import connect
from treadle.sdk.content import FileBlocks


@click.command()
@click.argument("name", required=False)
@click.option("-f", "--field", "fields", multiple=True, metavar="K=V", help="A field of the request; K=@FILE takes a file's content.")
@click.option("--body", metavar="JSON", help="The whole request as JSON, or @FILE; fields given with -f replace its own.")
@click.option(
    "--file", "upload", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The bytes for an operation that takes a stream."
)
@output.json_option
def api(name: str | None, fields: tuple[str, ...], body: str | None, upload: Path | None, as_json: bool) -> None:
    """Perform any operation by name: treadle api runs.get -f run=@-1. Without a name: list them all.

    Works on the home folder, or on the server that TREADLE_URL names. Fields with structure are written as JSON.
    """
    declare()
    if name is None:
        return list_operations(as_json)
    operation = find(name)
    request = request_of(operation, fields, body)
    with connect() as client:
        if operation.body == "bytes":
            if upload is None:
                raise UsageError(f"`{name}` takes a stream of bytes", hint="--file FILE")
            answer = client.transport.call(operation, request, stream=FileBlocks(upload))  # type: ignore[call-arg]
            return output.print_json(answer)
        return show(client(operation, request))


def declare() -> None:
    """Makes every operation of the contract known."""
    package = importlib.import_module("treadle.contract")
    for file in sorted(Path(package.__path__[0]).glob("[a-z]*.py")):
        importlib.import_module(f"treadle.contract.{file.stem}")


def list_operations(as_json: bool) -> None:
    table = sorted(TABLE.values(), key=lambda one: one.name)
    if as_json:
        return output.print_json(
            [
                {"name": o.name, "method": o.method, "path": o.path, "permission": o.allow, "fields": list(known(o)), "summary": o.summary}
                for o in table
            ]
        )
    rows = [(o.name, o.method, o.path, o.allow, o.summary) for o in table]
    return output.print_table(("operation", "method", "path", "permission", "what it does"), rows)


def find(name: str) -> Operation[Any, Any]:
    if name not in TABLE:
        import difflib

        near = difflib.get_close_matches(name, list(TABLE), n=1)
        raise UnknownOperation(f"there is no operation `{name}`", hint=f"treadle api {near[0]}" if near else "treadle api")
    return TABLE[name]


def known(operation: Operation[Any, Any]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(operation.request)}


def request_of(operation: Operation[Any, Any], fields: tuple[str, ...], body: str | None) -> Any:
    """The request out of --body and -f, typed by the operation's own struct. Raises UsageError naming what does not fit."""
    types = known(operation)
    try:
        given: dict[str, Any] = msgspec.json.decode(content(body), type=dict[str, Any]) if body is not None else {}
        for word in fields:
            key, mark, text = word.partition("=")
            if not mark or key not in types:
                raise UsageError(f"-f was given `{word}`", hint=f"the fields of {operation.name} are {', '.join(types) or 'none'}")
            given[key] = typed(key, content(text), types[key])
        unknown = [key for key in given if key not in types]
        if unknown:
            raise UsageError(f"`{operation.name}` has no field `{unknown[0]}`", hint=f"its fields are {', '.join(types) or 'none'}")
        return msgspec.convert(given, operation.request, strict=False)
    except msgspec.MsgspecError as error:
        raise UsageError(
            f"the request does not fit {operation.name}: {error}", hint=f"its fields are {', '.join(types) or 'none'}"
        ) from error


def typed(key: str, data: bytes, kind: Any) -> Any:
    """The value of one field: bytes as they are, text where text fits, JSON for whatever has structure."""
    members = msgspec.inspect.type_info(kind)
    kinds = members.types if isinstance(members, msgspec.inspect.UnionType) else (members,)
    if any(isinstance(member, msgspec.inspect.BytesType) for member in kinds):
        return data
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"`{key}` is not text") from error
    plain = (
        msgspec.inspect.StrType,
        msgspec.inspect.IntType,
        msgspec.inspect.FloatType,
        msgspec.inspect.BoolType,
        msgspec.inspect.NoneType,
    )
    if all(isinstance(member, plain) for member in kinds):
        return text
    return msgspec.json.decode(data)


def content(text: str) -> bytes:
    """The text itself, or with `@FILE` the content of a file. `@-1` names a run, so only a file that exists is read."""
    if text.startswith("@") and Path(text[1:]).is_file():
        return Path(text[1:]).read_bytes()
    return text.encode()


def show(answer: Any) -> None:
    """JSON for values, the bytes themselves for a stream."""
    stream = importlib.import_module("treadle.contract.content").Stream
    if not isinstance(answer, stream):
        return output.print_json(answer)
    for block in answer.blocks:
        sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()
    return None
