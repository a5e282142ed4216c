"""Pipelines: asked for as nodes and edges, with nodes that an earlier pipeline has performed already."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from treadle.compat.valohai import told
from treadle.compat.valohai.commits import usable
from treadle.compat.valohai.data import numbered
from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.executions import groups_of, options_of, stopped, variables_of
from treadle.compat.valohai.wire import ValohaiError, answer, listed
from treadle.contract.projects import Commit, Project
from treadle.contract.runs import Run, RunRef, get_run, submit
from treadle.core.errors import UnknownRun, UsageError
from treadle.valohai import pipelines
from treadle.valohai.identity import number_of, uuid_of
from treadle.valohai.pipelines import CURRENT, MIMIC, Plan

NOUN = "pipelines"


class NewPipeline(msgspec.Struct):
    project: str = ""
    title: str = ""
    tags: list[str] = []
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    parameters: dict[str, dict[str, Any]] = {}
    reuse_executions: bool = False


@route("POST", "pipelines/")
async def create(ask: Ask) -> Any:
    said = await ask.body(NewPipeline)
    project = await ask.project(said.project)
    for node in said.nodes:
        if not isinstance(node.get("name"), str):
            raise ValohaiError(400, "required", "a node has no name", "nodes")
    current = _current(said.nodes)
    nodes = [pipelines.normal(node, current=current) for node in said.nodes]
    nodes = [await _mimicked(ask, node, project) if node.get("type") == MIMIC else node for node in nodes]
    plan = Plan(
        name=said.title or "pipeline",
        nodes=nodes,
        edges=[_edge(edge) for edge in said.edges],
        parameters=said.parameters,
        reuse=said.reuse_executions,
        title=said.title,
        variables=variables_of(project),
        groups=groups_of(project),
    )
    try:
        pipelines.check(plan)
    except UsageError as error:
        raise ValohaiError(400, "invalid", f"{error.what}; {error.hint}" if error.hint else error.what, "nodes") from error
    commit = await usable(ask, project, current)
    others: dict[str, Commit] = {one: await usable(ask, project, one) for one in pipelines.commits(plan)}
    plan = msgspec.structs.replace(plan, yaml=commit.yaml, texts={CURRENT: commit.text or ""})
    codes = {name: (one.code, one.text or "") for name, one in others.items() if one.code is not None}
    assert commit.code is not None
    options = options_of(said.tags, said.title, commit, (await ask.door.caller(ask.request)).actor)
    run = await ask.perform(submit, pipelines.submission(plan, codes, commit.code, options), project=project.name)
    return answer(told.summary_of(run, project, ask, NOUN), 201)


def _current(nodes: list[dict[str, Any]]) -> str:
    """The commit that most nodes are of."""
    found = Counter(
        str(template["commit"]) for node in nodes if isinstance(template := node.get("template"), dict) and template.get("commit")
    )
    if not found:
        raise ValohaiError(400, "required", "no node names a commit", "nodes")
    return found.most_common(1)[0][0]


def _edge(edge: dict[str, Any]) -> dict[str, Any]:
    """An edge with its ends taken apart: they may come as `node.type.key`, too."""
    made = dict(edge)
    for end in ("source", "target"):
        if isinstance(made.get(end), str):
            made[f"{end}_node"], made[f"{end}_type"], made[f"{end}_key"] = [*made.pop(end).split(".", 2), "", ""][:3]
        for part in ("node", "type", "key"):
            if not isinstance(made.get(f"{end}_{part}"), str):
                raise ValohaiError(400, "required", f"an edge has no {end}_{part}", "edges")
    return made


async def _mimicked(ask: Ask, node: dict[str, Any], project: Project) -> dict[str, Any]:
    """A node that stands for one of an earlier pipeline: what that gave is taken as it is."""
    number = number_of("node", str(node.get("source", "")))
    try:
        run = await ask.perform(get_run, RunRef(run=str(number or 0)), project=project.name)
    except UnknownRun as error:
        raise ValohaiError(400, "does_not_exist", f"node `{node['name']}` stands for a node that is not known", "nodes") from error
    if run.state != "done":
        raise ValohaiError(400, "invalid", f"node `{node['name']}` stands for run {run.id}, which is {run.state}", "nodes")
    outputs = await numbered(ask, run, project)
    bindings = {name: list(one.many or (one,)) for name, one in run.bindings.items()}
    kept = {"parameters": run.parameters, "outputs": outputs, "bindings": bindings, "metadata": told.metadata_of(run), "run": run.id}
    return node | {"mimics": msgspec.to_builtins(kept, builtin_types=(bytes,))}


@route("GET", "pipelines/")
async def list_all(ask: Ask) -> dict[str, Any]:
    return listed([told.summary_of(run, project, ask, NOUN) for run, project in await told.search(ask, told.PIPELINES)])


@route("GET", "pipelines/{reference}/")
async def detail(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.PIPELINES)
    made = told.summary_of(run, project, ask, NOUN)
    made |= {"nodes": _nodes(run, project, ask), "edges": _words(run).get("edges", [])}
    made["parameters"] = _words(run).get("parameters", {})
    return told.without(made, ask)


def _nodes(run: Run, project: Project, ask: Ask) -> list[dict[str, Any]]:
    """The declared nodes with what became of them; of a pipeline that is none of Valohai's, its runs. A node that was not begun has no
    identifier yet."""
    begun = {child.tags.get("valohai.node") or child.step: child for child in run.children if child.kind != "approval"}
    waiting = {child.tags.get("valohai.node") for child in run.children if child.kind == "approval" and not child.ended}
    declared: list[dict[str, Any]] = _words(run).get("nodes") or [{"name": name, "type": "execution"} for name in begun]
    made: list[dict[str, Any]] = []
    for node in declared:
        child = begun.get(node["name"])
        entry: dict[str, Any] = {"id": None, "name": node["name"], "type": node.get("type", "execution"), "status": "created"}
        if child is not None:
            noun = "tasks" if child.kind == "pipeline" else "executions"
            entry |= {"id": uuid_of("node", child.id), "status": told.status_of(child)}
            entry[noun.removesuffix("s")] = told.summary_of(child, project, ask, noun)
        elif node.get("type") == MIMIC:
            entry |= {"id": node.get("source"), "status": "complete"}
        if node["name"] in waiting:
            entry["status"] = "awaiting_approval"
        made.append(entry)
    return made


def _words(run: Run) -> dict[str, Any]:
    return run.definition.words if run.definition is not None else {}


@route("POST", "pipelines/{reference}/stop/")
async def stop_it(ask: Ask) -> dict[str, Any]:
    run, project = await told.find(ask, NOUN, told.PIPELINES)
    return await stopped(ask, run, project, "pipeline")
