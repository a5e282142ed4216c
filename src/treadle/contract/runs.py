"""Words about runs: submitting, watching, stopping, explaining and comparing them."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.client_runs import DescribedInput
from treadle.contract.data import Artifact
from treadle.contract.files import KeptFile
from treadle.core.definition import Definition
from treadle.core.operation import GET, POST, operation


class Binding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an argument comes from: exactly one of an earlier `run` (or a sibling `call` in the same pipeline) and its
    `output`; a `dataset` or a `model` reference; a stored `artifact`; or a `datum` by number or alias, which becomes the artifact
    that it means as soon as the run is recorded. `many` is a list of bindings for a list argument."""

    run: int | None = None
    call: str | None = None
    output: str = "result"
    dataset: str | None = None
    model: str | None = None
    artifact: Artifact | None = None
    datum: str | None = None
    many: tuple[Binding, ...] | None = None


class Code(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The code of a step. `digest` names what the result can depend on, `parts` its pieces (`train.py::fit` -> digest),
    `snapshot` the stored archive from which it can be restored, `patch` the stored difference to `commit`."""

    digest: str
    snapshot: str | None = None
    parts: dict[str, str] = {}
    commit: str | None = None
    branch: str | None = None
    dirty: bool = False
    patch: str | None = None
    remote: str | None = None
    note: str | None = None
    warnings: tuple[str, ...] = ()


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An interpreter and everything installed beside it. `digest` covers what can change a result."""

    digest: str
    python: str
    platform: str
    distributions: dict[str, str] = {}
    treadle: str = ""
    detail: dict[str, Any] = {}


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be said of one run beside its definition. `cache` False performs it even when an equal run exists."""

    engine: str | None = None
    cache: bool = True
    seed: int | None = None
    tags: dict[str, str] = {}
    note: str | None = None
    entry: str | None = None
    """What was asked for on the command line, so that it can be asked for again: `pipeline.py::nightly`."""
    reproduces: int | None = None
    metrics_from_output: bool = False
    """Takes JSON objects that it prints as metrics, whatever its definition says."""


class SubmitRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Asks for a run. `key` makes it idempotent: a request repeated with the same key answers the run it made before."""

    key: str
    definition: Definition
    parameters: dict[str, Any] = {}
    bindings: dict[str, Binding] = {}
    code: Code | None = None
    environment: Environment | None = None
    options: Options = Options()


class End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an attempt ended, as what it was.

    `kind`: done, raised (an exception), exit (a status other than 0), signal, memory, time, stopped, lost (nobody heard of it
    again), start (it could not be started). `place` is the user's own file and line; `traceback` is theirs, without ours.
    """

    kind: str
    message: str = ""
    error: str | None = None
    place: str | None = None
    traceback: str | None = None
    exit: int | None = None
    signal: str | None = None
    code: str | None = None
    hint: str | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an attempt used: wall and CPU seconds, and the largest resident memory in bytes."""

    wall: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    detail: dict[str, Any] = {}


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try of a run on an engine; a retry is a new attempt, nothing is overwritten."""

    id: str
    number: int
    state: str
    engine: str
    host: str | None = None
    claimed_at: float
    started_at: float | None = None
    ended_at: float | None = None
    silent: float | None = None
    """Seconds since its lease ran out, while it is still shown as live: its supervisor has not been heard of."""
    end: End | None = None
    usage: Usage | None = None
    log_size: int = 0


class Metric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The summary of one metric of a run. None stands for "not a number"."""

    name: str
    last: float | None
    last_step: int
    lowest: float | None
    highest: float | None
    points: int


class TakenInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run took in under an argument's name: bytes, and where they came from (`run 12 prepare.result`, a dataset)."""

    name: str
    position: int = 0
    digest: str
    source: str
    producer: int | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One performance of a step or pipeline. States: queued, starting, running, done, failed, stopped.

    The fields from `code` on are filled by `runs.get` only.
    """

    id: int
    name: str
    kind: str
    step: str
    state: str
    reason: str | None = None
    project: str = "default"
    parent: int | None = None
    root: int
    call_key: str | None = None
    engine: str
    parameters: dict[str, Any] = {}
    logged_parameters: dict[str, str | float] = {}
    """What `log_params` named beside the run's own parameters."""
    metrics: tuple[Metric, ...] = ()
    tags: dict[str, str] = {}
    queued_at: float
    started_at: float | None = None
    ended_at: float | None = None
    actor: str
    reused_from: int | None = None
    stop_requested: bool = False
    usage: Usage | None = None
    error: End | None = None
    note: str | None = None
    waits_for: str | None = None
    """For a queued run, in words: what it is waiting for."""
    cause: int | None = None
    seed: int | None = None
    cache_key: str | None = None
    code: Code | None = None
    environment: Environment | None = None
    definition: Definition | None = None
    options: Options | None = None
    bindings: dict[str, Binding] = {}
    inputs: tuple[TakenInput, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    logged: tuple[Artifact, ...] = ()
    key: str = ""
    """The name by which tracking clients of other systems know it."""
    experiment: str | None = None
    """The experiment that it was put into; None is the default one."""
    deleted_at: float | None = None
    files: tuple[KeptFile, ...] = ()
    """Files that a client keeps with it, the first thousand by path."""
    described: tuple[DescribedInput, ...] = ()
    """Data that its client says it took in."""
    attempts: tuple[Attempt, ...] = ()
    children: tuple[Run, ...] = ()

    @property
    def title(self) -> str:
        """How a run introduces itself everywhere: `run 4821 brisk-otter (train, done)`."""
        state = "done, reused" if self.reused_from else self.state
        return f"run {self.id} {self.name} ({self.step}, {state})"

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "stopped")


submit = operation("runs.submit", POST, "/runs", SubmitRun, Run, allow="run:create", summary="Ask for a run of a step or a pipeline.")


class ListRuns(msgspec.Struct, frozen=True, kw_only=True):
    """`query` is the search language (`state = failed and metrics.auc > 0.9`); `sort` a key, with `-` for descending; `after`
    continues behind the last run of the page before. Without `children` only runs that a person or a trigger asked for.

    `columns` are keys as the language writes them, `metrics.NAME`, `params.NAME`, `tags.NAME`, `inputs.NAME`: given, only these
    travel with each run, the parameters by the names that queries know (`params.model.depth`). `count` asks for the page's `total`.
    """

    query: str = ""
    sort: str = "-id"
    limit: int = 50
    after: str | None = None
    children: bool = False
    columns: tuple[str, ...] | None = None
    count: bool = False


class RunPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    runs: tuple[Run, ...]
    next: str | None = None
    """Give this as `after` for the next page; None when there is none."""
    total: int | None = None
    """How many runs the query finds, when that was asked for."""
    total_exact: bool = True
    """False: it finds at least so many, counting them all would take too long."""


list_runs = operation("runs.list", GET, "/runs", ListRuns, RunPage, allow="run:read", summary="Search runs.")


class RunRef(msgspec.Struct, frozen=True, kw_only=True):
    """A run by number, friendly name, unique prefix of it, or `@-1` for the last one."""

    run: str


get_run = operation("runs.get", GET, "/runs/{run}", RunRef, Run, allow="run:read", summary="One run with everything recorded of it.")


class StopRun(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    why: str = ""


stop = operation("runs.stop", POST, "/runs/{run}/stop", StopRun, Run, allow="run:stop", summary="Stop a run and everything it started.")


class DecideRun(msgspec.Struct, frozen=True, kw_only=True):
    """Says yes or no to a run that waits for an approval: what waits behind it goes on, or fails."""

    run: str
    approve: bool
    why: str = ""


decide = operation(
    "runs.decide",
    POST,
    "/runs/{run}/decide",
    DecideRun,
    Run,
    allow="approval:decide",
    summary="Approve or reject what is waited for.",
)


class ResumeRun(msgspec.Struct, frozen=True, kw_only=True):
    run: str


resume = operation(
    "runs.resume",
    POST,
    "/runs/{run}/resume",
    ResumeRun,
    Run,
    allow="run:create",
    summary="Queue a failed or stopped run again; a pipeline continues where its record ends.",
)


class RerunRun(msgspec.Struct, frozen=True, kw_only=True):
    """A new run of the same definition, code and inputs; `parameters` replaces some of the parameters."""

    run: str
    key: str
    parameters: dict[str, Any] = {}
    options: Options = Options()


rerun = operation("runs.rerun", POST, "/runs/{run}/rerun", RerunRun, Run, allow="run:create", summary="Ask for the same run again.")


class LogMark(msgspec.Struct, frozen=True, kw_only=True):
    """From byte `offset` on, what is in the log was heard at that time from that stream."""

    offset: int
    at: float
    stream: str


class Log(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of an attempt's output, from byte `offset` on. `ended`: nothing follows after `offset + len(data)`.

    `size` is how many bytes there are so far. `marks`, where they are asked for, tell what came when and from where, beginning with the
    one that holds at `offset`."""

    attempt: str
    offset: int
    data: bytes
    ended: bool
    size: int = 0
    marks: tuple[LogMark, ...] = ()


class ReadLog(msgspec.Struct, frozen=True, kw_only=True):
    run: str
    attempt: int = 0
    """The attempt's number; 0 is the newest."""
    offset: int = 0
    """Below 0: counted from the end."""
    limit: int = 1 << 20
    marks: bool = False


read_log = operation("runs.log", GET, "/runs/{run}/log", ReadLog, Log, allow="run:read", summary="What an attempt printed.")


STREAMS = ("stdout", "stderr", "status")
"""Where a message of a log came from: the code's own output, or (status) what performs it."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a log. `at` is when its end was heard, to within a second; where nobody noted that, when the attempt began."""

    stream: str
    at: float
    message: str


class Events(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`total` is how many lines there are, `events` the last ones of them. `whole` False: of a very long log only the end was read, and
    counted."""

    events: tuple[Event, ...]
    total: int
    whole: bool = True


class ReadEvents(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last `limit` lines, 0 for all. `attempt` is its number; 0 is the newest."""

    run: str
    attempt: int = 0
    limit: int = 2000


read_events = operation(
    "runs.events",
    GET,
    "/runs/{run}/events",
    ReadEvents,
    Events,
    allow="run:read",
    summary="What an attempt printed, line by line, with when and where to.",
)


class KeyPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of the cache key, here and in the run compared with; `detail` names what differs inside it."""

    part: str
    equal: bool
    here: str = ""
    there: str = ""
    detail: tuple[str, ...] = ()


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a run was performed or reused: the run it was compared with, and the parts of the cache key."""

    run: Run
    sentence: str
    compared_with: int | None = None
    parts: tuple[KeyPart, ...] = ()
    story: tuple[str, ...] = ()
    children: tuple[Why, ...] = ()


why = operation("runs.why", GET, "/runs/{run}/why", RunRef, Why, allow="run:read", summary="Why a run was performed or reused.")


class DiffRuns(msgspec.Struct, frozen=True, kw_only=True):
    a: str
    b: str


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a comparison: `section` is parameters, metrics, inputs, code, environment, outputs or state."""

    section: str
    name: str
    a: str | None
    b: str | None
    equal: bool


class RunDiff(msgspec.Struct, frozen=True, kw_only=True):
    a: Run
    b: Run
    differences: tuple[Difference, ...]


diff = operation("runs.diff", GET, "/diff/{a}/{b}", DiffRuns, RunDiff, allow="run:read", summary="Two runs side by side.")


class PlanRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Would this call be answered from the cache? `bindings` must already be known artifacts or datasets."""

    definition: Definition
    parameters: dict[str, Any] = {}
    bindings: dict[str, Binding] = {}
    code: Code
    environment: Environment


class Planned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`reuse` is the run whose result would be taken; `outputs` are its artifacts, for planning further."""

    reuse: int | None = None
    outputs: tuple[Artifact, ...] = ()
    because: str = ""


plan = operation("runs.plan", POST, "/plan", PlanRun, Planned, allow="run:read", summary="Whether a call would be reused, and why not.")
