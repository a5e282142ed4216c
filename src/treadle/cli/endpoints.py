"""`treadle endpoints`: what answers where, releases, and the way back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.sheet import Sheet
from treadle.contract import serving as words
from treadle.contract.serving import Endpoint, EndpointSettings, Guardrails, Label, Rollout, Stage, Traffic
from treadle.core.errors import DataError, TreadleError, UsageError
from treadle.core.ids import new_key
from treadle.sdk.client import connect

VERBS = {
    "list": ("treadle.cli.endpoints", "listing", "List endpoints (what `treadle endpoints` does)."),
    "show": ("treadle.cli.endpoints", "show", "Everything about one endpoint."),
    "declare": ("treadle.cli.endpoints", "declare", "Make an endpoint, or change its settings."),
    "release": ("treadle.cli.endpoints", "release", "Move traffic to a model version, stage by stage or at once."),
    "rollback": ("treadle.cli.endpoints", "rollback", "Go back to what answered before, at once."),
    "rollouts": ("treadle.cli.endpoints", "rollouts", "How traffic moved, and what the guardrails saw."),
    "pause": ("treadle.cli.endpoints", "pause", "Hold a rollout at its stage."),
    "resume": ("treadle.cli.endpoints", "resume", "Go on with a paused rollout."),
    "advance": ("treadle.cli.endpoints", "advance", "Move a rollout to its next stage without waiting."),
    "labels": ("treadle.cli.endpoints", "labels", "Add what really happened, by key, from a file."),
    "on": ("treadle.cli.endpoints", "on", "Switch an endpoint on."),
    "off": ("treadle.cli.endpoints", "off", "Drain an endpoint and switch it off."),
    "remove": ("treadle.cli.endpoints", "remove", "Remove an endpoint that is off."),
}

endpoints = Noun(
    name="endpoints",
    verbs=VERBS,
    help="""Endpoints: what answers, releases, rollbacks.

    An endpoint is an address where versions of one model answer. `treadle up` keeps all endpoints running, `treadle serve NAME` one.
    """,
)

_BAR = 20


def complete_endpoint(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names of endpoints that begin so, for the shell's completion."""
    try:
        with connect() as client:
            return [one.name for one in client(words.list_endpoints, words.ListEndpoints()) if one.name.startswith(incomplete)]
    except TreadleError:
        return []


_name = click.argument("name", metavar="NAME", shell_complete=complete_endpoint)


@click.command("list")
@output.json_option
def listing(as_json: bool) -> None:
    """List endpoints with what is live and what is on its way."""
    with connect() as client:
        found = client(words.list_endpoints, words.ListEndpoints())
    if as_json:
        output.print_json(found)
        return
    rows = [[one.name, one.model, one.state, _live(one), _way(one), one.address, one.predictions, one.labels] for one in found]
    columns = ["endpoint", "model", "state", "live", "rollout", "address", "predictions", "labels"]
    output.print_table(
        columns, rows, right=["predictions", "labels"], empty="no endpoints yet: treadle endpoints declare NAME --model MODEL"
    )


def _live(one: Endpoint) -> str:
    return next((f"{revision.ref} (revision {revision.number})" for revision in one.revisions if revision.role == "live"), "nothing")


def _way(one: Endpoint) -> str:
    if one.rollout is None:
        return ""
    revision = next(r for r in one.revisions if r.number == one.rollout.revision)
    share = "shadow" if revision.role == "shadow" else f"{revision.share:.0%}"
    return f"{revision.ref} {share}, stage {one.rollout.stage + 1} of {len(one.rollout.stages)}, {one.rollout.state}"


@click.command()
@_name
@output.json_option
def show(name: str, as_json: bool) -> None:
    """Everything about one endpoint: its address, revisions with their traffic, the rollout under way and what its guardrails see."""
    with connect() as client:
        found = client(words.get_endpoint, words.EndpointName(endpoint=name))
    if as_json:
        output.print_json(found)
    else:
        page(found).show()


