"""From the tree of a query to conditions of the database, and pages of runs.

Every value is a bound parameter, so SQL in a query is nothing but text. Each condition is true or false and never NULL: what a run
does not have compares as false, and `not` turns that round.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Double,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from treadle.core.errors import QueryError
from treadle.store import tables as t
from treadle.store.database import Transaction
from treadle.tracking.search import parse, parse_sort
from treadle.tracking.tree import Among, Both, Compare, Either, Key, Like, Missing, Negation, Sort, Term, Time, Value

MOST_RUNS = 1000
"""Rows: the largest page."""

_DAY = 86400.0
_BEYOND = 1 << 63
_TIMES = {"created": t.run.c.queued_at, "started": t.run.c.started_at, "ended": t.run.c.ended_at}
_TABLES = {"metric": t.metric, "parameter": t.parameter, "tag": t.tag}
Condition = ColumnElement[bool]


def select_runs(
    tx: Transaction,
    query: str = "",
    sort: str = "-id",
    limit: int = 50,
    after: str | None = None,
    children: bool = False,
    project: str = "default",
) -> tuple[Sequence[Row[Any]], str | None]:
    """One page of the runs of a project: rows of `run` in order, and the cursor for the next page (None: this was the last).

    Without `children` only runs that nobody but a person or a trigger asked for. Runs that do not have the key to sort by come last;
    equal ones are ordered by id. "Now" stays that of the first page. Raises QueryError for a query, sort key or cursor that does
    not read.
    """
    order, term = parse_sort(sort or "-id"), parse(query)
    start, now = _read_cursor(after, sort) if after else (None, tx.now)
    size = max(1, min(limit, MOST_RUNS))
    terms = _sort_terms(order, now, tx.connection.dialect.name)
    statement: Select[Any] = select(t.run, *(term.label(f"sort_{i}") for i, (term, _) in enumerate(terms))).where(
        t.run.c.project == project
    )
    if not children:
        statement = statement.where(_asked_for_by_itself(tx.connection.dialect.name))
    if term is not None:
        statement = statement.where(condition(term, now, tx.connection.dialect.name))
    if start is not None:
        statement = statement.where(_behind(terms, start))
    statement = statement.order_by(*(expression.desc() if descending else expression.asc() for expression, descending in terms))
    rows = tx.all(statement.limit(size + 1))
    if len(rows) <= size:
        return rows, None
    last = rows[size - 1]._mapping
    return rows[:size], _write_cursor(sort, now, [last[f"sort_{i}"] for i in range(len(terms))])


def _asked_for_by_itself(dialect: str) -> Condition:
    # SQLite knows no statistics: for a plain IS NULL it takes the index on `parent` and then sorts nearly every run there is.
    return func.coalesce(t.run.c.parent, 0) == 0 if dialect == "sqlite" else t.run.c.parent.is_(None)


# --- conditions -------------------------------------------------------------------------------------------------------------


def condition(term: Term, now: float, dialect: str) -> Condition:
    """A term of a query as a condition on `run`; `now` in seconds since 1970."""
    if isinstance(term, Both):
        return and_(*(condition(one, now, dialect) for one in term.terms))
    if isinstance(term, Either):
        return or_(*(condition(one, now, dialect) for one in term.terms))
    if isinstance(term, Negation):
        return not_(condition(term.term, now, dialect))
    if term.key.area != "run":
        return _elsewhere(term, now, dialect)
    column = _column(term.key, now)
    if isinstance(term, Missing):
        return column.is_not(None) if term.negated else column.is_(None)
    return and_(column.is_not(None), _test(column, term, now, dialect))


def _column(key: Key, now: float) -> ColumnElement[Any]:
    """The expression for what a run has by itself."""
    if key.name == "duration":
        return func.coalesce(t.run.c.ended_at, literal(now, Double)) - t.run.c.started_at
    return _TIMES[key.name] if key.name in _TIMES else t.run.c[key.name]


def _elsewhere(term: Compare | Among | Like | Missing, now: float, dialect: str) -> Condition:
    """A condition on a metric, parameter or tag: there is a row of that name for which it holds."""
    key = term.key
    table = _TABLES[key.area]
    mine = [table.c.run == t.run.c.id, table.c.name == key.name]
    if isinstance(term, Missing):
        there = exists().where(*mine, *([table.c[key.part].is_not(None)] if key.area == "metric" else []))
        return there if term.negated else not_(there)
    if key.area == "parameter":
        return exists().where(*mine, _parameter(table, term, now, dialect))
    column = table.c[key.part] if key.area == "metric" else table.c.value
    if key.area == "metric" and isinstance(term, Compare | Among) and _is_not(term):
        # "Not a number" is kept as NULL: it is a value, and it differs from every number.
        return exists().where(*mine, or_(column.is_(None), _test(column, term, now, dialect)))
    return exists().where(*mine, column.is_not(None), _test(column, term, now, dialect))


def _parameter(table: Table, term: Compare | Among | Like, now: float, dialect: str) -> Condition:
    """Numbers are compared with the number of a parameter, words with its text."""
    number, text = table.c.number, table.c.text
    if isinstance(term, Like):
        return _test(text, term, now, dialect)
    if isinstance(term, Among):
        numbers = [value for value in term.values if not isinstance(value, str)]
        words = [value for value in term.values if isinstance(value, str)]
        found = or_(and_(number.is_not(None), _among(number, numbers)) if numbers else false(), _among(text, words) if words else false())
        return not_(found) if term.negated else found
    if isinstance(term.value, str):
        return _test(text, term, now, dialect)
    test = _test(number, term, now, dialect)
    return or_(number.is_(None), test) if term.operator == "!=" else and_(number.is_not(None), test)


def _is_not(term: Compare | Among) -> bool:
    return term.negated if isinstance(term, Among) else term.operator == "!="


def _test(column: ColumnElement[Any], term: Compare | Among | Like, now: float, dialect: str) -> Condition:
    """The comparison itself, for a column that is not NULL."""
    if isinstance(term, Like):
        found = _like(column, term.pattern, folded=term.folded, dialect=dialect)
        return not_(found) if term.negated else found
    if isinstance(term, Among):
        if any(isinstance(value, Time) for value in term.values):
            found = or_(*(_compare(column, "=", value, now, dialect) for value in term.values))
        else:
            found = _among(column, term.values)
        return not_(found) if term.negated else found
    return _compare(column, term.operator, term.value, now, dialect)


def _compare(column: ColumnElement[Any], operator: str, value: Value, now: float, dialect: str) -> Condition:
    if isinstance(value, Time):
        moment = value.moment(now)
        if value.day and operator in ("=", "!="):
            within = and_(column >= _bound(moment), column < _bound(moment + _DAY))
            return within if operator == "=" else not_(within)
        return _ordered(column, operator, _bound(moment))
    if isinstance(value, str) and operator not in ("=", "!="):
        column = by_bytes(column, dialect)
    return _ordered(column, operator, _bound(value))


def _ordered(column: ColumnElement[Any], operator: str, value: ColumnElement[Any]) -> Condition:
    return {
        "=": column.__eq__,
        "!=": column.__ne__,
        "<": column.__lt__,
        "<=": column.__le__,
        ">": column.__gt__,
        ">=": column.__ge__,
    }[operator](value)


def _among(column: ColumnElement[Any], values: Sequence[Value]) -> Condition:
    return column.in_([_bound(value) for value in values])


def _bound(value: Any) -> ColumnElement[Any]:
    """A bound parameter of the value's own type: without it a fraction compared with an integer column would be rounded first."""
    if isinstance(value, str):
        return literal(value, Text)
    return literal(value) if isinstance(value, int) else literal(value, Double)


