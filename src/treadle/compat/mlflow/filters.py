"""MLflow's filter language, as all its searches speak it: comparisons joined by AND. Text to values, pure.

    metrics.`my loss` < 0.5 AND params.lr = '0.1' AND tags."team" LIKE 'b%' AND attributes.run_id IN ('a', 'b')

An identifier without an entity is an attribute. Source of the grammar: MLflow's documents of search_runs, search_experiments,
search_model_versions, search_logged_models and search_traces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from treadle.compat.mlflow.wire import MlflowError
from treadle.contract.search import Criterion

MOST_CHARACTERS = 20_000
MOST_COMPARISONS = 200
MOST_VALUES = 1000

TEXT = ("=", "!=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL")
NUMBER = ("=", "!=", ">", ">=", "<", "<=")
LISTED = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>(?:[A-Za-z_][\w]*|`[^`]*`|\"[^\"]*\")(?:\.(?:[\w./\-]+|`[^`]*`|\"[^\"]*\"))*)"
    r"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<operator><=|>=|!=|<>|=|<|>)|(?P<mark>[(),]))"
)
_PART = re.compile(r"`[^`]*`|\"[^\"]*\"|[^.`\"]+")


class Comparison(NamedTuple):
    """`operator` is one of = != > >= < <= LIKE ILIKE RLIKE IN, NOT IN, IS NULL, IS NOT NULL. `value` is a text, a number, a tuple of
    either, or None where the operator takes none."""

    entity: str
    key: str
    operator: str
    value: str | float | tuple[str | float, ...] | None


class Order(NamedTuple):
    entity: str
    key: str
    descending: bool


def comparisons(text: str | None) -> list[Comparison]:
    """The comparisons of a filter; entities in small letters as written, "" for none. Raises MlflowError (INVALID_PARAMETER_VALUE)."""
    if not text or not text.strip():
        return []
    if len(text) > MOST_CHARACTERS:
        raise _invalid(f"the filter has {len(text)} characters, more than {MOST_CHARACTERS}")
    return _Reader(text).all()


def order(text: str) -> Order:
    """One entry of `order_by`: `metrics.loss DESC`. Raises MlflowError."""
    match = re.fullmatch(r"\s*(.+?)(?:\s+(ASC|DESC))?\s*", text, re.IGNORECASE | re.DOTALL)
    if match is None or len(text) > MOST_CHARACTERS:
        raise _invalid(f"Invalid order_by clause '{text[:200]}'")
    entity, key = _identifier(match[1].strip())
    return Order(entity, key, (match[2] or "").upper() == "DESC")


def entity_of(written: str, entities: Mapping[str, str], of: str = "filter") -> str:
    """The entity that a word stands for (`params` -> `parameter`). Raises MlflowError."""
    found = entities.get(written.lower())
    if found is None:
        raise _invalid(f"Invalid entity type '{written}' in the {of}. Valid values are {sorted(entities)}")
    return found


def expect(one: Comparison, operators: tuple[str, ...]) -> None:
    """Raises MlflowError when an operator does not go with the key."""
    if one.operator not in operators:
        raise _invalid(f"Invalid comparator '{one.operator}' for '{_shown(one)}'. It has to be one of {', '.join(operators)}")


def as_text(one: Comparison) -> str:
    if not isinstance(one.value, str):
        raise _invalid(f"Expected a quoted string value for '{_shown(one)}', got {one.value}")
    return one.value


def as_texts(one: Comparison) -> tuple[str, ...]:
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    if not all(isinstance(value, str) for value in values):
        raise _invalid(f"Expected quoted string values for '{_shown(one)}'")
    return tuple(str(value) for value in values)


def as_number(one: Comparison) -> float:
    """A number; one in quotes is taken, too, as MLflow takes it for attributes."""
    if isinstance(one.value, int | float):
        return float(one.value)
    try:
        return float(str(one.value))
    except ValueError:
        raise _invalid(f"Expected a numeric value for '{_shown(one)}', got {one.value!r}") from None


def like(pattern: str, *, folded: bool = False) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression: `%` and `_` as in SQL."""
    made = "".join(".*" if one == "%" else "." if one == "_" else re.escape(one) for one in pattern)
    return re.compile(made, re.DOTALL | (re.IGNORECASE if folded else 0))


def fits(one: Comparison, value: str) -> bool:
    """Whether a text that is known here (not in the database) stands the comparison."""
    if one.operator in ("LIKE", "ILIKE"):
        return like(as_text(one), folded=one.operator == "ILIKE").fullmatch(value) is not None
    found = value in as_texts(one)
    return not found if one.operator in ("!=", "NOT IN") else found


