"""Columns of tables, by polars: one column after the other, so that memory holds one, whatever the table's size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from treadle.core.errors import DataError, FormatError, UsageError
from treadle.statistics.columns import Column, Floats, Kind, merge_columns, named_part, number_part, quantile_edges, text_part

PIECE = 4_000_000
"""Numbers are sorted in pieces of this many rows."""
_SAMPLED = 16_384
"""Order statistics taken from each piece to choose the edges of all of them."""
_SEPARATORS = {".csv": ",", ".tsv": "\t"}


class Source(NamedTuple):
    """A table that is read lazily: its frame, its rows, its columns' polars types."""

    frame: Any
    rows: int
    types: dict[str, Any]


def polars() -> Any:
    try:
        import polars as pl
    except ImportError as error:
        raise FormatError("profiles of tables need polars", hint="pip install 'treadle[monitoring]'") from error
    return pl


def source(table: Any) -> Source:
    """A path (Parquet, CSV, TSV), a polars, pandas or Arrow table, or a mapping of columns. Raises DataError if it cannot be read."""
    pl = polars()
    try:
        frame = _lazy(pl, table)
        types = dict(frame.collect_schema())
        rows = int(frame.select(pl.len()).collect().item()) if types else 0
    except (pl.exceptions.PolarsError, OSError) as error:
        where = str(table) if isinstance(table, str | Path) else None
        raise DataError(f"cannot be read as a table: {str(error).partition(chr(10))[0]}", where=where) from error
    return Source(frame, rows, types)


def _lazy(pl: Any, table: Any) -> Any:
    if isinstance(table, str | Path):
        suffix = Path(table).suffix.lower()
        if suffix in _SEPARATORS:
            return pl.scan_csv(table, separator=_SEPARATORS[suffix], infer_schema_length=10_000, try_parse_dates=True)
        return pl.scan_parquet(table)
    if isinstance(table, pl.LazyFrame):
        return table
    if isinstance(table, pl.DataFrame):
        return table.lazy()
    if isinstance(table, Mapping):
        return pl.DataFrame(dict(table), strict=False).lazy()
    if type(table).__module__.partition(".")[0] == "pandas":
        return pl.from_pandas(table, include_index=False).lazy()
    if hasattr(table, "__arrow_c_stream__"):
        return pl.DataFrame(table).lazy()
    raise UsageError(
        f"a {type(table).__name__} is no table", hint="give a path to Parquet, a polars, pandas or Arrow table, or a dict of columns"
    )


def read_column(of: Source, name: str, kind: Kind | None, like: Column | None, bins: int, most_names: int) -> Column:
    """The profile of one column: as `like`'s where that is given, else of the kind wished or found."""
    pl = polars()
    dtype = of.types[name]
    kind = like.kind if like else kind or kind_of(pl, dtype)
    type_name = str(dtype)
    if kind == "other":
        nulls = int(of.frame.select(pl.col(name).null_count()).collect().item())
        return Column(kind=kind, type=type_name, rows=of.rows, nulls=nulls)
    if kind in ("number", "date"):
        return _numbers(of, name, kind, like.edges if like else None, bins)
    return _values(of, name, kind, like, most_names)


def kind_of(pl: Any, dtype: Any) -> Kind:
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_numeric() or dtype in (pl.Duration, pl.Time):
        return "number"
    if dtype in (pl.Date, pl.Datetime):
        return "date"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "category"
    return "other"


# --- numbers and dates --------------------------------------------------------------------------------------------------


def _numbers(of: Source, name: str, kind: Kind, edges: tuple[float, ...] | None, bins: int) -> Column:
    if edges is None and of.rows > PIECE:
        edges = _sampled_edges(of, name, kind, bins)
    total: Column | None = None
    for values, nulls, mistyped in _pieces(of, name, kind):
        rows = len(values) + nulls + mistyped
        part = number_part(values, edges, bins)
        piece = Column(kind=kind, type=str(of.types[name]), rows=rows, nulls=nulls, mistyped=mistyped, **part)
        total = piece if total is None else merge_columns(total, piece)
    assert total is not None  # there is at least one piece, if an empty one
    return total


