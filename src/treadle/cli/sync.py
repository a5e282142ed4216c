"""`treadle sync`: takes in what bare scripts have logged on this machine."""

from __future__ import annotations

import importlib

import click

from treadle.cli import output
from treadle.cli.opened import take_in_scripts
from treadle.sdk.client import connect


@click.command()
@output.json_option
def sync(as_json: bool) -> None:
    """Take in what scripts have logged: into this home, or with TREADLE_URL into the server's record.

    Commands that look at runs do this by themselves on a home folder; a server only knows what it is sent.
    """
    with connect() as client:
        taken = take_in_scripts(client)
        if client.local:  # a script that was killed without a word is found here, too
            importlib.import_module("treadle.supervisor").sweep_once(client.transport)
        where = client.transport.where
    if as_json:
        output.print_json({"taken": taken, "into": where})
    elif taken:
        output.talk(f"took in what {taken} script{'s have' if taken != 1 else ' has'} logged, into {where}: treadle runs")
    else:
        output.talk("no script has logged anything new")
