"""Before the user's code can start: the project restored, inputs brought near, the environment built, secrets found."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.runs import Run
from treadle.contract.work import Job
from treadle.core.errors import EnvironmentFailed, InputError, MissingContent
from treadle.sdk.capture.environment import build
from treadle.sdk.capture.snapshot import restore
from treadle.worker.contents import Contents
from treadle.worker.wire import Launch

PERFORMERS = {"valohai": "treadle.valohai.perform"}
"""What performs a run of a foreign contract, by the definition's dialect: a module that is started with the attempt's folder."""


def is_quick(job: Job, home: Path) -> bool:
    """Whether preparing this job needs no copying, no network and no building, so that it need not go to a thread."""
    if job.definition.environment != type(job.definition.environment)() or job.definition.kind == "command":
        return False
    if job.code is not None and job.code.snapshot and not checkout_folder(home, job.code.snapshot).exists():
        return False
    return all(a.inline is not None or not a.tree for value in job.inputs.values() for a in value.artifacts)


def checkout_folder(home: Path, snapshot: str) -> Path:
    """Where the project of a snapshot is restored; shared by all attempts that run it."""
    return home / "code" / snapshot[:32]


def prepare(job: Job, folder: Path, home: Path, contents: Contents) -> Launch:
    """Everything that must be in place; raises a TreadleError that names what cannot be had."""
    if job.code is None or job.code.snapshot is None:
        raise MissingContent(f"run {job.run} has no snapshot of its code")
    root = checkout(job.code.snapshot, home, contents)
    paths = {
        name: [_local(a, contents) for a in value.artifacts] for name, value in job.inputs.items() if job.definition.kind != "pipeline"
    }
    secrets = find_secrets(job, home)
    launch = Launch(id=job.attempt, folder=str(folder), job=job, root=str(root), paths=paths, secrets=secrets)
    work = folder / "work"
    if job.definition.kind == "command" and job.definition.dialect in PERFORMERS:
        return _foreign(launch, folder, home)
    if job.definition.kind == "command":
        return _command(launch, work, root)
    _place_declared_files(job, root, work)
    python = interpreter(job, root, home) if job.definition.dialect is None else None
    if python is not None:
        _write_launch(launch, folder)
        variables = {"PYTHONHASHSEED": "0"}
        return msgspec.structs.replace(launch, argv=(python, "-m", "treadle.worker.single", str(folder)), variables=variables)
    return launch


def checkout(snapshot: str, home: Path, contents: Contents) -> Path:
    """The folder with a project's code, restored from its snapshot when it is not there yet."""
    folder = checkout_folder(home, snapshot)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        restore(contents.read(snapshot), folder)
    return folder


def check_reproducible(run: Run) -> None:
    """Raises MissingContent when the record does not hold what performing a run again needs."""
    if run.code is None or run.code.snapshot is None or run.definition is None:
        raise MissingContent(f"{run.title} has no snapshot of its code, so it cannot be performed again", hint=f"treadle show {run.id}")


def interpreter(job: Job, root: Path, home: Path) -> str | None:
    """The interpreter for a step that must not be forked from a warm one; None for all others."""
    declared = job.definition.environment
    if declared != type(declared)():
        return str(build(declared, root, home / "environments", lambda _words: None))
    if job.definition.fresh or job.definition.resources.gpu:
        return sys.executable
    return None


def find_secrets(job: Job, home: Path) -> dict[str, str]:
    """The secrets a step asks for by name, from this process's environment or from HOME/secrets/NAME."""
    found: dict[str, str] = {}
    for name in job.definition.secrets:
        file = home / "secrets" / name
        if name in os.environ:
            found[name] = os.environ[name]
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and file.is_file():
            found[name] = file.read_text().rstrip("\n")
        else:
            raise EnvironmentFailed(
                f"`{job.definition.name}` asks for the secret `{name}`, which is not set",
                hint=f"export {name}=..., or write it into {file}",
            )
    return found


