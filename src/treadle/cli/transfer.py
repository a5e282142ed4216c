"""`treadle import` and `treadle export`: whole stores of other systems brought over, and taken back."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from treadle.cli import output
from treadle.sdk.client import connect

_KINDS = ("experiments", "runs", "params", "tags", "points", "inputs", "files", "logged_models", "models", "versions")


@click.group(name="import")
def import_() -> None:
    """Bring a store of another system over."""


@click.group()
def export() -> None:
    """Take this record into another system."""


_EXPERIMENTS = click.option(
    "--experiment",
    "experiments",
    multiple=True,
    metavar="NAME",
    help="Only this experiment, without the registry. May be given several times.",
)


@import_.command(name="mlflow")
@click.argument("uri")
@click.option(
    "--artifacts",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that files may be read from. The folder of a SQLite file is one already. The first stands for `mlflow-artifacts:/`.",
)
@_EXPERIMENTS
@click.option("--verify", is_flag=True, help="Read files that are here already once more, on both sides, and compare.")
@output.json_option
def bring_mlflow(uri: str, artifacts: tuple[Path, ...], experiments: tuple[str, ...], verify: bool, as_json: bool) -> int:
    """Bring over an MLflow store: experiments, runs, files, logged models, registry.

    URI is a tracking server (http://HOST:5000) or MLflow's database (sqlite:///mlflow.db, postgresql://USER@HOST/NAME). The same command
    again goes on where it was, and brings what has come since. A server's credentials are taken from MLFLOW_TRACKING_TOKEN, or
    MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
    """
    with connect() as client:
        report = _transfer().bring(
            client.transport.call,
            client.transport.where,
            uri,
            artifacts=artifacts,
            experiments=experiments,
            reread=verify,
            say=lambda text: output.talk(f"  {text}"),
        )
    return _tell(report, as_json)


@export.command(name="mlflow")
@click.argument("uri")
@_EXPERIMENTS
@click.option("--verify", is_flag=True, help="Read files that are there already once more, on both sides, and compare.")
@output.json_option
def take_mlflow(uri: str, experiments: tuple[str, ...], verify: bool, as_json: bool) -> int:
    """Take experiments, runs, files, logged models and the registry to an MLflow server.

    URI is its address. It names runs anew; ours are in the tag `treadle.id`, by which the same command finds them again.
    """
    with connect() as client:
        report = _transfer().take_out(
            client.transport.call,
            client.transport.where,
            uri,
            experiments=experiments,
            reread=verify,
            say=lambda text: output.talk(f"  {text}"),
        )
    return _tell(report, as_json)


def _transfer() -> Any:
    return importlib.import_module("treadle.compat.mlflow.transfer")


def _tell(report: Any, as_json: bool) -> int:
    """Shows what was carried; 6 (conflict) when the two sides are not equal afterwards."""
    if as_json:
        output.print_json(report)
    else:
        rows = []
        for kind in _KINDS:
            count = getattr(report, kind)
            rows.append((kind.replace("_", " "), f"{count.found:,}", f"{count.new:,}", f"{count.differ:,}" if count.differ else ""))
        output.print_table(("", "there", "brought", "differ"), rows)
        for problem in report.problems:
            output.talk(f"not brought: {problem}")
        verdict = "both sides are equal" if report.equal else "the two sides are NOT equal"
        output.talk(f"{report.source} -> {report.target}: {verdict}; {output.size(report.bytes)} of files were written")
    return 0 if report.equal else 6
