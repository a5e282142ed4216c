"""The catalogue of models, read as Valohai's clients read it."""

from __future__ import annotations

from typing import Any

from treadle.compat.valohai import told
from treadle.compat.valohai.access import user
from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.wire import ValohaiError, listed, moment
from treadle.contract import registry as words
from treadle.contract.projects import Project
from treadle.contract.registry import Model, ModelVersion
from treadle.contract.runs import RunRef, get_run
from treadle.valohai.identity import named

_STATUS = {"candidate": "creating", "waiting": "pending", "approved": "approved", "failed": "rejected", "rejected": "rejected"}


def _model_id(one: Model, project: str) -> str:
    return named("model", f"{project}:{one.name}")


def _model_of(one: Model, project: str, versions: list[ModelVersion], ask: Ask) -> dict[str, Any]:
    creator = user(one.latest.actor if one.latest else "treadle")
    projects = sorted({project, *(version.project for version in versions)})
    return {
        "id": _model_id(one, project),
        "name": one.name,
        "slug": one.name,
        "owner": user("treadle"),
        "creator": creator,
        "access_mode": "organization",
        "tags": sorted(one.aliases),
        "archived": False,
        "ctime": moment(one.created_at),
        "mtime": moment(one.latest.created_at if one.latest else one.created_at),
        "descriptions": [{"title": title, "category": "card", "body": body} for title, body in one.card.items()],
        "associated_projects": [{"id": named("project", name), "name": name} for name in projects],
        "version_summary": [{"counter": version.number, "status": _STATUS.get(version.stage, "pending")} for version in versions],
        "url": f"{ask.base}/api/v0/models/{_model_id(one, project)}/",
        "urls": {"display": f"{ask.base}/models/{one.name}"},
    }


def _version_id(one: ModelVersion) -> str:
    return named("version", f"{one.project}:{one.model}@v{one.number}")


def _version_of(one: ModelVersion, ask: Ask) -> dict[str, Any]:
    source = {"type": "execution", "title": f"#{one.run}"} if one.run is not None else {"type": "upload", "title": ""}
    return {
        "id": _version_id(one),
        "counter": one.number,
        "model": {"id": named("model", f"{one.project}:{one.model}"), "name": one.model},
        "status": _STATUS.get(one.stage, "pending"),
        "source": source,
        "tags": list(one.aliases),
        "creator": user(one.actor),
        "ctime": moment(one.created_at),
        "mtime": moment(max([one.created_at, *(approval.at for approval in one.approvals)])),
        "execution_count": 1 if one.run is not None else 0,
        "dataset_version": None,
        "descriptions": [{"title": title, "category": "card", "body": body} for title, body in one.card.items()],
        "notes": [{"title": f"{approval.decision} by {approval.actor}", "body": approval.words} for approval in one.approvals],
        "url": f"{ask.base}/api/v0/model-versions/{_version_id(one)}/",
        "urls": {"display": f"{ask.base}/models/{one.model}/{one.number}"},
    }


async def _models(ask: Ask) -> list[tuple[Model, str]]:
    """All models, each with its project: the catalogue is that of all projects."""
    return [
        (one, project.name)
        for project in await ask.projects()
        for one in await ask.perform(words.list_models, words.ListModels(), project=project.name)
    ]


async def _versions(ask: Ask, model: str, project: str) -> list[ModelVersion]:
    return await ask.perform(words.list_versions, words.ModelName(model=model), project=project)


async def _model(ask: Ask, identifier: str) -> tuple[Model, str]:
    for one, project in await _models(ask):
        if identifier.lower() in (_model_id(one, project), one.name.lower()):
            return one, project
    raise ValohaiError(404, "not_found", f"there is no model {identifier[:80]}")


async def _version(ask: Ask, identifier: str) -> ModelVersion:
    for model, project in await _models(ask):
        for one in await _versions(ask, model.name, project):
            if _version_id(one) == identifier.lower():
                return one
    raise ValohaiError(404, "not_found", f"there is no version {identifier[:80]} of a model")


@route("GET", "models/")
async def list_all(ask: Ask) -> dict[str, Any]:
    tags, name = set(ask.queries("tags")), ask.query("name").lower()
    found = [pair for pair in await _models(ask) if name in pair[0].name.lower() and tags <= set(pair[0].aliases)]
    found = sorted(found, key=lambda pair: pair[0].name)[: ask.number("limit", 100)]
    return listed([_model_of(one, project, await _versions(ask, one.name, project), ask) for one, project in found])


@route("GET", "models/{model}/")
async def detail(ask: Ask) -> dict[str, Any]:
    one, project = await _model(ask, ask.path["model"])
    return _model_of(one, project, await _versions(ask, one.name, project), ask)


@route("GET", "model-versions/")
async def list_versions(ask: Ask) -> dict[str, Any]:
    said = ask.query("model")
    models = [await _model(ask, said)] if said else await _models(ask)
    found = [version for model, project in models for version in await _versions(ask, model.name, project)]
    statuses, tags, counters = ask.queries("status"), set(ask.queries("tags")), ask.queries("counter")
    chosen = [
        one
        for one in found
        if (not statuses or _STATUS.get(one.stage, "pending") in statuses)
        and tags <= set(one.aliases)
        and (not counters or str(one.number) in counters)
    ]
    return listed([_version_of(one, ask) for one in chosen[: ask.number("limit", 100)]])


@route("GET", "model-versions/{version}/")
async def version_detail(ask: Ask) -> dict[str, Any]:
    return _version_of(await _version(ask, ask.path["version"]), ask)


@route("GET", "model-versions/{version}/source-executions/")
async def source_executions(ask: Ask) -> dict[str, Any]:
    one = await _version(ask, ask.path["version"])
    if one.run is None:
        return listed([])
    run = await ask.perform(get_run, RunRef(run=str(one.run)), project=one.project)
    return listed([told.summary_of(run, Project(name=one.project), ask, "executions")])


@route("GET", "model-versions/{version}/source-data/")
async def source_data(ask: Ask) -> dict[str, Any]:
    """What the run that made the version took in: the name, the source and the digest of each."""
    one = await _version(ask, ask.path["version"])
    if one.run is None:
        return listed([])
    run = await ask.perform(get_run, RunRef(run=str(one.run)), project=one.project)
    return listed([{"name": taken.name, "uri": taken.source, "digest": taken.digest, "size": "", "ctime": ""} for taken in run.inputs])
