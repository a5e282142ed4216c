"""What is remembered of source files between calls: one small file of facts, each trusted while its source file is untouched.

A file is untouched when size, modification time, change time and inode are what they were. A file that was changed within the last
moments before it was read is not remembered, because a further change could leave all of these as they are.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import msgspec

from treadle.core.content import digest_bytes
from treadle.core.errors import CodeError
from treadle.sdk.capture.source import NOTATION, Facts, read_facts

_SETTLED = 100_000_000  # nanoseconds: many times the resolution of a file system's clock
_SETTLED_COARSE = 2_500_000_000  # for file systems that count whole seconds


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    size: int
    modified: int
    changed: int
    inode: int
    facts: Facts


class _Content(msgspec.Struct, frozen=True, array_like=True):
    notation: str
    root: str
    files: dict[str, _Entry]


_DECODER = msgspec.msgpack.Decoder(_Content)
_ENCODER = msgspec.msgpack.Encoder()


class Memory:
    """Facts of the files below one root, read through the cache file where one is given. Several processes may use the same one:
    each replaces it as a whole, and one that is damaged counts as empty."""

    def __init__(self, root: str, cache: Path | None) -> None:
        self._root = root
        self._cache = cache
        self._known = self._load()
        self._new = False
        self._seen: dict[str, Facts] = {}

    def facts(self, path: str) -> Facts:
        """The facts of the file at `path`, relative to the root; a file that is not Python has only its digest."""
        if path not in self._seen:
            self._seen[path] = self._facts(path)
        return self._seen[path]

    def _facts(self, path: str) -> Facts:
        full = f"{self._root}/{path}"
        try:
            before = os.stat(full)
            entry = self._known.get(path)
            if entry is not None and (entry.size, entry.modified, entry.changed, entry.inode) == _mark(before):
                return entry.facts
            now = time.time_ns()
            with open(full, "rb") as file:
                mark = _mark(os.fstat(file.fileno()))
                data = file.read()
        except OSError as error:
            raise CodeError(
                f"the file `{path}` cannot be read: {error.strerror}", where=full, hint="check the file's permissions"
            ) from error
        facts = read_facts(data, full) if path.endswith(".py") else Facts(digest_bytes(data))
        settled = _SETTLED_COARSE if mark[1] % 1_000_000_000 == 0 else _SETTLED
        if len(data) == mark[0] and now - max(mark[1], mark[2]) > settled:
            self._known[path] = _Entry(*mark, facts)
            self._new = True
        return facts

    def keep(self) -> None:
        """Writes what was learned. The cache is a help, not a duty: a folder that cannot be written is no error."""
        if self._cache is None or not self._new:
            return
        data = _ENCODER.encode(_Content(NOTATION, self._root, self._known))
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".facts-", dir=self._cache.parent)
        except OSError:
            return
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, self._cache)
        except OSError:
            Path(temporary).unlink(missing_ok=True)

    def _load(self) -> dict[str, _Entry]:
        if self._cache is None:
            return {}
        try:
            content = _DECODER.decode(self._cache.read_bytes())
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return {}
        return dict(content.files) if (content.notation, content.root) == (NOTATION, self._root) else {}


def _mark(facts: os.stat_result) -> tuple[int, int, int, int]:
    return facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino
