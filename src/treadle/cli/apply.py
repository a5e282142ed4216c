"""`treadle apply FILE`: make endpoints, monitors and triggers what a project's file declares, after showing what that changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.declared import Wanted, declared
from treadle.cli.run import performing
from treadle.contract import monitoring, serving
from treadle.contract import triggers as words
from treadle.contract.triggers import Declared
from treadle.core.errors import TargetError, UsageError
from treadle.sdk.client import Client, connect

_SIGNS = {"create": ("+", "green"), "change": ("~", "yellow"), "remove": ("-", "red"), "unchanged": ("=", "white")}
_LONGEST = 60


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the plan. `act`: create, change, remove, unchanged; `fields` are what changes, `code` the digest of what will run."""

    act: str
    kind: str
    name: str
    says: str = ""
    fields: tuple[str, ...] = ()
    code: str = ""


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--plan", is_flag=True, help="Only show what would change.")
@click.option("--prune", is_flag=True, help="Remove triggers that this file declared before and does not any more, and their monitors.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output.json_option
def apply(file: Path, plan: bool, prune: bool, yes: bool, as_json: bool) -> int:
    """Make endpoints, monitors and triggers what FILE declares. The plan is shown first; without a terminal say --yes.

    Code is captured now: what a trigger runs later is what the file says today, until it is applied again.
    """
    if not file.is_file():
        raise TargetError(f"there is no file `{file}`", where=os.getcwd(), hint="give the path of a Python file")
    with connect() as client:
        with performing(client, None) as here:
            wanted = declared(client, here, file)
        steps = planned(client, wanted, prune=prune)
        changing = [step for step in steps if step.act != "unchanged"]
        if as_json and (plan or not changing):
            output.print_json(steps)
        elif not as_json:
            show(steps)
        if plan or not changing:
            return 0
        if not yes and not _confirmed():
            output.talk("nothing was changed")
            return 1
        perform(client, wanted, steps)
        if as_json:
            output.print_json(steps)
        else:
            output.talk(f"{len(changing)} applied: treadle triggers")
    return 0


def _confirmed() -> bool:
    if not (sys.stdin.isatty() and output.is_terminal()):
        raise UsageError("this changes what acts by itself, and there is no terminal to ask on", hint="treadle apply FILE --yes")
    return click.confirm("apply this?", default=False)


# --- the plan --------------------------------------------------------------------------------------------------------------


def planned(client: Client, wanted: Wanted, *, prune: bool) -> list[Step]:
    """What applying would do, in the order in which it is done."""
    endpoints = {one.name: one for one in client(serving.list_endpoints, serving.ListEndpoints())} if wanted.endpoints else {}
    monitors = {one.name: one for one in client(monitoring.list_monitors, monitoring.ListMonitors())} if wanted.monitors or prune else {}
    triggers = {one.name: one.declared for one in client(words.list_triggers, words.ListTriggers())}
    steps = [
        step(
            "endpoint", one.endpoint, facts(one), facts(endpoints[one.endpoint], "model", "settings") if one.endpoint in endpoints else None
        )
        for one in wanted.endpoints
    ]
    steps += [
        step("monitor", one.monitor, facts(one), facts(monitors[one.monitor], "endpoint", "settings") if one.monitor in monitors else None)
        for one in wanted.monitors
    ]
    steps += [trigger_step(one, triggers.get(one.name)) for one in wanted.triggers]
    if prune:
        names = {one.name for one in wanted.triggers}
        gone = [name for name, one in triggers.items() if name not in names and one.file == wanted.file]
        steps += [Step(act="remove", kind="trigger", name=name) for name in gone]
        watched, kept = {one.endpoint for one in wanted.endpoints}, {one.monitor for one in wanted.monitors}
        steps += [Step(act="remove", kind="monitor", name=n) for n, one in monitors.items() if one.endpoint in watched and n not in kept]
    return steps


def facts(value: Any, *names: str) -> dict[str, Any]:
    """What is compared of a declaration or of what stands: plain fields, those of `settings` among them."""
    plain: dict[str, Any] = {name: msgspec.to_builtins(getattr(value, name)) for name in names or value.__struct_fields__}
    settings = getattr(value, "settings", None)
    plain.pop("settings", None)
    plain.pop("endpoint" if "model" in plain else "monitor", None)
    return plain | {name: msgspec.to_builtins(getattr(settings, name)) for name in getattr(settings, "__struct_fields__", ())}


def step(kind: str, name: str, new: Mapping[str, Any], old: Mapping[str, Any] | None) -> Step:
    """A line of the plan for something with plain fields."""
    if old is None:
        says = f"for {new['model']}" if "model" in new else f"of {new['endpoint']}"
        return Step(act="create", kind=kind, name=name, says=says)
    changed = differences(old, new)
    return Step(act="change" if changed else "unchanged", kind=kind, name=name, fields=changed)


def trigger_step(new: Declared, old: Declared | None) -> Step:
    runs = [act.submission for act in new.do if isinstance(act, words.Run)]
    code = ", ".join(run.code.digest[:12] for run in runs if run.code is not None)
    if old is None:
        return Step(act="create", kind="trigger", name=new.name, says=_said(new), code=code)
    changed = differences(_flat(old), _flat(new))
    return Step(act="change" if changed else "unchanged", kind="trigger", name=new.name, fields=changed, code=code)


def _said(trigger: Declared) -> str:
    when = trigger.when
    first = next(
        (str(getattr(when, n)) for n in ("kind", "cron", "repository", "place", "endpoint", "dataset", "secret") if hasattr(when, n)), ""
    )
    acts = [
        act.submission.definition.name if isinstance(act, words.Run) else getattr(act, "operation", "") or msgspec.to_builtins(act)["act"]
        for act in trigger.do
    ]
    return f"on {msgspec.to_builtins(when)['on']} {first}: {', '.join(acts)}"


def _flat(trigger: Declared) -> dict[str, Any]:
    """The parts of a trigger that people know: code and environment by their digests, the rest field by field."""
    plain: dict[str, Any] = {f"when.{k}": v for k, v in msgspec.to_builtins(trigger.when).items()}
    plain |= {k: msgspec.to_builtins(getattr(trigger.limits, k)) for k in trigger.limits.__struct_fields__}
    plain["paused"] = trigger.paused
    for number, act in enumerate(trigger.do):
        made = msgspec.to_builtins(act)
        if isinstance(act, words.Run):
            run = act.submission
            made = {
                "run": run.definition.name,
                "folder": act.folder,
                "parameters": run.parameters,
                "inputs": made["submission"].get("bindings", {}),
            }
            made |= {"code": run.code.digest if run.code else "", "environment": run.environment.digest if run.environment else ""}
            made["snapshot"] = run.code.snapshot if run.code else ""
            made["options"] = msgspec.to_builtins(run.options)
        plain |= {f"do[{number}].{key}": value for key, value in made.items()}
    return plain


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """`field: before -> after` for each field that differs."""
    names = [name for name in dict.fromkeys([*new, *old]) if old.get(name) != new.get(name)]
    return tuple(f"{name}: {_shown(old.get(name))} -> {_shown(new.get(name))}" for name in names)


def _shown(value: Any) -> str:
    if isinstance(value, str) and len(value) == 64 and value.isalnum():
        return value[:12]
    text = value if isinstance(value, str) and value else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def show(steps: Sequence[Step]) -> None:
    """The plan: one line for each thing, and below it what changes."""
    if not output.is_terminal():
        output.print_lines(
            [("act", "kind", "name", "code", "detail"), *((s.act, s.kind, s.name, s.code, s.says or "; ".join(s.fields)) for s in steps)]
        )
        return
    if not steps:
        click.echo("this file declares no endpoint, monitor or trigger")
    for one in steps:
        sign, colour = _SIGNS[one.act]
        code = click.style(f"  code {one.code}", dim=True) if one.code else ""
        click.echo(click.style(f"{sign} {one.kind} {one.name}", fg=colour) + (f"  {one.says}" if one.says else "") + code)
        for field in one.fields:
            click.echo(f"    {field}")


def perform(client: Client, wanted: Wanted, steps: Sequence[Step]) -> None:
    """Endpoints before their monitors, monitors before the triggers that hear of them; what is removed last."""
    acts = {(one.kind, one.name): one.act for one in steps}
    for one in wanted.endpoints:
        if acts["endpoint", one.endpoint] != "unchanged":
            client(serving.declare_endpoint, one)
    for other in wanted.monitors:
        if acts["monitor", other.monitor] != "unchanged":
            client(monitoring.declare_monitor, other)
    gone = tuple(line.name for line in steps if line.act == "remove" and line.kind == "trigger")
    if wanted.triggers or gone:
        client(words.apply_triggers, words.ApplyTriggers(triggers=wanted.triggers, remove=gone))
    for line in steps:
        if line.act == "remove" and line.kind == "monitor":
            client(monitoring.remove_monitor, monitoring.MonitorName(monitor=line.name))
