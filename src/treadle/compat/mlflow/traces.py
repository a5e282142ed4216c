"""Traces: told of, found, tagged, assessed, deleted. Their spans arrive by OpenTelemetry's protocol (treadle.compat.mlflow.otlp)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from treadle.compat.mlflow import filters, otlp, searched, told
from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.filters import Comparison
from treadle.compat.mlflow.told import Pair, missing
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import traces as words
from treadle.contract.search import Among, Both, Compare, Either, Key, Sort, Term
from treadle.contract.traces import Assessment, Trace
from treadle.core.errors import NotFound

_RUN, _NAME = "mlflow.sourceRun", "mlflow.traceName"
_V3, _V2 = "/api/3.0/mlflow/traces", "/api/2.0/mlflow/traces"
_MOST_PAGE = 500
_STATE = {
    "OK": "ok",
    "ERROR": "error",
    "IN_PROGRESS": "in_progress",
    "STATE_UNSPECIFIED": "in_progress",
    "TRACE_STATUS_UNSPECIFIED": "in_progress",
}
_STATUS = {"ok": "OK", "error": "ERROR", "in_progress": "IN_PROGRESS"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)s")
_ENTITIES = {
    **dict.fromkeys(("", "attribute", "attributes", "attr", "trace"), "own"),
    **dict.fromkeys(("tag", "tags"), "trace_tag"),
    **dict.fromkeys(("metadata", "request_metadata", "trace_metadata"), "trace_metadata"),
    "feedback": "feedback",
    "expectation": "expectation",
}
_KEYS = {
    **dict.fromkeys(("request_id", "trace_id", "id"), "id"),
    **dict.fromkeys(("timestamp", "timestamp_ms", "request_time"), "at"),
    **dict.fromkeys(("execution_time", "execution_time_ms", "execution_duration"), "duration"),
    "status": "state",
    "state": "state",
    "name": "name",
    "run_id": "run",
    "client_request_id": "client_id",
    "request_preview": "request",
    "response_preview": "response",
}
_TIMES = ("at", "duration")


def _moment(text: str) -> float:
    """Seconds since 1970 for a time as protocol buffers write it in JSON."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"`{text[:60]}` is not a time") from None


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _location(experiment: int) -> dict[str, Any]:
    return {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": str(experiment)}}


def info_of(one: Trace) -> dict[str, Any]:
    tags = {
        "mlflow.artifactLocation": f"mlflow-artifacts:/{one.experiment}/traces/{one.id}/artifacts",
        "mlflow.trace.spansLocation": "TRACKING_STORE",
    }
    found: dict[str, Any] = {
        "trace_id": one.id,
        "trace_location": _location(one.experiment),
        "request_time": _written(one.at),
        "state": _STATUS[one.state],
        "trace_metadata": one.metadata | ({_RUN: one.run} if one.run else {}),
        "tags": tags | {_NAME: one.name} | one.tags,
        "request_preview": one.request,
        "response_preview": one.response,
    }
    found |= {"execution_duration": f"{one.duration:.9f}".rstrip("0").rstrip(".") + "s"} if one.duration is not None else {}
    found |= {"client_request_id": one.client_id} if one.client_id else {}
    found |= {"assessments": [_assessed(assessment) for assessment in one.assessments]} if one.assessments else {}
    return found


def _whole(one: Trace) -> dict[str, Any]:
    return {"trace_info": info_of(one), "spans": [otlp.told_as(one.id, span) for span in one.spans]}


# --- told of ------------------------------------------------------------------------------------------------------------------


class ExperimentPlace(msgspec.Struct, frozen=True):
    experiment_id: str = ""


class Location(msgspec.Struct, frozen=True):
    type: str = ""
    mlflow_experiment: ExperimentPlace = ExperimentPlace()


class Info(msgspec.Struct, frozen=True):
    trace_id: str = ""
    client_request_id: str = ""
    trace_location: Location = Location()
    request_preview: str = ""
    response_preview: str = ""
    request_time: str = ""
    execution_duration: str = ""
    state: str = "IN_PROGRESS"
    trace_metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    assessments: list[dict[str, Any]] = []


class Told(msgspec.Struct, frozen=True):
    trace_info: Info = Info()


class Start(msgspec.Struct):
    trace: Told = Told()


@route("POST", _V3)
async def start(ask: Ask) -> dict[str, Any]:
    info = (await ask.body(Start)).trace.trace_info
    if not info.trace_id:
        raise missing("trace.trace_info.trace_id")
    duration = _DURATION.fullmatch(info.execution_duration)
    one = Trace(
        id=info.trace_id,
        experiment=told.experiment_number(info.trace_location.mlflow_experiment.experiment_id or "0"),
        name=info.tags.get(_NAME, ""),
        state=_state(info.state),
        at=_moment(info.request_time) if info.request_time else 0.0,
        duration=float(duration[1]) if duration else None,
        request=info.request_preview,
        response=info.response_preview,
        client_id=info.client_request_id,
        run=info.trace_metadata.get(_RUN, ""),
        tags={name: value for name, value in info.tags.items() if name != _NAME},
        metadata=info.trace_metadata,
    )
    try:
        made = await ask.perform(words.put_trace, words.PutTrace(trace=one))
    except NotFound:  # the run is not here
        made = await ask.perform(words.put_trace, words.PutTrace(trace=msgspec.structs.replace(one, run="")))
    for assessment in info.assessments:
        await _assess(ask, assessment, made.id)
    return {"trace": {"trace_info": info_of(made)}}


def _state(text: str) -> str:
    if text not in _STATE:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid trace state '{text[:40]}'. It is one of {', '.join(_STATE)}")
    return _STATE[text]


# --- read ---------------------------------------------------------------------------------------------------------------------


async def found(ask: Ask, number: str) -> Trace:
    try:
        return await ask.perform(words.get_trace, words.TraceRef(id=number))
    except NotFound as error:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Trace with ID '{number[:100]}' not found.") from error


class ByTrace(msgspec.Struct):
    trace_id: str = ""
    allow_partial: str = ""


@route("GET", _V3 + "/get")
async def get(ask: Ask) -> dict[str, Any]:
    return {"trace": _whole(await found(ask, ask.query(ByTrace).trace_id))}


class Many(msgspec.Struct):
    trace_ids: list[str] = []


@route("GET", _V3 + "/batchGet")
async def get_many(ask: Ask) -> dict[str, Any]:
    """Traces that are not there are left out."""
    return {"traces": [_whole(one) for one in await _some(ask, ask.query(Many).trace_ids)]}


@route("POST", _V3 + "/batchGetInfos")
async def get_infos(ask: Ask) -> dict[str, Any]:
    return {"trace_infos": [info_of(one) for one in await _some(ask, (await ask.body(Many)).trace_ids)]}


async def _some(ask: Ask, ids: list[str]) -> list[Trace]:
    known = []
    for number in ids[:_MOST_PAGE]:
        try:
            known.append(await ask.perform(words.get_trace, words.TraceRef(id=number)))
        except NotFound:
            continue
    return known


@route("GET", _V3 + "/{id}")
async def info(ask: Ask) -> dict[str, Any]:
    return {"trace": {"trace_info": info_of(await found(ask, ask.path["id"]))}}


class Search(msgspec.Struct):
    locations: list[Location] = []
    filter: str = ""
    max_results: int = 100
    order_by: list[str] = []
    page_token: str = ""


@route("POST", _V3 + "/search")
async def search(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Search)
    if not 1 <= body.max_results <= _MOST_PAGE:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Invalid value {body.max_results} for parameter 'max_results': it is 1 to {_MOST_PAGE}"
        )
    terms = tuple(_term(one) for one in filters.comparisons(body.filter))
    asked = words.FindTraces(
        where=None if not terms else terms[0] if len(terms) == 1 else Both(terms=terms),
        sorts=tuple(_sort(one) for one in body.order_by),
        experiments=tuple(told.experiment_number(one.mlflow_experiment.experiment_id) for one in body.locations) or None,
        limit=body.max_results,
        after=body.page_token or None,
    )
    page = await ask.perform(words.find_traces, asked)
    answer: dict[str, Any] = {"traces": [info_of(one) for one in page.traces]} if page.traces else {}
    return answer | ({"next_page_token": page.next} if page.next else {})


