"""Models as ONNX, where the ONNX form is equal: written by ourselves, compared with the model on given rows, refused otherwise.

One row costs scikit-learn's gradient boosting a hundred times what it costs ONNX Runtime. Covered are the tree ensembles of
scikit-learn and LightGBM, linear models, and pipelines of them behind scalers and imputers. The graph takes rows as float64, so that no
threshold is missed by a rounding.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from treadle.endpoint.trees import Forest, Inexact, bagged, boosted, histogram, lightgbm

TOLERANCE = 1e-5
"""How far an answer may be from the model's own."""
_DOUBLE, _FLOAT = 11, 1  # TensorProto.DOUBLE, TensorProto.FLOAT
_LINEAR = (
    "LinearRegression",
    "Ridge",
    "RidgeCV",
    "Lasso",
    "LassoCV",
    "ElasticNet",
    "ElasticNetCV",
    "BayesianRidge",
    "HuberRegressor",
    "SGDRegressor",
)
_BAGGED = ("RandomForest", "ExtraTrees", "DecisionTree", "ExtraTree")
_FOREST_OF = {"boosted": boosted, "histogram": histogram}


def to_onnx(model: Any, sample: Any) -> tuple[bytes | None, str]:
    """The model as ONNX bytes, or None with the reason why there is no equal form.

    `sample` is a float64 matrix of real rows, at least one: on them the answers may differ by at most 1e-5, and the most probable class
    not at all. The graph has the input `rows` and the output `probabilities` (of a model with predict_proba) or `predictions`.
    """
    rows = np.ascontiguousarray(sample, dtype=np.float64)
    if rows.ndim != 2 or not len(rows):
        return None, "there are no rows to compare on"
    try:
        graph = Graph(rows.shape[1])
        wanted = graph.model(model)
        data = graph.written()
    except Inexact as error:
        return None, str(error)
    found = _answers(data, rows)
    expected = np.asarray(wanted(rows), dtype=np.float64).reshape(len(rows), -1)
    if found.shape != expected.shape:
        return None, f"the ONNX form gave the shape {found.shape} where the model gave {expected.shape}"
    worst = float(np.max(np.abs(found - expected) / np.maximum(1.0, np.abs(expected))))
    if not worst <= TOLERANCE:
        return None, f"the ONNX form differs from the model by up to {worst:.2g} on {len(rows)} rows"
    if expected.shape[1] > 1 and not np.array_equal(found.argmax(axis=1), expected.argmax(axis=1)):
        changed = int((found.argmax(axis=1) != expected.argmax(axis=1)).sum())
        return None, f"the ONNX form chooses another class in {changed} of {len(rows)} rows"
    return data, ""


def _answers(data: bytes, rows: Any) -> Any:
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"rows": rows})[0], dtype=np.float64).reshape(len(rows), -1)


