"""Whole tables as a body: CSV with a header, and Arrow IPC, as files or as streams."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from treadle.endpoint import plain
from treadle.endpoint.answers import Refused
from treadle.endpoint.checker import Checker, Rows

if TYPE_CHECKING:
    from treadle.endpoint.api import Facts
    from treadle.endpoint.front import Front
    from treadle.endpoint.http import Request

_ARROW = (b"application/vnd.apache.arrow.file", b"application/vnd.apache.arrow.stream")
KINDS = (b"text/csv", *_ARROW)
_MISSING = ("", "NA", "NaN", "nan", "null", "NULL", "None")


def predict(front: Front, request: Request, facts: Facts, kind: bytes) -> None:
    """Answers a table. Columns `key` and `at` are keys and event times unless the model takes columns of that name. Raises Refused."""
    body = request.body
    if kind == b"text/csv":
        front.predict(request, lambda checker: _csv(checker, body), plain.answer, facts.key, facts.at)
    else:
        front.predict(request, lambda checker: checker.table(arrow_columns(body, checker.most_rows)), plain.answer, facts.key, facts.at)


def _csv(checker: Checker, body: bytes) -> Rows:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(400, "the CSV is not UTF-8", where=f"byte {error.start}") from None
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise Refused(400, f"the CSV cannot be read: {error}") from None
    if not rows:
        raise Refused(400, "the CSV is empty", hint="its first line names the columns")
    names, lines = rows[0], rows[1:]
    if len(set(names)) != len(names):
        raise Refused(400, "two columns of the CSV have the same name", where="line 1")
    if len(lines) > checker.most_rows:
        raise Refused(413, f"{len(lines)} rows are more than this endpoint takes in one request ({checker.most_rows})")
    for at, row in enumerate(lines):
        if len(row) != len(names):
            raise Refused(400, f"row {at} has {len(row)} values, the header {len(names)}", where=f"row {at}")
    kinds = {column.name: column.type for column in checker.columns}
    return checker.table({name: [_typed(row[i], kinds.get(name, "")) for row in lines] for i, name in enumerate(names)})


def _typed(text: str, kind: str) -> Any:
    """What a cell means for a column of a type; what it does not mean is left as text, for the checker to name."""
    if text in _MISSING and kind != "string":
        return None
    if kind == "boolean":
        return {"true": True, "false": False, "1": True, "0": False}.get(text.strip().lower(), text)
    if kind in ("float64", "int64", "", "datetime") and (kind or text):
        try:
            number = float(text)
        except ValueError:
            return text
        if not math.isfinite(number):
            return text
        return int(text) if kind == "int64" and text.strip().lstrip("+-").isdigit() else number
    return text


def arrow_columns(body: bytes, most_rows: int) -> dict[str, list[Any]]:
    """The columns of an Arrow IPC file or stream as plain lists. Raises Refused."""
    try:
        import polars
    except ModuleNotFoundError:
        raise Refused(415, "Arrow bodies need the package `polars`", hint="uv pip install polars, or send JSON") from None
    reader = polars.read_ipc if body[:6] == b"ARROW1" else polars.read_ipc_stream
    try:
        table = reader(io.BytesIO(body))
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, ValueError, OSError):
        raise Refused(400, "the body is not an Arrow IPC file or stream") from None
    if table.height > most_rows:
        raise Refused(413, f"{table.height} rows are more than this endpoint takes in one request ({most_rows})")
    times = [name for name, kind in table.schema.items() if kind.is_temporal()]
    if times:
        moments = [polars.col(name).cast(polars.Datetime("us")).cast(polars.Int64).cast(polars.Float64) / 1e6 for name in times]
        table = table.with_columns(moment.alias(name) for moment, name in zip(moments, times, strict=True))
    categories = [name for name, kind in table.schema.items() if kind in (polars.Categorical, polars.Enum)]
    table = table.with_columns(polars.col(name).cast(polars.String) for name in categories)
    found: dict[str, list[Any]] = table.to_dict(as_series=False)
    return found
