"""Pages by keyset: the order of a list as values of which none is NULL, and the cursor that names the last row of a page.

A page is found by its place in the order, not by counting rows in front of it: page 50 costs what page 1 costs, and rows that
arrive meanwhile shift nothing.

What has the first key to sort by comes first, then what has it without a value ("not a number"), then what has it not at all. Each of
these phases is a query of its own, whose order is that of plain columns: so an index on the key answers it, and mostly the first phase
fills the page.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Double, Row, Select, String, Text, and_, case, exists, func, literal, not_, or_, true
from sqlalchemy.sql.util import ClauseAdapter

from treadle.contract.search import Key, Sort
from treadle.core.errors import QueryError
from treadle.search.conditions import Condition, Ground, Named, bound, by_bytes
from treadle.search.language import written
from treadle.store.database import Transaction

MOST_ROWS = 1000
"""Rows: the largest page."""

_BEYOND = 1 << 63


class Ordered(NamedTuple):
    """One value to order by, never NULL, and whether it descends."""

    expression: ColumnElement[Any]
    descending: bool


class Place(NamedTuple):
    """Where a page begins: in the phase with the number of the first value, behind the row with the others. `now` is that of the first
    page."""

    now: float
    values: list[Any]


class Phase(NamedTuple):
    """A part of the order: `narrow` limits a statement to its rows, `order` is theirs. `joined`: another table's rows give it."""

    narrow: Callable[[Select[Any]], Select[Any]]
    order: list[Ordered]
    joined: bool = False


def phases_of(sorts: Sequence[Sort], ground: Ground) -> list[Phase]:
    """The phases of an order, in turn."""
    first, rest = sorts[0], sorts[1:]
    named = ground.named.get(first.key.area)
    after = _rest(rest, ground, down=first.descending)
    if named is None:
        column = ground.own(first.key)
        mine = [Ordered(by_bytes(column, ground.dialect) if _textual(first.key) else column, first.descending)]
        if first.key.name in ground.unique:
            return [Phase(_all, mine)]
        if first.key.name in ground.keyed:
            return [Phase(_all, [*mine, *after])]
        return [Phase(_where(column.is_not(None)), [*mine, *after]), Phase(_where(column.is_(None)), after)]
    table = named.table.alias("sorted_by")
    joined = _joined(named, table, first.key.name)
    missing = Phase(_where(not_(exists().where(named.of(first.key.name)))), after)
    after = _rest(rest, _identified(ground, table), down=first.descending)
    if first.key.area == "parameter":
        words = Ordered(by_bytes(table.c.text, ground.dialect), first.descending)
        return [
            Phase(_both(joined, _where(table.c.number.is_not(None))), [Ordered(table.c.number, first.descending), words, *after], True),
            Phase(_both(joined, _where(table.c.number.is_(None))), [words, *after], True),
            missing,
        ]
    if first.key.area == "metric":
        column = table.c[first.key.part]
        return [
            Phase(_both(joined, _where(column.is_not(None))), [Ordered(column, first.descending), *after], True),
            Phase(_both(joined, _where(column.is_(None))), after, True),
            missing,
        ]
    column = ClauseAdapter(table).traverse(named.value(first.key))
    value = Ordered(by_bytes(column, ground.dialect), first.descending)
    return [Phase(joined, [value, *after], True), missing]


def _identified(ground: Ground, table: Any) -> Ground:
    """The identity as the joined table has it, so that an index of that table gives the order down to the last tie."""
    if "run" not in table.c:
        return ground
    identity = table.c.run

    def column(key: Key, now: float) -> ColumnElement[Any]:
        return identity if key.name == ground.identity.name else ground.column(key, now)

    return dataclasses.replace(ground, identity=identity, column=column)


def _all(statement: Select[Any]) -> Select[Any]:
    return statement


def _where(condition: Condition) -> Callable[[Select[Any]], Select[Any]]:
    return lambda statement: statement.where(condition)


def _both(*narrowings: Callable[[Select[Any]], Select[Any]]) -> Callable[[Select[Any]], Select[Any]]:
    return lambda statement: functools.reduce(lambda one, narrow: narrow(one), narrowings, statement)


def _joined(named: Named, table: Any, name: str) -> Callable[[Select[Any]], Select[Any]]:
    """Rows together with their row of that name in the area's table."""
    mine: Condition = ClauseAdapter(table).traverse(named.mine)
    return lambda statement: statement.join(table, and_(mine, table.c.name == name))


def _rest(sorts: Sequence[Sort], ground: Ground, *, down: bool) -> list[Ordered]:
    """What orders rows whose first key is equal: the other keys, at last the identity. What does not have a key comes last, whatever
    the direction; of metrics "not a number" stands between numbers and runs without the metric."""
    found: list[Ordered] = []
    for sort in sorts:
        found += ordered_by(sort, ground)
        if sort.key.area not in ground.named and sort.key.name in ground.unique:
            return found
    return [*found, Ordered(ground.identity, down)]


