"""`treadle up`: serve this home over HTTP, with a dispatcher and the endpoints beside the server."""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Any

import click

from treadle.cli import output
from treadle.sdk.home import find_home


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on. Other machines need tokens.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="The port to listen on; 0 takes a free one.")
@click.option("--database", metavar="URL", help="The database, where it is not in the home folder: postgresql://USER@HOST/NAME.")
@click.option("--blobs", metavar="URL", help="Where bytes lie, if not in the home folder: s3://BUCKET/PREFIX.")
@click.option("--no-dispatch", is_flag=True, help="Only serve; `treadle work` performs runs elsewhere.")
@click.option("--no-endpoints", is_flag=True, help="Start no endpoints; `treadle serve NAME` runs one elsewhere.")
@click.option("--insecure", is_flag=True, help="Serve other machines although no token is needed. Anybody can then run code here.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="CPU cores that runs may use at once; the default is all.")
@click.option("--verbose", is_flag=True, help="A line in the log for every request.")
def up(host: str, port: int, database: str | None, blobs: str | None, no_dispatch: bool, jobs: int | None, **more: Any) -> int:
    """Serve this home: HTTP API, live news, metrics; beside it a dispatcher that performs queued runs, and all endpoints.

    Ctrl-C stops it: requests and runs under way may finish; twice does not wait for them.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    serving = importlib.import_module("treadle.server.serve")
    settings = importlib.import_module("treadle.server.settings").Settings(
        host=host, port=port, insecure=more["insecure"], verbose=more["verbose"]
    )
    record = importlib.import_module("treadle.assemble").open_home(find_home(), database=database, blobs=blobs)
    try:
        serving.check_exposure(record, settings)
        listener = serving.listen(settings)
        port = listener.getsockname()[1]
        beside = serving.Beside(
            None if no_dispatch else dispatch_command(jobs, database, blobs),
            None if more["no_endpoints"] else endpoint_settings(database, blobs),
        )
        serving.serve(record, settings, listener, beside, lambda: announce(record, settings, port, dispatched=not no_dispatch))
    finally:
        record.close()
    output.talk("stopped")
    return 0


def dispatch_command(jobs: int | None, database: str | None, blobs: str | None) -> list[str]:
    """The command line of the dispatcher beside the server. It works in the same home, found from the same folder."""
    words = [sys.executable, "-m", "treadle", "work"]
    for option, value in (("--jobs", jobs), ("--database", database), ("--blobs", blobs)):
        words += [option, str(value)] if value is not None else []
    return words


def endpoint_settings(database: str | None, blobs: str | None) -> dict[str, str]:
    """What an endpoint's process must know to find the same record."""
    given = {"TREADLE_DATABASE": database, "TREADLE_BLOBS": blobs}
    return {"TREADLE_HOME": str(find_home())} | {name: value for name, value in given.items() if value is not None}


def announce(record: Any, settings: Any, port: int, *, dispatched: bool) -> None:
    """One block that says what is served where, and how clients come to it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if settings.insecure and not settings.loopback:
        click.echo("INSECURE: everybody who reaches this machine can run code on it", err=True)
    click.echo(f"Treadle serves http://{host}:{port}")
    click.echo(f"  home        {record.home}")
    click.echo(f"  database    {record.store.shown_url}")
    click.echo(f"  dispatcher  {'beside the server' if dispatched else 'none: treadle work performs runs'}")
    click.echo("  interface   open the address in a browser")
    click.echo(f"  clients     export TREADLE_URL=http://{host}:{port}")
    click.echo("Ctrl-C stops it.")
    sys.stdout.flush()
