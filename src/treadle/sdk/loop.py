"""Declaring the loop beside the pipelines it closes: endpoints, monitors and triggers, applied with `treadle apply FILE`.

    from treadle import do, loop, trigger, when

    loop.endpoint("flights", model="flight-delay", port=8090)
    loop.monitor("flights-watch", endpoint="flights", seconds="7d", checks=["quality", "drift"])
    trigger("retrain", when.news("alarm.opened", kind="performance"), do.run(late_arrivals), cooldown="1d", at_most=(3, "7d"))

Declaring does nothing by itself: a declaration is a value that `apply` collects when it imports the file. `loop.standard` declares
the whole default chain in one line.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.core.errors import DefinitionError

if TYPE_CHECKING:
    from treadle.contract import triggers as words
    from treadle.contract.monitoring import DeclareMonitor, Performance
    from treadle.contract.serving import DeclareEndpoint, Guardrails, Stage
    from treadle.sdk.define import Command, Declared

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATIONS = frozenset(("time_limit", "drain", "seconds", "silence", "latency", "cooldown", "persists", "every"))
_SIZES = frozenset(("most_body", "memory"))


class Waiting(msgspec.Struct, frozen=True):
    """A source with conditions on its news: what `when.news(...)` and its kin answer."""

    source: Any
    match: dict[str, Any]
    where: str


class Task(msgspec.Struct, frozen=True):
    """A run to be submitted: something declared, with values for its parameters and sources for its inputs."""

    target: Any
    arguments: dict[str, Any]
    options: dict[str, Any]


class DeclaredTrigger(msgspec.Struct, frozen=True):
    """A trigger as it was written; `treadle.worker.declared` makes words of the contract out of it."""

    name: str
    waiting: Waiting
    do: tuple[Any, ...]
    limits: Any
    paused: bool


class Declarations(msgspec.Struct):
    """What a file has declared so far."""

    endpoints: list[Any] = msgspec.field(default_factory=list)
    monitors: list[Any] = msgspec.field(default_factory=list)
    triggers: list[DeclaredTrigger] = msgspec.field(default_factory=list)


declared = Declarations()
"""What was declared in this process."""


def endpoint(name: str, *, model: Any, **settings: Any) -> DeclareEndpoint:
    """Declares an endpoint for a model (a name, or `model(...)`). `settings` are the fields of EndpointSettings: port, workers,
    record, time_limit, sticky ...; times as seconds or "10s", sizes as bytes or "16M"."""
    from treadle.contract.serving import DeclareEndpoint, EndpointSettings

    made = DeclareEndpoint(endpoint=name, model=_name_of(model), settings=_struct(EndpointSettings, settings, f"endpoint `{name}`"))
    declared.endpoints.append(made)
    return made


def monitor(name: str, *, endpoint: Any, **settings: Any) -> DeclareMonitor:
    """Declares a monitor of an endpoint (a name, or what `loop.endpoint` answered). `settings` are the fields of MonitorSettings:
    rows, seconds, checks, columns, slices, performance (see `loop.performance`), alpha, open, close ..."""
    from treadle.contract.monitoring import DeclareMonitor, MonitorSettings

    made = DeclareMonitor(monitor=name, endpoint=_name_of(endpoint), settings=_struct(MonitorSettings, settings, f"monitor `{name}`"))
    declared.monitors.append(made)
    return made


def performance(metric: str, **more: Any) -> Performance:
    """What labelled predictions must reach: `at_least`, `at_most` or `worse_by`; `labelled`, `estimate`."""
    from treadle.contract.monitoring import Performance

    made: Performance = _struct(Performance, {"metric": metric, **more}, f"performance of {metric}")
    return made


def trigger(
    name: str,
    when: Waiting,
    *do: Any,
    cooldown: float | str = 0.0,
    at_most: tuple[int, float | str] | None = None,
    concurrency: int = 0,
    persists: float | str = 0.0,
    unless_open: str | Sequence[str] = (),
    shared: str | Sequence[str] = (),
    tries: int = 5,
    dry_run: bool = False,
    paused: bool = False,
) -> DeclaredTrigger:
    """Declares a trigger: `when` its news comes, `do` one thing or several, within limits.

    `cooldown`: seconds, or "1d", between firings; `at_most=(3, "7d")`; `concurrency`: at most so many at a time, from the firing to
    the end of the runs and rollouts it started; `persists`: an alarm must still be open so long afterwards; `unless_open`: kinds of
    alarms that forbid it; `shared`: other triggers whose firings count as its own; `tries` of what fails for a reason that passes;
    `dry_run` records what it would do.
    """
    from treadle.contract.triggers import Limits

    if not isinstance(when, Waiting):
        raise DefinitionError(f"trigger `{name}` is not told when", hint='trigger(NAME, when.news("alarm.opened"), do.run(PIPELINE))')
    most, per = at_most or (0, 0.0)
    limits = Limits(
        match=when.match,
        where=when.where,
        cooldown=seconds(cooldown, "cooldown"),
        most=most,
        per=seconds(per, "at_most"),
        concurrency=concurrency,
        persists=seconds(persists, "persists"),
        unless_open=_words(unless_open),
        shared=_words(shared),
        tries=tries,
        dry_run=dry_run,
    )
    made = DeclaredTrigger(name, when, tuple(do), limits, paused)
    declared.triggers.append(made)
    return made


class when:  # noqa: N801 - reads as a word in user code: trigger("nightly", when.schedule("0 3 * * *"), ...)
    """Where news comes from. `where` is an expression on what the news says, further keywords are values it must have: a list for
    one of several, a text with `*` for alike."""

    @staticmethod
    def news(kind: str, /, *, subject: str = "", where: str = "", **match: Any) -> Waiting:
        """An entry of the journal: `when.news("alarm.opened", kind="performance")`, `when.news("run.*", where="...")`."""
        from treadle.contract.triggers import News

        return Waiting(News(kind=kind, subject=subject), _values(match), where)

    @staticmethod
    def dataset(name: str, /, *, where: str = "", **match: Any) -> Waiting:
        """A new version of a dataset; the news says `version`, `files`, `size`, `added` ..."""
        return when.news("dataset.committed", subject=f"dataset:{name}", where=where, **match)

    @staticmethod
    def schedule(cron: str, /, *, zone: str = "UTC") -> Waiting:
        """Moments of a cron expression in a time zone: `when.schedule("0 3 * * *", zone="Europe/Helsinki")`."""
        from treadle.contract.triggers import Schedule

        return Waiting(Schedule(cron=cron, zone=zone), {}, "")

    @staticmethod
    def webhook(*, secret: str, where: str = "", **match: Any) -> Waiting:
        """A POST to /hooks/NAME of `treadle up`, signed with the secret of this name; the news is its JSON body."""
        from treadle.contract.triggers import Webhook

        return Waiting(Webhook(secret=secret), _values(match), where)

    @staticmethod
    def git(repository: str | os.PathLike[str], /, *, branch: str = "main", every: float | str = 10.0) -> Waiting:
        """A new commit at the head of a branch. `do.run` then runs the code of that commit."""
        from treadle.contract.triggers import Git

        return Waiting(Git(repository=_place(repository), branch=branch, every=seconds(every, "every")), {}, "")

    @staticmethod
    def files(
        place: str | os.PathLike[str], /, *, pattern: str = "*", every: float | str = 5.0, existing: bool = False, where: str = ""
    ) -> Waiting:
        """New files in a folder, or below `s3://BUCKET/PREFIX`; the news says `files`, `count`, `path` (the first) and `place`."""
        from treadle.contract.triggers import Files

        return Waiting(Files(place=_place(place), pattern=pattern, every=seconds(every, "every"), existing=existing), {}, where)

    @staticmethod
    def labels(endpoint: Any, /, *, every: int) -> Waiting:
        """So many more labels of an endpoint."""
        from treadle.contract.triggers import Labels

        return Waiting(Labels(endpoint=_name_of(endpoint), every=every), {}, "")

    @staticmethod
    def rows(dataset: str, /, *, every: int) -> Waiting:
        """So many more rows in the newest version of a dataset."""
        from treadle.contract.triggers import Rows

        return Waiting(Rows(dataset=dataset, every=every), {}, "")


class do:  # noqa: N801
    """What is done. `{name}` in a text is filled in from the news: `{ref}`, `{data.kind}`, `{entry.id}`; `{{` is a brace."""

    @staticmethod
    def run(target: Declared[..., Any] | Command, /, *, options: Mapping[str, Any] | None = None, **arguments: Any) -> Task:
        """Submits a step or pipeline with the code that `apply` captured. Arguments are parameters, or for inputs a source:
        `dataset://flights@v{version}`. `options` are cache, seed, tags, note, engine."""
        return Task(target, dict(arguments), dict(options or {}))

    @staticmethod
    def call(operation: str, /, **request: Any) -> words.Operate:
        """Performs any operation that an approver may, by name: `do.call("serving.rollback", endpoint="{endpoint}")`."""
        from treadle.contract.triggers import Operate

        return Operate(operation=operation, request=_values(request))

    @staticmethod
    def release(
        endpoint: Any,
        /,
        *,
        ref: str = "{ref}",
        stages: Sequence[Stage | Mapping[str, Any]] = (),
        guardrails: Guardrails | Mapping[str, Any] | None = None,
    ) -> words.Operate:
        """Moves an endpoint's traffic to a version, stage by stage: `stages=[loop.shadow(rows=500), loop.share(0.2, rows=500)]`."""
        request: dict[str, Any] = {"endpoint": _name_of(endpoint), "ref": ref}
        request |= {"stages": [_plain(stage) for stage in stages]} if stages else {}
        request |= {"guardrails": _plain(guardrails)} if guardrails is not None else {}
        return do.call("serving.release", **request)

    @staticmethod
    def notify(
        *,
        webhook: str = "",
        secret: str = "",
        slack: str = "",
        mail: str | Sequence[str] = (),
        text: str = "",
        server: str = "",
        sender: str = "",
    ) -> words.Notify:
        """Tells people: a JSON webhook (signed when a secret is named), a Slack-compatible webhook, mail. An address may be
        `secret:NAME`. Without a text they are told the news in words."""
        from treadle.contract.triggers import Notify

        return Notify(webhook=webhook, secret=secret, slack=slack, mail=_words(mail), text=text, server=server, sender=sender)

    @staticmethod
    def add(dataset: str, path: str | os.PathLike[str], /, *, message: str = "") -> words.Add:
        """Makes a new version of a dataset out of a file or folder: `do.add("orders", "{place}")`."""
        from treadle.contract.triggers import Add

        return Add(dataset=dataset, path=_place(path), message=message)


