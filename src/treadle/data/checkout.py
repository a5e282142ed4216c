"""Making a folder equal to a version: what to write, what to remove, what must not be touched, and then doing it."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from treadle.blobs import Blobs, Target
from treadle.blobs.transfer import storing
from treadle.contract.data import DatasetVersion
from treadle.core.errors import Conflict
from treadle.core.ids import new_key
from treadle.data.index import Row, row_of
from treadle.data.manifest import Entry, shown
from treadle.data.scan import Progress, digest_unread, scan

_PULLING = ".treadle-pull-"
_MOST_SHOWN = 5
_REPORT = 512  # files between two words about progress


class Pulled(msgspec.Struct, frozen=True, kw_only=True):
    """The version that a folder now is, where it lies, and how many files were written, removed and left as they were."""

    version: DatasetVersion
    folder: str
    written: int
    removed: int
    unchanged: int


class Plan(NamedTuple):
    """Paths to write and to remove, and those that stand in the way because somebody changed them here."""

    write: list[str]
    remove: list[str]
    conflicts: list[str]


def plan(target: Mapping[str, Entry], base: Mapping[str, Entry], here: Mapping[str, Entry]) -> Plan:
    """What makes `here` equal to `target`. Of the files here only those that equal `base`, what was put here before, may go."""
    write = [path for path, entry in target.items() if here.get(path) != entry]
    remove = [path for path in base if path in here and path not in target]
    ours = {path for path in (*write, *remove) if path in here and here[path] != base.get(path)}
    blocking = _blocking(target, here) - set(remove)
    return Plan(write, [*remove, *sorted(blocking)], sorted(ours | blocking))


def _blocking(target: Mapping[str, Entry], here: Mapping[str, Entry]) -> set[str]:
    """Files here that stand where the version has a folder, or lie in a folder where the version has a file."""
    wanted = _folders(target)
    blocking = {path for path in here if path in wanted}
    for path in target.keys() & _folders(here):
        blocking.update(inside for inside in here if inside.startswith(path + "/"))
    return blocking


def _folders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for folder in {path.rpartition("/")[0] for path in paths}:
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def check_out(
    root: Path,
    version: DatasetVersion,
    target: Mapping[str, Entry],
    base: Mapping[str, Entry],
    known: Mapping[str, Row],
    blobs: Blobs,
    *,
    force: bool,
    progress: Progress | None,
) -> tuple[Pulled, dict[str, Row], int]:
    """Makes the folder equal to the version; answers what was done, the rows of its files, and since when they are known.

    Nothing here is touched before every byte has arrived and been verified. Files grow in a folder of their own and are renamed
    into place, so whoever is killed here leaves whole files or none.
    """
    read_from = time.time_ns()
    rows: dict[str, Row] = {}
    if root.is_dir():
        _remove_leftovers(root)
        found = scan(str(root), known)
        rows = {**found.known, **digest_unread(found)}
    here = {path: Entry(row.size, bool(row.executable), row.digest) for path, row in rows.items()}
    todo = plan(target, base, here)
    if todo.conflicts and not force:
        names = ", ".join(f"`{shown(path)}`" for path in todo.conflicts[:_MOST_SHOWN])
        more = len(todo.conflicts) - _MOST_SHOWN
        raise Conflict(
            f"{names}{f' and {more} more' if more > 0 else ''} changed here since the last add or pull",
            where=str(root),
            hint="add them as a new version first, or pull --force to overwrite them",
        )
    with storing(root):
        root.mkdir(parents=True, exist_ok=True)
        written = _write(root, target, todo, blobs, fresh=not here, progress=progress)
    kept = {path: row for path, row in rows.items() if path in target and path not in written}
    pulled = Pulled(version=version, folder=str(root), written=len(written), removed=len(todo.remove), unchanged=len(kept))
    # What was written here is known since just now, not since before it was written.
    return pulled, {**kept, **written}, read_from if kept else time.time_ns()


def _write(root: Path, target: Mapping[str, Entry], todo: Plan, blobs: Blobs, *, fresh: bool, progress: Progress | None) -> dict[str, Row]:
    growing = root / f"{_PULLING}{new_key()}"
    growing.mkdir()
    try:
        if fresh:
            places = {path: f"{growing}/{path}" for path in todo.write}
            _make_folders(places.values())
        else:
            places = {path: f"{growing}/{number}" for number, path in enumerate(todo.write)}
        abouts = _export(target, places, blobs, progress)
        _remove(root, todo.remove)
        if fresh:
            moved = {path for path in places if "/" not in path}
            for name in os.listdir(growing):
                _replace(f"{growing}/{name}", root / name)
        else:
            moved = set(places)
            _make_folders(str(root / path) for path in places)
            for path, place in places.items():
                _replace(place, root / path)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    for path in moved:
        abouts[path] = _after_move(root / path, abouts[path])
    return {path: row_of(about, target[path].digest) for path, about in abouts.items()}


def _export(target: Mapping[str, Entry], places: Mapping[str, str], blobs: Blobs, progress: Progress | None) -> dict[str, os.stat_result]:
    paths = {place: path for path, place in places.items()}
    abouts: dict[str, os.stat_result] = {}
    size = 0
    lock = threading.Lock()

    def done(one: Target, about: os.stat_result) -> None:
        nonlocal size
        with lock:
            abouts[paths[one.path]] = about
            size += about.st_size
            if progress and (len(abouts) % _REPORT == 0 or len(abouts) == len(places)):
                progress(len(abouts), size, len(places))

    blobs.export_many([Target(target[path].digest, place, target[path].executable) for path, place in places.items()], done)
    return abouts


def _after_move(path: Path, before: os.stat_result) -> os.stat_result:
    """Renaming changes a file's change time; anything else that changed means somebody was here, and the row is not trusted."""
    after = os.lstat(path)
    same = (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
    return after if same else before


def _replace(source: str, target: Path) -> None:
    if target.is_dir() and not target.is_symlink() and not os.path.isdir(source):
        _remove_empty(target)
    if os.path.isdir(source) and target.is_dir():
        for name in os.listdir(source):
            _replace(f"{source}/{name}", target / name)
        return
    os.replace(source, target)


def _remove_empty(folder: Path) -> None:
    for inside, _folders, _files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(inside)


def _remove(root: Path, paths: Iterable[str]) -> None:
    folders = set()
    for path in paths:
        (root / path).unlink(missing_ok=True)
        folders.add(os.path.dirname(path))
    for folder in sorted(folders, reverse=True):
        while folder:
            with contextlib.suppress(OSError):  # not empty: somebody's file is in it
                os.rmdir(root / folder)
            folder = os.path.dirname(folder)


def _make_folders(places: Iterable[str]) -> None:
    for folder in sorted({os.path.dirname(place) for place in places}):
        os.makedirs(folder, exist_ok=True)


def _remove_leftovers(root: Path) -> None:
    """Folders of pulls that were killed. Two pulls into one folder at once are not a thing to protect from each other."""
    for name in os.listdir(root):
        if name.startswith(_PULLING):
            shutil.rmtree(root / name, ignore_errors=True)
