"""The line before one model's process: requests wait here, and leave together.

There is no timer. The next batch is whatever arrived while the last one ran; a caller who is alone is a batch of one, at once. When the
process dies, hangs or takes too much memory it is replaced, and what was under way is answered by somebody else or with an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.contract.serving import LATENCY_BOUNDS, Traffic
from treadle.endpoint.checker import Checker, Rows
from treadle.endpoint.cost import Cost
from treadle.endpoint.frames import Unpacker, pack
from treadle.endpoint.plans import Spec

if TYPE_CHECKING:
    from treadle.endpoint.front import Front
    from treadle.endpoint.http import Request

log = logging.getLogger("treadle.endpoint")
_PAUSES = (0.0, 0.1, 0.5, 2.0, 5.0)
_LOADING_SECONDS = 300.0
_GIVE_UP = 4
"""So many deaths in a row without an answer between, and a revision counts as failed."""


class Job:
    """Rows of one request on their way. `form` writes the answer; a job without a request is a shadow's copy."""

    __slots__ = ("at", "began", "done", "form", "id", "key", "live", "parse", "received", "request", "role", "rows")

    def __init__(
        self, request: Request | None, rows: Rows, form: Callable[[Job, Line, Answer], None] | None, began: float, id: str
    ) -> None:
        self.request = request
        self.rows = rows
        self.form = form
        self.began = began
        self.received = request.received if request is not None else 0.0
        self.id = id
        self.key: str | None = None
        self.at: float | None = None
        self.role = "live"
        self.done = False
        self.parse: Callable[[Checker], Rows] | None = None
        self.live: tuple[str, int, Any] | None = None  # what the live revision answered, for a shadow to be compared with


class Answer:
    """What the model gave for one request: `count` rows of `width` values, as one flat list or as lists per column."""

    __slots__ = ("_values", "count", "kind", "width")

    def __init__(self, kind: str, width: int, count: int, values: Any) -> None:
        self.kind = kind
        self.width = width
        self.count = count
        self._values = values

    def flat(self) -> list[Any]:
        """All values, row by row."""
        if self.kind != "o":
            found: list[Any] = self._values.tolist() if type(self._values) is memoryview else self._values
            return found
        return [value for row in zip(*self._values, strict=True) for value in row]

    def rows(self) -> list[Any]:
        """A value per row where the model gives one, else a list per row."""
        if self.kind == "o":
            return list(self._values[0]) if self.width == 1 else [list(row) for row in zip(*self._values, strict=True)]
        flat, width = self.flat(), self.width
        return flat if width == 1 else [flat[i : i + width] for i in range(0, len(flat), width)]

    def columns(self) -> list[list[Any]]:
        """A list per column."""
        if self.kind == "o":
            return [list(column) for column in self._values]
        flat = self.flat()
        return [flat[i :: self.width] for i in range(self.width)]


