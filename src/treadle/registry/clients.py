"""Models as tracking clients keep them. Their versions are versions like all others: gated, served, and in the lineage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from treadle.blobs import Blobs
from treadle.contract import registry_clients as words
from treadle.contract.data import Artifact
from treadle.contract.registry_clients import DESCRIPTION, PHASES, ClientModel, ClientVersion
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, ModelExists, StateError, UsageError
from treadle.core.ids import ModelRef, parse_model_ref
from treadle.core.operation import Call, performs
from treadle.data.artifacts import chunks
from treadle.registry import cards, outputs, rules, versions
from treadle.registry.operations import drop_alias, move_alias
from treadle.search import listed
from treadle.store import dialects
from treadle.store import tables as t
from treadle.store.database import Database, Transaction
from treadle.tracking import files, logged_models
from treadle.tracking.parameters import storable
from treadle.tracking.refs import find_keyed, known_as

EXTERNAL = "external"
"""The format of a version of which only the source is known."""

MOST_SOURCE, MOST_TAG, MOST_WORDS = 2000, 100_000, 100_000
_OF_MODEL = 0  # the version number under which tags of the model itself are kept


# --- models -------------------------------------------------------------------------------------------------------------------


@performs(words.create_model)
def create(request: words.CreateModel, call: Call, store: Database) -> ClientModel:
    """Of several that make the same model at the same moment one succeeds, the others raise ModelExists."""
    name = _checked(request.name)
    with store.transaction(call) as tx:
        at = tx.now if request.created_at is None else request.created_at
        card = {DESCRIPTION: _words(request.description)} if request.description.strip() else {}
        row = {"project": call.project, "name": name, "card": card, "created_at": at, "updated_at": tx.now}
        statement = dialects.insert_of(tx.connection)(t.model).values(**row).on_conflict_do_nothing()
        if tx.execute(statement.returning(t.model.c.id)).scalar_one_or_none() is None:
            raise ModelExists(f"model `{name}` exists already", hint=f"treadle models show {name}")
        made = versions.find_model(tx, name)
        _tag(tx, made.id, _OF_MODEL, request.tags)
        tx.news(
            "model.created",
            f"model:{name}",
            model=name,
            sentence=f"{call.actor} made the model {name}, so far without versions",
            tags=request.tags,
            description=request.description or None,
        )
        return _models_of(tx, [made])[0]


def _checked(name: str) -> str:
    """The name of a model that is to be made. Raises UsageError."""
    ref = parse_model_ref(name)
    if ref.name != name:
        raise UsageError(f"`{name[:100]}` is not the name of a model", hint=f"write {ref.name}")
    return name


def _words(text: str) -> str:
    if len(text) > MOST_WORDS:
        raise UsageError(f"a description has at most {MOST_WORDS} characters, not {len(text)}")
    return storable(text)


@performs(words.get_model)
def get(request: words.ModelNamed, call: Call, store: Database) -> ClientModel:
    with store.reading(call) as tx:
        return _models_of(tx, [versions.find_model(tx, request.name)])[0]


@performs(words.change_model)
def change(request: words.ChangeModel, call: Call, store: Database) -> ClientModel:
    with store.transaction(call) as tx:
        row = _locked(tx, request.name)
        values: dict[str, Any] = {"updated_at": tx.now}
        if request.new_name is not None and request.new_name != row.name:
            values["name"] = _checked(request.new_name)
            if tx.first(select(t.model.c.id).where(t.model.c.project == call.project, t.model.c.name == request.new_name)) is not None:
                raise ModelExists(f"model `{request.new_name}` exists already", hint="take another name")
            if tx.first(select(t.endpoint.c.id).where(t.endpoint.c.model == row.id).limit(1)) is not None:
                raise StateError(f"model `{row.name}` answers at an endpoint, so it keeps its name", hint="treadle endpoints")
            tx.news("model.renamed", f"model:{request.new_name}", model=request.new_name, former=row.name)
        tx.execute(update(t.model).where(t.model.c.id == row.id).values(**values))
        if request.description is not None:
            cards.write_sections(tx, t.model, row.id, row.card, {DESCRIPTION: _words(request.description)})
        _tag(tx, row.id, _OF_MODEL, request.tags)
        return _models_of(tx, [versions.find_model(tx, request.new_name or request.name)])[0]


@performs(words.delete_model)
def delete_model(request: words.ModelNamed, call: Call, store: Database) -> words.Deleted:
    with store.transaction(call) as tx:
        row = _locked(tx, request.name)
        if tx.first(select(t.endpoint.c.id).where(t.endpoint.c.model == row.id).limit(1)) is not None:
            raise StateError(
                f"model `{row.name}` has answered at an endpoint: what it answered must stay explainable, so it is not deleted",
                hint="treadle endpoints",
            )
        known = versions.rows_of(tx, row.id)
        for one in known:
            _remove(tx, one)
        for table in (t.alias, t.alias_change, t.registry_tag):
            tx.execute(delete(table).where(table.c.model == row.id))
        tx.execute(delete(t.model).where(t.model.c.id == row.id))
        tx.news(
            "model.deleted", f"model:{row.name}", model=row.name, sentence=f"{call.actor} deleted the model {row.name}", versions=len(known)
        )
    return words.Deleted(name=row.name, versions=len(known))


def _locked(tx: Transaction, name: str) -> Row[Any]:
    """The row of a model that exists, locked until the transaction ends."""
    row = versions.find_model(tx, name)
    return tx.execute(select(t.model).where(t.model.c.id == row.id).with_for_update()).one()


def _remove(tx: Transaction, row: Row[Any]) -> None:
    """Deletes a version with what was found and said of it. Raises StateError for one that has served."""
    if tx.first(select(t.revision.c.id).where(t.revision.c.version == row.id).limit(1)) is not None:
        raise StateError(
            f"{row.model_name}@v{row.number} has answered at an endpoint: what it answered must stay explainable, so it is not deleted",
            hint=f"treadle models show {row.model_name}@v{row.number}",
        )
    for table in (t.gate_result, t.approval):
        tx.execute(delete(table).where(table.c.version == row.id))
    tx.execute(delete(t.registry_tag).where(t.registry_tag.c.model == row.model, t.registry_tag.c.version == row.number))
    tx.execute(delete(t.model_version).where(t.model_version.c.id == row.id))


@performs(words.put_alias)
def put_alias(request: words.PutAlias, call: Call, store: Database) -> ClientModel:
    rules.check_alias(request.alias)
    with store.transaction(call) as tx:
        model = _locked(tx, request.model)
        row = versions.find_version(tx, ModelRef(request.model, request.number))
        version = versions.version_of(tx, row)
        trusted = version.stage == "candidate" and not version.gates
        reason = "set by a client; no gate has spoken for it" if trusted else "set by a client"
        move_alias(tx, row, request.alias, reason, overridden=trusted)
        tx.execute(update(t.model).where(t.model.c.id == model.id).values(updated_at=tx.now))
        return _models_of(tx, [model])[0]


# --- versions -----------------------------------------------------------------------------------------------------------------


@performs(words.add_version)
def add(request: words.AddVersion, call: Call, store: Database, blobs: Blobs) -> ClientVersion:
    """Numbers are handed out one by one; a version that was deleted leaves its number unused only when it was the newest."""
    if len(request.source) > MOST_SOURCE:
        raise UsageError(f"the source of a version has at most {MOST_SOURCE} characters")
    with store.transaction(call) as tx:
        model = _locked(tx, request.model)
        artifact, run, logged = _content(tx, request, blobs)
        number = max(versions.newest_number(tx, model.id), _deleted_up_to(tx, model.id)) + 1
        if request.number is not None:
            if request.number < number:
                raise Conflict(
                    f"version {request.number} of {model.name} is taken or was; the next one is {number}", hint="take another model"
                )
            number = request.number
        about = artifact.about | ({"logged_model": logged} if logged else {})
        values = {
            "model": model.id,
            "number": number,
            "key": f"client/{model.id}/{number}/{tx.now!r}",
            "stage": "candidate",
            "artifact": msgspec.to_builtins(msgspec.structs.replace(artifact, about=about)),
            "digest": artifact.digest,
            "run": None if run is None else run.id,
            "output": artifact.name,
            "label": None,
            "metrics": {},
            "facts": {},
            "card": {DESCRIPTION: _words(request.description)} if request.description.strip() else {},
            "created_at": tx.now if request.created_at is None else request.created_at,
            "updated_at": tx.now,
            "source": storable(request.source),
            "actor": call.actor,
            "cause": call.cause,
        }
        made = tx.execute(insert(t.model_version).returning(t.model_version.c.id), values).scalar_one()
        _tag(tx, model.id, number, request.tags)
        tx.execute(update(t.model).where(t.model.c.id == model.id).values(updated_at=tx.now))
        row = versions.version_by_id(tx, made)
        came = f" from run {run.id}" if run is not None else ""
        about = {"origin": request.source, "run_key": request.run or None, "tags": request.tags}
        told = f"{model.name}@v{number} was registered{came}"
        outputs.announce(tx, "model.registered", row, told, run=None if run is None else run.id, **about)
        return _versions_of(tx, [row])[0]


def _deleted_up_to(tx: Transaction, model: int) -> int:
    """The highest number that a tag of the model remembers as handed out (0: none): a number is never given twice."""
    row = tx.first(
        select(t.registry_tag.c.value).where(
            t.registry_tag.c.model == model, t.registry_tag.c.version == _OF_MODEL, t.registry_tag.c.name == _NUMBERS
        )
    )
    return int(row.value) if row is not None else 0


_NUMBERS = "\x01numbers"
"""The name under which a model's highest number is kept once its newest version was deleted. No client can write or see it."""


