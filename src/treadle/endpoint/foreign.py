"""Requests as MLflow's scoring server and KServe's first protocol take them, answered in their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.endpoint import plain
from treadle.endpoint.answers import Refused
from treadle.endpoint.checker import Checker, Rows, parse

if TYPE_CHECKING:
    from treadle.endpoint.api import Facts
    from treadle.endpoint.front import Front
    from treadle.endpoint.http import Request

_MLFLOW = ("inputs", "instances", "dataframe_split", "dataframe_records")


def mlflow(front: Front, request: Request, facts: Facts) -> None:
    """POST /invocations (https://mlflow.org/docs/latest/deployment/deploy-model-locally). Raises Refused."""
    value = parse(request.body)
    if not isinstance(value, dict):
        raise Refused(400, "the body is not an object", hint="inputs, instances, dataframe_split or dataframe_records")
    given = [name for name in _MLFLOW if name in value]
    extra = sorted(set(value) - {*_MLFLOW, "params"})
    if len(given) != 1 or extra:
        what = f"the body has an unknown member `{extra[0][:60]}`" if extra else "the body needs exactly one kind of input"
        raise Refused(400, what, hint="inputs, instances, dataframe_split or dataframe_records")
    if value.get("params"):
        raise Refused(400, "parameters of a prediction are not taken", where="params")
    front.predict(request, lambda checker: _mlflow_rows(checker, given[0], value[given[0]]), plain.answer, facts.key, facts.at)


def _mlflow_rows(checker: Checker, kind: str, given: Any) -> Rows:
    if kind == "dataframe_split":
        if not isinstance(given, dict) or not isinstance(given.get("columns"), list) or not isinstance(given.get("data"), list):
            raise Refused(400, "`dataframe_split` needs `columns` and `data`", where="dataframe_split")
        names = given["columns"]
        for at, row in enumerate(given["data"]):
            if not isinstance(row, list) or len(row) != len(names):
                raise Refused(400, f"row {at} does not have one value for each of the {len(names)} columns", where=f"row {at}")
        if len(set(map(str, names))) != len(names):
            raise Refused(400, "two columns have the same name", where="columns")
        return checker.rows([dict(zip(map(str, names), row, strict=True)) for row in given["data"]])
    if kind == "inputs" and isinstance(given, dict):
        return checker.table(given)
    return checker.rows(given)


def kserve(front: Front, request: Request, facts: Facts) -> None:
    """POST /v1/models/M:predict with {"instances": [...]}: KServe's first protocol, which is TensorFlow Serving's. Raises Refused."""
    value = parse(request.body)
    if not isinstance(value, dict) or "instances" not in value:
        raise Refused(400, "the body needs `instances`", hint='{"instances": [[...], ...]}')
    extra = sorted(set(value) - {"instances", "signature_name", "parameters"})
    if extra:
        raise Refused(400, f"the body has an unknown member `{extra[0][:60]}`")
    front.predict(request, lambda checker: checker.rows(value["instances"]), plain.answer, facts.key, facts.at)
