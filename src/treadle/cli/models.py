"""`treadle models`: versions of models with their gates, people's decisions, aliases and cards. The bare noun lists."""

from __future__ import annotations

from typing import Any

import click

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.sheet import Sheet
from treadle.contract import registry as words
from treadle.contract.registry import ModelVersion
from treadle.core.errors import TreadleError
from treadle.core.ids import parse_model_ref
from treadle.sdk.client import connect

VERBS = {
    "list": ("treadle.cli.models", "listing", "List models (what `treadle models` does)."),
    "show": ("treadle.cli.models", "show", "Everything about one version: gates, metrics, decisions."),
    "versions": ("treadle.cli.models", "versions", "The versions of a model."),
    "register": ("treadle.cli.deciding", "register", "Make a version out of a run's output."),
    "check": ("treadle.cli.scoring", "check", "Look at a version again and ask its gates."),
    "approve": ("treadle.cli.deciding", "approve", "Say yes to a version, with words."),
    "reject": ("treadle.cli.deciding", "reject", "Say no to a version, with words."),
    "alias": ("treadle.cli.deciding", "alias", "Move an alias to a version."),
    "history": ("treadle.cli.deciding", "history", "How the aliases of a model moved."),
    "card": ("treadle.cli.deciding", "card", "A version's card as Markdown; write its sections."),
    "export": ("treadle.cli.scoring", "export", "An image context that serves a version anywhere; a KServe manifest."),
    "score": ("treadle.cli.scoring", "score", "Score a dataset with a version; the answers become a dataset."),
}
MARKS = {"passed": "✓", "failed": "✗", "waiting": "○", "error": "!", "approved": "✓", "rejected": "✗", "candidate": "·"}
COLOURS = {"passed": "green", "approved": "green", "failed": "red", "rejected": "red", "error": "red", "waiting": "yellow"}

models = Noun(
    name="models",
    verbs=VERBS,
    help="""Models: versions, gates, approvals, aliases, cards.

    REF names a version: churn is the newest, churn@v3 a certain one, churn@champion the one with that alias.
    """,
)


