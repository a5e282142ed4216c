"""The rules of triggers: what may be declared, which news is meant, whether it may act now, and how all of it is said. Pure."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.access.rules import ROLES
from treadle.contract import triggers as words
from treadle.contract.triggers import Declared, Limits
from treadle.core.errors import Conflict, TreadleError, UsageError
from treadle.core.operation import TABLE
from treadle.triggers.conditions import check_places, condition, matches
from treadle.triggers.schedule import next_moment
from treadle.triggers.sentences import moment, span, times

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
MOST_ROUNDS = 5
"""How often a trigger may stand among the causes of its own news: beyond that it would go round for ever."""
UNHINDERED = "nothing forbids it"
_PAUSES = (5.0, 30.0, 120.0, 600.0, 1800.0)
_PASSING = (429, 502, 503, 504, 507)
_NEVER = ("access", "work", "content", "trigger")
"""What an approver may do and a trigger may not: nobody needs it, and a trigger could make triggers."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What the limits of a trigger need to know. Times are seconds since 1970."""

    now: float
    last: float | None = None
    recent: tuple[float, ...] = ()
    """When it fired within `per` seconds, oldest first."""
    underway: tuple[str, ...] = ()
    """What its earlier firings started and has not ended, in words."""
    alarms: tuple[str, ...] = ()
    """Open alarms that forbid it, in words."""
    rounds: int = 0


class Decision(msgspec.Struct, frozen=True):
    """`state` of the firing (due, holding, skipped, dry) and why, in words."""

    state: str
    why: str


def check(declared: Declared) -> None:
    """Raises UsageError or QueryError for a trigger that cannot be."""
    if not _NAME.match(declared.name):
        raise UsageError(
            f"`{declared.name}` cannot be the name of a trigger", hint="up to 64 letters, digits, dots, dashes and underscores"
        )
    where = f"trigger `{declared.name}`"
    if not declared.do:
        raise UsageError("it does nothing", where=where, hint="trigger(NAME, when..., do.run(PIPELINE))")
    _check_when(declared.when, where)
    _check_limits(declared.limits, where)
    for act in declared.do:
        _check_act(act, declared, where)


def _check_when(when: words.When, where: str) -> None:
    if isinstance(when, words.News) and not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?(\.?\*)?|\*", when.kind):
        raise UsageError(f"`{when.kind}` is no kind of news", where=where, hint="such as alarm.opened, or run.*")
    if isinstance(when, words.Schedule):
        next_moment(when.cron, when.zone, 0.0)
    if isinstance(when, words.Git) and (when.repository.startswith("-") or when.branch.startswith("-") or "::" in when.repository):
        raise UsageError(f"`{when.repository}` is no repository that is read here", where=where, hint="a path, or an https or ssh URL")
    if isinstance(when, words.Git | words.Files) and not when.every >= 0.2:
        raise UsageError("it looks too often", where=where, hint="every=5")
    if isinstance(when, words.Labels | words.Rows) and when.every < 1:
        raise UsageError(f"every is {when.every}", where=where, hint="every=1000")


def _check_limits(limits: Limits, where: str) -> None:
    condition(limits.where)
    for name in ("cooldown", "per", "persists", "most", "concurrency"):
        if getattr(limits, name) < 0:
            raise UsageError(f"{name} is below 0", where=where)
    if bool(limits.most) != bool(limits.per):
        raise UsageError("at_most needs a number and a time", where=where, hint='at_most=(3, "7d")')
    if not 1 <= limits.tries <= 20:
        raise UsageError(f"tries is {limits.tries}", where=where, hint="from 1 to 20")


def _check_act(act: words.Act, declared: Declared, where: str) -> None:
    if isinstance(act, words.Operate):
        _check_operation(act, where)
    if isinstance(act, words.Notify):
        _check_notify(act, where)
    if isinstance(act, words.Run):
        check_places(act.submission.parameters)
        if act.fresh and not isinstance(declared.when, words.Git):
            raise UsageError("only a trigger on git runs the code of a commit", where=where, hint='when.git(".", branch="main")')
    else:
        check_places({n: getattr(act, n) for n in act.__struct_fields__})


