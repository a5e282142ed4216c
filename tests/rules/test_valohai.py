"""Valohai's contract, as far as it is pure: values, commands, conditions, images, addresses, outputs, what lint says."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.runs import Options
from treadle.contract.sweeps import Dimension, Objective, Sweep, definition_of
from treadle.core.definition import Definition, Parameter
from treadle.core.errors import CircleError, DefinitionError, InputError, ParameterError, TargetError, UsageError
from treadle.valohai import conditions, identity, images, pipelines, reading, sources, sweep, tasks
from treadle.valohai.lint import lint
from treadle.valohai.steps import Given, compile_step, interpolated
from treadle.worker.trials import Trial, best_of, listed

STEP = """
- step:
    name: train
    image: python:3.11
    command: python train.py {parameters}
    parameters:
      - {name: epochs, type: integer, default: 3, min: 1, max: 9}
      - {name: lr, type: float, optional: true}
      - {name: names, type: string, multiple: separate, default: [a, b]}
      - {name: fast, type: flag, default: true}
      - {name: Minibatch size, type: integer, default: 8}
    inputs:
      - {name: data, default: "https://example.org/{parameter:epochs}.csv"}
      - {name: more, optional: true}
    environment-variables:
      - {name: MODE, default: fast}
    time-limit: 1h 30m
