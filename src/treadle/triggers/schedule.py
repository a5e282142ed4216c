"""Moments of a cron expression in a time zone. Pure: the moment to begin from is an argument.

Five fields, names of months and days, `L`, `#`, steps and ranges, as Debian's cron reads them, through the package cronsim. In
spring a moment that the clock jumps over comes at the end of the jump; in autumn an hour that comes twice counts once, except for
expressions that name every hour.
"""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from treadle.core.errors import UsageError


def next_moment(cron: str, zone: str, after: float) -> float:
    """The first moment after `after` (seconds since 1970); raises UsageError for an expression or a zone that cannot be read."""
    from cronsim import CronSim, CronSimError

    start = datetime.datetime.fromtimestamp(after, _zone(zone))
    try:
        found: datetime.datetime = next(CronSim(cron, start))
    except CronSimError as error:
        raise UsageError(f"`{cron}` is no schedule: {error}", hint='minute hour day month weekday, such as "0 3 * * *"') from error
    except StopIteration as error:
        raise UsageError(f"the schedule `{cron}` never comes", hint='minute hour day month weekday, such as "0 3 * * *"') from error
    return found.timestamp()


def next_moments(cron: str, zone: str, after: float, count: int) -> tuple[float, ...]:
    """So many moments after `after`, the first one first."""
    found: list[float] = []
    for _ in range(count):
        found.append(next_moment(cron, zone, found[-1] if found else after))
    return tuple(found)


def due_moments(cron: str, zone: str, due: float, now: float, most: int = 1000) -> tuple[float, int, float]:
    """Of a schedule that was due at `due`: the last moment up to now, how many passed before it, and the next one behind now."""
    missed = 0
    following = next_moment(cron, zone, due)
    while following <= now and missed < most:
        due, missed = following, missed + 1
        following = next_moment(cron, zone, due)
    return (due, missed, following) if following > now else (due, missed, next_moment(cron, zone, now))


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            f"there is no time zone `{name}`", hint='such as "Europe/Helsinki", or "UTC"; pip install tzdata where none is'
        ) from error