def ordered_by(sort: Sort, ground: Ground) -> list[Ordered]:
    """The values that stand for one key."""
    key, down = sort.key, sort.descending
    named = ground.named.get(key.area)
    if named is None:
        column = ground.own(key)
        if key.name in ground.keyed:
            return [Ordered(by_bytes(column, ground.dialect) if _textual(key) else column, down)]
        return [Ordered(case((column.is_not(None), 0), else_=1), False), Ordered(present(column, key, ground), down)]
    if key.area == "parameter":
        number, text = (named.scalar(key.name, named.table.c[column]) for column in ("number", "text"))
        rank = case((number.is_not(None), 0), (text.is_not(None), 1), else_=2)
        words = by_bytes(func.coalesce(text, literal("", Text)), ground.dialect)
        return [Ordered(rank, False), Ordered(func.coalesce(number, literal(0.0, Double)), down), Ordered(words, down)]
    value = named.scalar(key.name, named.value(key))
    if key.area == "metric":
        there = named.scalar(key.name, named.table.c.last_step)
        rank = case((value.is_not(None), 0), (there.is_not(None), 1), else_=2)
    else:
        rank = case((value.is_not(None), 0), else_=1)
    return [Ordered(rank, False), Ordered(present(value, key, ground), down)]


def present(value: ColumnElement[Any], key: Key, ground: Ground) -> ColumnElement[Any]:
    """The value, or something of its type where it is NULL."""
    if _textual(key):
        return by_bytes(func.coalesce(value, literal("", Text)), ground.dialect)
    return func.coalesce(value, literal(0.0, Double))


def _textual(key: Key) -> bool:
    return key.type not in ("integer", "time", "duration", "number", "parameter")


def page(
    tx: Transaction,
    statement: Select[Any],
    sorts: Sequence[Sort],
    ground: Ground,
    limit: int,
    start: Place | None,
    driven: Select[Any] | None = None,
    most: int = MOST_ROWS,
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of a statement's rows in order, `limit` of them but at most `most`, each followed by its place (columns `place_0` ...), and
    the cursor of the next page (None: this was the last). `sorts` are not empty. `driven` is the same statement, written so that its own
    indexes are not used: for the phases whose order another table's index gives."""
    phases = phases_of(sorts, ground)
    number, values = (0, None) if start is None else _phase_of(start, len(phases))
    size = max(1, min(limit, most))
    found: list[Row[Any]] = []
    places: list[int] = []
    while number < len(phases) and len(found) <= size:
        phase = phases[number]
        query = phase.narrow(driven if driven is not None and (phase.joined or not phases[0].joined) else statement)
        if values is not None:
            query = query.where(behind(phase.order, values))
        query = query.add_columns(*(one.expression.label(f"place_{i}") for i, one in enumerate(phase.order)))
        rows = tx.all(query.order_by(*directed(phase.order)).limit(size + 1 - len(found)))
        found += rows
        places += [number] * len(rows)
        number, values = number + 1, None
    if len(found) <= size:
        return found, None
    last, order = found[size - 1]._mapping, phases[places[size - 1]].order
    kept = [places[size - 1], *(last[f"place_{i}"] for i in range(len(order)))]
    return found[:size], write_cursor(sorts, Place(ground.now, kept))


def _phase_of(start: Place, count: int) -> tuple[int, list[Any]]:
    """In which phase a page begins, and behind which values. Raises QueryError."""
    number = start.values[0] if start.values else None
    if type(number) is not int or not 0 <= number < count:
        raise unreadable()
    return number, list(start.values[1:])


def directed(order: Sequence[Ordered]) -> list[ColumnElement[Any]]:
    return [one.expression.desc() if one.descending else one.expression.asc() for one in order]


def behind(order: Sequence[Ordered], start: Sequence[Any]) -> Condition:
    """Rows that come after the row with the values `start`. Raises QueryError when these are not values of that order."""
    texts = [isinstance(one.expression.type, String) for one in order]
    if texts != [isinstance(value, str) for value in start] or not all(_storable(value) for value in start):
        raise unreadable()
    found: list[Condition] = []
    same: Condition = true()
    for one, value in zip(order, start, strict=True):
        limit = bound(value)
        found.append(and_(same, one.expression < limit if one.descending else one.expression > limit))
        same = and_(same, one.expression == limit)
    return or_(*found)


def _storable(value: Any) -> bool:
    if isinstance(value, int):
        return -_BEYOND <= value < _BEYOND
    return not isinstance(value, str) or "\0" not in value


def write_cursor(sorts: Sequence[Sort], place: Place) -> str:
    packed = msgspec.msgpack.encode([written(sorts), place.now, place.values])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(cursor: str, sorts: Sequence[Sort]) -> Place:
    """The place that a cursor names. Raises QueryError when it does not read or belongs to another order."""
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        sorted_by, now, values = msgspec.msgpack.decode(data, type=tuple[str, float, list[str | int | float]])
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise unreadable() from error
    if sorted_by != written(sorts):
        raise QueryError(f"the cursor belongs to a list sorted by `{sorted_by}`, not by `{written(sorts)}`", hint=_CURSOR_HINT)
    return Place(now, values)


_CURSOR_HINT = "give the `next` of the page before, with the same sort"


def unreadable() -> QueryError:
    return QueryError("the cursor of the page cannot be read", hint=_CURSOR_HINT)
