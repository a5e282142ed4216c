"""The model registry: models, versions, aliases, tags, and the stages that clients of old still move versions between."""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from starlette.responses import Response

from treadle.compat.mlflow import filters, told
from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.files import Place, place, send
from treadle.compat.mlflow.filters import Comparison
from treadle.compat.mlflow.told import Pair, milliseconds, missing, pairs
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import client_runs, registry
from treadle.contract import logged_models as logged
from treadle.contract import registry_clients as words
from treadle.contract.registry_clients import PHASES, ClientModel, ClientVersion
from treadle.contract.search import Criterion
from treadle.core.errors import ModelExists, NotFound, NotPassed, StateError, UnknownModel, UsageError

_MODELS, _VERSIONS = "/api/2.0/mlflow/registered-models", "/api/2.0/mlflow/model-versions"
_MOST_TAG, MOST_MODELS, MOST_VERSIONS = 100_000, 1000, 200_000
_ALIAS = re.compile(r"[\w\-]{1,255}", re.ASCII)
_PROMPT = "mlflow.prompt.is_prompt"
_ENTITIES = {**dict.fromkeys(("", "attribute", "attributes", "attr"), "own"), "tag": "tag", "tags": "tag"}
_MODEL_KEYS = {
    "name": "name",
    "creation_timestamp": "created",
    "last_updated_timestamp": "updated",
    "timestamp": "updated",
    "last_updated": "updated",
}
_VERSION_KEYS = _MODEL_KEYS | {
    "version_number": "number",
    "version": "number",
    "run_id": "run",
    "source_path": "source",
    "source": "source",
}
_TIMES, _NUMBERS = ("created", "updated"), ("created", "updated", "number")

Answering = Callable[[Ask], Awaitable[Any]]


def named(function: Answering) -> Answering:
    """What our operations refuse, in the words that clients know."""

    @functools.wraps(function)
    async def told_again(ask: Ask) -> Any:
        try:
            return await function(ask)
        except UnknownModel as error:
            raise MlflowError("RESOURCE_DOES_NOT_EXIST", _unknown(error)) from error
        except ModelExists as error:
            raise MlflowError("RESOURCE_ALREADY_EXISTS", f"Registered Model already exists: {error.what}") from error
        except (StateError, NotPassed, UsageError) as error:
            hint = f"; {error.hint}" if error.hint else ""
            raise MlflowError("INVALID_PARAMETER_VALUE", f"{error.what}{hint}") from error

    return told_again


def _unknown(error: UnknownModel) -> str:
    what = "Model Version" if "version" in error.what else "Registered model alias" if "alias" in error.what else "Registered Model"
    return f"{what} not found: {error.what}"


def model_of(one: ClientModel) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": one.name,
        "creation_timestamp": milliseconds(one.created_at),
        "last_updated_timestamp": milliseconds(one.updated_at),
    }
    found |= {"description": one.description} if one.description else {}
    found |= {"latest_versions": [version_of(version) for version in one.latest]} if one.latest else {}
    found |= {"tags": pairs(one.tags)} if one.tags else {}
    return found | ({"aliases": [{"alias": alias, "version": str(number)} for alias, number in one.aliases.items()]} if one.aliases else {})


def version_of(one: ClientVersion) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": one.model,
        "version": str(one.number),
        "creation_timestamp": milliseconds(one.created_at),
        "last_updated_timestamp": milliseconds(one.updated_at),
        "user_id": one.actor,
        "current_stage": one.phase,
        "description": one.description,
        "source": one.source,
        "run_id": one.run,
        "status": "READY",
        "run_link": "",
    }
    found |= {"tags": pairs(one.tags)} if one.tags else {}
    found |= {"aliases": list(one.aliases)} if one.aliases else {}
    return found | ({"model_id": one.logged_model} if one.logged_model else {})


# --- models -------------------------------------------------------------------------------------------------------------------


