"""Words about the record itself: the journal, and whether everything is well."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.operation import GET, operation


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the journal: what happened to which subject (`run:17`, `dataset:flights`), who did it, and which entry caused it.

    `root` is the run that a person or trigger asked for, for news about runs."""

    id: int
    at: float
    actor: str
    project: str
    kind: str
    subject: str
    root: int | None = None
    cause: int | None = None
    data: dict[str, Any] = {}


class ReadJournal(msgspec.Struct, frozen=True, kw_only=True):
    """Entries behind number `after`, oldest first; `newest` asks for the last `limit` instead, newest first. `kind` may end in *."""

    after: int = 0
    kind: str = ""
    subject: str = ""
    root: int | None = None
    limit: int = 500
    newest: bool = False


read_journal = operation(
    "journal.read", GET, "/journal", ReadJournal, list[Entry], allow="journal:read", summary="What happened, in order."
)


class ExplainEntry(msgspec.Struct, frozen=True, kw_only=True):
    entry: int


read_causes = operation(
    "journal.causes",
    GET,
    "/journal/{entry}/causes",
    ExplainEntry,
    list[Entry],
    allow="journal:read",
    summary="An entry and what caused it, nearest first.",
)


class CheckHealth(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record as it answers now. `keepers` are processes that dispatch for everybody, heard of within a lease."""

    version: str
    dialect: str
    schema: str
    database: str
    blobs: str
    clock: float
    last_entry: int
    runs: dict[str, int]
    keepers: int


check_health = operation(
    "journal.health", GET, "/health", CheckHealth, Health, allow="journal:read", summary="Whether the record answers, and what is in it."
)
