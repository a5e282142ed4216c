"""`treadle deployed VERSION APPLICATION`: performs one application of a deployment. The server starts it; people do not."""

from __future__ import annotations

import contextlib
import importlib
import os
import socket

import click

from treadle.contract import deployments as words
from treadle.core.addresses import socket_place
from treadle.core.errors import NotFound
from treadle.sdk.client import connect


@click.command(hidden=True)
@click.argument("version", type=int)
@click.argument("application")
def deployed(version: int, application: str) -> int:
    """Perform one application of an enabled version, by the version's number."""
    home_module = importlib.import_module("treadle.sdk.home")
    home = home_module.make_home(home_module.find_home())
    with connect() as client:
        found = client(words.list_versions, words.ListDeploymentVersions(enabled=True, everywhere=True))
        one = next((each for each in found if each.id == version), None)
        if one is None:
            raise NotFound(f"there is no enabled version with the number {version}", hint="treadle deployments")
        groups = importlib.import_module("treadle.worker.prepare").read_groups(one.groups, f"{one.deployment} {one.name}", home)
        made = importlib.import_module("treadle.valohai.serve").Application(one, application, client.contents, home, groups)
        place = socket_place(home, f"{version}-{application}")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)  # of one that was killed
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(place))
            listener.listen(256)
            try:
                return int(made.serve(listener))
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(place)
