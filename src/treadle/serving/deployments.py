"""The operations on deployments: load, decide, apply."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from treadle.contract import deployments as words
from treadle.contract.data import Artifact
from treadle.contract.deployments import Application, Deployment, DeploymentVersion
from treadle.contract.runs import Binding, Code
from treadle.core.errors import Conflict, NotFound, UsageError
from treadle.core.ids import parse_datum_ref
from treadle.core.operation import Call, performs
from treadle.data import datum_rows
from treadle.data.holding import Named, names_content
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VERSION = t.deployment_version.c


@performs(words.list_deployments)
def list_deployments(_request: words.ListDeployments, call: Call, store: Database) -> list[Deployment]:
    with store.reading(call) as tx:
        rows = tx.all(select(t.deployment).where(t.deployment.c.project == call.project).order_by(t.deployment.c.name))
        return [_deployment_of(tx, row) for row in rows]


@performs(words.add_deployment)
def add_deployment(request: words.AddDeployment, call: Call, store: Database) -> Deployment:
    with store.transaction(call) as tx:
        return _deployment_of(tx, _made(tx, request.deployment))


@performs(words.list_versions)
def list_versions(request: words.ListDeploymentVersions, call: Call, store: Database) -> list[DeploymentVersion]:
    query = select(t.deployment_version, t.deployment.c.project, t.deployment.c.name.label("line"), t.deployment.c.aliases)
    query = query.join(t.deployment, t.deployment.c.id == _VERSION.deployment).order_by(_VERSION.id.desc())
    if not request.everywhere:
        query = query.where(t.deployment.c.project == call.project)
    if request.deployment:
        query = query.where(t.deployment.c.name == request.deployment)
    if request.enabled:
        query = query.where(_VERSION.enabled)
    with store.reading(call) as tx:
        return [_version_of(row) for row in tx.all(query)]


@performs(words.find_version)
def find_version(request: words.FindDeploymentVersion, call: Call, store: Database) -> DeploymentVersion:
    with store.reading(call) as tx:
        return _found(tx, request.deployment, request.version)


@performs(words.add_version)
def add_version(request: words.AddDeploymentVersion, call: Call, store: Database) -> DeploymentVersion:
    if not request.applications:
        raise UsageError(f"a version of `{request.deployment}` needs an endpoint", hint="treadle deploy NAME --endpoint ENDPOINT")
    for endpoint in request.applications:
        _checked(endpoint)  # folders are called after it
    with store.transaction(call) as tx, tx.within(request.project or call.project):
        line = _made(tx, request.deployment)
        known = tx.first(select(_VERSION.name).where(_VERSION.key == request.key))
        if known is not None:
            return _found(tx, request.deployment, known.name)
        name = _checked(request.name) if request.name else _suggested(tx, line)
        taken = tx.first(select(_VERSION.id).where(_VERSION.deployment == line.id, _VERSION.name == name)) is not None
        if taken or name in line.aliases:
            raise Conflict(f"`{request.deployment}` has a version or alias `{name}` already", hint="--name ANOTHER")
        applications = {
            endpoint: Application(words=one.words, files={file: _artifact(tx, binding) for file, binding in one.files.items()})
            for endpoint, one in request.applications.items()
        }
        values: dict[str, Any] = {
            "deployment": line.id,
            "name": name,
            "key": request.key,
            "enabled": request.enabled,
            "commit": request.commit,
            "code": msgspec.to_builtins(request.code),
            "applications": msgspec.to_builtins(applications),
            "variables": request.variables,
            "groups": list(request.groups),
            "created_at": tx.now,
            "actor": call.actor,
        }
        tx.execute(insert(t.deployment_version), values)
        tx.news("deployment.version", f"deployment:{request.deployment}", version=name, endpoints=sorted(applications))
        for alias in request.aliases:
            _move(tx, request.deployment, alias, name)
        return _found(tx, request.deployment, name)


@performs(words.set_alias)
def set_alias(request: words.SetDeploymentAlias, call: Call, store: Database) -> Deployment:
    with store.transaction(call) as tx:
        version = _found(tx, request.deployment, request.version)
        _move(tx, request.deployment, request.alias, version.name)
        return _deployment_of(tx, _line(tx, request.deployment))


@performs(words.enable_version)
def enable_version(request: words.EnableVersion, call: Call, store: Database) -> DeploymentVersion:
    with store.transaction(call) as tx:
        version = _found(tx, request.deployment, request.version)
        if version.enabled != request.enabled:
            tx.execute(update(t.deployment_version).where(_VERSION.id == version.id).values(enabled=request.enabled))
            kind = "deployment.enabled" if request.enabled else "deployment.disabled"
            tx.news(kind, f"deployment:{request.deployment}", version=version.name)
        return _found(tx, request.deployment, version.name)


@performs(words.read_log)
def read_log(request: words.ReadApplicationLog, call: Call, store: Database, home: Path) -> words.ApplicationLog:
    with store.reading(call) as tx:
        version = _found(tx, request.deployment, request.version)
    if request.application not in version.applications:
        known = ", ".join(version.applications)
        raise NotFound(f"version {version.name} of `{request.deployment}` has no endpoint `{request.application}`", hint=f"it has {known}")
    file = home / "deployments" / f"{version.id}-{request.application}" / "log"
    if not file.exists():
        return words.ApplicationLog(data=b"")
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - max(0, request.limit)))
        return words.ApplicationLog(data=log.read())


@names_content
def _applications(tx: Transaction) -> Iterator[Named]:
    """The files and the code of versions."""
    for row in tx.execute(select(_VERSION.id, _VERSION.name, _VERSION.code, _VERSION.applications)):
        said = f"version {row.name} of a deployment"
        for application in msgspec.convert(row.applications, dict[str, Application]).values():
            for file in application.files.values():
                if file.inline is None:
                    yield Named(file.digest, said, tree=file.tree)
        snapshot = row.code.get("snapshot")
        if snapshot:
            yield Named(snapshot, said)


# --- rows -------------------------------------------------------------------------------------------------------------------------


def _line(tx: Transaction, name: str) -> Row[Any]:
    row = tx.first(select(t.deployment).where(t.deployment.c.project == tx.call.project, t.deployment.c.name == name))
    if row is None:
        raise NotFound(f"there is no deployment `{name[:80]}`", hint="treadle deployments")
    return row


def _made(tx: Transaction, name: str) -> Row[Any]:
    """The row of a deployment, made where there is none, locked until the end."""
    _checked(name)
    values = {"project": tx.call.project, "name": name, "aliases": {}, "created_at": tx.now, "actor": tx.call.actor}
    before = tx.first(select(t.deployment.c.id).where(t.deployment.c.project == tx.call.project, t.deployment.c.name == name))
    tx.insert_new(t.deployment, [values])
    if before is None:
        tx.news("deployment.created", f"deployment:{name}")
    query = select(t.deployment).where(t.deployment.c.project == tx.call.project, t.deployment.c.name == name)
    return tx.all(query.with_for_update())[0]


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{name[:80]}` cannot be a name here", hint="up to 64 letters, digits, dots, dashes and underscores")
    return name


def _suggested(tx: Transaction, line: Row[Any]) -> str:
    day = time.strftime("%Y%m%d", time.gmtime(tx.now))
    count = tx.execute(
        select(func.count()).select_from(t.deployment_version).where(_VERSION.deployment == line.id, _VERSION.name.like(f"{day}.%"))
    ).scalar_one()
    return f"{day}.{count}"


def _move(tx: Transaction, deployment: str, alias: str, version: str) -> None:
    _checked(alias)
    line = tx.all(select(t.deployment).where(t.deployment.c.id == _line(tx, deployment).id).with_for_update())[0]
    if tx.first(select(_VERSION.id).where(_VERSION.deployment == line.id, _VERSION.name == alias)) is not None:
        raise Conflict(f"`{deployment}` has a version `{alias}`, which cannot be an alias", hint="choose another word")
    before = line.aliases.get(alias)
    if before != version:
        tx.execute(update(t.deployment).where(t.deployment.c.id == line.id).values(aliases=line.aliases | {alias: version}))
        tx.news("deployment.alias", f"deployment:{deployment}", alias=alias, version=version, before=before)


def _artifact(tx: Transaction, binding: Binding) -> Artifact:
    if binding.datum is not None:
        return datum_rows.taken(tx, parse_datum_ref(binding.datum))
    if binding.artifact is None:
        raise UsageError("a file of an endpoint is a stored artifact or a datum", hint="--file NAME=PATH, or NAME=datum://ALIAS")
    return binding.artifact


def _found(tx: Transaction, deployment: str, version: str) -> DeploymentVersion:
    line = _line(tx, deployment)
    name = line.aliases.get(version, version)
    query = select(t.deployment_version, t.deployment.c.project, t.deployment.c.name.label("line"), t.deployment.c.aliases)
    query = query.join(t.deployment, t.deployment.c.id == _VERSION.deployment)
    row = tx.first(query.where(_VERSION.deployment == line.id, _VERSION.name == name))
    if row is None:
        raise NotFound(f"`{deployment}` has no version or alias `{version[:80]}`", hint=f"treadle deployments show {deployment}")
    return _version_of(row)


def _version_of(row: Row[Any]) -> DeploymentVersion:
    return DeploymentVersion(
        id=row.id,
        project=row.project,
        deployment=row.line,
        name=row.name,
        enabled=row.enabled,
        commit=row.commit,
        code=msgspec.convert(row.code, Code),
        applications=msgspec.convert(row.applications, dict[str, Application]),
        variables=row.variables,
        groups=tuple(row.groups),
        aliases=tuple(sorted(alias for alias, name in row.aliases.items() if name == row.name)),
        created_at=row.created_at,
        actor=row.actor,
    )


def _deployment_of(tx: Transaction, row: Row[Any]) -> Deployment:
    count = tx.execute(select(func.count()).select_from(t.deployment_version).where(_VERSION.deployment == row.id)).scalar_one()
    return Deployment(
        id=row.id, project=row.project, name=row.name, versions=int(count), aliases=dict(row.aliases), created_at=row.created_at
    )
