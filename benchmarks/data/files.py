"""Files and datasets against goals, next to `cp -r` in the same minute on the same disk.

    python benchmarks/data/files.py [--files 50000] [--big 2048] [--repeat 3] [--folder DIR]

Every step is a process of its own; CPU seconds are user + system of that process, interpreter start included. Sizes of files are
in MiB. The median of the repetitions is shown. Disk and memory are warmed up first: on a virtual machine the first touch of a
page costs more than the work. Compile the packages beforehand (`python -m compileall`), as an installer does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

SIZE = 4096


class Measured(NamedTuple):
    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--big", type=int, default=2048)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.step:
        perform(words.folder, *words.step)
        return
    with tempfile.TemporaryDirectory(dir=words.folder, prefix="treadle-bench-") as made:
        folder = Path(made)
        results: dict[str, list[Measured]] = {}
        facts: dict[str, str] = {}
        make_many(folder / "source", words.files)
        make_big(folder / "big.bin", words.big)
        make_changed(folder / "big.bin", folder / "half.bin", words.big // 2)
        for turn in range(words.repeat + 1):
            once: dict[str, Measured] = {}
            many(folder, once, facts)
            big(folder, once, facts)
            if turn:  # the first turn warms up
                for name, measured in once.items():
                    results.setdefault(name, []).append(measured)
        show(results, facts)


def many(folder: Path, results: dict[str, Measured], facts: dict[str, str]) -> None:
    clear(folder, "home", "work", "out", "copy")
    subprocess.run(["cp", "-r", folder / "source", folder / "work"], check=True)
    time.sleep(0.1)  # files written within the clock's last tick would be read twice
    results["add all"] = step(folder, "add", "work")
    facts["add all"] = f"{count(folder / 'home/blobs')} stored files"
    results["status"] = step(folder, "status", "work")
    with open(next((folder / "work").rglob("7.bin")), "ab") as file:
        file.write(b"changed")
    time.sleep(0.1)
    before = size(folder / "home/blobs")
    results["add, one changed"] = step(folder, "add", "work")
    facts["add, one changed"] = f"{size(folder / 'home/blobs') - before:,} B new"
    results["cp -r"] = run(["cp", "-r", str(folder / "work"), str(folder / "copy")])
    clear(folder, "copy")
    results["pull all"] = step(folder, "pull", "out")
    results["pull, nothing to do"] = step(folder, "pull", "out")
    subprocess.run(["diff", "-r", folder / "work", folder / "out"], check=True)
    results["verify"] = step(folder, "verify")
    results["gc, dry run"] = step(folder, "gc")
    clear(folder, "home", "work", "out")


def big(folder: Path, results: dict[str, Measured], facts: dict[str, str]) -> None:
    clear(folder, "home", "edited.bin", "copy.bin", "out")
    results["cp of the big file"] = run(["cp", "--reflink=never", str(folder / "big.bin"), str(folder / "copy.bin")])
    clear(folder, "copy.bin")
    results["add the big file"] = step(folder, "add", "big.bin")
    clear(folder, "home")
    shutil.copy(folder / "half.bin", folder / "edited.bin")
    step(folder, "add", "edited.bin")
    for name, edit in (("1 byte inserted in front", insert), ("1 MiB replaced in the middle", replace)):
        edit(folder / "edited.bin")
        time.sleep(0.1)
        before = size(folder / "home/blobs")
        results[name] = step(folder, "add", "edited.bin")
        facts[name] = f"{size(folder / 'home/blobs') - before:,} B new"
    results["pull it"] = step(folder, "pull", "out")
    subprocess.run(["cmp", folder / "edited.bin", folder / "out/edited.bin"], check=True)
    clear(folder, "home", "edited.bin", "out")


def perform(folder: Path, act: str, *rest: str) -> None:
    """One step, as a command line would do it."""
    from treadle.blobs import open_blobs
    from treadle.core.operation import Call, asks_for, performer
    from treadle.data import operations, work
    from treadle.store.database import Database, sqlite_url

    assert operations
    home = folder / "home"
    home.mkdir(exist_ok=True)
    given = {"store": Database(sqlite_url(home / "treadle.db")), "blobs": open_blobs(home / "blobs", home / "cache")}
    given["store"].prepare()

    def call(operation: Any, request: Any) -> Any:
        function = performer(operation.name)
        return function(request, Call(), **{name: given[name] for name in asks_for(function)})

    desk = work.Desk(cache=home / "cache", blobs=given["blobs"], call=call)
    if act == "add":
        work.add(desk, folder / rest[0], "bench")
    elif act == "status":
        assert not work.status(desk, folder / rest[0]).changes
    elif act == "pull":
        work.pull(desk, "bench", folder / rest[0])
    elif act == "verify":
        assert not work.verify(desk)
    else:
        assert work.gc(desk, older_than=0).blobs == 0


def step(folder: Path, *words: str) -> Measured:
    return run([sys.executable, __file__, "--folder", str(folder), "--step", *words])


def run(command: list[str]) -> Measured:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return Measured(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime)


def make_many(folder: Path, files: int) -> None:
    for number in range(files):
        if number % 100 == 0:
            (inside := folder / f"{number // 100:04}").mkdir(parents=True)
        (inside / f"{number % 100}.bin").write_bytes(os.urandom(SIZE))


def make_big(path: Path, mebibytes: int) -> None:
    with open(path, "wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(1 << 20))


def make_changed(source: Path, target: Path, mebibytes: int) -> None:
    with open(source, "rb") as reading, open(target, "wb") as writing:
        for _ in range(mebibytes):
            writing.write(reading.read(1 << 20))


def insert(path: Path) -> None:
    other = path.with_suffix(".new")
    with open(path, "rb") as reading, open(other, "wb") as writing:
        writing.write(b"X")
        shutil.copyfileobj(reading, writing, 1 << 20)
    other.replace(path)


def replace(path: Path) -> None:
    with open(path, "r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(1 << 20))


def clear(folder: Path, *names: str) -> None:
    subprocess.run(["rm", "-rf", *(folder / name for name in names)], check=True)


def count(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def size(folder: Path) -> int:
    return sum((Path(inside) / name).stat().st_size for inside, _, files in os.walk(folder) for name in files)


def show(results: dict[str, list[Measured]], facts: dict[str, str]) -> None:
    print(f"{'step':<30} {'wall s':>8} {'CPU s':>8}  note")
    for name, measured in results.items():
        wall = statistics.median(one.wall for one in measured)
        cpu = statistics.median(one.cpu for one in measured)
        print(f"{name:<30} {wall:>8.2f} {cpu:>8.2f}  {facts.get(name, '')}")


if __name__ == "__main__":
    main()
