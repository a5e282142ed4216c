"""What is wrong with a valohai.yaml, line by line: what the reference linter finds, and what would only show when it runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from typing import Any

import yaml
from valohai_yaml.lint import LintResult
from valohai_yaml.objs.config import Config
from valohai_yaml.objs.pipelines.execution_node import ExecutionNode
from valohai_yaml.objs.pipelines.pipeline import Pipeline
from valohai_yaml.objs.step import Step
from valohai_yaml.objs.task import Task
from valohai_yaml.validation import get_validator

from treadle.contract.runs import Options
from treadle.core.errors import TreadleError, UsageError
from treadle.valohai import conditions, images, pipelines, reading, tasks
from treadle.valohai.reading import Places, Word
from treadle.valohai.steps import Given

_USED = re.compile(r"\{parameter(?:-value)?:(.+?)\}")
_SCHEMES = ("http", "https", "s3", "gs", "gcs", "azure", "az", "file", "datum", "dataset", "model", "swift")
_PAIRS = {
    ("output", "input"),
    ("output", "file"),
    ("input", "input"),
    ("parameter", "parameter"),
    ("metadata", "parameter"),
    ("deployment", "parameter"),
    ("environment-variable", "environment-variable"),
    ("dependency", "dependency"),
}
_PLURALS = {"outputs": "output", "inputs": "input", "parameters": "parameter", "files": "file"}
_SCRIPT = re.compile(r"(?:^|[\s;&|])(?:python3?|bash|sh)\s+(?:-u\s+)?\.?/?([\w./-]+\.(?:py|sh))\b")


def lint(text: str, *, files: Collection[str] | None = None, own_images: str = "", name: str = reading.FILE) -> list[Word]:
    """Everything there is to say of a file, in the order of its lines. `files` are the project's, where they are known."""
    try:
        return _lint(text, files, own_images, name)
    except (*reading.PROBLEMS, MemoryError) as error:  # the parser and the schema's validator stumble over some values
        return [Word("error", f"cannot be looked at: {type(error).__name__}: {str(error)[:200]}")]


def _lint(text: str, files: Collection[str] | None, own_images: str, name: str) -> list[Word]:
    if len(text) > reading.MOST_BYTES:
        return [Word("error", f"the file is longer than {reading.MOST_BYTES >> 20} MiB")]
    try:
        places = Places(text)
        if places.things > reading.MOST_THINGS:
            return [Word("error", f"the file stands for more than {reading.MOST_THINGS:,} values", None, "fewer anchors")]
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return [Word("error", f"no YAML: {getattr(error, 'problem', None) or error}", mark.line + 1 if mark else None)]
    except (RecursionError, ValueError) as error:
        return [Word("error", f"cannot be read: {error}")]
    found = [*_against_schema(data, places)]
    try:
        config = reading.parse(text, name)
    except TreadleError as error:
        if "unexpected keyword argument" in error.what and any("there is no key" in one.message for one in found):
            return _sorted(found)  # said better already
        line = re.search(r":(\d+)$", error.where or "")
        return _sorted([*found, Word("error", error.what, int(line[1]) if line else None)])
    except RecursionError:
        return _sorted([*found, Word("error", "nested too deep")])
    found += _reference(config, places, data)
    for number, item in enumerate(data or []):
        for key, kind in (("step", Step), ("task", Task), ("pipeline", Pipeline), ("blueprint", Pipeline)):
            if key in item:
                declared = _declared(config, kind, item[key])
                if declared is not None:
                    found += _LOOKS[kind](config, declared, places, (number, key), files, own_images)
                break
    return _sorted(found)


def _sorted(found: list[Word]) -> list[Word]:
    unique = {(one.kind, one.message, one.line): one for one in found}
    return sorted(unique.values(), key=lambda one: (one.line or 0, one.kind, one.message))


def _declared(config: Config, kind: type, item: Any) -> Any:
    named = {Step: config.steps, Task: config.tasks, Pipeline: config.pipelines}[kind]
    return named.get(item.get("name")) if isinstance(item, dict) else None


def _against_schema(data: Any, places: Places) -> Iterator[Word]:
    if data is None:
        return
    for error in get_validator().iter_errors(data):
        path = tuple(error.absolute_path)
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda one: len(one.absolute_path))
        path = tuple(deepest.absolute_path) or path
        if deepest.validator == "additionalProperties" and isinstance(deepest.instance, dict):
            known = list(deepest.schema.get("properties", {}))
            for key in deepest.instance:
                if key not in known:
                    near = difflib.get_close_matches(str(key), known, n=1)
                    hint = f"did you mean `{near[0]}`?" if near else f"its keys are {', '.join(known)}"
                    yield Word("error", f"{_place(path)}: there is no key `{key}`", places.line(*path, str(key)), hint)
            continue
        message = deepest.message if len(deepest.message) < 200 else deepest.message[:200] + " ..."
        if any(str(word) in message for word in _PLURALS):
            yield Word("warning", f"{_place(path)}: {message}", places.line(*path), "the types of edges are singular: output, parameter")
        else:
            yield Word("error", f"{_place(path)}: {message}", places.line(*path))


