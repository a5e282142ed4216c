"""What a project's file declares about its loop, as words of the contract: put together in the process that imported the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from treadle.contract import triggers as words
from treadle.contract.runs import Binding, Options, SubmitRun
from treadle.core.definition import Definition
from treadle.core.errors import DefinitionError
from treadle.sdk import loop
from treadle.sdk.define import Command, DatasetSource, Declared
from treadle.sdk.models import Model
from treadle.worker import load


class Collected(msgspec.Struct, frozen=True):
    """The declarations of a file. Runs have neither code nor environment yet."""

    endpoints: list[dict[str, Any]]
    monitors: list[dict[str, Any]]
    triggers: list[dict[str, Any]]


def collect(root: Path, file: str) -> Collected:
    """Everything that was declared while this process imported `file`."""
    load.load(root, file)
    found = loop.declared
    triggers = [msgspec.to_builtins(_trigger(one, root, file)) for one in found.triggers]
    return Collected(
        endpoints=[msgspec.to_builtins(one) for one in found.endpoints],
        monitors=[msgspec.to_builtins(one) for one in found.monitors],
        triggers=triggers,
    )


def _trigger(made: loop.DeclaredTrigger, root: Path, file: str) -> words.Declared:
    source = made.waiting.source
    acts = tuple(_act(made.name, act, root, fresh=isinstance(source, words.Git)) for act in made.do)
    return words.Declared(name=made.name, when=source, do=acts, limits=made.limits, paused=made.paused, file=file)


def _act(trigger: str, act: Any, root: Path, *, fresh: bool) -> words.Act:
    if isinstance(act, loop.Task):
        return words.Run(submission=_submission(trigger, act, root), fresh=fresh)
    if isinstance(act, words.Operate | words.Notify | words.Add):
        return act
    raise DefinitionError(f"trigger `{trigger}` was given {act!r} to do", hint="do.run(...), do.call(...), do.notify(...), do.add(...)")


def _submission(trigger: str, task: loop.Task, root: Path) -> SubmitRun:
    """Arguments become parameters or bindings. A value to be filled in from the news is checked when the run is submitted."""
    target = task.target
    if not isinstance(target, Declared | Command):
        raise DefinitionError(f"trigger `{trigger}` runs {target!r}, which is no step or pipeline", hint="do.run(NAME), without brackets")
    definition = within(target.definition, root)
    bindings = {n: _binding(trigger, n, v) for n, v in task.arguments.items() if definition.input(n) is not None}
    given = {n: v for n, v in task.arguments.items() if n not in bindings}
    for name in given:
        if definition.parameter(name) is None:
            known = ", ".join(p.name for p in definition.parameters) or "none"
            raise DefinitionError(
                f"`{definition.name}` has no parameter `{name}`", where=f"trigger `{trigger}`", hint=f"its parameters are {known}"
            )
    later = {n: v for n, v in given.items() if _has_place(v)}
    values = load.converted(target, {n: v for n, v in given.items() if n not in later}, from_text=False)
    entry = f"{definition.file}::{definition.function or definition.name}"
    try:
        options = msgspec.convert({**task.options, "entry": entry}, Options)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"trigger `{trigger}` was given options that a run has not: {error}") from error
    return SubmitRun(key="", definition=definition, parameters={**msgspec.to_builtins(values), **later}, bindings=bindings, options=options)


def _binding(trigger: str, name: str, value: Any) -> Binding:
    if isinstance(value, DatasetSource):
        return Binding(dataset=f"dataset://{value.ref}")
    if isinstance(value, Model):
        return Binding(model=f"model://{value.ref}")
    if isinstance(value, str) and value.startswith("model://"):
        return Binding(model=value)
    if isinstance(value, str):
        return Binding(dataset=value if value.startswith("dataset://") else f"dataset://{value}")
    raise DefinitionError(f"trigger `{trigger}` gives {value!r} as the input `{name}`", hint='a source: "dataset://NAME@v{version}"')


def _has_place(value: Any) -> bool:
    """Whether a value holds `{name}`, to be filled in from the news."""
    if isinstance(value, str):
        return "{" in value.replace("{{", "")
    return isinstance(value, list | tuple) and any(map(_has_place, value))


def within(definition: Definition, root: Path) -> Definition:
    """The definition with its file relative to the project's root."""
    from treadle.worker.nursery import within as relative

    made: Definition = relative(definition, root)
    return made