def _sort(text: str) -> Sort:
    one = filters.order(text)
    return Sort(key=_key(one.entity, one.key), descending=one.descending)


def _key(entity: str, key: str) -> Key:
    area = filters.entity_of(entity, _ENTITIES)
    if area != "own":
        return Key(area="trace", name="name") if key == _NAME else Key(area=area, name=key)
    if key not in _KEYS:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid attribute key '{key[:100]}' specified. Valid keys are {sorted(_KEYS)}")
    return Key(area="trace", name=_KEYS[key])


def _term(one: Comparison) -> Term:
    if one.key == "text" and one.entity in ("trace", ""):
        filters.expect(one, ("LIKE", "ILIKE"))
        return Either(terms=tuple(searched.words(one, Key(area="trace", name=name)) for name in ("request", "response")))
    key = _key(one.entity, one.key)
    if one.key == _RUN:
        key = Key(area="trace", name="run")
    if key.area == "trace" and key.name in _TIMES:
        filters.expect(one, filters.NUMBER)
        return Compare(key=key, operator=one.operator, value=filters.as_number(one) / 1000)
    if key == Key(area="trace", name="state"):
        states = tuple(ours for ours, theirs in _STATUS.items() if filters.fits(one, theirs))
        return Among(key=key, values=states or ("",))
    filters.expect(one, tuple(dict.fromkeys(filters.TEXT + filters.LISTED)))
    if isinstance(one.value, float):  # an assessment's number
        one = one._replace(value=f"{one.value:g}")
    return searched.words(one, key)