"""


def step_of(text: str = STEP, name: str = "train") -> Any:
    return reading.look_up(reading.parse(text), name)


def test_a_step_and_its_values_become_a_definition() -> None:
    made = compile_step(step_of(), Given(parameters={"epochs": "5", "names": "x,y", "fast": "no"}))
    assert made.parameters == {"epochs": 5, "lr": None, "names": ["x", "y"], "fast": False, "Minibatch size": 8}
    assert made.definition.time_limit == 5400
    assert made.definition.words["variables"] == {"MODE": "fast"}
    assert made.bindings["data"].many[0].artifact.inline == b"https://example.org/5.csv"
    assert "more" not in made.bindings
    assert made.definition.cache is False  # what lies elsewhere may change
    files = compile_step(step_of(), Given(inputs={"data": ["dataset://flights/latest"]}))
    assert (files.definition.cache, files.bindings["data"].many[0].dataset) == (True, "dataset://flights/latest")


@pytest.mark.parametrize(
    ("given_", "error", "says"),
    [
        ({"parameters": {"epochs": 0}}, ParameterError, "less than the minimum"),
        ({"parameters": {"epochs": "many"}}, ParameterError, "not an integer"),
        ({"parameters": {"fast": "maybe"}}, ParameterError, "neither true nor false"),
        ({"parameters": {"epoch": 1}}, ParameterError, "no parameter `epoch`"),
        ({"inputs": {"date": []}}, InputError, "no input `date`"),
        ({"inputs": {"data": []}}, InputError, "nothing provides it"),
        ({"inputs": {"data": ["datum://01677d05-cbf3-4e5b-9c8b-4fd4a1f0b3b9"]}}, InputError, "another system"),
    ],
)
def test_values_that_do_not_fit(given_: dict[str, Any], error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        compile_step(step_of(), Given(**given_))


def test_datums_are_known_by_their_identifier_by_number_and_by_alias() -> None:
    for address in (f"datum://{identity.uuid_of('datum', 12)}", "datum://12", "datum://12/"):
        made = compile_step(step_of(), Given(inputs={"data": [address]}))
        assert (made.bindings["data"].many[0].datum, made.definition.cache) == ("datum://12", True)
    made = compile_step(step_of(), Given(inputs={"data": ["datum://model-prod"]}))
    assert made.bindings["data"].many[0].datum == "datum://model-prod"
    with pytest.raises(UsageError, match="cannot be the name of a datum"):
        compile_step(step_of(), Given(inputs={"data": ["datum://a/b"]}))


def test_only_parameters_are_replaced_in_addresses() -> None:
    assert interpolated("s3://b/{parameter:a}/{parameter:b}/{x}", {"a": 1}) == "s3://b/1/{parameter:b}/{x}"


@pytest.mark.parametrize(
    ("expression", "true"),
    [
        ("metadata.accuracy >= 0.9", True),
        ("metadata.text > 11", True),  # a number that was printed as text
        ("metadata.missing > 1", False),
        ("metadata.accuracy > 0.9 and parameter.epochs == 3", False),
        ("metadata.lambda == 2", True),
        ("parameter.name == 'x'", True),
    ],
)
def test_conditions(expression: str, true: bool) -> None:
    assert conditions.holds(expression, {"accuracy": 0.9, "text": "12", "lambda": 2}, {"epochs": 3, "name": "x"}) is true


@pytest.mark.parametrize("expression", ["metadata.a >", "__import__('os')", "+".join(["1"] * 60)])
def test_what_is_no_condition(expression: str) -> None:
    with pytest.raises(UsageError):
        conditions.holds(expression, {"a": 1})


def test_identifiers_lead_back_to_their_numbers() -> None:
    assert identity.number_of("run", identity.uuid_of("run", 4821)) == 4821
    assert identity.number_of("node", identity.uuid_of("run", 4821)) is None
    assert identity.number_of("run", "0167d05d-0000-0000-0000-000000000000") is None


@pytest.mark.parametrize(
    ("image", "python", "packages"),
    [
        ("python:3.9-slim", "3.9", ()),
        ("docker.io/library/python:3.12", "3.12", ()),
        ("busybox", None, ()),
        ("ghcr.io/astral-sh/uv:python3.13-bookworm-slim", "3.13", ()),
        ("tensorflow/tensorflow:2.15.0", None, ("tensorflow-cpu==2.15.0",)),
        ("pytorch/pytorch:1.4-cuda10.1-cudnn7-runtime", None, ("torch",)),
    ],
)
def test_images_that_are_known(image: str, python: str | None, packages: tuple[str, ...]) -> None:
    found = images.known(image)
    assert found is not None
    assert (found.python, found.packages) == (python, packages)


def test_images_that_are_not_known_unless_it_is_said_what_stands_for_them() -> None:
    assert images.known("registry.example.org/team/train:7") is None
    found = images.known("registry.example.org/team/train:7", "registry.example.org/team/*=3.11 numpy pandas; other=-")
    assert found is not None
    assert (found.python, found.packages) == ("3.11", ("numpy", "pandas"))


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("a/*.csv", "a/b.csv", True),
        ("a/*.csv", "a/b/c.csv", False),
        ("a/**", "a/b/c.csv", True),
        ("a.b", "axb", False),
        ("?.x", "a.x", True),
    ],
)
def test_wildcards_of_addresses(pattern: str, name: str, fits: bool) -> None:
    assert sources.matches(name, pattern) is fits


def test_files_are_taken_from_opened_folders_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open/a.csv").write_text("a")
    (tmp_path / "secret").write_text("s")
    (tmp_path / "open/link").symlink_to(tmp_path / "secret")
    monkeypatch.setenv("TREADLE_SHARED_FOLDERS", str(tmp_path / "open"))
    found = sources.fetch(f"file://{tmp_path}/open/*.csv", tmp_path, print)
    assert [one.name for one in found] == ["a.csv"]
    for address in (f"file://{tmp_path}/secret", f"file://{tmp_path}/open/link", f"file://{tmp_path}/open/../secret"):
        with pytest.raises(UsageError):
            sources.fetch(address, tmp_path, print)
    with pytest.raises(UsageError, match="nothing here fetches"):
        sources.fetch("swift://p/c/k", tmp_path, print)


# --- outputs -------------------------------------------------------------------------------------------------------------------


def test_outputs_and_what_was_said_of_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "deep").mkdir(parents=True)
    (out / "a.csv").write_text("1")
    (out / "a.csv.metadata.json").write_text('{"valohai.tags": ["t"]}')
    (out / "deep/b.bin").write_bytes(b"12")
    (out / "alone.metadata.json").write_text("{}")
    lines = [{"file": "deep/b.bin", "metadata": {"k": 1}}, {"file": "gone", "metadata": {}}]
    (out / "valohai.metadata.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n[1]\n")
    (tmp_path / "secret").write_text("s")
    (out / "link").symlink_to(tmp_path / "secret")
    (out / "folder").symlink_to(tmp_path)
    (out / "loop").symlink_to(out / "loop")
    (out / "odd\udcff").write_text("x")
    said: list[str] = []
    found = sweep.sweep(out, said.append)
    assert {one.name: one.properties for one in found} == {
        "a.csv": {"valohai.tags": ["t"]},
        "deep/b.bin": {"k": 1},
        "alone.metadata.json": {},
        "odd\\xff": {},
    }
    assert sum("link" in words or "folder" in words or "loop" in words for words in said) == 3
    assert any("gone" in words for words in said)
    assert any("jsonl:3" in words for words in said)


# --- tasks ---------------------------------------------------------------------------------------------------------------------


def test_variants_become_dimensions() -> None:
    wanted = tasks.Wanted(
        type="random-search",
        count=4,
        parameters={
            "epochs": {"style": "linear", "rules": {"start": 1, "end": 5, "step": 2}},
            "lr": {"style": "random", "rules": {"distribution": "loguniform", "min": 0.001, "max": 0.1}},
            "fast": {"style": "single", "rules": {"value": False}},
            "names": ["x"],
        },
    )
    made = tasks.sweep_of(step_of(), wanted, Given(), None, yaml="valohai.yaml", options=Options())
    assert made.space == {
        "epochs": Dimension(low=1, high=5, step=2, whole=True),
        "lr": Dimension(low=0.001, high=0.1, log=True),
    }
    assert (made.method, made.trials, made.parameters["fast"], made.parameters["names"]) == ("random", 4, False, ["x"])
    drawn = listed(made, 7)
    assert drawn == listed(made, 7)
    assert all(one["epochs"] in (1, 3, 5) and 0.001 <= one["lr"] <= 0.1 for one in drawn)


def test_a_logspace_and_a_list_that_spreads() -> None:
    wanted = tasks.Wanted(parameters={"lr": {"style": "logspace", "rules": {"start": -2, "end": 0, "count": 3}}, "epochs": [1, 2]})
    made = tasks.sweep_of(step_of(), wanted, Given(), None, yaml="valohai.yaml", options=Options())
    assert made.space["lr"].values == pytest.approx((0.01, 0.1, 1.0))
    assert made.space["epochs"].values == (1, 2)
    assert len(listed(made, 1)) == 6


@pytest.mark.parametrize("rules", [{"style": "linear", "rules": {"start": 1}}, {"style": "multiple", "rules": {}}, {"style": "odd"}])
def test_variants_that_cannot_be_understood(rules: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        tasks.sweep_of(step_of(), tasks.Wanted(parameters={"lr": rules}), Given(), None, yaml="v", options=Options())


def test_sweeps_that_cannot_be_performed() -> None:
    step = Definition(kind="step", name="train", parameters=(Parameter(name="lr", schema={}),))
    for wrong in (
        Sweep(definition=step, space={"rate": Dimension(values=(1,))}),
        Sweep(definition=step, space={"lr": Dimension(low=0.0, high=1.0)}),
        Sweep(definition=step, space={"lr": Dimension(low=0.0, high=1.0, log=True)}, method="random", trials=2),
        Sweep(definition=step, space={"lr": Dimension(values=(1,))}, method="bayesian", trials=2),
        Sweep(definition=step, space={"lr": Dimension(values=(1,))}, method="random"),
        Sweep(definition=step, space={"lr": Dimension(values=(1,))}, prune=True),
    ):
        with pytest.raises(UsageError):
            definition_of("s", wrong)


def test_the_best_of_several_objectives_is_a_front() -> None:
    from treadle.contract.work import Settled

    done = Settled(run=1, name="n", step="s", state="done")
    values = [(0.9, 5.0), (0.8, 1.0), (0.7, 3.0), (None, 1.0)]
    trials = [Trial(number=i, parameters={}, done=done, values=pair) for i, pair in enumerate(values)]
    front = best_of(trials, (Objective(name="auc"), Objective(name="ms", maximize=False)))
    assert [trial.number for trial in front] == [0, 1]


# --- reading, pipelines, lint --------------------------------------------------------------------------------------------------

PIPELINE = (
    STEP
    + """