def shadow(*, rows: int = 0, seconds: float | str = 0.0, labels: int = 0) -> Stage:
    """A stage of a rollout in which the new version sees the traffic and does not answer."""
    return share(0.0, rows=rows, seconds=seconds, labels=labels)


def share(part: float, *, rows: int = 0, seconds: float | str = 0.0, labels: int = 0) -> Stage:
    """A stage of a rollout in which the new version answers a part of the traffic, until so much was seen of it."""
    from treadle.contract.serving import Stage

    return Stage(share=part, rows=rows, seconds=_seconds(seconds, "seconds"), labels=labels)


def standard(
    name: str,
    *,
    model: Any,
    pipeline: Declared[..., Any],
    performance: Performance | None = None,
    stages: Sequence[Any] | None = None,
    guardrails: Any = None,
    window: float | str | int = "7d",
    persists: float | str = 0.0,
    cooldown: float | str = "1d",
    at_most: tuple[int, float | str] = (3, "7d"),
    notify: words.Notify | None = None,
    endpoint_settings: Mapping[str, Any] | None = None,
    monitor_settings: Mapping[str, Any] | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> tuple[DeclaredTrigger, ...]:
    """The whole loop around a model in one line: an endpoint, its monitor, and a chain of triggers that is sound.

    Bad data (`quality`) is told and never retrains: while such an alarm is open no other retrains either. Decay of performance
    retrains at once. Drift opens an incident, and retrains when it persists: when its alarm is a page, not a note, which takes
    `among` bad windows in a row, and is still open `persists` later. Both together at most so often, one at a time. What the gates
    approve is released: in shadow, to a share, to all. `window` is a time of traffic ("7d"), or a number of rows; `notify` is told of
    every alarm.
    """
    at = endpoint(name, model=model, **(endpoint_settings or {}))
    size = {"rows": window} if isinstance(window, int) else {"seconds": window}
    checks = ("quality", "drift", "predictions", "traffic", *(("performance",) if performance is not None else ()))
    monitor(f"{name}-watch", endpoint=at, **{"checks": checks, "performance": performance, **size, **(monitor_settings or {})})
    ramp = stages if stages is not None else (shadow(rows=500), share(0.2, rows=500))
    limits: dict[str, Any] = {"cooldown": cooldown, "at_most": at_most, "concurrency": 1, "unless_open": ("quality",)}
    made = [
        trigger(
            f"{name}-release",
            when.news("version.approved", model=at.model),
            do.release(at, stages=ramp, guardrails=guardrails),
            concurrency=1,
        ),
        trigger(
            f"{name}-decay",
            when.news("alarm.opened", kind="performance", endpoint=name),
            do.run(pipeline, **(arguments or {})),
            shared=f"{name}-drift",
            **limits,
        ),
        trigger(
            f"{name}-drift",
            when.news(
                "alarm.*",
                where="entry.kind in ['alarm.opened', 'alarm.raised'] and severity = 'page'",
                kind=["drift", "predictions", "joint"],
                endpoint=name,
            ),
            do.run(pipeline, **(arguments or {})),
            persists=persists,
            shared=f"{name}-decay",
            **limits,
        ),
    ]
    if notify is not None:
        made.append(trigger(f"{name}-tell", when.news("alarm.*", endpoint=name), notify))
    return tuple(made)


# --- what people write, as the contract has it -----------------------------------------------------------------------------


def seconds(value: float | str, option: str) -> float:
    """A duration in seconds from a number, or from "50ms", "90s", "10m", "2h", "7d", "1w"."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|m|h|d|w)", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise DefinitionError(f"`{option}` is {value!r}, which is no duration", hint=f'{option}=90, or {option}="90s", "10m", "2h", "7d"')
    return float(match[1]) * _UNITS[match[2]]


_seconds = seconds


def _struct(kind: type[Any], given: Mapping[str, Any], what: str) -> Any:
    """A struct of the contract out of keywords; raises DefinitionError naming the field that is wrong."""
    from treadle.sdk.define import size

    fields = kind.__struct_fields__
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            raise DefinitionError(
                f"{what} has no setting `{name}`", hint=f"did you mean `{near[0]}`?" if near else f"it has {', '.join(fields)}"
            )
        if value is not None and name in _DURATIONS:
            value = seconds(value, name)
        made[name] = size(value, name) if name in _SIZES else _plain(value)
    try:
        return msgspec.convert(made, kind)
    except msgspec.ValidationError as error:
        raise DefinitionError(f"{what} cannot be: {error}") from error


def _words(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data only: it travels and is compared."""
    try:
        return {name: msgspec.to_builtins(value) for name, value in given.items()}
    except TypeError as error:
        raise DefinitionError(f"a trigger was given {dict(given)!r}, which is no plain data") from error


def _name_of(thing: Any) -> str:
    """The name of a model, an endpoint, a monitor; or the name itself."""
    name = thing if isinstance(thing, str) else getattr(thing, "endpoint", None) or getattr(thing, "name", None)
    if not isinstance(name, str) or not name:
        raise DefinitionError(f"{thing!r} has no name", hint="give the name as a text")
    return name


def _place(path: str | os.PathLike[str]) -> str:
    """A path as it was written. `apply` makes it absolute: a keeper may work in another folder."""
    return os.fspath(path)
