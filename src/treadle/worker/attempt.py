"""One attempt under supervision: its folder, its clocks and limits, what it has written so far, and how it ended."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.runs import End, Usage
from treadle.contract.tracking import HEAD, MAX_RECORD, sound_records
from treadle.contract.work import Held, Job

LOG_IN_RECORD = 64 << 10
"""A log of at most this many bytes stays in the database; a longer one is stored as a blob when the attempt ends."""
SHIP_MOST = 1 << 20


class Attempt:
    """What the host knows of an attempt that it performs."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job = job
        self.folder = folder
        self.held = Held(attempt=job.attempt, token=job.token)
        self.pid: int | None = None
        self.started = time.monotonic()
        self.log_sent = 0
        self.spool_sent = 0
        self.stop_asked: float | None = None
        self.grace = 10.0
        self.ending: str | None = None
        """Why it is being ended by its supervisor: "time", "memory", "stopped" or "lost"."""
        self.ending_words = ""
        self.most_memory = 0
        self.masks: tuple[bytes, ...] = ()
        self.kept_records: list[dict[str, Any]] = []
        """Shipped records that matter at the end: outputs, logged files, the last words."""

    @property
    def cost(self) -> float:
        """The CPU cores it takes; a pipeline's body only waits."""
        return 0.0 if self.job.definition.kind == "pipeline" else self.job.definition.resources.cpu

    # --- what it has written --------------------------------------------------------------------------------------

    def fresh_log(self, most: int = SHIP_MOST) -> tuple[int, bytes]:
        """What the log holds behind what was sent: (offset, bytes with secrets masked)."""
        return self.log_sent, self._masked(_read(self.folder / "log", self.log_sent, most))

    def fresh_spool(self) -> tuple[int, bytes, list[dict[str, Any]]]:
        """Whole records behind what was sent: (offset, their bytes, the records). Nothing behind damage is read."""
        data = _read(self.folder / "spool", self.spool_sent, HEAD + MAX_RECORD)
        records, consumed, _damaged = sound_records(data)
        return self.spool_sent, data[:consumed], records

    def output(self, at: int, most: int = SHIP_MOST) -> bytes:
        """What it printed from byte `at` on, secrets masked."""
        return self._masked(_read(self.folder / "log", at, most))

    def keep_records(self, records: list[dict[str, Any]]) -> None:
        self.kept_records.extend(r for r in records if r.get("k") in ("out", "end", "artifact"))

    def log_size(self) -> int:
        try:
            return (self.folder / "log").stat().st_size
        except FileNotFoundError:
            return 0

    def _masked(self, data: bytes) -> bytes:
        """The bytes with every secret's value replaced by stars of the same length, so that offsets stay true."""
        for value in self.masks:
            data = data.replace(value, b"*" * len(value))
        return data

    def mask_log(self) -> None:
        """Masks secrets in the log file itself before it is stored whole."""
        path = self.folder / "log"
        if self.masks and path.exists():
            path.write_bytes(self._masked(path.read_bytes()))

    # --- limits ---------------------------------------------------------------------------------------------------

    def check_limits(self) -> None:
        """Ends the process when it is over its time or its memory."""
        if self.pid is None or self.ending is not None:
            return self._end_harder()
        limit = self.job.definition.time_limit
        if limit is not None and time.monotonic() - self.started > limit:
            return self.end("time", f"it ran longer than its time limit of {limit:g} s", grace=5.0)
        memory = self.job.definition.resources.memory
        if memory is not None:
            used = group_memory(self.pid)
            self.most_memory = max(self.most_memory, used)
            if used > memory:
                self.end("memory", f"it used {used / 1e6:,.0f} MB and its limit is {memory / 1e6:,.0f} MB", grace=0.0)
        return None

    def end(self, why: str, words: str, *, grace: float) -> None:
        """Begins to end the process: asks it to (SIGTERM), and after `grace` seconds insists (SIGKILL)."""
        if self.ending is None:
            self.ending, self.ending_words, self.grace = why, words, grace
            self.stop_asked = time.monotonic()
            self.signal(signal.SIGTERM if grace > 0 else signal.SIGKILL)

    def _end_harder(self) -> None:
        if self.stop_asked is not None and time.monotonic() - self.stop_asked > self.grace:
            self.signal(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Sends a signal to the whole process group of the attempt."""
        if self.pid is not None:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                return

    # --- the end --------------------------------------------------------------------------------------------------

    def outcome(self, status: int, records: list[dict[str, Any]], kernel_killed: bool) -> tuple[End, list[Artifact]]:
        """How it ended, from the exit status, its last words and what its supervisor did; and its outputs."""
        outputs = [msgspec.convert(r["v"], Artifact, builtin_types=(bytes,)) for r in records if r.get("k") == "out"]
        said = next((r for r in reversed(records) if r.get("k") == "end"), None)
        code = os.waitstatus_to_exitcode(status)
        if said is not None and said.get("kind") == "done" and code == 0:
            return End(kind="done"), outputs
        if self.ending is not None:
            return End(kind=self.ending, message=self.ending_words), []
        if said is not None and said.get("kind") != "done":
            return msgspec.convert({k: v for k, v in said.items() if k not in ("k", "t")}, End), []
        if code < 0:
            return self._by_signal(-code, kernel_killed), []
        if code == 0 and self.job.definition.kind == "command":
            return End(kind="done"), outputs
        return End(kind="exit", exit=code, message=f"its process ended with exit status {code}"), []

    def _by_signal(self, number: int, kernel_killed: bool) -> End:
        try:
            name = signal.Signals(number).name
        except ValueError:  # a real-time signal
            name = f"signal {number}"
        if number == signal.SIGKILL and kernel_killed:
            return End(kind="memory", signal=name, message="the system ran out of memory and killed it")
        hints: dict[int, str] = {
            signal.SIGSEGV: "a native library crashed",
            signal.SIGKILL: "somebody, or the system, killed it",
            signal.SIGABRT: "a native library gave up",
        }
        return End(kind="signal", signal=name, message=f"its process was ended by {name}: {hints.get(number, 'a signal')}")

    def usage(self, spent: dict[str, Any]) -> Usage:
        return Usage(
            wall=time.monotonic() - self.started,
            cpu=float(spent.get("cpu", 0.0)),
            memory=max(self.most_memory, int(spent.get("memory", 0))),
        )


def _read(path: Path, offset: int, most: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(descriptor, most, offset)
    finally:
        os.close(descriptor)


def group_memory(group: int) -> int:
    """Resident bytes of all processes in a process group (Linux: /proc)."""
    total = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            total += int(fields[21]) * _PAGE
    return total


_PAGE = os.sysconf("SC_PAGE_SIZE")


def kernel_kills() -> int:
    """How many processes the kernel has killed for want of memory since it started (proc(5), vmstat: oom_kill)."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            for line in file:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    except OSError:
        return 0
    return 0
