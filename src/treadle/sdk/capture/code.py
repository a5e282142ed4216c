"""The code of a step: which of the project's own files it reaches by import, and the digest of exactly what it can depend on.

With a `function`, only what that function can reach counts: the top-level statements it refers to by name, theirs in turn, through
imports into other modules of the project, and in every module that is imported on the way the statements that do something by
themselves. So editing one step does not run its neighbours again, and editing a helper's helper runs everybody who uses it. A module
that is used as an object (`import helper`), or looks names up in ways that cannot be followed, counts as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from treadle.core.content import digest_value
from treadle.core.errors import CodeError
from treadle.sdk.capture.memory import Memory
from treadle.sdk.capture.modules import Found, Modules
from treadle.sdk.capture.reach import Reach

_ROOT_MARKS = ("treadle.toml", "pyproject.toml", "valohai.yaml", ".git")
_PASSED_OVER = frozenset((".git", "__pycache__", ".venv", "venv", "node_modules", ".treadle"))


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """The code that a step depends on.

    `parts` are digests by name: `helper.py` (all of a file), `train.py::prepare` (one statement of it), `train.py::(module level)`
    (what runs on import). `digest` names them all. `paths` are the files to snapshot, relative to `root`: everything that is
    imported, because Python needs it, whether it is part of the digest or not. `warnings` tell of imports that cannot be followed.
    """

    root: str
    file: str
    function: str | None
    parts: dict[str, str]
    digest: str
    paths: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def find_root(file: Path) -> Path:
    """The nearest folder upward that holds treadle.toml, pyproject.toml, valohai.yaml or .git; else the file's own folder."""
    folder = file.absolute().parent
    for place in (folder, *folder.parents):
        if any((place / mark).exists() for mark in _ROOT_MARKS):
            return place
    return folder


def closure(root: Path, file: Path, *, files: Iterable[str] = (), function: str | None = None, cache: Path | None = None) -> Closure:
    """The code that `file` (or `function` in it) depends on within `root`.

    `files` are globs relative to the root of further files that the code needs; a folder stands for all files in it. `cache` is a
    file that remembers parsed sources between calls. Raises CodeError for a glob that matches nothing or leaves the root and
    for a file outside of it, UserSyntaxError for a source that does not parse.
    """
    base = Path(os.path.abspath(root))
    main = _relative(base, file)
    memory = Memory(str(base), cache)
    modules = Modules(str(base), main)
    paths = _everything_imported(memory, modules, main)
    parts = {path: memory.facts(path).digest for path in paths} if function is None else Reach(memory, modules, main, function).parts()
    declared = _declared(base, files)
    parts.update({path: memory.facts(path).digest for path in declared})
    warnings = tuple(sorted(warning for path in paths for warning in memory.facts(path).dynamic))
    memory.keep()
    return Closure(
        root=str(base),
        file=main,
        function=function,
        parts=dict(sorted(parts.items())),
        digest=digest_value("treadle.code", parts),
        paths=tuple(sorted({*paths, *declared})),
        warnings=warnings,
    )


def _relative(base: Path, file: Path) -> str:
    path = Path(os.path.abspath(file if file.is_absolute() else base / file))
    if not path.is_relative_to(base):
        raise CodeError(
            f"the file `{path}` lies outside of the project's root",
            where=str(base),
            hint="put a treadle.toml into the folder that holds all of the code",
        )
    if not path.is_file():
        raise CodeError(f"there is no file `{path.relative_to(base).as_posix()}` in the project", where=str(base))
    return path.relative_to(base).as_posix()


def _everything_imported(memory: Memory, modules: Modules, main: str) -> list[str]:
    """All files that are imported by importing the main file, inside functions too, in the order they are found."""
    found = dict.fromkeys([main, *modules.packages_of(main)])
    waiting = list(found)
    while waiting:
        importer = waiting.pop()
        for statement in memory.facts(importer).statements:
            for imported in statement.imports:
                for place in modules.resolve(imported.module, imported.level, importer):
                    for path in _files_of(modules, place, imported.name):
                        if path not in found:
                            found[path] = None
                            waiting.append(path)
    return list(found)


def _files_of(modules: Modules, place: Found, name: str | None) -> Iterator[str]:
    yield from place.executed
    if place.folder is not None and name not in (None, "*"):
        yield from modules.submodule(place.folder, str(name)).executed


def _declared(base: Path, globs: Iterable[str]) -> list[str]:
    found: set[str] = set()
    for pattern in globs:
        if not pattern or os.path.isabs(pattern) or ".." in Path(pattern).parts:
            raise CodeError(
                f"the declared files `{pattern}` leave the project's root",
                where=str(base),
                hint="declare files relative to the root, without `..`",
            )
        matched = [path for match in base.glob(pattern) for path in _files_below(match)]
        inside = [path for path in matched if not _PASSED_OVER.intersection(path.relative_to(base).parts)]
        if not inside:
            raise CodeError(
                f"the declared files `{pattern}` match nothing in the project",
                where=str(base),
                hint="files=[...] takes globs relative to the project's root",
            )
        real = os.path.realpath(base)
        for path in inside:
            if not Path(os.path.realpath(path)).is_relative_to(real):
                raise CodeError(
                    f"the declared file `{path.relative_to(base).as_posix()}` is a link that leaves the project's root",
                    where=str(base),
                    hint="copy it into the project",
                )
            found.add(path.relative_to(base).as_posix())
    return sorted(found)


def _files_below(match: Path) -> Iterator[Path]:
    if match.is_file():
        yield match
        return
    for at, folders, names in os.walk(match):
        folders[:] = [name for name in folders if name not in _PASSED_OVER]
        yield from (Path(at, name) for name in names if os.path.isfile(os.path.join(at, name)))