# --- changed ------------------------------------------------------------------------------------------------------------------


@route("PATCH", _V3 + "/{id}/tags")
@route("PATCH", _V2 + "/{id}/tags")
async def set_tag(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Pair)
    one = await found(ask, ask.path["id"])
    tags: dict[str, str | None] = dict(told.tags_of([body]))
    await ask.perform(words.tag_trace, words.TagTrace(id=one.id, tags=tags))
    return {}


@route("DELETE", _V3 + "/{id}/tags")
@route("DELETE", _V2 + "/{id}/tags")
async def delete_tag(ask: Ask) -> dict[str, Any]:
    key = ask.request.query_params.get("key") or (await ask.body(Pair)).key
    one = await found(ask, ask.path["id"])
    if key not in one.tags:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No trace tag with key '{key[:100]}' for trace with ID '{one.id}'")
    await ask.perform(words.tag_trace, words.TagTrace(id=one.id, tags={key: None}))
    return {}


class Delete(msgspec.Struct):
    experiment_id: str = ""
    max_timestamp_millis: int | None = None
    max_traces: int = 1000
    request_ids: list[str] = []


@route("POST", _V3 + "/delete-traces")
@route("POST", _V2 + "/delete-traces")
async def delete(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Delete)
    if bool(body.request_ids) == (body.max_timestamp_millis is not None):
        raise MlflowError("INVALID_PARAMETER_VALUE", "Either `max_timestamp_millis` or `trace_ids` must be specified, but not both.")
    asked = words.DeleteTraces(
        experiment=told.experiment_number(body.experiment_id or "0"),
        ids=tuple(body.request_ids),
        until=told.seconds(body.max_timestamp_millis),
        limit=body.max_traces,
    )
    return {"traces_deleted": (await ask.perform(words.delete_traces, asked)).count}


