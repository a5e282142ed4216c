"""Schemas of pandera (https://pandera.readthedocs.io), asked lazily, their failures told in the words of expectations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from treadle.check.expecting import MOST_EXAMPLES, Finding, Report
from treadle.check.plain import plain


def is_pandera(expected: Any) -> bool:
    """Whether it is a schema of pandera, or a class of its DataFrameModel, for polars or pandas. Imports nothing."""
    return type(expected).__module__.partition(".")[0] == "pandera" or _is_model(expected)


def _is_model(expected: Any) -> bool:
    return isinstance(expected, type) and any(base.__module__.partition(".")[0] == "pandera" for base in expected.__mro__[1:])


def examine(frame: Any, expected: Any) -> Report:
    """A schema of pandera, asked lazily, so that everything that is broken is found."""
    from pandera import errors

    from treadle.sdk.formats.conversion import convert

    schema: Any = expected.to_schema() if _is_model(expected) else expected
    library = "polars" if "polars" in type(schema).__module__ else "pandas"
    given = convert(frame, library, "table")
    rows = len(given)
    name = f"pandera {getattr(schema, 'name', None) or type(schema).__name__}"
    try:
        schema.validate(given, lazy=True)
    except (errors.SchemaErrors, errors.SchemaError) as error:
        return Report(rows=rows, findings=tuple(_failures(error, name, rows)))
    return Report(rows=rows, findings=(Finding(expectation=name, state="passed", sentence=f"{name} holds", rows=rows),))


def _failures(error: Any, name: str, rows: int) -> Sequence[Finding]:
    cases = error.failure_cases
    if isinstance(cases, str) or cases is None:
        return [Finding(expectation=name, state="failed", sentence=str(error)[:300], rows=rows)]
    records = cases.to_dicts() if hasattr(cases, "to_dicts") else cases.to_dict("records")
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records:
        grouped.setdefault((str(record.get("column") or ""), str(record.get("check") or "")), []).append(record)
    return [
        Finding(
            expectation=f"{name}: {check}",
            state="failed",
            sentence=f"`{column}` {check}: {len(found):,} of {rows:,} rows are otherwise" if column else check,
            failing=len(found),
            rows=rows,
            examples=[plain({"row": one.get("index"), column or "value": one.get("failure_case")}) for one in found[:MOST_EXAMPLES]],
        )
        for (column, check), found in grouped.items()
    ]
