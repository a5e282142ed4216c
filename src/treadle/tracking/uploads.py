"""Large files that arrive in parts, several at once: parts lie in the home folder until they are put together.

An upload lies in `uploads/ID` of the home: `about`, and a file for each part. Whoever gives up leaves parts that are removed a day later.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from blake3 import blake3

from treadle.blobs import Blobs
from treadle.blobs.transfer import storing, temporary, write_all
from treadle.contract import files as words
from treadle.contract.files import MOST_PARTS, KeptFile
from treadle.core.errors import DataError, NotFound, TooLarge, UsageError
from treadle.core.operation import Call, performs
from treadle.store.database import Database
from treadle.tracking.files import find_owner, keep, settle
from treadle.tracking.paths import checked

KEPT_SECONDS = 86_400.0
"""Seconds after which an upload that nobody goes on with is given up."""

MOST_UPLOADS = 1000
_BLOCK = 4 << 20
_ID = re.compile(r"[0-9a-f]{32}")


class _About(msgspec.Struct, frozen=True):
    project: str
    owner: str
    path: str
    parts: int


@performs(words.begin_upload)
def begin(request: words.BeginUpload, call: Call, store: Database, home: Path) -> words.Upload:
    """Raises TooLarge when too many uploads are under way."""
    path = checked(request.path)
    if not 1 <= request.parts <= MOST_PARTS:
        raise UsageError(f"an upload has 1 to {MOST_PARTS} parts, not {request.parts}")
    with store.reading(call) as tx:
        find_owner(tx, request.owner, call.project)
    folder = home / "uploads"
    if _without_abandoned(folder) >= MOST_UPLOADS:
        raise TooLarge(f"{MOST_UPLOADS} uploads are under way already", hint="complete or abort some of them")
    upload = secrets.token_hex(16)
    with storing(home):
        (folder / upload).mkdir(parents=True)
        (folder / upload / "about").write_bytes(msgspec.json.encode(_About(call.project, request.owner, path, request.parts)))
    return words.Upload(id=upload)


def _without_abandoned(folder: Path) -> int:
    """Removes uploads that nobody touched for long; answers how many are left."""
    left = 0
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return 0
    for entry in entries:
        if entry.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            left += 1
    return left


@performs(words.put_part)
def put_part(request: words.PutPart, call: Call, home: Path, stream: Iterable[bytes]) -> words.StoredPart:
    folder, about = _find(home, request.id, call.project)
    if not 1 <= request.number <= about.parts:
        raise UsageError(f"the upload has parts 1 to {about.parts}, not {request.number}")
    hasher, size = blake3(), 0
    with storing(home), temporary(folder / f"growing-{secrets.token_hex(8)}") as growing:
        descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            for block in stream:
                hasher.update(block)
                write_all(descriptor, block)
                size += len(block)
        finally:
            os.close(descriptor)
        os.rename(growing, folder / str(request.number))
        (folder / f"{request.number}.digest").write_text(hasher.hexdigest())
    return words.StoredPart(number=request.number, size=size, digest=hasher.hexdigest())


@performs(words.complete_upload)
def complete(request: words.CompleteUpload, call: Call, store: Database, blobs: Blobs, home: Path) -> KeptFile:
    """Raises DataError naming a part that is missing, or other than the client says."""
    folder, about = _find(home, request.id, call.project)
    numbers = sorted(request.digests) or list(range(1, about.parts + 1))
    for number in numbers:
        try:
            digest = (folder / f"{number}.digest").read_text()
        except FileNotFoundError:
            raise DataError(f"part {number} of the upload has not arrived", hint="send it, then complete again") from None
        if request.digests and request.digests[number] not in ("", digest):
            raise DataError(f"part {number} of the upload is another one than the client sent", hint="send it again")
    digest, size = keep(blobs, _joined(folder, numbers))
    kept = settle(store, call, about.owner, about.path, digest, size)
    shutil.rmtree(folder, ignore_errors=True)
    return kept


def _joined(folder: Path, numbers: Iterable[int]) -> Iterator[bytes]:
    for number in numbers:
        with (folder / str(number)).open("rb", buffering=0) as part:
            while block := part.read(_BLOCK):
                yield block


@performs(words.abort_upload)
def abort(request: words.AbortUpload, call: Call, home: Path) -> words.Upload:
    folder, _ = _find(home, request.id, call.project)
    shutil.rmtree(folder, ignore_errors=True)
    return words.Upload(id=request.id)


def _find(home: Path, upload: str, project: str) -> tuple[Path, _About]:
    folder = home / "uploads" / upload
    if _ID.fullmatch(upload):
        try:
            about = msgspec.json.decode((folder / "about").read_bytes(), type=_About)
        except FileNotFoundError:
            about = None
        if about is not None and about.project == project:
            return folder, about
    raise NotFound("there is no such upload: it was completed, given up, or has never been", hint="begin again")
