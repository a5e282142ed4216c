"""Plain data as JSON, and text.

JSON knows fewer values than Python. What it lacks is written as an object with one key that starts with `$`, so the document stays
legal JSON for every other reader and nothing changes on the way between two steps: `{"$float": "nan"}`, `{"$tuple": [..]}`,
`{"$set": [..]}`, `{"$frozenset": [..]}`, `{"$map": [[key, value], ..]}` (keys that are not strings), `{"$bytes": base64}`,
`{"$date": ..}`, `{"$datetime": ..}`, `{"$time": ..}`, `{"$timedelta": [days, seconds, microseconds]}`, `{"$decimal": ..}`,
`{"$uuid": ..}`, `{"$complex": [re, im]}`. A dictionary of the user's own with one such key is wrapped: `{"$dict": {..}}`.
Dataclasses, msgspec structs and attrs classes become objects, enums their values, numpy scalars numbers: msgspec.convert with the
receiving argument's annotation makes them whole again.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import math
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, described, impossible, keep, reading

_PLAIN = (bool, int, float, str, dict, list, tuple, set, frozenset, datetime.date, datetime.time, datetime.timedelta)
_RARE = (decimal.Decimal, uuid.UUID, complex, enum.Enum, msgspec.Struct, Mapping)


class Json:
    """Plain data, exactly as it was: see the head of this file for how Python's own values are written."""

    name = "json"

    def claims(self, value: Any) -> bool:
        return value is None or isinstance(value, (*_PLAIN, *_RARE)) or _is_record(value) or _is_numpy_scalar(value)

    def save(self, value: Any, target: Path) -> Saved:
        about = described(value)
        if isinstance(value, (list, tuple, dict, set, frozenset)):
            about["length"] = len(value)
        return keep(self.name, _encode(value), target, about)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        with reading(self.name, source, msgspec.MsgspecError):
            data = all_bytes(source)
            document = msgspec.json.decode(data)
            if want == "text":
                return data.decode()
            if want == "value":
                return _revive(document) if b'"$' in data else document
            if want == "json":
                return _bare(document)
        if want in ("polars", "polars_lazy", "pandas", "arrow") and _is_rows(document):
            from treadle.sdk.formats.conversion import rows_as

            return rows_as(_revive(document), want)
        if want == "numpy":
            from treadle.sdk.formats.conversion import numbers_as_array

            return numbers_as_array(_revive(document))
        raise impossible(self.name, want)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        value = self.load(source, "value")
        about: dict[str, Any] = {"class": class_name(value)}
        if isinstance(value, (list, tuple, dict, set, frozenset)):
            about["length"] = len(value)
        return about

    def preview(self, source: bytes | Path, rows: int) -> Any:
        value = self.load(source, "json")
        if isinstance(value, list):
            return value[:rows]
        return dict(list(value.items())[:rows]) if isinstance(value, dict) else value


class Text:
    """A string, as UTF-8."""

    name = "text"

    def claims(self, value: Any) -> bool:
        return isinstance(value, str) and not isinstance(value, enum.Enum)

    def save(self, value: Any, target: Path) -> Saved:
        if not isinstance(value, str):
            raise FormatError(f"the format `text` saves a string, not `{class_name(value)}`", hint="leave the format to Treadle")
        try:
            data = value.encode()
        except UnicodeEncodeError as error:
            raise FormatError(f"the text holds characters that UTF-8 cannot write: {error}", hint="return bytes instead") from error
        return keep(self.name, data, target, described(value, characters=len(value), lines=value.count("\n") + 1))

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        if want not in ("value", "text", "json"):
            raise impossible(self.name, want)
        with reading(self.name, source, msgspec.MsgspecError):
            text = all_bytes(source).decode()
            return msgspec.json.decode(text) if want == "json" else text

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        text = self.load(source, "text")
        return {"class": "str", "characters": len(text), "lines": text.count("\n") + 1}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        return "\n".join(line[:500] for line in self.load(source, "text").splitlines()[:rows])


def _is_record(value: Any) -> bool:
    return not isinstance(value, type) and (dataclasses.is_dataclass(value) or hasattr(type(value), "__attrs_attrs__"))


def _is_numpy_scalar(value: Any) -> bool:
    return (
        type(value).__module__ == "numpy"
        and getattr(value, "shape", None) == ()
        and type(value).__name__ != "ndarray"
        and hasattr(value, "item")
    )


def _is_rows(document: Any) -> bool:
    return isinstance(document, list) and bool(document) and all(isinstance(row, dict) for row in document)


