"""The operations on traces."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Double, delete, func, insert, literal, or_, select, update
from sqlalchemy.engine import Row

from treadle.contract import traces as words
from treadle.contract.search import TRACES, Key, Sort
from treadle.contract.traces import STATES, Assessment, Span, Trace
from treadle.core.errors import NotFound, UsageError
from treadle.core.operation import Call, performs
from treadle.data.artifacts import chunks
from treadle.search import language
from treadle.search.conditions import Ground, Named, condition
from treadle.search.pages import page, read_cursor
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.files import role_of
from treadle.tracking.parameters import storable
from treadle.tracking.refs import find_keyed, known_as

MOST_ID, MOST_WORD, MOST_PREVIEW = 200, 8000, 10_000
MOST_SPANS = 10_000
"""Spans of one request."""

_NEWEST = (Sort(key=Key(area="trace", name="at"), descending=True),)
_STATUS = {"ok": "ok", "error": "error"}


@performs(words.put_trace)
def put(request: words.PutTrace, call: Call, store: Database) -> Trace:
    one = request.trace
    if one.state not in STATES:
        raise UsageError(f"`{one.state[:40]}` is not a state of a trace", hint=f"states: {', '.join(STATES)}")
    with store.transaction(call) as tx:
        run = find_keyed(tx, one.run, call.project) if one.run else None
        values = {
            "id": _checked(one.id),
            "project": call.project,
            "experiment": one.experiment or None,
            "run": None if run is None else run.id,
            "name": storable(one.name, MOST_PREVIEW),
            "state": one.state,
            "at": one.at or tx.now,
            "duration": one.duration,
            "request": storable(one.request, MOST_PREVIEW),
            "response": storable(one.response, MOST_PREVIEW),
            "client_id": storable(one.client_id, MOST_ID),
            "created_at": tx.now,
        }
        known = tx.first(select(t.trace).where(t.trace.c.id == one.id))
        if known is not None and known.project != call.project:
            raise UsageError(f"trace `{one.id}` belongs to another project")
        changed = [name for name in values if name not in ("id", "project", "created_at")]
        tx.upsert(t.trace, [values], keys=("id",), values=changed)
        _write_words(tx, one.id, "tag", one.tags)
        _write_words(tx, one.id, "metadata", one.metadata)
        return told(tx, [load(tx, one.id)])[0]


def _checked(number: str) -> str:
    if not number or len(number) > MOST_ID or not number.isascii() or not number.isprintable() or "/" in number:
        raise UsageError(f"`{number[:80]}` is not the id of a trace")
    return number


def _write_words(tx: Transaction, trace: str, area: str, values: Mapping[str, str | None] | Mapping[str, str]) -> None:
    kept = []
    for name, value in values.items():
        clean = storable(name, 500)
        if not clean:
            raise UsageError(f"a {area} of a trace needs a name")
        if value is None:
            word = t.trace_word.c
            tx.execute(delete(t.trace_word).where(word.trace == trace, word.area == area, word.name == clean))
        else:
            kept.append({"trace": trace, "area": area, "name": clean, "value": storable(value, 10 * MOST_WORD)})
    tx.upsert(t.trace_word, kept, keys=("trace", "area", "name"), values=("value",))


@performs(words.put_spans)
def put_spans(request: words.PutSpans, call: Call, store: Database) -> words.PutCount:
    count = sum(map(len, request.spans.values()))
    if count > MOST_SPANS:
        raise UsageError(f"{count} spans are more than one request may hold ({MOST_SPANS})", hint="send them in several requests")
    with store.transaction(call) as tx:
        for trace, spans in request.spans.items():
            _checked(trace)
            rows = [_span_row(trace, span) for span in spans]
            tx.upsert(t.span, rows, keys=("trace", "id"), values=("parent", "name", "type", "state", "started_at", "ended_at", "body"))
            root = next((span for span in spans if not span.parent), None)
            if root is not None:
                _from_root(tx, trace, root, request.experiment)
    return words.PutCount(count=count)


def _span_row(trace: str, span: Span) -> dict[str, Any]:
    return {
        "trace": trace,
        "id": storable(span.id, MOST_ID),
        "parent": storable(span.parent, MOST_ID) or None,
        "name": storable(span.name, MOST_PREVIEW),
        "type": storable(span.type, MOST_ID),
        "state": span.status,
        "started_at": span.started_at / 1e9,
        "ended_at": span.ended_at / 1e9 if span.ended_at else None,
        "body": msgspec.json.encode(span),
    }


def _from_root(tx: Transaction, trace: str, root: Span, experiment: int) -> None:
    """Makes a trace of the span that has no parent; what its client says of it otherwise goes before."""
    row = {
        "id": trace,
        "project": tx.call.project,
        "experiment": experiment or None,
        "run": None,
        "name": storable(root.name, MOST_PREVIEW),
        "state": _STATUS.get(root.status, "ok") if root.ended_at else "in_progress",
        "at": root.started_at / 1e9,
        "duration": (root.ended_at - root.started_at) / 1e9 if root.ended_at else None,
        "request": storable(_preview(root.attributes.get("mlflow.spanInputs")), MOST_PREVIEW),
        "response": storable(_preview(root.attributes.get("mlflow.spanOutputs")), MOST_PREVIEW),
        "client_id": "",
        "created_at": tx.now,
    }
    tx.insert_new(t.trace, [row])


def _preview(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode()


@performs(words.get_trace)
def get(request: words.TraceRef, call: Call, store: Database) -> Trace:
    with store.reading(call) as tx:
        row = load(tx, request.id)
        rows = tx.all(select(t.span.c.body).where(t.span.c.trace == row.id).order_by(t.span.c.started_at, t.span.c.id))
        spans = tuple(msgspec.json.decode(one.body, type=Span) for one in rows)
        return msgspec.structs.replace(told(tx, [row])[0], spans=spans)


def load(tx: Transaction, number: str) -> Row[Any]:
    row = tx.first(select(t.trace).where(t.trace.c.id == number.replace("\0", ""), t.trace.c.project == tx.call.project))
    if row is None:
        raise NotFound(f"there is no trace `{number[:100]}`", hint="treadle traces")
    return row


def told(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Trace]:
    """Traces with tags, metadata and assessments, each kind fetched for all of them at once."""
    ids = [row.id for row in rows]
    named: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    assessed: dict[str, list[Assessment]] = defaultdict(list)
    for part in chunks(ids):
        for word in tx.all(select(t.trace_word).where(t.trace_word.c.trace.in_(part)).order_by(t.trace_word.c.name)):
            named[word.trace, word.area][word.name] = word.value
        for one in tx.all(select(t.assessment).where(t.assessment.c.trace.in_(part)).order_by(t.assessment.c.created_at)):
            assessed[one.trace].append(_assessment_of(one))
    numbers = sorted({row.run for row in rows if row.run is not None})
    keys = {run.id: known_as(run) for part in chunks(numbers) for run in tx.all(select(t.run).where(t.run.c.id.in_(part)))}
    return [
        Trace(
            id=row.id,
            experiment=row.experiment or 0,
            name=row.name,
            state=row.state,
            at=row.at,
            duration=row.duration,
            request=row.request or "",
            response=row.response or "",
            client_id=row.client_id or "",
            run=keys.get(row.run, ""),
            tags=named[row.id, "tag"],
            metadata=named[row.id, "metadata"],
            assessments=tuple(assessed[row.id]),
        )
        for row in rows
    ]


# --- found --------------------------------------------------------------------------------------------------------------------


def _words_of(area: str) -> Named:
    """Tags or metadata: rows of `trace_word` with the area's name."""
    word = t.trace_word
    return Named(word, (word.c.trace == t.trace.c.id) & (word.c.area == area))


