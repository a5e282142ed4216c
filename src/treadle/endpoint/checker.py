"""A checker made once from a model's signature: it turns what callers send into rows as the model wants them, or names what is wrong.

There is a fast way and a careful way with the same outcome. The fast way is a typed decoder of msgspec, built from the signature,
which parses and checks in one pass. Whatever it does not take - the caller's mistake, mostly - is looked at again carefully, value by
value, so that the answer can name the row and the column.

Rows leave here as bytes: float64, row by row, for models that want a matrix (NaN for null); MessagePack lists, one per column, for
models that want a table.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from treadle.contract.registry import Column, Signature
from treadle.endpoint.answers import Refused

_NAN = float("nan")
_TYPES: dict[str, Any] = {"boolean": bool, "int64": int, "float64": float, "string": str, "datetime": str}
_LOW, _HIGH = -(1 << 63), (1 << 63) - 1
_table = msgspec.msgpack.Encoder().encode
_WORDS = ("key", "at")


class Rows(NamedTuple):
    """Checked rows of one request. `keys` and `times` (event times, seconds since 1970) are per row, or None where none were given."""

    size: int
    payload: bytes
    keys: list[str | None] | None = None
    times: list[float | None] | None = None


class Checker:
    """Checks rows against a signature; without one it takes rows as they come, if all are equally long."""

    def __init__(self, signature: Signature | None, most_rows: int) -> None:
        self.signature = signature
        self.most_rows = most_rows
        self.columns: tuple[Column, ...] = signature.inputs if signature is not None else ()
        self.names = [column.name for column in self.columns]
        self.matrix = signature is None or signature.frame == "numpy"
        self.width = len(self.columns)
        self.words = tuple(word for word in _WORDS if word not in self.names)
        self._places = {name: i for i, name in enumerate(self.names)}
        self._nullable = any(column.nullable for column in self.columns)
        self._cells = [_cell(column) for column in self.columns]
        self._fast = (
            self._decoder() if signature is not None and self.matrix and not any(c.type == "datetime" for c in self.columns) else None
        )

    def _decoder(self) -> msgspec.json.Decoder[Any]:
        types = [_TYPES[c.type] | None if c.nullable else _TYPES[c.type] for c in self.columns]
        given: list[Any] = [(f"c{i}", type_) for i, type_ in enumerate(types)]
        rename = {f"c{i}": name for i, name in enumerate(self.names)}
        words: list[Any] = [(f"w_{word}", Any, None) for word in self.words]
        rename |= {f"w_{word}": word for word in self.words}
        row = msgspec.defstruct("Row", given + words, rename=rename, forbid_unknown_fields=True, gc=False)
        listed: Any = tuple.__class_getitem__(tuple(types))
        rows: Any = list.__class_getitem__(listed | row)
        names: list[Any] = [(name, Any, None) for name in ("key", "at", "keys", "times")]
        body = msgspec.defstruct("Body", [("rows", rows), *names], forbid_unknown_fields=True, gc=False)
        return msgspec.json.Decoder(body | rows)

    # --- plain JSON --------------------------------------------------------------------------------------------------

    def body(self, data: bytes) -> Rows:
        """Rows of a plain JSON body: {"rows": ...}, {"columns": ...} or a bare list of rows. Raises Refused."""
        if self._fast is not None:
            try:
                return self._quick(self._fast.decode(data))
            except (msgspec.MsgspecError, RecursionError, OverflowError):
                pass  # the careful way says what it is
        return self.careful(parse(data))

    def _quick(self, found: Any) -> Rows:
        listed = found if type(found) is list else found.rows
        count = len(listed)
        if not 0 < count <= self.most_rows:
            raise self._count(count)
        if count == 1 and type(listed[0]) is tuple:
            payload = self._packed(listed[0])
        else:
            kinds = set(map(type, listed))
            if len(kinds) > 1:
                raise OverflowError  # lists and objects mixed: rare, and the careful way takes it
            if tuple not in kinds:
                return self._objects(listed, found)
            payload = self._packed(chain.from_iterable(listed))
        if listed is found:
            return Rows(count, payload)
        return Rows(count, payload, *_words(count, found.key, found.keys, found.at, found.times))

    def _objects(self, listed: list[Any], found: Any) -> Rows:
        rows = [msgspec.structs.astuple(row) for row in listed]
        width, words = self.width, self.words
        own: dict[str, list[Any] | None] = {"key": None, "at": None}
        for i, word in enumerate(words):
            values = [row[width + i] for row in rows]
            if any(value is not None for value in values):
                own[word] = values
        top = (None, None, None, None) if found is listed else (found.key, found.keys, found.at, found.times)
        keys, times = _words(len(rows), top[0], own["key"] or top[1], top[2], own["at"] or top[3])
        return Rows(len(rows), self._packed(chain.from_iterable(row[:width] for row in rows)), keys, times)

    def _packed(self, flat: Iterable[Any]) -> bytes:
        if self._nullable:
            return array("d", [_NAN if value is None else value for value in flat]).tobytes()
        return array("d", flat if type(flat) is tuple else list(flat)).tobytes()

    def careful(self, value: Any) -> Rows:
        """The same from parsed JSON, value by value. Raises Refused with the row and the column."""
        if isinstance(value, list):
            return self.rows(value)
        if not isinstance(value, dict):
            raise Refused(400, f"the body is {_kind(value)}", hint='send {"rows": [[...], ...]} or {"columns": {...}}')
        given = [name for name in ("rows", "columns") if name in value]
        extra = sorted(set(value) - {"rows", "columns", "key", "at", "keys", "times"})
        if len(given) != 1 or extra:
            what = f"the body has an unknown member `{_shown(extra[0])}`" if extra else "the body needs either `rows` or `columns`"
            raise Refused(400, what, hint='send {"rows": [[...], ...]} or {"columns": {...}}')
        more = {name: value.get(name) for name in ("key", "at", "keys", "times")}
        return self.rows(value["rows"], more) if given[0] == "rows" else self.table(value["columns"], more)

    # --- what other protocols say --------------------------------------------------------------------------------------

    def rows(self, rows: Any, more: dict[str, Any] | None = None) -> Rows:
        """Rows as lists or as objects by column. Raises Refused."""
        if not isinstance(rows, list):
            raise Refused(400, f"`rows` is {_kind(rows)}, not a list of rows")
        if not 0 < len(rows) <= self.most_rows:
            raise self._count(len(rows))
        own: dict[str, list[Any]] = {word: [None] * len(rows) for word in self.words}
        listed = [self._row(at, row, own) for at, row in enumerate(rows)]
        if self.signature is None:
            return self._untyped(listed, more)
        said = more or {}
        keys = own.get("key") if any(v is not None for v in own.get("key", ())) else said.get("keys")
        times = own.get("at") if any(v is not None for v in own.get("at", ())) else said.get("times")
        return self._checked(listed, said.get("key"), keys, said.get("at"), times)

    def table(self, columns: Any, more: dict[str, Any] | None = None) -> Rows:
        """Columns by name, each a list of equally many values. Raises Refused."""
        if not isinstance(columns, dict) or not columns:
            raise Refused(400, f"`columns` is {_kind(columns)}, not an object of lists")
        for name, values in columns.items():
            if not isinstance(values, list):
                raise Refused(400, f"column `{_shown(name)}` is {_kind(values)}, not a list", where=_shown(name))
        sizes = {name: len(values) for name, values in columns.items()}
        count = next(iter(sizes.values()))
        odd = next((name for name, size in sizes.items() if size != count), None)
        if odd is not None:
            raise Refused(400, f"column `{_shown(odd)}` has {sizes[odd]} values, the others {count}", where=_shown(odd))
        if not 0 < count <= self.most_rows:
            raise self._count(count)
        said = dict(more or {})
        for word, plural in (("key", "keys"), ("at", "times")):
            if word in self.words and word in columns:
                said[plural] = columns[word]
        data = {name: values for name, values in columns.items() if name not in self.words}
        if self.signature is None:
            return self._untyped([list(row) for row in zip(*data.values(), strict=True)], said)
        self._names(data, None)
        listed = [list(row) for row in zip(*(data[name] for name in self.names), strict=True)]
        return self._checked(listed, said.get("key"), said.get("keys"), said.get("at"), said.get("times"))

    def flat(self, data: Any, shape: Sequence[int], more: dict[str, Any] | None = None) -> Rows:
        """A tensor of the shape (rows, columns), or (columns,) for one row, as flat numbers: the short way for matrices."""
        rows, width = (1, shape[0]) if len(shape) == 1 else (shape[0], math.prod(shape[1:]))
        if self.signature is not None and width != self.width:
            raise Refused(
                400, f"the shape is {list(shape)}, and the model takes {self.width} columns", where="shape", hint=f"[rows, {self.width}]"
            )
        if not 0 < rows <= self.most_rows:
            raise self._count(rows)
        if len(data) != rows * width:
            raise Refused(400, f"{len(data)} values do not have the shape {list(shape)}", where="data")
        said = more or {}
        plain = self.matrix and (self.signature is None or all(c.type in ("float64", "int64") and not c.nullable for c in self.columns))
        if plain and isinstance(data, array | list):
            try:
                packed = data if isinstance(data, array) and data.typecode == "d" else array("d", data)
                finite = math.isfinite(sum(packed)) or all(map(math.isfinite, packed))
                if finite and self._whole(packed):
                    keys, times = _words(rows, said.get("key"), said.get("keys"), said.get("at"), said.get("times"))
                    return Rows(rows, packed.tobytes(), keys, times)
            except (TypeError, OverflowError):
                pass  # the careful way finds out which value it is
        values = list(data)
        return self.rows([values[i * width : (i + 1) * width] for i in range(rows)], said)

    def _whole(self, packed: array[float]) -> bool:
        """Whether the columns of whole numbers hold such."""
        width = self.width
        return all(
            packed[i::width] == array("d", map(float, map(int, packed[i::width]))) for i, c in enumerate(self.columns) if c.type == "int64"
        )

    # --- the careful way -----------------------------------------------------------------------------------------------

    def _row(self, at: int, row: Any, own: dict[str, list[Any]]) -> list[Any]:
        if isinstance(row, dict):
            for word in self.words:
                if word in row:
                    own[word][at] = row[word]
            data = {name: v for name, v in row.items() if name not in self.words}
            if self.signature is None:
                return list(data.values())
            self._names(data, at)
            return [data[name] for name in self.names]
        if not isinstance(row, list):
            raise Refused(400, f"row {at} is {_kind(row)}, not a list or an object", where=f"row {at}")
        if self.signature is not None and len(row) != self.width:
            raise Refused(400, f"row {at} has {len(row)} values, and the model takes {self.width}", where=f"row {at}", hint=self._order())
        return row

    def _names(self, data: dict[str, Any], at: int | None) -> None:
        place = "" if at is None else f"row {at}, "
        missing = next((name for name in self.names if name not in data), None)
        if missing is not None:
            raise Refused(400, f"column `{missing}` is missing", where=f"{place}{missing}", hint=self._order())
        extra = next((name for name in data if name not in self._places), None)
        if extra is not None:
            raise Refused(400, f"there is no column `{_shown(extra)}`", where=f"{place}{_shown(extra)}", hint=self._order())

    def _checked(self, rows: list[list[Any]], key: Any, keys: Any, at: Any, times: Any) -> Rows:
        made: list[list[Any]] = []
        for number, row in enumerate(rows):
            try:
                made.append([check(value) for check, value in zip(self._cells, row, strict=True)])
            except ValueError:
                raise self._cell_error(number, row) from None
        found_keys, found_times = _words(len(rows), key, keys, at, times)
        if self.matrix:
            flat = array("d", [_NAN if value is None else value for value in chain.from_iterable(made)])
            return Rows(len(rows), flat.tobytes(), found_keys, found_times)
        return Rows(len(rows), _table([list(column) for column in zip(*made, strict=True)]), found_keys, found_times)

    def _cell_error(self, number: int, row: list[Any]) -> Refused:
        for column, check, value in zip(self.columns, self._cells, row, strict=True):
            try:
                check(value)
            except ValueError as error:
                return Refused(400, f"column `{column.name}` {error}", where=f"row {number}, {column.name}")
        return Refused(400, f"row {number} cannot be read", where=f"row {number}")

    def _untyped(self, rows: list[list[Any]], more: dict[str, Any] | None) -> Rows:
        """Rows without a signature: numbers only, equally many in each row."""
        width = len(rows[0])
        made = array("d")
        number = _cell(Column(name="", type="float64", nullable=True))
        for at, row in enumerate(rows):
            if len(row) != width or not width:
                raise Refused(400, f"row {at} has {len(row)} values, the first {width}", where=f"row {at}")
            for i, value in enumerate(row):
                try:
                    found = number(float(value) if isinstance(value, bool) else value)
                except ValueError as error:
                    raise Refused(400, f"value {i} of row {at} {error}", where=f"row {at}, column {i}") from None
                made.append(_NAN if found is None else found)
        said = more or {}
        keys, times = _words(len(rows), said.get("key"), said.get("keys"), said.get("at"), said.get("times"))
        return Rows(len(rows), made.tobytes(), keys, times)

    def _count(self, count: int) -> Refused:
        if count == 0:
            return Refused(400, "there are no rows", hint="send at least one row")
        return Refused(
            413, f"{count} rows are more than this endpoint takes in one request ({self.most_rows})", hint="send fewer at a time"
        )

    def _order(self) -> str:
        shown = ", ".join(self.names[:40])
        return f"the columns are {shown}{', ...' if self.width > 40 else ''}"[:1000]


def parse(data: bytes) -> Any:
    """JSON, as strict as the standard: no NaN, no Infinity, one document. Raises Refused with the place of the mistake."""
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        raise Refused(400, "the JSON is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = data.decode("utf-8", "replace")
        word = next((word for word in ("NaN", "Infinity") if word in text), None)
        if word is not None and '"' + word not in text:
            raise Refused(400, f"{word} is not JSON: say null for a value that is missing", where=f"byte {text.index(word)}") from None
        raise Refused(400, f"the body is not JSON: {error}") from None


def _cell(column: Column) -> Callable[[Any], Any]:
    """The check of one value; raises ValueError with the end of a sentence."""
    kind, nullable = column.type, column.nullable
    words = {"boolean": "true or false", "int64": "a whole number", "float64": "a number", "string": "text", "datetime": "a time"}[kind]

    def check(value: Any) -> Any:
        if value is None:
            if nullable:
                return None
            raise ValueError("is null, and the model has never seen it so")
        if kind == "float64" and type(value) in (float, int):
            try:
                made = float(value)
            except OverflowError:
                raise ValueError("is too large") from None
            if math.isnan(made) and nullable:
                return None
            if not math.isfinite(made):
                raise ValueError(f"is {made}, not a finite number")
            return made
        if kind == "int64" and (type(value) is int or (type(value) is float and value.is_integer())):
            if not _LOW <= value <= _HIGH:
                raise ValueError("is too large for a whole number of 64 bits")
            return int(value)
        if kind == "int64" and type(value) is float and math.isnan(value) and nullable:
            return None
        if (kind == "boolean" and type(value) is bool) or (kind == "string" and type(value) is str):
            return value
        if kind == "datetime":
            found = seconds(value)
            if found is not None:
                return found
        raise ValueError(f"is {_kind(value)}, and should be {words}")

    return check


def seconds(value: Any) -> float | None:
    """A moment as seconds since 1970: from a number, or from RFC 3339 text (without a zone it is taken as UTC). None: neither."""
    if type(value) in (int, float):
        return float(value) if math.isfinite(value) and abs(value) < 1e12 else None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def _words(count: int, key: Any, keys: Any, at: Any, times: Any) -> tuple[list[str | None] | None, list[float | None] | None]:
    """Keys and event times per row, from those of the request and those of the rows."""
    if key is None and keys is None and at is None and times is None:
        return None, None
    found_keys: list[str | None] | None = None
    found_times: list[float | None] | None = None
    if keys is not None or key is not None:
        said = keys if keys is not None else [key] * count
        found_keys = [_key(value) for value in _listed(said, count, "keys")]
    if times is not None or at is not None:
        found_times = []
        for value in _listed(times if times is not None else [at] * count, count, "times"):
            moment = None if value is None else seconds(value)
            if value is not None and moment is None:
                raise Refused(400, f"`at` is {_kind(value)}, not seconds since 1970 or an RFC 3339 time", where="at")
            found_times.append(moment)
    return found_keys, found_times


def _listed(value: Any, count: int, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) != count:
        raise Refused(400, f"`{name}` must be a list with one value for each of the {count} rows", where=name)
    return value


def _key(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= 200):
        return value
    if type(value) is int:
        return str(value)
    raise Refused(400, f"a key is {_kind(value)}, not a text of 1 to 200 characters", where="key")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kind = type(value)
    if kind is str:
        return f"the text `{_shown(value)}`" if value else "an empty text"
    if kind in (bool, int, float):
        return str(value).lower() if kind is bool else f"the number {value}"[:60]
    return "a list" if kind is list else "an object" if kind is dict else str(kind.__name__)


def _shown(text: Any) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in str(text)[:60])
    return plain + ("..." if len(str(text)) > 60 else "")
