"""Runs: opened, told of, ended, found, deleted and restored."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from treadle.compat.mlflow import experiments, searched, told
from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.told import NAME, PARENT, SOURCE, Pair, checked_name, missing, seconds, state_of
from treadle.compat.mlflow.wire import MlflowError, number
from treadle.contract import client_runs as words
from treadle.contract.client_runs import DescribedInput, ModelLink, RunRow
from treadle.contract.logged_models import LogModelMetrics, ModelMetric, log_model_metrics
from treadle.contract.points import LogRun, Points, log_run
from treadle.core.errors import NotFound, ParameterChanged, StateError, UnknownRun

MOST_METRICS, MOST_PARAMS, MOST_TAGS, MOST_ENTITIES = 1000, 100, 100, 1000
MOST_PARAM, MOST_PAGE = 6000, 50_000
_HISTORY = "mlflow.log-model.history"
_LARGEST_STEP = (1 << 63) - 1

Answering = Callable[[Ask], Awaitable[Any]]


def named(function: Answering) -> Answering:
    """What our operations say of runs that do not exist or are deleted, in the words that clients know."""

    @functools.wraps(function)
    async def told_again(ask: Ask) -> Any:
        try:
            return await function(ask)
        except UnknownRun as error:
            raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Run not found: {error.what}") from error
        except StateError as error:
            raise MlflowError("INVALID_PARAMETER_VALUE", error.what) from error
        except ParameterChanged as error:
            raise MlflowError(
                "INVALID_PARAMETER_VALUE",
                "Changing param values is not allowed. Param with "
                f"key='{error.name}' was already logged with value='{error.before}' for this run ID. "
                f"Attempted logging new value '{error.after[:500]}'.",
            ) from error

    return told_again


class ByRun(msgspec.Struct):
    run_id: str = ""
    run_uuid: str = ""

    def key(self) -> str:
        """The run that is meant; the second name is that of older clients."""
        key = self.run_id or self.run_uuid
        if not key:
            raise missing("run_id")
        return key


async def row(ask: Ask, key: str) -> RunRow:
    try:
        return await ask.perform(words.get_row, words.KeyedRun(run=key))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Run with id={key[:100]} not found") from error


class Create(msgspec.Struct):
    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: int | None = None
    tags: list[Pair] = []


@route("POST", "/api/2.0/mlflow/runs/create")
@named
async def create(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Create)
    experiment = await experiments.found(ask, body.experiment_id or "0")
    if experiment.deleted_at is not None:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"The experiment {experiment.id} must be in the 'active' state. Current state is deleted."
        )
    tags = told.tags_of(body.tags)
    if body.user_id:
        tags.setdefault(told.USER, body.user_id)
    name = tags.pop(NAME, "")
    asked = words.OpenRun(
        key=uuid.uuid4().hex,
        experiment=experiment.id,
        name=body.run_name or name,
        source=tags.get(SOURCE, ""),
        parent=tags.get(PARENT),
        started_at=seconds(body.start_time),
        tags=tags,
    )
    try:
        made = await ask.perform(words.open_run, asked)
    except UnknownRun:  # the tag may say whatever it likes
        made = await ask.perform(words.open_run, msgspec.structs.replace(asked, parent=None))
    return {"run": told.run_of(made)}


class Update(ByRun):
    status: str | int | None = None
    end_time: int | None = None
    run_name: str = ""


@route("POST", "/api/2.0/mlflow/runs/update")
@named
async def update(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Update)
    state = None if body.status is None else state_of(body.status)
    asked = words.ChangeRun(run=body.key(), state=state, ended_at=seconds(body.end_time), name=body.run_name or None)
    return {"run_info": told.info_of(await ask.perform(words.change_run, asked))}


@route("GET", "/api/2.0/mlflow/runs/get")
async def get(ask: Ask) -> dict[str, Any]:
    return {"run": told.run_of(await row(ask, ask.query(ByRun).key()))}


@route("POST", "/api/2.0/mlflow/runs/delete")
async def delete(ask: Ask) -> dict[str, Any]:
    one = await row(ask, (await ask.body(ByRun)).key())
    await ask.perform(words.delete_run, words.KeyedRun(run=one.key))
    return {}


@route("POST", "/api/2.0/mlflow/runs/restore")
@named
async def restore(ask: Ask) -> dict[str, Any]:
    one = await row(ask, (await ask.body(ByRun)).key())
    await ask.perform(words.restore_run, words.KeyedRun(run=one.key))
    return {}


class Search(msgspec.Struct):
    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: str | int = ""
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str = ""


@route("POST", "/api/2.0/mlflow/runs/search")
async def search(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Search)
    if not 0 <= body.max_results <= MOST_PAGE:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid value {body.max_results} for parameter 'max_results': at most {MOST_PAGE}")
    asked = words.FindRows(
        where=searched.runs_where(body.filter),
        sorts=searched.runs_order(body.order_by),
        experiments=tuple(told.experiment_number(one) for one in body.experiment_ids),
        deleted=experiments.deleted(body.run_view_type),
        limit=body.max_results or 1,
        after=body.page_token or None,
    )
    page = await ask.perform(words.find_rows, asked) if asked.experiments else words.RowPage()
    answer: dict[str, Any] = {"runs": [told.run_of(one) for one in page.rows]} if page.rows else {}
    return answer | ({"next_page_token": page.next} if page.next else {})


# --- told of ------------------------------------------------------------------------------------------------------------------


class Metric(msgspec.Struct):
    """`dataset_*` and `model_id` say for which logged model it is, measured on which data."""

    key: str = ""
    value: float | str | None = None
    timestamp: int | None = None
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""
    run_id: str = ""


class LogBatch(ByRun):
    metrics: list[Metric] = []
    params: list[Pair] = []
    tags: list[Pair] = []


@route("POST", "/api/2.0/mlflow/runs/log-batch")
@named
async def log_batch(ask: Ask) -> dict[str, Any]:
    body = await ask.body(LogBatch)
    sizes = ("metrics", len(body.metrics), MOST_METRICS), ("params", len(body.params), MOST_PARAMS), ("tags", len(body.tags), MOST_TAGS)
    for what, count, most in (*sizes, ("entities", sum(count for _, count, _ in sizes), MOST_ENTITIES)):
        if count > most:
            raise MlflowError(
                "INVALID_PARAMETER_VALUE",
                f"A batch logging request can contain at most {most} {what}. Got {count} {what}. "
                f"Please split up {what} across multiple requests and try again.",
            )
    return await _log(ask, body.key(), body.metrics, body.params, body.tags)


class LogMetric(Metric):
    run_uuid: str = ""


@route("POST", "/api/2.0/mlflow/runs/log-metric")
@named
async def log_metric(ask: Ask) -> dict[str, Any]:
    body = await ask.body(LogMetric)
    return await _log(ask, ByRun(body.run_id, body.run_uuid).key(), [body], [], [])


class Named(ByRun):
    key_: str = msgspec.field(name="key", default="")
    value: str | None = None


@route("POST", "/api/2.0/mlflow/runs/log-parameter")
@named
async def log_parameter(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Named)
    return await _log(ask, body.key(), [], [Pair(body.key_, body.value or "")], [])


@route("POST", "/api/2.0/mlflow/runs/set-tag")
@named
async def set_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Named)
    return await _log(ask, body.key(), [], [], [Pair(body.key_, body.value or "")])


@route("POST", "/api/2.0/mlflow/runs/delete-tag")
@named
async def delete_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Named)
    one = await row(ask, body.key())
    name = checked_name(body.key_, "key")
    if name not in one.tags:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No tag with name: {name} in run with id {one.key}")
    await ask.perform(log_run, LogRun(run=one.key, tags={name: None}))
    return {}


async def _log(ask: Ask, run: str, metrics: list[Metric], params: list[Pair], tags: list[Pair]) -> dict[str, Any]:
    points = _points(metrics)
    kept: dict[str, str | None] = dict(told.tags_of(tags))
    name = kept.pop(NAME, None)
    asked = LogRun(run=run, points=points, parameters=_parameters(params), tags=kept, name=name, parent=kept.get(PARENT))
    try:
        await ask.perform(log_run, asked)
    except UnknownRun:
        if asked.parent is None:
            raise
        await ask.perform(log_run, msgspec.structs.replace(asked, parent=None))
    await _log_for_models(ask, run, metrics)
    return {}


def _points(metrics: list[Metric]) -> dict[str, Points]:
    """Points by metric, in the order in which they were sent."""
    found: dict[str, Points] = {}
    for place, one in enumerate(metrics):
        points = found.get(one.key)
        if points is None:
            points = found[checked_name(one.key, f"metrics[{place}].key")] = Points([], [], [])
        if one.value is None:
            raise missing(f"metrics[{place}].value")
        if one.timestamp is None:
            raise missing(f"metrics[{place}].timestamp")
        if not -_LARGEST_STEP <= one.step <= _LARGEST_STEP:
            raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid value for parameter 'metrics[{place}].step': it is beyond 64 bits")
        points.steps.append(one.step)
        points.times.append(one.timestamp / 1000)
        value = one.value
        points.values.append(value if type(value) is float and value == value else _value(value))
    return found


def _value(value: float | str) -> float | None:
    """None for what is "not a number"."""
    read = number(value)
    return None if read != read else read


def _parameters(params: list[Pair]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, one in enumerate(params):
        name = checked_name(one.key, f"params[{place}].key")
        if len(one.value) > MOST_PARAM:
            raise MlflowError(
                "INVALID_PARAMETER_VALUE",
                f"'{one.value[:40]}...' exceeds the maximum length of {MOST_PARAM} characters for 'params[{place}].value'",
            )
        if found.setdefault(name, one.value) != one.value:
            raise MlflowError("INVALID_PARAMETER_VALUE", f"Duplicate parameter keys have been submitted: {name}, with different values")
    return found


async def _log_for_models(ask: Ask, run: str, metrics: list[Metric]) -> None:
    """Metrics that name a logged model are its, too."""
    theirs = tuple(
        ModelMetric(
            model=one.model_id,
            name=one.key,
            value=_value(one.value if one.value is not None else "NaN"),
            at=(one.timestamp or 0) / 1000,
            step=one.step,
            dataset_name=one.dataset_name,
            dataset_digest=one.dataset_digest,
        )
        for one in metrics
        if one.model_id
    )
    if theirs:
        await ask.perform(log_model_metrics, LogModelMetrics(run=run, metrics=theirs))


class LogModel(ByRun):
    model_json: str = ""


@route("POST", "/api/2.0/mlflow/runs/log-model")
@named
async def log_model(ask: Ask) -> dict[str, Any]:
    """How clients before MLflow 3 said that a run holds a model: a tag keeps the list of what they said."""
    body = await ask.body(LogModel)
    one = await row(ask, body.key())
    try:
        model = msgspec.json.decode(body.model_json, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Malformed model info: {error}") from error
    absent = {"artifact_path", "flavors", "utc_time_created", "run_id"} - model.keys()
    if absent:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Model json is missing mandatory fields: {', '.join(sorted(absent))}")
    known = _listed(one.tags.get(_HISTORY, "[]"))
    await ask.perform(log_run, LogRun(run=one.key, tags={_HISTORY: msgspec.json.encode([*known, model]).decode()}))
    return {}


def _listed(text: str) -> list[Any]:
    try:
        return msgspec.json.decode(text, type=list[Any])
    except msgspec.MsgspecError:  # somebody set the tag by hand
        return []


# --- what it took in and made ---------------------------------------------------------------------------------------------------


class Dataset(msgspec.Struct):
    name: str = ""
    digest: str = ""
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(msgspec.Struct):
    dataset: Dataset | None = None
    tags: list[Pair] = []


class ModelInput(msgspec.Struct):
    model_id: str = ""
    step: int = 0


class LogInputs(ByRun):
    datasets: list[DatasetInput] = []
    models: list[ModelInput] = []


@route("POST", "/api/2.0/mlflow/runs/log-inputs")
@named
async def log_inputs(ask: Ask) -> dict[str, Any]:
    body = await ask.body(LogInputs)
    inputs = tuple(_input(one, place) for place, one in enumerate(body.datasets))
    links = tuple(ModelLink(model=one.model_id) for one in body.models)
    await ask.perform(words.describe_inputs, words.DescribeInputs(run=body.key(), inputs=inputs, models_in=links))
    return {}


def _input(one: DatasetInput, place: int) -> DescribedInput:
    dataset = one.dataset
    if dataset is None or not dataset.name or not dataset.digest:
        raise missing(f"datasets[{place}].dataset")
    return DescribedInput(
        name=dataset.name,
        digest=dataset.digest,
        source_type=dataset.source_type,
        source=dataset.source,
        schema=dataset.schema,
        profile=dataset.profile,
        tags=told.tags_of(one.tags, path=f"datasets[{place}].tags"),
    )


class LogOutputs(ByRun):
    models: list[ModelInput] = []


@route("POST", "/api/2.0/mlflow/runs/outputs")
@named
async def log_outputs(ask: Ask) -> dict[str, Any]:
    body = await ask.body(LogOutputs)
    links = tuple(ModelLink(model=one.model_id, step=one.step) for one in body.models)
    await ask.perform(words.describe_inputs, words.DescribeInputs(run=body.key(), models_out=links))
    return {}


class Summaries(msgspec.Struct):
    experiment_ids: list[str] = []


@route("POST", "/api/2.0mlflow/experiments/search-datasets")
@route("POST", "/api/2.0/mlflow/experiments/search-datasets")
async def search_datasets(ask: Ask) -> dict[str, Any]:
    """The first path is how MLflow's own description of the protocol spells it."""
    body = await ask.body(Summaries)
    numbers = tuple(told.experiment_number(one) for one in body.experiment_ids)
    known = await ask.perform(words.summarize_inputs, words.InputSummaries(experiments=numbers))
    return {
        "dataset_summaries": [
            {"experiment_id": str(one.experiment), "name": one.name, "digest": one.digest}
            | ({"context": one.context} if one.context else {})
            for one in known
        ]
    }