def listed(one: Comparison, key: str) -> Criterion:
    """A comparison of texts as a condition on something that is listed."""
    if one.operator in ("IS NULL", "IS NOT NULL"):
        return Criterion(key=key, operator="null", negated=one.operator == "IS NOT NULL")
    if one.operator in ("IN", "NOT IN"):
        return Criterion(key=key, operator="in", value=as_texts(one), negated=one.operator == "NOT IN")
    return Criterion(key=key, operator=one.operator.lower(), value=as_text(one))


def _shown(one: Comparison) -> str:
    return f"{one.entity}.{one.key}" if one.entity else one.key


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split()
        self._at = 0

    def all(self) -> list[Comparison]:
        found = [self._comparison()]
        while self._word("AND"):
            found.append(self._comparison())
        if self._tokens[self._at].kind != "end":
            raise self._wrong("comparisons are joined by AND")
        if len(found) > MOST_COMPARISONS:
            raise _invalid(f"the filter has {len(found)} comparisons, more than {MOST_COMPARISONS}")
        return found

    def _comparison(self) -> Comparison:
        entity, key = _identifier(self._take("name", "an identifier"))
        if self._word("IS"):
            negated = self._word("NOT")
            self._keyword("NULL")
            return Comparison(entity, key, "IS NOT NULL" if negated else "IS NULL", None)
        if self._word("NOT"):
            self._keyword("IN")
            return Comparison(entity, key, "NOT IN", self._list())
        for word in ("IN", "LIKE", "ILIKE", "RLIKE"):
            if self._word(word):
                return Comparison(entity, key, word, self._list() if word == "IN" else self._value())
        operator = self._take("operator", "a comparison")
        return Comparison(entity, key, "!=" if operator == "<>" else operator, self._value())

    def _value(self) -> str | float:
        token = self._tokens[self._at]
        self._at += token.kind in ("text", "number", "name")
        if token.kind == "text":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "number":
            return float(token.text)
        if token.kind == "name" and token.text[0] == '"' and token.text[-1] == '"':
            return token.text[1:-1]
        if token.kind == "name" and token.text.lower() in ("true", "false", "nan", "inf", "infinity"):
            return token.text if token.text.lower() in ("true", "false") else float(token.text)
        self._at -= token.kind == "name"
        raise self._wrong("a value is a number, or a text in single quotes")

    def _list(self) -> tuple[str | float, ...]:
        self._mark("(")
        values = [self._value()]
        while self._tokens[self._at].text == ",":
            self._at += 1
            values.append(self._value())
        self._mark(")")
        if len(values) > MOST_VALUES:
            raise _invalid(f"a list has {len(values)} values, more than {MOST_VALUES}")
        return tuple(values)

    def _word(self, word: str) -> bool:
        token = self._tokens[self._at]
        found = token.kind == "name" and token.text.upper() == word
        self._at += found
        return found

    def _keyword(self, word: str) -> None:
        if not self._word(word):
            raise self._wrong(f"{word} is expected")

    def _mark(self, mark: str) -> None:
        self._at += self._tokens[self._at].text == mark
        if self._tokens[self._at - 1].text != mark:
            raise self._wrong(f"`{mark}` is expected")

    def _take(self, kind: str, what: str) -> str:
        token = self._tokens[self._at]
        if token.kind != kind:
            raise self._wrong(f"{what} is expected")
        self._at += 1
        return token.text

    def _split(self) -> list[_Token]:
        tokens: list[_Token] = []
        at, end = 0, len(self._text.rstrip())
        while at < end:
            match = _TOKEN.match(self._text, at)
            if match is None or match.lastgroup is None:
                raise _invalid(f"Invalid filter '{self._text[:500]}': it cannot be read from column {at + 1} on")
            tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        return [*tokens, _Token("end", "", end)]

    def _wrong(self, hint: str) -> MlflowError:
        token = self._tokens[self._at]
        where = f"at `{token.text[:80]}` (column {token.column + 1})" if token.kind != "end" else "at its end"
        return _invalid(f"Invalid clause(s) in filter string: '{self._text[:500]}', {where}: {hint}")


def _identifier(text: str) -> tuple[str, str]:
    """Entity and key of an identifier, quotes taken off."""
    if text[0] in '`"':
        whole = _PART.match(text)
        if whole is not None and whole.end() == len(text):
            return "", text[1:-1]
    entity, dot, key = text.partition(".")
    if not dot:
        return "", text
    if len(key) > 1 and key[0] in '`"' and key[-1] == key[0] and key[0] not in key[1:-1]:
        return entity, key[1:-1]
    return entity, key


def _invalid(message: str) -> MlflowError:
    return MlflowError("INVALID_PARAMETER_VALUE", message)
