"""Where a project's modules lie: from the words of an import to files inside the root, without importing anything."""

from __future__ import annotations

import os
from typing import NamedTuple

_NOT_THE_PROJECT = frozenset((".venv", "venv", "site-packages", "node_modules", "__pycache__", ".git", ".tox", ".nox"))
_COMPILED = (".so", ".pyd")


class Found(NamedTuple):
    """What an import reaches: `executed` are all files that run on the way, `last` is the module itself, if it is the project's
    and a file, `folder` the folder of a package."""

    executed: tuple[str, ...]
    last: str | None
    folder: str | None


_NOTHING = Found((), None, None)


class Modules:
    """Finds modules below one root. Folders are listed once per instance; paths are relative to the root, with `/`."""

    def __init__(self, root: str, file: str) -> None:
        self._root = root
        self._real = os.path.realpath(root)
        self._listings: dict[str, dict[str, bool] | None] = {}
        self._found: dict[tuple[str, str], Found] = {}
        own = os.path.dirname(file)
        places = ["", "src"] if self.is_folder("src") else [""]
        self._places = tuple(dict.fromkeys([own, *places] if not self.has(own, "__init__.py") else places))

    def has(self, folder: str, name: str) -> bool:
        listing = self._listing(folder)
        return listing is not None and listing.get(name) is False

    def is_folder(self, folder: str) -> bool:
        return self._listing(folder) is not None

    def packages_of(self, file: str) -> list[str]:
        """The `__init__` files of the packages that a file lies in, innermost first."""
        found = []
        folder = os.path.dirname(file)
        while self.has(folder, "__init__.py"):
            if (path := _join(folder, "__init__.py")) != file:
                found.append(path)
            if not folder:
                break
            folder = os.path.dirname(folder)
        return found

    def resolve(self, module: str, level: int, importer: str) -> list[Found]:
        """What `import module`, or `from ..module import` at this level, reaches from the importing file. When a name is found in
        several places of the search path all of them are answered: which one Python would take depends on how it is started."""
        if level == 0:
            found = (self._from(place, module) for place in self._places)
            return [one for one in found if one.executed or one.folder]
        folder = os.path.dirname(importer)
        for _ in range(level - 1):
            if not folder:
                return []  # above the root
            folder = os.path.dirname(folder)
        return [self._from(folder, module)]

    def submodule(self, folder: str, name: str) -> Found:
        """The module `name` inside a package's folder."""
        return self._from(folder, name)

    def _from(self, start: str, module: str) -> Found:
        key = (start, module)
        if key not in self._found:
            self._found[key] = self._search(start, module.split(".") if module else [])
        return self._found[key]

    def _search(self, start: str, words: list[str]) -> Found:
        if not words:
            init = _join(start, "__init__.py")
            return Found((init,), init, start) if self.has(start, "__init__.py") else Found((), None, start)
        executed: list[str] = []
        folder = start
        for at, word in enumerate(words):
            inner = _join(folder, word)
            if self.has(inner, "__init__.py"):
                executed.append(_join(inner, "__init__.py"))
            elif (file := self._module_file(folder, word)) is not None:
                executed.append(file)
                return Found(tuple(executed), file if at == len(words) - 1 else None, None)
            elif not self.is_folder(inner):
                return Found(tuple(executed), None, None) if executed else _NOTHING
            folder = inner
        return Found(tuple(executed), executed[-1] if self.has(folder, "__init__.py") else None, folder)

    def _module_file(self, folder: str, word: str) -> str | None:
        if self.has(folder, f"{word}.py"):
            return _join(folder, f"{word}.py")
        for name in self._listing(folder) or ():
            if name.endswith(_COMPILED) and name.startswith(f"{word}."):
                return _join(folder, name)
        return None

    def _listing(self, folder: str) -> dict[str, bool] | None:
        """The names in a folder and whether each is a folder; None for what is no folder of the project."""
        if folder in self._listings:
            return self._listings[folder]
        self._listings[folder] = listing = self._scan(folder)
        return listing

    def _scan(self, folder: str) -> dict[str, bool] | None:
        if folder:
            parent = self._listing(os.path.dirname(folder))
            name = os.path.basename(folder)
            if parent is None or parent.get(name) is not True or name in _NOT_THE_PROJECT:
                return None
        path = os.path.join(self._root, folder)
        try:
            with os.scandir(path) as entries:
                listing: dict[str, bool] = {}
                for entry in entries:
                    if entry.is_symlink() and not self._inside(entry.path):
                        continue  # a link that leaves the root is not the project's
                    listing[entry.name] = entry.is_dir()
        except OSError:
            return None
        return None if "pyvenv.cfg" in listing else listing

    def _inside(self, path: str) -> bool:
        return (os.path.realpath(path) + os.sep).startswith(self._real.rstrip(os.sep) + os.sep)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
