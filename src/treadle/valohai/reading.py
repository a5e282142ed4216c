"""valohai.yaml read: found, parsed and checked, with the line of everything in it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import msgspec
import yaml
from valohai_yaml.excs import ValidationErrors
from valohai_yaml.objs.config import Config

from treadle.core.errors import DefinitionError, TargetError

FILE = "valohai.yaml"
MOST_BYTES = 1 << 20
MOST_THINGS = 100_000
"""Values in a file, with those that anchors repeat: a few lines of anchors can stand for billions."""


PROBLEMS = (ValidationErrors, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)
"""What the parser raises for what it cannot understand."""


class Places:
    """Where things stand in the text: a path of keys and positions -> its line."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str | int, ...], int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError:
            node = None
        self.things = 0 if node is None else _things(node)
        if node is not None and self.things <= MOST_THINGS:
            self._walk(node, ())

    def _walk(self, node: Any, path: tuple[str | int, ...]) -> None:
        waiting = [(node, path)]
        seen: set[int] = set()
        while waiting:
            one, place = waiting.pop()
            self._lines.setdefault(place, one.start_mark.line + 1)
            if id(one) in seen:  # an anchor may stand for itself
                continue
            seen.add(id(one))
            if isinstance(one, yaml.MappingNode):
                for key, value in one.value:
                    inner = (*place, str(getattr(key, "value", "")))
                    self._lines[inner] = key.start_mark.line + 1
                    waiting.append((value, inner))
            elif isinstance(one, yaml.SequenceNode):
                waiting += [(value, (*place, number)) for number, value in enumerate(one.value)]

    def line(self, *path: str | int) -> int | None:
        """The line of the longest part of a path that stands in the text."""
        for end in range(len(path), -1, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return None


def _things(root: Any) -> int:
    """How many values a text stands for, with what is repeated; endless ones count as too many."""
    sizes: dict[int, int] = {}
    open_ones: set[int] = set()
    waiting = [(root, False)]
    while waiting:
        node, counted = waiting.pop()
        inner = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        inner = inner if isinstance(node, yaml.MappingNode | yaml.SequenceNode) else []
        if counted:
            sizes[id(node)] = min(MOST_THINGS + 1, 1 + sum(sizes.get(id(part), 0) for part in inner))
            open_ones.discard(id(node))
        elif id(node) in open_ones:
            return MOST_THINGS + 1
        elif id(node) not in sizes:
            open_ones.add(id(node))
            waiting.append((node, True))
            waiting += [(part, False) for part in inner]
    return sizes[id(root)]


def find(start: Path) -> Path | None:
    """The nearest valohai.yaml in a folder or above it."""
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def parse(text: str, name: str = FILE) -> Config:
    """The project's declarations. Raises DefinitionError with file and line for what cannot be read."""
    if len(text) > MOST_BYTES:
        raise DefinitionError(f"`{name}` is longer than {MOST_BYTES >> 20} MiB", where=name)
    try:
        places = Places(text)
        if places.things > MOST_THINGS:
            raise DefinitionError(f"`{name}` stands for more than {MOST_THINGS:,} values", where=name, hint="fewer anchors")
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        raise DefinitionError(f"`{name}` is no YAML: {getattr(error, 'problem', error)}", where=where, hint="treadle lint") from error
    except RecursionError as error:
        raise DefinitionError(f"`{name}` is nested too deep", where=name) from error
    except ValueError as error:  # a date that is none, a number that is too long
        raise DefinitionError(f"`{name}` cannot be read: {error}", where=name) from error
    if data is None:
        return Config()
    if not isinstance(data, list):
        raise DefinitionError(f"`{name}` is a {type(data).__name__}, and asks for a list", where=f"{name}:1", hint="- step: ...")
    for number, item in enumerate(data):
        if not isinstance(item, dict):
            raise DefinitionError(f"item {number + 1} of `{name}` is no mapping", where=f"{name}:{places.line(number)}", hint="- step: ...")
    try:
        return Config.parse(data)
    except PROBLEMS as error:
        where = _culprit(data, places, name)
        raise DefinitionError(f"`{name}` cannot be understood: {_words(error)}", where=where, hint="treadle lint") from error


def _culprit(data: list[Any], places: Places, name: str) -> str:
    """The line of the first item that cannot be parsed by itself."""
    for number, item in enumerate(data):
        try:
            Config.parse([item])
        except PROBLEMS:
            return f"{name}:{places.line(number)}"
    return name


def _words(error: Exception) -> str:
    if isinstance(error, IndexError):  # the parser's own, for a duration
        return "a duration has no unit: write a number of seconds, or 10s, 5m, 1h"
    if isinstance(error, KeyError):
        return f"the key {error} is missing or unknown"
    return str(error) or type(error).__name__


def load(path: Path) -> Config:
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise DefinitionError(f"`{path.name}` is not UTF-8: {error}", where=str(path)) from error


def look_up(config: Config, name: str, file: str = FILE) -> Any:
    """The step, pipeline or task of that name; a step goes before a pipeline, a pipeline before a task.

    Raises TargetError with the names there are.
    """
    for kind in (config.steps, config.pipelines, config.tasks):
        found = kind.get(name)
        if found is not None:
            return found
    names = [*config.steps, *config.pipelines, *config.tasks]
    near = difflib.get_close_matches(name, names, n=1)
    known = ", ".join(f"`{n}`" for n in names)
    hint = f"did you mean `{near[0]}`?" if near else f"it declares {known}" if names else f"`{file}` declares nothing"
    raise TargetError(f"`{file}` has no step, pipeline or task `{name}`", where=file, hint=hint)


class Word(msgspec.Struct, frozen=True):
    """One thing that lint has to say: `kind` is error, warning or hint."""

    kind: str
    message: str
    line: int | None = None
    hint: str | None = None
