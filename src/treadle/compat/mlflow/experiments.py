"""Experiments: made, found, renamed, tagged, deleted and restored."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.compat.mlflow import filters, told
from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.filters import Comparison
from treadle.compat.mlflow.told import Pair, checked_name, experiment_number, milliseconds, pairs
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import experiments as words
from treadle.contract.experiments import Experiment
from treadle.contract.search import Criterion
from treadle.core.errors import ExperimentExists, NotFound

_MOST_NAME, _MOST_TAG, MOST_PAGE = 500, 20_000, 50_000
DELETED = {"ACTIVE_ONLY": "no", "DELETED_ONLY": "only", "ALL": "both", "": "no", 1: "no", 2: "only", 3: "both"}
_ENTITIES = {"": "attribute", "attribute": "attribute", "attributes": "attribute", "attr": "attribute", "tag": "tag", "tags": "tag"}
_KEYS = {
    "name": "name",
    "experiment_id": "id",
    "creation_time": "created",
    "created": "created",
    "last_update_time": "updated",
    "last_updated": "updated",
}


def told_as(one: Experiment) -> dict[str, Any]:
    found = {
        "experiment_id": str(one.id),
        "name": one.name,
        "artifact_location": f"mlflow-artifacts:/{one.id}",
        "lifecycle_stage": "active" if one.deleted_at is None else "deleted",
        "last_update_time": milliseconds(one.updated_at),
        "creation_time": milliseconds(one.created_at),
    }
    return found | ({"tags": pairs(one.tags)} if one.tags else {})


class Create(msgspec.Struct):
    name: str = ""
    artifact_location: str = ""
    tags: list[Pair] = []


@route("POST", "/api/2.0/mlflow/experiments/create")
async def create(ask: Ask) -> dict[str, Any]:
    """A location of the client's own is passed over: files are kept here."""
    body = await ask.body(Create)
    if not body.name.strip():
        raise told.missing("name")
    if len(body.name) > _MOST_NAME:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"'name' exceeds the maximum length of {_MOST_NAME} characters")
    tags = told.tags_of(body.tags, _MOST_TAG)
    try:
        made = await ask.perform(words.create_experiment, words.CreateExperiment(name=body.name, tags=tags))
    except ExperimentExists as error:
        raise MlflowError("RESOURCE_ALREADY_EXISTS", f"Experiment(name={body.name}) already exists. {error.what}") from error
    return {"experiment_id": str(made.id)}


class ByNumber(msgspec.Struct):
    experiment_id: str = ""


async def found(ask: Ask, text: str) -> Experiment:
    """The experiment of a number. Raises MlflowError in the words that clients know."""
    number = experiment_number(text)
    try:
        return await ask.perform(words.get_experiment, words.FindExperiment(id=number))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No Experiment with id={number} exists") from error


@route("GET", "/api/2.0/mlflow/experiments/get")
async def get(ask: Ask) -> dict[str, Any]:
    return {"experiment": told_as(await found(ask, ask.query(ByNumber).experiment_id))}


class ByName(msgspec.Struct):
    experiment_name: str = ""


@route("GET", "/api/2.0/mlflow/experiments/get-by-name")
async def get_by_name(ask: Ask) -> dict[str, Any]:
    name = ask.query(ByName).experiment_name
    if not name:
        raise told.missing("experiment_name")
    try:
        return {"experiment": told_as(await ask.perform(words.get_experiment, words.FindExperiment(name=name)))}
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Could not find experiment with name '{name[:500]}'") from error


class Search(msgspec.Struct):
    max_results: int = 1000
    page_token: str = ""
    filter: str = ""
    order_by: list[str] = []
    view_type: str | int = ""


@route("POST", "/api/2.0/mlflow/experiments/search")
async def search(ask: Ask) -> dict[str, Any]:
    return await _search(ask, await ask.body(Search))


@route("GET", "/api/2.0/mlflow/experiments/search")
async def search_by_query(ask: Ask) -> dict[str, Any]:
    return await _search(ask, ask.query(Search))


