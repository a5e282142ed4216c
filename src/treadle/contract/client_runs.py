"""Words about runs that a client opens, tells of and ends by itself: nobody dispatches or supervises them.

Here a run is named by its key, the 32 hexadecimal characters that the client knows it by. A run whose key is of another form (a call
inside a pipeline) is named `run-NUMBER`.
"""

from __future__ import annotations

import msgspec

from treadle.contract.search import Sort, Term
from treadle.core.operation import DELETE, GET, POST, operation


class LastPoint(msgspec.Struct, frozen=True, gc=False):
    """The newest point of a metric: its name, value (None stands for "not a number"), time (seconds since 1970) and step."""

    name: str
    value: float | None
    at: float
    step: int


class DescribedInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Data that a client says its run took in: of which only this description is known, by the client's own digest."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None
    tags: dict[str, str] = {}


class ModelLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A logged model that a run took in, or made; `step` is the training step at which it was made."""

    model: str
    step: int = 0


class RunRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run as its client knows it. Times are seconds since 1970. Parameters are texts."""

    id: int
    key: str
    name: str
    experiment: int = 0
    kind: str = "script"
    step: str = ""
    state: str
    actor: str = ""
    queued_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    deleted_at: float | None = None
    metrics: tuple[LastPoint, ...] = ()
    parameters: dict[str, str] = {}
    tags: dict[str, str] = {}
    inputs: tuple[DescribedInput, ...] = ()
    models_in: tuple[ModelLink, ...] = ()
    models_out: tuple[ModelLink, ...] = ()


class OpenRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Opens a run that goes on outside. The same key answers the run it made before. `source` is the program that runs, `parent` the
    key of the run inside which it runs. Without a name it gets one, without a start it starts now."""

    key: str
    experiment: int = 0
    name: str = ""
    source: str = ""
    parent: str | None = None
    started_at: float | None = None
    tags: dict[str, str] = {}


open_run = operation("clients.open", POST, "/clients/runs", OpenRun, RunRow, allow="run:create", summary="Open a run that goes on outside.")


class ChangeRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`state` is queued, running, done, failed or stopped; a run that has ended may be opened again."""

    run: str
    state: str | None = None
    ended_at: float | None = None
    name: str | None = None


change_run = operation(
    "clients.change", POST, "/clients/runs/{run}", ChangeRun, RunRow, allow="run:write", summary="End, reopen or rename a client's run."
)


class KeyedRun(msgspec.Struct, frozen=True, kw_only=True):
    run: str


delete_run = operation(
    "clients.delete", DELETE, "/clients/runs/{run}", KeyedRun, RunRow, allow="run:write", summary="Delete a run; it can be restored."
)
restore_run = operation(
    "clients.restore", POST, "/clients/runs/{run}/restore", KeyedRun, RunRow, allow="run:write", summary="Restore a deleted run."
)


class DescribeInputs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run took in and made, in a client's words. An input that is described again gets the new tags."""

    run: str
    inputs: tuple[DescribedInput, ...] = ()
    models_in: tuple[ModelLink, ...] = ()
    models_out: tuple[ModelLink, ...] = ()


class Described(msgspec.Struct, frozen=True, kw_only=True):
    run: int


describe_inputs = operation(
    "tracking.inputs",
    POST,
    "/clients/runs/{run}/inputs",
    DescribeInputs,
    Described,
    allow="run:write",
    summary="Describe what a run took in and made.",
)


class InputSummaries(msgspec.Struct, frozen=True, kw_only=True):
    """Which inputs were described in these experiments (at most 1000)."""

    experiments: tuple[int, ...]


class InputSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`context` is the tag that says what the input was for, as clients set it (`mlflow.data.context`)."""

    experiment: int
    name: str
    digest: str
    context: str = ""


summarize_inputs = operation(
    "tracking.described",
    POST,
    "/tracking/inputs",
    InputSummaries,
    list[InputSummary],
    allow="run:read",
    summary="The inputs described in experiments.",
)


class FindRows(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Runs of experiments, nested ones, too; without `experiments` those of all. `deleted` is no, only or both."""

    where: Term | None = None
    sorts: tuple[Sort, ...] = ()
    experiments: tuple[int, ...] | None = None
    deleted: str = "no"
    limit: int = 1000
    after: str | None = None


class RowPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    rows: tuple[RunRow, ...] = ()
    next: str | None = None


find_rows = operation(
    "tracking.rows",
    POST,
    "/tracking/rows",
    FindRows,
    RowPage,
    allow="run:read",
    summary="Search runs; answers their newest points, parameters, tags and inputs, too.",
)

get_row = operation("tracking.row", GET, "/tracking/rows/{run}", KeyedRun, RunRow, allow="run:read", summary="One run by its key.")
