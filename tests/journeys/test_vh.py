"""The unmodified `vh` client drives `treadle up` through a whole project, with real processes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.valohai import view
from treadle.valohai.identity import named

from .conftest import DEADLINE, Up

pytestmark = pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")

PROJECT_ID = named("project", "churn")

PROJECT = """
- step:
    name: preprocess
    image: python:3.11
    command: python preprocess.py {parameters}
    parameters:
      - {name: rows, type: integer, default: 4}
      - {name: verbose, type: flag, default: true}
    inputs:
      - {name: extra, optional: true}
- step:
    name: train
    image: python:3.11
    command:
      - echo "training at {parameter-value:lr}" >&2
      - python train.py {parameters}
    parameters:
      - {name: lr, type: float, default: 0.1}
    inputs:
      - {name: prepared, optional: true}
- step:
    name: wait
    image: busybox
    command:
      - echo waiting
      - sleep 600
- step:
    name: model
    image: busybox
    command:
      - echo weights > /valohai/outputs/model.bin
      - |
        echo '{"valohai.model-versions": ["model://prices/"]}' > /valohai/outputs/model.bin.metadata.json
- step:
    name: show
    image: busybox
    command: echo "mode=$MODE key=$KEY"
- task:
    name: rates
    step: train
    type: grid_search
    parameters:
      - name: lr
        style: multiple
        rules: {items: [0.1, 0.2]}
- endpoint:
    name: answer
    image: python:3.11
    server-command: cd data; python -m http.server 8000
    files:
      - {name: table, path: data/deployed/churn/predict/v1/answer/table.csv}
- pipeline:
    name: all
    nodes:
      - {name: prep, type: execution, step: preprocess}
      - {name: train, type: execution, step: train}
    edges:
      - [prep.output.*.csv, train.input.prepared]
      - [prep.metadata.suggested, train.parameter.lr]
"""

PREPROCESS = """
import argparse, json
parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int)
parser.add_argument("--verbose", action="store_true")
given = parser.parse_args()
open("/valohai/outputs/data.csv", "w").write("x\\n" * given.rows)
print(json.dumps({"rows": given.rows, "suggested": 0.5}))
"""

TRAIN = """
import json, os, sys
held = sorted(os.listdir("/valohai/inputs/prepared")) if os.path.isdir("/valohai/inputs/prepared") else []
lr = float(sys.argv[1].partition("=")[2])
for epoch in range(3):
    print(json.dumps({"epoch": epoch, "accuracy": 0.5 + lr / 10 + epoch / 100}))
