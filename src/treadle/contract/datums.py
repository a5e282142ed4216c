"""Words about datums: the single files that runs gave, under a number of their own, with names that move between them."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.operation import DELETE, GET, POST, operation

MOST_DESCRIBED = 1000
"""Datums whose properties one request may change."""
MOST_DATUMS = 10_000
"""Datums that one page may hold."""


TAGS, ALIAS = "valohai.tags", "valohai.alias"
"""Keys of properties with a meaning of their own: words that a datum is found by, and names that move to it."""


class Datum(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that a run gave (or a folder, which is a `tree`): immutable bytes, and what people say of them.

    `id` is its number, which stays. `properties` are what the run, or somebody later, said of it, `tags` those of them that are
    tags. `checksums` are md5, sha1 and sha256 where its worker has counted them. Of a datum that was purged the record stays, and
    its bytes may be gone. `inline` holds the bytes of a small one, and only where one datum is asked for; the bytes of all others
    lie in the store under `digest`.
    """

    id: int
    name: str
    size: int
    digest: str
    format: str
    tree: bool = False
    run: int
    step: str
    project: str
    created_at: float
    purged_at: float | None = None
    tags: tuple[str, ...] = ()
    properties: dict[str, Any] = {}
    aliases: tuple[str, ...] = ()
    checksums: dict[str, str] = {}
    inline: bytes | None = None

    @property
    def ref(self) -> str:
        return f"datum://{self.id}"


class ListDatums(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Datums of the project, newest first: all, or those of a `run`, of a `name` (`*` stands for anything), with certain bytes
    (`digest`, or the beginning of one). `after` continues behind the last datum of the page before. Purged ones are listed unless
    `purged` is False."""

    run: int | None = None
    name: str | None = None
    digest: str | None = None
    purged: bool = True
    limit: int = 100
    after: int | None = None
    count: bool = False
    """Asks for `total`, which costs a look at all of them."""


class DatumPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    datums: tuple[Datum, ...]
    next: int | None = None
    """Give this as `after` for the next page; None when there is none."""
    total: int | None = None


list_datums = operation(
    "data.datums", GET, "/datums", ListDatums, DatumPage, allow="data:read", summary="Files that runs gave, newest first."
)


class DatumName(msgspec.Struct, frozen=True, kw_only=True):
    """`ref` is a datum's number or an alias, with or without `datum://` in front."""

    ref: str


get_datum = operation("data.datum", GET, "/datums/{ref}", DatumName, Datum, allow="data:read", summary="One datum, by number or alias.")


class DescribeDatums(msgspec.Struct, frozen=True, kw_only=True):
    """Adds properties to datums, by number or alias: each named key is replaced, None removes it, others stay. The key
    `valohai.tags` holds tags; `valohai.alias` moves these aliases and is not kept. All are changed, or none: at most 1,000."""

    properties: dict[str, dict[str, Any]]


describe_datums = operation(
    "data.describe",
    POST,
    "/datum-properties",
    DescribeDatums,
    list[Datum],
    allow="data:write",
    summary="Add properties and tags to datums.",
)

purge_datum = operation(
    "data.purge",
    POST,
    "/datums/{ref}/purge",
    DatumName,
    Datum,
    allow="data:write",
    summary="Let go of a datum's bytes: the next sweep removes them unless something else names them.",
)


class DatumAlias(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A movable name on a datum. How it moved is told by the journal, under the subject `datum:NAME`."""

    name: str
    datum: Datum
    moved_at: float
    actor: str


class ListDatumAliases(msgspec.Struct, frozen=True, kw_only=True):
    """All of the project, the last moved first, or those whose name starts with `prefix`."""

    prefix: str = ""


list_datum_aliases = operation(
    "data.datum_aliases",
    GET,
    "/datum-aliases",
    ListDatumAliases,
    list[DatumAlias],
    allow="data:read",
    summary="Movable names of datums.",
)


class SetDatumAlias(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Puts a name on a datum (`datum` is a number, or another alias). Moving it to where it stands already changes nothing."""

    alias: str
    datum: str
    reason: str = ""


set_datum_alias = operation(
    "data.set_datum_alias",
    POST,
    "/datum-aliases/{alias}",
    SetDatumAlias,
    DatumAlias,
    allow="data:write",
    summary="Move a name to a datum.",
)


class RemoveDatumAlias(msgspec.Struct, frozen=True, kw_only=True):
    alias: str


remove_datum_alias = operation(
    "data.remove_datum_alias",
    DELETE,
    "/datum-aliases/{alias}",
    RemoveDatumAlias,
    Datum,
    allow="data:write",
    summary="Remove a datum's name; answers the datum.",
)
