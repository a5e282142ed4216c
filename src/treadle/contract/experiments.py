"""Words about experiments: named groups of runs within a project, as tracking clients of other systems know them.

The default experiment has the number 0 and the name "Default". Every run that was put into no other one is in it, so it exists in
every project without having been made, and can be neither renamed nor deleted.
"""

from __future__ import annotations

import msgspec

from treadle.contract.search import Criterion
from treadle.core.operation import DELETE, GET, POST, operation

DEFAULT = 0
DEFAULT_NAME = "Default"


class Experiment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`runs` counts those that are not deleted; it is filled by `experiments.list` when asked for."""

    id: int
    name: str
    tags: dict[str, str] = {}
    created_at: float = 0.0
    updated_at: float = 0.0
    deleted_at: float | None = None
    runs: int | None = None


class CreateExperiment(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    tags: dict[str, str] = {}


create_experiment = operation(
    "experiments.create",
    POST,
    "/experiments",
    CreateExperiment,
    Experiment,
    allow="run:create",
    summary="Make a named group of runs.",
)


class FindExperiment(msgspec.Struct, frozen=True, kw_only=True):
    """One experiment, by its number or else by its name; a deleted one, too. Without either the default one."""

    id: int | None = None
    name: str = ""


get_experiment = operation(
    "experiments.get", GET, "/experiment", FindExperiment, Experiment, allow="run:read", summary="One experiment by number or name."
)


class ListExperiments(msgspec.Struct, frozen=True, kw_only=True):
    """Experiments for which all criteria hold; keys are id, name, created, updated and `tags.NAME`. `sort` names keys, with `-` in front
    for descending; `deleted` is no, only or both;
    `after` continues behind a page; `counted` adds the number of runs."""

    criteria: tuple[Criterion, ...] = ()
    sort: tuple[str, ...] = ("-created",)
    deleted: str = "no"
    limit: int = 1000
    after: str | None = None
    counted: bool = False


class ExperimentPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    experiments: tuple[Experiment, ...] = ()
    next: str | None = None


list_experiments = operation(
    "experiments.list",
    POST,
    "/experiments/search",
    ListExperiments,
    ExperimentPage,
    allow="run:read",
    summary="The experiments of a project.",
)


class ChangeExperiment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new name, and tags to set; None removes a tag."""

    id: int
    name: str | None = None
    tags: dict[str, str | None] = {}


change_experiment = operation(
    "experiments.change",
    POST,
    "/experiments/{id}",
    ChangeExperiment,
    Experiment,
    allow="run:write",
    summary="Rename an experiment, or set and remove its tags.",
)


class ExperimentRef(msgspec.Struct, frozen=True, kw_only=True):
    id: int


delete_experiment = operation(
    "experiments.delete",
    DELETE,
    "/experiments/{id}",
    ExperimentRef,
    Experiment,
    allow="run:write",
    summary="Delete an experiment with its runs; both can be restored.",
)

restore_experiment = operation(
    "experiments.restore",
    POST,
    "/experiments/{id}/restore",
    ExperimentRef,
    Experiment,
    allow="run:write",
    summary="Restore a deleted experiment, and the runs that were deleted with it.",
)
