"""What changed between two lists of files, and what becomes of two people's changes. Pure."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from treadle.data.manifest import Entry, Files


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Paths that are only in the second list, only in the first, and in both with other bytes or another executable bit."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Merged(NamedTuple):
    """The outcome of a merge: the files, or the paths that both sides changed, each in its own way."""

    files: dict[str, Entry]
    conflicts: tuple[str, ...]


class Totals(NamedTuple):
    """How many files, and their size in bytes."""

    files: int
    size: int


def changes(before: Files, after: Files) -> Changes:
    """What was added, removed and changed, each in order of path."""
    if before == after:
        return Changes()
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(path for path, entry in after.items() if before.get(path, entry) != entry),
    )


def merge(base: Files, ours: Files, theirs: Files) -> Merged:
    """Their files with our changes since `base`, path by path.

    A path is in conflict when both sides changed it and the results differ, or when one side's file stands where the other
    side's folder is.
    """
    merged = dict(theirs)
    conflicts: list[str] = []
    since = changes(base, ours)
    touched = since.added + since.changed + since.removed
    for path in touched:
        was, our, their = base.get(path), ours.get(path), theirs.get(path)
        if their not in (was, our):
            conflicts.append(path)
        elif our is None:
            merged.pop(path, None)
        else:
            merged[path] = our
    conflicts += _files_as_folders(merged)
    return Merged(merged, tuple(sorted(set(conflicts))))


def totals(files: Files) -> Totals:
    return Totals(len(files), sum(entry.size for entry in files.values()))


def _files_as_folders(files: Files) -> list[str]:
    folders = {path.rpartition("/")[0] for path in files}
    every: set[str] = set()
    for folder in folders:
        while folder and folder not in every:
            every.add(folder)
            folder = folder.rpartition("/")[0]
    return [folder for folder in every if folder in files]
