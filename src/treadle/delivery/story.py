"""The story of how something came to be as it is: found in the journal, told line by line, with what it was made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Row

from treadle.contract.delivery import Fact, Line, Story
from treadle.contract.record import Entry
from treadle.contract.runs import Code, Environment
from treadle.core.errors import NotFound, UnknownRun, UsageError
from treadle.delivery import loading, pace
from treadle.delivery.chains import Chains
from treadle.delivery.sentences import sentence, span
from treadle.runs import documents
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.triggers.rules import UNHINDERED

_MOST_STEPS = 12
_MOST_LINES = 200


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a story is about: its title, the entry it ends with, and for a model version its row."""

    title: str
    last: Entry
    version: Any = None
    run: int | None = None
    consequences: bool = False


def tell(tx: Transaction, ref: str) -> Story:
    """The story of a reference; raises NotFound or UsageError saying what can be asked about."""
    chains = loading.decisions(tx)
    about = find(tx, chains, ref)
    chain = list(reversed(chains.of(about.last)))
    entries = with_stages(chains, chain)
    if about.consequences:
        entries = sorted({entry.id: entry for entry in [*entries, *caused_by(chains, about.last)]}.values(), key=lambda entry: entry.id)
    lines = told(tx, chains, entries[:_MOST_LINES])
    run = about.run if about.run is not None else next((root for root in reversed(pace.roots_of(chain))), None)
    return Story(ref=ref, title=about.title, lines=tuple(lines), lineage=tuple(lineage(tx, about.version, run)))


# --- what is asked about ---------------------------------------------------------------------------------------------------


def find(tx: Transaction, chains: Chains, ref: str) -> Subject:
    for pattern, finder in _FINDERS:
        match = re.fullmatch(pattern, ref)
        if match is not None:
            return finder(tx, chains, *match.groups())
    raise UsageError(
        f"`{ref}` is nothing that has a story", hint="model://NAME@champion, endpoint:NAME, alarm:3, run:12, firing:5, dataset:NAME@v3"
    )


def _model(tx: Transaction, chains: Chains, name: str, which: str | None) -> Subject:
    row = version_row(tx, name, which or "champion")
    subject = f"{row.model_name}@v{row.number}"
    mine = [e for e in chains.entries if e.data.get("model") == row.model_name and e.data.get("version") == row.number]
    live = [e for e in mine if pace.is_release(e)]
    kinds = ("alias.moved", "version.approved", "version.waiting", "version.failed", "version.rejected", "model.registered")
    told_of = live or next(([e for e in mine if e.kind == kind] for kind in kinds if any(e.kind == kind for e in mine)), [])
    if not told_of:
        raise NotFound(f"the journal says nothing of {subject}", hint=f"treadle models show {subject}")
    state = f"live at {told_of[-1].data.get('endpoint')}" if live else row.stage
    return Subject(title=f"{subject} ({state})", last=told_of[-1], version=row, run=row.run)


def version_row(tx: Transaction, name: str, which: str) -> Row[Any]:
    """The row of a version by number, alias or `latest`; raises NotFound."""
    query = (
        select(t.model_version, t.model.c.name.label("model_name"))
        .join(t.model, t.model.c.id == t.model_version.c.model)
        .where(t.model.c.name == name, t.model.c.project == tx.call.project)
    )
    number = re.fullmatch(r"v?([0-9]{1,9})", which)
    if number:
        found = tx.first(query.where(t.model_version.c.number == int(number[1])))
    elif which == "latest":
        found = tx.first(query.order_by(t.model_version.c.number.desc()).limit(1))
    else:
        aliased = (t.alias.c.model == t.model.c.id) & (t.alias.c.name == which)
        found = tx.first(query.join(t.alias, aliased).where(t.model_version.c.number == t.alias.c.version))
    if found is None:
        raise NotFound(f"there is no model version `{name}@{which}`", hint="treadle models")
    return found


def _endpoint(_tx: Transaction, chains: Chains, name: str) -> Subject:
    live = [entry for entry in chains.about(f"endpoint:{name}") if entry.kind == "revision.live"]
    if not live:
        raise NotFound(f"nothing was ever live at an endpoint `{name}`", hint="treadle endpoints")
    row = version_row(_tx, str(live[-1].data["model"]), f"v{live[-1].data['version']}")
    return Subject(title=f"endpoint {name}: {live[-1].data.get('ref')} is live", last=live[-1], version=row, run=row.run)


def _alarm(_tx: Transaction, chains: Chains, number: str) -> Subject:
    """An alarm's story is what it led to: nothing but the world caused it."""
    opened = next((e for e in chains.entries if e.kind == "alarm.opened" and e.data.get("alarm") == int(number)), None)
    if opened is None:
        raise NotFound(f"there is no alarm {number}", hint="treadle monitors alarms")
    return Subject(title=f"alarm {number} ({opened.data.get('kind')}) at {opened.data.get('endpoint')}", last=opened, consequences=True)


