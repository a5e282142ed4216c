"""`treadle deploy DEPLOYMENT`: makes a version of a deployment out of the valohai.yaml here, and starts its endpoints."""

from __future__ import annotations

import importlib

import click

from treadle.cli import output
from treadle.cli.opened import opened
from treadle.cli.run import valohai_file
from treadle.contract import deployments as words
from treadle.contract.deployments import ROUTE
from treadle.core.errors import TargetError, UsageError


@click.command()
@click.argument("deployment")
@click.option("--endpoint", "-e", "endpoints", multiple=True, help="An endpoint of valohai.yaml; all of them when none is named.")
@click.option("--file", "-f", "files", multiple=True, metavar="[ENDPOINT.]NAME=WHAT", help="A file: a path, or datum://NUMBER_OR_ALIAS.")
@click.option("--name", "-n", default="", help="The version's name; today's date and a count when none is given.")
@click.option("--alias", "-a", "aliases", multiple=True, help="A name that moves to this version.")
@click.option("--env", "variables", multiple=True, metavar="K=V", help="An environment variable.")
@click.option("--group", "groups", multiple=True, help="A group of secret environment variables.")
@output.json_option
def deploy(
    deployment: str,
    endpoints: tuple[str, ...],
    files: tuple[str, ...],
    name: str,
    aliases: tuple[str, ...],
    variables: tuple[str, ...],
    groups: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a version of DEPLOYMENT out of the valohai.yaml in this folder or above; `treadle up` performs and answers for it."""
    file = valohai_file(deployment)
    if file is None:
        raise TargetError("there is no valohai.yaml in this folder or above", hint="pip install 'treadle[valohai]'; cd PROJECT")
    with opened() as client:
        project = importlib.import_module("treadle.valohai.project")
        opened_project = project.open_project(file, client.contents)
        request = project.deployment(
            opened_project,
            deployment,
            endpoints=endpoints,
            files=dict(_pair(word) for word in files),
            version=name,
            aliases=aliases,
            variables=dict(_pair(word) for word in variables),
            groups=groups,
            contents=client.contents,
        )
        made = client(words.add_version, request)
    if as_json:
        output.print_json(made)
        return
    output.talk(f"version {made.name} of {made.deployment} is made; treadle up answers for it:")
    for endpoint in made.applications:
        for label in (made.name, *made.aliases):
            click.echo(f"{ROUTE}/{made.project}/{made.deployment}/{label}/{endpoint}/")


def _pair(word: str) -> tuple[str, str]:
    name, mark, value = word.partition("=")
    if not mark or not name:
        raise UsageError(f"`{word}` is not NAME=VALUE", hint="--file model=model.pkl --env MODE=fast")
    return name, value
