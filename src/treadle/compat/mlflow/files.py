"""Files through MLflow's artifact proxy: listed, read (also in ranges), written (also in parts), deleted.

A path at the proxy is what follows `mlflow-artifacts:/` in the locations that we hand out:

    EXPERIMENT/RUN/artifacts/PATH             a run's
    EXPERIMENT/models/m-ID/artifacts/PATH     a logged model's
    EXPERIMENT/traces/tr-ID/artifacts/PATH    a trace's

Nothing else is ever opened: what a client names is looked up, never a place in the file system.
"""

from __future__ import annotations

import mimetypes
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from starlette.responses import Response, StreamingResponse

from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.runs import ByRun, named
from treadle.compat.mlflow.told import artifacts_of, missing
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import client_runs
from treadle.contract import files as words
from treadle.contract.content import Stream
from treadle.contract.files import KeptFile
from treadle.core.errors import NotFound, TreadleError, UsageError

_ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
_TEXT = ("MLmodel", "conda.yaml", ".py", ".txt", ".log", ".err", ".cfg", ".md", ".csv", ".tsv", ".yaml", ".yml", ".json", ".js")


class Place(NamedTuple):
    """An owner, as our operations name it, and a path of its own ("" for all of it)."""

    owner: str
    path: str


def place(path: str) -> Place:
    """What a path at the proxy means. Raises MlflowError for one that names nobody's files."""
    parts = path.split("/")
    if len(parts) >= 3 and parts[0].isdigit() and parts[2] == "artifacts":
        return Place(f"runs/{parts[1]}", "/".join(parts[3:]))
    if len(parts) >= 4 and parts[0].isdigit() and parts[1] in ("models", "traces") and parts[3] == "artifacts":
        return Place(f"{parts[1]}/{parts[2]}", "/".join(parts[4:]))
    raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid path: {path[:200]!r} is not below the artifacts of a run, logged model or trace")


class AtPath(msgspec.Struct):
    path: str = ""


@route("GET", _ARTIFACTS)
async def list_artifacts(ask: Ask) -> dict[str, Any]:
    """Paths are told relative to the folder; a file has nothing in it."""
    asked = ask.query(AtPath).path.strip("/")
    if not asked:
        return {}
    where = place(asked)
    try:
        found = await ask.perform(words.list_files, words.ListFiles(owner=where.owner, path=where.path))
    except NotFound:  # nothing was ever kept there
        return {}
    return _listed(found, below=where.path)


def _listed(found: list[KeptFile], *, below: str = "") -> dict[str, Any]:
    skip = len(below) + 1 if below else 0
    files = [{"path": one.path[skip:], "is_dir": one.folder} | ({} if one.folder else {"file_size": one.size}) for one in found]
    return {"files": files} if files else {}


@route("GET", _ARTIFACTS + "/{path:path}")
async def download(ask: Ask) -> Response:
    where = place(ask.path["path"])
    return await send(ask, where)


async def send(ask: Ask, where: Place) -> Response:
    """The bytes of a file, or the range of them that the header Range asks for."""
    ranged = _range(ask.request.headers.get("range", ""))
    if not where.path:
        raise MlflowError("INVALID_PARAMETER_VALUE", "the path names a folder: list it first")
    start, length = ranged or (0, None)
    try:
        stream: Stream = await ask.perform(words.get_file, words.GetFile(owner=where.owner, path=where.path, start=start, length=length))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No such artifact: '{where.path[:200]}'") from error
    name = where.path.rpartition("/")[2]
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{stream.digest}"',
        "Content-Length": str(stream.length),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"
        if not name.isascii() or '"' in name
        else f'attachment; filename="{name}"',
    }
    media = "text/plain" if name.endswith(_TEXT) else mimetypes.guess_type(name)[0] or "application/octet-stream"
    if ranged is not None and stream.length == 0:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{stream.total}"})
    if ranged is not None:
        headers["Content-Range"] = f"bytes {stream.start}-{stream.start + stream.length - 1}/{stream.total}"
    status = 200 if ranged is None else 206
    if ask.request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media)
    if stream.ready is not None:
        return Response(stream.ready, status_code=status, headers=headers, media_type=media)
    return StreamingResponse(ask.door.blocks(stream.blocks), status_code=status, headers=headers, media_type=media)


def _range(header: str) -> tuple[int, int | None] | None:
    """Start and length of `bytes=A-B`, `A-` or `-N`; None for no range, or one of a form that may be passed over (RFC 9110, 14.2)."""
    unit, _, asked = header.partition("=")
    first, dash, last = asked.strip().partition("-")
    if unit.strip() != "bytes" or not dash or not (first + last).isdigit():
        return None
    if not first:
        return -int(last), None
    if last and int(last) < int(first):
        return None
    return int(first), int(last) - int(first) + 1 if last else None


@route("PUT", _ARTIFACTS + "/{path:path}")
async def upload(ask: Ask) -> Response:
    where = place(ask.path["path"])
    await _put(ask, where)
    return Response(status_code=200)


async def _put(ask: Ask, where: Place) -> None:
    try:
        await ask.perform(words.put_file, words.PutFile(owner=where.owner, path=where.path), stream=ask.door.upload(ask.request))
    except UsageError as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid path: {error.what}") from error


