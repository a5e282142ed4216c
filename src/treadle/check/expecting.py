"""Expectations at work: compiled into one selection of polars, so that the table is walked once, whatever their number."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from treadle.check.plain import number, plain
from treadle.core.errors import DataError
from treadle.sdk.expect import Expectation, source_of

MOST_EXAMPLES = 5
_KINDS = {"number", "whole", "text", "boolean", "date", "moment", "any"}


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one expectation came to. `failing` of `rows` rows break it; `examples` are the first of them.

    `state`: passed, failed, or skipped where there was nothing to compare with.
    """

    expectation: str
    state: str
    sentence: str
    failing: int = 0
    rows: int = 0
    examples: list[dict[str, Any]] = []


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, in the order of the expectations."""

    rows: int
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> list[Finding]:
        return [one for one in self.findings if one.state == "failed"]

    @property
    def passed(self) -> bool:
        return not self.broken

    def sentence(self) -> str:
        """The whole in one sentence, what is broken first."""
        if self.passed:
            skipped = sum(one.state == "skipped" for one in self.findings)
            more = f", {skipped} had nothing to compare with" if skipped else ""
            return f"all {len(self.findings)} expectations hold on {self.rows:,} rows{more}"
        said = "; ".join(one.sentence for one in self.broken[:3])
        more = f" (and {len(self.broken) - 3} more)" if len(self.broken) > 3 else ""
        return f"{len(self.broken)} of {len(self.findings)} expectations are broken: {said}{more}"

    def evidence(self) -> dict[str, Any]:
        return {"rows": self.rows, "expectations": [msgspec.to_builtins(one) for one in self.findings]}

    def demand(self) -> None:
        """Raises DataError when something is broken, with counts and the first failing row."""
        if self.passed:
            return
        first = next((one.examples[0] for one in self.broken if one.examples), None)
        raise DataError(self.sentence(), hint=f"the first such row: {first}" if first else "treadle data check DATASET FILE::NAME")


def examine(frame: Any, expected: Any, *, reference: Any = None) -> Report:
    """Looks at a table of any library. Raises DataError for something that is no table or no expectation."""
    from treadle.check import schemas  # here, because it reports in this file's words

    if schemas.is_pandera(expected):
        return schemas.examine(frame, expected)
    table = _table(frame)
    expectations = [expected] if isinstance(expected, Expectation) else list(expected)
    strange = next((one for one in expectations if not isinstance(one, Expectation)), None)
    if strange is not None:
        raise DataError(f"{strange!r} is no expectation", hint="a list of treadle.expect's expectations, or a schema of pandera")
    plans = [_Plan(place, one, table) for place, one in enumerate(expectations)]
    selection = [part for plan in plans for part in plan.selection]
    values = table.lazy().select(selection).collect().row(0, named=True) if selection else {}
    return Report(rows=table.height, findings=tuple(plan.finding(values, reference) for plan in plans))


def _table(frame: Any) -> Any:
    from treadle.sdk.formats.conversion import convert, frame_library

    if frame_library(frame) is None:
        raise DataError(f"expectations look at a table, not at {type(frame).__name__}", hint="give a DataFrame")
    return convert(frame, "polars", "table")


class _Plan:
    """One expectation on its way: what it asks of the single pass, and what it makes of the answers."""

    def __init__(self, place: int, expectation: Expectation, table: Any) -> None:
        self.place = place
        self.one = expectation
        self.table = table
        self.selection: list[Any] = []
        self.missing = [name for name in expectation.columns if name not in table.columns] if expectation.kind != "schema" else []
        self.misfit = "" if self.missing else _misfit(expectation, table.schema)
        if not self.missing and not self.misfit:
            self._compile()

    def _compile(self) -> None:
        import polars as pl

        bad = _broken_rows(self.one, self.table.schema)
        if bad is not None:
            bad = bad.fill_null(False)
            self.selection = [
                bad.sum().alias(f"{self.place}.failing"),
                bad.arg_true().head(MOST_EXAMPLES).implode().alias(f"{self.place}.rows"),
            ]
        elif self.one.kind == "fresh":
            newest = pl.col(self.one.columns[0]).cast(pl.Datetime("us")).max().dt.epoch("us") / 1e6
            self.selection = [newest.alias(f"{self.place}.newest")]

    def finding(self, values: dict[str, Any], reference: Any) -> Finding:
        if self.missing:
            return self._said("failed", f"there is no column `{self.missing[0]}`")
        if self.misfit:
            return self._said("failed", self.misfit)
        kind = self.one.kind
        if kind == "schema":
            return self._schema()
        if kind == "rows":
            return self._rows()
        if kind in ("row_change", "distribution"):
            if reference is None:
                return self._said("skipped", "there is nothing earlier to compare with")
            return self._row_change(reference) if kind == "row_change" else self._distribution(reference)
        if kind == "fresh":
            return self._fresh(values[f"{self.place}.newest"])
        return self._of_rows(int(values[f"{self.place}.failing"] or 0), list(values[f"{self.place}.rows"] or []))

    def _said(self, state: str, sentence: str, **more: Any) -> Finding:
        return Finding(expectation=source_of(self.one), state=state, sentence=sentence, rows=self.table.height, **more)

    def _of_rows(self, failing: int, places: list[int]) -> Finding:
        share = failing / self.table.height if self.table.height else 0.0
        broken = share > self.one.settings.get("share", 0.0)
        shown = self.table[places] if not self.one.columns else self.table[places].select(list(dict.fromkeys(self.one.columns)))
        examples = [{"row": place, **plain(row)} for place, row in zip(places, shown.to_dicts(), strict=True)]
        what = _in_words(self.one)
        sentence = f"{what}: {failing:,} of {self.table.height:,} rows are otherwise" if failing else f"{what} in all rows"
        return self._said("failed" if broken else "passed", sentence, failing=failing, examples=examples if failing else [])

    def _schema(self) -> Finding:
        types, wrong = self.one.settings["types"], []
        for name, kind in types.items():
            if name not in self.table.columns:
                wrong.append(f"there is no column `{name}`")
            elif not _is_kind(self.table.schema[name], kind):
                wrong.append(f"`{name}` is {self.table.schema[name]} and not {kind}")
        if self.one.settings["exact"]:
            wrong += [f"`{name}` is one column too many" for name in self.table.columns if name not in types]
        return self._said("failed" if wrong else "passed", "; ".join(wrong[:5]) or f"{len(types)} columns are there with their types")

    def _rows(self) -> Finding:
        low, high, count = self.one.settings["at_least"], self.one.settings["at_most"], self.table.height
        held = (low is None or count >= low) and (high is None or count <= high)
        bounds = " and ".join(f"{word} {bound:,}" for word, bound in (("at least", low), ("at most", high)) if bound is not None)
        return self._said("passed" if held else "failed", f"there are {count:,} rows, asked for {bounds}")

    def _row_change(self, reference: Any) -> Finding:
        before = int(reference) if isinstance(reference, int) else _table(reference).height
        change = (self.table.height - before) / before if before else 1.0
        held = abs(change) <= self.one.settings["at_most"]
        return self._said("passed" if held else "failed", f"there are {self.table.height:,} rows after {before:,} ({change:+.0%})")

    def _fresh(self, newest: float | None) -> Finding:
        name, within = self.one.columns[0], float(self.one.settings["within"])
        if newest is None:
            return self._said("failed", f"`{name}` has no values, so nothing is fresh")
        of = self.one.settings["of"]
        age = (_seconds(of) if of is not None else time.time()) - newest
        words = f"the newest `{name}` is {age / 3600:,.1f} hours old, asked for {self.one.settings['words']}"
        return self._said("passed" if age <= within else "failed", words)

    def _distribution(self, reference: Any) -> Finding:
        from treadle.statistics import drift, profile

        earlier = _table(reference)
        columns = [name for name in self.one.columns or self.table.columns if name in earlier.columns]
        if not columns:
            return self._said("failed", "the reference has none of these columns")
        before = profile.reference(earlier.select(columns))
        now = profile.window(self.table.select(columns), before)
        effect = self.one.settings["effect"]
        settings = drift.Settings(material=effect) if effect is not None else drift.Settings()
        found = drift.compare(before, now, settings)
        moved = [column.sentence for column in found if column.verdict == "material"]
        if found.verdict == "too few rows":
            return self._said("skipped", found.sentence)
        return self._said("failed" if moved else "passed", "; ".join(moved[:3]) or f"{len(columns)} columns look as before")


def _broken_rows(one: Expectation, schema: Any) -> Any:
    """The expression that is true for each row that breaks the expectation; None for one that is not about single rows."""
    import polars as pl

    told = one.settings
    if one.kind in ("schema", "rows", "row_change", "fresh", "distribution"):
        return None
    columns = [pl.col(name).fill_nan(None) if schema[name].is_float() else pl.col(name) for name in one.columns]
    if one.kind == "present":
        return pl.any_horizontal([column.is_null() for column in columns])
    if one.kind == "between":
        low, high = told["lowest"], told["highest"]
        parts = [columns[0] < pl.lit(low)] if low is not None else []
        return pl.any_horizontal(parts + ([columns[0] > pl.lit(high)] if high is not None else []))
    if one.kind == "one_of":
        return ~columns[0].is_in(told["values"]) & columns[0].is_not_null()
    if one.kind == "matches":
        return ~columns[0].cast(pl.String).str.contains(told["pattern"])
    if one.kind == "unique":
        return pl.struct(columns).is_duplicated()
    if one.kind == "relation":
        left, right = columns
        held = {"<": left < right, "<=": left <= right, "==": left == right, "!=": left != right, ">=": left >= right, ">": left > right}
        return ~held[told["comparison"]]
    return ~told["expression"]


def _misfit(one: Expectation, schema: Any) -> str:
    """Why a column's type cannot hold what is expected of it; empty when it can."""
    import polars as pl

    if one.kind == "matches" and schema[one.columns[0]] not in (pl.String, pl.Categorical, pl.Enum):
        return f"`{one.columns[0]}` is {schema[one.columns[0]]}, and a pattern looks at text"
    if one.kind == "fresh" and schema[one.columns[0]] not in (pl.Date, pl.Datetime):
        return f"`{one.columns[0]}` is {schema[one.columns[0]]}, which is no date"
    try:
        bad = _broken_rows(one, schema)
        if bad is not None:
            pl.DataFrame(schema=schema).lazy().select(bad).collect()
    except (pl.exceptions.PolarsError, TypeError) as error:
        return f"{_in_words(one)} cannot be asked of these types: {(str(error).splitlines() or ['?'])[0][:200]}"
    return ""


