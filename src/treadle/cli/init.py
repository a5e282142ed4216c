"""`treadle init`: makes a folder a project, with an example that runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from treadle.cli import output
from treadle.core.errors import UsageError
from treadle.sdk.home import make_home

_SETTINGS = """\
# This file marks the root of a Treadle project: code below this folder is what runs record and can reuse.
# The record itself (runs, data, results) lies in .treadle/ beside it; TREADLE_HOME or TREADLE_URL puts it elsewhere.
name = "{name}"
"""

_EXAMPLE = '''\
"""An example: a pipeline of two steps. Run it twice: the second time its results are reused."""

import numpy as np

from treadle import log, pipeline, step


@step
def sample(count: int = 10_000, seed: int = 7) -> np.ndarray:
    """Random points in the unit square."""
    return np.random.default_rng(seed).random((count, 2))


@step
def estimate(points: np.ndarray) -> float:
    """Pi, from the share of points inside the quarter circle."""
    inside = (points**2).sum(axis=1) <= 1
    for count in range(1000, len(points) + 1, 1000):
        log(pi=4 * inside[:count].mean(), step=count)
    return float(4 * inside.mean())


@pipeline
def pi(count: int = 10_000) -> float:
    return estimate(sample(count))
'''

_IGNORED = (".treadle/", "__pycache__/", ".venv/")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@click.command()
@click.argument("name", required=False)
@output.json_option
def init(name: str | None, as_json: bool) -> None:
    """Make a project in this folder, or in a new folder NAME: treadle.toml, an example pipeline, .gitignore lines.

    Files that are there already are left as they are.
    """
    if name is not None and not _NAME.fullmatch(name):
        raise UsageError(
            f"`{name}` is no name for a project's folder", hint="letters, digits, dot, dash and underscore: treadle init churn"
        )
    folder = Path(name) if name is not None else Path()
    folder.mkdir(exist_ok=True)
    project = name or Path.cwd().name
    files = {"treadle.toml": _SETTINGS.format(name=_quoted(project)), "pipeline.py": _EXAMPLE}
    made = [file for file, text in files.items() if _write_new(folder / file, text)]
    kept = [file for file in files if file not in made]
    made += [".gitignore"] if _ignore(folder / ".gitignore") else []
    make_home(folder / ".treadle")
    following = _next_lines(name, example="pipeline.py" in made)
    if as_json:
        output.print_json({"folder": str(folder.absolute()), "made": made, "kept": kept, "next": following})
        return
    for file in made:
        output.talk(f"{click.style('+', fg='green')} {folder / file}")
    for file in kept:
        output.talk(f"  {folder / file} is there already and stays as it is")
    output.talk("\nnext:")
    for line in following:
        click.echo(f"  {line}")


def _next_lines(name: str | None, *, example: bool) -> list[str]:
    front = [f"cd {name}"] if name is not None else []
    ran = ["treadle run pipeline.py::pi" if example else "treadle run FILE::NAME"]
    return [*front, *ran, "treadle show @-1", *([] if front else ["treadle runs"])]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _write_new(path: Path, text: str) -> bool:
    """Writes a file that is not there yet; answers whether it was written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _ignore(path: Path) -> bool:
    """Adds the lines that are missing in .gitignore; answers whether there were any."""
    known = path.read_text(encoding="utf-8") if path.exists() else ""
    present = {line.strip().rstrip("/") for line in known.splitlines()}
    missing = [line for line in _IGNORED if line.rstrip("/") not in present]
    if missing:
        with path.open("a", encoding="utf-8") as file:
            file.write(("\n" if known and not known.endswith("\n") else "") + "".join(f"{line}{os.linesep}" for line in missing))
    return bool(missing)