def _encode(value: Any) -> bytes:
    """Fast where the value is JSON already: what comes back equal (in C) needs no second thought."""
    try:
        data = msgspec.json.encode(value)
        # A key with `$` might be the user's own; enums, subclasses and True == 1 compare equal and are told apart by the walk alone.
        if isinstance(value, (dict, list, str, int, float, type(None))) and b'"$' not in data and msgspec.json.decode(data) == value:
            return data
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        pass  # the walk below says exactly what is in the way
    try:
        return msgspec.json.encode(_plain(value, "the value"))
    except UnicodeEncodeError as error:
        raise FormatError(f"the value holds text that UTF-8 cannot write: {error}", hint="return bytes instead") from error
    except RecursionError as error:
        raise FormatError("the value is nested too deeply, or contains itself", hint="return something flatter") from error


def _plain(value: Any, at: str) -> Any:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value, at)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": repr(float(value))}
    if isinstance(value, int):
        return int(value)
    if isinstance(value, list):
        return [_plain(item, f"{at}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, Mapping):
        return _plain_map(value, at)
    for cls, tag, write in _TAGS:
        if isinstance(value, cls):
            return {tag: _plain(write(value), at)}
    if _is_numpy_scalar(value):
        return _plain(value.item(), at)
    if isinstance(value, msgspec.Struct):
        return {
            name: _plain(getattr(value, name), f"{at}.{name}")
            for name in value.__struct_fields__
            if getattr(value, name) is not msgspec.UNSET
        }
    if _is_record(value):
        fields = (
            [f.name for f in dataclasses.fields(value)]
            if dataclasses.is_dataclass(value)
            else [f.name for f in type(value).__attrs_attrs__]
        )
        return {name: _plain(getattr(value, name), f"{at}.{name}") for name in fields}
    raise FormatError(
        f"{at} is a `{class_name(value)}`, which is not plain data",
        hint='return it as an output of its own, or ask for pickle by name: format="pickle"',
    )


def _plain_map(value: Mapping[Any, Any], at: str) -> Any:
    if not all(type(key) is str for key in value):
        return {"$map": [[_plain(key, f"a key of {at}"), _plain(item, f"{at}[{key!r}]")] for key, item in value.items()]}
    made = {key: _plain(item, f"{at}[{key!r}]") for key, item in value.items()}
    return {"$dict": made} if len(made) == 1 and next(iter(made)).startswith("$") else made


# class, tag, how it is written as data that is nearer to JSON; datetime before date, which it is a subclass of
_TAGS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (tuple, "$tuple", list),
    (frozenset, "$frozenset", lambda v: sorted(v, key=repr)),
    (set, "$set", lambda v: sorted(v, key=repr)),
    (bytes, "$bytes", lambda v: base64.b64encode(v).decode()),
    (bytearray, "$bytes", lambda v: base64.b64encode(v).decode()),
    (datetime.datetime, "$datetime", lambda v: v.isoformat()),
    (datetime.date, "$date", lambda v: v.isoformat()),
    (datetime.time, "$time", lambda v: v.isoformat()),
    (datetime.timedelta, "$timedelta", lambda v: [v.days, v.seconds, v.microseconds]),
    (decimal.Decimal, "$decimal", str),
    (uuid.UUID, "$uuid", str),
    (complex, "$complex", lambda v: [v.real, v.imag]),
)
_READ: dict[str, Callable[[Any], Any]] = {
    "$float": float,
    "$tuple": tuple,
    "$frozenset": frozenset,
    "$set": set,
    "$map": dict,
    "$bytes": base64.b64decode,
    "$datetime": datetime.datetime.fromisoformat,
    "$date": datetime.date.fromisoformat,
    "$time": datetime.time.fromisoformat,
    "$timedelta": lambda v: datetime.timedelta(*v),
    "$decimal": decimal.Decimal,
    "$uuid": uuid.UUID,
    "$complex": lambda v: complex(*v),
}


def _revive(document: Any) -> Any:
    if isinstance(document, list):
        return [_revive(item) for item in document]
    if not isinstance(document, dict):
        return document
    if len(document) == 1:
        ((tag, inner),) = document.items()
        if tag == "$dict" and isinstance(inner, dict):
            return {key: _revive(item) for key, item in inner.items()}
        if tag in _READ:
            return _READ[tag](_revive(inner))
    return {key: _revive(item) for key, item in document.items()}


def _bare(document: Any) -> Any:
    """The document as other programs like it: tags gone, what is not finite is null, keys are text."""
    if isinstance(document, list):
        return [_bare(item) for item in document]
    if not isinstance(document, dict):
        return document
    if len(document) == 1:
        ((tag, inner),) = document.items()
        if tag == "$float":
            return None
        if tag == "$map":
            return {key if isinstance(key, str) else msgspec.json.encode(_bare(key)).decode(): _bare(item) for key, item in inner}
        if tag == "$timedelta":
            return datetime.timedelta(*inner).total_seconds()
        if tag in _READ:
            return _bare(inner)
        if tag == "$dict":
            return {key: _bare(item) for key, item in inner.items()}
    return {key: _bare(item) for key, item in document.items()}