def _like(column: ColumnElement[Any], pattern: str, *, folded: bool, dialect: str) -> Condition:
    if folded:
        return column.ilike(literal(pattern, Text), escape="\\")
    if dialect == "postgresql":
        return column.like(literal(pattern, Text), escape="\\")
    return column.op("GLOB", is_comparison=True)(literal(_glob(pattern), Text))  # LIKE of SQLite does not tell capitals


def _glob(pattern: str) -> str:
    """A LIKE pattern as the GLOB pattern that matches the same texts."""
    made: list[str] = []
    escaped = False
    for character in pattern:
        if character == "\\" and not escaped:
            escaped = True
            continue
        if not escaped and character in "%_":
            made.append("*" if character == "%" else "?")
        else:
            made.append(f"[{character}]" if character in "*?[" else character)
        escaped = False
    return "".join(made)


def by_bytes(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Text ordered by its bytes on both dialects, whatever language the database server speaks."""
    return column.collate("C") if dialect == "postgresql" else column


# --- order and pages --------------------------------------------------------------------------------------------------------


def _sort_terms(sort: Sort, now: float, dialect: str) -> list[tuple[ColumnElement[Any], bool]]:
    """What to order by, each with whether it descends; none of it is ever NULL, so a page can continue behind any row."""
    key, down = sort.key, sort.descending
    if key.area == "run" and key.name in ("id", "created", "name", "state", "kind", "step", "project", "actor", "engine"):
        column = _column(key, now)
        ordered = [] if key.name == "id" else [(by_bytes(column, dialect) if key.type != "time" else column, down)]
        return [*ordered, (t.run.c.id, down)]
    if key.area == "parameter":
        number, text = (_of(t.parameter, key.name, column) for column in ("number", "text"))
        rank = case((number.is_not(None), 0), (text.is_not(None), 1), else_=2)
        values = [(func.coalesce(number, literal(0.0, Double)), down), (by_bytes(func.coalesce(text, literal("", Text)), dialect), down)]
        return [(rank, False), *values, (t.run.c.id, down)]
    if key.area == "run":
        value = _column(key, now)
    else:
        value = _of(t.metric, key.name, key.part) if key.area == "metric" else _of(t.tag, key.name, "value")
    textual = key.type == "text"
    present = by_bytes(func.coalesce(value, literal("", Text)), dialect) if textual else func.coalesce(value, literal(0.0, Double))
    return [(case((value.is_not(None), 0), else_=1), False), (present, down), (t.run.c.id, down)]


def _of(table: Table, name: str, column: str) -> ColumnElement[Any]:
    return select(table.c[column]).where(table.c.run == t.run.c.id, table.c.name == name).scalar_subquery()


def _behind(terms: list[tuple[ColumnElement[Any], bool]], start: list[Any]) -> Condition:
    """Rows that come after the row with the sort values `start`."""
    texts = [isinstance(expression.type, String) for expression, _ in terms]
    if texts != [isinstance(value, str) for value in start] or not -_BEYOND <= start[-1] < _BEYOND:
        raise _unreadable()
    found: list[Condition] = []
    same: Condition = true()
    for (expression, descending), value in zip(terms, start, strict=True):
        bound = _bound(value)
        found.append(and_(same, expression < bound if descending else expression > bound))
        same = and_(same, expression == bound)
    return or_(*found)


def _write_cursor(sort: str, now: float, values: list[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode([sort, now, values])).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str) -> tuple[list[Any], float]:
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        sorted_by, now, values = msgspec.msgpack.decode(data, type=tuple[str, float, list[str | int | float]])
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise _unreadable() from error
    if sorted_by != sort:
        raise QueryError(f"the cursor belongs to a list sorted by `{sorted_by}`, not by `{sort}`", hint=_CURSOR_HINT)
    return values, now


_CURSOR_HINT = "give the `next` of the page before, with the same sort"


def _unreadable() -> QueryError:
    return QueryError("the cursor of the page cannot be read", hint=_CURSOR_HINT)
