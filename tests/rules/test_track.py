"""The words of user code inside a step: what they write, and what they refuse."""

from __future__ import annotations

import argparse
import dataclasses
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from treadle.core.errors import DataError, FormatError, ParameterError
from treadle.sdk import track
from treadle.sdk.spool import read_records


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLE_SPOOL", str(tmp_path))
    return tmp_path


def said(spool: Path) -> list[dict[str, Any]]:
    records, consumed = read_records((spool / "spool").read_bytes())
    assert consumed == (spool / "spool").stat().st_size
    return records


class Tensor:
    """Like a torch or jax scalar: one element, and `item`."""

    def __init__(self, value: float) -> None:
        self.value = value

    def item(self) -> float:
        return self.value


def test_numbers_of_all_kinds(spool: Path) -> None:
    track.log(a=1, b=0.5, c=True, d=np.float32(0.25), e=np.int64(3), f=Tensor(7.0), g=np.array([2.0]), h=math.inf, step=np.int32(4))
    track.log({"train/loss": 0.1, "nested": {"x": 1, "y": {"z": 2}}}, step=5)
    track.log(7, loss=1)
    track.log(loss=math.nan)
    track.log()
    one, two, three, four = said(spool)
    assert one["m"] == {"a": 1.0, "b": 0.5, "c": 1.0, "d": 0.25, "e": 3.0, "f": 7.0, "g": 2.0, "h": math.inf}
    assert (one["k"], one["s"]) == ("p", 4)
    assert (two["m"], two["s"]) == ({"train/loss": 0.1, "nested/x": 1.0, "nested/y/z": 2.0}, 5)
    assert (three["s"], four["s"]) == (7, None)
    assert math.isnan(four["m"]["loss"])
    assert one["t"] <= two["t"] <= three["t"]


@pytest.mark.parametrize("value", ["0.5", None, [1.0], np.zeros(3), 1j, object(), b"1", 10**400])
def test_what_is_not_a_number_is_named(spool: Path, value: Any) -> None:
    with pytest.raises(ParameterError, match="metric `loss` is not a number"):
        track.log(loss=value)


@pytest.mark.parametrize("step", [0.5, "3", 2**63, -(2**63) - 1, [1]])
def test_a_step_is_a_whole_number(spool: Path, step: Any) -> None:
    with pytest.raises(ParameterError, match="step"):
        track.log(loss=1.0, step=step)


def test_values_without_names_are_refused(spool: Path) -> None:
    with pytest.raises(ParameterError):
        track.log([1, 2])  # type: ignore[arg-type]


@dataclasses.dataclass
class Settings:
    depth: int = 3
    path: Path = Path("a")


def test_parameters_of_all_kinds(spool: Path) -> None:
    track.log_params(lr=0.1, model={"depth": np.int64(3)}, layers=(1, 2), path=Path("x"), odd=object, array=np.arange(3))
    track.log_params(Settings())
    track.log_params(argparse.Namespace(epochs=4), seed=1)
    track.log_params()
    one, two, three = (record["v"] for record in said(spool))
    assert one["odd"].startswith("<class")
    del one["odd"]
    assert one == {"lr": 0.1, "model": {"depth": 3}, "layers": [1, 2], "path": "x", "array": [0, 1, 2]}
    assert (two, three) == ({"depth": 3, "path": "a"}, {"epochs": 4, "seed": 1})
    with pytest.raises(ParameterError, match="log_params"):
        track.log_params(3)


def test_tags_and_notes(spool: Path) -> None:
    track.tag({"a b": 1}, team="blue", old=None)
    track.note("a line")
    assert [(record["k"], record["v"]) for record in said(spool)] == [
        ("tag", {"a b": "1", "team": "blue", "old": None}),
        ("note", "a line"),
    ]


def test_an_artifact_is_kept_as_it_was(spool: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(b"before")
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "part").write_bytes(b"abc")
    track.artifact(file)
    track.artifact(str(folder), "kept", step=3)
    track.artifact({"a": 1}, "value")
    track.artifact("words", "text", format="text")
    track.artifact(file, format="torch")
    file.write_bytes(b"after")
    (folder / "part").write_bytes(b"xyz")
    one, two, three, four, five = said(spool)
    assert (one["name"], one["format"], one["size"], (spool / one["path"]).read_bytes()) == ("model.bin", "file", 6, b"before")
    assert (two["name"], two["tree"], two["step"], two["size"], (spool / two["path"] / "part").read_bytes()) == ("kept", True, 3, 3, b"abc")
    assert (three["name"], three["format"], (spool / three["path"]).read_bytes()) == ("value", "json", b'{"a":1}')
    assert (four["format"], five["format"]) == ("text", "torch")


def test_tables_and_pictures(spool: Path) -> None:
    track.table("rows", [{"a": 1}, {"a": 2}])
    track.image("noise", np.zeros((4, 4, 3), np.uint8))
    one, two = said(spool)
    assert (one["format"], one["about"]["shown"], two["format"], two["about"]["shown"]) == ("json", "table", "image", "image")
    assert (spool / two["path"]).read_bytes().startswith(b"\x89PNG")


def test_artifacts_that_are_none(spool: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        track.artifact("missing.bin")
    with pytest.raises(DataError, match="needs a name"):
        track.artifact([1])
    with pytest.raises(FormatError):
        track.artifact(object(), "thing")


def test_many_points(spool: Path) -> None:
    track.log_many({"loss": np.arange(5.0)}, steps=range(5))
    track.log_many(loss=[1, 2], times=[10.0, 11.0])
    one, two = said(spool)
    assert (one["n"], two["n"], two["steps"]) == (5, 2, None)


def test_a_spool_that_cannot_be_written_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TREADLE_SPOOL", str(tmp_path / "nowhere"))
    for _ in range(3):
        track.log(loss=1.0)
        track.artifact([1], "x")
    told = capsys.readouterr().err
    assert told.count("not recorded") == 1
    assert "nowhere" in told


def test_another_step_in_the_same_process_has_its_own_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv("TREADLE_SPOOL", str(tmp_path / name))
        track.log(loss=1.0)
    assert [len(said(tmp_path / name)) for name in ("a", "b")] == [1, 1]


def test_importing_it_brings_nothing_heavy() -> None:
    code = (
        "import sys, treadle.sdk.track; print([m for m in ('numpy', 'msgspec', 'inspect', 'sqlalchemy', 'threading') if m in sys.modules])"
    )
    asked = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"], capture_output=True, text=True)
    assert asked.stdout.strip() == "[]", asked.stderr