def _sampled_edges(of: Source, name: str, kind: Kind, bins: int) -> tuple[float, ...]:
    """Edges for a column of several pieces: quantiles of the order statistics of each, with its extremes."""
    taken: list[Floats] = []
    for values, _nulls, _mistyped in _pieces(of, name, kind):
        finite = np.sort(values[np.isfinite(values)])
        taken.append(finite[np.linspace(0, len(finite) - 1, min(_SAMPLED, len(finite))).astype(np.int64)])
    return quantile_edges(np.sort(np.concatenate(taken)), bins)


def _pieces(of: Source, name: str, kind: Kind) -> Iterator[tuple[Floats, int, int]]:
    """Values without nulls, how many nulls there were, and how many values cannot be read as this kind."""
    pl = polars()
    for start in range(0, max(of.rows, 1), PIECE):
        selected = of.frame.select(given=pl.col(name))
        given = (selected if of.rows <= PIECE else selected.slice(start, PIECE)).collect()["given"]
        seconds = _seconds(pl, given) if kind == "date" else _floats(pl, given)
        nulls = int(given.null_count())
        mistyped = int(seconds.null_count()) - nulls
        dense = seconds.drop_nulls() if nulls or mistyped else seconds
        yield np.array(dense.to_numpy(), np.float64), nulls, mistyped


def _floats(pl: Any, given: Any) -> Any:
    if given.dtype == pl.Duration:
        return given.dt.total_microseconds() / 1e6
    if given.dtype == pl.Time:
        return given.cast(pl.Int64) / 1e9
    if given.dtype in (pl.Date, pl.Datetime):
        return _seconds(pl, given)
    if given.dtype in (pl.Categorical, pl.Enum):
        given = given.cast(pl.String)
    if not (given.dtype.is_numeric() or given.dtype in (pl.String, pl.Boolean, pl.Null)):
        return pl.Series([None] * len(given), dtype=pl.Float64)
    return given.cast(pl.Float64, strict=False)


def _seconds(pl: Any, given: Any) -> Any:
    if given.dtype == pl.String:
        given = given.str.to_datetime(strict=False, time_unit="us")
    if given.dtype in (pl.Date, pl.Datetime):
        return given.cast(pl.Datetime("us")).dt.epoch("us") / 1e6
    return given.cast(pl.Float64, strict=False) if given.dtype.is_numeric() else pl.Series([None] * len(given), dtype=pl.Float64)


# --- categories, booleans, texts ----------------------------------------------------------------------------------------


def _values(of: Source, name: str, kind: Kind, like: Column | None, most_names: int) -> Column:
    counted = _counted(of, name)
    nulls = counted.pop(None, 0)
    type_name = str(of.types[name])
    mistyped = 0
    if kind == "boolean":
        known = {"true": "true", "false": "false", "1": "true", "0": "false"}
        spoken: dict[str, int] = {"false": 0, "true": 0}
        for value, count in counted.items():
            word = known.get(str(value).lower())
            if word is None:
                mistyped += count
            else:
                spoken[word] += count
        part = named_part(spoken, like.names if like else ("false", "true"), most_names)
    elif kind == "text":
        part = text_part(counted)
    else:
        part = named_part(counted, like.names if like else None, most_names)
        if "names" not in part:
            kind, part = "text", text_part(counted)
    return Column(kind=kind, type=type_name, rows=of.rows, nulls=nulls, mistyped=mistyped, **part)


def _counted(of: Source, name: str) -> dict[Any, int]:
    """How often each value occurs, by its text; None is null. Counted before it becomes Python's: memory holds different values only."""
    pl = polars()
    dtype = of.types[name]
    column = pl.col(name)
    if dtype in (pl.List, pl.Array, pl.Struct, pl.Object, pl.Binary):
        column = column.is_not_null().replace_strict({True: f"<{dtype}>", False: None}, return_dtype=pl.String)
    counts = of.frame.select(value=column).group_by("value").agg(count=pl.len()).collect(engine="streaming")
    values = counts["value"]
    if values.dtype.is_float():  # 1.0 is the category 1: a null elsewhere in the column has made its whole numbers floats
        whole = values.is_nan().any() is False and bool((values.drop_nulls() == values.drop_nulls().round()).all())
        values = values.cast(pl.Int64, strict=False) if whole else values
    return dict(zip(values.cast(pl.String).to_list(), counts["count"].to_list(), strict=True))
