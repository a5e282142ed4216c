"""What a person sees first of a file: its first rows and what its columns hold, or the beginning of a text.

Reads a bounded part. Tables need polars (extra `tables`).
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.previews import MOST_BYTES, MOST_ROWS, Bin, ColumnPreview, Preview, Shift, Word
from treadle.core.errors import FormatError, UsageError
from treadle.data.tables import is_table
from treadle.statistics import distances

COUNTED = 100_000
"""Rows from which summaries are made."""
_BINS, _WORDS = 20, 10
_TEXT = 64 << 10
_CELL = 300
_TEXTS = (".json", ".jsonl", ".ndjson", ".txt", ".md", ".yaml", ".yml", ".toml", ".py", ".html", ".xml", ".log", ".ini", ".cfg", ".sql")
_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")


def look(path: Path, name: str, *, digest: str, size: int, rows: int, table: bool = False) -> Preview:
    """A preview of the file at `path`, which people know as `name`; `table` says that JSON holds rows. Raises UsageError for a number of
    rows that no page shows."""
    if not 0 <= rows <= MOST_ROWS:
        raise UsageError(f"`rows` is {rows}", hint=f"0 to {MOST_ROWS}")
    media = mimetypes.guess_type(name)[0] or ""
    if is_table(name) or (table and size <= MOST_BYTES):
        return _table(path, name, digest, size, rows, media)
    if media in _IMAGES:
        return Preview(kind="image", name=name, digest=digest, size=size, media=media)
    text = _text(path)
    if text is not None and (name.lower().endswith(_TEXTS) or size <= _TEXT):
        return Preview(kind="text", name=name, digest=digest, size=size, media=media, text=text, whole=size <= _TEXT)
    return Preview(kind="bytes", name=name, digest=digest, size=size, media=media)


def _table(path: Path, name: str, digest: str, size: int, rows: int, media: str) -> Preview:
    frame, whole = head(path, name, size)
    shown = tuple(tuple(map(_plain, row)) for row in frame.head(rows).rows())
    columns = tuple(summary(frame[column]) for column in frame.columns)
    return Preview(
        kind="table", name=name, digest=digest, size=size, media=media, columns=columns, rows=shown, counted=frame.height, whole=whole
    )


def head(path: Path, name: str, size: int) -> tuple[Any, bool]:
    """The first rows of a table as a polars frame, and whether they are all. Raises FormatError for a file that is none."""
    try:
        import polars as pl
    except ImportError as error:
        raise FormatError("looking into tables needs polars", hint="pip install 'treadle[tables]'") from error
    suffix = os.path.splitext(name)[1].lower()
    try:
        if suffix in (".csv", ".tsv"):
            separator = "," if suffix == ".csv" else "\t"
            if size > MOST_BYTES:
                with path.open("rb") as file:
                    data = file.read(MOST_BYTES)
                frame = pl.read_csv(data[: data.rfind(b"\n") + 1], separator=separator, n_rows=COUNTED + 1, try_parse_dates=True)
                return frame.head(COUNTED), False
            frame = pl.read_csv(path, separator=separator, n_rows=COUNTED + 1, try_parse_dates=True, infer_schema_length=10_000)
        elif suffix == ".json":
            frame = pl.DataFrame(msgspec.json.decode(path.read_bytes())[: COUNTED + 1], infer_schema_length=None, strict=False)
        else:
            frame = pl.scan_parquet(path).head(COUNTED + 1).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError, msgspec.DecodeError, TypeError) as error:
        raise FormatError(f"`{name}` cannot be read as a table: {str(error).partition(chr(10))[0]}") from error
    return frame.head(COUNTED), frame.height <= COUNTED


def _text(path: Path) -> str | None:
    """The beginning of a file as text; None for bytes that are none."""
    with path.open("rb") as file:
        data = file.read(_TEXT)
    if b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        return data[: error.start].decode() if error.start > len(data) - 4 and len(data) == _TEXT else None


def _plain(value: Any) -> Any:
    """A cell as JSON has it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"


# --- what a column holds ----------------------------------------------------------------------------------------------------------


def summary(column: Any) -> ColumnPreview:
    """What a polars series holds."""
    made: dict[str, Any] = {"name": column.name, "type": str(column.dtype), "nulls": int(column.null_count())}
    values = column.drop_nulls()
    if column.dtype.is_numeric():
        numbers = _numbers(values)
        if len(numbers):
            made |= {"lowest": float(numbers.min()), "highest": float(numbers.max()), "mean": float(numbers.mean()), "bins": _bins(numbers)}
        made["distinct"] = int(values.n_unique())
    elif not column.dtype.is_nested():
        words = values.cast(_string(), strict=False)
        made["distinct"] = int(words.n_unique())
        counts = words.value_counts(sort=True, name="rows").head(_WORDS)
        made["words"] = tuple(Word(value=str(_plain(row[0])), rows=int(row[1])) for row in counts.rows())
    return ColumnPreview(**made)


def _numbers(values: Any) -> Any:
    import numpy as np

    array = np.asarray(values.to_numpy(), np.float64)
    return array[np.isfinite(array)]


def _bins(numbers: Any) -> tuple[Bin, ...]:
    import numpy as np

    counts, edges = np.histogram(numbers, bins=_BINS if numbers.min() < numbers.max() else 1)
    return tuple(
        Bin(lowest=float(low), highest=float(high), rows=int(count)) for low, high, count in zip(edges, edges[1:], counts, strict=False)
    )


def _string() -> Any:
    import polars as pl

    return pl.String


# --- how two tables' values lie apart ---------------------------------------------------------------------------------------------


def shifts(before: Any, after: Any) -> tuple[Shift, ...]:
    """The columns that both frames have, those that lie furthest apart first."""
    made = [shift for name in before.columns if name in after.columns and (shift := _shift(before[name], after[name])) is not None]
    return tuple(sorted(made, key=lambda shift: -shift.distance))


def _shift(a: Any, b: Any) -> Shift | None:
    if a.dtype.is_nested() or b.dtype.is_nested():
        return None
    if a.dtype.is_numeric() and b.dtype.is_numeric():
        numbers = _numbers(a.drop_nulls()), _numbers(b.drop_nulls())
        if not len(numbers[0]) or not len(numbers[1]):
            return None
        measure, distance = "Kolmogorov-Smirnov", float(distances.kolmogorov_smirnov(*numbers).statistic)
    else:
        shares = _shares(a), _shares(b)
        if not shares[0] or not shares[1]:
            return None
        words = shares[0].keys() | shares[1].keys()
        measure, distance = "total variation", sum(abs(shares[0].get(word, 0.0) - shares[1].get(word, 0.0)) for word in words) / 2
    return Shift(column=a.name, measure=measure, distance=distance, a=summary(a), b=summary(b))


def _shares(column: Any) -> dict[str, float]:
    counts: Sequence[tuple[str, int]] = column.drop_nulls().cast(_string(), strict=False).value_counts(name="rows").rows()
    total = sum(rows for _, rows in counts)
    return {word: rows / total for word, rows in counts}