class Line(asyncio.Protocol):
    """One revision: its queue, its process, its counts."""

    def __init__(self, front: Front, spec: Spec) -> None:
        self.front = front
        self.spec = spec
        self.number = spec.number
        self.role = spec.role
        self.checker = Checker(spec.signature, front.settings.most_rows)
        self.names = [column.name for column in spec.signature.outputs] if spec.signature is not None else []
        self.head = f"Treadle-Revision: {spec.number}\r\nTreadle-Version: {_word(spec.model)}@v{spec.version}\r\nTreadle-Id: ".encode()
        self.state = "starting"
        self.reason = ""
        self.settled = asyncio.Event()
        self.cost = Cost()
        self.waiting: deque[Job] = deque()
        self.waiting_rows = 0
        self.requests = self.rows = self.errors = self.crashes = self.invalid = self.refused = self.disagreements = 0
        self.latency = [0] * (len(LATENCY_BOUNDS) + 1)
        self.pid = 0
        self._pidfd = -1
        self._transport: asyncio.WriteTransport | None = None
        self._unpacker = Unpacker()
        self._batch: list[Job] | None = None
        self._sent: tuple[bytes, list[int], list[int]] = (b"", [], [])
        self._began = 0.0
        self._armed = False
        self._deaths = 0
        self._was_ready = False
        self._closing = False
        self._ended = asyncio.Event()
        self._starting: asyncio.Task[None] | None = None

    # --- what the front asks -----------------------------------------------------------------------------------------

    @property
    def described(self) -> dict[str, Any]:
        """What stands in a spool about this revision, so that it can be read without a record."""
        signature = self.spec.signature
        inputs = [[column.name, column.type] for column in signature.inputs] if signature is not None else None
        return {"revision": self.number, "inputs": inputs, "outputs": self.names}

    @property
    def traffic(self) -> Traffic:
        """The counts so far."""
        return Traffic(
            revision=self.number,
            requests=self.requests,
            rows=self.rows,
            errors=self.errors,
            invalid=self.invalid,
            refused=self.refused,
            crashes=self.crashes,
            latency=tuple(self.latency),
            disagreements=self.disagreements,
        )

    @property
    def under_way(self) -> int:
        return len(self.waiting) + (len(self._batch) if self._batch is not None else 0)

    @property
    def wait(self) -> float:
        """Seconds that somebody who comes now will probably wait."""
        return self.cost.seconds(self.waiting_rows, self.front.settings.batch_rows)

    def put(self, job: Job) -> None:
        """Takes a job in; it leaves with the next batch."""
        self.waiting.append(job)
        self.waiting_rows += job.rows.size
        if not self._armed and self._batch is None and self.state == "ready":
            # Not at once: what other connections have sent by now is read first, and leaves in the same batch.
            self._armed = True
            self.front.loop.call_soon(self._flush)

    def start(self) -> None:
        self._starting = self.front.loop.create_task(self._start())

    async def finish(self) -> None:
        """Takes no more jobs, lets those there be answered, then ends the process."""
        self._closing = True
        limit = self.front.settings.time_limit * 2
        end = time.monotonic() + limit
        while self.under_way and time.monotonic() < end and self.state in ("ready", "starting"):
            await asyncio.sleep(0.01)
        self.end()

    def end(self) -> None:
        """Ends the process now."""
        self._closing = True
        if self._starting is not None:
            self._starting.cancel()
        if self._transport is not None:
            self._transport.close()
        self._kill()
        batch, self._batch = self._batch, None
        if batch:
            self._failed(batch, 503, "the revision was taken away")
        self._fail_waiting(503, "the revision was taken away")

    # --- the process -------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        pause = _PAUSES[min(self._deaths, len(_PAUSES) - 1)]
        if pause:
            await asyncio.sleep(pause)
        self._unpacker = Unpacker()
        self._began = time.monotonic()
        connection, self.pid, self._pidfd = await self.front.nurseries.born(self.spec.preload)
        self._transport, _ = await self.front.loop.create_connection(lambda: self, sock=connection)
        self._transport.write(pack(self.spec))

    def data_received(self, data: bytes) -> None:
        for header, body in self._unpacker.feed(data):
            if type(header) is list:
                self._answered(header, body)
            elif "ready" in header:
                self._was_ready = True
                self.state, self.reason = "ready", ""
                self.settled.set()
                self._flush()
            else:
                self.state, self.reason = "failed", str(header["failed"])
                self.settled.set()
                self._fail_waiting(503, f"the model cannot be loaded: {self.spec.model} v{self.spec.version}")

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._kill()
        if self._closing or self.state == "failed":
            self._ended.set()
            return
        self._died("its process ended")

    def _kill(self) -> None:
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
            self._pidfd = -1

    def _died(self, how: str) -> None:
        """The process is gone without being asked to: what it worked on has failed, and a new one is started."""
        batch, self._batch = self._batch, None
        self.crashes += 1
        self._deaths += 1
        self.front.hurry()
        log.warning("the process of revision %d is gone: %s", self.number, how)
        if self._deaths > _GIVE_UP:
            self.reason = f"its process keeps dying: {how}"
        self.state = "starting"
        if batch:
            self._failed(batch, 503, f"the process of the model died: {how}")
        if self._deaths > _GIVE_UP:
            self.settled.set()
            self._fail_waiting(503, "the process of the model keeps dying")
            if not self._was_ready:
                self.state = "failed"
                return
        self.start()

    # --- batches -----------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        self._armed = False
        waiting = self.waiting
        if self._batch is not None or self.state != "ready" or not waiting or self._transport is None:
            return
        most = self.cost.rows(self.front.settings.batch_rows)
        batch: list[Job] = []
        counts: list[int] = []
        rows = 0
        while waiting:
            job = waiting[0]
            count = job.rows.size
            if batch and rows + count > most:
                break
            waiting.popleft()
            self.waiting_rows -= count
            if job.request is not None and job.request.gone:
                continue
            batch.append(job)
            counts.append(count)
            rows += count
        if not batch:
            return
        payloads = [job.rows.payload for job in batch]
        sizes = [len(payload) for payload in payloads]
        body = payloads[0] if len(payloads) == 1 else b"".join(payloads)
        self._batch = batch
        self._sent = (body, sizes, counts)
        self._began = time.monotonic()
        self._transport.write(pack([sizes, counts], body))

    def _answered(self, header: list[Any], body: bytes) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        inputs, sizes, counts = self._sent
        self._deaths = 0
        self.cost.learn(sum(counts), time.monotonic() - self._began)
        if self.waiting:
            self._flush()
        errors: dict[int, str] | None = header[2]
        now = time.perf_counter()
        recorder = self.front.recorder
        if recorder.on:
            recorder.batch(self, batch, inputs, sizes, counts, header, body, now)
        answers = _answers(header, body, counts)
        self.requests += len(batch)
        self.rows += sum(counts)
        latency = self.latency
        shadows = self.front.shadows if self.role in ("live", "canary") else ()
        for place, job in enumerate(batch):
            if errors is not None and place in errors:
                self._raised(job, errors[place])
                continue
            latency[bisect_left(LATENCY_BOUNDS, now - job.began)] += 1
            if job.done:
                continue
            job.done = True
            answer = answers(place)
            if job.form is not None:
                job.form(job, self, answer)
                if shadows:
                    self.front.shade(job, self, answer)
            elif job.live is not None:
                self.disagreements += _differs(job.live, answer)

    def _raised(self, job: Job, reason: str) -> None:
        self.errors += 1
        log.warning("revision %d raised %s (request %s)", self.number, reason, job.id)
        if not job.done:
            self.front.rescue(job, self, 500, f"the model raised {reason.partition(':')[0]}")

    def _failed(self, batch: list[Job], status: int, what: str) -> None:
        """A whole batch without an answer."""
        self.errors += len(batch)
        self.requests += len(batch)
        if self.front.recorder.on:
            self.front.recorder.failed(self, batch, what, time.perf_counter())
        for job in batch:
            if not job.done:
                self.front.rescue(job, self, status, what)

    def _fail_waiting(self, status: int, what: str) -> None:
        jobs = list(self.waiting)
        self.waiting.clear()
        self.waiting_rows = 0
        for job in jobs:
            self.refused += 1
            self.front.rescue(job, self, status, what)

    # --- time and memory ---------------------------------------------------------------------------------------------

    def tick(self, now: float, clock: float) -> None:
        """Ends what takes too long. `now` is time.monotonic(), `clock` time.perf_counter()."""
        limit = self.front.settings.time_limit * (0.5 if self.role == "canary" else 1.0)
        while self.waiting and clock - self.waiting[0].began > limit:
            job = self.waiting.popleft()
            self.waiting_rows -= job.rows.size
            self.refused += 1
            self.front.rescue(job, self, 504, f"no answer within {limit:g} s")
        if self._batch is not None and now - self._began > limit:
            self._replace(504, f"no answer within {limit:g} s")
        elif self.state == "starting" and self._transport is not None and now - self._began > _LOADING_SECONDS:
            self.state, self.reason = "failed", f"not loaded within {_LOADING_SECONDS:g} s"
            self.settled.set()
            self._fail_waiting(503, "the model cannot be loaded")
            self.end()

    def weigh(self) -> None:
        """Replaces a process that has outgrown its memory. Called a few times a second."""
        if self.spec.memory and self.pid and self._transport is not None and resident(self.pid) > self.spec.memory:
            self._replace(503, f"the process of the model took more than {self.spec.memory >> 20} MiB of memory")

    def _replace(self, status: int, how: str) -> None:
        batch, self._batch = self._batch, None
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.set_protocol(asyncio.Protocol())  # its end is no news any more
            transport.abort()
        self._kill()
        if batch:
            self._failed(batch, status, how)
        self._died(how)


