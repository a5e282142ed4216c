"""A query as a tree of frozen values: what may be asked of whom, and how it is compared. `treadle.search.language` reads it.

An adapter of a foreign filter language builds the same tree. Every part of it crosses the wire.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from treadle.core.operation import GET, operation

PARTS = {
    "last": "last",
    "lowest": "lowest",
    "min": "lowest",
    "highest": "highest",
    "max": "highest",
    "step": "last_step",
    "points": "points",
}
"""What may be asked of a run's metric, and what it is called in the record."""

STATES = ("queued", "starting", "running", "done", "failed", "stopped")
STAGES = ("candidate", "waiting", "approved", "failed", "rejected")

CHOICES = {"state": STATES, "stage": STAGES}
"""Types whose values are a few words without an order."""


class Subject(NamedTuple):
    """What a query can be about: its own keys, each with its type, and the areas that hold named values (`metrics.NAME`).

    Types: integer, text, kind, time, duration, number, parameter, and those of CHOICES. `area` is what keys of its own carry.
    """

    area: str
    keys: dict[str, str]
    areas: dict[str, str]
    example: str


RUNS = Subject(
    "run",
    {
        "id": "integer",
        "key": "text",
        "name": "text",
        "state": "state",
        "kind": "kind",
        "step": "text",
        "project": "text",
        "experiment": "text",
        "actor": "text",
        "engine": "text",
        "note": "text",
        "parent": "integer",
        "created": "time",
        "started": "time",
        "ended": "time",
        "deleted": "time",
        "duration": "duration",
    },
    {"metrics": "metric", "params": "parameter", "parameters": "parameter", "tags": "tag", "inputs": "taken"},
    "state = failed",
)

TRACES = Subject(
    "trace",
    {
        "id": "text",
        "name": "text",
        "state": "text",
        "run": "text",
        "at": "time",
        "duration": "duration",
        "request": "text",
        "response": "text",
        "client_id": "text",
    },
    {"tags": "trace_tag", "metadata": "trace_metadata", "feedback": "feedback", "expectation": "expectation"},
    "state = error",
)

SUBJECTS = {RUNS.area: RUNS, TRACES.area: TRACES}

AREA_TYPES = {"metric": "number", "parameter": "parameter"} | dict.fromkeys(
    ("tag", "taken", "input", "trace_tag", "trace_metadata", "feedback", "expectation"), "text"
)
"""Areas and how their values are compared. "taken" is what a run took in under a name: the dataset version or run that it came from.
"input" is data that a client described: its name, digest or context; only adapters of foreign languages ask for it."""


class Key(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is compared. `area` is that of a subject (run ...), or metric, parameter, tag, taken or input; `part` says which summary of a
    run's metric (a value of PARTS)."""

    area: str
    name: str
    part: str = ""

    @property
    def type(self) -> str:
        """How it is compared; see Subject."""
        subject = SUBJECTS.get(self.area)
        return subject.keys[self.name] if subject else AREA_TYPES[self.area]


class Time(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A moment: `at` seconds since 1970, or `back` seconds before now, or (`days_back`) the start of a day before today. With `day`
    it stands for that whole day (UTC) where it is compared with = or !=."""

    at: float | None = None
    back: float = 0.0
    days_back: int | None = None
    day: bool = False

    def moment(self, now: float) -> float:
        """Seconds since 1970, when it is `now`."""
        if self.days_back is not None:
            return math.floor(now / 86400.0 - self.days_back) * 86400.0
        return now - self.back if self.at is None else self.at


Value = str | float | int | Time


class Compare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`operator` is one of = != < <= > >=."""

    key: Key
    operator: str
    value: Value


class Among(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    key: Key
    values: tuple[Value, ...]
    negated: bool = False


class Like(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`pattern` has % and _, escaped by a backslash; `folded` does not tell capitals from small letters."""

    key: Key
    pattern: str
    folded: bool = False
    negated: bool = False


class Missing(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The subject does not have the key; `negated`: it has."""

    key: Key
    negated: bool = False


class Negation(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    term: Term


class Both(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All of the terms."""

    terms: tuple[Term, ...]


class Either(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """At least one of the terms."""

    terms: tuple[Term, ...]


Term = Compare | Among | Like | Missing | Negation | Both | Either


class Sort(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: Key
    descending: bool = False


def keys_of(term: Term | None) -> list[Key]:
    """Every key that a query names, in its order."""
    if term is None:
        return []
    if isinstance(term, Negation):
        return keys_of(term.term)
    if isinstance(term, Both | Either):
        return [key for one in term.terms for key in keys_of(one)]
    return [term.key]


class Criterion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition on something that is listed rather than searched: experiments, logged models, registered models.

    `key` is one of its own, or `metrics.NAME`, `params.NAME`, `tags.NAME` where it has such; `operator` one of = != < <= > >= like ilike
    in, null; `negated` turns it round. With `or_absent` what has no such key fits, too. Times are seconds since 1970."""

    key: str
    operator: str
    value: str | float | tuple[str, ...] = ""
    negated: bool = False
    or_absent: bool = False


class ListKeys(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be asked of a subject: `run` or `trace`."""

    subject: str = "run"


class SearchKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a query names: a key of its own, or (`named`) an area whose keys are `NAME.WHAT`, with the `parts` that may stand
    behind. `choices` are all values there are; `same` are other words for it; `values` are examples of how a value is written."""

    name: str
    type: str
    operators: tuple[str, ...]
    named: bool = False
    choices: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class SearchKeys(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The vocabulary of queries about a subject, in the order in which it is offered. `joins` stand between comparisons."""

    subject: str
    keys: tuple[SearchKey, ...]
    joins: tuple[str, ...]
    example: str


list_keys = operation(
    "search.keys", GET, "/search/keys", ListKeys, SearchKeys, allow="run:read", summary="What a query may ask: keys, types and operators."
)
