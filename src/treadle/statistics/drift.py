"""Drift of a window against its reference, column by column, with alarms that keep their word.

A column drifts when it is significant AND matters: its q-value (Benjamini-Hochberg over all columns) is at most `level`, and an effect
size reaches a floor. Without the first, small windows alarm; without the second, large ones do. Every part that is compared is a
sample, the reference too, and what the reference has not seen is expected to be seen now and then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from treadle.core.errors import UsageError
from treadle.statistics import tails
from treadle.statistics.columns import Column, Floats, Kind, fingerprints
from treadle.statistics.distances import Psi, chi_square, group_bins, kolmogorov_smirnov_binned, pooled, psi, total_variation
from treadle.statistics.families import benjamini_hochberg, weighted_bonferroni
from treadle.statistics.profile import Profile

Verdict = Literal["same", "recorded", "material", "too few rows"]
_DISTRIBUTION, _MISSING, _UNSEEN = 0.8, 0.1, 0.1
"""How a column's share of error is divided among its three tests."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """When a change is worth a line, and when it matters."""

    level: float = 0.05
    """Chance of any false finding in a report in which nothing has changed."""
    recorded: float = 0.02
    """Effect size (D, total variation, difference of a share) from which a change is recorded."""
    material: float = 0.1
    """Effect size from which it is material."""
    psi: float = 0.1
    """Corrected PSI from which it is material."""
    least_rows: int = 100
    """Smaller windows, and references, are not judged."""
    least_values: int = 30
    """A column with fewer values on a side is not compared by distribution."""
    importance: dict[str, float] = {}
    """How much each column matters, for example to the model; those not named matter 1, or 0 once any is named."""
    material_share: float = 0.0
    """The share of all importance that material columns must hold for the whole to be material; 0: any column will do."""


