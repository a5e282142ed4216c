"""Tree ensembles as one ONNX node each: TreeEnsembleRegressor of ai.onnx.ml 3, with thresholds and sums in double precision.

What a leaf adds and which way a value goes is taken over exactly; only the sum leaves the node as float32. Trees with sets of categories
and anything else that has no exact counterpart raise Inexact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Inexact(Exception):
    """A model, or a part of it, that has no exact form in ONNX; the message says which."""


class Forest:
    """Nodes of many trees, as ONNX wants them: flat lists, each node with the numbers of its tree and its own."""

    def __init__(self, targets: int, base: Sequence[float]) -> None:
        self.targets = targets
        self.base = np.asarray(base, dtype=np.float64)
        self._nodes: dict[str, list[Any]] = {
            name: [] for name in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing")
        }
        self._leaves: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
        self._trees = 0

    def tree(self) -> int:
        """Begins a tree; answers its number."""
        self._trees += 1
        return self._trees - 1

    def split(self, tree: int, node: int, feature: int, threshold: float, left: int, right: int, *, missing_left: bool) -> None:
        """A node that sends `x <= threshold` to the left, and a missing value where it is said."""
        row = (tree, node, feature, float(threshold), "BRANCH_LEQ", left, right, int(missing_left))
        for values, value in zip(self._nodes.values(), row, strict=True):
            values.append(value)

    def leaf(self, tree: int, node: int, weights: Sequence[float], first: int = 0) -> None:
        """A leaf that adds `weights` to the targets from `first` on."""
        for values, value in zip(self._nodes.values(), (tree, node, 0, 0.0, "LEAF", 0, 0, 0), strict=True):
            values.append(value)
        for place, weight in enumerate(weights):
            for values, value in zip(self._leaves.values(), (tree, node, first + place, float(weight)), strict=True):
                values.append(value)

    def node(self, helper: Any, given: str, made: str) -> Any:
        """The ONNX node. Input: double rows; output: the sums of each target as float32."""
        nodes, leaves = self._nodes, self._leaves

        def doubles(name: str, values: Any) -> Any:
            array = np.asarray(values, dtype=np.float64)
            return helper.make_tensor(name, 11, [len(array)], array)  # 11: TensorProto.DOUBLE

        return helper.make_node(
            "TreeEnsembleRegressor",
            [given],
            [made],
            domain="ai.onnx.ml",
            n_targets=self.targets,
            aggregate_function="SUM",
            post_transform="NONE",
            base_values_as_tensor=doubles("base", self.base),
            nodes_treeids=nodes["treeids"],
            nodes_nodeids=nodes["nodeids"],
            nodes_featureids=nodes["featureids"],
            nodes_values_as_tensor=doubles("thresholds", nodes["values"]),
            nodes_modes=nodes["modes"],
            nodes_truenodeids=nodes["truenodeids"],
            nodes_falsenodeids=nodes["falsenodeids"],
            nodes_missing_value_tracks_true=nodes["missing"],
            target_treeids=leaves["treeids"],
            target_nodeids=leaves["nodeids"],
            target_ids=leaves["ids"],
            target_weights_as_tensor=doubles("weights", leaves["weights"]),
        )


def histogram(model: Any) -> Forest:
    """HistGradientBoostingClassifier and -Regressor."""
    if getattr(model, "is_categorical_", None) is not None:
        raise Inexact("it splits by categories")
    rounds = model._predictors
    each = len(rounds[0])
    forest = Forest(each, np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1).tolist())
    for of_round in rounds:
        for target, predictor in enumerate(of_round):
            tree = forest.tree()
            for number, node in enumerate(predictor.nodes):
                if node["is_leaf"]:
                    forest.leaf(tree, number, [node["value"]], target)
                else:
                    missing = bool(node["missing_go_to_left"])
                    threshold, left, right = node["num_threshold"], int(node["left"]), int(node["right"])
                    forest.split(tree, number, int(node["feature_idx"]), threshold, left, right, missing_left=missing)
    return forest


def bagged(model: Any, targets: int) -> Forest:
    """Random forests, extra trees and single trees: the sums of what their leaves say, to be divided by their number."""
    forest = Forest(targets, [0.0] * targets)
    for estimator in getattr(model, "estimators_", [model]):
        values = estimator.tree_.value[:, 0, :]
        if hasattr(model, "classes_"):
            values = values / values.sum(axis=1, keepdims=True)
        _sklearn_tree(forest, estimator.tree_, values)
    return forest


def boosted(model: Any) -> Forest:
    """GradientBoostingClassifier and -Regressor."""
    start = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32))
    other = model._raw_predict_init(np.ones((1, model.n_features_in_), dtype=np.float32))
    if not np.array_equal(start, other):
        raise Inexact("it starts from a model of its own")
    forest = Forest(start.shape[1], start[0].tolist())
    for of_round in model.estimators_:
        for target, estimator in enumerate(of_round):
            _sklearn_tree(forest, estimator.tree_, estimator.tree_.value[:, 0, :] * model.learning_rate, target)
    return forest


def _sklearn_tree(forest: Forest, tree: Any, values: Any, first: int = 0) -> None:
    number = forest.tree()
    missing = tree.missing_go_to_left if hasattr(tree, "missing_go_to_left") else np.zeros(tree.node_count)
    for node in range(tree.node_count):
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left < 0:
            forest.leaf(number, node, values[node], first)
        else:
            feature, threshold = int(tree.feature[node]), tree.threshold[node]
            forest.split(number, node, feature, threshold, left, right, missing_left=bool(missing[node]))


def lightgbm(booster: Any) -> tuple[Forest, str]:
    """A LightGBM booster, and the name of its objective."""
    dumped = booster.dump_model(num_iteration=-1)
    if dumped.get("average_output"):
        raise Inexact("its trees are averaged")
    each = int(dumped["num_tree_per_iteration"])
    forest = Forest(each, [0.0] * each)
    for place, info in enumerate(dumped["tree_info"]):
        number = forest.tree()
        waiting, count = [(0, info["tree_structure"])], 1
        while waiting:  # from the root down: the first node of a tree is its root
            at, node = waiting.pop()
            if "leaf_value" in node:
                if node.get("leaf_coeff"):
                    raise Inexact("its leaves hold linear models")
                forest.leaf(number, at, [node["leaf_value"]], place % each)
                continue
            forest.split(
                number, at, int(node["split_feature"]), float(node["threshold"]), count, count + 1, missing_left=_missing_left(node)
            )
            waiting += [(count, node["left_child"]), (count + 1, node["right_child"])]
            count += 2
    return forest, str(dumped.get("objective", "")).strip()


def _missing_left(node: dict[str, Any]) -> bool:
    """Where a split of LightGBM sends a missing value. Raises Inexact for a split that is none of `x <= threshold`."""
    if node["decision_type"] != "<=":
        raise Inexact("it splits by categories")
    if node["missing_type"] == "Zero":
        raise Inexact("it takes zero for missing")
    # Where nothing was missing in training, a missing value counts as 0.
    return bool(node["default_left"]) if node["missing_type"] == "NaN" else float(node["threshold"]) >= 0.0
