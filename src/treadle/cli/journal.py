"""`treadle journal`: what happened, who did it, and which entry caused it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click
import msgspec

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.contract import record as words
from treadle.contract.record import Entry
from treadle.core.content import is_digest
from treadle.core.errors import NotFound

_LOOK_SECONDS = 0.3
_COLUMNS = ("entry", "at", "kind", "subject", "actor", "cause", "detail")
_SAID = ("name", "step", "run_kind", "parent", "again")  # facts of runs that stand elsewhere in the line, or that nobody asks for

VERBS = {
    "list": ("treadle.cli.journal", "listing", "The last entries (what `treadle journal` does)."),
    "why": ("treadle.cli.journal", "causes", "An entry and the chain of what caused it."),
}

journal = Noun(name="journal", verbs=VERBS, help="What happened, who did it, and which entry caused it. The newest entry stands last.")


@click.command("list")
@click.option("--kind", default="", metavar="K", help="Only this kind: run.failed, or run.* for all about runs.")
@click.option("--subject", default="", metavar="S", help="Only about this: run:12, dataset:flights.")
@click.option("-n", "--limit", type=click.IntRange(1, 5000), default=30, show_default=True, help="How many entries.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@output.json_option
def listing(kind: str, subject: str, limit: int, follow: bool, as_json: bool) -> None:
    """What happened, who did it, and why. The newest entry stands last. With --follow --json each line is one entry."""
    with opened() as client:
        request = words.ReadJournal(kind=kind, subject=subject, limit=limit, newest=True)
        entries = client(words.read_journal, request)[::-1]
        if not follow:
            _print(entries, as_json=as_json)
            return
        after = client(words.check_health, words.CheckHealth()).last_entry if not entries else entries[-1].id
        if not as_json and not output.is_terminal():
            output.print_lines([_COLUMNS])
        while True:
            _print_live(entries, as_json=as_json)
            after = entries[-1].id if entries else after
            time.sleep(_LOOK_SECONDS)
            entries = client(words.read_journal, words.ReadJournal(after=after, kind=kind, subject=subject, limit=5000))


@click.command("why")
@click.argument("entry", type=click.IntRange(min=1))
@output.json_option
def causes(entry: int, as_json: bool) -> None:
    """An entry of the journal and what caused it, nearest first. Entries that name no cause lead to the run that made them."""
    with opened() as client:
        chain = client(words.read_causes, words.ExplainEntry(entry=entry))
    if not chain:
        raise NotFound(f"the journal has no entry {entry}", hint="treadle journal")
    _print(chain, as_json=as_json)
    if len(chain) == 1 and not as_json and output.is_terminal():
        output.talk(f"nothing caused entry {entry}: {chain[0].actor} asked for it, or the world did")
    if not as_json and output.is_terminal():
        output.talk(f"what it led to: treadle why entry:{entry}")


def _print(entries: Sequence[Entry], *, as_json: bool) -> None:
    if as_json:
        output.print_json(entries)
        return
    rows, columns = [_row(entry) for entry in entries], list(_COLUMNS)
    if output.is_terminal() and not any(entry.cause for entry in entries):
        at = columns.index("cause")
        columns, rows = [*columns[:at], *columns[at + 1 :]], [[*row[:at], *row[at + 1 :]] for row in rows]
    output.print_table(columns, rows, right=["entry", "cause"], empty="nothing has happened yet: treadle run FILE::NAME")


def _print_live(entries: Sequence[Entry], *, as_json: bool) -> None:
    """Entries as they come: one line each, in columns of fixed width."""
    for entry in entries:
        if as_json:
            click.echo(msgspec.json.encode(entry).decode())
        elif output.is_terminal():
            number, at, kind, subject, actor, _, detail = _row(entry)
            click.echo(f"{number:>7}  {at}  {kind:<16} {subject:<12} {actor:<10} {detail}")
        else:
            output.print_lines([_row(entry)])
    sys.stdout.flush()


def _row(entry: Entry) -> list[str]:
    facts = {name: value for name, value in entry.data.items() if value not in (None, "", 0, [], {})}
    who = " ".join(str(facts[name]) for name in ("name", "step") if name in facts)
    detail = ", ".join(f"{name} {_text(value)}" for name, value in facts.items() if name not in _SAID and (name, value) != ("attempt", 1))
    at = output.clock(entry.at) if output.is_terminal() else output.iso(entry.at)
    cause = str(entry.cause) if entry.cause else ""
    return [str(entry.id), at, entry.kind, entry.subject, entry.actor, cause, f"{who}: {detail}" if who and detail else who or detail]


def _text(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:12] if output.is_terminal() and is_digest(text) else text
