"""The checks of a window that need no labels: drift of inputs and predictions, and traffic. Values in, values out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.contract.monitoring import MonitorSettings
from treadle.monitoring.references import Reference
from treadle.monitoring.rules import Check

if TYPE_CHECKING:
    import polars as pl

    from treadle.statistics.columns import Column
    from treadle.statistics.drift import ColumnDrift, DriftReport
    from treadle.statistics.profile import Profile

_SHAPED = 60
"""Of so many columns the report holds the shares of ten cells, to be drawn."""
_NAMED = 8
_LEAST_PROFILE = 30
"""Rows that a reference must have: the tests themselves know that it is a sample."""

Found = tuple[Check, list[dict[str, Any]]]


def unknown(kind: str, why: str, slice: str = "") -> Check:
    return Check(kind=kind, slice=slice, verdict="unknown", sentence=f"cannot be judged: {why}")


def small(kind: str, rows: int, settings: MonitorSettings, slice: str = "") -> Check:
    return Check(kind=kind, slice=slice, verdict="small", sentence=f"{rows} rows are too few: {settings.least_rows} are needed")


# --- drift -----------------------------------------------------------------------------------------------------------------


def drift(kind: str, reference: Reference, window: Profile | None, settings: MonitorSettings) -> Found:
    """Drift of inputs (`drift`) or of outputs (`predictions`), and a line for each column.

    A window is bad when a column has changed materially: significantly after Benjamini-Hochberg over all columns, and by at least
    `material`. What has changed less is recorded.
    """
    from treadle.statistics import drift as statistics

    before = reference.inputs if kind == "drift" else reference.outputs
    if before is None or window is None:
        return unknown(kind, reference.missing), []
    if window.rows < settings.least_rows:
        return small(kind, window.rows, settings), []
    report = statistics.compare(before, window, drift_settings(settings))
    if report.verdict == "too few rows":
        return Check(kind=kind, verdict="small", sentence=report.sentence), []
    lines = [_line(kind, found, before.columns[found.name], window.columns[found.name]) for found in report]
    return _drift_check(kind, report, reference.words), lines


def drift_settings(settings: MonitorSettings) -> Any:
    from treadle.statistics import drift as statistics

    least = min(settings.least_rows, _LEAST_PROFILE)
    return statistics.Settings(level=settings.alpha, recorded=settings.recorded, material=settings.material, least_rows=least)


def _drift_check(kind: str, report: DriftReport, words: str) -> Check:
    material = sorted((column for column in report if column.verdict == "material"), key=lambda column: -column.strength)
    return Check(
        kind=kind,
        verdict="bad" if report.verdict == "material" else "good",
        sentence=f"{report.sentence}; against {words}",
        columns=tuple(column.name for column in material),
        numbers={"material": len(material), "recorded": len(report.of("recorded")), "columns": len(report.columns), "rows": report.rows[1]},
    )


def drift_of_slices(
    kind: str, parts: Mapping[str, tuple[Profile | None, Profile | None]], settings: MonitorSettings
) -> tuple[list[Check], list[dict[str, Any]]]:
    """Drift within each slice, given as (reference, window): Benjamini-Hochberg over all columns of all slices together."""
    from treadle.statistics import drift as statistics
    from treadle.statistics.families import benjamini_hochberg

    checks: list[Check] = []
    reports: dict[str, DriftReport] = {}
    for slice, (before, window) in parts.items():
        if before is None or before.rows < settings.least_rows:
            held = 0 if before is None else before.rows
            checks.append(unknown(kind, f"the reference holds {held} rows of this slice, {settings.least_rows} are needed", slice))
        elif window is None or window.rows < settings.least_rows:
            checks.append(small(kind, 0 if window is None else window.rows, settings, slice))
        else:
            reports[slice] = statistics.compare(before, window, drift_settings(settings))
    tested = [(slice, column) for slice, report in reports.items() for column in report if column.p_value is not None]
    together = benjamini_hochberg([column.p_value or 0.0 for _, column in tested])
    q_values = {(slice, column.name): float(q) for (slice, column), q in zip(tested, together, strict=True)}
    lines: list[dict[str, Any]] = []
    for slice, report in reports.items():
        found = [column for column in report if column.verdict == "material" and q_values.get((slice, column.name), 0.0) <= settings.alpha]
        before, window = parts[slice]
        for column in found:
            assert before is not None
            assert window is not None
            line = _line(kind, column, before.columns[column.name], window.columns[column.name])
            lines.append(line | {"slice": slice, "q": plain(q_values.get((slice, column.name)))})
        worst = max(found, key=lambda column: column.strength, default=None)
        checks.append(
            Check(
                kind=kind,
                slice=slice,
                verdict="bad" if found else "good",
                sentence=f"{len(found)} of {len(report.columns)} columns changed materially"
                + (f"; most: {worst.sentence}" if worst else ""),
                columns=tuple(column.name for column in sorted(found, key=lambda column: -column.strength)),
                numbers={"rows": report.rows[1]},
            )
        )
    return checks, lines


def _line(kind: str, found: ColumnDrift, before: Column, now: Column) -> dict[str, Any]:
    """One column as the report keeps it."""
    line = {
        "name": found.name,
        "check": kind,
        "kind": found.kind,
        "verdict": found.verdict,
        "sentence": found.sentence,
        "statistic": found.statistic,
        "value": plain(found.value),
        "effect": plain(found.strength),
        "p": plain(found.p_value),
        "q": plain(found.q_value),
        "psi": plain(found.psi_corrected),
        "missing": [plain(share) for share in found.missing],
        "unseen": plain(found.unseen),
        "outside": plain(found.outside),
        "reference": said(before),
        "now": said(now, before),
    }
    return line | {"shape": _shape(before, now)}


def said(column: Column, like: Column | None = None) -> str:
    """A column in a few characters: mean and spread of numbers, the most frequent value of words."""
    if not column.values:
        return "no values" if column.rows else "no rows"
    if column.kind in ("number", "date"):
        return f"{column.mean:.4g} ± {column.spread:.4g}"
    if column.kind == "text":
        return f"{column.mean:.3g} characters"
    names = (like or column).names
    counts = column.counts
    if not names or not counts:
        return f"{column.values} values"
    place = max(range(len(counts)), key=lambda at: counts[at])
    return f"{names[place]} {counts[place] / column.values:.0%}"


def _shape(before: Column, now: Column) -> dict[str, Any]:
    """Shares of both sides over the same few cells, to be drawn beside each other."""
    if not before.values or not now.values or not before.counts or not now.counts:
        return {}
    if before.kind in ("number", "date"):
        from treadle.statistics.distances import group_bins

        a, b = group_bins(before.counts, now.counts)
        return {"reference": _shares(a.tolist()), "now": _shares(b.tolist())}
    order = sorted(range(len(before.counts)), key=lambda at: -max(before.counts[at], now.counts[at]))[:_NAMED]
    return {
        "names": [before.names[at] for at in order],
        "reference": [plain(before.counts[at] / before.values) for at in order],
        "now": [plain(now.counts[at] / now.values) for at in order],
    }


def _shares(counts: Sequence[float]) -> list[float | None]:
    total = sum(counts)
    return [plain(count / total) for count in counts] if total else []


def trimmed(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of columns as a report keeps them: those that changed first, and shapes of the first ones only."""
    rank = {"material": 0, "recorded": 1, "same": 2}
    ordered = sorted(lines, key=lambda line: (rank.get(line["verdict"], 3), -(line["effect"] or 0.0), line["name"]))
    for line in ordered[_SHAPED:]:
        line.pop("shape", None)
    return ordered


