"""A real MLflow store, made by MLflow's own client, brought over; and a record of ours taken to another server."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "build/clients/bin/python"
SCRIPTS = ROOT / "tests/compat/scripts"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with mlflow.db and mlruns, as scripts with MLFLOW_TRACKING_URI=sqlite:///... leave it."""
    if not PYTHON.exists():
        pytest.skip("MLflow's client is not installed here: `make test` sets it up")
    folder = tmp_path_factory.mktemp("mlflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "MLFLOW_"))}
    environment |= {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "OMP_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    for name in ("quickstart", "sklearn_autolog"):
        done = subprocess.run([PYTHON, SCRIPTS / f"{name}.py"], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-4000:]
    return folder


def rows(store: Path, query: str) -> list[Any]:
    with sqlite3.connect(store / "mlflow.db") as connection:
        return connection.execute(query).fetchall()


def test_a_store_is_brought_over_whole_and_compared(project: Any, store: Path, tmp_path: Path) -> None:
    report = project.json("import", "mlflow", f"sqlite:///{store}/mlflow.db")
    assert report.get("problems", []) == []
    tables = {"runs": "runs", "params": "params", "points": "metrics", "logged_models": "logged_models", "versions": "model_versions"}
    for kind, table in tables.items():
        there = rows(store, f"SELECT count(*) FROM {table}")[0][0]
        assert (kind, report[kind]["found"], report[kind]["new"], report[kind]["differ"]) == (kind, there, there, 0)
    assert report["files"]["new"] == sum(1 for path in (store / "mlruns").rglob("*") if path.is_file())
    again = project.json("import", "mlflow", f"sqlite:///{store}/mlflow.db", "--verify")
    assert {kind: again[kind]["new"] for kind in ("experiments", "runs", "points", "files", "models", "versions")} == dict.fromkeys(
        ("experiments", "runs", "points", "files", "models", "versions"), 0
    )
    key, name, value = rows(store, "SELECT run_uuid, key, value FROM latest_metrics WHERE key = 'training_accuracy_score'")[0]
    run = project.get(key)
    assert {one["name"]: one["last"] for one in run["metrics"]}[name] == value
    assert any(one["path"] == "estimator.html" for one in run["files"])
    version = project.json("models", "show", "iris-classifier@champion")
    assert (version["number"], version["artifact"]["format"]) == (2, "mlflow")


def test_an_import_that_was_killed_goes_on_where_it_was(project: Any, store: Path, until: Any) -> None:
    process = project.start("import", "mlflow", f"sqlite:///{store}/mlflow.db")
    until(lambda: process.stderr.readline().startswith("  experiment"))
    process.kill()
    process.wait()
    report = project.json("import", "mlflow", f"sqlite:///{store}/mlflow.db")
    assert report.get("problems", []) == []
    assert all(report[kind]["differ"] == 0 for kind in ("runs", "params", "tags", "points", "files"))
    assert report["runs"]["found"] == rows(store, "SELECT count(*) FROM runs")[0][0]


def test_a_store_cannot_have_other_files_of_this_machine_read(project: Any, store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(store, copy)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("do not copy")
    with sqlite3.connect(copy / "mlflow.db") as connection:
        connection.execute("UPDATE runs SET artifact_uri = ? WHERE name = 'first-steps'", (f"file://{secret}",))
    report = project.json("import", "mlflow", f"sqlite:///{copy}/mlflow.db", "--experiment", "quickstart", status=6)
    assert "in no folder that may be read" in report["problems"][0]
    assert project.get("first-steps").get("files", []) == []
    allowed = project.json("import", "mlflow", f"sqlite:///{copy}/mlflow.db", "--experiment", "quickstart", "--artifacts", str(secret))
    assert allowed["files"]["new"] == 1


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("nonsense", "is not an address of a database"),
        ("sqlite:///missing.db", "there is no database"),
        ("http://127.0.0.1:9", "does not answer"),
    ],
)
def test_what_cannot_be_imported_is_said(project: Any, uri: str, says: str) -> None:
    done = project.treadle("import", "mlflow", uri, status=None)
    assert done.returncode in (2, 5)
    assert says in done.stderr


def test_a_record_is_taken_to_another_server_and_found_equal(project: Any, up: Any, store: Path, tmp_path: Path) -> None:
    """The other server is one of ours: it speaks MLflow's protocol. With a server of MLflow the same was done by hand."""
    project.treadle("import", "mlflow", f"sqlite:///{store}/mlflow.db")
    home = project.environment["TREADLE_HOME"]
    project.environment["TREADLE_HOME"] = str(tmp_path / "other")
    server = up()
    project.environment["TREADLE_HOME"] = home
    first = project.json("export", "mlflow", server.address)
    assert first.get("problems", []) == []
    assert (first["runs"]["new"], first["files"]["differ"], first["points"]["differ"]) == (first["runs"]["found"], 0, 0)
    second = project.json("export", "mlflow", server.address, "--verify")
    assert (second["runs"]["new"], second["points"]["new"], second["files"]["new"], second["versions"]["new"]) == (0, 0, 0, 0)
    loaded = subprocess.run(
        [
            PYTHON,
            "-c",
            "import json, mlflow; print(json.dumps(len(mlflow.search_runs(search_all_experiments=True, output_format='list'))))",
        ],
        env=os.environ | {"MLFLOW_TRACKING_URI": server.address},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert int(loaded.stdout) == first["runs"]["found"]