- pipeline:
    name: all
    parameters:
      - {name: how, default: 2, target: a.parameter.epochs}
    nodes:
      - {name: a, type: execution, step: train}
      - {name: b, type: task, step: train, on-error: continue}
    edges:
      - [a.output.*, b.input.data]
      - [a.metadata.list, b.parameter.epochs]
"""
)


def test_a_pipeline_becomes_a_plan() -> None:
    config = reading.parse(PIPELINE)
    plan = pipelines.plan_of(config, config.pipelines["all"], {"how": 4}, yaml="valohai.yaml", cache=True)
    assert plan.parameters["how"]["expression"] == 4
    assert [node["template"]["commit"] for node in plan.nodes] == ["", ""]
    assert plan.nodes[1]["on-error"] == "continue"
    with pytest.raises(ParameterError):
        pipelines.plan_of(config, config.pipelines["all"], {"who": 4}, yaml="valohai.yaml", cache=True)
    plain = [{"name": name, "type": "execution"} for name in "ab"]
    edge = {"source_node": "a", "target_node": "b"}
    with pytest.raises(CircleError):
        pipelines.check(pipelines.Plan(name="p", nodes=plain, edges=[edge, {"source_node": "b", "target_node": "a"}]))
    near = [{"source_node": "trian", "target_node": "train"}]
    with pytest.raises(DefinitionError, match="names the node `trian`") as caught:
        pipelines.check(pipelines.Plan(name="p", nodes=[{"name": "train", "type": "task"}], edges=near))
    assert caught.value.hint == "did you mean `train`?"
    with pytest.raises(DefinitionError, match="which is none"):
        pipelines.check(pipelines.Plan(name="p", nodes=[{"name": "d", "type": "thought"}], edges=[]))
    with pytest.raises(DefinitionError, match="names no endpoint"):
        pipelines.check(pipelines.Plan(name="p", nodes=[{"name": "d", "type": "deployment"}], edges=[]))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("- step: [", "valohai.yaml:1"),
        ("{}", "valohai.yaml:1"),
        ("- 1", "valohai.yaml:1"),
        ("- step:\n    name: a\n    image: b\n    command: c\n    time-limit: '10'\n", "valohai.yaml:1"),
        (STEP + "- pipeline:\n    name: p\n    nodes: [{name: x, type: odd}]\n    edges: []\n", "valohai.yaml:18"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(text: str, where: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        reading.parse(text)
    assert caught.value.where == where


def test_names_that_are_not_there() -> None:
    with pytest.raises(TargetError) as caught:
        step_of(name="trian")
    assert caught.value.hint == "did you mean `train`?"
    assert list(reading.parse("").steps) == []


def test_lint_has_nothing_against_what_is_sound() -> None:
    assert lint(PIPELINE, files={"train.py"}) == []


BASE = "- step:\n    name: s\n    image: python:3.11\n    command: echo {parameter:a}\n    parameters: [{name: a, default: x}]\n"


@pytest.mark.parametrize(
    ("text", "kind", "line", "says"),
    [
        ("- step: [\n", "error", 2, "no YAML"),
        ("- step:\n    name: s\n    image: python\n", "error", 1, "command"),
        (BASE.replace("{parameter:a}", "{parameter:b}"), "error", 4, "`b`, which is not declared"),
        (BASE.replace("python:3.11", "corp/x:1"), "warning", 3, "no family"),
        (BASE.replace("echo", "python gone.py"), "warning", 4, "no file `gone.py`"),
        (BASE + "    stop-condition: metadata.a >\n", "error", 6, "stop-condition"),
        (BASE + "    inputs:\n      - {name: i, default: /data/x.csv}\n", "error", 7, "no address"),
        (BASE + "    mounts: ['/data:/data']\n", "hint", 6, "mounts /data"),
        (BASE + "- odd: 1\n", "warning", None, "No parser"),
        (BASE + BASE, "warning", 1, "Duplicate"),
        (BASE + "- task:\n    name: t\n    step: z\n    parameters: []\n", "error", 8, "`z`, which is not declared"),
        (
            BASE + "- task:\n    name: t\n    step: s\n    parameters:\n      - {name: a, style: linear, rules: {start: 1}}\n",
            "error",
            10,
            "cannot be understood",
        ),
        (
            BASE
            + "- pipeline:\n    name: p\n    nodes: [{name: n, type: execution, step: s}]\n    edges:\n      - [n.output.x, n.input.y]\n",
            "error",
            10,
            "input `y`",
        ),
        (
            BASE
            + "- pipeline:\n    name: p\n    nodes: [{name: n, type: execution, step: s}]\n"
            + "    edges:\n      - [n.input.x, n.parameter.a]\n",
            "error",
            10,
            "no edge leads from input to parameter",
        ),
        (
            BASE + "- pipeline:\n    name: p\n    nodes: [{name: n, type: execution, step: s}, {name: m, type: execution, step: s}]\n"
            "    edges:\n      - [n.parameter.a, m.parameter.a]\n      - [m.parameter.a, n.parameter.a]\n",
            "error",
            9,
            "wait for each other",
        ),
    ],
)
def test_lint_names_line_and_fault(text: str, kind: str, line: int | None, says: str) -> None:
    found = lint(text, files={"other.py"})
    assert any(one.kind == kind and says in one.message and one.line == line for one in found), found


@given(st.text() | st.lists(st.text(alphabet="- :{}[]&*astepnm\n", max_size=40)).map("".join))
def test_lint_never_raises(text: str) -> None:
    lint(text)


def test_lint_is_not_drowned() -> None:
    letters = "abcdefghij"
    lines = [f"{one}: &{one} [{','.join([f'*{before}'] * 9)}]" for before, one in itertools.pairwise(letters)]
    bomb = "\n".join(["a: &a [x]", *lines])
    assert lint(bomb)[0].kind == "error"
    assert lint("[" * 5000)[0].kind == "error"
    assert lint("- &a [*a]")[0].kind == "error"
    step = "- step: {name: a, image: python, command: b"
    for odd in (
        f"{step}, time-limit: 100000000000000000000}}",
        f"{step}, resources: {{devices: {{1: 1}}}}}}",
        f"{step}, time-limit: 0x{'f' * 5000}}}",
        "- step:\n    name: a\n    image: python\n    command:\n",
        f"{step}, stop-condition: '{'-' * 50_000}'}}",
        f"{step}, stop-condition: '{'not ' * 5000}1'}}",
        "\n".join(["a0: &a0 {x: 1}", *(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 9))]),
    ):
        assert any(one.kind == "error" for one in lint(odd)), odd[:100]
    assert lint("x" * (2 << 20))[0].message.startswith("the file is longer")


def test_an_unknown_key_is_told_with_its_line_and_what_was_meant() -> None:
    text = "- step:\n    name: a\n    image: python\n    comand: echo\n    parameters:\n      - name: x\n        defualt: 3\n"
    said = [(word.line, word.message, word.hint) for word in lint(text)]
    assert said == [
        (1, "0.step: 'command' is a required property", None),
        (4, "0.step: there is no key `comand`", "did you mean `command`?"),
        (7, "0.step.parameters.0: there is no key `defualt`", "did you mean `default`?"),
    ]