def _assessments_of(kind: str) -> Named:
    one = t.assessment
    return Named(one, (one.c.trace == t.trace.c.id) & (one.c.kind == kind))


_NAMED = {
    "trace_tag": _words_of("tag"),
    "trace_metadata": _words_of("metadata"),
    "feedback": _assessments_of("feedback"),
    "expectation": _assessments_of("expectation"),
}


def _column(key: Key, now: float) -> ColumnElement[Any]:
    if key.name == "run":
        return select(t.run.c.key).where(t.run.c.id == t.trace.c.run).scalar_subquery()
    if key.name == "duration":
        return func.coalesce(t.trace.c.duration, literal(now, Double) - t.trace.c.at)
    column: ColumnElement[Any] = t.trace.c[key.name]
    return column


@performs(words.find_traces)
def find(request: words.FindTraces, call: Call, store: Database) -> words.TracePage:
    sorts = request.sorts or (tuple(language.parse_sorts(request.sort, TRACES)) if request.sort else _NEWEST)
    written = language.parse(request.query, TRACES)
    with store.reading(call) as tx:
        start = read_cursor(request.after, sorts) if request.after else None
        ground = Ground(
            dialect=tx.connection.dialect.name,
            now=start.now if start else tx.now,
            identity=t.trace.c.id,
            column=_column,
            named=_NAMED,
            keyed=frozenset(("id", "name", "state", "at", "duration")),
        )
        scope = [t.trace.c.project == call.project]
        if request.experiments is not None:
            numbers = [number for number in request.experiments if number]
            mine = t.trace.c.experiment
            scope.append(or_(mine.in_(numbers), *([mine.is_(None)] if 0 in request.experiments else [])))
        scope += [condition(one, ground) for one in (written, request.where) if one is not None]
        rows, following = page(tx, select(t.trace).where(*scope), sorts, ground, request.limit, start)
        return words.TracePage(traces=tuple(told(tx, rows)), next=following)


