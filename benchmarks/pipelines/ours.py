"""Treadle's own rows: start, chain, fan-out, and a frame from step to step; each next to its floor in the same run."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from measure import Figures, Taken, expect, median, repeat, run
from pipelines.report import Row

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs" / "treadle"
TREADLE = Path(sys.executable).parent / "treadle"
FRAME_ROWS = 2_500_000  # of ten columns of eight bytes: 200 MB


class Bench(NamedTuple):
    """Where measuring happens, and how thoroughly."""

    folder: Path
    quick: bool

    def times(self, number: int) -> int:
        return max(1, number // 3) if self.quick else number

    def goal(self, value: float) -> float | None:
        """Goals hold for the whole work; a quick run does less of it."""
        return None if self.quick else value

    def empty(self, name: str) -> Path:
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def start(bench: Bench) -> list[Row]:
    folder, times = bench.empty("start"), bench.times(15)
    python = sys.executable

    def measured(*command: str | Path) -> Figures:
        run(command, folder=folder)
        return repeat(times, lambda: run(command, folder=folder))

    bare = measured(python, "-c", "pass")
    imported = measured(python, "-c", "import treadle")
    helped = measured(TREADLE, "--help")
    floor = median(bare.cpu)
    return [
        Row("`python -c pass`", bare.cpu, wall=bare.wall, memory=bare.memory),
        row("`import treadle`", imported, floor=floor, goal=0.05, peers="0.19-2.4 †"),
        row("`treadle --help`", helped, floor=floor, goal=0.12, peers="0.16-4 †"),
    ]


def row(work: str, figures: Figures, *, floor: float | None, goal: float | None, peers: str) -> Row:
    return Row(work, figures.cpu, wall=figures.wall, memory=figures.memory, floor=floor, goal=goal, peers=peers)


def performed(bench: Bench, pipeline: str, *options: str, home: str = "home", fresh: bool = True, words: tuple[str, ...] = ()) -> Taken:
    """A pipeline, by a fresh command; with `fresh` in a new copy of the project and a new home."""
    place = bench.folder / home
    if fresh:
        shutil.copytree(PROGRAMS, bench.empty(home) / "project", ignore=shutil.ignore_patterns("__pycache__"))
    taken = run([TREADLE, "run", pipeline, *options], folder=place / "project", variables={"TREADLE_HOME": str(place / "record")})
    return expect(taken, *words)


def cold_and_cached(bench: Bench, pipeline: str, options: tuple[str, ...], answer: str, times: int, steps: int) -> tuple[Figures, Figures]:
    once = functools.partial(performed, bench, pipeline, *options)
    once(words=(answer,))
    cold = repeat(times, lambda: once(words=(answer,)))
    cached = repeat(times, lambda: once(fresh=False, words=(answer, f"{steps} reused")))
    return cold, cached


def toy(bench: Bench, shape: str, number: int, times: int) -> tuple[Figures, Figures]:
    def once(fresh: bool) -> Taken:
        folder = bench.empty("toy") if fresh else bench.folder / "toy"
        return run([sys.executable, HERE / "floor.py", shape, str(number), folder], folder=folder)

    once(True)
    return repeat(times, lambda: once(True)), repeat(times, lambda: once(False))


def chain(bench: Bench) -> list[Row]:
    times = bench.times(9)
    floor, floor_cached = toy(bench, "chain", 10, times)
    cold, cached = cold_and_cached(bench, "chain.py::chain", (), "= 10", times, 10)
    what = "10 steps in a chain, a process each"
    return [
        row(what, cold, floor=median(floor.cpu), goal=0.6, peers="0.75 in one process, 4.0-26.6 isolated †"),
        row("the same, all cached", cached, floor=median(floor_cached.cpu), goal=0.35, peers="0.46-11 †"),
    ]


def fan(bench: Bench) -> list[Row]:
    width, times = (100, 1) if bench.quick else (1000, 3)
    floor, floor_cached = toy(bench, "fan", width, times)
    answer = f"= {width * (width + 1) // 2}"
    cold, cached = cold_and_cached(bench, "chain.py::fan", ("-p", f"width={width}"), answer, times, width + 1)
    what = f"fan-out of {width:,} steps and a join, a process each"
    return [
        row(what, cold, floor=median(floor.cpu), goal=bench.goal(8.0), peers="20-24 in one process, hundreds isolated †"),
        row("the same, all cached", cached, floor=median(floor_cached.cpu), goal=None, peers="redun 10.7 †"),
    ]


def frame(bench: Bench) -> list[Row]:
    """What handing a frame over costs: the command with a large frame, less the same with a tiny one, less making and using it."""
    rows, times = (FRAME_ROWS // 10, 1) if bench.quick else (FRAME_ROWS, 5)
    options = "frame.py::hand_over", "-p"
    floor_folder = bench.empty("floor")

    def floor() -> dict[str, dict[str, float]]:
        taken = run([sys.executable, HERE / "frame_floor.py", str(rows), floor_folder], folder=floor_folder)
        parts: dict[str, dict[str, float]] = json.loads(taken.output)
        return parts

    floor()  # the first touch of memory and disk costs more than the work
    performed(bench, *options, f"rows={rows}", words=("✓ use",))
    floors, tiny, large = [], [], []
    for _ in range(times):
        floors.append(floor())
        tiny.append(performed(bench, *options, "rows=1", words=("✓ use",)))
        large.append(performed(bench, *options, f"rows={rows}", words=("✓ use",)))

    def part(kind: str, *names: str) -> float:
        return median([sum(floor[name][kind] for name in names) for floor in floors])

    size = f"{rows * 80 / 1e6:.0f} MB"
    made = []
    for kind, unit in (("cpu", "CPU s"), ("wall", "s")):
        rest = median([getattr(one, kind) for one in tiny]) + part(kind, "make", "use")
        both = part(kind, "write", "read")
        values = tuple(getattr(one, kind) - rest for one in large)
        peers = "2.2-14, the whole command †" if kind == "cpu" else ""
        made.append(Row(f"{size} frame from step to step, net", values, unit=unit, floor=both, goal=bench.goal(1.5 * both), peers=peers))
    whole = Row(
        f"the whole command with the {size} frame",
        tuple(one.cpu for one in large),
        wall=tuple(one.wall for one in large),
        memory=max(one.memory for one in large),
        floor=median([one.cpu for one in tiny]) + part("cpu", "make", "write", "read", "use"),
    )
    return [whole, *made]
