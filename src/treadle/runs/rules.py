"""The rules of runs: pure functions of values. Which moves a state allows, when to try again, what makes two runs equal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from treadle.contract.runs import Code, Difference, End, Environment, KeyPart
from treadle.core.content import digest_value
from treadle.core.definition import Definition, Retry
from treadle.core.errors import InputError, ParameterError, StateError

ENDED = ("done", "failed", "stopped")

_MOVES = {
    ("queued", "claim"): "starting",
    ("queued", "reuse"): "done",
    ("queued", "stop"): "stopped",
    ("queued", "fail"): "failed",
    ("starting", "begin"): "running",
    ("running", "begin"): "running",
    ("starting", "finish"): "done",
    ("running", "finish"): "done",
    ("starting", "fail"): "failed",
    ("running", "fail"): "failed",
    ("starting", "stop"): "stopped",
    ("running", "stop"): "stopped",
    ("starting", "retry"): "queued",
    ("running", "retry"): "queued",
    ("failed", "resume"): "queued",
    ("stopped", "resume"): "queued",
}

LOSSES_FORGIVEN = 3
"""How often a run is tried again because its worker was lost, without counting as a failure of the run's own code."""


def move(state: str, event: str) -> str:
    """The state that follows; the one function that knows the moves."""
    following = _MOVES.get((state, event))
    if following is None:
        raise StateError(f"a run that is {state} cannot {event}")
    return following


def after_end(end: End, *, failures: int, losses: int, retry: Retry, stop_requested: bool, keeper: bool) -> tuple[str, float]:
    """What follows the end of an attempt: the event for `move`, and the seconds to wait before another try.

    `failures` and `losses` count the earlier attempts that ended so. A lost worker is not the code's fault: the run is tried
    again up to LOSSES_FORGIVEN times as long as somebody (`keeper`) is there to do it; with nobody there it is marked failed,
    so that nothing waits unseen. A code that was never able to start (a missing package, a wrong parameter) is not retried.
    """
    if end.kind == "done":
        return "finish", 0.0
    if end.kind == "stopped" or stop_requested:
        return "stop", 0.0
    if end.kind == "lost":
        return ("retry", retry_delay(Retry(times=LOSSES_FORGIVEN), losses)) if keeper and losses < LOSSES_FORGIVEN else ("fail", 0.0)
    if end.kind == "start" or failures >= retry.times:
        return "fail", 0.0
    return "retry", retry_delay(retry, failures)


def retry_delay(retry: Retry, failures: int) -> float:
    """Seconds before the next try after `failures` earlier ones: delay * factor ** failures, at most `most`."""
    return min(retry.delay * retry.factor**failures, retry.most)


def key_definition(definition: Definition) -> str:
    """The digest of what a definition contributes to a result.

    How often it is retried, its limits and resources, where it runs, its documentation and its defaults (their values are
    among the parameters) change nothing in what it computes, so they are left out.
    """
    return digest_value(
        "step",
        {
            "kind": definition.kind,
            "module": definition.file or definition.module,
            "function": definition.function,
            "name": definition.name if definition.function is None else None,
            "command": definition.command,
            "parameters": [p.name for p in definition.parameters],
            "inputs": [(i.name, i.form, i.many) for i in definition.inputs],
            "outputs": [(o.name, o.format, o.path, o.dataset, *([o.model] if o.model else ())) for o in definition.outputs],
            "environment": definition.environment,
            "version": definition.cache if isinstance(definition.cache, str) else None,
            "seed": definition.seed,
            **({"dialect": definition.dialect, "words": definition.words} if definition.dialect else {}),
        },
    )


def cache_key(
    definition: Definition,
    code: Code | None,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, Iterable[str]],
    environment: str,
    seed: int | None,
) -> str:
    """The key under which equal runs meet (docs/design.md, section 5): definition, code, parameters, input digests, environment."""
    return digest_value(
        "run",
        {
            "definition": key_definition(definition),
            "code": code.digest if code else None,
            "parameters": parameters,
            "inputs": {name: list(digests) for name, digests in inputs.items()},
            "environment": environment,
            "seed": seed,
        },
    )


def run_seed(definition: Definition, chosen: int | None, parameters: Mapping[str, Any]) -> int:
    """The seed of a run: the one chosen, else the declared one, else one that follows from step and parameters alone, so that
    the same call is seeded alike wherever and whenever it is made."""
    if chosen is not None:
        return chosen
    if definition.seed is not None:
        return definition.seed
    return int(digest_value("seed", {"step": definition.name, "parameters": parameters})[:8], 16)


