"""The spool: where user code writes what it wants recorded. A local file that only grows; no network, no database, no lock.

A spool is a folder with a file `spool` and whatever files its records name. A record is four bytes of length (little-endian) and
a MessagePack map. Each record is one `write` on a descriptor opened for appending, so records of threads and of forked or started
processes never mix, and a record that was written survives `kill -9`: it lies with the operating system. (It does not survive a
power cut in the seconds before the system wrote it to disk.)

Every record has a kind `k` and a time `t`, seconds since 1970. The kinds:

    p         points: `s` the step or None, `m` metric name -> number (NaN and infinities included)
    c         many points at once: `names`; `n` points; `steps` int64[n] or None; `times` float64[n] or None (all at `t`);
              `values` one float64[n] per name; all as little-endian bytes
    params    `v` name -> plain value, nested maps allowed
    tag       `v` name -> text, None removes
    note      `v` a line of text for the note of the run
    artifact  `name`, `path` relative to the folder, `format`, `tree`, `pickled`, `size`, `about`, `step`
    open      the first record of a bare script or notebook; see `treadle.sdk.track`
    end       how a bare script ended: the fields of contract.runs.End

A step without number (`s` or `steps` is None) is numbered by the reader: one above the metric's highest so far. Workers add kinds
of their own (`out`: a result of a step); a reader passes over kinds it does not know.
"""

from __future__ import annotations

import os
import socket
import sys
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

from treadle.contract.tracking import MAX_RECORD, frame, read_records, sound_records
from treadle.core.errors import ParameterError

__all__ = [
    "FILE",
    "MAX_RECORD",
    "SpoolWriter",
    "boot_id",
    "column_records",
    "frame",
    "is_alive",
    "process_identity",
    "process_started",
    "read_records",
    "sound_records",
]

FILE = "spool"
"""The name of the file of records in a spool's folder."""


class SpoolWriter:
    """Appends records to the spool in `folder`, which exists. Any thread may write, and so may a forked child.

    Raises OSError when the file cannot be opened or written.
    """

    __slots__ = ("_descriptor", "folder")

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = os.fspath(folder)
        self._descriptor = os.open(os.path.join(self.folder, FILE), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def write(self, record: dict[str, Any]) -> None:
        """Appends one record. Raises OSError when there is no room, TooLarge when the record is larger than MAX_RECORD."""
        framed = frame(record)
        written = os.write(self._descriptor, framed)
        if written < len(framed):
            self._complete(framed, written)

    def close(self) -> None:
        """Closes the file. What was written stays."""
        os.close(self._descriptor)

    def _complete(self, framed: bytearray, written: int) -> None:
        """A write stopped half-way, which only a full disk or a quota does. The rest is written, or the half is taken back,
        because a half record would make everything behind it unreadable."""
        end = os.fstat(self._descriptor).st_size
        try:
            while written < len(framed):
                done = os.write(self._descriptor, memoryview(framed)[written:])
                written, end = written + done, end + done
        except OSError:
            if os.fstat(self._descriptor).st_size == end:  # nobody else has written behind it
                os.ftruncate(self._descriptor, end - written)
            raise


def column_records(columns: Mapping[str, Any], steps: Any, times: Any, now: float) -> Iterator[dict[str, Any]]:
    """Records of the kind `c` for columns of numbers, each small enough for one shipment.

    Raises ParameterError naming a column that is not one-dimensional numbers or whose length differs from the first one's.
    """
    packed = {str(name): _packed(str(name), column, "d") for name, column in columns.items()}
    if not packed:
        return
    given = {
        "steps": None if steps is None else _packed("steps", steps, "q"),
        "times": None if times is None else _packed("times", times, "d"),
    }
    first, length = next((name, len(data)) for name, data in packed.items())
    for name, data in [*packed.items(), *given.items()]:
        if data is not None and len(data) != length:
            raise ParameterError(
                f"column `{name}` has {len(data) // 8} points, but `{first}` has {length // 8}", hint="columns of one length"
            )
    part = _PART // (len(packed) + 2) // 8 * 8
    for start in range(0, length, part):
        cut = slice(start, start + part)
        yield {
            "k": "c",
            "t": now,
            "n": len(next(iter(packed.values()))[cut]) // 8,
            "names": list(packed),
            **{name: None if data is None else data[cut] for name, data in given.items()},
            "values": [data[cut] for data in packed.values()],
        }


_PART = 1 << 20  # bytes of columns in one record


def _packed(name: str, column: Any, code: str) -> bytes:
    """A column as little-endian bytes, eight each: `code` is "d" for floats, "q" for integers."""
    try:
        if hasattr(column, "detach"):  # a torch tensor, perhaps on a GPU, perhaps with gradients
            column = column.detach().cpu().numpy()
        if hasattr(column, "__array__"):
            import numpy

            values = numpy.asarray(column)
            if values.ndim != 1 or values.dtype.kind not in ("biuf" if code == "d" else "iu"):
                raise TypeError(f"{values.ndim} dimensions of {values.dtype}")
            return values.astype("<f8" if code == "d" else "<i8").tobytes()
        packed = array(code, column)
    except (TypeError, ValueError, OverflowError) as error:
        what = "numbers" if code == "d" else "whole numbers"
        raise ParameterError(
            f"column `{name}` is not one row of {what}: {error}", hint="log_many({'loss': [0.3, 0.2]}, steps=[1, 2])"
        ) from None
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def process_identity() -> dict[str, Any]:
    """Which process this is, so that a reader can tell later whether that very process still lives."""
    pid = os.getpid()
    return {"host": socket.gethostname(), "boot": boot_id(), "pid": pid, "pid_started": process_started(pid)}


def is_alive(identity: dict[str, Any]) -> bool | None:
    """Whether the process of `process_identity` still lives; None when it ran on another host, so nobody here can tell."""
    if identity.get("boot") != boot_id():
        return False if identity.get("host") == socket.gethostname() else None
    started = process_started(int(identity.get("pid", 0)))
    return bool(started) and started == identity.get("pid_started")


def boot_id() -> str:
    """A word that changes with every start of the machine ("" where the system has none)."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def process_started(pid: int) -> str:
    """When a process started, in clock ticks since boot; "" when it does not run (a zombie has ended, too)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()