def _place(path: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in path) or "the file"


def _reference(config: Config, places: Places, data: Any) -> Iterator[Word]:
    """What the reference linter says, with the line of whatever it names."""
    result = LintResult()
    try:
        config.lint(result, context={})
    except (KeyError, AttributeError, TypeError, ValueError) as error:  # it stumbles over what it should have told
        yield Word("error", f"a name is used that is not declared: {error}")
    for message in result.messages:
        text = str(message["message"])
        if (
            "require-approval" in text
            or re.search(r"edge (source|target) node .* does not exist", text)
            or any(f"type {word}" in text for word in _PLURALS)
        ):
            continue
        kind = str(message["type"])
        yield Word(kind, text, _line_of(text, places, data))


def _line_of(text: str, places: Places, data: Any) -> int | None:
    for number, item in enumerate(data or []):
        for value in item.values():
            name = value.get("name") if isinstance(value, dict) else None
            if isinstance(name, str) and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
                return places.line(number)
    return None


# --- steps ---------------------------------------------------------------------------------------------------------------------

_Path = tuple[Any, ...]


def _step(_: Config, step: Step, places: Places, path: _Path, files: Collection[str] | None, own: str) -> Iterator[Word]:
    if images.known(step.image, own) is None:
        yield Word(
            "warning",
            f"step `{step.name}`: the image `{step.image}` is of no family that is known here",
            places.line(*path, "image"),
            f"say what stands for it: TREADLE_IMAGES='{step.image}=3.11 numpy'",
        )
    commands = [step.command] if isinstance(step.command, str) else [str(one) for one in step.command or []]
    fetches = any(re.search(r"\b(cd|wget|curl|git clone)\b", text) for text in commands)
    for text in commands:
        for name in _USED.findall(text):
            if name not in step.parameters:
                yield _unknown(f"step `{step.name}`: its command uses the parameter", name, step.parameters, places.line(*path, "command"))
        for script in _SCRIPT.findall(text) if files is not None else ():
            if script.removeprefix("./") not in (files or ()) and not script.startswith("/") and not fetches:
                yield Word("warning", f"step `{step.name}`: there is no file `{script}`", places.line(*path, "command"), "is it committed?")
    for number, one in enumerate(step.inputs.values()):
        defaults = [one.default] if isinstance(one.default, str) else list(one.default or [])
        for address in defaults:
            line = places.line(*path, "inputs", number, "default")
            scheme = str(address).partition("://")[0]
            if not str(address).startswith("{") and ("://" not in str(address) or scheme not in _SCHEMES):
                yield Word(
                    "error", f"step `{step.name}`: `{address}` of input `{one.name}` is no address", line, "https://, s3://, dataset://"
                )
            for name in _USED.findall(str(address)):
                if name not in step.parameters:
                    yield _unknown(f"step `{step.name}`: input `{one.name}` uses the parameter", name, step.parameters, line)
    if step.stop_condition:
        yield from _condition(f"step `{step.name}`: stop-condition", step.stop_condition, places.line(*path, "stop-condition"))
    for mount in step.mounts:
        hint = f"it is mounted when the folder is opened: TREADLE_SHARED_FOLDERS={mount.source}"
        yield Word("hint", f"step `{step.name}` mounts {mount.source}", places.line(*path, "mounts"), hint)


def _unknown(what: str, name: str, known: Collection[str], line: int | None) -> Word:
    near = difflib.get_close_matches(name, list(known), n=1)
    listed = ", ".join(f"`{one}`" for one in known) or "none"
    return Word("error", f"{what} `{name}`, which is not declared", line, f"did you mean `{near[0]}`?" if near else f"declared: {listed}")


def _condition(what: str, expression: str, line: int | None) -> Iterator[Word]:
    try:
        conditions.holds(expression, {})
    except UsageError as error:
        yield Word("error", f"{what}: {error.what}", line, error.hint)


# --- tasks ---------------------------------------------------------------------------------------------------------------------


