"""Expectations on data: what must hold, said as values, looked at in one pass over the table, with the rows that break them.

    from treadle import expect

    FLIGHTS = [
        expect.schema({"origin": "text", "distance": "number"}),
        expect.present("origin", "distance"),
        expect.between("distance", 0, 6000),
        expect.relation("departs", "<=", "arrives"),
    ]
    expect.check(frame, FLIGHTS)      # raises DataError with counts and rows

They may also be gates of a model (`gates.expectations`) and be asked of a version on the command line (`treadle data check`).
Missing values break `present` and nothing else. `share` is the share of rows that may break an expectation all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from treadle.core.errors import DefinitionError

if TYPE_CHECKING:
    from treadle.check.expecting import Report

KINDS = ("number", "whole", "text", "boolean", "date", "moment", "any")
COMPARISONS = ("<", "<=", "==", "!=", ">=", ">")


class Expectation:
    """One expectation: its `kind`, the columns it is about, and what it was told."""

    __slots__ = ("columns", "kind", "settings")

    def __init__(self, kind: str, columns: Sequence[str], settings: Mapping[str, Any] | None = None) -> None:
        share = (settings or {}).get("share", 0.0)
        if not 0 <= share <= 1:
            raise DefinitionError(f"`share` is {share}", hint="share=0.01: one row of a hundred may break it")
        self.kind = kind
        self.columns = tuple(columns)
        self.settings = dict(settings or {})

    def __repr__(self) -> str:
        return source_of(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expectation) and (self.kind, self.columns, self.settings) == (other.kind, other.columns, other.settings)

    def __hash__(self) -> int:
        return hash((self.kind, self.columns))


def schema(columns: Mapping[str, str], *, exact: bool = False) -> Expectation:
    """Columns that must be there with their types: number, whole, text, boolean, date, moment, any; or a type of polars by name
    (`Int32`). `exact`: no others."""
    return Expectation("schema", list(columns), {"types": dict(columns), "exact": exact})


def present(*columns: str, share: float = 0.0) -> Expectation:
    """No missing values in these columns; NaN is one."""
    return Expectation("present", _named(columns), {"share": share})


def between(column: str, lowest: Any = None, highest: Any = None, *, share: float = 0.0) -> Expectation:
    """Numbers, dates or words within bounds, both included."""
    if lowest is None and highest is None:
        raise DefinitionError(f"expect.between({column!r}) was given no bound", hint=f"expect.between({column!r}, 0, 100)")
    return Expectation("between", [column], {"lowest": lowest, "highest": highest, "share": share})


def one_of(column: str, values: Sequence[Any], *, share: float = 0.0) -> Expectation:
    """Only these values."""
    if isinstance(values, str) or not values:
        raise DefinitionError(f"expect.one_of({column!r}) was given {values!r}", hint=f"expect.one_of({column!r}, [...])")
    return Expectation("one_of", [column], {"values": list(values), "share": share})


def matches(column: str, pattern: str, *, share: float = 0.0) -> Expectation:
    """Words in which a regular expression is found (`^...$` for the whole word)."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise DefinitionError(f"{pattern!r} is no regular expression: {error}") from error
    return Expectation("matches", [column], {"pattern": pattern, "share": share})


def unique(*columns: str, share: float = 0.0) -> Expectation:
    """No two rows that are equal in these columns together."""
    return Expectation("unique", _named(columns), {"share": share})


def relation(left: str, comparison: str, right: str, *, share: float = 0.0) -> Expectation:
    """One column against another in the same row: `expect.relation("departs", "<=", "arrives")`."""
    if comparison not in COMPARISONS:
        raise DefinitionError(f"`{comparison}` compares nothing", hint=f"one of {' '.join(COMPARISONS)}")
    return Expectation("relation", [left, right], {"comparison": comparison, "share": share})


def that(name: str, expression: Any, *, share: float = 0.0) -> Expectation:
    """Any expression of polars that is true where a row is as it should be: `expect.that("short", pl.col("x").str.len_chars() < 9)`."""
    return Expectation("that", [], {"name": name, "expression": expression, "share": share})


