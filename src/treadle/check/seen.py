"""What was really seen: the signature of a model, rows to keep, the profile of its reference, the newest moment in the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from treadle.check.asking import Asked
from treadle.contract.registry import Column, Signature
from treadle.core.errors import DataError

MOST_CATEGORIES, LONGEST_WORD = 200, 100
SAMPLE = 200
_PROFILED = 1_000_000
_TRIED = 5


def signature_of(asked: Asked, tables: Sequence[Any], answers: dict[str, Any] | None) -> Signature:
    """The signature from all rows that were seen: of inputs the types, missing values, extremes and words; of outputs likewise.

    A column in which no value was missing may be missing all the same when the model, asked so, answers: one silent sensor is no
    reason to refuse a request. Rows of numbers alone (numpy) stay as strict as the data were, because their fast way knows no null.
    Raises DataError for a column of a type that no request could carry.
    """
    inputs = tuple(_column(name, [table[name] for table in tables if name in table.columns]) for name in asked.features)
    if asked.frame != "numpy" and tables:
        spared = {column.name for column in inputs if not column.nullable and _does_without(asked, tables[0], column.name)}
        inputs = tuple(msgspec.structs.replace(column, nullable=column.nullable or column.name in spared) for column in inputs)
    import polars

    outputs: tuple[Column, ...] = ()
    if answers is not None:
        outputs = tuple(_column(name, [polars.Series(name, _plain(values))]) for name, values in answers.items())
    return Signature(
        inputs=inputs, outputs=outputs, frame=asked.frame, method=asked.method, rows=sum(int(table.height) for table in tables)
    )


def _does_without(asked: Asked, table: Any, name: str) -> bool:
    """Whether the model answers rows in which this column is missing, and answers with numbers."""
    import numpy
    import polars

    few = table.head(_TRIED).with_columns(polars.lit(None, dtype=table[name].dtype).alias(name))
    try:
        answers = asked.answers(few)
    except Exception:  # the model's own way of saying that it needs the column
        return False
    return all(values.dtype.kind in "OUS" or bool(numpy.isfinite(values.astype(numpy.float64)).all()) for values in answers.values())


def _plain(values: Any) -> Any:
    """An array as polars takes it: words of Python where numpy has objects."""
    return [None if value is None else str(value) for value in values] if values.dtype.kind in "OUS" else values


def kind_of(name: str, dtype: Any) -> str:
    """The type that requests know: narrower ones are widened. Raises DataError for lists, structs, bytes and objects."""
    import polars

    if dtype == polars.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "int64"
    if dtype.is_float() or dtype.is_decimal() or dtype == polars.Null:
        return "float64"
    if dtype in (polars.String, polars.Categorical, polars.Enum):
        return "string"
    if dtype in (polars.Date, polars.Datetime):
        return "datetime"
    raise DataError(f"the column `{name}` has the type {dtype}, which a model cannot be asked with", hint="features=[...] leaves it out")


def _column(name: str, parts: Sequence[Any]) -> Column:
    kinds = {kind_of(name, part.dtype) for part in parts}
    kind = kinds.pop() if len(kinds) == 1 else ("float64" if kinds <= {"int64", "float64", "boolean"} else "string")
    nullable = any(part.null_count() > 0 or (part.dtype.is_float() and bool(part.is_nan().any())) for part in parts)
    if kind == "string":
        words = sorted({str(word) for part in parts for word in part.drop_nulls().unique().head(MOST_CATEGORIES + 1)})
        named = len(words) <= MOST_CATEGORIES and all(len(word) <= LONGEST_WORD and "\x00" not in word for word in words)
        return Column(name=name, type=kind, nullable=nullable, categories=tuple(words) if named else None)
    if kind == "boolean":
        return Column(name=name, type=kind, nullable=nullable)
    numbers = [_numbers(part) for part in parts]
    lows = [low for part in numbers if (low := part.min()) is not None]
    highs = [high for part in numbers if (high := part.max()) is not None]
    return Column(
        name=name, type=kind, nullable=nullable, lowest=float(min(lows)) if lows else None, highest=float(max(highs)) if highs else None
    )


def _numbers(values: Any) -> Any:
    """A column as finite numbers; moments are seconds since 1970."""
    import polars

    if values.dtype in (polars.Date, polars.Datetime):
        values = values.cast(polars.Datetime("us")).dt.epoch("us") / 1e6
    values = values.cast(polars.Float64)
    return values.filter(values.is_finite())


def conformed(table: Any, signature: Signature) -> Any:
    """The inputs of a table in the signature's types, moments as seconds: as an endpoint records them."""
    import polars

    kinds = {"boolean": polars.Boolean, "int64": polars.Int64, "float64": polars.Float64, "string": polars.String}
    columns = []
    for column in signature.inputs:
        one = polars.col(column.name)
        if column.type == "datetime":
            columns.append(one.cast(polars.Datetime("us")).dt.epoch("us").cast(polars.Float64) / 1e6)
        else:
            columns.append(one.cast(kinds[column.type]))
    return table.select(columns)


def typed(table: Any, signature: Signature) -> Any:
    """The inputs of a table in the signature's types, as a model is asked; raises DataError for values that do not fit.

    Moments stay moments. A column that is missing is left out: whoever asks names it.
    """
    import polars

    kinds = {"boolean": polars.Boolean, "int64": polars.Int64, "float64": polars.Float64, "string": polars.String}
    known = [column for column in signature.inputs if column.name in table.columns]
    try:
        return table.select(
            polars.col(column.name).cast(kinds[column.type]) if column.type in kinds else polars.col(column.name) for column in known
        )
    except polars.exceptions.PolarsError as error:
        raise DataError(f"the data is not what the model takes: {(str(error).splitlines() or ['?'])[0][:200]}") from error


def answer_column(name: str, values: Any) -> Any:
    """An answer as a column of the name by which recorded predictions call it."""
    import polars

    return polars.Series(f"out.{name}", _plain(values))


def profile_of(table: Any, signature: Signature, answers: dict[str, Any] | None) -> bytes:
    """The reference profile: columns `in.NAME` and, where the rows were answered, `out.NAME`, as recorded predictions name them."""
    import polars

    from treadle.statistics import profile

    few = table.head(_PROFILED)
    inputs = conformed(few, signature)
    columns = [inputs[name].alias(f"in.{name}") for name in inputs.columns]
    columns += [answer_column(name, values[: few.height]) for name, values in (answers or {}).items()]
    return profile.encode(profile.reference(polars.DataFrame(columns)))


def sample_of(table: Any, features: Sequence[str], seed: int) -> Any:
    """A few rows of real input, drawn with a seed."""
    chosen = table.select(features)
    return chosen if chosen.height <= SAMPLE else chosen.sample(SAMPLE, seed=seed % (1 << 32))


def newest_moment(table: Any) -> float | None:
    """The newest date or moment in a table, in seconds since 1970; None where it has none."""
    import polars

    found = []
    for name, dtype in table.schema.items():
        if dtype in (polars.Date, polars.Datetime):
            newest = _numbers(table[name].drop_nulls()).max()
            if newest is not None:
                found.append(float(newest))
    return max(found) if found else None
