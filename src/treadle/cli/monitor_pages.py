"""How monitors, windows and alarms look in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from treadle.cli import output
from treadle.cli.sheet import Sheet
from treadle.contract.monitoring import Alarm, Monitor, MonitorSettings, Window

MARKS = {"good": "✓", "bad": "✗", "small": "·", "waiting": "…", "unknown": "?"}
STYLES = {"good": "green", "bad": "red", "small": None, "waiting": "cyan", "unknown": "yellow"}
LINE = ("monitor", "endpoint", "state", "windows", "newest", "verdicts", "alarms")
ALARM = ("id", "state", "severity", "kind", "slice", "monitor", "window", "opened", "sentence")
_BARS = "▁▂▃▄▅▆▇█"
_SHOWN = 10


def verdict(word: str) -> str:
    """A verdict as mark and word, coloured on a terminal."""
    return click.style(f"{MARKS.get(word, '?')} {word}", fg=STYLES.get(word))


def mark(word: str) -> str:
    return click.style(MARKS.get(word, "?"), fg=STYLES.get(word))


def line(monitor: Monitor) -> list[Any]:
    """A monitor in a list."""
    newest = monitor.latest
    return [
        monitor.name,
        monitor.endpoint,
        monitor.state,
        monitor.windows,
        _at(newest.looked_at) if newest else "",
        verdicts(newest) if newest else "",
        ", ".join(alarm.kind for alarm in monitor.alarms),
    ]


def verdicts(window: Window) -> str:
    """The verdicts of a window in one line; of slices only those that are bad."""
    return " ".join(
        f"{mark(word)} {key}" if output.is_terminal() else f"{key}={word}"
        for key, word in window.verdicts.items()
        if "@" not in key or word == "bad"
    )


def alarm_line(alarm: Alarm) -> list[Any]:
    opened = _at(alarm.opened_at)
    state = alarm.state + (f", acknowledged by {alarm.acknowledged_by}" if alarm.acknowledged_by else "")
    severity = click.style(alarm.severity, fg="red" if alarm.severity == "page" and alarm.state == "open" else None)
    return [alarm.id, state, severity, alarm.kind, alarm.slice, alarm.monitor, alarm.window, opened, alarm.sentence]


def print_windows(windows: Sequence[Window], *, empty: str) -> None:
    """A table of windows."""
    rows = [
        [one.number, _moment(one.start), _moment(one.end), one.rows, one.labelled, f"v{one.version}" if one.version else "", verdicts(one)]
        for one in windows
    ]
    columns = ["n", "from", "to", "rows", "labelled", "version", "verdicts"]
    output.print_table(columns, rows, right=["n", "rows", "labelled"], empty=empty)


# --- one monitor ---------------------------------------------------------------------------------------------------------------


def monitor_sheet(monitor: Monitor, past: Sequence[Window]) -> Sheet:
    """The sheet of a monitor; `past` are its last windows, oldest first."""
    settings, newest = monitor.settings, monitor.latest
    sheet = Sheet(click.style(monitor.name, bold=True))
    sheet.line("monitor", monitor.name, monitor.state)
    sheet.line("endpoint", monitor.endpoint)
    sheet.line("window", window_words(settings))
    sheet.line("checks", ", ".join(settings.checks) + (f"; slices by {', '.join(settings.slices)}" if settings.slices else ""))
    sheet.line("performance", performance_words(settings))
    sheet.line("alarms", alarm_words(settings))
    sheet.line("said of them", f"{monitor.useful} useful, {monitor.noise} noise" if monitor.useful or monitor.noise else None)
    sheet.add("open alarms", [[alarm.id, alarm.severity, alarm.kind, alarm.slice, alarm.sentence] for alarm in monitor.alarms])
    if newest is not None:
        ref = newest.report.get("ref", "")
        sheet.line("newest", f"window {newest.number}", f"{_moment(newest.start)} to {_moment(newest.end)}", f"{newest.rows:,} rows", ref)
        sheet.add("", _checks(newest))
        sheet.add(
            "columns",
            [[line["name"], line["reference"], line["now"], _number(line["effect"]), line["verdict"]] for line in _drifted(newest)],
        )
    sheet.add("over time", strips(past))
    if output.is_terminal():
        following = [[f"treadle monitors window {monitor.name} {newest.number}"]] if newest else []
        sheet.add("next", [*following, [f"treadle monitors windows {monitor.name}"]])
    return sheet


def window_words(settings: MonitorSettings) -> str:
    size = f"{settings.rows:,} predictions" if settings.rows else _span(settings.seconds)
    compared = "the window before" if settings.reference == "previous" else "the profile of the version that answered"
    return f"{size}, at least {settings.least_rows} rows, against {compared}"


def performance_words(settings: MonitorSettings) -> str | None:
    wished = settings.performance
    if wished is None:
        return None
    if wished.at_least is not None:
        bound = f"at least {wished.at_least:g}"
    elif wished.at_most is not None:
        bound = f"at most {wished.at_most:g}"
    else:
        bound = f"at most {wished.worse_by:g} worse than on the holdout"
    return f"{wished.metric} {bound}, judged with {wished.labelled:.0%} of the labels"


def alarm_words(settings: MonitorSettings) -> str:
    words = f"open after {settings.open} bad windows of the last {settings.among}, close after {settings.close} good ones in a row"
    return words + (f"; silence after {_span(settings.silence)}" if settings.silence else "")


def strips(past: Sequence[Window]) -> list[list[str]]:
    """The last windows as small strips: a mark for each verdict of each check, and bars for the metric."""
    keys = dict.fromkeys(key for window in past for key in window.verdicts if "@" not in key)
    rows = [[key, "".join(mark(window.verdicts.get(key, "small")) for window in past)] for key in keys]
    values = [metric_of(window) for window in past]
    known = [value for _, value in values if value is not None]
    if known:
        name = next(name for name, value in values if value is not None)
        low, high = min(known), max(known)
        bars = "".join(" " if value is None else _bar(value, low, high) for _, value in values)
        rows.append([name, bars, f"{low:.4g} to {high:.4g}"])
    return rows


def metric_of(window: Window) -> tuple[str, float | None]:
    """The metric of a window and its value; None while it waits for labels."""
    numbers = window.report.get("checks", {}).get("performance", {}).get("numbers", {})
    name = str(numbers.get("metric", ""))
    found = numbers.get("metrics", {}).get(name)
    return name, found[0] if found else None


def _bar(value: float, low: float, high: float) -> str:
    return _BARS[round((value - low) / (high - low) * (len(_BARS) - 1))] if high > low else _BARS[3]


# --- one window ----------------------------------------------------------------------------------------------------------------


def window_sheet(window: Window) -> Sheet:
    """The sheet of a window; its columns are a table of their own."""
    report = window.report
    sheet = Sheet(click.style(f"window {window.number} of {window.monitor}", bold=True))
    sheet.line("window", window.number, f"{_moment(window.start)} to {_moment(window.end)}")
    sheet.line("rows", f"{window.rows:,}", f"{window.labelled:,} labelled" if window.labelled else "")
    sheet.add("answered by", [[ref, f"{count:,} rows"] for ref, count in report.get("versions", {}).items()])
    sheet.line("against", report.get("reference"))
    sheet.line("looked at", _at(window.looked_at))
    sheet.add("checks", _checks(window))
    findings = report.get("checks", {}).get("quality", {}).get("numbers", {}).get("findings", [])
    sheet.add("findings", [[found["severity"], found["check"], found["sentence"]] for found in findings])
    metrics = report.get("checks", {}).get("performance", {}).get("numbers", {}).get("metrics", {})
    sheet.add("metrics", [[name, _number(value[0]), f"{_number(value[1])} to {_number(value[2])}"] for name, value in metrics.items()])
    shadows = report.get("shadows", {})
    sheet.add("shadows", [[ref, f"{one['rows']:,} rows", one["predictions"]["sentence"]] for ref, one in shadows.items()])
    return sheet


def print_columns(window: Window) -> None:
    """The columns of a window, those that changed most first."""
    lines = window.report.get("columns", [])
    if not lines:
        return
    columns = ["column", "check", "reference", "now", "effect", "q", "missing", "verdict"]
    rows = [
        [
            line["name"] + (f" ({line['slice']})" if line.get("slice") else ""),
            line["check"],
            line["reference"],
            line["now"],
            _number(line["effect"]),
            _number(line["q"]),
            _missing(line["missing"]),
            line["verdict"],
        ]
        for line in lines
    ]
    if output.is_terminal():
        click.echo()
    output.print_table(columns, rows, right=["effect", "q"])


def _checks(window: Window) -> list[list[str]]:
    told = window.report.get("checks", {})
    return [[verdict(word), key, told.get(key, {}).get("sentence", "")] for key, word in window.verdicts.items()]


def _drifted(window: Window) -> list[dict[str, Any]]:
    lines = [line for line in window.report.get("columns", []) if not line.get("slice")]
    return lines[:_SHOWN] if output.is_terminal() else lines


def _missing(shares: Sequence[float | None]) -> str:
    before, now = ((share or 0.0) for share in shares)
    return f"{before:.2g} -> {now:.2g}" if before or now else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _at(moment: float) -> str:
    return output.ago(moment) if output.is_terminal() else output.iso(moment)


def _moment(moment: float) -> str:
    return output.moment(moment) if output.is_terminal() else output.iso(moment)
