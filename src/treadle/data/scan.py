"""Looking through a folder: which files there are, which of them are known, and reading the others into the store."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from treadle.blobs import Blobs
from treadle.blobs.packing import SMALL
from treadle.core.content import digest_bytes, digest_file
from treadle.core.errors import DataError
from treadle.data.index import Row, row_of
from treadle.data.manifest import Entry, shown

Progress = Callable[[int, int, int], None]
"""Told now and then of (files done, bytes done, files in all)."""

_OURS = ".treadle"  # names that begin so are ours: a home folder, a pull under way
_BATCH = 512  # files that are read before the next look at progress
_TRIES = 3


class Scan(NamedTuple):
    """A folder as it is now: rows of files that are known, stats of those that must be read."""

    root: str
    single: bool
    """`root` is a file, the only one."""
    known: dict[str, Row]
    unread: dict[str, os.stat_result]
    started: int
    """When the look began, nanoseconds since 1970."""

    @property
    def files(self) -> int:
        return len(self.known) + len(self.unread)

    def place(self, path: str) -> str:
        """Where the file of that path lies."""
        return self.root if self.single else f"{self.root}/{path}"


def scan(root: str, rows: Mapping[str, Row]) -> Scan:
    """Compares a folder, or a single file, with the rows known of it. Raises DataError for what cannot be a version's file."""
    started = time.time_ns()
    known: dict[str, Row] = {}
    unread: dict[str, os.stat_result] = {}
    find = rows.get
    for path, about in walk(root):
        row = find(path)
        if row is not None and row.matches(about):
            known[path] = row
        else:
            unread[path] = about
    return Scan(root, not os.path.isdir(root), known, unread, started)


def walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """Every file below `root` by its path relative to it; `root` itself, under its own name, when it is a file.

    A symbolic link stands for what it points to; one that leaves the folder, leads nowhere or leads in circles is a DataError.
    """
    if not os.path.isdir(root):
        yield os.path.basename(root), _checked(root, os.path.basename(root))
        return
    waiting = [("", root)]
    real_root = os.path.realpath(root)
    while waiting:
        prefix, folder = waiting.pop()
        for entry in _entries(folder, prefix):
            path = prefix + entry.name
            if entry.name.startswith(_OURS):
                continue
            if entry.is_symlink():
                yield from _through_link(entry, path, folder, real_root, waiting)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((path + "/", entry.path))
            else:
                about = _stat(entry, path)
                if about is not None:
                    yield path, about


def read_unread(found: Scan, blobs: Blobs, former: Mapping[str, Entry], progress: Progress | None) -> dict[str, Row]:
    """Stores the files that are not known; answers the rows of all files, known and read.

    `former` are the files of the version before: a large file that was changed is stored as its difference to that.
    """
    rows = dict(found.known)
    small = [path for path, about in found.unread.items() if about.st_size < SMALL]
    large = [path for path, about in found.unread.items() if about.st_size >= SMALL]
    done = _Counter(progress, len(found.known), found.files)
    with blobs.packing() as pack:
        for batch in _read_ahead(found, small):
            for path, data, about in batch:
                rows[path] = row_of(about, pack.add(data))
            done.add(len(batch), sum(len(data) for _, data, _ in batch))
    for path in large:
        rows[path] = _store_large(found, path, blobs, former.get(path))
        done.add(1, rows[path].size)
    return rows


def digest_unread(found: Scan) -> dict[str, Row]:
    """Reads the files that are not known without storing them; answers their rows."""
    rows: dict[str, Row] = {}
    for path, about in found.unread.items():
        if about.st_size < SMALL:
            data, about = _read(found, path)
            rows[path] = row_of(about, digest_bytes(data))
        else:
            rows[path] = _settled(found, path, lambda place: digest_file(place))
    return rows


