"""Words for who looks at data: the first rows of a file with what its columns hold, and how two versions differ."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.operation import GET, operation

MOST_ROWS = 500
MOST_BYTES = 64 << 20
"""Bytes of a file that are read for a preview."""


class PreviewVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a dataset version; without a `path` its first table, or else its first file."""

    ref: str
    path: str = ""
    rows: int = 50


class PreviewArtifact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run gave or logged, by digest."""

    digest: str
    rows: int = 50


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """So many rows from `lowest` (included) to `highest`."""

    lowest: float
    highest: float
    rows: int


class Word(msgspec.Struct, frozen=True, kw_only=True):
    value: str
    rows: int


class ColumnPreview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a column holds in the rows that were counted. Numbers have extremes, a mean and `bins`, others their most frequent `words`."""

    name: str
    type: str
    nulls: int = 0
    distinct: int | None = None
    lowest: float | None = None
    highest: float | None = None
    mean: float | None = None
    bins: tuple[Bin, ...] = ()
    words: tuple[Word, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`kind` is table, text (also JSON), image, or bytes (nothing to show). Of a table `columns` tell what `counted` rows hold, `whole`
    when these are all; of a text `text` is its beginning."""

    kind: str
    name: str
    digest: str
    size: int
    media: str = ""
    columns: tuple[ColumnPreview, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    counted: int = 0
    whole: bool = True
    text: str = ""


preview_version = operation(
    "data.preview",
    GET,
    "/dataset-versions/{ref}/preview",
    PreviewVersion,
    Preview,
    allow="data:read",
    summary="The first rows of a file of a dataset version, and what its columns hold.",
)

preview_artifact = operation(
    "data.preview_artifact",
    GET,
    "/artifacts/{digest}/preview",
    PreviewArtifact,
    Preview,
    allow="data:read",
    summary="The first rows, or the beginning, of what a run gave.",
)


class DiffVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions of datasets, by reference; `a` is the one before."""

    a: str
    b: str


class Shift(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a column's values lie apart: the Kolmogorov-Smirnov distance of numbers, the total variation of words; 0 (equal) to 1.
    `a` and `b` describe the column on either side."""

    column: str
    measure: str
    distance: float
    a: ColumnPreview
    b: ColumnPreview


class VersionDiff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How version `b` differs from `a`: files, and where both are tables their columns, rows and, worst first, values.

    Lists of files hold at most 1,000. `compared` is False where the tables are too large to compare their rows here (`treadle data diff`
    does), and `read` tells how many rows of each side the distances come from."""

    a: str
    b: str
    files_added: tuple[str, ...] = ()
    files_removed: tuple[str, ...] = ()
    files_changed: tuple[str, ...] = ()
    files: tuple[int, int, int] = (0, 0, 0)
    """How many were added, removed, changed."""
    columns_added: dict[str, str] = {}
    columns_removed: dict[str, str] = {}
    columns_retyped: dict[str, tuple[str, str]] = {}
    rows: tuple[int | None, int | None] = (None, None)
    rows_added: int | None = None
    rows_removed: int | None = None
    compared: bool = True
    shifts: tuple[Shift, ...] = ()
    read: tuple[int, int] = (0, 0)


diff_versions = operation(
    "data.diff", GET, "/dataset-diff/{a}/{b}", DiffVersions, VersionDiff, allow="data:read", summary="How two versions of data differ."
)