open("/valohai/outputs/model.txt", "w").write(f"{lr} {held}")
"""


class Vh:
    """The client `vh` in a user's folder, with settings of its own."""

    def __init__(self, project: Any, up: Up, until: Callable[..., None]) -> None:
        self.project, self.up, self.until = project, up, until
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("VALOHAI_", "TREADLE_"))}
        (project.folder / ".vh").mkdir()
        self.environment |= {"VALOHAI_CONFIG_DIR": str(project.folder / ".vh"), "PYTHONWARNINGS": "ignore", "COLUMNS": "200"}

    def __call__(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("vh")), *words],
            cwd=self.project.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            input="",
        )
        said = done.stdout + done.stderr
        assert done.returncode == status, f"vh {' '.join(words)} -> {done.returncode}\n{said}\n{''.join(self.up.said[-20:])}"
        assert "Traceback" not in said, said
        return said

    def json(self, *words: str) -> Any:
        said = subprocess.run(
            [str(Path(sys.executable).with_name("vh")), "--table-format", "json", *words],
            cwd=self.project.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return json.loads(said.stdout[said.stdout.index("[") :])  # behind its progress

    def run(self, number: str) -> Any:
        """A run in Treadle's own words."""
        return self.up.http.get(f"/api/runs/{number}", headers={"X-Treadle-Project": "churn"}).json()

    def ended(self, number: str, state: str = "done") -> Any:
        self.until(lambda: self.run(number)["state"] in ("done", "failed", "stopped"))
        run = self.run(number)
        assert run["state"] == state, (run.get("error"), run["state"])
        return run


@pytest.fixture
def vh(project: Any, until: Any) -> Iterator[Vh]:
    project.write("valohai.yaml", PROJECT)
    project.write("preprocess.py", PREPROCESS)
    project.write("train.py", TRAIN)
    up = Up(project)
    made = Vh(project, up, until)
    made("login", "--host", up.address, "--token", "anything", "--yes")
    made("project", "create", "--name", "churn", "--owner", "me", "--yes")
    yield made
    up.stop()


def number(said: str, mark: str = "#") -> str:
    """The number that a line names: `Execution #12 created.`"""
    found = re.search(rf"{mark}(\d+)", said)
    assert found, said
    return found[1]


def test_a_whole_project_is_driven_by_the_client(vh: Vh, tmp_path: Path) -> None:
    assert "churn" in vh("project", "list")
    assert "local" in vh("environments")
    first = number(vh("exec", "run", "--adhoc", "preprocess", "--rows", "5", "--title", "first", "--tag", "small"))
    run = vh.ended(first)
    assert run["parameters"] == {"rows": 5, "verbose": True}
    assert run["tags"]["valohai.title"] == "first"
    assert "small" in run["tags"]
    [row] = vh.json("exec", "list")
    assert (str(row["counter"]), row["status"], row["step"], row["title"]) == (first, "complete", "preprocess", "first")
    info = vh("exec", "info", first)
    assert "python:3.11" in info
    assert "rows" in info
    assert '"suggested": 0.5' in vh("exec", "logs", first)
    listed = vh("exec", "outputs", first, "--download", str(tmp_path / "down"))
    assert "data.csv" in listed
    assert (tmp_path / "down" / "data.csv").read_text() == "x\n" * 5
    [summary] = vh.json("exec", "summarize", first)
    assert (summary["rows"], summary["suggested"]) == (5, 0.5)
    datum = re.search(r"datum://\S+", listed)
    assert datum
    assert "data.csv" in vh("data", "list")
    vh.project.environment["TREADLE_PROJECT"] = "churn"
    assert [str(one["id"]) for one in vh.project.json("runs")] == [first]

    second = number(vh("exec", "run", "--adhoc", "train", "--lr", "0.5", "--prepared", datum[0]))
    trained = vh.ended(second)
    assert trained["inputs"][0]["producer"] == int(first)
    assert datum[0] in vh("exec", "info", second)
    said = vh("exec", "logs", second, "--no-stdout", "--no-status")
    assert "training at 0.5" in said
    assert "accuracy" not in said
    assert vh("exec", "logs", "latest", "--stream").count("accuracy") == 3


def test_a_pipeline_runs_and_a_later_one_takes_its_nodes_over(vh: Vh) -> None:
    first = number(vh("pipeline", "run", "--adhoc", "all", "--prep.rows", "7"), "=")
    run = vh.ended(first)
    steps = {child["step"]: child for child in run["children"]}
    assert steps["preprocess"]["parameters"]["rows"] == 7
    assert steps["train"]["parameters"]["lr"] == 0.5
    [row] = vh.json("pipeline", "list")
    assert (str(row["counter"]), row["status"]) == (first, "complete")
    second = number(vh("pipeline", "run", "--adhoc", "all", "--reuse", f"{first}:prep"), "Pipeline =")
    again = vh.ended(second)
    [child] = again["children"]
    assert child["step"] == "train"
    taken = vh.run(str(child["id"]))
    assert taken["inputs"][0]["producer"] == steps["preprocess"]["id"]
    assert child["parameters"]["lr"] == 0.5
    nodes = vh.up.http.get(f"/api/v0/pipelines/{PROJECT_ID}:{second}/").json()["nodes"]
    assert [(node["name"], node["type"], node["status"]) for node in nodes] == [
        ("prep", "mimic", "complete"),
        ("train", "execution", "complete"),
    ]


def test_a_version_of_a_deployment_is_created(vh: Vh) -> None:
    first = number(vh("exec", "run", "--adhoc", "preprocess", "--rows", "3"))
    vh.ended(first)
    datum = re.search(r"datum://\S+", vh("exec", "outputs", first))
    assert datum
    vh.up.http.post("/api/v0/deployments/", json={"project": PROJECT_ID, "name": "predict"}).raise_for_status()
    words = ["deployment", "create-version", "--adhoc", "-d", "predict", "-e", "answer", "-n", "v1", "--answer-table", datum[0]]
    assert "Deployment version v1 created" in vh(*words)
    vh.until(lambda: vh.up.http.get("/deployed/churn/predict/v1/answer/table.csv").text == "x\n" * 3)


def test_what_scripts_ask_of_the_api(vh: Vh) -> None:
    first = number(vh("exec", "run", "--adhoc", "preprocess", "--rows", "3"))
    vh.ended(first)
    [row] = vh.json("exec", "list")
    [datum] = vh.up.http.get("/api/v0/data/", params={"output_execution": row["id"]}).json()["results"]
    said = {"datum_metadata": {datum["id"]: {"color": "red", "valohai.alias": "table", "valohai.tags": ["small"]}}}
    assert vh.up.http.post("/api/v0/data/metadata/apply/", json=said).json() == {"count": 1}
    assert "table" in vh("alias", "list")
    found = vh.up.http.get("/api/v0/datum-aliases/resolve/", params={"name": "table", "project": PROJECT_ID}).json()["datum"]
    assert (found["id"], found["metadata"]["color"], found["tags"], len(found["sha256"])) == (datum["id"], "red", ["small"], 64)
    [printed] = vh.up.http.get(f"/api/v0/executions/{row['id']}/metadata/").json()
    assert (printed["rows"], printed["suggested"]) == (3, 0.5)
    table = vh.up.http.request("GET", "/api/v0/executions/multi_download_metadata_csv/", json={"ids": [row["id"]]}).text
    assert table.splitlines()[0].split(",")[:2] == ["id", "counter"]
    assert f"{row['id']},{first},3,0.5" in table
    assert vh.up.http.post(f"/api/v0/data/{datum['id']}/purge/").json()["purged"]
    assert vh.up.http.get(f"/api/v0/data/{datum['id']}/download/").status_code == 410


def test_models_that_outputs_made_are_listed_and_described(vh: Vh) -> None:
    run = number(vh("exec", "run", "--adhoc", "model"))
    vh.ended(run)
    assert "prices" in vh("model", "list")
    assert "| 1 | creating |" in vh("model", "describe", "prices")
    [version] = vh.json("model", "versions", "prices")
    assert (version["counter"], version["source"]["title"]) == (1, f"#{run}")
    assert "model" in vh("model", "version", "prices", "1")


def test_a_task_runs_and_its_executions_are_found(vh: Vh) -> None:
    task = number(vh("task", "run", "--adhoc", "rates"), "!")
    run = vh.ended(task)
    assert sorted(child["parameters"]["lr"] for child in run["children"]) == [0.1, 0.2]
    [row] = vh.json("task", "list")
    assert (str(row["counter"]), row["status"]) == (task, "complete")
    assert vh.json("pipeline", "list") == []
    numbers = [str(child["id"]) for child in run["children"]]
    assert len(vh.json("exec", "summarize", *numbers)) == 2
    assert len(vh.up.http.get(f"/api/v0/tasks/{PROJECT_ID}:{task}/execution_ids/").json()) == 2


def test_executions_are_stopped_and_deleted(vh: Vh) -> None:
    first = number(vh("exec", "run", "--adhoc", "wait"))
    vh.until(lambda: vh.run(first)["state"] == "running")
    vh.until(lambda: "waiting" in vh("exec", "logs", first))
    assert "wait" in vh("project", "status")
    vh("exec", "stop", first)
    vh.ended(first, "stopped")
    assert "Nothing to stop" in vh("exec", "stop", "--all")
    assert "Deleted 1" in vh("exec", "delete", first)
    assert vh.json("exec", "list") == []
    assert [str(one["counter"]) for one in vh.json("exec", "list", "--deleted")] == [first]


def test_variables_of_the_project_reach_its_runs_and_secrets_stay_secret(vh: Vh) -> None:
    vh("project", "environment-variables", "create", "MODE=fast")
    vh("project", "environment-variables", "create", "--secret", "KEY=hunter2hunter2")
    shown = vh("project", "environment-variables", "list")
    assert "fast" in shown
    assert "hunter2" not in shown
    run = vh.ended(number(vh("exec", "run", "--adhoc", "show")))
    said = vh("exec", "logs", str(run["id"]))
    assert "mode=fast key=" in said
    assert "hunter2" not in said
    assert "hunter2" not in json.dumps(run)
    vh("project", "environment-variables", "delete", "MODE")
    assert "MODE" not in vh("project", "environment-variables", "list")


def test_commits_of_a_repository_are_fetched_and_run(vh: Vh, tmp_path: Path) -> None:
    def git(*words: str) -> str:
        settings = ["-c", "user.name=ann", "-c", "user.email=ann@lab"]
        return subprocess.run(["git", *settings, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    git("add", "valohai.yaml", "preprocess.py", "train.py")
    git("commit", "--quiet", "-m", "first")
    vh.up.http.post("/api/projects/churn", json={"repository": str(tmp_path)}).raise_for_status()
    commit = git("rev-parse", "HEAD")
    assert commit in vh("project", "fetch")
    assert f"{commit} (current)" in vh("project", "commits")
    run = vh.ended(number(vh("exec", "run", "preprocess", "--rows", "3")))
    assert run["code"]["commit"] == commit
    assert run["tags"]["valohai.commit"] == commit
    vh.ended(number(vh("pipeline", "run", "all"), "="))


def test_what_is_wrong_is_told(vh: Vh) -> None:
    said = vh("exec", "run", "--adhoc", "train", "--prepared", "datum://nobody-knows-it", status=1)
    assert "nobody-knows-it" in said
    assert "99 does not exist" in vh("exec", "info", "99", status=1)
    (vh.project.folder / "valohai.yaml").unlink()
    answer = vh.up.http.post("/api/v0/executions/", json={"project": PROJECT_ID, "commit": "~0", "step": "train"})
    assert answer.status_code == 400
    assert "no commit `~0`" in answer.json()["commit"][0]["message"]
    assert vh.up.http.get("/api/v0/nothing/").status_code == 404


def test_a_package_cannot_leave_its_folder(vh: Vh, tmp_path: Path) -> None:
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        for name in ("../outside", "valohai.yaml"):
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"[]\n\n"))
    address = f"/api/v0/projects/{PROJECT_ID}/import-package/"
    answer = vh.up.http.post(address, files={"data": ("data.tgz", package.getvalue())})
    assert answer.status_code == 400
    assert "outside" in answer.text
    assert vh.up.http.post(address, files={"data": ("data.tgz", b"no archive")}).status_code == 400
    assert vh.up.http.post(address, data={"description": "nothing"}).status_code == 400
    assert list((tmp_path / ".treadle" / "scratch").iterdir()) == []


def test_where_tokens_are_asked_for_the_client_needs_one(project: Any, until: Any) -> None:
    secret = project.json("tokens", "add", "ann", "--role", "reader")["secret"]
    up = Up(project)
    try:
        vh = Vh(project, up, until)
        said = vh("login", "--host", up.address, "--token", "wrong", "--yes", status=1)
        assert "unknown, expired or revoked" in said
        assert "Hey ann" in vh("login", "--host", up.address, "--username", "ann", "--password", secret, "--yes")
        said = vh("project", "create", "--name", "churn", "--owner", "me", "--yes", status=1)
        assert "the role reader" in said
    finally:
        up.stop()
