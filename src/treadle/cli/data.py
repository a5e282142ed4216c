"""`treadle data`: datasets and their versions. The bare noun lists; what is done in folders lies in `folders`, upkeep in `storage`."""

from __future__ import annotations

import importlib
from typing import Any

import click
import msgspec

from treadle.cli import output
from treadle.cli.noun import Noun
from treadle.cli.opened import complete_dataset
from treadle.cli.sheet import Sheet
from treadle.contract import data as words
from treadle.contract.data import DatasetVersion
from treadle.sdk.client import connect

_MOST_FILES = 20
_MOST_COLUMNS = 60
_MOST_RUNS = 12

VERBS = {
    "list": ("treadle.cli.data", "listing", "List datasets (what `treadle data` does)."),
    "add": ("treadle.cli.folders", "add", "Store a file or folder as a new version."),
    "versions": ("treadle.cli.data", "versions", "The versions of a dataset."),
    "show": ("treadle.cli.data", "show", "Everything about one version."),
    "label": ("treadle.cli.naming", "label", "Give a version a name that stays."),
    "alias": ("treadle.cli.naming", "alias", "Move an alias to a version."),
    "files": ("treadle.cli.naming", "files", "Files that runs gave, newest first."),
    "aliases": ("treadle.cli.naming", "aliases", "Aliases of files that runs gave; move one."),
    "status": ("treadle.cli.folders", "status", "What changed in a folder since its version."),
    "diff": ("treadle.cli.folders", "diff", "How two versions differ: files, columns, rows."),
    "pull": ("treadle.cli.folders", "pull", "Make a folder equal to a version."),
    "check": ("treadle.cli.expecting", "check", "Ask expectations of a version: FILE::NAME."),
    "suggest": ("treadle.cli.expecting", "suggest", "Expectations that a version fulfils, as Python to paste."),
    "gc": ("treadle.cli.storage", "gc", "Remove stored bytes that nothing names."),
    "verify": ("treadle.cli.storage", "verify", "Find damaged and missing bytes."),
}

data = Noun(
    name="data",
    verbs=VERBS,
    help="""Versions of data.

    A dataset is a named line of immutable versions. REF names one: flights is the newest, flights@v3 a certain one, flights@january
    the one with that label or alias.
    """,
)


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a version, for --json."""

    path: str
    size: int
    digest: str
    executable: bool


class ShownVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What `treadle data show --json` prints."""

    version: DatasetVersion
    made_by: int | None
    used_by: tuple[int, ...]
    files: list[StoredFile]


@click.command("list")
@click.option("--prefix", default="", metavar="TEXT", help="Only datasets whose name begins so.")
@output.json_option
def listing(prefix: str, as_json: bool) -> None:
    """List datasets with their newest version."""
    with connect() as client:
        found = client(words.list_datasets, words.ListDatasets(prefix=prefix))
    if as_json:
        output.print_json(found)
        return
    rows = []
    for dataset in found:
        newest = dataset.latest
        facts = [newest.files, _size(newest.size), newest.rows, _at(newest.created_at)] if newest else [None] * 4
        aliases = ", ".join(f"{name} v{number}" for name, number in dataset.aliases.items())
        rows.append([dataset.name, f"v{newest.number}" if newest else "", *facts, aliases, newest.message if newest else ""])
    columns = ["dataset", "newest", "files", "size", "rows", "created", "aliases", "message"]
    output.print_table(columns, rows, right=["files", "size", "rows"], empty="no datasets yet: treadle data add PATH --as NAME")


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete_dataset)
@output.json_option
def versions(name: str, as_json: bool) -> None:
    """The versions of a dataset, newest first."""
    with connect() as client:
        found = client(words.list_versions, words.ListVersions(dataset=name.removeprefix("dataset://")))
    if as_json:
        output.print_json(found)
        return
    rows = [
        [one.ref, one.files, _size(one.size), one.rows, _changes(one), _at(one.created_at), one.actor, one.run, _names(one), one.message]
        for one in found
    ]
    columns = ["version", "files", "size", "rows", "changes", "created", "actor", "run", "names", "message"]
    output.print_table(columns, rows, right=["files", "size", "rows", "run"])


@click.command()
@click.argument("ref", metavar="REF", shell_complete=complete_dataset)
@click.option("--all", "everything", is_flag=True, help="All files and columns, not only the first ones.")
@output.json_option
def show(ref: str, everything: bool, as_json: bool) -> None:
    """Everything about one version: its files and columns, the run that made it, and the runs that took it in."""
    with connect() as client:
        uses = client(words.get_uses, words.GetUses(ref=ref))
        files = importlib.import_module("treadle.data.manifest").decode(client.contents.read(uses.version.manifest))
    stored = [StoredFile(path=path, size=e.size, digest=e.digest, executable=e.executable) for path, e in sorted(files.items())]
    if as_json:
        output.print_json(ShownVersion(version=uses.version, made_by=uses.made_by, used_by=uses.used_by, files=stored))
    else:
        page(uses, stored, whole=everything or not output.is_terminal()).show()


def page(uses: words.Uses, files: list[StoredFile], *, whole: bool) -> Sheet:
    """The sheet of a version; unless `whole`, long lists end with how many more there are."""
    version = uses.version
    sheet = Sheet(click.style(version.ref, bold=True))
    sheet.line("version", version.ref, version.message)
    sheet.line("label", version.label)
    sheet.line("aliases", ", ".join(version.aliases) or None)
    sheet.line("tags", ", ".join(version.tags) or None)
    sheet.line("created", _at(version.created_at), f"by {version.actor}")
    sheet.line("size", _size(version.size), f"{version.files:,} file{'s' if version.files != 1 else ''}", _rows(version))
    sheet.line("changes", _changes(version))
    sheet.line("manifest", version.manifest[:12])
    sheet.line("made by", f"run {uses.made_by}" if uses.made_by else None)
    sheet.add("used by", _short([[f"run {run}"] for run in uses.used_by], None if whole else _MOST_RUNS))
    sheet.add("columns", _short([[name, kind] for name, kind in (version.columns or {}).items()], None if whole else _MOST_COLUMNS))
    sheet.add("files", _short([[file.path, _size(file.size), file.digest[:12]] for file in files], None if whole else _MOST_FILES))
    if output.is_terminal():
        before = f"{version.dataset}@v{version.number - 1}"
        sheet.add(
            "next", [[f"treadle data pull {version.ref}"], *([[f"treadle data diff {before} {version.ref}"]] if version.number > 1 else [])]
        )
    return sheet


def _short(rows: list[list[Any]], most: int | None) -> list[list[Any]]:
    if most is None or len(rows) <= most:
        return rows
    return [*rows[:most], [f"... and {len(rows) - most:,} more: --all"]]


def _size(count: int) -> str:
    return output.size(count) if output.is_terminal() else str(count)


def _at(moment: float) -> str:
    return output.ago(moment) if output.is_terminal() else output.iso(moment)


def _rows(version: DatasetVersion) -> str:
    return f"{version.rows:,} rows" if version.rows is not None else ""


def _names(version: DatasetVersion) -> str:
    """The label and the aliases of a version."""
    return ", ".join([*([version.label] if version.label else []), *version.aliases])


def _changes(version: DatasetVersion) -> str:
    """How a version's files differ from the ones before: `+2 -1 ~3`."""
    parts = [("+", version.added), ("-", version.removed), ("~", version.changed)]
    return " ".join(f"{sign}{count:,}" for sign, count in parts if count)
