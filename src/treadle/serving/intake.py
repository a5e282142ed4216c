"""What comes in from an endpoint: counts of traffic, chunks of predictions, and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row

from treadle.contract import serving as words
from treadle.contract.serving import AddedLabels, Heard, Label, Revision, Shipped, Traffic
from treadle.core.content import is_digest
from treadle.core.errors import UsageError
from treadle.core.operation import Call, performs
from treadle.serving import rules
from treadle.serving.history import remember
from treadle.serving.operations import follow_aliases, go_back, take_back
from treadle.serving.rows import find_endpoint, revisions_of, running_rollout
from treadle.store import tables as t
from treadle.store.database import Database, Transaction

MOST_LABELS = 50_000
EARLIER = "earlier"
"""The name under which the counts of processes are kept that have not been heard of for a day."""
_FORGOTTEN = 86_400.0
_SHOWN_CONFLICTS = 5
_AT_ONCE = 500


@performs(words.report_traffic)
def report_traffic(request: words.ReportTraffic, call: Call, store: Database) -> Heard:
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=bool(request.failed))
        _keep_counts(tx, row.id, request.process, request.traffic)
        remember(tx, row.id, request.process, request.traffic)
        if request.address and request.address != row.address:
            tx.execute(update(t.endpoint).where(t.endpoint.c.id == row.id).values(address=request.address))
            tx.news("endpoint.listens", f"endpoint:{row.name}", endpoint=row.name, model=row.model_name, address=request.address)
        for number, reason in sorted(request.failed.items()):
            _revision_failed(tx, row, number, reason)
        return Heard(generation=find_endpoint(tx, request.endpoint).generation)


def _keep_counts(tx: Transaction, endpoint: int, process: str, counted: Iterable[Traffic]) -> None:
    """Replaces the counts of a process; those of processes that were not heard of for a day are put together."""
    _write_counts(tx, endpoint, process, counted)
    old = (t.traffic.c.endpoint == endpoint) & (t.traffic.c.at < tx.now - _FORGOTTEN) & (t.traffic.c.process.not_in((process, EARLIER)))
    forgotten = tx.all(select(t.traffic).where(old))
    if forgotten:
        kept = tx.all(select(t.traffic).where(t.traffic.c.endpoint == endpoint, t.traffic.c.process == EARLIER))
        together = rules.summed(msgspec.convert(one.counts, Traffic) for one in [*kept, *forgotten])
        tx.execute(delete(t.traffic).where(old))
        _write_counts(tx, endpoint, EARLIER, together.values())


def _write_counts(tx: Transaction, endpoint: int, process: str, counted: Iterable[Traffic]) -> None:
    rows = [
        {"endpoint": endpoint, "process": process, "revision": one.revision, "counts": msgspec.to_builtins(one), "at": tx.now}
        for one in counted
    ]
    tx.upsert(t.traffic, rows, keys=("endpoint", "process", "revision"), values=("counts", "at"))


def _revision_failed(tx: Transaction, row: Row[Any], number: int, reason: str) -> None:
    """A revision cannot be loaded or keeps dying: traffic goes to the good one. Said again, it changes nothing."""
    one = next((r for r in revisions_of(tx, row.id) if r.number == number), None)
    if one is None or one.role not in rules.ANSWERING:
        return
    said = f"{one.ref} cannot answer: {reason}"
    running = running_rollout(tx, row.id)
    if one.role in ("canary", "shadow") and running is not None and running.revision == number:
        _announce(tx, row, one, reason)
        take_back(tx, row, running, said)
    elif one.role == "live" and rules.former_of(revisions_of(tx, row.id)) is not None:
        _announce(tx, row, one, reason)
        go_back(tx, row, said)
        follow_aliases(tx, row, said)
    elif one.reason != said:  # nobody else could answer: it is tried again and again, and said once
        tx.execute(update(t.revision).where(t.revision.c.endpoint == row.id, t.revision.c.number == number).values(reason=said))
        _announce(tx, row, one, reason)


def _announce(tx: Transaction, row: Row[Any], one: Revision, reason: str) -> None:
    tx.news(
        "revision.failed",
        f"endpoint:{row.name}",
        endpoint=row.name,
        revision=one.number,
        model=one.model,
        version=one.version,
        ref=one.ref,
        reason=reason,
    )


@performs(words.ship_predictions)
def ship_predictions(request: words.ShipPredictions, call: Call, store: Database) -> Shipped:
    """A chunk that was shipped before is known by its key."""
    if not is_digest(request.digest):
        raise UsageError(f"`{request.digest[:80]}` is not a digest", hint="store the chunk first: content.put")
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint)
        if tx.first(select(t.prediction_chunk.c.id).where(t.prediction_chunk.c.key == request.key)) is not None:
            return Shipped(new=False)
        tx.insert_new(
            t.prediction_chunk,
            [
                {
                    "endpoint": row.id,
                    "key": request.key,
                    "digest": request.digest,
                    "size": request.size,
                    "rows": request.rows,
                    "first": request.first,
                    "last": request.last,
                    "revisions": {str(number): count for number, count in request.revisions.items()},
                    "shipped_at": tx.now,
                }
            ],
        )
        return Shipped(new=True)


@performs(words.add_labels)
def add_labels(request: words.AddLabels, call: Call, store: Database) -> AddedLabels:
    """The first label of a key counts; what repeats or contradicts it is counted and said, and changes nothing."""
    if len(request.labels) > MOST_LABELS:
        raise UsageError(f"{len(request.labels)} labels are more than one request takes ({MOST_LABELS})", hint="send them in parts")
    given: dict[str, Label] = {}
    conflicts: list[str] = []
    repeated = 0
    for label in request.labels:
        former = given.setdefault(label.key, label)
        if former is not label:
            repeated += former.value == label.value
            conflicts += [label.key] if former.value != label.value else []
    with store.transaction(call) as tx:
        row = find_endpoint(tx, request.endpoint, lock=True)
        known = _known_labels(tx, row.id, list(given))
        fresh = [label for key, label in given.items() if key not in known]
        for key, value in known.items():
            same = value == given[key].value
            repeated += same
            conflicts += [] if same else [key]
        if fresh:
            numbers = tx.next_numbers("label", len(fresh))
            tx.insert_new(
                t.label,
                [
                    {
                        "endpoint": row.id,
                        "key": label.key,
                        "id": number,
                        "value": label.value,
                        "at": tx.now if label.at is None else label.at,
                        "received_at": tx.now,
                    }
                    for number, label in zip(numbers, fresh, strict=True)
                ],
            )
            tx.news("labels.added", f"endpoint:{row.name}", endpoint=row.name, model=row.model_name, new=len(fresh))
    return AddedLabels(new=len(fresh), repeated=repeated, conflicting=len(conflicts), conflicts=tuple(conflicts[:_SHOWN_CONFLICTS]))


def _known_labels(tx: Transaction, endpoint: int, keys: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at in range(0, len(keys), _AT_ONCE):
        part = keys[at : at + _AT_ONCE]
        query = select(t.label.c.key, t.label.c.value).where(t.label.c.endpoint == endpoint, t.label.c.key.in_(part))
        found.update({row.key: row.value for row in tx.all(query)})
    return found