def _run(tx: Transaction, chains: Chains, number: str) -> Subject:
    row = tx.first(select(t.run).where(t.run.c.id == int(number)))
    about = chains.about(f"run:{row.root}") if row is not None else []
    if row is None or not about:
        raise UnknownRun(f"there is no run {number}", hint="treadle runs")
    return Subject(title=f"run {row.id} {row.name} ({row.step}, {row.state})", last=about[0], run=row.id)


def _firing(tx: Transaction, chains: Chains, number: str) -> Subject:
    row = tx.first(select(t.firing).where(t.firing.c.id == int(number)))
    entry = chains.by_number.get(row.fired or row.entry) if row is not None else None
    if row is None or entry is None:
        raise NotFound(f"there is no firing {number}", hint="treadle triggers firings")
    return Subject(title=f"firing {number} ({row.state}): {row.why}", last=entry, consequences=True)


def _dataset(_tx: Transaction, chains: Chains, name: str, number: str | None) -> Subject:
    made = [e for e in chains.about(f"dataset:{name}") if e.kind == "dataset.committed"]
    found = made if number is None else [e for e in made if e.data.get("version") == int(number)]
    if not found:
        raise NotFound(f"there is no dataset version `{name}{f'@v{number}' if number else ''}`", hint="treadle data list")
    return Subject(title=f"{name}@v{found[-1].data.get('version')}", last=found[-1])


def _entry(_tx: Transaction, chains: Chains, number: str) -> Subject:
    found = chains.by_number.get(int(number))
    if found is None:
        raise NotFound(f"there is no entry {number} that decided anything", hint=f"treadle journal why {number}")
    return Subject(title=f"entry {number}: {found.kind} {found.subject}", last=found, consequences=True)


_NAME = r"([A-Za-z0-9][A-Za-z0-9_.-]{0,127})"
_FINDERS: tuple[tuple[str, Callable[..., Subject]], ...] = (
    (rf"model:(?://)?{_NAME}(?:@([A-Za-z0-9_.-]+))?", _model),
    (rf"endpoint:(?://)?{_NAME}", _endpoint),
    (r"alarm:([0-9]{1,15})", _alarm),
    (r"run:(?://)?([0-9]{1,15})", _run),
    (r"firing:([0-9]{1,15})", _firing),
    (rf"dataset:(?://)?{_NAME}(?:@(?:latest|v?([0-9]{{1,9}})))?", _dataset),
    (r"entry:([0-9]{1,15})", _entry),
)


# --- lines -----------------------------------------------------------------------------------------------------------------


def with_stages(chains: Chains, chain: Sequence[Entry]) -> list[Entry]:
    """The chain, with the stages of its rollouts, and the gates' word on its versions, where they stand in time."""
    more = {entry.id: entry for entry in chain}
    for entry in chain:
        if entry.kind == "rollout.started":
            same = [e for e in chains.about(entry.subject) if e.data.get("rollout") == entry.data.get("rollout")]
            more |= {e.id: e for e in same if e.kind in ("rollout.stage", "rollout.paused", "rollout.resumed") and e.id <= chain[-1].id}
        elif entry.kind == "version.approved":
            more |= {e.id: e for e in chains.about(entry.subject) if e.kind == "version.waiting" and e.id < entry.id}
        if entry.kind.startswith("run.") and entry.subject == f"run:{entry.root}" and entry.kind != "run.queued":
            more.pop(entry.id)  # what became of a run is told with its beginning
    return [more[number] for number in sorted(more)]


def caused_by(chains: Chains, entry: Entry) -> list[Entry]:
    """What an entry led to: everything in whose chain it stands, but what only repeats it."""
    after = [one for one in chains.entries if one.id > entry.id and one.kind not in ("run.running", "run.done")]
    return [one for one in after if entry in chains.of(one)]


def told(tx: Transaction, chains: Chains, entries: Sequence[Entry]) -> list[Line]:
    """Each entry as a line that names the line above which caused it."""
    shown = {entry.id for entry in entries}
    lines = []
    for entry in entries:
        cause = next((one.id for one in chains.of(entry)[1:] if one.id in shown), None)
        lines.append(
            Line(
                entry=entry.id,
                at=entry.at,
                actor=entry.actor,
                kind=entry.kind,
                subject=entry.subject,
                sentence=sentence(entry),
                cause=cause,
                details=tuple(details(tx, chains, entry)),
            )
        )
    return lines


