"""A pipeline's body at work: its step calls become runs, its waiting becomes waiting for runs.

The body runs in a process of its own and talks to its supervisor only. Each call is named by the step and the how-manieth call
of that step it is; the record answers a call that it already holds, so a body that is performed again after a crash goes on
where the record ends.
"""

from __future__ import annotations

import inspect
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.deployments import AddDeploymentVersion, DeploymentVersion
from treadle.contract.runs import Binding, Code, End, Options
from treadle.contract.sweeps import Sweep, definition_of
from treadle.contract.work import ChildCall, RecordedCall, Settled
from treadle.core.content import digest_bytes
from treadle.core.definition import Definition, Output
from treadle.core.errors import InputError, ParameterError, RunFailed, from_problem
from treadle.sdk import formats
from treadle.sdk.capture.code import closure
from treadle.sdk.define import Command, DatasetSource, Declared
from treadle.sdk.handles import Handle, settled
from treadle.sdk.models import Model
from treadle.worker import load
from treadle.worker.wire import Channel, Launch


class InputHandle:
    """An input of the pipeline itself: passed on to steps without being loaded."""

    def __init__(self, name: str, binding: Binding) -> None:
        self.name = name
        self.binding = binding

    def __repr__(self) -> str:
        return f"<input {self.name}>"


