"""Gates that compare: with the champion on the same rows, and slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.check.measures import shown
from treadle.check.plain import number
from treadle.core.errors import DataError
from treadle.sdk.gates import Gate

if TYPE_CHECKING:
    from treadle.check.look import Case

LEVEL = 0.95
MOST_SLICES = 1000


def champion(case: Case, gate: Gate) -> tuple[bool, str, dict[str, Any]]:
    """Not worse than the champion by more than the margin, or better by more than it: the interval must lie on that side."""
    told = gate.settings
    if case.champion_value is None:
        return True, "there is no champion yet to compare with", dict(told)
    judged = case.need("judged")
    if case.same_as_champion:
        return not told["better"], "it is the champion itself", {**told, "champion": case.champion_ref, "same": True}
    found = judged.compare(case.need("champion_judged"), told["metric"], seed=case.seed, margin=told["margin"], level=LEVEL)
    passed = found.low > told["margin"] if told["better"] else found.not_worse
    values = f"{number(shown(found.name, found.challenger))} against {number(shown(found.name, found.champion))} of {case.champion_ref}"
    margin = f"{told['margin']:g} " if told["margin"] else ""
    asked = f"more than {margin}better" if told["better"] and margin else "better" if told["better"] else f"at most {margin}worse"
    asked = asked if margin or told["better"] else "not worse"
    asked = f"{asked} as asked" if passed else f"asked for {asked}"
    sentence = f"{found.name} {values} on {found.rows:,} rows: {_moved(found)}, {asked}"
    return passed, sentence, {**told, **_evidence(found), "champion_ref": case.champion_ref, "seed": case.seed}


def _moved(found: Any) -> str:
    if found.gain < 0:
        return f"worse by {number(-found.gain)} ({number(-found.high)} to {number(-found.low)})"
    return f"better by {number(found.gain)} ({number(found.low)} to {number(found.high)})"


def _evidence(found: Any) -> dict[str, Any]:
    names = ("gain", "low", "high", "better", "rows", "level")
    return {"challenger": shown(found.name, found.challenger), "champion": shown(found.name, found.champion)} | {
        f"{name}_share" if name == "better" else name: getattr(found, name) for name in names
    }


def slices(case: Case, gate: Gate) -> tuple[bool, str, dict[str, Any]]:
    """A metric in each slice against a bound, and against the champion where that is asked for."""
    told, judged = gate.settings, case.need("judged")
    compared = told["worse_by"] is not None and case.champion_value is not None and not case.same_as_champion
    theirs = case.need("champion_judged") if compared else None
    large, small = _groups(case, told["columns"], told["least_rows"])
    if not large:
        raise DataError(f"no slice by {' and '.join(told['columns'])} has {told['least_rows']} rows", hint="least_rows=...")
    level = 1 - (1 - LEVEL) / len(large)
    rows = [_slice(judged, theirs, told, name, places, case.seed, level) for name, places in large]
    failed = [row for row in rows if not row["passed"]]
    rows.sort(key=lambda row: (row["passed"], -row["rows"]))
    few = f"; {small} smaller ones were not judged" if small else ""
    if failed:
        worst = "; ".join(_why(row, told) for row in failed[:3])
        sentence = f"{len(failed)} of {len(rows)} slices did not pass: {worst}{few}"
    else:
        sentence = f"{told['metric']} holds in all {len(rows)} slices by {' and '.join(told['columns'])}{few}"
    evidence = {**told, "column": " and ".join(told["columns"]), "slices": rows, "not_judged": small, "level": level}
    return not failed, sentence, evidence


def _groups(case: Case, columns: list[str], least: int) -> tuple[list[tuple[str, Any]], int]:
    """The slices with enough rows, as places among the judged rows, and how many have too few."""
    import polars

    absent = next((name for name in columns if name not in case.holdout.columns), None)
    if absent is not None:
        raise DataError(f"the holdout has no column `{absent}`", hint=f"its columns are {', '.join(case.holdout.columns)}")
    judged = case.need("judged")
    table = case.holdout.select(columns)[judged.rows].with_columns(polars.int_range(polars.len()).alias("__place"))
    grouped = table.group_by(columns, maintain_order=True).agg("__place")
    if grouped.height > MOST_SLICES:
        raise DataError(
            f"{' and '.join(columns)} makes {grouped.height:,} slices, more than {MOST_SLICES:,}", hint="slice by a coarser column"
        )
    found, small = [], 0
    for row in grouped.iter_rows():
        places = row[-1]
        if len(places) < least:
            small += 1
        else:
            found.append((", ".join("missing" if value is None else str(value) for value in row[:-1]), places))
    return found, small


def _slice(judged: Any, theirs: Any, told: dict[str, Any], name: str, places: Any, seed: int, level: float) -> dict[str, Any]:
    metric = judged.metric(told["metric"], places)
    row: dict[str, Any] = {"slice": name, "rows": len(places), "value": metric.value, "low": metric.low, "high": metric.high}
    passed = True
    if metric.value == metric.value:  # a slice of one class has no AUC, and is no failure
        passed = (told["at_least"] is None or metric.value >= told["at_least"]) and (
            told["at_most"] is None or metric.value <= told["at_most"]
        )
        if theirs is not None:
            found = judged.compare(theirs, told["metric"], seed=seed, margin=told["worse_by"], level=level, places=places)
            row |= {"champion": shown(found.name, found.champion), "gain": found.gain, "gain_low": found.low, "gain_high": found.high}
            row["worse"] = bool(found.high < -told["worse_by"])
            passed = passed and not row["worse"]
    row["passed"] = bool(passed)
    return row


def _why(row: dict[str, Any], told: dict[str, Any]) -> str:
    value = f"{told['metric']} {number(row['value'])}"
    if row.get("worse"):
        return f"{row['slice']} ({row['rows']:,} rows): {value}, worse than the champion's {number(row['champion'])}"
    bounds = [f"{word} {told[key]:g}" for key, word in (("at_least", "at least"), ("at_most", "at most")) if told[key] is not None]
    return f"{row['slice']} ({row['rows']:,} rows): {value}, asked for {' and '.join(bounds)}"
