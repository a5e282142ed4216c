"""Importing the user's project: from a folder that holds its code, with errors that name the user's own file and line."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from treadle.core.errors import ParameterError, TargetError, TreadleError, UserImportError, UserSyntaxError
from treadle.sdk.declaration import annotations_of
from treadle.sdk.define import Command, Declared

_TREADLE = str(Path(__file__).parent.parent)


def make_importable(root: Path, file: Path) -> None:
    """Puts the project in front of sys.path: the file's own folder (or that of its outermost package), the root and its src."""
    folder = file.parent
    while (folder / "__init__.py").exists() and folder != root.parent:
        folder = folder.parent
    for entry in (root / "src", root, folder):
        text = str(entry)
        if entry.is_dir() and text not in sys.path:
            sys.path.insert(0, text)


def module_name(file: Path) -> str:
    """The dotted name under which a file is imported: through the packages that hold it."""
    parts = [file.stem] if file.stem != "__init__" else []
    folder = file.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


def load(root: Path, file: str) -> ModuleType:
    """Imports a file of the project; raises UserSyntaxError or UserImportError naming the user's file, line and next command."""
    path = _own(root / file)
    make_importable(root, path)
    name = module_name(path)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    if known is not None:  # an installed or built-in module has this name: the project's file goes before it
        del sys.modules[name]
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        where = f"{shown(error.filename or file, root)}:{error.lineno}"
        line = (error.text or "").strip()
        raise UserSyntaxError(
            f"`{where.partition(':')[0]}` does not parse: {error.msg}", where=where, hint=f"look at: {line}" if line else None
        ) from error
    except ModuleNotFoundError as error:
        where = place_of(error, root) or file
        missing = error.name or "a module"
        raise UserImportError(
            f"`{where.partition(':')[0]}` imports `{missing}`, which is not there",
            where=where,
            hint=f"a package: uv pip install {missing.partition('.')[0]}, or @step(packages=[...]); a file of yours: @step(files=[...])",
        ) from error
    except TreadleError:
        raise
    except Exception as error:
        where = place_of(error, root) or file
        raise UserImportError(f"`{file}` raised {type(error).__name__} while it was imported: {error}", where=where) from error


def _own(path: Path) -> Path:
    """The path, or where this machine's Treadle keeps that file: ready-made steps are declared in the package, which lies elsewhere
    on the machine where a pipeline recorded the call."""
    if path.exists() or "treadle" not in path.parts:
        return path
    inside = path.parts[len(path.parts) - path.parts[::-1].index("treadle") :]
    here = Path(_TREADLE, *inside)
    return here if here.is_file() else path


def find(root: Path, file: str, name: str) -> Declared[..., Any] | Command:
    """The step, pipeline or command of that name in a file; raises TargetError with the names there are."""
    module = load(root, file)
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if isinstance(found, Declared | Command):
        return found
    declared = sorted(n for n, value in vars(module).items() if isinstance(value, Declared | Command))
    if callable(found):
        line = found.__code__.co_firstlineno if hasattr(found, "__code__") else None
        where = f"{file}:{line}" if line else file
        raise TargetError(
            f"`{name}` in `{file}` is a plain {type(found).__name__}, no step", where=where, hint=f"write @step or @pipeline above `{name}`"
        )
    near = difflib.get_close_matches(name, declared, n=1)
    names = ", ".join(f"`{n}`" for n in declared)
    hint = (
        f"did you mean `{near[0]}`?" if near else (f"it declares {names}" if names else "it declares no step: write @step above a function")
    )
    raise TargetError(f"`{file}` has no step or pipeline `{name}`", where=file, hint=hint)


def place_of(error: BaseException, root: Path) -> str | None:
    """The last place in the user's own files that an exception passed through: `train.py:14`."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _inside(f.filename, root)]
    return f"{shown(frames[-1].filename, root)}:{frames[-1].lineno}" if frames else None


def shown(filename: str, root: Path) -> str:
    """A file's name as the user knows it: relative to the project."""
    return os.path.relpath(filename, root) if _inside(filename, root) else filename


def _inside(filename: str, root: Path) -> bool:
    return filename.startswith(str(root) + os.sep)


def users_traceback(error: BaseException, root: Path) -> str:
    """A traceback without our own frames, with the project's files under the names the user knows."""
    whole = traceback.TracebackException.from_exception(error)
    pending: list[traceback.TracebackException] = [whole]
    while pending:
        part = pending.pop()
        kept = [f for f in part.stack if not f.filename.startswith(_TREADLE + os.sep) and "<frozen importlib" not in f.filename]
        part.stack = traceback.StackSummary.from_list(kept)
        pending.extend(p for p in (part.__cause__, part.__context__) if p is not None)
    return "".join(whole.format()).replace(str(root) + os.sep, "")


def converted(declared: Declared[..., Any] | Command, values: dict[str, Any], *, from_text: bool) -> dict[str, Any]:
    """Parameters as the annotations want them; raises ParameterError naming the parameter, the value and the annotation.

    With `from_text` the values are words of a command line: `0.1`, `true`, `[1, 2]`, `2026-01-31`, `adam`.
    """
    definition = declared.definition
    hints = annotations_of(declared.function) if isinstance(declared, Declared) else {}
    made: dict[str, Any] = {}
    for name, value in values.items():
        parameter = definition.parameter(name)
        if parameter is None:
            made[name] = value
            continue
        annotation = hints.get(name, _type_of(parameter.schema, parameter.default))
        made[name] = _convert(definition.name, name, value, annotation, parameter.annotation, from_text)
    return made


def _type_of(schema: dict[str, Any], default: Any) -> Any:
    kinds = {"integer": int, "number": float, "string": str, "boolean": bool, "array": list, "object": dict}
    named = kinds.get(schema.get("type", ""))
    return named or (type(default) if default is not msgspec.UNSET else Any)


def _convert(step: str, name: str, value: Any, annotation: Any, words: str, from_text: bool) -> Any:
    tries: list[tuple[Any, bool]] = [(value, not from_text)]
    if from_text and isinstance(value, str) and annotation is not str:
        with contextlib.suppress(msgspec.DecodeError):  # not JSON: a bare word, a date, `true` spelled otherwise
            tries.insert(0, (msgspec.json.decode(value), True))
    for candidate, strict in tries:
        try:
            return msgspec.convert(candidate, annotation, strict=strict)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            problem = error
    raise ParameterError(f"parameter `{name}` of `{step}` is {value!r}, and asks for {words or annotation}", hint=str(problem)) from problem
