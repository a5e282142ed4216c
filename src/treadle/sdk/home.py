"""The home folder: where the record of a project lies when there is no server."""

from __future__ import annotations

import os
from pathlib import Path

HOME = ".treadle"
ROOT_MARKERS = ("treadle.toml", "pyproject.toml", "valohai.yaml", ".git")


def find_home(start: str | os.PathLike[str] | None = None) -> Path:
    """The home folder that serves work done in `start` (the current folder). It may not exist yet: see `make_home`.

    TREADLE_HOME where it is set; else the nearest `.treadle` in `start` or above; else `.treadle` beside the nearest marker of a
    project (treadle.toml, pyproject.toml, valohai.yaml, .git); else `.treadle` in `start` itself.
    """
    given = os.environ.get("TREADLE_HOME")
    if given:
        return Path(given).expanduser().absolute()
    here = os.path.abspath(start or os.getcwd())
    for folder in _upward(here):
        home = os.path.join(folder, HOME)
        if os.path.isdir(home):
            return Path(home)
    for folder in _upward(here):
        if any(os.path.exists(os.path.join(folder, marker)) for marker in ROOT_MARKERS):
            return Path(folder, HOME)
    return Path(here, HOME)


def make_home(home: str | os.PathLike[str]) -> Path:
    """Makes the home folder where it is missing, with a `.gitignore` that keeps it out of the project's history.

    Raises OSError when it cannot be made.
    """
    path = Path(home)
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        (path / ".gitignore").write_text("*\n", encoding="ascii")
    return path


def _upward(folder: str) -> list[str]:
    found = [folder]
    while (parent := os.path.dirname(folder)) != folder:
        found.append(parent)
        folder = parent
    return found