class CreateModel(msgspec.Struct):
    name: str = ""
    tags: list[Pair] = []
    description: str = ""


@route("POST", _MODELS + "/create")
@named
async def create(ask: Ask) -> dict[str, Any]:
    body = await ask.body(CreateModel)
    name = _checked(body.name)
    made = await ask.perform(
        words.create_model, words.CreateModel(name=name, description=body.description, tags=told.tags_of(body.tags, _MOST_TAG))
    )
    return {"registered_model": model_of(made)}


def _checked(name: str) -> str:
    if not name:
        raise missing("name")
    if "/" in name or ":" in name or name.strip(".") == "":
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid model name: '{name[:100]}': it may hold neither '/' nor ':'")
    return name


class ByName(msgspec.Struct):
    name: str = ""


@route("GET", _MODELS + "/get")
@named
async def get(ask: Ask) -> dict[str, Any]:
    return {"registered_model": model_of(await ask.perform(words.get_model, words.ModelNamed(name=_checked(ask.query(ByName).name))))}


class Rename(msgspec.Struct):
    name: str = ""
    new_name: str = ""
    description: str | None = None


@route("POST", _MODELS + "/rename")
@named
async def rename(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Rename)
    changed = await ask.perform(words.change_model, words.ChangeModel(name=_checked(body.name), new_name=_checked(body.new_name)))
    return {"registered_model": model_of(changed)}


@route("PATCH", _MODELS + "/update")
@named
async def update(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Rename)
    changed = await ask.perform(words.change_model, words.ChangeModel(name=_checked(body.name), description=body.description or ""))
    return {"registered_model": model_of(changed)}


@route("DELETE", _MODELS + "/delete")
@named
async def delete(ask: Ask) -> dict[str, Any]:
    body = await ask.body(ByName)
    await ask.perform(words.delete_model, words.ModelNamed(name=_checked(body.name)))
    return {}


class Search(msgspec.Struct):
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


@route("GET", _MODELS + "/search")
@named
async def search(ask: Ask) -> dict[str, Any]:
    """Prompts are models with a tag; a search that does not name it does not find them, as clients expect."""
    asked = ask.query(Search)
    _check_page(asked.max_results, MOST_MODELS)
    tests = tuple(_test(one, _MODEL_KEYS) for one in filters.comparisons(asked.filter))
    if not any(test.key == f"tags.{_PROMPT}" for test in tests):
        tests = (*tests, Criterion(key=f"tags.{_PROMPT}", operator="!=", value="true", or_absent=True))
    sort = (*(_sort(one, _MODEL_KEYS) for one in asked.order_by), "name")
    page = await ask.perform(
        words.find_models, words.FindModels(criteria=tests, sort=sort, limit=asked.max_results, after=asked.page_token or None)
    )
    answer: dict[str, Any] = {"registered_models": [model_of(one) for one in page.models]} if page.models else {}
    return answer | ({"next_page_token": page.next} if page.next else {})


def _check_page(count: int, most: int) -> None:
    if not 1 <= count <= most:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid value {count} for parameter 'max_results': it is 1 to {most}")


def _test(one: Comparison, keys: dict[str, str]) -> Criterion:
    key = _key(one.entity, one.key, keys)
    if key in _NUMBERS:
        filters.expect(one, filters.NUMBER)
        value = filters.as_number(one)
        return Criterion(key=key, operator=one.operator, value=value / 1000 if key in _TIMES else value)
    filters.expect(one, tuple(dict.fromkeys(filters.TEXT + filters.LISTED)))
    test = filters.listed(one, key)
    if one.key == _PROMPT and one.operator == "!=":
        return msgspec.structs.replace(test, or_absent=True)
    return test


def _sort(text: str, keys: dict[str, str]) -> str:
    one = filters.order(text)
    return f"{'-' if one.descending else ''}{_key(one.entity, one.key, keys)}"


