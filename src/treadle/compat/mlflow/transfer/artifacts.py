"""Where the files of an MLflow store lie, and what of it may be read.

A store names the place of every file itself. Only folders that the user allowed are read, so that a store from somewhere else cannot
have files of this machine copied into the record.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from treadle.compat.mlflow.transfer.parts import BLOCK, File
from treadle.core.errors import UsageError


class Places:
    """Folders that may be read. `base` is where relative locations begin; `proxied` the folder that stands for `mlflow-artifacts:/`
    (what `mlflow server --artifacts-destination` got)."""

    def __init__(self, allowed: Iterable[Path], base: Path, proxied: Path | None = None) -> None:
        self._allowed = [one.resolve() for one in (*allowed, *([proxied] if proxied else []))]
        self._base = base
        self._proxied = proxied

    def files(self, location: str) -> Iterator[File]:
        """The files under a location, in the order of their names. A folder that does not exist holds none."""
        folder = self._folder(location)
        for path in sorted(_walk(folder)):
            yield File(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, read=functools.partial(_blocks, path))

    def _folder(self, location: str) -> Path:
        parts = urlsplit(location)
        if parts.scheme == "mlflow-artifacts":
            if self._proxied is None:
                raise UsageError(
                    f"the files at `{location}` were kept by a tracking server, and where is not known here",
                    hint="--artifacts FOLDER: what `mlflow server --artifacts-destination` got; or import from http://HOST:5000",
                )
            folder = self._proxied / parts.path.lstrip("/")
        elif parts.scheme in ("", "file"):
            folder = self._base / Path(unquote(parts.path) if parts.scheme else location)
        else:
            raise UsageError(
                f"the files at `{location}` cannot be read from here",
                hint="import from a running server (`mlflow server`, then http://HOST:5000): it reads them, or copy them into a folder",
            )
        folder = folder.resolve()
        if not any(folder == one or one in folder.parents for one in self._allowed):
            shown = ", ".join(str(one) for one in self._allowed) or "none"
            raise UsageError(
                f"the store says that files are in {folder}, which is in no folder that may be read ({shown})",
                hint="--artifacts FOLDER allows one",
            )
        return folder


def _walk(folder: Path) -> Iterator[Path]:
    """Plain files below a folder; links are not followed."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