def _content(tx: Transaction, request: words.AddVersion, blobs: Blobs) -> tuple[Artifact, Row[Any] | None, str]:
    """The files of a new version, the run that made them, and the logged model they are of."""
    run = find_keyed(tx, request.run, tx.call.project) if request.run else None
    if request.copy_of:
        origin = versions.find_version(tx, parse_model_ref(request.copy_of))
        artifact = msgspec.convert(origin.artifact, Artifact)
        mine = run or (tx.first(select(t.run).where(t.run.c.id == origin.run)) if origin.run is not None else None)
        return artifact, mine, str(artifact.about.get("logged_model", ""))
    kind, _, key = request.owner.partition("/")
    if kind == "models":
        logged = logged_models.load(tx, key)
        if run is None and logged.run is not None:
            run = tx.first(select(t.run).where(t.run.c.id == logged.run))
        if logged.artifact and not request.path:
            return msgspec.convert(logged.artifact, Artifact), run, key
        found = files.files_of(tx, files.Owner(None, files.role_of("models", key)), _below(request.path))
        if found:
            return logged_models.folder_of(logged.name, found, blobs, about={}, below=_below(request.path)), run, key
        return _external(request), run, key
    if kind == "runs":
        owner = files.find_owner(tx, request.owner, tx.call.project)
        run = run or find_keyed(tx, key, tx.call.project)
        found = files.files_of(tx, owner, _below(request.path))
        if found:
            name = request.path.rpartition("/")[2] or "model"
            return logged_models.folder_of(name, found, blobs, about={}, below=_below(request.path)), run, ""
    return _external(request), run, ""