def _answers(header: list[Any], body: bytes, counts: list[int]) -> Callable[[int], Answer]:
    """How to come to the answer of each request in a batch's frame."""
    kind, width = header[0], header[1]
    if kind == "each":
        parts = msgspec.msgpack.decode(body)

        def single(place: int) -> Answer:
            of_kind, of_width, data = parts[place]
            values = msgspec.msgpack.decode(data) if of_kind == "o" else memoryview(data).cast(of_kind)
            return Answer(of_kind, of_width, counts[place], values)

        return single
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + count)
    if kind == "o":
        columns = msgspec.msgpack.decode(body)
        return lambda place: Answer(kind, width, counts[place], [column[starts[place] : starts[place + 1]] for column in columns])
    if not kind:
        return lambda place: Answer("d", 0, counts[place], [])
    view = memoryview(body).cast(kind)
    return lambda place: Answer(kind, width, counts[place], view[starts[place] * width : starts[place + 1] * width])


def _differs(live: tuple[str, int, Any], answer: Answer) -> bool:
    """Whether a shadow answered otherwise: another class for probabilities, a value that is more than a millionth away, another word."""
    kind, width, flat = live
    other = answer.flat()
    if width != answer.width or len(flat) != len(other) or (kind == "o") != (answer.kind == "o"):
        return True
    if kind == "d" and width > 1:
        for i in range(0, len(flat), width):
            one, two = flat[i : i + width], other[i : i + width]
            if one.index(max(one)) != two.index(max(two)):
                return True
        return False
    if kind == "o":
        return bool(flat != other)
    return any(abs(a - b) > 1e-6 * max(1.0, abs(a)) for a, b in zip(flat, other, strict=True))


def resident(pid: int) -> int:
    """Bytes of memory that a process has in use; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _word(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() and c != " " else "_" for c in text)[:120]
