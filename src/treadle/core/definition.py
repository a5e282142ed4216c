"""What a step or a pipeline is, as values: declared once, digested into the cache key, kept with every run."""

from __future__ import annotations

from typing import Any

import msgspec

PLAIN_KINDS = ("integer", "number", "string", "boolean", "date", "datetime", "time", "duration", "enum", "list", "dict", "struct", "any")

APPROVAL = "approval"
"""The kind of a run that nobody performs: it waits for a person's yes or no."""


class Resources(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step needs: CPU cores, bytes of memory (a limit: above it the step is ended as out of memory), GPUs."""

    cpu: float = 1.0
    memory: int | None = None
    gpu: int = 0


class Retry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often a failed step is tried again, and how long to wait: `delay * factor ** n` seconds, at most `most`."""

    times: int = 0
    delay: float = 1.0
    factor: float = 2.0
    most: float = 300.0


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An argument of plain data. `schema` is its JSON Schema, from the annotation; `default` is JSON (absent: required)."""

    name: str
    schema: dict[str, Any]
    default: Any = msgspec.UNSET
    annotation: str = ""


class Input(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An argument that is not plain data. `form` is how it arrives: a format's name for a type ("polars", "pandas", "numpy",
    "path", "stream", "value" ...); `source` is a default such as `dataset://flights@latest` or `model://churn@champion`; `many`
    asks for a list of them."""

    name: str
    form: str = "value"
    source: str | None = None
    many: bool = False
    optional: bool = False


class Output(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named result. `format` forces how it is saved; `dataset` makes it a new version of that dataset, `model` one of that
    model; `path` is where a command step leaves it, relative to its folder."""

    name: str
    format: str | None = None
    dataset: str | None = None
    path: str | None = None
    model: str | None = None


class Environment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a step's packages come from. Nothing declared: the environment that runs Treadle."""

    packages: tuple[str, ...] = ()
    lock: str | None = None
    image: str | None = None
    python: str | None = None


class Definition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A declared step or pipeline.

    `kind` is "step", "command" or "pipeline"; `name` what people call it; `module` and `function` where the Python is found,
    relative to the project's root; `command` the words or the shell text of a command step. `cache` is False, True, or a
    version word that is part of the key. `files` are globs of further files that the code needs.
    """

    kind: str
    name: str
    module: str | None = None
    file: str | None = None
    function: str | None = None
    command: str | tuple[str, ...] | None = None
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = (Output(name="result"),)
    retry: Retry = Retry()
    time_limit: float | None = None
    resources: Resources = Resources()
    environment: Environment = Environment()
    cache: bool | str = True
    secrets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    engine: str | None = None
    fresh: bool = False
    """Start in a fresh interpreter instead of a fork of the warm one (a GPU asks for this by itself)."""
    seed: int | None = None
    registers: str | None = None
    """The model of which a run of this makes a version: its input `model`, with the evidence that it gives."""
    line: int | None = None
    summary: str = ""
    metrics_from_output: bool = False
    """JSON objects that it prints, one a line, are taken as metrics (treadle.worker.printed)."""
    tensorboard: str | None = None
    """A folder of TensorBoard's event files, relative to the one in which it runs: what is written there becomes metrics."""
    dialect: str | None = None
    """The foreign contract under which it is performed ("valohai"), or the body of ours that performs it ("sweep")."""
    words: dict[str, Any] = {}
    """What it says in the words of its dialect, as far as it can change a result."""

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    def input(self, name: str) -> Input | None:
        return next((i for i in self.inputs if i.name == name), None)