# --- changed ------------------------------------------------------------------------------------------------------------------


@performs(words.tag_trace)
def tag(request: words.TagTrace, call: Call, store: Database) -> Trace:
    with store.transaction(call) as tx:
        row = load(tx, request.id)
        _write_words(tx, row.id, "tag", request.tags)
        return told(tx, [row])[0]


@performs(words.link_traces)
def link(request: words.LinkTraces, call: Call, store: Database) -> words.PutCount:
    with store.transaction(call) as tx:
        run = find_keyed(tx, request.run, call.project)
        count = 0
        for part in chunks(request.traces):
            mine = update(t.trace).where(t.trace.c.id.in_(part), t.trace.c.project == call.project)
            count += tx.execute(mine.values(run=run.id)).rowcount
    return words.PutCount(count=count)


@performs(words.delete_traces)
def delete_traces(request: words.DeleteTraces, call: Call, store: Database) -> words.PutCount:
    if bool(request.ids) == (request.until is not None):
        raise UsageError("traces are deleted by id, or up to a moment: give `ids` or `until`")
    with store.transaction(call) as tx:
        mine = select(t.trace.c.id).where(t.trace.c.project == call.project)
        if request.until is not None:
            inside = t.trace.c.experiment == request.experiment if request.experiment else t.trace.c.experiment.is_(None)
            found = [
                row.id for row in tx.all(mine.where(inside, t.trace.c.at <= request.until).order_by(t.trace.c.at).limit(request.limit))
            ]
        else:
            found = [row.id for part in chunks(request.ids) for row in tx.all(mine.where(t.trace.c.id.in_(part)))]
        for part in chunks(found):
            for table, column in ((t.span, t.span.c.trace), (t.trace_word, t.trace_word.c.trace), (t.assessment, t.assessment.c.trace)):
                tx.execute(delete(table).where(column.in_(part)))
            tx.execute(
                delete(t.artifact).where(t.artifact.c.run.is_(None), t.artifact.c.role.in_([role_of("traces", one) for one in part]))
            )
            tx.execute(delete(t.trace).where(t.trace.c.id.in_(part)))
    return words.PutCount(count=len(found))


@performs(words.put_assessment)
def assess(request: words.PutAssessment, call: Call, store: Database) -> Assessment:
    one = request.assessment
    if one.kind not in ("feedback", "expectation"):
        raise UsageError(f"`{one.kind[:40]}` is no assessment", hint="feedback or expectation")
    if not one.name:
        raise UsageError("an assessment needs a name")
    with store.transaction(call) as tx:
        row = load(tx, one.trace)
        known = tx.first(select(t.assessment).where(t.assessment.c.id == one.id, t.assessment.c.trace == row.id)) if one.id else None
        if one.id and known is None:
            raise NotFound(f"trace `{row.id}` has no assessment `{one.id[:100]}`")
        values = {
            "kind": one.kind,
            "name": storable(one.name, 500),
            "value": storable(_text(one.value), MOST_WORD),
            "body": {"value": one.value, "about": one.about},
            "updated_at": tx.now,
        }
        number = one.id or f"a-{secrets.token_hex(16)}"
        if known is None:
            tx.execute(insert(t.assessment), {"id": number, "trace": row.id, "created_at": one.created_at or tx.now, **values})
        else:
            tx.execute(update(t.assessment).where(t.assessment.c.id == number).values(**values))
        return _assessment_of(tx.execute(select(t.assessment).where(t.assessment.c.id == number)).one())


def _text(value: Any) -> str:
    """A value as what filters compare."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _assessment_of(row: Row[Any]) -> Assessment:
    return Assessment(
        id=row.id,
        trace=row.trace,
        kind=row.kind,
        name=row.name,
        value=row.body.get("value"),
        about=row.body.get("about", {}),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


@performs(words.delete_assessment)
def unassess(request: words.AssessmentRef, call: Call, store: Database) -> Assessment:
    with store.transaction(call) as tx:
        row = load(tx, request.trace)
        known = tx.first(select(t.assessment).where(t.assessment.c.id == request.id, t.assessment.c.trace == row.id))
        if known is None:
            raise NotFound(f"trace `{row.id}` has no assessment `{request.id[:100]}`")
        tx.execute(delete(t.assessment).where(t.assessment.c.id == request.id))
        return _assessment_of(known)
