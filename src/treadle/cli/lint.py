"""`treadle lint`: what is wrong with a valohai.yaml, before anything runs."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path

import click

from treadle.cli import output
from treadle.core.errors import EnvironmentFailed, TargetError


@click.command()
@click.argument("path", required=False, metavar="[FILE]")
@output.json_option
def lint(path: str | None, as_json: bool) -> int:
    """Check a valohai.yaml: FILE, or the one in this folder or above. Ends with 1 when there are errors."""
    if importlib.util.find_spec("valohai_yaml") is None:
        raise EnvironmentFailed("valohai-yaml, which reads valohai.yaml, is not installed", hint="pip install 'treadle[valohai]'")
    reading = importlib.import_module("treadle.valohai.reading")
    file = reading.find(Path.cwd()) if path is None else Path(path)
    if file is not None and file.is_dir():
        file = file / reading.FILE
    if file is None or not file.is_file():
        raise TargetError(f"there is no {reading.FILE} here", where=str(file or Path.cwd()), hint="treadle lint FILE")
    files = importlib.import_module("treadle.valohai.project").project_files(file.absolute().parent)
    text = file.read_text(encoding="utf-8", errors="replace")
    found = importlib.import_module("treadle.valohai.lint").lint(text, files=files, own_images=os.environ.get("TREADLE_IMAGES", ""))
    errors = sum(one.kind == "error" for one in found)
    if as_json:
        output.print_json(found)
        return 1 if errors else 0
    for one in found:
        click.echo(f"{file.name}{f':{one.line}' if one.line else ''}: {one.kind}: {one.message}")
        if one.hint:
            click.echo(f"  hint: {one.hint}")
    warnings = sum(one.kind == "warning" for one in found)
    click.echo(f"{file.name}: {errors} errors, {warnings} warnings" if found else f"{file.name}: nothing to say against it")
    return 1 if errors else 0
