"""Which top-level statements do something when their module is imported, beyond binding a name.

A statement that does (registers, patches, seeds, prints) is part of every step's code whether the step refers to it or not. In
doubt a statement counts: an edit then runs a step once too often, never once too seldom.
"""

from __future__ import annotations

import ast

_QUIET_MODULES = frozenset(
    "treadle dataclasses functools typing typing_extensions abc enum collections re datetime decimal fractions pathlib math msgspec "
    "itertools operator string zoneinfo types contextlib pydantic attrs attr".split()
)
_QUIET_CALLS = frozenset(
    "logging.getLogger os.getenv os.environ.get os.path.join os.path.dirname os.path.abspath os.cpu_count "
    "numpy.array numpy.asarray numpy.arange numpy.zeros numpy.ones numpy.linspace numpy.float32 numpy.float64 numpy.int64 numpy.dtype "
    "polars.col polars.lit polars.Schema polars.List polars.Datetime polars.Enum polars.when".split()
)
_QUIET_BUILTINS = frozenset(
    "abs bool bytes dict enumerate float frozenset int len list map max min object range repr reversed round set slice sorted str sum "
    "tuple type zip property staticmethod classmethod".split()
)
_QUIET_BASES = frozenset(
    "object Exception BaseException ValueError TypeError RuntimeError KeyError LookupError OSError ArithmeticError "
    "NotImplementedError Warning UserWarning".split()
)
_QUIET_BASE_MODULES = frozenset("typing typing_extensions abc enum msgspec pydantic collections dataclasses torch sklearn treadle".split())


class Effects:
    """Judges the top-level statements of one module, knowing what its imports bind."""

    def __init__(self, tree: ast.Module) -> None:
        self._imported: dict[str, str] = {}
        self._own: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Import):
                self._imported.update(
                    {
                        alias.asname or alias.name.partition(".")[0]: alias.name if alias.asname else alias.name.partition(".")[0]
                        for alias in node.names
                    }
                )
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                self._imported.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                self._own.add(node.name)
            elif isinstance(node, ast.ImportFrom):
                self._own.update(alias.asname or alias.name for alias in node.names)
            else:
                self._own.update(part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))

    def acts(self, node: ast.stmt) -> bool:
        """Whether the statement does something on import that others may notice."""
        if isinstance(node, ast.Expr):
            return not (isinstance(node.value, ast.Constant) or self._declares(node.value))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defaults = [*node.args.defaults, *(default for default in node.args.kw_defaults if default is not None)]
            return any(not self._quiet_decorator(d) for d in node.decorator_list) or any(self._calls(default) for default in defaults)
        if isinstance(node, ast.ClassDef):
            return self._class_acts(node)
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return not all(_plain_target(target) for target in targets) or (node.value is not None and self._calls(node.value))
        if isinstance(node, ast.ImportFrom):
            return True  # only those from __future__ get here: they change how all of the file is compiled
        if isinstance(node, ast.If):
            return not self._for_types(node)
        return not isinstance(node, (ast.Pass, *_TYPE_ALIAS))

    def _declares(self, expression: ast.expr) -> bool:
        """Whether it only declares something of the loop (`trigger(...)`, `loop.endpoint(...)`), which no step can notice."""
        if not isinstance(expression, ast.Call) or self._calls(expression):
            return False
        name = self._full(dotted_name(expression.func))
        return name in ("treadle.trigger", "treadle.monitor") or name.startswith("treadle.loop.")

    def _class_acts(self, node: ast.ClassDef) -> bool:
        if node.keywords and any(keyword.arg == "metaclass" or self._calls(keyword.value) for keyword in node.keywords):
            return True
        if any(not self._quiet_decorator(d) for d in node.decorator_list) or not all(self._quiet_base(base) for base in node.bases):
            return True
        return any(self.acts(part) for part in node.body)

    def _quiet_base(self, base: ast.expr) -> bool:
        """A base class that is known not to note its subclasses."""
        if isinstance(base, ast.Subscript):
            base = base.value
        name = self._full(dotted_name(base))
        return (name in _QUIET_BASES and name not in self._own) or name.partition(".")[0] in _QUIET_BASE_MODULES

    def _quiet_decorator(self, decorator: ast.expr) -> bool:
        if isinstance(decorator, ast.Call):
            return not self._calls(decorator)
        written = dotted_name(decorator)
        if written.rpartition(".")[2] in ("setter", "getter", "deleter"):
            return True
        return self._quiet_name(written)

    def _calls(self, expression: ast.expr) -> bool:
        """Whether evaluating the expression calls anything that is not known to be quiet. A lambda's body is not evaluated."""
        stack: list[ast.AST] = [expression]
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)) or (isinstance(node, ast.Call) and not self._quiet_call(node.func)):
                return True
            stack.extend(ast.iter_child_nodes(node))
        return False

    def _quiet_call(self, function: ast.expr) -> bool:
        base: ast.expr = function
        while isinstance(base, (ast.Attribute, ast.Subscript)):
            base = base.value
        if isinstance(base, (ast.Constant, ast.JoinedStr)):
            return True  # a method of a text
        if isinstance(base, ast.Call):
            return self._quiet_call(base.func)  # a method of what a quiet call made
        return self._quiet_name(dotted_name(function))

    def _quiet_name(self, written: str) -> bool:
        first = written.partition(".")[0]
        if not first or first in self._own:
            return False
        if first not in self._imported:
            return written in _QUIET_BUILTINS
        full = self._full(written)
        return full in _QUIET_CALLS or full.partition(".")[0] in _QUIET_MODULES

    def _full(self, written: str) -> str:
        first, dot, rest = written.partition(".")
        return f"{self._imported.get(first, first)}{dot}{rest}"

    def _for_types(self, node: ast.If) -> bool:
        """`if TYPE_CHECKING:` never runs."""
        return not node.orelse and self._full(dotted_name(node.test)) in ("typing.TYPE_CHECKING", "TYPE_CHECKING")


_TYPE_ALIAS: tuple[type[ast.stmt], ...] = (ast.TypeAlias,) if hasattr(ast, "TypeAlias") else ()


def _plain_target(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_plain_target(part) for part in target.elts)
    return isinstance(target, ast.Name) or (isinstance(target, ast.Starred) and _plain_target(target.value))


def dotted_name(expression: ast.expr) -> str:
    """`a.b.c` as it is written, or "" for anything that is not names and dots."""
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        return ""
    return ".".join([expression.id, *reversed(parts)])
