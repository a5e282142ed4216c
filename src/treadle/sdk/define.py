"""`@step`, `@pipeline` and `command(...)`: declaring work without changing what a function is.

A decorated function still is the function: called outside a pipeline it simply runs. Called inside a pipeline's body it records
a call and returns a handle at once. The declaration is read from the signature when it is first needed, not at import.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from treadle.core.errors import DefinitionError, UsageError

if TYPE_CHECKING:
    from treadle.core.definition import Definition

P = ParamSpec("P")
R = TypeVar("R")

_orchestrator: Any = None
"""What takes step calls while a pipeline's body runs in this process (treadle.worker.body); None everywhere else."""


def orchestrate(orchestrator: Any) -> None:
    """From now on step calls in this process are recorded by `orchestrator` instead of performed."""
    global _orchestrator
    _orchestrator = orchestrator


class DatasetSource:
    """A dataset named in code: the default of an input, an output that makes versions, or something to read in a script."""

    __slots__ = ("ref",)

    def __init__(self, ref: str) -> None:
        from treadle.core.ids import parse_dataset_ref

        parsed = parse_dataset_ref(ref)
        self.ref = str(parsed) if "@" in ref or parsed.word is not None else parsed.name

    def __repr__(self) -> str:
        return f"dataset({self.ref!r})"

    @property
    def name(self) -> str:
        return self.ref.partition("@")[0].partition("/")[0]

    def read(self, form: str = "polars") -> Any:
        """The dataset's content now, as "polars", "pandas", "arrow", "numpy" or "path" (for scripts and notebooks)."""
        from treadle.sdk.client import connect

        with connect() as client:
            return client.read_dataset(self.ref, form)

    def add(self, path: Any, *, message: str = "") -> Any:
        """Makes a new version out of a file or folder; answers it (`treadle data add PATH --as NAME`)."""
        from treadle.sdk.client import connect

        with connect() as client:
            return client.add_dataset(self.name, path, message=message)


def dataset(ref: str) -> Any:
    """A dataset by name: `dataset("flights")`, `dataset("flights@v3")`, `dataset("flights@latest")`.

    As the default of a step's argument it is that input's source: `def train(flights: pl.DataFrame = dataset("flights"))`.
    """
    return DatasetSource(ref)


