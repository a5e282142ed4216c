"""Declarations: a step is still a function, and what its signature says becomes the definition."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import polars as pl
import pytest

import treadle
from treadle import command, dataset, fixed, pipeline, step
from treadle.core.errors import DefinitionError, UsageError
from treadle.sdk.declaration import is_plain
from treadle.sdk.handles import Handle


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Shape:
    sides: int = 3


class Word(msgspec.Struct):
    text: str


class Split(NamedTuple):
    train: pl.DataFrame
    test: pl.DataFrame


@pytest.mark.parametrize(
    "annotation",
    [
        int,
        float,
        str,
        bool,
        None,
        datetime.date,
        datetime.timedelta,
        Colour,
        Literal["a", "b"],
        list[int],
        dict[str, float],
        tuple[int, ...],
        int | None,
        Shape,
        Word,
        Annotated[int, "x"],
        list[Shape],
    ],
)
def test_plain_data_is_a_parameter(annotation: Any) -> None:
    assert is_plain(annotation)


@pytest.mark.parametrize(
    "annotation", [pl.DataFrame, Path, list[pl.DataFrame], bytes, Any, object, pl.DataFrame | None, dict[str, pl.DataFrame]]
)
def test_everything_else_is_an_input(annotation: Any) -> None:
    assert not is_plain(annotation)


def test_a_step_is_still_the_function() -> None:
    @step(retries=2, time_limit="2h", memory="4G", cpu=2, secrets=["KEY"], packages=["six"], cache="v2")
    def train(rows: pl.DataFrame, lr: float = 0.1) -> float:
        """Trains."""
        return len(rows) * lr

    assert train(pl.DataFrame({"a": [1, 2]}), lr=0.5) == 1.0
    assert train.__name__ == "train"
    definition = train.definition
    assert [(p.name, p.default) for p in definition.parameters] == [("lr", 0.1)]
    assert [(i.name, i.form) for i in definition.inputs] == [("rows", "polars")]
    assert (definition.retry.times, definition.time_limit, definition.resources.memory) == (2, 7200.0, 4 << 30)
    assert (definition.secrets, definition.environment.packages, definition.cache, definition.summary) == (
        ("KEY",),
        ("six",),
        "v2",
        "Trains.",
    )


def test_inputs_know_their_form_and_source() -> None:
    @step
    def many(
        frames: list[pl.DataFrame], path: Path, flights: pl.DataFrame = dataset("flights@v3"), extra: pl.DataFrame | None = None
    ) -> None: ...

    found = {i.name: (i.form, i.many, i.source, i.optional) for i in many.definition.inputs}
    assert found["frames"] == ("polars", True, None, False)
    assert found["path"] == ("path", False, None, False)
    assert found["flights"] == ("polars", False, "dataset://flights@v3", False)
    assert found["extra"][3] is True
    assert many.definition.outputs == ()


def test_outputs_come_from_the_annotation_or_are_named() -> None:
    @step
    def split(rows: pl.DataFrame) -> Split:
        return Split(rows, rows)

    @step(outputs={"model": "pickle", "clean": dataset("clean")})
    def two() -> tuple[Any, Any]:
        return 1, 2

    assert [o.name for o in split.definition.outputs] == ["train", "test"]
    assert [(o.name, o.format, o.dataset) for o in two.definition.outputs] == [("model", "pickle", None), ("clean", None, "clean")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"retrys": 3}, "did you mean `retries`"),
        ({"time_limit": "soon"}, "no duration"),
        ({"memory": "lots"}, "no size"),
        ({"packages": "six"}, "one string"),
        ({"outputs": "model"}, "one string"),
        ({"outputs": ["not a name"]}, "named 'not a name'"),
        ({"cache": 3}, "`cache`"),
    ],
)
def test_a_declaration_that_contradicts_itself_names_the_option(options: dict[str, Any], words: str) -> None:
    def function() -> int:
        return 1

    with pytest.raises(DefinitionError) as caught:
        _ = step(**options)(function).definition
    assert words in f"{caught.value.what} {caught.value.hint}"


def test_arguments_must_have_names() -> None:
    @step
    def loose(*values: int) -> int:
        return sum(values)

    with pytest.raises(DefinitionError, match="cannot be given by name"):
        _ = loose.definition


def test_map_walks_lists_together_and_keeps_the_rest() -> None:
    @step
    def add(x: int, y: int, z: list[int] | None = None) -> int:
        return x + y + sum(z or [])

    assert add.map([1, 2, 3], y=10) == [11, 12, 13]
    assert add.map(x=[1, 2], y=(10, 20), z=fixed([100])) == [111, 122]
    with pytest.raises(UsageError, match="different lengths"):
        add.map([1, 2], y=[1, 2, 3])
    with pytest.raises(UsageError, match="no list to walk"):
        add.map(1, y=2)


def test_a_command_declares_its_places() -> None:
    made = command(
        "count",
        "wc -l < {rows} > {out}",
        parameters={"times": 2, "name": str},
        inputs={"rows": dataset("rows")},
        outputs={"out": "n.txt"},
        retries=1,
    )
    definition = made.definition
    assert [(p.name, p.default) for p in definition.parameters] == [("times", 2), ("name", msgspec.UNSET)]
    assert (definition.inputs[0].source, definition.outputs[0].path, definition.retry.times) == ("dataset://rows", "n.txt", 1)
    with pytest.raises(DefinitionError, match="leaves the folder"):
        command("bad", "x", outputs={"out": "../x"})
    with pytest.raises(UsageError, match="only inside a pipeline"):
        made(rows=1)


class Recorder:
    """Stands where a pipeline's body stands: gives values to handles."""

    def __init__(self, values: dict[str | None, Any]) -> None:
        self.values = values
        self.asked: list[str | None] = []

    def value(self, call: str, output: str | None) -> Any:
        self.asked.append(output)
        return self.values[output]


