"""`treadle data gc` and `treadle data verify`: upkeep of the stored bytes."""

from __future__ import annotations

import importlib
import re

import click

from treadle.cli import output
from treadle.core.errors import UsageError
from treadle.sdk.client import connect

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")


@click.command()
@click.option("--yes", is_flag=True, help="Really remove; without it only say what would be removed.")
@click.option("--older-than", default="1d", show_default=True, metavar="TIME", help="Leave alone what is younger: 30m, 12h, 7d.")
@output.json_option
def gc(yes: bool, older_than: str, as_json: bool) -> None:
    """Remove stored bytes that no version, run or other record names. A dry run unless --yes is given.

    What is younger than --older-than stays, because it may be on its way into a record: make it longer than the longest upload.
    """
    seconds = span(older_than)
    with connect() as client:
        swept = importlib.import_module("treadle.data.work").gc(client.contents.desk(), remove=yes, older_than=seconds)
    if as_json:
        output.print_json(swept)
        return
    freed = output.size(swept.bytes + swept.leftovers)
    what = f"{swept.blobs:,} stored thing{'s' if swept.blobs != 1 else ''}"
    what += f" and {output.size(swept.leftovers)} left behind by killed writers" if swept.leftovers else ""
    if not output.is_terminal():
        columns = ["blobs", "bytes", "packs", "leftovers", "kept", "removed"]
        output.print_table(columns, [[getattr(swept, column) if column != "removed" else str(swept.removed).lower() for column in columns]])
    elif swept.bytes + swept.leftovers == 0:
        click.echo(f"nothing to free: all that is stored is named by the record ({swept.kept:,} digests) or younger than {older_than}")
    elif yes:
        click.echo(f"freed {freed}: {what}; {swept.kept:,} digests are kept")
    else:
        click.echo(f"would free {freed}: {what}; {swept.kept:,} digests are kept. Nothing was removed: treadle data gc --yes does it")


@click.command()
@output.json_option
def verify(as_json: bool) -> int:
    """Read everything that is stored and name what is damaged or missing. The exit status is 1 when something is."""
    with connect() as client:
        flawed = importlib.import_module("treadle.data.work").verify(client.contents.desk())
    if as_json:
        output.print_json(flawed)
    elif flawed or not output.is_terminal():
        rows = [
            [flaw.digest[:12] if output.is_terminal() else flaw.digest, flaw.kind, flaw.what, ", ".join(flaw.used_by)] for flaw in flawed
        ]
        output.print_table(["digest", "flaw", "what", "used by"], rows, folds=["what"])
    if flawed:
        output.talk(f"{len(flawed):,} flaw{'s' if len(flawed) != 1 else ''}: add the data again (treadle data add), or rerun what made it")
    elif not as_json:
        output.talk("everything stored is there and has the digest it is stored under")
    return 1 if flawed else 0


def span(text: str) -> float:
    """Seconds of `12h`, `7d`, `30m`; raises UsageError."""
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None and text.strip() != "0":
        raise UsageError(f"`{text}` is no span of time", hint="--older-than 30m, 12h or 7d")
    return float(match[1]) * _UNITS[match[2]] if match else 0.0
