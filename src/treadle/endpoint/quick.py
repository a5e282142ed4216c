"""All trees of a histogram gradient boosting at once, for few rows.

scikit-learn walks a hundred trees one after the other, with a call into C for each: for one row that is a thousand times the work that
the row needs. Here every row stands in every tree at the same time and goes down one level per step, in numpy. The same comparisons
with the same numbers, and the leaves added in the same order, so the answers are the same to the last bit; this is looked at when a
model is loaded, and where it does not hold, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

FEW = 2048
"""Rows up to which this way is taken."""
_TOGETHER = 128
"""Rows that go down together: more of them would not stay in the processor's cache."""
_PROBES = 64


def quicken(value: Any) -> bool:
    """Gives the histogram gradient boostings in a model (or at the end of its pipeline) the quick way; answers whether it did."""
    model = value.steps[-1][1] if hasattr(value, "steps") else value
    if not type(model).__name__.startswith("HistGradientBoosting") or getattr(model, "is_categorical_", None) is not None:
        return False
    slow = model._raw_predict
    quick = _walker(model, slow)
    probes = _probes(model)
    # One row, few and many: numpy adds in another order when an axis has the length one.
    for rows in (probes[:1], probes[:3], probes):
        if not np.array_equal(quick(rows), slow(rows), equal_nan=True):
            return False
    model._raw_predict = quick
    return True


def _walker(model: Any, slow: Callable[..., Any]) -> Callable[..., Any]:
    rounds = model._predictors
    trees = [tree.nodes for of_round in rounds for tree in of_round]
    features = model._n_features
    descend = _descent(trees, features)
    base = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)

    def few(rows: Any) -> Any:
        count = len(rows)
        # A row of starting values at the top, and a second column where there is one row: so that numpy adds from top to bottom.
        sums = np.zeros((len(rounds) + 1, len(rounds[0]), max(count, 2)))
        sums[0] = base[:, None]
        sums[1:, :, :count] = descend(rows).reshape(len(rounds), -1, count)
        return np.add.reduce(sums, axis=0)[:, :count].T

    def quick(rows: Any, n_threads: Any = None) -> Any:
        if (
            type(rows) is not np.ndarray
            or rows.ndim != 2
            or not 0 < len(rows) <= FEW
            or rows.shape[1] != features
            or rows.dtype != np.float64
        ):
            return slow(rows, n_threads) if n_threads is not None else slow(rows)
        if len(rows) <= _TOGETHER:
            return np.ascontiguousarray(few(rows))
        return np.concatenate([few(rows[at : at + _TOGETHER]) for at in range(0, len(rows), _TOGETHER)])

    return quick


def _descent(trees: list[Any], features: int) -> Callable[[Any], Any]:
    """A function that answers the value of the leaf in which each row ends, in each tree.

    The deepest trees come first, so that those which are through are the end of an array and can be left out of the next step.
    """
    depths = np.array([int(nodes["depth"].max()) for nodes in trees])
    order = np.argsort(-depths, kind="stable")
    back = np.argsort(order, kind="stable")
    sizes = [len(trees[i]) for i in order]
    starts = np.cumsum([0, *sizes])[:-1]
    nodes = np.concatenate([trees[i] for i in order])
    shift = np.repeat(starts, sizes)
    here = np.arange(len(nodes))
    leaf = nodes["is_leaf"].astype(bool)
    feature = np.where(leaf, 0, nodes["feature_idx"]).astype(np.intp)
    threshold = np.where(leaf, np.inf, nodes["num_threshold"])
    # Children side by side: 2 * node is the right one, 2 * node + 1 the left one. A leaf leads to itself.
    children = np.empty(2 * len(nodes), dtype=np.intp)
    children[0::2] = np.where(leaf, here, nodes["right"].astype(np.intp) + shift)
    children[1::2] = np.where(leaf, here, nodes["left"].astype(np.intp) + shift)
    missing = nodes["missing_go_to_left"].astype(bool)
    values = nodes["value"].astype(np.float64)
    under_way = [int((depths > level).sum()) for level in range(int(depths.max()))]

    def descend(rows: Any) -> Any:
        flat = rows.ravel()
        first = np.arange(len(rows)) * features
        at = np.repeat(starts, len(rows)).reshape(len(starts), len(rows))
        holes = bool(np.isnan(flat).any())
        for trees_left in under_way:
            now = at[:trees_left]
            cell = feature.take(now, mode="clip")  # every index is right; "clip" only spares numpy the looking
            cell += first
            seen = flat.take(cell, mode="clip")
            left = seen <= threshold.take(now, mode="clip")
            if holes:
                left |= np.isnan(seen) & missing.take(now, mode="clip")
            step = now * 2
            step += left
            children.take(step, out=now, mode="clip")
        return values.take(at[back], mode="clip")

    return descend


def _probes(model: Any) -> Any:
    """Rows around the model's own thresholds, some exactly on them and some missing."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((_PROBES, model._n_features))
    for of_round in model._predictors:
        for tree in of_round:
            inner = tree.nodes[~tree.nodes["is_leaf"].astype(bool)]
            for node in inner[:3]:
                rows[random.integers(_PROBES), node["feature_idx"]] = node["num_threshold"] + random.choice(
                    (0.0, 0.0, 1e-9, -1e-9, 1.0, -1.0)
                )
    rows[random.random(rows.shape) < 0.02] = np.nan
    return rows