def _in_words(one: Expectation) -> str:
    told, names = one.settings, ", ".join(f"`{name}`" for name in one.columns)
    if one.kind == "present":
        return f"{names} present"
    if one.kind == "between":
        low, high = (number(b) if isinstance(b, float) else b for b in (told["lowest"], told["highest"]))
        return (
            f"{names} from {low} to {high}"
            if None not in (low, high)
            else f"{names} at least {low}"
            if high is None
            else f"{names} at most {high}"
        )
    if one.kind == "one_of":
        return f"{names} one of {len(told['values'])} values"
    if one.kind == "matches":
        return f"{names} like {told['pattern']}"
    if one.kind == "unique":
        return f"{names} unique"
    if one.kind == "relation":
        return f"`{one.columns[0]}` {told['comparison']} `{one.columns[1]}`"
    return str(told.get("name", one.kind))


def _is_kind(dtype: Any, kind: str) -> bool:
    import polars as pl

    if kind not in _KINDS:
        return str(dtype) == kind or str(dtype).partition("(")[0] == kind
    held = {
        "number": dtype.is_numeric(),
        "whole": dtype.is_integer(),
        "text": dtype in (pl.String, pl.Categorical, pl.Enum),
        "boolean": dtype == pl.Boolean,
        "date": dtype == pl.Date,
        "moment": dtype == pl.Datetime,
        "any": True,
    }
    return bool(held[kind])


def _seconds(moment: Any) -> float:
    import datetime

    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    if isinstance(moment, datetime.date) and not isinstance(moment, datetime.datetime):
        moment = datetime.datetime.combine(moment, datetime.time())
    if isinstance(moment, datetime.datetime):
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)).timestamp()
    return float(moment)
