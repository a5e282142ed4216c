"""How a model is asked: its features, the kind of rows it takes, its method, and its answers as named columns."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from treadle.contract.registry import Signature
from treadle.core.errors import DataError, FormatError
from treadle.sdk.formats.protocol import class_name

FRAMES = ("numpy", "polars", "pandas")
_TRIED_ROWS = 200
_AT_ONCE = 65_536


class Asked:
    """A model that can be asked. `answers` takes a polars table that holds at least its features."""

    def __init__(self, value: Any, features: Sequence[str], frame: str, method: str, names: Sequence[str] | None) -> None:
        self.value = value
        self.features = tuple(features)
        self.frame = frame
        self.method = method
        self.names = tuple(names) if names is not None else None
        self._ask = _caller(value, method)

    def rows(self, table: Any) -> Any:
        """The features of a table in the kind of rows that the model takes; raises DataError for a column that is missing."""
        absent = [name for name in self.features if name not in table.columns]
        if absent:
            raise DataError(
                f"the model takes the column `{absent[0]}`, which the data does not have",
                hint=f"its columns are {', '.join(table.columns)}",
            )
        return as_rows(table.select(self.features), self.frame)

    def ask(self, rows: Any) -> Any:
        """What the model itself answers to rows of its own kind."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*feature names.*")
            return self._ask(rows)

    def answers(self, table: Any) -> dict[str, Any]:
        """The answers as arrays by the names of the outputs, one value a row; many rows are asked in parts."""
        parts = [named_answers(self.ask(self.rows(part)), part.height, self.names) for part in _parts(table)]
        if len(parts) == 1:
            return parts[0]
        import numpy

        return {name: numpy.concatenate([part[name] for part in parts]) for name in parts[0]}


def _parts(table: Any) -> Iterator[Any]:
    if table.height <= _AT_ONCE:
        yield table
        return
    for start in range(0, table.height, _AT_ONCE):
        yield table.slice(start, _AT_ONCE)


def known(value: Any, signature: Signature) -> Asked:
    """A model whose signature is on record, asked as it says."""
    names = [column.name for column in signature.outputs]
    return Asked(value, [column.name for column in signature.inputs], signature.frame, signature.method, names)


def find_out(value: Any, table: Any, features: Sequence[str]) -> Asked:
    """How a fitted model wants to be asked, found by asking it with a few rows of `table`.

    Of the kinds of rows that it takes and that give the same answers, numpy is preferred, because it is the fastest to serve; a
    model that knows its columns by name decides what is right. Raises what the model raised when it takes none.
    """
    method = method_of(value)
    names = names_of(value, method)
    few = table.select(features).head(_TRIED_ROWS)
    found: dict[str, Any] = {}
    problem: Exception | None = None
    for frame in FRAMES:
        if frame == "numpy" and not _numeric(few):
            continue
        asked = Asked(value, features, frame, method, names)
        try:
            found[frame] = asked.answers(few)
        except Exception as error:  # the model's own way of saying that it takes no such rows
            problem = problem or error
    if not found:
        raise problem or FormatError(f"the model `{class_name(value)}` took no rows", hint="a model has predict_proba or predict")
    right = next((found[frame] for frame in ("polars", "pandas") if frame in found), None)
    for frame in FRAMES:
        if frame in found and (right is None or equal(found[frame], right)):
            return Asked(value, features, frame, method, names)
    return Asked(value, features, next(iter(found)), method, names)


def features_of(value: Any, table: Any, declared: Sequence[str] | None, label: str | None) -> list[str]:
    """The columns that a model takes: those declared, else those it was fitted with, else all but the label.

    Raises DataError naming a declared column that the data does not have.
    """
    columns = list(table.columns)
    if declared is not None:
        absent = next((name for name in declared if name not in columns), None)
        if absent is not None:
            raise DataError(f"the data has no column `{absent}`, which the model takes", hint=f"its columns are {', '.join(columns)}")
        return list(declared)
    fitted = getattr(value, "feature_names_in_", None)
    if fitted is None and callable(getattr(value, "feature_name", None)):
        fitted = value.feature_name()
    if fitted is None:
        fitted = getattr(value, "feature_names", None)
    if fitted is not None and all(isinstance(name, str) and name in columns for name in fitted):
        return list(fitted)
    return [name for name in columns if name != label]


