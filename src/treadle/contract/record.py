"""Words about the record itself: the journal, and whether everything is well."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.operation import GET, POST, operation


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
    """Entries behind number `after`, oldest first; `newest` asks for the last `limit` instead, newest first. `kind` may end in *.

    `before` (0: no bound) is the number below which entries are looked for, `since` and `until` are moments in seconds since 1970, and
    `text` is found in the kind, the subject or the data, in any case of letters. Entries of all projects are told unless `project` names
    one."""

    after: int = 0
    kind: str = ""
    subject: str = ""
    root: int | None = None
    limit: int = 500
    newest: bool = False
    actor: str = ""
    before: int = 0
    since: float | None = None
    until: float | None = None
    text: str = ""
    project: str = ""


read_journal = operation(
    "journal.read", GET, "/journal", ReadJournal, list[Entry], allow="journal:read", summary="What happened, in order."
)


class ListKinds(msgspec.Struct, frozen=True, kw_only=True):
    pass


list_kinds = operation(
    "journal.kinds", GET, "/journal/kinds", ListKinds, list[str], allow="journal:read", summary="Every kind of entry there is, by name."
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


class ReadEffects(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Entries of steps within pipelines are left out unless `steps`."""

    entry: int
    limit: int = 200
    steps: bool = False


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """`because` is the number of the entry (the one asked about, or another effect) that stands right before this one."""

    entry: Entry
    because: int


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry caused, and what that caused, oldest first. `cut`: there is more than the limit."""

    effects: tuple[Effect, ...]
    cut: bool


read_effects = operation(
    "journal.effects",
    GET,
    "/journal/{entry}/effects",
    ReadEffects,
    Effects,
    allow="journal:read",
    summary="What an entry caused, directly and through others.",
)


class VerifyJournal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Looks at entries behind the seal number `after`, at most `limit` of them, and seals those that no seal covers yet.

    `expect` is a seal's digest that was noted earlier, outside of the record: it finds who rewrote entries and all seals behind them.
    """

    after: int = 0
    limit: int = 100_000
    expect: str = ""


class JournalFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it was sealed. `what`: changed, removed, inserted (an entry), or broken (the chain of seals itself)."""

    what: str
    entry: int
    sentence: str


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """`seal` is the digest of the newest seal that was looked at, which covers everything up to entry `upto`: worth noting elsewhere.

    `entries` were looked at and `sealed` of them for the first time. `more`: ask again with `after` = `number`. `expected` says whether
    the digest asked for was met, None where none was asked for. At most 100 faults are named of `faulty`.
    """

    seal: str
    number: int
    upto: int
    entries: int
    sealed: int
    faulty: int
    faults: tuple[JournalFault, ...]
    more: bool
    expected: bool | None


verify_journal = operation(
    "journal.verify",
    POST,
    "/journal/verify",
    VerifyJournal,
    Verified,
    allow="journal:verify",
    summary="Whether the journal says what it said when it was sealed.",
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
