"""What a run left in its folder of outputs: files, the properties that were said of them, and what they become part of."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

SIDE = ".metadata.json"
LINES = "valohai.metadata.jsonl"
LARGE = 2000
"""Files: of more than these only one folder is recorded, with all of them in it."""

Say = Callable[[str], None]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An output: its name (the path below the folder of outputs), where it lies, and what was said of it."""

    name: str
    path: Path
    size: int
    properties: dict[str, Any] = {}


def sweep(outputs: Path, say: Say) -> list[Found]:
    """All outputs, in the order of their names. What is no file, or leads out of the folder, is told and left."""
    properties = _said(outputs, say)
    found: list[Found] = []
    for name, path, size in files(outputs, say):
        if name == LINES:
            continue
        if name.endswith(SIDE) and (outputs / name.removesuffix(SIDE)).is_file():
            continue
        found.append(Found(name=name, path=path, size=size, properties=properties.get(name, {})))
    for name in sorted(properties.keys() - {one.name for one in found}):
        say(f"treadle: warning: properties were written for `{name}`, which is no output")
    return found


def files(outputs: Path, say: Say) -> Iterator[tuple[str, Path, int]]:
    """(name, place, bytes) of each file below a folder."""
    root = outputs.resolve()
    for folder, folders, names in os.walk(outputs):
        folders.sort()
        for inner in list(folders):
            path = Path(folder, inner)
            if path.is_symlink():  # os.walk does not follow it, and its files would be somebody else's
                say(f"treadle: warning: the output `{_shown(path, outputs)}` is a link to a folder and is not kept")
        for name in sorted(names):
            path = Path(folder, name)
            shown = _shown(path, outputs)
            try:
                real = path.resolve(strict=True)
                status = real.stat()
            except (OSError, RuntimeError):
                say(f"treadle: warning: the output `{shown}` leads nowhere and is not kept")
                continue
            if not stat.S_ISREG(status.st_mode) or (real != root and root not in real.parents):
                say(f"treadle: warning: the output `{shown}` is no file of its own in the folder of outputs and is not kept")
                continue
            yield shown, real, status.st_size


def live(outputs: Path, seen: set[str], say: Say) -> list[Found]:
    """Outputs that were made read-only: they are complete and may be kept while the run goes on."""
    found: list[Found] = []
    for folder, _, names in os.walk(outputs):
        for name in names:
            path = Path(folder, name)
            shown = _shown(path, outputs)
            if shown in seen or path.is_symlink():
                continue
            try:
                status = path.stat()
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode) and not status.st_mode & 0o222:
                seen.add(shown)
                found.append(Found(name=shown, path=path, size=status.st_size, properties=_side(path, say)))
    return found


def _shown(path: Path, outputs: Path) -> str:
    return os.fsencode(path.relative_to(outputs)).decode("utf-8", "backslashreplace")


def _said(outputs: Path, say: Say) -> dict[str, dict[str, Any]]:
    """The properties of all files, from the one file of lines and from files beside them; the latter have the last word."""
    made: dict[str, dict[str, Any]] = {}
    lines = outputs / LINES
    if lines.is_file() and not lines.is_symlink():
        with lines.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    said = json.loads(line) if line.strip() else None
                    if said is not None:
                        made.setdefault(str(said["file"]), {}).update(said["metadata"])
                except (ValueError, KeyError, TypeError):
                    say(f'treadle: warning: {LINES}:{number} is not {{"file": ..., "metadata": {{...}}}}')
    for folder, _, names in os.walk(outputs):
        for name in names:
            path = Path(folder, name.removesuffix(SIDE))
            if name.endswith(SIDE) and path.is_file():
                made.setdefault(_shown(path, outputs), {}).update(_side(path, say))
    return made


def _side(path: Path, say: Say) -> dict[str, Any]:
    beside = path.with_name(path.name + SIDE)
    if not beside.is_file() or beside.is_symlink():
        return {}
    try:
        said = json.loads(beside.read_bytes())
    except ValueError as error:
        say(f"treadle: warning: {beside.name} is no JSON: {error}")
        return {}
    if not isinstance(said, dict):
        say(f"treadle: warning: {beside.name} is no JSON object")
        return {}
    return said
