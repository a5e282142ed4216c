"""`treadle models check`, `score` and `export`: runs about a version, made on the command line, and a version for elsewhere."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.models import complete_version, stage_text
from treadle.cli.opened import complete_dataset
from treadle.cli.run import announce, conclude, describe, perform, performing, split_target
from treadle.contract import registry as words
from treadle.contract import runs
from treadle.contract.runs import Options
from treadle.core.definition import Output
from treadle.core.errors import MissingContent, TargetError, UsageError
from treadle.core.ids import parse_dataset_ref
from treadle.sdk.client import connect

_REF = click.argument("ref", metavar="REF", shell_complete=complete_version)
_JOBS = click.option(
    "-j", "--jobs", type=click.IntRange(min=1), envvar="TREADLE_JOBS", help="CPU cores to use at once; the default is all."
)
_DETACH = click.option("--detach", is_flag=True, help="Only submit; `treadle work` or a server performs it.")


@click.command()
@_REF
@click.argument("declaration", metavar="FILE::NAME")
@click.option("--training", metavar="SOURCE", help="Rows it was trained on: dataset://NAME@v3, run://12/training, or a file.")
@click.option("--holdout", metavar="SOURCE", help="Labelled rows on which gates judge.")
@_JOBS
@_DETACH
@output.json_option
def check(ref: str, declaration: str, training: str | None, holdout: str | None, jobs: int | None, detach: bool, as_json: bool) -> int:
    """Look at a version again and ask its gates. FILE::NAME is where model(...) is declared: flow.py::flight_delay.

    The exit status is 0 when no gate failed.
    """
    file, name = split_target(declaration)
    given = {"training": training, "holdout": holdout}
    inputs = tuple(f"{key}={source}" for key, source in given.items() if source)
    if not inputs:
        raise UsageError("a check looks at data", hint=f"treadle models check {ref} {declaration} --holdout dataset://NAME")
    with connect() as client, performing(client, jobs) as here:
        version = client(words.get_version, words.VersionRef(ref=ref))
        options = Options(cache=False, entry=f"{file}::{name}.check")
        try:
            submission = describe(client, here, file, f"{name}.check", {}, (f"model=model://{version.ref}", *inputs), options)
        except TargetError as error:
            hint = "NAME is the variable at the top of the file that holds model(...)"
            raise TargetError(f"`{file}` declares no model `{name}`", where=error.where, hint=hint) from None
        if submission.definition.registers != version.model:
            raise UsageError(
                f"`{declaration}` declares the model `{submission.definition.registers}`, and {version.ref} is another one",
                hint=f"treadle models versions {submission.definition.registers}",
            )
        made = client(runs.submit, submission)
        if detach:
            return announce(made, as_json)
        ended = perform(client, here, made, quiet=as_json)
        if ended.state != "done":
            return conclude(client, ended, as_json=as_json, quiet=False)
        found = client(words.get_version, words.VersionRef(ref=version.ref))
    if as_json:
        output.print_json(found)
    else:
        click.echo(found.title)
        output.print_table(["verdict", "gate", "why"], [[stage_text(g.state), g.gate, g.sentence] for g in found.gates], empty="no gates")
    return 1 if found.stage == "failed" else 0


@click.command()
@_REF
@click.argument("data", metavar="DATASET", shell_complete=complete_dataset)
@click.option("--as", "name", required=True, metavar="NAME", help="The dataset that the answers become.", shell_complete=complete_dataset)
@click.option("--keep", multiple=True, metavar="COLUMN", help="Columns to keep beside the answers; the default is all.")
@_JOBS
@_DETACH
@output.json_option
def score(ref: str, data: str, name: str, keep: tuple[str, ...], jobs: int | None, detach: bool, as_json: bool) -> int:
    """Score a dataset with a version, part by part; the answers become a version of the dataset NAME."""
    target = parse_dataset_ref(name).name
    params: dict[str, Any] = {"keep": msgspec.json.encode(list(keep)).decode()} if keep else {}
    with connect() as client, performing(client, jobs) as here, tempfile.TemporaryDirectory() as folder:
        version = client(words.get_version, words.VersionRef(ref=ref))
        file = _project(Path(folder))
        inputs = (f"model=model://{version.ref}", f"data=dataset://{parse_dataset_ref(data)}")
        submission = describe(client, here, file, "score_rows", params, inputs, Options())
        definition = msgspec.structs.replace(
            submission.definition, name=f"score-{target}", file=file.name, outputs=(Output(name="result", dataset=target),)
        )
        made = client(runs.submit, msgspec.structs.replace(submission, definition=definition))
        if detach:
            return announce(made, as_json)
        return conclude(client, perform(client, here, made, quiet=as_json), as_json=as_json, quiet=False)


@click.command()
@_REF
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--kserve", metavar="IMAGE", help="Write kserve.yaml as well, an InferenceService that runs this image.")
@click.option("--consent", is_flag=True, help="Export a model whose loading executes code.")
@output.json_option
def export(ref: str, folder: Path, kserve: str | None, consent: bool, as_json: bool) -> None:
    """Write the context of a container image that serves a version by itself: Dockerfile, pinned packages, the model, its signature."""
    exporting = importlib.import_module("treadle.endpoint.export")
    serving = importlib.import_module("treadle.contract.serving")
    with connect() as client:
        version = client(words.get_version, words.VersionRef(ref=ref))
        environment = client(runs.get_run, runs.RunRef(run=str(version.run))).environment if version.run is not None else None
        if environment is None:
            raise MissingContent(f"{version.ref} comes from no run, so the packages that it needs are not on record", hint=_FROM_RUN)
        wanted = [one for one in (version.artifact, version.onnx) if one is not None and one.inline is None and not one.tree]
        blobs = {one.digest: client.contents.read(one.digest) for one in wanted}
    planned = serving.Planned(
        number=1,
        model=version.model,
        version=version.number,
        role="live",
        share=1.0,
        artifact=version.artifact,
        onnx=version.onnx,
        signature=version.signature,
        label=version.label,
    )
    manifest = exporting.kserve_manifest(version.model.replace("_", "-").replace(".", "-").lower(), kserve) if kserve else None
    written = exporting.write_image(folder, planned, blobs, environment.distributions, environment.python, consent=consent)
    if manifest is not None:
        (folder / "kserve.yaml").write_text(manifest)
        written = [*written, folder / "kserve.yaml"]
    if as_json:
        output.print_json(Exported(version=version.ref, stage=version.stage, folder=str(folder), files=len(written)))
        return
    if version.stage != "approved":
        output.talk(f"{version.ref} is {version.stage}: nothing has approved it")
    click.echo(f"{version.ref} is in {folder}, {len(written)} files: docker build -t {version.model} {folder}")


_FROM_RUN = "treadle models register NAME RUN makes a version of what a run gave"


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What `treadle models export --json` prints."""

    version: str
    stage: str
    folder: str
    files: int


def _project(folder: Path) -> Path:
    """A project of one file: the ready-made step needs no code of anybody's, and runs the same on every machine."""
    (folder / "treadle.toml").write_text("")
    file = folder / "score.py"
    file.write_text("from treadle.sdk.scoring import score_rows\n\n__all__ = ['score_rows']\n")
    return file