def _key(entity: str, key: str, keys: dict[str, str]) -> str:
    if filters.entity_of(entity, _ENTITIES) == "tag":
        return f"tags.{key}"
    if key not in keys:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid attribute key '{key[:100]}' specified. Valid keys are {sorted(keys)}")
    return keys[key]


class Latest(msgspec.Struct):
    name: str = ""
    stages: list[str] = []


@route("POST", _MODELS + "/get-latest-versions")
@named
async def latest(ask: Ask) -> dict[str, Any]:
    return await _latest(ask, await ask.body(Latest))


@route("GET", _MODELS + "/get-latest-versions")
@named
async def latest_by_query(ask: Ask) -> dict[str, Any]:
    return await _latest(ask, ask.query(Latest))


async def _latest(ask: Ask, asked: Latest) -> dict[str, Any]:
    wanted = [_phase(stage) for stage in asked.stages] or list(PHASES)
    model = await ask.perform(words.get_model, words.ModelNamed(name=_checked(asked.name)))
    found = [version_of(one) for one in model.latest if one.phase in wanted]
    return {"model_versions": found} if found else {}


def _phase(stage: str) -> str:
    """A stage, however it is capitalized."""
    found = {phase.lower(): phase for phase in PHASES}.get(stage.lower())
    if found is None:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Invalid Model Version stage: {stage[:40]}. Value must be one of {', '.join(PHASES)}."
        )
    return found


class Tagged(msgspec.Struct):
    name: str = ""
    version: str = ""
    key: str = ""
    value: str = ""


@route("POST", _MODELS + "/set-tag")
@named
async def set_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Tagged)
    tags: dict[str, str | None] = dict(told.tags_of([Pair(body.key, body.value)], _MOST_TAG))
    await ask.perform(words.change_model, words.ChangeModel(name=_checked(body.name), tags=tags))
    return {}


@route("DELETE", _MODELS + "/delete-tag")
@named
async def delete_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Tagged)
    await ask.perform(words.change_model, words.ChangeModel(name=_checked(body.name), tags={told.checked_name(body.key, "key"): None}))
    return {}


class Alias(msgspec.Struct):
    name: str = ""
    alias: str = ""
    version: str = ""


def _alias(text: str) -> str:
    if not text:
        raise missing("alias")
    if _ALIAS.fullmatch(text) is None or re.fullmatch(r"v\d+|latest", text, re.IGNORECASE):
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid alias name: '{text[:100]}'")
    return text


@route("POST", _MODELS + "/alias")
@named
async def set_alias(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Alias)
    asked = words.PutAlias(model=_checked(body.name), alias=_alias(body.alias), number=_number(body.version))
    await ask.perform(words.put_alias, asked)
    return {}


@route("DELETE", _MODELS + "/alias")
@named
async def delete_alias(ask: Ask) -> dict[str, Any]:
    """An alias that is not there is gone already."""
    body = await ask.body(Alias)
    model = await ask.perform(words.get_model, words.ModelNamed(name=_checked(body.name)))
    if _alias(body.alias) in model.aliases:
        await ask.perform(registry.remove_alias, registry.RemoveAlias(model=model.name, alias=body.alias))
    return {}


@route("GET", _MODELS + "/alias")
@named
async def get_by_alias(ask: Ask) -> dict[str, Any]:
    asked = ask.query(Alias)
    model = await ask.perform(words.get_model, words.ModelNamed(name=_checked(asked.name)))
    number = model.aliases.get(_alias(asked.alias))
    if number is None:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Registered model alias {asked.alias} not found.")
    return {"model_version": version_of(await ask.perform(words.get_version, words.VersionAt(model=model.name, number=number)))}


# --- versions -----------------------------------------------------------------------------------------------------------------


class CreateVersion(msgspec.Struct):
    name: str = ""
    source: str = ""
    run_id: str = ""
    tags: list[Pair] = []
    run_link: str = ""
    description: str = ""
    model_id: str = ""


class Origin(NamedTuple):
    """Where the files of a version are kept: an owner's below a path, or those of another version."""

    owner: str = ""
    path: str = ""
    copy_of: str = ""


