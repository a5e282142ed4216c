"""Scripts written for MLflow, unchanged, with MLflow's own client against `treadle up`; what they made is then asked of our CLI.

The client lives in an environment of its own (`make test` makes it from tests/compat/requirements.txt; `make torch` adds PyTorch,
Lightning and transformers). Each script asserts what it reads back, and prints the keys of its runs.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build/clients/bin/python"
SCRIPTS = ROOT / "tests/compat/scripts"
DEADLINE = 300.0


@pytest.fixture
def client(project: Any, up: Any, tmp_path: Path) -> Any:
    """Runs a script with MLFLOW_TRACKING_URI at a fresh server; answers what it printed last, and has our CLI look there."""
    if not PYTHON.exists():
        pytest.skip("MLflow's client is not installed here: `make test` and `make torch` set it up")
    server = up()
    folder = tmp_path / "script"
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "MLFLOW_"))}
    environment |= {"MLFLOW_TRACKING_URI": server.address, "MLFLOW_ENABLE_ASYNC_LOGGING": "false", "HOME": str(folder)}
    environment |= {"OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1"}

    def run(name: str, needs: str = "mlflow") -> dict[str, Any]:
        if subprocess.run([PYTHON, "-c", f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{needs}') is None)"]).returncode:
            pytest.skip(f"{needs} is not installed beside MLflow's client: `make torch` adds it")
        done = subprocess.run(
            [PYTHON, SCRIPTS / f"{name}.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=DEADLINE
        )
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}\n{''.join(server.said)}"
        printed: dict[str, Any] = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
        return printed

    project.environment |= {"TREADLE_URL": server.address, "TREADLE_HOME": str(tmp_path / "cli")}
    return run


def metrics(run: Any) -> dict[str, float]:
    return {one["name"]: one["last"] for one in run["metrics"]}


def test_the_quickstart(client: Any, project: Any) -> None:
    run = project.get(client("quickstart")["run"])
    assert (run["name"], run["state"], run["kind"]) == ("first-steps", "done", "script")
    assert metrics(run)["loss"] == 1 / 20
    assert run["tags"]["team"] == "blue"
    found = project.json("runs", "metrics.accuracy > 0.9 and params.lr = 0.01 and tags.stage = trial and experiment = quickstart")
    assert [one["name"] for one in found] == ["first-steps"]
    said = project.treadle("show", "first-steps").stdout
    for word in ("first-steps", "optimizer", "adam", "accuracy", "0.93", "config/classes.json", "notes.txt", "parts/part-2.csv"):
        assert word in said, said


def test_scikit_learn_logs_itself_and_its_model_is_loaded_by_an_alias(client: Any, project: Any) -> None:
    printed = client("sklearn_autolog")
    run = project.get(printed["run"])
    assert metrics(run)["training_accuracy_score"] > 0.9
    parent = project.get(printed["search"])
    assert len(parent["children"]) == 2
    version = project.json("models", "show", "iris-classifier@champion")
    assert (version["number"], version["aliases"], version["artifact"]["format"]) == (2, ["champion"], "mlflow")
    assert version["run"] == project.get(printed["logged"])["id"]
    assert f"run {version['run']}" in project.treadle("why", "model://iris-classifier@champion").stdout


def test_lightgbm_logs_itself(client: Any, project: Any) -> None:
    run = project.get(client("lightgbm_autolog")["run"])
    assert run["state"] == "done"
    assert metrics(run)["held-binary_logloss"] < 0.6


def test_an_optuna_study_of_nested_runs(client: Any, project: Any) -> None:
    parent = project.get(client("optuna_study")["run"])
    assert len(parent["children"]) == 12
    found = project.json("runs", f"parent = {parent['id']}", "--all", "--sort", "metrics.final")
    assert found[0]["name"].startswith("trial-")


def test_traces(client: Any, project: Any) -> None:
    trace = client("traces")["trace"]
    said = project.treadle("traces", "show", trace).stdout
    assert "retrieve" in said
    assert "compose" in said


@pytest.mark.parametrize(
    ("name", "needs", "metric"),
    [
        ("torch_training", "torch", "loss"),
        ("lightning_training", "lightning", "train_loss"),
        ("transformers_training", "transformers", "loss"),
    ],
)
def test_deep_learning(client: Any, project: Any, name: str, needs: str, metric: str) -> None:
    run = project.get(client(name, needs)["run"])
    assert run["state"] == "done"
    assert metric in metrics(run)