def method_of(value: Any) -> str:
    """The method by which a model answers; raises FormatError for something that cannot be asked."""
    if type(value).__name__ in ("ModelProto", "ExportedProgram"):
        return "predict"
    for method in ("predict_proba", "predict"):
        if callable(getattr(value, method, None)):
            return method
    if callable(value):
        return "__call__"
    raise FormatError(f"`{class_name(value)}` is no model that can be asked", hint="a model has a method predict_proba or predict")


def names_of(value: Any, method: str) -> list[str] | None:
    """The names of the outputs, where the model knows them: its classes."""
    classes = getattr(value, "classes_", None)
    if method != "predict_proba" or classes is None:
        return None
    try:
        return [str(one) for one in classes]
    except TypeError:
        return None


def _caller(value: Any, method: str) -> Callable[[Any], Any]:
    kind, library = type(value).__name__, type(value).__module__.partition(".")[0]
    if kind == "Booster" and library == "xgboost":
        return lambda rows: value.inplace_predict(rows)
    if kind == "ModelProto":
        return _onnx(value)
    if kind == "ExportedProgram":
        return _torch(value)
    found: Callable[[Any], Any] = value if method == "__call__" else getattr(value, method)
    return found


def _onnx(value: Any) -> Callable[[Any], Any]:
    import numpy

    runtime = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(value.SerializeToString(), providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    kind = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64}.get(port.type, numpy.float64)
    outputs = session.get_outputs()
    wanted = next((one.name for one in outputs if one.name == "probabilities"), outputs[-1].name)
    return lambda rows: session.run([wanted], {port.name: rows.astype(kind)})[0]


def _torch(program: Any) -> Callable[[Any], Any]:
    import numpy

    torch = importlib.import_module("torch")
    module = program.module()

    def ask(rows: Any) -> Any:
        with torch.inference_mode():
            return module(torch.from_numpy(rows.astype(numpy.float32))).numpy()

    return ask


def as_rows(table: Any, frame: str) -> Any:
    """A polars table as a float64 matrix, itself, or a pandas frame."""
    if frame == "polars":
        return table
    if frame == "pandas":
        return table.to_pandas()
    import numpy
    import polars

    return numpy.ascontiguousarray(table.select(polars.all().cast(polars.Float64)).to_numpy())


def _numeric(table: Any) -> bool:
    import polars

    return all(dtype.is_numeric() or dtype == polars.Boolean for dtype in table.dtypes)


def named_answers(value: Any, rows: int, names: Sequence[str] | None) -> dict[str, Any]:
    """What a model gave, as arrays by name. Raises DataError when it did not give one answer a row."""
    import numpy

    if hasattr(value, "columns") and hasattr(value, "to_dict"):  # a table, of polars or pandas
        made = {str(name): numpy.asarray(value[name]) for name in value.columns}
    elif isinstance(value, dict):
        made = {str(name): numpy.asarray(column) for name, column in value.items()}
    else:
        array = numpy.asarray(value.toarray() if hasattr(value, "toarray") else value)
        if array.ndim == 0 or array.shape[0] != rows:
            raise DataError(f"the model gave the shape {array.shape} for {rows} rows")
        flat = array.reshape(rows, -1)
        width = int(flat.shape[1])
        if names is None or len(names) != width:
            names = ["prediction"] if width == 1 else [f"output_{place}" for place in range(width)]
        made = {name: flat[:, place] for place, name in enumerate(names)}
    if any(len(column) != rows for column in made.values()) or not made:
        raise DataError(f"the model gave {len(next(iter(made.values()), ()))} answers for {rows} rows")
    return made


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two sets of answers are the same, to the last digits that a change of float type can move."""
    import numpy

    if one.keys() != other.keys():
        return False
    for name, values in one.items():
        others = other[name]
        if values.dtype.kind in "fiub" and others.dtype.kind in "fiub":
            if not numpy.allclose(values.astype(float), others.astype(float), rtol=1e-6, atol=1e-9, equal_nan=True):
                return False
        elif not numpy.array_equal(values.astype(str), others.astype(str)):
            return False
    return True
