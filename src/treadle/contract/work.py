"""Words between a worker and the record: what a job is, and what a worker reports about its attempt.

Every report names the attempt and its token. A report whose token is no longer the attempt's is refused as LeaseLost, and
repeating a report that was already taken changes nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, Code, End, Environment, Metric, Options, Usage
from treadle.core.definition import Definition
from treadle.core.operation import POST, operation


class JobInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input as bytes: an artifact, or a dataset version by the digest of its manifest. `many`: a list, in order.

    `own`: made by runs of this record, so that pickles among them were asked for by name in the project's own code."""

    artifacts: tuple[Artifact, ...] = ()
    many: bool = False
    own: bool = False


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything a worker needs to perform one attempt."""

    attempt: str
    token: str
    run: int
    run_name: str
    number: int
    root: int
    project: str
    definition: Definition
    parameters: dict[str, Any]
    inputs: dict[str, JobInput]
    code: Code | None
    environment: Environment | None
    options: Options
    seed: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt and the token by which it is held."""

    attempt: str
    token: str


class BeginAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The user's code is about to start. `handle` finds the process again: `host pid start-time`."""

    held: Held
    host: str = ""
    handle: str = ""
    environment: Environment | None = None


class BeginAttempts(msgspec.Struct, frozen=True, kw_only=True):
    attempts: tuple[BeginAttempt, ...]


class Answers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which of the attempts are no longer held, and which should be stopped."""

    lost: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()


begin = operation("work.begin", POST, "/work/begin", BeginAttempts, Answers, allow="work:do", summary="Report that attempts start.")


class TakeJob(msgspec.Struct, frozen=True, kw_only=True):
    attempt: str
    token: str


take_job = operation("work.job", POST, "/work/job", TakeJob, Job, allow="work:do", summary="What an attempt has to perform.")


class Beat(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """I am alive, and these attempts are mine. The answer says what was taken from me and what to stop."""

    process: str = ""
    held: tuple[Held, ...] = ()


beat = operation("work.beat", POST, "/work/beat", Beat, Answers, allow="work:do", summary="Extend leases; learn what to stop.")


class ShipLog(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of an attempt's output from `offset` on. Bytes already known are ignored."""

    held: Held
    offset: int
    data: bytes


ship_log = operation("work.log", POST, "/work/log", ShipLog, Answers, allow="work:do", summary="Ship what an attempt printed.")


class ShipSpool(msgspec.Struct, frozen=True, kw_only=True):
    """Whole records of an attempt's spool from byte `offset` on. Records before the known offset are ignored."""

    held: Held
    offset: int
    data: bytes


ship_spool = operation("work.spool", POST, "/work/spool", ShipSpool, Answers, allow="work:do", summary="Ship what an attempt logged.")


class LoggedArtifact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that user code handed over with `artifact(...)` or a rich value, already stored."""

    artifact: Artifact
    step: int | None = None


class FinishAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an attempt ended, with all that is not shipped yet. Taken as one transaction: everything or nothing."""

    held: Held
    end: End
    begun: BeginAttempt | None = None
    """For an attempt that ended before anybody reported that it began."""
    outputs: tuple[Artifact, ...] = ()
    logged: tuple[LoggedArtifact, ...] = ()
    usage: Usage = Usage()
    log_offset: int = 0
    log: bytes = b""
    log_digest: str | None = None
    spool_offset: int = 0
    spool: bytes = b""


class FinishAttempts(msgspec.Struct, frozen=True, kw_only=True):
    attempts: tuple[FinishAttempt, ...]


finish = operation("work.finish", POST, "/work/finish", FinishAttempts, Answers, allow="work:do", summary="Report how attempts ended.")


class ChildCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step call of a pipeline's body: `call` is the step's name and the how-manieth call of it this is."""

    call: str
    definition: Definition
    parameters: dict[str, Any] = {}
    bindings: dict[str, Binding] = {}
    after: tuple[str, ...] = ()
    code: Code | None = None
    options: Options = Options()


class SubmitChildren(msgspec.Struct, frozen=True, kw_only=True):
    held: Held
    calls: tuple[ChildCall, ...]


class Submitted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Run numbers in the order of the calls. `stop`: the pipeline itself should end."""

    runs: tuple[int, ...]


submit_children = operation(
    "work.submit", POST, "/work/submit", SubmitChildren, Submitted, allow="work:do", summary="Record the step calls of a pipeline's body."
)


class Await(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which of these runs have ended? With `metrics` the answer also says how the runs are doing."""

    runs: tuple[int, ...]
    metrics: bool = False


class Settled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that has ended, with its outputs; `metrics` only where they were asked for."""

    run: int
    name: str
    step: str
    state: str
    outputs: tuple[Artifact, ...] = ()
    error: End | None = None
    metrics: dict[str, Metric] = {}


class SettledRuns(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The runs that have ended. `progress`: of the others, the last value of each metric and its step."""

    runs: tuple[Settled, ...]
    progress: dict[int, dict[str, tuple[float, int]]] = {}


settled = operation(
    "work.settled",
    POST,
    "/work/settled",
    Await,
    SettledRuns,
    allow="work:do",
    summary="Which of these runs have ended, with their outputs.",
)


class RecordedCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call of a pipeline's body that the record holds already."""

    call: str
    run: int
    state: str
    parameters: dict[str, Any] = {}


class ReadRecorded(msgspec.Struct, frozen=True, kw_only=True):
    held: Held


read_recorded = operation(
    "work.recorded",
    POST,
    "/work/recorded",
    ReadRecorded,
    list[RecordedCall],
    allow="work:do",
    summary="The calls of a pipeline's body that are on record.",
)


class StopCalls(msgspec.Struct, frozen=True, kw_only=True):
    """Stops runs that a pipeline's body has started: `calls` are their names in it."""

    held: Held
    calls: tuple[str, ...]


stop_calls = operation(
    "work.stop", POST, "/work/stop", StopCalls, Answers, allow="work:do", summary="Stop runs that a pipeline's body has started."
)


class OpenScript(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bare script or notebook that began to log. Repeating it with the same key answers the same attempt."""

    key: str
    name: str
    host: str = ""
    handle: str = ""
    started_at: float
    parameters: dict[str, Any] = {}
    code: Code | None = None
    environment: Environment | None = None
    options: Options = Options()


class OpenedScript(msgspec.Struct, frozen=True, kw_only=True):
    held: Held
    run: int
    spool_offset: int


open_script = operation(
    "work.script", POST, "/work/script", OpenScript, OpenedScript, allow="work:do", summary="Record a script that logs by itself."
)
