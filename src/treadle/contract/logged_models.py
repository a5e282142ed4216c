"""Words about logged models: models that runs have made and kept, before (or without) being registered versions."""

from __future__ import annotations

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.search import Criterion
from treadle.core.operation import DELETE, GET, POST, operation

STATES = ("pending", "ready", "failed")


class ModelMetric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A metric of a logged model: `value` None stands for "not a number", `at` is in seconds since 1970."""

    model: str
    name: str
    value: float | None
    at: float
    step: int = 0
    run: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`run` is the key of the run that made it, `artifact` the folder of its files once it is ready."""

    id: str
    experiment: int = 0
    run: str = ""
    name: str = ""
    type: str = ""
    state: str = "pending"
    message: str = ""
    parameters: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: tuple[ModelMetric, ...] = ()
    artifact: Artifact | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


class OpenLoggedModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Opens a logged model, whose files follow. The same id answers the one it made before; without an id it gets one."""

    id: str = ""
    experiment: int = 0
    run: str = ""
    name: str = ""
    type: str = ""
    parameters: dict[str, str] = {}
    tags: dict[str, str] = {}
    created_at: float | None = None


open_model = operation(
    "logged_models.open", POST, "/logged-models", OpenLoggedModel, LoggedModel, allow="run:write", summary="Open a logged model."
)


class LoggedModelRef(msgspec.Struct, frozen=True, kw_only=True):
    id: str


get_model = operation(
    "logged_models.get", GET, "/logged-models/{id}", LoggedModelRef, LoggedModel, allow="run:read", summary="One logged model."
)


class ChangeLoggedModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new state (pending, ready, failed), parameters to add, tags to set (None removes one)."""

    id: str
    state: str | None = None
    message: str = ""
    parameters: dict[str, str] = {}
    tags: dict[str, str | None] = {}


change_model = operation(
    "logged_models.change",
    POST,
    "/logged-models/{id}",
    ChangeLoggedModel,
    LoggedModel,
    allow="run:write",
    summary="Say that a logged model is ready, or change its tags.",
)

delete_model = operation(
    "logged_models.delete", DELETE, "/logged-models/{id}", LoggedModelRef, LoggedModel, allow="run:write", summary="Delete a logged model."
)


class LogModelMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics of logged models that a run has measured. The same one again changes nothing."""

    run: str
    metrics: tuple[ModelMetric, ...]


class LoggedMetrics(msgspec.Struct, frozen=True, kw_only=True):
    count: int


log_model_metrics = operation(
    "logged_models.log",
    POST,
    "/logged-models/metrics",
    LogModelMetrics,
    LoggedMetrics,
    allow="run:write",
    summary="Metrics of logged models.",
)


class ModelOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`key` as in a test; a metric may be that on one dataset."""

    key: str
    descending: bool = False
    dataset_name: str = ""
    dataset_digest: str = ""


class FindLoggedModels(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Logged models of experiments for which all criteria hold; keys are id, name, type, state, run, created, updated, `metrics.NAME`,
    `params.NAME` and `tags.NAME`. The newest come first unless told otherwise. `datasets` are (name, digest)
    pairs: metric conditions then count only what was measured on one of these."""

    experiments: tuple[int, ...]
    criteria: tuple[Criterion, ...] = ()
    datasets: tuple[tuple[str, str], ...] = ()
    order: tuple[ModelOrder, ...] = ()
    limit: int = 50
    after: str | None = None


class LoggedModelPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    models: tuple[LoggedModel, ...] = ()
    next: str | None = None


find_models = operation(
    "logged_models.find",
    POST,
    "/logged-models/search",
    FindLoggedModels,
    LoggedModelPage,
    allow="run:read",
    summary="Search logged models.",
)
