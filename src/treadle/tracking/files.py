"""Files that clients keep with runs, logged models and traces: rows of `artifact`, their bytes in the blob store.

A file of a run has the role "file"; those of a logged model or trace belong to no run, and their role names the owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.blobs.folder import staging_file
from treadle.blobs.transfer import storing, temporary
from treadle.contract import files as words
from treadle.contract.content import Stream
from treadle.contract.files import KeptFile
from treadle.core.errors import NotFound, StateError, UsageError
from treadle.core.operation import Call, performs
from treadle.data.content import written
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking.paths import checked
from treadle.tracking.refs import find_keyed

FORMAT = "file"
ROLE = "file"
"""The role of a run's files."""

_SMALL = 1 << 20
"""Bytes: a smaller file is held in memory while it arrives."""

_READY = 256 << 10
"""Bytes: so many are read at once when a file is asked for."""


class Owner(NamedTuple):
    """Whose files: a run's number, or None with a role that names a logged model or trace."""

    run: int | None
    role: str

    @property
    def mine(self) -> ColumnElement[bool]:
        run = t.artifact.c.run.is_(None) if self.run is None else t.artifact.c.run == self.run
        return and_(run, t.artifact.c.role == self.role)


def role_of(kind: str, key: str) -> str:
    """The role of the files of a logged model (kind "models") or a trace ("traces")."""
    return f"{kind}/{key}"


@performs(words.put_file)
def put(request: words.PutFile, call: Call, store: Database, blobs: Blobs, stream: Iterable[bytes]) -> KeptFile:
    """The file is there when all of it has arrived: an upload that breaks off leaves what was there before."""
    path = checked(request.path)
    with store.reading(call) as tx:
        find_owner(tx, request.owner, call.project, to_write=True)
    digest, size = keep(blobs, stream)
    return settle(store, call, request.owner, path, digest, size)


def keep(blobs: Blobs, stream: Iterable[bytes]) -> tuple[str, int]:
    """Stores what arrives; answers its digest and size."""
    blocks = iter(stream)
    first: list[bytes] = []
    size = 0
    for block in blocks:
        first.append(bytes(block))
        size += len(block)
        if size >= _SMALL:
            break
    else:
        return blobs.put(b"".join(first)), size
    with storing(blobs.staging), temporary(staging_file(blobs.staging)) as growing:
        digest, size = written(growing, _both(first, blocks))
        blobs.adopt(growing, digest, move=True, size=size)
    return digest, size


