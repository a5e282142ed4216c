"""MLflow's own database, read with nothing but SQL: SQLite, PostgreSQL, and what else SQLAlchemy speaks.

Its tables are those of MLflow 2.10 to 3.18 (github.com/mlflow/mlflow, mlflow/store/tracking/dbmodels/models.py). Tables and columns
that an older store does not have yet are taken as empty. Nothing is written.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, MetaData, Row, Select, Table, create_engine, inspect, select
from sqlalchemy import exc as faults

from treadle.compat.mlflow.transfer.artifacts import Places
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
    plain,
)
from treadle.core.errors import UsageError

_TABLES = (
    "experiments experiment_tags runs params metrics latest_metrics tags inputs input_tags datasets logged_models logged_model_params "
    "logged_model_tags logged_model_metrics registered_models registered_model_tags registered_model_aliases model_versions "
    "model_version_tags"
).split()
_PAGE = 500  # runs whose words are fetched together
_LARGEST = 1.7976931348623157e308
"""Infinity, as MLflow writes it into a database."""

_STATUS = {0: "LOGGED_MODEL_STATUS_UNSPECIFIED", 1: "LOGGED_MODEL_PENDING", 2: "LOGGED_MODEL_READY", 3: "LOGGED_MODEL_UPLOAD_FAILED"}


class MlflowDatabase:
    """A source that reads MLflow's tables. `places` says where artifacts may be read from."""

    def __init__(self, url: str, places: Places) -> None:
        self.where = _hidden(url.partition("?")[0])
        self._places = places
        file = sqlite_file(url)
        if file is not None and not file.is_file():
            raise UsageError(
                f"there is no database {file}", hint="sqlite:///mlflow.db is relative to this folder, sqlite:////home/me/mlflow.db is not"
            )
        try:
            self._engine = create_engine(_driven(url))
            known = set(inspect(self._engine).get_table_names())
        except (faults.ArgumentError, faults.NoSuchModuleError, ImportError) as error:
            raise UsageError(
                f"`{_hidden(url)}` is not an address of a database that can be read here: {error}",
                hint="sqlite:///mlflow.db, postgresql://USER@HOST/NAME (needs treadle[postgres]), or http://HOST:5000",
            ) from error
        except faults.OperationalError as error:
            raise UsageError(f"the database {_hidden(url)} cannot be opened: {error.orig}", hint="check the address") from error
        if not {"experiments", "runs", "metrics", "params", "tags"} <= known:
            self._engine.dispose()
            raise UsageError(
                f"{_hidden(url)} holds no tables of MLflow", hint="the address is what `mlflow server --backend-store-uri` gets"
            )
        self._connection = self._engine.connect()
        self._tables = {name: Table(name, MetaData(), autoload_with=self._connection) for name in _TABLES if name in known}

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    # --- experiments and runs ---------------------------------------------------------------------------------------------

    def experiments(self) -> Iterable[Experiment]:
        tags = self._words("experiment_tags", "experiment_id")
        for row in self._all("experiments", order="experiment_id"):
            yield Experiment(
                id=str(row.experiment_id),
                name=row.name,
                tags=tags[str(row.experiment_id)],
                created_at=getattr(row, "creation_time", None) or 0,
                deleted=row.lifecycle_stage == "deleted",
            )

    def runs(self, experiment: str) -> Iterable[Run]:
        table = self._tables["runs"]
        after = ""
        while True:
            query = select(table).where(table.c.experiment_id == int(experiment), table.c.run_uuid > after).order_by(table.c.run_uuid)
            rows = self._rows(query.limit(_PAGE))
            if not rows:
                return
            yield from self._told(rows)
            after = rows[-1].run_uuid

    def _told(self, rows: Sequence[Row[Any]]) -> Iterator[Run]:
        ids = [row.run_uuid for row in rows]
        params = self._words("params", "run_uuid", ids)
        tags = self._words("tags", "run_uuid", ids)
        metrics: dict[str, list[str]] = defaultdict(list)
        latest = self._tables["latest_metrics"].c
        for row in self._rows(select(latest.run_uuid, latest.key).where(latest.run_uuid.in_(ids)).order_by(latest.key)):
            metrics[row.run_uuid].append(row.key)
        inputs = self._inputs(ids)
        models = self._models_of(ids)
        for row in rows:
            yield Run(
                id=row.run_uuid,
                experiment=str(row.experiment_id),
                name=plain(getattr(row, "name", "")) or tags[row.run_uuid].get("mlflow.runName", ""),
                status=row.status,
                user=plain(row.user_id),
                started_at=row.start_time or 0,
                ended_at=row.end_time,
                deleted=row.lifecycle_stage == "deleted",
                metrics=tuple(metrics[row.run_uuid]),
                params=params[row.run_uuid],
                tags=tags[row.run_uuid],
                inputs=tuple(inputs[row.run_uuid]),
                models_in=tuple(models["MODEL_INPUT", row.run_uuid]),
                models_out=tuple(models["MODEL_OUTPUT", row.run_uuid]),
                artifacts=plain(row.artifact_uri),
            )

    def _inputs(self, runs: Sequence[str]) -> dict[str, list[DatasetUse]]:
        found: dict[str, list[DatasetUse]] = defaultdict(list)
        if not {"inputs", "datasets"} <= set(self._tables):
            return found
        inputs, datasets = self._tables["inputs"], self._tables["datasets"]
        query = (
            select(inputs.c.input_uuid, inputs.c.destination_id, datasets)
            .join(datasets, datasets.c.dataset_uuid == inputs.c.source_id)
            .where(inputs.c.source_type == "DATASET", inputs.c.destination_type == "RUN", inputs.c.destination_id.in_(runs))
        )
        rows = self._rows(query.order_by(datasets.c.name, datasets.c.digest))
        tags = self._words("input_tags", "input_uuid", [row.input_uuid for row in rows], key="name")
        for row in rows:
            found[row.destination_id].append(
                DatasetUse(
                    name=row.name,
                    digest=row.digest,
                    source_type=plain(row.dataset_source_type),
                    source=plain(row.dataset_source),
                    schema=row.dataset_schema,
                    profile=row.dataset_profile,
                    tags=tags[row.input_uuid],
                )
            )
        return found

    def _models_of(self, runs: Sequence[str]) -> dict[tuple[str, str], list[ModelUse]]:
        """Logged models by what they are to a run (MODEL_INPUT or MODEL_OUTPUT) and the run."""
        found: dict[tuple[str, str], list[ModelUse]] = defaultdict(list)
        if "inputs" in self._tables:
            inputs = self._tables["inputs"]
            query = select(inputs).where(inputs.c.destination_type.in_(("MODEL_INPUT", "MODEL_OUTPUT")), inputs.c.source_id.in_(runs))
            for row in self._rows(query.order_by(inputs.c.destination_id)):
                found[row.destination_type, row.source_id].append(ModelUse(model=row.destination_id, step=getattr(row, "step", 0) or 0))
        return found

    def points(self, run: Run, metric: str) -> Points:
        table = self._tables["metrics"]
        query = select(table.c.step, table.c.timestamp, table.c.value, table.c.is_nan).where(
            table.c.run_uuid == run.id, table.c.key == metric
        )
        found = Points(steps=[], times=[], values=[])
        for step, at, value, odd in map(tuple, self._rows(query.order_by(table.c.step, table.c.timestamp, table.c.value))):
            found.steps.append(step)
            found.times.append(at)
            found.values.append(math.nan if odd else math.copysign(math.inf, value) if abs(value) >= _LARGEST else value)
        return found

    # --- logged models ----------------------------------------------------------------------------------------------------

    def logged_models(self, experiment: str) -> Iterable[LoggedModel]:
        if "logged_models" not in self._tables:
            return
        table = self._tables["logged_models"]
        rows = self._rows(select(table).where(table.c.experiment_id == int(experiment)).order_by(table.c.creation_timestamp_ms))
        ids = [row.model_id for row in rows if row.lifecycle_stage == "active"]
        params = self._words("logged_model_params", "model_id", ids, key="param_key", value="param_value")
        tags = self._words("logged_model_tags", "model_id", ids, key="tag_key", value="tag_value")
        metrics: dict[str, list[ModelMetric]] = defaultdict(list)
        for row in self._all("logged_model_metrics", "model_id", ids):
            metrics[row.model_id].append(
                ModelMetric(
                    name=row.metric_name,
                    value=math.nan if row.metric_value is None else row.metric_value,
                    at=row.metric_timestamp_ms,
                    step=row.metric_step,
                    run=plain(row.run_id),
                    dataset_name=plain(row.dataset_name),
                    dataset_digest=plain(row.dataset_digest),
                )
            )
        for row in rows:
            if row.lifecycle_stage == "active":
                yield LoggedModel(
                    id=row.model_id,
                    experiment=experiment,
                    run=plain(row.source_run_id),
                    name=row.name,
                    type=plain(row.model_type),
                    status=_STATUS.get(row.status, _STATUS[0]),
                    params=params[row.model_id],
                    tags=tags[row.model_id],
                    metrics=tuple(metrics[row.model_id]),
                    created_at=row.creation_timestamp_ms,
                    artifacts=row.artifact_location,
                )

    def files(self, owner: Run | LoggedModel) -> Iterable[File]:
        return self._places.files(owner.artifacts)

    # --- the registry -----------------------------------------------------------------------------------------------------

    def models(self) -> Iterable[Model]:
        tags = self._words("registered_model_tags", "name")
        aliases: dict[str, dict[str, int]] = defaultdict(dict)
        for row in self._all("registered_model_aliases"):
            aliases[row.name][row.alias] = row.version
        for row in self._all("registered_models", order="name"):
            yield Model(
                name=row.name,
                description=plain(row.description),
                tags=tags[row.name],
                aliases=aliases[row.name],
                created_at=row.creation_time or 0,
            )

    def versions(self, model: str) -> Iterable[Version]:
        tags: dict[int, dict[str, str]] = defaultdict(dict)
        for row in self._all("model_version_tags", "name", [model]):
            tags[row.version][row.key] = plain(row.value)
        for row in self._all("model_versions", "name", [model], order="version"):
            if row.current_stage == "Deleted_Internal":
                continue
            source = plain(row.source)
            yield Version(
                name=model,
                number=row.version,
                source=source,
                run=plain(row.run_id),
                model=source.removeprefix("models:/") if source.startswith("models:/m-") else "",
                stage=plain(row.current_stage) or "None",
                description=plain(row.description),
                user=plain(row.user_id),
                tags=tags[row.version],
                created_at=row.creation_time or 0,
            )

    # --- rows -------------------------------------------------------------------------------------------------------------

    def _words(
        self, name: str, of: str, among: Sequence[Any] | None = None, key: str = "key", value: str = "value"
    ) -> dict[str, dict[str, str]]:
        """Named values of a table, by whose they are."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self._all(name, of, among):
            fields = row._mapping
            found[str(fields[of])][fields[key]] = plain(fields[value])
        return found

    def _all(self, name: str, of: str = "", among: Sequence[Any] | None = None, order: str = "") -> Iterator[Row[Any]]:
        """Rows of a table, all or those whose column `of` is among some values; none where the store has no such table."""
        table = self._tables.get(name)
        if table is None:
            return
        for part in [None] if among is None else [among[i : i + _PAGE] for i in range(0, len(among), _PAGE)]:
            query = select(table)
            if part is not None:
                query = query.where(_column(table, of).in_(part))
            yield from self._rows(query.order_by(_column(table, order)) if order else query)

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        try:
            return self._connection.execute(query).all()
        except faults.DatabaseError as error:
            raise UsageError(
                f"{self.where} cannot be read: {error.orig}", hint="the import can be repeated: it goes on where it was"
            ) from error


def _column(table: Table, name: str) -> ColumnElement[Any]:
    column: Column[Any] = table.c[name]
    return column


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address; None for other databases."""
    scheme, separator, rest = url.partition(":///")
    return Path(rest.partition("?")[0]).absolute() if separator and scheme.startswith("sqlite") and rest else None


def _driven(url: str) -> str:
    """The address with the driver that we bring along."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgresql", "postgres") else url


def _hidden(url: str) -> str:
    """The address without a password."""
    scheme, separator, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}{separator}{account.partition(':')[0]}{at}{place}"
