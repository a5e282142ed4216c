"""Points a second from the bytes of a spool into the store, through the operation by which a worker ships them.

python benchmarks/tracking/shipping.py [POINTS]

Wall clock and CPU of this process, best of three, for shipments of at most 1 MiB as the worker makes them, on SQLite in a new home.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from treadle.assemble import open_home
from treadle.contract.tracking import frame, sound_records
from treadle.contract.work import OpenScript, ShipSpool, open_script, ship_spool
from treadle.sdk.spool import column_records

SHIPMENT = 1 << 20


def singles(points: int, metrics: int) -> bytes:
    """One record for each call of `log(...)` with so many metrics."""
    names = [f"metric_{number}" for number in range(metrics)]
    made = bytearray()
    for step in range(points // metrics):
        made += frame({"k": "p", "t": 1e9 + step, "s": step, "m": dict.fromkeys(names, step * 0.5)})
    return bytes(made)


def columns(points: int, metrics: int) -> bytes:
    count = points // metrics
    values = {f"metric_{number}": np.random.default_rng(number).random(count) for number in range(metrics)}
    return b"".join(bytes(frame(record)) for record in column_records(values, np.arange(count), None, 1e9))


def shipments(data: bytes) -> Iterator[bytes]:
    at, size = 0, SHIPMENT
    while at < len(data):
        _, consumed, _ = sound_records(data[at : at + size])
        if consumed == 0:
            size *= 2
            continue
        yield data[at : at + consumed]
        at, size = at + consumed, SHIPMENT


def ship(pieces: list[bytes]) -> tuple[float, float]:
    """Wall and CPU seconds to take in all pieces."""
    with tempfile.TemporaryDirectory() as folder:
        record = open_home(Path(folder, ".treadle"))
        try:
            opened = record.call(open_script, OpenScript(key="a" * 32, name="bench", started_at=time.time()))
            offset, wall, cpu = 0, time.perf_counter(), time.process_time()
            for piece in pieces:
                record.call(ship_spool, ShipSpool(held=opened.held, offset=offset, data=piece))
                offset += len(piece)
            return time.perf_counter() - wall, time.process_time() - cpu
        finally:
            record.close()


def main(points: int) -> None:
    made: list[tuple[str, Any, int]] = [
        ("log(...) of 1 metric", singles, 1),
        ("log(...) of 10 metrics", singles, 10),
        ("log_many, 1 metric", columns, 1),
        ("log_many, 10 metrics", columns, 10),
    ]
    for what, make, metrics in made:
        pieces = list(shipments(make(points, metrics)))
        taken = [ship(pieces) for _ in range(3)]
        wall, cpu = min(wall for wall, _ in taken), min(cpu for _, cpu in taken)
        print(f"{what:<24} {points / wall:>12,.0f} points/s of wall, {points / cpu:>12,.0f} points/s of CPU")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