class ColumnDrift(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one column. p and q are of the column's tests together; None where nothing could be tested."""

    name: str
    kind: Kind
    verdict: Verdict
    sentence: str
    statistic: str = ""
    """`KS` (D at the edges of bins) or `TV` (total variation, tested by chi-square)."""
    value: float = 0.0
    effect: float = 0.0
    """The value without what sampling alone contributes to it."""
    p_value: float | None = None
    q_value: float | None = None
    distribution_p: float | None = None
    psi: float | None = None
    psi_corrected: float | None = None
    missing: tuple[float, float] = (0.0, 0.0)
    """Share of rows without a value: reference, window."""
    missing_p: float | None = None
    unseen: float = 0.0
    """Share of the window's values that the reference does not name."""
    unseen_expected: float = 0.0
    unseen_p: float | None = None
    outside: float = 0.0
    """Share of the window's numbers below the least or above the most of the reference."""
    importance: float = 1.0

    @property
    def strength(self) -> float:
        """The largest of its effect sizes."""
        return max(self.effect, abs(self.missing[1] - self.missing[0]), self.unseen - self.unseen_expected)


class DriftReport(msgspec.Struct, frozen=True, kw_only=True):
    """All columns in the order of the reference, and what they amount to."""

    verdict: Verdict
    sentence: str
    rows: tuple[int, int]
    """Rows of the reference and of the window."""
    columns: tuple[ColumnDrift, ...]
    share: float
    """Share of importance that material columns hold."""

    def __iter__(self) -> Iterator[ColumnDrift]:
        return iter(self.columns)

    def of(self, verdict: Verdict) -> tuple[str, ...]:
        """The names of the columns with this verdict."""
        return tuple(column.name for column in self.columns if column.verdict == verdict)


class Distribution(NamedTuple):
    """A column's distributions compared."""

    statistic: str
    value: float
    effect: float
    p_value: float
    psi: Psi


def compare(reference: Profile, window: Profile, settings: Settings | None = None) -> DriftReport:
    """How the window differs from the reference. Raises UsageError when it was counted against another one."""
    if reference.basis != window.basis:
        raise UsageError("this window was counted against another reference", hint="profile it with window(..., like=reference)")
    chosen = settings or Settings()
    if min(reference.rows, window.rows) < chosen.least_rows:
        return _too_few(reference, window, chosen)
    found = [_column(name, column, window.columns[name], window.rows, chosen) for name, column in reference.columns.items()]
    tested = [place for place, column in enumerate(found) if column.p_value is not None]
    q_values = benjamini_hochberg([found[place].p_value or 0.0 for place in tested])
    for place, q in zip(tested, q_values, strict=True):
        found[place] = replace(found[place], q_value=float(q))
    judged = tuple(_judged(column, reference.columns[column.name], window.columns[column.name], chosen) for column in found)
    return _report(reference.rows, window.rows, judged, chosen)


# --- one column ---------------------------------------------------------------------------------------------------------


def _column(name: str, reference: Column, window: Column, rows: int, settings: Settings) -> ColumnDrift:
    importance = settings.importance.get(name, 0.0 if settings.importance else 1.0)
    found = ColumnDrift(name=name, kind=reference.kind, verdict="same", sentence="", importance=importance)
    if not window.rows and rows:
        return replace(found, verdict="material", missing=(_missing(reference), 1.0))
    parts: list[tuple[float, float]] = []
    missing_p = missing_rate_p(reference, window)
    if missing_p is not None:
        parts.append((missing_p, _MISSING))
    found = replace(found, missing=(_missing(reference), _missing(window)), missing_p=missing_p)
    if min(reference.values, window.values) >= settings.least_values and reference.kind not in ("date", "other"):
        distribution = compare_columns(reference, window)
        parts.append((distribution.p_value, _DISTRIBUTION))
        found = replace(
            found,
            statistic=distribution.statistic,
            value=distribution.value,
            effect=distribution.effect,
            distribution_p=distribution.p_value,
            psi=distribution.psi.value,
            psi_corrected=distribution.psi.corrected,
            outside=window.outside / window.values,
        )
        if reference.named and window.unseen:
            expected, unseen_p = unseen_rate(reference, window)
            parts.append((unseen_p, _UNSEEN))
            found = replace(found, unseen=window.unseen / window.values, unseen_expected=expected, unseen_p=unseen_p)
    elif reference.kind not in ("date", "other"):
        found = replace(found, verdict="too few rows")
    return replace(found, p_value=weighted_bonferroni(parts) if parts else None)


def _missing(column: Column) -> float:
    return 1.0 - column.values / column.rows if column.rows else 0.0


def compare_columns(reference: Column, window: Column) -> Distribution:
    """Numbers by Kolmogorov-Smirnov over the reference's bins; categories, texts, and numbers of two values by chi-square."""
    a, b = cells(reference, window)
    n, m = float(a.sum()), float(b.sum())
    if reference.kind == "number" and int(((a > 0) | (b > 0)).sum()) > 2:
        distance, p_value = kolmogorov_smirnov_binned(a, b)
        noise = math.pi**2 / 12 * (1 / n + 1 / m)  # mean square of D when both sides are alike
        return Distribution("KS", distance.least, _without(distance.least, noise), p_value, psi(*group_bins(a, b)))
    test = chi_square(a, b, kurtosis=True)
    distance_between = total_variation(a, b)
    both = (a + b) / (n + m)
    noise = float(np.sqrt(both * (1 - both)).sum() ** 2) * (1 / n + 1 / m) / (2 * math.pi)  # squared mean of the total variation
    return Distribution("TV", distance_between, _without(distance_between, noise), test.p_value, psi(*pooled(a, b)))


def _without(value: float, noise: float) -> float:
    """What is left of an effect when the part of sampling is taken away, in squares, as independent parts add."""
    return math.sqrt(max(0.0, value * value - noise))


def cells(reference: Column, window: Column) -> tuple[Floats, Floats]:
    """Counts of both sides over the same cells.

    Every unseen name is a cell of its own, so that both sides are treated alike; all of them in one cell would be a cell that the
    reference cannot fill, and alarm on every quiet window of a column with many values. When there are too many of them to have
    been kept, the buckets of hashes are the cells: they do not depend on the data. Names stand in the order of their hashes, which
    decides among equally rare ones which are joined; in the reference's order those it lacks would be joined with each other.
    """
    if reference.kind == "number":
        return np.array(reference.counts, np.float64), np.array(window.counts, np.float64)
    complete = sum(window.unseen_names.values()) == window.unseen and sum(reference.unseen_names.values()) == reference.unseen
    if reference.kind == "text" or not complete:
        return np.array(reference.buckets, np.float64), np.array(window.buckets, np.float64)
    unseen = sorted({*reference.unseen_names, *window.unseen_names})
    a = (*reference.counts, *(reference.unseen_names.get(name, 0) for name in unseen))
    b = (*window.counts, *(window.unseen_names.get(name, 0) for name in unseen))
    order = np.argsort(fingerprints((*reference.names, *unseen)))
    return np.array(a, np.float64)[order], np.array(b, np.float64)[order]


def missing_rate_p(reference: Column, window: Column) -> float | None:
    """Whether rows without a value have become more or fewer; None when neither side has any.

    By the normal approximation when 25 of each kind are expected on each side; else by the binomial distribution of the rarer kind
    between the two sides, which is a little too careful.
    """
    n, m = reference.rows, window.rows
    a, b = n - reference.values, m - window.values
    if a + b == 0 or not n or not m:
        return None
    rarer = min(a + b, n + m - a - b)
    if rarer * min(n, m) / (n + m) >= 25:
        share = (a + b) / (n + m)
        return min(1.0, 2 * tails.normal(abs(a / n - b / m) / math.sqrt(share * (1 - share) * (1 / n + 1 / m))))
    count = b if rarer == a + b else m - b
    return 1.0 if rarer == 0 else tails.binomial_two_sided(count, rarer, m / (n + m))


def unseen_rate(reference: Column, window: Column) -> tuple[float, float]:
    """The share of values that a window is expected to hold though the reference does not, and a p-value of there being more.

    A sample of n rows lacks about N1/n of its population, with N1 the values it has seen once (Good 1953); that estimate has
    the variance (N1 + 2 N2)/n^2 (Esty 1983). Given the share, unseen rows are binomial, here by its Poisson limit; with the share a
    gamma variable of that mean and variance they are negative binomial. One is added to N1: a complete list may still lack something.
    """
    counts = np.array(reference.counts, np.int64)
    once, twice = int((counts == 1).sum()) + 1, int((counts == 2).sum())
    share = once / max(reference.values, 1)
    shape = once * once / (once + 2 * twice)
    return share, tails.negative_binomial_at_least(window.unseen, shape, window.values * share / shape)


# --- verdicts and words -------------------------------------------------------------------------------------------------


def _judged(found: ColumnDrift, reference: Column, window: Column, settings: Settings) -> ColumnDrift:
    if found.missing[1] == 1.0 and not window.rows:
        return replace(found, sentence=f"{found.name}: the column is absent")
    significant = found.q_value is not None and found.q_value <= settings.level
    strength = max(_strengths(found, settings.level), default=0.0)
    corrected = found.psi_corrected if found.psi_corrected is not None and _small(found.distribution_p, settings.level) else 0.0
    verdict = found.verdict
    if significant and (strength >= settings.material or corrected >= settings.psi):
        verdict = "material"
    elif significant and strength >= settings.recorded:
        verdict = "recorded"
    return replace(found, verdict=verdict, sentence=_sentence(replace(found, verdict=verdict), reference, window))


def _small(p_value: float | None, level: float) -> bool:
    return p_value is not None and p_value <= level


def _strengths(found: ColumnDrift, level: float) -> Iterator[float]:
    """The effect sizes of those parts that are significant by themselves."""
    if _small(found.distribution_p, level):
        yield found.effect
    if _small(found.missing_p, level):
        yield abs(found.missing[1] - found.missing[0])
    if _small(found.unseen_p, level):
        yield found.unseen - found.unseen_expected


def _sentence(found: ColumnDrift, reference: Column, window: Column) -> str:
    parts: list[str] = []
    if found.statistic:
        parts += [_change(found, reference, window), f"{found.statistic} {found.value:.2g}"]
    elif found.kind == "date":
        parts.append("dates move on by themselves and are not tested")
    elif found.verdict == "too few rows":
        parts.append(f"too few values to compare ({reference.values} and {window.values})")
    if found.missing_p is not None:
        parts.append(f"missing {_percent(found.missing[0])} -> {_percent(found.missing[1])}")
    if found.unseen:
        parts.append(f"{_percent(found.unseen)} of values new{_examples(window)}")
    if found.outside >= 0.001:
        parts.append(f"{_percent(found.outside)} out of range")
    if found.q_value is not None:
        parts.append(f"q {found.q_value:.1g}" if found.q_value > 1e-99 else "q < 1e-99")
    return f"{found.name}: {', '.join(part for part in parts if part)}" if parts else f"{found.name}: nothing to compare"


def _change(found: ColumnDrift, reference: Column, window: Column) -> str:
    if found.kind == "number":
        return f"mean {reference.mean:.4g} -> {window.mean:.4g}"
    if found.kind == "text":
        return f"mean length {reference.mean:.3g} -> {window.mean:.3g}"
    a, b = np.array(reference.counts) / max(reference.values, 1), np.array(window.counts) / max(window.values, 1)
    if not len(a):
        return ""
    place = int(np.abs(a - b).argmax())
    return f"{reference.names[place]} {_percent(float(a[place]))} -> {_percent(float(b[place]))}"


def _examples(window: Column) -> str:
    most = sorted(window.unseen_names, key=lambda name: (-window.unseen_names[name], name))[:3]
    return f" ({', '.join(most)})" if most else ""


def _percent(share: float) -> str:
    return f"{share * 100:.2g} %" if share < 0.995 or share == 1 else f"{share * 100:.1f} %"


def _too_few(reference: Profile, window: Profile, settings: Settings) -> DriftReport:
    columns = tuple(
        ColumnDrift(
            name=name,
            kind=column.kind,
            verdict="too few rows",
            sentence=f"{name}: too few rows to compare",
            importance=settings.importance.get(name, 0.0 if settings.importance else 1.0),
        )
        for name, column in reference.columns.items()
    )
    sentence = f"too few rows: {reference.rows} in the reference and {window.rows} in the window, {settings.least_rows} are needed"
    return DriftReport(verdict="too few rows", sentence=sentence, rows=(reference.rows, window.rows), columns=columns, share=0.0)


def _report(before: int, now: int, columns: tuple[ColumnDrift, ...], settings: Settings) -> DriftReport:
    total = sum(column.importance for column in columns)
    material = [column for column in columns if column.verdict == "material"]
    recorded = [column for column in columns if column.verdict == "recorded"]
    share = sum(column.importance for column in material) / total if total > 0 else 0.0
    verdict: Verdict = "same"
    if share > 0 and share >= settings.material_share:
        verdict = "material"
    elif material or recorded:
        verdict = "recorded"
    elif columns and all(column.verdict == "too few rows" for column in columns):
        verdict = "too few rows"
    worst = sorted(material or recorded, key=lambda column: -column.importance * column.strength)
    sentence = f"{len(material)} of {len(columns)} columns changed materially, {len(recorded)} a little"
    if worst:
        sentence += f"; most: {worst[0].sentence}"
    return DriftReport(verdict=verdict, sentence=sentence, rows=(before, now), columns=columns, share=share)


def importance_of(importances: Mapping[str, float]) -> dict[str, float]:
    """A model's importances as settings take them: not negative, adding up to 1."""
    positive = {name: max(0.0, float(value)) for name, value in importances.items()}
    total = sum(positive.values())
    return {name: value / total for name, value in positive.items()} if total > 0 else {}
