"""Dataset versions made by runs, inside the transaction that takes the run's result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract.data import Artifact, DatasetVersion
from treadle.core.errors import Conflict, TreadleError, UsageError
from treadle.core.ids import DatasetRef, parse_dataset_ref
from treadle.data import labels, manifest, rules
from treadle.data.versions import find_version, locked_dataset, newest_version, version_of
from treadle.store import tables as t
from treadle.store.database import Transaction


class Committed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an output says, under `commits`, of the dataset version that it is: the label it gets, tags, and aliases to move there.

    `source` is the version that it goes on from, but for the files named in `exclude`, by path or by name alone. `refused` says why
    nothing can become of it."""

    dataset: str
    label: str | None = None
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    source: str | None = None
    exclude: tuple[str, ...] = ()
    refused: str | None = None


def committed(artifact: Artifact) -> Committed | None:
    """What an output says of its version; what cannot be read is refused in words, because the run has ended as it ended."""
    said = artifact.about.get("commits")
    if not said:
        return None
    try:
        return msgspec.convert(said, Committed)
    except msgspec.ValidationError as error:
        named = said.get("dataset") if isinstance(said, dict) else None
        return Committed(
            dataset=str(named or artifact.name), refused=f"what output `{artifact.name}` says under `commits` is wrong: {error}"
        )


def resolve(tx: Transaction, ref: DatasetRef, project: str | None = None) -> tuple[DatasetVersion, Row[Any]]:
    """The version that a reference means now, and its row; raises UnknownDataset."""
    row = find_version(tx, ref, project)
    return version_of(tx, row), row


def composed(tx: Transaction, artifact: Artifact, blobs: Blobs, project: str) -> Artifact:
    """An output that goes on from an earlier version, with the files of that one in it. Reads and stores manifests, so it is done
    before the transaction that takes the run's result."""
    said = committed(artifact)
    if said is None or said.source is None:
        return artifact
    try:
        base = find_version(tx, _source(said), project)
        before = manifest.decode(blobs.read(base.manifest))
        ours = manifest.decode(blobs.read(artifact.digest))
        gone = set(said.exclude)
        kept = {path: entry for path, entry in before.items() if path not in gone and path.rpartition("/")[2] not in gone}
        encoded = manifest.encode(files := kept | ours)
        digest = blobs.put_changed(encoded, base.manifest)
    except TreadleError as error:
        words = msgspec.structs.replace(said, refused=f"{error.what}{f' ({error.hint})' if error.hint else ''}")
        return msgspec.structs.replace(artifact, about=artifact.about | {"commits": msgspec.to_builtins(words)})
    totals = rules.totals(files)
    properties = {path: one for path, one in ((base.properties or {}) | (artifact.about.get("properties") or {})).items() if path in files}
    about = artifact.about | {"files": totals.files, "properties": properties}
    return msgspec.structs.replace(artifact, digest=digest, size=totals.size, about=about)


def _source(said: Committed) -> DatasetRef:
    """A whole address, or the name of another version of the same dataset."""
    source = str(said.source)
    return parse_dataset_ref(source if source.startswith("dataset://") else f"dataset://{said.dataset}/{source}")


def commit_output(tx: Transaction, name: str, artifact: Artifact, *, run: Row[Any], key: str) -> list[str]:
    """Makes the next version of dataset `name` from a step's output: a tree artifact whose digest is a manifest's.

    The version holds what the step returned, and where it says so what came before it. A manifest equal to the newest version's
    makes nothing, but for a label that the version has not yet. Answers, in words, what could not be.
    """
    said = committed(artifact) or Committed(dataset=name)
    if said.refused is not None:
        return [f"no version of dataset `{name}` was made: {said.refused}"]
    dataset = locked_dataset(tx, name, run.project)
    try:
        row = _version(tx, name, dataset, artifact, said, run, key)
    except (Conflict, UsageError) as error:
        return [f"no version of dataset `{name}` was made: {error.what} ({error.hint})"]
    refused: list[str] = []
    for alias in said.aliases:
        try:
            labels.move_alias(tx, row, name, alias, run=run)
        except (Conflict, UsageError) as error:
            refused.append(f"{name}@v{row.number} has not got the alias: {error.what} ({error.hint})")
    return refused


def _version(tx: Transaction, name: str, dataset: int, artifact: Artifact, said: Committed, run: Row[Any], key: str) -> Row[Any]:
    """The version that the output is: one that stands there with its label and the same files, else a new one."""
    newest = newest_version(tx, name, run.project)
    known = labels.labelled(tx, dataset, said.label) if said.label is not None else None
    if known is not None and known.manifest == artifact.digest:
        return known
    if said.label is not None:
        labels.check_label(tx, dataset, name, said.label)
    if newest is not None and newest.manifest == artifact.digest and (said.label is None or newest.label is None):
        if said.label is not None:
            labels.give_label(tx, newest, name, said.label)
        return newest
    about = artifact.about
    number = int(newest.number) + 1 if newest is not None else 1
    files = int(about.get("files", 1))
    values = {
        "dataset": dataset,
        "number": number,
        "manifest": artifact.digest,
        "files": files,
        "size": artifact.size,
        "rows": about.get("rows"),
        "columns": about.get("columns"),
        "message": f"output `{artifact.name}` of run {run.id}",
        "created_at": tx.now,
        "actor": tx.call.actor,
        "run": run.id,
        "key": key,
        "added": files,
        "removed": 0,
        "changed": 0,
        "label": said.label,
        "tags": list(said.tags) or None,
        "properties": about.get("properties") or None,
    }
    tx.execute(insert(t.dataset_version), values)
    facts = {"files": files, "size": artifact.size, "added": files, "removed": 0, "changed": 0, "run": run.id}
    label: dict[str, Any] = {"label": said.label} if said.label is not None else {}
    tx.news("dataset.committed", f"dataset:{name}", version=number, manifest=artifact.digest, **facts, **label)
    tx.entries[-1]["project"] = run.project
    return find_version(tx, DatasetRef(name, number), run.project)


def commits_of(artifacts: Iterable[Artifact]) -> list[tuple[str, Artifact]]:
    """The outputs that say themselves which dataset they are a version of."""
    return [(said.dataset, artifact) for artifact in artifacts if (said := committed(artifact)) is not None]
