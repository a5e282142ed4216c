"""Manifests: the list of a version's files, as bytes whose digest is the version's address.

The encoding is canonical - equal files give equal bytes - and laid out by column, so that 50,000 files are read in hundredths of
a second and two neighbouring versions differ in few places. Little-endian, N files sorted by path:

    19 bytes  "treadle-manifest-1" and a newline
    8 + 8     N; length of the paths in bytes
    ..        paths, separated by zeros; the file system's own bytes, whether they are UTF-8 or not
    8 x N     sizes in bytes
    N         1 where the file is executable, else 0
    32 x N    digests
"""

from __future__ import annotations

import contextlib
import gc
import re
import struct
from array import array
from collections.abc import Iterator, Mapping
from sys import byteorder
from typing import NamedTuple, Protocol

from treadle.core.errors import Damaged, DataError

_MAGIC = b"treadle-manifest-1\n"
_HEAD = struct.Struct("<19sQQ")
# A part of a path that is empty, "." or "..": none of them may ever be followed out of the folder a version is written to.
_UNSAFE = re.compile(r"(?:\A|[\0/])\.{0,2}(?:[\0/]|\Z)")  # not $, which would also match before a newline


class Entry(NamedTuple):
    """A file of a version: its size in bytes, whether it is executable, and the digest of its bytes."""

    size: int
    executable: bool
    digest: str


Files = Mapping[str, Entry]
"""A version's files by path, relative, with `/`. Bytes of a name that are not UTF-8 are kept as surrogate escapes."""


class Described(Protocol):
    """What is known of a file where a manifest is made: an Entry, or a row of a folder's index."""

    @property
    def size(self) -> int: ...

    @property
    def executable(self) -> int: ...

    @property
    def digest(self) -> str: ...


def encode(files: Mapping[str, Described]) -> bytes:
    """The canonical bytes of these files. Raises DataError for a path that is not a plain relative one."""
    paths = sorted(files)
    joined = "\0".join(paths)
    _check(joined, len(paths))
    entries = [files[path] for path in paths]
    names = joined.encode("utf-8", "surrogateescape")
    return b"".join(
        (
            _HEAD.pack(_MAGIC, len(paths), len(names)),
            names,
            _little(array("Q", [entry.size for entry in entries])).tobytes(),
            bytes([entry.executable for entry in entries]),
            bytes.fromhex("".join([entry.digest for entry in entries])),
        )
    )


def decode(data: bytes) -> dict[str, Entry]:
    """The files in these bytes, in order of path. Raises Damaged when they are not a manifest, or not a canonical one."""
    if len(data) < _HEAD.size or not data.startswith(_MAGIC):
        raise Damaged("these bytes are not the manifest of a dataset version", hint="treadle data verify")
    _magic, count, length = _HEAD.unpack_from(data)
    sizes_at = _HEAD.size + length
    flags_at = sizes_at + 8 * count
    digests_at = flags_at + count
    if len(data) != digests_at + 32 * count:
        raise Damaged("a manifest is cut short", hint="treadle data verify")
    names = data[_HEAD.size : sizes_at].decode("utf-8", "surrogateescape")
    paths = names.split("\0") if count else []
    try:
        _check(names, len(paths))
    except DataError as error:
        raise Damaged(f"a manifest is damaged: {error.what}", hint="treadle data verify") from error
    sizes = array("Q")
    sizes.frombytes(data[sizes_at:flags_at])
    digests = data[digests_at:].hex()
    if len(paths) != count:
        raise Damaged("a manifest is damaged: paths are missing", hint="treadle data verify")
    columns = (_little(sizes), map(bool, data[flags_at:digests_at]), (digests[i : i + 64] for i in range(0, 64 * count, 64)))
    with making_many():
        files = dict(zip(paths, map(Entry._make, zip(*columns, strict=True)), strict=True))
    if len(files) != count or sorted(paths) != paths:
        raise Damaged("a manifest is damaged: its paths are not in order", hint="treadle data verify")
    return files


def digests(data: bytes) -> set[str]:
    """The digests that a manifest names, without reading the rest of it."""
    if not data.startswith(_MAGIC) or len(data) < _HEAD.size:
        raise Damaged("these bytes are not the manifest of a dataset version", hint="treadle data verify")
    _magic, count, _length = _HEAD.unpack_from(data)
    named = data[len(data) - 32 * count :].hex() if count else ""
    return {named[i : i + 64] for i in range(0, len(named), 64)}


def shown(path: str) -> str:
    """A path as text that can be printed and sent: control characters and bytes that are not UTF-8 become escapes."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@contextlib.contextmanager
def making_many() -> Iterator[None]:
    """For making many small objects that stay: the garbage collector would look through them again and again, a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _check(joined: str, count: int) -> None:
    if joined.count("\0") != max(count - 1, 0):
        raise DataError("a path holds a zero byte")
    if count and (found := _UNSAFE.search(joined)):
        start = joined.rfind("\0", 0, found.start() + 1) + 1
        path = joined[start:].partition("\0")[0]
        raise DataError(f"`{shown(path)}` is not a path inside a folder")


def _little(numbers: array[int]) -> array[int]:
    if byteorder == "big":
        numbers.byteswap()
    return numbers
