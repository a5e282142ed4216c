"""The pure parts of an endpoint: routing, costs, frames, and what the checker makes of rows."""

from __future__ import annotations

import json
import math
from array import array
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.registry import Column, Signature
from treadle.endpoint.answers import Refused
from treadle.endpoint.checker import Checker, parse, seconds
from treadle.endpoint.cost import Cost
from treadle.endpoint.frames import PREFIX, Unpacker, pack, read_all
from treadle.endpoint.routing import Turns, place, recorded

KINDS = {
    "float64": st.floats(allow_nan=False, allow_infinity=False),
    "int64": st.integers(-(2**53), 2**53),
    "boolean": st.booleans(),
}


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=50, unique=True), st.floats(0, 1), st.floats(0, 1))
def test_a_key_that_is_in_a_share_stays_in_when_the_share_grows(keys: list[str], one: float, other: float) -> None:
    low, high = sorted((one, other))
    for key in keys:
        assert not (place("e", key) < low) or place("e", key) < high
        assert place("e", key) == place("e", key)


def test_shares_of_keys_are_what_was_asked_for_and_endpoints_differ() -> None:
    places = [place("e", str(n)) for n in range(10_000)]
    assert abs(sum(p < 0.2 for p in places) / 10_000 - 0.2) < 0.02
    both = sum(p < 0.2 and recorded("e", str(n), 0.2) for n, p in enumerate(places)) / 10_000
    assert abs(both - 0.04) < 0.01
    assert place("e", "k") != place("f", "k")
    assert recorded("e", "k", 1.0)
    assert not recorded("e", "k", 0.0)


@given(st.integers(1, 200), st.floats(0, 1))
def test_turns_are_even(count: int, share: float) -> None:
    turns = Turns()
    taken = sum(turns.canary(share) for _ in range(count))
    assert abs(taken - count * share) <= 1


def test_costs_are_learned_and_batches_kept_short() -> None:
    cost = Cost()
    assert cost.rows(256) == 256
    for n in (1, 8, 64, 2, 100, 16) * 20:
        cost.learn(n, 0.001 + 0.0005 * n)
    assert cost.start == pytest.approx(0.001, rel=0.05)
    assert cost.per_row == pytest.approx(0.0005, rel=0.02)
    assert 40 <= cost.rows(256) <= 50
    assert cost.seconds(100, 50) == pytest.approx(0.052, rel=0.05)
    slow = Cost()
    for n in (1, 2, 1, 3) * 20:
        slow.learn(n, 2.0 * n)
    assert slow.rows(256) in (2, 3)


@given(st.lists(st.binary(max_size=200), max_size=8), st.integers(1, 50))
def test_frames_survive_any_cut(bodies: list[bytes], size: int) -> None:
    stream = b"".join(pack([n], body) for n, body in enumerate(bodies))
    unpacker = Unpacker()
    found = [frame for at in range(0, len(stream), size) for frame in unpacker.feed(stream[at : at + size])]
    assert found == [([n], body) for n, body in enumerate(bodies)]
    for cut in range(0, len(stream), 7):
        whole = [bytes(body) for _, body in read_all(stream[:cut])]
        assert whole == bodies[: len(whole)]


def test_a_frame_that_claims_too_much_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        Unpacker().feed(PREFIX.pack(1 << 30, 1 << 30))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Signature, list[list[Any]]]:
    kinds = draw(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.booleans()), min_size=1, max_size=5))
    columns = tuple(Column(name=f"c{n}", type=kind, nullable=nullable) for n, (kind, nullable) in enumerate(kinds))
    cells = [st.none() | KINDS[kind] if nullable else KINDS[kind] for kind, nullable in kinds]
    rows = draw(st.lists(st.tuples(*cells).map(list), min_size=1, max_size=6))
    return Signature(inputs=columns, outputs=()), rows


@given(tables())
def test_every_way_of_saying_the_same_rows_gives_the_same_matrix(case: tuple[Signature, list[list[Any]]]) -> None:
    signature, rows = case
    checker = Checker(signature, 100)
    names = [column.name for column in signature.inputs]
    expected = array("d", [math.nan if value is None else float(value) for row in rows for value in row])
    said: list[Any] = [
        {"rows": rows},
        rows,
        {"rows": [dict(zip(names, row, strict=True)) for row in rows]},
        {"columns": {name: [row[i] for row in rows] for i, name in enumerate(names)}},
    ]
    for body in said:
        found = checker.body(json.dumps(body).encode())
        assert found.size == len(rows)
        assert found.payload == expected.tobytes()
    # The careful way and the fast way agree.
    assert checker.careful(json.loads(json.dumps({"rows": rows}))).payload == expected.tobytes()


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["rows", "columns", "a", "key", "keys"]), inner, max_size=3)
        ),
    )
)
def test_whatever_is_sent_is_rows_or_refused(value: Any) -> None:
    checker = Checker(Signature(inputs=(Column(name="a", type="float64"),), outputs=()), 10)
    status = 200
    try:
        checker.body(json.dumps(value).encode())
    except Refused as refused:
        status = refused.status
    assert status in (200, 400, 413)


@given(st.binary(max_size=100))
def test_whatever_bytes_are_sent_are_json_or_refused(data: bytes) -> None:
    status = 200
    try:
        parse(data)
    except Refused as refused:
        status = refused.status
    assert status in (200, 400)


def test_keys_and_times_of_rows_and_requests() -> None:
    checker = Checker(Signature(inputs=(Column(name="a", type="float64"),), outputs=()), 10)
    found = checker.body(b'{"rows": [[1], [2]], "key": "k", "at": "1970-01-01T01:00:00+01:00"}')
    assert (found.keys, found.times) == (["k", "k"], [0.0, 0.0])
    found = checker.body(b'{"rows": [{"a": 1, "key": 7}, {"a": 2, "at": 5}]}')
    assert (found.keys, found.times) == (["7", None], [None, 5.0])
    own = Checker(Signature(inputs=(Column(name="key", type="float64"),), outputs=()), 10)
    assert own.body(b'{"rows": [{"key": 1}]}').keys is None
    assert seconds("2026-01-31T12:00:00Z") == 1769860800.0
    assert seconds("2026-01-31 12:00:00") == 1769860800.0
    assert seconds(True) is None
    assert seconds("soon") is None


def test_tables_leave_as_lists_by_column() -> None:
    signature = Signature(
        inputs=(Column(name="w", type="string", nullable=True), Column(name="t", type="datetime")), outputs=(), frame="polars"
    )
    found = Checker(signature, 10).body(b'{"rows": [["x", 0], [null, "1970-01-01T00:00:01Z"]]}')
    assert msgspec.msgpack.decode(found.payload) == [["x", None], [0.0, 1.0]]
