"""Words about projects: what a team's space says of itself, the variables its runs are given, and the states of its code."""

from __future__ import annotations

import msgspec

from treadle.contract.runs import Code
from treadle.core.operation import DELETE, GET, POST, operation

MOST_COMMITS = 1000
"""Commits of one branch that a fetch remembers, the newest ones."""


def secrets_group(project: str) -> str:
    """The group of environment variables that holds a project's secrets."""
    return f"project.{project}"


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """An environment variable of a project's runs. The value of a secret is never told: it is ""."""

    value: str
    secret: bool = False


class Project(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A team's space. `yaml` is where its declarations lie below the root of its code; `repository` is what `projects.fetch` asks."""

    name: str
    description: str = ""
    yaml: str = "valohai.yaml"
    repository: str = ""
    variables: dict[str, Variable] = {}
    created_at: float | None = None
    """None for a project that is known by its runs only."""
    actor: str = ""


class ListProjects(msgspec.Struct, frozen=True, kw_only=True):
    pass


list_projects = operation(
    "projects.list", GET, "/projects", ListProjects, list[Project], allow="project:read", summary="All projects, by name."
)


class ProjectName(msgspec.Struct, frozen=True, kw_only=True):
    project: str


get_project = operation(
    "projects.get", GET, "/projects/{project}", ProjectName, Project, allow="project:read", summary="One project and its variables."
)


class CreateProject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`project` is its name: letters, digits, dots, dashes and underscores."""

    project: str
    description: str = ""


create_project = operation(
    "projects.create", POST, "/projects", CreateProject, Project, allow="project:write", summary="Make a project; its name must be free."
)


class ChangeProject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """None leaves what is. `repository` is a URL or a folder that git can fetch from; "" forgets it."""

    project: str
    description: str | None = None
    yaml: str | None = None
    repository: str | None = None


change_project = operation(
    "projects.change",
    POST,
    "/projects/{project}",
    ChangeProject,
    Project,
    allow="project:admin",
    summary="Say where a project's code comes from, or describe it anew.",
)


class SetVariable(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A secret is kept in the home folder, outside of the record, and masked in logs."""

    project: str
    name: str
    value: str
    secret: bool = False


set_variable = operation(
    "projects.set_variable",
    POST,
    "/projects/{project}/variables",
    SetVariable,
    Project,
    allow="project:write",
    summary="Set an environment variable of the runs that are asked for in a project.",
)


class DropVariable(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    name: str


drop_variable = operation(
    "projects.drop_variable",
    DELETE,
    "/projects/{project}/variables/{name}",
    DropVariable,
    Project,
    allow="project:write",
    summary="Forget an environment variable of a project.",
)


class Commit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A state of a project's code: a commit of its repository, or (`adhoc`) a package of files that somebody sent.

    `identifier` is the commit's hash, or `~` and the SHA-256 of the package. `text` is what its file `yaml` says and `code` its
    stored files: both are None for a commit of a repository that nobody has used yet. Lists tell neither.
    """

    project: str
    identifier: str
    ref: str = ""
    adhoc: bool = False
    message: str = ""
    committed_at: float
    yaml: str = "valohai.yaml"
    text: str | None = None
    code: Code | None = None


class ListCommits(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    limit: int = MOST_COMMITS


list_commits = operation(
    "projects.commits",
    GET,
    "/projects/{project}/commits",
    ListCommits,
    list[Commit],
    allow="project:read",
    summary="States of a project's code, the newest first.",
)


class FindCommit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Without a project, the commit of that identifier in any of them."""

    identifier: str
    project: str = ""


find_commit = operation(
    "projects.commit", GET, "/commits/{identifier}", FindCommit, Commit, allow="project:read", summary="One state of a project's code."
)


class KeepCommit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A state of the code whose files are stored. `committed_at` None is now."""

    project: str
    identifier: str
    ref: str = ""
    adhoc: bool = False
    message: str = ""
    committed_at: float | None = None
    yaml: str = "valohai.yaml"
    text: str
    code: Code


keep_commit = operation(
    "projects.keep_commit",
    POST,
    "/projects/{project}/commits",
    KeepCommit,
    Commit,
    allow="run:create",
    summary="Keep a state of a project's code, or what was learned of one.",
)


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """`commits` are the heads of branches that are new; `mirror` is the folder of the fetched repository on the server's machine."""

    commits: tuple[Commit, ...]
    mirror: str


fetch_commits = operation(
    "projects.fetch",
    POST,
    "/projects/{project}/fetch",
    ProjectName,
    Fetched,
    allow="project:write",
    summary="Fetch a project's repository and learn its new commits.",
)
