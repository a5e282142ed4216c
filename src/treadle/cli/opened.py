"""Opening the record for a command that looks at runs: what happened unseen is noticed first."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator

import click

from treadle.sdk.client import Client, connect


@contextlib.contextmanager
def opened() -> Iterator[Client]:
    """A client whose answers are up to date: on a home folder, runs of killed commands are marked as such and what bare scripts
    have logged is taken in before anybody looks. A server does both by itself."""
    with connect() as client:
        if client.local:
            importlib.import_module("treadle.supervisor").sweep_once(client.transport)
            take_in_scripts(client)
        yield client


def take_in_scripts(client: Client) -> int:
    """Takes in what bare scripts have left on this machine; answers how many of them had something new."""
    home = importlib.import_module("treadle.sdk.home").find_home() if not client.local else client.transport.home  # type: ignore[attr-defined]
    try:
        waiting = any(True for _ in os.scandir(home / "spool"))
    except FileNotFoundError:
        return 0
    if not waiting:
        return 0
    taken: int = importlib.import_module("treadle.worker.collect").collect(home, client.transport.call, client.contents)
    return taken


def complete_run(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names and numbers of recent runs that begin so, for the shell's completion. Says nothing when the record cannot be read."""
    from treadle.contract.runs import ListRuns, list_runs
    from treadle.core.errors import TreadleError

    try:
        with connect() as client:
            found = client(list_runs, ListRuns(limit=200, children=True)).runs
    except TreadleError:
        return []
    return [word for run in found for word in (run.name, str(run.id)) if word.startswith(incomplete)]


def complete_dataset(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """The names of datasets that begin so."""
    from treadle.contract.data import ListDatasets, list_datasets
    from treadle.core.errors import TreadleError

    try:
        with connect() as client:
            return [dataset.name for dataset in client(list_datasets, ListDatasets(prefix=incomplete))]
    except TreadleError:
        return []
