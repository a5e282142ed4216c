"""What a machine and a run's processes use: read from /proc and /sys (Linux), and from `nvidia-smi` where there is one.

The functions that read texts are pure; `Machine` reads the files and makes percentages and rates out of two looks. Names:

    system/cpu_percent, system/memory_percent                        the whole machine
    system/disk_read_mb_per_s, system/disk_write_mb_per_s            all disks (MB: 1,000,000 bytes)
    system/network_in_mb_per_s, system/network_out_mb_per_s          all interfaces but the loopback
    system/run_cpu_percent (100: one core), system/run_memory_mb     the run's own processes together (resident memory)
    system/gpu_N_percent, _memory_mb, _watts, _celsius               each NVIDIA or AMD GPU of the machine

Sources: proc(5) (stat, meminfo, diskstats, net/dev, pid/stat), the kernel's documentation of amdgpu's files in sysfs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

SECONDS = 10.0
"""How often is looked by default. A look was measured at 2 to 4 milliseconds of CPU, so this is a share of less than 0.05 % of one core."""

_LEAST = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MB = 1e6


def interval(text: str | None) -> float | None:
    """Seconds between two looks as TREADLE_SYSTEM_METRICS says; None for "off" or 0. Raises UsageError for what is no time."""
    word = (text or "").strip().lower()
    if word in ("", "on"):
        return SECONDS
    if word in ("off", "0", "no", "false"):
        return None
    try:
        seconds = float(word)
    except ValueError:
        seconds = 0.0
    if not _LEAST <= seconds <= 86400:
        from treadle.core.errors import UsageError

        raise UsageError(f"TREADLE_SYSTEM_METRICS is `{text}`", hint=f"seconds from {_LEAST:g} to 86400, or `off`")
    return seconds


# --- texts of the system, read ------------------------------------------------------------------------------------------------


class Process(NamedTuple):
    """A process: CPU `ticks` of itself and of the children it has waited for, resident `pages`."""

    pid: int
    parent: int
    group: int
    ticks: int
    pages: int


def process(stat: bytes) -> Process:
    """Reads /proc/PID/stat. The name in brackets may hold anything. Raises ValueError or IndexError for what is none."""
    head, _, rest = stat.rpartition(b")")
    fields = rest.split()
    ticks = sum(int(field) for field in fields[11:15])
    return Process(int(head.split(b" ", 1)[0]), int(fields[1]), int(fields[2]), ticks, int(fields[21]))


def family(processes: Iterable[Process], root: int) -> list[Process]:
    """The processes of the group `root`, the process of that number, and everything they started."""
    rest = list(processes)
    found = [one for one in rest if one.group == root or one.pid == root]
    known = {one.pid for one in found}
    while more := [one for one in rest if one.parent in known and one.pid not in known]:
        found += more
        known.update(one.pid for one in more)
    return found


def cpu_times(stat: str) -> tuple[int, int]:
    """(busy, all) ticks of all cores since boot, from /proc/stat."""
    fields = [int(field) for field in stat.split("\n", 1)[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def memory_share(meminfo: str) -> float:
    """Percent of memory in use, from /proc/meminfo: what is not available to a new program without swapping."""
    found = {line.partition(":")[0]: line.partition(":")[2] for line in meminfo.splitlines()}
    total, free = (int(found[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    return 100.0 * (total - free) / total


def disk_bytes(diskstats: str, disks: Iterable[str]) -> tuple[int, int]:
    """Bytes read from and written to `disks` since boot, from /proc/diskstats (sectors of 512 bytes)."""
    wanted = set(disks)
    rows = [fields for line in diskstats.splitlines() if len(fields := line.split()) > 9 and fields[2] in wanted]
    return sum(int(row[5]) for row in rows) * 512, sum(int(row[9]) for row in rows) * 512


def network_bytes(dev: str) -> tuple[int, int]:
    """Bytes received and sent since boot by every interface but the loopback, from /proc/net/dev."""
    rows = {line.partition(":")[0].strip(): line.partition(":")[2].split() for line in dev.splitlines() if ":" in line}
    rows.pop("lo", None)
    return sum(int(row[0]) for row in rows.values()), sum(int(row[8]) for row in rows.values())


NVIDIA_QUERY = ("--query-gpu=index,utilization.gpu,memory.used,power.draw,temperature.gpu", "--format=csv,noheader,nounits")


def nvidia_figures(answer: str) -> dict[str, float]:
    """The figures of each GPU from what `nvidia-smi` answers to NVIDIA_QUERY; what it cannot tell ("[N/A]") is left out."""
    found: dict[str, float] = {}
    for line in answer.splitlines():
        index, *fields = (field.strip() for field in line.split(","))
        if not index.isdigit() or len(fields) != len(_GPU):
            continue
        for (name, factor), field in zip(_GPU, fields, strict=True):
            try:
                found[f"system/gpu_{index}_{name}"] = float(field) * factor
            except ValueError:  # "[N/A]" or "[Not Supported]"
                continue
    return found


_GPU = (("percent", 1.0), ("memory_mb", (1 << 20) / _MB), ("watts", 1.0), ("celsius", 1.0))


def amd_figures(cards: Path) -> dict[str, float]:
    """The figures of each AMD GPU from the files of its driver under /sys/class/drm."""
    found: dict[str, float] = {}
    devices = [path.parent for path in sorted(cards.glob("card[0-9]*/device/gpu_busy_percent"))]
    for index, device in enumerate(devices):
        for name, pattern, factor in _AMD:
            for path in sorted(device.glob(pattern))[:1]:
                try:
                    found[f"system/gpu_{index}_{name}"] = int(path.read_text()) * factor
                except (OSError, ValueError):  # a sleeping card answers with an error
                    continue
    return found


_AMD = (
    ("percent", "gpu_busy_percent", 1.0),
    ("memory_mb", "mem_info_vram_used", 1 / _MB),
    ("watts", "hwmon/hwmon*/power1_average", 1e-6),
    ("celsius", "hwmon/hwmon*/temp1_input", 1e-3),
)


# --- looking ------------------------------------------------------------------------------------------------------------------


class _Counters(NamedTuple):
    at: float
    cpu: tuple[int, int]
    disk: tuple[int, int]
    network: tuple[int, int]


class Machine:
    """Looks at the machine and at families of processes. What is a rate needs two looks, so the first one has no rates."""

    def __init__(self, proc: Path = Path("/proc"), sys: Path = Path("/sys")) -> None:
        self._proc, self._sys = proc, sys
        self._before: _Counters | None = None
        self._processes: list[Process] = []
        self._spent: dict[int, tuple[float, int]] = {}
        self._smi = shutil.which("nvidia-smi")
        self._asked: subprocess.Popen[str] | None = None
        self._nvidia: dict[str, float] = {}

    def look(self, roots: Iterable[int]) -> dict[str, float]:
        """Looks at everything now; answers the machine's figures. `usage` then tells of each of `roots`.

        What this system does not tell is left out: a container may hide files, another system has none of them.
        """
        now = time.monotonic()
        wanted = set(roots)
        self._processes = self._own() if wanted == {os.getpid()} else self._listed()
        self._spent = {root: spent for root, spent in self._spent.items() if root in wanted}
        figures: dict[str, float] = {}
        try:
            figures["system/memory_percent"] = memory_share((self._proc / "meminfo").read_text())
            after = self._counters(now)
        except (OSError, ValueError, KeyError, IndexError):
            return figures
        if self._before is not None and now > self._before.at:
            figures |= _rates(self._before, after)
        self._before = after
        return figures | amd_figures(self._sys / "class" / "drm") | self._nvidia_figures()

    def usage(self, root: int) -> dict[str, float]:
        """The figures of the processes of `root`, of the last look; empty when there are none."""
        members = family(self._processes, root)
        if not members:
            return {}
        figures = {"system/run_memory_mb": sum(one.pages for one in members) * _PAGE / _MB}
        now, ticks = time.monotonic(), sum(one.ticks for one in members)
        before = self._spent.get(root)
        self._spent[root] = (now, ticks)
        if before is not None and now > before[0]:
            figures["system/run_cpu_percent"] = max(0.0, 100.0 * (ticks - before[1]) / _TICKS / (now - before[0]))
        return figures

    def _own(self) -> list[Process]:
        """This process and what it has started.

        Every file that is read costs a turn of the interpreter's lock, up to 5 ms beside a thread that computes: a look at all
        processes of a busy machine would then take seconds. So children are followed from parent to child where the kernel lists them.
        """
        threads = [thread.native_id for thread in threading.enumerate() if thread.native_id is not None]
        found: list[Process] = []
        try:
            found.append(process(_read(self._proc / "self" / "stat")))
            waiting = [child for thread in threads for child in self._children(found[0].pid, thread)]
        except (OSError, ValueError, IndexError):  # a kernel without these lists
            return self._listed()
        while waiting:
            number = waiting.pop()
            try:
                found.append(process(_read(self._proc / str(number) / "stat")))
                for task in os.listdir(self._proc / str(number) / "task"):
                    waiting += self._children(number, int(task))
            except (OSError, ValueError, IndexError):  # it has ended
                continue
        return found

    def _children(self, number: int, thread: int) -> list[int]:
        try:
            return [int(child) for child in _read(self._proc / str(number) / "task" / str(thread) / "children").split()]
        except FileNotFoundError:
            if (self._proc / "self" / "task" / str(os.getpid()) / "children").exists():
                return []  # the thread has ended
            raise

    def _listed(self) -> list[Process]:
        found: list[Process] = []
        try:
            numbers = [entry for entry in os.listdir(self._proc) if entry.isdigit()]
        except OSError:
            return found
        for number in numbers:
            try:
                found.append(process(_read(self._proc / number / "stat")))
            except (OSError, ValueError, IndexError):  # it has ended
                continue
        return found

    def _counters(self, now: float) -> _Counters:
        disks = [path.parent.name for path in (self._sys / "block").glob("*/device")]  # partitions and loops have no device
        return _Counters(
            now,
            cpu_times((self._proc / "stat").read_text()),
            disk_bytes((self._proc / "diskstats").read_text(), disks),
            network_bytes((self._proc / "net" / "dev").read_text()),
        )

    def _nvidia_figures(self) -> dict[str, float]:
        """What nvidia-smi said when it was asked at the look before: it may take a second to answer, and nobody waits for it."""
        if self._smi is None:
            return {}
        if self._asked is not None:
            if self._asked.poll() is None:
                return {}
            answer = self._asked.communicate()[0]
            self._nvidia = nvidia_figures(answer) if self._asked.returncode == 0 else {}
        self._asked = subprocess.Popen(
            [self._smi, *NVIDIA_QUERY], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return dict(self._nvidia)


def _read(path: Path) -> bytes:
    """The bytes of a small file of the kernel's, with as few calls as can be."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 1 << 16)
    finally:
        os.close(descriptor)


def _rates(before: _Counters, after: _Counters) -> Mapping[str, float]:
    seconds = after.at - before.at
    ticks = after.cpu[1] - before.cpu[1]
    figures = {"system/cpu_percent": 100.0 * (after.cpu[0] - before.cpu[0]) / ticks} if ticks > 0 else {}
    for kind, words in (("disk", ("read", "write")), ("network", ("in", "out"))):
        for index, word in enumerate(words):
            moved = getattr(after, kind)[index] - getattr(before, kind)[index]
            figures[f"system/{kind}_{word}_mb_per_s"] = max(0, moved) / _MB / seconds
    return figures
