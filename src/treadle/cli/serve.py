"""`treadle serve`: answer predictions, for an endpoint of the record, for a model version, or from a plan folder."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from pathlib import Path
from typing import Any

import click

from treadle.core.errors import UsageError


@click.command()
@click.argument("name", required=False)
@click.option(
    "--plan", "folder", type=click.Path(path_type=Path), help="Serve a folder that `treadle models export` has made, without a record."
)
@click.option("--host", help="The address to listen on, for a model or a plan folder. Other machines need a token.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, for a model or a plan folder; 0 takes a free one and keeps it.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer, for a model or a plan folder.")
@click.option(
    "--memory",
    metavar="SIZE",
    default="0",
    help="The most memory for each model's process, such as 2GiB; the default is half the machine's.",
)
@click.option("--consent", is_flag=True, help="Load models from formats that execute code (pickle).")
@click.option("--override", default="", metavar="WHY", help="Serve a version that is not approved; the reason is recorded.")
@click.option("--insecure", is_flag=True, help="Serve other machines although no token is asked for.")
@click.option("--take-over", is_flag=True, hidden=True, help="End a `treadle serve` of the same endpoint and go on in its place.")
def serve(name: str | None, folder: Path | None, **more: Any) -> int:
    """Answer predictions: an endpoint by NAME, or any version of a model, model://NAME@REF.

    Ctrl-C stops it: requests under way are answered and recorded first; twice does not wait for them.
    """
    if (name is None) == (folder is None):
        raise UsageError("say what to serve: the name of an endpoint, model://NAME@REF, or --plan FOLDER", hint="treadle serve --help")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would say every look at the plan
    serving = importlib.import_module("treadle.endpoint.serve")
    options = serving.Options(
        changes={key: more[key] for key in ("host", "port", "workers") if more[key] is not None}
        | ({"consent": True} if more["consent"] else {}),
        memory=serving.bytes_of(more["memory"]),
        override=more["override"],
        insecure=more["insecure"],
        take_over=more["take_over"],
    )
    keeping = serving.of_folder(folder, options, announce) if folder is not None else serving.of_record(name, options, announce)
    asyncio.run(keeping)
    click.echo("stopped", err=True)
    return 0


def announce(address: str, what: str) -> None:
    """One block that says what is served where."""
    click.echo(f"Treadle serves {what} at {address}")
    click.echo(f"  predict     POST {address}/predict")
    click.echo(f"  document    GET {address}/openapi.json")
    click.echo("Ctrl-C stops it.")
    sys.stdout.flush()