@route("POST", _VERSIONS + "/create")
@named
async def create_version(ask: Ask) -> dict[str, Any]:
    body = await ask.body(CreateVersion)
    if not body.source:
        raise missing("source")
    origin = origin_of(body.source, body.model_id)
    asked = words.AddVersion(
        model=_checked(body.name),
        source=body.source,
        owner=origin.owner,
        path=origin.path,
        copy_of=origin.copy_of,
        run=body.run_id,
        description=body.description,
        tags=told.tags_of(body.tags, _MOST_TAG),
    )
    asked = await _without_unknown(ask, asked)
    return {"model_version": version_of(await ask.perform(words.add_version, asked))}


def origin_of(source: str, model: str) -> Origin:
    """What a source names of what we keep; nothing for a place elsewhere, which is never opened."""
    if source.startswith("models:/m-"):
        return Origin(f"models/{source.removeprefix('models:/').strip('/')}")
    if source.startswith("models:/"):
        name, _, version = source.removeprefix("models:/").strip("/").partition("/")
        return Origin(copy_of=f"{name}@v{version}") if version.isdigit() else Origin(copy_of=name) if "@" in name else Origin()
    if source.startswith("runs:/"):
        run, _, path = source.removeprefix("runs:/").partition("/")
        return Origin(f"runs/{run}", path) if run else Origin()
    if source.startswith("mlflow-artifacts:/"):
        try:
            where: Place = place(source.partition(":")[2].lstrip("/"))
        except MlflowError:
            return Origin()
        return Origin(where.owner, where.path)
    return Origin(f"models/{model}") if model else Origin()


async def _without_unknown(ask: Ask, asked: words.AddVersion) -> words.AddVersion:
    """The request without a run or an owner that is not here: a registry may know models whose runs it does not."""
    if asked.run:
        try:
            await ask.perform(client_runs.get_row, client_runs.KeyedRun(run=asked.run))
        except NotFound:
            asked = msgspec.structs.replace(asked, run="")
    kind, _, key = asked.owner.partition("/")
    try:
        if kind == "models":
            await ask.perform(logged.get_model, logged.LoggedModelRef(id=key))
        elif kind == "runs":
            await ask.perform(client_runs.get_row, client_runs.KeyedRun(run=key))
    except NotFound:
        if kind == "models":
            raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Logged model with ID '{key[:100]}' not found.") from None
        asked = msgspec.structs.replace(asked, owner="", path="")
    return asked


class ByVersion(msgspec.Struct):
    name: str = ""
    version: str = ""
    description: str | None = None
    stage: str = ""
    archive_existing_versions: bool = False

    def at(self) -> words.VersionAt:
        return words.VersionAt(model=_checked(self.name), number=_number(self.version))


def _number(version: str) -> int:
    if not version:
        raise missing("version")
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Model version must be an integer, got '{version[:40]}'")
    return int(version)


@route("GET", _VERSIONS + "/get")
@named
async def get_version(ask: Ask) -> dict[str, Any]:
    return {"model_version": version_of(await ask.perform(words.get_version, ask.query(ByVersion).at()))}


@route("PATCH", _VERSIONS + "/update")
@named
async def update_version(ask: Ask) -> dict[str, Any]:
    body = await ask.body(ByVersion)
    at = body.at()
    changed = words.ChangeVersion(model=at.model, number=at.number, description=body.description or "")
    return {"model_version": version_of(await ask.perform(words.change_version, changed))}


@route("POST", _VERSIONS + "/transition-stage")
@named
async def transition(ask: Ask) -> dict[str, Any]:
    body = await ask.body(ByVersion)
    at = body.at()
    phase = _phase(body.stage)
    if body.archive_existing_versions and phase not in ("Staging", "Production"):
        raise MlflowError(
            "INVALID_PARAMETER_VALUE",
            f"Model version transition cannot archive existing model versions because '{phase}' is not an Active stage",
        )
    asked = words.ChangeVersion(model=at.model, number=at.number, phase=phase, alone=body.archive_existing_versions)
    return {"model_version": version_of(await ask.perform(words.change_version, asked))}


