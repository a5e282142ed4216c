"""Objects in a local folder: one file each, complete under its name from the first moment it can be seen."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

from treadle.blobs.objects import Held
from treadle.blobs.transfer import copy, storing, temporary, write_all
from treadle.core.errors import MissingContent

STAGING = "staging"  # where files grow before they are renamed into place; never listed


def staging_file(folder: Path) -> Path:
    """A path for a file that is still growing: unique among machines, processes and threads, so nobody ever waits for a lock."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(8)}"


def sweep_staging(folder: Path, before: float, *, dry_run: bool = False) -> int:
    """Removes what dead writers left in a staging folder and nobody touched since `before`; answers the bytes freed.

    A writer that lives touches its file with every write, so age alone tells the dead from the living, also across machines.
    """
    freed = 0
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return 0
    for entry in entries:
        try:
            about = entry.stat(follow_symlinks=False)
            if about.st_mtime <= before:
                if not dry_run:
                    os.unlink(entry.path)
                freed += about.st_size
        except FileNotFoundError:
            continue
    return freed


class Folder:
    """The object protocol over a local folder (also one shared by several machines)."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self.staging = self.root / STAGING
        self._made: set[Path] = set()

    def __repr__(self) -> str:
        return f"folder {self.root}"

    def path(self, key: str) -> Path:
        """Where the object lies, or would lie."""
        return self.root / key

    def put(self, key: str, source: bytes | bytearray | memoryview | Path, *, move: bool = False) -> None:
        target = self.root / key
        with storing(self.root):
            if isinstance(source, Path) and move and self._take(source, target):
                return
            with temporary(staging_file(self.staging)) as growing:
                if isinstance(source, Path):
                    copy(source, growing)
                else:
                    _write(growing, source)
                self._settle(growing, target)
            if isinstance(source, Path) and move:
                source.unlink(missing_ok=True)

    def read(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        try:
            with storing(self.root):
                descriptor = os.open(f"{self.root}/{key}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise MissingContent(f"the store holds no object `{key}`", where=str(self.root), hint="treadle data verify") from None
        try:
            left = max(os.fstat(descriptor).st_size - start, 0)
            left = left if length is None else min(left, length)
            parts = []
            while left > 0:
                part = os.pread(descriptor, left, start)
                if not part:
                    break
                parts.append(part)
                start += len(part)
                left -= len(part)
            return parts[0] if len(parts) == 1 else b"".join(parts)
        finally:
            os.close(descriptor)

    def find(self, key: str, *, renew: bool = False) -> Held | None:
        path = f"{self.root}/{key}"
        try:
            if renew:
                os.utime(path)
            about = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Held(key, about.st_size, about.st_mtime)

    def list(self, prefix: str) -> Iterator[Held]:
        waiting = [prefix]
        while waiting:
            inside = waiting.pop()
            try:
                with storing(self.root):
                    entries = list(os.scandir(self.root / inside))
            except FileNotFoundError:
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if inside or entry.name != STAGING:
                        waiting.append(f"{inside}{entry.name}/")
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                yield Held(inside + entry.name, about.st_size, about.st_mtime)

    def delete(self, key: str) -> None:
        with storing(self.root):
            (self.root / key).unlink(missing_ok=True)

    def _take(self, source: Path, target: Path) -> bool:
        """Renames the file into place; False when it lies on another file system."""
        os.chmod(source, 0o444)
        os.utime(source)  # an old file must not look like old content that a sweep may remove
        if source.stat().st_dev != self._device():
            return False
        self._settle(source, target)
        return True

    def _device(self) -> int:
        self.root.mkdir(parents=True, exist_ok=True)
        return self.root.stat().st_dev

    def _settle(self, growing: Path, target: Path) -> None:
        parent = target.parent
        if parent not in self._made:
            parent.mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        try:
            os.rename(growing, target)
        except FileNotFoundError:
            parent.mkdir(parents=True, exist_ok=True)  # the folder was removed behind our back, together with its content
            os.rename(growing, target)


def _write(path: Path, data: bytes | bytearray | memoryview) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_all(descriptor, data)
        os.fchmod(descriptor, 0o444)
    finally:
        os.close(descriptor)
