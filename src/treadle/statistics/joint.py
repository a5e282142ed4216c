"""Drift of all columns together: can a classifier tell the window's rows from the reference's?

An area under its ROC curve of .5 says no, whatever single columns do; above, its importances say by which columns. This needs
rows of both sides, a bounded sample of them, and scikit-learn.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from treadle.core.errors import FormatError, UsageError
from treadle.statistics.columns import Floats
from treadle.statistics.performance import Metric, auc
from treadle.statistics.reading import source
from treadle.statistics.tails import normal

MOST_ROWS = 10_000
"""Rows drawn from each side."""
LEAST_ROWS = 100


class JointDrift(msgspec.Struct, frozen=True, kw_only=True):
    """How well the sides can be told apart.

    `p_value` is of no difference. `contributions` are, by column, how much of the area is lost when its values are shuffled.
    """

    area: Metric
    p_value: float
    drifted: bool
    contributions: dict[str, float]
    rows: tuple[int, int]
    sentence: str


def domain_classifier(
    reference: Any, window: Any, *, seed: int, most_rows: int = MOST_ROWS, folds: int = 5, bound: float = 0.55
) -> JointDrift:
    """Gradient boosted trees, trained on all folds but one and scored on that one, so that no row is scored by a model that knows it.

    The sides take what `profile.reference` takes and are compared by the columns they share. It has drifted when the whole
    confidence interval of the area lies above `bound`. Raises FormatError without scikit-learn, UsageError for too few rows.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.model_selection import StratifiedKFold
        from threadpoolctl import threadpool_limits
    except ImportError as absent:
        raise FormatError("the classifier for joint drift needs scikit-learn", hint="pip install 'treadle[models]'") from absent
    names, table, sides, categorical = _table(reference, window, seed, most_rows)
    scores = np.zeros(len(sides))
    contributions: Floats | None = None
    with threadpool_limits(1):  # threads of a process that shares its cores wait for each other
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(table, sides):
            model = HistGradientBoostingClassifier(
                max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=seed, categorical_features=categorical
            )
            model.fit(table[train], sides[train])
            scores[test] = model.predict_proba(table[test])[:, 1]
            if contributions is None:  # one fold is enough to rank columns, and shuffling costs more than training
                contributions = _shuffled(model, table[test], sides[test], scores[test], np.random.default_rng(seed))
    assert contributions is not None  # there are two folds at least
    area = auc(sides, scores)
    error = _standard_error(area)
    p_value = normal((area.value - 0.5) / error) if error > 0 else float(area.value <= 0.5)
    order = np.argsort(-contributions, kind="stable")
    ranked = {names[place]: float(max(0.0, contributions[place])) for place in order}
    drifted = area.low > bound
    rows = int((~sides).sum()), int(sides.sum())
    words = "the window can be told from the reference" if drifted else "the window cannot be told from the reference"
    best = ", ".join(name for name, value in list(ranked.items())[:3] if value > 0.005)
    sentence = f"{words}: area {area.value:.3f} ({area.low:.3f} to {area.high:.3f})" + (f", by {best}" if drifted and best else "")
    return JointDrift(area=area, p_value=p_value, drifted=drifted, contributions=ranked, rows=rows, sentence=sentence)


def _standard_error(area: Metric) -> float:
    return (area.high - area.low) / (2 * 1.959964) if math.isfinite(area.value) else 0.0


def _shuffled(model: Any, table: Floats, sides: Any, scores: Floats, rng: np.random.Generator) -> Floats:
    """What of the area is lost when one column's values are shuffled among the rows of the fold."""
    whole = auc(sides, scores).value
    lost = np.zeros(table.shape[1])
    for place in range(table.shape[1]):
        mixed = table.copy()
        mixed[:, place] = rng.permutation(mixed[:, place])
        lost[place] = whole - auc(sides, model.predict_proba(mixed)[:, 1]).value
    return lost


def _table(reference: Any, window: Any, seed: int, most_rows: int) -> tuple[list[str], Floats, Any, list[bool]]:
    """Both sides below each other as numbers; categories become their rank by frequency, the rarest share the last one."""
    import polars as pl

    one, other = source(reference), source(window)
    names = [name for name in one.types if name in other.types and _usable(pl, one.types[name])]
    if not names:
        raise UsageError("the reference and the window share no column that can be compared")
    if min(one.rows, other.rows) < LEAST_ROWS:
        raise UsageError(f"joint drift needs {LEAST_ROWS} rows on each side: there are {one.rows} and {other.rows}")
    frames = [_drawn(pl, side.frame.select(names), side.rows, most_rows, seed + place) for place, side in enumerate((one, other))]
    columns, categorical = [], []
    for name in names:
        parts = [frame[name] for frame in frames]
        named = parts[0].dtype in (pl.String, pl.Categorical, pl.Enum)
        both = pl.concat([part.cast(pl.String if named else _number(pl, part.dtype), strict=False) for part in parts])
        columns.append(_ranks(both) if named else both.cast(pl.Float64).to_numpy())
        categorical.append(named)
    sides = np.repeat([False, True], [len(frame) for frame in frames])
    return names, np.column_stack(columns), sides, categorical


def _usable(pl: Any, dtype: Any) -> bool:
    """Dates are left out: time moves on, and every window could be told by its date."""
    return bool(dtype.is_numeric() or dtype in (pl.Boolean, pl.String, pl.Categorical, pl.Enum))


def _number(pl: Any, dtype: Any) -> Any:
    return pl.Float64 if dtype != pl.Boolean else pl.Int8


def _drawn(pl: Any, frame: Any, rows: int, most_rows: int, seed: int) -> Any:
    """A sample without replacement, taken while the table is read."""
    if rows <= most_rows:
        return frame.collect()
    chosen = np.zeros(rows, dtype=bool)
    chosen[np.random.default_rng(seed).choice(rows, most_rows, replace=False)] = True
    return frame.filter(pl.Series(chosen)).collect()


def _ranks(values: Any) -> Floats:
    names = values.to_numpy()
    different, place, counts = np.unique([str(name) for name in names], return_inverse=True, return_counts=True)
    rank = np.empty(len(different))
    rank[np.lexsort((different, -counts))] = np.arange(len(different))
    ranks: Floats = np.minimum(rank[place], 200.0)
    ranks[np.array([name is None for name in names])] = np.nan
    return ranks
