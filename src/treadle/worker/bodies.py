"""The supervisor's side of a pipeline's body: calls become runs in batches, and waiting is answered when runs have ended."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import msgspec

from treadle.contract import work as w
from treadle.contract.data import Artifact
from treadle.contract.deployments import AddDeploymentVersion, add_version
from treadle.contract.work import ChildCall, Settled
from treadle.core.errors import TreadleError
from treadle.worker.attempt import Attempt
from treadle.worker.wire import Channel

_AHEAD = 500  # runs asked about at once when a body starts to wait
_LOOK_SECONDS = 0.5  # how often runs on other machines are looked at


class BodyTalk:
    """The conversation with one body."""

    def __init__(self, attempt: Attempt, channel: Channel, call: Callable[..., Any]) -> None:
        self.attempt = attempt
        self.channel = channel
        self._call = call
        self._calls: list[ChildCall] = []
        self._runs: dict[str, int] = {}
        self._settled: dict[int, Settled] = {}
        self._detailed: dict[int, Settled] = {}
        self._awaited: str | None = None
        self._any: tuple[str, ...] = ()
        self._wants_progress = False
        self._looked = 0.0
        self._asked: list[Callable[[], Any]] = []
        self.wants: list[tuple[str, Artifact]] = []
        """Files the body wants stored or fetched, for the host to do."""

    def receive(self) -> bool:
        """Takes what the body says; False when it has closed its end."""
        messages = self.channel.receive()
        if messages is None:
            return False
        for kind, body, _ in messages:
            if kind == "call":
                self._calls.append(msgspec.convert(body, ChildCall, builtin_types=(bytes,)))
            elif kind == "await":
                self._awaited = body
                self._looked = 0.0
            elif kind == "await-any":
                self._any, self._wants_progress, self._looked = tuple(body["calls"]), bool(body["progress"]), 0.0
            elif kind == "recorded":
                self._asked.append(lambda: self.answer("recorded", self._call(w.read_recorded, w.ReadRecorded(held=self.attempt.held))))
            elif kind == "deploy":
                version = msgspec.convert(body, AddDeploymentVersion, builtin_types=(bytes,))
                self._asked.append(lambda v=version: self.answer("deployed", self._call(add_version, v)))  # type: ignore[misc]
            elif kind == "stop":
                request = w.StopCalls(held=self.attempt.held, calls=tuple(body))
                self._asked.append(functools.partial(self._call, w.stop_calls, request))
            elif kind in ("store", "fetch"):
                self.wants.append((kind, msgspec.convert(body, Artifact, builtin_types=(bytes,))))
        return True

    @property
    def waits(self) -> bool:
        return self._awaited is not None

    def submit(self) -> bool:
        """Records the calls that have come in; answers whether there were any."""
        self._do_what_was_asked()
        if not self._calls:
            return False
        calls, self._calls = self._calls, []
        try:
            answer: w.Submitted = self._call(w.submit_children, w.SubmitChildren(held=self.attempt.held, calls=tuple(calls)))
        except TreadleError as error:
            if error.status == 503:  # the record cannot be reached now: nothing is lost, they are recorded later
                self._calls = calls + self._calls
                return False
            self.answer("refused", error.problem())
            return False
        self._runs.update({child.call: number for child, number in zip(calls, answer.runs, strict=True)})
        return True

    def _do_what_was_asked(self) -> None:
        """What the body asked of the record. While the record cannot be reached it waits, in order."""
        while self._asked:
            try:
                self._asked[0]()
            except TreadleError as error:
                if error.status == 503:
                    return
                self.answer("refused", error.problem())
            self._asked.pop(0)

    def _settle_any(self, ended: set[int]) -> bool:
        runs = {call: self._runs[call] for call in self._any if call in self._runs}
        if len(runs) < len(self._any):
            return False  # not recorded yet
        due = self._looked == 0.0 or time.monotonic() - self._looked > _LOOK_SECONDS or any(run in ended for run in runs.values())
        if due and not any(run in self._detailed for run in runs.values()):
            self._look_closely(runs)
        for call, run in runs.items():
            if run in self._detailed:
                self._any = ()
                return self.answer("settled-any", {"call": call, "settled": self._detailed[run]})
        return False

    def _look_closely(self, runs: dict[str, int]) -> None:
        self._looked = time.monotonic()
        try:
            answer: w.SettledRuns = self._call(w.settled, w.Await(runs=tuple(runs.values()), metrics=True))
        except TreadleError as error:
            if error.status != 503:
                raise
            return
        self._detailed.update({done.run: done for done in answer.runs})
        if self._wants_progress and answer.progress:
            self.answer("progress", {call: answer.progress[run] for call, run in runs.items() if run in answer.progress})

    def settle(self, ended: set[int]) -> bool:
        """Answers the body when the run it waits for has ended: one of `ended`, or one found to have when looking after a while."""
        if self._any:
            return self._settle_any(ended)
        awaited = self._awaited
        if awaited is None or awaited not in self._runs:
            return False
        run = self._runs[awaited]
        first = self._looked == 0.0
        if run not in self._settled and (first or run in ended or time.monotonic() - self._looked > _LOOK_SECONDS):
            self._look([run, *self._next(run)] if first else [run])
        if run not in self._settled:
            return False
        self._awaited = None
        return self.answer("settled", self._settled[run])

    def _next(self, run: int) -> list[int]:
        following = [r for r in self._runs.values() if r > run and r not in self._settled]
        return following[:_AHEAD]

    def _look(self, runs: list[int]) -> None:
        self._looked = time.monotonic()
        try:
            answer: w.SettledRuns = self._call(w.settled, w.Await(runs=tuple(runs)))
        except TreadleError as error:
            if error.status != 503:
                raise
            return
        self._settled.update({done.run: done for done in answer.runs})

    def answer(self, kind: str, body: Any) -> bool:
        """Sends a message to the body; False when it is gone."""
        try:
            self.channel.send(kind, body)
        except OSError:
            return False
        return True
