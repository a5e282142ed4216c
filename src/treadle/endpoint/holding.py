"""One keeper at a time: a lock on a file of the endpoint's folder, which says who holds it.

A keeper outlives a `treadle up` that was killed, so that nobody is left without answers. The next one takes over from it: the old
keeper is ended, and its workers, which notice nothing but that their keeper is gone, come to the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

from treadle.core.errors import Conflict
from treadle.sdk.spool import boot_id, process_started

_PATIENCE = 10.0
"""Seconds within which the kernel has let go of the lock of a process that was ended."""


def hold(folder: Path, endpoint: str, *, take_over: bool = False) -> int:
    """Locks the folder for this process; answers the descriptor that holds the lock. Raises Conflict when another keeper holds it,
    unless `take_over` ends that one."""
    descriptor = os.open(folder / "keeper.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _locked(descriptor) and not (take_over and _end_holder(descriptor)):
        os.close(descriptor)
        raise Conflict(f"the endpoint `{endpoint}` is served already", where=str(folder), hint="stop that `treadle serve` first")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{boot_id()} {os.getpid()} {process_started(os.getpid())}".encode(), 0)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_holder(descriptor: int) -> bool:
    """Ends the process that the file names, if it still is that process; answers whether the lock is ours then."""
    boot, _, rest = os.pread(descriptor, 200, 0).decode(errors="replace").partition(" ")
    pid, _, started = rest.partition(" ")
    if boot == boot_id() and pid.isdigit() and process_started(int(pid)) == started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    until = time.monotonic() + _PATIENCE
    while not _locked(descriptor):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
