"""Words about deployments: web applications of a project, in versions that answer side by side, with aliases that move at once."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, Code
from treadle.core.operation import GET, POST, operation

ROUTE = "/deployed"
"""Where a server answers for applications: `/deployed/PROJECT/DEPLOYMENT/VERSION_OR_ALIAS/ENDPOINT/...`."""


class Application(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One application of a version: what valohai.yaml says of that endpoint, and the files that were given to it, by name."""

    words: dict[str, Any]
    files: dict[str, Artifact] = {}


class DeploymentVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a deployment. While it is `enabled` its applications run. `groups` are groups of secret environment variables."""

    id: int
    project: str
    deployment: str
    name: str
    enabled: bool
    commit: str = ""
    code: Code
    applications: dict[str, Application]
    variables: dict[str, str] = {}
    groups: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    created_at: float
    actor: str


class Deployment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named line of versions; `aliases` are movable names on them."""

    id: int
    project: str
    name: str
    versions: int
    aliases: dict[str, str] = {}
    created_at: float


class ListDeployments(msgspec.Struct, frozen=True, kw_only=True):
    pass


list_deployments = operation(
    "deployments.list",
    GET,
    "/deployments",
    ListDeployments,
    list[Deployment],
    allow="endpoint:read",
    summary="Deployments of the project.",
)


class AddDeployment(msgspec.Struct, frozen=True, kw_only=True):
    deployment: str


add_deployment = operation(
    "deployments.add",
    POST,
    "/deployments",
    AddDeployment,
    Deployment,
    allow="endpoint:write",
    summary="Make a deployment; one that is there already is answered.",
)


class ListDeploymentVersions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Versions of one deployment, or of all; `enabled` only those whose applications run, `everywhere` those of all projects."""

    deployment: str = ""
    enabled: bool = False
    everywhere: bool = False


list_versions = operation(
    "deployments.versions",
    GET,
    "/deployment-versions",
    ListDeploymentVersions,
    list[DeploymentVersion],
    allow="endpoint:read",
    summary="Versions of deployments, the newest first.",
)


class FindDeploymentVersion(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is its name or an alias."""

    deployment: str
    version: str


find_version = operation(
    "deployments.version",
    GET,
    "/deployments/{deployment}/versions/{version}",
    FindDeploymentVersion,
    DeploymentVersion,
    allow="endpoint:read",
    summary="One version of a deployment, by name or alias.",
)


class NewApplication(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`files` are stored artifacts or datums."""

    words: dict[str, Any]
    files: dict[str, Binding] = {}


class AddDeploymentVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Makes a version, and the deployment where there is none. Without a `name` it is called after the day, `20261127.0`. `aliases` move
    to it.

    `key` makes it idempotent. `project` is said by a worker, which works for all of them; others say it with their call."""

    key: str
    deployment: str
    project: str = ""
    name: str = ""
    commit: str = ""
    code: Code
    applications: dict[str, NewApplication]
    variables: dict[str, str] = {}
    groups: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    enabled: bool = True


add_version = operation(
    "deployments.add_version",
    POST,
    "/deployments/{deployment}/versions",
    AddDeploymentVersion,
    DeploymentVersion,
    allow="endpoint:release",
    summary="Make a version of a deployment; its applications start.",
)


class SetDeploymentAlias(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is a name or another alias."""

    deployment: str
    alias: str
    version: str


set_alias = operation(
    "deployments.alias",
    POST,
    "/deployments/{deployment}/aliases/{alias}",
    SetDeploymentAlias,
    Deployment,
    allow="endpoint:release",
    summary="Move an alias to a version: what asks for it is answered by that version at once.",
)


class EnableVersion(msgspec.Struct, frozen=True, kw_only=True):
    deployment: str
    version: str
    enabled: bool


enable_version = operation(
    "deployments.enable",
    POST,
    "/deployments/{deployment}/versions/{version}/enable",
    EnableVersion,
    DeploymentVersion,
    allow="endpoint:release",
    summary="Start or stop the applications of a version.",
)


class ReadApplicationLog(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last `limit` bytes."""

    deployment: str
    version: str
    application: str
    limit: int = 64 << 10


class ApplicationLog(msgspec.Struct, frozen=True, kw_only=True):
    data: bytes


read_log = operation(
    "deployments.log",
    GET,
    "/deployments/{deployment}/versions/{version}/log",
    ReadApplicationLog,
    ApplicationLog,
    allow="endpoint:read",
    summary="What an application has printed lately.",
)
