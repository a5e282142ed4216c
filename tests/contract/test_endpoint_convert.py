"""Models as ONNX: equal to the model on rows it has never seen, or refused with a reason; and all trees at once, to the last bit."""

from __future__ import annotations

import warnings
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn import ensemble, impute, linear_model, neighbors, pipeline, preprocessing, tree

from treadle.endpoint.convert import _answers, to_onnx
from treadle.endpoint.quick import FEW, quicken

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((600, 6))
X[:, 5] = RANDOM.integers(0, 5, 600)
BINARY = (X[:, 0] + X[:, 1] * X[:, 2] > 0.3).astype(int)
MANY = np.array(["a", "b", "c"])[np.digitize(X[:, 0] + X[:, 3], [-0.5, 0.5])]
NUMBERS = X[:, 0] * 3 + X[:, 5] ** 2
COUNTS = RANDOM.poisson(np.exp(X[:, 0] / 2))
HOLES = np.where(RANDOM.random(X.shape) < 0.1, np.nan, X)
UNSEEN = RANDOM.standard_normal((500, 6)) * 2

MODELS: dict[str, Any] = {
    "hgb": (ensemble.HistGradientBoostingClassifier(max_iter=20), X, BINARY),
    "hgb classes": (ensemble.HistGradientBoostingClassifier(max_iter=10), X, MANY),
    "hgb holes": (ensemble.HistGradientBoostingClassifier(max_iter=20), HOLES, BINARY),
    "hgb numbers": (ensemble.HistGradientBoostingRegressor(max_iter=20), X, NUMBERS),
    "hgb counts": (ensemble.HistGradientBoostingRegressor(max_iter=20, loss="poisson"), X, COUNTS),
    "forest": (ensemble.RandomForestClassifier(20, random_state=0), X, BINARY),
    "forest holes": (ensemble.RandomForestClassifier(20, random_state=0), HOLES, BINARY),
    "forest classes": (ensemble.RandomForestClassifier(20, random_state=0), X, MANY),
    "forest numbers": (ensemble.RandomForestRegressor(20, random_state=0), X, NUMBERS),
    "extra": (ensemble.ExtraTreesClassifier(20, random_state=0), X, MANY),
    "tree": (tree.DecisionTreeClassifier(random_state=0), X, MANY),
    "boosting": (ensemble.GradientBoostingClassifier(n_estimators=20), X, BINARY),
    "boosting exponential": (ensemble.GradientBoostingClassifier(n_estimators=20, loss="exponential"), X, BINARY),
    "boosting classes": (ensemble.GradientBoostingClassifier(n_estimators=10), X, MANY),
    "boosting numbers": (ensemble.GradientBoostingRegressor(n_estimators=20), X, NUMBERS),
    "logistic": (linear_model.LogisticRegression(), X, BINARY),
    "logistic classes": (linear_model.LogisticRegression(), X, MANY),
    "ridge": (linear_model.Ridge(), X, NUMBERS),
    "scaled": (pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()), X, BINARY),
    "imputed": (
        pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.MinMaxScaler(), ensemble.HistGradientBoostingRegressor(max_iter=9)),
        HOLES,
        NUMBERS,
    ),
    "lightgbm": (lightgbm.LGBMClassifier(n_estimators=20, verbose=-1), X, BINARY),
    "lightgbm holes": (lightgbm.LGBMClassifier(n_estimators=20, verbose=-1), HOLES, BINARY),
    "lightgbm classes": (lightgbm.LGBMClassifier(n_estimators=10, verbose=-1), X, MANY),
    "lightgbm numbers": (lightgbm.LGBMRegressor(n_estimators=20, verbose=-1), X, NUMBERS),
}


@pytest.mark.parametrize("name", MODELS)
def test_an_onnx_form_answers_as_the_model_does(name: str) -> None:
    model, rows, truth = MODELS[name]
    model.fit(rows, truth)
    data, reason = to_onnx(model, rows[:100])
    assert data is not None, reason
    unseen = np.where(RANDOM.random(UNSEEN.shape) < 0.1, np.nan, UNSEEN) if np.isnan(rows).any() else UNSEEN
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*feature names.*")
        ask = model.predict_proba if hasattr(model, "classes_") else model.predict
        expected = np.asarray(ask(unseen), dtype=float).reshape(len(unseen), -1)
    found = _answers(data, unseen)
    assert np.max(np.abs(found - expected)) <= 2e-5
    if expected.shape[1] > 1:
        assert np.array_equal(found.argmax(axis=1), expected.argmax(axis=1))


def test_what_has_no_equal_form_is_refused_with_the_reason() -> None:
    assert to_onnx(neighbors.KNeighborsClassifier().fit(X, BINARY), X[:10]) == (None, "`KNeighborsClassifier` is not converted")
    by_category = ensemble.HistGradientBoostingClassifier(max_iter=3, categorical_features=[5]).fit(X, BINARY)
    assert to_onnx(by_category, X[:10]) == (None, "it splits by categories")
    assert to_onnx(by_category, X[:0]) == (None, "there are no rows to compare on")


def test_a_form_that_differs_is_refused() -> None:
    model = ensemble.HistGradientBoostingClassifier(max_iter=5).fit(X, BINARY)
    model._baseline_prediction = model._baseline_prediction.copy()
    lying = type(
        "Lying", (type(model),), {"predict_proba": lambda self, rows: np.tile([0.9, 0.1], (len(rows), 1)), "__module__": "sklearn.x"}
    )
    lying.__name__ = "HistGradientBoostingClassifier"
    model.__class__ = lying
    data, reason = to_onnx(model, X[:50])
    assert data is None
    assert "differs from the model by up to" in reason


@pytest.mark.parametrize("name", ["hgb", "hgb classes", "hgb holes", "hgb numbers", "hgb counts"])
def test_all_trees_at_once_give_the_same_bits(name: str) -> None:
    model, rows, truth = MODELS[name]
    model.fit(rows, truth)
    ask = model.predict_proba if hasattr(model, "classes_") else model.predict
    counts = (1, 2, 17, FEW, FEW + 1)
    expected = [ask(rows[:count]).copy() for count in counts]
    assert quicken(model)
    for count, answer in zip(counts, expected, strict=True):
        assert np.array_equal(ask(rows[:count]), answer)


def test_models_with_categories_keep_their_own_way() -> None:
    by_category = ensemble.HistGradientBoostingClassifier(max_iter=3, categorical_features=[5]).fit(X, BINARY)
    assert not quicken(by_category)
    assert not quicken(linear_model.Ridge())
