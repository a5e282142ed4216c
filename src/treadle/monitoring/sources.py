"""What a look reads: windows that can be read again, what of them was answered, and what the record knows beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from treadle.contract.monitoring import MonitorSettings
from treadle.contract.registry import ModelVersion
from treadle.contract.serving import PredictionChunk
from treadle.monitoring.reading import Reader
from treadle.monitoring.references import INPUT, OUTPUT
from treadle.monitoring.rules import Span

if TYPE_CHECKING:
    import polars as pl


class Held(NamedTuple):
    """A window that can be read: its chunks and which of their rows it holds."""

    chunks: Sequence[PredictionChunk]
    span: Span


class Source(Protocol):
    """What judging asks of the record."""

    def versions(self, revisions: Iterable[int]) -> dict[int, ModelVersion]:
        """The model versions of revisions, by the revision's number."""

    def labels(self, keys: Sequence[str]) -> Mapping[str, Any]:
        """What is known of these keys."""

    def before(self, number: int) -> Held | None:
        """The newest window before this one that holds anything."""

    def labelled(self, version: int, before: int) -> Held | None:
        """The newest window before this one with many labels of that version."""


def read_answers(reader: Reader, held: Held, settings: MonitorSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What was answered in a window, and what shadows would have: without inputs, except those that slice it."""
    import polars as pl

    wanted = (f"{OUTPUT}*", *(f"{INPUT}{name}" for name in settings.slices))
    parts = [[frame.with_columns(id=pl.col("id").hash()) for frame in piece] for piece in reader.pieces(held.chunks, held.span, wanted)]
    if not parts:
        nothing = pl.DataFrame(schema={"revision": pl.Int32})
        return nothing, nothing
    answers, shadows = (pl.concat(side, how="diagonal_relaxed") for side in zip(*parts, strict=True))
    return answers, shadows


def labelled_frame(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """The rows with what is known of them in the column `label`, as text. The first label of a key counts, for each of its rows."""
    import polars as pl

    known = source.labels(frame["key"].unique().to_list())
    texts = pl.DataFrame(
        [(key, None if value is None else str(value)) for key, value in known.items()],
        schema={"key": pl.String, "label": pl.String},
        orient="row",
    )
    return frame.join(texts, on="key", how="left", maintain_order="left")


def named(frame: pl.DataFrame, mark: str) -> pl.DataFrame:
    """The inputs or the outputs of predictions, by the names of the signature."""
    names = [name for name in frame.columns if name.startswith(mark)]
    return frame.select(names).rename({name: name.removeprefix(mark) for name in names})


def watched(frame: pl.DataFrame, settings: MonitorSettings) -> pl.DataFrame:
    kept = [name for name in frame.columns if (not settings.columns or name in settings.columns) and name not in settings.ignore]
    return frame.select(kept)
