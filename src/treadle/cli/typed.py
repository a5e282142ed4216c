"""Parameters given as text, turned into values by the JSON Schema of a recorded definition."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable
from typing import Any

import msgspec

from treadle.contract.runs import Run
from treadle.core.definition import Definition, Parameter
from treadle.core.errors import ParameterError

_TRUE, _FALSE, _NULL = ("true", "yes", "on"), ("false", "no", "off"), ("null", "none")
_DATES: dict[str, Callable[[str], Any]] = {
    "date": datetime.date.fromisoformat,
    "date-time": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
}


def converted(run: Run, words: dict[str, str]) -> dict[str, Any]:
    """The values of `--param` words for another run of the same definition; raises ParameterError naming what does not fit."""
    definition = run.definition
    if definition is None or not words:
        return {}
    return {name: _value(definition, name, word) for name, word in words.items()}


def _value(definition: Definition, name: str, word: str) -> Any:
    parameter = definition.parameter(name)
    if parameter is None:
        known = [p.name for p in definition.parameters]
        near = difflib.get_close_matches(name, known, n=1)
        listed = ", ".join(f"`{one}`" for one in known) or "none"
        hint = f"did you mean `{near[0]}`?" if near else f"its parameters are {listed}"
        raise ParameterError(f"{definition.kind} `{definition.name}` has no parameter `{name}`", where=_place(definition), hint=hint)
    found = _read(parameter.schema, parameter.schema, word)
    if found is _NO:
        raise ParameterError(
            f"parameter `{name}` of `{definition.name}` is {word!r}, and asks for {_asked(parameter)}", where=_place(definition)
        )
    return found


class _No:
    """Stands for "this text is no such value", because None may be one."""


_NO = _No()


def _read(schema: dict[str, Any], whole: dict[str, Any], word: str) -> Any:
    """The value of `word` under a schema, or _NO. Of several schemas the narrowest that fits wins: text is anything's last meaning."""
    if "$ref" in schema:
        return _read(whole.get("$defs", {}).get(schema["$ref"].rpartition("/")[2], {}), whole, word)
    if "enum" in schema or "const" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        return next((value for value in allowed if str(value) == word or msgspec.json.encode(value).decode() == word), _NO)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        found = [_read(choice, whole, word) for choice in sorted(choices, key=lambda choice: choice.get("type") == "string")]
        return next((value for value in found if value is not _NO), _NO)
    kinds = schema.get("type", ())
    for kind in sorted([kinds] if isinstance(kinds, str) else kinds, key=lambda kind: kind == "string"):
        found_one = _of_kind(kind, schema, word)
        if found_one is not _NO:
            return found_one
    return _NO if kinds else _json_or_text(word)


def _of_kind(kind: str, schema: dict[str, Any], word: str) -> Any:
    lower = word.lower()
    if kind == "null":
        return None if lower in _NULL else _NO
    if kind == "boolean":
        return True if lower in _TRUE else False if lower in _FALSE else _NO
    if kind == "string":
        return _text(schema, word)
    try:
        if kind == "integer":
            return int(word)
        if kind == "number":
            return float(word)
        value = msgspec.json.decode(word)
    except ValueError:
        return _NO
    return value if isinstance(value, {"array": list, "object": dict}.get(kind, object)) else _NO


def _text(schema: dict[str, Any], word: str) -> Any:
    """Text, which a date or a time must be able to be."""
    read = _DATES.get(schema.get("format", ""))
    if read is not None:
        try:
            read(word)
        except ValueError:
            return _NO
    return word


def _json_or_text(word: str) -> Any:
    try:
        return msgspec.json.decode(word)
    except msgspec.DecodeError:
        return word


def _asked(parameter: Parameter) -> str:
    return parameter.annotation or str(parameter.schema.get("type", "another value"))


def _place(definition: Definition) -> str | None:
    if definition.file is None:
        return None
    return f"{definition.file}:{definition.line}" if definition.line else definition.file
