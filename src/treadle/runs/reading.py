"""A run's code for people who read it: files of its snapshot, what was not committed, and differences. Nothing of it is performed."""

from __future__ import annotations

import difflib

import msgspec

from treadle.blobs import Blobs
from treadle.contract import code as words
from treadle.contract.code import MOST_TEXT, CodeDiff, CodeFile, FileDifference, PackageDifference, RunCode, Snapshot
from treadle.contract.runs import Code, Environment
from treadle.core.definition import Definition
from treadle.core.errors import Damaged, NotFound
from treadle.core.operation import Call, performs
from treadle.runs import documents
from treadle.runs.operations import load
from treadle.runs.rows import environment_of
from treadle.store.database import Database

_DECODER = msgspec.msgpack.Decoder(Snapshot)
_MOST_COMPARED = 200 << 10  # bytes of a file whose lines are compared while somebody waits
_MOST_FILES = 200


@performs(words.read_code)
def read_code(request: words.ReadCode, call: Call, store: Database, blobs: Blobs) -> RunCode:
    """Raises NotFound for a path that the snapshot does not have."""
    with store.reading(call) as tx:
        row = load(tx, request.run)
        code = documents.one(tx, row.code, Code)
        definition = documents.one(tx, row.definition, Definition)
    if code is None:
        return RunCode(run=row.id)
    files = _snapshot(code, blobs)
    path = request.path or (definition.file if definition is not None and definition.file in files else "") or ""
    if path and path not in files:
        raise NotFound(f"the code of run {row.id} has no file `{path}`", hint=f"treadle show {row.id}")
    text, text_whole = _text(files[path][1]) if path else (None, True)
    patch, patch_whole = _text(blobs.read(code.patch)) if code.patch else (None, True)
    return RunCode(
        run=row.id,
        digest=code.digest,
        commit=code.commit,
        branch=code.branch,
        remote=code.remote,
        dirty=code.dirty,
        note=code.note,
        warnings=code.warnings,
        files=tuple(CodeFile(path=name, size=len(content)) for name, (_, content) in sorted(files.items())),
        path=path,
        text=text,
        patch=patch,
        whole=text_whole and patch_whole,
    )


@performs(words.diff_code)
def diff_code(request: words.DiffCode, call: Call, store: Database, blobs: Blobs) -> CodeDiff:
    with store.reading(call) as tx:
        rows = load(tx, request.a), load(tx, request.b)
        codes = [documents.one(tx, row.code, Code) for row in rows]
        environments = [documents.one(tx, environment_of(tx, row), Environment) for row in rows]
    snapshots = [code.snapshot if code is not None else None for code in codes]
    files: list[FileDifference] = []
    if all(snapshots) and snapshots[0] != snapshots[1]:
        files = differences(*(_snapshot(code, blobs) for code in codes if code is not None))
    packages, python = _packages(*environments)
    return CodeDiff(
        a=rows[0].id,
        b=rows[1].id,
        files=tuple(files),
        packages=tuple(packages),
        python=python,
        without_code=tuple(row.id for row, snapshot in zip(rows, snapshots, strict=True) if snapshot is None),
        without_environment=tuple(row.id for row, environment in zip(rows, environments, strict=True) if environment is None),
    )


def differences(before: Snapshot, after: Snapshot) -> list[FileDifference]:
    """Files that differ, by path; modes do not count. At most 200, the rest are left out."""
    made: list[FileDifference] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is not None and new is not None and old[1] == new[1]:
            continue
        state = "added" if old is None else "removed" if new is None else "changed"
        made.append(FileDifference(path=path, state=state, diff=_unified(path, old[1] if old else b"", new[1] if new else b"")))
    return made[:_MOST_FILES]


def _unified(path: str, old: bytes, new: bytes) -> str | None:
    if max(len(old), len(new)) > _MOST_COMPARED:
        return None
    try:
        before, after = (side.decode().splitlines(keepends=True) for side in (old, new))
    except UnicodeDecodeError:
        return None
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"))


def _packages(a: Environment | None, b: Environment | None) -> tuple[list[PackageDifference], tuple[str, str] | None]:
    if a is None or b is None or a.digest == b.digest:
        return [], None
    names = sorted(a.distributions.keys() | b.distributions.keys())
    pairs = [(name, a.distributions.get(name), b.distributions.get(name)) for name in names]
    differing = [PackageDifference(name=name, a=here, b=there) for name, here, there in pairs if here != there]
    return differing, (a.python, b.python) if a.python != b.python else None


def _snapshot(code: Code, blobs: Blobs) -> Snapshot:
    """The files; none for a run that keeps no snapshot. Raises Damaged for bytes that are no snapshot."""
    if code.snapshot is None:
        return {}
    try:
        return _DECODER.decode(blobs.read(code.snapshot))
    except msgspec.MsgspecError as error:
        raise Damaged(f"the bytes are not a snapshot of code: {error}", hint="treadle data verify") from error


def _text(data: bytes) -> tuple[str | None, bool]:
    """The beginning of a text and whether that is all of it; None for bytes that are no text."""
    if b"\0" in data[:8192]:
        return None, True
    return data[:MOST_TEXT].decode(errors="replace"), len(data) <= MOST_TEXT