def _foreign(launch: Launch, folder: Path, home: Path) -> Launch:
    launch = msgspec.structs.replace(launch, secrets=launch.secrets | group_secrets(launch.job, home))
    _write_launch(launch, folder)
    return msgspec.structs.replace(launch, argv=(sys.executable, "-m", PERFORMERS[launch.job.definition.dialect or ""], str(folder)))


def _write_launch(launch: Launch, folder: Path) -> None:
    """What a fresh interpreter reads of its attempt. It may hold secrets, so nobody else may read it at any moment."""
    file = folder / "launch"
    file.touch(mode=0o600)
    file.write_bytes(msgspec.msgpack.encode(launch))


def group_secrets(job: Job, home: Path) -> dict[str, str]:
    """The variables of the groups that a step asks for."""
    return read_groups(job.definition.words.get("step", {}).get("environment-variable-groups", []), job.definition.name, home)


def read_groups(groups: Iterable[str], whose: str, home: Path) -> dict[str, str]:
    """The variables of groups: lines NAME=VALUE of HOME/secrets/GROUP.env. Raises EnvironmentFailed naming `whose` group is not there."""
    found: dict[str, str] = {}
    for group in groups:
        file = home / "secrets" / f"{group}.env"
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", group) or not file.is_file():
            raise EnvironmentFailed(
                f"`{whose}` asks for the group `{group}` of environment variables, which is not here",
                hint=f"write lines NAME=VALUE into {file}",
            )
        for line in file.read_text().splitlines():
            name, mark, value = line.partition("=")
            if mark and not line.lstrip().startswith("#"):
                found[name.strip()] = value.strip()
    return found


def _local(artifact: Any, contents: Contents) -> str | None:
    if artifact.inline is not None:
        return None
    return str(contents.folder(artifact.digest) if artifact.tree else contents.local(artifact.digest))


def _place_declared_files(job: Job, root: Path, work: Path) -> None:
    """Files that a step declares are found both beside its module and in its working folder."""
    work.mkdir(parents=True, exist_ok=True)
    for name in job.code.parts if job.code else ():
        if "::" not in name and not name.endswith(".py") and (root / name).is_file():
            place = work / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(root / name)


_PLACE = re.compile(r"\{\{|\}\}|\{(?:(?:parameters|inputs|outputs)\.)?([A-Za-z_][A-Za-z0-9_]*)\}")


def render(words: str, values: Mapping[str, str], step: str, *, quoted: bool) -> str:
    """A command with its places filled in, quoted for the shell where it is a shell text; raises InputError for an unknown one."""

    def fill(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        name = match[1]
        if name not in values:
            known = ", ".join(f"{{{n}}}" for n in sorted(values))
            raise InputError(
                f"the command of `{step}` uses {{{name}}}, which is no parameter, input or output of it", hint=f"it knows {known or 'none'}"
            )
        return shlex.quote(values[name]) if quoted else values[name]

    return _PLACE.sub(fill, words)


def _command(launch: Launch, work: Path, root: Path) -> Launch:
    """A command runs in a copy of the project, so that whatever it writes stays its own."""
    job = launch.job
    definition = job.definition
    shutil.copytree(root, work, dirs_exist_ok=True)
    values = {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in job.parameters.items()}
    for name, paths in launch.paths.items():
        values[name] = " ".join(p if p is not None else str(_written(job, name, i, work.parent)) for i, p in enumerate(paths))
    for output in definition.outputs:
        place = work / (output.path or output.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        values[output.name] = output.path or output.name
    if isinstance(definition.command, str):
        argv: tuple[str, ...] = ("/bin/sh", "-ec", render(definition.command, values, definition.name, quoted=True))
    else:
        argv = tuple(render(word, values, definition.name, quoted=False) for word in definition.command or ())
    variables = {f"TREADLE_INPUT_{name.upper()}": values[name] for name in launch.paths}
    return msgspec.structs.replace(launch, argv=argv, variables=variables)


def _written(job: Job, name: str, position: int, folder: Path) -> Path:
    """A small input that travels within the record, as the file that a command expects."""
    place = folder / "in" / f"{name}-{position}"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(job.inputs[name].artifacts[position].inline or b"")
    return place
