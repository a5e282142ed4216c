"""`treadle.autolog()` in bare scripts: real libraries, real training, and what the record knows of it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "build/clients/bin/python"


@pytest.fixture
def trained(project: Any) -> Any:
    """Runs a script with an interpreter in which a library is installed; answers its run."""

    def train(library: str, script: str, python: str | Path = sys.executable) -> Any:
        find = [python, "-c", f"import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in ('msgspec', '{library}')))"]
        if not Path(python).exists() or subprocess.run(find).returncode:
            pytest.skip(f"{library} is not installed: `make test` and `make torch` set it up")
        path = project.write("train.py", script)
        environment = project.environment | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "TREADLE_SYSTEM_METRICS": "off"}
        done = subprocess.run([python, path], cwd=project.folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-4000:]
        run = project.get("@-1")
        assert run.get("note") in (None, ""), run["note"]
        return run

    return train


def metrics(run: Any) -> dict[str, Any]:
    return {one["name"]: one for one in run["metrics"]}


def test_estimators_of_scikit_learn_are_heard_whenever_they_are_imported(trained: Any) -> None:
    run = trained(
        "sklearn",
        """
        import treadle
        treadle.autolog("sklearn")
        import numpy as np
        from sklearn.ensemble import GradientBoostingClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        x = np.random.default_rng(0).normal(size=(200, 3))
        make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=7, random_state=0)).fit(x, x[:, 0] > 0)
        """,
    )
    parameters = run["logged_parameters"]
    assert (parameters["estimator"], parameters["fit.rows"], parameters["fit.columns"]) == ("Pipeline", 200, 3)
    assert parameters["gradientboostingclassifier__n_estimators"] == 7
    assert metrics(run)["fit/seconds"]["last"] > 0


def test_a_search_leaves_its_candidates(trained: Any) -> None:
    run = trained(
        "sklearn",
        """
        import numpy as np
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV
        import treadle
        treadle.autolog()
        x = np.random.default_rng(0).normal(size=(100, 3))
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=2).fit(x, x[:, 0] > 0)
        """,
    )
    assert run["logged_parameters"]["best.C"] in (0.1, 1.0, 10.0)
    assert metrics(run)["fit/best_score"]["last"] > 0.8
    table = next(one for one in run["logged"] if one["name"] == "candidates")
    assert table["about"]["rows"] == 3


def test_lightgbm_tells_every_iteration(trained: Any) -> None:
    run = trained(
        "lightgbm",
        """
        import treadle
        treadle.autolog()
        import lightgbm, numpy as np
        x = np.random.default_rng(0).normal(size=(300, 4))
        y = x[:, 0] > 0
        train, held = lightgbm.Dataset(x[:200], y[:200]), lightgbm.Dataset(x[200:], y[200:])
        settings = {"objective": "binary", "verbose": -1, "num_threads": 1}
        lightgbm.train(settings, train, 12, valid_sets=[held], valid_names=["held"], callbacks=[lightgbm.early_stopping(3, verbose=False)])
        """,
    )
    loss = metrics(run)["held/binary_logloss"]
    assert (loss["points"], loss["last_step"]) == (12, 11)
    assert run["logged_parameters"]["objective"] == "binary"
    assert any(one["name"] == "feature importance" for one in run["logged"])


def test_xgboost_tells_every_iteration(trained: Any) -> None:
    run = trained(
        "xgboost",
        """
        import treadle
        treadle.autolog("xgboost")
        import numpy as np, xgboost
        x = np.random.default_rng(0).normal(size=(300, 4))
        y = (x[:, 0] > 0).astype(int)
        xgboost.XGBClassifier(n_estimators=6, n_jobs=1).fit(x[:200], y[:200], eval_set=[(x[200:], y[200:])], verbose=False)
        """,
        CLIENTS,
    )
    assert metrics(run)["validation_0/logloss"]["points"] == 6


def test_optimizers_of_pytorch_tell_their_settings_and_rates(trained: Any) -> None:
    run = trained(
        "torch",
        """
        import treadle
        treadle.autolog("torch")
        import torch
        model = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.1)
        for _ in range(6):
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
            schedule.step()
        """,
        CLIENTS,
    )
    assert (run["logged_parameters"]["optimizer.class"], run["logged_parameters"]["optimizer.lr"]) == ("SGD", 0.5)
    rate = metrics(run)["optimizer/learning_rate"]
    assert (rate["points"], rate["highest"], rate["last_step"]) == (3, 0.5, 5)


def test_lightning_tells_what_its_module_logs(trained: Any) -> None:
    run = trained(
        "lightning",
        """
        import os
        import lightning, torch
        import treadle
        from treadle.sdk.autolog.trainer import TreadleCallback
        treadle.autolog("lightning")

        class Line(lightning.LightningModule):
            def __init__(self, rate=0.1):
                super().__init__()
                self.save_hyperparameters()
                self.layer = torch.nn.Linear(2, 1)
            def training_step(self, batch):
                loss = self.layer(batch[0]).pow(2).mean()
                self.log("loss", loss)
                return loss
            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), lr=self.hparams.rate)

        data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(32, 2)), batch_size=8)
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False, "logger": False}
        lightning.Trainer(max_epochs=2, accelerator="cpu", log_every_n_steps=1, callbacks=[TreadleCallback()], **quiet).fit(Line(), data)
        """,
        CLIENTS,
    )
    assert (run["logged_parameters"]["model"], run["logged_parameters"]["rate"], run["logged_parameters"]["max_epochs"]) == ("Line", 0.1, 2)
    assert metrics(run)["loss"]["points"] >= 2


def test_what_goes_wrong_becomes_a_note_and_training_goes_on(project: Any) -> None:
    project.write(
        "train.py",
        """
        import treadle
        treadle.autolog("sklearn")
        from sklearn.base import BaseEstimator

        class Odd(BaseEstimator):
            def __init__(self, a=1):
                self.a = a
            def fit(self, X):
                self.fitted_ = True
                return self
            def get_params(self, deep=True):
                raise ValueError("no parameters today")

        assert Odd().fit([[1]]).fitted_
        treadle.autolog("sklearn", enable=False)
        Odd().fit([[1]])
        """,
    )
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: the extra `models`")
    done = subprocess.run(
        [sys.executable, "train.py"],
        cwd=project.folder,
        env=project.environment | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    run = project.get("@-1")
    assert run["note"] == "autolog of sklearn stopped: ValueError: no parameters today"
    assert os.path.exists(project.folder / ".treadle")
