"""`treadle journal`: what happened, who did it, which entry caused it, and whether it still says what it said."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Sequence
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import opened
from treadle.cli.storage import span
from treadle.contract import record as words
from treadle.contract.record import Entry, JournalFault, ReadJournal, Verified, VerifyJournal
from treadle.core.content import is_digest
from treadle.core.errors import NotFound, UsageError
from treadle.sdk.client import connect

_LOOK_SECONDS = 0.3
_COLUMNS = ("entry", "at", "kind", "subject", "actor", "cause", "detail")
_SAID = ("name", "step", "run_kind", "parent", "again")  # facts of runs that stand elsewhere in the line, or that nobody asks for

VERBS = {
    "list": ("treadle.cli.journal", "listing", "The last entries (what `treadle journal` does)."),
    "why": ("treadle.cli.journal", "causes", "An entry and the chain of what caused it."),
    "verify": ("treadle.cli.journal", "verify", "Whether old entries still say what they said."),
}

journal = Noun(name="journal", verbs=VERBS, help="What happened, who did it, and which entry caused it. The newest entry stands last.")


@click.command("list")
@click.option("--kind", default="", metavar="K", help="Only this kind: run.failed, or run.* for all about runs.")
@click.option("--subject", default="", metavar="S", help="Only about this: run:12, dataset:flights.")
@click.option("--actor", default="", metavar="NAME", help="Only what this person, token or trigger did.")
@click.option("--text", default="", metavar="WORDS", help="Only with these words in kind, subject or details, in any case of letters.")
@click.option("--since", default="", metavar="TIME", help="Only from then on: 2h, 7d, 2026-07-24, 2026-07-24T12:30.")
@click.option("--until", default="", metavar="TIME", help="Only up to then.")
@click.option("-n", "--limit", type=click.IntRange(1, 5000), default=30, show_default=True, help="How many entries.")
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@output.json_option
def listing(limit: int, follow: bool, as_json: bool, since: str, until: str, **filters: Any) -> None:
    """What happened, who did it, and why. The newest entry stands last. With --follow --json each line is one entry."""
    wanted = ReadJournal(**filters, since=moment_of("--since", since), until=moment_of("--until", until))
    if follow and until:
        raise UsageError("--follow goes on without an end, --until names one", hint="leave one of them out")
    with opened() as client:
        entries = client(words.read_journal, msgspec.structs.replace(wanted, limit=limit, newest=True))[::-1]
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
            entries = client(words.read_journal, msgspec.structs.replace(wanted, after=after, limit=5000))


def moment_of(option: str, text: str) -> float | None:
    """A moment in seconds since 1970: so long ago (`2h`), or a date with or without a time, of this machine's clock. None for no words."""
    if not text:
        return None
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except ValueError:
        pass  # then it is a span of time
    try:
        return time.time() - span(text)
    except UsageError:
        raise UsageError(f"{option} was given `{text}`", hint=f"{option} 2h, 7d, 2026-07-24 or 2026-07-24T12:30") from None


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


@click.command("verify")
@click.option("--expect", default="", metavar="SEAL", help="A seal that was noted earlier, outside of this record.")
@output.json_option
def verify(expect: str, as_json: bool) -> int:
    """Compare every entry with the seal that was put on it, and seal what is new. The exit status is 1 when something is wrong.

    Seals form a chain: the last one stands for the whole journal. Note it elsewhere and give it to --expect later on, and not even
    who can write the database and makes all seals anew stays unseen.
    """
    with connect() as client:
        parts: list[Verified] = [client(words.verify_journal, VerifyJournal(expect=expect))]
        while parts[-1].more:
            parts.append(client(words.verify_journal, VerifyJournal(expect=expect, after=parts[-1].number)))
    found = _together(parts)
    if as_json:
        output.print_json(found)
    elif found.faults or not output.is_terminal():
        output.print_table(
            ["entry", "fault", "what"], [[str(f.entry), f.what, f.sentence] for f in found.faults], right=["entry"], folds=["what"]
        )
    if not as_json:
        _say(found)
    return 1 if found.faulty or found.expected is False else 0


def _together(parts: Sequence[Verified]) -> Verified:
    """The answers about the parts of a long journal as one."""
    faults: list[JournalFault] = [fault for part in parts for fault in part.faults]
    expected = None if parts[0].expected is None else any(part.expected for part in parts)
    sums = {name: sum(getattr(part, name) for part in parts) for name in ("entries", "sealed", "faulty")}
    return msgspec.structs.replace(parts[-1], faults=tuple(faults), expected=expected, **sums)


def _say(found: Verified) -> None:
    if found.faulty:
        more = f", of which {len(found.faults):,} are named" if found.faulty > len(found.faults) else ""
        output.talk(f"{found.faulty:,} fault{'s' if found.faulty != 1 else ''}{more}: somebody has written into the database by other ways")
    if found.expected is False:
        output.talk("the seal that was expected is not in the chain: entries up to it were rewritten together with all seals")
    if found.faulty or found.expected is False:
        return
    output.talk(f"the journal says what it said when it was sealed: {found.entries:,} entries, {found.sealed:,} of them sealed just now")
    output.talk(f"the seal up to entry {found.upto}: {found.seal}")


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
