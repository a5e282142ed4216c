"""Drift of a million rows and thirty columns, reference and window both read from Parquet, each step in a process of its own.

    python benchmarks/monitoring/drift.py [--rows 1000000] [--folder FOLDER] [--repeat 3] [--peer NAME=PYTHON ...]

CPU seconds are of the whole process, import included; memory is its peak. A peer is one of evidently, nannyml, whylogs, alibi; PYTHON is an
interpreter in which it, pandas and pyarrow are installed. They are given the same files, and default settings.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

from measure import Failed, compile_environment, median, packages_of, repeat, run  # noqa: E402

IMPORTS = "from treadle.statistics.drift import compare\nfrom treadle.statistics.profile import decode, encode, reference, window\n"
BOTH = (
    "import sys\nfrom pathlib import Path\n"
    + IMPORTS
    + """
before = reference(sys.argv[1])
report = compare(before, window(sys.argv[2], before))
print(len(report.columns), 'columns', sum(column.verdict != 'same' for column in report), 'changed')
"""
)
STORED = (
    "import sys\nfrom pathlib import Path\n"
    + IMPORTS
    + """
before = decode(Path(sys.argv[3]).read_bytes())
report = compare(before, window(sys.argv[2], before))
print(len(report.columns), 'columns', sum(column.verdict != 'same' for column in report), 'changed')
"""
)
KEEP = "import sys\nfrom pathlib import Path\n" + IMPORTS + "Path(sys.argv[3]).write_bytes(encode(reference(sys.argv[1])))\n"
MAKING = """
import sys
sys.path.insert(0, sys.argv[1])
from data import Path, write
print(*write(Path(sys.argv[2]), int(sys.argv[3])), sep="\\n")
"""
TALLY = """
import sys, time
import polars as pl
from treadle.statistics.profile import reference
from treadle.statistics.tally import Tally
frame = pl.read_parquet(sys.argv[2], n_rows=20_000)
tally = Tally(reference(pl.read_parquet(sys.argv[1], n_rows=100_000)))
columns = {name: frame[name].to_numpy() if name[0] == 'n' else frame[name].to_list() for name in frame.columns}
for size in (1, 10, 100, 1000):
    parts = [{name: values[start : start + size] for name, values in columns.items()} for start in range(0, min(20_000, size * 500), size)]
    begin = time.process_time()
    for part in parts:
        tally.add(part)
    print(f"tally, batches of {size} rows: {(time.process_time() - begin) / (len(parts) * size) * 1e6:.2f} us a row")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=words.folder, prefix="treadle-bench-") as made:
        folder = Path(made)
        # Made in a process of its own: peak memory of a child is never below that of this process when it was started.
        files = run([sys.executable, "-c", MAKING, HERE, folder, str(words.rows)], folder=folder).output.split()
        stored = str(folder / "reference.json")
        print(f"{'step':<44} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9}  result")
        python = sys.executable
        for name, program in (
            ("import", "import treadle.statistics.drift, polars, scipy.special"),
            ("reference, window, report", BOTH),
            ("reference alone, stored", KEEP),
            ("window and report against the stored", STORED),
        ):
            told(name, [python, "-c", program, *files, stored], folder, words.repeat)
        print(run([python, "-c", TALLY, *files], folder=folder).output.strip())
        for peer in words.peer:
            name, _, interpreter = peer.partition("=")
            compile_environment(*packages_of(Path(interpreter)))
            told(f"peer {name}", [interpreter, HERE / "peers.py", name, *files], folder, 1)


def told(name: str, command: list[str | Path], folder: Path, times: int) -> None:
    try:
        found = repeat(times, lambda: run(command, folder=folder, seconds=3600))
    except Failed as error:
        print(f"{name:<44} failed: {str(error).strip().splitlines()[-1][:120]}", flush=True)
        return
    result = found.output.strip().splitlines()
    print(
        f"{name:<44} {median(found.wall):>8.2f} {median(found.cpu):>8.2f} {found.memory >> 20:>9}  {result[-1][:90] if result else ''}",
        flush=True,
    )


if __name__ == "__main__":
    main()
