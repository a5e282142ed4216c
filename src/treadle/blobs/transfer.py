"""Moving file contents on one machine: sharing blocks where the file system can, else copying inside the kernel."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3

from treadle.core.content import digest_bytes
from treadle.core.errors import HomeError, StorageFull

FICLONE = 0x40049409  # <linux/fs.h>: share all blocks of one file with another, copied only when either is written
_SLICE = 32 << 20  # bytes one copy_file_range call is asked for, so that hashing can follow close behind
_READ = 1 << 20
_CANNOT_CLONE = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.EPERM, errno.ENOSYS, errno.EBADF, errno.ETXTBSY}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def storing(place: str | os.PathLike[str]) -> Iterator[None]:
    """Says what went wrong with files at `place` in words of ours: StorageFull, or HomeError with the system's reason."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(
                "no room left to store data", where=os.fspath(place), hint="make room (treadle data gc) and repeat"
            ) from error
        raise HomeError(f"cannot use the store: {error.strerror}", where=os.fspath(error.filename or place)) from error


@contextlib.contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """A path to write to; whatever still lies there at the end is removed, also when the writing failed."""
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Writes all of `data`, however many system calls that takes."""
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(descriptor, view) :]


def clone(source: int, target: int) -> bool:
    """Lets the empty file `target` share the blocks of `source`; False where the file system cannot."""
    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError as error:
        if error.errno in _CANNOT_CLONE:
            return False
        raise
    return True


def copy(source: Path, target: Path, mode: int = 0o444) -> None:
    """Makes `target`, a new file with the bytes of `source`: shared blocks if possible, else copied by the kernel."""
    with _opened(source, target, mode) as (reading, writing):
        if not clone(reading, writing):
            for _ in _copied(reading, writing):
                pass


def copy_hashed(source: Path, target: Path, mode: int = 0o444) -> str:
    """Like `copy`, and answers the digest of the bytes that arrived in `target`.

    The hash reads the copy, not the source: a source that is written to meanwhile cannot make the digest lie about what was
    stored. Copying (a thread, inside the kernel) and hashing go on side by side.
    """
    with _opened(source, target, mode) as (reading, writing):
        size = os.fstat(reading).st_size
        if size <= _READ:
            data = os.pread(reading, _READ + 1, 0)
            if len(data) <= _READ:
                write_all(writing, data)
                return digest_bytes(data)
        if clone(reading, writing):
            return _Follower(writing).finish()
        follower = _Follower(writing)
        follower.start()
        try:
            for end in _copied(reading, writing):
                follower.reach(end)
        finally:
            digest = follower.finish()
        return digest


class _Follower:
    """Hashes a file up to where it has been written, while it is still growing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._hasher = blake3()
        self._reached = 0
        self._done = False
        self._moved = threading.Condition()
        self._thread: threading.Thread | None = None
        self._failure: OSError | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._follow, name="treadle-hash", daemon=True)
        self._thread.start()

    def reach(self, end: int) -> None:
        with self._moved:
            self._reached = end
            self._moved.notify()

    def finish(self) -> str:
        with self._moved:
            self._done = True
            self._moved.notify()
        if self._thread is None:
            self._follow()
        else:
            self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._hasher.hexdigest()

    def _follow(self) -> None:
        buffer = bytearray(_READ)
        position = 0
        while True:
            with self._moved:
                while position >= self._reached and not self._done:
                    self._moved.wait()
                end, done = self._reached, self._done
            try:
                while done or position < end:
                    got = os.preadv(self._descriptor, [buffer], position)
                    if not got:
                        break
                    self._hasher.update(memoryview(buffer)[:got])
                    position += got
            except OSError as error:
                self._failure = error
                return
            if done:
                return


@contextlib.contextmanager
def _opened(source: Path, target: Path, mode: int) -> Iterator[tuple[int, int]]:
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            yield reading, writing
            os.fchmod(writing, mode)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copied(reading: int, writing: int) -> Iterator[int]:
    """Copies all bytes and yields after each slice how far it has come."""
    position = 0
    in_kernel = True
    while True:
        if in_kernel:
            try:
                got = os.copy_file_range(reading, writing, _SLICE, position, position)
            except OSError as error:
                if error.errno not in _CANNOT_CLONE or position:
                    raise
                in_kernel = False
                continue
        else:
            data = os.pread(reading, _READ, position)
            os.lseek(writing, position, os.SEEK_SET)
            write_all(writing, data)
            got = len(data)
        if not got:
            return
        position += got
        yield position
