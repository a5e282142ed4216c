"""Conditions on news, and arguments filled from it: a language of its own, so that no text of anybody's is ever executed.

    rows >= 500 and kind != 'quality' and (slice is null or slice in ['HEL', 'OUL'])

A name is looked up in the news' data first, then in the entry itself; `data.kind` and `entry.kind` say which is meant. What is
not there is null, and null compares only with `is`, `==` and `!=`.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import Any

from treadle.core.errors import QueryError

Test = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<name>[A-Za-z_][\w.]*)|(?P<sign>==|!=|<=|>=|<|>|=|\(|\)|\[|\]|,))"""
)
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_DEEPEST = 32


def lookup(news: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name in news `{"kind": ..., "subject": ..., "data": {...}}`; None where there is none."""
    head, _, rest = name.partition(".")
    if head == "entry" and rest:
        return _walk(news, rest)
    if head == "data" and rest:
        return _walk(news.get("data") or {}, rest)
    found = _walk(news.get("data") or {}, name)
    return _walk(news, name) if found is None and name != "data" else found


def _walk(value: Any, name: str) -> Any:
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def matches(news: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether each name has the value wanted: equal; one of a list; or alike, for a text with `*` or `?`."""
    return all(_alike(lookup(news, name), value) for name, value in wanted.items())


def _alike(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list | tuple):
        return any(_alike(value, one) for one in wanted)
    if isinstance(wanted, str) and any(sign in wanted for sign in "*?"):
        return isinstance(value, str) and fnmatch.fnmatchcase(value, wanted)
    return _equal(value, wanted)


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a == b if isinstance(a, bool) or isinstance(b, bool) else bool(a == b)


def condition(text: str) -> Test:
    """The test that an expression stands for; raises QueryError naming the column where it does not parse."""
    return _Parser(text).whole() if text.strip() else lambda _news: True


class _Parser:
    """Recursive descent: or, and, not, comparisons."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._read())
        self.at = 0
        self.depth = 0

    def _read(self) -> Any:
        place = 0
        while self.text[place:].strip():
            found = _TOKEN.match(self.text, place)
            if found is None:
                raise self._error("this cannot be read", place)
            kind = str(found.lastgroup)
            yield kind, found[kind], found.start(kind)
            place = found.end()
        yield "end", "", len(self.text)

    def _error(self, what: str, place: int) -> QueryError:
        return QueryError(
            f"the condition `{self.text}` does not parse: {what}",
            where=f"column {place + 1}",
            hint="rows >= 500 and kind in ['drift', 'performance']",
        )

    def whole(self) -> Test:
        test = self._or()
        if self.tokens[self.at][0] != "end":
            raise self._error(f"`{self.tokens[self.at][1]}` is not expected here", self.tokens[self.at][2])
        return test

    def _word(self, *words: str) -> bool:
        kind, text, _ = self.tokens[self.at]
        if kind in ("name", "sign") and text in words:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._word(word):
            raise self._error(f"`{word}` is missing", self.tokens[self.at][2])

    def _or(self) -> Test:
        tests = [self._and()]
        while self._word("or"):
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else lambda news: any(test(news) for test in tests)

    def _and(self) -> Test:
        tests = [self._not()]
        while self._word("and"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda news: all(test(news) for test in tests)

    def _not(self) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error("it is nested too deeply", self.tokens[self.at][2])
        try:
            if self._word("not"):
                inner = self._not()
                return lambda news: not inner(news)
            if self._word("("):
                inner = self._or()
                self._need(")")
                return inner
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Test:
        left = self._value()
        negated = False
        if self._word("is"):
            negated = self._word("not")
            right = self._value()
            return lambda news: _equal(left(news), right(news)) is not negated
        if self._word("not"):
            negated = True
            self._need("in")
        elif not self._word("in"):
            return self._ordered(left)
        options = self._list()
        return lambda news: _alike(left(news), [one(news) for one in options]) is not negated

    def _ordered(self, left: Callable[[Mapping[str, Any]], Any]) -> Test:
        kind, sign, place = self.tokens[self.at]
        if self._word("like"):
            right = self._value()
            return lambda news: _alike(left(news), right(news))
        if kind != "sign" or sign not in _COMPARE:
            if kind == "end" or sign in (")", "and", "or"):
                return lambda news: left(news) is True
            raise self._error(f"`{sign}` is no comparison", place)
        self.at += 1
        right, compare = self._value(), _COMPARE[sign]
        return lambda news: compare(left(news), right(news))

    def _list(self) -> list[Callable[[Mapping[str, Any]], Any]]:
        closing = "]" if self._word("[") else ")"
        if closing == ")":
            self._need("(")
        options = [self._value()]
        while self._word(","):
            options.append(self._value())
        self._need(closing)
        return options

    def _value(self) -> Callable[[Mapping[str, Any]], Any]:
        kind, text, place = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            number: Any = float(text) if any(c in text for c in ".eE") else int(text)
            return lambda _news: number
        if kind == "text":
            word = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda _news: word
        if kind == "name" and text in _CONSTANTS:
            return lambda _news: _CONSTANTS[text]
        if kind == "name" and text not in ("and", "or", "not", "in", "is", "like"):
            return lambda news: lookup(news, text)
        raise self._error(f"a value is missing before `{text}`" if text else "it ends too early", place)


def _orders(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Numbers with numbers, text with text; everything else is in no order, and so false."""

    def compare(a: Any, b: Any) -> bool:
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (a, b))
        return (numbers or (isinstance(a, str) and isinstance(b, str))) and test(a, b)

    return compare


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "=": _equal,
    "!=": lambda a, b: not _equal(a, b),
    "<": _orders(lambda a, b: a < b),
    "<=": _orders(lambda a, b: a <= b),
    ">": _orders(lambda a, b: a > b),
    ">=": _orders(lambda a, b: a >= b),
}

