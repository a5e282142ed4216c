"""From verdicts on windows to one alarm: it opens when bad windows persist and closes when they stay away."""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.core.errors import UsageError

Look = Literal["bad", "clean", "too few"]
Change = Literal["opened", "closed"]


class Hysteresis(msgspec.Struct, frozen=True, kw_only=True):
    """Opens after `bad` bad windows among the last `of`, closes after `clean` clean ones in a row.

    With 5 % of quiet windows bad by chance, two of three open a false alarm once in about 140 windows instead of once in 20.
    """

    bad: int = 2
    of: int = 3
    clean: int = 3

    def __post_init__(self) -> None:
        if not (1 <= self.bad <= self.of and self.clean >= 1):
            raise UsageError(f"an alarm cannot open after {self.bad} of {self.of} windows and close after {self.clean}")


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is open, and what is remembered of the windows that counted."""

    open: bool = False
    recent: tuple[bool, ...] = ()
    """Of the last windows that counted, oldest first: was it bad?"""
    clean: int = 0
    """Clean windows in a row."""


def look(alarm: Alarm, seen: Look, rule: Hysteresis | None = None) -> tuple[Alarm, Change | None]:
    """The alarm after one more window, and what changed. A window that is too small counts as neither, and forgets nothing."""
    rule = rule or Hysteresis()
    if seen == "too few":
        return alarm, None
    bad = seen == "bad"
    recent = (*alarm.recent, bad)[-rule.of :]
    clean = 0 if bad else alarm.clean + 1
    if not alarm.open and sum(recent) >= rule.bad:
        return Alarm(open=True, recent=recent, clean=0), "opened"
    if alarm.open and clean >= rule.clean:
        return Alarm(open=False, recent=(), clean=clean), "closed"
    return Alarm(open=alarm.open, recent=recent, clean=clean), None
