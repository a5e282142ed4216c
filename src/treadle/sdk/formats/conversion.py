"""From one library's table to another's, to rows of plain data, and to arrays."""

from __future__ import annotations

import sys
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import impossible, missing

FRAMES = ("polars", "pandas", "arrow")
_LIBRARIES = {
    ("polars", "DataFrame"): "polars",
    ("polars", "LazyFrame"): "polars_lazy",
    ("pandas", "DataFrame"): "pandas",
    ("pyarrow", "Table"): "arrow",
    ("pyarrow", "RecordBatch"): "arrow",
}


def frame_library(value: Any) -> str | None:
    """ "polars", "polars_lazy", "pandas" or "arrow" for a table of theirs, else None; imports nothing."""
    for cls in type(value).__mro__:
        found = _LIBRARIES.get((cls.__module__.partition(".")[0], cls.__name__))
        if found is not None:
            return found
    return None


def damage() -> tuple[type[BaseException], ...]:
    """What the loaded table libraries raise over bytes or values that are not what they claim."""
    found: list[type[BaseException]] = [ValueError, TypeError, NotImplementedError]
    if "polars" in sys.modules:
        found += [sys.modules["polars"].exceptions.PolarsError, sys.modules["polars"].exceptions.PanicException]
    if "pyarrow" in sys.modules:
        found.append(sys.modules["pyarrow"].ArrowException)
    return tuple(found)


def convert(frame: Any, want: str, format_name: str) -> Any:
    """A table of any library as `want`: polars, polars_lazy, pandas, arrow, numpy (2-D; one type for all columns) or json (rows)."""
    have = frame_library(frame)
    if want == have:
        return frame
    try:
        if want in ("polars", "polars_lazy"):
            made = _to_polars(frame, str(have))
            return made.lazy() if want == "polars_lazy" else made
        if want == "pandas":
            return frame.to_pandas()
        if want == "arrow":
            return _to_arrow(frame, str(have))
        if want == "numpy":
            return _to_numpy(frame, str(have), format_name)
    except ModuleNotFoundError as error:
        raise missing(error.name or want, f"giving a table as {want}") from error
    if want == "json":
        return rows_of(frame, None)
    raise impossible(format_name, want)


def _to_polars(frame: Any, have: str) -> Any:
    import polars

    if have == "polars_lazy":
        return frame.collect()
    return polars.from_pandas(frame) if have == "pandas" else polars.from_arrow(frame)


def _to_arrow(frame: Any, have: str) -> Any:
    import pyarrow

    return pyarrow.Table.from_pandas(frame) if have == "pandas" else frame.to_arrow()


def _to_numpy(frame: Any, have: str, format_name: str) -> Any:
    import numpy

    if have == "arrow":
        frame = frame.to_pandas()
    array = frame.to_numpy()
    if array.dtype == object:
        raise FormatError(
            f"the columns of the `{format_name}` table have no number type in common, so it cannot be given as `numpy`",
            hint="select columns of numbers first",
        )
    return numpy.ascontiguousarray(array)


def rows_of(frame: Any, rows: int | None) -> list[dict[str, Any]]:
    """The first rows (all for None) as dictionaries of plain values."""
    have = frame_library(frame)
    if have == "pandas":
        found: list[dict[str, Any]] = frame.head(len(frame) if rows is None else rows).to_dict("records")
        return found
    head = frame if rows is None else frame.slice(0, rows)
    return list(head.to_pylist() if have == "arrow" else head.to_dicts())


def rows_as(rows: list[dict[str, Any]], want: str) -> Any:
    """A list of dictionaries as a table; raises FormatError when they are no table."""
    try:
        if want == "pandas":
            import pandas

            return pandas.DataFrame(rows)
        if want == "arrow":
            import pyarrow

            return pyarrow.Table.from_pylist(rows)
        import polars

        frame = polars.DataFrame(rows, infer_schema_length=None)
        return frame.lazy() if want == "polars_lazy" else frame
    except ModuleNotFoundError as error:
        raise missing(error.name or want, f"giving rows as {want}") from error
    except damage() as error:
        raise FormatError(f"the rows cannot become a table: {str(error).splitlines()[0][:200]}", hint="take the value as it is") from error


def numbers_as_array(value: Any) -> Any:
    """Nested lists of numbers as an array; raises FormatError for anything else."""
    import numpy

    try:
        array = numpy.asarray(value)
    except ValueError as error:
        raise FormatError("the lists have different lengths, so they cannot be given as `numpy`", hint="take the value as it is") from error
    if array.dtype.kind not in "biufc":
        raise FormatError("the value does not hold numbers alone, so it cannot be given as `numpy`", hint="take the value as it is")
    return array


def array_as(array: Any, want: str) -> Any:
    """A one- or two-dimensional array as a table whose columns are column_0, column_1 ..."""
    if array.ndim not in (1, 2):
        raise FormatError(f"an array of {array.ndim} dimensions cannot be given as `{want}`", hint="take it as a numpy.ndarray")
    columns = [array] if array.ndim == 1 else [array[:, i] for i in range(array.shape[1])]
    named = {f"column_{i}": column for i, column in enumerate(columns)}
    try:
        if want == "pandas":
            import pandas

            return pandas.DataFrame(named)
        if want == "arrow":
            import pyarrow

            return pyarrow.table(named)
        import polars

        frame = polars.DataFrame(named)
        return frame.lazy() if want == "polars_lazy" else frame
    except ModuleNotFoundError as error:
        raise missing(error.name or want, f"giving an array as {want}") from error
    except damage() as error:
        raise FormatError(
            f"the array cannot become a table: {str(error).splitlines()[0][:200]}", hint="take it as a numpy.ndarray"
        ) from error