@route("DELETE", _ARTIFACTS + "/{path:path}")
async def delete(ask: Ask) -> dict[str, Any]:
    where = place(ask.path["path"])
    if where.path:
        await ask.perform(words.delete_files, words.DeleteFiles(owner=where.owner, path=where.path))
        return {}
    for one in await ask.perform(words.list_files, words.ListFiles(owner=where.owner)):
        await ask.perform(words.delete_files, words.DeleteFiles(owner=where.owner, path=one.path))
    return {}


# --- in parts -----------------------------------------------------------------------------------------------------------------


class Begin(msgspec.Struct):
    """The path is told relative to the folder that the address names."""

    path: str = ""
    num_parts: int = 1


@route("POST", "/api/2.0/mlflow-artifacts/mpu/create/{path:path}")
async def begin(ask: Ask) -> dict[str, Any]:
    """Parts are sent to ourselves, in the name of who began: the answer gives the caller's own credentials back to it."""
    body = await ask.body(Begin)
    where = place(f"{ask.path['path']}/{body.path}".rstrip("/") if body.path else ask.path["path"])
    begun = await ask.perform(words.begin_upload, words.BeginUpload(owner=where.owner, path=where.path, parts=body.num_parts))
    address = str(ask.request.base_url).rstrip("/")
    headers = _credentials(ask)
    return {
        "upload_id": begun.id,
        "credentials": [
            {"url": f"{address}/api/2.0/mlflow-artifacts/mpu/part/{begun.id}/{number}", "part_number": number, "headers": headers}
            for number in range(1, body.num_parts + 1)
        ],
    }


def _credentials(ask: Ask) -> dict[str, str]:
    names = ("authorization", "x-treadle-project")
    return {name: ask.request.headers[name] for name in names if name in ask.request.headers}


@route("PUT", "/api/2.0/mlflow-artifacts/mpu/part/{id}/{number}")
async def part(ask: Ask) -> Response:
    if not ask.path["number"].isdigit():
        raise MlflowError("INVALID_PARAMETER_VALUE", "the number of a part is a whole number")
    asked = words.PutPart(id=ask.path["id"], number=int(ask.path["number"]))
    stored = await ask.perform(words.put_part, asked, stream=ask.door.upload(ask.request))
    return Response(status_code=200, headers={"ETag": f'"{stored.digest}"'})


class Part(msgspec.Struct):
    part_number: int = 0
    etag: str = ""


class Complete(msgspec.Struct):
    path: str = ""
    upload_id: str = ""
    parts: list[Part] = []


@route("POST", "/api/2.0/mlflow-artifacts/mpu/complete/{path:path}")
async def complete(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Complete)
    digests = {one.part_number: one.etag.strip('"') for one in body.parts}
    try:
        await ask.perform(words.complete_upload, words.CompleteUpload(id=body.upload_id, digests=digests))
    except TreadleError as error:
        if error.status >= 500:
            raise
        raise MlflowError("INVALID_PARAMETER_VALUE", error.what) from error
    return {}


@route("POST", "/api/2.0/mlflow-artifacts/mpu/abort/{path:path}")
async def abort(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Complete)
    await ask.perform(words.abort_upload, words.AbortUpload(id=body.upload_id))
    return {}


@route("GET", "/api/2.0/mlflow-artifacts/presigned/{path:path}")
async def presigned(ask: Ask) -> dict[str, Any]:
    """Where ranges of a file can be read at the same time: here."""
    path = ask.path["path"]
    where = place(path)
    try:
        stream: Stream = await ask.perform(words.get_file, words.GetFile(owner=where.owner, path=where.path, length=0))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No such artifact: '{path[:200]}'") from error
    address = str(ask.request.base_url).rstrip("/")
    return {"url": f"{address}{_ARTIFACTS}/{quote(path)}", "headers": _credentials(ask), "file_size": stream.total}


# --- by run -------------------------------------------------------------------------------------------------------------------


class OfRun(ByRun):
    path: str = ""


@route("GET", "/api/2.0/mlflow/artifacts/list")
@named
async def list_of_run(ask: Ask) -> dict[str, Any]:
    """Here paths are told from the run's own root on."""
    asked = ask.query(OfRun)
    run = await ask.perform(client_runs.get_row, client_runs.KeyedRun(run=asked.key()))
    found = await ask.perform(words.list_files, words.ListFiles(owner=f"runs/{run.key}", path=asked.path.strip("/")))
    return {"root_uri": artifacts_of(run)} | _listed(found)


@route("GET", "/api/2.0/mlflow/get-artifact")
@route("GET", "/get-artifact")
async def get_of_run(ask: Ask) -> Response:
    asked = ask.query(OfRun)
    if not asked.path:
        raise missing("path")
    return await send(ask, Place(f"runs/{asked.key()}", asked.path))


@route("POST", "/api/2.0/mlflow/upload-artifact")
async def upload_to_run(ask: Ask) -> dict[str, Any]:
    asked = ask.query(OfRun)
    if not asked.path:
        raise missing("path")
    await _put(ask, Place(f"runs/{asked.key()}", asked.path))
    return {}
