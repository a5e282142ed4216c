"""The Open Inference Protocol, version 2, over REST, with its extension for binary tensors.

https://github.com/kserve/open-inference-protocol. Rows come as one tensor of the shape [rows, columns], or as one tensor per column
under the columns' names. Answers are one tensor `predictions`, or, where asked for by name or not of one type, one per output column.
"""

from __future__ import annotations

import struct
import sys
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from treadle import __version__
from treadle.endpoint.answers import Refused
from treadle.endpoint.checker import Checker, Rows, parse
from treadle.endpoint.front import key_of, moment_of

if TYPE_CHECKING:
    from treadle.endpoint.api import Facts
    from treadle.endpoint.front import Front
    from treadle.endpoint.http import Request
    from treadle.endpoint.lines import Answer, Job, Line

_CODES = {
    "BOOL": "?",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
}
_OF_TYPE = {"boolean": "BOOL", "int64": "INT64", "float64": "FP64", "string": "BYTES", "datetime": "FP64"}
_encode = msgspec.json.Encoder().encode
WHOLE = "predictions"


class Tensor(msgspec.Struct, gc=False):
    name: str
    shape: list[int]
    datatype: str
    data: Any = None
    parameters: dict[str, Any] | None = None


class Wanted(msgspec.Struct, gc=False):
    name: str
    parameters: dict[str, Any] | None = None


class Infer(msgspec.Struct, gc=False):
    inputs: list[Tensor]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[Wanted] | None = None


_decoder = msgspec.json.Decoder(Infer)


def server() -> bytes:
    """GET /v2"""
    return _encode({"name": "treadle", "version": __version__, "extensions": ["binary_tensor_data"]})


def line_of(front: Front, version: str | None) -> Line | None:
    """The revision that answers for a version, or the live one."""
    if version is None:
        return front.live
    return next((line for line in front.lines.values() if str(line.spec.version) == version.removeprefix("v")), None)


def metadata(front: Front, version: str | None) -> bytes:
    """GET /v2/models/M[/versions/V]. Raises Refused."""
    line = line_of(front, version)
    if line is None:
        raise Refused(404, "that version is not answering here" if version else "no revision answers here yet")
    signature = line.spec.signature
    said: dict[str, Any] = {
        "name": line.spec.model,
        "versions": sorted({str(one.spec.version) for one in front.lines.values()}),
        "platform": "onnx" if line.spec.onnx else f"treadle_{line.spec.format}",
        "inputs": [],
        "outputs": [],
    }
    if signature is None:
        said["parameters"] = {"signature": "none: rows are taken as they come"}
    elif line.checker.matrix:
        said["inputs"] = [{"name": "input", "datatype": "FP64", "shape": [-1, line.checker.width]}]
    if signature is not None:
        if not line.checker.matrix:
            said["inputs"] = [{"name": c.name, "datatype": _OF_TYPE[c.type], "shape": [-1]} for c in signature.inputs]
        said["parameters"] = {"columns": line.checker.names}
        kinds = {c.type for c in signature.outputs}
        if kinds in ({"float64"}, {"int64"}):
            shape = [-1] if len(signature.outputs) == 1 else [-1, len(signature.outputs)]
            said["outputs"] = [{"name": WHOLE, "datatype": _OF_TYPE[kinds.pop()], "shape": shape}]
        said["outputs"] += [{"name": c.name, "datatype": _OF_TYPE[c.type], "shape": [-1]} for c in signature.outputs]
    return _encode(said)


def infer(front: Front, request: Request, facts: Facts, model: str, version: str | None) -> None:
    """POST .../infer. Raises Refused."""
    asked, binary = _asked(request.body, facts.head_length)
    parameters = asked.parameters or {}
    key = key_of(parameters.get("key")) or facts.key
    at = moment_of(parameters["at"]) if "at" in parameters else facts.at
    tensors = _values(asked, binary)
    all_binary = bool(parameters.get("binary_data_output"))

    def form(job: Job, line: Line, found: Answer) -> None:
        if job.request is not None and not job.request.gone:
            _answer(job, line, found, model, asked, all_binary)

    front.predict(request, lambda checker: _rows(checker, asked, tensors), form, key, at, version)


