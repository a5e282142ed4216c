"""Words about answering: endpoints, revisions, rollouts, traffic, predictions and their labels."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.registry import Signature
from treadle.core.operation import DELETE, GET, POST, operation


class EndpointSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an endpoint answers. Times are seconds, sizes bytes."""

    host: str = "127.0.0.1"
    port: int = 0
    """0: a free one is taken when it first starts, and kept."""
    workers: int = 1
    record: float = 1.0
    """Share of the predictions that are recorded, 0 to 1; chosen by key, so that a key is recorded always or never."""
    time_limit: float = 10.0
    most_rows: int = 10_000
    most_body: int = 16 << 20
    most_waiting: int = 1024
    """Requests that may wait for the model in one worker; the next one is answered 429 with Retry-After."""
    batch_rows: int = 256
    drain: float = 20.0
    sticky: bool = True
    """A key is always answered by the same revision as long as the shares do not change."""
    onnx: bool = True
    """Answer from the ONNX form where the version has one."""
    consent: bool = False
    """Whether models may be loaded from formats that execute code (pickle)."""
    memory: int = 0
    """The most bytes that a model's process may take before it is replaced; 0: what `treadle serve --memory` says."""
    tokens: bool = False
    """Callers need a token of this record. Always so when `host` is not this machine alone."""


class Revision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What answers, or answered, at an endpoint: a model version and its part of the traffic.

    `role`: live (answers what no canary takes), canary (answers `share` of the traffic), shadow (sees the traffic, its answers are
    recorded and not given), ready (loaded, so that going back is instant), retired, failed.
    """

    number: int
    model: str
    version: int
    role: str
    share: float = 0.0
    created_at: float
    live_at: float | None = None
    """When it became live, if it ever did."""
    ended_at: float | None = None
    reason: str = ""

    @property
    def ref(self) -> str:
        return f"{self.model}@v{self.version}"


class Stage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stage of a rollout: `share` of the traffic (0 is shadow), until at least `rows` predictions (of the new revision) and
    `seconds` have passed and, with `labels`, until that many of them have their label."""

    share: float
    rows: int = 0
    seconds: float = 0.0
    labels: int = 0


class Guardrails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a rollout goes back. Each guardrail is a sequential test that may be looked at any time; `alpha` is the chance that a
    harmless revision is taken back by any of them together.

    `errors` compares the share of failed requests, `latency` the p99 (a factor above which it is harm; 0 switches it off), `loss`
    the loss of labelled predictions against the live revision (the margin above which it is harm; None switches it off). That
    many `crashes` of the model's process end a rollout at once.
    """

    alpha: float = 0.05
    errors: bool = True
    latency: float = 2.0
    loss: float | None = 0.0
    crashes: int = 2


class Rollout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How traffic moves to a revision. `state`: running, paused, done, taken back. `evidence`: what the guardrails see."""

    id: int
    endpoint: str
    revision: int
    former: int | None
    stages: tuple[Stage, ...]
    guardrails: Guardrails
    stage: int
    state: str
    reason: str = ""
    override: str = ""
    evidence: dict[str, Any] = {}
    started_at: float
    stage_at: float
    ended_at: float | None = None
    actor: str = ""
    cause: int | None = None


class Traffic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one revision has answered: cumulative counts. `latency` counts requests per bucket of LATENCY_BOUNDS."""

    revision: int
    requests: int = 0
    rows: int = 0
    errors: int = 0
    """Requests that the model failed: it raised, hung, or its process died."""
    invalid: int = 0
    """Requests that were refused with a 4xx: the caller's mistake."""
    refused: int = 0
    """Requests that were answered 429 or 503: too much at once."""
    crashes: int = 0
    latency: tuple[int, ...] = ()
    disagreements: int = 0
    """For a shadow: answers that differ from the live revision's."""


LATENCY_BOUNDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: upper bounds of the buckets in which latencies are counted; one more bucket holds what lies above."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An address and what answers there. `generation` grows with each change of what should answer; `address` is where it listens."""

    name: str
    model: str
    settings: EndpointSettings
    state: str
    """on or off"""
    generation: int
    address: str = ""
    revisions: tuple[Revision, ...] = ()
    rollout: Rollout | None = None
    traffic: tuple[Traffic, ...] = ()
    predictions: int = 0
    labels: int = 0
    created_at: float
    project: str = "default"