class Body:
    """Takes the step calls of one pipeline."""

    def __init__(self, channel: Channel, launch: Launch, root: Path) -> None:
        self.channel = channel
        self.launch = launch
        self.root = root
        self.counts: Counter[str] = Counter()
        self.settled: dict[str, Settled] = {}
        self.paths: dict[str, str] = {}
        self.values: dict[tuple[str, str | None], Any] = {}
        self._codes: dict[int, tuple[Definition, Code]] = {}
        self._heard: deque[tuple[str, Any]] = deque()

    # --- calls ------------------------------------------------------------------------------------------------------

    def call(
        self, declared: Declared[..., Any] | Command, args: tuple[Any, ...], kwargs: dict[str, Any], after: tuple[Any, ...] = ()
    ) -> Handle:
        """Records one step call; answers its handle at once."""
        definition, code = self._declaration(declared)
        parameters, bindings = self._arguments(declared, definition, self._named(declared, args, kwargs))
        call = f"{definition.name}#{self.counts[definition.name]}"
        self.counts[definition.name] += 1
        waits = tuple(handle._call for handle in after if isinstance(handle, Handle))
        child = ChildCall(
            call=call, definition=definition, parameters=parameters, bindings=bindings, after=waits, code=code, options=Options()
        )
        self.channel.send("call", child)
        return Handle(self, call, definition, None if len(definition.outputs) != 1 else definition.outputs[0].name)

    def sweep(self, declared: Declared[..., Any] | Command, given: dict[str, Any], wanted: Sweep, name: str) -> Handle:
        """Records one sweep over a step; answers its handle at once."""
        definition, code = self._declaration(declared)
        parameters, bindings = self._arguments(declared, definition, given)
        fed = tuple(parameter for parameter in definition.parameters if parameter.name in bindings)
        made = definition_of(name, msgspec.structs.replace(wanted, definition=definition, code=code, parameters=parameters), parameters=fed)
        call = f"{name}#{self.counts[name]}"
        self.counts[name] += 1
        self.channel.send("call", ChildCall(call=call, definition=made, bindings=bindings, code=self.launch.job.code))
        shown = msgspec.structs.replace(made, outputs=(*made.outputs, *definition.outputs))
        return Handle(self, call, shown, None)

    def _arguments(
        self, declared: Declared[..., Any] | Command, definition: Definition, named: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Binding]]:
        parameters: dict[str, Any] = {}
        bindings: dict[str, Binding] = {}
        for name, value in named.items():
            if definition.parameter(name) is not None:
                self._parameter(declared, name, value, parameters, bindings)
            elif definition.input(name) is not None:
                bindings[name] = self._binding(declared, name, value)
            else:
                known = ", ".join(f"`{n}`" for n in [*(p.name for p in definition.parameters), *(i.name for i in definition.inputs)])
                raise ParameterError(f"`{declared.name}` has no argument `{name}`", hint=f"its arguments are {known or 'none'}")
        return parameters, bindings

    def _declaration(self, declared: Declared[..., Any] | Command) -> tuple[Definition, Code]:
        """A step's definition relative to the project, and the code its result can depend on; once per step."""
        known = self._codes.get(id(declared))
        if known is None:
            known = self._codes[id(declared)] = (
                placed := _within(declared.definition, self.root),
                step_code(placed, self.root, self.launch.job.code),
            )
        return known

    def _named(self, declared: Declared[..., Any] | Command, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if isinstance(declared, Command):
            return kwargs
        try:
            return dict(inspect.signature(declared.function).bind(*args, **kwargs).arguments)
        except TypeError as error:
            raise ParameterError(
                f"the call of `{declared.name}` does not fit its arguments: {error}",
                hint=f"{declared.name}{inspect.signature(declared.function)}",
            ) from None

    def _parameter(
        self, declared: Declared[..., Any] | Command, name: str, value: Any, parameters: dict[str, Any], bindings: dict[str, Binding]
    ) -> None:
        if isinstance(value, Handle) or (isinstance(value, list | tuple) and value and all(isinstance(v, Handle) for v in value)):
            bindings[name] = self._binding(declared, name, value)
            return
        plain = _without_handles(value)
        try:
            parameters[name] = msgspec.to_builtins(load.converted(declared, {name: msgspec.to_builtins(plain)}, from_text=False)[name])
        except TypeError as error:
            raise ParameterError(
                f"parameter `{name}` of `{declared.name}` was given {type(plain).__name__}, which is no plain data"
            ) from error

    def _binding(self, declared: Declared[..., Any] | Command, name: str, value: Any) -> Binding:
        if isinstance(value, Handle):
            if value._output is None:
                outputs = ", ".join(value._outputs()) or "none"
                raise InputError(
                    f"`{declared.name}({name}=...)` was given all outputs of `{value._call}` at once", hint=f"choose one of them: {outputs}"
                )
            return Binding(call=value._call, output=value._output)
        if isinstance(value, InputHandle):
            return value.binding
        if isinstance(value, DatasetSource):
            return Binding(dataset=f"dataset://{value.ref}")
        if isinstance(value, Model):
            return Binding(model=f"model://{value.ref}")
        if isinstance(value, list | tuple) and any(isinstance(v, Handle | InputHandle | DatasetSource | Model) for v in value):
            return Binding(many=tuple(self._binding(declared, name, v) for v in value))
        return Binding(artifact=self._given(declared, name, value))

    def _given(self, declared: Declared[..., Any] | Command, name: str, value: Any) -> Artifact:
        """A value that the body itself made, handed to a step: saved like an output."""
        from treadle.worker.child import save_one

        folder = Path(self.launch.folder) / "out"
        folder.mkdir(exist_ok=True)
        target = folder / f"given-{len(list(folder.iterdir()))}-{name}"
        artifact = save_one(Output(name=name), value, target, declared.name)
        return self._stored(artifact)

    def _stored(self, artifact: Artifact) -> Artifact:
        """Has the supervisor take a saved file into the store."""
        if artifact.inline is not None:
            return artifact
        self.channel.send("store", artifact)
        return msgspec.convert(self._answer("stored"), Artifact)

    # --- values -----------------------------------------------------------------------------------------------------

    def value(self, call: str, output: str | None) -> Any:
        """The value of a call's output; waits until its run has ended."""
        key = (call, output)
        if key not in self.values:
            done = self._settle(call)
            artifacts = {artifact.name: artifact for artifact in done.outputs}
            if output is not None:
                self.values[key] = self._load(artifacts[output])
            else:
                self.values[key] = tuple(self._load(a) for a in done.outputs) or None
        return self.values[key]

    def _settle(self, call: str) -> Settled:
        if call not in self.settled:
            self.channel.send("await", call)
            self.settled[call] = msgspec.convert(self._answer("settled"), Settled)
        done = self.settled[call]
        if done.state != "done":
            end = done.error or End(kind=done.state)
            reason = end.message.strip().splitlines()
            raise RunFailed(
                f"run {done.run} {done.name} ({done.step}, {done.state}): {reason[0] if reason else end.kind}",
                where=end.place,
                hint=f"treadle logs {done.run}",
            )
        return done

    def _load(self, artifact: Artifact) -> Any:
        source: bytes | Path | None = artifact.inline
        if source is None:
            source = self.near(artifact)
        return formats.load(artifact.format, source, "value", consent=artifact.pickled)

    def near(self, artifact: Artifact) -> Path:
        """Where the bytes of an artifact lie on this machine, brought here by the supervisor: a file, or a folder for a tree."""
        self.channel.send("fetch", artifact)
        return Path(self._answer("fetched"))

    def _answer(self, expected: str) -> Any:
        return self._next((expected,))[1]

    def _next(self, expected: tuple[str, ...]) -> tuple[str, Any]:
        while True:
            while self._heard:
                kind, body = self._heard.popleft()
                if kind == "refused":
                    raise from_problem(body)
                if kind in expected:
                    return kind, body
            messages = self.channel.receive()
            if messages is None:
                raise RunFailed("the supervisor of this pipeline has gone")
            self._heard.extend((kind, body) for kind, body, _ in messages)

    # --- several at once --------------------------------------------------------------------------------------------

    def recorded(self) -> list[RecordedCall]:
        """The calls that the record holds already: of this body, when it was performed before."""
        self.channel.send("recorded", None)
        return msgspec.convert(self._answer("recorded"), list[RecordedCall])

    def await_any(self, calls: list[str], progress: Callable[[dict[str, Any]], None] | None = None) -> tuple[str, Settled]:
        """Waits until the run of one of these calls has ended; answers which, and how. `progress` is told now and then what the
        last value and step of each metric of the others is."""
        for call in calls:
            if call in self.settled:
                return call, self.settled[call]
        self.channel.send("await-any", {"calls": calls, "progress": progress is not None})
        while True:
            kind, body = self._next(("settled-any", "progress"))
            if kind == "progress":
                if progress is not None:
                    progress(body)
                continue
            self.settled[body["call"]] = msgspec.convert(body["settled"], Settled, builtin_types=(bytes,))
            return body["call"], self.settled[body["call"]]

    def deploy(self, version: AddDeploymentVersion) -> DeploymentVersion:
        """Makes a version of a deployment; one that this body has made before, by its key, is answered."""
        self.channel.send("deploy", version)
        return msgspec.convert(self._answer("deployed"), DeploymentVersion, builtin_types=(bytes,))

    def stop(self, calls: list[str]) -> None:
        """Stops the runs of these calls, and what they have started."""
        self.channel.send("stop", calls)

    # --- the pipeline's own inputs and outputs ----------------------------------------------------------------------

    def inputs(self) -> dict[str, Any]:
        """What the function receives for its inputs: something to pass on."""
        made: dict[str, Any] = {}
        for name, given in self.launch.job.inputs.items():
            handles = [InputHandle(name, binding_of(artifact)) for artifact in given.artifacts]
            made[name] = handles if given.many else handles[0]
        return made

    def outputs(self, declared: Declared[..., Any], result: Any) -> list[Artifact]:
        """The pipeline's outputs: what it returned, where each handle stands for its run's artifact. Waits for all calls."""
        from treadle.worker.child import _parts, save_one

        for call in [f"{step}#{i}" for step, count in self.counts.items() for i in range(count)]:
            self._settle(call)
        outputs = _within(declared.definition, self.root).outputs
        if not outputs or (result is None and outputs == (Output(name="result"),)):
            return []
        folder = Path(self.launch.folder) / "out"
        folder.mkdir(exist_ok=True)
        made: list[Artifact] = []
        for output, value in zip(outputs, _parts(outputs, result, declared.name), strict=True):
            if isinstance(value, Handle) and value._output is not None:
                artifacts = {artifact.name: artifact for artifact in self._settle(value._call).outputs}
                made.append(msgspec.structs.replace(artifacts[value._output], name=output.name))
            else:
                made.append(save_one(output, _without_handles(value), folder / output.name, declared.name))
        return made


def _within(definition: Definition, root: Path) -> Definition:
    from treadle.worker.nursery import within

    made: Definition = within(definition, root)
    return made


def step_code(definition: Definition, root: Path, code: Code | None) -> Code:
    """The code that one step's result can depend on, with the snapshot and commit of the project it belongs to."""
    file = Path(definition.file) if definition.file else None
    base = code or Code(digest="")
    if file is None:
        return base
    path = file if file.is_absolute() else root / file
    if not str(path).startswith(str(root)):  # a step that comes with an installed package: its file is its code
        digest = digest_bytes(path.read_bytes())
        return msgspec.structs.replace(base, digest=digest, parts={path.name: digest})
    # A model's check is found by the variable that declares it: what that statement names is what the check can depend on.
    function = definition.function.partition(".")[0] if definition.function and definition.registers else definition.function
    found = closure(root, path, files=definition.files, function=function)
    return msgspec.structs.replace(base, digest=found.digest, parts=found.parts, warnings=found.warnings)


def binding_of(artifact: Artifact) -> Binding:
    """What passes an input of a pipeline on to one of its calls."""
    if artifact.format == "dataset":
        return Binding(dataset=artifact.name)
    return Binding(model=f"model://{artifact.name}") if "@v" in artifact.name else Binding(artifact=artifact)


def _without_handles(value: Any) -> Any:
    """A value with every handle in it replaced by its value; waits for them."""
    if isinstance(value, Handle):
        return settled(value)
    if isinstance(value, InputHandle):
        raise InputError(f"`{value.name}` is an input of the pipeline and cannot be used as plain data", hint="pass it to a step")
    if isinstance(value, list):
        return [_without_handles(v) for v in value]
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_without_handles(v) for v in value)
    if isinstance(value, dict):
        return {k: _without_handles(v) for k, v in value.items()}
    return value
