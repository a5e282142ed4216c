"""Where jobs run. An engine runs jobs, never whole pipelines. Imports core only."""

from __future__ import annotations

import functools


@functools.cache
def engine_names() -> tuple[str, ...]:
    """The engines there are: `local`, and those that installed packages provide (entry points of the group `treadle.engines`)."""
    from importlib.metadata import entry_points

    return ("local", *sorted(point.name for point in entry_points(group="treadle.engines")))