def details(tx: Transaction, chains: Chains, entry: Entry) -> list[str]:
    """What belongs to a line: the steps of a run with their data, the gates of a version."""
    if entry.kind == "run.queued" and entry.root is not None:
        return _steps(tx, chains, entry.root)
    if entry.kind == "trigger.fired":
        decided = str(entry.data.get("why", "")).rpartition("; ")[2]  # before it stands the news, which is the line above
        return [] if decided == UNHINDERED else [decided]
    if entry.kind in ("version.approved", "version.failed", "version.waiting"):
        return _gates(tx, str(entry.data.get("model", "")), int(entry.data.get("version", 0)), entry.at)
    return []


def _steps(tx: Transaction, chains: Chains, root: int) -> list[str]:
    end = next((e for e in reversed(chains.about(f"run:{root}")) if e.kind in pace.ENDED), None)
    found = [f"{sentence(end).partition(') ')[2]}" if end is not None else "it is not over"]
    rows = tx.all(select(t.run).where(t.run.c.parent == root).order_by(t.run.c.id).limit(_MOST_STEPS + 1))
    for row in rows[:_MOST_STEPS]:
        took = f" in {span(row.ended_at - row.started_at)}" if row.ended_at and row.started_at and not row.reused_from else ""
        found.append(f"{row.step}: {f'reused from run {row.reused_from}' if row.reused_from else row.state}{took} (run {row.id})")
    found += ["and more steps"] if len(rows) > _MOST_STEPS else []
    data = ", ".join(f"{one.name}@v{one.number}" for one in loading.data_of(tx, root))
    return [*found, *([f"data: {data}"] if data else [])]


def _gates(tx: Transaction, model: str, number: int, at: float) -> list[str]:
    """What the gates of a version had found by then, newest word of each."""
    query = (
        select(t.gate_result)
        .join(t.model_version, t.model_version.c.id == t.gate_result.c.version)
        .join(t.model, t.model.c.id == t.model_version.c.model)
        .where(t.model.c.name == model, t.model.c.project == tx.call.project, t.model_version.c.number == number, t.gate_result.c.at <= at)
        .order_by(t.gate_result.c.id)
    )
    newest = {row.gate: row for row in tx.all(query)}
    return [f"gate {row.gate} {row.state}: {row.sentence}" for row in newest.values()]


# --- lineage ---------------------------------------------------------------------------------------------------------------


def lineage(tx: Transaction, version: Any, run: int | None) -> list[Fact]:
    """What something is made of: the model's bytes, its run, data, code, environment."""
    facts = (
        [
            Fact(
                label="model",
                value=f"{version.digest[:12]}, {version.artifact['format']}",
                ref=f"model:{version.model_name}@v{version.number}",
            )
        ]
        if version is not None
        else []
    )
    row = tx.first(select(t.run).where(t.run.c.id == run)) if run is not None else None
    if row is None:
        return facts
    root = tx.all(select(t.run).where(t.run.c.id == row.root))[0]
    facts.append(Fact(label="run", value=f"run {row.id} {row.name} ({row.step})", ref=f"run:{row.id}"))
    if root.id != row.id:
        facts.append(Fact(label="pipeline", value=f"run {root.id} {root.name} ({root.step})", ref=f"run:{root.id}"))
    given = {**root.parameters, **row.parameters}
    if given:
        facts.append(Fact(label="parameters", value=", ".join(f"{name} {value}" for name, value in given.items())))
    facts += [
        Fact(
            label="data",
            value=f"{one.name}@v{one.number}: {one.files} files, {one.size} bytes, {one.manifest[:12]}",
            ref=f"dataset:{one.name}@v{one.number}",
        )
        for one in loading.data_of(tx, root.id)
    ]
    return [*facts, *_code(tx, row), *_environment(tx, row)]


def _code(tx: Transaction, row: Row[Any]) -> list[Fact]:
    code = documents.one(tx, row.code, Code)
    if code is None:
        return []
    commit = f"commit {code.commit[:12]}{' with changes that were not committed' if code.dirty else ''}, " if code.commit else ""
    return [Fact(label="code", value=f"{commit}digest {code.digest[:12]}, snapshot {(code.snapshot or 'none')[:12]}")]


def _environment(tx: Transaction, row: Row[Any]) -> list[Fact]:
    held = row.environment or (
        tx.all(select(t.run.c.environment).where(t.run.c.id == row.reused_from))[0].environment if row.reused_from else None
    )
    environment = documents.one(tx, held, Environment)
    if environment is None:
        return []
    packages = f"{len(environment.distributions)} packages, " if environment.distributions else ""
    return [
        Fact(
            label="environment", value=f"Python {environment.python} on {environment.platform}, {packages}digest {environment.digest[:12]}"
        )
    ]
