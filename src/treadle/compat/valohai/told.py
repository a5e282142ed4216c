"""Runs as Valohai's clients see them: executions, tasks and pipelines, each known by its project and its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from treadle.compat.valohai.access import ENVIRONMENT, environment, user
from treadle.compat.valohai.door import Ask
from treadle.compat.valohai.projects import project_of
from treadle.compat.valohai.wire import ValohaiError, moment
from treadle.contract.data import Artifact
from treadle.contract.projects import Project
from treadle.contract.runs import Binding, ListRuns, Run, RunRef, get_run, list_runs
from treadle.core.errors import UnknownRun
from treadle.valohai.identity import named, number_of, uuid_of
from treadle.valohai.steps import EXTERNAL

EXECUTIONS = "kind in (step, command)"
TASKS = 'kind = pipeline and tags."valohai.kind" = task'
PIPELINES = f"kind = pipeline and not {TASKS.partition(' and ')[2]}"
METADATA = "@metadata"

_STATES = {
    "created": ("queued",),
    "queued": ("queued",),
    "started": ("starting", "running"),
    "stopping": ("starting", "running"),
    "incomplete": ("queued", "starting", "running"),
    "complete": ("done",),
    "error": ("failed",),
    "crashed": ("failed",),
    "stopped": ("stopped",),
}
_ENDED = {"done": "complete", "failed": "error", "stopped": "stopped"}
_PAGE = 1000


def status_of(run: Run) -> str:
    if run.state in _ENDED:
        return _ENDED[run.state]
    return "stopping" if run.stop_requested else "queued" if run.state == "queued" else "started"


def summary_of(run: Run, project: Project, ask: Ask, noun: str) -> dict[str, Any]:
    """What lists say of a run; `noun` is executions, tasks or pipelines."""
    url = f"{ask.base}/api/v0/{noun}/{uuid_of('run', run.id)}/"
    ended = run.ended_at if run.ended_at is not None else None
    return {
        "id": uuid_of("run", run.id),
        "counter": run.id,
        "status": status_of(run),
        "step": run.step,
        "title": run.tags.get("valohai.title", ""),
        "tags": sorted(name for name, value in run.tags.items() if value == "" and not name.startswith("valohai.")),
        "ctime": moment(run.queued_at),
        "start_time": moment(run.started_at),
        "duration": (ended - run.started_at) if ended is not None and run.started_at is not None else None,
        "creator": user(run.actor),
        "project": {"id": named("project", project.name), "name": project.name},
        "url": url,
        "urls": {"display": f"{ask.base}/runs/{run.id}", "stop": f"{url}stop/"},
        "deleted": run.deleted_at is not None,
    }


def execution_of(run: Run, project: Project, ask: Ask) -> dict[str, Any]:
    """Everything of one execution but its outputs, which are data of their own."""
    made = summary_of(run, project, ask, "executions")
    step = run.definition.words.get("step", {}) if run.definition is not None else {}
    command = step.get("command", "")
    commit = run.tags.get("valohai.commit") or (run.code.commit if run.code else None) or ""
    made |= {
        "project": project_of(project, ask),
        "commit": {"identifier": commit},
        "environment": environment() | {"name": ENVIRONMENT},
        "image": step.get("image", ""),
        "command": command if isinstance(command, str) else "\n".join(command),
        "parameters": run.parameters,
        "inputs": [{"name": name, "urls": addresses(binding)} for name, binding in run.bindings.items()],
        "cumulative_metadata": metadata_of(run),
        "status_detail": run.tags.get("valohai.status-detail", ""),
        "error": run.error.message if run.error else None,
        "reused_from": uuid_of("run", run.reused_from) if run.reused_from else None,
    }
    if "valohai.task" in run.tags:
        made["task"] = {"id": uuid_of("run", int(run.tags["valohai.task"])), "counter": int(run.tags["valohai.task"])}
    elif run.root != run.id:
        made["pipeline"] = {"id": uuid_of("run", run.root), "counter": run.root}
    return made


def addresses(binding: Binding) -> list[str]:
    """Where an input comes from, as its addresses."""
    found: list[str] = []
    for part in binding.many or (binding,):
        if part.dataset is not None:
            found.append(re.sub(r"^(dataset://)?([^@]+)@?(.*)$", lambda m: f"dataset://{m[2]}/{m[3] or 'latest'}", part.dataset))
        elif part.model is not None:
            found.append(re.sub(r"^(model://)?([^@]+)@?(.*)$", lambda m: f"model://{m[2]}/{m[3] or 'latest'}", part.model))
        elif part.artifact is not None:
            found.append(_address(part.artifact))
    return found


def _address(artifact: Artifact) -> str:
    if artifact.format == EXTERNAL:
        return (artifact.inline or b"").decode(errors="replace")
    return f"datum://{uuid_of('datum', artifact.datum)}" if artifact.datum is not None else f"artifact://{artifact.digest}/{artifact.name}"


def metadata_of(run: Run) -> dict[str, Any]:
    """The last value of everything that a run printed: as it kept them in the end, before that its metrics."""
    for one in (*run.outputs, *run.logged):
        if one.name == METADATA and one.inline is not None:
            found: dict[str, Any] = msgspec.json.decode(one.inline)
            return found
    return {metric.name: metric.last for metric in run.metrics}


async def find(ask: Ask, noun: str, condition: str) -> tuple[Run, Project]:
    """The run that a path names: `PROJECT:NUMBER`, `PROJECT:latest`, or an identifier. Raises ValohaiError (404)."""
    reference = ask.path["reference"]
    owner, _, counter = reference.rpartition(":")
    number = number_of("run", reference)
    if owner:
        projects: Sequence[Project] = [await ask.project(owner)]
    elif number is not None:
        projects, counter = await ask.projects(), str(number)
    else:
        raise ValohaiError(404, "not_found", f"there is nothing known as {reference[:80]}")
    for project in projects:
        if counter == "latest":
            page = await ask.perform(list_runs, ListRuns(query=condition, children=True, limit=1), project=project.name)
            counter = str(page.runs[0].id) if page.runs else "0"
        try:
            return await ask.perform(get_run, RunRef(run=counter), project=project.name), project
        except UnknownRun:
            continue
    raise ValohaiError(404, "not_found", f"there is no such thing among the {noun}: {reference[:80]}")


async def search(ask: Ask, condition: str) -> list[tuple[Run, Project]]:
    """The runs that a list's query asks for, the newest first."""
    one = await ask.project_of_query()
    terms = [condition]
    if counters := ask.queries("counter"):
        terms.append(f"id in ({', '.join(str(_whole(text)) for text in counters)})")
    if statuses := ask.queries("status"):
        states = {state for status in statuses for state in _STATES.get(status, ())}
        if not states:
            raise ValohaiError(400, "invalid", f"there is no status {', '.join(statuses)[:80]}", "status")
        terms.append(f"state in ({', '.join(sorted(states))})")
    if ask.query("deleted").lower() == "true":
        terms.append("not deleted is null")
    sort = "id" if ask.query("ordering") in ("counter", "ctime") else "-id"
    creator, limit, skip = ask.query("creator"), ask.number("limit", 100), ask.number("offset", 0)
    found: list[tuple[Run, Project]] = []
    for project in [one] if one else await ask.projects():
        after: str | None = None
        while len(found) < limit + skip:
            asked = ListRuns(
                query=" and ".join(f"({term})" for term in terms), sort=sort, children=True, limit=min(_PAGE, limit + skip), after=after
            )
            page = await ask.perform(list_runs, asked, project=project.name)
            found += [
                (run, project)
                for run in page.runs
                if (not statuses or status_of(run) in statuses or "incomplete" in statuses or "crashed" in statuses)
                and (not creator or creator in (run.actor, named("user", run.actor)))
            ]
            after = page.next
            if after is None:
                break
    return found[skip : skip + limit]


def _whole(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise ValohaiError(400, "invalid", f"`{text[:40]}` is no number", "counter")
    return int(text)


def without(made: dict[str, Any], ask: Ask) -> dict[str, Any]:
    """An answer without what the query excludes."""
    excluded = set(ask.queries("exclude"))
    return {name: value for name, value in made.items() if name not in excluded}
