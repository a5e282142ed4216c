"""The folders and files that a run of Valohai's contract finds: its repository, inputs, outputs and config."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.work import Job
from treadle.core.errors import DataError
from treadle.valohai import sources
from treadle.valohai.identity import named, uuid_of
from treadle.valohai.steps import EXTERNAL

FOLDERS = ("repository", "inputs", "outputs", "config")


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the folder of an input, at `place` below that folder; one that is not `near` is fetched from `address` on demand only."""

    input: str
    input_id: str
    place: str
    uri: str
    size: int = 0
    checksums: dict[str, str] = {}
    properties: dict[str, Any] = {}
    datum: int | None = None
    near: bool = True
    address: str = ""


class _Near(msgspec.Struct, frozen=True):
    """A file that is on this machine now, or (`Listed`) where it can be had; and what the record knows of it."""

    fetched: sources.Fetched | sources.Listed
    properties: dict[str, Any] = {}
    datum: int | None = None
    checksums: dict[str, str] = {}


def make_folders(base: Path, root: Path) -> None:
    """The four folders; the repository is a copy, so that whatever the run writes there stays its own."""
    base.mkdir(parents=True, exist_ok=True)
    shutil.copytree(root, base / "repository", dirs_exist_ok=True, symlinks=True, ignore=shutil.ignore_patterns(".treadle-complete"))
    for name in FOLDERS[1:]:
        (base / name).mkdir(exist_ok=True)


def place_inputs(
    job: Job, paths: Mapping[str, list[str | None]], base: Path, cache: Path, say: sources.Say, *, link: bool, fresh: bool
) -> list[Placed]:
    """Brings the files of all inputs into their folders. Raises DataError for what cannot be had."""
    placed: list[Placed] = []
    declared = {one["name"]: one for one in job.definition.words["step"].get("inputs", [])}
    for name, value in job.inputs.items():
        options = declared.get(name, {})
        folder = base / "inputs" / name
        if folder.resolve().parent != (base / "inputs").resolve():
            raise DataError(f"the input `{name}` would lie outside of the folder of inputs")
        folder.mkdir(exist_ok=True)
        keep = options.get("keep-directories", "none")
        on_demand = options.get("download") == "on-demand"
        found: list[_Near] = []
        for artifact, path in zip(value.artifacts, paths.get(name, [None] * len(value.artifacts)), strict=False):
            if artifact.format == EXTERNAL and on_demand:
                found += [_Near(one) for one in sources.listed((artifact.inline or b"").decode())]
            else:
                found += _near(artifact, path, cache, say, fresh)
        filename = options.get("filename")
        if filename and len(found) > 1:
            say(f"treadle: warning: input {name} holds {len(found)} files, so its `filename` {filename} is not used")
        taken: set[str] = set()
        for near in found:
            one = near.fetched
            wanted = filename if filename and len(found) == 1 else _kept_name(one, keep)
            place = _free(wanted, taken, name, say)
            target = folder / place
            made = Placed(
                input=name, input_id=f"{job.run}-{name}", place=place, uri=one.source, properties=near.properties, datum=near.datum
            )
            if isinstance(one, sources.Listed):
                target.parent.mkdir(parents=True, exist_ok=True)
                placed.append(msgspec.structs.replace(made, near=False, address=one.address))
                continue
            sources.placed(one.path, target, link=link and not on_demand)  # what is fetched on demand is written into that folder
            checksums = near.checksums or sources.checksums(one.path)
            placed.append(msgspec.structs.replace(made, size=one.path.stat().st_size, checksums=checksums))
    return placed


def _near(artifact: Artifact, path: str | None, cache: Path, say: sources.Say, fresh: bool) -> list[_Near]:
    if artifact.format == EXTERNAL:
        return [_Near(one) for one in sources.fetch((artifact.inline or b"").decode(), cache, say, fresh=fresh)]
    uri = f"artifact://{artifact.digest}" if artifact.datum is None else f"datum://{uuid_of('datum', artifact.datum)}"
    properties = artifact.about.get("properties") or {}
    if path is None:  # it travelled within the record
        kept = cache / "inline"
        kept.mkdir(parents=True, exist_ok=True)
        file = kept / artifact.digest
        if not file.exists():
            part = kept / f".{artifact.digest}-{os.getpid()}"
            part.write_bytes(artifact.inline or b"")
            part.replace(file)
        path = str(file)
    if not artifact.tree:
        fetched = sources.Fetched(path=Path(path), name=_own_name(artifact), full=artifact.name, source=uri)
        return [_Near(fetched, properties, artifact.datum, artifact.about.get("checksums") or {})]
    label = f"dataset://{artifact.name}" if artifact.format == "dataset" else uri
    return [
        _Near(
            sources.Fetched(path=file, name=(inner := str(file.relative_to(path))), full=inner, source=f"{label}/{inner}"),
            properties.get(inner) or {},
        )
        for file in sorted(Path(path).rglob("*"))
        if file.is_file()
    ]