def _read_ahead(found: Scan, paths: Sequence[str]) -> Iterator[list[tuple[str, bytes, os.stat_result]]]:
    """Batches of files with their bytes; the next batch is read while one is being packed."""
    batches = [paths[i : i + _BATCH] for i in range(0, len(paths), _BATCH)]

    def read(batch: Sequence[str]) -> list[tuple[str, bytes, os.stat_result]]:
        return [(path, *_read(found, path)) for path in batch]

    if len(batches) < 2:
        yield from map(read, batches)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="treadle-read") as pool:
        coming = pool.submit(read, batches[0])
        for batch in batches[1:]:
            current, coming = coming.result(), pool.submit(read, batch)
            yield current
        yield coming.result()


def _read(found: Scan, path: str) -> tuple[bytes, os.stat_result]:
    """A small file's bytes, and its stat as it was before and after reading."""
    place = found.place(path)
    for _ in range(_TRIES):
        try:
            descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(path, place, error) from error
        try:
            before = os.fstat(descriptor)
            data = os.read(descriptor, before.st_size + 1)
            after = os.fstat(descriptor)
        except OSError as error:
            raise _unreadable(path, place, error) from error
        finally:
            os.close(descriptor)
        if len(data) == before.st_size and _same(before, after):
            return data, after
    raise _restless(path, place)


def _store_large(found: Scan, path: str, blobs: Blobs, former: Entry | None) -> Row:
    if former is not None and former.size >= SMALL:
        return _settled(found, path, lambda place: blobs.adopt_changed(place, former.digest))
    return _settled(found, path, lambda place: blobs.adopt(place))


def _settled(found: Scan, path: str, digest: Callable[[str], str]) -> Row:
    place = found.place(path)
    for _ in range(_TRIES):
        try:
            before = os.stat(place)
            with open(place, "rb"):
                pass
            made = digest(place)
            after = os.stat(place)
        except OSError as error:
            raise _unreadable(path, place, error) from error
        if _same(before, after):
            return row_of(after, made)
    raise _restless(path, place)


def _through_link(
    entry: os.DirEntry[str], path: str, folder: str, real_root: str, waiting: list[tuple[str, str]]
) -> Iterator[tuple[str, os.stat_result]]:
    target = os.path.realpath(entry.path)
    if target != real_root and not target.startswith(real_root.rstrip("/") + "/"):
        raise DataError(
            f"the link `{shown(path)}` leaves the folder",
            where=entry.path,
            hint="copy what it points to into the folder, or remove the link",
        )
    about = _checked(entry.path, path)
    if not stat.S_ISDIR(about.st_mode):
        yield path, about
        return
    here = os.path.realpath(folder)
    if here == target or here.startswith(target.rstrip("/") + "/"):
        raise DataError(f"the link `{shown(path)}` leads in a circle", where=entry.path, hint="remove the link")
    waiting.append((path + "/", entry.path))


def _entries(folder: str, prefix: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise _unreadable(prefix or folder, folder, error) from error


def _stat(entry: os.DirEntry[str], path: str) -> os.stat_result | None:
    try:
        about = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # removed since the folder was listed
    if not stat.S_ISREG(about.st_mode):
        raise _not_a_file(path, entry.path)
    return about


def _checked(place: str, path: str) -> os.stat_result:
    try:
        about = os.stat(place)
    except OSError as error:
        raise _unreadable(path, place, error) from error
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        raise _not_a_file(path, place)
    return about


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino) == (
        other.st_size,
        other.st_mtime_ns,
        other.st_ctime_ns,
        other.st_ino,
    )


def _unreadable(path: str, place: str, error: OSError) -> DataError:
    return DataError(f"`{shown(path)}` cannot be read: {error.strerror}", where=place)


def _restless(path: str, place: str) -> DataError:
    return DataError(f"`{shown(path)}` was written to while it was read", where=place, hint="repeat when whatever writes it is done")


def _not_a_file(path: str, place: str) -> DataError:
    return DataError(
        f"`{shown(path)}` is neither a file nor a folder", where=place, hint="a version holds only files: remove sockets, pipes and devices"
    )


class _Counter:
    def __init__(self, progress: Progress | None, files: int, total: int) -> None:
        self._progress = progress
        self._files = files
        self._total = total
        self._bytes = 0

    def add(self, files: int, size: int) -> None:
        self._files += files
        self._bytes += size
        if self._progress:
            self._progress(self._files, self._bytes, self._total)
