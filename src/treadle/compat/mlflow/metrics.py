"""The points of metrics, read back as they were logged."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.compat.mlflow.door import Ask, route
from treadle.compat.mlflow.runs import ByRun, named
from treadle.compat.mlflow.told import checked_name, milliseconds, missing
from treadle.compat.mlflow.wire import MlflowError, written
from treadle.contract.points import MOST_HISTORY, History, ReadHistory, read_history

_MOST_RUNS, _MOST_SAMPLE = 100, 2500


class GetHistory(ByRun):
    metric_key: str = ""
    page_token: str = ""
    max_results: int | None = None


@route("GET", "/api/2.0/mlflow/metrics/get-history")
@named
async def get_history(ask: Ask) -> dict[str, Any]:
    """A client that asks for no page gets the whole history: older ones know of no pages."""
    asked = ask.query(GetHistory)
    run, name = asked.key(), checked_name(asked.metric_key, "metric_key")
    found: list[dict[str, Any]] = []
    token: str | None = asked.page_token or None
    while True:
        limit = min(asked.max_results or MOST_HISTORY, MOST_HISTORY)
        page = await ask.perform(read_history, ReadHistory(runs=(run,), name=name, limit=max(1, limit), after=token))
        found += _listed(page, name, with_run=False)
        token = page.next
        if asked.max_results or token is None:
            break
    return ({"metrics": found} if found else {}) | ({"next_page_token": token} if token else {})


class Bulk(msgspec.Struct):
    run_id: list[str] = []
    metric_key: str = ""
    max_results: int = MOST_HISTORY


@route("GET", "/api/2.0/mlflow/metrics/get-history-bulk")
@named
async def get_history_bulk(ask: Ask) -> dict[str, Any]:
    asked = ask.query(Bulk)
    if not asked.run_id:
        raise missing("run_id")
    _check_runs(len(asked.run_id))
    name = checked_name(asked.metric_key, "metric_key")
    limit = max(1, min(asked.max_results, MOST_HISTORY))
    page = await ask.perform(read_history, ReadHistory(runs=tuple(asked.run_id), name=name, limit=limit))
    return {"metrics": _listed(page, name, with_run=True)}


class Interval(msgspec.Struct):
    run_ids: list[str] = []
    metric_key: str = ""
    start_step: int | None = None
    end_step: int | None = None
    max_results: int = 320


@route("GET", "/api/2.0/mlflow/metrics/get-history-bulk-interval")
@named
async def get_history_bulk_interval(ask: Ask) -> dict[str, Any]:
    """A chart's lines: of each run at most about so many points, evenly chosen, extremes kept."""
    asked = ask.query(Interval)
    if not asked.run_ids:
        raise missing("run_ids")
    _check_runs(len(asked.run_ids))
    if not 1 <= asked.max_results <= _MOST_SAMPLE:
        raise MlflowError("INVALID_PARAMETER_VALUE", f"max_results must be between 1 and {_MOST_SAMPLE}")
    if (asked.start_step is None) != (asked.end_step is None):
        raise MlflowError("INVALID_PARAMETER_VALUE", "If either start step or end step are specified, both must be specified.")
    if asked.start_step is not None and asked.end_step is not None and asked.start_step > asked.end_step:
        raise MlflowError("INVALID_PARAMETER_VALUE", "end_step must be greater than start_step")
    name = checked_name(asked.metric_key, "metric_key")
    request = ReadHistory(
        runs=tuple(dict.fromkeys(asked.run_ids)), name=name, start=asked.start_step, end=asked.end_step, sample=asked.max_results
    )
    return {"metrics": _listed(await ask.perform(read_history, request), name, with_run=True)}


def _check_runs(count: int) -> None:
    if count > _MOST_RUNS:
        raise MlflowError(
            "INVALID_PARAMETER_VALUE", f"GetMetricHistoryBulk request cannot specify more than {_MOST_RUNS} run_ids. Received {count}"
        )


def _listed(page: History, name: str, *, with_run: bool) -> list[dict[str, Any]]:
    found = []
    for one in page.runs:
        more = {"run_id": one.run} if with_run else {}
        points = one.points
        found += [
            {"key": name, "value": written(value), "timestamp": milliseconds(at), "step": step, **more}
            for step, at, value in zip(points.steps, points.times, points.values, strict=True)
        ]
    return found