def page(found: Endpoint) -> Sheet:
    sheet = Sheet(f"{click.style(found.name, bold=True)} ({found.model}, {found.state})")
    sheet.line("answers at", found.address or "nowhere yet: treadle up, or treadle serve " + found.name)
    traffic = {one.revision: one for one in found.traffic}
    shown = [r for r in found.revisions if r.role in ("live", "canary", "shadow", "ready")] or list(found.revisions[-1:])
    sheet.add("revisions", [_revision(r, traffic.get(r.number)) for r in reversed(shown)])
    if found.rollout is not None:
        rollout = found.rollout
        stage = rollout.stages[rollout.stage]
        sheet.line("rollout", f"stage {rollout.stage + 1} of {len(rollout.stages)}", rollout.state, _stage(stage))
        sheet.add("guardrails", _guardrails(rollout))
    sheet.line("recorded", f"{found.predictions:,} predictions", f"{found.labels:,} labels")
    default = EndpointSettings()
    changed = [(f, getattr(found.settings, f)) for f in default.__struct_fields__ if getattr(found.settings, f) != getattr(default, f)]
    sheet.add("settings", [[field, str(value)] for field, value in changed])
    if output.is_terminal() and any(r.role == "ready" for r in found.revisions):
        sheet.line("next", f"treadle endpoints rollback {found.name}")
    return sheet


def _revision(revision: words.Revision, traffic: Traffic | None) -> list[str]:
    bar = "█" * round(_BAR * revision.share) if revision.share else ""
    counted = ""
    if traffic is not None and traffic.requests:
        middle, slow = quantile(traffic.latency, 0.5), quantile(traffic.latency, 0.99)
        counted = f"{traffic.requests:,} requests, {traffic.errors:,} errors, p50 <= {middle}, p99 <= {slow}"
    share = f"{revision.share:.0%}" if revision.share else ""
    return [str(revision.number), revision.ref, revision.role, f"{bar} {share}".strip(), counted or revision.reason]


def quantile(counts: tuple[int, ...], share: float) -> str:
    """The bucket's bound under which that share of the requests was answered, in words."""
    wanted, seen = share * sum(counts), 0
    for bound, count in zip(words.LATENCY_BOUNDS, counts, strict=False):
        seen += count
        if seen >= wanted:
            return f"{bound * 1000:g} ms"
    return f"more than {words.LATENCY_BOUNDS[-1]:g} s"


def _stage(stage: Stage) -> str:
    waits = [f"{stage.rows:,} rows"] if stage.rows else []
    waits += [f"{stage.seconds:g} s"] if stage.seconds else []
    waits += [f"{stage.labels:,} labels"] if stage.labels else []
    return f"{'shadow' if stage.share == 0 else f'{stage.share:.0%}'} until {', '.join(waits)}"


def _guardrails(rollout: Rollout) -> list[list[str]]:
    seen = rollout.evidence.get("guardrails", {})
    return [[name, str(found.get("sentence", ""))] for name, found in seen.items()]


