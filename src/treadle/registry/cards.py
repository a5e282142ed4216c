"""Cards: words that people keep, and the whole card of a version with the facts that the record knows."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select, update

from treadle.contract import registry as words
from treadle.contract.registry import ModelVersion
from treadle.contract.runs import Code, Environment
from treadle.core.errors import UsageError
from treadle.core.ids import parse_model_ref
from treadle.core.operation import Call, performs
from treadle.registry import card, outputs, versions
from treadle.store import tables as t
from treadle.store.database import Database, Transaction, document


@performs(words.write_card)
def write_card(request: words.WriteCard, call: Call, store: Database) -> ModelVersion:
    """A reference without `@` writes the model's own card, which holds for all versions; words of a version go before it."""
    for name in request.sections:
        if not name.strip() or "\n" in name:
            raise UsageError(f"`{name}` cannot be a section of a card", hint="a section's name is one line: 'Intended use'")
    with store.transaction(call) as tx:
        row = versions.find_version(tx, parse_model_ref(request.ref))
        model = versions.locked_model(tx, row.model_name)
        if "@" in request.ref:
            write_sections(tx, t.model_version, row.id, row.card, request.sections)
        else:
            write_sections(tx, t.model, model.id, model.card, request.sections)
        names = ", ".join(request.sections)
        ref = f"{row.model_name}@v{row.number}" if "@" in request.ref else row.model_name
        outputs.announce(
            tx, "card.written", row, f"{call.actor} wrote the card of {ref}: {names}", run=None, sections=list(request.sections)
        )
        return versions.version_of(tx, versions.version_by_id(tx, row.id))


def write_sections(tx: Transaction, table: Any, number: int, before: dict[str, str], sections: dict[str, str]) -> None:
    """Keeps sections of a card, of a model's row or of a version's; an empty text removes one."""
    merged = {name: text for name, text in (before | sections).items() if text.strip()}
    tx.execute(update(table).where(table.c.id == number).values(card=merged))


@performs(words.read_card)
def read_card(request: words.VersionRef, call: Call, store: Database) -> words.Card:
    with store.reading(call) as tx:
        row = versions.find_version(tx, parse_model_ref(request.ref))
        version = versions.version_of(tx, row)
        model = versions.find_model(tx, row.model_name)
        text = card.markdown(version, model.card | version.card, _origin(tx, version), moves_of(tx, model.id))
    return words.Card(ref=version.ref, markdown=text)


def _origin(tx: Transaction, version: ModelVersion) -> card.Origin:
    run = tx.first(select(t.run).where(t.run.c.id == version.run)) if version.run is not None else None
    if run is None:
        return card.Origin()
    code = _document(tx, run.code, Code)
    environment = _document(tx, run.environment, Environment)
    lines = tx.all(select(t.lineage).where(t.lineage.c.run == run.id).order_by(t.lineage.c.name, t.lineage.c.position))
    return card.Origin(
        run=f"run {run.id} {run.name}",
        step=run.step,
        parameters=run.parameters,
        seed=run.seed,
        code=f"commit {code.commit[:12]}{', with changes that were not committed' if code.dirty else ''}"
        if code is not None and code.commit
        else (f"snapshot {code.snapshot[:12]}" if code is not None and code.snapshot else None),
        environment=f"Python {environment.python}, {environment.platform}" if environment is not None else None,
        inputs=tuple((f"{line.name} (of {run.step})", line.source) for line in lines),
    )


def _document(tx: Transaction, digest: str | None, kind: Any) -> Any:
    body = document(tx, digest) if digest is not None else None
    return msgspec.json.decode(body, type=kind) if body is not None else None


def moves_of(tx: Transaction, model: int) -> list[words.AliasChange]:
    """How the aliases of a model moved, newest first."""
    query = select(t.alias_change).where(t.alias_change.c.model == model).order_by(t.alias_change.c.id.desc())
    return [
        words.AliasChange(alias=row.alias, version=row.version, former=row.former, at=row.at, actor=row.actor, reason=row.reason)
        for row in tx.all(query)
    ]
