"""`treadle projects`: teams' spaces, the variables of their runs, and where their code comes from."""

from __future__ import annotations

import sys

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.contract import projects as words
from treadle.contract.projects import Project
from treadle.core.errors import UsageError

VERBS = {
    "list": ("treadle.cli.projects", "listing", "All projects."),
    "add": ("treadle.cli.projects", "add", "Make a project."),
    "show": ("treadle.cli.projects", "show", "One project, its variables and its newest code."),
    "set": ("treadle.cli.projects", "set_", "Say where a project's code comes from, or describe it."),
    "variable": ("treadle.cli.projects", "variable", "Set or forget an environment variable of its runs."),
    "fetch": ("treadle.cli.projects", "fetch", "Fetch its repository and learn the new commits."),
}

projects = Noun(
    name="projects", verbs=VERBS, help="Projects: teams' spaces, with the variables of their runs and where their code comes from."
)


@click.command(name="list")
@output.json_option
def listing(as_json: bool) -> None:
    """All projects, also those that are known by their runs only."""
    with opened() as client:
        found = client(words.list_projects, words.ListProjects())
    if as_json:
        output.print_json(found)
        return
    rows = [(one.name, one.description, one.repository, len(one.variables), output.ago(one.created_at)) for one in found]
    output.print_table(("name", "description", "repository", "variables", "made"), rows)


@click.command()
@click.argument("project")
@click.option("--description", "-d", default="", help="What it is about.")
@output.json_option
def add(project: str, description: str, as_json: bool) -> None:
    """Make a project."""
    with opened() as client:
        one = client(words.create_project, words.CreateProject(project=project, description=description))
    _say(one, f"project {one.name} is made", as_json)


@click.command()
@click.argument("project")
@output.json_option
def show(project: str, as_json: bool) -> None:
    """One project with its variables (secret ones without their values) and the newest states of its code."""
    with opened() as client:
        one = client(words.get_project, words.ProjectName(project=project))
        commits = client(words.list_commits, words.ListCommits(project=project, limit=10))
    if as_json:
        output.print_json(one)
        return
    output.talk(f"project {one.name}" + (f": {one.description}" if one.description else ""))
    output.talk(f"code        {one.repository or 'no repository: what clients send'}, declared in {one.yaml}")
    rows = [(name, "(secret)" if variable.secret else variable.value) for name, variable in one.variables.items()]
    output.print_table(("variable", "value"), rows, empty="It has no environment variables.")
    states = [(commit.identifier[:16], commit.ref, output.ago(commit.committed_at), commit.message[:60]) for commit in commits]
    output.print_table(("code", "branch", "when", "message"), states, empty="No state of its code is known.")


@click.command(name="set")
@click.argument("project")
@click.option("--description", "-d", help="What it is about.")
@click.option("--repository", "-r", help="A URL or a folder that git can fetch from.")
@click.option("--yaml", help="Where the declarations lie below the root of the code.")
@output.json_option
def set_(project: str, description: str | None, repository: str | None, yaml: str | None, as_json: bool) -> None:
    """Say where a project's code comes from, or describe it."""
    if description is None and repository is None and yaml is None:
        raise UsageError("there is nothing to set", hint=f"treadle projects set {project} --repository URL_OR_FOLDER")
    asked = words.ChangeProject(project=project, description=description, repository=repository, yaml=yaml)
    with opened() as client:
        one = client(words.change_project, asked)
    _say(one, f"project {one.name} is changed", as_json)


@click.command()
@click.argument("project")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--secret", is_flag=True, help="Keep the value out of the record and of logs; it is read from standard input when not given.")
@click.option("--forget", is_flag=True, help="Forget the variable.")
@output.json_option
def variable(project: str, name: str, value: str | None, secret: bool, forget: bool, as_json: bool) -> None:
    """Set the environment variable NAME of the runs that are asked for in PROJECT, or forget it."""
    with opened() as client:
        if forget:
            one = client(words.drop_variable, words.DropVariable(project=project, name=name))
            _say(one, f"{name} is forgotten", as_json)
            return
        if value is None and not secret:
            raise UsageError(f"`{name}` has no value", hint=f"treadle projects variable {project} {name} VALUE")
        said = value if value is not None else sys.stdin.readline().rstrip("\n")
        one = client(words.set_variable, words.SetVariable(project=project, name=name, value=said, secret=secret))
    _say(one, f"{name} is set", as_json)


@click.command()
@click.argument("project")
@output.json_option
def fetch(project: str, as_json: bool) -> None:
    """Fetch the project's repository and learn its new commits."""
    with opened() as client:
        fetched = client(words.fetch_commits, words.ProjectName(project=project))
    if as_json:
        output.print_json(fetched)
        return
    rows = [(one.ref, one.identifier[:16], output.ago(one.committed_at), one.message[:60]) for one in fetched.commits]
    output.print_table(("branch", "commit", "when", "message"), rows, empty="Nothing is new.")


def _say(one: Project, sentence: str, as_json: bool) -> None:
    if as_json:
        output.print_json(one)
    else:
        output.talk(sentence)
