"""A project of Valohai in a folder: its files as a snapshot, and what is asked of it as a submission."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from valohai_yaml.objs.config import Config
from valohai_yaml.objs.pipelines.pipeline import Pipeline
from valohai_yaml.objs.step import Step

from treadle.contract.deployments import AddDeploymentVersion
from treadle.contract.runs import Binding, Code, Options, SubmitRun
from treadle.core.content import digest_bytes, digest_value
from treadle.core.errors import CodeError, UsageError
from treadle.core.ids import new_key
from treadle.sdk.capture.code import Closure
from treadle.sdk.capture.git import git_state
from treadle.sdk.capture.snapshot import snapshot
from treadle.valohai import notebooks, pipelines, reading, tasks
from treadle.valohai.applications import application_of
from treadle.valohai.steps import Given, binding_of, compile_step
from treadle.worker.contents import Contents
from treadle.worker.given import stored_file

_PASSED_OVER = frozenset((".git", "__pycache__", ".venv", "venv", "node_modules", ".treadle", ".valohai"))


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """`yaml` is the file's name below the root; `code` names the stored snapshot of the project's files."""

    root: Path
    yaml: str
    config: Config
    code: Code


def open_project(file: Path, contents: Contents) -> Project:
    """Reads a project and stores its files. Raises DefinitionError for a file that cannot be understood, CodeError for too many files."""
    root = file.absolute().parent
    config = reading.load(file)
    return Project(root=root, yaml=file.name, config=config, code=capture(root, contents, file.name))


def capture(root: Path, contents: Contents, yaml: str = reading.FILE) -> Code:
    """Stores all files that belong to the project and answers the code that names them.

    Scripts open any file of their repository, so all of them count for the digest; valohai.yaml itself does not, because what a run
    takes from it is in its definition: editing one step performs no other one again.
    """
    paths = tuple(sorted(project_files(root)))
    parts = {name: digest_bytes((root / name).read_bytes()) for name in paths}
    counted = {name: digest for name, digest in parts.items() if name != yaml}
    digest = digest_value("valohai.code", counted)
    archive = snapshot(Closure(root=str(root), file=yaml, function=None, parts=counted, digest=digest, paths=paths))
    git = git_state(root, files=paths)
    code = Code(digest=digest, parts=counted, snapshot=contents.put(archive))
    if git is None:
        return code
    patch = contents.put(git.patch) if git.patch else None
    return msgspec.structs.replace(code, commit=git.commit, branch=git.branch, dirty=git.dirty, remote=git.remote, patch=patch)


def project_files(root: Path) -> list[str]:
    """The files of a project, relative to its root: what git tracks or would add, else everything that is not hidden or made."""
    if (root / ".git").exists() and shutil.which("git"):
        words = ["git", "-c", "core.fsmonitor=false", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(words, capture_output=True)
        if listed.returncode == 0:
            names = [os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
            return sorted({name for name in names if _is_file_of(root, name)})
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER and not Path(folder, name, "pyvenv.cfg").exists())
        found += [name for one in names if _is_file_of(root, name := os.path.relpath(os.path.join(folder, one), root))]
    return found


def _is_file_of(root: Path, name: str) -> bool:
    path = root / name
    if not path.is_file() or not _PASSED_OVER.isdisjoint(Path(name).parts):
        return False
    return not path.is_symlink() or root.resolve() in path.resolve().parents


def at_commit(root: Path, yaml: str, commit: str, contents: Contents, scratch: Path) -> tuple[Code, str]:
    """The code of another commit of the project's own history, and its valohai.yaml. Raises CodeError where git does not know it."""
    target = scratch / f"commit-{digest_bytes(commit.encode())[:16]}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    try:
        words = ["git", "-C", str(root), "archive", "--format=tar", "--end-of-options", commit]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as archive:
            unpacked = subprocess.run(["tar", "-x", "-C", str(target)], stdin=archive.stdout, capture_output=True)
            assert archive.stderr is not None
            said = archive.stderr.read().decode(errors="replace").strip()
        if archive.returncode or unpacked.returncode:
            raise CodeError(f"the commit `{commit}` cannot be had: {said}", where=str(root), hint="git fetch; git log")
        if not (target / yaml).is_file():
            raise CodeError(f"the commit `{commit}` has no {yaml}", where=str(root))
        code = capture(target, contents, yaml)
        return msgspec.structs.replace(code, commit=commit), (target / yaml).read_text()
    finally:
        shutil.rmtree(target, ignore_errors=True)