def _below(path: str) -> str:
    return f"{path.strip('/')}/" if path.strip("/") else ""


def _external(request: words.AddVersion) -> Artifact:
    return Artifact(
        name=EXTERNAL, digest=digest_bytes(b""), size=0, format=EXTERNAL, inline=b"", about={"source": request.source[:MOST_SOURCE]}
    )


@performs(words.get_version)
def get_version(request: words.VersionAt, call: Call, store: Database) -> ClientVersion:
    with store.reading(call) as tx:
        return _versions_of(tx, [_find(tx, request.model, request.number)])[0]


def _find(tx: Transaction, model: str, number: int) -> Row[Any]:
    return versions.find_version(tx, ModelRef(model, number))


@performs(words.change_version)
def change_version(request: words.ChangeVersion, call: Call, store: Database) -> ClientVersion:
    if request.phase is not None and request.phase not in PHASES:
        raise UsageError(f"`{request.phase[:40]}` is no phase of a version", hint=f"phases: {', '.join(PHASES)}")
    with store.transaction(call) as tx:
        model = _locked(tx, request.model)
        row = _find(tx, request.model, request.number)
        version = t.model_version.c
        if request.phase is not None and request.alone:
            others = update(t.model_version).where(version.model == model.id, version.phase == request.phase, version.id != row.id)
            tx.execute(others.values(phase="Archived", updated_at=tx.now))
        values: dict[str, Any] = {"updated_at": tx.now} | ({"phase": request.phase} if request.phase is not None else {})
        tx.execute(update(t.model_version).where(version.id == row.id).values(**values))
        if request.phase is not None and request.phase != (row.phase or PHASES[0]):
            sentence = f"{row.model_name}@v{row.number} was moved to {request.phase} by {call.actor}"
            outputs.announce(tx, "version.moved", row, sentence, run=row.run, phase=request.phase, former=row.phase or PHASES[0])
        if request.description is not None:
            cards.write_sections(tx, t.model_version, row.id, row.card, {DESCRIPTION: _words(request.description)})
        _tag(tx, row.model, row.number, request.tags)
        for name, value in request.tags.items():
            kind = "version.tag.removed" if value is None else "version.tag.set"
            what = f"the tag {name} of {row.model_name}@v{row.number} was {'removed' if value is None else 'set'} by {call.actor}"
            outputs.announce(tx, kind, row, what, run=row.run, tag=name, value=value)
        tx.execute(update(t.model).where(t.model.c.id == row.model).values(updated_at=tx.now))
        return _versions_of(tx, [_find(tx, request.model, request.number)])[0]