def _asked(body: bytes, head_length: bytes) -> tuple[Infer, memoryview]:
    size = len(body)
    if head_length:
        if not head_length.isdigit() or not 0 < int(head_length) <= size:
            raise Refused(
                400, "Inference-Header-Content-Length is not the length of the JSON part", where="Inference-Header-Content-Length"
            )
        size = int(head_length)
    head = body if size == len(body) else body[:size]
    try:
        return _decoder.decode(head), memoryview(body)[size:]
    except (msgspec.ValidationError, RecursionError) as error:
        raise Refused(400, f"the request is not one of the Open Inference Protocol: {error}") from None
    except msgspec.DecodeError:
        parse(head)
        raise Refused(400, "the body is not JSON") from None


def _values(asked: Infer, binary: memoryview) -> list[Any]:
    """The flat values of every tensor."""
    if not asked.inputs:
        raise Refused(400, "there are no inputs", where="inputs")
    found: list[Any] = []
    at = 0
    for tensor in asked.inputs:
        size = (tensor.parameters or {}).get("binary_data_size")
        if size is None:
            if not isinstance(tensor.data, list):
                raise Refused(400, f"the tensor `{tensor.name[:60]}` has no data", where=tensor.name[:60])
            found.append(_flattened(tensor.data))
        else:
            if type(size) is not int or not 0 <= size <= len(binary) - at:
                raise Refused(400, f"the binary part has fewer than the {size} bytes of `{tensor.name[:60]}`", where=tensor.name[:60])
            found.append(_unpacked(tensor, binary[at : at + size]))
            at += size
    if at != len(binary):
        raise Refused(400, f"the binary part has {len(binary) - at} bytes that belong to no tensor")
    return found


def _flattened(data: list[Any]) -> list[Any]:
    while data and isinstance(data[0], list):
        if not all(isinstance(part, list) for part in data):
            raise Refused(400, "the data is nested unevenly", where="data")
        data = [value for part in data for value in part]
    return data


def _unpacked(tensor: Tensor, data: memoryview) -> Any:
    if tensor.datatype == "BYTES":
        words, at = [], 0
        while at < len(data):
            if at + 4 > len(data):
                raise Refused(400, "a length of a BYTES tensor is cut off", where=tensor.name[:60])
            (size,) = struct.unpack_from("<I", data, at)
            if at + 4 + size > len(data):
                raise Refused(400, "a text of a BYTES tensor is cut off", where=tensor.name[:60])
            try:
                words.append(bytes(data[at + 4 : at + 4 + size]).decode())
            except UnicodeDecodeError:
                raise Refused(400, "a text of a BYTES tensor is not UTF-8", where=tensor.name[:60]) from None
            at += 4 + size
        return words
    code = _CODES.get(tensor.datatype)
    if code is None:
        raise Refused(400, f"there is no datatype `{tensor.datatype[:20]}`", where=tensor.name[:60])
    count, rest = divmod(len(data), struct.calcsize(code))
    if rest:
        raise Refused(400, f"{len(data)} bytes are no whole number of {tensor.datatype}", where=tensor.name[:60])
    if code in "df" and sys.byteorder == "little":
        values = array(code)
        values.frombytes(data)
        return values
    return list(struct.unpack(f"<{count}{code}", data))