def plain(value: float | None) -> float | None:
    """A number as JSON can hold it, at six digits."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


# --- traffic -----------------------------------------------------------------------------------------------------------------


def traffic(answers: pl.DataFrame, settings: MonitorSettings) -> Check:
    """Failed requests and slow ones. A window is bad when the share of failures is above `errors`, or that of answers slower than
    `latency` above 1 %, with 97.5 % confidence (Wilson's interval)."""
    from treadle.statistics.tails import wilson

    rows = len(answers)
    if rows < settings.least_rows:
        return small("traffic", rows, settings)
    failed = int(answers["error"].is_not_null().sum())
    p99 = answers["latency"].quantile(0.99, "higher") if "latency" in answers.columns else None
    numbers = {"rows": rows, "errors": failed, "p99": plain(p99)}
    words = [f"{failed} of {rows} failed"]
    bad = wilson(failed, rows)[0] > settings.errors
    if bad:
        words = [f"{failed} of {rows} failed ({failed / rows:.2%}, at most {settings.errors:.2%} may)"]
    if p99 is not None:
        words.append(f"99 of 100 within {_milliseconds(p99)}")
    if settings.latency is not None and "latency" in answers.columns:
        slow = int((answers["latency"] > settings.latency).sum())
        numbers["slow"] = slow
        if wilson(slow, rows)[0] > 0.01:
            bad = True
            words[-1] += f", and {_milliseconds(settings.latency)} is the limit"
    return Check(kind="traffic", verdict="bad" if bad else "good", sentence=", ".join(words), numbers=numbers)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def told(check: Check) -> dict[str, Any]:
    """A check as the report keeps it."""
    kept: dict[str, Any] = msgspec.to_builtins(check)
    kept.pop("slice", None)
    return kept | {"columns": list(check.columns)}
