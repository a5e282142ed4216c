"""JSON objects printed on standard output, and what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.worker.printed import MOST_LINE, PrintedMetrics, records_of


def test_an_object_a_line_is_points_and_tags() -> None:
    printed = PrintedMetrics()
    found = printed.feed(b'hello\n{"step": 3, "loss": 0.25, "train": {"acc": 1}, "phase": "warm", "ok": true}\n{"loss"', 5.0)
    assert found == [
        {"k": "p", "t": 5.0, "s": 3, "m": {"loss": 0.25, "train/acc": 1.0, "ok": 1.0}},
        {"k": "tag", "t": 5.0, "v": {"phase": "warm"}},
    ]
    assert printed.feed(b": 1}", 6.0) == []
    assert printed.end(7.0) == [{"k": "p", "t": 7.0, "s": None, "m": {"loss": 1.0}}]
    assert printed.end(8.0) == []


@pytest.mark.parametrize(
    ("line", "step", "metrics"),
    [
        ('{"epoch": 2, "a": 1}', 2, {"a": 1.0}),
        ('{"epoch": 2, "step": 7, "a": 1}', 7, {"a": 1.0, "epoch": 2.0}),
        ('{"step": 2.5, "a": 1}', None, {"step": 2.5, "a": 1.0}),
        ('{"step": 1e300, "a": 1}', None, {"step": 1e300, "a": 1.0}),
        ('{"value": "12"}', None, {"value": 12.0}),
        ('{"a": [1], "b": null, "c": 1}', None, {"c": 1.0}),
        ('  {"a": Infinity}\r', None, {"a": float("inf")}),
        ('{"a": 1' + "0" * 400 + "}", None, None),
        ("{'a': 1}", None, None),
        ("[1]", None, None),
        ("{}", None, None),
        ('{"a": ' * 5000 + "1" + "}" * 5000, None, None),
        ('{"a": "' + "x" * MOST_LINE + '", "b": 1}', None, None),
    ],
)
def test_what_a_line_means(line: str, step: int | None, metrics: dict[str, float] | None) -> None:
    points = [record for record in records_of(line.encode(), 1.0) if record["k"] == "p"]
    assert points == ([] if metrics is None else [{"k": "p", "t": 1.0, "s": step, "m": metrics}])


def test_an_overlong_line_is_passed_over_whole() -> None:
    printed = PrintedMetrics()
    found = []
    for piece in [b"{" + b"x" * MOST_LINE, b"y" * MOST_LINE, b'{"a": 1}', b'\n{"b": 2}\n']:
        found += printed.feed(piece, 1.0)
    assert [record["m"] for record in found] == [{"b": 2.0}]


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_output_in_any_pieces_says_the_same(data: bytes, cut: int) -> None:
    whole, pieces = PrintedMetrics(), PrintedMetrics()
    assert whole.feed(data, 1.0) + whole.end(1.0) == pieces.feed(data[:cut], 1.0) + pieces.feed(data[cut:], 1.0) + pieces.end(1.0)


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name not in ("step", "epoch")), st.floats(allow_nan=False), min_size=1))
def test_numbers_arrive_as_they_were_printed(said: dict[str, Any]) -> None:
    [record] = records_of(json.dumps(said).encode(), 1.0)
    assert record["m"] == said
