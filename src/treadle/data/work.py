"""What people do with data in a folder: add, status, versions, diff, pull, gc, verify.

Plain functions over a `Desk`: where this machine keeps its cache, the blobs, and a way to call the operations, in this process
or on a server. They know nothing of databases, commands or terminals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from treadle.blobs import Blobs
from treadle.blobs.packing import SMALL
from treadle.contract import data as words
from treadle.contract.data import DatasetVersion, FlawedContent, SweptData
from treadle.core.content import digest_bytes
from treadle.core.errors import DataError, MissingContent, UsageError
from treadle.core.ids import parse_dataset_ref
from treadle.data import index as indexes
from treadle.data import manifest, rules
from treadle.data.checkout import Pulled, check_out
from treadle.data.index import Base, Index, Row
from treadle.data.manifest import Entry
from treadle.data.scan import Progress, digest_unread, read_unread, scan
from treadle.data.tables import Table, TableDiff, compare, facts, is_table

_MOST_TABLES = 200  # files; above, counting rows would cost more than adding them
_MOST_TEXT = 512 << 20  # bytes of CSV that are read once more to count their rows


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where the work is done. `call(operation, request)` performs an operation and returns its answer."""

    cache: Path
    blobs: Blobs
    call: Callable[[Any, Any], Any]
    progress: Progress | None = None


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """The version that a folder became. `new` is False when nothing had changed; `read` files had to be read for that.

    `merged` says that the version also holds what others added meanwhile, which the folder does not: pull to get it.
    """

    version: DatasetVersion
    new: bool
    merged: bool
    read: int


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between a folder and the version it stands on (`dataset` and `number`; neither for an unknown folder)."""

    dataset: str
    number: int | None
    changes: rules.Changes
    files: int


class FileDiff(msgspec.Struct, frozen=True, kw_only=True):
    """How the files of two versions differ, and their contents as tables where they are tables."""

    a: str
    b: str
    changes: rules.Changes
    tables: dict[str, TableDiff] = {}
    """By path, for the tables that are in both and differ."""
    whole: TableDiff | None = None
    """All tables of the two versions taken together, when they hold nothing else."""


def add(desk: Desk, path: str | os.PathLike[str], name: str, message: str = "") -> Added:
    """Stores a folder, or one file, as a new version of the dataset `name`.

    Only files that changed since the last look are read. When somebody else has made a version meanwhile both are merged path by
    path; a path that both changed is a Conflict. Raises DataError for what cannot be stored.
    """
    if parse_dataset_ref(name).name != name:
        raise UsageError(f"`{name}` is not the name of a dataset", hint="a version is numbered by itself: leave out what follows @")
    root = _existing(path)
    place, index = _index(desk, root)
    base = index.bases.get(name)
    found = scan(root, index.rows)
    former = _files(desk, base) if base and any(about.st_size >= SMALL for about in found.unread.values()) else {}
    rows = read_unread(found, desk.blobs, former, desk.progress)
    digest = _store_manifest(desk, manifest.encode(rows), base)
    version = _commit(desk, name, message, digest, base, root, rows)
    # The folder stands on what it holds, also when the version made of it holds more.
    _remember(place, index, rows, digest, name, Base(number=_stands_on(version, digest, base), manifest=digest), found.started)
    new = base is None or digest != base.manifest
    return Added(version=version, new=new, merged=version.manifest != digest, read=len(found.unread))


def status(desk: Desk, path: str | os.PathLike[str], name: str | None = None) -> Status:
    """What changed in a folder since it was added or pulled. Reads only files that were touched, and stores nothing."""
    root = _existing(path)
    place, index = _index(desk, root)
    dataset = name or index.dataset
    base = index.bases.get(dataset)
    found = scan(root, index.rows)
    read = digest_unread(found) if found.unread else {}
    if base is None:
        return Status(dataset=dataset, number=None, changes=rules.Changes(added=tuple(sorted({*found.known, *read}))), files=found.files)
    if not read and index.manifest == base.manifest and len(found.known) == len(index.rows):
        return Status(dataset=dataset, number=base.number, changes=rules.Changes(), files=found.files)
    differences = rules.changes(_before(desk, base), _entries({**found.known, **read}))
    same = {path: row for path, row in read.items() if (was := index.rows.get(path)) and was.digest == row.digest}
    if same:  # touched, but equal: remembered, so that it is not read again next time
        known = {path: same.get(path, row) for path, row in index.rows.items()}
        _remember(place, index, known, index.manifest, index.dataset, index.bases.get(index.dataset), found.started)
    return Status(dataset=dataset, number=base.number, changes=differences, files=found.files)


def versions(desk: Desk, name: str) -> list[DatasetVersion]:
    """The versions of a dataset, newest first."""
    answer: list[DatasetVersion] = desk.call(words.list_versions, words.ListVersions(dataset=name))
    return answer


def diff(desk: Desk, a: str, b: str, keys: Sequence[str] = ()) -> FileDiff:
    """How two versions (`flights@v1`), or two table files on this machine, differ. `keys` are the columns that name a row."""
    if os.path.isfile(a) and os.path.isfile(b):
        found = compare([Table(a, a)], [Table(b, b)], keys)
        return FileDiff(a=a, b=b, changes=rules.Changes(changed=(b,)) if found else rules.Changes(), tables={b: found})
    one, other = _version(desk, a), _version(desk, b)
    before, after = (manifest.decode(desk.blobs.read(version.manifest)) for version in (one, other))
    differences = rules.changes(before, after)
    tables = {
        path: compare([_table(desk, path, before[path])], [_table(desk, path, after[path])], keys)
        for path in differences.changed
        if is_table(path) and before[path].digest != after[path].digest
    }
    whole = None
    if differences and all(map(is_table, before)) and all(map(is_table, after)):
        gone = [_table(desk, path, before[path]) for path in (*differences.removed, *differences.changed)]
        come = [_table(desk, path, after[path]) for path in (*differences.added, *differences.changed)]
        whole = compare(gone, come, keys)
    return FileDiff(a=one.ref, b=other.ref, changes=differences, tables=tables, whole=whole)


def pull(desk: Desk, ref: str, destination: str | os.PathLike[str] | None = None, *, force: bool = False) -> Pulled:
    """Makes a folder (by default one named like the dataset) equal to a version, writing only what differs, verified.

    Files that no version knows stay. A file that was changed here since it was added or pulled is a Conflict, with nothing
    written at all; `force` overwrites it.
    """
    version = _version(desk, ref)
    root = Path(destination if destination is not None else version.dataset)
    if root.exists() and not root.is_dir():
        raise DataError(f"`{root}` is a file, and a version is a folder", where=str(root))
    place, index = _index(desk, str(root))
    target = manifest.decode(desk.blobs.read(version.manifest))
    base = index.bases.get(version.dataset)
    before = _before(desk, base) if base else {}
    pulled, rows, read_from = check_out(root, version, target, before, index.rows, desk.blobs, force=force, progress=desk.progress)
    _remember(place, index, rows, version.manifest, version.dataset, Base(number=version.number, manifest=version.manifest), read_from)
    return pulled


def gc(desk: Desk, *, remove: bool = False, older_than: float = 86_400.0) -> SweptData:
    """Removes stored bytes that nothing names and that are older than `older_than` seconds; without `remove` only counts them."""
    answer: SweptData = desk.call(words.sweep_data, words.SweepData(remove=remove, older_than=older_than))
    return answer


def verify(desk: Desk) -> list[FlawedContent]:
    """Everything in the store that is damaged or missing, with the versions and artifacts that need it."""
    answer: list[FlawedContent] = desk.call(words.verify_data, words.VerifyData())
    return answer


def _existing(path: str | os.PathLike[str]) -> str:
    root = os.fspath(path)
    if not os.path.exists(root):
        raise DataError(f"there is no file or folder `{root}`", where=os.path.abspath(root))
    return root.rstrip("/") or "/"


def _index(desk: Desk, root: str) -> tuple[Path, Index]:
    place = indexes.index_path(desk.cache, Path(root))
    return place, indexes.load(place)


def _entries(rows: Mapping[str, Row]) -> dict[str, Entry]:
    with manifest.making_many():
        return {path: Entry(row.size, bool(row.executable), row.digest) for path, row in rows.items()}


def _files(desk: Desk, base: Base) -> dict[str, Entry]:
    """The files of a base; none when it was swept meanwhile, which only costs that more has to be stored."""
    try:
        return manifest.decode(desk.blobs.read(base.manifest))
    except MissingContent:
        return {}


def _before(desk: Desk, base: Base) -> dict[str, Entry]:
    """The files of the version a folder stands on."""
    return manifest.decode(desk.blobs.read(base.manifest))


def _store_manifest(desk: Desk, data: bytes, base: Base | None) -> str:
    if base is None:
        return desk.blobs.put(data)
    if digest_bytes(data) == base.manifest:
        return base.manifest
    return desk.blobs.put_changed(data, base.manifest)


def _commit(desk: Desk, name: str, message: str, digest: str, base: Base | None, root: str, files: Mapping[str, Row]) -> DatasetVersion:
    known = _facts(root, files)
    request = words.CommitVersion(
        dataset=name,
        manifest=digest,
        parent=base.number if base else None,
        base=base.manifest if base else None,
        message=message,
        rows=known.rows if known else None,
        columns=known.columns if known else None,
    )
    answer: DatasetVersion = desk.call(words.commit_version, request)
    return answer


def _stands_on(version: DatasetVersion, digest: str, base: Base | None) -> int:
    return version.number if version.manifest == digest or base is None else base.number


def _facts(root: str, files: Mapping[str, Row]) -> Any:
    """Rows and columns, when all files are tables and it does not cost much."""
    if not files or len(files) > _MOST_TABLES or not all(map(is_table, files)):
        return None
    if sum(entry.size for path, entry in files.items() if not path.endswith((".parquet", ".pq"))) > _MOST_TEXT:
        return None
    single = os.path.isfile(root)
    try:
        return facts([Table(path, root if single else os.path.join(root, path)) for path in files])
    except ImportError:
        return None  # without polars a version is stored all the same, it only knows less about itself


def _remember(place: Path, index: Index, rows: Mapping[str, Row], digest: str, name: str, base: Base | None, read_from: int) -> None:
    bases = {**index.bases, name: base} if base else index.bases
    indexes.save(place, Index(rows=rows, manifest=digest, dataset=name, bases=bases), read_from)


def _version(desk: Desk, ref: str) -> DatasetVersion:
    answer: DatasetVersion = desk.call(words.get_version, words.GetVersion(ref=ref))
    return answer


def _table(desk: Desk, path: str, entry: Entry) -> Table:
    return Table(path, desk.blobs.local(entry.digest))
