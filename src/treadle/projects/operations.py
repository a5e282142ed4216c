"""The operations on projects: load, decide, apply."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import projects as words
from treadle.contract.projects import Commit, Project, Variable
from treadle.contract.runs import Code
from treadle.core.errors import Conflict, NotFound, UsageError
from treadle.core.operation import Call, performs
from treadle.projects import repository, rules
from treadle.store import tables as t
from treadle.store.database import Database, Transaction


@performs(words.list_projects)
def list_projects(_request: words.ListProjects, call: Call, store: Database) -> list[Project]:
    with store.reading(call) as tx:
        rows = {row.name: _project_of(row) for row in tx.all(select(t.project))}
        for row in tx.all(select(t.run.c.project).distinct()):
            rows.setdefault(row.project, Project(name=row.project))
    rows.setdefault(rules.DEFAULT, Project(name=rules.DEFAULT))
    return [rows[name] for name in sorted(rows)]


@performs(words.get_project)
def get_project(request: words.ProjectName, call: Call, store: Database) -> Project:
    with store.reading(call) as tx:
        return _load(tx, request.project)


@performs(words.create_project)
def create_project(request: words.CreateProject, call: Call, store: Database) -> Project:
    rules.check_name(request.project)
    with store.transaction(call) as tx:
        if tx.first(select(t.project.c.id).where(t.project.c.name == request.project)) is not None:
            raise Conflict(f"there is a project `{request.project}` already", hint="treadle projects")
        _make(tx, request.project, description=request.description)
        return _load(tx, request.project)


@performs(words.change_project)
def change_project(request: words.ChangeProject, call: Call, store: Database) -> Project:
    said = {"description": request.description, "yaml": request.yaml, "repository": request.repository}
    changes = {name: value for name, value in said.items() if value is not None}
    if request.yaml is not None:
        rules.check_yaml(request.yaml)
    if request.repository is not None:
        rules.check_repository(request.repository)
    with store.transaction(call) as tx:
        _load(tx, request.project)
        _make(tx, request.project)
        if changes:
            tx.execute(update(t.project).where(t.project.c.name == request.project).values(**changes))
            tx.news("project.changed", f"project:{request.project}", fields=sorted(changes))
        return _load(tx, request.project)


@performs(words.set_variable)
def set_variable(request: words.SetVariable, call: Call, store: Database, home: Path) -> Project:
    rules.check_variable(request.name, request.value)
    if request.secret:
        rules.check_secret(request.name, request.value)
    with store.transaction(call) as tx:
        _load(tx, request.project)
        _make(tx, request.project)
        variables = dict(_load(tx, request.project, lock=True).variables)
        variables[request.name] = Variable(value="" if request.secret else request.value, secret=request.secret)
        _keep_variables(tx, request.project, variables)
        tx.news("project.variable_set", f"project:{request.project}", name=request.name, secret=request.secret)
        _keep_secret(home, request.project, request.name, request.value if request.secret else None)
        return _load(tx, request.project)


@performs(words.drop_variable)
def drop_variable(request: words.DropVariable, call: Call, store: Database, home: Path) -> Project:
    with store.transaction(call) as tx:
        variables = dict(_load(tx, request.project, lock=True).variables)
        if variables.pop(request.name, None) is None:
            raise NotFound(
                f"the project `{request.project}` has no variable `{request.name}`", hint=f"treadle projects show {request.project}"
            )
        _keep_variables(tx, request.project, variables)
        tx.news("project.variable_dropped", f"project:{request.project}", name=request.name)
        _keep_secret(home, request.project, request.name, None)
        return _load(tx, request.project)


@performs(words.list_commits)
def list_commits(request: words.ListCommits, call: Call, store: Database) -> list[Commit]:
    of = t.project_commit.c
    columns = (of.project, of.identifier, of.ref, of.adhoc, of.message, of.committed_at, of.yaml)
    query = select(*columns).where(of.project == request.project).order_by(of.committed_at.desc(), of.id.desc())
    with store.reading(call) as tx:
        return [_commit_of(row) for row in tx.all(query.limit(max(0, request.limit)))]


@performs(words.find_commit)
def find_commit(request: words.FindCommit, call: Call, store: Database) -> Commit:
    of = t.project_commit.c
    query = select(t.project_commit).where(of.identifier == request.identifier).order_by(of.id.desc())
    with store.reading(call) as tx:
        row = tx.first(query.where(of.project == request.project) if request.project else query)
    if row is None:
        raise NotFound(
            f"no project has a commit `{request.identifier[:80]}`"
            if not request.project
            else f"the project `{request.project}` has no commit `{request.identifier[:80]}`",
            hint=f"treadle projects fetch {request.project or 'PROJECT'}",
        )
    return _commit_of(row)


@performs(words.keep_commit)
def keep_commit(request: words.KeepCommit, call: Call, store: Database) -> Commit:
    rules.check_yaml(request.yaml)
    of = t.project_commit.c
    with store.transaction(call) as tx:
        _load(tx, request.project)
        _make(tx, request.project)
        known = tx.first(select(t.project_commit).where(of.project == request.project, of.identifier == request.identifier))
        values: dict[str, Any] = {"yaml": request.yaml, "text": request.text, "code": msgspec.to_builtins(request.code)}
        if known is not None:
            tx.execute(update(t.project_commit).where(of.id == known.id).values(**values))
        else:
            values |= {
                "project": request.project,
                "identifier": request.identifier,
                "ref": request.ref,
                "adhoc": request.adhoc,
                "message": request.message,
                "committed_at": request.committed_at if request.committed_at is not None else tx.now,
            }
            tx.execute(insert(t.project_commit), values)
            tx.news("project.code", f"project:{request.project}", identifier=request.identifier, adhoc=request.adhoc)
        row = tx.all(select(t.project_commit).where(of.project == request.project, of.identifier == request.identifier))[0]
        return _commit_of(row)


@performs(words.fetch_commits)
def fetch_commits(request: words.ProjectName, call: Call, store: Database, home: Path) -> words.Fetched:
    """The repository is fetched without a transaction open: it may take minutes."""
    with store.reading(call) as tx:
        project = _load(tx, request.project)
    if not project.repository:
        raise UsageError(
            f"the project `{project.name}` has no repository", hint=f"treadle projects set {project.name} --repository URL_OR_FOLDER"
        )
    folder = mirror_of(home, project.name)
    repository.mirror(project.repository, folder)
    found = repository.commits_of(folder, words.MOST_COMMITS)
    of = t.project_commit.c
    with store.transaction(call) as tx:
        known = {row.identifier for row in tx.all(select(of.identifier).where(of.project == project.name))}
        fresh = [one for one in found if one.identifier not in known]
        rows = [
            {
                "project": project.name,
                "identifier": one.identifier,
                "ref": one.ref,
                "adhoc": False,
                "message": one.message,
                "committed_at": one.committed_at,
                "yaml": project.yaml,
                "text": None,
                "code": None,
            }
            for one in fresh
        ]
        tx.insert_new(t.project_commit, rows)
        heads = tuple(
            Commit(project=project.name, identifier=one.identifier, ref=one.ref, message=one.message, committed_at=one.committed_at)
            for one in fresh
            if one.head
        )
        if fresh:
            tx.news("project.fetched", f"project:{project.name}", commits=len(fresh), heads={one.ref: one.identifier for one in heads})
    return words.Fetched(commits=heads, mirror=str(folder))


def mirror_of(home: Path, project: str) -> Path:
    """Where the fetched repository of a project lies."""
    rules.check_name(project)
    return home / "repositories" / f"{project}.git"


# --- rows ------------------------------------------------------------------------------------------------------------------------


def _load(tx: Transaction, name: str, *, lock: bool = False) -> Project:
    query = select(t.project).where(t.project.c.name == name)
    row = tx.first(query.with_for_update() if lock else query)
    if row is not None:
        return _project_of(row)
    if name == rules.DEFAULT or tx.first(select(t.run.c.id).where(t.run.c.project == name).limit(1)) is not None:
        return Project(name=name)
    raise NotFound(f"there is no project `{name[:80]}`", hint="treadle projects")


def _make(tx: Transaction, name: str, description: str = "") -> None:
    """The project's row, where there is none yet."""
    if tx.first(select(t.project.c.id).where(t.project.c.name == name)) is not None:
        return
    rules.check_name(name)
    tx.execute(
        insert(t.project),
        {
            "name": name,
            "description": description,
            "yaml": Project(name=name).yaml,
            "repository": "",
            "variables": {},
            "created_at": tx.now,
            "actor": tx.call.actor,
        },
    )
    tx.news("project.created", f"project:{name}")


