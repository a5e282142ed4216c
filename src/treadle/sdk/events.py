"""TensorBoard's event files, read while they grow: scalars become points, hyperparameters become parameters.

A file is a sequence of records (TFRecord): the length as uint64, the masked CRC-32C of these eight bytes, the data, and the masked
CRC-32C of the data, all little-endian. The data is a protobuf message Event (tensorflow/core/util/event.proto); of its fields only
those are read that hold a time, a step and scalar summaries. Field numbers: Event wall_time 1, step 2, summary 5; Summary value 1;
Value tag 1, simple_value 2, tensor 8, metadata 9; TensorProto dtype 1, tensor_shape 2, tensor_content 4, float_val 5, double_val 6,
int_val 7, int64_val 10; SummaryMetadata plugin_data 1 (plugin_name 1, content 2). No TensorFlow and no protobuf library is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from treadle.core import protobuf

MOST_RECORD = 256 << 20
"""Bytes: a length above it cannot be real."""

_CHECKED = 64 << 10  # bytes: larger records hold pictures, which are passed over, so their sum is not computed
_HEAD, _FOOT = 12, 4


class Scalar(NamedTuple):
    tag: str
    step: int
    at: float
    value: float


class Events(NamedTuple):
    """What the sound records at the start of some bytes say, how many bytes they take, and whether damage follows."""

    scalars: list[Scalar]
    parameters: dict[str, Any]
    consumed: int
    damaged: bool = False


def read_events(data: bytes) -> Events:
    """Reads whole records up to where a sum does not fit or a record is no event; a torn last one is left for later."""
    scalars: list[Scalar] = []
    parameters: dict[str, Any] = {}
    at = 0
    while at + _HEAD <= len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        if size > MOST_RECORD or masked_crc(data[at : at + 8]) != struct.unpack_from("<I", data, at + 8)[0]:
            return Events(scalars, parameters, at, damaged=True)
        end = at + _HEAD + size
        if end + _FOOT > len(data):
            break
        body = data[at + _HEAD : end]
        if size <= _CHECKED:
            if masked_crc(body) != struct.unpack_from("<I", data, end)[0]:
                return Events(scalars, parameters, at, damaged=True)
            try:
                _event(body, scalars, parameters)
            except (ValueError, struct.error):
                return Events(scalars, parameters, at, damaged=True)
        at = end + _FOOT
    return Events(scalars, parameters, at)


def needed(data: bytes) -> int:
    """How many bytes the first record takes, when `data` begins with one that is not whole; 0 when that cannot be told."""
    if len(data) < _HEAD:
        return 0
    size = int(struct.unpack_from("<Q", data)[0])
    return size + _HEAD + _FOOT if size <= MOST_RECORD else 0


def _event(body: bytes, scalars: list[Scalar], parameters: dict[str, Any]) -> None:
    at, step, summaries = 0.0, 0, []
    for number, value in fields(body):
        if number == 1:
            at = _double(value)
        elif number == 2:
            step = _signed(value)
        elif number == 5:
            summaries.append(_bytes(value))
    for summary in summaries:
        for number, value in fields(summary):
            if number == 1:
                _value(_bytes(value), step, at, scalars, parameters)


def _value(body: bytes, step: int, at: float, scalars: list[Scalar], parameters: dict[str, Any]) -> None:
    tag, number, plugin, content = "", None, "", b""
    for field, value in fields(body):
        if field == 1:
            tag = _bytes(value).decode("utf-8", "replace")
        elif field == 2:
            number = _float(value)
        elif field == 8:
            number = _tensor(_bytes(value))
        elif field == 9:
            plugin, content = _plugin(_bytes(value))
    if plugin == "hparams":
        parameters.update(_hyperparameters(content))
    elif number is not None and tag and plugin in ("", "scalars"):
        scalars.append(Scalar(tag, step, at, number))


_TYPES = {1: "<f", 2: "<d", 3: "<i", 9: "<q"}  # DataType of tensorflow/core/framework/types.proto
_LISTS = {5: "<f", 6: "<d"}


def _tensor(body: bytes) -> float | None:
    """The number in a tensor of one element; None for anything else."""
    kind, content, numbers, dimensions = 0, b"", [], 1
    for field, value in fields(body):
        if field == 1:
            kind = _int(value)
        elif field == 2:
            dimensions = _elements(_bytes(value))
        elif field == 4:
            content = _bytes(value)
        elif field in _LISTS:
            numbers += _packed(value, _LISTS[field])
        elif field in (7, 10):
            numbers += [float(_signed(one)) for one in _varints(value)]
    if dimensions != 1 or kind not in _TYPES:
        return None
    if content:
        return float(struct.unpack(_TYPES[kind], content)[0]) if len(content) == struct.calcsize(_TYPES[kind]) else None
    return numbers[0] if len(numbers) == 1 else None


def _elements(shape: bytes) -> int:
    count = 1
    for field, value in fields(shape):
        if field == 2:
            count *= next((_signed(size) for inner, size in fields(_bytes(value)) if inner == 1), 0)
    return count


def _packed(value: int | bytes, form: str) -> list[float]:
    data = _bytes(value)
    if len(data) % struct.calcsize(form):
        raise ValueError("a packed list of odd length")
    return [float(one[0]) for one in struct.iter_unpack(form, data)]


def _varints(value: int | bytes) -> list[int]:
    if isinstance(value, int):
        return [value]
    found, at = [], 0
    while at < len(value):
        one, at = protobuf.varint(value, at)
        found.append(one)
    return found


def _plugin(metadata: bytes) -> tuple[str, bytes]:
    name, content = "", b""
    for field, value in fields(metadata):
        if field == 1:
            for inner, one in fields(_bytes(value)):
                if inner == 1:
                    name = _bytes(one).decode("utf-8", "replace")
                elif inner == 2:
                    content = _bytes(one)
    return name, content


def _hyperparameters(content: bytes) -> dict[str, Any]:
    """HParamsPluginData: session_start_info 3, hparams 1 (a map of google.protobuf.Value: number 2, text 3, bool 4)."""
    found: dict[str, Any] = {}
    for field, value in fields(content):
        if field != 3:
            continue
        for inner, entry in fields(_bytes(value)):
            if inner == 1:
                pair = dict(fields(_bytes(entry)))
                kinds = dict(fields(_bytes(pair.get(2, b""))))
                name = _bytes(pair.get(1, b"")).decode("utf-8", "replace")
                if 2 in kinds:
                    found[name] = _double(kinds[2])
                elif 3 in kinds:
                    found[name] = _bytes(kinds[3]).decode("utf-8", "replace")
                elif 4 in kinds:
                    found[name] = bool(_int(kinds[4]))
    return found


# --- protobuf and sums --------------------------------------------------------------------------------------------------------


def fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: a varint as an integer, everything else as its bytes. Raises ValueError for what is no message."""
    for number, kind, value in protobuf.fields(body):
        if number == 0 and kind != 0:
            raise ValueError("a field without a number")
        yield number, value


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes belong")
    return value


def _int(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("bytes where a number belongs")
    return value


def _signed(value: int | bytes) -> int:
    number = _int(value)
    return number - (1 << 64) if number >= 1 << 63 else number


def _double(value: int | bytes) -> float:
    return float(struct.unpack("<d", _bytes(value))[0])


def _float(value: int | bytes) -> float:
    return float(struct.unpack("<f", _bytes(value))[0])


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def masked_crc(data: bytes) -> int:
    """CRC-32C, masked as TFRecord does: turned right by 15 bits, plus a constant."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
