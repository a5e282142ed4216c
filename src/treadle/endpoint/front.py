"""What one worker answers: the revisions it has, which of them takes a request, and who steps in when one fails."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from treadle.contract.serving import EndpointSettings, Traffic
from treadle.endpoint.answers import Refused, refuse
from treadle.endpoint.births import Nurseries
from treadle.endpoint.checker import Checker, Rows, seconds
from treadle.endpoint.http import Request
from treadle.endpoint.lines import Answer, Job, Line
from treadle.endpoint.plans import Orders
from treadle.endpoint.routing import Turns, place
from treadle.endpoint.spool import Recorder

log = logging.getLogger("treadle.endpoint")
Parse = Callable[[Checker], Rows]
Form = Callable[[Job, Line, Answer], None]


class Front:
    """The revisions of an endpoint in one worker. `hurry` is called when the keeper should hear at once."""

    def __init__(self, loop: asyncio.AbstractEventLoop, nurseries: Nurseries, recorder: Recorder, hurry: Callable[[], None]) -> None:
        self.loop = loop
        self.nurseries = nurseries
        self.recorder = recorder
        self.hurry = hurry
        self.settings = EndpointSettings()
        self.endpoint = ""
        self.generation = -1
        self.lines: dict[int, Line] = {}
        self.live: Line | None = None
        self.canary: Line | None = None
        self.shadows: tuple[Line, ...] = ()
        self.canary_share = 0.0
        self.failed: dict[int, str] = {}
        self.former: dict[int, Traffic] = {}  # counts of revisions that are gone from here
        self.draining = False
        self._turns = Turns()
        self._prefix = secrets.token_hex(5)
        self._numbers = count(1)
        self._changing = asyncio.Lock()

    # --- plans -------------------------------------------------------------------------------------------------------

    async def obey(self, orders: Orders) -> None:
        """Answers by these orders: loads what is new, then changes over at once, then lets what is not wanted any more finish."""
        async with self._changing:
            if orders.generation < self.generation:
                return
            self.settings, self.endpoint = orders.settings, orders.endpoint
            self.recorder.endpoint, self.recorder.share = orders.endpoint, orders.settings.record
            wanted: dict[int, Line] = {}
            for spec in orders.specs:
                known = self.lines.get(spec.number)
                if known is not None and known.spec.same == spec.same and known.state != "failed":
                    known.spec = spec
                    wanted[spec.number] = known
                else:
                    wanted[spec.number] = Line(self, spec)
                    wanted[spec.number].start()
            await asyncio.gather(*(line.settled.wait() for line in wanted.values()))
            self._change_over(orders, wanted)

    def _change_over(self, orders: Orders, wanted: dict[int, Line]) -> None:
        former = [line for number, line in self.lines.items() if wanted.get(number) is not line]
        roles: dict[str, list[Line]] = {"live": [], "canary": [], "shadow": [], "ready": []}
        self.failed = {n: line.reason for n, line in wanted.items() if line.state == "failed"}
        for spec in orders.specs:
            line = wanted[spec.number]
            if line.state != "failed":
                line.role = spec.role
                roles.get(spec.role, []).append(line)
        if not roles["live"] and self.live is not None and any(spec.role == "live" for spec in orders.specs):
            # What should be live cannot be loaded: what was live goes on, and the record hears of the failure.
            log.error("the live revision cannot be loaded; revision %d goes on", self.live.number)
            former = [line for line in former if line is not self.live]
            wanted.setdefault(self.live.number, self.live)
            roles["live"] = [self.live]
        self.live = roles["live"][0] if roles["live"] else None
        self.canary = roles["canary"][0] if roles["canary"] else None
        self.canary_share = self.canary.spec.share if self.canary is not None else 0.0
        self.shadows = tuple(roles["shadow"])
        for number in [n for n, line in wanted.items() if line.state == "failed"]:
            wanted.pop(number).end()
        self.lines = wanted
        self.generation = orders.generation
        self.hurry()
        for line in former:
            self._keep_counts(line)
            self.loop.create_task(self._finish(line))

    async def _finish(self, line: Line) -> None:
        await line.finish()
        self._keep_counts(line)

    def _keep_counts(self, line: Line) -> None:
        self.former[line.number] = line.traffic

    async def close(self) -> None:
        """Lets everything that is under way be answered, then ends the models' processes."""
        await asyncio.gather(*(line.finish() for line in self.lines.values()))
        self.recorder.close()
        self.nurseries.close()

    def traffic(self) -> list[Traffic]:
        """The counts of every revision that answered here since this worker started."""
        return [line.traffic for line in self.lines.values()] + [t for n, t in self.former.items() if n not in self.lines]

    def failures(self) -> dict[int, str]:
        """Revisions that cannot be loaded or keep dying, with the reason."""
        return self.failed | {n: line.reason for n, line in self.lines.items() if line.reason}

    # --- requests ----------------------------------------------------------------------------------------------------

    def predict(self, request: Request, parse: Parse, form: Form, key: str | None, at: float | None, version: str | None = None) -> None:
        """Checks the rows, finds out who answers, and puts them in line. Raises Refused."""
        began = time.perf_counter()
        live = self.live if version is None else self._version(version)
        if live is None:
            raise Refused(503, "no revision answers here yet", hint="treadle serve shows why")
        try:
            rows = parse(live.checker)
        except Refused:
            live.invalid += 1
            raise
        job = Job(request, rows, form, began, f"{self._prefix}-{next(self._numbers):x}")
        job.key, job.at, job.parse = key, at, parse
        line = live
        if self.canary is not None and version is None:
            first = key if key is not None else (rows.keys[0] if rows.keys else None)
            if first is not None and self.settings.sticky:
                taken = place(self.endpoint, first) < self.canary_share
            else:
                taken = self._turns.canary(self.canary_share)
            if taken and self.canary.state != "failed":
                line = self._suited(job, self.canary) or live
        job.role = line.role if line.role in ("live", "canary") else "live"
        if len(line.waiting) >= self.settings.most_waiting or line.wait > self.settings.time_limit:
            line.refused += 1
            raise Refused(429, "too many requests are waiting", hint="come back a little later, or start more workers")
        line.put(job)

    def _version(self, version: str) -> Line:
        for line in self.lines.values():
            if str(line.spec.version) == version.removeprefix("v") and line.state != "failed":
                return line
        raise Refused(404, f"version `{version[:40]}` is not answering here", hint="GET /v2/models/MODEL names those that are")

    def _suited(self, job: Job, line: Line) -> Line | None:
        """The line, when the rows are right for it: another revision may take other columns."""
        live = self.live
        if (
            live is None
            or line.checker.signature == live.checker.signature
            or (
                line.checker.names == live.checker.names
                and line.checker.columns == live.checker.columns
                and line.checker.matrix == live.checker.matrix
            )
        ):
            return line
        try:
            assert job.parse is not None
            job.rows = job.parse(line.checker)
        except Refused:
            line.invalid += 1
            return None
        return line

    def rescue(self, job: Job, line: Line, status: int, what: str) -> None:
        """A revision has failed a request: the live one answers in place of a canary, nobody in place of the live one."""
        live = self.live
        if job.request is None or job.done:
            job.done = True
            return
        if (
            live is not None
            and line is not live
            and live.state in ("ready", "starting")
            and job.parse is not None
            and line.role == "canary"
        ):
            job.rows = job.parse(live.checker) if line.checker.columns != live.checker.columns else job.rows
            job.role = "live"
            job.began = time.perf_counter()
            live.put(job)
            return
        job.done = True
        if not job.request.gone:
            refuse(job.request, Refused(status, what), line.head + job.id.encode() + b"\r\n")

    def shade(self, job: Job, line: Line, answer: Answer) -> None:
        """Shows an answered request to the shadows. They have their own time: a full line drops what it cannot take."""
        told: tuple[str, int, Any] | None = None
        for shadow in self.shadows:
            if len(shadow.waiting) >= self.settings.most_waiting:
                shadow.refused += 1
                continue
            copy = Job(None, job.rows, None, time.perf_counter(), job.id)
            copy.received, copy.key, copy.at, copy.role, copy.parse = job.received, job.key, job.at, "shadow", job.parse
            told = told or (answer.kind, answer.width, answer.flat())
            copy.live = told
            if self._suited(copy, shadow) is not None:
                shadow.put(copy)
        del line

    def tick(self, now: float) -> None:
        clock = time.perf_counter()
        for line in list(self.lines.values()):
            line.tick(now, clock)
        self.recorder.turn(now)

    def weigh(self) -> None:
        for line in list(self.lines.values()):
            line.weigh()


def key_of(value: Any) -> str | None:
    """A caller's key from a header or parameter. Raises Refused."""
    if value is None:
        return None
    if type(value) is int:
        return str(value)
    if isinstance(value, str) and 0 < len(value) <= 200:
        return value
    raise Refused(400, "a key is a text of 1 to 200 characters", where="key")


def moment_of(value: Any) -> float | None:
    """A caller's event time from a header or parameter. Raises Refused."""
    if value is None:
        return None
    text = value
    if isinstance(value, str):
        try:
            text = float(value)
        except ValueError:
            text = value
    found = seconds(text)
    if found is None:
        raise Refused(400, "the event time is neither seconds since 1970 nor an RFC 3339 time", where="at")
    return found
