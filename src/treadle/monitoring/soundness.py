"""Is the data of a window sound? What the statistics of columns find, and what only the record of predictions knows: clocks, repeated
rows, usual volume.

Bad is what makes a judgement of the model senseless: columns that are gone, empty or unreadable, values that went missing, rows that
came twice, clocks that are wrong. A new category or a number out of range is noted: the world may change, and drift is there for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.monitoring.reading import Strays
from treadle.monitoring.references import Reference
from treadle.monitoring.rules import Check, Verdict

if TYPE_CHECKING:
    from treadle.statistics.profile import Profile
    from treadle.statistics.quality import Finding

KIND = "quality"
_WRONG_CLOCK = 0.01
"""Share of rows with a wrong clock that is bad."""
_TWICE = 0.01
"""Share of rows that came twice that is bad."""
_LEVEL = 0.001
_USUAL = 4.0
"""A window with so many times fewer rows than the least of the last ones, or more than the most, is worth a line."""
_LEAST_HISTORY = 5
_SHOWN = 50


class Counted(NamedTuple):
    """What was counted in a window's record: its rows, those with an id that another row has, keys that came again, and strays."""

    rows: int
    twice: int
    again: int
    strays: Strays


def quality(reference: Reference, window: Profile | None, counted: Counted, usual: Sequence[int]) -> Check:
    """The check of a window. Without a profile only its record can be judged."""
    from treadle.statistics import quality as statistics

    lines = _record(counted)
    if reference.inputs is not None and window is not None and window.rows:
        rules = statistics.Rules(level=_LEVEL, expected_rows=_usual(usual))
        for finding in statistics.inspect(reference.inputs, window, rules):
            line = _line(finding)
            if finding.check == "range" and not _more_outside(finding, reference.inputs, window):
                line["bad"], line["severity"] = False, "note"
            lines.append(line)
    lines.sort(key=lambda line: (not line["bad"], line["severity"] == "note"))
    bad = [line for line in lines if line["bad"]]
    missing = reference.inputs is None
    verdict: Verdict = "bad" if bad else "unknown" if missing else "good" if counted.rows else "small"
    return Check(
        kind=KIND,
        verdict=verdict,
        sentence=_sentence(lines, bad, reference.missing if missing else "", counted.rows),
        columns=tuple(dict.fromkeys(line["column"] for line in bad if line["column"])),
        numbers={"rows": counted.rows, "findings": lines[:_SHOWN], "more": max(0, len(lines) - _SHOWN)},
    )


def _sentence(lines: list[dict[str, Any]], bad: list[dict[str, Any]], missing: str, rows: int) -> str:
    shown = bad or [line for line in lines if line["severity"] != "note"]
    if shown:
        more = f", and {len(shown) - 3} more" if len(shown) > 3 else ""
        said = "; ".join(line["sentence"] for line in shown[:3]) + more
        return said if bad else f"sound; worth a look: {said}"
    if missing:
        return f"columns cannot be judged: {missing}"
    return "sound" if rows else "no rows"


def _line(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "column": finding.column,
        "severity": finding.severity,
        "sentence": finding.sentence,
        "bad": finding.severity == "error" or (finding.check == "missing" and finding.severity == "warning"),
    }


def _more_outside(finding: Finding, reference: Profile, window: Profile) -> bool:
    """Whether numbers out of range are more than the next rows of a sample always hold: of n rows each of the two extremes is passed
    by 1/n of the next ones on average, by a share that is nearly gamma distributed."""
    from treadle.statistics.tails import negative_binomial_at_least

    before, now = reference.columns[finding.column], window.columns[finding.column]
    if not isinstance(finding.seen, float) or not before.values:
        return True
    return negative_binomial_at_least(now.outside, 2.0, now.values / before.values) <= _LEVEL


def _usual(volumes: Sequence[int]) -> tuple[int, int] | None:
    if len(volumes) < _LEAST_HISTORY:
        return None
    return int(min(volumes) / _USUAL), int(max(volumes) * _USUAL)


def _record(counted: Counted) -> list[dict[str, Any]]:
    rows, strays = max(counted.rows, 1), counted.strays
    found: list[dict[str, Any]] = []

    def add(check: str, sentence: str, *, bad: bool, severity: str = "warning") -> None:
        found.append({"check": check, "column": "", "severity": "error" if bad else severity, "sentence": sentence, "bad": bad})

    if strays.future:
        bad = strays.future / rows > _WRONG_CLOCK
        add("clock", f"{strays.future} predictions are from the future or of no time: their clock is wrong", bad=bad)
    if strays.past:
        bad = strays.past / rows > _WRONG_CLOCK
        add("clock", f"{strays.past} predictions are from long before: their clock is wrong", bad=bad)
    if strays.late > strays.past:
        add("late", f"{strays.late - strays.past} predictions came after their window was closed", bad=False, severity="note")
    if strays.gone:
        add("gone", f"{strays.gone} predictions cannot be read: their bytes are gone or damaged, or their revision is unknown", bad=False)
    if counted.twice:
        add("twice", f"{counted.twice} predictions have the id of another", bad=counted.twice / rows > _TWICE)
    if counted.again:
        add("keys", f"{counted.again} predictions ask again for a key", bad=False, severity="note")
    return found
