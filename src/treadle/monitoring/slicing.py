"""Parts of a window by the value of a column: words and few numbers by value, other numbers by quarters of the reference."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from treadle.statistics.columns import Column

MOST_SLICES = 20
"""Of one column; the largest ones."""
_FEW = 20
"""Numbers with more different values than this are cut into quarters."""
MISSING = "(missing)"


class Slicer:
    """Says to which slice each row belongs. The same for the window and the reference, so that both are cut alike."""

    def __init__(self, column: str, like: Column | None) -> None:
        self.column = column
        self.cuts = _quarters(like)

    def labels(self, values: pl.Series) -> pl.Series:
        """The name of each row's slice, `column=value`."""
        import polars as pl

        if self.cuts is not None and values.dtype.is_numeric():
            names = _names(self.cuts)
            numbers = values.cast(pl.Float64).to_numpy()
            place = np.searchsorted(self.cuts, numbers, "left")
            texts = pl.Series(
                [MISSING if number != number else names[at] for number, at in zip(numbers, place, strict=True)], dtype=pl.String
            )
        else:
            if values.dtype.is_float():
                whole = values.drop_nans().drop_nulls()
                values = values.cast(pl.Int64, strict=False) if bool((whole == whole.round()).all()) else values
            texts = values.cast(pl.String).fill_null(MISSING)
        return pl.Series(f"{self.column}=", [f"{self.column}={text}" for text in texts], dtype=pl.String)

    def largest(self, values: pl.Series, least_rows: int) -> list[str]:
        """The slices of a window that hold enough rows, largest first."""
        counts = self.labels(values).value_counts(sort=True)
        name, count = counts.columns
        return [label for label, rows in zip(counts[name], counts[count], strict=True) if rows >= least_rows][:MOST_SLICES]


def _quarters(column: Column | None) -> Any:
    """Edges of the reference nearest to its quartiles; None for words, and for numbers of few values."""
    if column is None or column.kind != "number" or len(column.edges) <= _FEW or not column.values:
        return None
    reached = np.cumsum(column.counts[:-1]) / column.values
    places = [int(np.searchsorted(reached, share)) for share in (0.25, 0.5, 0.75)]
    return np.unique([column.edges[min(place, len(column.edges) - 1)] for place in places])


def _names(cuts: Any) -> list[str]:
    inner = [f"{low:.4g} to {high:.4g}" for low, high in itertools.pairwise(cuts)]
    return [f"up to {cuts[0]:.4g}", *inner, f"above {cuts[-1]:.4g}"]
