"""Pipelines of Valohai as plans: nodes and edges in the words of its API, whatever they were written in."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import msgspec
from valohai_yaml.objs.config import Config
from valohai_yaml.objs.pipelines.pipeline import Pipeline
from valohai_yaml.pipelines.conversion import PipelineConverter

from treadle.contract.runs import Code, Options, SubmitRun
from treadle.core.definition import Definition, Parameter
from treadle.core.errors import CircleError, DefinitionError, ParameterError
from treadle.core.ids import new_key
from treadle.valohai.steps import DIALECT, plain

CURRENT = ""
"""The commit of nodes that say none: the one that the pipeline itself is from."""


DEPLOYMENT = "deployment"
"""The type of nodes that make a version of a deployment."""
MIMIC = "mimic"
"""The type of nodes that stand for one of an earlier pipeline; what that gave stands in them under "mimics"."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`nodes` and `edges` are the API's; `parameters` map a name to {"config", "expression"}. `reuse`: whether equal earlier runs
    answer (None: those whose inputs are all immutable). `commits` are the codes and files of other commits."""

    name: str
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    parameters: dict[str, dict[str, Any]] = {}
    yaml: str = "valohai.yaml"
    reuse: bool | None = None
    commits: dict[str, Code] = {}
    texts: dict[str, str] = {}
    """The valohai.yaml of each commit, and under CURRENT that of the pipeline."""
    title: str = ""
    variables: dict[str, str] = {}
    """Environment variables of all nodes, and the groups of them that all are given."""
    groups: tuple[str, ...] = ()


def plan_of(config: Config, pipeline: Pipeline, arguments: Mapping[str, Any], *, yaml: str, cache: bool) -> Plan:
    """The plan of a declared pipeline. Raises DefinitionError for one that cannot be performed, ParameterError for unknown names."""
    known = {one.name for one in pipeline.parameters}
    for name in arguments:
        if name not in known:
            hint = f"its parameters are {', '.join(f'`{one}`' for one in sorted(known)) or 'none'}"
            raise ParameterError(f"pipeline `{pipeline.name}` has no parameter `{name}`", where=yaml, hint=hint)
    try:
        converted = PipelineConverter(config=config, commit_identifier="current", parameter_arguments=dict(arguments)).convert_pipeline(
            pipeline
        )
    except ValueError as error:
        raise DefinitionError(f"pipeline `{pipeline.name}`: {error}", where=yaml, hint="treadle lint") from error
    nodes = [normal(node, current="current") for node in plain(converted["nodes"])]
    plan = Plan(
        name=pipeline.name,
        nodes=nodes,
        edges=plain(converted["edges"]),
        parameters=plain(converted["parameters"]),
        yaml=yaml,
        reuse=False if not cache else True if pipeline.reuse_executions else None,
    )
    check(plan)
    return plan


def normal(node: dict[str, Any], *, current: str) -> dict[str, Any]:
    """A node with one spelling of its keys, and CURRENT for the commit that the pipeline is from."""
    made = {key.replace("_", "-"): value for key, value in node.items()}
    template = made.get("template")
    if isinstance(template, dict):
        template = {key.replace("_", "-"): value for key, value in template.items()}
        commit = template.get("commit") or current
        made["template"] = template | {"commit": CURRENT if commit == current else commit}
    elif made.get("type") == DEPLOYMENT:
        commit = made.get("commit") or current
        made["commit"] = CURRENT if commit == current else commit
    return made


def commits(plan: Plan) -> list[str]:
    """The other commits whose steps the plan performs."""
    found = {node["template"]["commit"] for node in plan.nodes if isinstance(node.get("template"), dict)}
    found |= {node["commit"] for node in plan.nodes if node["type"] == DEPLOYMENT}
    return sorted(found - {CURRENT})


def check(plan: Plan) -> None:
    """Raises DefinitionError for edges to nodes that are not there, CircleError for nodes that wait for each other."""
    names = [node["name"] for node in plan.nodes]
    for node in plan.nodes:
        if node.get("type") not in ("execution", "task", DEPLOYMENT, MIMIC):
            raise DefinitionError(
                f"node `{node['name']}` of pipeline `{plan.name}` is of the type `{node.get('type')}`, which is none",
                where=plan.yaml,
                hint="execution, task or deployment",
            )
        if node["type"] == DEPLOYMENT and not node.get("endpoint-configurations"):
            raise DefinitionError(
                f"node `{node['name']}` of pipeline `{plan.name}` names no endpoint", where=plan.yaml, hint="endpoints: [NAME]"
            )
    if len(set(names)) != len(names):
        raise DefinitionError(f"pipeline `{plan.name}` has two nodes of one name", where=plan.yaml, hint="treadle lint")
    for edge in plan.edges:
        for key in ("source_node", "target_node"):
            if edge[key] not in names:
                near = difflib.get_close_matches(edge[key], names, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"its nodes are {', '.join(f'`{one}`' for one in names)}"
                raise DefinitionError(f"an edge of pipeline `{plan.name}` names the node `{edge[key]}`", where=plan.yaml, hint=hint)
    waits = {name: {edge["source_node"] for edge in plan.edges if edge["target_node"] == name} for name in names}
    while ready := [name for name, sources in waits.items() if not sources]:
        for name in ready:
            del waits[name]
        for sources in waits.values():
            sources.difference_update(ready)
    if waits:
        raise CircleError(f"nodes of pipeline `{plan.name}` wait for each other: {', '.join(sorted(waits))}", where=plan.yaml)


def submission(plan: Plan, codes: Mapping[str, tuple[Code, str]], code: Code, options: Options) -> SubmitRun:
    """What running the plan comes to. `codes` are the code and the file of each other commit."""
    whole = msgspec.structs.replace(
        plan,
        commits={commit: pair[0] for commit, pair in codes.items()},
        texts=plan.texts | {commit: pair[1] for commit, pair in codes.items()},
    )
    parameters = tuple(Parameter(name=name, schema={}, default=one.get("expression")) for name, one in plan.parameters.items())
    definition = Definition(
        kind="pipeline",
        name=plan.name,
        dialect=DIALECT,
        words=msgspec.to_builtins(whole),
        parameters=parameters,
        outputs=(),
        cache=False,
        summary=plan.title,
    )
    # Whether results are reused was decided in the plan.
    return SubmitRun(
        key=new_key(), definition=definition, parameters={one.name: one.default for one in parameters}, code=code, options=options
    )