def _own_name(artifact: Artifact) -> str:
    return PurePosixPath(str(artifact.about.get("name") or artifact.name)).name


def _kept_name(one: sources.Fetched | sources.Listed, keep: str) -> str:
    name = {"suffix": one.name, "full": one.full}.get(str(keep), PurePosixPath(one.name).name)
    parts = [part for part in PurePosixPath(name).parts if part not in ("/", "..", ".")]
    return str(PurePosixPath(*parts)) if parts else "data"


def _free(wanted: str, taken: set[str], name: str, say: sources.Say) -> str:
    place, number = wanted, 2
    while place in taken:
        pure = PurePosixPath(wanted)
        place, number = str(pure.with_name(f"{pure.stem}-{number}{pure.suffix}")), number + 1
    if place != wanted:
        say(f"treadle: warning: input {name} has several files `{wanted}`; one is `{place}` here (keep-directories keeps them apart)")
    taken.add(place)
    return place


# --- config --------------------------------------------------------------------------------------------------------------------


def write_config(
    job: Job, placed: list[Placed], config: Path, inputs: str, *, distributed: dict[str, Any] | None, api: dict[str, Any] | None
) -> None:
    """The config files, each as JSON and as YAML. `inputs` is the folder of inputs as the run will see it."""
    import yaml

    documents: dict[str, Any] = {
        "parameters": {name: value for name, value in job.parameters.items() if value is not None},
        "inputs": _inputs(placed, inputs),
        "execution": execution_facts(job),
        "runtime": {"name": "local", "hostname": socket.gethostname(), "cpu_count": os.cpu_count() or 1},
    }
    documents |= {name: one for name, one in (("distributed", distributed), ("api", api)) if one is not None}
    for name, document in documents.items():
        (config / f"{name}.json").write_text(json.dumps(document))
        (config / f"{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


def _inputs(placed: list[Placed], inputs: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in placed:
        entry: dict[str, Any] = {"name": one.place, "uri": one.uri, "size": one.size}
        entry |= {"path": f"{inputs}/{one.input}/{one.place}"} if one.near else {}
        entry |= {"datum_id": uuid_of("datum", one.datum)} if one.datum is not None else {}
        entry |= {"checksums": one.checksums, "metadata": [one.properties] if one.properties else []}
        made.setdefault(one.input, {"input_id": one.input_id, "files": []})["files"].append(entry)
    return made


def execution_facts(job: Job) -> dict[str, Any]:
    """What the run may know of itself."""
    tags = job.options.tags
    facts: dict[str, Any] = {
        "valohai.commit-identifier": (job.code.commit if job.code else None) or tags.get("valohai.commit"),
        "valohai.creator-name": tags.get("valohai.creator", ""),
        "valohai.environment-name": "local",
        "valohai.environment-slug": "local",
        "valohai.execution-counter": job.run,
        "valohai.execution-ctime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "valohai.execution-duration": 0,
        "valohai.execution-id": uuid_of("run", job.run),
        "valohai.execution-image": job.definition.words["step"]["image"],
        "valohai.execution-status": "created",
        "valohai.execution-step": job.definition.name,
        "valohai.execution-tags": sorted(name for name, value in tags.items() if value == "" and not name.startswith("valohai.")),
        "valohai.execution-title": tags.get("valohai.title", ""),
        "valohai.project-id": named("project", job.project),
        "valohai.project-name": job.project,
    }
    if job.root != job.run:
        facts |= {
            "valohai.pipeline-counter": job.root,
            "valohai.pipeline-id": uuid_of("run", job.root),
            "valohai.pipeline-node-id": uuid_of("node", job.run),
        }
    if "valohai.task" in tags:
        facts |= {"valohai.task-counter": int(tags["valohai.task"]), "valohai.task-id": uuid_of("run", int(tags["valohai.task"]))}
    return facts


def variables(job: Job, places: Mapping[str, str]) -> dict[str, str]:
    """The environment variables of the contract; `places` are the four folders as the run sees them."""
    made = {f"VH_{name.upper()}_DIR": place for name, place in places.items()}
    made |= {
        "VH_JOB_ID": f"exec-{uuid_of('run', job.run)}",
        "VH_EXECUTION_ID": uuid_of("run", job.run),
        "VH_PROJECT_ID": named("project", job.project),
        "PYTHONUNBUFFERED": "1",
    }
    if job.root != job.run:
        made |= {"VH_PIPELINE_ID": uuid_of("run", job.root), "VH_PIPELINE_NODE_ID": uuid_of("node", job.run)}
    tags = job.options.tags
    if "valohai.task" in tags:
        made["VH_TASK_ID"] = uuid_of("run", int(tags["valohai.task"]))
    return made
