"""TensorBoard's event files: read as they grow, in any pieces, and never anything but events or damage."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.sdk.events import Events, Scalar, masked_crc, needed, read_events
from treadle.sdk.tensorboard import Follower


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, value: int | float | bytes, form: str = "<d") -> bytes:
    if isinstance(value, float):
        return varint(number << 3 | (1 if form == "<d" else 5)) + struct.pack(form, value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def record(body: bytes) -> bytes:
    size = struct.pack("<Q", len(body))
    return size + struct.pack("<I", masked_crc(size)) + body + struct.pack("<I", masked_crc(body))


def event(value: bytes, step: int = 1, at: float = 100.5) -> bytes:
    return record(field(1, at) + field(2, step) + field(5, field(1, value)))


def simple(tag: str, number: float, **more: Any) -> bytes:
    return event(field(1, tag.encode()) + field(2, number, "<f"), **more)


def tensor(tag: str, body: bytes, plugin: bytes = b"scalars", **more: Any) -> bytes:
    return event(field(1, tag.encode()) + field(8, body) + field(9, field(1, field(1, plugin))), **more)


VERSION = record(field(1, 1.0) + field(3, b"brain.Event:2"))
SESSION = field(3, field(1, field(1, b"lr") + field(2, field(2, 0.5))) + field(1, field(1, b"opt") + field(2, field(3, b"adam"))) + field(
    1, field(1, b"nesterov") + field(2, field(4, 1))
))  # fmt: skip
HPARAMS = event(field(1, b"_hparams_/session_start_info") + field(9, field(1, field(1, b"hparams") + field(2, SESSION))))


def test_scalars_of_both_forms() -> None:
    data = (
        VERSION
        + simple("loss", 0.25, step=3)
        + tensor("acc", field(1, 1) + field(2, b"") + field(4, struct.pack("<f", 0.5)), step=-2)
        + tensor("wide", field(1, 2) + field(6, struct.pack("<d", 7.0)))
        + tensor("one", field(1, 1) + field(2, field(2, field(1, 1))) + field(5, struct.pack("<f", 2.0)))
        + tensor("count", field(1, 9) + field(10, varint(-4)))
        + tensor("row", field(1, 1) + field(2, field(2, field(1, 2))) + field(5, struct.pack("<ff", 1.0, 2.0)))
        + tensor("text", field(1, 7) + field(8, b"words"), plugin=b"text")
        + HPARAMS
    )
    found = read_events(data)
    assert found.scalars == [
        Scalar("loss", 3, 100.5, 0.25),
        Scalar("acc", -2, 100.5, 0.5),
        Scalar("wide", 1, 100.5, 7.0),
        Scalar("one", 1, 100.5, 2.0),
        Scalar("count", 1, 100.5, -4.0),
    ]
    assert found.parameters == {"lr": 0.5, "opt": "adam", "nesterov": True}
    assert (found.consumed, found.damaged) == (len(data), False)


def test_the_sum_is_that_of_the_format() -> None:
    assert masked_crc(b"") == 0xA282EAD8
    crc = 0xE3069283  # of "123456789", the check value of CRC-32C
    assert masked_crc(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


@given(st.integers(0, 400))
def test_a_torn_end_waits(cut: int) -> None:
    data = VERSION + b"".join(simple("loss", float(step), step=step) for step in range(4))
    first = read_events(data[:cut])
    rest = read_events(data[first.consumed :])
    assert not first.damaged
    assert [one.step for one in first.scalars + rest.scalars] == [0, 1, 2, 3]


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_events_or_damage(body: bytes, framed: bool) -> None:
    data = record(body) if framed else body
    found = read_events(VERSION + data)
    assert isinstance(found, Events)
    assert len(VERSION) <= found.consumed <= len(VERSION + data)
    assert needed(data) >= 0


@given(st.data())
def test_a_changed_byte_is_damage_and_costs_nothing_before_it(data: st.DataObject) -> None:
    sound = simple("loss", 1.0)
    last = bytearray(simple("loss", 2.0, step=2))
    place = data.draw(st.integers(8, len(last) - 1))
    last[place] ^= data.draw(st.integers(1, 255))
    found = read_events(sound + bytes(last))
    assert found.damaged
    assert [one.value for one in found.scalars] == [1.0]


def test_a_folder_is_followed_while_it_grows(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "logs", since=0.0)
    assert list(follower.records()) == []
    (tmp_path / "logs" / "train").mkdir(parents=True)
    path = tmp_path / "logs" / "train" / "events.out.tfevents.1.host"
    torn = simple("loss", 3.0, step=2)
    path.write_bytes(VERSION + simple("loss", 1.0, step=0) + simple("loss", 2.0, step=1) + torn[:10])
    [points] = follower.records()
    assert (points["names"], points["n"]) == (["train/loss"], 2)
    assert list(follower.records()) == []
    with path.open("ab") as file:
        file.write(torn[10:] + HPARAMS)
    points, parameters = follower.records()
    assert struct.unpack("<d", points["values"][0]) == (3.0,)
    assert struct.unpack("<q", points["steps"]) == (2,)
    assert struct.unpack("<d", points["times"]) == (100.5,)
    assert parameters["v"] == {"lr": 0.5, "opt": "adam", "nesterov": True}
    with path.open("ab") as file:
        file.write(simple("loss", 9.0, step=3) + b"\xff" * 40)
    points, note = follower.records()
    assert (points["n"], note["k"]) == (1, "note")
    assert "damaged" in note["v"]
    assert list(follower.records()) == []


def test_files_of_earlier_runs_and_large_pictures_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (tmp_path / f"events.out.tfevents.{number}" for number in (1, 2))
    old.write_bytes(simple("loss", 1.0))
    os.utime(old, (10.0, 10.0))
    monkeypatch.setattr("treadle.sdk.tensorboard._PIECE", 100)
    picture = event(field(1, b"picture") + field(4, bytes(200_000)))
    new.write_bytes(picture + simple("loss", 2.0) + simple("loss", 3.0))
    found = b"".join(one["values"][0] for one in Follower(tmp_path, since=20.0).records())
    assert struct.unpack("<dd", found) == (2.0, 3.0)
