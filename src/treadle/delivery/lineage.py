"""From data to endpoints: a graph around anything, walked up to what it is made of and down to what was made of it.

A level of the walk is a handful of queries, however many things stand in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from treadle.contract.delivery import AskLineage, Lineage, LineageEdge, LineageNode
from treadle.core.errors import NotFound, UnknownRun, UsageError
from treadle.core.ids import parse_dataset_ref
from treadle.data.artifacts import chunks
from treadle.data.versions import find_version
from treadle.delivery.story import version_row
from treadle.store import tables as t
from treadle.store.database import Transaction

MOST_NODES = 5000
_MOST_PRODUCERS = 500  # runs that gave the same bytes, from which a walk begins
_ANSWERING = ("live", "canary", "shadow", "ready")


class Thing(NamedTuple):
    """A row of the record that is a node: its kind, and its number there."""

    kind: str
    row: int


class Link(NamedTuple):
    source: Thing
    target: Thing
    label: str


def walk(tx: Transaction, request: AskLineage) -> Lineage:
    """The graph around `request.ref`; raises NotFound or UsageError for what has no lineage."""
    start = find(tx, request.ref)
    known = dict.fromkeys(start)
    links: dict[Link, None] = {}
    cut = False
    asked = [(step, depth) for step, depth in ((_above, request.up), (_below, request.down)) if depth > 0]
    for step, depth in asked:
        frontier: Sequence[Thing] = start
        reached = set(start)
        for _ in range(depth):
            found = [link for link in step(tx, frontier) if link not in links]
            ends = list(dict.fromkeys(end for link in found for end in link[:2] if end not in reached))
            room = request.limit - len(known)
            new = [end for end in ends if end not in known]
            cut = cut or len(new) > room
            known |= dict.fromkeys(new[:room])
            links |= {link: None for link in found if link.source in known and link.target in known}
            frontier = [end for end in ends if end in known]
            reached.update(frontier)
            if not frontier:
                break
        else:
            cut = cut or any(True for _ in step(tx, frontier))
    nodes = _told(tx, known)
    edges = [
        LineageEdge(source=nodes[one.source].id, target=nodes[one.target].id, label=one.label)
        for one in links
        if one.source in nodes and one.target in nodes
    ]
    return Lineage(ref=request.ref, nodes=tuple(nodes.values()), edges=tuple(edges), cut=cut)


# --- where it begins --------------------------------------------------------------------------------------------------------------


def find(tx: Transaction, ref: str) -> list[Thing]:
    """What a reference names; for a run, with the runs that it started, because these took in and made what it did."""
    kind, _, rest = ref.partition(":")
    rest = rest.removeprefix("//")
    if kind == "run" and rest.isdigit():
        return _run(tx, int(rest))
    if kind == "dataset" and rest:
        return [Thing("dataset", find_version(tx, parse_dataset_ref(f"dataset://{rest}"), tx.call.project).id)]
    if kind == "model" and rest:
        name, _, which = rest.partition("@")
        return [Thing("model", version_row(tx, name, which or "latest").id)]
    if kind in ("endpoint", "monitor") and rest:
        return [_named(tx, kind, rest)]
    if kind == "alarm" and rest.isdigit():
        row = tx.first(select(t.alarm.c.monitor).where(t.alarm.c.id == int(rest)))
        if row is None:
            raise NotFound(f"there is no alarm {rest}", hint="treadle monitors alarms")
        return [Thing("monitor", row.monitor)]
    if kind == "artifact" and re.fullmatch(r"[0-9a-f]{64}", rest):
        rows = tx.all(select(t.artifact.c.run).where(t.artifact.c.digest == rest, t.artifact.c.run.is_not(None)).limit(_MOST_PRODUCERS))
        return [Thing("run", row.run) for row in rows]
    raise UsageError(
        f"`{ref[:200]}` is nothing that has a lineage", hint="run:12, dataset:NAME@v3, model:NAME@champion, endpoint:NAME, monitor:NAME"
    )


def _run(tx: Transaction, number: int) -> list[Thing]:
    rows = tx.all(select(t.run.c.id).where((t.run.c.id == number) | (t.run.c.root == number)).order_by(t.run.c.id).limit(MOST_NODES))
    if not any(row.id == number for row in rows):
        raise UnknownRun(f"there is no run {number}", hint="treadle runs")
    return [Thing("run", row.id) for row in rows]


def _named(tx: Transaction, kind: str, name: str) -> Thing:
    table = t.endpoint if kind == "endpoint" else t.monitor
    row = tx.first(select(table.c.id).where(table.c.name == name, table.c.project == tx.call.project))
    if row is None:
        raise NotFound(f"there is no {kind} `{name}`", hint=f"treadle {kind}s")
    return Thing(kind, row.id)


# --- one level up, one level down -------------------------------------------------------------------------------------------------


def _above(tx: Transaction, things: Iterable[Thing]) -> Iterator[Link]:
    rows = _by_kind(things)
    for part in chunks(rows["run"]):
        yield from _taken_in(tx, t.lineage.c.run.in_(part))
        reused = select(t.run.c.id, t.run.c.reused_from).where(t.run.c.id.in_(part), t.run.c.reused_from.is_not(None))
        yield from (Link(Thing("run", one.reused_from), Thing("run", one.id), "reused") for one in tx.all(reused))
    for part in chunks(rows["dataset"]):
        yield from _made_datasets(tx, t.dataset_version.c.id.in_(part))
    for part in chunks(rows["model"]):
        yield from _made_models(tx, t.model_version.c.id.in_(part))
    for part in chunks(rows["endpoint"]):
        yield from _answering(tx, t.revision.c.endpoint.in_(part))
    for part in chunks(rows["monitor"]):
        yield from _watched(tx, t.monitor.c.id.in_(part))


def _below(tx: Transaction, things: Iterable[Thing]) -> Iterator[Link]:
    rows = _by_kind(things)
    for part in chunks(rows["dataset"]):
        yield from _taken_in(tx, t.lineage.c.dataset_version.in_(part))
    for part in chunks(rows["run"]):
        yield from _taken_in(tx, t.lineage.c.producer.in_(part))
        yield from _made_datasets(tx, t.dataset_version.c.run.in_(part))
        yield from _made_models(tx, t.model_version.c.run.in_(part))
        reused = select(t.run.c.id, t.run.c.reused_from).where(t.run.c.reused_from.in_(part))
        yield from (Link(Thing("run", one.reused_from), Thing("run", one.id), "reused") for one in tx.all(reused))
    for part in chunks(rows["model"]):
        yield from _answering(tx, t.revision.c.version.in_(part))
        names = {f"model://{name}@v{number}" for name, number in _model_names(tx, part).values()}
        yield from _taken_in(tx, t.lineage.c.source.in_(names))
    for part in chunks(rows["endpoint"]):
        yield from _watched(tx, t.monitor.c.endpoint.in_(part))


def _taken_in(tx: Transaction, condition: ColumnElement[bool]) -> Iterator[Link]:
    """What runs took in: from a dataset version, from a model version, or from another run."""
    taken = tx.all(select(t.lineage).where(condition).order_by(t.lineage.c.run, t.lineage.c.name, t.lineage.c.position))
    models = _model_rows(tx, {one.source for one in taken if one.source.startswith("model://")})
    for one in taken:
        label = one.name if one.position == 0 else f"{one.name}[{one.position}]"
        if one.dataset_version is not None:
            yield Link(Thing("dataset", one.dataset_version), Thing("run", one.run), label)
        elif one.source in models:
            yield Link(Thing("model", models[one.source]), Thing("run", one.run), label)
        elif one.producer is not None:
            yield Link(Thing("run", one.producer), Thing("run", one.run), label)


def _made_datasets(tx: Transaction, condition: ColumnElement[bool]) -> Iterator[Link]:
    query = select(t.dataset_version.c.id, t.dataset_version.c.run).where(condition, t.dataset_version.c.run.is_not(None))
    return (Link(Thing("run", one.run), Thing("dataset", one.id), "committed") for one in tx.all(query))


def _made_models(tx: Transaction, condition: ColumnElement[bool]) -> Iterator[Link]:
    query = select(t.model_version.c.id, t.model_version.c.run).where(condition, t.model_version.c.run.is_not(None))
    return (Link(Thing("run", one.run), Thing("model", one.id), "registered") for one in tx.all(query))


def _answering(tx: Transaction, condition: ColumnElement[bool]) -> Iterator[Link]:
    query = select(t.revision.c.endpoint, t.revision.c.version, t.revision.c.role).where(condition, t.revision.c.role.in_(_ANSWERING))
    return (Link(Thing("model", one.version), Thing("endpoint", one.endpoint), one.role) for one in tx.all(query))


def _watched(tx: Transaction, condition: ColumnElement[bool]) -> Iterator[Link]:
    rows = tx.all(select(t.monitor.c.id, t.monitor.c.endpoint).where(condition))
    return (Link(Thing("endpoint", one.endpoint), Thing("monitor", one.id), "watched") for one in rows)


def _model_rows(tx: Transaction, sources: set[str]) -> dict[str, int]:
    """Rows of model versions by `model://NAME@v3`, those of the project."""
    names = {match[1] for source in sources if (match := re.fullmatch(r"model://(.+)@v\d+", source))}
    found: dict[str, int] = {}
    for part in chunks(sorted(names)):
        query = select(t.model.c.name, t.model_version.c.number, t.model_version.c.id).join(
            t.model, t.model.c.id == t.model_version.c.model
        )
        rows = tx.all(query.where(t.model.c.name.in_(part), t.model.c.project == tx.call.project))
        found |= {f"model://{one.name}@v{one.number}": one.id for one in rows}
    return found


def _model_names(tx: Transaction, rows: Sequence[int]) -> dict[int, tuple[str, int]]:
    query = select(t.model_version.c.id, t.model.c.name, t.model_version.c.number).join(t.model, t.model.c.id == t.model_version.c.model)
    return {one.id: (one.name, one.number) for one in tx.all(query.where(t.model_version.c.id.in_(rows)))}


# --- how each is told -------------------------------------------------------------------------------------------------------------


def _told(tx: Transaction, things: Iterable[Thing]) -> dict[Thing, LineageNode]:
    """Nodes in the order of the walk; what is no longer on record has none."""
    rows = _by_kind(things)
    told: dict[Thing, LineageNode] = {}
    for kind, teller in (("run", _runs), ("dataset", _datasets), ("model", _models), ("endpoint", _endpoints), ("monitor", _monitors)):
        for part in chunks(rows[kind]):
            told |= {Thing(kind, row): node for row, node in teller(tx, part)}
    return {thing: told[thing] for thing in things if thing in told}


def _runs(tx: Transaction, rows: Sequence[int]) -> Iterator[tuple[int, LineageNode]]:
    of = t.run.c
    columns = (of.id, of.name, of.step, of.kind, of.state, of.reused_from, of.queued_at, of.parent)
    for one in tx.all(select(*columns).where(of.id.in_(rows))):
        state = "reused" if one.reused_from else one.state
        yield (
            one.id,
            LineageNode(
                id=f"run:{one.id}",
                kind="run",
                title=f"{one.id} {one.name}",
                state=state,
                at=one.queued_at,
                step=one.step,
                parent=f"run:{one.parent}" if one.parent is not None else None,
                detail=(one.kind,),
            ),
        )


def _datasets(tx: Transaction, rows: Sequence[int]) -> Iterator[tuple[int, LineageNode]]:
    query = select(t.dataset.c.name, t.dataset_version).join(t.dataset, t.dataset.c.id == t.dataset_version.c.dataset)
    for one in tx.all(query.where(t.dataset_version.c.id.in_(rows))):
        ref = f"{one.name}@v{one.number}"
        detail = (f"{one.files} files", *([f"{one.rows} rows"] if one.rows is not None else []), *([one.message] if one.message else []))
        yield one.id, LineageNode(id=f"dataset:{ref}", kind="dataset", title=ref, at=one.created_at, detail=detail)


def _models(tx: Transaction, rows: Sequence[int]) -> Iterator[tuple[int, LineageNode]]:
    of = t.model_version.c
    query = select(t.model.c.name, of.model, of.id, of.number, of.stage, of.created_at).join(t.model, t.model.c.id == of.model)
    found = tx.all(query.where(of.id.in_(rows)))
    aliases: dict[tuple[int, int], list[str]] = defaultdict(list)
    for one in tx.all(select(t.alias).where(t.alias.c.model.in_({row.model for row in found})).order_by(t.alias.c.name)):
        aliases[one.model, one.version].append(one.name)
    for one in found:
        ref = f"{one.name}@v{one.number}"
        detail = tuple(aliases[one.model, one.number])
        yield one.id, LineageNode(id=f"model:{ref}", kind="model", title=ref, state=one.stage, at=one.created_at, detail=detail)


def _endpoints(tx: Transaction, rows: Sequence[int]) -> Iterator[tuple[int, LineageNode]]:
    for one in tx.all(select(t.endpoint).where(t.endpoint.c.id.in_(rows))):
        detail = (one.address,) if one.address else ()
        yield (
            one.id,
            LineageNode(id=f"endpoint:{one.name}", kind="endpoint", title=one.name, state=one.state, at=one.created_at, detail=detail),
        )


def _monitors(tx: Transaction, rows: Sequence[int]) -> Iterator[tuple[int, LineageNode]]:
    for one in tx.all(select(t.monitor).where(t.monitor.c.id.in_(rows))):
        yield one.id, LineageNode(id=f"monitor:{one.name}", kind="monitor", title=one.name, state=one.state, at=one.created_at)


def _by_kind(things: Iterable[Thing]) -> defaultdict[str, list[int]]:
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for thing in things:
        rows[thing.kind].append(thing.row)
    return rows
