"""Files and folders that a person hands to a run as inputs."""

from __future__ import annotations

from pathlib import Path

from treadle.contract.data import INLINE, Artifact
from treadle.core.content import digest_bytes
from treadle.core.errors import DataError
from treadle.worker.contents import Contents

FORMATS = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".txt": "text", ".npy": "numpy", ".arrow": "arrow", ".feather": "arrow"}


def stored_file(contents: Contents, name: str, path: Path) -> Artifact:
    """The artifact for a file or folder on this machine, whose bytes are in the store from now on."""
    if path.is_dir():
        tree = contents.adopt_tree(path)
        return Artifact(
            name=name, digest=tree.manifest, size=tree.size, format="folder", tree=True, about={"name": path.name, "files": tree.files}
        )
    kind = FORMATS.get(path.suffix.lower(), "file")
    try:
        size = path.stat().st_size
        if size <= INLINE:
            data = path.read_bytes()
            return Artifact(name=name, digest=digest_bytes(data), size=size, format=kind, inline=data, about={"name": path.name})
        return Artifact(name=name, digest=contents.adopt(path), size=size, format=kind, about={"name": path.name})
    except OSError as error:
        raise DataError(f"`{path}` cannot be read: {error.strerror}", where=str(path)) from error
