"""Runs commands and says what they cost: seconds of wall clock and of CPU of the whole process tree, and the peak memory of its
largest process.

A process tree is counted to its last member. `wait4` counts what a process has reaped itself; what it leaves behind is adopted by
this process (it makes itself the subreaper) and counted too. Without that, a tool whose workers outlive it looks cheaper than it is.
"""

from __future__ import annotations

import compileall
import contextlib
import ctypes
import os
import platform
import resource
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
LEFT_BEHIND_SECONDS = 10.0
"""How long processes may outlive their command before they are ended."""


class Failed(Exception):
    """A command did not end well, or printed something else than it should."""


class Taken(NamedTuple):
    """What one performance of a command took."""

    wall: float
    cpu: float
    memory: int
    output: str


class Figures(NamedTuple):
    """What the repetitions of a command took; `output` is that of the last."""

    wall: tuple[float, ...]
    cpu: tuple[float, ...]
    memory: int
    output: str


def run(command: Sequence[str | Path], *, folder: Path, variables: Mapping[str, str] | None = None, seconds: float = 600) -> Taken:
    """Runs a command to the end of every process it has started. Raises Failed when it fails or takes longer than `seconds`."""
    adopt_orphans()
    words = [str(word) for word in command]
    begin = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=surroundings(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that a command that is late can be ended together with its children
        )
        late = not ends_within(process.pid, seconds)
        if late:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = max(usage.ru_maxrss, reap_the_rest())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if late:
        raise Failed(f"took longer than {seconds:g} s: {Path(words[0]).name} {' '.join(words[1:3])}")
    if process.returncode:
        raise Failed(f"ended with {process.returncode}: {Path(words[0]).name} {' '.join(words[1:3])}\n{text[-1500:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall, cpu, memory * 1024, text)


def repeat(times: int, once: Callable[[], Taken]) -> Figures:
    taken = [once() for _ in range(times)]
    return Figures(tuple(t.wall for t in taken), tuple(t.cpu for t in taken), max(t.memory for t in taken), taken[-1].output)


def expect(taken: Taken, *words: str) -> Taken:
    """The same, if it printed these words: fast is only what also did its work."""
    for word in words:
        if word not in taken.output:
            raise Failed(f"`{word}` is not in the output:\n{taken.output[-1500:]}")
    return taken


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def surroundings(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a measured command: bytecode is written and read, and no Treadle, proxy or telemetry setting goes in."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "PYTHON")) and "proxy" not in name.lower()
    }
    return kept | {"DO_NOT_TRACK": "1", "NO_COLOR": "1"} | dict(variables)


def adopt_orphans() -> None:
    """From now on a process whose parent has ended becomes a child of this one."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot become a subreaper")


def ends_within(pid: int, seconds: float) -> bool:
    descriptor = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def reap_the_rest() -> int:
    """Waits for the processes that the command left behind, ends those that stay; answers the peak memory of the largest, in KiB."""
    memory, end = 0, time.monotonic() + LEFT_BEHIND_SECONDS
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return memory
        if pid:
            memory = max(memory, usage.ru_maxrss)
        elif time.monotonic() < end:
            time.sleep(0.002)
        else:
            for child in children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.01)


def children() -> list[int]:
    own = Path("/proc/self/task")
    return [int(word) for task in own.iterdir() for word in (task / "children").read_text().split()]


def compile_environment(*folders: Path) -> None:
    """Byte-compiles packages, as an installer does. Where PYTHONDONTWRITEBYTECODE is set, nothing else would, and imports would take
    three to five times as long."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for folder in folders:
            compileall.compile_dir(str(folder), quiet=2)


def packages_of(python: Path) -> list[Path]:
    """The folders of what is installed for an interpreter."""
    code = "import sysconfig; print(*{sysconfig.get_path(name) for name in ('purelib', 'platlib')}, sep='\\n')"
    return [Path(line) for line in subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()]


def machine() -> str:
    """What the figures depend on, without a name."""
    mebibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%d %B %Y}. {len(os.sched_getaffinity(0))} cores ({platform.machine()}), {mebibytes / 1024:.0f} GiB of memory, "
        f"Linux {platform.release().split('-')[0]}, {platform.python_implementation()} {sys.version.split()[0]}. "
        f"Load average (1, 5 and 15 minutes) {load}"
    )
