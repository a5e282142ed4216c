"""`treadle data check` and `treadle data suggest`: expectations on a version of data."""

from __future__ import annotations

import importlib
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.opened import complete_dataset
from treadle.contract import data as words
from treadle.core.errors import TargetError
from treadle.core.ids import parse_dataset_ref
from treadle.sdk.client import Client, connect

MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("·", "white")}


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What `treadle data check --json` prints."""

    version: str
    against: str | None
    passed: bool
    rows: int
    findings: list[Any]


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_dataset)
@click.argument("declaration", metavar="FILE::NAME")
@click.option("--against", metavar="REF", help="What to compare with; the default is the version before.", shell_complete=complete_dataset)
@output.json_option
def check(ref: str, declaration: str, against: str | None, as_json: bool) -> int:
    """Ask expectations of a version. FILE::NAME is a list of expectations in a Python file, or a schema of pandera.

    The exit status is 1 when something is broken. The file is imported here.
    """
    expected = _declared(declaration)
    with connect() as client:
        version = client(words.get_version, words.GetVersion(ref=ref))
        earlier = _earlier(client, version, against)
        frame = client.read_dataset(version.ref)
        reference = client.read_dataset(earlier) if earlier is not None else None
    report = importlib.import_module("treadle.sdk.expect").look(frame, expected, reference=reference)
    if as_json:
        findings = [msgspec.to_builtins(one, enc_hook=str) for one in report.findings]
        output.print_json(Checked(version=version.ref, against=earlier, passed=report.passed, rows=report.rows, findings=findings))
        return 0 if report.passed else 1
    rows = [[_mark(one.state), one.expectation, one.sentence] for one in report.findings]
    output.print_table(["verdict", "expectation", "found"], rows)
    for one in report.broken:
        for example in one.examples:
            output.talk(f"  {one.expectation}: {example}")
    output.talk(f"{version.ref}: {report.sentence()}")
    return 0 if report.passed else 1


def _mark(state: str) -> str:
    mark, colour = MARKS[state]
    return output.coloured(f"{mark} {state}", colour)


def _earlier(client: Client, version: words.DatasetVersion, against: str | None) -> str | None:
    """The version to compare with: the one named, else the one before, where there is one."""
    if against is not None:
        return client(words.get_version, words.GetVersion(ref=against)).ref
    return f"{version.dataset}@v{version.number - 1}" if version.number > 1 else None


def _declared(declaration: str) -> Any:
    """The value of a name in a Python file; raises TargetError with the names there are."""
    file, name = importlib.import_module("treadle.cli.run").split_target(declaration)
    root = importlib.import_module("treadle.sdk.capture.code").find_root(file)
    module = importlib.import_module("treadle.worker.load").load(root, str(file.absolute().relative_to(root)))
    found = getattr(module, name, None)
    if found is None:
        lists = [word for word, value in vars(module).items() if isinstance(value, list) and not word.startswith("_")]
        raise TargetError(f"`{file}` has no `{name}`", where=str(file), hint=f"it has {', '.join(lists) or 'no list of expectations'}")
    return found


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_dataset)
@click.option("--name", default="", metavar="NAME", help="The name of the list; the default follows from the dataset's.")
@output.json_option
def suggest(ref: str, name: str, as_json: bool) -> None:
    """Expectations that a version fulfils with some room, as Python: read them, edit them, keep them in the project."""
    parsed = parse_dataset_ref(ref)
    expect = importlib.import_module("treadle.sdk.expect")
    with connect() as client:
        frame = client.read_dataset(f"dataset://{parsed}")
    found = expect.suggest(frame)
    if as_json:
        output.print_json([{"kind": one.kind, "columns": list(one.columns), "settings": one.settings} for one in found])
        return
    click.echo(expect.source(found, name or parsed.name.upper().replace("-", "_").replace(".", "_")), nl=False)
