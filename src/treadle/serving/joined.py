"""Recorded predictions as tables, with what really happened beside each once it is known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from treadle.blobs import Blobs
from treadle.contract.serving import PredictionChunk
from treadle.core.errors import MissingContent
from treadle.serving.rows import chunk_of
from treadle.store import tables as t
from treadle.store.database import Transaction

if TYPE_CHECKING:
    import polars as pl

_AT_ONCE = 800
_ALWAYS = ("id", "key", "at", "revision", "role", "error", "chunk")


def chunks_between(
    tx: Transaction, endpoint: int, start: float | None = None, end: float | None = None, after: int = 0, shipped: float = 0.0
) -> list[PredictionChunk]:
    """Chunks behind number `after`, shipped at `shipped` or later, that touch the event times from `start` up to (not including)
    `end`, oldest first."""
    chunk = t.prediction_chunk
    query = select(chunk).where(chunk.c.endpoint == endpoint, chunk.c.id > after, chunk.c.shipped_at >= shipped)
    if start is not None:
        query = query.where(chunk.c.last >= start)
    if end is not None:
        query = query.where(chunk.c.first < end)
    return [chunk_of(row) for row in tx.all(query.order_by(chunk.c.id))]


def read_predictions(
    blobs: Blobs, chunks: Sequence[PredictionChunk], *, start: float | None = None, end: float | None = None, columns: Sequence[str] = ()
) -> pl.DataFrame:
    """The predictions in these chunks with event time in [start, end), in order of event time; see contract.serving.ShipPredictions.

    `columns` names those that are wanted (none: all); `id`, `key`, `at`, `revision`, `role`, `error` and `chunk` (the number of the
    chunk) always come along. Chunks of different signatures are put together by column name. A chunk that is gone (its bytes
    were removed) is left out.
    """
    import polars as pl

    parts: list[pl.DataFrame] = []
    for chunk in chunks:
        try:
            data = blobs.read(chunk.digest)
        except MissingContent:
            continue
        frame = pl.read_parquet(io.BytesIO(data)).with_columns(chunk=pl.lit(chunk.id, dtype=pl.Int64))
        if columns:
            frame = frame.select([name for name in frame.columns if name in _ALWAYS or name in columns])
        if start is not None or end is not None:
            inside = pl.lit(value=True)
            inside = inside & (pl.col("at") >= start) if start is not None else inside
            inside = inside & (pl.col("at") < end) if end is not None else inside
            frame = frame.filter(inside)
        parts.append(frame)
    if not parts:
        kinds = {"at": pl.Float64, "revision": pl.Int32, "chunk": pl.Int64}
        return pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in _ALWAYS})
    return pl.concat(parts, how="diagonal_relaxed").sort("at", maintain_order=True)


def with_labels(tx: Transaction, endpoint: int, predictions: pl.DataFrame) -> pl.DataFrame:
    """The predictions with the columns `label` (its value as text, null while unknown), `labelled_at` (when it became known) and
    `label_number` (labels are numbered in the order in which they arrive).

    A label belongs to every prediction with its key: of the live revision, of a shadow, of one that was asked twice.
    """
    import polars as pl

    keys = predictions["key"].drop_nulls().unique().to_list()
    found = labels_of(tx, endpoint, keys)
    known = pl.DataFrame(
        [(key, None if value is None else str(value), at, number) for key, (value, at, number) in found.items()],
        schema={"key": pl.String, "label": pl.String, "labelled_at": pl.Float64, "label_number": pl.Int64},
        orient="row",
    )
    return predictions.join(known, on="key", how="left", maintain_order="left")


def labels_of(tx: Transaction, endpoint: int, keys: Sequence[str]) -> dict[str, tuple[Any, float, int]]:
    """The labels of these keys that are known, each with when it became known and its number."""
    found: dict[str, tuple[Any, float, int]] = {}
    columns = (t.label.c.key, t.label.c.value, t.label.c.at, t.label.c.id)
    for at in range(0, len(keys), _AT_ONCE):
        for row in tx.all(select(*columns).where(t.label.c.endpoint == endpoint, t.label.c.key.in_(list(keys[at : at + _AT_ONCE])))):
            found[row.key] = (row.value, row.at, row.id)
    return found


def last_label(tx: Transaction, endpoint: int) -> int:
    """The number of the newest label, 0 when there is none: labels are numbered in the order in which they arrive."""
    row = tx.first(select(t.label.c.id).where(t.label.c.endpoint == endpoint).order_by(t.label.c.id.desc()).limit(1))
    return int(row.id) if row else 0


def outputs_in(frame: pl.DataFrame) -> dict[str, Any]:
    """The columns of outputs, as arrays by the name that the signature gives them."""
    return {name.removeprefix("out."): frame[name].to_numpy() for name in frame.columns if name.startswith("out.")}
