"""From the tree of a query to conditions of the database.

Every value is a bound parameter, so SQL in a query is nothing but text. Each condition is true or false and never NULL: what is not
there compares as false, and `not` turns that round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Double, Table, Text, and_, exists, false, func, literal, not_, or_, select

from treadle.contract.search import SUBJECTS, Among, Both, Compare, Either, Key, Like, Missing, Negation, Term, Time, Value

Condition = ColumnElement[bool]
_DAY = 86400.0


class Named(NamedTuple):
    """Named values of an area that are rows of a table of their own: `mine` are those of the row that is searched.

    A metric's columns are those of PARTS; a parameter has `number` and `text`, a tag `value` (and `whole`, where it is long)."""

    table: Table
    mine: Condition

    def of(self, name: str) -> Condition:
        return and_(self.mine, self.table.c.name == name)

    def scalar(self, name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """The value of that name, NULL where there is none."""
        return select(column).where(self.of(name)).scalar_subquery()

    def value(self, key: Key) -> ColumnElement[Any]:
        """The column that holds a metric's or a tag's value."""
        columns = self.table.c
        if key.area == "metric":
            return columns[key.part]
        return func.coalesce(columns.whole, columns.value) if "whole" in columns else columns.value


@dataclass(frozen=True, kw_only=True)
class Ground:
    """How the keys of a subject are found in the database.

    `identity` is the number of a row, which breaks ties; `column` gives the expression of a key of its own; `named` the tables of
    areas. `keyed` are keys that never are NULL, `unique` those of them that no two rows share."""

    dialect: str
    now: float
    identity: ColumnElement[Any]
    column: Callable[[Key, float], ColumnElement[Any]]
    named: Mapping[str, Named] = field(default_factory=dict)
    keyed: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset({"id"})

    def own(self, key: Key) -> ColumnElement[Any]:
        return self.column(key, self.now)


def condition(term: Term, ground: Ground) -> Condition:
    """A term of a query as a condition on the rows of its subject."""
    if isinstance(term, Both):
        return and_(*(condition(one, ground) for one in term.terms))
    if isinstance(term, Either):
        return or_(*(condition(one, ground) for one in term.terms))
    if isinstance(term, Negation):
        return not_(condition(term.term, ground))
    named = ground.named.get(term.key.area)
    if named is not None:
        return _elsewhere(term, named, ground)
    column = ground.own(term.key)
    if isinstance(term, Missing):
        return column.is_not(None) if term.negated else column.is_(None)
    return and_(column.is_not(None), test(column, term, ground))


def _elsewhere(term: Compare | Among | Like | Missing, named: Named, ground: Ground) -> Condition:
    """A condition on a metric, parameter or tag: there is a row of that name for which it holds."""
    key = term.key
    mine = named.of(key.name)
    if isinstance(term, Missing):
        there = exists().where(mine, *([named.value(key).is_not(None)] if key.area in ("metric", "input") else []))
        return there if term.negated else not_(there)
    return exists().where(mine, holds(term, named, ground))


def holds(term: Compare | Among | Like, named: Named, ground: Ground) -> Condition:
    """The comparison, on a row of the area's table that has the right name."""
    key = term.key
    if key.area == "parameter":
        return _parameter(named.table, term, ground)
    column = named.value(key)
    if key.area == "metric" and isinstance(term, Compare | Among) and _is_not(term):
        # "Not a number" is kept as NULL: it is a value, and it differs from every number.
        return or_(column.is_(None), test(column, term, ground))
    return and_(column.is_not(None), test(column, term, ground))


def _parameter(table: Table, term: Compare | Among | Like, ground: Ground) -> Condition:
    """Numbers are compared with the number of a parameter, words with its text."""
    number, text = table.c.number, table.c.text
    if isinstance(term, Like):
        return test(text, term, ground)
    if isinstance(term, Among):
        numbers = [value for value in term.values if not isinstance(value, str)]
        words = [value for value in term.values if isinstance(value, str)]
        found = or_(and_(number.is_not(None), _among(number, numbers)) if numbers else false(), _among(text, words) if words else false())
        return not_(found) if term.negated else found
    if isinstance(term.value, str):
        return test(text, term, ground)
    compared = test(number, term, ground)
    return or_(number.is_(None), compared) if term.operator == "!=" else and_(number.is_not(None), compared)


def _is_not(term: Compare | Among) -> bool:
    return term.negated if isinstance(term, Among) else term.operator == "!="


def test(column: ColumnElement[Any], term: Compare | Among | Like, ground: Ground) -> Condition:
    """The comparison itself, for a column that is not NULL."""
    if isinstance(term, Like):
        found = _like(column, term.pattern, folded=term.folded, dialect=ground.dialect)
        return not_(found) if term.negated else found
    if isinstance(term, Among):
        if any(isinstance(value, Time) for value in term.values):
            found = or_(*(_compare(column, "=", value, ground) for value in term.values))
        else:
            found = _among(column, term.values)
        return not_(found) if term.negated else found
    return _compare(column, term.operator, term.value, ground)


def _compare(column: ColumnElement[Any], operator: str, value: Value, ground: Ground) -> Condition:
    if isinstance(value, Time):
        moment = value.moment(ground.now)
        if value.day and operator in ("=", "!="):
            within = and_(column >= bound(moment), column < bound(moment + _DAY))
            return within if operator == "=" else not_(within)
        return _ordered(column, operator, bound(moment))
    if isinstance(value, str) and operator not in ("=", "!="):
        column = by_bytes(column, ground.dialect)
    return _ordered(column, operator, bound(value))


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
    return column.in_([bound(value) for value in values])


def bound(value: Any) -> ColumnElement[Any]:
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


def is_known(key: Key) -> bool:
    """Whether a key that arrived as a value (not as text) names something of its subject."""
    subject = SUBJECTS.get(key.area)
    return subject is None or key.name in subject.keys
