"""One step of valohai.yaml and the values it is given: a definition of ours, its parameters, and where its inputs come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from valohai_yaml.excs import ValidationErrors
from valohai_yaml.objs.step import Step

from treadle.contract.data import Artifact
from treadle.contract.runs import Binding
from treadle.core.content import digest_bytes
from treadle.core.definition import Definition, Input, Parameter, Resources
from treadle.core.errors import InputError, ParameterError, UsageError
from treadle.core.ids import DatumRef, parse_datum_ref
from treadle.valohai.identity import number_of

DIALECT = "valohai"
_DOCUMENTS = ("description", "icon", "category", "outputs")
_SCHEMAS = {"integer": {"type": "integer"}, "float": {"type": "number"}, "flag": {"type": "boolean"}, "string": {"type": "string"}}
_ANNOTATIONS = {"integer": "int", "float": "float", "flag": "bool", "string": "str"}
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_PLACE = re.compile(r"\{parameter(?:-value)?:(.+?)\}")
EXTERNAL = "uri"
"""The format of an input that is fetched when the run starts: its bytes are the address."""


class Given(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of one performance of a step: None and absent names leave what the step says."""

    parameters: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    """A name's addresses, or bindings of ours; an empty list takes the default away."""
    image: str | None = None
    command: str | list[str] | None = None
    variables: dict[str, str] = {}
    groups: tuple[str, ...] = ()
    time_limit: float | None = None
    no_output_timeout: float | None = None
    stop_condition: str | None = None
    reuse: bool | None = None
    """Whether an equal earlier run answers; None: when all of its inputs are immutable."""


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    definition: Definition
    parameters: dict[str, Any]
    bindings: dict[str, Binding]


def compile_step(step: Step, given: Given, *, yaml: str = "valohai.yaml") -> Compiled:
    """The step with these values. Raises ParameterError, InputError and UsageError naming what does not fit."""
    for name in given.parameters:
        if name not in step.parameters:
            known = ", ".join(f"`{n}`" for n in step.parameters) or "none"
            raise ParameterError(f"step `{step.name}` has no parameter `{name}`", where=yaml, hint=f"its parameters are {known}")
    for name in given.inputs:
        if name not in step.inputs:
            known = ", ".join(f"`{n}`" for n in step.inputs) or "none"
            raise InputError(f"step `{step.name}` has no input `{name}`", where=yaml, hint=f"its inputs are {known}")
    parameters = _parameters(step, given.parameters, yaml)
    variables = _variables(step, given.variables, yaml)
    sources = {name: _sources(step, name, given.inputs, parameters) for name in step.inputs}
    bindings: dict[str, Binding] = {}
    for name, parts in sources.items():
        if parts:
            bindings[name] = Binding(many=tuple(parts))
        elif not step.inputs[name].optional:
            raise InputError(
                f"step `{step.name}` asks for input `{name}`, and nothing provides it",
                where=yaml,
                hint=f"--input {name}=FILE, or an address",
            )
    immutable = all(part.artifact is None or part.artifact.format != EXTERNAL for parts in sources.values() for part in parts)
    definition = _definition(step, given, variables, yaml, cache=immutable if given.reuse is None else given.reuse)
    return Compiled(definition=definition, parameters=parameters, bindings=bindings)


def _definition(step: Step, given: Given, variables: dict[str, str], yaml: str, *, cache: bool) -> Definition:
    written = {key: value for key, value in plain(step.serialize()).items() if key not in _DOCUMENTS}
    for parameter in written.get("parameters", []):
        for key in ("description", "category", "widget", "default"):
            parameter.pop(key, None)
    for declared in written.get("inputs", []):
        for key in ("description", "default"):
            declared.pop(key, None)
    if given.image:
        written["image"] = given.image
    if given.command:
        written["command"] = given.command
    written.pop("environment-variables", None)
    written["environment-variable-groups"] = list(dict.fromkeys([*step.environment_variable_groups, *given.groups]))
    if given.no_output_timeout is not None:
        written["no-output-timeout"] = given.no_output_timeout
    if given.stop_condition is not None:
        written["stop-condition"] = given.stop_condition
    limit = given.time_limit if given.time_limit is not None else step.time_limit.total_seconds() if step.time_limit else None
    command = written["command"]
    return Definition(
        kind="command",
        name=step.name,
        command=command if isinstance(command, str) else tuple(command),
        dialect=DIALECT,
        words={"step": written, "variables": variables, "yaml": yaml},
        parameters=tuple(_parameter(step, name) for name in step.parameters),
        inputs=tuple(Input(name=name, form="path", many=True, optional=one.optional) for name, one in step.inputs.items()),
        outputs=(),
        time_limit=limit,
        resources=_resources(step),
        cache=cache,
        secrets=(),
        summary=(step.description or "").strip().split("\n", 1)[0],
    )


