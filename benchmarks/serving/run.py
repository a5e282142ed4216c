"""What answering predictions costs: requests per second, latency and CPU of the whole process tree, start and memory.

    python benchmarks/serving/run.py [--quick] [--only NAME ...] [--peers FOLDER [NAME ...]]

The server has one core, the load (wrk) the other. Treadle answers with everything on: checks, records on disk and as Parquet, each model
in a process of its own. `floor` is the same model in one process with none of that. `--peers` runs the driver `run.py` of a folder with
other servers (each in an environment of its own) with the same model, and prints what it prints.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from measure import machine, surroundings  # noqa: E402

HERE = Path(__file__).resolve().parent
POINTS = ((1, 1), (1, 16), (1, 64), (100, 1), (100, 16))
"""Rows a request, connections."""
GOALS = {("sklearn", 1, 1): 800, ("sklearn", 1, 16): 5500, ("sklearn", 1, 64): 8000, ("sklearn", 100, 16): 900, ("onnx", 1, 64): 11_000}
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_PORT = 18_190


class Point(NamedTuple):
    """Medians over the passes: requests a second, latency in ms, CPU of the process tree in microseconds a request, refused requests."""

    rate: float
    middle: float
    late: float
    cpu: float
    bad: int


class Subject:
    """A server that is being measured."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        variables = surroundings({"OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE), "BENCH_MODEL": str(folder / "model.skops")})
        served = ["treadle", "serve", "--plan", str(folder / name), "--port", str(_PORT)]
        bare = [
            "uvicorn",
            "floor:app",
            "--port",
            str(_PORT),
            "--no-access-log",
            "--log-level",
            "warning",
            "--loop",
            "uvloop",
            "--lifespan",
            "off",
        ]
        command = ["taskset", "-c", "0", sys.executable, "-m", *(bare if name == "floor" else served)]
        self.began = time.perf_counter()
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=variables, cwd=folder, stdout=log, stderr=log)
        self.started = self._first_answer()

    def _first_answer(self) -> float:
        """Seconds from the command to its first prediction."""
        body = (self.folder / "rows_1.json").read_bytes()
        while time.perf_counter() - self.began < 120:
            connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=10)
            try:
                connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
                if connection.getresponse().status == 200:
                    return time.perf_counter() - self.began
            except OSError:
                time.sleep(0.01)
            finally:
                connection.close()
        raise SystemExit(f"{self.name} does not answer: {(self.folder / f'{self.name}.log').read_text()[-2000:]}")

    def tree(self) -> list[psutil.Process]:
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def cpu(self) -> float:
        total = 0.0
        for process in self.tree():
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        return total

    def memory(self) -> float:
        """MiB of the whole tree, shared pages counted once."""
        total = 0
        for process in self.tree():
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total / (1 << 20)

    def load(self, rows: int, connections: int, seconds: int) -> Point:
        body = self.folder / f"rows_{rows}.json"
        url = f"http://127.0.0.1:{_PORT}/predict"
        before = self.cpu()
        command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(HERE / "load.lua"), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "BODY": str(body)}).stdout
        spent = self.cpu() - before

        def share(percent: int) -> float:
            found = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s|m)", said)
            return float(found[1]) * _UNITS[found[2]] if found else float("nan")

        count = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        return Point(rate, share(50), share(99), spent / max(1, count) * 1e6, int(bad[1]) if bad else 0)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def measure(name: str, folder: Path, passes: int, seconds: int) -> list[list[str]]:
    """The rows of one subject, for the table."""
    subject = Subject(name, folder)
    try:
        memory = subject.memory()
        subject.load(1, 8, 1)
        points: dict[tuple[int, int], list[Point]] = {point: [] for point in POINTS}
        for _ in range(passes):
            for point in POINTS:
                points[point].append(subject.load(*point, seconds))
    finally:
        subject.stop()
    rows = []
    for (count, connections), found in points.items():
        rate, middle, late, cpu = (statistics.median(getattr(p, field) for p in found) for field in ("rate", "middle", "late", "cpu"))
        goal = GOALS.get((name, count, connections))
        bad = f", {sum(p.bad for p in found)} refused" if any(p.bad for p in found) else ""
        goals = f"{goal:,}" if goal else ""
        rows.append([name, f"{count}", f"{connections}", f"{rate:,.0f}{bad}", goals, f"{middle:.2f}", f"{late:.2f}", f"{cpu:,.0f}"])
    rows.append([name, "", "", f"first answer after {subject.started:.2f} s, {memory:.0f} MiB", "", "", "", ""])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one pass of a second: shows that everything runs")
    parser.add_argument("--only", nargs="+", choices=["sklearn", "onnx", "floor"], metavar="NAME")
    parser.add_argument("--peers", nargs="+", metavar="WORD", help="the folder of the peers' driver, then names of servers")
    words = parser.parse_args()
    if shutil.which("wrk") is None or shutil.which("taskset") is None or len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("skipped: this benchmark needs the programs wrk and taskset, and two cores")
    print(machine())
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder:
        models_prepare(Path(folder))
        print("| server | rows | connections | requests/s | goal | p50 ms | p99 ms | CPU us/request |\n|---|---|---|---|---|---|---|---|")
        for name in words.only or ["sklearn", "onnx", "floor"]:
            for row in measure(name, Path(folder), 1 if words.quick else 3, 1 if words.quick else 2):
                print(f"| {' | '.join(row)} |", flush=True)
    if words.peers:
        peers(Path(words.peers[0]), words.peers[1:])


def models_prepare(folder: Path) -> None:
    """In a process of its own, so that this one stays small beside what it measures."""
    code = "import sys, pathlib, models; models.prepare(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, env={**os.environ, "PYTHONPATH": str(HERE)})


def peers(folder: Path, names: list[str]) -> None:
    driver = folder / "run.py"
    if not driver.exists():
        print(f"skipped: {driver} is not there")
        return
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as out:
        subprocess.run([sys.executable, str(driver), out.name, *names], cwd=folder, check=False)
        for line in Path(out.name).read_text().splitlines():
            found: dict[str, Any] = json.loads(line)
            for point, figures in found["points"].items():
                print(f"| {found['name']} | {point} | {figures['rps']:,.0f} | {figures['p50']} | {figures['p99']} | {figures['cpu_us']} |")


if __name__ == "__main__":
    main()
