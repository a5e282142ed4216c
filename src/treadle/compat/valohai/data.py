"""Data: the files that executions gave, their aliases and datasets."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response, StreamingResponse

from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.wire import ValohaiError, listed, moment
from treadle.contract import datums as words
from treadle.contract.content import GetContent, Stream, get_content
from treadle.contract.data import Artifact
from treadle.contract.datums import Datum, DatumAlias
from treadle.contract.projects import Project
from treadle.contract.runs import Run
from treadle.core.errors import NotFound
from treadle.valohai.identity import named, number_of, uuid_of

_PAGE = 1000
_OWN = ("dataset",)
"""Formats of what stands for something else: the version of a dataset is no datum."""


def datum_of(one: Datum, ask: Ask) -> dict[str, Any]:
    identifier = uuid_of("datum", one.id)
    return {
        "id": identifier,
        "name": one.name,
        "size": one.size,
        "uri": f"datum://{identifier}",
        "ctime": moment(one.created_at),
        "md5": one.checksums.get("md5"),
        "sha1": one.checksums.get("sha1"),
        "sha256": one.checksums.get("sha256"),
        "purged": one.purged_at is not None,
        "tags": list(one.tags),
        "metadata": one.properties,
        "aliases": list(one.aliases),
        "output_execution": {"id": uuid_of("run", one.run), "counter": one.run},
        "project": {"id": named("project", one.project), "name": one.project},
        "url": f"{ask.base}/api/v0/data/{identifier}/",
        "urls": {"display": f"{ask.base}/runs/{one.run}"},
    }


async def outputs_of(ask: Ask, run: Run, project: Project) -> list[Datum]:
    """What a run gave, in the order of names."""
    return sorted(await _some(ask, project, run.id, 1 << 30), key=lambda one: one.name)


async def _some(ask: Ask, project: Project, run: int | None, most: int) -> list[Datum]:
    found: list[Datum] = []
    after: int | None = None
    while len(found) < most:
        page = await ask.perform(
            words.list_datums, words.ListDatums(run=run, limit=min(_PAGE, most - len(found)), after=after), project=project.name
        )
        found += [one for one in page.datums if one.format not in _OWN]
        after = page.next
        if after is None:
            break
    return found


async def numbered(ask: Ask, run: Run, project: Project) -> list[Artifact]:
    """The outputs of a run that a later pipeline takes over, each with the number it is known by."""
    numbers = {one.name: one.id for one in await outputs_of(ask, run, project)}
    return [msgspec.structs.replace(one, datum=numbers.get(one.name)) for one in run.outputs]


@route("GET", "data/")
async def list_all(ask: Ask) -> dict[str, Any]:
    limit, skip = ask.number("limit", 100), ask.number("offset", 0)
    said = ask.query("output_execution")
    one = await ask.project_of_query()
    if said:
        number = number_of("run", said)
        if number is None:
            raise ValohaiError(400, "invalid", f"`{said[:80]}` is no execution", "output_execution")
        found = [datum for project in await ask.projects() for datum in await _some(ask, project, number, 1 << 30)]
        return listed([datum_of(datum, ask) for datum in sorted(found, key=lambda d: d.name)[skip : skip + limit]], len(found))
    projects = [one] if one else await ask.projects()
    found = [datum for project in projects for datum in await _some(ask, project, None, skip + limit)]
    return listed([datum_of(datum, ask) for datum in found[skip : skip + limit]])


async def _find(ask: Ask, text: str) -> tuple[Datum, str]:
    """The datum of an identifier or alias, and its project. Raises ValohaiError (404)."""
    number = number_of("datum", text)
    ref = str(number) if number is not None else text
    for project in [one] if (one := await ask.project_of_query()) else await ask.projects():
        try:
            return await ask.perform(words.get_datum, words.DatumName(ref=ref), project=project.name), project.name
        except NotFound:
            continue
    raise ValohaiError(404, "not_found", f"there is no datum {text[:80]}")


class Applied(msgspec.Struct):
    datum_metadata: dict[str, dict[str, Any]] = {}


@route("POST", "data/metadata/apply/")
async def apply(ask: Ask) -> dict[str, Any]:
    """Adds to the properties of datums, all of one project."""
    said = await ask.body(Applied)
    properties: dict[str, dict[str, Any]] = {}
    project = "default"
    for text, values in said.datum_metadata.items():
        one, project = await _find(ask, text)
        properties[str(one.id)] = values
    changed = await ask.perform(words.describe_datums, words.DescribeDatums(properties=properties), project=project)
    return {"count": len(changed)}


@route("GET", "data/{datum}/")
async def detail(ask: Ask) -> dict[str, Any]:
    return datum_of((await _find(ask, ask.path["datum"]))[0], ask)


@route("POST", "data/{datum}/purge/")
async def purge(ask: Ask) -> dict[str, Any]:
    one, project = await _find(ask, ask.path["datum"])
    return datum_of(await ask.perform(words.purge_datum, words.DatumName(ref=str(one.id)), project=project), ask)


@route("GET", "data/{datum}/download/")
async def download(ask: Ask) -> Response:
    """The bytes themselves: a separate address would be asked for without the token."""
    one, project = await _find(ask, ask.path["datum"])
    if one.purged_at is not None:
        raise ValohaiError(410, "purged", f"the bytes of {one.name} were purged")
    if one.tree:
        raise ValohaiError(409, "conflict", f"{one.name} is a folder: treadle show {one.run} tells how to get it")
    name = one.name.rpartition("/")[2]
    shown = re.sub(r"[^\x20-\x7e]|[\"\\]", "_", name)
    headers = {"Content-Disposition": f"attachment; filename=\"{shown}\"; filename*=UTF-8''{quote(name)}", "Content-Length": str(one.size)}
    media = "application/octet-stream"
    if one.inline is not None:
        return Response(one.inline, media_type=media, headers=headers)
    stream: Stream = await ask.perform(get_content, GetContent(digest=one.digest), project=project)
    if stream.ready is not None:
        return Response(stream.ready, media_type=media, headers=headers)
    return StreamingResponse(ask.door.blocks(stream.blocks), media_type=media, headers=headers)


# --- aliases ------------------------------------------------------------------------------------------------------------------------


def _alias_of(one: DatumAlias, ask: Ask) -> dict[str, Any]:
    return {
        "id": named("alias", f"{one.datum.project}:{one.name}"),
        "name": one.name,
        "mtime": moment(one.moved_at),
        "ctime": moment(one.moved_at),
        "datum": datum_of(one.datum, ask),
        "project": {"id": named("project", one.datum.project), "name": one.datum.project},
        "url": f"{ask.base}/api/v0/datum-aliases/resolve/?name={quote(one.name)}&project={named('project', one.datum.project)}",
    }


@route("GET", "datum-aliases/")
async def list_aliases(ask: Ask) -> dict[str, Any]:
    one = await ask.project_of_query()
    found = [
        alias
        for project in ([one] if one else await ask.projects())
        for alias in await ask.perform(words.list_datum_aliases, words.ListDatumAliases(), project=project.name)
    ]
    return listed([_alias_of(alias, ask) for alias in found[: ask.number("limit", 100)]])


@route("GET", "datum-aliases/resolve/")
async def resolve(ask: Ask) -> dict[str, Any]:
    one, _ = await _find(ask, ask.query("name"))
    return {"name": ask.query("name"), "datum": datum_of(one, ask)}