def complete_model(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001 - click's signature
    """The names of models that begin so, for the shell's completion."""
    try:
        with connect() as client:
            return [model.name for model in client(words.list_models, words.ListModels(prefix=incomplete))]
    except TreadleError:
        return []


def complete_version(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of models, and behind an @ the versions and aliases of one."""
    name, mark, _ = incomplete.partition("@")
    if not mark:
        return complete_model(ctx, param, incomplete)
    try:
        with connect() as client:
            found = client(words.list_versions, words.ModelName(model=name))
    except TreadleError:
        return []
    refs = [one.ref for one in found] + [f"{name}@{alias}" for one in found for alias in one.aliases]
    return [ref for ref in refs if ref.startswith(incomplete)]


def stage_text(word: str) -> str:
    """A stage or verdict with its mark, coloured on a terminal; colour is never the only sign."""
    return output.coloured(f"{MARKS.get(word, '·')} {word}", COLOURS.get(word, "white"))


@click.command("list")
@click.option("--prefix", default="", metavar="TEXT", help="Only models whose name begins so.")
@output.json_option
def listing(prefix: str, as_json: bool) -> None:
    """List models with their newest version and aliases."""
    with connect() as client:
        found = client(words.list_models, words.ListModels(prefix=prefix))
    if as_json:
        output.print_json(found)
        return
    rows = []
    for model in found:
        newest = model.latest
        facts = [f"v{newest.number}", stage_text(newest.stage), at(newest.created_at)] if newest else ["", "", ""]
        aliases = ", ".join(f"{name} v{number}" for name, number in model.aliases.items())
        rows.append([model.name, facts[0], facts[1], aliases, _metrics(newest, 2) if newest else "", facts[2]])
    columns = ["model", "newest", "stage", "aliases", "metrics", "created"]
    output.print_table(columns, rows, empty='no models yet: model("NAME").register(...) in a pipeline, or treadle models register NAME RUN')


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete_model)
@output.json_option
def versions(name: str, as_json: bool) -> None:
    """The versions of a model, newest first."""
    with connect() as client:
        found = client(words.list_versions, words.ModelName(model=parse_model_ref(name).name))
    if as_json:
        output.print_json(found)
        return
    rows = [
        [one.ref, stage_text(one.stage), ", ".join(one.aliases), _metrics(one, 3), one.run, at(one.created_at), one.actor, _why(one)]
        for one in found
    ]
    output.print_table(["version", "stage", "aliases", "metrics", "run", "created", "actor", "why"], rows, right=["run"])


def _why(version: ModelVersion) -> str:
    broken = [gate for gate in version.gates if gate.state in ("failed", "error", "waiting")]
    return f"{broken[0].gate}: {broken[0].sentence}" if broken else ""


def _metrics(version: ModelVersion, most: int) -> str:
    return ", ".join(f"{name} {output.number(value)}" for name, value in list(version.metrics.items())[:most])


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_version)
@output.json_option
def show(ref: str, as_json: bool) -> None:
    """Everything about one version: where it came from, what its gates said, how good it is, what people decided."""
    with connect() as client:
        version = client(words.get_version, words.VersionRef(ref=ref))
    if as_json:
        output.print_json(version)
    else:
        page(version).show()


def page(version: ModelVersion) -> Sheet:
    """The sheet of a version."""
    sheet = Sheet(click.style(version.title, bold=True))
    sheet.line("stage", stage_text(version.stage))
    sheet.line("created", at(version.created_at), f"by {version.actor}")
    sheet.line("trained by", f"run {version.run}" if version.run else None)
    sheet.line("checked by", f"run {version.check}" if version.check else None)
    artifact = version.artifact
    kind = str(artifact.about.get("class") or artifact.format)
    sheet.line("model", kind, _size(artifact.size), artifact.digest[:12])
    sheet.line("faster form", f"ONNX, {_size(version.onnx.size)}" if version.onnx else version.facts.notes.get("onnx"))
    sheet.line("data until", at(version.data_until) if version.data_until is not None else None)
    sheet.add("data", [[name, source] for name, source in version.facts.sources.items()])
    sheet.add("gates", [[stage_text(gate.state), gate.gate, gate.sentence] for gate in version.gates])
    sheet.add("metrics", [[name, output.number(value), _interval(version, name)] for name, value in version.metrics.items()])
    sheet.add(
        "decisions", [[at(one.at), one.actor, "override" if one.overridden else one.decision, one.words] for one in version.approvals]
    )
    notes = [[sentence] for name, sentence in version.facts.notes.items() if name != "onnx"]
    sheet.add("notes", notes)
    if version.signature is not None:
        asked = f"{version.signature.method}, rows as {version.signature.frame}"
        sheet.add("signature", [[asked], *[["in", c.name, c.type] for c in version.signature.inputs[:40]], *_outputs(version)])
    if output.is_terminal():
        sheet.add("next", _next(version))
    return sheet


def _outputs(version: ModelVersion) -> list[list[Any]]:
    assert version.signature is not None
    return [["out", column.name, column.type] for column in version.signature.outputs]


def _interval(version: ModelVersion, name: str) -> str:
    low, high = version.facts.intervals.get(name, (None, None))
    return f"{output.number(low)} to {output.number(high)}" if low is not None else ""


def _next(version: ModelVersion) -> list[list[str]]:
    if version.stage == "waiting" or (version.stage == "candidate" and version.check is not None):
        return [[f'treadle models approve {version.ref} -m "WHY"'], [f'treadle models reject {version.ref} -m "WHY"']]
    if version.stage == "candidate":
        return [[f"treadle models check {version.ref} FILE::NAME --training DATASET --holdout DATASET"]]
    if version.stage == "approved" and "champion" not in version.aliases:
        return [[f"treadle models alias {version.model} champion {version.number}"]]
    return [[f"treadle models card {version.ref}"]]


def _size(count: int) -> str:
    return output.size(count) if output.is_terminal() else str(count)


def at(moment: float) -> str:
    return output.ago(moment) if output.is_terminal() else output.iso(moment)
