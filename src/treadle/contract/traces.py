"""Words about traces: requests that an application answered, told by its spans, and what people or programs think of them.

Times are seconds since 1970; those of spans are nanoseconds, as OpenTelemetry counts them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.search import Sort, Term
from treadle.core.operation import DELETE, GET, POST, operation

STATES = ("in_progress", "ok", "error")

MOST_BYTES = 64 << 20
"""Bytes of spans that one request may hold when it is unpacked."""


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of work within a trace. `attributes` are plain values by name; `events` have a name, a time and attributes; `status` is
    unset, ok or error."""

    id: str
    parent: str = ""
    name: str
    kind: int = 1
    started_at: int
    ended_at: int = 0
    status: str = "unset"
    message: str = ""
    attributes: dict[str, Any] = {}
    events: tuple[dict[str, Any], ...] = ()
    links: tuple[dict[str, Any], ...] = ()

    @property
    def type(self) -> str:
        """What the application calls it: RETRIEVER, LLM, TOOL ... (the attribute of MLflow's clients)."""
        return str(self.attributes.get("mlflow.spanType", "UNKNOWN"))


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody thinks of a trace. `kind` is feedback or expectation; `value` is plain data, `about` whatever else its client said."""

    id: str = ""
    trace: str = ""
    kind: str = "feedback"
    name: str = ""
    value: Any = None
    about: dict[str, Any] = {}
    created_at: float = 0.0
    updated_at: float = 0.0


class Trace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`run` is the key of the run within which it happened, `duration` is in seconds. Spans come with `traces.get` only."""

    id: str
    experiment: int = 0
    name: str = ""
    state: str = "in_progress"
    at: float = 0.0
    duration: float | None = None
    request: str = ""
    response: str = ""
    client_id: str = ""
    run: str = ""
    tags: dict[str, str] = {}
    metadata: dict[str, str] = {}
    assessments: tuple[Assessment, ...] = ()
    spans: tuple[Span, ...] = ()


class PutTrace(msgspec.Struct, frozen=True, kw_only=True):
    """What a trace is: the same id again adds to it what is named, and replaces what was said before."""

    trace: Trace


put_trace = operation("traces.put", POST, "/traces", PutTrace, Trace, allow="run:write", summary="Say what a trace is.")


class PutSpans(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Spans by the id of their trace, which is made from its first span without a parent where it is not known yet. A span that is sent
    again replaces the one before."""

    experiment: int = 0
    spans: dict[str, tuple[Span, ...]] = {}


class PutCount(msgspec.Struct, frozen=True, kw_only=True):
    count: int


put_spans = operation("traces.spans", POST, "/traces/spans", PutSpans, PutCount, allow="run:write", summary="Record spans of traces.")


class TraceRef(msgspec.Struct, frozen=True, kw_only=True):
    id: str


get_trace = operation("traces.get", GET, "/traces/{id}", TraceRef, Trace, allow="run:read", summary="A trace with its spans.")


class FindTraces(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Traces of experiments (without `experiments`: of all), the newest first unless told otherwise. `query` and `sort` are what people
    write (`state = error and tags.user = ada`), `where` and `sorts` the same as trees; both conditions must hold."""

    query: str = ""
    sort: str = ""
    where: Term | None = None
    sorts: tuple[Sort, ...] = ()
    experiments: tuple[int, ...] | None = None
    limit: int = 100
    after: str | None = None


class TracePage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    traces: tuple[Trace, ...] = ()
    next: str | None = None


find_traces = operation("traces.find", POST, "/traces/search", FindTraces, TracePage, allow="run:read", summary="Search traces.")


class TagTrace(msgspec.Struct, frozen=True, kw_only=True):
    """Sets tags; None removes one."""

    id: str
    tags: dict[str, str | None]


tag_trace = operation("traces.tag", POST, "/traces/{id}/tags", TagTrace, Trace, allow="run:write", summary="Set tags of a trace.")


class LinkTraces(msgspec.Struct, frozen=True, kw_only=True):
    """Says within which run traces happened; `run` is its key."""

    run: str
    traces: tuple[str, ...]


link_traces = operation(
    "traces.link", POST, "/traces/links", LinkTraces, PutCount, allow="run:write", summary="Say within which run traces happened."
)


class DeleteTraces(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Traces by id, or those of an experiment up to a moment (at most `limit`, the oldest first). What is deleted is gone."""

    experiment: int = 0
    ids: tuple[str, ...] = ()
    until: float | None = None
    limit: int = 1000


delete_traces = operation(
    "traces.delete", POST, "/traces/delete", DeleteTraces, PutCount, allow="run:write", summary="Delete traces for good."
)


class PutAssessment(msgspec.Struct, frozen=True, kw_only=True):
    """Without an id a new one; with one, that one is replaced."""

    assessment: Assessment


put_assessment = operation(
    "traces.assess", POST, "/traces/assessments", PutAssessment, Assessment, allow="run:write", summary="Say what one thinks of a trace."
)


class AssessmentRef(msgspec.Struct, frozen=True, kw_only=True):
    trace: str
    id: str


delete_assessment = operation(
    "traces.unassess",
    DELETE,
    "/traces/{trace}/assessments/{id}",
    AssessmentRef,
    Assessment,
    allow="run:write",
    summary="Take back what one thought of a trace.",
)
