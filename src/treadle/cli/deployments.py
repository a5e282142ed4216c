"""`treadle deployments`: versions of web applications, their aliases and logs."""

from __future__ import annotations

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.contract import deployments as words
from treadle.contract.deployments import ROUTE

VERBS = {
    "list": ("treadle.cli.deployments", "listing", "All deployments and their aliases."),
    "show": ("treadle.cli.deployments", "show", "The versions of a deployment."),
    "alias": ("treadle.cli.deployments", "alias", "Move an alias to a version."),
    "enable": ("treadle.cli.deployments", "enable", "Start the endpoints of a version."),
    "disable": ("treadle.cli.deployments", "disable", "Stop the endpoints of a version."),
    "logs": ("treadle.cli.deployments", "logs", "What an endpoint has printed lately."),
}

deployments = Noun(name="deployments", verbs=VERBS, help="Deployments: web applications of a valohai.yaml, in versions with aliases.")


@click.command(name="list")
@output.json_option
def listing(as_json: bool) -> None:
    """All deployments of the project and where their aliases stand."""
    with opened() as client:
        found = client(words.list_deployments, words.ListDeployments())
    if as_json:
        output.print_json(found)
        return
    rows = [(one.name, one.versions, _aliases(one.aliases), output.ago(one.created_at)) for one in found]
    output.print_table(("deployment", "versions", "aliases", "made"), rows, empty="There are none: treadle deploy NAME makes one.")


@click.command()
@click.argument("deployment")
@output.json_option
def show(deployment: str, as_json: bool) -> None:
    """The versions of a deployment, the newest first, and where they answer."""
    with opened() as client:
        found = client(words.list_versions, words.ListDeploymentVersions(deployment=deployment))
    if as_json:
        output.print_json(found)
        return
    rows = [
        (
            one.name,
            "on" if one.enabled else "off",
            ", ".join(one.aliases),
            output.ago(one.created_at),
            "  ".join(f"{ROUTE}/{one.project}/{one.deployment}/{one.name}/{endpoint}/" for endpoint in one.applications),
        )
        for one in found
    ]
    output.print_table(("version", "state", "aliases", "made", "answers at"), rows, empty=f"`{deployment}` has no version.")


@click.command()
@click.argument("deployment")
@click.argument("alias")
@click.argument("version")
@output.json_option
def alias(deployment: str, alias: str, version: str, as_json: bool) -> None:
    """Move ALIAS of DEPLOYMENT to VERSION: from now on that version answers for it."""
    with opened() as client:
        one = client(words.set_alias, words.SetDeploymentAlias(deployment=deployment, alias=alias, version=version))
    if as_json:
        output.print_json(one)
    else:
        output.talk(f"{alias} of {deployment} is {one.aliases[alias]} now")


@click.command()
@click.argument("deployment")
@click.argument("version")
@output.json_option
def enable(deployment: str, version: str, as_json: bool) -> None:
    """Start the endpoints of a version."""
    _switch(deployment, version, True, as_json)


@click.command()
@click.argument("deployment")
@click.argument("version")
@output.json_option
def disable(deployment: str, version: str, as_json: bool) -> None:
    """Stop the endpoints of a version; `enable` starts them again."""
    _switch(deployment, version, False, as_json)


@click.command()
@click.argument("deployment")
@click.argument("version")
@click.argument("endpoint")
def logs(deployment: str, version: str, endpoint: str) -> None:
    """What an endpoint of a version has printed lately."""
    with opened() as client:
        said = client(words.read_log, words.ReadApplicationLog(deployment=deployment, version=version, application=endpoint))
    click.echo(said.data.decode(errors="replace"), nl=False)


def _switch(deployment: str, version: str, enabled: bool, as_json: bool) -> None:
    with opened() as client:
        one = client(words.enable_version, words.EnableVersion(deployment=deployment, version=version, enabled=enabled))
    if as_json:
        output.print_json(one)
    else:
        output.talk(f"version {one.name} of {one.deployment} is {'on' if one.enabled else 'off'}")


def _aliases(aliases: dict[str, str]) -> str:
    return ", ".join(f"{alias} -> {version}" for alias, version in sorted(aliases.items()))