def _task(config: Config, task: Task, places: Places, path: _Path, *_: Any) -> Iterator[Word]:
    step = config.steps.get(task.step)
    if step is None:
        yield _unknown(f"task `{task.name}`: the step", task.step, config.steps, places.line(*path, "step"))
        return
    for number, one in enumerate(task.parameters):
        line = places.line(*path, "parameters", number)
        if one.name not in step.parameters:
            yield _unknown(f"task `{task.name}`: the parameter", one.name, step.parameters, line)
            continue
        try:
            tasks.dimension_of(step, one.name, {"style": one.style.value, "rules": one.rules}, spread=True)
        except (TreadleError, ValueError) as error:
            yield Word("error", f"task `{task.name}`: {getattr(error, 'what', error)}", line)
    try:
        given = Given(inputs={name: ["https://example.org/data"] for name in step.inputs})
        wanted = tasks.wanted_of(task)
        wanted.parameters = {name: value for name, value in wanted.parameters.items() if name in step.parameters}
        tasks.sweep_of(step, wanted, given, None, yaml=reading.FILE, options=Options())
    except TreadleError as error:
        if not any(parameter.name not in step.parameters for parameter in task.parameters):
            yield Word("error", f"task `{task.name}`: {error.what}", places.line(*path), error.hint)


# --- pipelines -----------------------------------------------------------------------------------------------------------------


def _deployment(config: Config, pipeline: Pipeline, node: Any, line: int | None) -> Iterator[Word]:
    """Its endpoints must be declared, and each of their files must come along exactly one edge."""
    where = f"pipeline `{pipeline.name}`: node `{node.name}`"
    if not node.endpoints:
        yield Word("error", f"{where} names no endpoint", line, f"endpoints: [{', '.join(config.endpoints) or 'NAME'}]")
    brought = [edge.target_key for edge in pipeline.edges if edge.target_node == node.name and edge.target_type in ("file", "files")]
    known = {f"{name}.{file.name}" for name in node.endpoints if name in config.endpoints for file in config.endpoints[name].files}
    for name in node.endpoints:
        if name not in config.endpoints:
            yield _unknown(f"{where}: the endpoint", name, config.endpoints, line)
    for key in brought:
        if key not in known:
            yield _unknown(f"{where}: the file", key, dict.fromkeys(sorted(known)), line)
    for key in sorted(known):
        if brought.count(key) != 1:
            hint = f"[NODE.output.NAME, {node.name}.file.{key}]"
            yield Word("error", f"{where}: {brought.count(key)} edges bring the file `{key}`, which is one", line, hint)


def _pipeline(config: Config, pipeline: Pipeline, places: Places, path: _Path, *_: Any) -> Iterator[Word]:
    nodes = {node.name: node for node in pipeline.nodes}
    for number, node in enumerate(pipeline.nodes):
        line = places.line(*path, "nodes", number)
        if node.type == "deployment":
            yield from _deployment(config, pipeline, node, line)
        for action in node.actions:
            for expression in action.if_:
                yield from _condition(f"node `{node.name}`: if", str(expression), line)
    for number, edge in enumerate(pipeline.edges):
        line = places.line(*path, "edges", number)
        pair = []
        for kind in (edge.source_type, edge.target_type):
            if kind in _PLURALS:
                yield Word("warning", f"the edge type `{kind}` is read as `{_PLURALS[kind]}`", line, f"write `{_PLURALS[kind]}`")
            pair.append(_PLURALS.get(kind, kind))
        if (pair[0], pair[1]) not in _PAIRS:
            hint = ", ".join(f"{source} -> {target}" for source, target in sorted(_PAIRS))
            yield Word("error", f"no edge leads from {edge.source_type} to {edge.target_type}", line, hint)
        for where, kind, key in ((edge.source_node, pair[0], edge.source_key), (edge.target_node, pair[1], edge.target_key)):
            if where not in nodes:
                yield _unknown(f"pipeline `{pipeline.name}`: an edge names the node", where, nodes, line)
                continue
            step = _step_of(config, nodes[where])
            if step is None:
                continue
            known = {"input": step.inputs, "parameter": step.parameters}.get(kind)
            if known is not None and key not in known and "*" not in key:
                yield _unknown(f"pipeline `{pipeline.name}`: an edge names {kind}", key, known, line)
    try:
        edges = [edge.get_expanded() for edge in pipeline.edges if edge.source_node in nodes and edge.target_node in nodes]
        plain = [{"name": name, "type": "execution"} for name in nodes]
        pipelines.check(pipelines.Plan(name=pipeline.name, nodes=plain, edges=edges))
    except TreadleError as error:
        yield Word("error", error.what, places.line(*path, "edges"), "these nodes can never start")


def _step_of(config: Config, node: Any) -> Step | None:
    if getattr(node, "commit", None):
        return None
    if isinstance(node, ExecutionNode):
        return config.steps.get(node.step)
    task = config.tasks.get(getattr(node, "task", None) or "")
    name = getattr(node, "step", None) or (task.step if task is not None else None)
    return config.steps.get(name or "")


_LOOKS: dict[type, Any] = {Step: _step, Task: _task, Pipeline: _pipeline}