class ListEndpoints(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The endpoints of the call's project; or (`everywhere`) of all, without counting what was recorded: who keeps their processes
    asks once a second."""

    everywhere: bool = False


list_endpoints = operation(
    "serving.endpoints",
    GET,
    "/endpoints",
    ListEndpoints,
    list[Endpoint],
    allow="endpoint:read",
    summary="Endpoints and what answers there.",
)


class EndpointName(msgspec.Struct, frozen=True, kw_only=True):
    endpoint: str


get_endpoint = operation(
    "serving.endpoint", GET, "/endpoints/{endpoint}", EndpointName, Endpoint, allow="endpoint:read", summary="One endpoint, whole."
)


class DeclareEndpoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Makes an endpoint for a model, or changes its settings. It answers from the first release on."""

    endpoint: str
    model: str
    settings: EndpointSettings = EndpointSettings()


declare_endpoint = operation(
    "serving.declare", POST, "/endpoints", DeclareEndpoint, Endpoint, allow="endpoint:write", summary="Make or change an endpoint."
)


class SwitchEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`on` False drains and stops it; its revisions stay as they are."""

    endpoint: str
    on: bool


switch_endpoint = operation(
    "serving.switch", POST, "/endpoints/{endpoint}/switch", SwitchEndpoint, Endpoint, allow="endpoint:write", summary="Switch on or off."
)


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Moves an endpoint's traffic to a model version, stage by stage; no stages: at once.

    `ref` is `name@v3` or `name@alias`. A version that is not approved is refused unless `override` says why; that is recorded.
    A rollout that is under way is replaced: its revision is retired. `key` makes the call idempotent.
    """

    endpoint: str
    ref: str
    stages: tuple[Stage, ...] = ()
    guardrails: Guardrails = Guardrails()
    override: str = ""
    key: str | None = None


release = operation(
    "serving.release",
    POST,
    "/endpoints/{endpoint}/releases",
    Release,
    Endpoint,
    allow="endpoint:release",
    summary="Move an endpoint's traffic to a model version.",
)


class RollBack(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Ends a running rollout in favour of the live revision; with none running goes back to the revision that was live before."""

    endpoint: str
    reason: str = ""
    key: str | None = None


roll_back = operation(
    "serving.rollback",
    POST,
    "/endpoints/{endpoint}/rollback",
    RollBack,
    Endpoint,
    allow="endpoint:release",
    summary="Go back to what answered before, at once.",
)


class SteerRollout(msgspec.Struct, frozen=True, kw_only=True):
    """`act` is pause, resume, or advance (to the next stage without waiting)."""

    endpoint: str
    act: str
    reason: str = ""


steer_rollout = operation(
    "serving.steer",
    POST,
    "/endpoints/{endpoint}/rollout",
    SteerRollout,
    Endpoint,
    allow="endpoint:release",
    summary="Pause, resume or advance a rollout.",
)


class Rollouts(msgspec.Struct, frozen=True, kw_only=True):
    endpoint: str
    limit: int = 50


list_rollouts = operation(
    "serving.rollouts",
    GET,
    "/endpoints/{endpoint}/rollouts",
    Rollouts,
    list[Rollout],
    allow="endpoint:read",
    summary="Rollouts of an endpoint, newest first, with their evidence.",
)


class ReadSeries(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last `minutes` (at most a month), gathered into at most so many buckets of whole minutes."""

    endpoint: str
    minutes: int = 180
    buckets: int = 90


class RevisionSeries(msgspec.Struct, frozen=True, kw_only=True):
    """What one revision answered in each bucket. `p50` and `p99` are seconds, the upper bounds of the counting buckets they lie in
    (LATENCY_BOUNDS); None where nothing was answered."""

    revision: int
    ref: str
    role: str
    requests: list[int]
    rows: list[int]
    errors: list[int]
    invalid: list[int]
    refused: list[int]
    p50: list[float | None]
    p99: list[float | None]


class EndpointSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Bucket number i begins at `start` + i * `seconds` (seconds since 1970). Minutes older than three days are known by the hour."""

    endpoint: str
    start: float
    seconds: float
    buckets: int
    revisions: tuple[RevisionSeries, ...] = ()


read_series = operation(
    "serving.series",
    GET,
    "/endpoints/{endpoint}/series",
    ReadSeries,
    EndpointSeries,
    allow="endpoint:read",
    summary="What an endpoint answered over time: rate, errors, latency.",
)


# --- between an endpoint's process and the record --------------------------------------------------------------------------


class Planned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A revision as an endpoint's process needs it."""

    number: int
    model: str
    version: int
    role: str
    share: float
    artifact: Artifact
    onnx: Artifact | None = None
    signature: Signature | None = None
    label: str | None = None
    profile: str | None = None
    sample: Artifact | None = None


class GetPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What should answer now? When it is still generation `known`, the answer holds no revisions."""

    endpoint: str
    known: int = -1


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    endpoint: str
    state: str
    generation: int
    settings: EndpointSettings
    revisions: tuple[Planned, ...] = ()


get_plan = operation("serving.plan", GET, "/endpoints/{endpoint}/plan", GetPlan, Plan, allow="endpoint:read", summary="What should answer.")


class ReportTraffic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a process of an endpoint has counted since it started (cumulative), and where it listens.

    `generation` is the plan it answers by. `process` names the process: counts of one process replace its earlier ones.
    `failed` are revisions whose model cannot be loaded or keeps dying, with the reason.
    """

    endpoint: str
    process: str
    address: str
    generation: int
    traffic: tuple[Traffic, ...] = ()
    failed: dict[int, str] = {}


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """`generation` is what should be answered by now."""

    generation: int


report_traffic = operation(
    "serving.report",
    POST,
    "/endpoints/{endpoint}/report",
    ReportTraffic,
    Heard,
    allow="endpoint:serve",
    summary="Report what was answered.",
)


class ShipPredictions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A chunk of recorded predictions, already stored as Parquet under `digest`.

    Columns: `id` (text, unique a row), `key` (text or null), `at` (event time, seconds since 1970, float64), `received` (the same of
    arrival), `revision` (int32), `role` (live, canary, shadow), `latency` (seconds), `error` (text or null), then
    `in.<name>` for each input and `out.<name>` for each output of the signature. `key` makes shipping idempotent.
    """

    endpoint: str
    key: str
    digest: str
    size: int
    rows: int
    first: float
    last: float
    """Event times of the earliest and latest row."""
    revisions: dict[int, int] = {}
    """Rows per revision."""


class Shipped(msgspec.Struct, frozen=True, kw_only=True):
    new: bool


ship_predictions = operation(
    "serving.ship", POST, "/endpoints/{endpoint}/predictions", ShipPredictions, Shipped, allow="endpoint:serve", summary="Ship a chunk."
)


class PredictionChunk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: int
    digest: str
    size: int
    rows: int
    first: float
    last: float
    revisions: dict[int, int] = {}
    shipped_at: float


class ListPredictions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Chunks behind number `after`, oldest first, that touch the event times `start` to `end`."""

    endpoint: str
    after: int = 0
    start: float | None = None
    end: float | None = None
    limit: int = 1000


list_predictions = operation(
    "serving.predictions",
    GET,
    "/endpoints/{endpoint}/predictions",
    ListPredictions,
    list[PredictionChunk],
    allow="endpoint:read",
    summary="Chunks of recorded predictions.",
)


class Label(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What really happened to the prediction with this key. `at` is when it became known (seconds since 1970)."""

    key: str
    value: bool | float | str
    at: float | None = None


class AddLabels(msgspec.Struct, frozen=True, kw_only=True):
    """Labels by key, in any order, before or after their predictions; the first label of a key counts."""

    endpoint: str
    labels: tuple[Label, ...]


class AddedLabels(msgspec.Struct, frozen=True, kw_only=True):
    """`new` labels; `repeated`: the same label was known already; `conflicting`: another value was known, which stays."""

    new: int
    repeated: int
    conflicting: int
    conflicts: tuple[str, ...] = ()
    """The first few keys in conflict."""


add_labels = operation(
    "serving.labels", POST, "/endpoints/{endpoint}/labels", AddLabels, AddedLabels, allow="endpoint:label", summary="Add labels by key."
)


remove_endpoint = operation(
    "serving.remove",
    DELETE,
    "/endpoints/{endpoint}",
    EndpointName,
    Endpoint,
    allow="endpoint:write",
    summary="Remove an endpoint that is off; its record stays in the journal.",
)
