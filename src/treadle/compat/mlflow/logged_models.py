"""Logged models: made, ready, tagged, found, deleted, and the folders of their files."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.compat.mlflow import filters, told
from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.filters import Comparison
from treadle.compat.mlflow.told import Pair, milliseconds, missing, pairs
from treadle.compat.mlflow.wire import MlflowError, written
from treadle.contract import files
from treadle.contract import logged_models as words
from treadle.contract.logged_models import LoggedModel, ModelOrder
from treadle.contract.search import Criterion
from treadle.core.errors import NotFound

_STATUS = {"pending": "LOGGED_MODEL_PENDING", "ready": "LOGGED_MODEL_READY", "failed": "LOGGED_MODEL_UPLOAD_FAILED"}
_STATE: dict[str | int, str] = {theirs: ours for ours, theirs in _STATUS.items()} | {1: "pending", 2: "ready", 3: "failed"}
_ENTITIES = {
    **dict.fromkeys(("", "attribute", "attributes", "attr", "model"), "own"),
    **dict.fromkeys(("metric", "metrics"), "metrics"),
    **dict.fromkeys(("param", "params", "parameter", "parameters"), "params"),
    **dict.fromkeys(("tag", "tags"), "tags"),
}
_KEYS = {
    "model_id": "id",
    "name": "name",
    "model_type": "type",
    "status": "state",
    "source_run_id": "run",
    "creation_timestamp": "created",
    "creation_time": "created",
    "last_updated_timestamp": "updated",
    "last_updated_time": "updated",
}
_NUMBERS = ("created", "updated")
_MOST_PAGE = 1000


def artifacts_of(one: LoggedModel) -> str:
    return f"mlflow-artifacts:/{one.experiment}/models/{one.id}/artifacts"


def told_as(one: LoggedModel) -> dict[str, Any]:
    info: dict[str, Any] = {
        "model_id": one.id,
        "experiment_id": str(one.experiment),
        "name": one.name,
        "creation_timestamp_ms": milliseconds(one.created_at),
        "last_updated_timestamp_ms": milliseconds(one.updated_at),
        "artifact_uri": artifacts_of(one),
        "status": _STATUS[one.state],
        "model_type": one.type,
        "source_run_id": one.run,
    }
    info |= {"tags": pairs(one.tags)} if one.tags else {}
    info |= {"status_message": one.message} if one.message else {}
    data: dict[str, Any] = {}
    if one.parameters:
        data["params"] = pairs(one.parameters)
    if one.metrics:
        data["metrics"] = [
            {
                "key": m.name,
                "value": written(m.value),
                "timestamp": milliseconds(m.at),
                "step": m.step,
                "model_id": m.model,
                "run_id": m.run,
            }
            | ({"dataset_name": m.dataset_name, "dataset_digest": m.dataset_digest} if m.dataset_name else {})
            for m in one.metrics
        ]
    return {"info": info, "data": data}


async def found(ask: Ask, number: str) -> LoggedModel:
    try:
        return await ask.perform(words.get_model, words.LoggedModelRef(id=number))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Logged model with ID '{number[:100]}' not found.") from error


class Create(msgspec.Struct):
    experiment_id: str = ""
    name: str = ""
    model_type: str = ""
    source_run_id: str = ""
    params: list[Pair] = []
    tags: list[Pair] = []


@route("POST", "/api/2.0/mlflow/logged-models")
async def create(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Create)
    if any(mark in body.name for mark in "/:.%\"'"):
        raise MlflowError(
            "INVALID_PARAMETER_VALUE",
            f"Invalid model name ({body.name[:100]}) provided. Model name must be a non-empty string and cannot contain the following "
            "characters: ('/', ':', '.', '%', '\"', \"'\")",
        )
    asked = words.OpenLoggedModel(
        experiment=told.experiment_number(body.experiment_id or "0"),
        run=body.source_run_id,
        name=body.name,
        type=body.model_type,
        parameters={one.key: one.value for one in body.params},
        tags=told.tags_of(body.tags),
    )
    try:
        return {"model": told_as(await ask.perform(words.open_model, asked))}
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Run with id={body.source_run_id[:100]} not found") from error


@route("GET", "/api/2.0/mlflow/logged-models/{id}")
async def get(ask: Ask) -> dict[str, Any]:
    return {"model": told_as(await found(ask, ask.path["id"]))}


class Finish(msgspec.Struct):
    status: str | int = ""


@route("PATCH", "/api/2.0/mlflow/logged-models/{id}")
async def finish(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Finish)
    state = _STATE.get(body.status)
    if state not in ("ready", "failed"):
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Invalid model status {body.status!r}: LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED"
        )
    one = await found(ask, ask.path["id"])
    return {"model": told_as(await ask.perform(words.change_model, words.ChangeLoggedModel(id=one.id, state=state)))}


@route("DELETE", "/api/2.0/mlflow/logged-models/{id}")
async def delete(ask: Ask) -> dict[str, Any]:
    one = await found(ask, ask.path["id"])
    await ask.perform(words.delete_model, words.LoggedModelRef(id=one.id))
    return {}


class SetTags(msgspec.Struct):
    tags: list[Pair] = []


@route("PATCH", "/api/2.0/mlflow/logged-models/{id}/tags")
async def set_tags(ask: Ask) -> dict[str, Any]:
    body = await ask.body(SetTags)
    one = await found(ask, ask.path["id"])
    tags: dict[str, str | None] = dict(told.tags_of(body.tags))
    return {"model": told_as(await ask.perform(words.change_model, words.ChangeLoggedModel(id=one.id, tags=tags)))}


@route("DELETE", "/api/2.0/mlflow/logged-models/{id}/tags/{key:path}")
async def delete_tag(ask: Ask) -> dict[str, Any]:
    one = await found(ask, ask.path["id"])
    if ask.path["key"] not in one.tags:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No tag with key {ask.path['key'][:100]!r} found for model with ID {one.id!r}.")
    await ask.perform(words.change_model, words.ChangeLoggedModel(id=one.id, tags={ask.path["key"]: None}))
    return {}


class LogParams(msgspec.Struct):
    params: list[Pair] = []


@route("POST", "/api/2.0/mlflow/logged-models/{id}/params")
async def log_params(ask: Ask) -> dict[str, Any]:
    body = await ask.body(LogParams)
    one = await found(ask, ask.path["id"])
    parameters = {pair.key: pair.value for pair in body.params if pair.key}
    await ask.perform(words.change_model, words.ChangeLoggedModel(id=one.id, parameters=parameters))
    return {}


class Folder(msgspec.Struct):
    artifact_directory_path: str = ""


@route("GET", "/api/2.0/mlflow/logged-models/{id}/artifacts/directories")
async def list_files(ask: Ask) -> dict[str, Any]:
    one = await found(ask, ask.path["id"])
    path = ask.query(Folder).artifact_directory_path.strip("/")
    kept = await ask.perform(files.list_files, files.ListFiles(owner=f"models/{one.id}", path=path))
    listed = [{"path": file.path, "is_dir": file.folder} | ({} if file.folder else {"file_size": file.size}) for file in kept]
    return {"root_uri": artifacts_of(one)} | ({"files": listed} if listed else {})


# --- found --------------------------------------------------------------------------------------------------------------------


class Dataset(msgspec.Struct):
    dataset_name: str = ""
    dataset_digest: str = ""


class Order(msgspec.Struct):
    field_name: str = ""
    ascending: bool = True
    dataset_name: str = ""
    dataset_digest: str = ""


class Search(msgspec.Struct):
    experiment_ids: list[str] = []
    filter: str = ""
    datasets: list[Dataset] = []
    max_results: int = 50
    order_by: list[Order] = []
    page_token: str = ""


@route("POST", "/api/2.0/mlflow/logged-models/search")
async def search(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Search)
    if not 1 <= body.max_results <= _MOST_PAGE:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Invalid value {body.max_results} for parameter 'max_results': it is 1 to {_MOST_PAGE}"
        )
    asked = words.FindLoggedModels(
        experiments=tuple(told.experiment_number(one) for one in body.experiment_ids),
        criteria=tuple(_test(one) for one in filters.comparisons(body.filter)),
        datasets=tuple((one.dataset_name, one.dataset_digest) for one in body.datasets),
        order=tuple(_order(one) for one in body.order_by),
        limit=body.max_results,
        after=body.page_token or None,
    )
    page = await ask.perform(words.find_models, asked)
    answer: dict[str, Any] = {"models": [told_as(one) for one in page.models]} if page.models else {}
    return answer | ({"next_page_token": page.next} if page.next else {})


def _test(one: Comparison) -> Criterion:
    key = _key(one.entity, one.key)
    if key in _NUMBERS or key.startswith("metrics."):
        filters.expect(one, filters.NUMBER)
        value = filters.as_number(one)
        return Criterion(key=key, operator=one.operator, value=value / 1000 if key in _NUMBERS else value)
    filters.expect(one, tuple(dict.fromkeys(filters.TEXT + filters.LISTED)))
    if key == "state":
        states = tuple(ours for ours, theirs in _STATUS.items() if filters.fits(one, theirs) or filters.fits(one, theirs[13:]))
        return Criterion(key=key, operator="in", value=states)
    return filters.listed(one, key)


def _order(one: Order) -> ModelOrder:
    if not one.field_name:
        raise missing("order_by.field_name")
    parsed = filters.order(one.field_name)
    key = _key(parsed.entity, parsed.key)
    return ModelOrder(key=key, descending=not one.ascending, dataset_name=one.dataset_name, dataset_digest=one.dataset_digest)


def _key(entity: str, key: str) -> str:
    area = filters.entity_of(entity, _ENTITIES)
    if area != "own":
        return f"{area}.{key}"
    if key not in _KEYS:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid attribute key '{key[:100]}' specified. Valid keys are {sorted(_KEYS)}")
    return _KEYS[key]
