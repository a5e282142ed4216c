"""The frame of records: what is written is read, a torn end waits, damage is told."""

from __future__ import annotations

import math
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.tracking import HEAD, MAX_RECORD
from treadle.core.errors import Damaged, ParameterError, TooLarge
from treadle.sdk.spool import SpoolWriter, column_records, frame, is_alive, process_identity, read_records, sound_records

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3),
    max_leaves=5,
)
records = st.lists(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), plain, max_size=4), max_size=6)


@given(records, st.integers(0, 10_000))
def test_records_read_back_and_a_torn_end_waits(written: list[dict[str, Any]], cut: int) -> None:
    framed = [bytes(frame(record)) for record in written]
    data = b"".join(framed)
    assert read_records(data) == (written, len(data))
    torn = data[: cut % (len(data) + 1)]
    found, consumed = read_records(torn)
    assert found == written[: len(found)]
    assert consumed == sum(len(one) for one in framed[: len(found)])
    rest, _ = read_records(torn[consumed:] + data[len(torn) :])
    assert found + rest == written


@given(st.binary(max_size=200))
def test_any_bytes_are_records_or_damage(data: bytes) -> None:
    found, consumed, damaged = sound_records(data)
    assert 0 <= consumed <= len(data)
    if damaged:
        with pytest.raises(Damaged, match=f"byte {consumed}"):
            read_records(data)
    else:
        assert read_records(data) == (found, consumed)


def test_what_damage_looks_like() -> None:
    good = bytes(frame({"k": "p"}))
    for bad in (b"\0\0\0\0rest", (MAX_RECORD + 1).to_bytes(4, "little"), b"\x01\0\0\0\xc1", b"\x01\0\0\0\x01"):
        assert sound_records(good + bad) == ([{"k": "p"}], len(good), True)


def test_numbers_that_are_none_survive() -> None:
    [record], _ = read_records(bytes(frame({"m": {"a": math.nan, "b": math.inf, "c": -math.inf, "d": -0.0}})))
    assert math.isnan(record["m"]["a"])
    assert (record["m"]["b"], record["m"]["c"], math.copysign(1, record["m"]["d"])) == (math.inf, -math.inf, -1.0)


def test_a_record_too_large_is_refused_before_it_is_written(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path)
    with pytest.raises(TooLarge):
        writer.write({"k": "note", "v": "x" * (MAX_RECORD + 1)})
    writer.close()
    assert (tmp_path / "spool").read_bytes() == b""


def test_threads_and_forked_children_do_not_mix_their_records(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path)

    def write(who: int) -> None:
        for i in range(200):
            writer.write({"who": who, "i": i, "fill": "x" * (i * 7)})

    child = os.fork()
    if child == 0:
        write(99)
        os._exit(0)
    threads = [threading.Thread(target=write, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.waitpid(child, 0)[1] == 0
    found, _ = read_records((tmp_path / "spool").read_bytes())
    for who in (0, 1, 2, 99):
        assert [record["i"] for record in found if record["who"] == who] == list(range(200))


def test_a_write_that_stops_half_way_leaves_no_half_record(tmp_path: Path) -> None:
    """What a full disk does, done by a limit on the size of files, in a process of its own."""
    child = os.fork()
    if child == 0:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        writer = SpoolWriter(tmp_path)
        status = 1
        for _ in range(50):
            try:
                writer.write({"fill": "x" * 90})
            except OSError:
                status = 0
        writer.write({})  # five bytes still find room
        os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    data = (tmp_path / "spool").read_bytes()
    found, consumed = read_records(data)
    assert (len(found), consumed) == (10, len(data))
    assert found[-1] == {}


def test_columns_become_records_of_bytes() -> None:
    for values in ([1, 2.5, True], np.array([1, 2.5, 1], np.float32), (np.float64(1), 2.5, 1)):
        [record] = column_records({"a": values}, range(3), None, 7.0)
        assert (record["k"], record["n"], record["names"], record["t"], record["times"]) == ("c", 3, ["a"], 7.0, None)
        assert np.frombuffer(record["values"][0], "<f8").tolist() == [1.0, 2.5, 1.0]
        assert np.frombuffer(record["steps"], "<i8").tolist() == [0, 1, 2]
    assert list(column_records({}, None, None, 0.0)) == []
    assert list(column_records({"a": []}, None, None, 0.0)) == []


@pytest.mark.parametrize(
    ("columns", "steps", "word"),
    [
        ({"a": [1, "x"]}, None, "`a`"),
        ({"a": "text"}, None, "`a`"),
        ({"a": np.zeros((2, 2))}, None, "`a`"),
        ({"a": np.array(["x"])}, None, "`a`"),
        ({"a": [1], "b": [1, 2]}, None, "`b`"),
        ({"a": [1]}, [0.5], "`steps`"),
        ({"a": [1]}, np.array([0.5]), "`steps`"),
        ({"a": 3}, None, "`a`"),
    ],
)
def test_columns_that_are_none_are_named(columns: dict[str, Any], steps: Any, word: str) -> None:
    with pytest.raises(ParameterError, match=word):
        list(column_records(columns, steps, None, 0.0))


def test_large_columns_are_cut_into_records_that_ship(tmp_path: Path) -> None:
    made = list(column_records({f"m{i}": np.arange(100_000) for i in range(5)}, None, None, 0.0))
    assert len(made) > 1
    assert sum(record["n"] for record in made) == 100_000
    assert all(len(frame(record)) < MAX_RECORD + HEAD for record in made)


def test_a_process_is_told_from_its_successor() -> None:
    me = process_identity()
    assert is_alive(me)
    assert is_alive({**me, "pid_started": "1"}) is False
    assert is_alive({**me, "boot": "before"}) is False
    assert is_alive({**me, "boot": "elsewhere", "host": "another"}) is None
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # a zombie has ended, too
    assert is_alive({**me, "pid": child}) is False
    os.waitpid(child, 0)
