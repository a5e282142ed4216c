"""A record of ours, written to and read from by operations: in this process, or at a server of ours."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from treadle.compat.mlflow import told
from treadle.compat.mlflow.registry import origin_of
from treadle.compat.mlflow.transfer.parts import (
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
from treadle.contract import client_runs as runs
from treadle.contract import experiments, files, logged_models, points, registry_clients
from treadle.contract.experiments import DEFAULT_NAME
from treadle.contract.search import Criterion
from treadle.core.errors import Conflict, NotFound, UnknownRun

_PAGE = 500
_POINTS = 10_000
_STATES = {"pending": "LOGGED_MODEL_PENDING", "ready": "LOGGED_MODEL_READY", "failed": "LOGGED_MODEL_UPLOAD_FAILED"}
_OURS = {theirs: ours for ours, theirs in _STATES.items()}


class TreadleRecord:
    """Source and target. Runs and logged models keep the identifiers that they have in MLflow; experiments are found by name.

    `call` performs an operation, with the keyword `stream` for one that takes bytes.
    """

    def __init__(self, call: Callable[..., Any], where: str) -> None:
        self.where = where
        self._call = call
        self._experiments: dict[str, int] = {}

    # --- written ----------------------------------------------------------------------------------------------------------

    def experiment(self, one: Experiment) -> tuple[str, bool]:
        number, fresh = self._experiments.get(one.name), False
        if number is None:
            try:
                found = self._call(experiments.get_experiment, experiments.FindExperiment(name=one.name))
                if found.deleted_at is not None:
                    found = self._call(experiments.restore_experiment, experiments.ExperimentRef(id=found.id))
            except NotFound:
                found, fresh = self._call(experiments.create_experiment, experiments.CreateExperiment(name=one.name)), True
            number = self._experiments[one.name] = found.id
            tags: dict[str, str | None] = {name: value for name, value in one.tags.items() if found.tags.get(name) != value}
            if tags:
                self._call(experiments.change_experiment, experiments.ChangeExperiment(id=number, tags=tags))
        return str(number), fresh

    def run(self, one: Run, experiment: str) -> Run | None:  # noqa: ARG002 - our runs are known by their own names
        try:
            row = self._call(runs.get_row, runs.KeyedRun(run=one.id))
        except UnknownRun:
            return None
        return _run_of(row)

    def open(self, one: Run, experiment: str) -> None:
        parent = one.tags.get(told.PARENT)
        asked = runs.OpenRun(
            key=one.id,
            experiment=int(experiment),
            name=one.name,
            source=one.tags.get(told.SOURCE, ""),
            parent=parent,
            started_at=told.seconds(one.started_at),
            tags={told.USER: one.user} if one.user else {},
        )
        try:
            made = self._call(runs.open_run, asked)
        except UnknownRun:  # its parent comes later, or is nowhere
            made = self._call(runs.open_run, runs.OpenRun(**{**_fields(asked), "parent": None}))
        if made.key != one.id:
            raise Conflict(f"run {one.id} is called {made.key} here")

    def log(self, one: Run, points_of: dict[str, Points], params: dict[str, str], tags: dict[str, str]) -> None:
        kept = {name: value for name, value in tags.items() if name != told.NAME}
        asked = points.LogRun(
            run=one.id,
            points={
                name: points.Points(
                    many.steps, [at / 1000 for at in many.times], [None if math.isnan(value) else value for value in many.values]
                )
                for name, many in points_of.items()
            },
            parameters=params,
            tags=dict(kept),
            parent=kept.get(told.PARENT),
        )
        try:
            self._call(points.log_run, asked)
        except UnknownRun:
            self._call(points.log_run, points.LogRun(**{**_fields(asked), "parent": None}))

    def describe(self, one: Run) -> None:
        request = runs.DescribeInputs(
            run=one.id,
            inputs=tuple(
                runs.DescribedInput(
                    name=use.name,
                    digest=use.digest,
                    source_type=use.source_type,
                    source=use.source,
                    schema=use.schema,
                    profile=use.profile,
                    tags=use.tags,
                )
                for use in one.inputs
            ),
            models_in=tuple(runs.ModelLink(model=use.model) for use in one.models_in),
            models_out=tuple(runs.ModelLink(model=use.model, step=use.step) for use in one.models_out),
        )
        if request.inputs or request.models_in or request.models_out:
            self._call(runs.describe_inputs, request)

    def close(self, one: Run) -> None:
        here = self._call(runs.get_row, runs.KeyedRun(run=one.id))
        if here.state != told.state_of(one.status) or (one.name and here.name != one.name):
            asked = runs.ChangeRun(run=one.id, state=told.state_of(one.status), ended_at=told.seconds(one.ended_at), name=one.name or None)
            self._call(runs.change_run, asked)
        if one.deleted and here.deleted_at is None:
            self._call(runs.delete_run, runs.KeyedRun(run=one.id))

    def logged_model(self, one: LoggedModel, experiment: str) -> bool:
        fresh = not self._keeps(f"models/{one.id}")
        asked = logged_models.OpenLoggedModel(
            id=one.id,
            experiment=int(experiment),
            run=one.run if one.run and self._knows(one.run) else "",
            name=one.name,
            type=one.type,
            parameters=one.params,
            tags=one.tags,
            created_at=told.seconds(one.created_at),
        )
        self._call(logged_models.open_model, asked)
        by_run: dict[str, list[logged_models.ModelMetric]] = {}
        for metric in one.metrics:
            run = metric.run or one.run
            by_run.setdefault(run, []).append(
                logged_models.ModelMetric(
                    model=one.id,
                    name=metric.name,
                    value=None if math.isnan(metric.value) else metric.value,
                    at=metric.at / 1000,
                    step=metric.step,
                    dataset_name=metric.dataset_name,
                    dataset_digest=metric.dataset_digest,
                )
            )
        for run, metrics in by_run.items():
            if run and self._knows(run):
                self._call(logged_models.log_model_metrics, logged_models.LogModelMetrics(run=run, metrics=tuple(metrics)))
        return fresh

    def _knows(self, run: str) -> bool:
        try:
            self._call(runs.get_row, runs.KeyedRun(run=run))
        except UnknownRun:
            return False
        return True

    def finish(self, one: LoggedModel) -> None:
        state = _OURS.get(one.status, "pending")
        here = self._call(logged_models.get_model, logged_models.LoggedModelRef(id=one.id))
        if state != here.state:
            self._call(logged_models.change_model, logged_models.ChangeLoggedModel(id=one.id, state=state))

    def here(self, owner: Run | LoggedModel) -> dict[str, File]:
        return {one.path: one for one in self.files(owner)}

    def put(self, owner: Run | LoggedModel, path: str, blocks: Iterator[bytes]) -> str | None:
        kept = self._call(files.put_file, files.PutFile(owner=_owner(owner), path=path), stream=blocks)
        return str(kept.digest)

    def model(self, one: Model) -> bool:
        try:
            here = self._call(registry_clients.get_model, registry_clients.ModelNamed(name=one.name))
        except NotFound:
            asked = registry_clients.CreateModel(
                name=one.name, description=one.description, tags=one.tags, created_at=told.seconds(one.created_at)
            )
            self._call(registry_clients.create_model, asked)
            return True
        fresh: dict[str, str | None] = {name: value for name, value in one.tags.items() if here.tags.get(name) != value}
        if fresh:
            self._call(registry_clients.change_model, registry_clients.ChangeModel(name=one.name, tags=fresh))
        return False

    def version(self, one: Version) -> bool:
        try:
            here = self._call(registry_clients.get_version, registry_clients.VersionAt(model=one.name, number=one.number))
        except NotFound:
            origin = origin_of(one.source, one.model)
            owned = self._keeps(origin.owner)
            asked = registry_clients.AddVersion(
                model=one.name,
                source=one.source,
                owner=origin.owner if owned else "",
                path=origin.path if owned else "",
                copy_of=origin.copy_of,
                run=one.run if one.run and self._knows(one.run) else "",
                description=one.description,
                tags=one.tags,
                number=one.number,
                created_at=told.seconds(one.created_at),
            )
            self._call(registry_clients.add_version, asked)
            if one.stage not in ("", "None"):
                moved = registry_clients.ChangeVersion(model=one.name, number=one.number, phase=one.stage)
                self._call(registry_clients.change_version, moved)
            return True
        if here.source != one.source:
            raise Conflict(
                f"version {one.number} of {one.name} is another one here: it comes from {here.source}, not from {one.source}",
                hint="rename one of the two models, then repeat",
            )
        return False

    def _keeps(self, owner: str) -> bool:
        """Whether an owner of files is here; a version may come from a run that was deleted for good."""
        kind, _, key = owner.partition("/")
        if kind == "runs":
            return self._knows(key)
        try:
            self._call(logged_models.get_model, logged_models.LoggedModelRef(id=key))
        except NotFound:
            return False
        return bool(owner)

    def aliases(self, one: Model) -> None:
        here = self._call(registry_clients.get_model, registry_clients.ModelNamed(name=one.name))
        for alias, number in one.aliases.items():
            if here.aliases.get(alias) != number:
                self._call(registry_clients.put_alias, registry_clients.PutAlias(model=one.name, alias=alias, number=number))

    # --- read -------------------------------------------------------------------------------------------------------------

    def experiments(self) -> Iterable[Experiment]:
        after = None
        while True:
            page = self._call(
                experiments.list_experiments, experiments.ListExperiments(deleted="both", sort=("created", "id"), after=after)
            )
            for one in page.experiments:
                yield Experiment(
                    id=str(one.id),
                    name=one.name,
                    tags=one.tags,
                    created_at=told.milliseconds(one.created_at),
                    deleted=one.deleted_at is not None and one.name != DEFAULT_NAME,
                )
            after = page.next
            if after is None:
                return

    def runs(self, experiment: str) -> Iterable[Run]:
        after = None
        while True:
            asked = runs.FindRows(experiments=(int(experiment),), deleted="both", limit=_PAGE, after=after)
            page = self._call(runs.find_rows, asked)
            for row in page.rows:
                yield _run_of(row)
            after = page.next
            if after is None:
                return

    def points(self, run: Run, metric: str) -> Points:
        found = Points(steps=[], times=[], values=[])
        after = None
        while True:
            page = self._call(points.read_history, points.ReadHistory(runs=(run.id,), name=metric, limit=_POINTS, after=after))
            for one in page.runs:
                found.steps += one.points.steps
                found.times += [told.milliseconds(at) for at in one.points.times]
                found.values += [math.nan if value is None else value for value in one.points.values]
            after = page.next
            if after is None:
                return found

    def logged_models(self, experiment: str) -> Iterable[LoggedModel]:
        after = None
        while True:
            asked = logged_models.FindLoggedModels(
                experiments=(int(experiment),), order=(logged_models.ModelOrder(key="created"),), limit=_PAGE, after=after
            )
            page = self._call(logged_models.find_models, asked)
            for one in page.models:
                yield _model_of(one)
            after = page.next
            if after is None:
                return

    def files(self, owner: Run | LoggedModel) -> Iterable[File]:
        for one in self._call(files.list_files, files.ListFiles(owner=_owner(owner), deep=True)):
            yield File(path=one.path, size=one.size, digest=one.digest, read=functools.partial(self._read, _owner(owner), one.path))

    def _read(self, owner: str, path: str) -> Iterator[bytes]:
        yield from self._call(files.get_file, files.GetFile(owner=owner, path=path)).blocks

    def models(self) -> Iterable[Model]:
        after = None
        while True:
            page = self._call(registry_clients.find_models, registry_clients.FindModels(limit=_PAGE, after=after))
            for one in page.models:
                yield Model(
                    name=one.name,
                    description=one.description,
                    tags=one.tags,
                    aliases=one.aliases,
                    created_at=told.milliseconds(one.created_at),
                )
            after = page.next
            if after is None:
                return

    def versions(self, model: str) -> Iterable[Version]:
        named = Criterion(key="name", operator="=", value=model)
        after = None
        while True:
            asked = registry_clients.FindVersions(criteria=(named,), sort=("number",), limit=_PAGE, after=after)
            page = self._call(registry_clients.find_versions, asked)
            for one in page.versions:
                yield Version(
                    name=one.model,
                    number=one.number,
                    source=one.source,
                    run=one.run,
                    model=one.logged_model,
                    stage=one.phase,
                    description=one.description,
                    user=one.actor,
                    tags=one.tags,
                    created_at=told.milliseconds(one.created_at),
                )
            after = page.next
            if after is None:
                return


def _fields(request: Any) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__struct_fields__}


def _owner(owner: Run | LoggedModel) -> str:
    return f"{'runs' if isinstance(owner, Run) else 'models'}/{owner.id}"


def _run_of(row: runs.RunRow) -> Run:
    return Run(
        id=row.key,
        experiment=str(row.experiment),
        name=row.name,
        status=told.STATUS[row.state],
        user=row.tags.get(told.USER, row.actor),
        started_at=told.milliseconds(row.queued_at if row.started_at is None else row.started_at),
        ended_at=None if row.ended_at is None else told.milliseconds(row.ended_at),
        deleted=row.deleted_at is not None,
        metrics=tuple(one.name for one in row.metrics),
        params=row.parameters,
        tags=row.tags,
        inputs=tuple(
            DatasetUse(
                name=one.name,
                digest=one.digest,
                source_type=one.source_type,
                source=one.source,
                schema=one.schema,
                profile=one.profile,
                tags=one.tags,
            )
            for one in row.inputs
        ),
        models_in=tuple(ModelUse(model=one.model, step=one.step) for one in row.models_in),
        models_out=tuple(ModelUse(model=one.model, step=one.step) for one in row.models_out),
        artifacts=told.artifacts_of(row),
    )


def _model_of(one: logged_models.LoggedModel) -> LoggedModel:
    return LoggedModel(
        id=one.id,
        experiment=str(one.experiment),
        run=one.run,
        name=one.name,
        type=one.type,
        status=_STATES[one.state],
        params=one.parameters,
        tags=one.tags,
        metrics=tuple(
            ModelMetric(
                name=metric.name,
                value=math.nan if metric.value is None else metric.value,
                at=told.milliseconds(metric.at),
                step=metric.step,
                run=metric.run,
                dataset_name=metric.dataset_name,
                dataset_digest=metric.dataset_digest,
            )
            for metric in one.metrics
        ),
        created_at=told.milliseconds(one.created_at),
        artifacts=f"mlflow-artifacts:/{one.experiment}/models/{one.id}/artifacts",
    )
