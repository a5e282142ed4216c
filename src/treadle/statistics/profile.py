"""Profiles: what a table looks like, in counts that add up and without a row of it.

A reference is profiled once, when a model is trained or registered. It chooses bins and names; every later window is counted
into these, so that windows of minutes add up to hours and days exactly, and a check never needs the reference's data again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from treadle.core.errors import UsageError
from treadle.statistics.columns import Column, Kind, merge_columns
from treadle.statistics.reading import read_column, source
from treadle.statistics.tally import Tally

BINS = 128
"""Bins of a numeric column between its extremes. With 128 bins of equal share, D of Kolmogorov-Smirnov is off by less than .001."""
CATEGORIES = 1000
"""A column of texts with more different values than this is counted by hash, not by name."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A table described by its columns, without a row of it.

    `basis` names the bins and names that were counted into; only profiles of one basis can be merged or compared. `extra` are
    columns that the reference does not have, with their types.
    """

    rows: int
    columns: dict[str, Column]
    extra: dict[str, str] = {}
    basis: str = ""


def reference(table: Any, *, kinds: Mapping[str, Kind] | None = None, bins: int = BINS, categories: int = CATEGORIES) -> Profile:
    """The profile of a table that others will be compared with.

    `table` is a path (Parquet, CSV, TSV), a polars, pandas or Arrow table, or a mapping of columns. `kinds` overrides what a
    column's type suggests: codes that are written as numbers, say, are `{"code": "category"}`. Reads one column at a time.
    Raises DataError when the table cannot be read, UsageError for unknown columns or senseless numbers.
    """
    if not 2 <= bins <= 4096 or not 1 <= categories <= 100_000:
        raise UsageError("a profile has 2 to 4096 bins and 1 to 100000 categories", where=f"bins={bins}, categories={categories}")
    read = source(table)
    wished = dict(kinds or {})
    unknown = [name for name in wished if name not in read.types]
    if unknown:
        raise UsageError(f"the table has no column `{unknown[0]}`", hint=f"its columns are {', '.join(read.types)}")
    columns = {name: read_column(read, name, wished.get(name), None, bins, categories) for name in read.types}
    return Profile(rows=read.rows, columns=columns, basis=_basis(columns))


def window(table: Any, like: Profile) -> Profile:
    """The profile of a table in the bins and names of the reference `like`; `table` may be whatever `reference` takes."""
    read = source(table)
    columns = {
        name: stripped(read_column(read, name, None, column, 0, 0)) if name in read.types else Column(kind=column.kind)
        for name, column in like.columns.items()
    }
    extra = {name: str(dtype) for name, dtype in read.types.items() if name not in like.columns}
    return Profile(rows=read.rows, columns=columns, extra=extra, basis=like.basis)


def window_from_arrays(columns: Mapping[str, Any], like: Profile) -> Profile:
    """The profile of columns given as arrays or lists, without polars. For a stream keep a `Tally` and add to it."""
    tally = Tally(like)
    tally.add(columns)
    return tally.profile()


def merge(one: Profile, other: Profile) -> Profile:
    """Both together. Counts add exactly, in any order. Raises UsageError unless both were counted against one reference."""
    if one.basis != other.basis:
        raise UsageError("these profiles were counted against different references", hint="profile both with window(..., like=reference)")
    columns = {name: merge_columns(column, other.columns[name]) for name, column in one.columns.items()}
    return Profile(rows=one.rows + other.rows, columns=columns, extra={**other.extra, **one.extra}, basis=one.basis)


def empty(like: Profile) -> Profile:
    """The window of nothing: what `merge` begins with."""
    return Tally(like).profile()


def as_window(profile: Profile) -> Profile:
    """A reference seen as a window of itself: without edges and names."""
    return replace(profile, columns={name: stripped(column) for name, column in profile.columns.items()})


def stripped(column: Column) -> Column:
    return replace(column, edges=(), names=())


def encode(profile: Profile) -> bytes:
    """The profile as JSON."""
    return msgspec.json.encode(profile)


def decode(data: bytes | str) -> Profile:
    """Reads the form of `encode`. Raises UsageError when it is something else."""
    try:
        return msgspec.json.decode(data, type=Profile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"this is not the profile of a table: {error}", hint="profiles come from reference(...) and window(...)"
        ) from error


def _basis(columns: Mapping[str, Column]) -> str:
    bare = {name: (column.kind, column.edges, column.names) for name, column in columns.items()}
    return hashlib.blake2b(msgspec.json.encode(bare), digest_size=16).hexdigest()