@click.command()
@_name
@click.option("--model", required=True, help="The model whose versions answer here.")
@click.option("-s", "--set", "settings", multiple=True, metavar="K=V", help="A setting, such as port=8090. May be given several times.")
@output.json_option
def declare(name: str, model: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Make an endpoint for a model, or change its settings. It answers from the first release on."""
    from treadle.cli.run import pairs

    given = pairs(settings, "--set")
    unknown = set(given) - set(EndpointSettings.__struct_fields__)
    if unknown:
        raise UsageError(
            f"an endpoint has no setting `{min(unknown)}`", hint=f"its settings are {', '.join(EndpointSettings.__struct_fields__)}"
        )
    try:
        made = msgspec.convert(given, EndpointSettings, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"a setting does not fit: {error}", hint="treadle endpoints declare --help") from error
    with connect() as client:
        found = client(words.declare_endpoint, words.DeclareEndpoint(endpoint=name, model=model, settings=made))
    if as_json:
        output.print_json(found)
    else:
        output.talk(f"endpoint `{name}` answers for `{model}`: treadle endpoints release {name} {model}@v1")


@click.command()
@_name
@click.argument("ref", metavar="MODEL@VERSION")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    metavar="SHARE:WAIT",
    help="A stage: shadow:500rows, 10%:1000rows, 50%:10m, 0.2:200labels; waits joined by +. May be given several times; none: at once.",
)
@click.option("--loss-margin", type=float, help="How much worse the labelled loss may be before it counts as harm. Default 0.")
@click.option("--override", default="", metavar="REASON", help="Release a version that is not approved. The reason is recorded.")
@output.json_option
def release(name: str, ref: str, stages: tuple[str, ...], loss_margin: float | None, override: str, as_json: bool) -> None:
    """Move an endpoint's traffic to a model version.

    With stages each one waits for what it names while guardrails compare errors, latency and labelled loss with the live revision;
    harm takes it back at once. Without stages the version answers everything as soon as it is loaded.
    """
    guardrails = Guardrails() if loss_margin is None else Guardrails(loss=loss_margin)
    plan = tuple(stage_of(word) for word in stages)
    request = words.Release(
        endpoint=name, ref=ref.removeprefix("model://"), stages=plan, guardrails=guardrails, override=override, key=new_key()
    )
    with connect() as client:
        found = client(words.release, request)
    _say(found, as_json)


def stage_of(word: str) -> Stage:
    """A stage as it is written on the command line; raises UsageError."""
    share, mark, waits = word.partition(":")
    hint = "--stage shadow:500rows, --stage 10%:1000rows+10m, --stage 0.5:200labels"
    if not mark:
        raise UsageError(f"the stage `{word}` does not say how long it lasts", hint=hint)
    try:
        part = 0.0 if share == "shadow" else float(share[:-1]) / 100 if share.endswith("%") else float(share)
    except ValueError as error:
        raise UsageError(f"the stage `{word}` has no share", hint=hint) from error
    from treadle.core.errors import DefinitionError
    from treadle.sdk.define import seconds

    found: dict[str, Any] = {}
    for wait in waits.split("+"):
        for unit in ("rows", "labels"):
            if wait.endswith(unit) and wait.removesuffix(unit).strip().isdigit():
                found[unit] = int(wait.removesuffix(unit))
                break
        else:
            try:
                found["seconds"] = seconds(wait, "--stage")
            except DefinitionError as error:
                raise UsageError(f"the stage `{word}` waits for `{wait}`", hint=hint) from error
    return Stage(share=part, **found)


def _say(found: Endpoint, as_json: bool) -> None:
    if as_json:
        output.print_json(found)
    else:
        output.talk(f"{found.name}: live {_live(found)}{'; ' + _way(found) if found.rollout else ''}")


@click.command()
@_name
@click.option("--why", default="", metavar="TEXT", help="A reason, for the journal.")
@output.json_option
def rollback(name: str, why: str, as_json: bool) -> None:
    """End the rollout that is under way; with none, go back to the revision that was live before."""
    with connect() as client:
        found = client(words.roll_back, words.RollBack(endpoint=name, reason=why, key=new_key()))
    _say(found, as_json)


@click.command()
@_name
@output.json_option
def rollouts(name: str, as_json: bool) -> None:
    """How traffic moved to revisions, newest first, and how each rollout ended."""
    with connect() as client:
        found = client(words.list_rollouts, words.Rollouts(endpoint=name))
        revisions = {r.number: r for r in client(words.get_endpoint, words.EndpointName(endpoint=name)).revisions}
    if as_json:
        output.print_json(found)
        return
    rows = [
        [one.id, revisions[one.revision].ref, one.state, _took(one), one.actor, one.reason or one.override]
        for one in found
        if one.revision in revisions
    ]
    columns = ["rollout", "version", "state", "took", "by", "why"]
    output.print_table(columns, rows, right=["rollout"], empty=f"nothing was released yet: treadle endpoints release {name} MODEL@v1")


def _took(one: Rollout) -> str:
    return output.duration(one.ended_at - one.started_at) if one.ended_at is not None else ""


def _steering(act: str, text: str) -> click.Command:
    @click.command(act, help=text)
    @_name
    @click.option("--why", default="", metavar="TEXT", help="A reason, for the journal.")
    @output.json_option
    def steer(name: str, why: str, as_json: bool) -> None:
        with connect() as client:
            found = client(words.steer_rollout, words.SteerRollout(endpoint=name, act=act, reason=why))
        _say(found, as_json)

    return steer


pause = _steering("pause", "Hold a rollout at its stage. Its guardrails go on: harm still takes it back.")
resume = _steering("resume", "Go on with a paused rollout.")
advance = _steering("advance", "Move a rollout to its next stage, or behind the last one to all traffic, without waiting.")


def _switching(state: str, text: str) -> click.Command:
    @click.command(state, help=text)
    @_name
    @output.json_option
    def switch(name: str, as_json: bool) -> None:
        with connect() as client:
            found = client(words.switch_endpoint, words.SwitchEndpoint(endpoint=name, on=state == "on"))
        if as_json:
            output.print_json(found)
        else:
            output.talk(f"endpoint `{name}` is {found.state}")

    return switch


on = _switching("on", "Switch an endpoint on: `treadle up` starts its process.")
off = _switching("off", "Drain an endpoint and switch it off. What is under way is answered.")


@click.command()
@_name
@output.json_option
def remove(name: str, as_json: bool) -> None:
    """Remove an endpoint that is off, with its predictions and labels. The journal keeps what happened."""
    with connect() as client:
        found = client(words.remove_endpoint, words.EndpointName(endpoint=name))
    if as_json:
        output.print_json(found)
    else:
        output.talk(f"endpoint `{name}` is removed")


@click.command()
@_name
@click.argument("file", metavar="FILE")
@output.json_option
def labels(name: str, file: str, as_json: bool) -> None:
    """Add what really happened: FILE is CSV with the columns key, value and perhaps at (seconds since 1970), or JSON lines of the
    same; - reads standard input. The first label of a key counts."""
    given = list(read_labels(file))
    total = words.AddedLabels(new=0, repeated=0, conflicting=0)
    with connect() as client:
        for start in range(0, len(given), 10_000):
            part = client(words.add_labels, words.AddLabels(endpoint=name, labels=tuple(given[start : start + 10_000])))
            total = words.AddedLabels(
                new=total.new + part.new,
                repeated=total.repeated + part.repeated,
                conflicting=total.conflicting + part.conflicting,
                conflicts=(*total.conflicts, *part.conflicts)[:5],
            )
    if as_json:
        output.print_json(total)
        return
    shown = f": {', '.join(total.conflicts)}" if total.conflicts else ""
    output.talk(f"{total.new:,} labels added, {total.repeated:,} known already, {total.conflicting:,} in conflict{shown}")


def read_labels(file: str) -> list[Label]:
    """The labels in a file; raises DataError naming the line that is none."""
    import csv

    if file != "-" and not Path(file).is_file():
        raise DataError(f"there is no file `{file}`", hint="treadle endpoints labels NAME FILE.csv")
    text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    if text.lstrip().startswith("{"):
        rows = [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    else:
        rows = list(csv.DictReader(text.splitlines()))
    made = []
    for number, row in enumerate(rows, 1):
        try:
            made.append(Label(key=str(row["key"]), value=_label_value(row["value"]), at=float(row["at"]) if row.get("at") else None))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"label {number} has no key and value", where=file, hint="columns: key,value,at") from error
    return made


def _label_value(value: Any) -> Any:
    """Text from a CSV as what it says: true and false, numbers, else words."""
    if not isinstance(value, str):
        return value
    lower = value.strip().lower()
    if lower in ("true", "false"):
        return lower == "true"
    try:
        return float(value)
    except ValueError:
        return value
