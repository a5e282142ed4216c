"""Rich values: what they are made of, what is said about them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import treadle
from treadle.core.errors import DataError, FormatError, ParameterError
from treadle.sdk import formats, shown
from treadle.sdk.spool import read_records


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLE_SPOOL", str(tmp_path))
    return tmp_path


def kept(spool: Path) -> list[dict[str, Any]]:
    return [record for record in read_records((spool / "spool").read_bytes())[0] if record["k"] == "artifact"]


def test_every_kind_is_kept_with_its_step_and_reads_back(spool: Path) -> None:
    treadle.table("rows", [{"a": 1, "b": "x" * 100}], step=1)
    treadle.image("grey", np.linspace(0, 1, 12).reshape(3, 4), step=2)
    treadle.text("sample", "once upon a time", step=3)
    treadle.audio("tone", np.sin(np.arange(800) / 5), rate=8000, step=4)
    treadle.histogram("weights", [1.0, 2.0, 2.0, float("nan")], step=np.int64(5))
    treadle.confusion_matrix("confusion", ["a", "b", "b"], ["a", "b", "a"], step=6)
    treadle.curve("roc", kind="roc", truth=[0, 0, 1, 1], scores=[0.1, 0.4, 0.35, 0.8], step=7)
    found = kept(spool)
    assert [(one["about"]["shown"], one["step"]) for one in found] == [
        ("table", 1),
        ("image", 2),
        ("text", 3),
        ("audio", 4),
        ("histogram", 5),
        ("confusion_matrix", 6),
        ("curve", 7),
    ]
    assert all(one["about"]["step"] == one["step"] for one in found)
    rows, grey, sample, tone, _, confusion, roc = (formats.load(one["format"], spool / one["path"]) for one in found)
    assert rows == [{"a": 1, "b": "x" * 100}]
    assert (grey.width, grey.height, np.asarray(grey).max()) == (4, 3, 255)
    assert sample == "once upon a time"
    assert (tone.rate, len(tone.samples), found[3]["about"]["seconds"]) == (8000, 800, 0.1)
    assert np.abs(tone.samples / 32767 - np.sin(np.arange(800) / 5)).max() < 1e-4
    weights = found[4]["about"]
    assert [weights[key] for key in ("points", "bins", "lowest", "highest")] == [4, 64, 1.0, 2.0]
    assert confusion == {"labels": ["a", "b"], "matrix": [[1, 0], [1, 1]]}
    assert found[5]["about"]["accuracy"] == pytest.approx(2 / 3)
    assert (roc["area"], found[6]["about"]["area"]) == (0.75, 0.75)


def test_curves_agree_with_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(3)
    truth, scores = random.integers(0, 2, 5000), np.round(random.random(5000), 2)
    roc, pr = (shown.curve(kind, truth=truth, scores=scores)[0] for kind in ("roc", "pr"))
    assert roc["area"] == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert pr["area"] == pytest.approx(metrics.average_precision_score(truth, scores))
    calibration, _ = shown.curve("calibration", truth=truth, scores=scores)
    assert sum(calibration["counts"]) == 5000


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    plain, about = shown.curve("xy", np.arange(100_000), np.arange(100_000) * 2.0, names=("epoch", "loss"))
    assert (len(plain["x"]), plain["x"][0], plain["x"][-1], plain["y_name"], about["points"]) == (1000, 0, 99_999, "loss", 100_000)


def test_histograms_of_counts_and_of_nothing() -> None:
    plain, about = shown.histogram(counts=range(1000), edges=range(1001))
    assert (plain["counts"][:3], len(about["preview"]), sum(about["preview"])) == ([0, 1, 2], 64, sum(range(1000)))
    assert shown.histogram([]) == ({"counts": [], "edges": [0.0]}, {"shown": "histogram", "points": 0, "bins": 0})
    assert shown.histogram([float("nan")])[0]["odd"] == 1


def test_tensors_turn_and_pictures_scale() -> None:
    assert shown.pixels(np.zeros((3, 5, 7), np.uint8)).shape == (5, 7, 3)
    assert shown.pixels(np.array([[True, False]])).tolist() == [[255, 0]]
    assert shown.pixels("picture") == "picture"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: shown.histogram(),
        lambda: shown.histogram(["a"]),
        lambda: shown.histogram([1.0], bins=0),
        lambda: shown.histogram(counts=[1], edges=[1, 1]),
        lambda: shown.histogram(counts=[1], edges=[1]),
        lambda: shown.confusion_matrix([1, 2], [1]),
        lambda: shown.confusion_matrix([], []),
        lambda: shown.confusion_matrix(matrix=[[1, 2]]),
        lambda: shown.confusion_matrix(matrix=[[1]], labels=["a", "b"]),
        lambda: shown.confusion_matrix(["a"], ["z"], labels=["a"]),
        lambda: shown.confusion_matrix(range(3000), range(3000)),
        lambda: shown.curve("spiral", [1], [1]),
        lambda: shown.curve("xy", [1], [1, 2]),
        lambda: shown.curve("xy", truth=[1], scores=[1]),
        lambda: shown.curve("roc", truth=[1, 1], scores=[0.5, 0.6]),
        lambda: shown.curve("pr", truth=[0, 0], scores=[0.5, 0.6]),
        lambda: shown.curve("roc", truth=[0, 2], scores=[0.5, 0.6]),
        lambda: shown.curve("calibration", truth=[0, 1], scores=[0.5, 3]),
        lambda: shown.curve("roc", truth=[0, 1]),
    ],
)
def test_what_is_no_rich_value_is_refused_with_words(wrong: Any) -> None:
    with pytest.raises(ParameterError):
        wrong()


def test_sound_that_is_none(spool: Path) -> None:
    for samples, rate in (([[[1.0]]], 8000), ([1.0], None), ([1.0], 0), (np.array([1], np.int64), 8000), (["a"], 8000)):
        with pytest.raises(FormatError):
            treadle.audio("noise", samples, rate=rate)
    with pytest.raises(DataError):
        treadle.audio("noise", "nowhere.wav")
    with pytest.raises(FormatError):
        formats.load("audio", b"RIFF but not really a wave")
    with pytest.raises(FormatError):
        formats.save(3, spool / "x", format="audio")