def _rows(checker: Checker, asked: Infer, values: list[Any]) -> Rows:
    inputs = asked.inputs
    for tensor in inputs:
        if tensor.datatype not in _CODES and tensor.datatype != "BYTES":
            raise Refused(400, f"there is no datatype `{tensor.datatype[:20]}`", where=tensor.name[:60])
        if not tensor.shape or any(size < 0 for size in tensor.shape):
            raise Refused(400, f"{tensor.shape} is not a shape", where=tensor.name[:60])
    first = inputs[0]
    if len(inputs) == 1 and (checker.width != 1 or len(first.shape) > 1) and (first.name not in checker.names or len(first.shape) > 1):
        return checker.flat(values[0], first.shape)
    columns: dict[str, list[Any]] = {}
    for tensor, data in zip(inputs, values, strict=True):
        if len(tensor.shape) > 2 or (len(tensor.shape) == 2 and tensor.shape[1] != 1):
            raise Refused(
                400, f"the column `{tensor.name[:60]}` has the shape {tensor.shape}", where=tensor.name[:60], hint="[rows] or [rows, 1]"
            )
        if len(data) != tensor.shape[0]:
            raise Refused(400, f"{len(data)} values do not have the shape {tensor.shape}", where=tensor.name[:60])
        if tensor.name in columns:
            raise Refused(400, f"two tensors are called `{tensor.name[:60]}`", where=tensor.name[:60])
        columns[tensor.name if checker.signature is None or len(inputs) > 1 else checker.names[0]] = list(data)
    return checker.table(columns)


def _answer(job: Job, line: Line, found: Answer, model: str, asked: Infer, all_binary: bool) -> None:
    request = job.request
    assert request is not None
    names = line.names if len(line.names) == found.width else [f"output_{i}" for i in range(found.width)]
    outputs: list[dict[str, Any]] = []
    blocks: list[bytes] = []
    wanted = asked.outputs or ([Wanted(WHOLE)] if found.kind != "o" else [Wanted(name) for name in names])
    columns: list[list[Any]] | None = None
    for want in wanted:
        if want.name == WHOLE and WHOLE not in names and found.kind != "o":
            shape, values = ([found.count, found.width] if found.width != 1 else [found.count]), found.flat()
        elif want.name in names:
            columns = columns if columns is not None else found.columns()
            shape, values = [found.count], columns[names.index(want.name)]
        else:
            _unknown_output(job, line, want.name, names)
            return
        kind = _datatype(found.kind, values)
        said: dict[str, Any] = {"name": want.name, "shape": shape, "datatype": kind}
        if (want.parameters or {}).get("binary_data", all_binary):
            block = _packed(kind, values)
            said["parameters"] = {"binary_data_size": len(block)}
            blocks.append(block)
        else:
            said["data"] = values
        outputs.append(said)
    body = _encode({"model_name": model, "model_version": str(line.spec.version), "id": asked.id or job.id, "outputs": outputs})
    extra = b"%b%b\r\n" % (line.head, job.id.encode())
    if blocks:
        extra += b"Inference-Header-Content-Length: %d\r\n" % len(body)
        request.answer_as(200, b"application/octet-stream", b"".join((body, *blocks)), extra)
    else:
        request.answer(200, body, extra)


def _unknown_output(job: Job, line: Line, name: str, names: list[str]) -> None:
    from treadle.endpoint.answers import refuse

    assert job.request is not None
    hint = f"outputs are {WHOLE}, {', '.join(names)}"[:500]
    refuse(
        job.request, Refused(400, f"there is no output `{name[:60]}`", where="outputs", hint=hint), line.head + job.id.encode() + b"\r\n"
    )


def _datatype(kind: str, values: list[Any]) -> str:
    if kind in "dq":
        return "FP64" if kind == "d" else "INT64"
    first = next((value for value in values if value is not None), "")
    return {bool: "BOOL", int: "INT64", float: "FP64"}.get(type(first), "BYTES")


def _packed(kind: str, values: list[Any]) -> bytes:
    if kind == "BYTES":
        encoded = [("" if value is None else str(value)).encode() for value in values]
        return b"".join(struct.pack("<I", len(word)) + word for word in encoded)
    return struct.pack(f"<{len(values)}{_CODES[kind]}", *values)
