"""Looking ahead: a pipeline's body is performed with nothing behind it, to see its calls and what of them would be reused.

A call whose equal run exists has a value, so the body goes on through it. Where the body uses a value that nobody has computed
yet, the plan ends: what follows depends on it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract import runs as words
from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, Environment, Options, Planned, SubmitRun
from treadle.contract.work import ChildCall, Job, JobInput, Settled
from treadle.core.ids import new_key
from treadle.worker.body import Body
from treadle.worker.host import WorkerHost
from treadle.worker.wire import Channel, Launch, pair


class PlannedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call that a pipeline would make. `reuse` is the run whose result it would take; else `because` says why it would run."""

    call: str
    step: str
    waits_for: tuple[str, ...]
    reuse: int | None
    because: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The calls in order. `open_end` says, in words, why the plan could not look further; None when it is complete."""

    calls: tuple[PlannedCall, ...]
    open_end: str | None = None


class UnknownValue(BaseException):
    """The body used a value that has not been computed. No Exception: user code that catches those must not go on with nothing."""


class PlanBody(Body):
    """Takes the step calls of a body that is only looked at."""

    def _settle(self, call: str) -> Settled:
        if call not in self.settled:
            self.channel.send("await", call)
            answer = self._answer("settled")
            if answer is None:
                raise UnknownValue(call)
            self.settled[call] = msgspec.convert(answer, Settled)
        return self.settled[call]

    def _stored(self, artifact: Artifact) -> Artifact:
        return artifact  # nothing is kept of a plan


def look_ahead(
    host: WorkerHost, contents: Any, call: Callable[..., Any], submission: SubmitRun, root: Path, environment: Environment, folder: Path
) -> Plan:
    """Performs the body of a submitted pipeline without running anything, and asks of each call whether it would be reused."""
    folder.mkdir(parents=True)
    job = Job(
        attempt=f"plan-{new_key()}",
        token="",
        run=0,
        run_name="plan",
        number=1,
        root=0,
        project="default",
        definition=submission.definition,
        parameters=submission.parameters,
        inputs={i.name: _input(submission, i.name, i.source) for i in submission.definition.inputs},
        code=submission.code,
        environment=environment,
        options=Options(),
        seed=0,
    )
    ours, theirs = pair()
    host.fork(Launch(id=job.attempt, folder=str(folder), job=job, root=str(root), plan=True), theirs)
    theirs.close()
    try:
        return _Desk(Channel(ours), contents, call, environment).converse()
    finally:
        ours.close()
        shutil.rmtree(folder, ignore_errors=True)


def _input(submission: SubmitRun, name: str, source: str | None) -> JobInput:
    """What the body is shown for an input: something to pass on, by name only."""
    binding = submission.bindings.get(name)
    if binding is not None and binding.artifact is not None:
        return JobInput(artifacts=(binding.artifact,))
    if binding is not None and binding.datum is not None:
        return JobInput(artifacts=(Artifact(name=binding.datum, digest="", size=0, format="file"),))
    ref = (binding.dataset or binding.model if binding is not None else source) or ""
    if ref.startswith("model://"):
        return JobInput(artifacts=(Artifact(name=ref.removeprefix("model://"), digest="", size=0, format="model"),))
    return JobInput(
        artifacts=(Artifact(name=ref.removeprefix("dataset://"), digest="", size=0, format="dataset", tree=True),) if ref else ()
    )


class _Desk:
    """The side that answers the body."""

    def __init__(self, channel: Channel, contents: Any, call: Callable[..., Any], environment: Environment) -> None:
        self.channel = channel
        self.contents = contents
        self.call = call
        self.environment = environment
        self.outputs: dict[str, tuple[Artifact, ...]] = {}
        self.rows: list[PlannedCall] = []

    def converse(self) -> Plan:
        open_end: str | None = None
        while (messages := self.channel.receive()) is not None:
            for kind, body, _ in messages:
                if kind == "call":
                    self._plan(msgspec.convert(body, ChildCall, builtin_types=(bytes,)))
                elif kind == "await":
                    self._settle(body)
                elif kind == "fetch":
                    artifact = msgspec.convert(body, Artifact, builtin_types=(bytes,))
                    self.channel.send(
                        "fetched", str(self.contents.folder(artifact.digest) if artifact.tree else self.contents.local(artifact.digest))
                    )
                elif kind == "open-end":
                    open_end = str(body)
        return Plan(calls=tuple(self.rows), open_end=open_end)

    def _plan(self, child: ChildCall) -> None:
        waits = tuple(
            dict.fromkeys([*child.after, *(b.call for top in child.bindings.values() for b in (top.many or (top,)) if b.call is not None)])
        )
        unknown = [name for name in waits if name not in self.outputs]
        if unknown:
            self._note(child, waits, Planned(because=f"it waits for {', '.join(unknown[:3])}"))
            return
        bindings = {name: self._bound(binding) for name, binding in child.bindings.items()}
        assert child.code is not None
        request = words.PlanRun(
            definition=child.definition, parameters=child.parameters, bindings=bindings, code=child.code, environment=self.environment
        )
        planned: Planned = self.call(words.plan, request)
        if planned.reuse is not None:
            self.outputs[child.call] = planned.outputs
        self._note(child, waits, planned)

    def _bound(self, binding: Binding) -> Binding:
        if binding.many is not None:
            return Binding(many=tuple(self._bound(part) for part in binding.many))
        if binding.call is not None:
            return Binding(artifact=next(a for a in self.outputs[binding.call] if a.name == binding.output))
        return binding

    def _note(self, child: ChildCall, waits: tuple[str, ...], planned: Planned) -> None:
        self.rows.append(
            PlannedCall(call=child.call, step=child.definition.name, waits_for=waits, reuse=planned.reuse, because=planned.because)
        )

    def _settle(self, call: str) -> None:
        outputs = self.outputs.get(call)
        self.channel.send("settled", None if outputs is None else Settled(run=0, name="plan", step=call, state="done", outputs=outputs))