@route("DELETE", _VERSIONS + "/delete")
@named
async def delete_version(ask: Ask) -> dict[str, Any]:
    await ask.perform(words.delete_version, (await ask.body(ByVersion)).at())
    return {}


class SearchVersions(Search):
    max_results: int = MOST_VERSIONS


@route("GET", _VERSIONS + "/search")
@named
async def search_versions(ask: Ask) -> dict[str, Any]:
    asked = ask.query(SearchVersions)
    _check_page(asked.max_results, MOST_VERSIONS)
    sort = tuple(_sort(one, _VERSION_KEYS) for one in asked.order_by)
    page = await ask.perform(
        words.find_versions,
        words.FindVersions(
            criteria=tuple(_test(one, _VERSION_KEYS) for one in filters.comparisons(asked.filter)),
            sort=(*sort, "name", "-number") if sort else ("-updated", "name", "-number"),
            limit=asked.max_results,
            after=asked.page_token or None,
        ),
    )
    answer: dict[str, Any] = {"model_versions": [version_of(one) for one in page.versions]} if page.versions else {}
    return answer | ({"next_page_token": page.next} if page.next else {})


@route("GET", _VERSIONS + "/get-download-uri")
@named
async def download_uri(ask: Ask) -> dict[str, Any]:
    version = await ask.perform(words.get_version, ask.query(ByVersion).at())
    return {"artifact_uri": await _location(ask, version)}


async def _location(ask: Ask, version: ClientVersion) -> str:
    """Where a version's files can be read: at our own door, or where its client said when we never had them."""
    origin = origin_of(version.source, version.logged_model)
    kind, _, key = origin.owner.partition("/")
    if kind == "models":
        one = await ask.perform(logged.get_model, logged.LoggedModelRef(id=key))
        return f"mlflow-artifacts:/{one.experiment}/models/{one.id}/artifacts"
    if kind == "runs":
        run = await ask.perform(client_runs.get_row, client_runs.KeyedRun(run=key))
        return f"{told.artifacts_of(run)}/{origin.path}".rstrip("/")
    if origin.copy_of:
        name, _, number = origin.copy_of.partition("@v")
        if number.isdigit():
            return await _location(ask, await ask.perform(words.get_version, words.VersionAt(model=name, number=int(number))))
    return version.source


@route("POST", _VERSIONS + "/set-tag")
@named
async def set_version_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Tagged)
    tags: dict[str, str | None] = dict(told.tags_of([Pair(body.key, body.value)], _MOST_TAG))
    await ask.perform(words.change_version, words.ChangeVersion(model=_checked(body.name), number=_number(body.version), tags=tags))
    return {}


@route("DELETE", _VERSIONS + "/delete-tag")
@named
async def delete_version_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Tagged)
    tags: dict[str, str | None] = {told.checked_name(body.key, "key"): None}
    await ask.perform(words.change_version, words.ChangeVersion(model=_checked(body.name), number=_number(body.version), tags=tags))
    return {}


class Artifact(msgspec.Struct):
    name: str = ""
    version: str = ""
    path: str = ""


@route("GET", "/model-versions/get-artifact")
@named
async def get_artifact(ask: Ask) -> Response:
    asked = ask.query(Artifact)
    version = await ask.perform(words.get_version, words.VersionAt(model=_checked(asked.name), number=_number(asked.version)))
    location = await _location(ask, version)
    if not location.startswith("mlflow-artifacts:/"):
        raise MlflowError("INVALID_PARAMETER_VALUE", "the files of this version are not kept here")
    where = place(location.partition(":")[2].lstrip("/"))
    return await send(ask, Place(where.owner, f"{where.path}/{asked.path}".lstrip("/")))