def handle(value: Any) -> tuple[Handle, Recorder]:
    recorder = Recorder({"result": value})

    @step
    def one() -> int:
        return 1

    return Handle(recorder, "one#0", one.definition, "result"), recorder


def test_using_a_handle_is_using_its_value() -> None:
    three, _ = handle(3)
    four, _ = handle(4)
    assert three < four
    assert max([three, four]).result() == 4
    assert three + 1 == 4
    assert 10 - three == 7
    assert [0, 1, 2, 9][three] == 9
    assert f"{four:03d}" == "004"
    assert bool(handle(0)[0]) is False
    assert sorted([four, three])[0].result() == 3
    assert [x * 2 for x in handle([1, 2])[0]] == [2, 4]
    assert handle({"a": 5})[0]["a"] == 5
    assert handle("text")[0].upper() == "TEXT"
    assert 2 in handle([1, 2])[0]
    assert len(handle([1, 2, 3])[0]) == 3


def test_naming_a_handle_does_not_wait() -> None:
    one, recorder = handle(1)
    assert "one#0" in repr(one)
    assert {one: "key"}[one] == "key"
    assert recorder.asked == []
    assert one.result() == 1
    assert recorder.asked == ["result"]


def test_a_handle_of_several_outputs_comes_apart_without_waiting() -> None:
    @step
    def split() -> Split:
        raise AssertionError

    recorder = Recorder({"train": 1, "test": 2})
    whole = Handle(recorder, "split#0", split.definition, None)
    train, test = whole
    assert recorder.asked == []
    assert (train.result(), test.result(), whole["test"].result(), whole[0].result(), whole.train.result()) == (1, 2, 2, 1, 1)


def test_a_pipeline_is_a_function_too() -> None:
    @step
    def double(x: int) -> int:
        return 2 * x

    @pipeline
    def both(x: int = 1) -> int:
        return sum(double.map([x, x + 1]))

    assert both(3) == 14
    assert both.definition.kind == "pipeline"


def test_the_face_offers_what_it_says() -> None:
    for name in treadle.__all__:
        assert getattr(treadle, name) is not None
    with pytest.raises(AttributeError):
        _ = treadle.nothing
