"""Words about the way from an idea to something that answers: the pace, and the story of how a thing came to be as it is."""

from __future__ import annotations

import msgspec

from treadle.contract.monitoring import Alarm
from treadle.contract.people import Mention
from treadle.contract.registry import GateResult
from treadle.contract.serving import Rollout
from treadle.core.operation import GET, operation


class Spread(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Several durations or amounts: how many, their median, and what 85 of 100 stay below (None: there are none)."""

    count: int
    median: float | None = None
    p85: float | None = None


class Released(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One release: a version that became live at an endpoint. Times in seconds, moments in seconds since 1970.

    `began` is the earliest of what caused it (`origin` is its entry, `because` its kind: an alarm, data, or a run somebody asked for).
    `working` is time in which its runs ran, `approval` in which it waited for a person, `rollout` from the start of its rollout until
    it was live, `idle` the rest. `hands` says what people did for it; empty: it went by itself. `cpu` are the CPU seconds of its runs.
    """

    ref: str
    endpoint: str
    live_at: float
    entry: int
    began: float
    origin: int
    because: str
    total: float
    working: float = 0.0
    approval: float = 0.0
    rollout: float = 0.0
    idle: float = 0.0
    hands: tuple[str, ...] = ()
    cpu: float = 0.0
    retraining: float | None = None
    """From the alarm that caused it to live, where one did."""


class Live(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What answers now. `missing` is what its record lacks to be performed again; `age` of its training data in seconds."""

    endpoint: str
    ref: str
    reproducible: bool
    missing: tuple[str, ...] = ()
    age: float | None = None


class Pace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How fast, and where the time goes: from the journal entries between `since` and `until`. It never ranks persons.

    `hands_free` is the share of releases that no person had a hand in, `taken_back` counts rollouts that were. `restore` is from
    the opening of an alarm to its closing and from the start of a rollout to its being taken back, `retraining` from an alarm to the
    version it caused being live, `cost` CPU seconds of the runs of a release.
    """

    since: float
    until: float
    releases: tuple[Released, ...] = ()
    time_to_market: Spread
    per_week: float
    hands_free: float | None = None
    taken_back: int = 0
    restore: Spread
    retraining: Spread
    working: float | None = None
    """Shares of the time of all releases together; with `approval`, `rollout` and `idle` they make 1."""
    approval: float | None = None
    rollout: float | None = None
    idle: float | None = None
    never_released: tuple[str, ...] = ()
    live: tuple[Live, ...] = ()
    reproducible: float | None = None
    """Share of what is live."""
    cost: Spread


class AskPace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the last `days` days, or of the `days` days before `until` (seconds since 1970): what came before is what to compare with.

    `never_released` and `live` are always as they are now."""

    days: float = 30.0
    until: float | None = None


read_pace = operation(
    "delivery.pace", GET, "/pace", AskPace, Pace, allow="journal:read", summary="From idea to value: how fast, and where the time goes."
)


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a story. `cause` is the entry of a line above that caused it; `details` belong to this line."""

    entry: int
    at: float
    actor: str
    kind: str
    subject: str
    sentence: str
    cause: int | None = None
    details: tuple[str, ...] = ()


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that went into it: data, code, environment, parameters."""

    label: str
    value: str
    ref: str = ""
    """What to ask about next: `run:12`, `dataset:flights@v3`."""


class Story(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How something came to be as it is: each line is caused by one above, and what it is made of, down to the data."""

    ref: str
    title: str
    lines: tuple[Line, ...]
    lineage: tuple[Fact, ...] = ()


class AskStory(msgspec.Struct, frozen=True, kw_only=True):
    """`model://NAME@v3` or with an alias, `endpoint:NAME`, `alarm:3`, `run:12`, `firing:5`, `dataset:NAME@v3`, or `entry:17`."""

    ref: str


read_story = operation(
    "delivery.story", GET, "/stories", AskStory, Story, allow="journal:read", summary="How something came to be as it is."
)


# --- today ------------------------------------------------------------------------------------------------------------------------


class WaitingVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model version that waits for a person's yes, with what its gates said. `since` is when it was made."""

    ref: str
    model: str
    version: int
    since: float
    actor: str
    run: int | None = None
    gates: tuple[GateResult, ...] = ()


class WaitingRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that goes on when a person says yes (`runs.approve`). `pipeline` is the name of the run's root."""

    run: int
    name: str
    step: str
    root: int
    pipeline: str
    since: float
    actor: str


class FailedRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that failed, and whose step has not succeeded since. `times` counts such runs of the step, of which this is the newest."""

    run: int
    name: str
    step: str
    kind: str
    at: float
    actor: str
    reason: str = ""
    message: str = ""
    times: int = 1


class StuckRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run that does not get on: queued for a while, or without a sign of life. `waits_for` says in words what is missing."""

    run: int
    name: str
    step: str
    root: int
    state: str
    engine: str
    since: float
    waits_for: str
    actor: str


class TodayCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are of each, also of what did not fit in the lists."""

    versions: int = 0
    runs: int = 0
    alarms: int = 0
    acknowledged: int = 0
    failed: int = 0
    stuck: int = 0
    rollouts: int = 0
    mentions: int = 0


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in this project that needs somebody now, at the moment `at`. Lists hold the 50 newest.

    `versions` and `runs` wait for a person, `alarms` are open and nobody has seen them, `acknowledged` are open and somebody has; `failed`
    are runs of the last 24 hours, one for each step; `mentions` are of the caller and unseen.
    """

    at: float
    counts: TodayCounts
    versions: tuple[WaitingVersion, ...]
    runs: tuple[WaitingRun, ...]
    alarms: tuple[Alarm, ...]
    acknowledged: tuple[Alarm, ...]
    failed: tuple[FailedRun, ...]
    stuck: tuple[StuckRun, ...]
    rollouts: tuple[Rollout, ...]
    mentions: tuple[Mention, ...]


class AskToday(msgspec.Struct, frozen=True, kw_only=True):
    pass


read_today = operation("delivery.today", GET, "/today", AskToday, Today, allow="run:read", summary="Everything that needs somebody now.")


# --- lineage ----------------------------------------------------------------------------------------------------------------------


class LineageNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing between the data and what answers: `id` is its subject, as stories take it (`run:12`, `dataset:flights@v3`,
    `model:churn@v2`, `endpoint:churn`, `monitor:churn-watch`). `kind` is dataset, run, model, endpoint or monitor. `parent` is the run that
    started a run, so that what a pipeline or a sweep started can be folded."""

    id: str
    kind: str
    title: str
    state: str = ""
    at: float | None = None
    step: str = ""
    parent: str | None = None
    detail: tuple[str, ...] = ()


class LineageEdge(msgspec.Struct, frozen=True, kw_only=True):
    """`target` was made of `source`. `label` is the name of the argument, or how: committed, registered, live, canary, watched ..."""

    source: str
    target: str
    label: str


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What something is made of, and what was made of it. The first node is what `ref` names. `cut`: there is more, in a direction that
    was asked for."""

    ref: str
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]
    cut: bool


class AskLineage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`ref` as for a story, or `artifact:DIGEST`. So many steps `up` (towards the data) and `down` (towards what answers), and at most
    `limit` things (1 to 5000)."""

    ref: str
    up: int = 30
    down: int = 30
    limit: int = 500


read_lineage = operation(
    "delivery.lineage", GET, "/lineage", AskLineage, Lineage, allow="journal:read", summary="From data to endpoints: what was made of what."
)


# --- usage ------------------------------------------------------------------------------------------------------------------------


class EngineLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine does now. `cores` is what its live dispatchers can give together, None where none says so."""

    engine: str
    starting: int
    running: int
    queued: int
    cores: float | None


class SeenProcess(msgspec.Struct, frozen=True, kw_only=True):
    """A process that dispatches. `alive`: it was heard of within a lease; others have gone without saying so."""

    role: str
    host: str
    pid: int
    started_at: float
    seen_at: float
    alive: bool


class QueueLoad(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`waiting` runs are queued, `ready` of them wait for nothing but a place. `wait` is the median time in seconds from being asked for
    until being started, of the `started` runs whose first attempt ended in these days (None: there were none)."""

    waiting: int
    ready: int
    started: int
    wait: float | None = None


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is artifacts, datasets, predictions, logs or points. Bytes are as the rows say, before equal bytes are kept only once; a
    version of a dataset counts whole, and a point as its 24 bytes."""

    kind: str
    count: int
    bytes: int


class StoredOfDay(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that came on a day (UTC), which began at `at`."""

    at: float
    artifacts: int = 0
    datasets: int = 0
    predictions: int = 0
    logs: int = 0
    points: int = 0


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What attempts used: `cpu` and `wall` seconds, and the largest `memory` of one of them in bytes. A pipeline's own
    wall time, in which it waits for its steps, is left out. `name` is the project, the step, the person, or the day (UTC, `2026-07-24`)."""

    name: str
    attempts: int
    cpu: float
    wall: float
    memory: int


class EndpointOn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An endpoint that should answer, and what is live there."""

    name: str
    project: str
    address: str
    ref: str | None = None


class PlatformUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform does and holds, over all projects. `stored_by_day`, `queue` and costs are of attempts that ended (and bytes that
    came) between `since` and `until`; the lists by project, step and person name the 50 that used most CPU."""

    since: float
    until: float
    engines: tuple[EngineLoad, ...]
    processes: tuple[SeenProcess, ...]
    queue: QueueLoad
    stored: tuple[Stored, ...]
    stored_by_day: tuple[StoredOfDay, ...]
    cost: Cost
    cost_by_project: tuple[Cost, ...]
    cost_by_step: tuple[Cost, ...]
    cost_by_actor: tuple[Cost, ...]
    cost_by_day: tuple[Cost, ...]
    endpoints: tuple[EndpointOn, ...]


class AskUsage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the last `days` days."""

    days: float = 30.0


read_usage = operation(
    "delivery.usage", GET, "/usage", AskUsage, PlatformUsage, allow="journal:read", summary="What runs, waits, is stored, and what it cost."
)
