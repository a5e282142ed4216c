"""The machine a run was performed on, and whether a process of a record is still the same process."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec

_PATIENCE = 10.0  # seconds for a vendor's tool: a wedged driver must not hold a run


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """One GPU: the vendor's name for it, its memory in bytes, the driver's version."""

    name: str
    memory: int | None = None
    driver: str = ""


class HardwareFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Hardware as a run sees it. `cores` are the machine's, `usable` those this process may use (affinity and control group);
    `memory` is the machine's in bytes, `memory_limit` what the control group allows, when it says."""

    hostname: str
    cpu: str
    cores: int
    usable: float
    memory: int
    memory_limit: int | None = None
    gpus: tuple[Gpu, ...] = ()


@functools.cache
def hardware() -> HardwareFacts:
    """The facts of this machine; found out once per process."""
    cores = os.cpu_count() or 1
    usable: float = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    quota, _, period = _control("cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period):
        usable = min(usable, int(quota) / int(period))
    limit = _control("memory.max")
    return HardwareFacts(
        hostname=os.uname().nodename,
        cpu=_cpu_model(),
        cores=cores,
        usable=usable,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        memory_limit=int(limit) if limit.isdigit() else None,
        gpus=(*_nvidia(), *_amd()),
    )


def _cpu_model() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model", "Hardware"):
            return value.strip()
    return os.uname().machine


def _control(name: str) -> str:
    """A setting of this process's control group (version 2), the empty text where there is none."""
    group = next((line[3:] for line in _read("/proc/self/cgroup").splitlines() if line.startswith("0::")), "/")
    return (_read(f"/sys/fs/cgroup{group.rstrip('/')}/{name}") or _read(f"/sys/fs/cgroup/{name}")).strip()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _nvidia() -> tuple[Gpu, ...]:
    said = _ask("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")
    found = []
    for line in said.splitlines():
        words = [word.strip() for word in line.split(",")]
        if len(words) == 3:
            found.append(Gpu(name=words[0], memory=int(words[1]) << 20 if words[1].isdigit() else None, driver=words[2]))
    return tuple(found)


def _amd() -> tuple[Gpu, ...]:
    said = _ask("rocm-smi", "--showproductname", "--showmeminfo", "vram", "--json")
    try:
        cards = json.loads(said or "{}")
    except ValueError:
        return ()
    found = []
    for key, card in sorted(cards.items()):
        if key.startswith("card") and isinstance(card, dict):
            memory = str(card.get("VRAM Total Memory (B)", ""))
            name = str(card.get("Card Series") or card.get("Card series") or card.get("Card SKU") or "AMD GPU")
            found.append(Gpu(name=name, memory=int(memory) if memory.isdigit() else None))
    return tuple(found)


def _ask(program: str, *words: str) -> str:
    """What a vendor's tool prints; the empty text when it is not there, fails or hangs."""
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        ended = subprocess.run([path, *words], capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout if ended.returncode == 0 else ""


def boot_id() -> str:
    """What names this start of the machine; the empty text where the system does not tell."""
    return _read("/proc/sys/kernel/random/boot_id").strip()


def process_start(pid: int) -> int | None:
    """When a process started, in clock ticks since the machine did; None when there is no such process.

    A number is given to processes again and again: only number, start and boot together name a process.
    """
    facts = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()  # the command in front, in brackets, may hold anything
    return int(facts[19]) if len(facts) > 19 else None


def same_process(pid: int, start: int, boot: str) -> bool:
    """Whether the process of a record still runs: same number, same start, same boot. One that has ended and only waits for its
    parent to notice (a zombie) does not."""
    if boot_id() != boot:
        return False
    facts = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return len(facts) > 19 and int(facts[19]) == start and facts[0] not in ("Z", "X")
