"""Words about watching: monitors, their windows, and alarms that open and close."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.core.operation import DELETE, GET, POST, operation


class Performance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What labelled predictions must reach: `metric` at most or at least a bound, or at most `worse_by` worse than on the holdout.

    A window is judged when `labelled` of its predictions have their label, and not before.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    worse_by: float | None = None
    labelled: float = 0.8
    estimate: bool = True
    """Estimate it while labels are missing, where the scores are calibrated; an estimate opens no alarm by itself."""


class MonitorSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is watched, and when a window is bad.

    A window holds `rows` predictions, or `seconds` of event time with at least `least_rows`. `checks` are quality, drift, predictions,
    joint, performance, traffic. `columns` (none: all inputs) and `slices` (columns) say where to look. `alpha` is the share of quiet
    windows that may look drifted; `recorded` and `material` are the effect sizes (KS distance or total variation) from which a
    drift is noted, and counts. An alarm opens after `open` bad windows of the last `among`, and closes after `close` good ones.
    """

    rows: int = 0
    seconds: float = 0.0
    least_rows: int = 200
    checks: tuple[str, ...] = ("quality", "drift", "predictions", "traffic")
    columns: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    performance: Performance | None = None
    reference: str = "training"
    """training: the profile of the version that answered; `previous`: the window before."""
    alpha: float = 0.05
    recorded: float = 0.02
    material: float = 0.1
    open: int = 2
    among: int = 3
    close: int = 3
    latency: float | None = None
    """Seconds that 99 of 100 answers may take, with the check `traffic`."""
    errors: float = 0.01
    """Share of failed requests above which traffic is bad."""
    silence: float = 0.0
    """Seconds without any prediction after which that is an alarm; 0: never."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact that opens and closes. `kind` is the check that opened it (quality, drift, predictions, performance, traffic, silence ...);
    `sentence` says it in plain words, `evidence` holds the numbers of the window that opened it."""

    id: int
    monitor: str
    endpoint: str
    model: str
    kind: str
    state: str
    """open or closed"""
    severity: str
    """page: somebody should act; note: worth knowing."""
    sentence: str
    columns: tuple[str, ...] = ()
    slice: str = ""
    evidence: dict[str, Any] = {}
    window: int
    opened_at: float
    closed_at: float | None = None
    closing: str = ""
    acknowledged_by: str = ""
    words: str = ""
    useful: bool | None = None
    """What people said of it: worth having, or noise; None: nobody said."""


class Window(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One look: the predictions of an endpoint from event time `start` to `end` (seconds since 1970).

    `verdicts` holds good, bad, small (too few rows) or waiting (for labels) for each check, and for each `check@column=value` of a
    slice; `report` the numbers behind them. `rows` counts answers of live and canary revisions; those of a shadow are reported apart.
    """

    monitor: str
    number: int
    start: float
    end: float
    rows: int
    labelled: int = 0
    version: int | None = None
    verdicts: dict[str, str] = {}
    report: dict[str, Any] = {}
    looked_at: float


class Monitor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    endpoint: str
    settings: MonitorSettings
    state: str
    """watching or paused"""
    windows: int = 0
    latest: Window | None = None
    alarms: tuple[Alarm, ...] = ()
    """Those that are open."""
    useful: int = 0
    noise: int = 0
    """How many of its alarms people called worth having, and noise."""
    created_at: float
    project: str = "default"


class ListMonitors(msgspec.Struct, frozen=True, kw_only=True):
    pass


list_monitors = operation(
    "monitoring.monitors", GET, "/monitors", ListMonitors, list[Monitor], allow="monitor:read", summary="Monitors with their open alarms."
)


class MonitorName(msgspec.Struct, frozen=True, kw_only=True):
    monitor: str


get_monitor = operation(
    "monitoring.monitor", GET, "/monitors/{monitor}", MonitorName, Monitor, allow="monitor:read", summary="One monitor, whole."
)


class DeclareMonitor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Makes a monitor of an endpoint, or changes its settings."""

    monitor: str
    endpoint: str
    settings: MonitorSettings = MonitorSettings()


declare_monitor = operation(
    "monitoring.declare", POST, "/monitors", DeclareMonitor, Monitor, allow="monitor:write", summary="Make or change a monitor."
)


class PauseMonitor(msgspec.Struct, frozen=True, kw_only=True):
    monitor: str
    paused: bool


pause_monitor = operation(
    "monitoring.pause", POST, "/monitors/{monitor}/pause", PauseMonitor, Monitor, allow="monitor:write", summary="Pause or go on watching."
)


remove_monitor = operation(
    "monitoring.remove", DELETE, "/monitors/{monitor}", MonitorName, Monitor, allow="monitor:write", summary="Remove a monitor."
)


class ListWindows(msgspec.Struct, frozen=True, kw_only=True):
    """The newest `limit` windows before number `before` (0: the newest). Without `reports` the numbers behind the verdicts stay away."""

    monitor: str
    before: int = 0
    limit: int = 50
    reports: bool = True


list_windows = operation(
    "monitoring.windows",
    GET,
    "/monitors/{monitor}/windows",
    ListWindows,
    list[Window],
    allow="monitor:read",
    summary="What a monitor saw, newest first.",
)


class WindowNumber(msgspec.Struct, frozen=True, kw_only=True):
    monitor: str
    number: int


get_window = operation(
    "monitoring.window",
    GET,
    "/monitors/{monitor}/windows/{number}",
    WindowNumber,
    Window,
    allow="monitor:read",
    summary="One window with its whole report.",
)


class ListAlarms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`state` open, closed, or empty for all; of one monitor or of all; newest first."""

    state: str = ""
    monitor: str = ""
    limit: int = 100


list_alarms = operation("monitoring.alarms", GET, "/alarms", ListAlarms, list[Alarm], allow="monitor:read", summary="Alarms, newest first.")


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person has seen an alarm, with words; `close` ends it by hand. `useful` False calls it noise, which is counted."""

    alarm: int
    words: str = ""
    close: bool = False
    useful: bool | None = None


acknowledge = operation(
    "monitoring.acknowledge",
    POST,
    "/alarms/{alarm}/acknowledge",
    Acknowledge,
    Alarm,
    allow="monitor:write",
    summary="Say that it was seen.",
)


class Look(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Looks now at whatever is due. `close` also judges the last window, which is not full yet."""

    monitor: str
    close: bool = False


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """The windows that were judged: new ones, and those that were judged again because labels had arrived."""

    windows: tuple[Window, ...]


look = operation("monitoring.look", POST, "/monitors/{monitor}/look", Look, Looked, allow="monitor:write", summary="Look now.")
