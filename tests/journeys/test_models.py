"""Models in a real project: registered by pipelines, judged against the champion, decided by people, taken as inputs, scored."""

from __future__ import annotations

from typing import Any

import pytest

FLOW = """
    from pathlib import Path
    from typing import Any, NamedTuple

    import numpy as np
    import polars as pl

    from treadle import dataset, expect, gates, model, pipeline, score_dataset, step

    class Days(NamedTuple):
        training: pl.DataFrame
        holdout: pl.DataFrame

    class Sloped:
        classes_ = [0, 1]

        def __init__(self, slope):
            self.slope = slope

        def predict_proba(self, rows):
            p = 1 / (1 + np.exp(-self.slope * rows[:, 0]))
            return np.column_stack([1 - p, p])

    def sensible(metrics):
        return metrics["auc"] > 0.5, f"auc {metrics['auc']:.2f}"

    churn = model("churn", label="gone", features=["x"], gates=[
        gates.metric("auc", at_least=0.6),
        gates.champion("log_loss", margin=0.001),
        gates.expectations([expect.present("x")], on="training"),
        gates.tests("model_tests"),
        gates.function(sensible),
    ])
    careful = model("careful", label="gone", features=["x"], gates=[gates.approval(four_eyes=False)])

    @step
    def days() -> Days:
        rng = np.random.default_rng(0)
        x = rng.normal(size=800)
        gone = (rng.uniform(size=800) < 1 / (1 + np.exp(-2 * x))).astype(int)
        frame = pl.DataFrame({"x": x, "gone": gone})
        return Days(frame[:400], frame[400:])

    @step(format="pickle")
    def train(training: pl.DataFrame, slope: float = 2.0) -> Any:
        return Sloped(slope)

    @pipeline
    def weekly(slope: float = 2.0):
        split = days()
        return churn.register(train(split.training, slope=slope), training=split.training, holdout=split.holdout).evidence

    @pipeline
    def with_care():
        split = days()
        careful.register(train(split.training), holdout=split.holdout)

    @step(outputs=model("bare"), format="pickle")
    def bare() -> Any:
        return Sloped(1.0)

    @step
    def slope_of(model: Any = model("churn@champion")) -> float:
        return model.slope

    @step(outputs=dataset("tomorrow"))
    def tomorrow() -> pl.DataFrame:
        return pl.DataFrame({"key": range(5), "x": [-2.0, -1.0, 0.0, 1.0, 2.0]})

    @pipeline
    def nightly():
        score_dataset(model("churn@champion"), tomorrow(), to="answers", keep=["key"], at_once=2)

    @step
    def many() -> list[int]:
        return list(range(3000))

    @step
    def total(numbers: list[int]) -> int:
        return sum(numbers)

    @pipeline
    def sums():
        return total(many())
"""
TESTS = """
    def test_answers(ask, holdout):
        assert ask(holdout)["1"].max() <= 1
"""


@pytest.fixture
def flow(project: Any) -> Any:
    project.write("flow.py", FLOW)
    project.write("model_tests/test_churn.py", TESTS)
    return project


def version(project: Any, ref: str) -> Any:
    return project.json("models", "show", ref)


def test_versions_are_registered_judged_promoted_and_used(flow: Any) -> None:
    run = flow.run("flow.py::weekly")
    assert run["state"] == "done"
    first = version(flow, "churn")
    assert [(g["gate"], g["state"]) for g in first["gates"]] == [
        ("auc", "passed"),
        ("champion log_loss", "passed"),
        ("expectations on training", "passed"),
        ("tests in model_tests", "passed"),
        ("sensible", "passed"),
    ], first["gates"]
    assert (first["stage"], first["signature"]["inputs"][0]["name"]) == ("approved", "x")
    refused = flow.treadle("run", "flow.py::slope_of", status=3)
    assert "`churn` has no alias `champion`" in refused.stderr
    flow.treadle("models", "alias", "churn", "champion", "v1", "-m", "the first")
    assert flow.run("flow.py::slope_of")["state"] == "done"

    flow.run("flow.py::weekly", "-p", "slope=0.1")
    second = version(flow, "churn@v2")
    assert (second["stage"], second["facts"]["sources"]["champion"]) == ("failed", "model://churn@v1")
    assert {g["gate"]: g["state"] for g in second["gates"]}["champion log_loss"] == "failed"
    refused = flow.treadle("models", "alias", "churn", "champion", "2", status=6)
    assert "error[E0504]" in refused.stderr
    assert "treadle models approve churn@v2" in refused.stderr
    flow.treadle("models", "approve", "churn@v2", "-m", "an experiment", status=6)
    assert flow.json("models", "approve", "churn@v2", "-m", "an experiment", "--override")["approvals"][0]["overridden"] is True
    flow.treadle("models", "alias", "churn", "champion", "2")
    assert [(move["version"], move.get("former")) for move in flow.json("models", "history", "churn")] == [(2, 1), (1, None)]

    taken = flow.run("flow.py::slope_of", "-i", "model=model://churn@v1")
    assert [(one["name"], one["source"]) for one in flow.get(str(taken["id"]))["inputs"]] == [("model", "model://churn@v1")]
    kinds = [entry["kind"] for entry in flow.json("journal", "-n", "500") if entry["subject"].startswith("model:churn@v2")]
    assert sorted(kinds) == ["alias.moved", "model.registered", "version.approved", "version.checked", "version.failed"]