@performs(words.delete_version)
def delete_version(request: words.VersionAt, call: Call, store: Database) -> words.Deleted:
    with store.transaction(call) as tx:
        model = _locked(tx, request.model)
        row = _find(tx, request.model, request.number)
        newest = versions.newest_number(tx, model.id)
        for alias, number in versions.aliases_of(tx, model.id).items():
            if number == row.number:
                drop_alias(tx, row, alias, "its version was deleted")
        _remove(tx, row)
        if newest == row.number:
            kept = [{"model": model.id, "version": _OF_MODEL, "name": _NUMBERS, "value": str(newest)}]
            tx.upsert(t.registry_tag, kept, keys=("model", "version", "name"), values=("value",))
        tx.execute(update(t.model).where(t.model.c.id == model.id).values(updated_at=tx.now))
        sentence = f"{call.actor} deleted {row.model_name}@v{row.number}"
        outputs.announce(tx, "version.deleted", row, sentence, run=row.run)
    return words.Deleted(name=request.model, versions=1)


# --- rows ---------------------------------------------------------------------------------------------------------------------


def _tag(tx: Transaction, model: int, version: int, tags: Mapping[str, str | None] | Mapping[str, str]) -> None:
    """Sets tags of a model (version 0) or of one of its versions; None removes one."""
    kept = []
    for name, value in tags.items():
        clean = storable(name, 500)
        if not clean or clean.startswith("\x01"):
            raise UsageError("a tag needs a name")
        if value is None:
            tag = t.registry_tag.c
            tx.execute(delete(t.registry_tag).where(tag.model == model, tag.version == version, tag.name == clean))
        elif len(value) > MOST_TAG:
            raise UsageError(f"tag `{clean[:100]}` has more than {MOST_TAG} characters")
        else:
            kept.append({"model": model, "version": version, "name": clean, "value": storable(value)})
    tx.upsert(t.registry_tag, kept, keys=("model", "version", "name"), values=("value",))


def tags_of(tx: Transaction, models: Sequence[int]) -> dict[tuple[int, int], dict[str, str]]:
    """Tags by model and version (0: the model's own)."""
    found: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for part in chunks(models):
        query = select(t.registry_tag).where(t.registry_tag.c.model.in_(part)).order_by(t.registry_tag.c.name)
        for row in tx.all(query):
            if not row.name.startswith("\x01"):
                found[row.model, row.version][row.name] = row.value
    return found


def _models_of(tx: Transaction, rows: Sequence[Row[Any]]) -> list[ClientModel]:
    tags = tags_of(tx, [row.id for row in rows])
    newest: dict[int, dict[str, Row[Any]]] = defaultdict(dict)
    for part in chunks([row.id for row in rows]):
        for one in versions.rows_of_many(tx, part):
            newest[one.model].setdefault(one.phase or PHASES[0], one)
    chosen = [one for by_phase in newest.values() for one in by_phase.values()]
    told: dict[str, list[ClientVersion]] = defaultdict(list)
    for version in sorted(_versions_of(tx, chosen), key=lambda one: one.number):
        told[version.model].append(version)
    return [
        ClientModel(
            name=row.name,
            description=row.card.get(DESCRIPTION, ""),
            tags=tags[row.id, _OF_MODEL],
            aliases=versions.aliases_of(tx, row.id),
            latest=tuple(told[row.name]),
            created_at=row.created_at,
            updated_at=row.updated_at or row.created_at,
        )
        for row in rows
    ]


