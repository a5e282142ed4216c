"""`treadle data label`, `alias`, `files` and `aliases`: names of dataset versions, and the files that runs gave with theirs."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli import output
from treadle.cli.opened import complete_dataset
from treadle.contract import data as words
from treadle.contract import datums
from treadle.core.errors import UsageError
from treadle.core.ids import parse_dataset_ref
from treadle.sdk.client import connect


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_dataset)
@click.argument("label", metavar="LABEL")
@output.json_option
def label(ref: str, label: str, as_json: bool) -> None:
    """Give a version a name that stays: flights@v3 is then flights@LABEL, too."""
    with connect() as client:
        made = client(words.label_version, words.LabelVersion(ref=ref, label=label))
    if as_json:
        output.print_json(made)
    else:
        click.echo(f"{made.ref} is {made.dataset}@{made.label}")


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete_dataset)
@click.argument("alias", metavar="ALIAS")
@click.argument("version", metavar="VERSION", required=False)
@click.option("-m", "--message", "why", default="", metavar="WORDS", help="Why.")
@click.option("--remove", is_flag=True, help="Remove the alias.")
@output.json_option
def alias(name: str, alias: str, version: str | None, why: str, remove: bool, as_json: bool) -> None:
    """Move an alias of a dataset to a version (3, v3 or a label), or remove it."""
    dataset = parse_dataset_ref(name).name
    if remove == (version is not None):
        raise UsageError("an alias is moved to a VERSION, or removed", hint=f"treadle data alias {dataset} {alias} VERSION")
    with connect() as client:
        if remove:
            made = client(words.remove_alias, words.RemoveAlias(dataset=dataset, alias=alias))
        else:
            found = client(words.get_version, words.GetVersion(ref=f"{dataset}@{str(version).rpartition('@')[2]}"))
            made = client(words.set_alias, words.SetAlias(dataset=dataset, alias=alias, version=found.number, reason=why))
    if as_json:
        output.print_json(made)
    else:
        click.echo(f"{dataset}: " + (", ".join(f"{word} is v{at}" for word, at in made.aliases.items()) or "no aliases"))


@click.command()
@click.option("--run", type=int, metavar="NUMBER", help="Only those of one run.")
@click.option("--name", metavar="NAME", help="Only those of this name; * stands for anything.")
@click.option("--limit", default=50, show_default=True, metavar="N", help="How many.")
@output.json_option
def files(run: int | None, name: str | None, limit: int, as_json: bool) -> None:
    """List the files that runs gave, newest first: datum://NUMBER or datum://ALIAS is one of them as an input."""
    with connect() as client:
        page = client(datums.list_datums, datums.ListDatums(run=run, name=name, limit=limit))
    if as_json:
        output.print_json(page)
        return
    rows = [
        [one.id, one.name, _size(one), one.run, one.step, ", ".join(one.aliases), ", ".join(one.tags), _at(one.created_at)]
        for one in page.datums
    ]
    columns = ["datum", "name", "size", "run", "step", "aliases", "tags", "created"]
    output.print_table(columns, rows, right=["datum", "size", "run"], empty="no run has given a file yet")
    if page.next is not None:
        output.talk(f"there are more: --limit {limit * 10}")


@click.command()
@click.argument("alias", metavar="ALIAS", required=False)
@click.argument("datum", metavar="DATUM", required=False)
@click.option("-m", "--message", "why", default="", metavar="WORDS", help="Why.")
@click.option("--remove", is_flag=True, help="Remove the alias.")
@output.json_option
def aliases(alias: str | None, datum: str | None, why: str, remove: bool, as_json: bool) -> None:
    """List the aliases of files that runs gave; with ALIAS and DATUM (a number, or another alias), move one."""
    if alias is not None:
        _change(alias, datum, why, remove, as_json)
        return
    if remove:
        raise UsageError("which alias is to be removed?", hint="treadle data aliases ALIAS --remove")
    with connect() as client:
        found = client(datums.list_datum_aliases, datums.ListDatumAliases())
    if as_json:
        output.print_json(found)
        return
    rows = [[one.name, one.datum.id, one.datum.name, one.datum.run, _at(one.moved_at), one.actor] for one in found]
    columns = ["alias", "datum", "name", "run", "moved", "actor"]
    output.print_table(columns, rows, right=["datum", "run"], empty="no file has an alias yet: treadle data aliases ALIAS DATUM")


def _change(alias: str, datum: str | None, why: str, remove: bool, as_json: bool) -> None:
    if remove == (datum is not None):
        raise UsageError("an alias is moved to a DATUM, or removed", hint=f"treadle data aliases {alias} DATUM")
    made: Any
    with connect() as client:
        if remove:
            made = client(datums.remove_datum_alias, datums.RemoveDatumAlias(alias=alias))
            said = f"datum://{alias} is no longer {made.name} of run {made.run}"
        else:
            made = client(datums.set_datum_alias, datums.SetDatumAlias(alias=alias, datum=str(datum), reason=why))
            said = f"datum://{alias} is {made.datum.name} of run {made.datum.run}"
    if as_json:
        output.print_json(made)
    else:
        click.echo(said)


def _size(one: datums.Datum) -> str:
    if one.purged_at is not None:
        return "purged"
    return output.size(one.size) if output.is_terminal() else str(one.size)


def _at(moment: float) -> str:
    return output.ago(moment) if output.is_terminal() else output.iso(moment)
