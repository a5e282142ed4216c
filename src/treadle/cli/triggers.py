"""`treadle triggers`: what acts by itself, what it did, and why it did or did not."""

from __future__ import annotations

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.run import pairs
from treadle.cli.sheet import Sheet
from treadle.contract import triggers as words
from treadle.contract.triggers import Firing, Trigger
from treadle.sdk.client import connect

_MARKS = {"done": "✓", "failed": "✗", "skipped": "·", "dry": "·", "due": "○", "holding": "○", "acting": "●"}
_STYLES = {"done": "green", "failed": "red", "acting": "cyan", "due": "cyan", "holding": "yellow"}

VERBS = {
    "list": ("treadle.cli.triggers", "listing", "What acts by itself (what `treadle triggers` does)."),
    "show": ("treadle.cli.triggers", "show", "One trigger with its limits and last firings."),
    "firings": ("treadle.cli.triggers", "firings", "What triggers did, and did not, newest first."),
    "why": ("treadle.cli.triggers", "why", "Why a trigger fired, or did not: FIRING."),
    "test": ("treadle.cli.triggers", "test", "What would happen, without doing it."),
    "pause": ("treadle.cli.triggers", "pause", "Let a trigger do nothing until it goes on."),
    "resume": ("treadle.cli.triggers", "resume", "Let a trigger go on."),
    "remove": ("treadle.cli.triggers", "remove", "Remove a trigger; its firings stay on record."),
}

triggers = Noun(name="triggers", verbs=VERBS, help="What acts by itself: when this news, do that. `treadle apply FILE` makes them.")