class Declared(Generic[P, R]):
    """A function with a declaration. `definition` is the declaration as a value."""

    kind = "step"

    def __init__(self, function: Callable[P, R], options: Mapping[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.options = options
        self.name: str = options.get("name") or function.__name__
        self._definition: Definition | None = None

    def __repr__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def definition(self) -> Definition:
        if self._definition is None:
            from treadle.sdk.declaration import declare

            self._definition = declare(self)
        return self._definition

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if _orchestrator is not None:
            return _orchestrator.call(self, args, kwargs)  # type: ignore[no-any-return]
        return self.function(*args, **kwargs)

    def map(self, *args: Any, **kwargs: Any) -> list[R]:
        """Calls once per element: every argument that is a list, tuple or range is walked (together, equal lengths), all others
        are the same in each call. `fixed([1, 2])` passes a list as it is."""
        names = list(range(len(args))) + list(kwargs)
        values = list(args) + list(kwargs.values())
        walked = {n: list(v) for n, v in zip(names, values, strict=True) if isinstance(v, list | tuple | range)}
        if not walked:
            raise UsageError(
                f"`{self.name}.map(...)` was given no list to walk", hint=f"{self.name}.map([...]), or call {self.name}(...) once"
            )
        lengths = {len(v) for v in walked.values()}
        if len(lengths) > 1:
            sizes = ", ".join(f"{n}: {len(v)}" for n, v in walked.items())
            raise UsageError(
                f"`{self.name}.map(...)` was given lists of different lengths ({sizes})",
                hint="wrap one that should stay whole in fixed(...)",
            )
        plain = {n: (v.value if isinstance(v, fixed) else v) for n, v in zip(names, values, strict=True) if n not in walked}
        made = []
        for index in range(lengths.pop()):
            row = plain | {n: v[index] for n, v in walked.items()}
            made.append(self(*[row[i] for i in range(len(args))], **{k: row[k] for k in kwargs}))
        return made

    def after(self, *handles: Any) -> Callable[P, R]:
        """The same step, but a call waits until these handles' runs have ended, without taking anything from them."""
        return functools.partial(self._call_after, handles)

    def _call_after(self, handles: tuple[Any, ...], /, *args: Any, **kwargs: Any) -> R:
        if _orchestrator is not None:
            return _orchestrator.call(self, args, kwargs, after=handles)  # type: ignore[no-any-return]
        return self.function(*args, **kwargs)


class Step(Declared[P, R]):
    """A declared unit of work."""


class Pipeline(Declared[P, R]):
    """A declared composition of steps: a function whose step calls are recorded."""

    kind = "pipeline"


class Command:
    """A declared command in any language; made by `command(...)`."""

    kind = "command"

    def __init__(self, name: str, definition: Definition) -> None:
        self.name = name
        self.definition = definition
        self.__doc__ = definition.summary

    def __repr__(self) -> str:
        return f"command {self.name}"

    def __call__(self, **kwargs: Any) -> Any:
        if _orchestrator is not None:
            return _orchestrator.call(self, (), kwargs)
        raise UsageError(
            f"the command `{self.name}` runs only inside a pipeline or by `treadle run`", hint=f"treadle run FILE::{self.name}"
        )

    map = Declared.map

    def after(self, *handles: Any) -> Callable[..., Any]:
        def call(**kwargs: Any) -> Any:
            return _orchestrator.call(self, (), kwargs, after=handles) if _orchestrator is not None else self(**kwargs)

        return call


class fixed:  # noqa: N801 - reads as a word in user code: train.map(data=fixed(rows), lr=[...])
    """Marks a list that `map` should pass whole to every call."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


_STEP_OPTIONS = frozenset(
    (
        "name cache retries retry_delay retry_factor retry_most time_limit cpu memory gpu "
        "packages lock image python secrets files outputs format engine fresh seed metrics_from_output tensorboard"
    ).split()
)


@overload
def step(function: Callable[P, R], /) -> Step[P, R]: ...
@overload
def step(**options: Any) -> Callable[[Callable[P, R]], Step[P, R]]: ...
def step(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """Declares a function as a step: `@step` or `@step(retries=2, time_limit="1h", memory="4G")`.

    Arguments annotated with plain data (numbers, strings, booleans, dates, enums, literals, lists, dicts, dataclasses, msgspec
    structs) are parameters; all others are inputs.

    Options: `name`; `cache` (True, False, or a word that is part of the key); `retries`, `retry_delay` (seconds), `retry_factor`,
    `retry_most`; `time_limit` (seconds, or "90s", "10m", "2h"); `cpu`, `memory` (bytes, or "512M", "4G"), `gpu`; `packages`,
    `lock`, `python`, `image`: the environment; `secrets`: names that arrive as environment variables; `files`: globs of further
    files the code needs; `outputs`: names of several results, or {name: format or dataset(...)}; `format` of a single result;
    `engine`; `fresh`: a new interpreter instead of a fork of the warm one; `seed`; `metrics_from_output`: JSON objects that it
    prints, one a line, are metrics; `tensorboard`: a folder of event files, relative to the working folder, that is followed.
    """
    return _decorate(Step, function, options, _STEP_OPTIONS)


@overload
def pipeline(function: Callable[P, R], /) -> Pipeline[P, R]: ...
@overload
def pipeline(**options: Any) -> Callable[[Callable[P, R]], Pipeline[P, R]]: ...
def pipeline(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """Declares a function as a pipeline: ordinary Python whose step calls return handles at once; using a handle's value waits
    for it. Options: those of a step that make sense for it (`name`, `retries`, `time_limit`, `files`, `outputs`, `engine`)."""
    return _decorate(
        Pipeline,
        function,
        options,
        frozenset(("name", "retries", "retry_delay", "time_limit", "files", "outputs", "format", "engine", "seed", "secrets")),
    )


def _decorate(made: type[Declared[P, R]], function: Callable[P, R] | None, options: Mapping[str, Any], known: frozenset[str]) -> Any:
    for name in options:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, sorted(known), n=1)
            raise DefinitionError(
                f"@{made.kind} has no option `{name}`",
                hint=f"did you mean `{near[0]}`?" if near else f"its options are {', '.join(sorted(known))}",
            )
    if function is None:
        return lambda given: _decorate(made, given, options, known)
    if not callable(function):
        raise DefinitionError(
            f"@{made.kind} was put on {function!r}, which is no function", hint=f"@{made.kind}(name=..., ...) takes its options by name"
        )
    return made(function, dict(options))


def command(
    name: str,
    command: str | Sequence[str],
    *,
    parameters: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Any] | Iterable[str] = (),
    outputs: Mapping[str, str] | None = None,
    **options: Any,
) -> Command:
    """Declares a step of any language.

    `command` is a shell text or a list of words; `{name}` in it is replaced by a parameter's value, by the path of an input, or
    by the path where an output is expected (quoted for the shell); `{{` is a brace. `parameters` are names with their defaults
    (a type, such as `int`, for one without a default); `inputs` are names, with a `dataset(...)` where there is a default
    source; `outputs` are names with their path relative to the folder in which the command runs. All options of @step hold.
    """
    from treadle.sdk.declaration import declare_command

    return Command(name, declare_command(name, command, parameters or {}, inputs, outputs or {}, options, _STEP_OPTIONS))


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SIZES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def seconds(value: float | str | None, option: str) -> float | None:
    """A duration in seconds from a number or from "90s", "10m", "2h", "1d"."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0):
        return None if value is None else float(value)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise DefinitionError(f"`{option}` is {value!r}, which is no duration", hint=f'{option}=90, or {option}="90s", "10m", "2h", "1d"')
    return float(match[1]) * _UNITS[match[2]]


def size(value: int | str | None, option: str) -> int | None:
    """A number of bytes from a number or from "512M", "4G", "4GiB"."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT])i?B?", value) if isinstance(value, str) else None
    if match is None:
        raise DefinitionError(f"`{option}` is {value!r}, which is no size", hint=f'{option}="512M", or "4G"')
    return int(float(match[1]) * _SIZES[match[2]])
