"""Looking at data from afar: previews of files, and how two versions differ."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from treadle.blobs import Blobs
from treadle.contract import previews as words
from treadle.contract.data import Artifact, DatasetVersion
from treadle.contract.previews import MOST_BYTES, Preview, VersionDiff
from treadle.core.content import is_digest
from treadle.core.errors import NotFound, UsageError
from treadle.core.ids import parse_dataset_ref
from treadle.core.operation import Call, performs
from treadle.data import manifest, preview, rules, tables
from treadle.data.artifacts import artifact_of
from treadle.data.manifest import Entry, Files
from treadle.data.outputs import resolve
from treadle.store import tables as t
from treadle.store.database import Database

_MOST_FILES = 1000
_MOST_COMPARED = 256 << 20
"""Bytes of tables whose rows are compared while somebody waits."""
_SUFFIXES = {"parquet": ".parquet", "csv": ".csv", "json": ".json", "text": ".txt", "png": ".png", "jpeg": ".jpg", "markdown": ".md"}


@performs(words.preview_version)
def preview_version(request: words.PreviewVersion, call: Call, store: Database, blobs: Blobs) -> Preview:
    """Raises NotFound for a path that the version does not have."""
    files = _files(_version(request.ref, call, store), blobs)
    path = request.path or next((path for path in files if tables.is_table(path)), next(iter(files), ""))
    entry = files.get(path)
    if entry is None:
        raise NotFound(f"{request.ref} has no file `{path}`", hint=f"treadle data files {request.ref}")
    return preview.look(blobs.local(entry.digest), path, digest=entry.digest, size=entry.size, rows=request.rows)


@performs(words.preview_artifact)
def preview_artifact(request: words.PreviewArtifact, call: Call, store: Database, blobs: Blobs, home: Path) -> Preview:
    """Raises NotFound for bytes that no run gave."""
    if not is_digest(request.digest):
        raise UsageError(f"`{request.digest[:80]}` is no digest", hint="64 hexadecimal characters")
    with store.reading(call) as tx:
        row = tx.first(select(t.artifact).where(t.artifact.c.digest == request.digest).limit(1))
    if row is None:
        raise NotFound(f"no run gave bytes with the digest {request.digest[:12]}", hint="treadle data list")
    artifact = artifact_of(row)
    if artifact.tree:
        return Preview(kind="bytes", name=artifact.name, digest=artifact.digest, size=artifact.size, media="a folder")
    path = _local(artifact.inline, artifact.digest, blobs, home)
    rows_of_json = artifact.format == "json" and artifact.about.get("shown") == "table"
    return preview.look(path, _full_name(artifact), digest=artifact.digest, size=artifact.size, rows=request.rows, table=rows_of_json)


def _full_name(artifact: Artifact) -> str:
    """The name with the ending of its format, where it has none or its ending only looks like one: the table `scores.v2` is Parquet."""
    ending = _SUFFIXES.get(artifact.format, "")
    whole = artifact.name + ending
    named = tables.is_table(artifact.name) if tables.is_table(whole) else Path(artifact.name).suffix
    return artifact.name if named else whole


def _local(inline: bytes | None, digest: str, blobs: Blobs, home: Path) -> Path:
    """The bytes as a file: small artifacts travel within the record, and may lie nowhere else."""
    if inline is None:
        return blobs.local(digest)
    place = home / "cache" / "inline" / digest
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(inline)
    return place


@performs(words.diff_versions)
def diff_versions(request: words.DiffVersions, call: Call, store: Database, blobs: Blobs) -> VersionDiff:
    one, other = _version(request.a, call, store), _version(request.b, call, store)
    before, after = _files(one, blobs), _files(other, blobs)
    changes = rules.changes(before, after)
    made: dict[str, Any] = {
        "a": one.ref,
        "b": other.ref,
        "files_added": changes.added[:_MOST_FILES],
        "files_removed": changes.removed[:_MOST_FILES],
        "files_changed": changes.changed[:_MOST_FILES],
        "files": (len(changes.added), len(changes.removed), len(changes.changed)),
        "rows": (one.rows, other.rows),
    }
    if changes and any(map(tables.is_table, before)) and any(map(tables.is_table, after)):
        made |= _tables(before, after, changes, blobs)
    return VersionDiff(**made)


def _tables(before: Files, after: Files, changes: rules.Changes, blobs: Blobs) -> dict[str, Any]:
    """How the tables differ: their rows where few enough bytes changed, and what their columns hold."""
    gone = _named(before, (*changes.removed, *changes.changed))
    come = _named(after, (*changes.added, *changes.changed))
    made: dict[str, Any] = {}
    if sum(entry.size for entry in (*gone.values(), *come.values())) <= _MOST_COMPARED:
        found = tables.compare(_opened(gone, blobs), _opened(come, blobs))
        made |= {"rows_added": found.rows_added, "rows_removed": found.rows_removed}
    else:
        made["compared"] = False
    was, now = (_heads(_named(files, files), blobs) for files in (before, after))
    types_before, types_after = ({name: str(kind) for name, kind in frame.schema.items()} for frame in (was, now))
    return made | {
        "columns_added": {name: kind for name, kind in types_after.items() if name not in types_before},
        "columns_removed": {name: kind for name, kind in types_before.items() if name not in types_after},
        "columns_retyped": {name: (kind, types_after[name]) for name, kind in types_before.items() if types_after.get(name, kind) != kind},
        "shifts": preview.shifts(was, now),
        "read": (was.height, now.height),
    }


def _named(files: Files, paths: Iterable[str]) -> dict[str, Entry]:
    return {path: files[path] for path in paths if tables.is_table(path)}


def _opened(files: dict[str, Entry], blobs: Blobs) -> list[tables.Table]:
    return [tables.Table(path, blobs.local(entry.digest)) for path, entry in files.items()]


def _heads(files: dict[str, Entry], blobs: Blobs) -> Any:
    """Rows of all tables together: of many files as much of each as keeps the whole bounded."""
    import polars as pl

    share = max(1, preview.COUNTED // max(1, len(files)))
    frames = [preview.head(blobs.local(entry.digest), path, entry.size)[0].head(share) for path, entry in _spread(files)]
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def _spread(files: dict[str, Entry]) -> list[tuple[str, Entry]]:
    """Files from the first to the last, as many as may be read."""
    held = list(files.items())
    size = sum(entry.size for entry in files.values())
    step = max(1, -(-size // (4 * MOST_BYTES)))
    return held[::step]


def _version(ref: str, call: Call, store: Database) -> DatasetVersion:
    with store.reading(call) as tx:
        return resolve(tx, parse_dataset_ref(f"dataset://{ref.removeprefix('dataset://')}"), call.project)[0]


def _files(version: DatasetVersion, blobs: Blobs) -> Files:
    return manifest.decode(blobs.read(version.manifest))
