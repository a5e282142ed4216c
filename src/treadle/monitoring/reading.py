"""Reading the predictions of a window: chunk by chunk, only the columns that are wanted, so that memory holds little of them.

What is read twice (first what was answered, then the inputs) is kept in between as the bytes that it is stored as, up to a bound.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from treadle.blobs import Blobs
from treadle.contract.serving import PredictionChunk
from treadle.core.errors import Damaged, MissingContent
from treadle.monitoring.rules import FUTURE, Span

if TYPE_CHECKING:
    import polars as pl

ANSWERING = ("live", "canary")
_PLACE = ("id", "key", "at", "received", "revision", "role", "latency", "error")
_KEPT = 64 << 20
"""Bytes of chunks that are kept between two readings."""
_TOGETHER = 50_000
"""Small chunks are put together to pieces of about so many rows: the cost of a piece is mostly that of its columns."""


class Piece(NamedTuple):
    """Rows of a window: those of live and canary revisions, and those of shadows."""

    answers: pl.DataFrame
    shadows: pl.DataFrame


class Strays(NamedTuple):
    """Predictions that a window could not hold: too late for a closed one (`past` of them so much that their clock must be wrong),
    or from the future. `gone` are rows of chunks that cannot be read, or of a revision that nobody knows."""

    late: int = 0
    past: int = 0
    future: int = 0
    gone: int = 0


class Reader:
    """Reads chunks of one look. `beat` is called before each, so that whoever holds a lease can renew it."""

    def __init__(self, blobs: Blobs, beat: Callable[[], None] = lambda: None) -> None:
        self._blobs = blobs
        self._beat = beat
        self._bytes: dict[str, bytes] = {}
        self._size = 0
        self.unreadable: dict[int, int] = {}
        """Rows of chunks whose bytes were removed or damaged, or are no predictions: they are counted, and stop nothing."""

    def frame(self, chunk: PredictionChunk, wanted: Sequence[str] | None = None) -> pl.DataFrame | None:
        """A chunk's rows in order of event time with the columns that say where they belong and those `wanted` (None: all; `in.*`: those
        that begin so). None when it cannot be read. `future` marks rows from the future, or of no time at all."""
        import polars as pl

        self._beat()
        if chunk.id in self.unreadable:
            return None
        try:
            data = self._data(chunk.digest)
            known = list(pl.read_parquet_schema(io.BytesIO(data)))
            columns = [name for name in known if name in _PLACE or wanted is None or _is_wanted(name, wanted)]
            return _placed(pl.read_parquet(io.BytesIO(data), columns=columns), chunk)
        except (MissingContent, Damaged, pl.exceptions.PolarsError):
            self.unreadable[chunk.id] = chunk.rows
            return None

    def _data(self, digest: str) -> bytes:
        if digest in self._bytes:
            return self._bytes[digest]
        data = self._blobs.read(digest)
        if self._size + len(data) <= _KEPT:
            self._bytes[digest] = data
            self._size += len(data)
        return data

    def answers_in(self, chunk: PredictionChunk) -> int:
        """How many answers of live and canary revisions a chunk holds."""
        frame = self.frame(chunk, ())
        return 0 if frame is None else int(frame["role"].is_in(ANSWERING).sum())

    def honest_times(self, chunk: PredictionChunk) -> tuple[float, float] | None:
        """The earliest and latest event time of a chunk without rows from the future; None when there are no others."""
        frame = self.frame(chunk, ())
        times = None if frame is None else frame.filter(~frame["future"])["at"]
        return None if times is None or not len(times) else (float(times[0]), float(times[-1]))

    def pieces(self, chunks: Sequence[PredictionChunk], span: Span, wanted: Sequence[str] | None = None) -> Iterator[Piece]:
        """The rows of a window with these columns, in pieces."""
        import polars as pl

        waiting: list[Piece] = []
        rows = 0
        for chunk in chunks:
            frame = self.frame(chunk, wanted)
            if frame is None:
                continue
            piece = _inside(frame, chunk, span)
            waiting.append(piece)
            rows += len(piece.answers) + len(piece.shadows)
            if rows >= _TOGETHER:
                yield Piece(*(pl.concat(part, how="diagonal_relaxed") for part in zip(*waiting, strict=True)))
                waiting, rows = [], 0
        if waiting:
            yield Piece(*(pl.concat(part, how="diagonal_relaxed") for part in zip(*waiting, strict=True)))

    def strays(self, chunks: Sequence[PredictionChunk], before: float, wrong: float) -> Strays:
        """What these chunks hold for times before `before`, and from the future; before `wrong` the clock must be wrong."""
        late = past = future = 0
        for chunk in chunks:
            if chunk.first >= before and chunk.last <= chunk.shipped_at + FUTURE:
                continue
            frame = self.frame(chunk, ())
            if frame is None:
                continue
            frame = frame.filter(frame["role"].is_in(ANSWERING))
            future += int(frame["future"].sum())
            late += int((frame["at"] < before).sum())
            past += int((frame["at"] < wrong).sum())
        return Strays(late, past, future)


def _placed(frame: pl.DataFrame, chunk: PredictionChunk) -> pl.DataFrame:
    """In order of event time. What need not be recorded is null; a row without a time is taken to be from when it arrived."""
    import polars as pl

    absent = [pl.lit(None, pl.String).alias(name) for name in ("id", "key", "error") if name not in frame.columns]
    received = pl.col("received") if "received" in frame.columns else pl.lit(chunk.shipped_at)
    timed = (pl.col("at").is_finite()).fill_null(value=False)
    wrong = ~timed | (pl.col("at") > received + FUTURE).fill_null(value=False)
    frame = frame.with_columns(*absent, pl.col("revision"), pl.col("role"), at=pl.when(timed).then("at").otherwise(received), future=wrong)
    return frame.sort("at", maintain_order=True)


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in wanted)


def _inside(frame: pl.DataFrame, chunk: PredictionChunk, span: Span) -> Piece:
    """The rows of a chunk that belong to a window. Rows of shadows go with the answers beside them."""
    answering = frame["role"].is_in(ANSWERING)
    answers, shadows = frame.filter(answering), frame.filter(~answering)
    if span.start is not None and span.end is not None:
        start, end = span.start, span.end
        answers, shadows = (part.filter((part["at"] >= start) & (part["at"] < end) & ~part["future"]) for part in (answers, shadows))
        return Piece(answers, shadows)
    stop = span.stop if chunk.id == span.last else len(answers)
    skip = span.skip if chunk.id == span.first else 0
    whole = skip == 0 and stop == len(answers)
    answers = answers.slice(skip, stop - skip)
    if not whole:
        shadows = shadows.filter((shadows["at"] >= answers["at"].min()) & (shadows["at"] <= answers["at"].max()))
    return Piece(answers, shadows)
