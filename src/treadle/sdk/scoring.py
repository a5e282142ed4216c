"""Batch scoring: a dataset's rows answered by a model, part by part, as a new dataset version with lineage to both.

from treadle import dataset, model, pipeline, score_dataset

@pipeline
def nightly():
    score_dataset(model("flight-delay@champion"), dataset("tomorrow"), to="tomorrow-scored")
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.core.errors import DataError
from treadle.sdk import define, models
from treadle.sdk.define import Step, step

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 100_000
"""Rows that are in memory at a time."""


@step
def score_rows(model: Any, data: pl.LazyFrame, keep: list[str] | None = None, at_once: int = AT_ONCE) -> Path:
    """Answers every row of a table; the result is a folder of Parquet files: the columns to `keep` (all), and `out.NAME` for each answer.

    A registered version is asked as its signature says, with the columns in its types; any other model as a check would ask it.
    """
    from treadle.check import asking, seen

    artifact = models.taken.get("model")
    about = artifact.about.get("signature") if artifact is not None else None
    target = Path(tempfile.mkdtemp(prefix="scored-", dir=os.environ.get("TREADLE_WORK")))
    names = data.collect_schema().names()
    absent = next((name for name in keep or () if name not in names), None)
    if absent is not None:
        raise DataError(f"the data has no column `{absent}` to keep", hint=f"its columns are {', '.join(names)}")
    asked = asking.known(model, _signature(about)) if about is not None else None
    for place, part in enumerate(_parts(data, max(1, at_once))):
        if asked is None:
            asked = asking.find_out(model, part, asking.features_of(model, part, None, None))
        rows = seen.typed(part, _signature(about)) if about is not None else part
        answers = asked.answers(rows)
        kept = part.select(keep) if keep is not None else part
        columns = [seen.answer_column(name, values) for name, values in answers.items()]
        kept.with_columns(columns).write_parquet(target / f"part-{place:05}.parquet")
    return target


def _signature(about: Any) -> Any:
    from treadle.contract.registry import Signature

    return msgspec.convert(about, Signature)


def _parts(data: Any, at_once: int) -> Any:
    """The table piece by piece; an empty one is one piece, so that the result has its columns."""
    import polars

    rows = int(data.select(polars.len()).collect().item())
    for start in range(0, max(1, rows), at_once):
        yield data.slice(start, at_once).collect()


_made: dict[str, Step[Any, Any]] = {}


def score_dataset(model: Any, data: Any, *, to: str, keep: Sequence[str] | None = None, at_once: int = AT_ONCE) -> Any:
    """Scores `data` (a dataset, a handle of a table) with `model` (a model by name, or a handle of a fitted one); in a pipeline the
    answers become the next version of the dataset `to`, and a handle of it is returned. Elsewhere: the folder with the answers."""
    if to not in _made:
        made: Step[Any, Any] = Step(score_rows.function, {"name": f"score-{to}", "outputs": define.dataset(to)})
        made._definition = msgspec.structs.replace(made.definition, function="score_rows")
        _made[to] = made
    value, table = model, data
    if define._orchestrator is None:
        value = model.read() if isinstance(model, models.Model) else model
        table = data.read("polars_lazy") if isinstance(data, define.DatasetSource) else data
    return _made[to](value, table, list(keep) if keep is not None else None, at_once)
