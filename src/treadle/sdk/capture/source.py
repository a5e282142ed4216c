"""One Python source file as facts: what its statements bind, refer to and import, and the digest of each one's syntax tree.

The digest of a piece of code is that of its syntax tree without positions, comments and docstrings, in a notation of our own that
leaves out empty fields, so that Python 3.11 to 3.13 agree on it.
"""

from __future__ import annotations

import ast
import sys
import warnings

import msgspec

from treadle.core.content import digest_bytes
from treadle.core.errors import CodeError, UserSyntaxError
from treadle.sdk.capture.effects import Effects, dotted_name

_DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CONTEXTS = (ast.Load, ast.Store, ast.Del)
_OPAQUE_NAMES = frozenset(("globals", "eval", "exec", "vars"))


class Import(msgspec.Struct, frozen=True, array_like=True):
    """One imported name. `name` is None for `import module`, "*" for a star; `bound` is the name it gets."""

    module: str
    level: int
    name: str | None
    bound: str


class Statement(msgspec.Struct, frozen=True, array_like=True):
    """A top-level statement. `always` marks one that does something when the module is imported, whoever refers to it."""

    names: tuple[str, ...]
    refers: tuple[str, ...]
    imports: tuple[Import, ...]
    always: bool
    is_import: bool
    digest: str


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """A file's facts. `opaque` says that names are looked up in ways that cannot be followed: then the whole file counts."""

    digest: str
    statements: tuple[Statement, ...] = ()
    dynamic: tuple[str, ...] = ()
    opaque: bool = False


def read_facts(data: bytes, shown: str) -> Facts:
    """The facts of a Python source file; `shown` is its name in messages. Raises UserSyntaxError when it does not parse."""
    tree = parse(data, shown)
    effects = Effects(tree)
    statements: list[Statement] = []
    dynamic: list[str] = []
    opaque = False
    digests: list[str] = []
    for node in _without_docstring(tree):
        walked = _Walk(node)
        digest = digest_bytes("".join(walked.out).encode(errors="surrogatepass"))
        digests.append(digest)
        opaque = opaque or walked.opaque or getattr(node, "name", "") == "__getattr__"
        dynamic += [f"{shown}:{line}: {text}" for line, text in walked.dynamic]
        if _only_as_script(node):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "__future__":
            statements += [
                Statement((i.bound,), (), (i,), i.name == "*", True, digest_bytes(repr(msgspec.to_builtins(i)).encode()))
                for i in walked.imports
            ]
            continue
        names = tuple(sorted(_bound(node)))
        statements.append(Statement(names, tuple(sorted(walked.names)), tuple(walked.imports), effects.acts(node), False, digest))
    return Facts(digest_bytes("".join(digests).encode()), tuple(statements), tuple(dynamic), opaque)