def _parameter(step: Step, name: str) -> Parameter:
    declared = step.parameters[name]
    schema: dict[str, Any] = dict(_SCHEMAS[declared.type])
    if declared.choices and declared.type != "flag":
        schema["enum"] = list(declared.choices)
    if declared.multiple:
        schema = {"type": "array", "items": schema}
    default = declared.default if declared.default is not None else None if declared.optional else msgspec.UNSET
    annotation = f"list[{_ANNOTATIONS[declared.type]}]" if declared.multiple else _ANNOTATIONS[declared.type]
    return Parameter(name=name, schema=schema, default=default, annotation=annotation)


def _resources(step: Step) -> Resources:
    data = step.resources.get_data() or {}
    cpu = (data.get("cpu") or {}).get("min")
    memory = (data.get("memory") or {}).get("max")
    gpus = (data.get("devices") or {}).get("nvidia.com/gpu")
    return Resources(cpu=float(cpu or 1.0), memory=int(memory * 1e6) if memory else None, gpu=int(gpus or 0))


def _parameters(step: Step, given: Mapping[str, Any], yaml: str) -> dict[str, Any]:
    """Typed values of all parameters that have one."""
    values: dict[str, Any] = {}
    for name, declared in step.parameters.items():
        value = given.get(name, declared.default)
        if value is None:
            if not declared.optional:
                raise ParameterError(f"step `{step.name}` needs the parameter `{name}`", where=yaml, hint=f"--param {name}=VALUE")
            values[name] = None
            continue
        try:
            values[name] = _flag(value) if declared.type == "flag" else _texts(declared, declared.validate(_split(declared, value)))
        except (ValidationErrors, ValueError) as error:
            problems = "; ".join(str(one) for one in getattr(error, "errors", [error]))
            raise ParameterError(f"parameter `{name}` of step `{step.name}`: {problems}", where=yaml) from error
    return values


def _split(declared: Any, value: Any) -> Any:
    """Words of a command line for a parameter that takes several values."""
    if declared.multiple and isinstance(value, str):
        return [] if value == "" else value.split(declared.multiple_separator)
    return value


def _texts(declared: Any, value: Any) -> Any:
    if declared.type != "string":
        return value
    return [str(one) for one in value] if isinstance(value, list) else str(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0", ""):
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def _variables(step: Step, given: Mapping[str, str], yaml: str) -> dict[str, str]:
    values = {name: str(one.default) for name, one in step.environment_variables.items() if one.default is not None}
    values |= {name: str(value) for name, value in given.items() if value is not None}
    for name, one in step.environment_variables.items():
        if not one.optional and not values.get(name):
            raise UsageError(f"step `{step.name}` needs the environment variable `{name}`", where=yaml, hint=f"--env {name}=VALUE")
    return values


def _sources(step: Step, name: str, given: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Binding]:
    wanted = given[name] if name in given else step.inputs[name].default
    parts = [] if wanted is None else [wanted] if isinstance(wanted, str | Binding) else list(wanted)
    return [part if isinstance(part, Binding) else binding_of(interpolated(part, parameters)) for part in parts if part]


def interpolated(address: str, parameters: Mapping[str, Any]) -> str:
    """An address with `{parameter:NAME}` replaced; what is no parameter stays."""

    def value(match: re.Match[str]) -> str:
        found = parameters.get(match[1])
        return match[0] if found is None else str(found)

    return _PLACE.sub(value, address)


def binding_of(address: str) -> Binding:
    """What an input's address means: something of the record, or something to be fetched when the run starts."""
    scheme, mark, rest = address.partition("://")
    if mark and scheme == "datum":
        return Binding(datum=datum_named(address))
    if mark and scheme == "dataset":
        return Binding(dataset=f"dataset://{rest.rstrip('/')}")
    if mark and scheme == "model":
        name, _, version = rest.rstrip("/").partition("/")
        return Binding(model=f"model://{name}@{version or 'latest'}")
    data = address.encode()
    return Binding(artifact=Artifact(name=address, digest=digest_bytes(data), size=len(data), format=EXTERNAL, inline=data))


def datum_named(address: str) -> str:
    """A datum's address in our words: by its number, or by an alias. Raises InputError for the identifier of somebody else's datum."""
    word = address.removeprefix("datum://").rstrip("/")
    number = number_of("datum", word)
    if number is not None:
        return str(DatumRef(number))
    if _UUID.fullmatch(word.lower()):
        raise InputError(
            f"`{address}` names an output in the record of another system",
            hint="--input NAME=FILE, an alias such as datum://NAME, or a dataset: dataset://NAME/latest",
        )
    return str(parse_datum_ref(word))


def plain(value: Any) -> Any:
    """The ordered mappings of the parser as plain ones."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
