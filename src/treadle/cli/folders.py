"""`treadle data add`, `status`, `pull` and `diff`: versions of data and the folders they come from and go to."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import Any

import click

from treadle.cli import output
from treadle.cli.meter import Meter
from treadle.cli.opened import complete_dataset
from treadle.sdk.client import connect

_MOST_PATHS = 20  # of each kind of change on a terminal

# What is added, removed and changed: the sign and its colour, as every tool shows differences.
_SIGNS = (("added", "+", "green"), ("removed", "-", "red"), ("changed", "~", "yellow"))


def _work() -> Any:
    return importlib.import_module("treadle.data.work")


@click.command()
@click.argument("path", type=click.Path())
@click.option("--as", "name", required=True, metavar="NAME", help="The dataset.", shell_complete=complete_dataset)
@click.option("-m", "--message", default="", metavar="TEXT", help="What is new.")
@output.json_option
def add(path: str, name: str, message: str, as_json: bool) -> None:
    """Store a file or folder as a new version of a dataset. Only files that changed since the last time are read."""
    with connect() as client, Meter("adding") as meter:
        added = _work().add(client.contents.desk(meter), path, name, message)
    if as_json:
        output.print_json(added)
        return
    version = added.version
    facts = [f"{version.files:,} file{'s' if version.files != 1 else ''}", output.size(version.size)]
    facts += [f"{version.rows:,} rows"] if version.rows is not None else []
    if not output.is_terminal():
        click.echo(version.ref)
    if added.new:
        output.talk(f"added {path} as {version.ref}: {', '.join(facts)}, {added.read:,} read, {output.duration(meter.seconds)}")
    else:
        output.talk(f"nothing changed: {path} is {version.ref} ({', '.join(facts)})")
    if added.merged:
        output.talk(f"others added to `{name}` meanwhile, so {version.ref} holds more than {path}: treadle data pull {version.ref} {path}")


@click.command()
@click.argument("path", type=click.Path(), default=".")
@click.option("--as", "name", metavar="NAME", help="The dataset, when the folder was added to several.", shell_complete=complete_dataset)
@output.json_option
def status(path: str, name: str | None, as_json: bool) -> None:
    """What changed in a folder since it was added or pulled. Reads only files that were touched, and stores nothing."""
    with connect() as client, Meter("looking at") as meter:
        found = _work().status(client.contents.desk(meter), path, name)
    if as_json:
        output.print_json(found)
        return
    if found.number is None and output.is_terminal():
        known = f"as `{name}` " if name else ""
        output.talk(f"{path} was never added {known}or pulled: treadle data add {path} --as {name or 'NAME'}  ({found.files:,} files)")
        return
    _show_changes(found.changes)
    if output.is_terminal():
        base = f"{found.dataset}@v{found.number}"
        if found.changes:
            output.talk(f"{_counts(found.changes)} since {base}: treadle data add {path} --as {found.dataset}")
        else:
            output.talk(f"{path} is {base}, {found.files:,} files, nothing changed")


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_dataset)
@click.argument("destination", metavar="[DEST]", type=click.Path(), required=False)
@click.option("--force", is_flag=True, help="Overwrite files that were changed here.")
@output.json_option
def pull(ref: str, destination: str | None, force: bool, as_json: bool) -> None:
    """Make a folder equal to a version, writing only what differs. DEST is by default a folder named like the dataset.

    Files that no version knows stay. A file that was changed here is a conflict (exit status 6) and nothing is written.
    """
    with connect() as client, Meter("pulling") as meter:
        pulled = _work().pull(client.contents.desk(meter), ref, destination, force=force)
    if as_json:
        output.print_json(pulled)
        return
    facts = f"{pulled.written:,} written, {pulled.removed:,} removed, {pulled.unchanged:,} unchanged"
    output.talk(f"{pulled.folder} is now {pulled.version.ref}: {facts}, {output.duration(meter.seconds)}")


@click.command()
@click.argument("a", shell_complete=complete_dataset)
@click.argument("b", shell_complete=complete_dataset)
@click.option("-k", "--key", "keys", multiple=True, metavar="COL", help="A column that names a row, to tell changed rows from new ones.")
@output.json_option
def diff(a: str, b: str, keys: tuple[str, ...], as_json: bool) -> None:
    """How two versions, or two table files, differ: files, and for tables columns and rows."""
    keys = tuple(name for key in keys for name in key.split(","))
    with connect() as client:
        found = _work().diff(client.contents.desk(), a, b, keys)
    if as_json:
        output.print_json(found)
        return
    _show_changes(found.changes)
    tables = [("all tables", found.whole)] if found.whole is not None and (len(found.tables) != 1 or found.changes.added) else []
    tables += [(path, table) for path, table in found.tables.items() if table]
    if output.is_terminal():
        for name, table in tables:
            _show_table(name, table)
        output.talk(f"{found.a} -> {found.b}: {_counts(found.changes) or 'no difference'}")
    else:
        output.print_lines(["table", name, *fact] for name, table in tables for fact in _facts(table))


def _counts(changes: Any) -> str:
    counts = [f"{len(getattr(changes, kind)):,} {kind}" for kind, _, _ in _SIGNS if getattr(changes, kind)]
    return ", ".join(counts)


def _show_changes(changes: Any) -> None:
    """One line per path; of many on a terminal the first ones."""
    if not output.is_terminal():
        output.print_table(["change", "path"], [[kind, path] for kind, _, _ in _SIGNS for path in getattr(changes, kind)])
        return
    for kind, sign, colour in _SIGNS:
        paths: Sequence[str] = getattr(changes, kind)
        for path in paths[:_MOST_PATHS]:
            click.echo(click.style(f"{sign} {path}", fg=colour))
        if len(paths) > _MOST_PATHS:
            click.echo(click.style(f"{sign} ... and {len(paths) - _MOST_PATHS:,} more {kind}", fg=colour))


def _facts(table: Any) -> list[list[str]]:
    """A table's difference as facts: what, and how many or which."""
    facts = [["rows added", f"{table.rows_added:,}"], ["rows removed", f"{table.rows_removed:,}"]]
    if table.rows_changed is not None:
        columns = ", ".join(f"{name} in {count:,}" for name, count in table.changed_columns.items())
        facts.append(["rows changed", f"{table.rows_changed:,}{f' ({columns})' if columns else ''}"])
    facts += [["column added", f"{name}: {kind}"] for name, kind in table.columns_added.items()]
    facts += [["column removed", f"{name}: {kind}"] for name, kind in table.columns_removed.items()]
    facts += [["column retyped", f"{name}: {was} -> {now}"] for name, (was, now) in table.columns_retyped.items()]
    return facts


def _show_table(name: str, table: Any) -> None:
    click.echo(click.style(os.fspath(name), bold=True))
    for what, fact in _facts(table):
        if fact != "0":
            click.echo(f"  {what:<15} {fact}")