def _versions_of(tx: Transaction, rows: Sequence[Row[Any]]) -> list[ClientVersion]:
    models = list({row.model for row in rows})
    tags = tags_of(tx, models)
    aliases = {model: versions.aliases_of(tx, model) for model in models}
    runs = sorted({row.run for row in rows if row.run is not None})
    keys = {run.id: known_as(run) for part in chunks(runs) for run in tx.all(select(t.run).where(t.run.c.id.in_(part)))}
    return [
        ClientVersion(
            model=row.model_name,
            number=row.number,
            source=row.source or f"model://{row.model_name}@v{row.number}",
            run=keys.get(row.run, ""),
            logged_model=str(row.artifact.get("about", {}).get("logged_model", "")),
            phase=row.phase or PHASES[0],
            stage=row.stage,
            format=row.artifact["format"],
            description=row.card.get(DESCRIPTION, ""),
            tags=tags[row.model, row.number],
            aliases=tuple(name for name, number in aliases[row.model].items() if number == row.number),
            actor=row.actor,
            created_at=row.created_at,
            updated_at=row.updated_at or row.created_at,
        )
        for row in rows
    ]


# --- found --------------------------------------------------------------------------------------------------------------------


@performs(words.find_models)
def find_models(request: words.FindModels, call: Call, store: Database) -> words.ModelPage:
    """A registry has thousands of models rather than millions: they are chosen and ordered here."""
    with store.reading(call) as tx:
        known = _models_of(tx, tx.all(select(t.model).where(t.model.c.project == call.project)))
    chosen = [one for one in known if all(listed.holds(test, [_of_model(test.key, one)]) for test in request.criteria)]
    found = listed.ordered(sorted(chosen, key=lambda one: one.name), request.sort, _of_model)
    shown, following = listed.page(found, max(1, request.limit), request.after, lambda one: one.name)
    return words.ModelPage(models=tuple(shown), next=following)


@performs(words.find_versions)
def find_versions(request: words.FindVersions, call: Call, store: Database) -> words.VersionPage:
    with store.reading(call) as tx:
        named = next((one.value for one in request.criteria if one.key == "name" and one.operator == "=" and not one.negated), None)
        models = select(t.model.c.id).where(t.model.c.project == call.project)
        if isinstance(named, str):
            models = models.where(t.model.c.name == named)
        numbers = [row.id for row in tx.all(models)]
        known = _versions_of(tx, [one for part in chunks(numbers) for one in versions.rows_of_many(tx, part)])
    chosen = [one for one in known if all(listed.holds(test, [_of_version(test.key, one)]) for test in request.criteria)]
    found = listed.ordered(chosen, request.sort, _of_version)
    shown, following = listed.page(found, max(1, request.limit), request.after, lambda one: f"{one.model}@v{one.number}")
    return words.VersionPage(versions=tuple(shown), next=following)


def _of_model(key: str, one: ClientModel) -> Any:
    if key.startswith("tags."):
        return one.tags.get(key.removeprefix("tags."))
    values = {"name": one.name, "created": one.created_at, "updated": one.updated_at}
    if key not in values:
        raise UsageError(f"models have no key `{key[:100]}`", hint=f"keys: {', '.join(values)}, tags.NAME")
    return values[key]


def _of_version(key: str, one: ClientVersion) -> Any:
    if key.startswith("tags."):
        return one.tags.get(key.removeprefix("tags."))
    values = {
        "name": one.model,
        "number": float(one.number),
        "run": one.run,
        "source": one.source,
        "created": one.created_at,
        "updated": one.updated_at,
    }
    if key not in values:
        raise UsageError(f"versions have no key `{key[:100]}`", hint=f"keys: {', '.join(values)}, tags.NAME")
    return values[key]