def test_an_approval_waits_for_words(flow: Any) -> None:
    flow.run("flow.py::with_care")
    assert version(flow, "careful")["stage"] == "waiting"
    assert "waits for a word" in flow.treadle("models", "versions", "careful").stdout
    flow.treadle("models", "reject", "careful", "-m", "not now")
    assert version(flow, "careful")["stage"] == "rejected"
    flow.treadle("models", "card", "careful@v1", "--write", "Intended use=Tests alone.")
    card = flow.treadle("models", "card", "careful").stdout
    assert "Tests alone." in card
    assert "said no: not now" in card


def test_what_a_step_gives_can_be_registered_and_checked_later(flow: Any) -> None:
    flow.run("flow.py::bare")
    assert version(flow, "bare")["stage"] == "candidate"
    run = flow.run("flow.py::weekly")["id"]
    trained = next(child for child in flow.get(str(run))["children"] if child["step"] == "train")
    flow.treadle("models", "register", "churn", f"{trained['id']}/result")
    assert version(flow, "churn")["number"] == 1
    split = next(child for child in flow.get(str(run))["children"] if child["step"] == "days")
    checked = flow.treadle("models", "check", "churn@v1", "flow.py::churn", "--holdout", f"run://{split['id']}/holdout", status=1)
    assert "expectations on training" in checked.stdout
    assert version(flow, "churn")["stage"] == "failed"
    other = flow.treadle("models", "check", "bare@v1", "flow.py::churn", "--holdout", f"run://{split['id']}/holdout", status=2)
    assert "declares the model `churn`" in other.stderr


def test_a_version_is_exported_for_elsewhere(flow: Any) -> None:
    flow.run("flow.py::bare")
    refused = flow.treadle("models", "export", "bare", "image", status=2)
    assert "executes code" in refused.stderr
    made = flow.json("models", "export", "bare@v1", "image", "--consent", "--kserve", "registry/bare:1")
    assert (made["version"], made["stage"]) == ("bare@v1", "candidate")
    assert (flow.folder / "image" / "Dockerfile").read_text().startswith("FROM python:3.")
    assert "InferenceService" in (flow.folder / "image" / "kserve.yaml").read_text()


def test_reproducing_a_pipeline_registers_nothing(flow: Any) -> None:
    run = flow.run("flow.py::weekly")["id"]
    flow.run("flow.py::weekly", "-p", "slope=1.5")
    flow.treadle("reproduce", str(run), status=None)
    assert [one["number"] for one in flow.json("models", "versions", "churn")] == [2, 1]


def test_datasets_are_scored_part_by_part_with_lineage(flow: Any) -> None:
    flow.run("flow.py::weekly")
    flow.treadle("models", "alias", "churn", "champion", "1")
    run = flow.run("flow.py::nightly")
    assert run["state"] == "done", run
    shown = flow.json("data", "show", "answers")
    assert [file["path"] for file in shown["files"]] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    scored = flow.get(str(shown["made_by"]))
    assert "model://churn@v1" in [one["source"] for one in scored["inputs"]]
    flow.treadle("models", "score", "churn@v1", "tomorrow", "--as", "again", "--keep", "key")
    again = flow.get(str(flow.json("data", "show", "again")["made_by"]))
    assert sorted(one["source"] for one in again["inputs"]) == ["dataset://tomorrow@v1", "model://churn@v1"]
    import polars as pl

    flow.treadle("data", "pull", "again", "pulled")
    frame = pl.read_parquet(flow.folder / "pulled" / "part-00000.parquet")
    assert frame.columns == ["key", "out.0", "out.1"]
    assert frame["out.1"][2] == 0.5


def test_expectations_of_a_version_on_the_command_line(flow: Any) -> None:
    flow.run("flow.py::tomorrow")
    text = flow.treadle("data", "suggest", "tomorrow").stdout
    assert text.startswith("from treadle import expect\n\nTOMORROW = [\n")
    flow.write("known.py", text)
    assert "✓ passed" in flow.treadle("data", "check", "tomorrow@v1", "known.py::TOMORROW").stdout
    flow.write("strict.py", 'from treadle import expect\nRULES = [expect.between("x", 0, 9), expect.row_change(at_most=0.1)]\n')
    broken = flow.json("data", "check", "tomorrow", "strict.py::RULES", status=1)
    assert [(one["state"], one.get("failing", 0)) for one in broken["findings"]] == [("failed", 2), ("skipped", 0)]
    assert "it has RULES" in flow.treadle("data", "check", "tomorrow", "strict.py::RULE", status=2).stderr


def test_thousands_of_plain_values_are_a_parameter(flow: Any) -> None:
    assert flow.run("flow.py::sums")["state"] == "done"