def rows(*, at_least: int | None = None, at_most: int | None = None) -> Expectation:
    """How many rows there are."""
    if at_least is None and at_most is None:
        raise DefinitionError("expect.rows was given no bound", hint="expect.rows(at_least=1000)")
    return Expectation("rows", [], {"at_least": at_least, "at_most": at_most})


def row_change(*, at_most: float) -> Expectation:
    """How far the number of rows may be from that of the reference, as a share of it: 0.5 is half as many up to half as many again.

    The reference is what the look is given: the version before, or the training data of a gate on the holdout.
    """
    return Expectation("row_change", [], {"at_most": float(at_most)})


def fresh(column: str, *, within: str, of: Any = None) -> Expectation:
    """The newest value of a date column lies at most `within` ("36h", "3d") before now, or before the moment `of`."""
    from treadle.sdk.define import seconds

    return Expectation("fresh", [column], {"within": seconds(within, "within"), "words": within, "of": of})


def distribution(*columns: str, effect: float | None = None) -> Expectation:
    """These columns (none named: all that both have) look as in the reference: no drift by the rules of monitors - more than chance
    after correction for many columns, and more than `effect` (default: that of monitors)."""
    return Expectation("distribution", columns, {"effect": effect})


def _named(columns: Sequence[str]) -> list[str]:
    if not columns:
        raise DefinitionError("an expectation was given no columns", hint='expect.present("a", "b")')
    return list(columns)


def look(frame: Any, expected: Any, *, reference: Any = None) -> Report:
    """What holds and what does not, without raising. `expected` is a list of expectations or a schema of pandera; `reference` an
    earlier table, for what compares with one."""
    from treadle.check.expecting import examine

    return examine(frame, expected, reference=reference)


def check(frame: Any, expected: Any, *, reference: Any = None) -> Report:
    """Looks, and raises DataError that names what is broken with counts and first rows. Answers the report when all holds."""
    report = look(frame, expected, reference=reference)
    report.demand()
    return report


def suggest(frame: Any) -> list[Expectation]:
    """Expectations that this table fulfils with some room, as a beginning to be read and edited."""
    from treadle.check.suggesting import suggested

    return suggested(frame)


def source(expected: Sequence[Expectation], name: str = "EXPECTED") -> str:
    """The expectations as Python that can be pasted into a project."""
    lines = "".join(f"    {source_of(one)},\n" for one in expected)
    return f"from treadle import expect\n\n{name} = [\n{lines}]\n"


def source_of(one: Expectation) -> str:
    """One expectation as the call that makes it."""
    told = {k: v for k, v in one.settings.items() if not (v is None or v is False or (isinstance(v, float) and not v))}
    words: list[str]
    if one.kind == "schema":
        words = [_shown(told.pop("types"))]
    elif one.kind == "relation":
        words = [_shown(one.columns[0]), _shown(told.pop("comparison")), _shown(one.columns[1])]
    elif one.kind == "between":
        words = [_shown(one.columns[0])]
        told = {k: v for k, v in one.settings.items() if v is not None and not (k == "share" and not v)}
        if "lowest" in told and "highest" in told:
            words += [_shown(told.pop("lowest")), _shown(told.pop("highest"))]
    elif one.kind in ("one_of", "matches"):
        words = [_shown(one.columns[0]), _shown(told.pop("values" if one.kind == "one_of" else "pattern"))]
    elif one.kind == "fresh":
        words = [_shown(one.columns[0])]
        told = {"within": told["words"], **({"of": told["of"]} if "of" in told else {})}
    elif one.kind == "that":
        words = [_shown(told.pop("name")), str(told.pop("expression"))]
    else:
        words = [_shown(column) for column in one.columns]
    return f"expect.{one.kind}({', '.join([*words, *(f'{k}={_shown(v)}' for k, v in told.items())])})"


def _shown(value: Any) -> str:
    """A value as Python, with the quotes that formatters like."""
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(_shown(one) for one in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_shown(k)}: {_shown(v)}" for k, v in value.items()) + "}"
    return repr(value)