def _both(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from first
    first.clear()
    yield from rest


def settle(store: Database, call: Call, owner: str, path: str, digest: str, size: int) -> KeptFile:
    """Records a file whose bytes are stored; a file of that path is replaced."""
    with store.transaction(call) as tx:
        mine = find_owner(tx, owner, call.project, to_write=True)
        above = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        if above and tx.first(select(t.artifact.c.id).where(mine.mine, t.artifact.c.name.in_(above)).limit(1)) is not None:
            raise StateError(f"`{path}` cannot be kept: a part of its path is a file already", where=owner)
        tx.execute(delete(t.artifact).where(mine.mine, t.artifact.c.name == path))
        tx.execute(insert(t.artifact), [_row(tx, mine, path, digest, size)])
    return KeptFile(path=path, size=size, digest=digest)


def _row(tx: Transaction, owner: Owner, path: str, digest: str, size: int) -> dict[str, Any]:
    return {
        "run": owner.run,
        "role": owner.role,
        "name": path,
        "position": 0,
        "digest": digest,
        "size": size,
        "format": FORMAT,
        "tree": False,
        "pickled": False,
        "inline": None,
        "about": {},
        "step": None,
        "created_at": tx.now,
    }


@performs(words.get_file)
def get(request: words.GetFile, call: Call, store: Database, blobs: Blobs) -> Stream:
    path = checked(request.path)
    with store.reading(call) as tx:
        owner = find_owner(tx, request.owner, call.project)
        row = tx.first(select(t.artifact).where(owner.mine, t.artifact.c.name == path))
    if row is None:
        raise NotFound(f"{request.owner} keeps no file `{path}`", hint="files.list names those it keeps")
    total = row.size
    start = max(0, total + request.start) if request.start < 0 else min(request.start, total)
    length = total - start if request.length is None else max(0, min(request.length, total - start))
    if length <= _READY:
        data = b"".join(blobs.stream(row.digest, start, length))
        return Stream(digest=row.digest, total=total, start=start, length=length, blocks=iter([data]), ready=data)
    return Stream(digest=row.digest, total=total, start=start, length=length, blocks=_blocks(blobs, row.digest, start, length))


def _blocks(blobs: Blobs, digest: str, start: int, length: int) -> Iterator[bytes]:
    yield from blobs.stream(digest, start, length)


@performs(words.list_files)
def list_files(request: words.ListFiles, call: Call, store: Database) -> list[KeptFile]:
    below = checked(request.path.strip("/")) + "/" if request.path.strip("/") else ""
    with store.reading(call) as tx:
        owner = find_owner(tx, request.owner, call.project)
        rows = [row for row in files_of(tx, owner, below) if row.name.startswith(below)]
    if request.deep:
        return [_kept(row, row.name) for row in rows]
    return _level(rows, below)


def files_of(tx: Transaction, owner: Owner, below: str = "") -> Sequence[Row[Any]]:
    """Rows of an owner's files under a folder (written with `/` at its end), by path."""
    query = select(t.artifact).where(owner.mine)
    if below:
        query = query.where(t.artifact.c.name.startswith(below, autoescape=True))
    return sorted(tx.all(query), key=lambda row: str(row.name))


def _level(rows: Sequence[Row[Any]], below: str) -> list[KeptFile]:
    """What is directly in a folder: files, and the folders that hold others."""
    found: dict[str, KeptFile] = {}
    for row in rows:
        name, deeper, _ = row.name[len(below) :].partition("/")
        if deeper:
            found.setdefault(name, KeptFile(path=below + name, folder=True))
        else:
            found[name] = _kept(row, row.name)
    return [found[name] for name in sorted(found)]


def _kept(row: Row[Any], path: str) -> KeptFile:
    return KeptFile(path=path, size=row.size, digest=row.digest)


@performs(words.delete_files)
def delete_files(request: words.DeleteFiles, call: Call, store: Database) -> words.DeletedFiles:
    """The bytes stay until a sweep: others may name the same."""
    path = checked(request.path)
    name = t.artifact.c.name
    with store.transaction(call) as tx:
        owner = find_owner(tx, request.owner, call.project, to_write=True)
        gone = tx.execute(delete(t.artifact).where(owner.mine, or_(name == path, name.startswith(f"{path}/", autoescape=True))))
        return words.DeletedFiles(count=gone.rowcount)


def find_owner(tx: Transaction, text: str, project: str, *, to_write: bool = False) -> Owner:
    """The owner that `runs/KEY`, `models/ID` or `traces/ID` names. Raises NotFound, UsageError, or StateError for one that is deleted."""
    kind, _, key = text.partition("/")
    if kind == "runs" and key:
        row = find_keyed(tx, key, project, lock=to_write)
        if to_write and row.deleted_at is not None:
            raise StateError(f"run {row.id} {row.name} is deleted, so nothing can be kept with it")
        return Owner(int(row.id), ROLE)
    table = {"models": t.logged_model, "traces": t.trace}.get(kind)
    if table is None or not key or "\0" in key:
        raise UsageError(f"`{text[:100]}` keeps no files", hint="runs/KEY, models/ID or traces/ID")
    query = select(table.c.id).where(table.c.id == key, table.c.project == project)
    if kind == "models":
        query = query.where(table.c.deleted_at.is_(None))
    if tx.first(query.with_for_update() if to_write else query) is None:
        raise NotFound(f"there is no {'logged model' if kind == 'models' else 'trace'} `{key[:100]}`")
    return Owner(None, role_of(kind, key))
