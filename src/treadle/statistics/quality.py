"""Is the data of a window sound? Schema, missing values, ranges, new categories, volume, constant columns: findings with numbers.

Drift asks whether the world has changed; this asks whether the pipe is broken. A broken one must never train a model.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.core.errors import UsageError
from treadle.statistics.columns import Column
from treadle.statistics.drift import missing_rate_p, unseen_rate
from treadle.statistics.profile import Profile

Severity = Literal["note", "warning", "error"]
Check = Literal["schema", "type", "missing", "range", "categories", "volume", "constant"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is still sound. A rise must be both significant and large, so that small windows do not cry."""

    level: float = 0.001
    """p-value from which a rise of missing or unseen values is no chance."""
    missing_rise: float = 0.05
    """Rise of the share of missing values that is a warning; ten times that, or a column that has become empty, is an error."""
    outside: float = 0.01
    """Share of numbers out of the reference's range that is a warning."""
    far: float = 1.0
    """A number is far out when it lies this many widths of the reference's range beyond it: a note."""
    unseen: float = 0.01
    """Share of values in unseen categories that is a warning."""
    mistyped: float = 0.0
    """Share of values that cannot be read as the column's kind, above which it is an error."""
    least_rows: int = 1
    """Fewer rows are an error."""
    expected_rows: tuple[int, int] | None = None
    """Volume of a sound window, from and to; outside it is a warning."""
    allow_missing: tuple[str, ...] = ()
    """Columns that need not be there."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was: the column (empty: the table), what was expected, what was seen, and how bad it is."""

    check: Check
    column: str
    severity: Severity
    sentence: str
    expected: float | str | None = None
    seen: float | str | None = None


def inspect(reference: Profile, window: Profile, rules: Rules | None = None) -> list[Finding]:
    """All findings, errors first; an empty list is a sound window. Raises UsageError when it was counted against another reference."""
    if reference.basis != window.basis:
        raise UsageError("this window was counted against another reference", hint="profile it with window(..., like=reference)")
    chosen = rules or Rules()
    findings = _volume(window, chosen)
    for name, column in reference.columns.items():
        findings += _column(name, column, window.columns[name], window.rows, chosen)
    for name, dtype in window.extra.items():
        sentence = f"{name}: a column of {dtype} that the reference does not have"
        findings.append(Finding(check="schema", column=name, severity="note", sentence=sentence, expected=None, seen=dtype))
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


def sound(findings: list[Finding]) -> bool:
    """Whether none of them is an error."""
    return all(finding.severity != "error" for finding in findings)


def _volume(window: Profile, rules: Rules) -> list[Finding]:
    if window.rows < rules.least_rows:
        sentence = f"{window.rows} rows, at least {rules.least_rows} are expected"
        return [Finding(check="volume", column="", severity="error", sentence=sentence, expected=rules.least_rows, seen=window.rows)]
    if rules.expected_rows and not rules.expected_rows[0] <= window.rows <= rules.expected_rows[1]:
        low, high = rules.expected_rows
        sentence = f"{window.rows} rows, {low} to {high} are usual"
        return [Finding(check="volume", column="", severity="warning", sentence=sentence, expected=f"{low} to {high}", seen=window.rows)]
    return []


def _column(name: str, reference: Column, window: Column, rows: int, rules: Rules) -> list[Finding]:
    if not window.rows:
        if not rows or name in rules.allow_missing:
            return []
        sentence = f"{name}: the column is absent"
        return [Finding(check="schema", column=name, severity="error", sentence=sentence, expected=reference.type, seen=None)]
    return [
        *_type(name, reference, window, rules),
        *_missing(name, reference, window, rules),
        *_range(name, reference, window, rules),
        *_categories(name, reference, window, rules),
        *_constant(name, reference, window),
    ]


def _type(name: str, reference: Column, window: Column, rules: Rules) -> list[Finding]:
    share = window.mistyped / window.rows
    if window.mistyped and share > rules.mistyped:
        sentence = f"{name}: {window.mistyped} of {window.rows} values cannot be read as a {reference.kind}"
        return [Finding(check="type", column=name, severity="error", sentence=sentence, expected=reference.kind, seen=share)]
    return []


def _missing(name: str, reference: Column, window: Column, rules: Rules) -> list[Finding]:
    before = (reference.nulls + reference.nans) / reference.rows if reference.rows else 0.0
    now = (window.nulls + window.nans) / window.rows
    p_value = missing_rate_p(reference, window)
    empty = now == 1.0 and before < 1.0
    if (now - before < rules.missing_rise and not empty) or p_value is None or p_value > rules.level:
        return []
    severity: Severity = "error" if empty or now - before >= 10 * rules.missing_rise else "warning"
    sentence = f"{name}: missing in {before * 100:.3g} % before, in {now * 100:.3g} % now"
    return [Finding(check="missing", column=name, severity=severity, sentence=sentence, expected=before, seen=now)]


def _range(name: str, reference: Column, window: Column, rules: Rules) -> list[Finding]:
    if reference.kind != "number" or reference.least is None or reference.most is None or not window.values:
        return []
    findings: list[Finding] = []
    range_words = f"{reference.least:.6g} to {reference.most:.6g}"
    share = window.outside / window.values
    if share > rules.outside:
        sentence = f"{name}: {share * 100:.3g} % of values outside {range_words}"
        findings.append(Finding(check="range", column=name, severity="warning", sentence=sentence, expected=range_words, seen=share))
    reach = rules.far * (reference.most - reference.least)
    for value in (window.least, window.most):
        if value is not None and reach > 0 and not reference.least - reach <= value <= reference.most + reach:
            sentence = f"{name}: {value:.6g} is far outside {range_words}"
            findings.append(Finding(check="range", column=name, severity="note", sentence=sentence, expected=range_words, seen=value))
    if window.infinite and not reference.infinite:
        sentence = f"{name}: {window.infinite} infinite values, none before"
        findings.append(Finding(check="range", column=name, severity="warning", sentence=sentence, expected=0, seen=window.infinite))
    return findings


def _categories(name: str, reference: Column, window: Column, rules: Rules) -> list[Finding]:
    if not reference.named or not window.unseen or not reference.values:
        return []
    share = window.unseen / window.values
    _, p_value = unseen_rate(reference, window)
    if p_value > rules.level:
        return []
    names = sorted(window.unseen_names, key=lambda value: (-window.unseen_names[value], value))
    severity: Severity = "warning" if share >= rules.unseen else "note"
    sentence = f"{name}: {share * 100:.3g} % of values are new: {', '.join(names[:5])}{', ..' if len(names) > 5 else ''}"
    return [Finding(check="categories", column=name, severity=severity, sentence=sentence, expected=0.0, seen=share)]


def _constant(name: str, reference: Column, window: Column) -> list[Finding]:
    """A column that used to vary and has become one value; asked only of windows in which chance cannot do that."""
    if window.values < 30 or _one_value(reference) or not _one_value(window):
        return []
    value = f" {window.least:.6g}" if window.kind == "number" and window.least is not None else ""
    sentence = f"{name}: has become constant{value}"
    likely = max(reference.counts, default=0) / max(reference.values, 1)
    severity: Severity = "warning" if likely**window.values < 1e-6 else "note"
    return [Finding(check="constant", column=name, severity=severity, sentence=sentence, expected="several values", seen="one value")]


def _one_value(column: Column) -> bool:
    if column.kind in ("number", "date"):
        return column.least is not None and column.least == column.most and not column.infinite
    return column.distinct == 1
