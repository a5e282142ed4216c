"""Triggers and news in words. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from treadle.contract import triggers as words
from treadle.contract.triggers import Declared, Limits


def sentence(declared: Declared) -> str:
    """A trigger in one sentence: `when alarm.opened (kind performance): run late_arrivals; at most 3 in 7 d`."""
    conditions = [f"{name} {_said(value)}" for name, value in declared.limits.match.items()]
    conditions += [declared.limits.where] if declared.limits.where else []
    shown = f" ({', '.join(conditions)})" if conditions else ""
    limits = _limits(declared.limits)
    return (
        f"when {said_when(declared.when)}{shown}: {', then '.join(said_act(act) for act in declared.do)}{f'; {limits}' if limits else ''}"
    )


def said_when(when: words.When) -> str:
    if isinstance(when, words.News):
        return f"{when.kind}{f' about {when.subject}' if when.subject else ''}"
    if isinstance(when, words.Schedule):
        return f"it is {when.cron} in {when.zone}"
    if isinstance(when, words.Webhook):
        return "its webhook is called"
    if isinstance(when, words.Git):
        return f"{when.branch} of {when.repository} moves"
    if isinstance(when, words.Files):
        return f"files {when.pattern} come to {when.place}"
    if isinstance(when, words.Labels):
        return f"{when.every:,} labels more of {when.endpoint} are there"
    return f"{when.every:,} rows more of {when.dataset} are there"


def said_act(act: words.Act) -> str:
    if isinstance(act, words.Run):
        given = ", ".join(f"{k}={v}" for k, v in act.submission.parameters.items())
        return f"run {act.submission.definition.name}{f' ({given})' if given else ''}{' of that commit' if act.fresh else ''}"
    if isinstance(act, words.Operate):
        given = ", ".join(f"{k} {_said(v)}" for k, v in act.request.items() if k not in ("guardrails", "stages"))
        stages = act.request.get("stages") or ()
        by = f" in {times(len(stages), 'stage')}" if stages else ""
        return f"{act.operation}{f' ({given})' if given else ''}{by}"
    if isinstance(act, words.Notify):
        ways = [way for way, given in (("webhook", act.webhook), ("Slack", act.slack), (", ".join(act.mail), act.mail)) if given]
        return f"tell {' and '.join(ways)}"
    return f"add {act.path} to {act.dataset}"


def _limits(limits: Limits) -> str:
    parts = [f"cools down for {span(limits.cooldown)}"] if limits.cooldown else []
    parts += [f"at most {times(limits.most)} in {span(limits.per)}"] if limits.most else []
    parts += [f"at most {limits.concurrency} at a time"] if limits.concurrency else []
    parts += [f"if it persists for {span(limits.persists)}"] if limits.persists else []
    parts += [f"never while an alarm of {' or '.join(limits.unless_open)} is open"] if limits.unless_open else []
    return ", ".join([*parts, *(["dry run"] if limits.dry_run else [])])


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(map(_said, value))
    return "empty" if value == "" else str(value)


def said_news(news: Mapping[str, Any]) -> str:
    """What came, in words: `entry 45, alarm.opened about alarm:3: log loss is 0.41`."""
    number = f"entry {news['id']}, " if news.get("id") else ""
    data = news.get("data") or {}
    detail = data.get("sentence") or ", ".join(
        f"{k} {v}" for k, v in data.items() if isinstance(v, str | int | float) and v not in ("", None)
    )
    return f"{number}{news.get('kind', '')} about {news.get('subject', '')}{f': {detail}' if detail else ''}"


def span(seconds: float) -> str:
    """A duration as people say it: `90 s`, `15 min`, `3 h`, `7 d`."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


def times(count: int, word: str = "time") -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def moment(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