def open_notebook(file: Path, image: str | None, contents: Contents) -> Project:
    """The project of a notebook: the nearest folder above it that is one, else its own, with the notebook as the one step."""
    file = file.absolute()
    marks = (reading.FILE, "treadle.toml", ".git")
    root = next((folder for folder in file.parents if any((folder / mark).exists() for mark in marks)), file.parent)
    config = Config()
    step = notebooks.step_of(file, root, image)
    config.steps[step.name] = step
    return Project(root=root, yaml=str(file.relative_to(root)), config=config, code=capture(root, contents))


def notebook_submission(project: Project, asked: Asked, options: Options, contents: Contents) -> SubmitRun:
    """What running a notebook comes to."""
    [step] = project.config.steps.values()
    inputs = {key: [_source(contents, key, word) for word in words] for key, words in asked.inputs.items()}
    compiled = compile_step(step, Given(parameters=dict(asked.parameters), inputs=inputs, variables=asked.variables), yaml=project.yaml)
    words = compiled.definition.words | {"packages": list(notebooks.PACKAGES), "programs": {notebooks.PROGRAM: notebooks.program()}}
    definition = msgspec.structs.replace(compiled.definition, words=words)
    return SubmitRun(
        key=new_key(),
        definition=definition,
        parameters=compiled.parameters,
        bindings=compiled.bindings,
        code=project.code,
        options=options,
    )


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person asks for on a command line: words, to be read as the declarations say."""

    parameters: dict[str, str] = {}
    inputs: dict[str, list[str]] = {}
    image: str | None = None
    variables: dict[str, str] = {}


def submission(project: Project, name: str, asked: Asked, options: Options, contents: Contents, scratch: Path) -> SubmitRun:
    """What running a step, a pipeline or a task of the project comes to."""
    found = reading.look_up(project.config, name, project.yaml)
    inputs = {key: [_source(contents, key, word) for word in words] for key, words in asked.inputs.items()}
    if isinstance(found, Step):
        given = Given(parameters=dict(asked.parameters), inputs=inputs, image=asked.image, variables=asked.variables)
        compiled = compile_step(found, given, yaml=project.yaml)
        return SubmitRun(
            key=new_key(),
            definition=compiled.definition,
            parameters=compiled.parameters,
            bindings=compiled.bindings,
            code=project.code,
            options=options,
        )
    if isinstance(found, Pipeline):
        if inputs or asked.image or asked.variables:
            raise UsageError(f"`{name}` is a pipeline: only its parameters can be given", hint="--param NAME=VALUE")
        plan = pipelines.plan_of(project.config, found, dict(asked.parameters), yaml=project.yaml, cache=options.cache)
        codes = {commit: at_commit(project.root, project.yaml, commit, contents, scratch) for commit in pipelines.commits(plan)}
        return pipelines.submission(plan, codes, project.code, options)
    given = Given(parameters=dict(asked.parameters), inputs=inputs, image=asked.image, variables=asked.variables)
    return tasks.submission_of_blueprint(project.config, found, given, project.code, options, yaml=project.yaml)


def _source(contents: Contents, name: str, word: str) -> Any:
    """An address stays one; a path is a file of this machine, stored now."""
    if "://" in word:
        return word
    path = Path(word)
    if not path.exists():
        raise UsageError(f"input `{name}`: there is no file `{word}`", hint="a path, or an address such as https://, s3:// or datum://")
    return Binding(artifact=stored_file(contents, path.name, path))


def deployment(
    project: Project,
    name: str,
    *,
    endpoints: Sequence[str],
    files: Mapping[str, str],
    version: str = "",
    aliases: Sequence[str],
    variables: Mapping[str, str],
    groups: Sequence[str],
    contents: Contents,
) -> AddDeploymentVersion:
    """A version of a deployment out of the project: some of its endpoints, or all of them. `files` are by `NAME` or `ENDPOINT.NAME`: a
    path, or datum://NUMBER_OR_ALIAS. Raises UsageError naming what is missing or unknown."""
    given = {key: _source(contents, key, word) for key, word in files.items()}
    bindings = {key: binding_of(one) if isinstance(one, str) else one for key, one in given.items()}
    applications = {
        endpoint: application_of(project.config, endpoint, bindings, project.yaml) for endpoint in endpoints or project.config.endpoints
    }
    used = {key for endpoint, one in applications.items() for file in one.files for key in (file, f"{endpoint}.{file}")}
    for key in bindings.keys() - used:
        raise UsageError(f"no endpoint of `{name}` asks for the file `{key}`", where=project.yaml, hint="treadle lint")
    return AddDeploymentVersion(
        key=new_key(),
        deployment=name,
        name=version,
        commit=project.code.commit or "",
        code=project.code,
        applications=applications,
        variables=dict(variables),
        groups=tuple(groups),
        aliases=tuple(aliases),
    )
