"""What people do with versions of models: register, approve, reject, move aliases, write cards."""

from __future__ import annotations

import importlib

import click

from treadle.cli import output
from treadle.cli.models import at, complete_model, complete_version
from treadle.contract import registry as words
from treadle.contract.registry import ModelVersion
from treadle.core.errors import UsageError
from treadle.core.ids import new_key, parse_model_ref
from treadle.sdk.client import Client, connect


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete_model)
@click.argument("run", metavar="RUN[/OUTPUT]")
@click.option("--label", metavar="COLUMN", help="The column with the truth.")
@output.json_option
def register(name: str, run: str, label: str | None, as_json: bool) -> None:
    """Make a version of a model out of what a run gave. Without a check it is a candidate."""
    runs = importlib.import_module("treadle.contract.runs")
    ref, _, out = run.removeprefix("run://").partition("/")
    with connect() as client:
        number = client(runs.get_run, runs.RunRef(run=ref)).id
        request = words.Register(model=name, run=number, output=out or "result", key=new_key(), label=label)
        made = client(words.register, request)
    _told(made, as_json, f"{made.title} is registered: treadle models show {made.ref}")


def _decide(ref: str, decision: str, why: str, gate: str, override: bool, as_json: bool) -> None:
    request = words.Decide(ref=ref, decision=decision, words=why, gate=gate, override=override)
    with connect() as client:
        made = client(words.decide, request)
    _told(made, as_json, made.title)


def _told(made: ModelVersion, as_json: bool, sentence: str) -> None:
    if as_json:
        output.print_json(made)
    else:
        click.echo(sentence)


_REF = click.argument("ref", metavar="REF", shell_complete=complete_version)
_WORDS = click.option("-m", "--message", "why", required=True, metavar="WORDS", help="Why. Kept for good.")
_GATE = click.option("--gate", default="", metavar="NAME", help="One of several gates that wait.")


@click.command()
@_REF
@_WORDS
@_GATE
@click.option("--override", is_flag=True, help="Let a version through whose gates failed; recorded as an override.")
@output.json_option
def approve(ref: str, why: str, gate: str, override: bool, as_json: bool) -> None:
    """Say yes to a version, with words."""
    _decide(ref, "yes", why, gate, override, as_json)


@click.command()
@_REF
@_WORDS
@_GATE
@output.json_option
def reject(ref: str, why: str, gate: str, as_json: bool) -> None:
    """Say no to a version, with words."""
    _decide(ref, "no", why, gate, False, as_json)


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete_model)
@click.argument("alias", metavar="ALIAS")
@click.argument("version", metavar="VERSION", required=False)
@click.option("-m", "--message", "why", default="", metavar="WORDS", help="Why.")
@click.option("--remove", is_flag=True, help="Remove the alias.")
@output.json_option
def alias(name: str, alias: str, version: str | None, why: str, remove: bool, as_json: bool) -> None:
    """Move an alias to a version (3 or v3), or remove it. Only an approved version becomes the champion."""
    model = parse_model_ref(name).name
    if remove == (version is not None):
        raise UsageError("an alias is moved to a VERSION, or removed", hint=f"treadle models alias {model} {alias} VERSION")
    with connect() as client:
        if remove:
            made = client(words.remove_alias, words.RemoveAlias(model=model, alias=alias))
        else:
            number = _number(client, model, str(version))
            made = client(words.set_alias, words.SetAlias(model=model, alias=alias, version=number, reason=why))
    if as_json:
        output.print_json(made)
    else:
        click.echo(f"{model}: " + (", ".join(f"{word} is v{at}" for word, at in made.aliases.items()) or "no aliases"))


def _number(client: Client, model: str, version: str) -> int:
    return client(words.get_version, words.VersionRef(ref=f"{model}@{version.rpartition('@')[2]}")).number


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete_model)
@output.json_option
def history(name: str, as_json: bool) -> None:
    """How the aliases of a model moved, newest first."""
    with connect() as client:
        found = client(words.alias_history, words.ModelName(model=parse_model_ref(name).name))
    if as_json:
        output.print_json(found)
        return
    rows = [[at(one.at), one.alias, _v(one.former), _v(one.version) or "removed", one.actor, one.reason] for one in found]
    output.print_table(["when", "alias", "from", "to", "actor", "why"], rows, empty=f"no alias yet: treadle models alias {name} champion 1")


def _v(number: int | None) -> str:
    return f"v{number}" if number is not None else ""


@click.command()
@_REF
@click.option("--write", "sections", multiple=True, metavar="SECTION=TEXT", help="Words for a section; an empty text removes it.")
@output.json_option
def card(ref: str, sections: tuple[str, ...], as_json: bool) -> None:
    """A version's card as Markdown: facts from the record, words by people.

    With --write the words of a section are kept: of the version when REF names one, of the whole model otherwise.
    """
    written = importlib.import_module("treadle.cli.run").pairs(sections, "--write")
    with connect() as client:
        if written:
            client(words.write_card, words.WriteCard(ref=ref, sections=written))
        found = client(words.read_card, words.VersionRef(ref=ref))
    if as_json:
        output.print_json(found)
    else:
        click.echo(found.markdown, nl=False)
