"""Runs and what belongs to them in MLflow's words: states, times in milliseconds, key-value lists, where files are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from treadle.compat.mlflow.wire import MlflowError, written
from treadle.contract.client_runs import DescribedInput, RunRow

STATUS = {
    "queued": "SCHEDULED",
    "starting": "RUNNING",
    "running": "RUNNING",
    "done": "FINISHED",
    "failed": "FAILED",
    "stopped": "KILLED",
}
"""Our states and MLflow's."""
STATE = {"SCHEDULED": "queued", "RUNNING": "running", "FINISHED": "done", "FAILED": "failed", "KILLED": "stopped"}

_STATUS_NUMBERS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
_NAME = re.compile(r"[\w.\-/ :]+", re.ASCII)
_LARGEST = (1 << 63) - 1

NOTE, NAME, USER, PARENT, SOURCE = "mlflow.note.content", "mlflow.runName", "mlflow.user", "mlflow.parentRunId", "mlflow.source.name"


class Pair(msgspec.Struct):
    """A tag or a parameter."""

    key: str = ""
    value: str = ""


def pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def state_of(status: str | int) -> str:
    """Our state for a status, which clients send by name or, older ones, by number."""
    word = _STATUS_NUMBERS.get(status, "") if isinstance(status, int) else status
    if word not in STATE:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"Invalid value {status!r} for parameter 'status'. It is one of {', '.join(STATE)}")
    return STATE[word]


def experiment_number(text: str) -> int:
    """The number of an experiment. Raises MlflowError (RESOURCE_DOES_NOT_EXIST): numbers are all that exist."""
    if not text:
        raise missing("experiment_id")
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise MlflowError("RESOURCE_DOES_NOT_EXIST", f"No Experiment with id={text[:100]} exists")
    return int(text)


def missing(name: str) -> MlflowError:
    return MlflowError(
        "INVALID_PARAMETER_VALUE",
        f"Missing value for required parameter '{name}'. See the API docs for more information about request parameters.",
    )


def checked_name(name: str, path: str, most: int = 250) -> str:
    """The name of a metric, parameter or tag; `path` is where in the request it stands. Raises MlflowError.

    A name may become part of a path where a client keeps files by it, so it may not leave its folder (mlflow/utils/validation.py)."""
    if not name:
        raise missing(path.rpartition(".")[2] or path)
    if len(name) > most:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"'{name[:40]}...' exceeds the maximum length of {most} characters for '{path}' (it has {len(name)})"
        )
    if _NAME.fullmatch(name) is None:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE",
            f"Invalid value {name[:100]!r} for parameter '{path}' supplied: names may only contain alphanumerics, underscores (_), "
            "dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).",
        )
    if name.startswith("/") or name.endswith("/") or "//" in name or any(part in (".", "..") for part in name.split("/")):
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"Invalid value {name[:100]!r} for parameter '{path}' supplied: it is not a plain path"
        )
    return name


def artifacts_of(run: RunRow) -> str:
    """Where a run's files are: at our own door, whose address the client knows already."""
    return f"mlflow-artifacts:/{run.experiment}/{run.key}/artifacts"


def info_of(run: RunRow) -> dict[str, Any]:
    info: dict[str, Any] = {
        "run_uuid": run.key,
        "experiment_id": str(run.experiment),
        "run_name": run.name,
        "user_id": run.tags.get(USER, run.actor),
        "status": STATUS[run.state],
        "start_time": milliseconds(run.queued_at if run.started_at is None else run.started_at),
        "artifact_uri": artifacts_of(run),
        "lifecycle_stage": "active" if run.deleted_at is None else "deleted",
        "run_id": run.key,
    }
    if run.ended_at is not None:
        info["end_time"] = milliseconds(run.ended_at)
    return info


def run_of(run: RunRow) -> dict[str, Any]:
    """A run with what it told."""
    tags = run.tags
    if NAME not in tags:
        tags = tags | {NAME: run.name}
    data: dict[str, Any] = {"tags": pairs(tags)}
    if run.metrics:
        data["metrics"] = [
            {"key": one.name, "value": written(one.value), "timestamp": milliseconds(one.at), "step": one.step} for one in run.metrics
        ]
    if run.parameters:
        data["params"] = pairs(run.parameters)
    inputs: dict[str, Any] = {}
    if run.inputs:
        inputs["dataset_inputs"] = [_input(one) for one in run.inputs]
    if run.models_in:
        inputs["model_inputs"] = [{"model_id": one.model} for one in run.models_in]
    found: dict[str, Any] = {"info": info_of(run), "data": data, "inputs": inputs}
    if run.models_out:
        found["outputs"] = {"model_outputs": [{"model_id": one.model, "step": one.step} for one in run.models_out]}
    return found


def _input(one: DescribedInput) -> dict[str, Any]:
    dataset = {"name": one.name, "digest": one.digest, "source_type": one.source_type, "source": one.source}
    dataset |= {name: value for name, value in (("schema", one.schema), ("profile", one.profile)) if value is not None}
    return {"dataset": dataset} | ({"tags": pairs(one.tags)} if one.tags else {})


def tags_of(listed: Iterable[Pair], most: int = 8000, path: str = "tags") -> dict[str, str]:
    """Tags as a mapping; the last one of a name counts. Raises MlflowError for a name or value that cannot be kept."""
    found: dict[str, str] = {}
    for number, one in enumerate(listed):
        name = checked_name(one.key, f"{path}[{number}].key")
        if len(one.value) > most:
            raise MlflowError(
                "INVALID_PARAMETER_VALUE",
                f"'{one.value[:40]}...' exceeds the maximum length of {most} characters for '{path}[{number}].value'",
            )
        found[name] = one.value
    return found
