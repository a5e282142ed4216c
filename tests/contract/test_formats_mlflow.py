"""Folders of MLflow's clients: read as data where that is possible, by consent where loading executes code, never out of the folder."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from treadle.core.errors import FormatError
from treadle.sdk import formats

ROWS = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
LABELS = np.array([0, 1, 1, 0])


@pytest.fixture
def estimator() -> Any:
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed: the extra `models`")
    pytest.importorskip("yaml", reason="pyyaml is not installed: the extra `models`")
    return linear.LogisticRegression().fit(ROWS, LABELS)


def model(folder: Path, flavours: str, **content: bytes) -> Path:
    (folder / "MLmodel").write_text(f"flavors:\n{flavours}")
    for name, data in content.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def test_skops_is_read_as_data(tmp_path: Path, estimator: Any) -> None:
    saved = formats.save(estimator, tmp_path / "saved")
    data = saved.data if saved.data is not None else (tmp_path / "saved").read_bytes()
    folder = model(tmp_path, "  sklearn:\n    pickled_model: model.skops\n    serialization_format: skops\n", model_skops=data)
    loaded = formats.load("mlflow", folder)
    assert np.array_equal(loaded.predict(ROWS), estimator.predict(ROWS))
    assert formats.describe("mlflow", folder) == {"flavours": ["sklearn"]}


def test_a_pickle_needs_consent(tmp_path: Path, estimator: Any) -> None:
    told = "  sklearn:\n    pickled_model: model.pkl\n    serialization_format: cloudpickle\n"
    folder = model(tmp_path, told, model_pkl=pickle.dumps(estimator))
    with pytest.raises(FormatError, match="executes code"):
        formats.load("mlflow", folder)
    assert np.array_equal(formats.load("mlflow", folder, consent=True).predict(ROWS), estimator.predict(ROWS))


def test_lightgbms_own_file_is_read_as_data(tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed: the extra `models`")
    pytest.importorskip("yaml", reason="pyyaml is not installed: the extra `models`")
    settings = {"objective": "binary", "verbose": -1, "min_data_in_leaf": 1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(ROWS, LABELS), 3)
    folder = model(tmp_path, "  lightgbm:\n    data: model.lgb\n", model_lgb=booster.model_to_string().encode())
    assert np.array_equal(formats.load("mlflow", folder).predict(ROWS), booster.predict(ROWS))


@pytest.mark.parametrize(
    ("flavours", "says"),
    [
        ("  sklearn:\n    pickled_model: ../secret.pkl\n", "no file of the model"),
        ("  sklearn:\n    pickled_model: /etc/passwd\n", "no file of the model"),
        ("  spark: {}\n", "none of them can be loaded"),
        ("  python_function:\n    loader_module: os\n", "executes code"),
        ("  - 1\n", "mlflow"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, flavours: str, says: str) -> None:
    pytest.importorskip("yaml", reason="pyyaml is not installed: the extra `models`")
    (tmp_path / "secret.pkl").write_bytes(pickle.dumps(1))
    (tmp_path / "model").mkdir()
    with pytest.raises(FormatError, match=says):
        formats.load("mlflow", model(tmp_path / "model", flavours))


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="MLmodel"):
        formats.load("mlflow", tmp_path)
    with pytest.raises(FormatError, match="a folder"):
        formats.load("mlflow", b"bytes")
