"""Expectations suggested by a table: what it fulfils with some room, as a beginning for people to read and edit."""

from __future__ import annotations

import math
from typing import Any

from treadle.check.expecting import examine
from treadle.core.errors import DataError
from treadle.sdk import expect
from treadle.sdk.expect import Expectation

MOST_WORDS = 40
MOST_PAIRS = 20
_ROOM = 0.1
"""How far beyond what was seen a number may lie, as a share of the range that was seen."""


def suggested(frame: Any) -> list[Expectation]:
    """Schema, presence, ranges, sets, keys, order of moments, number of rows. All of them hold on this table.

    Raises DataError for a table without rows: nothing follows from nothing.
    """
    from treadle.sdk.formats.conversion import convert

    table = convert(frame, "polars", "table")
    if not table.height:
        raise DataError("a table without rows suggests nothing", hint="suggest from a version with data")
    made = [expect.schema({name: _kind(dtype) for name, dtype in table.schema.items()})]
    full = [name for name in table.columns if table[name].null_count() == 0]
    if full:
        made.append(expect.present(*full))
    for name in table.columns:
        made += _of_column(name, table[name])
    keys = _keys(table)
    if keys:
        made.append(expect.unique(*keys))
    made += _order(table)
    made.append(expect.rows(at_least=max(1, table.height // 2)))
    return [one for one in made if examine(table, [one]).passed]


def _kind(dtype: Any) -> str:
    import polars as pl

    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "whole"
    if dtype.is_numeric():
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    return "date" if dtype == pl.Date else "moment" if dtype == pl.Datetime else "any"


def _of_column(name: str, values: Any) -> list[Expectation]:
    import polars as pl

    missing = values.null_count() / len(values)
    made = [expect.present(name, share=_rounded_up(min(1.0, missing * 1.5)))] if 0 < missing < 0.5 else []
    known = values.drop_nulls()
    if not len(known):
        return made
    if values.dtype.is_integer() and known.n_unique() <= 2 < len(known):
        made.append(expect.one_of(name, known.unique().sort().to_list()))
    elif values.dtype.is_numeric():
        low, high = float(known.min()), float(known.max())
        if math.isfinite(low) and math.isfinite(high):
            made.append(expect.between(name, *_roomy(low, high, whole=values.dtype.is_integer())))
    elif values.dtype in (pl.String, pl.Categorical, pl.Enum):
        words = known.unique().cast(pl.String).sort().to_list()
        if len(words) <= MOST_WORDS and len(known) >= 10 * len(words):
            made.append(expect.one_of(name, words))
    return made


def _rounded_up(share: float) -> float:
    return math.ceil(share * 1000) / 1000


def _roomy(low: float, high: float, *, whole: bool) -> tuple[Any, Any]:
    """Bounds with room around what was seen, in round numbers; what was never negative stays so."""
    room = (high - low) * _ROOM or abs(high) * _ROOM or 1.0
    step = 10.0 ** math.floor(math.log10(room))
    lowest, highest = math.floor((low - room) / step) * step, math.ceil((high + room) / step) * step
    lowest = 0.0 if low >= 0 > lowest else lowest
    highest = 0.0 if high <= 0 < highest else highest
    if whole:
        return math.floor(lowest), math.ceil(highest)
    digits = max(0, -math.floor(math.log10(step)))
    return round(lowest, digits), round(highest, digits)


def _keys(table: Any) -> list[str]:
    """The first column of words or whole numbers that tells all rows apart."""
    import polars as pl

    for name, dtype in table.schema.items():
        if (dtype.is_integer() or dtype == pl.String) and table.height > 1 and table[name].n_unique() == table.height:
            return [name]
    return []


def _order(table: Any) -> list[Expectation]:
    """Moments that always follow each other."""
    import polars as pl

    moments = [name for name, dtype in table.schema.items() if dtype in (pl.Date, pl.Datetime)]
    pairs = [
        (one, other) for place, one in enumerate(moments) for other in moments[place + 1 :] if table.schema[one] == table.schema[other]
    ]
    made = []
    for one, other in pairs[:MOST_PAIRS]:
        both = table.select(one, other).drop_nulls()
        if both.height and (both[one] <= both[other]).all():
            made.append(expect.relation(one, "<=", other))
        elif both.height and (both[one] >= both[other]).all():
            made.append(expect.relation(one, ">=", other))
    return made
