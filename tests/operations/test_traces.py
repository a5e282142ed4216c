"""Traces: spans in any order, search, assessments, deletion, and OpenTelemetry's bytes."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.assemble import Record
from treadle.blobs import open_blobs
from treadle.compat.mlflow import otlp
from treadle.compat.mlflow.wire import MlflowError
from treadle.contract import client_runs, traces
from treadle.contract.traces import Assessment, Span, Trace
from treadle.core.errors import NotFound, QueryError, UsageError
from treadle.core.operation import Call
from treadle.store.database import Database

ANN = Call(actor="ann")


@pytest.fixture
def record(database: Database, tmp_path: Path) -> Record:
    return Record(tmp_path, database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))


def put(record: Record, number: int, **more: Any) -> Trace:
    values = {"id": f"tr-{number:032x}", "name": f"answer-{number}", "state": "ok", "at": 1000.0 + number, "duration": number / 10} | more
    made: Trace = record.call(traces.put_trace, traces.PutTrace(trace=Trace(**values)), ANN)
    return made


def found(record: Record, query: str = "", **more: Any) -> list[str]:
    names: list[str] = []
    after = None
    while True:
        page = record.call(traces.find_traces, traces.FindTraces(query=query, after=after, limit=2, **more), ANN)
        names += [one.name for one in page.traces]
        after = page.next
        if after is None:
            return names


def test_a_trace_is_made_of_its_spans_or_told_of_before_or_after(record: Record) -> None:
    child = Span(
        id="b" * 16, parent="a" * 16, name="retrieve", started_at=2_000_000_000, ended_at=3_000_000_000, attributes={"n": [1, {"x": None}]}
    )
    root = Span(
        id="a" * 16,
        name="answer",
        started_at=1_000_000_000,
        ended_at=4_000_000_000,
        status="ok",
        attributes={"mlflow.spanInputs": {"q": 1}},
    )
    number = "tr-" + "1" * 32
    record.call(traces.put_spans, traces.PutSpans(spans={number: (child,)}), ANN)
    with pytest.raises(NotFound):
        record.call(traces.get_trace, traces.TraceRef(id=number), ANN)
    record.call(traces.put_spans, traces.PutSpans(spans={number: (root, child)}), ANN)
    made = record.call(traces.get_trace, traces.TraceRef(id=number), ANN)
    assert (made.name, made.state, made.at, made.duration, made.request) == ("answer", "ok", 1.0, 3.0, '{"q":1}')
    assert made.spans == (root, child)
    again = record.call(traces.put_trace, traces.PutTrace(trace=Trace(id=number, name="told", state="error", tags={"user": "ada"})), ANN)
    assert (again.name, again.state, again.tags) == ("told", "error", {"user": "ada"})
    with pytest.raises(NotFound):
        record.call(traces.get_trace, traces.TraceRef(id=number), Call(actor="eve", project="other"))
    with pytest.raises(UsageError):
        record.call(traces.put_trace, traces.PutTrace(trace=Trace(id="../x")), ANN)


def test_traces_are_searched_sorted_and_paged(record: Record) -> None:
    run = record.call(client_runs.open_run, client_runs.OpenRun(key="f" * 32), ANN)
    for number in range(1, 6):
        state = "error" if number == 4 else "ok"
        put(
            record,
            number,
            state=state,
            tags={"user": "ada" if number % 2 else "bob"},
            metadata={"size": str(number)},
            request=f"question {number}",
        )
    record.call(traces.link_traces, traces.LinkTraces(run=run.key, traces=(f"tr-{2:032x}", "tr-none")), ANN)
    record.call(traces.put_assessment, traces.PutAssessment(assessment=Assessment(trace=f"tr-{3:032x}", name="good", value=True)), ANN)
    assert found(record) == ["answer-5", "answer-4", "answer-3", "answer-2", "answer-1"]
    assert found(record, "tags.user = ada", sort="duration") == ["answer-1", "answer-3", "answer-5"]
    assert found(record, "state = error or metadata.size = 1") == ["answer-4", "answer-1"]
    assert found(record, "duration > 0.35 and not tags.user = bob") == ["answer-5"]
    assert found(record, "request like 'question%' and name != answer-5", sort="tags.user, -at") == [
        "answer-3",
        "answer-1",
        "answer-4",
        "answer-2",
    ]
    assert found(record, "feedback.good = true") == ["answer-3"]
    assert found(record, f"run = {run.key}") == ["answer-2"]
    assert found(record, "", experiments=(7,)) == []
    with pytest.raises(QueryError):
        found(record, "colour = red")


def test_assessments_are_made_changed_and_taken_back(record: Record) -> None:
    trace = put(record, 1).id
    made = record.call(traces.put_assessment, traces.PutAssessment(assessment=Assessment(trace=trace, name="score", value=0.5)), ANN)
    changed = Assessment(id=made.id, trace=trace, name="score", value={"a": [1]}, about={"rationale": "closer look"})
    record.call(traces.put_assessment, traces.PutAssessment(assessment=changed), ANN)
    kept = record.call(traces.get_trace, traces.TraceRef(id=trace), ANN).assessments
    assert [(one.value, one.about) for one in kept] == [({"a": [1]}, {"rationale": "closer look"})]
    record.call(traces.delete_assessment, traces.AssessmentRef(trace=trace, id=made.id), ANN)
    with pytest.raises(NotFound):
        record.call(traces.delete_assessment, traces.AssessmentRef(trace=trace, id=made.id), ANN)
    with pytest.raises(UsageError):
        record.call(traces.put_assessment, traces.PutAssessment(assessment=Assessment(trace=trace, name="x", kind="mood")), ANN)


def test_traces_are_tagged_and_deleted(record: Record) -> None:
    made = [put(record, number).id for number in range(1, 6)]
    record.call(traces.put_spans, traces.PutSpans(spans={made[0]: (Span(id="a", name="x", started_at=1),)}), ANN)
    assert record.call(traces.tag_trace, traces.TagTrace(id=made[0], tags={"a": "1", "b": "2"}), ANN).tags == {"a": "1", "b": "2"}
    assert record.call(traces.tag_trace, traces.TagTrace(id=made[0], tags={"a": None}), ANN).tags == {"b": "2"}
    assert record.call(traces.delete_traces, traces.DeleteTraces(ids=(made[0], "tr-none")), ANN).count == 1
    assert record.call(traces.delete_traces, traces.DeleteTraces(until=1003.0), ANN).count == 2
    assert found(record) == ["answer-5", "answer-4"]
    with pytest.raises(UsageError):
        record.call(traces.delete_traces, traces.DeleteTraces(), ANN)


# --- OpenTelemetry's bytes ------------------------------------------------------------------------------------------------------


def field(number: int, kind: int, value: bytes | int) -> bytes:
    if kind == 0:
        assert isinstance(value, int)
        return varint(number << 3) + varint(value)
    assert isinstance(value, bytes)
    return varint(number << 3 | kind) + (varint(len(value)) if kind == 2 else b"") + value


def varint(value: int) -> bytes:
    found = b""
    while value > 0x7F:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def pair(name: str, value: bytes) -> bytes:
    return field(9, 2, field(1, 2, name.encode()) + field(2, 2, value))


SPAN = (
    field(1, 2, bytes(range(16)))
    + field(2, 2, b"\x01" * 8)
    + field(4, 2, b"\x02" * 8)
    + field(5, 2, "häppy".encode())
    + field(6, 0, 3)
    + field(7, 1, struct.pack("<Q", 1_700_000_000_000_000_000))
    + field(8, 1, struct.pack("<Q", 1_700_000_001_000_000_000))
    + pair("text", field(1, 2, b"words"))
    + pair("yes", field(2, 0, 1))
    + pair("low", field(3, 0, (1 << 64) - 5))
    + pair("pi", field(4, 1, struct.pack("<d", 3.5)))
    + pair("list", field(5, 2, field(1, 2, field(3, 0, 7)) + field(1, 2, field(1, 2, b"x"))))
    + pair("map", field(6, 2, field(1, 2, field(1, 2, b"k") + field(2, 2, field(3, 0, 1)))))
    + pair("raw", field(7, 2, b"\xff"))
    + field(11, 2, field(1, 1, struct.pack("<Q", 5)) + field(2, 2, b"event"))
    + field(13, 2, field(1, 2, bytes(16)) + field(2, 2, bytes(8)))
    + field(15, 2, field(2, 2, b"oh no") + field(3, 0, 2))
    + field(99, 0, 1)
)
EXPORT = field(1, 2, field(1, 2, b"") + field(2, 2, field(1, 2, b"") + field(2, 2, SPAN)))


def test_an_export_is_read_field_by_field() -> None:
    (number, (span,)) = next(iter(otlp.read(EXPORT).items()))
    assert number == "tr-000102030405060708090a0b0c0d0e0f"
    assert (span.id, span.parent, span.name, span.kind, span.status, span.message) == ("01" * 8, "02" * 8, "häppy", 3, "error", "oh no")
    assert span.attributes == {"text": "words", "yes": True, "low": -5, "pi": 3.5, "list": [7, "x"], "map": {"k": 1}, "raw": "/w=="}
    assert span.events == ({"name": "event", "at": 5, "attributes": {}},)
    assert span.links == ({"trace": "00" * 16, "span": "00" * 8, "attributes": {}},)
    told = otlp.told_as(number, span)
    assert (told["kind"], told["status"]) == ("SPAN_KIND_CLIENT", {"code": "STATUS_CODE_ERROR", "message": "oh no"})


def test_the_same_as_json() -> None:
    attributes = [{"key": "n", "value": {"intValue": "7"}}, {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": True}]}}}]
    one = {
        "traceId": "0" * 31 + "1",
        "spanId": "1" * 16,
        "name": "a",
        "kind": "SPAN_KIND_SERVER",
        "startTimeUnixNano": "5",
        "attributes": attributes,
    }
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}
    (number, (span,)) = next(iter(otlp.read_json(json.dumps(export).encode()).items()))
    assert (number, span.name, span.kind, span.started_at, span.attributes) == ("tr-" + "0" * 31 + "1", "a", 2, 5, {"n": 7, "l": [True]})


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for read in (otlp.read, otlp.read_json):
        code = None
        try:
            read(data)
        except MlflowError as refused:
            code = refused.code
        assert code in (None, "INVALID_PARAMETER_VALUE")


@given(st.integers(0, len(EXPORT) - 1), st.integers(0, 255))
def test_no_damaged_export_breaks_the_reader(place: int, byte: int) -> None:
    code = None
    try:
        otlp.read(EXPORT[:place] + bytes([byte]) + EXPORT[place + 1 :])
    except MlflowError as refused:
        code = refused.code
    assert code in (None, "INVALID_PARAMETER_VALUE")


def test_values_nested_without_end_are_refused() -> None:
    value = field(1, 2, b"x")
    for _ in range(200):
        value = field(5, 2, field(1, 2, value))
    deep = field(1, 2, bytes(range(16))) + field(2, 2, b"\x01" * 8) + pair("deep", value)
    with pytest.raises(MlflowError, match="nested"):
        otlp.read(field(1, 2, field(2, 2, field(2, 2, deep))))


def test_a_packed_body_is_unpacked_within_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert otlp._plain(gzip.compress(EXPORT), "gzip") == EXPORT
    monkeypatch.setattr(otlp, "MOST_BYTES", 1000)
    for body, encoding in ((gzip.compress(bytes(100_000)), "gzip"), (b"nonsense", "gzip"), (EXPORT, "br")):
        with pytest.raises(MlflowError):
            otlp._plain(body, encoding)
