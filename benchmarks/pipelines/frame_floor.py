"""Writes a frame and reads it again, in one process and with nothing around it: what handing it over cannot go below.

    python benchmarks/pipelines/frame_floor.py ROWS FOLDER

Prints seconds of wall clock and of CPU of each part as JSON. The file has the format in which Treadle hands a frame over.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

COLUMNS = 10


def main() -> None:
    rows, file = int(sys.argv[1]), Path(sys.argv[2]) / "floor.parquet"
    parts: dict[str, dict[str, float]] = {}

    def part(name: str, work: Callable[[], object]) -> object:
        begin, cpu = time.perf_counter(), time.process_time()
        made = work()
        parts[name] = {"wall": time.perf_counter() - begin, "cpu": time.process_time() - cpu}
        return made

    def make() -> pl.DataFrame:
        random = np.random.default_rng(7)
        return pl.DataFrame({f"column_{number}": random.random(rows) for number in range(COLUMNS)})

    def use(frame: pl.DataFrame) -> float:
        return float(sum(frame[name].sum() for name in frame.columns))

    frame = part("make", make)
    assert isinstance(frame, pl.DataFrame)
    part("write", lambda: frame.write_parquet(file, compression="lz4"))
    again = part("read", lambda: pl.scan_parquet(file).collect())
    assert isinstance(again, pl.DataFrame)
    part("use", lambda: use(again))
    file.unlink()
    print(json.dumps(parts))


if __name__ == "__main__":
    main()
