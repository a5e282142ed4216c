"""The check of a model: how it is asked, what is seen, what each gate says; what breaks is evidence and not an end."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from treadle import expect, gates, model
from treadle.check import asking, look_at, measures, plain, seen
from treadle.contract.data import Artifact
from treadle.contract.registry import Evidence, GateResult, Signature
from treadle.core.errors import DataError, DefinitionError, FormatError, UsageError
from treadle.sdk import models
from treadle.statistics import profile

RNG = np.random.default_rng(7)


def table(rows: int = 600) -> pl.DataFrame:
    x = RNG.normal(size=rows)
    chance = 1 / (1 + np.exp(-2 * x))
    return pl.DataFrame(
        {
            "x": x,
            "n": RNG.integers(0, 9, rows),
            "place": RNG.choice(["a", "b", "c"], rows),
            "at": [datetime.datetime(2026, 1, 1) + datetime.timedelta(hours=hour) for hour in range(rows)],
            "late": (RNG.uniform(size=rows) < chance).astype(int),
        }
    )


DATA = table()


class Sloped:
    """A model of two classes by a slope; takes matrices and tables."""

    classes_ = np.array([0, 1])

    def __init__(self, slope: float = 2.0, noise: float = 0.0) -> None:
        self.slope = slope
        self.noise = noise

    def predict_proba(self, rows: Any) -> Any:
        x = np.asarray(rows["x"], dtype=float) if hasattr(rows, "columns") else rows[:, 0]
        n = np.asarray(rows["n"], dtype=float) if hasattr(rows, "columns") else rows[:, 1]
        p = 1 / (1 + np.exp(-self.slope * x - self.noise * n))
        return np.column_stack([1 - p, p])


class Words:
    """Answers with a word, from tables alone."""

    def predict(self, rows: Any) -> list[str]:
        return ["late" if value > 0 else "fine" for value in rows["x"]]


class Line:
    def predict(self, rows: Any) -> Any:
        return 2 * np.asarray(rows)[:, 0]


class Broken:
    def predict(self, rows: Any) -> Any:
        raise RuntimeError("no weights")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TREADLE_WORK", str(tmp_path))
    monkeypatch.setenv("TREADLE_SEED", "5")
    yield
    models.taken.clear()


def declared(*asked: gates.Gate, label: str | None = "late", features: list[str] | None = None) -> models.Model:
    made: models.Model = model("m", label=label, features=features or ["x", "n"], gates=asked)
    return made


def looked(*asked: gates.Gate, value: Any = None, champion: Any = None, holdout: Any = DATA, **more: Any) -> Evidence:
    found = look_at(declared(*asked, **more), value or Sloped(), training=DATA, holdout=holdout, champion=champion)
    evidence: Evidence = found["evidence"]
    return evidence


def verdict(gate: gates.Gate, **more: Any) -> GateResult:
    (found,) = looked(gate, **more).gates
    return found


# --- what is seen -------------------------------------------------------------------------------------------------------


def test_a_check_finds_signature_metrics_profile_and_sample() -> None:
    found = look_at(declared(), Sloped(), training=DATA[:400], holdout=DATA[400:], champion=None)
    evidence, signature = found["evidence"], found["evidence"].signature
    assert [(c.name, c.type) for c in signature.inputs] == [("x", "float64"), ("n", "int64")]
    assert [(c.name, c.type) for c in signature.outputs] == [("0", "float64"), ("1", "float64")]
    assert (signature.frame, signature.method, signature.rows) == ("numpy", "predict_proba", 600)
    assert signature.inputs[1].lowest == 0
    assert evidence.metrics["auc"] > 0.8
    low, high = evidence.facts.intervals["auc"]
    assert low < evidence.metrics["auc"] < high
    assert evidence.facts.rows == {"training": 400, "holdout": 200}
    assert evidence.facts.seed == 5
    assert evidence.data_until == datetime.datetime(2026, 1, 17, 15, tzinfo=datetime.UTC).timestamp()
    assert found["sample"].columns == ["x", "n"]
    assert found["sample"].height == 200
    kept = profile.decode(found["profile"].read_bytes())
    assert list(kept.columns) == ["in.x", "in.n", "out.0", "out.1"]
    assert kept.rows == 200


def test_rows_arrive_as_the_model_takes_them() -> None:
    text = DATA.with_columns(x=pl.col("x").cast(pl.String))
    assert asking.find_out(Sloped(), DATA, ["x", "n"]).frame == "numpy"
    assert asking.find_out(Words(), DATA, ["x"]).frame == "polars"
    with pytest.raises(TypeError):
        asking.find_out(Words(), text, ["x"])

    class ByName:
        """Takes a matrix as well, and gets its columns in the wrong order then."""

        def predict(self, rows: Any) -> Any:
            return np.asarray(rows["x"]) if hasattr(rows, "columns") else rows[:, 1]

    assert asking.find_out(ByName(), DATA, ["x", "n"]).frame == "polars"


def test_features_come_from_the_declaration_the_model_or_the_data() -> None:
    assert asking.features_of(Sloped(), DATA, ["n"], "late") == ["n"]
    assert asking.features_of(Sloped(), DATA, None, "late") == ["x", "n", "place", "at"]
    fitted = Sloped()
    fitted.feature_names_in_ = np.array(["n", "x"], dtype=object)  # type: ignore[attr-defined]
    assert asking.features_of(fitted, DATA, None, "late") == ["n", "x"]
    with pytest.raises(DataError, match="no column `speed`"):
        asking.features_of(Sloped(), DATA, ["speed"], "late")


def test_many_rows_are_asked_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asking.find_out(Sloped(), DATA, ["x", "n"])
    whole = asked.answers(DATA)
    monkeypatch.setattr(asking, "_AT_ONCE", 7)
    assert np.array_equal(asked.answers(DATA)["1"], whole["1"])


def test_answers_have_one_value_a_row_and_names() -> None:
    assert list(asking.named_answers([1.0, 2.0], 2, None)) == ["prediction"]
    assert list(asking.named_answers(np.zeros((2, 3)), 2, None)) == ["output_0", "output_1", "output_2"]
    assert list(asking.named_answers({"a": [1, 2]}, 2, None)) == ["a"]
    assert list(asking.named_answers(pl.DataFrame({"b": [1, 2]}), 2, None)) == ["b"]
    with pytest.raises(DataError, match="for 3 rows"):
        asking.named_answers([1, 2], 3, None)
    with pytest.raises(FormatError, match="no model"):
        asking.method_of(3)


def test_columns_that_no_request_can_carry_are_named() -> None:
    with pytest.raises(DataError, match="`l` has the type List"):
        seen.kind_of("l", pl.List(pl.Int64))
    words = pl.DataFrame({"w": ["b", None, "a"], "f": [1.0, float("nan"), 3.0], "d": [datetime.date(1970, 1, 2)] * 3, "t": [True] * 3})

    class Any3:
        def predict(self, rows: Any) -> Any:
            return [0.0] * len(rows)

    asked = asking.find_out(Any3(), words, words.columns)
    signature = seen.signature_of(asked, [words], None)
    by_name = {column.name: column for column in signature.inputs}
    assert by_name["w"].categories == ("a", "b")
    assert by_name["w"].nullable
    assert (by_name["f"].nullable, by_name["f"].lowest, by_name["f"].highest) == (True, 1.0, 3.0)
    assert (by_name["d"].type, by_name["d"].lowest) == ("datetime", 86_400.0)
    assert by_name["t"].type == "boolean"
    assert seen.conformed(words, signature)["d"].to_list() == [86_400.0] * 3


def test_a_model_that_cannot_be_asked_is_told_by_its_gates() -> None:
    evidence = looked(gates.metric("auc", at_least=0.5), gates.size("1M"), value=Broken())
    assert evidence.signature is None
    assert [gate.state for gate in evidence.gates] == ["error", "error"]
    assert "RuntimeError: no weights" in evidence.gates[0].sentence
    found = look_at(declared(), Broken(), training=DATA, holdout=None, champion=None)
    assert (found["profile"], found["sample"], found["onnx"]) == (None, None, None)


def test_a_check_needs_rows() -> None:
    with pytest.raises(DataError, match="no rows"):
        look_at(declared(), Sloped(), training=None, holdout=None, champion=None)
    with pytest.raises(DataError, match="needs a table"):
        look_at(declared(), Sloped(), training=[1, 2], holdout=None, champion=None)
    with pytest.raises(UsageError, match="without data"):
        declared().register(Sloped())
    assert declared().register(Sloped(), holdout=DATA).metrics["auc"] > 0.8


@pytest.mark.parametrize(
    ("value", "label", "task", "metric"),
    [(Words(), "word", "multiclass", "f1"), (Line(), "x", "regression", "rmse"), (Sloped(), "late", "binary", "log_loss")],
)
def test_words_numbers_and_probabilities_are_judged_as_what_they_are(value: Any, label: str, task: str, metric: str) -> None:
    data = DATA.with_columns(word=pl.when(pl.col("late") == 1).then(pl.lit("late")).otherwise(pl.lit("fine")))
    asked = asking.find_out(value, data, ["x", "n"])
    judged = measures.Judged(asked.answers(data), data[label].to_list())
    assert judged.task == task
    assert math.isfinite(judged.metric(metric).value)
    with pytest.raises(UsageError, match="no metric `nothing`"):
        judged.metric("nothing")


def test_classes_written_as_numbers_are_no_quantities() -> None:
    class Sorted:
        classes_ = np.array([0, 1, 2])

        def predict(self, rows: Any) -> Any:
            return np.clip(np.round(np.asarray(rows)[:, 0] + 1), 0, 2).astype(int)

    data = DATA.with_columns(grade=(pl.col("x") + 1).round().clip(0, 2).cast(pl.Int64))
    made = model("m", label="grade", features=["x"])
    evidence = look_at(made, Sorted(), training=None, holdout=data, champion=None)["evidence"]
    assert evidence.metrics == {"accuracy": 1.0, "precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_rows_without_truth_or_with_an_unknown_class_are_not_judged() -> None:
    data = DATA.with_columns(late=pl.when(pl.int_range(pl.len()) < 10).then(None).otherwise(pl.col("late")))
    judged = measures.Judged(asking.find_out(Sloped(), data, ["x", "n"]).answers(data), data["late"].to_list())
    assert len(judged.labels) == 590
    with pytest.raises(DataError, match="no row"):
        measures.Judged({"0": [0.5], "1": [0.5]}, [None])


def test_ready_made_steps_are_found_wherever_the_package_lies(tmp_path: Path) -> None:
    from treadle.sdk.scoring import score_rows
    from treadle.worker import load

    assert load.find(tmp_path, "/somewhere/else/treadle/sdk/scoring.py", "score_rows") is score_rows


# --- gates --------------------------------------------------------------------------------------------------------------


def test_a_metric_is_held_against_bounds_by_value_or_surely() -> None:
    passed = verdict(gates.metric("auc", at_least=0.6))
    assert passed.state == "passed"
    assert "at least 0.6 as asked" in passed.sentence
    assert passed.evidence["rows"] == 600
    failed = verdict(gates.metric("log_loss", at_most=0.1))
    assert (failed.state, "asked for at most 0.1" in failed.sentence) == ("failed", True)
    value = passed.evidence["value"]
    assert verdict(gates.metric("auc", at_least=value - 0.001)).state == "passed"
    assert verdict(gates.metric("auc", at_least=value - 0.001, surely=True)).state == "failed"
    assert verdict(gates.metric("speed", at_least=1)).state == "error"
    assert verdict(gates.metric("auc", at_least=0.5), holdout=None).state == "error"
    assert "no label" in verdict(gates.metric("auc", at_least=0.5), label=None).sentence


def test_the_champion_is_compared_in_pairs_on_the_same_rows() -> None:
    gate = gates.champion("log_loss", margin=0.01)
    first = verdict(gate)
    assert (first.state, first.sentence) == ("passed", "there is no champion yet to compare with")
    better = verdict(gates.champion("log_loss", better=True), champion=Sloped(0.2))
    assert better.state == "passed"
    assert better.evidence["low"] > 0
    assert "better as asked" in better.sentence
    worse = verdict(gate, value=Sloped(0.2), champion=Sloped())
    assert (worse.state, worse.evidence["seed"]) == ("failed", 5)
    assert "asked for at most 0.01 worse" in worse.sentence
    assert verdict(gate, champion=Sloped(2.001)).state == "passed"
    assert verdict(gates.champion("log_loss", better=True), champion=Sloped(2.001)).state == "failed"
    for metric in ("auc", "accuracy", "average_precision"):
        assert verdict(gates.champion(metric, margin=0.05), champion=Sloped(1.9)).state == "passed", metric
    broken = verdict(gate, champion=Broken())
    assert (broken.state, "no weights" in broken.sentence) == ("error", True)


def test_accuracy_is_shown_as_accuracy() -> None:
    found = verdict(gates.champion("accuracy", margin=0.05), champion=Sloped(1.9))
    assert found.evidence["champion"] > 0.6
    assert found.evidence["challenger"] > 0.6


def test_the_champion_itself_passes_and_is_asked_by_its_own_signature() -> None:
    same = Artifact(name="m@v1", digest="d" * 64, size=10, format="sklearn")
    models.taken.update(model=same, champion=same)
    assert verdict(gates.champion("auc"), champion=Sloped()).sentence == "it is the champion itself"
    signature = Signature(inputs=looked().signature.inputs[::-1], outputs=looked().signature.outputs, method="predict_proba")  # type: ignore[union-attr]
    import msgspec

    other = msgspec.structs.replace(same, digest="e" * 64, about={"signature": msgspec.to_builtins(signature)})
    models.taken["champion"] = other

    class Swapped(Sloped):
        def predict_proba(self, rows: Any) -> Any:
            return super().predict_proba(rows[:, ::-1])

    found = verdict(gates.champion("log_loss", margin=0.0001), champion=Swapped())
    assert (found.state, found.evidence["gain"]) == ("passed", 0.0)
    assert "m@v1" in found.sentence


def test_slices_are_judged_from_enough_rows_on() -> None:
    gate = gates.slices("place", metric="auc", at_least=0.6, least_rows=50)
    passed = verdict(gate)
    assert passed.state == "passed"
    assert {one["slice"] for one in passed.evidence["slices"]} == {"a", "b", "c"}

    class Bad(Sloped):
        """Turned around where n is 3."""

        def predict_proba(self, rows: Any) -> Any:
            good = super().predict_proba(rows)
            turned = (np.asarray(rows["n"]) if hasattr(rows, "columns") else rows[:, 1]) == 3
            good[turned] = good[turned][:, ::-1]
            return good

    failed = verdict(gates.slices("n", metric="auc", at_least=0.6, least_rows=20), value=Bad())
    assert failed.state == "failed"
    assert failed.sentence.startswith("1 of 9 slices did not pass: 3 (")
    assert failed.evidence["slices"][0]["slice"] == "3"
    compared = verdict(gates.slices("n", metric="log_loss", worse_by=0.1, least_rows=20), value=Bad(), champion=Sloped())
    assert compared.state == "failed"
    assert "worse than the champion's" in compared.sentence
    assert verdict(gates.slices("n", metric="log_loss", worse_by=0.1, least_rows=20), champion=Sloped(1.9)).state == "passed"
    both = verdict(gates.slices(["place", "n"], metric="auc", at_least=0.1, least_rows=25))
    assert both.evidence["not_judged"] > 0
    assert verdict(gates.slices("place", metric="auc", at_least=0.1, least_rows=10_000)).state == "error"
    assert "no column `gone`" in verdict(gates.slices("gone", metric="auc", at_least=0.1)).sentence


def test_expectations_are_a_gate() -> None:
    assert verdict(gates.expectations([expect.present("x")])).state == "passed"
    failed = verdict(gates.expectations([expect.between("n", 0, 3)], on="holdout"))
    assert failed.state == "failed"
    assert failed.evidence["expectations"][0]["failing"] > 0
    assert verdict(gates.expectations([expect.row_change(at_most=0.1)], on="holdout")).state == "passed"


def test_latency_and_size_are_measured() -> None:
    fast = verdict(gates.latency(p99="10s", p50=10, calls=20))
    assert fast.state == "passed"
    assert 0 < fast.evidence["p50"] <= fast.evidence["p99"]
    assert verdict(gates.latency(p50="0.001us", calls=20)).state == "failed"
    models.taken["model"] = Artifact(name="result", digest="d" * 64, size=3_000_000, format="sklearn")
    assert verdict(gates.size("20M")).state == "passed"
    assert verdict(gates.size("1M")).sentence == "the model takes 3,000,000 bytes of at most 1,048,576"


def test_invariances_show_the_rows_that_moved() -> None:
    gate = gates.invariant("n is nothing", change={"n": [0, 8]}, within=0.01)
    assert verdict(gate).state == "passed"
    moved = verdict(gate, value=Sloped(2.0, noise=0.1))
    assert moved.state == "failed"
    assert moved.evidence["beyond"] > 0
    assert moved.evidence["examples"][0]["moves"] == pytest.approx(moved.evidence["most"])
    assert verdict(gates.invariant("few", change={"n": 0}, within=0.01, share=1.0), value=Sloped(2.0, noise=0.1)).state == "passed"
    assert verdict(gates.invariant("by function", change=lambda rows: rows.with_columns(n=pl.col("n") * 0))).state == "passed"
    assert verdict(gates.invariant("shorter", change=lambda rows: rows.head(1))).state == "error"
    assert verdict(gates.invariant("gone", change={"gone": 1})).state == "error"


def test_behaviour_holds_answers_against_expectations() -> None:
    rows = [{"x": 3.0}, {"x": -3.0}]
    assert verdict(gates.behaviour(rows, expect=[(0.9, 1.0), (0.0, 0.1)])).state == "passed"
    assert verdict(gates.behaviour(rows, expect=["1", "0"])).state == "passed"
    wrong = verdict(gates.behaviour(rows, expect=["0", "0"]))
    assert (wrong.state, len(wrong.evidence["wrong"])) == ("failed", 1)
    assert verdict(gates.behaviour([{"x": 0.0, "n": 0}], expect=[0.5])).state == "passed"
    assert verdict(gates.behaviour(rows, expect=lambda answers: answers[0]["1"] > answers[1]["1"])).state == "passed"
    assert verdict(gates.behaviour([{"y": 1}], expect=["1"])).state == "error"


def test_functions_say_yes_or_no_or_assert() -> None:
    def fine(metrics: dict[str, float]) -> bool:
        return metrics["auc"] > 0.5

    def said(model: Any, holdout: Any) -> tuple[bool, str]:
        return False, f"{holdout.height} rows are few"

    def asserting(champion: Any) -> bool:
        assert champion is not None, "there is no champion"
        return True

    def broken(holdout: Any) -> bool:
        raise KeyError("gone")

    def odd(answers: Any) -> Any:
        return "yes"

    results = looked(*[gates.function(one) for one in (fine, said, asserting, broken, odd, lambda nothing: True)], value=Sloped()).gates
    assert [one.state for one in results] == ["passed", "failed", "failed", "error", "error", "error"]
    assert results[1].sentence == "600 rows are few"
    assert results[2].sentence.startswith("there is no champion")
    assert "KeyError: 'gone' (test_check_gates.py:" in results[3].sentence
    assert "asks for `nothing`" in results[5].sentence


def test_an_approval_waits() -> None:
    waiting = verdict(gates.approval(role="approver", four_eyes=True))
    assert waiting.state == "waiting"
    assert waiting.sentence == "waits for a word of somebody with the role approver, who did not train it"
    assert waiting.evidence["four_eyes"] is True


def test_a_folder_of_tests_is_a_gate(tmp_path: Path) -> None:
    folder = tmp_path / "model_tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(
        "def test_good(ask, holdout):\n    assert ask(holdout)['1'].max() <= 1\n\n"
        "def test_bad(model, training):\n    assert training.height == 3, 'rows'\n\n"
        "def test_champion(champion):\n    raise AssertionError\n"
    )
    made = declared(gates.tests("model_tests"), gates.tests("none"))
    made._place = (str(tmp_path / "flow.py"), 1)
    evidence = look_at(made, Sloped(), training=DATA, holdout=DATA, champion=None)["evidence"]
    failed, absent = evidence.gates
    assert failed.state == "failed"
    assert failed.evidence["counts"] == {"passed": 1, "failed": 1, "skipped": 1}
    assert failed.sentence.startswith("1 of 3 tests passed, 1 were skipped; test_it.py::test_bad: AssertionError: rows")
    assert (absent.state, "no folder `none`" in absent.sentence) == ("error", True)
    (folder / "test_it.py").write_text("import nothing_like_this\n")
    broken = look_at(made, Sloped(), training=DATA, holdout=DATA, champion=None)["evidence"].gates[0]
    assert broken.state == "failed"
    assert "nothing_like_this" in broken.sentence
    (folder / "test_it.py").write_text("")
    assert "holds no tests" in look_at(made, Sloped(), training=DATA, holdout=DATA, champion=None)["evidence"].gates[0].sentence


def test_evidence_is_plain_data() -> None:
    value = {"a": np.float64("nan"), "b": (np.int64(3), {4}), "c": datetime.date(2026, 1, 1), "d": object, 5: math.inf, "e": "a\x00b\ud800"}
    assert plain.plain(value) == {"a": None, "b": [3, [4]], "c": "2026-01-01", "d": "<class 'object'>", "5": None, "e": "a\u2400b?"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: gates.metric("auc"),
        lambda: gates.champion("auc", margin=-1),
        lambda: gates.slices([], metric="auc", at_least=1),
        lambda: gates.slices("x", metric="auc"),
        lambda: gates.latency(),
        lambda: gates.latency(p99="fast"),
        lambda: gates.behaviour([{}], expect=[1, 2]),
        lambda: gates.expectations([], on="all"),
        lambda: gates.function(3),  # type: ignore[arg-type]
        lambda: gates.approval(name=""),
        lambda: model("m", gates=[gates.size(1), gates.size(2)]),
        lambda: model("m", label="x", features=["x"]),
        lambda: model("m@v1", gates=[gates.size(1)]),
        lambda: model("m", speed=1),
    ],
)
def test_senseless_declarations_are_refused(wrong: Any) -> None:
    with pytest.raises(DefinitionError):
        wrong()


class Needy:
    """A model of a table that does without `x`, and not without `word`."""

    def predict(self, rows: pl.DataFrame) -> Any:
        if rows["word"].null_count():
            raise ValueError("no word")
        return rows["x"].fill_null(0.0).to_numpy()


def test_a_column_may_be_missing_where_the_model_answers_without_it() -> None:
    rows = pl.DataFrame({"x": [1.0, 2.0, 3.0] * 40, "word": ["a", "b", "c"] * 40})
    asked = asking.find_out(Needy(), rows, ["x", "word"])
    assert asked.frame == "polars"
    assert {column.name: column.nullable for column in seen.signature_of(asked, [rows], None).inputs} == {"x": True, "word": False}
