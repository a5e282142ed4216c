"""What a store of MLflow holds, in values that do not say where it came from; and what a place to read from or write to can do.

Times are milliseconds since 1970, as MLflow keeps them. Statuses, stages and view types are MLflow's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import msgspec

BLOCK = 1 << 20


class Experiment(msgspec.Struct, kw_only=True):
    id: str
    name: str
    tags: dict[str, str] = {}
    created_at: int = 0
    deleted: bool = False


class DatasetUse(msgspec.Struct, frozen=True, kw_only=True):
    """Data that a run says it took in."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None
    tags: dict[str, str] = {}


class Points(msgspec.Struct, kw_only=True):
    """Points of one metric, column-wise; a value may be "not a number" or infinite."""

    steps: list[int] = []
    times: list[int] = []
    values: list[float] = []


class ModelUse(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    step: int = 0


class Run(msgspec.Struct, kw_only=True):
    """`metrics` names its metrics; their points are asked for one by one."""

    id: str
    experiment: str
    name: str
    status: str
    user: str = ""
    started_at: int = 0
    ended_at: int | None = None
    deleted: bool = False
    metrics: tuple[str, ...] = ()
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    inputs: tuple[DatasetUse, ...] = ()
    models_in: tuple[ModelUse, ...] = ()
    models_out: tuple[ModelUse, ...] = ()
    artifacts: str = ""
    """Where its files are, as its store says."""


class ModelMetric(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: float
    at: int
    step: int = 0
    run: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


class LoggedModel(msgspec.Struct, kw_only=True):
    id: str
    experiment: str
    run: str = ""
    name: str = ""
    type: str = ""
    status: str = "LOGGED_MODEL_READY"
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: tuple[ModelMetric, ...] = ()
    created_at: int = 0
    artifacts: str = ""


class Model(msgspec.Struct, kw_only=True):
    name: str
    description: str = ""
    tags: dict[str, str] = {}
    aliases: dict[str, int] = {}
    created_at: int = 0


class Version(msgspec.Struct, kw_only=True):
    name: str
    number: int
    source: str
    run: str = ""
    model: str = ""
    """The logged model whose files it has, where that is known."""
    stage: str = "None"
    description: str = ""
    user: str = ""
    tags: dict[str, str] = {}
    created_at: int = 0


class File(msgspec.Struct, kw_only=True):
    """A file of a run or a logged model: `read` opens it anew each time and gives its bytes in blocks."""

    path: str
    size: int | None
    read: Callable[[], Iterator[bytes]]
    digest: str | None = None
    """BLAKE3 of its content, where the store knows it."""


class Source(Protocol):
    """A place that a store is read from."""

    where: str

    def experiments(self) -> Iterable[Experiment]: ...

    def runs(self, experiment: str) -> Iterable[Run]:
        """The runs of an experiment, deleted ones, too; parents need not come first."""
        ...

    def points(self, run: Run, metric: str) -> Points: ...

    def logged_models(self, experiment: str) -> Iterable[LoggedModel]: ...

    def files(self, owner: Run | LoggedModel) -> Iterable[File]: ...

    def models(self) -> Iterable[Model]: ...

    def versions(self, model: str) -> Iterable[Version]:
        """In the order of their numbers."""
        ...


class Target(Protocol):
    """A place that a store is written to. Everything may be written twice: what is there already stays, what is not is added.

    The names that things get there are kept by the target: a run or a logged model is spoken of by its name in the source.
    """

    where: str

    def experiment(self, one: Experiment) -> tuple[str, bool]:
        """Makes an experiment, or finds the one of this name; answers its number here, and whether it was new."""
        ...

    def run(self, one: Run, experiment: str) -> Run | None:
        """What is here of a run already, None when it is new."""
        ...

    def open(self, one: Run, experiment: str) -> None: ...

    def log(self, one: Run, points: dict[str, Points], params: dict[str, str], tags: dict[str, str]) -> None: ...

    def describe(self, one: Run) -> None:
        """Writes which data and logged models it took in and made."""
        ...

    def close(self, one: Run) -> None:
        """Gives it the state in which it is in the source."""
        ...

    def points(self, run: Run, metric: str) -> Points:
        """The points of a metric of a run that are here."""
        ...

    def logged_model(self, one: LoggedModel, experiment: str) -> bool:
        """Makes a logged model, with parameters, tags and metrics; answers whether it was new, as the next two do."""
        ...

    def finish(self, one: LoggedModel) -> None:
        """Says that all its files are here."""
        ...

    def here(self, owner: Run | LoggedModel) -> dict[str, File]:
        """The files of an owner that are here already, by path."""
        ...

    def put(self, owner: Run | LoggedModel, path: str, blocks: Iterator[bytes]) -> str | None:
        """Writes a file; answers the BLAKE3 of what it has written, where it knows that."""
        ...

    def model(self, one: Model) -> bool: ...

    def version(self, one: Version) -> bool:
        """Makes a version under its number. Raises Conflict when that number is taken by another one."""
        ...

    def aliases(self, one: Model) -> None: ...


def plain(value: Any) -> str:
    return "" if value is None else str(value)