def complete_trigger(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names of triggers that begin so."""
    from treadle.core.errors import TreadleError

    try:
        with connect() as client:
            return [one.name for one in client(words.list_triggers, words.ListTriggers()) if one.name.startswith(incomplete)]
    except TreadleError:
        return []


@click.command("list")
@output.json_option
def listing(as_json: bool) -> None:
    """What acts by itself, with the last that became of it."""
    with connect() as client:
        found = client(words.list_triggers, words.ListTriggers())
    if as_json:
        output.print_json(found)
        return
    lines = [(one.name, _state(one), one.sentence, _last(one), one.note) for one in found]
    columns = ["name", "state", "what", "last", "note"]
    if output.is_terminal() and not any(line[-1] for line in lines):
        columns, lines = columns[:-1], [line[:-1] for line in lines]  # type: ignore[misc]
    output.print_table(columns, lines, folds=["what"], empty="nothing acts by itself yet: treadle apply FILE")


def _state(one: Trigger) -> str:
    return (
        one.state if one.next_at is None or one.declared.when.__class__ is not words.Schedule else f"on, next {output.clock(one.next_at)}"
    )


def _last(one: Trigger) -> str:
    return f"{one.firings[0].state} {output.ago(one.firings[0].at)}" if one.firings else ""


@click.command("show")
@click.argument("name", metavar="TRIGGER", shell_complete=complete_trigger)
@output.json_option
def show(name: str, as_json: bool) -> None:
    """One trigger: what it waits for, what it does, its limits, and its last firings with their reasons."""
    with connect() as client:
        one = client(words.get_trigger, words.TriggerName(trigger=name))
    if as_json:
        output.print_json(one)
        return
    sheet = Sheet(click.style(f"trigger {one.name}", bold=True) + f" ({one.state})")
    sheet.line("state", _state(one))
    sheet.line("what", one.sentence)
    sheet.line("note", one.note)
    sheet.line("passed", f"{one.passed} times its conditions did not hold" if one.passed else "")
    runs = [act.submission for act in one.declared.do if isinstance(act, words.Run)]
    sheet.add("code", [[run.definition.name, run.code.digest[:12] if run.code else "", run.options.entry] for run in runs])
    sheet.line("declared", one.declared.file, f"applied {output.ago(one.applied_at)} by {one.actor}")
    sheet.add("firings", [[str(firing.id), _mark(firing), output.ago(firing.at), firing.why] for firing in one.firings])
    sheet.show()


def _mark(firing: Firing) -> str:
    return click.style(f"{_MARKS[firing.state]} {firing.state}", fg=_STYLES.get(firing.state))


@click.command("firings")
@click.argument("name", metavar="TRIGGER", required=False, default="", shell_complete=complete_trigger)
@click.option("--state", default="", metavar="S", help="Only these: done, failed, skipped, dry, holding, due, acting.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many.")
@output.json_option
def firings(name: str, state: str, limit: int, as_json: bool) -> None:
    """What triggers did, and what they did not do and why, newest first."""
    with connect() as client:
        found = client(words.list_firings, words.ListFirings(trigger=name, state=state, limit=limit))
    if as_json:
        output.print_json(found)
        return
    when = output.ago if output.is_terminal() else output.iso
    lines = [(one.id, one.trigger, _mark(one) if output.is_terminal() else one.state, when(one.at), _came(one), one.why) for one in found]
    output.print_table(["firing", "trigger", "state", "at", "came to", "why"], lines, right=["firing"], empty="no trigger has fired yet")


def _came(one: Firing) -> str:
    return "; ".join(str(answer.get("said", "")) for answer in one.answer)


@click.command("why")
@click.argument("firing", type=click.IntRange(min=1))
@output.json_option
def why(firing: int, as_json: bool) -> None:
    """Why a trigger fired, or did not: what came and what caused that, what was decided, what was done."""
    with connect() as client:
        found = client(words.explain_firing, words.FiringNumber(firing=firing))
    if as_json:
        output.print_json(found)
        return
    sheet = Sheet(f"{_mark(found.firing)} firing {found.firing.id} of {found.firing.trigger}")
    sheet.add("story", [[line] for line in found.lines])
    sheet.show()


@click.command("test")
@click.argument("name", metavar="TRIGGER", shell_complete=complete_trigger)
@click.option("--entry", type=click.IntRange(min=1), help="A journal entry that came before.")
@click.option("-f", "--field", "fields", multiple=True, metavar="K=V", help="A field of news that is made up.")
@output.json_option
def test(name: str, entry: int | None, fields: tuple[str, ...], as_json: bool) -> None:
    """What would happen with this news, under the limits as they stand now. Nothing is done and nothing recorded."""
    import msgspec

    data = {}
    for key, word in pairs(fields, "--field").items():
        try:
            data[key] = msgspec.json.decode(word)
        except msgspec.DecodeError:
            data[key] = word
    with connect() as client:
        found = client(words.test_trigger, words.TestTrigger(trigger=name, entry=entry, data=data))
    if as_json:
        output.print_json(found)
        return
    sheet = Sheet(f"trigger {name} would be {click.style(found.state, bold=True)}")
    sheet.line("would be", found.state)
    sheet.line("why", found.why)
    sheet.add("would do" if found.state in ("due", "holding") else "would not do", [[act] for act in found.acts])
    sheet.show()


@click.command("pause")
@click.argument("name", metavar="TRIGGER", shell_complete=complete_trigger)
@click.option("--why", "reason", default="", metavar="TEXT", help="A reason, for the journal.")
@output.json_option
def pause(name: str, reason: str, as_json: bool) -> None:
    """Let a trigger do nothing. News that comes meanwhile is passed over, and stays so."""
    _switch(name, True, reason, as_json)


@click.command("resume")
@click.argument("name", metavar="TRIGGER", shell_complete=complete_trigger)
@output.json_option
def resume(name: str, as_json: bool) -> None:
    """Let a trigger go on, with what is news from now on."""
    _switch(name, False, "", as_json)


def _switch(name: str, paused: bool, reason: str, as_json: bool) -> None:
    with connect() as client:
        one = client(words.pause_trigger, words.PauseTrigger(trigger=name, paused=paused, reason=reason))
    if as_json:
        output.print_json(one)
    else:
        output.talk(f"trigger {name} is {one.state}: treadle triggers {'resume' if paused else 'show'} {name}")


@click.command("remove")
@click.argument("name", metavar="TRIGGER", shell_complete=complete_trigger)
@output.json_option
def remove(name: str, as_json: bool) -> None:
    """Remove a trigger. What it has not done yet is not done any more; its firings stay on record."""
    with connect() as client:
        one = client(words.remove_trigger, words.TriggerName(trigger=name))
    if as_json:
        output.print_json(one)
    else:
        output.talk(f"trigger {name} is removed")
