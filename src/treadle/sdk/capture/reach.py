"""What one function can reach: a search over statements and modules, until nothing new turns up.

Three things are asked of a module. That it *runs* (it is imported on the way): then its acting statements count, and what it imports
runs too. That it gives a *name*: then the statements that bind the name count, and what they refer to. That it is there as a
*whole*: then everything in it counts, because attributes of a module can be reached in ways that names do not show.
"""

from __future__ import annotations

from treadle.core.content import digest_value
from treadle.sdk.capture.memory import Memory
from treadle.sdk.capture.modules import Found, Modules
from treadle.sdk.capture.source import Facts, Import, Statement

_MODULE_LEVEL = "(module level)"


class Reach:
    """The search from one function of one file. `parts` performs it."""

    def __init__(self, memory: Memory, modules: Modules, main: str, function: str) -> None:
        self._memory = memory
        self._modules = modules
        self._main = main
        self._function = function
        self._running: set[str] = set()
        self._whole: set[str] = set()
        self._included: dict[str, set[int]] = {}
        self._bindings: dict[str, dict[str, list[int]]] = {}
        self._waiting: list[tuple[str, str | None, str]] = []  # what is asked, the name, of which file

    def parts(self) -> dict[str, str]:
        """The digests of everything the function can reach, by their names."""
        for package in self._modules.packages_of(self._main):
            self._waiting.append(("run", None, package))
        self._waiting.append(("run", None, self._main))
        if self._function in self._binding(self._main):
            self._waiting.append(("name", self._function, self._main))
        else:
            self._waiting.append(("whole", None, self._main))  # a method, or made in a way that no statement shows
        while self._waiting:
            ask, name, path = self._waiting.pop()
            if ask == "run":
                self._run(path)
            elif ask == "whole":
                self._take_whole(path)
            else:
                self._take_name(path, str(name))
            if not self._waiting:
                self._waiting = [("whole", None, inner) for inner in self._reachable_by_attribute()]
        return self._digests()

    def _facts(self, path: str) -> Facts:
        return self._memory.facts(path)

    def _binding(self, path: str) -> dict[str, list[int]]:
        """Which statements bind a name, by the name."""
        if path not in self._bindings:
            found: dict[str, list[int]] = {}
            self._bindings[path] = found
            for at, statement in enumerate(self._facts(path).statements):
                for name in statement.names:
                    found.setdefault(name, []).append(at)
        return self._bindings[path]

    def _run(self, path: str) -> None:
        if path in self._running:
            return
        self._running.add(path)
        facts = self._facts(path)
        if facts.opaque or not path.endswith(".py"):
            self._waiting.append(("whole", None, path))
        for at, statement in enumerate(facts.statements):
            if statement.always:
                self._include(path, at)
            if statement.is_import:
                for place in self._places(statement.imports[0], path):
                    self._waiting += [("run", None, executed) for executed in place.executed]
                    if place.folder is not None and statement.imports[0].name not in (None, "*"):
                        inner = self._modules.submodule(place.folder, str(statement.imports[0].name))
                        self._waiting += [("run", None, executed) for executed in inner.executed]

    def _take_whole(self, path: str) -> None:
        if path in self._whole:
            return
        self._whole.add(path)
        self._waiting.append(("run", None, path))
        for at in range(len(self._facts(path).statements)):
            self._include(path, at)

    def _take_name(self, path: str, name: str) -> None:
        for at in self._binding(path).get(name, ()):
            self._include(path, at)

    def _include(self, path: str, at: int) -> None:
        included = self._included.setdefault(path, set())
        if at in included:
            return
        included.add(at)
        statement = self._facts(path).statements[at]
        known = self._binding(path)
        self._waiting += [("name", name, path) for name in statement.refers if name in known]
        for imported in statement.imports:
            self._follow(imported, path)

    def _follow(self, imported: Import, importer: str) -> None:
        """Asks for what an import of an included statement gives."""
        for place in self._places(imported, importer):
            if imported.name is None:
                self._waiting += [("whole", None, path) for path in place.executed]
                continue
            self._waiting += [("run", None, path) for path in place.executed]
            inner = self._modules.submodule(place.folder, imported.name) if place.folder is not None and imported.name != "*" else None
            if inner is not None and inner.executed:
                self._waiting += [("whole", None, path) for path in inner.executed]
            if place.last is None:
                continue
            if imported.name == "*" or (imported.name not in self._binding(place.last) and not (inner and inner.executed)):
                self._waiting.append(("whole", None, place.last))
            else:
                self._waiting.append(("name", imported.name, place.last))

    def _places(self, imported: Import, importer: str) -> list[Found]:
        return self._modules.resolve(imported.module, imported.level, importer)

    def _reachable_by_attribute(self) -> list[str]:
        """Modules that run and lie in a package that is there as a whole: `package.module` reaches them without an import."""
        packages = tuple(path.removesuffix("__init__.py") for path in self._whole if path.endswith("__init__.py"))
        return [path for path in self._running if packages and path.startswith(packages) and path not in self._whole]

    def _digests(self) -> dict[str, str]:
        parts: dict[str, str] = {}
        for path in self._whole:
            parts[path] = self._facts(path).digest
        for path, included in self._included.items():
            if path in self._whole:
                continue
            groups: dict[str, list[str]] = {}
            for at in sorted(included):
                statement = self._facts(path).statements[at]
                groups.setdefault(_label(statement), []).append(statement.digest)
            parts.update({f"{path}::{label}": digest_value("treadle.code.part", digests) for label, digests in groups.items()})
        return parts


def _label(statement: Statement) -> str:
    """How a statement is called: by the name it binds, or as part of what runs on import."""
    if statement.always and (statement.is_import or len(statement.names) != 1):
        return _MODULE_LEVEL
    return ", ".join(statement.names[:4]) or _MODULE_LEVEL
