"""Work on data that is killed in the middle, and repeated."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from treadle.testing.blobs import noise

PROGRAM = """
import os, sys
from pathlib import Path
from treadle.blobs import open_blobs
from treadle.core.operation import Call, asks_for, performer
from treadle.data import operations, work
from treadle.store.database import Database
home, act, folder = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
given = {"store": Database(f"sqlite:///{home}/treadle.db").prepare(), "blobs": open_blobs(home / "blobs", home / "cache")}
def call(operation, request):
    function = performer(operation.name)
    return function(request, Call(), **{name: given[name] for name in asks_for(function)})
desk = work.Desk(cache=home / "cache", blobs=given["blobs"], call=call, progress=lambda *report: print(*report, flush=True))
if act == "add":
    work.add(desk, folder, "flights")
elif act == "pull":
    work.pull(desk, "flights", folder)
else:
    assert work.verify(desk) == []
    assert act != "clean" or [work.gc(desk, remove=True, older_than=0), work.gc(desk, older_than=0).blobs][1] == 0
print("done", flush=True)
"""


def perform(home: Path, act: str, folder: Path, kill_after: int | None = None) -> bool:
    """Runs one act in a process of its own; kills it after so many reports. Answers whether it came to its end."""
    words = [sys.executable, "-c", PROGRAM, str(home), act, str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if kill_after is None:
            return process.communicate()[0].endswith("done\n")
        for _ in range(kill_after):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        return False


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("reports", [2])
def test_a_killed_add_and_a_killed_pull_can_simply_be_repeated(tmp_path: Path, reports: int) -> None:
    home, source, target = tmp_path / "home", tmp_path / "source", tmp_path / "target"
    home.mkdir()
    for number in range(2500):
        path = source / str(number % 20) / str(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise(500, number))
    perform(home, "add", source, kill_after=reports)
    assert perform(home, "verify", source)
    assert perform(home, "add", source)
    perform(home, "pull", target, kill_after=reports)
    visible = {path: data for path, data in contents(target).items() if not path.startswith(".treadle-pull-")}
    assert visible.items() <= contents(source).items()
    assert perform(home, "pull", target)
    assert contents(target) == contents(source)
    assert perform(home, "clean", source)
    assert perform(home, "pull", target)
