"""Reading a declaration from a function's signature: which arguments are parameters, which are inputs, what comes out."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import types
import typing
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import msgspec

from treadle.core.definition import Definition, Environment, Input, Output, Parameter, Resources, Retry
from treadle.core.errors import DefinitionError
from treadle.sdk.define import DatasetSource, Declared, seconds, size
from treadle.sdk.formats import form_of
from treadle.sdk.models import Model, source_of

_PLAIN = (
    int,
    float,
    str,
    bool,
    type(None),
    datetime.date,
    datetime.datetime,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
)
_PLAIN_CONTAINERS = (list, tuple, set, frozenset, dict, Sequence, Mapping)


def declare(declared: Declared[..., Any]) -> Definition:
    """The definition of a decorated function; raises DefinitionError naming the function and the argument at fault."""
    function, options = declared.function, declared.options
    file = inspect.getsourcefile(inspect.unwrap(function))
    line = function.__code__.co_firstlineno if hasattr(function, "__code__") else None
    hints = annotations_of(function)
    parameters: list[Parameter] = []
    inputs: list[Input] = []
    for argument in inspect.signature(function).parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD, argument.POSITIONAL_ONLY):
            raise DefinitionError(
                f"{declared.kind} `{declared.name}` has the argument `{argument}`, which cannot be given by name",
                where=f"{file}:{line}",
                hint="name every argument",
            )
        if argument.name in _RESERVED:
            raise DefinitionError(
                f"{declared.kind} `{declared.name}` cannot call an argument `{argument.name}`",
                where=f"{file}:{line}",
                hint="choose another name",
            )
        annotation = hints.get(argument.name, argument.annotation)
        if takes_parameter(annotation, argument.default):
            parameters.append(_parameter(declared, argument, annotation))
        else:
            inputs.append(_input(argument, annotation))
    return complete(
        Definition(
            kind=declared.kind,
            name=declared.name,
            module=function.__module__,
            file=file,
            function=function.__qualname__,
            line=line,
            parameters=tuple(parameters),
            inputs=tuple(inputs),
            outputs=outputs_of(declared, hints.get("return", inspect.Signature.empty)),
            summary=(inspect.getdoc(function) or "").split("\n", 1)[0],
        ),
        options,
    )


_RESERVED = frozenset({"self", "cls"})


def complete(definition: Definition, options: Mapping[str, Any]) -> Definition:
    """The definition with what its options say."""
    cache = options.get("cache", True)
    if not isinstance(cache, bool | str):
        raise DefinitionError(f"`cache` of `{definition.name}` is {cache!r}", hint='cache=True, cache=False, or a version word: cache="2"')
    return msgspec.structs.replace(
        definition,
        retry=Retry(
            times=int(options.get("retries", 0)),
            delay=float(options.get("retry_delay", 1.0)),
            factor=float(options.get("retry_factor", 2.0)),
            most=float(options.get("retry_most", 300.0)),
        ),
        time_limit=seconds(options.get("time_limit"), "time_limit"),
        resources=Resources(
            cpu=float(options.get("cpu", 1.0)), memory=size(options.get("memory"), "memory"), gpu=int(options.get("gpu", 0))
        ),
        environment=Environment(
            packages=_words(options, "packages"), lock=options.get("lock"), image=options.get("image"), python=options.get("python")
        ),
        cache=cache,
        secrets=_words(options, "secrets"),
        files=_words(options, "files"),
        engine=options.get("engine"),
        fresh=bool(options.get("fresh", False)),
        seed=options.get("seed"),
        metrics_from_output=bool(options.get("metrics_from_output", False)),
        tensorboard=_relative(options, "tensorboard", definition.name),
    )


def _relative(options: Mapping[str, Any], name: str, of: str) -> str | None:
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, str | Path) or Path(value).is_absolute() or ".." in Path(value).parts:
        raise DefinitionError(f"`{name}` of `{of}` is {value!r}", hint=f'a folder relative to the one in which it runs: {name}="logs"')
    return str(value)


def _words(options: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = options.get(name, ())
    if isinstance(value, str):
        raise DefinitionError(f"`{name}` is one string, {value!r}", hint=f"{name}=[{value!r}]")
    return tuple(value)


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations, evaluated where they are text; text that cannot be evaluated (imported for type checkers only) stays."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, TypeError, SyntaxError):
        raw = dict(getattr(function, "__annotations__", {}))
        scope = getattr(function, "__globals__", {})
        return {name: _evaluated(value, scope) for name, value in raw.items()}


def _evaluated(value: Any, scope: dict[str, Any]) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return eval(value, scope)  # noqa: S307 - the annotation is the user's own code, already imported
    except (NameError, AttributeError, TypeError, SyntaxError):
        return value


def takes_parameter(annotation: Any, default: Any = inspect.Parameter.empty) -> bool:
    """Whether an argument so annotated is a parameter (plain data) and not an input."""
    if isinstance(default, DatasetSource | Model):
        return False
    if annotation is inspect.Parameter.empty:
        return default is not inspect.Parameter.empty and isinstance(default, (*_PLAIN, list, tuple, dict, enum.Enum))
    return is_plain(annotation)


def is_plain(annotation: Any) -> bool:
    """Whether an annotation means plain data, which travels as JSON."""
    if annotation is Any or isinstance(annotation, str | typing.TypeVar):
        return False
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return is_plain(typing.get_args(annotation)[0])
    if origin is typing.Literal:
        return True
    if origin in (typing.Union, types.UnionType):
        return all(is_plain(part) for part in typing.get_args(annotation))
    if origin is not None:
        arguments = [a for a in typing.get_args(annotation) if a is not Ellipsis]
        return isinstance(origin, type) and issubclass(origin, _PLAIN_CONTAINERS) and all(a is Any or is_plain(a) for a in arguments)
    if not isinstance(annotation, type):
        return annotation is None
    if issubclass(annotation, Path):
        return False
    return (
        issubclass(annotation, (*_PLAIN, enum.Enum, list, tuple, set, frozenset, dict, msgspec.Struct))
        or is_dataclass(annotation)
        or annotation in _PLAIN_CONTAINERS
    )


def _parameter(declared: Declared[..., Any], argument: inspect.Parameter, annotation: Any) -> Parameter:
    kind = type(argument.default) if annotation is inspect.Parameter.empty else annotation
    try:
        schema = msgspec.json.schema(kind)
    except TypeError:
        schema = {}
    default: Any = msgspec.UNSET
    if argument.default is not inspect.Parameter.empty:
        try:
            default = msgspec.to_builtins(argument.default)
        except TypeError as error:
            raise DefinitionError(
                f"the default of `{argument.name}` in {declared.kind} `{declared.name}` is no plain data: {argument.default!r}"
            ) from error
    return Parameter(name=argument.name, schema=schema, default=default, annotation=_shown(kind))


def _shown(annotation: Any) -> str:
    return (
        annotation.__name__ if isinstance(annotation, type) and not typing.get_args(annotation) else str(annotation).replace("typing.", "")
    )


def _input(argument: inspect.Parameter, annotation: Any) -> Input:
    source = f"dataset://{argument.default.ref}" if isinstance(argument.default, DatasetSource) else source_of(argument.default)
    many = False
    if typing.get_origin(annotation) in (list, tuple, Sequence):
        arguments = [a for a in typing.get_args(annotation) if a is not Ellipsis]
        many, annotation = True, arguments[0] if arguments else Any
    optional = source is None and argument.default is not inspect.Parameter.empty
    form = "value" if annotation is inspect.Parameter.empty else form_of(annotation)
    return Input(name=argument.name, form=form, source=source, many=many, optional=optional)


def outputs_of(declared: Declared[..., Any], annotation: Any) -> tuple[Output, ...]:
    """The named outputs: from `outputs=`, else from a NamedTuple annotation, else one called `result`; none for `-> None`."""
    given = declared.options.get("outputs")
    format = declared.options.get("format")
    if given is None:
        if annotation is None or annotation is type(None):
            return ()
        if isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields"):
            return tuple(Output(name=name) for name in annotation._fields)
        return (Output(name="result", format=format),)
    if isinstance(given, DatasetSource):
        return (Output(name="result", format=format, dataset=given.name),)
    if isinstance(given, Model):
        return (Output(name="result", format=format, model=given.name),)
    if isinstance(given, str):
        raise DefinitionError(f"`outputs` of `{declared.name}` is one string, {given!r}", hint=f"outputs=[{given!r}]")
    pairs = given.items() if isinstance(given, Mapping) else ((name, None) for name in given)
    made = []
    for name, how in pairs:
        if not isinstance(name, str) or not name.isidentifier():
            raise DefinitionError(f"`{declared.name}` has an output named {name!r}", hint="an output's name is a Python identifier")
        if isinstance(how, DatasetSource):
            made.append(Output(name=name, dataset=how.name))
        else:
            made.append(Output(name=name, model=how.name) if isinstance(how, Model) else Output(name=name, format=how))
    if len({output.name for output in made}) != len(made):
        raise DefinitionError(f"`{declared.name}` names an output twice")
    return tuple(made)


def declare_command(
    name: str,
    command: str | Sequence[str],
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Any] | Iterable[str],
    outputs: Mapping[str, str],
    options: Mapping[str, Any],
    known: frozenset[str],
) -> Definition:
    """The definition of a command step."""
    for option in options:
        if option not in known - {"outputs", "format", "name", "fresh"}:
            raise DefinitionError(f"command `{name}` has no option `{option}`")
    made: list[Parameter] = []
    for parameter, default in parameters.items():
        kind = default if isinstance(default, type) else type(default)
        value = msgspec.UNSET if isinstance(default, type) else msgspec.to_builtins(default)
        made.append(Parameter(name=parameter, schema=msgspec.json.schema(kind), default=value, annotation=_shown(kind)))
    pairs = inputs.items() if isinstance(inputs, Mapping) else ((i, None) for i in inputs)
    for path in outputs.values():
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise DefinitionError(
                f"the output path {path!r} of command `{name}` leaves the folder in which it runs", hint="write a relative path"
            )
    taken = tuple(
        Input(name=i, form="path", source=f"dataset://{source.ref}" if isinstance(source, DatasetSource) else source_of(source))
        for i, source in pairs
    )
    frame = inspect.stack()[2]
    definition = Definition(
        kind="command",
        name=name,
        file=frame.filename,
        line=frame.lineno,
        command=command if isinstance(command, str) else tuple(command),
        parameters=tuple(made),
        inputs=taken,
        outputs=tuple(Output(name=o, path=path) for o, path in outputs.items()),
        summary=(command if isinstance(command, str) else " ".join(command)).strip().split("\n", 1)[0],
    )
    return complete(definition, options)
