"""What a run records about code and environment, put together from the captures."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from treadle.contract.runs import Code, Environment
from treadle.core.content import digest_value
from treadle.core.definition import Definition
from treadle.core.definition import Environment as Declared
from treadle.sdk.capture.code import Closure, closure, find_root
from treadle.sdk.capture.environment import environment
from treadle.sdk.capture.git import git_state
from treadle.sdk.capture.packages import build
from treadle.sdk.capture.snapshot import snapshot
from treadle.worker.contents import Contents


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """A project's code as it is now: its facts, and the bytes to store under `code.snapshot` and `code.patch`."""

    root: Path
    file: str
    code: Code
    archive: bytes
    patch: bytes


def capture(file: Path, home: Path) -> Captured:
    """Captures everything that a file of a project reaches: its own code, and the files its steps declare."""
    path = file.absolute()
    root = find_root(path)
    cache = home / "cache" / "code"
    cache.parent.mkdir(parents=True, exist_ok=True)
    reached = closure(root, path, cache=cache)
    wanted = declared_files(root, reached.paths)
    found: Closure = closure(root, path, files=wanted, cache=cache) if wanted else reached
    archive = snapshot(found)
    git = git_state(root, files=found.paths)
    code = Code(digest=found.digest, parts=found.parts, warnings=found.warnings)
    if git is not None:
        code = msgspec.structs.replace(
            code, commit=git.commit, branch=git.branch, dirty=git.dirty, remote=git.remote, note=git.note or None
        )
    return Captured(root=root, file=found.file, code=code, archive=archive, patch=git.patch if git is not None else b"")


def keep(captured: Captured, contents: Contents) -> Code:
    """Stores the snapshot and the patch; answers the code that names them."""
    snapshot_digest = contents.put(captured.archive)
    patch = contents.put(captured.patch) if captured.patch else None
    return msgspec.structs.replace(captured.code, snapshot=snapshot_digest, patch=patch)


def declared_files(root: Path, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The globs that steps declare with `files=[...]`, read from the source: the snapshot is made before anything is imported.

    A command step that declares no files may need any: then the whole project is taken.
    """
    globs: list[str] = []
    for name in paths:
        source = (root / name).read_bytes() if name.endswith(".py") else b""
        if not any(word in source for word in (b"files", b"command", b"gates.tests")):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and _called(node) == "tests" and node.args and isinstance(node.args[0], ast.Constant):
                globs.append(str(node.args[0].value))  # gates.tests("model_tests")
            if isinstance(node, ast.Call) and _called(node) in ("step", "pipeline", "command", "model"):
                files = next((k.value for k in node.keywords if k.arg == "files"), None)
                if isinstance(files, ast.List | ast.Tuple):
                    globs += [e.value for e in files.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
                elif files is None and _called(node) == "command":
                    globs.append("*")
    return tuple(dict.fromkeys(globs))


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def ambient_environment(root: Path | None = None) -> Environment:
    """The environment of this interpreter."""
    facts = environment(root)
    return Environment(
        digest=facts.digest,
        python=facts.python,
        platform=f"{facts.system} {facts.machine}",
        distributions=facts.distributions,
        treadle=facts.treadle,
        detail={"implementation": facts.implementation, "libc": facts.libc, "sources": facts.sources, "editable": facts.editable},
    )


def rebuild_environment(recorded: Environment, home: Path, progress: Callable[[str], None]) -> Path:
    """The interpreter of an environment with exactly the recorded distributions, built with uv where it is not there yet."""
    detail = recorded.detail
    sources = detail.get("sources") or {}
    packages = [f"{n} @ {sources[n]}" if n in sources else f"{n}=={v}" for n, v in recorded.distributions.items() if n != "treadle"]
    declared = Declared(packages=tuple(packages), python=recorded.python)
    return build(declared, home, home / "environments", progress)


def declared_environment(declared: Declared, definition: Definition) -> Environment:
    """An environment that is known by its declaration; what is really installed is recorded when it has been built."""
    return Environment(
        digest=digest_value("declared", declared),
        python=declared.python or f"{sys.version_info.major}.{sys.version_info.minor}",
        platform=sys.platform,
        distributions={},
        detail={"declared": msgspec.to_builtins(declared), "by": definition.name},
    )


def image_environment(definition: Definition) -> Environment:
    """The environment of a step that names an image: the image's name, as it is declared."""
    image = str(definition.words.get("step", {}).get("image", ""))
    return Environment(
        digest=digest_value("image", image),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        platform=sys.platform,
        detail={"image": image, "by": definition.name},
    )
