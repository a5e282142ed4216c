"""Files that are tables: what is in them, and how two of them differ, by columns and by rows. Parquet, CSV and TSV.

Needs polars (extra `tables`); nothing here loads a table whole when a part of it answers the question.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from treadle.core.errors import DataError, UsageError

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PARQUET = (".parquet", ".pq")
_ROW = "treadle row"  # names of columns of ours; a space keeps them apart from most people's
_SIDE = "treadle side"


class Table(NamedTuple):
    """A table file: the name people know it by, which tells its format, and a local file with its bytes."""

    name: str
    path: str | os.PathLike[str]


class TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows a table has, and its columns with their types."""

    rows: int
    columns: dict[str, str]


class TableDiff(msgspec.Struct, frozen=True, kw_only=True):
    """How two tables differ.

    Without key columns rows are compared as multisets, so a changed row counts as one removed and one added. Columns that only
    one side has do not make rows differ; of `columns_retyped` each has its former and its present type.
    """

    columns_added: dict[str, str]
    columns_removed: dict[str, str]
    columns_retyped: dict[str, tuple[str, str]]
    rows_added: int
    rows_removed: int
    rows_changed: int | None = None
    """Rows with the same key and other values; None when no key columns were given."""
    changed_columns: dict[str, int] = {}
    """In how many of the changed rows each column differs."""

    def __bool__(self) -> bool:
        columns = self.columns_added or self.columns_removed or self.columns_retyped
        return bool(columns or self.rows_added or self.rows_removed or self.rows_changed)


def is_table(name: str) -> bool:
    """Whether a file of that name is a table."""
    return os.path.splitext(name)[1].lower() in (*_PARQUET, *_SEPARATORS)


def facts(tables: Sequence[Table]) -> TableFacts | None:
    """The facts of these tables taken together; None unless all can be read and agree on their columns."""
    import polars as pl

    columns: dict[str, str] | None = None
    rows = 0
    for table in tables:
        try:
            frame = _scan(table)
            schema = {name: str(kind) for name, kind in frame.collect_schema().items()}
            rows += int(frame.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, DataError):
            return None
        if columns is not None and columns != schema:
            return None
        columns = schema
    return None if columns is None else TableFacts(rows=rows, columns=columns)


def compare(before: Sequence[Table], after: Sequence[Table], keys: Sequence[str] = ()) -> TableDiff:
    """How the second list of tables, taken together, differs from the first.

    Rows are compared by 64-bit hashes. Raises DataError when a file cannot be read as a table or a key is not unique, and
    UsageError when a key column does not exist.
    """
    import polars as pl

    try:
        old, new = _together(before), _together(after)
        was, now = dict(old.collect_schema()), dict(new.collect_schema())
        both = [name for name in was if name in now] if before and after else list(was or now)
        _check_keys(keys, was, now)
        kinds = {name: _comparable(was.get(name, now.get(name)), now.get(name, was.get(name))) for name in both}
        counts = _by_key(old, new, keys, kinds) if keys and before and after else _by_row(old, new, kinds, bool(before), bool(after))
    except pl.exceptions.PolarsError as error:
        names = ", ".join(table.name for table in (*before, *after)[:3])
        raise DataError(f"cannot compare as tables: {str(error).partition(chr(10))[0]}", where=names) from error
    return TableDiff(
        columns_added={name: str(kind) for name, kind in now.items() if name not in was} if before else {},
        columns_removed={name: str(kind) for name, kind in was.items() if name not in now} if after else {},
        columns_retyped={name: (str(was[name]), str(now[name])) for name in was if name in now and was[name] != now[name]},
        **counts,
    )


def _scan(table: Table) -> Any:
    import polars as pl

    suffix = os.path.splitext(table.name)[1].lower()
    if suffix in _PARQUET:
        return pl.scan_parquet(Path(table.path))
    if suffix in _SEPARATORS:
        return pl.scan_csv(Path(table.path), separator=_SEPARATORS[suffix], infer_schema_length=10_000, try_parse_dates=True)
    raise DataError(f"`{table.name}` is not a table", hint="tables are files named .parquet, .csv or .tsv")


def _together(tables: Sequence[Table]) -> Any:
    import polars as pl

    return pl.concat([_scan(table) for table in tables], how="diagonal_relaxed") if tables else pl.LazyFrame()


def _check_keys(keys: Sequence[str], was: dict[str, Any], now: dict[str, Any]) -> None:
    for key in keys:
        for columns in (was, now):
            if columns and key not in columns:
                raise UsageError(f"there is no key column `{key}`", hint="columns: " + ", ".join(list(columns)[:20]))


def _comparable(was: Any, now: Any) -> Any:
    """The type in which values of two types are compared; None leaves them as they are."""
    import polars as pl

    if was == now and not isinstance(was, (pl.Categorical, pl.Enum)):
        return None
    return pl.Float64 if was.is_numeric() and now.is_numeric() else pl.String


def _column(name: str, kind: Any) -> Any:
    import polars as pl

    return pl.col(name) if kind is None else pl.col(name).cast(kind, strict=False)


def _by_row(old: Any, new: Any, kinds: dict[str, Any], has_old: bool, has_new: bool) -> dict[str, Any]:
    import polars as pl

    row = pl.struct([_column(name, kind) for name, kind in kinds.items()]).hash(seed=1) if kinds else pl.lit(0)
    sides = [
        frame.select(row.alias(_ROW)).with_columns(pl.lit(sign, pl.Int64).alias(_SIDE))
        for frame, sign, there in ((old, -1, has_old), (new, 1, has_new))
        if there
    ]
    if not sides or not kinds:
        return {"rows_added": 0, "rows_removed": 0}
    more = pl.concat(sides).group_by(_ROW).agg(pl.col(_SIDE).sum())
    sums = more.select(
        added=pl.col(_SIDE).filter(pl.col(_SIDE) > 0).sum(), removed=pl.col(_SIDE).filter(pl.col(_SIDE) < 0).sum().neg()
    ).collect(engine="streaming")
    return {"rows_added": int(sums["added"][0] or 0), "rows_removed": int(sums["removed"][0] or 0)}


def _by_key(old: Any, new: Any, keys: Sequence[str], kinds: dict[str, Any]) -> dict[str, Any]:
    import polars as pl

    values = [name for name in kinds if name not in keys]
    picked = [_column(key, kinds.get(key)).alias(f"key {i}") for i, key in enumerate(keys)]
    hashed = [_column(name, kinds[name]).hash(seed=1).alias(f"value {i}") for i, name in enumerate(values)]
    names = [f"key {i}" for i in range(len(keys))]
    sides = []
    for frame in (old, new):
        side = frame.select(*picked, *hashed).collect(engine="streaming")
        if side.height and side.select(pl.struct(names).is_duplicated().any()).item():
            raise DataError(f"the key {', '.join(keys)} is not unique", hint="name more key columns, or none to compare whole rows")
        sides.append(side)
    one, other = sides
    common = one.join(other, on=names, how="inner", suffix=" now", nulls_equal=True)
    differing = [pl.col(f"value {i}").ne_missing(pl.col(f"value {i} now")).alias(name) for i, name in enumerate(values)]
    if not differing:
        return {"rows_added": other.height - common.height, "rows_removed": one.height - common.height, "rows_changed": 0}
    flags = common.select(differing)
    per_column = {name: int(flags[name].sum()) for name in values}
    return {
        "rows_added": other.height - common.height,
        "rows_removed": one.height - common.height,
        "rows_changed": int(flags.select(pl.any_horizontal(pl.all()).sum()).item()),
        "changed_columns": {name: count for name, count in per_column.items() if count},
    }