def check_arguments(definition: Definition, parameters: Mapping[str, Any], bindings: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with defaults filled in; raises ParameterError or InputError naming what is unknown, missing or twice."""
    known = {p.name for p in definition.parameters} | {i.name for i in definition.inputs}
    for name in [*parameters, *bindings]:
        if name not in known:
            words = ", ".join(f"`{n}`" for n in sorted(known)) or "none"
            raise ParameterError(
                f"{definition.kind} `{definition.name}` has no parameter `{name}`",
                where=_place(definition),
                hint=f"its arguments are {words}",
            )
    filled: dict[str, Any] = {}
    for parameter in definition.parameters:
        if parameter.name in parameters:
            filled[parameter.name] = parameters[parameter.name]
        elif parameter.name in bindings:
            continue
        elif parameter.default is not msgspec.UNSET:
            filled[parameter.name] = parameter.default
        else:
            raise ParameterError(
                f"{definition.kind} `{definition.name}` needs the parameter `{parameter.name}`",
                where=_place(definition),
                hint=f"--param {parameter.name}={parameter.annotation or 'VALUE'}",
            )
    for declared in definition.inputs:
        if declared.name not in bindings and declared.source is None and not declared.optional:
            raise InputError(
                f"{definition.kind} `{definition.name}` asks for input `{declared.name}`, and nothing provides it",
                where=_place(definition),
                hint=f'--input {declared.name}=dataset://NAME, or a default in the code: {declared.name} = dataset("NAME")',
            )
    return filled


def _place(definition: Definition) -> str | None:
    if definition.file is None:
        return None
    return f"{definition.file}:{definition.line}" if definition.line else definition.file


def compare_code(here: Code | None, there: Code | None) -> tuple[str, ...]:
    """Which files and functions differ between two codes, each in words."""
    a, b = (here.parts if here else {}), (there.parts if there else {})
    lines = [f"{part} changed" for part in sorted(a.keys() & b.keys()) if a[part] != b[part]]
    lines += [f"{part} is new" for part in sorted(a.keys() - b.keys())]
    lines += [f"{part} is gone" for part in sorted(b.keys() - a.keys())]
    return tuple(lines)


def compare_environment(here: Environment | None, there: Environment | None) -> tuple[str, ...]:
    """Which distributions (or the interpreter) differ between two environments, each in words."""
    if here is None or there is None:
        return ()
    lines = [f"python {there.python} -> {here.python}"] if here.python != there.python else []
    if here.platform != there.platform:
        lines.append(f"platform {there.platform} -> {here.platform}")
    a, b = here.distributions, there.distributions
    names = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
    return tuple(lines) + tuple(f"{name} {b.get(name, 'absent')} -> {a.get(name, 'absent')}" for name in names)


def compare_values(here: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[str, ...]:
    """Which named values differ, each in words: `lr 0.1 -> 0.2`."""
    lines = []
    for name in sorted(here.keys() | there.keys()):
        if name not in there:
            lines.append(f"{name} = {here[name]!r} is new")
        elif name not in here:
            lines.append(f"{name} = {there[name]!r} is gone")
        elif here[name] != there[name]:
            lines.append(f"{name} {there[name]!r} -> {here[name]!r}")
    return tuple(lines)


def key_parts(
    here: tuple[Definition, Code | None, Environment | None, Mapping[str, Any], Mapping[str, str]],
    there: tuple[Definition, Code | None, Environment | None, Mapping[str, Any], Mapping[str, str]],
) -> tuple[KeyPart, ...]:
    """The parts of the cache key of two runs side by side, with what differs inside each."""
    definition, code, environment, parameters, inputs = here
    other_definition, other_code, other_environment, other_parameters, other_inputs = there
    rows = [
        ("definition", key_definition(definition), key_definition(other_definition), ("how the step is declared",)),
        ("code", code.digest if code else "", other_code.digest if other_code else "", compare_code(code, other_code)),
        ("parameters", digest_value("p", parameters), digest_value("p", other_parameters), compare_values(parameters, other_parameters)),
        ("inputs", digest_value("i", inputs), digest_value("i", other_inputs), compare_values(_short(inputs), _short(other_inputs))),
        (
            "environment",
            environment.digest if environment else "",
            other_environment.digest if other_environment else "",
            compare_environment(environment, other_environment),
        ),
    ]
    return tuple(
        KeyPart(part=part, equal=a == b, here=a[:12], there=b[:12], detail=() if a == b else detail) for part, a, b, detail in rows
    )


def _short(inputs: Mapping[str, str]) -> dict[str, str]:
    return {name: digest[:12] for name, digest in inputs.items()}


def differences(section: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """Every name of either side with both values as text."""
    return [
        Difference(section=section, name=name, a=_text(a.get(name)), b=_text(b.get(name)), equal=a.get(name) == b.get(name))
        for name in sorted(a.keys() | b.keys())
    ]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return f"{value:.6g}" if isinstance(value, float) else str(value)
