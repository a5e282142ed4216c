"""The worker's host: starts attempts on this machine, supervises them and reports about them in batches.

One thread, one selector. What takes long - restoring code, fetching inputs, building environments, storing folders - goes to two
helper threads, because leases must be extended meanwhile. A record that cannot be reached stops nothing: processes go on, and
reports are kept until they are taken.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract import work as w
from treadle.contract.data import Artifact
from treadle.contract.runs import End
from treadle.contract.work import BeginAttempt, FinishAttempt, Job
from treadle.core.errors import RunFailed, TreadleError, from_problem
from treadle.sdk import system
from treadle.sdk.spool import process_started
from treadle.worker.attempt import LOG_IN_RECORD, SHIP_MOST, Attempt, kernel_kills
from treadle.worker.bodies import BodyTalk
from treadle.worker.contents import Contents
from treadle.worker.observe import Observer
from treadle.worker.prepare import is_quick, prepare
from treadle.worker.results import Results
from treadle.worker.wire import Channel, Launch, pair

WATCH_SECONDS = 0.5
BEAT_SECONDS = 1.0
BEGIN_SECONDS = 0.05
"""How long a beginning may wait to be reported: many a step has ended by then, and one report says both."""
TEMPLATES_KEPT = 4


class Template:
    """A process that has imported one project; `warm` when it may fork."""

    def __init__(self, channel: Channel, key: str) -> None:
        self.channel = channel
        self.key = key
        self.state = "loading"
        self.warm = False
        self.problem: dict[str, Any] | None = None
        self.answers: deque[tuple[str, Any]] = deque()
        self.attempts: set[str] = set()
        self.waiting: list[tuple[Attempt, Launch]] = []


class WorkerHost:
    """Performs attempts. `call(operation, request)` reaches the record, `contents` the bytes; `home` is a local folder for work."""

    def __init__(self, call: Callable[..., Any], contents: Contents, home: Path, *, process: str = "") -> None:
        self._call = call
        self._contents = contents
        self._results = Results(contents)
        self._observer = Observer(system.interval(os.environ.get("TREADLE_SYSTEM_METRICS")))
        self._home = home
        self._process = process
        self._selector = selectors.DefaultSelector()
        self._nursery: Channel | None = None
        self._nursery_process: subprocess.Popen[bytes] | None = None
        self._templates: dict[str, Template] = {}
        self._attempts: dict[str, Attempt] = {}
        self._pids: dict[int, str] = {}
        self._bodies: dict[str, BodyTalk] = {}
        self._begun: list[BeginAttempt] = []
        self._begun_at = 0.0
        self._heard: set[int] = set()
        self.performed: set[int] = set()
        """Runs that somebody asked for and that were performed here to their end."""
        self._finished: list[FinishAttempt] = []
        self._threads: ThreadPoolExecutor | None = None
        self._completed: deque[Callable[[], None]] = deque()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_read, selectors.EVENT_READ, self._drain)
        self._watched = self._beaten = time.monotonic()
        self._retry_at = 0.0
        self._kernel_kills = kernel_kills()
        self._host = socket.gethostname()
        self._moved = False

    # --- what the engine asks ----------------------------------------------------------------------------------------

    def start(self, job: Job) -> None:
        """Begins to perform an attempt, once; how it goes is reported to the record."""
        if job.attempt in self._attempts:
            return
        folder = self._home / "attempts" / job.attempt
        folder.mkdir(parents=True, exist_ok=True)
        attempt = self._attempts[job.attempt] = Attempt(job, folder)
        work = lambda: prepare(job, folder, self._home, self._contents)  # noqa: E731 - done here or in a thread
        if is_quick(job, self._home):
            self._prepared(attempt, work)
        else:
            self._later(work, lambda result: self._prepared(attempt, result))

    def stop(self, attempt: str, grace: float) -> None:
        known = self._attempts.get(attempt)
        if known is not None:
            self._end(known, "stopped", "it was stopped", grace)

    def end_all(self) -> None:
        """Kills every process; that they were stopped is reported by the next turns."""
        for attempt in list(self._attempts.values()):
            attempt.end("stopped", "the command that performed it ended", grace=0.0)

    def taken(self) -> float:
        return sum(attempt.cost for attempt in self._attempts.values())

    def performs(self, attempt: str) -> bool:
        return attempt in self._attempts

    @property
    def idle(self) -> bool:
        return not self._attempts and not self._finished

    # --- one turn ----------------------------------------------------------------------------------------------------

    def poll(self, timeout: float) -> bool:
        """Waits up to `timeout` seconds for something to happen and deals with it; answers whether the record has changed."""
        self._moved = False
        for key, _ in self._selector.select(self._patience(timeout)):
            key.data()
        while self._completed:
            self._completed.popleft()()
        now = time.monotonic()
        if self._attempts and now - self._watched >= WATCH_SECONDS:
            self._watched = now
            self._watch()
        if now - self._beaten >= BEAT_SECONDS:
            self._beaten = now
            self._beat()
        self.flush()
        return self._moved

    def _patience(self, timeout: float) -> float:
        if self._begun:
            timeout = min(timeout, BEGIN_SECONDS)
        return max(0.0, min(timeout, WATCH_SECONDS) if self._attempts else timeout)

    def flush(self) -> None:
        """Reports what there is to report. What cannot be delivered now is kept and delivered later."""
        if time.monotonic() < self._retry_at:
            return
        try:
            if self._begun and time.monotonic() - self._begun_at >= BEGIN_SECONDS:
                begun, self._begun = self._begun, []
                self._report(begun, w.begin, lambda some: w.BeginAttempts(attempts=some), self._begun)
            if self._finished:
                finished, self._finished = self._finished, []
                self._report(finished, w.finish, lambda some: w.FinishAttempts(attempts=some), self._finished)
                for report in finished:
                    self._forget(report.held.attempt)
            for talk in list(self._bodies.values()):
                self._moved |= talk.submit()
            heard, self._heard = self._heard, set()
            for talk in list(self._bodies.values()):
                talk.settle(heard)
        except TreadleError as error:
            if error.status not in (503, 507):
                raise
            self._retry_at = time.monotonic() + 1.0

    def _report(self, reports: list[Any], operation: Any, request: Callable[[tuple[Any, ...]], Any], kept: list[Any]) -> None:
        try:
            answers: w.Answers = self._call(operation, request(tuple(reports)))
        except TreadleError:
            kept[:0] = reports
            raise
        self._moved = True
        for lost in answers.lost:
            self._lose(lost)

    def _forget(self, attempt: str) -> None:
        known = self._attempts.pop(attempt, None)
        if known is not None:
            self._heard.add(known.job.run)
            if known.job.run == known.job.root:
                self.performed.add(known.job.run)
            remove_folder(known.folder)

    def hear(self, runs: Iterable[int]) -> None:
        """Runs that have ended without being performed here; a body may wait for them."""
        self._heard.update(runs)

    def _lose(self, attempt: str) -> None:
        """The record says that this attempt is somebody else's now: its process ends and its result is dropped."""
        known = self._attempts.get(attempt)
        if known is not None and known.pid is not None:
            known.end("lost", "its lease ran out", grace=0.0)

    # --- preparing and launching -------------------------------------------------------------------------------------

    def _prepared(self, attempt: Attempt, result: Callable[[], Launch]) -> None:
        if attempt.ending is not None:
            return self._give_up(attempt, End(kind=attempt.ending, message=attempt.ending_words))
        try:
            launch = result()
        except TreadleError as error:
            return self._give_up(
                attempt,
                End(kind="start", message=error.what, error=type(error).__name__, code=error.code, place=error.where, hint=error.hint),
            )
        except OSError as error:
            return self._give_up(
                attempt, End(kind="start", message=f"its folder could not be prepared: {error}", error=type(error).__name__)
            )
        attempt.masks = tuple(sorted((v.encode() for v in launch.secrets.values() if len(v) >= 4), key=len, reverse=True))
        attempt.started = time.monotonic()
        if launch.argv or attempt.job.definition.dialect is not None:  # nothing of the project is imported
            return self._send(attempt, launch, None)
        template = self.template(Path(launch.root), attempt.job.definition.file or "")
        if template.state == "loading":
            template.waiting.append((attempt, launch))
            return None
        return self._send(attempt, launch, template)

    def _send(self, attempt: Attempt, launch: Launch, template: Template | None) -> None:
        """Has a nursery start the process: the warm template where there is one, else the root nursery."""
        warm = template is not None and template.state == "loaded" and template.warm
        cold_body = template is not None and template.state == "loaded" and not template.warm and attempt.job.definition.kind == "pipeline"
        descriptor: socket.socket | None = None
        verb = "become" if cold_body else "fork"
        if attempt.job.definition.kind == "pipeline":
            ours, descriptor = pair()
            talk = BodyTalk(attempt, Channel(ours), self._call)
            self._bodies[attempt.job.attempt] = talk
            self._selector.register(ours, selectors.EVENT_READ, lambda: self._body_speaks(talk))
            verb += "-body"
        channel = template.channel if template is not None and (warm or cold_body) else self._root()
        if template is not None and warm:
            template.attempts.add(attempt.job.attempt)
        if template is not None and cold_body:  # its process becomes the body: it is no template any more
            del self._templates[template.key]
        channel.send(verb, launch, descriptor.fileno() if descriptor is not None else None)
        if descriptor is not None:
            descriptor.close()

    def warm_up(self) -> None:
        """Starts the root nursery now, so that it is ready when the first process is wanted."""
        self._root()

    def fork(self, launch: Launch, descriptor: socket.socket) -> None:
        """Starts a body that this host does not supervise: whoever holds the other end talks with it, and it ends when that closes."""
        template = self._templates.get(launch.root)
        warm = template is not None and template.state == "loaded" and template.warm
        channel = template.channel if template is not None and warm else self._root()
        channel.send("fork-body", launch, descriptor.fileno())

    def _root(self) -> Channel:
        """The root nursery, started when it is first needed."""
        if self._nursery is None:
            self._start_nursery()
        assert self._nursery is not None
        return self._nursery

    def _start_nursery(self) -> None:
        ours, theirs = pair()
        variables = dict(os.environ, PYTHONHASHSEED="0")  # sets iterate in one order in every run
        # Threads of OpenMP that wait for each other spin for a moment, then give their core away. By default they spin on for a time
        # slice, and on a busy machine each of a fit's thousand barriers takes one: 33 s where 4 are enough, on two cores.
        variables.setdefault("GOMP_SPINCOUNT", "1000")
        self._nursery_process = subprocess.Popen(
            [sys.executable, "-m", "treadle.worker.nursery", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=variables,
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._nursery = Channel(ours)
        self._selector.register(ours, selectors.EVENT_READ, self._nursery_speaks)

    def template(self, root: Path, file: str) -> Template:
        """The template of a project, started when it is first asked for."""
        key = str(root)
        known = self._templates.get(key)
        if known is not None:
            return known
        self._retire_templates()
        ours, theirs = pair()
        made = self._templates[key] = Template(Channel(ours), key)
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._template_speaks(made))
        self._root().send("template", {"id": f"template {key}", "root": key, "file": file, "narrow": True}, theirs.fileno())
        theirs.close()
        return made

    def _retire_templates(self) -> None:
        for key, template in list(self._templates.items()):
            if len(self._templates) < TEMPLATES_KEPT:
                return
            if not template.attempts and not template.waiting and template.state != "loading":
                self._drop_template(key)

    def _drop_template(self, key: str) -> None:
        template = self._templates.pop(key)
        with contextlib.suppress(KeyError):
            self._selector.unregister(template.channel.connection)
        template.channel.close()

    def describe(
        self, root: Path, file: str, name: str, parameters: dict[str, Any], *, from_text: bool = True
    ) -> tuple[Any, dict[str, Any]]:
        """The definition of something declared in a project's file, and the parameters as it wants them.

        Raises the user's own error (TargetError, UserImportError, ParameterError ...) when it cannot be had.
        """
        body = self._ask(root, file, "describe", {"name": name, "parameters": parameters, "from_text": from_text})
        return body["definition"], body["parameters"]

    def collect(self, root: Path, file: str) -> dict[str, Any]:
        """What a project's file declares about its loop (treadle.worker.declared.Collected); raises the user's own error."""
        return self._ask(root, file, "collect", {})

    def _ask(self, root: Path, file: str, question: str, more: dict[str, Any]) -> dict[str, Any]:
        template = self.template(root, file)
        while template.state == "loading":
            self.poll(WATCH_SECONDS)
        if template.problem is not None:
            self._drop_template(template.key)
            raise from_problem(template.problem)
        template.channel.send(question, more)
        while not template.answers:
            self.poll(WATCH_SECONDS)
            if self._templates.get(template.key) is not template:
                raise RunFailed(f"the process that imported `{file}` died")
        kind, body = template.answers.popleft()
        if kind == "refused":
            raise from_problem(body)
        answer: dict[str, Any] = body
        return answer

    # --- what the processes say --------------------------------------------------------------------------------------

    def _nursery_speaks(self) -> None:
        assert self._nursery is not None
        messages = self._nursery.receive()
        if messages is None:
            return self._nursery_died()
        for kind, body, _ in messages:
            self._process_says(kind, body)
        return None

    def _process_says(self, kind: str, body: dict[str, Any]) -> None:
        if kind == "started":
            self._started(body["id"], body["pid"])
        elif kind == "ended":
            attempt = self._attempts.get(self._pids.pop(body["pid"], ""))
            if attempt is not None:
                self._ended(attempt, body["status"], body["usage"])

    def _nursery_died(self) -> None:
        """Its processes died with it. What they had not finished is reported as what it was: killed."""
        assert self._nursery is not None
        self._selector.unregister(self._nursery.connection)
        self._nursery.close()
        self._nursery = None
        for key in list(self._templates):
            self._drop_template(key)
        for attempt in list(self._attempts.values()):
            if attempt.pid is not None:
                self._ended(attempt, 9, {})

    def _template_speaks(self, template: Template) -> None:
        messages = template.channel.receive()
        if messages is None:
            return self._template_died(template)
        for kind, body, _ in messages:
            if kind == "loaded":
                template.state, template.warm = "loaded", body["threads"] == 1
                self._release(template)
            elif kind == "refused" and template.state == "loading":
                template.state, template.problem = "refused", body
                self._release(template)
            elif kind in ("described", "refused"):
                template.answers.append((kind, body))
            else:
                if kind == "ended":
                    template.attempts.discard(body["id"])
                self._process_says(kind, body)
        return None

    def _release(self, template: Template) -> None:
        waiting, template.waiting = template.waiting, []
        for attempt, launch in waiting:
            self._send(attempt, launch, template if self._templates.get(template.key) is template else None)

    def _template_died(self, template: Template) -> None:
        if template.state == "loading":
            template.state, template.problem = "refused", RunFailed("the process that imported the project died while it did").problem()
            self._release(template)
        with contextlib.suppress(KeyError):
            self._selector.unregister(template.channel.connection)
        template.channel.close()
        if self._templates.get(template.key) is template and template.state != "refused":
            del self._templates[template.key]
        for name in template.attempts:
            attempt = self._attempts.get(name)
            if attempt is not None and attempt.pid is not None:
                self._ended(attempt, 9, {})

    def _body_speaks(self, talk: BodyTalk) -> None:
        if not talk.receive():
            self._selector.unregister(talk.channel.connection)
            talk.channel.close()
            return
        while talk.wants:
            kind, artifact = talk.wants.pop(0)
            if kind == "store":
                self._later(lambda a=artifact: self._results.stored(a), lambda result: self._answer(talk, "stored", result))  # type: ignore[misc]
            else:
                self._later(lambda a=artifact: str(self._near(a)), lambda result: self._answer(talk, "fetched", result))  # type: ignore[misc]

    def _near(self, artifact: Artifact) -> Path:
        return self._contents.folder(artifact.digest) if artifact.tree else self._contents.local(artifact.digest)

    def _answer(self, talk: BodyTalk, kind: str, result: Callable[[], Any]) -> None:
        try:
            talk.answer(kind, result())
        except TreadleError as error:
            talk.answer("refused", error.problem())

    def _started(self, name: str, pid: int) -> None:
        attempt = self._attempts.get(name)
        if attempt is None:
            return
        attempt.pid = pid
        self._pids[pid] = name
        handle = f"{pid} {process_started(pid) or ''}"
        if not self._begun:
            self._begun_at = time.monotonic()
        self._begun.append(BeginAttempt(held=attempt.held, host=self._host, handle=handle, environment=attempt.job.environment))
        if attempt.ending is not None:
            attempt.signal(9)

    # --- the end of an attempt ---------------------------------------------------------------------------------------

    def _ended(self, attempt: Attempt, status: int, spent: dict[str, Any]) -> None:
        pid = attempt.pid
        attempt.signal(9)  # whatever the step left behind in its group ends with it
        attempt.pid = None
        if pid is not None:
            self._pids.pop(pid, None)
        kills = kernel_kills() if status else self._kernel_kills
        kernel_killed, self._kernel_kills = kills > self._kernel_kills, kills
        self._observer.last(attempt)
        try:
            offset, records, tail = self._last_words(attempt)
            end, outputs = attempt.outcome(status, records, kernel_killed)
        except TreadleError as error:
            return self._give_up(attempt, End(kind="raised", message=error.what, error=type(error).__name__, code=error.code))
        begun = self._unreported(attempt)
        if end.kind != "done":
            shutil.rmtree(attempt.folder / "out", ignore_errors=True)  # of no use, and the disk may be full because of it
        report = FinishAttempt(held=attempt.held, end=end, begun=begun, usage=attempt.usage(spent), spool_offset=offset, spool=tail)
        files = [r for r in records if r.get("k") == "artifact"]
        foreign = attempt.job.definition.dialect is not None and attempt.job.definition.kind != "pipeline"
        if attempt.job.definition.kind == "command" and not foreign and end.kind == "done":
            return self._later(
                lambda: self._results.of_command(attempt, report, files), lambda result: self._stored_all(attempt, report, result)
            )
        if (
            all(a.inline is not None or (not a.tree and "path" in a.about) or "path" not in a.about for a in outputs)
            and not files
            and not foreign
            and attempt.log_size() <= LOG_IN_RECORD
        ):
            return self._stored_all(attempt, report, lambda: self._results.of_function(attempt, report, outputs, files))
        return self._later(
            lambda: self._results.of_function(attempt, report, outputs, files), lambda result: self._stored_all(attempt, report, result)
        )

    def _unreported(self, attempt: Attempt) -> BeginAttempt | None:
        """The report that it began, when that has not been sent yet: then one report says both."""
        for index, begun in enumerate(self._begun):
            if begun.held.attempt == attempt.job.attempt:
                return self._begun.pop(index)
        return None

    def _last_words(self, attempt: Attempt) -> tuple[int, list[dict[str, Any]], bytes]:
        """The spool's records that were not shipped yet; long spools are shipped here first, piece by piece."""
        records: list[dict[str, Any]] = []
        while True:
            offset, data, found = attempt.fresh_spool()
            records.extend(found)
            if len(data) < SHIP_MOST:
                return offset, attempt.kept_records + records, data
            self._call(w.ship_spool, w.ShipSpool(held=attempt.held, offset=offset, data=data))
            attempt.spool_sent += len(data)

    def _stored_all(self, attempt: Attempt, report: FinishAttempt, result: Callable[[], FinishAttempt]) -> None:
        try:
            self._finish(attempt, result())
        except TreadleError as error:
            end = End(kind="raised", message=error.what, error=type(error).__name__, code=error.code, hint=error.hint)
            self._finish(attempt, msgspec.structs.replace(report, end=end))
        except OSError as error:
            end = End(kind="raised", message=f"its results could not be stored: {error}", error=type(error).__name__)
            self._finish(attempt, msgspec.structs.replace(report, end=end))

    def _give_up(self, attempt: Attempt, end: End) -> None:
        self._finish(attempt, FinishAttempt(held=attempt.held, end=end))

    def _finish(self, attempt: Attempt, report: FinishAttempt) -> None:
        self._bodies.pop(attempt.job.attempt, None)
        if attempt.ending == "lost":  # somebody else owns the work now
            self._forget(attempt.job.attempt)
            return
        self._finished.append(report)

    def _end(self, attempt: Attempt, why: str, words: str, grace: float) -> None:
        attempt.end(why, words, grace=grace)

    # --- watching ----------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._observer.turn(self._attempts.values())
        for attempt in list(self._attempts.values()):
            if attempt.pid is not None:
                attempt.check_limits()
                self._ship(attempt)

    def _ship(self, attempt: Attempt) -> None:
        """Ships what a running attempt has written since; what cannot be delivered stays in its files."""
        try:
            offset, data = attempt.fresh_log()
            if data:
                self._call(w.ship_log, w.ShipLog(held=attempt.held, offset=offset, data=data))
                attempt.log_sent += len(data)
            offset, data, records = attempt.fresh_spool()
            if data:
                attempt.keep_records(records)
                self._call(w.ship_spool, w.ShipSpool(held=attempt.held, offset=offset, data=data))
                attempt.spool_sent += len(data)
        except TreadleError as error:
            if error.status not in (503, 507):
                raise

    def _beat(self) -> None:
        try:
            answers: w.Answers = self._call(w.beat, w.Beat(process=self._process, held=tuple(a.held for a in self._attempts.values())))
        except TreadleError as error:
            if error.status not in (503, 507):
                raise
            return
        finishing = {report.held.attempt for report in self._finished}
        for lost in answers.lost:
            if lost not in finishing:
                self._lose(lost)
        for name in answers.stop:
            self.stop(name, 10.0)

    # --- threads -----------------------------------------------------------------------------------------------------

    def _later(self, work: Callable[[], Any], then: Callable[[Callable[[], Any]], None]) -> None:
        """Does `work` in a thread, then calls `then` in this one with a function that gives its result or raises its error."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(2, thread_name_prefix="treadle-worker")

        def done(future: Future[Any]) -> None:
            self._completed.append(lambda: then(future.result))
            os.write(self._wake_write, b"x")

        self._threads.submit(work).add_done_callback(done)

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)

    def wake(self) -> None:
        """Makes a waiting `poll` return; may be called from any thread or signal handler."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"x")

    def close(self) -> None:
        """Ends every process. What they had not finished is found by its lease, or finished by nobody."""
        for attempt in self._attempts.values():
            attempt.signal(9)
        for key in list(self._templates):
            self._drop_template(key)
        if self._nursery is not None:
            self._nursery.close()
        if self._nursery_process is not None:
            self._nursery_process.wait()
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)


def remove_folder(folder: Path) -> None:
    """Removes an attempt's folder; the usual one, with nothing but its log and spool, in a few calls."""
    try:
        for name in ("spool", "log"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder / name)
        os.rmdir(folder / "work")
        os.rmdir(folder)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
