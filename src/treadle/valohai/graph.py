"""The body of a pipeline of Valohai: starts its nodes as their sources end, and carries along edges what these gave.

Each node is one run: an execution, a sweep for a task, an approval that somebody gives. So a body that is performed again after a
crash finds them on record under the same names and goes on.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from valohai_yaml.objs.config import Config
from valohai_yaml.objs.step import Step

from treadle.contract.data import Artifact
from treadle.contract.deployments import AddDeploymentVersion
from treadle.contract.runs import Binding, Code, Options
from treadle.contract.sweeps import definition_of
from treadle.contract.work import ChildCall, Settled
from treadle.core.content import digest_file
from treadle.core.definition import APPROVAL, Definition, Retry
from treadle.core.errors import DefinitionError, InputError, RunFailed
from treadle.valohai import conditions, reading, tasks
from treadle.valohai.applications import application_of
from treadle.valohai.identity import uuid_of
from treadle.valohai.pipelines import CURRENT, DEPLOYMENT, MIMIC, Plan
from treadle.valohai.sources import glob_matches
from treadle.valohai.steps import Given, compile_step
from treadle.worker.body import Body
from treadle.worker.trials import printed, with_source

TRIES = 3
"""How often a node with `on-error: retry` is tried in all."""


class _Node(msgspec.Struct, kw_only=True):
    """A node at work. States: waiting, asked (an approval is out), running, checked (done, and an approval is out), done, failed,
    skipped."""

    words: dict[str, Any]
    state: str = "waiting"
    call: str = ""
    parameters: dict[str, Any] = {}
    variables: dict[str, str] = {}
    bindings: dict[str, list[Binding]] = {}
    settled: Settled | None = None
    outputs: list[Artifact] = []
    metadata: dict[str, Any] = {}
    deployed: dict[str, str] = {}
    """The identifiers of what a deployment node has made."""
    approved: bool = False

    @property
    def name(self) -> str:
        return str(self.words["name"])

    @property
    def policy(self) -> str:
        return str(self.words.get("on-error") or "stop-all")


def perform(body: Body, parameters: dict[str, Any]) -> list[Artifact]:
    """Performs the pipeline of `body`'s run; raises RunFailed when it does not end well. It has no outputs of its own."""
    plan = msgspec.convert(body.launch.job.definition.words, Plan)
    Graph(body, plan, parameters).perform()
    return []


