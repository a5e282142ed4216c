"""The operations on data: load, decide, apply."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract import data as words
from treadle.contract.content import MOST_DIGESTS
from treadle.contract.data import DatasetVersion
from treadle.core.errors import Conflict, MissingContent, UsageError
from treadle.core.ids import DatasetRef, check_word, parse_dataset_ref
from treadle.core.operation import Call, performs
from treadle.data import labels, manifest, rules, versions
from treadle.data.artifacts import artifact_of
from treadle.data.datum_rows import datums_by_digest
from treadle.data.holding import held_content
from treadle.data.manifest import Entry
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

_MOST_SHOWN = 5


@performs(words.list_datasets)
def list_datasets(request: words.ListDatasets, call: Call, store: Database) -> list[words.Dataset]:
    with store.reading(call) as tx:
        return versions.all_datasets(tx, request.prefix)


@performs(words.list_versions)
def list_versions(request: words.ListVersions, call: Call, store: Database) -> list[DatasetVersion]:
    with store.reading(call) as tx:
        return versions.all_versions(tx, request.dataset)


@performs(words.get_version)
def get_version(request: words.GetVersion, call: Call, store: Database) -> DatasetVersion:
    with store.reading(call) as tx:
        return versions.version_of(tx, versions.find_version(tx, parse_dataset_ref(request.ref)))


@performs(words.commit_version)
def commit_version(request: words.CommitVersion, call: Call, store: Database, blobs: Blobs) -> DatasetVersion:
    """Decided without holding anybody up; if another version appeared meanwhile, decided again on top of that."""
    name = parse_dataset_ref(request.dataset).name
    if name != request.dataset:
        raise UsageError(f"`{request.dataset}` is not the name of a dataset", hint=f"write {name}")
    if request.label is not None:
        check_word("the label of a version", request.label, plain=False)
    while True:
        with store.reading(call) as tx:
            known = versions.version_by_key(tx, request.key) if request.key else None
            newest = versions.newest_version(tx, name)
            parent = _parent(tx, request, name, newest)
            if known is not None:
                return versions.version_of(tx, known)
        made = _decide(request, blobs, newest, parent)
        if made is None:
            assert newest is not None
            return _named(DatasetRef(name, newest.number), request.label, call, store)
        with store.transaction(call) as tx:
            version = _apply(tx, request, made, newest)
        if version is not None:
            return version


def _named(ref: DatasetRef, label: str | None, call: Call, store: Database) -> DatasetVersion:
    """A version, with the label where one is said."""
    with store.transaction(call) if label is not None else store.reading(call) as tx:
        if label is not None:
            versions.locked_dataset(tx, ref.name)
            labels.give_label(tx, versions.find_version(tx, ref), ref.name, label)
        return versions.version_of(tx, versions.find_version(tx, ref))


@performs(words.label_version)
def label_version(request: words.LabelVersion, call: Call, store: Database) -> DatasetVersion:
    with store.reading(call) as tx:
        row = versions.find_version(tx, parse_dataset_ref(request.ref))
    return _named(DatasetRef(row.dataset_name, row.number), request.label, call, store)


@performs(words.set_alias)
def set_alias(request: words.SetAlias, call: Call, store: Database) -> words.Dataset:
    name = parse_dataset_ref(request.dataset).name
    with store.transaction(call) as tx:
        row = versions.find_version(tx, DatasetRef(name, request.version))
        versions.locked_dataset(tx, name)
        labels.move_alias(tx, row, name, request.alias, reason=request.reason)
        return versions.all_datasets(tx, "", name)[0]


@performs(words.remove_alias)
def remove_alias(request: words.RemoveAlias, call: Call, store: Database) -> words.Dataset:
    name = parse_dataset_ref(request.dataset).name
    with store.transaction(call) as tx:
        row = versions.find_version(tx, DatasetRef(name))
        versions.locked_dataset(tx, name)
        labels.drop_alias(tx, row.dataset, name, request.alias)
        return versions.all_datasets(tx, "", name)[0]


@performs(words.version_files)
def version_files(request: words.VersionFiles, call: Call, store: Database, blobs: Blobs) -> list[words.VersionFile]:
    if not 0 < request.limit <= MOST_DIGESTS:
        raise UsageError(f"`limit` is a number from 1 to {MOST_DIGESTS}")
    with store.reading(call) as tx:
        row = versions.find_version(tx, parse_dataset_ref(request.ref))
        # Names that are not UTF-8 are shown with replacements: what is answered here is looked at, never written to a disk.
        known = sorted((manifest.shown(path), path, entry) for path, entry in manifest.decode(blobs.read(row.manifest)).items())
        files = [one for one in known if one[0] > request.after][: request.limit]
        datums = datums_by_digest(tx, [entry.digest for _, _, entry in files])
    return [
        words.VersionFile(
            path=shown,
            size=entry.size,
            digest=entry.digest,
            datum=_datum(datums.get(entry.digest, []), shown),
            properties=(row.properties or {}).get(path) or {},
        )
        for shown, path, entry in files
    ]


def _datum(known: list[tuple[int, str]], path: str) -> int | None:
    """Of the datums with the same bytes the newest by this name, else the newest."""
    return next((number for number, name in known if name == path), known[0][0] if known else None)


@performs(words.find_artifacts)
def find_artifacts(request: words.FindArtifacts, call: Call, store: Database) -> list[words.FoundArtifact]:
    query = select(t.artifact).outerjoin(t.run, t.run.c.id == t.artifact.c.run)
    query = query.where((t.run.c.project == call.project) | t.artifact.c.run.is_(None))
    if request.run is not None:
        query = query.where(t.artifact.c.run == request.run)
    if request.name is not None:
        query = query.where(t.artifact.c.name == request.name)
    if request.digest is not None:
        query = query.where(t.artifact.c.digest.startswith(request.digest, autoescape=True))
    with store.reading(call) as tx:
        rows = tx.all(query.order_by(t.artifact.c.id.desc()).limit(request.limit))
    return [words.FoundArtifact(artifact=artifact_of(row), run=row.run, role=row.role, created_at=row.created_at) for row in rows]


@performs(words.get_uses)
def get_uses(request: words.GetUses, call: Call, store: Database) -> words.Uses:
    with store.reading(call) as tx:
        row = versions.find_version(tx, parse_dataset_ref(request.ref))
        runs = tx.all(select(t.lineage.c.run).where(t.lineage.c.dataset_version == row.id).distinct().order_by(t.lineage.c.run))
        version = versions.version_of(tx, row)
    return words.Uses(version=version, made_by=row.run, used_by=tuple(one.run for one in runs))


@performs(words.sweep_data)
def sweep_data(request: words.SweepData, call: Call, store: Database, blobs: Blobs) -> words.SweptData:
    if request.older_than < 0:
        raise UsageError("`older_than` is a number of seconds, at least 0")
    with store.reading(call) as tx:
        held = held_content(tx, blobs)
    swept = blobs.sweep(held.everything(), request.older_than, dry_run=not request.remove)
    if request.remove:
        with store.transaction(call) as tx:
            tx.news("data.swept", "data", blobs=swept.blobs, bytes=swept.bytes, older_than=request.older_than)
    return words.SweptData(
        blobs=swept.blobs, bytes=swept.bytes, packs=swept.packs, leftovers=swept.leftovers, removed=request.remove, kept=len(held.certain)
    )


@performs(words.verify_data)
def verify_data(_request: words.VerifyData, call: Call, store: Database, blobs: Blobs) -> list[words.FlawedContent]:
    with store.reading(call) as tx:
        held = held_content(tx, blobs)
    return [
        words.FlawedContent(digest=flaw.digest, kind=flaw.kind, what=flaw.what, used_by=tuple(held.certain.get(flaw.digest, ())))
        for flaw in blobs.verify(set(held.certain))
    ]


class _Made(msgspec.Struct, frozen=True):
    """What a commit comes to: the manifest of the new version, its totals and how it differs from the newest one."""

    manifest: str
    totals: rules.Totals
    changes: rules.Changes
    merged: bool


def _parent(tx: Transaction, request: words.CommitVersion, name: str, newest: Row[Any] | None) -> str | None:
    """The manifest that the commit was made from, if that is not the newest version."""
    if newest is None or request.parent is None:
        return None
    parent = versions.find_version(tx, DatasetRef(name, request.parent))
    base = request.base or parent.manifest
    return None if base == newest.manifest else str(base)


def _decide(request: words.CommitVersion, blobs: Blobs, newest: Row[Any] | None, parent: str | None) -> _Made | None:
    """None when there is nothing to make."""
    if newest is not None and request.manifest in (newest.manifest, parent):
        return None
    ours = manifest.decode(blobs.read(request.manifest))
    theirs = manifest.decode(blobs.read(newest.manifest)) if newest is not None else {}
    files, digest, merged = ours, request.manifest, parent is not None
    if parent is not None:
        files = _merge(request.dataset, manifest.decode(blobs.read(parent)), ours, theirs)
        digest = blobs.put_changed(manifest.encode(files), newest.manifest if newest else request.manifest)
    differences = rules.changes(theirs, files)
    if newest is not None and not differences:
        return None
    # Asking makes them young as well, so that a sweep that began before this commit spares them.
    missing = blobs.missing({files[path].digest for path in (*differences.added, *differences.changed)} | {digest})
    if missing:
        raise MissingContent(f"{len(missing)} files of this version of `{request.dataset}` are not stored", hint="add the folder again")
    return _Made(digest, rules.totals(files), differences, merged)


def _merge(name: str, base: dict[str, Entry], ours: dict[str, Entry], theirs: dict[str, Entry]) -> dict[str, Entry]:
    merged = rules.merge(base, ours, theirs)
    if merged.conflicts:
        shown = ", ".join(f"`{manifest.shown(path)}`" for path in merged.conflicts[:_MOST_SHOWN])
        more = len(merged.conflicts) - _MOST_SHOWN
        raise Conflict(
            f"`{name}` has moved on, and {shown}{f' and {more} more' if more > 0 else ''} changed there as well",
            hint=f"treadle data pull {name}",
        )
    return merged.files


def _apply(tx: Transaction, request: words.CommitVersion, made: _Made, newest: Row[Any] | None) -> DatasetVersion | None:
    """Writes the version; None when another one appeared since the decision."""
    dataset = versions.locked_dataset(tx, request.dataset)
    now = versions.newest_version(tx, request.dataset)
    if (now.id if now else None) != (newest.id if newest else None):
        return None
    if request.label is not None:
        labels.check_label(tx, dataset, request.dataset, request.label)
    number = (newest.number if newest else 0) + 1
    version = DatasetVersion(
        dataset=request.dataset,
        number=number,
        manifest=made.manifest,
        files=made.totals.files,
        size=made.totals.size,
        rows=None if made.merged else request.rows,
        columns=None if made.merged else request.columns,
        message=request.message,
        created_at=tx.now,
        actor=tx.call.actor,
        run=request.run,
        added=len(made.changes.added),
        removed=len(made.changes.removed),
        changed=len(made.changes.changed),
        label=request.label,
    )
    values = msgspec.structs.asdict(version) | {"dataset": dataset, "key": request.key, "tags": None}
    tx.execute(insert(t.dataset_version), {name: value for name, value in values.items() if name != "aliases"})
    tx.news(
        "dataset.committed",
        f"dataset:{request.dataset}",
        root=request.run,
        version=number,
        manifest=made.manifest,
        files=made.totals.files,
        size=made.totals.size,
        added=version.added,
        removed=version.removed,
        changed=version.changed,
        **({"label": request.label} if request.label is not None else {}),
    )
    return version
