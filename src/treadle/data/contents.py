"""The bytes of a home folder, as workers and clients ask for them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from treadle.blobs import Blobs, Target
from treadle.core.content import digest_bytes
from treadle.core.ids import new_key
from treadle.data import manifest, rules, work
from treadle.data.manifest import Entry, Files
from treadle.data.scan import Progress, read_unread, scan

LINK_FROM = 1 << 20
"""Bytes: files from this size on are linked into read-only folders instead of copied."""


class StoredTree(msgspec.Struct, frozen=True):
    """A folder that was stored: its manifest's digest, its bytes, its number of files."""

    manifest: str
    size: int
    files: int


class HomeContents:
    """Bytes by digest in the blobs of a home folder; whatever needs a local copy gets it in the home's cache."""

    def __init__(self, home: Path, blobs: Blobs, call: Callable[[Any, Any], Any]) -> None:
        self.home = home
        self.blobs = blobs
        self._call = call

    def desk(self, progress: Progress | None = None) -> work.Desk:
        """Where work on datasets in folders is done (treadle.data.work)."""
        return work.Desk(cache=self.home / "cache", blobs=self.blobs, call=self._call, progress=progress)

    def adopt(self, path: Path, digest: str | None = None, *, move: bool = False) -> str:
        return self.blobs.adopt(path, digest, move=move)

    def put(self, data: bytes) -> str:
        return self.blobs.put(data)

    def read(self, digest: str) -> bytes:
        return self.blobs.read(digest)

    def local(self, digest: str) -> Path:
        return self.blobs.local(digest)

    def folder(self, digest: str) -> Path:
        """The files of a manifest in a read-only folder of the cache, made when it is first asked for."""
        place = self.home / "cache" / "trees" / digest[:32]
        if not place.exists():
            building = place.with_name(f"{place.name}.{new_key()}")
            building.mkdir(parents=True)
            try:
                self._fill(building, manifest.decode(self.blobs.read(digest)))
                building.rename(place)
            except OSError:
                if not place.exists():  # somebody else was faster: theirs is as good
                    raise
            finally:
                shutil.rmtree(building, ignore_errors=True)
        return place

    def _fill(self, folder: Path, files: Files) -> None:
        """Large files as links to the stored ones, small ones as copies."""
        for parent in sorted({os.path.dirname(path) for path in files}):
            (folder / parent).mkdir(parents=True, exist_ok=True)
        copies: list[Target] = []
        for path, entry in files.items():
            if entry.size < LINK_FROM or not self._linked(entry.digest, folder / path):
                copies.append(Target(entry.digest, str(folder / path), entry.executable))
        self.blobs.export_many(copies, lambda _target, _about: None)

    def _linked(self, digest: str, place: Path) -> bool:
        try:
            os.link(self.blobs.local(digest), place)
        except OSError:  # another file system, or one without links
            return False
        return True

    def adopt_tree(self, path: Path) -> StoredTree:
        """Stores the files of a folder and their manifest."""
        found = scan(str(path), {})
        rows = read_unread(found, self.blobs, {}, None)
        files = {name: Entry(row.size, bool(row.executable), row.digest) for name, row in rows.items()}
        encoded = manifest.encode(files)
        self.blobs.put(encoded)
        total = rules.totals(files)
        return StoredTree(digest_bytes(encoded), total.size, total.files)

    def add(self, path: Path, name: str, message: str, progress: Progress | None = None) -> work.Added:
        """Makes a new version of a dataset out of a file or folder."""
        return work.add(self.desk(progress), path, name, message)
