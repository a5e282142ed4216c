"""Loading a model and asking it, in a process that does nothing else.

Formats that cannot execute code are loaded as they are; those that can need the endpoint's consent. What the model answers leaves here
as one block: float64 or int64 row by row, or lists per column where it answers with words.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from treadle.contract.registry import Signature
from treadle.core.errors import FormatError
from treadle.endpoint.plans import Spec
from treadle.endpoint.quick import quicken

FLOATS, WHOLE, LISTS = "d", "q", "o"
_encode = msgspec.msgpack.Encoder().encode
_lists = msgspec.msgpack.Decoder(list[list[Any]])


class Scored(msgspec.Struct, frozen=True):
    """What came out: `kind` is FLOATS, WHOLE or LISTS, `width` the columns, `body` the values; `names` where the model gave them."""

    kind: str
    width: int
    body: bytes


class Scorer:
    """A loaded model. `score` takes the rows of a batch as they came over the wire."""

    def __init__(self, ask: Callable[[Any], Any], signature: Signature | None, frame: str) -> None:
        self._ask = ask
        self._signature = signature
        self._frame = frame
        self.width = len(signature.inputs) if signature is not None else 0

    def score(self, sizes: list[int], counts: list[int], body: bytes | bytearray) -> Scored:
        """Answers `sum(counts)` rows. `sizes` are the bytes of each request within `body`."""
        return scored(self._ask(self._rows(sizes, counts, body)), sum(counts))

    def _rows(self, sizes: list[int], counts: list[int], body: bytes | bytearray) -> Any:
        if self._frame == "numpy":
            return np.frombuffer(body, dtype=np.float64).reshape(sum(counts), -1)
        assert self._signature is not None
        view, at = memoryview(body), 0
        columns: list[list[Any]] = [[] for _ in self._signature.inputs]
        for size in sizes:
            for column, values in zip(columns, _lists.decode(view[at : at + size]), strict=True):
                column += values
            at += size
        return frame(self._signature, columns, self._frame)

    def warm(self, spec: Spec) -> None:
        """One prediction before any that counts: lazy imports and first allocations happen now, and a broken model shows."""
        if self._frame == "numpy":
            if self.width:
                self._ask(example(spec.signature))
        elif spec.sample is not None:
            from treadle.sdk import formats

            self._ask(formats.load(spec.sample_format, Path(spec.sample), self._frame).head(1))


def load(spec: Spec) -> Scorer:
    """The model of a spec, ready to be asked. Raises FormatError, or whatever its library raises."""
    signature = spec.signature
    if spec.onnx is not None or spec.format == "onnx":
        return Scorer(_onnx(spec.onnx or spec.path), signature, "numpy")
    from treadle.sdk import formats

    value = formats.load(spec.format, Path(spec.path), consent=spec.consent)
    return Scorer(_asking(value, spec, signature), signature, signature.frame if signature is not None else "numpy")


def _asking(value: Any, spec: Spec, signature: Signature | None) -> Callable[[Any], Any]:
    library = type(value).__module__.partition(".")[0]
    if library == "sklearn":
        sklearn = importlib.import_module("sklearn")
        # Our checker has looked at every value already, and parameters do not change any more.
        sklearn.set_config(assume_finite=signature is not None, skip_parameter_validation=True)
        quicken(value)
    if type(value).__name__ == "Booster" and library == "lightgbm":
        return lambda rows: value.predict(rows, num_threads=1)
    if type(value).__name__ == "Booster" and library == "xgboost":
        value.set_param({"nthread": 1})
        return lambda rows: value.inplace_predict(rows)
    if type(value).__name__ == "ExportedProgram":
        return _torch(value)
    method = signature.method if signature is not None else ("predict_proba" if hasattr(value, "predict_proba") else "predict")
    found = getattr(value, method, None)
    if not callable(found):
        raise FormatError(f"the model of {spec.model} v{spec.version} has no method `{method}`", hint="register it again")
    asked: Callable[[Any], Any] = found
    return asked


def _onnx(path: str) -> Callable[[Any], Any]:
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    kind = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}.get(port.type)
    if len(session.get_inputs()) != 1 or kind is None:
        raise FormatError(f"the ONNX model takes {len(session.get_inputs())} inputs of {port.type}: one matrix of numbers can be served")
    outputs = session.get_outputs()
    wanted = next((o.name for o in outputs if o.name == "probabilities"), outputs[-1].name)
    names, name, run = [wanted], port.name, session.run
    return lambda rows: run(names, {name: rows.astype(kind)})[0]


def _torch(program: Any) -> Callable[[Any], Any]:
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    module = program.module()

    def ask(rows: Any) -> Any:
        with torch.inference_mode():
            return module(torch.from_numpy(rows.astype(np.float32))).numpy()

    return ask


def frame(signature: Signature, columns: list[list[Any]], library: str) -> Any:
    """A table with the signature's columns and types."""
    if library == "polars":
        polars = importlib.import_module("polars")
        kinds = {"boolean": polars.Boolean, "int64": polars.Int64, "float64": polars.Float64, "string": polars.String}
        made = polars.DataFrame(
            {
                c.name: polars.Series(c.name, values, dtype=kinds.get(c.type, polars.Float64))
                for c, values in zip(signature.inputs, columns, strict=True)
            }
        )
        times = [c.name for c in signature.inputs if c.type == "datetime"]
        return made.with_columns((polars.col(n) * 1e6).cast(polars.Int64).cast(polars.Datetime("us")) for n in times) if times else made
    pandas = importlib.import_module("pandas")
    data: dict[str, Any] = {}
    for column, values in zip(signature.inputs, columns, strict=True):
        if column.type == "datetime":
            data[column.name] = pandas.to_datetime(pandas.Series(values, dtype="float64"), unit="s")
        elif column.type == "float64" or (column.type == "int64" and None in values):
            data[column.name] = np.array(values, dtype=np.float64)
        else:
            data[column.name] = pandas.Series(values)
    return pandas.DataFrame(data)