async def _search(ask: Ask, asked: Search) -> dict[str, Any]:
    if not 1 <= asked.max_results <= MOST_PAGE:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Invalid value {asked.max_results} for parameter 'max_results': it is 1 to {MOST_PAGE}"
        )
    page = await ask.perform(
        words.list_experiments,
        words.ListExperiments(
            criteria=tuple(_test(one) for one in filters.comparisons(asked.filter)),
            sort=tuple(_sort(one) for one in asked.order_by) or ("-created", "-id"),
            deleted=deleted(asked.view_type),
            limit=asked.max_results,
            after=asked.page_token or None,
        ),
    )
    answer: dict[str, Any] = {"experiments": [told_as(one) for one in page.experiments]} if page.experiments else {}
    return answer | ({"next_page_token": page.next} if page.next else {})


def deleted(view_type: str | int) -> str:
    """Which of deleted and not deleted ones a view shows."""
    view = int(view_type) if isinstance(view_type, str) and view_type.isdigit() else view_type
    if view not in DELETED:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid value {view_type!r} for a view type: ACTIVE_ONLY, DELETED_ONLY or ALL")
    return DELETED[view]


def _test(one: Comparison) -> Criterion:
    key = _key(one.entity, one.key)
    if key in ("created", "updated"):
        filters.expect(one, filters.NUMBER)
        return Criterion(key=key, operator=one.operator, value=filters.as_number(one) / 1000)
    if key == "id":
        filters.expect(one, (*filters.NUMBER, "IN", "NOT IN"))
        if one.operator in ("IN", "NOT IN"):
            return Criterion(key=key, operator="in", value=filters.as_texts(one), negated=one.operator == "NOT IN")
        return Criterion(key=key, operator=one.operator, value=filters.as_number(one))
    filters.expect(one, filters.TEXT if key != "name" else filters.LISTED)
    return filters.listed(one, key)


def _sort(text: str) -> str:
    one = filters.order(text)
    return f"{'-' if one.descending else ''}{_key(one.entity, one.key)}"


def _key(entity: str, key: str) -> str:
    if filters.entity_of(entity, _ENTITIES) == "tag":
        return f"tags.{key}"
    if key not in _KEYS:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid attribute key '{key[:100]}' specified. Valid keys are {sorted(_KEYS)}")
    return _KEYS[key]


class Update(msgspec.Struct):
    experiment_id: str = ""
    new_name: str = ""


@route("POST", "/api/2.0/mlflow/experiments/update")
async def update(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Update)
    if not body.new_name.strip():
        raise told.missing("new_name")
    one = await found(ask, body.experiment_id)
    try:
        await ask.perform(words.change_experiment, words.ChangeExperiment(id=one.id, name=body.new_name))
    except ExperimentExists as error:
        raise MlflowError("RESOURCE_ALREADY_EXISTS", f"Experiment(name={body.new_name[:500]}) already exists.") from error
    return {}


@route("POST", "/api/2.0/mlflow/experiments/delete")
async def delete(ask: Ask) -> dict[str, Any]:
    one = await found(ask, (await ask.body(ByNumber)).experiment_id)
    if one.deleted_at is not None:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No Experiment with id={one.id} exists")
    await ask.perform(words.delete_experiment, words.ExperimentRef(id=one.id))
    return {}


@route("POST", "/api/2.0/mlflow/experiments/restore")
async def restore(ask: Ask) -> dict[str, Any]:
    one = await found(ask, (await ask.body(ByNumber)).experiment_id)
    if one.deleted_at is None:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No deleted Experiment with id={one.id} exists")
    await ask.perform(words.restore_experiment, words.ExperimentRef(id=one.id))
    return {}


class SetTag(msgspec.Struct):
    experiment_id: str = ""
    key: str = ""
    value: str = ""


@route("POST", "/api/2.0/mlflow/experiments/set-experiment-tag")
async def set_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(SetTag)
    one = await found(ask, body.experiment_id)
    tags: dict[str, str | None] = dict(told.tags_of([Pair(body.key, body.value)], _MOST_TAG))
    await ask.perform(words.change_experiment, words.ChangeExperiment(id=one.id, tags=tags))
    return {}


@route("POST", "/api/2.0/mlflow/experiments/delete-experiment-tag")
async def delete_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(SetTag)
    one = await found(ask, body.experiment_id)
    name = checked_name(body.key, "key")
    if name not in one.tags:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No tag with name: {name} in experiment with id {one.id}")
    await ask.perform(words.change_experiment, words.ChangeExperiment(id=one.id, tags={name: None}))
    return {}
