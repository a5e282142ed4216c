"""The project's files as one archive: deterministic to write, safe to unpack."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path, PurePosixPath

import msgspec

from treadle.contract.code import Snapshot
from treadle.core.content import digest_bytes
from treadle.core.errors import CodeError, Damaged
from treadle.sdk.capture.code import Closure

MOST_BYTES = 100 << 20
MOST_FILES = 5_000
_COMPLETE = ".treadle-complete"  # written last into a restored folder: its presence means that nothing is missing
_DECODER = msgspec.msgpack.Decoder(Snapshot)


def snapshot(closure: Closure) -> bytes:
    """The files of a closure as bytes; equal files give equal bytes. Raises CodeError above 100 MiB or 5,000 files."""
    hint = "declare fewer files=[...]; data belongs into a dataset: treadle data add"
    if len(closure.paths) > MOST_FILES:
        what = f"the step needs {len(closure.paths):,} files of the project, more than the {MOST_FILES:,} that a snapshot may hold"
        raise CodeError(f"{what}; most are in `{_fullest(closure.paths)}`", where=closure.root, hint=hint)
    sizes = {path: os.stat(os.path.join(closure.root, path)).st_size for path in closure.paths}
    if sum(sizes.values()) > MOST_BYTES:
        largest = max(sizes, key=lambda path: sizes[path])
        what = f"the step's files take {sum(sizes.values()) / 2**20:.0f} MiB, more than a snapshot may hold ({MOST_BYTES >> 20} MiB)"
        raise CodeError(f"{what}; the largest is `{largest}` ({sizes[largest] / 2**20:.0f} MiB)", where=closure.root, hint=hint)
    return msgspec.msgpack.encode({path: _entry(os.path.join(closure.root, path)) for path in sorted(closure.paths)})


def restore(data: bytes, folder: Path) -> Path:
    """Unpacks a snapshot into `folder` and returns it; at once when the same snapshot is already there.

    Several processes may restore into the same folder: one of them wins, the others find its work. Raises Damaged when the bytes
    are no snapshot or name a path outside of the folder, CodeError when other things are in the folder.
    """
    digest = digest_bytes(data)
    if _is_complete(folder, digest):
        return folder
    try:
        files = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise Damaged(f"the bytes are not a snapshot of code: {error}", hint="treadle data verify") from error
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _unpack(files, temporary)
        (temporary / _COMPLETE).write_text(digest)
        temporary.chmod(0o755)
        try:
            temporary.rename(folder)
        except OSError as error:
            if not _is_complete(folder, digest):
                raise CodeError(
                    f"the snapshot cannot be restored: {error.strerror}",
                    where=str(folder),
                    hint="name a folder that is empty or does not exist",
                ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _is_complete(folder: Path, digest: str) -> bool:
    try:
        return (folder / _COMPLETE).read_text() == digest
    except (OSError, UnicodeDecodeError):
        return False


def _entry(path: str) -> tuple[int, bytes]:
    with open(path, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        return (0o755 if mode & stat.S_IXUSR else 0o644), file.read()


def _unpack(files: Snapshot, folder: Path) -> None:
    for name, (mode, content) in files.items():
        pure = PurePosixPath(name)
        if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\0" in name or str(pure) != name or name == _COMPLETE:
            raise Damaged(f"the snapshot names a path outside of its folder: `{name}`", hint="treadle data verify")
        path = folder / pure
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if mode & 0o100 else 0o644)


def _fullest(paths: tuple[str, ...]) -> str:
    counts: dict[str, int] = {}
    for path in paths:
        folder = path.rpartition("/")[0] or "."
        counts[folder] = counts.get(folder, 0) + 1
    return max(counts, key=lambda folder: counts[folder])
