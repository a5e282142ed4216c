"""The search language: text to a tree of frozen values. Pure: no store, no clock.

    state = failed and created > -7d
    metrics.auc > 0.9 and (params.lr <= 0.01 or tags.team in (blue, 'deep red'))
    name like 'brisk-%' and not ended is null

Keys are the words of what is searched (a Subject), and where it has such areas `metrics.NAME`, `params.NAME` (also
`parameters.NAME`), `tags.NAME`, and `inputs.NAME`: where a run's input came from. A run's metric is its last value; `.lowest`,
`.highest` (also `.min`, `.max`), `.step` and `.points` behind the name ask for something else. Odd names go into double quotes or
backquotes: `metrics."my metric"`. Values are words or quoted text; a quote inside quotes is written twice. A parameter is compared as
a number with a number, and as text with a word or quoted text.

Times are `-7d` (s, m, h, d, w before now), `now`, `today`, `yesterday`, `2026-01-01` or `2026-01-01T10:30:00Z` (UTC where no offset is
written), or seconds since 1970. A day stands for its first moment, but `=` and `!=` mean any moment in it. Durations are seconds, or
have a unit: `90`, `1.5h`.

A comparison with something that is not there is false, for `!=` too; `not` makes it true. `like` knows `%`, `_` and the escape
`\\`, and tells capitals from small letters, which `ilike` does not.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from treadle.contract.search import (
    CHOICES,
    PARTS,
    RUNS,
    SUBJECTS,
    Among,
    Both,
    Compare,
    Either,
    Key,
    Like,
    Missing,
    Negation,
    Sort,
    Subject,
    Term,
    Value,
)
from treadle.core.errors import QueryError
from treadle.search.values import value_of

MOST_CHARACTERS = 20_000
MOST_TERMS = 200  # a longer chain would be deeper than SQLite's expression trees may be
MOST_DEPTH = 20  # SQLite's parser keeps a stack of 100 entries, of which one level takes up to three
MOST_VALUES = 500
MOST_SORTS = 5

_WORDS = {
    "metric": "metrics",
    "parameter": "params",
    "tag": "tags",
    "taken": "inputs",
    "trace_tag": "tags",
    "trace_metadata": "metadata",
} | {word: word for word in ("feedback", "expectation")}
_QUOTES = ("'", '"', "`")
_KEYWORDS = ("and", "or", "not", "in", "like", "ilike", "is", "null")
_SAME = {"==": "=", "<>": "!="}
_PART = r"[\w/:@+%\-]+|`[^`]*`|\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'"
_TOKEN = re.compile(rf"\s*(?:(?P<operator><=|>=|!=|<>|==|=|<|>)|(?P<mark>[(),])|(?P<words>\.\d+|(?:{_PART})(?:\.(?:{_PART}))*))")
_PARTS = re.compile(_PART)


class _Token(NamedTuple):
    """`kind` is operator, mark, words or end; `text` as written; `column` counts from 0."""

    kind: str
    text: str
    column: int

    @property
    def keyword(self) -> str:
        """The keyword that this is, or ""."""
        lower = self.text.lower()
        return lower if self.kind == "words" and lower in _KEYWORDS else ""


def parse(query: str, subject: Subject) -> Term | None:
    """The tree of a query, None for an empty one. Raises QueryError whose place shows the query with a caret under the column."""
    if not query.strip():
        return None
    return _Parser(query, subject).whole()


def parse_sorts(text: str, subject: Subject) -> list[Sort]:
    """Keys to sort by with commas between, the first counts most; `-` in front of one for descending. Raises QueryError for an
    unknown key or more than MOST_SORTS of them."""
    sorts: list[Sort] = []
    parser = _Parser(text, subject)
    while True:
        sorts.append(parser.sort())
        if not parser.another():
            break
    parser.expect_end()
    if len(sorts) > MOST_SORTS:
        raise QueryError(f"sorted by {len(sorts)} keys, more than {MOST_SORTS}", hint="the first key counts most")
    return sorts


def parse_key(text: str, subject: Subject) -> Key:
    """One key: `metrics.auc.highest`, `state`. Raises QueryError for an unknown one, or where more is written."""
    parser = _Parser(text, subject)
    key = parser.key()
    parser.expect_end()
    return key


def written(sorts: Sequence[Sort]) -> str:
    """Sort keys as `parse_sorts` reads them; the same keys are the same text."""
    return ", ".join(f"{'-' if one.descending else ''}{_written_key(one.key)}" for one in sorts)


def _written_key(key: Key) -> str:
    if key.area in SUBJECTS:
        return key.name
    part = {"last": "", "": "", "last_step": ".step"}.get(key.part, f".{key.part}")
    plain = re.fullmatch(r"[\w/:@+%][\w/:@+%\-]*", key.name)
    quoted = key.name if plain else '"' + key.name.replace('"', '""') + '"'
    return f"{_WORDS[key.area]}.{quoted}{part}"


class _Parser:
    """Recursive descent, one method per rule of the grammar."""

    def __init__(self, query: str, subject: Subject) -> None:
        self._query, self._subject = query, subject
        if len(query) > MOST_CHARACTERS:
            raise QueryError(f"the query has {len(query)} characters, more than {MOST_CHARACTERS}")
        self._tokens = self._split()
        self._at = 0
        self._terms = 0

    def whole(self) -> Term:
        """query: either END"""
        term = self._either(0)
        self.expect_end()
        return term

    def expect_end(self) -> None:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._fail(f"`{token.text}` does not belong here", token, "join comparisons with `and` or `or`")

    def sort(self) -> Sort:
        """sort: ["-"] key"""
        token = self._tokens[self._at]
        descending = token.text.startswith("-")
        if descending:
            self._tokens[self._at] = _Token(token.kind, token.text[1:], token.column + 1)
        return Sort(key=self.key(), descending=descending)

    def another(self) -> bool:
        return self._take_mark(",")

    def _either(self, depth: int) -> Term:
        """either: both ("or" both)*"""
        terms = [self._both(depth)]
        while self._take_keyword("or"):
            terms.append(self._both(depth))
        return terms[0] if len(terms) == 1 else Either(terms=tuple(terms))

    def _both(self, depth: int) -> Term:
        """both: single ("and" single)*"""
        terms = [self._single(depth)]
        while self._take_keyword("and"):
            terms.append(self._single(depth))
        return terms[0] if len(terms) == 1 else Both(terms=tuple(terms))

    def _single(self, depth: int) -> Term:
        """single: "not" single | "(" either ")" | comparison"""
        token = self._tokens[self._at]
        if depth > MOST_DEPTH:
            self._fail(f"the query is nested more than {MOST_DEPTH} deep", token)
        if self._take_keyword("not"):
            return Negation(term=self._single(depth + 1))
        if self._take_mark("("):
            term = self._either(depth + 1)
            if not self._take_mark(")"):
                self._fail("a `)` is missing", self._tokens[self._at], "each `(` needs its `)`")
            return term
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._fail(f"the query has more than {MOST_TERMS} comparisons", token, "`key in (a, b, c)` is one comparison")
        return self._comparison()

    def _comparison(self) -> Term:
        """comparison: key operator value | key ["not"] ("in" "(" values ")" | ("like"|"ilike") text) | key "is" ["not"] "null" """
        start = self._tokens[self._at]
        key = self.key()
        token = self._next()
        if token.kind == "operator":
            return self._compared(key, _SAME.get(token.text, token.text), token)
        if token.keyword == "is":
            negated = self._take_keyword("not")
            if not self._take_keyword("null"):
                self._fail("`is` is followed by `null` or `not null`", self._tokens[self._at])
            return Missing(key=key, negated=negated)
        negated = token.keyword == "not"
        token = self._next() if negated else token
        if token.keyword == "in":
            return Among(key=key, values=self._values(key), negated=negated)
        if token.keyword in ("like", "ilike"):
            return Like(key=key, pattern=self._pattern(key, start), folded=token.keyword == "ilike", negated=negated)
        return self._fail("a comparison is missing here", token, f"{start.text} = VALUE; also != < <= > >= in like ilike is")

    def _compared(self, key: Key, operator: str, token: _Token) -> Term:
        if operator not in ("=", "!=") and (key.type in CHOICES or key.type == "kind"):
            self._fail(f"`{key.name}` has no order, so `{operator}` says nothing", token, f"{key.name} = VALUE, or {key.name} in (A, B)")
        return Compare(key=key, operator=operator, value=self._value(key))

    def key(self) -> Key:
        """A key; raises QueryError with what may have been meant."""
        token = self._next()
        if token.kind != "words" or token.keyword:
            what = "the query ends where a key is expected" if token.kind == "end" else f"`{token.text}` stands where a key is expected"
            self._fail(what, token, f"for example: {self._subject.example}")
        parts = _PARTS.findall(token.text)
        head = parts[0].lower() if parts else token.text
        area = self._subject.areas.get(head)
        if area is None:
            if len(parts) == 1 and head in self._subject.keys:
                return Key(area=self._subject.area, name=head)
            self._fail(f"there is no key `{token.text}`", token, _meant(token.text, head, parts, self._subject))
        last = parts[-1].lower()
        part = PARTS.get(last, "") if area == "metric" and self._subject is RUNS and len(parts) > 2 else ""
        name = ".".join(_unquoted(one) for one in parts[1 : len(parts) - bool(part)])
        if not name:
            self._fail(f"`{token.text}` needs a name behind the dot", token, f"{head}.NAME")
        if "\0" in name or not _is_text(name):
            self._fail("a name holds no zero character and no half of a surrogate pair", token)
        return Key(area=area, name=name, part=part or ("last" if area == "metric" else ""))

    def _values(self, key: Key) -> tuple[Value, ...]:
        if not self._take_mark("("):
            self._fail("`in` is followed by values in parentheses", self._tokens[self._at], "tags.team in (blue, red)")
        values = [self._value(key)]
        while self._take_mark(","):
            values.append(self._value(key))
        if not self._take_mark(")"):
            self._fail("a `,` or `)` is missing", self._tokens[self._at])
        if len(values) > MOST_VALUES:
            self._fail(f"`in` has {len(values)} values, more than {MOST_VALUES}", self._tokens[self._at - 1])
        return tuple(values)

    def _value(self, key: Key) -> Value:
        token = self._next()
        parts = _PARTS.findall(token.text)
        if token.kind != "words" or token.keyword:
            what = "the query ends where a value is expected" if token.kind == "end" else f"`{token.text}` stands where a value is expected"
            self._fail(what, token, "a text that is also a keyword or has odd characters goes into quotes")
        quoted = token.text[0] in _QUOTES
        if quoted and len(parts) > 1:
            self._fail(f"`{token.text}` is not one value", token, "a text with dots and quotes goes into quotes as a whole")
        text = _unquoted(token.text) if quoted else token.text
        if "\0" in text or not _is_text(text):
            self._fail("a text holds no zero character and no half of a surrogate pair", token)
        try:
            return value_of(key, text, quoted=quoted)
        except QueryError as error:
            self._fail(error.what, token, error.hint)

    def _pattern(self, key: Key, start: _Token) -> str:
        if key.type not in ("text", "kind", "parameter", *CHOICES):
            self._fail(f"`{start.text}` is not a text, so it is not like anything", start, f"{start.text} = VALUE")
        token = self._tokens[self._at]
        pattern = self._value(Key(area="tag", name=key.name))
        assert isinstance(pattern, str)  # whatever is written after a tag is a text
        if (len(pattern) - len(pattern.rstrip("\\"))) % 2:
            self._fail("a pattern does not end with a single `\\`", token, "`\\\\` is the character itself")
        return pattern

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def _take_keyword(self, word: str) -> bool:
        return self._take(self._tokens[self._at].keyword == word)

    def _take_mark(self, mark: str) -> bool:
        token = self._tokens[self._at]
        return self._take(token.kind == "mark" and token.text == mark)

    def _take(self, matches: bool) -> bool:
        self._at += matches
        return matches

    def _split(self) -> list[_Token]:
        tokens: list[_Token] = []
        at, end = 0, len(self._query.rstrip())
        while at < end:
            match = _TOKEN.match(self._query, at)
            if match is None or match.lastgroup is None:
                place = at + len(self._query[at:]) - len(self._query[at:].lstrip())
                odd = self._query[place]
                hint = "the quotes are not closed" if odd in _QUOTES else "a text with odd characters goes into quotes"
                self._fail(f"`{odd}` cannot be read", _Token("end", odd, place), hint)
            tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        tokens.append(_Token("end", "", end))
        return tokens

    def _fail(self, what: str, token: _Token, hint: str | None = None) -> NoReturn:
        span = token.column, token.column + max(1, len(token.text))
        raise QueryError(what, where=pointed(self._query, token.column), hint=hint, span=span)


def pointed(query: str, column: int) -> str:
    """The line of the query that holds a column, with a caret under it."""
    start = query.rfind("\n", 0, column) + 1
    line = query[start:].partition("\n")[0]
    lead = "".join("\t" if c == "\t" else " " for c in line[: column - start])
    return f"{line}\n{lead}^"


def _unquoted(part: str) -> str:
    quote = part[0]
    return part[1:-1].replace(quote * 2, quote) if quote in _QUOTES else part


def _is_text(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _meant(text: str, head: str, parts: list[str], subject: Subject) -> str:
    """What to write instead of an unknown key."""
    rest = "".join(f".{part}" for part in parts[1:])
    known = [*subject.keys, *subject.areas] if rest == "" else list(subject.areas)
    close = difflib.get_close_matches(head, known, n=1, cutoff=0.7)
    if close:
        return f"did you mean `{close[0]}{rest}`?" if close[0] in subject.keys or rest else f"did you mean `{close[0]}.NAME`?"
    keys = ", ".join(subject.keys)
    offered = [f"`{_WORDS[area]}.{text}`" for area in dict.fromkeys(subject.areas.values())]
    if not offered:
        return f"keys are {keys}"
    return f"did you mean {' or '.join(filter(None, [', '.join(offered[:-1]), offered[-1]]))}? Other keys: {keys}"