class Graph:
    """An ONNX graph that is being written. `at` names the value that the next node takes."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.helper = importlib.import_module("onnx.helper")
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.at = "rows"
        self.output = ("predictions", _DOUBLE)

    def model(self, model: Any) -> Any:
        """Writes a model; answers what to call for the answers it should give. Raises Inexact."""
        steps = [step for _, step in model.steps] if type(model).__name__ == "Pipeline" else [model]
        for step in steps[:-1]:
            self._transform(step)
        last = steps[-1]
        library, name = type(last).__module__.partition(".")[0], type(last).__name__
        if library == "lightgbm":
            self._lightgbm(last, name)
        elif library != "sklearn":
            raise Inexact(f"`{name}` of {library} is not converted")
        elif name.startswith("HistGradientBoosting"):
            self._boosting(last, "histogram")
        elif name in ("GradientBoostingClassifier", "GradientBoostingRegressor"):
            self._single_precision()
            self._boosting(last, "boosted")
        elif name.startswith(_BAGGED) and name.endswith(("Classifier", "Regressor")):
            self._bagging(last)
        elif name == "LogisticRegression":
            self._logistic(last)
        elif name in _LINEAR:
            self._linear(last.coef_, last.intercept_)
        else:
            raise Inexact(f"`{name}` is not converted")
        return model.predict_proba if hasattr(model, "predict_proba") and hasattr(last, "classes_") else model.predict

    def written(self) -> bytes:
        """The bytes of the finished graph."""
        helper = self.helper
        name, kind = self.output
        self._node("Identity", [self.at], name)
        given = helper.make_tensor_value_info("rows", _DOUBLE, [None, self.width])
        made = helper.make_tensor_value_info(name, kind, [None, None])
        graph = helper.make_graph(self.nodes, "model", [given], [made], self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="treadle", ir_version=9)
        importlib.import_module("onnx.checker").check_model(model)
        data: bytes = model.SerializeToString(deterministic=True)
        return data

    # --- steps before the model ----------------------------------------------------------------------------------------

    def _transform(self, step: Any) -> None:
        name = "passthrough" if step in ("passthrough", None) else type(step).__name__
        if name == "StandardScaler":
            self._shifted(step.mean_ if step.with_mean else None, step.scale_ if step.with_std else None)
        elif name == "RobustScaler":
            self._shifted(step.center_ if step.with_centering else None, step.scale_ if step.with_scaling else None)
        elif name == "MaxAbsScaler":
            self._shifted(None, step.scale_)
        elif name == "MinMaxScaler" and not step.clip:
            self._step("Mul", step.scale_)
            self._step("Add", step.min_)
        elif name == "SimpleImputer" and not step.add_indicator and np.isnan(step.missing_values):
            statistics = np.asarray(step.statistics_, dtype=np.float64)
            if np.isnan(statistics).any():
                raise Inexact("its imputer drops columns")
            holes = self._node("IsNaN", [self.at])
            self.at = self._node("Where", [holes, self._constant(statistics), self.at])
        elif name != "passthrough":
            raise Inexact(f"the step `{name}` is not converted")

    def _shifted(self, shift: Any, scale: Any) -> None:
        if shift is not None:
            self._step("Sub", shift)
        if scale is not None:
            self._step("Div", scale)

    def _single_precision(self) -> None:
        """scikit-learn's trees see their rows in single precision; the thresholds stay double."""
        self.at = self._node("Cast", [self._node("Cast", [self.at], to=_FLOAT)], to=_DOUBLE)

    # --- models ------------------------------------------------------------------------------------------------------

    def _boosting(self, model: Any, kind: str) -> None:
        forest = _FOREST_OF[kind](model)
        self._forest(forest)
        if hasattr(model, "classes_"):
            if kind == "boosted" and model.loss == "exponential":
                self._step("Mul", np.array([2.0], dtype=np.float32))
            self._probabilities(forest.targets)
        elif getattr(model, "loss", "") in ("poisson", "gamma"):
            self.at = self._node("Exp", [self.at])

    def _bagging(self, model: Any) -> None:
        if getattr(model, "n_outputs_", 1) != 1:
            raise Inexact("it has several outputs")
        classes = len(model.classes_) if hasattr(model, "classes_") else 0
        self._single_precision()
        self._forest(bagged(model, classes or 1))
        self._step("Div", np.array([len(getattr(model, "estimators_", [model]))], dtype=np.float32))
        self.output = ("probabilities" if classes else "predictions", _FLOAT)

    def _lightgbm(self, model: Any, name: str) -> None:
        booster = model if name == "Booster" else model.booster_
        forest, objective = lightgbm(booster)
        if booster.num_feature() != self.width:
            raise Inexact(f"it takes {booster.num_feature()} columns")
        self._forest(forest)
        kind, *words = objective.split()
        options = dict(word.split(":", 1) for word in words if ":" in word)
        if kind in ("binary", "cross_entropy"):
            self._step("Mul", np.array([float(options.get("sigmoid", 1.0))], dtype=np.float32))
            self._probabilities(1, single=name == "Booster")
        elif kind == "multiclass":
            self._probabilities(forest.targets)
        elif kind in ("poisson", "gamma", "tweedie"):
            self.at = self._node("Exp", [self.at])
        elif kind not in ("regression", "regression_l1", "huber", "fair", "quantile", "mape") or "sqrt" in words:
            raise Inexact(f"its objective `{objective}` is not converted")

    def _logistic(self, model: Any) -> None:
        self._linear(model.coef_, model.intercept_)
        self._probabilities(len(model.coef_), kind=_DOUBLE)

    def _linear(self, weights: Any, start: Any) -> None:
        matrix = np.atleast_2d(np.asarray(weights, dtype=np.float64)).T
        self.at = self._node("MatMul", [self.at, self._constant(np.ascontiguousarray(matrix))])
        self._step("Add", np.atleast_1d(np.asarray(start, dtype=np.float64)))

    def _forest(self, forest: Forest) -> None:
        made = f"v{len(self.nodes)}"
        self.nodes.append(forest.node(self.helper, self.at, made))
        self.at, self.output = made, ("predictions", _FLOAT)

    def _probabilities(self, targets: int, *, single: bool = False, kind: int = _FLOAT) -> None:
        """Class probabilities out of raw scores: of one score by the logistic function, of several by the softmax."""
        if targets > 1:
            self.at = self._node("Softmax", [self.at], axis=1)
        else:
            yes = self._node("Sigmoid", [self.at])
            one = self._constant(np.array([1.0], dtype=np.float32 if kind == _FLOAT else np.float64))
            self.at = yes if single else self._node("Concat", [self._node("Sub", [one, yes]), yes], axis=1)
        self.output = ("probabilities", kind)

    # --- writing -----------------------------------------------------------------------------------------------------

    def _step(self, operator: str, value: Any) -> None:
        self.at = self._node(operator, [self.at, self._constant(np.asarray(value))])

    def _node(self, operator: str, given: list[str], made: str | None = None, **attributes: Any) -> str:
        made = made or f"v{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(operator, given, [made], **attributes))
        return made

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        kind = _FLOAT if value.dtype == np.float32 else _DOUBLE
        self.constants.append(
            self.helper.make_tensor(name, kind, list(value.shape), value.astype(np.float32 if kind == _FLOAT else np.float64).ravel())
        )
        return name