# --- arguments -------------------------------------------------------------------------------------------------------------

_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\}|[{}]")


def filled(value: Any, news: Mapping[str, Any]) -> Any:
    """A value with `{name}` in its texts replaced from the news; raises QueryError for a name that is not there.

    A text that is one `{name}` and nothing else becomes the value itself, of whatever type. `{{` and `}}` are braces.
    """
    if isinstance(value, Mapping):
        return {key: filled(one, news) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [filled(one, news) for one in value]
    if not isinstance(value, str) or not ("{" in value or "}" in value):
        return value
    alone = _PLACE.fullmatch(value)
    if alone is not None and alone[1]:
        return _given(alone[1], news)
    return _PLACE.sub(lambda found: _replacement(found, news, value), value)


def has_places(value: Any) -> bool:
    """Whether there is anything to fill in."""
    if isinstance(value, Mapping):
        return any(has_places(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(has_places(one) for one in value)
    return isinstance(value, str) and any(found[1] for found in _PLACE.finditer(value))


def check_places(value: Any) -> None:
    """Raises QueryError for a brace that is neither a name's nor doubled."""
    if isinstance(value, Mapping):
        for one in value.values():
            check_places(one)
    elif isinstance(value, list | tuple):
        for one in value:
            check_places(one)
    elif isinstance(value, str):
        for found in _PLACE.finditer(value):
            if found[0] in "{}":
                raise QueryError(
                    f"`{value}` holds a brace that stands for nothing",
                    where=f"column {found.start() + 1}",
                    hint="write {name}, or {{ and }}",
                )


def _replacement(found: re.Match[str], news: Mapping[str, Any], whole: str) -> str:
    if found[0] in ("{{", "}}"):
        return found[0][0]
    if not found[1]:
        raise QueryError(f"`{whole}` holds a brace that stands for nothing", where=f"column {found.start() + 1}", hint="write {name}")
    value = _given(found[1], news)
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _given(name: str, news: Mapping[str, Any]) -> Any:
    value = lookup(news, name)
    if value is None:
        known = ", ".join(sorted(news.get("data") or {})) or "nothing"
        raise QueryError(f"the news says nothing of `{name}`", where=str(news.get("kind", "")), hint=f"it says {known}")
    return value