def example(signature: Signature | None) -> Any:
    """One row that the signature allows: the middle of what was seen."""
    row = []
    for column in signature.inputs if signature is not None else ():
        low, high = column.lowest, column.highest
        middle = 0.0 if low is None or high is None else low / 2 + high / 2
        row.append(float(round(middle)) if column.type in ("int64", "boolean") else middle)
    return np.array([row], dtype=np.float64)


def scored(value: Any, rows: int) -> Scored:
    """What a model gave, as one block. Raises ValueError when it did not give one answer a row."""
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a table, of polars or pandas
        names = list(value.columns)
        lists = [value[name].to_list() if hasattr(value[name], "to_list") else list(value[name]) for name in names]
        return _listed(lists, rows)
    if isinstance(value, dict):
        return _listed([list(np.asarray(values).tolist()) for values in value.values()], rows)
    if hasattr(value, "toarray"):
        value = value.toarray()
    made = np.asarray(value)
    if made.ndim == 0 or made.shape[0] != rows:
        raise ValueError(f"the model gave the shape {made.shape} for {rows} rows")
    flat = made.reshape(rows, -1)
    width = int(flat.shape[1])
    if flat.dtype.kind == "f":
        return Scored(FLOATS, width, np.ascontiguousarray(flat, dtype=np.float64).tobytes())
    if flat.dtype.kind in "iu":
        return Scored(WHOLE, width, np.ascontiguousarray(flat, dtype=np.int64).tobytes())
    return _listed([flat[:, i].tolist() for i in range(width)], rows)


def _listed(columns: list[list[Any]], rows: int) -> Scored:
    if not columns or any(len(column) != rows for column in columns):
        raise ValueError(f"the model gave {len(columns[0]) if columns else 0} answers for {rows} rows")
    return Scored(LISTS, len(columns), _encode([[_plain(v) for v in column] for column in columns]))


def _plain(value: Any) -> Any:
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    return value.item() if hasattr(value, "item") else str(value)