def _check_notify(act: words.Notify, where: str) -> None:
    """The host that is told is written by the person, never filled in from what comes."""
    if not (act.webhook or act.slack or act.mail):
        raise UsageError("it tells nobody", where=where, hint='do.notify(webhook=..., slack=..., mail="ops@example.org")')
    for url in (act.webhook, act.slack):
        host = re.match(r"https?://([^/?#]+)", url)
        if url and not url.startswith("secret:") and (host is None or "{" in host[1]):
            raise UsageError(f"`{url}` is no http or https URL with a host of its own", where=where, hint='webhook="https://HOST/PATH"')
    if any("{" in one for one in (act.server, act.secret, act.sender, *act.mail)):
        raise UsageError("whom to tell is not filled in from the news", where=where, hint='mail="ops@example.org"')


def _check_operation(act: words.Operate, where: str) -> None:
    found = TABLE.get(act.operation)
    if found is None:
        raise UsageError(f"there is no operation `{act.operation}`", where=where, hint="treadle api")
    if found.body == "bytes" or not may_perform(found.allow):
        raise UsageError(f"a trigger may not perform `{act.operation}` ({found.allow})", where=where, hint="what an approver may do")
    for name in act.request:
        if name not in found.request.__struct_fields__:
            known = ", ".join(found.request.__struct_fields__)
            raise UsageError(f"`{act.operation}` has no field `{name}`", where=where, hint=f"its fields are {known}")


def may_perform(permission: str) -> bool:
    """Whether triggers may perform operations that need this permission: a trigger acts with the rights of an approver."""
    thing = permission.partition(":")[0]
    if thing in _NEVER:
        return False
    return any(
        permission == one or (one.endswith(":*") and one[:-2] == thing) or one == f"*:{permission.partition(':')[2]}"
        for one in ROLES["approver"]
    )


def concerns(declared: Declared, news: Mapping[str, Any]) -> bool:
    """Whether an entry is of the kind and about the subject that a trigger on news waits for. Never what it wrote itself."""
    when = declared.when
    if not isinstance(when, words.News):
        return False
    kind, subject = str(news["kind"]), str(news["subject"])
    if kind.startswith("trigger.") and subject == f"trigger:{declared.name}":
        return False
    if not (kind.startswith(when.kind[:-1]) if when.kind.endswith("*") else kind == when.kind):
        return False
    return not when.subject or fnmatch.fnmatchcase(subject, when.subject)


def holds(declared: Declared, news: Mapping[str, Any]) -> bool:
    """Whether the conditions hold for this news."""
    return matches(news, declared.limits.match) and condition(declared.limits.where)(news)


def decide(declared: Declared, past: Past) -> Decision:
    """Whether a trigger acts on news that it waits for. The first limit that forbids it is the reason."""
    limits = declared.limits
    if past.rounds >= MOST_ROUNDS:
        return Decision("skipped", f"it stands {past.rounds} times among the causes of this news already, and would go round for ever")
    if past.alarms:
        return Decision("skipped", f"not while this is open: {'; '.join(past.alarms[:3])}")
    if limits.cooldown and past.last is not None and past.now < past.last + limits.cooldown:
        until = moment(past.last + limits.cooldown)
        return Decision("skipped", f"it fired {span(past.now - past.last)} ago and cools down for {span(limits.cooldown)}, until {until}")
    if limits.most and len(past.recent) >= limits.most:
        until = moment(past.recent[-limits.most] + limits.per)
        return Decision("skipped", f"it fired {times(len(past.recent))} within {span(limits.per)}, which is its limit until {until}")
    if limits.concurrency and len(past.underway) >= limits.concurrency:
        return Decision(
            "skipped", f"{' and '.join(past.underway[:3])} that it started {'is' if len(past.underway) == 1 else 'are'} not over"
        )
    if limits.persists:
        return Decision("holding", f"it acts if the alarm is still open in {span(limits.persists)}")
    if limits.dry_run:
        return Decision("dry", "a dry run: nothing is done")
    return Decision("due", UNHINDERED)


def retry_pause(tries: int) -> float:
    """Seconds before the next try, after so many."""
    return _PAUSES[min(max(tries, 1), len(_PAUSES)) - 1]


def passes(error: TreadleError) -> bool:
    """Whether a failure may be gone later: nobody answered, too much at once, or two changes met."""
    return error.status in _PASSING or type(error) is Conflict
