"""Which stored bytes the record names, and who names them: what a sweep must keep.

Every stage says for itself what its rows name, with `@names_content`. A stage that forgets loses its bytes to the next sweep, so
what is shared by all - documents, runs' own values - is searched for anything that looks like a digest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Text, cast, select

from treadle.blobs import Blobs
from treadle.core.errors import Damaged, MissingContent
from treadle.data import manifest
from treadle.store import tables as t
from treadle.store.database import Transaction


class Named(NamedTuple):
    """A digest, who names it in words, and whether it is that of a manifest whose files are meant as well.

    `guessed` is something that only looks like the digest of stored bytes: it is kept, but nobody misses it.
    """

    digest: str
    used_by: str
    tree: bool = False
    guessed: bool = False


class Held(NamedTuple):
    """What must be kept: digests with those who name them, and others that may be digests of stored bytes."""

    certain: dict[str, list[str]]
    guessed: set[str]

    def everything(self) -> set[str]:
        return self.guessed | self.certain.keys()


Names = Callable[[Transaction], Iterator[Named]]
_NAMES: list[Names] = []
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def names_content(function: Names) -> Names:
    """Registers a function that yields what a stage's rows name."""
    _NAMES.append(function)
    return function


def held_content(tx: Transaction, blobs: Blobs) -> Held:
    """Every digest that must be kept."""
    held = Held({}, set())
    trees: dict[str, list[str]] = {}
    for names in _NAMES:
        for named in names(tx):
            if named.guessed:
                held.guessed.add(named.digest)
                continue
            held.certain.setdefault(named.digest, []).append(named.used_by)
            if named.tree:
                trees.setdefault(named.digest, []).append(named.used_by)
    for digest, users in trees.items():
        _add_members(held, blobs, digest, users)
    return held


def _add_members(held: Held, blobs: Blobs, digest: str, users: list[str]) -> None:
    try:
        data = blobs.read(digest)
    except (MissingContent, Damaged):
        return  # nothing more is known of it; `verify` names it
    try:
        for member in manifest.digests(data):
            held.certain.setdefault(member, []).extend(users)
    except Damaged:
        held.guessed.update(_DIGEST.findall(data.decode("latin-1")))  # a list of files in another form


@names_content
def _versions(tx: Transaction) -> Iterator[Named]:
    query = select(t.dataset_version.c.manifest, t.dataset_version.c.number, t.dataset.c.name)
    for row in tx.execute(query.join(t.dataset, t.dataset.c.id == t.dataset_version.c.dataset)):
        yield Named(row.manifest, f"{row.name}@v{row.number}", tree=True)


@names_content
def _artifacts(tx: Transaction) -> Iterator[Named]:
    columns = (t.artifact.c.digest, t.artifact.c.name, t.artifact.c.run, t.artifact.c.tree)
    for row in tx.execute(select(*columns).where(t.artifact.c.inline.is_(None), t.artifact.c.purged_at.is_(None))):
        yield Named(row.digest, f"{row.name} of run {row.run}", tree=row.tree)


@names_content
def _runs(tx: Transaction) -> Iterator[Named]:
    """Logs, and digests anywhere in the documents and values of runs: code, environments, inputs that were handed in."""
    for row in tx.execute(select(t.attempt.c.log_digest, t.attempt.c.run).where(t.attempt.c.log_digest.is_not(None))):
        yield Named(row.log_digest, f"log of run {row.run}")
    for body in tx.execute(select(t.document.c.digest, t.document.c.body)):
        for digest in (body.digest, *_DIGEST.findall(bytes(body.body).decode("latin-1"))):
            yield Named(digest, "a document", guessed=True)
    columns = [cast(column, Text) for column in (t.run.c.bindings, t.run.c.options, t.run.c.parameters)]
    for row in tx.execute(select(t.run.c.id, *columns)):
        for digest in _DIGEST.findall(" ".join(map(str, filter(None, row[1:])))):
            yield Named(digest, f"run {row[0]}", guessed=True)


@names_content
def _predictions(tx: Transaction) -> Iterator[Named]:
    for row in tx.execute(select(t.prediction_chunk.c.digest, t.prediction_chunk.c.id)):
        yield Named(row.digest, f"predictions, chunk {row.id}")
