"""Words about models as tracking clients keep them: made by name, filled with versions from what they logged, tagged, renamed, deleted.

They are the same models and versions as all others. A description is the section `Description` of the card.
"""

from __future__ import annotations

import msgspec

from treadle.contract.search import Criterion
from treadle.core.operation import DELETE, GET, POST, operation

DESCRIPTION = "Description"
"""The section of a card that clients know as the description."""

PHASES = ("None", "Staging", "Production", "Archived")
"""Where in deployment clients say that a version is. What really is live is said by aliases and endpoints."""


class ClientVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version as clients know it. `source` is where they said that it comes from, `run` the key of its run, `logged_model` the
    logged model whose files it has. `stage` is our word on it (candidate, approved ...), `phase` theirs."""

    model: str
    number: int
    source: str = ""
    run: str = ""
    logged_model: str = ""
    phase: str = "None"
    stage: str = "candidate"
    format: str = ""
    description: str = ""
    tags: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    actor: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0


class ClientModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model with, for each phase that has some, its newest version there."""

    name: str
    description: str = ""
    tags: dict[str, str] = {}
    aliases: dict[str, int] = {}
    latest: tuple[ClientVersion, ...] = ()
    created_at: float = 0.0
    updated_at: float = 0.0


class CreateModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    description: str = ""
    tags: dict[str, str] = {}
    created_at: float | None = None


create_model = operation(
    "registered.create", POST, "/registered-models", CreateModel, ClientModel, allow="model:write", summary="Make a model without versions."
)


class ModelNamed(msgspec.Struct, frozen=True, kw_only=True):
    name: str


get_model = operation(
    "registered.get", GET, "/registered-models/{name}", ModelNamed, ClientModel, allow="model:read", summary="A model as clients know it."
)


class ChangeModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new name, a description ("" removes it), tags to set (None removes one)."""

    name: str
    new_name: str | None = None
    description: str | None = None
    tags: dict[str, str | None] = {}


change_model = operation(
    "registered.change",
    POST,
    "/registered-models/{name}",
    ChangeModel,
    ClientModel,
    allow="model:write",
    summary="Rename, describe or tag a model.",
)


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    versions: int


delete_model = operation(
    "registered.delete",
    DELETE,
    "/registered-models/{name}",
    ModelNamed,
    Deleted,
    allow="model:write",
    summary="Delete a model that never answered predictions, with its versions.",
)


class FindModels(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Models for which all criteria hold (keys: name, created, updated, `tags.NAME`), by name
    unless told otherwise (`-created` is descending)."""

    criteria: tuple[Criterion, ...] = ()
    sort: tuple[str, ...] = ("name",)
    limit: int = 100
    after: str | None = None


class ModelPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    models: tuple[ClientModel, ...] = ()
    next: str | None = None


find_models = operation(
    "registered.find", POST, "/registered-models/search", FindModels, ModelPage, allow="model:read", summary="Search models."
)


class AddVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new version of a model that exists. Its files are those that `owner` keeps (`models/m-ID`, or `runs/KEY` below `path`), or those of
    the version `copy_of` (`NAME@v3`); without either, or where nothing is kept there, only the source is recorded and the version can
    never be served. `number` asks for a number above all there are."""

    model: str
    source: str
    owner: str = ""
    path: str = ""
    copy_of: str = ""
    run: str = ""
    description: str = ""
    tags: dict[str, str] = {}
    number: int | None = None
    created_at: float | None = None


add_version = operation(
    "registered.add",
    POST,
    "/registered-models/{model}/versions",
    AddVersion,
    ClientVersion,
    allow="model:write",
    summary="Make a version of what a client logged.",
)


class VersionAt(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    number: int


get_version = operation(
    "registered.version",
    GET,
    "/registered-models/{model}/versions/{number}",
    VersionAt,
    ClientVersion,
    allow="model:read",
    summary="A version as clients know it.",
)


class ChangeVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`phase` moves it; with `alone` other versions in that phase are archived."""

    model: str
    number: int
    description: str | None = None
    phase: str | None = None
    alone: bool = False
    tags: dict[str, str | None] = {}


change_version = operation(
    "registered.change_version",
    POST,
    "/registered-models/{model}/versions/{number}",
    ChangeVersion,
    ClientVersion,
    allow="model:write",
    summary="Describe, tag or move a version.",
)

delete_version = operation(
    "registered.delete_version",
    DELETE,
    "/registered-models/{model}/versions/{number}",
    VersionAt,
    Deleted,
    allow="model:write",
    summary="Delete a version that never answered predictions.",
)


class FindVersions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Versions of all models for which all criteria hold (keys: name, number, run, source, created, updated, `tags.NAME`), the newest
    number first unless told otherwise."""

    criteria: tuple[Criterion, ...] = ()
    sort: tuple[str, ...] = ("name", "-number")
    limit: int = 1000
    after: str | None = None


class VersionPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    versions: tuple[ClientVersion, ...] = ()
    next: str | None = None


find_versions = operation(
    "registered.find_versions",
    POST,
    "/registered-models/versions/search",
    FindVersions,
    VersionPage,
    allow="model:read",
    summary="Search versions of models.",
)


class PutAlias(msgspec.Struct, frozen=True, kw_only=True):
    """Moves an alias. A version for which no gate has spoken may become champion this way, on the caller's word; one that failed its
    gates, waits for a person or was rejected may not."""

    model: str
    alias: str
    number: int


put_alias = operation(
    "registered.alias", POST, "/registered-models/{model}/aliases", PutAlias, ClientModel, allow="model:write", summary="Move an alias."
)