class Link(msgspec.Struct):
    trace_ids: list[str] = []
    run_id: str = ""


@route("POST", _V2 + "/link-to-run")
@route("POST", _V3 + "/link-to-run")
async def link(ask: Ask) -> dict[str, Any]:
    body = await ask.body(Link)
    await ask.perform(words.link_traces, words.LinkTraces(run=body.run_id, traces=tuple(body.trace_ids)))
    return {}


# --- assessed -----------------------------------------------------------------------------------------------------------------


class Assess(msgspec.Struct):
    assessment: dict[str, Any] = {}


@route("POST", _V3 + "/{id}/assessments")
async def assess(ask: Ask) -> dict[str, Any]:
    one = await found(ask, ask.path["id"])
    return {"assessment": _assessed(await _assess(ask, (await ask.body(Assess)).assessment, one.id))}


async def _assess(ask: Ask, given: dict[str, Any], trace: str, number: str = "") -> Assessment:
    return await ask.perform(words.put_assessment, words.PutAssessment(assessment=_read(given, trace, number)))


_OWN = ("assessment_id", "assessment_name", "trace_id", "feedback", "expectation", "create_time", "last_update_time")


def _read(given: dict[str, Any], trace: str, number: str) -> Assessment:
    """An assessment as we keep it: its value apart, everything else as it came."""
    kind = "expectation" if "expectation" in given else "feedback"
    holding = given.get(kind)
    if not isinstance(holding, dict):
        raise missing("assessment.feedback")
    value = holding.get("value")
    if kind == "expectation" and value is None and isinstance(holding.get("serialized_value"), dict):
        value = holding["serialized_value"].get("value")
    about = {name: one for name, one in given.items() if name not in _OWN}
    return Assessment(
        id=number,
        trace=trace,
        kind=kind,
        name=str(given.get("assessment_name", "")),
        value=value,
        about=about | {"holding": {name: one for name, one in holding.items() if name != "value"}},
        created_at=_moment(given["create_time"]) if isinstance(given.get("create_time"), str) else 0.0,
    )


def _assessed(one: Assessment) -> dict[str, Any]:
    about = dict(one.about)
    holding = about.pop("holding", {})
    value = {} if one.value is None or "serialized_value" in holding else {"value": one.value}
    return {
        "assessment_id": one.id,
        "assessment_name": one.name,
        "trace_id": one.trace,
        one.kind: holding | value,
        "create_time": _written(one.created_at),
        "last_update_time": _written(one.updated_at),
        **about,
    }


@route("GET", _V3 + "/{id}/assessments/{assessment}")
async def get_assessment(ask: Ask) -> dict[str, Any]:
    return {"assessment": _assessed(await _assessment(ask))}


async def _assessment(ask: Ask) -> Assessment:
    one = await found(ask, ask.path["id"])
    for assessment in one.assessments:
        if assessment.id == ask.path["assessment"]:
            return assessment
    raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"Assessment with ID '{ask.path['assessment'][:100]}' not found for trace '{one.id}'")


@route("PATCH", _V3 + "/{id}/assessments/{assessment}")
async def change_assessment(ask: Ask) -> dict[str, Any]:
    """What is not named stays."""
    before = _assessed(await _assessment(ask))
    given = (await ask.body(Assess)).assessment
    kept = {
        name: value
        for name, value in before.items()
        if not (name in ("feedback", "expectation") and {"feedback", "expectation"} & given.keys())
    }
    return {"assessment": _assessed(await _assess(ask, kept | given, ask.path["id"], ask.path["assessment"]))}


@route("DELETE", _V3 + "/{id}/assessments/{assessment}")
async def delete_assessment(ask: Ask) -> dict[str, Any]:
    one = await _assessment(ask)
    await ask.perform(words.delete_assessment, words.AssessmentRef(trace=one.trace, id=one.id))
    return {}
