"""A server that speaks MLflow's REST protocol, read from and written to: MLflow's own, or one of ours.

A server of MLflow gives runs and logged models identifiers of its own. Where we write, ours are kept in the tag `treadle.id`, by which
they are found again when the same is written a second time.
"""

from __future__ import annotations

import functools
import math
import os
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import httpx2

from treadle.compat.mlflow.transfer.parts import (
    BLOCK,
    DatasetUse,
    Experiment,
    File,
    LoggedModel,
    Model,
    ModelMetric,
    ModelUse,
    Points,
    Run,
    Version,
)
from treadle.core.errors import Conflict, NotFound, NotSignedIn, TreadleError, Unreachable, UsageError

ORIGIN = "treadle.id"
_TWO, _FILES = "/api/2.0/mlflow", "/api/2.0/mlflow-artifacts/artifacts"
_PAGE = 1000
_BATCH_POINTS, _BATCH_WORDS = 1000, 100
_HISTORY = 25_000
_TRIES = 5
_BUSY = (429, 502, 503, 504)
_ODD = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class MlflowServer:
    """Source and target. `transport` is for tests. Credentials are those that MLflow's client takes from its environment."""

    def __init__(self, url: str, transport: httpx2.BaseTransport | None = None) -> None:
        self.where = url.rstrip("/")
        self._http = httpx2.Client(base_url=self.where, timeout=120, transport=transport, **_credentials())
        self._experiments: dict[str, str] = {}
        self._runs: dict[str, dict[str, Any]] = {}  # a run's name in the source -> the run here
        self._models: dict[str, dict[str, Any]] = {}
        self._found: set[str] = set()  # experiments here that were searched for what is there already
        self._artifacts: dict[str, str] = {}

    def end(self) -> None:
        self._http.close()

    # --- read -------------------------------------------------------------------------------------------------------------

    def experiments(self) -> Iterable[Experiment]:
        for one in self._pages("POST", f"{_TWO}/experiments/search", "experiments", {"max_results": _PAGE, "view_type": "ALL"}):
            yield Experiment(
                id=one["experiment_id"],
                name=one["name"],
                tags=_pairs(one.get("tags")),
                created_at=one.get("creation_time", 0),
                deleted=one.get("lifecycle_stage") == "deleted",
            )

    def runs(self, experiment: str) -> Iterable[Run]:
        body = {"experiment_ids": [experiment], "run_view_type": "ALL", "max_results": _PAGE, "order_by": ["attributes.start_time ASC"]}
        for one in self._pages("POST", f"{_TWO}/runs/search", "runs", body):
            yield _run(one)

    def points(self, run: Run, metric: str) -> Points:
        found = Points(steps=[], times=[], values=[])
        query = {"run_id": self._own(run), "metric_key": metric, "max_results": _HISTORY}
        for one in self._pages("GET", f"{_TWO}/metrics/get-history", "metrics", query):
            found.steps.append(int(one.get("step", 0)))
            found.times.append(int(one["timestamp"]))
            found.values.append(_number(one["value"]))
        return found

    def logged_models(self, experiment: str) -> Iterable[LoggedModel]:
        body = {"experiment_ids": [experiment], "max_results": 50}
        try:
            for one in self._pages("POST", f"{_TWO}/logged-models/search", "models", body):
                yield _logged_model(one)
        except NotFound:  # a server of MLflow 2 has none
            return

    def files(self, owner: Run | LoggedModel) -> Any:
        """As a source: the files of an owner; as a target they are asked for by path (`here`)."""
        return self._listed(_below(self._location(owner)))

    def _listed(self, below: str) -> Iterator[File]:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            answer = self._ask("GET", _FILES, params={"path": f"{below}/{folder}".rstrip("/")})
            for one in answer.get("files", []):
                path = f"{folder}/{one['path']}".lstrip("/")
                if one.get("is_dir"):
                    waiting.append(path)
                else:
                    yield File(path=path, size=int(one.get("file_size", 0)), read=functools.partial(self._read, f"{below}/{path}"))

    def _read(self, path: str) -> Iterator[bytes]:
        with self._http.stream("GET", f"{_FILES}/{quote(path)}") as answer:
            if answer.status_code != 200:
                answer.read()
                raise _refusal(answer)
            yield from answer.iter_bytes(BLOCK)

    def models(self) -> Iterable[Model]:
        for one in self._pages("GET", f"{_TWO}/registered-models/search", "registered_models", {"max_results": _PAGE}):
            whole = self._ask("GET", f"{_TWO}/registered-models/get", params={"name": one["name"]})["registered_model"]
            yield Model(
                name=one["name"],
                description=one.get("description", ""),
                tags=_pairs(whole.get("tags")),
                aliases={alias["alias"]: int(alias["version"]) for alias in whole.get("aliases", [])},
                created_at=one.get("creation_timestamp", 0),
            )

    def versions(self, model: str) -> Iterable[Version]:
        quoted = model.replace("'", "''")
        query = {"filter": f"name='{quoted}'", "max_results": _PAGE}
        found = [_version(one) for one in self._pages("GET", f"{_TWO}/model-versions/search", "model_versions", query)]
        return sorted(found, key=lambda one: one.number)

    # --- written ----------------------------------------------------------------------------------------------------------

    def experiment(self, one: Experiment) -> tuple[str, bool]:
        number, fresh = self._experiments.get(one.name), False
        if number is None:
            try:
                found = self._ask("GET", f"{_TWO}/experiments/get-by-name", params={"experiment_name": one.name})["experiment"]
                number = found["experiment_id"]
                if found.get("lifecycle_stage") == "deleted":
                    self._ask("POST", f"{_TWO}/experiments/restore", json={"experiment_id": number})
            except NotFound:
                number, fresh = self._ask("POST", f"{_TWO}/experiments/create", json={"name": one.name})["experiment_id"], True
            self._experiments[one.name] = number
            for key, value in one.tags.items():
                self._ask("POST", f"{_TWO}/experiments/set-experiment-tag", json={"experiment_id": number, "key": key, "value": value})
        return str(number), fresh

    def run(self, one: Run, experiment: str) -> Run | None:
        self._look(experiment)
        known = self._runs.get(one.id)
        if known is None:
            return None
        self._runs[one.id] = self._ask("GET", f"{_TWO}/runs/get", params={"run_id": known["info"]["run_id"]})["run"]
        return _run(self._runs[one.id])

    def _look(self, experiment: str) -> None:
        """Finds what was written into an experiment earlier."""
        if experiment in self._found:
            return
        body = {"experiment_ids": [experiment], "run_view_type": "ALL", "max_results": _PAGE}
        for run in self._pages("POST", f"{_TWO}/runs/search", "runs", body):
            origin = _pairs(run.get("data", {}).get("tags")).get(ORIGIN)
            if origin:
                self._runs[origin] = run
        try:
            for model in self._pages("POST", f"{_TWO}/logged-models/search", "models", {"experiment_ids": [experiment], "max_results": 50}):
                origin = _pairs(model["info"].get("tags")).get(ORIGIN)
                if origin:
                    self._models[origin] = model
        except NotFound:
            pass  # a server of MLflow 2, which knows no logged models
        self._found.add(experiment)

    def open(self, one: Run, experiment: str) -> None:
        body = {
            "experiment_id": experiment,
            "user_id": one.user,
            "run_name": one.name,
            "start_time": one.started_at,
            "tags": [{"key": ORIGIN, "value": one.id}],
        }
        self._runs[one.id] = self._ask("POST", f"{_TWO}/runs/create", json=body)["run"]

    def log(self, one: Run, points: dict[str, Points], params: dict[str, str], tags: dict[str, str]) -> None:
        rows = [
            {"key": name, "value": _written(value), "timestamp": at, "step": step}
            for name, many in points.items()
            for step, at, value in zip(many.steps, many.times, many.values, strict=True)
        ]
        words = [[{"key": key, "value": value} for key, value in given.items()] for given in (params, self._renamed(tags))]
        body: dict[str, Any] = {"run_id": self._runs[one.id]["info"]["run_id"]}
        for i in range(0, max(len(rows), 1), _BATCH_POINTS):
            if rows:
                self._ask("POST", f"{_TWO}/runs/log-batch", json=body | {"metrics": rows[i : i + _BATCH_POINTS]})
        for kind, given in zip(("params", "tags"), words, strict=True):
            for i in range(0, len(given), _BATCH_WORDS):
                self._ask("POST", f"{_TWO}/runs/log-batch", json=body | {kind: given[i : i + _BATCH_WORDS]})

    def _renamed(self, tags: dict[str, str]) -> dict[str, str]:
        """Tags, with the parent named as it is called here."""
        parent = tags.get("mlflow.parentRunId")
        if parent in self._runs:
            return tags | {"mlflow.parentRunId": self._runs[parent]["info"]["run_id"]}
        return tags

    def describe(self, one: Run) -> None:
        """Only what is not there yet: a server of MLflow refuses a link that it has."""
        mine, here = self._runs[one.id]["info"]["run_id"], _run(self._runs[one.id])
        taken, made = {use.model for use in here.models_in}, {use.model for use in here.models_out}
        known = {(use.name, use.digest) for use in here.inputs}
        datasets = [
            {
                "dataset": {
                    key: value
                    for key, value in (
                        ("name", use.name),
                        ("digest", use.digest),
                        ("source_type", use.source_type),
                        ("source", use.source),
                        ("schema", use.schema),
                        ("profile", use.profile),
                    )
                    if value is not None
                },
                "tags": [{"key": key, "value": value} for key, value in use.tags.items()],
            }
            for use in one.inputs
            if (use.name, use.digest) not in known
        ]
        models = [{"model_id": self._model_here(use.model)} for use in one.models_in if self._model_here(use.model) not in taken]
        if datasets or models:
            self._ask("POST", f"{_TWO}/runs/log-inputs", json={"run_id": mine, "datasets": datasets, "models": models})
        links = [{"model_id": self._model_here(use.model), "step": use.step} for use in one.models_out]
        links = [link for link in links if link["model_id"] not in made]
        if links:
            self._ask("POST", f"{_TWO}/runs/outputs", json={"run_id": mine, "models": links})

    def _model_here(self, model: str) -> str:
        return str(self._models[model]["info"]["model_id"]) if model in self._models else model

    def close(self, one: Run) -> None:
        mine = self._runs[one.id]["info"]["run_id"]
        body = {"run_id": mine, "status": one.status, "run_name": one.name} | ({"end_time": one.ended_at} if one.ended_at else {})
        self._ask("POST", f"{_TWO}/runs/update", json=body)
        if one.deleted:
            self._ask("POST", f"{_TWO}/runs/delete", json={"run_id": mine})

    def logged_model(self, one: LoggedModel, experiment: str) -> bool:
        self._look(experiment)
        fresh = one.id not in self._models
        if fresh:
            body: dict[str, Any] = {
                "experiment_id": experiment,
                "name": one.name,
                "model_type": one.type,
                "params": [{"key": key, "value": value} for key, value in one.params.items()],
                "tags": [{"key": key, "value": value} for key, value in one.tags.items()] + [{"key": ORIGIN, "value": one.id}],
            }
            if one.run in self._runs:
                body["source_run_id"] = self._runs[one.run]["info"]["run_id"]
            self._models[one.id] = self._ask("POST", f"{_TWO}/logged-models", json=body)["model"]
        mine = self._models[one.id]["info"]["model_id"]
        for metric in one.metrics:
            if metric.run in self._runs:
                told: dict[str, Any] = {
                    "run_id": self._runs[metric.run]["info"]["run_id"],
                    "key": metric.name,
                    "value": _written(metric.value),
                    "timestamp": metric.at,
                    "step": metric.step,
                    "model_id": mine,
                }
                told |= {"dataset_name": metric.dataset_name, "dataset_digest": metric.dataset_digest} if metric.dataset_name else {}
                self._ask("POST", f"{_TWO}/runs/log-metric", json=told)
        return fresh

    def finish(self, one: LoggedModel) -> None:
        if self._models[one.id]["info"].get("status") != one.status and one.status != "LOGGED_MODEL_PENDING":
            mine = self._models[one.id]["info"]["model_id"]
            self._models[one.id] = self._ask("PATCH", f"{_TWO}/logged-models/{mine}", json={"model_id": mine, "status": one.status})[
                "model"
            ]

    def here(self, owner: Run | LoggedModel) -> dict[str, File]:
        return {one.path: one for one in self.files(owner)}

    def put(self, owner: Run | LoggedModel, path: str, blocks: Iterator[bytes]) -> str | None:
        answer = self._http.put(f"{_FILES}/{quote(_below(self._location(owner)))}/{quote(path)}", content=blocks)
        if answer.status_code != 200:
            raise _refusal(answer)
        return None

    def model(self, one: Model) -> bool:
        fresh = False
        try:
            self._ask("GET", f"{_TWO}/registered-models/get", params={"name": one.name})
        except NotFound:
            self._ask("POST", f"{_TWO}/registered-models/create", json={"name": one.name, "description": one.description})
            fresh = True
        for key, value in one.tags.items():
            self._ask("POST", f"{_TWO}/registered-models/set-tag", json={"name": one.name, "key": key, "value": value})
        return fresh

    def version(self, one: Version) -> bool:
        known = {version.number: version for version in self.versions(one.name)}
        if one.number in known:
            if known[one.number].tags.get(ORIGIN) != f"{one.name}/{one.number}":
                raise Conflict(
                    f"{self.where} has another version {one.number} of {one.name}", hint="export into a server without that model"
                )
            return False
        tags = [{"key": key, "value": value} for key, value in (one.tags | {ORIGIN: f"{one.name}/{one.number}"}).items()]
        body: dict[str, Any] = {"name": one.name, "source": self._source(one), "description": one.description, "tags": tags}
        if one.run in self._runs:
            body["run_id"] = self._runs[one.run]["info"]["run_id"]
        if one.model:
            body["model_id"] = self._model_here(one.model)
        made = self._ask("POST", f"{_TWO}/model-versions/create", json=body)["model_version"]
        if int(made["version"]) != one.number:
            if int(made["version"]) < one.number:  # the source has a gap there: a version that was deleted
                self._ask("DELETE", f"{_TWO}/model-versions/delete", json={"name": one.name, "version": made["version"]})
                return self.version(one)
            raise Conflict(f"{self.where} counts versions of {one.name} from {made['version']} on, so {one.number} cannot be made there")
        if one.stage not in ("None", ""):
            body = {"name": one.name, "version": str(one.number), "stage": one.stage, "archive_existing_versions": False}
            self._ask("POST", f"{_TWO}/model-versions/transition-stage", json=body)
        return True

    def _source(self, one: Version) -> str:
        if one.model in self._models:
            return f"models:/{self._model_here(one.model)}"
        if one.source.startswith("runs:/") and one.run in self._runs:
            path = one.source.removeprefix("runs:/").partition("/")[2]
            return f"{self._runs[one.run]['info']['artifact_uri']}/{path}"
        return one.source

    def aliases(self, one: Model) -> None:
        for alias, version in one.aliases.items():
            body = {"name": one.name, "alias": alias, "version": str(version)}
            self._ask("POST", f"{_TWO}/registered-models/alias", json=body)

    # --- the wire ---------------------------------------------------------------------------------------------------------

    def _own(self, run: Run) -> str:
        return str(self._runs[run.id]["info"]["run_id"]) if run.id in self._runs else run.id

    def _location(self, owner: Run | LoggedModel) -> str:
        """Where the files of an owner lie on this server, which as a target knows it by another name."""
        if isinstance(owner, Run):
            return str(self._runs[owner.id]["info"]["artifact_uri"]) if owner.id in self._runs else owner.artifacts
        return str(self._models[owner.id]["info"]["artifact_uri"]) if owner.id in self._models else owner.artifacts

    def _pages(self, method: str, path: str, field: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            asked = body | ({"page_token": token} if token else {})
            answer = self._ask(method, path, **({"params": asked} if method == "GET" else {"json": asked}))
            yield from answer.get(field, [])
            token = answer.get("next_page_token", "")
            if not token:
                return

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """One request. A server that is busy for the moment is asked again, a few times, later and later."""
        for attempt in range(_TRIES):
            try:
                answer = self._http.request(method, path, **more)
            except httpx2.TransportError as error:
                raise Unreachable(f"{self.where} does not answer: {error}", hint="the same command again goes on where it was") from error
            if answer.status_code not in _BUSY or attempt == _TRIES - 1:
                break
            time.sleep(0.2 * 2**attempt)
        if answer.status_code != 200:
            raise _refusal(answer)
        try:
            found: dict[str, Any] = answer.json() if answer.content else {}
        except ValueError as error:
            raise UsageError(f"{self.where} does not speak MLflow's protocol: {path} answers no JSON", hint="check the address") from error
        return found


def _credentials() -> dict[str, Any]:
    name, password, token = (os.environ.get(f"MLFLOW_TRACKING_{one}") for one in ("USERNAME", "PASSWORD", "TOKEN"))
    if name and password:
        return {"auth": (name, password)}
    return {"headers": {"Authorization": f"Bearer {token}"}} if token else {}


def _refusal(answer: Any) -> TreadleError:
    try:
        said = answer.json()
        code, message = str(said.get("error_code", "")), str(said.get("message", ""))[:500]
    except (ValueError, AttributeError):
        code, message = "", answer.text[:200]
    path = answer.request.url.path
    if answer.status_code in (401, 403):
        return NotSignedIn(f"{path}: {message or 'refused'}", hint="MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD")
    if answer.status_code == 404 or code == "RESOURCE_DOES_NOT_EXIST":
        return NotFound(f"{path}: {message or 'nothing there'}")
    if answer.status_code >= 500:
        return Unreachable(f"{path}: {answer.status_code} {message}", hint="the same command again goes on where it was")
    return Conflict(f"{path}: {code} {message}")


def _below(location: str) -> str:
    """The path of a location within what the server keeps. Raises UsageError for one that lies elsewhere."""
    scheme, separator, path = location.partition(":")
    if scheme != "mlflow-artifacts" or not separator:
        raise UsageError(
            f"the server keeps files at `{location}`, which it does not hand out itself",
            hint="start it with --serve-artifacts, or import from its database with --artifacts FOLDER",
        )
    return path.lstrip("/").partition("?")[0]


def _pairs(listed: list[dict[str, str]] | None) -> dict[str, str]:
    return {one["key"]: one.get("value", "") for one in listed or []}


def _number(value: float | str) -> float:
    return _ODD[value] if isinstance(value, str) and value in _ODD else float(value)


def _written(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def _run(one: dict[str, Any]) -> Run:
    info, data = one["info"], one.get("data", {})
    inputs, outputs = one.get("inputs", {}), one.get("outputs", {})
    tags = _pairs(data.get("tags"))
    return Run(
        id=info["run_id"],
        experiment=info["experiment_id"],
        name=info.get("run_name", ""),
        status=info.get("status", "RUNNING"),
        user=info.get("user_id", ""),
        started_at=info.get("start_time", 0),
        ended_at=info.get("end_time"),
        deleted=info.get("lifecycle_stage") == "deleted",
        metrics=tuple(sorted({metric["key"] for metric in data.get("metrics", [])})),
        params=_pairs(data.get("params")),
        tags=tags,
        inputs=tuple(
            DatasetUse(
                name=given["dataset"]["name"],
                digest=given["dataset"].get("digest", ""),
                source_type=given["dataset"].get("source_type", ""),
                source=given["dataset"].get("source", ""),
                schema=given["dataset"].get("schema"),
                profile=given["dataset"].get("profile"),
                tags=_pairs(given.get("tags")),
            )
            for given in inputs.get("dataset_inputs", [])
        ),
        models_in=tuple(ModelUse(model=given["model_id"]) for given in inputs.get("model_inputs", [])),
        models_out=tuple(ModelUse(model=made["model_id"], step=int(made.get("step", 0))) for made in outputs.get("model_outputs", [])),
        artifacts=info.get("artifact_uri", ""),
    )


def _logged_model(one: dict[str, Any]) -> LoggedModel:
    info, data = one["info"], one.get("data", {})
    return LoggedModel(
        id=info["model_id"],
        experiment=info["experiment_id"],
        run=info.get("source_run_id", ""),
        name=info.get("name", ""),
        type=info.get("model_type", ""),
        status=info.get("status", "LOGGED_MODEL_READY"),
        params=_pairs(data.get("params")),
        tags=_pairs(info.get("tags")),
        metrics=tuple(
            ModelMetric(
                name=metric["key"],
                value=_number(metric["value"]),
                at=int(metric["timestamp"]),
                step=int(metric.get("step", 0)),
                run=metric.get("run_id", ""),
                dataset_name=metric.get("dataset_name", ""),
                dataset_digest=metric.get("dataset_digest", ""),
            )
            for metric in data.get("metrics", [])
        ),
        created_at=info.get("creation_timestamp_ms", 0),
        artifacts=info.get("artifact_uri", ""),
    )


def _version(one: dict[str, Any]) -> Version:
    source = one.get("source", "")
    model = one.get("model_id") or (source.removeprefix("models:/") if source.startswith("models:/m-") else "")
    return Version(
        name=one["name"],
        number=int(one["version"]),
        source=source,
        run=one.get("run_id", ""),
        model=model,
        stage=one.get("current_stage", "None"),
        description=one.get("description", ""),
        user=one.get("user_id", ""),
        tags=_pairs(one.get("tags")),
        created_at=one.get("creation_timestamp", 0),
    )
