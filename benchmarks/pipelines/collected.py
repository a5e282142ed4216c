"""Rows of the benchmarks that lie beside this folder: logging, and files and datasets. They are run and their figures collected."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from measure import Failed, run
from pipelines.ours import Bench
from pipelines.report import Row

BENCHMARKS = Path(__file__).resolve().parent.parent
LOGGING = """
import pathlib, sys, tempfile
sys.path.insert(0, sys.argv[1])
import measure
with tempfile.TemporaryDirectory(dir=sys.argv[2]) as folder:
    measure.words(pathlib.Path(folder))
"""


def logging(bench: Bench) -> list[Row]:
    folder = bench.empty("logging")
    collected: dict[str, list[float]] = {}
    for _ in range(bench.times(5)):
        taken = run([sys.executable, "-c", LOGGING, BENCHMARKS / "tracking", folder], folder=folder)
        for name, value in microseconds(taken.output).items():
            collected.setdefault(name, []).append(value)
    if not collected:
        raise Failed("the benchmark of logging printed no figures")
    return [
        Row(name, tuple(values), "us", goal=1.0 if name.startswith("log_many") else 10.0, peers="14,000-66,000 a call †")
        for name, values in collected.items()
    ]


def microseconds(output: str) -> dict[str, float]:
    return {match[1].strip(): float(match[2]) for match in re.finditer(r"^(.+?) +([0-9.]+) us$", output, re.MULTILINE)}


def drift(bench: Bench) -> list[Row]:
    """A report of drift, 30 columns, reference and window from Parquet; and counting a stream."""
    rows = 100_000 if bench.quick else 1_000_000
    folder = bench.empty("drift")
    options = ["--rows", str(rows), "--repeat", str(bench.times(3)), "--folder", str(folder)]
    output = run([sys.executable, BENCHMARKS / "monitoring" / "drift.py", *options], folder=folder, seconds=3600).output
    found = re.finditer(r"^(\S.*?) {2,}([0-9.]+) +([0-9.]+) +([0-9]+)(?:  .*)?$", output, re.MULTILINE)
    figures = {match[1]: (float(match[2]), float(match[3]), int(match[4]) << 20) for match in found}
    tally = re.search(r"batches of 100 rows: ([0-9.]+) us", output)
    if not figures or tally is None:
        raise Failed(f"no figures of drift in:\n{output[-1500:]}")
    size = f"{rows:,} x 30 against {rows:,} x 30"
    peers = {"reference, window, report": "Evidently 205, whylogs 60, NannyML 32, alibi-detect 11.5 †"}
    goals = {"reference, window, report": bench.goal(3.0)}
    made = [
        Row(f"drift, {size}: {name}", (wall,), "s", (wall,), memory, goal=goals.get(name), peers=peers.get(name, ""))
        for name, (wall, _, memory) in figures.items()
        if name != "import"
    ]
    return [*made, Row("counting a row of 30 columns, batches of 100", (float(tally[1]),), "us", peers="whylogs 1,525-7,949 †")]


def data(bench: Bench) -> list[Row]:
    files, big, repetitions = (2000, 64, 1) if bench.quick else (50_000, 2048, 3)
    folder = bench.empty("data")
    options = ["--files", str(files), "--big", str(big), "--repeat", str(repetitions), "--folder", str(folder)]
    taken = run([sys.executable, BENCHMARKS / "data" / "files.py", *options], folder=folder, seconds=3600)
    return data_rows(bench, data_figures(taken.output), files, big)


def data_figures(output: str) -> dict[str, tuple[float, float, str]]:
    """Per step: seconds of wall clock and of CPU, and the note."""
    found = re.finditer(r"^(.+?) +([0-9]+\.[0-9]+) +([0-9]+\.[0-9]+) *(.*)$", output, re.MULTILINE)
    figures = {match[1].strip(): (float(match[2]), float(match[3]), match[4].strip()) for match in found}
    if not figures:
        raise Failed(f"no figures of files and datasets in:\n{output[-1500:]}")
    return figures


def data_rows(bench: Bench, figures: dict[str, tuple[float, float, str]], files: int, big: int) -> list[Row]:
    goal = bench.goal

    def cpu(work: str, name: str, most: float | None, peers: str, floor: float | None = None) -> Row:
        wall, used, _ = figures[name]
        return Row(work, (used,), wall=(wall,), goal=most, peers=peers, floor=floor)

    def number(name: str) -> float:
        match = re.search(r"[0-9,]+", figures[name][2])
        assert match is not None
        return float(match[0].replace(",", ""))

    copy_wall, copy_cpu, _ = figures["cp -r"]
    size = f"{big / 1024:g} GiB" if big >= 1024 else f"{big} MiB"
    half = f"{big / 2048:g} GiB" if big >= 2048 else f"{big // 2} MiB"
    return [
        cpu(f"data add, {files:,} files of 4 KB", "add all", goal(3.0), "DVC 19.6, xet 6.5, LFS 24 †"),
        Row("the same: stored files", (number("add all"),), unit="files", goal=10.0, peers=f"{files:,} (DVC, LFS) †"),
        cpu(f"status of {files:,} files, nothing changed", "status", goal(0.6), "DVC 3.7 †"),
        cpu(f"one of {files:,} changed: add", "add, one changed", goal(0.8), "DVC 6.3 †"),
        cpu(f"pull {files:,} files (floor: cp -r)", "pull all", goal(2 * copy_cpu), "DVC 32, LFS 96 †", copy_cpu),
        Row("the same", (figures["pull all"][0],), unit="s", floor=copy_wall, goal=goal(2 * copy_wall), peers="DVC 38 †"),
        Row(
            f"add one {size} file (floor: cp)",
            (figures["add the big file"][0],),
            unit="s",
            floor=figures["cp of the big file"][0],
            goal=goal(2.0),
            peers="DVC 20.8, LFS 22, xet 11 †",
        ),
        Row(
            f"{half} file, one byte inserted in front: new storage",
            (number("1 byte inserted in front") / 1e3,),
            unit="KB",
            goal=goal(2000.0),
            peers="the whole file again (DVC, LFS) †",
        ),
    ]
