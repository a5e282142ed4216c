"""What a worker needs of the store of bytes, wherever it lies: this protocol has one implementation on a home folder and one on a
server (treadle.sdk.client)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Tree(Protocol):
    """What became of a folder that was stored: the digest of its manifest, its bytes and its number of files."""

    @property
    def manifest(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def files(self) -> int: ...


class Contents(Protocol):
    """Bytes by digest."""

    def adopt(self, path: Path, digest: str | None = None, *, move: bool = False) -> str:
        """Stores a file; `move` lets it be taken away. Answers its digest."""
        ...

    def put(self, data: bytes) -> str: ...

    def read(self, digest: str) -> bytes: ...

    def local(self, digest: str) -> Path:
        """A read-only local file with these bytes."""
        ...

    def folder(self, manifest: str) -> Path:
        """A read-only local folder with the files of a manifest."""
        ...

    def adopt_tree(self, path: Path) -> Tree:
        """Stores a folder's files and its manifest."""
        ...
