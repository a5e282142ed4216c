"""Words about data: artifacts, datasets and their versions, and the operations on them."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.operation import DELETE, GET, POST, operation

INLINE = 4096
PLAIN_INLINE = 256 << 10
"""Bytes that travel within the record: of any artifact, and of plain data (JSON and text), which may become another run's parameter."""


class Artifact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Immutable bytes with an address (`digest`), a name and a producer.

    A small artifact (at most 4 KiB, plain data at most 256 KiB) carries its bytes in `inline`; anything larger lies in the blob
    store under `digest`. A `tree` is a folder: its digest is that of its manifest. `pickled` marks bytes whose loading executes
    code.
    """

    name: str
    digest: str
    size: int
    format: str
    tree: bool = False
    pickled: bool = False
    inline: bytes | None = None
    about: dict[str, Any] = {}
    """What the format knows of the value: rows, columns with their types, shape, class name ..."""
    datum: int | None = None
    """Its number among all that runs gave (treadle.contract.datums), once the record holds it."""


class DatasetVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One immutable version of a dataset. `manifest` is the digest of the list of its files.

    `label` is a name that stays with it, unique in the dataset; `aliases` are names that move. `tags` are words that people put on it.
    """

    dataset: str
    number: int
    manifest: str
    files: int
    size: int
    rows: int | None = None
    columns: dict[str, str] | None = None
    message: str = ""
    created_at: float
    actor: str
    run: int | None = None
    added: int = 0
    removed: int = 0
    changed: int = 0
    label: str | None = None
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        return f"{self.dataset}@v{self.number}"


class Dataset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named line of versions. `aliases` are movable names on version numbers."""

    name: str
    versions: int
    latest: DatasetVersion | None = None
    aliases: dict[str, int] = {}
    created_at: float


class ListDatasets(msgspec.Struct, frozen=True, kw_only=True):
    """Which datasets to list: all, or those whose name starts with `prefix`."""

    prefix: str = ""


list_datasets = operation(
    "data.list", GET, "/datasets", ListDatasets, list[Dataset], allow="data:read", summary="Datasets with their latest version."
)


class ListVersions(msgspec.Struct, frozen=True, kw_only=True):
    dataset: str


list_versions = operation(
    "data.versions",
    GET,
    "/datasets/{dataset}/versions",
    ListVersions,
    list[DatasetVersion],
    allow="data:read",
    summary="Versions of a dataset, newest first.",
)


class GetVersion(msgspec.Struct, frozen=True, kw_only=True):
    """`ref` is `name`, `name@latest`, `name@v3`, or `name@word` with a label or an alias."""

    ref: str


get_version = operation(
    "data.version", GET, "/dataset-versions/{ref}", GetVersion, DatasetVersion, allow="data:read", summary="One version of a dataset."
)


class CommitVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Makes a new version of a dataset out of a manifest whose bytes and files are already stored.

    `parent` is the version number this one was made from: if the dataset has moved on since, the files that differ between
    parent and manifest are merged onto the newest version path by path, and only a path that both changed is a Conflict. A
    manifest equal to the newest version makes nothing and answers that version.
    """

    dataset: str
    manifest: str
    parent: int | None = None
    message: str = ""
    run: int | None = None
    base: str | None = None
    """The digest of the manifest this one was made from, when that is not a version of its own: it takes `parent`'s place in
    the merge. So somebody whose commit was merged goes on from what lies in the folder, not from what others added."""
    rows: int | None = None
    columns: dict[str, str] | None = None
    """What is known of the files as a table. Forgotten when the commit has to be merged, because then it is no longer true."""
    key: str | None = None
    """An idempotency key: a commit repeated with the same key answers the version that the first one made."""
    label: str | None = None
    """A name for the version that no other version of the dataset has. A version that is there already and has none gets it."""


commit_version = operation(
    "data.commit",
    POST,
    "/datasets/{dataset}/versions",
    CommitVersion,
    DatasetVersion,
    allow="data:write",
    summary="Make a version from a stored manifest.",
)


class LabelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Names a version that has no label yet: a label is given once and stays."""

    ref: str
    label: str


label_version = operation(
    "data.label",
    POST,
    "/dataset-versions/{ref}/label",
    LabelVersion,
    DatasetVersion,
    allow="data:write",
    summary="Give a version of a dataset a name that stays.",
)


class SetAlias(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Moves an alias to a version, which `version` names by its number. Moving it to where it stands already changes nothing."""

    dataset: str
    alias: str
    version: int
    reason: str = ""


set_alias = operation(
    "data.alias", POST, "/datasets/{dataset}/aliases/{alias}", SetAlias, Dataset, allow="data:write", summary="Move an alias to a version."
)


class RemoveAlias(msgspec.Struct, frozen=True, kw_only=True):
    dataset: str
    alias: str


remove_alias = operation(
    "data.remove_alias",
    DELETE,
    "/datasets/{dataset}/aliases/{alias}",
    RemoveAlias,
    Dataset,
    allow="data:write",
    summary="Remove an alias of a dataset.",
)


class VersionFiles(msgspec.Struct, frozen=True, kw_only=True):
    """The files of a dataset version in order of path: at most `limit` of them, those behind the path `after`."""

    ref: str
    limit: int = 1000
    after: str = ""


class VersionFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a version. `datum` is the number of the newest datum of the project with the same bytes, by the same name where
    there is one; None for a file that no run gave. `properties` are what was said of it when the version was made."""

    path: str
    size: int
    digest: str
    datum: int | None = None
    properties: dict[str, Any] = {}


version_files = operation(
    "data.files",
    GET,
    "/dataset-versions/{ref}/files",
    VersionFiles,
    list[VersionFile],
    allow="data:read",
    summary="The files of a dataset version, with the datums that they are.",
)


class SweepData(msgspec.Struct, frozen=True, kw_only=True):
    """Removes stored bytes that no version, artifact or other record names, and that are older than `older_than` seconds.

    The grace period protects what is being stored right now for a record that is not written yet; make it longer than the
    longest upload. Unless `remove` is set, only says what would be removed.
    """

    remove: bool = False
    older_than: float = 86_400.0


class SweptData(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed, or without `remove` would be: blobs, their bytes, and what killed writers left behind (bytes)."""

    blobs: int
    bytes: int
    packs: int
    leftovers: int
    removed: bool
    kept: int
    """How many digests the record names."""


sweep_data = operation(
    "data.sweep", POST, "/data/sweep", SweepData, SweptData, allow="data:sweep", summary="Remove stored bytes that nothing names."
)


class VerifyData(msgspec.Struct, frozen=True, kw_only=True):
    """Reads all stored bytes and looks for all that the record names."""


class FlawedContent(msgspec.Struct, frozen=True, kw_only=True):
    """Stored bytes that are `damaged` or `missing`; `what` says it in words, `used_by` which records name them."""

    digest: str
    kind: str
    what: str
    used_by: tuple[str, ...] = ()


verify_data = operation(
    "data.verify", POST, "/data/verify", VerifyData, list[FlawedContent], allow="data:read", summary="Find damaged and missing bytes."
)


class FindArtifacts(msgspec.Struct, frozen=True, kw_only=True):
    """Artifacts by producer, by name, by the beginning of their digest; newest first."""

    run: int | None = None
    name: str | None = None
    digest: str | None = None
    limit: int = 100


class FoundArtifact(msgspec.Struct, frozen=True, kw_only=True):
    """An artifact and where it stands: the run that made it, in which role (`output`, `logged`), and when."""

    artifact: Artifact
    run: int | None
    role: str
    created_at: float


find_artifacts = operation(
    "data.artifacts", GET, "/artifacts", FindArtifacts, list[FoundArtifact], allow="data:read", summary="Artifacts by run, name or digest."
)


class GetUses(msgspec.Struct, frozen=True, kw_only=True):
    """`ref` is a dataset version: `name`, `name@latest`, `name@v3` or `name@word` with a label or an alias."""

    ref: str


class Uses(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a dataset version and who took it in: numbers of runs."""

    version: DatasetVersion
    made_by: int | None
    used_by: tuple[int, ...]


get_uses = operation(
    "data.uses",
    GET,
    "/dataset-versions/{ref}/uses",
    GetUses,
    Uses,
    allow="data:read",
    summary="Which runs a version came from and went to.",
)
