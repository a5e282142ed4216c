"""Words about the way from an idea to something that answers: the pace, and the story of how a thing came to be as it is."""

from __future__ import annotations

import msgspec

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
    """Of the last `days` days."""

    days: float = 30.0


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
