"""The difference of two tables of a million rows, by whole rows and by key.

    python benchmarks/data/tables.py [--rows 1000000]

CPU seconds are those of this process; memory is the highest it has been so far.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import polars as pl

from treadle.data.tables import Table, compare, facts

COLUMNS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as made:
        folder = Path(made)
        numbers = pl.int_range(rows, eager=True)
        frame = pl.DataFrame({"id": numbers, **{f"x{i}": (numbers * (i + 7919)) % 1_000_003 / 7 for i in range(COLUMNS - 1)}})
        frame.write_parquet(folder / "before.parquet")
        edited = frame.with_columns(x3=pl.when(pl.col("id") % 1000 == 0).then(-1.0).otherwise(pl.col("x3")))
        edited.filter(pl.col("id") % 777 != 0).sample(fraction=1.0, shuffle=True, seed=1).write_parquet(folder / "after.parquet")
        before, after = Table("before.parquet", folder / "before.parquet"), Table("after.parquet", folder / "after.parquet")
        print(f"{'step':<24} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9}  result")
        for name, step in (
            ("facts", lambda: facts([before])),
            ("rows as multisets", lambda: compare([before], [after])),
            ("rows by key", lambda: compare([before], [after], ["id"])),
        ):
            begin, cpu = time.perf_counter(), time.process_time()
            found = step()
            wall, used = time.perf_counter() - begin, time.process_time() - cpu
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            told = {key: value for key, value in vars_of(found).items() if key.startswith(("rows", "changed"))}
            print(f"{name:<24} {wall:>8.2f} {used:>8.2f} {peak:>9}  {told}")


def vars_of(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in getattr(value, "__struct_fields__", ())}


if __name__ == "__main__":
    main()