class Graph:
    def __init__(self, body: Body, plan: Plan, parameters: dict[str, Any]) -> None:
        self.body, self.plan, self.parameters = body, plan, parameters
        self.nodes = {str(words["name"]): _Node(words=words) for words in plan.nodes}
        self.configs: dict[str, Config] = {}
        self.calls: dict[str, _Node] = {}
        self.ended = ""
        self.failed: list[str] = []

    def perform(self) -> None:
        while not self.ended:
            self._start_ready()
            waiting = [call for call, node in self.calls.items() if node.state in ("asked", "running", "checked") and node.call == call]
            if not waiting or self.ended:
                break
            call, settled = self.body.await_any(waiting)
            self._take(self.calls[call], settled)
        self._stop_rest()
        if self.failed:
            raise RunFailed("; ".join(self.failed))

    def _stop_rest(self) -> None:
        calls = [node.call for node in self.nodes.values() if node.state in ("asked", "running", "checked")]
        if calls:
            self.body.stop(calls)
            for call in calls:
                self.body.await_any([call])

    # --- starting -------------------------------------------------------------------------------------------------------------

    def _start_ready(self) -> None:
        moved = True
        while moved and not self.ended:
            moved = False
            for node in self.nodes.values():
                if node.state != "waiting":
                    continue
                sources = [self.nodes[edge["source_node"]] for edge in self._edges_to(node)]
                if any(source.state == "skipped" or (source.state == "failed" and source.policy != "continue") for source in sources):
                    node.state, moved = "skipped", True
                elif all(source.state in ("done", "failed") for source in sources):
                    self._begin(node) if node.words["type"] != MIMIC else self._mimic(node)
                    moved = True

    def _edges_to(self, node: _Node) -> list[dict[str, Any]]:
        return [edge for edge in self.plan.edges if edge["target_node"] == node.name]

    def _begin(self, node: _Node) -> None:
        template = node.words.get("template") or {}
        node.parameters = {name: value for name, value in (template.get("parameters") or {}).items() if not isinstance(value, dict)}
        if not node.approved and self._act(node, "node-starting"):
            return None
        if self.ended:
            return None
        if node.words["type"] == DEPLOYMENT:
            return self._deploy(node)
        call = f"{node.name}#0"
        self.calls[call] = node
        node.call, node.state = call, "running"
        self.body.channel.send("call", self._call_of(node, call))
        return None

    def _deploy(self, node: _Node) -> None:
        """Makes a version of a deployment out of the files that edges bring to its endpoints. A body that is performed again finds it."""
        job = self.body.launch.job
        commit = str(node.words["commit"])
        code = job.code if commit == CURRENT else self.plan.commits[commit]
        if code is None:
            raise DefinitionError(f"the code of node `{node.name}` of pipeline `{self.plan.name}` is not stored", where=self.plan.yaml)
        files: dict[str, Binding] = {}
        for edge in self._edges_to(node):
            if _single(edge["target_type"]) == "file":
                source, key = self.nodes[edge["source_node"]], str(edge["source_key"])
                found = self._outputs(source, key)
                if len(found) != 1:
                    held = ", ".join(sorted(one.name for one in source.outputs if not one.name.startswith("@"))) or "nothing"
                    raise InputError(
                        f"`{source.name}.output.{key}` brings {len(found)} files to `{node.name}.file.{edge['target_key']}`, which is one: "
                        f"`{source.name}` gave {held}",
                        where=self.plan.yaml,
                        hint="treadle lint",
                    )
                files[str(edge["target_key"])] = found[0]
        config = self._config(commit)
        wanted = [name for name, one in node.words["endpoint-configurations"].items() if one.get("enabled", True)]
        made = self.body.deploy(
            AddDeploymentVersion(
                key=f"run {job.run} {node.name}",
                deployment=str(node.words["deployment"]),
                project=job.project,
                commit=code.commit or "",
                code=code,
                applications={name: application_of(config, name, files, self.plan.yaml) for name in wanted},
                variables=dict(self.plan.variables),
                groups=self.plan.groups,
                aliases=tuple(str(one) for one in node.words.get("aliases") or ()),
            )
        )
        node.deployed = {"id": made.deployment, "version_id": uuid_of("deployment", made.id), "version_name": made.name}
        node.state = "done"
        if self._act(node, "node-complete"):
            node.state = "checked"

    def _mimic(self, node: _Node) -> None:
        """The node has been performed by an earlier pipeline: what that gave is taken as it is."""
        kept = node.words["mimics"]
        node.parameters, node.metadata = dict(kept["parameters"]), dict(kept["metadata"])
        node.outputs = [with_source(one, int(kept["run"])) for one in msgspec.convert(kept["outputs"], list[Artifact])]
        node.bindings = msgspec.convert(kept["bindings"], dict[str, list[Binding]])
        node.state = "done"

    def _call_of(self, node: _Node, call: str) -> ChildCall:
        template = node.words["template"]
        commit = str(template["commit"])
        step = self._step(commit, str(template["step"]))
        code = self.body.launch.job.code if commit == CURRENT else self.plan.commits[commit]
        given, spread = self._given(node, step, template)
        if node.words["type"] == "task":
            return self._task(node, call, step, template, given, spread, code)
        compiled = compile_step(step, given, yaml=self.plan.yaml)
        node.parameters, node.variables = compiled.parameters, compiled.definition.words["variables"]
        node.bindings = {name: list(one.many or (one,)) for name, one in compiled.bindings.items()}
        definition = compiled.definition
        if node.policy == "retry":
            definition = msgspec.structs.replace(definition, retry=Retry(times=TRIES - 1, delay=1.0))
        return ChildCall(
            call=call,
            definition=definition,
            parameters=compiled.parameters,
            bindings=compiled.bindings,
            code=code,
            options=self._options(node),
        )

    def _options(self, node: _Node) -> Options:
        tags = {"valohai.node": node.name} | {
            name: value for name, value in self.body.launch.job.options.tags.items() if name in ("valohai.creator", "valohai.commit")
        }
        return Options(tags=tags)

    def _task(
        self, node: _Node, call: str, step: Step, template: dict[str, Any], given: Given, spread: dict[str, Any], code: Code | None
    ) -> ChildCall:
        wanted, fixed = tasks.of_template(template, given.parameters, spread)
        given = msgspec.structs.replace(given, parameters=fixed)
        sweep = tasks.sweep_of(step, wanted, given, code, yaml=self.plan.yaml, options=self._options(node))
        node.parameters = sweep.parameters
        node.bindings = {name: list(one.many or (one,)) for name, one in sweep.bindings.items()}
        options = self._options(node)
        options = msgspec.structs.replace(options, tags=options.tags | tasks.TAGS)
        return ChildCall(call=call, definition=definition_of(node.name, sweep), bindings=sweep.bindings, code=code, options=options)

    def _step(self, commit: str, name: str) -> Step:
        step = self._config(commit).steps.get(name)
        if step is None:
            raise DefinitionError(f"pipeline `{self.plan.name}` asks for the step `{name}`", where=self.plan.yaml, hint="treadle lint")
        return step

    def _config(self, commit: str) -> Config:
        if commit not in self.configs:
            text = self.plan.texts.get(commit)
            if text is None:
                text = (Path(self.body.launch.root) / self.plan.yaml).read_text()
            self.configs[commit] = reading.parse(text, self.plan.yaml)
        return self.configs[commit]

    # --- what edges bring -----------------------------------------------------------------------------------------------------

    def _given(self, node: _Node, step: Step, template: dict[str, Any]) -> tuple[Given, dict[str, Any]]:
        """What the node is given by its template, the pipeline's parameters and its edges; and the lists that spread over a task."""
        parameters = {name: value for name, value in (template.get("parameters") or {}).items() if name in step.parameters}
        parameters = {name: value for name, value in parameters.items() if value is not None}
        inputs: dict[str, Any] = {name: list(value or []) for name, value in (template.get("inputs") or {}).items() if name in step.inputs}
        variables = dict(self.plan.variables)
        variables |= {str(name): str(value) for name, value in (template.get("environment-variables") or {}).items() if value is not None}
        spread: dict[str, Any] = {}
        for name, one in self.plan.parameters.items():
            for target in (one.get("config") or {}).get("targets") or []:
                where, _, key = [*str(target).split(".", 2), "", ""][:3]
                if where == node.name:
                    self._set(node, step, key, self.parameters.get(name, one.get("expression")), parameters, spread)
        taken: dict[str, list[Binding]] = defaultdict(list)
        for edge in self._edges_to(node):
            source, kind, key = self.nodes[edge["source_node"]], _single(edge["source_type"]), str(edge["source_key"])
            target, name = _single(edge["target_type"]), str(edge["target_key"])
            if target == "input":
                found = self._outputs(source, key) if kind == "output" else self._inputs(source, key)
                taken[name] += found
                if not found and source.state == "done" and not (name in step.inputs and step.inputs[name].optional):
                    held = ", ".join(sorted(one.name for one in source.outputs if not one.name.startswith("@"))) or "nothing"
                    raise InputError(
                        f"`{source.name}.{kind}.{key}` brings nothing to input `{name}` of `{node.name}`: `{source.name}` gave {held}",
                        where=self.plan.yaml,
                        hint="treadle lint",
                    )
            elif target == "parameter":
                values = {"parameter": source.parameters, "metadata": source.metadata, "deployment": source.deployed}.get(kind, {})
                if key in values:
                    self._set(node, step, name, values[key], parameters, spread)
                elif source.state == "done":
                    raise InputError(
                        f"`{source.name}.{kind}.{key}` has no value for parameter `{name}` of `{node.name}`",
                        where=self.plan.yaml,
                        hint=f"`{source.name}` said {', '.join(sorted(values)) or 'nothing'}",
                    )
            elif target == "environment-variable" and key in source.variables:
                variables[name] = source.variables[key]
        for name, bindings in taken.items():
            append = node.words.get("edge-merge-mode") == "append"
            inputs[name] = [*(inputs.get(name) or []), *bindings] if append else bindings
        runtime = template.get("runtime-config") or {}
        return (
            Given(
                parameters=parameters,
                inputs=inputs,
                image=template.get("image"),
                command=template.get("command"),
                variables=variables,
                groups=(*self.plan.groups, *(template.get("environment-variable-groups") or ())),
                time_limit=template.get("time-limit"),
                no_output_timeout=runtime.get("no_output_timeout"),
                reuse=self.plan.reuse,
            ),
            spread,
        )

    def _set(self, node: _Node, step: Step, name: str, value: Any, parameters: dict[str, Any], spread: dict[str, Any]) -> None:
        if name not in step.parameters:
            known = ", ".join(f"`{one}`" for one in step.parameters) or "none"
            raise DefinitionError(
                f"`{node.name}` of pipeline `{self.plan.name}` has no parameter `{name}`", where=self.plan.yaml, hint=f"its are {known}"
            )
        if isinstance(value, dict) and value.get("style") == "single":
            value = (value.get("rules") or {}).get("value")
        if node.words["type"] == "task" and isinstance(value, list) and not step.parameters[name].multiple:
            spread[name] = {"style": "multiple", "rules": {"items": value}}
            parameters.pop(name, None)
            return
        if value == "" and step.parameters[name].type != "string":  # a pipeline parameter that nobody gave
            return
        parameters[name] = value

    def _outputs(self, source: _Node, pattern: str) -> list[Binding]:
        made: list[Binding] = []
        for artifact in source.outputs:
            if artifact.about.get("outputs"):
                made += self._inside(artifact, pattern)
            elif not artifact.name.startswith("@") and artifact.format != "dataset" and glob_matches(artifact.name, pattern):
                made.append(Binding(artifact=artifact))
        return made

    def _inside(self, folder: Artifact, pattern: str) -> list[Binding]:
        """The files of a run that had very many."""
        root = self.body.near(folder)
        source = str(folder.about.get("source", ""))
        made: list[Binding] = []
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            if path.is_file() and glob_matches(name, pattern):
                about = {"name": name} | ({"source": source} if source else {})
                artifact = Artifact(name=name, digest=digest_file(path), size=path.stat().st_size, format="file", about=about)
                made.append(Binding(artifact=artifact))
        return made

    def _inputs(self, source: _Node, pattern: str) -> list[Binding]:
        return [one for name, parts in source.bindings.items() if glob_matches(name, pattern) for one in parts]

    # --- what has happened ----------------------------------------------------------------------------------------------------

    def _take(self, node: _Node, settled: Settled) -> None:
        if node.state in ("asked", "checked"):
            if settled.state == "done":
                node.approved = True
                node.state = "waiting" if node.state == "asked" else "done"
            else:
                node.state = "skipped"
                self.failed.append(f"node `{node.name}` was not approved (run {settled.run})")
                self.ended = "not approved"
            return
        node.settled = settled
        if settled.state == "done":
            self._done(node)
        else:
            self._error(node, settled)

    def _done(self, node: _Node) -> None:
        assert node.settled is not None
        node.state = "done"
        node.metadata = printed(node.settled)
        node.outputs = [with_source(one, node.settled.run) for one in node.settled.outputs]
        if node.words["type"] == "task":
            node.metadata |= _together(node.settled)
        if self._act(node, "node-complete"):
            node.state = "checked"

    def _error(self, node: _Node, settled: Settled) -> None:
        node.state = "failed"
        end = settled.error
        said = f"node `{node.name}` {settled.state} (run {settled.run}): {end.message.splitlines()[0] if end and end.message else ''}"
        self._act(node, "node-error")
        if node.policy in ("stop-all", "retry"):
            self.ended = self.ended or said
        if node.policy != "continue":
            self.failed.append(said)

    def _act(self, node: _Node, when: str) -> bool:
        """Performs the node's actions; answers whether an approval is out."""
        for action in node.words.get("actions") or []:
            if when not in _words(action.get("when")):
                continue
            if not all(conditions.holds(one, node.metadata, node.parameters) for one in _words(action.get("if"))):
                continue
            for then in _words(action.get("then")):
                if then == "stop-pipeline":
                    self.ended = self.ended or f"node `{node.name}` stopped the pipeline"
                elif then == "error-pipeline":
                    self.ended = self.ended or f"node `{node.name}` ended the pipeline"
                    self.failed.append(
                        f"node `{node.name}` ended the pipeline with an error: {' and '.join(_words(action.get('if'))) or when}"
                    )
                elif then == "require-approval":
                    self._ask(node, when)
                    return True
        return False

    def _ask(self, node: _Node, when: str) -> None:
        call = f"approve {node.name}#{0 if when == 'node-starting' else 1}"
        self.calls[call] = node
        node.call, node.state = call, "asked"
        definition = Definition(kind=APPROVAL, name=f"approve {node.name}", outputs=(), cache=False, summary=f"{node.name}: {when}")
        self.body.channel.send("call", ChildCall(call=call, definition=definition, options=self._options(node)))


def _together(settled: Settled) -> dict[str, Any]:
    """The metadata of a task: for each key the last values of all its executions, in order."""
    found: dict[str, list[Any]] = defaultdict(list)
    for artifact in settled.outputs:
        if artifact.name == "@metadata" and artifact.inline is not None:
            for name, value in msgspec.json.decode(artifact.inline).items():
                found[name].append(value)
    return dict(found)


def _words(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _single(kind: Any) -> str:
    """`outputs` and `parameters` are read as what was meant."""
    return str(kind).rstrip("s") if str(kind) in ("outputs", "inputs", "parameters", "files") else str(kind)
