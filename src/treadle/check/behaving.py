"""Gates on behaviour: what must not matter, and what the model must know.

Invariance tests and minimum functionality tests after Ribeiro et al., "Beyond Accuracy: Behavioral Testing of NLP Models with
CheckList" (ACL 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from treadle.check.asking import Asked
from treadle.check.plain import number
from treadle.core.errors import DataError
from treadle.sdk.gates import Gate

if TYPE_CHECKING:
    from treadle.check.look import Case

MOST_SHOWN = 10


def invariant(case: Case, gate: Gate) -> tuple[bool, str, dict[str, Any]]:
    """Rows are changed in what must not matter; answers that move by more than `within` are counted and the worst are shown."""
    import numpy

    told, asked = gate.settings, case.need("asked")
    table = case.tables()[-1].head(told["rows"])
    before = asked.answers(table)
    moved = numpy.zeros(table.height)
    worst = numpy.full(table.height, -1)
    changed_tables = _changed(table, told["change"], gate.function)
    for place, changed in enumerate(changed_tables):
        distance = _distance(before, asked.answers(changed))
        worst[distance > moved] = place
        moved = numpy.maximum(moved, distance)
    beyond = int((moved > told["within"]).sum())
    passed = beyond <= told["share"] * table.height
    most = float(moved.max())
    order = numpy.argsort(-moved)[: MOST_SHOWN if beyond else 0]
    examples = [
        {
            "row": table.row(int(at), named=True),
            "becomes": changed_tables[int(worst[at])].row(int(at), named=True),
            "moves": float(moved[at]),
        }
        for at in order
        if moved[at] > told["within"]
    ]
    sentence = (
        f"{beyond:,} of {table.height:,} answers move by more than {told['within']:g} when what must not matter changes; "
        f"the most is {number(most)}"
    )
    return passed, sentence, {**told, "rows": table.height, "beyond": beyond, "most": most, "examples": examples}


def _changed(table: Any, change: dict[str, Any] | None, function: Any) -> list[Any]:
    """The tables with the change made: one, or one for each of a column's values in turn."""
    import polars

    if change is None:
        made = function(table)
        if getattr(made, "height", None) != table.height:
            raise DataError("the change of an invariance must keep the rows", hint="change(table) returns a table of the same rows")
        return [made]
    absent = next((name for name in change if name not in table.columns), None)
    if absent is not None:
        raise DataError(f"the data has no column `{absent}` to change", hint=f"its columns are {', '.join(table.columns)}")
    count = max(len(value) if isinstance(value, list | tuple) else 1 for value in change.values())
    return [
        table.with_columns(
            polars.lit(value[place % len(value)] if isinstance(value, list | tuple) else value).cast(table.schema[name]).alias(name)
            for name, value in change.items()
        )
        for place in range(count)
    ]


def _distance(before: dict[str, Any], after: dict[str, Any]) -> Any:
    """How far the answers of each row moved: the largest difference of a number, or 1 where a word changed."""
    import numpy

    distances = []
    for name, values in before.items():
        others = after[name]
        if values.dtype.kind in "fiub":
            distances.append(numpy.nan_to_num(numpy.abs(values.astype(float) - others.astype(float)), nan=numpy.inf))
        else:
            distances.append((values.astype(str) != others.astype(str)).astype(float))
    return numpy.max(distances, axis=0)


def behaviour(case: Case, gate: Gate) -> tuple[bool, str, dict[str, Any]]:
    """Certain rows are asked, and each answer is held against what was expected of it."""
    told, asked = gate.settings, case.need("asked")
    table = _filled(told["rows"], case.tables()[0], asked)
    columns = asked.answers(table)
    answers = [{name: _item(values[place]) for name, values in columns.items()} for place in range(table.height)]
    if gate.function is not None:
        said = gate.function(answers)
        return bool(said), f"the answers to {len(answers)} rows are {'as' if said else 'not as'} the function expects", {"answers": answers}
    wrong = []
    for place, expected in enumerate(told["expect"]):
        if not _is_right(answers[place], expected, told["within"]):
            wrong.append({"row": told["rows"][place], "expected": expected, "answered": answers[place]})
    sentence = f"{len(answers) - len(wrong)} of {len(answers)} rows are answered as expected"
    if wrong:
        sentence += f"; {wrong[0]['row']} gave {_one(wrong[0]['answered'])}, expected {wrong[0]['expected']}"
    return not wrong, sentence, {"rows": len(answers), "wrong": wrong[:MOST_SHOWN]}


def _item(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _filled(rows: Sequence[dict[str, Any]], usual: Any, asked: Asked) -> Any:
    """The rows as a table with all features: what a row does not name is the median, or the most frequent word, of the data."""
    import polars

    unknown = next((name for row in rows for name in row if name not in asked.features), None)
    if unknown is not None:
        raise DataError(f"a row names `{unknown}`, which the model does not take", hint=f"it takes {', '.join(asked.features)}")
    columns = []
    for name in asked.features:
        series = usual[name]
        middle = series.median() if series.dtype.is_numeric() else series.drop_nulls().mode().sort().first()
        values = [row.get(name, middle) for row in rows]
        whole = series.dtype.is_integer() and all(value is None or float(value).is_integer() for value in values)
        kind = series.dtype if not series.dtype.is_integer() or whole else polars.Float64
        columns.append(polars.Series(name, values, strict=False).cast(kind))
    return polars.DataFrame(columns)


def _one(answer: dict[str, Any]) -> Any:
    """The answer as people say it: a class by its probability, else the one value."""
    if len(answer) == 1:
        return next(iter(answer.values()))
    return ", ".join(f"{name}: {number(value)}" for name, value in answer.items())


def _is_right(answer: dict[str, Any], expected: Any, within: float) -> bool:
    values = list(answer.values())
    if isinstance(expected, str | bool) or (len(answer) > 2 and not isinstance(expected, list | tuple)):
        called = values[0] if len(answer) == 1 else max(answer, key=lambda name: answer[name])
        return str(called).lower() == str(expected).lower()
    value = float(values[-1])
    if isinstance(expected, list | tuple):
        return float(expected[0]) <= value <= float(expected[1])
    return abs(value - float(expected)) <= within