def parse(data: bytes, shown: str) -> ast.Module:
    """The syntax tree; raises UserSyntaxError with file, line and the line's text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape is the user's matter, and no error here
            return ast.parse(data)
    except SyntaxError as error:
        line = (error.text or "").strip()
        where = f"{shown}:{error.lineno or 1}"
        raise UserSyntaxError(
            f"{where}: {error.msg}" + (f": `{line[:200]}`" if line else ""), where=where, hint=f"python -m py_compile {shown}"
        ) from error
    except ValueError as error:  # a zero byte
        raise UserSyntaxError(f"{shown}:1: {error}", where=f"{shown}:1", hint="is this a Python source file?") from error
    except (RecursionError, MemoryError) as error:
        raise CodeError(f"`{shown}` is nested too deeply to be read", where=shown, hint="move generated data out of the code") from error


class _Walk:
    """Writes a tree in canonical notation and notes what it mentions. A stack of its own: long chains of operators nest deeply."""

    def __init__(self, node: ast.AST) -> None:
        self.out: list[str] = []
        self.names: set[str] = set()
        self.imports: list[Import] = []
        self.dynamic: list[tuple[int, str]] = []
        self.opaque = False
        self._walk(node)

    def _walk(self, root: ast.AST) -> None:
        out, stack = self.out, [root]  # type: list[str], list[ast.AST | str]
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                out.append(item)
                continue
            out.append(f"({type(item).__name__}")
            self._note(item)
            pending: list[ast.AST | str] = []
            for field in item._fields:
                value = getattr(item, field, None)
                if value is None or value == [] or isinstance(value, _CONTEXTS):
                    if value is None and field == "value" and isinstance(item, ast.Constant):
                        pending.append(" None")
                    continue
                if field == "body" and isinstance(item, _DOCUMENTED):
                    value = _without_docstring(item)
                elif field in ("kind", "type_comment"):
                    continue
                pending.append(f" {field}=")
                if isinstance(value, list):
                    pending.append("[")
                    pending.extend(" None" if part is None else part if isinstance(part, ast.AST) else f" {part!r}" for part in value)
                    pending.append("]")
                else:
                    pending.append(value if isinstance(value, ast.AST) else _plain(value))
            pending.append(")")
            stack.extend(reversed(pending))

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            self.names.add(node.id)
            self.opaque = self.opaque or node.id in _OPAQUE_NAMES
        elif isinstance(node, ast.Import):
            for alias in node.names:
                self.imports.append(Import(alias.name, 0, None, alias.asname or alias.name.partition(".")[0]))
        elif isinstance(node, ast.ImportFrom):
            self.imports += [Import(node.module or "", node.level, alias.name, alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.Call):
            self._note_call(node)
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == "sys":
                self.opaque = self.opaque or node.attr == "modules"
                if node.attr == "path":
                    self.dynamic.append((node.lineno, "changes or reads sys.path"))
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            self._note_annotation(node.annotation)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._note_annotation(node.returns)

    def _note_call(self, node: ast.Call) -> None:
        name = dotted_name(node.func)
        if name not in ("__import__", "import_module", "importlib.import_module"):
            return
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and not first.value.startswith("."):
            self.imports.append(Import(first.value, 0, None, ""))
        else:
            self.dynamic.append((node.lineno, f"{name}(...) of a module that is not written out"))

    def _note_annotation(self, annotation: ast.expr | None) -> None:
        """Names inside annotations that are written as strings."""
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    inner = ast.parse(node.value, mode="eval")
                except (SyntaxError, ValueError):
                    continue
                self.names.update(part.id for part in ast.walk(inner) if isinstance(part, ast.Name))


def _plain(value: object) -> str:
    if type(value) is int:
        return f"int:{value:x}"  # decimal digits of very long numbers are refused by Python
    return f"{type(value).__name__}:{value!r}"


def _without_docstring(node: ast.AST) -> list[ast.stmt]:
    body: list[ast.stmt] = getattr(node, "body", [])
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
        return body[1:]
    return body


def _only_as_script(node: ast.stmt) -> bool:
    """`if __name__ == "__main__":` without an else: a step's module is imported, so the block never runs."""
    if not isinstance(node, ast.If) or node.orelse or not isinstance(node.test, ast.Compare) or len(node.test.ops) != 1:
        return False
    sides = [node.test.left, *node.test.comparators]
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    main = any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
    return named and main and isinstance(node.test.ops[0], ast.Eq)


def _bound(node: ast.stmt) -> set[str]:
    """The names that a top-level statement may bind in the module."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name, *_walrus(node)}
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, (ast.Store, ast.Del)):
            found.add(part.id)
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(part.name)
        elif isinstance(part, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name.partition(".")[0] for alias in part.names)
        elif isinstance(part, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and part.name:
            found.add(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            found.add(part.rest)
    return found


def _walrus(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """Names bound by `:=` in decorators, defaults and base classes, which belong to the module."""
    return {part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)}


NOTATION = f"1-{sys.version_info.major}.{sys.version_info.minor}"
"""Which notation, of which Python's grammar: cached facts of another one are not used."""