def _keep_variables(tx: Transaction, name: str, variables: dict[str, Variable]) -> None:
    kept = {key: msgspec.to_builtins(one) for key, one in sorted(variables.items())}
    tx.execute(update(t.project).where(t.project.c.name == name).values(variables=kept))


def _project_of(row: Row[Any]) -> Project:
    return Project(
        name=row.name,
        description=row.description,
        yaml=row.yaml,
        repository=row.repository,
        variables=msgspec.convert(row.variables, dict[str, Variable]),
        created_at=row.created_at,
        actor=row.actor,
    )


def _commit_of(row: Row[Any]) -> Commit:
    code = getattr(row, "code", None)
    return Commit(
        project=row.project,
        identifier=row.identifier,
        ref=row.ref,
        adhoc=row.adhoc,
        message=row.message,
        committed_at=row.committed_at,
        yaml=row.yaml,
        text=getattr(row, "text", None),
        code=msgspec.convert(code, Code) if code else None,
    )


def _keep_secret(home: Path, project: str, name: str, value: str | None) -> None:
    """Writes a secret into the group of the project (None takes it out), in a file that nobody else may read at any moment."""
    file = home / "secrets" / f"{words.secrets_group(project)}.env"
    lines = file.read_text().splitlines() if file.exists() else []
    kept = [line for line in lines if line.partition("=")[0] != name]
    if value is None and kept == lines:
        return
    if value is not None:
        kept.append(f"{name}={value}")
    file.parent.mkdir(mode=0o700, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        written.write("".join(f"{line}\n" for line in kept))
    part.replace(file)
