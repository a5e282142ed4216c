"""What the system's texts say, from texts as kernels and drivers wrote them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from treadle.core.errors import UsageError
from treadle.sdk import system
from treadle.sdk.system import Process
from treadle.sdk.ticker import Ticker

STAT = "cpu  100 5 50 800 40 3 2 0 0 0\ncpu0 50 2 25 400 20 1 1 0 0 0\nintr 1\n"
LATER = "cpu  160 5 90 880 60 3 2 0 0 0\n"
MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:   12000000 kB\n"
DISKS = """   8       0 sda 100 0 2000 50 200 0 4000 60 0 90 110
   8       1 sda1 100 0 2000 50 200 0 4000 60 0 90 110
   7       0 loop0 9 0 900 0 0 0 0 0 0 0 0
 259       0 nvme0n1 10 0 80 5 20 0 160 6 0 9 11 0 0 0 0
"""
NET = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
  eth0: 1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0
 wlan0:5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0
"""


def test_texts_of_proc() -> None:
    assert system.cpu_times(STAT) == (160, 1000)
    assert system.memory_share(MEMINFO) == 25.0
    assert system.disk_bytes(DISKS, ["sda", "nvme0n1"]) == (2080 * 512, 4160 * 512)
    assert system.network_bytes(NET) == (1005, 2007)


def test_a_process_may_have_any_name() -> None:
    stat = b"42 (a ) (b) S 7 40 40 0 -1 4194304 1 0 0 0 11 12 13 14 20 0 1 0 555 9000 321 18446744073709551615 0"
    assert system.process(stat) == Process(42, 7, 40, 50, 321)
    for odd in (b"", b"1 (x) S", b"x (y) S 1 2 3"):
        with pytest.raises((ValueError, IndexError)):
            system.process(odd)


def test_a_family_is_the_group_and_all_descendants() -> None:
    all_of_them = [
        Process(number, parent, group, 0, 1) for number, parent, group in [(1, 0, 1), (5, 1, 5), (6, 5, 5), (7, 6, 7), (9, 1, 9)]
    ]
    assert [one.pid for one in system.family(all_of_them, 5)] == [5, 6, 7]
    assert system.family(all_of_them, 4) == []


def test_what_gpus_say(tmp_path: Path) -> None:
    answer = "0, 37, 1000, 61.50, 48\n1, [N/A], 0, [Not Supported], 30\nodd line\n"
    assert system.nvidia_figures(answer) == {
        "system/gpu_0_percent": 37.0,
        "system/gpu_0_memory_mb": 1048.576,
        "system/gpu_0_watts": 61.5,
        "system/gpu_0_celsius": 48.0,
        "system/gpu_1_memory_mb": 0.0,
        "system/gpu_1_celsius": 30.0,
    }
    device = tmp_path / "card1" / "device"
    (device / "hwmon" / "hwmon3").mkdir(parents=True)
    (device / "gpu_busy_percent").write_text("12\n")
    (device / "mem_info_vram_used").write_text("2000000\n")
    (device / "hwmon" / "hwmon3" / "power1_average").write_text("90000000\n")
    (device / "hwmon" / "hwmon3" / "temp1_input").write_text("odd")
    assert system.amd_figures(tmp_path) == {"system/gpu_0_percent": 12.0, "system/gpu_0_memory_mb": 2.0, "system/gpu_0_watts": 90.0}


def recorded(folder: Path, stat: str) -> None:
    for path, text in {
        "proc/stat": stat, "proc/meminfo": MEMINFO, "proc/diskstats": DISKS, "proc/net/dev": NET,
        "proc/42/stat": "42 (x) S 7 42 42 0 -1 4194304 1 0 0 0 11 12 13 14 20 0 1 0 555 9000 321 1 0",
    }.items():  # fmt: skip
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "sys/block/sda/device").mkdir(parents=True, exist_ok=True)


def test_two_looks_make_rates(tmp_path: Path) -> None:
    recorded(tmp_path, STAT)
    machine = system.Machine(tmp_path / "proc", tmp_path / "sys")
    assert machine.look([42]) == {"system/memory_percent": 25.0}
    assert set(machine.usage(42)) == {"system/run_memory_mb"}
    recorded(tmp_path, LATER)
    second = machine.look([42])
    assert (second["system/cpu_percent"], second["system/disk_read_mb_per_s"]) == (50.0, 0.0)
    assert machine.usage(42)["system/run_cpu_percent"] == 0.0
    assert machine.usage(43) == {}


def test_a_process_sees_itself_and_what_it_has_started() -> None:
    machine = system.Machine()
    machine.look([os.getpid()])
    alone = machine.usage(os.getpid())["system/run_memory_mb"]
    with subprocess.Popen([sys.executable, "-c", "x = b'x' * 60_000_000; print(1, flush=True); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        child.stdout.readline()
        figures = machine.look([os.getpid()])
        assert machine.usage(os.getpid())["system/run_memory_mb"] - alone > 50
        child.communicate(b"\n")
    assert 0 < figures["system/memory_percent"] < 100


def test_a_system_without_these_files_says_nothing(tmp_path: Path) -> None:
    machine = system.Machine(tmp_path / "nowhere", tmp_path / "nowhere")
    assert machine.look([1]) == {}
    assert machine.usage(1) == {}


@pytest.mark.parametrize(("text", "seconds"), [(None, 10.0), ("", 10.0), ("on", 10.0), ("0", None), ("OFF", None), ("2.5", 2.5)])
def test_the_setting(text: str | None, seconds: float | None) -> None:
    assert system.interval(text) == seconds


@pytest.mark.parametrize("text", ["often", "-1", "nan", "0.01", "1e9"])
def test_a_setting_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="TREADLE_SYSTEM_METRICS"):
        system.interval(text)


def test_a_thread_stands_still_while_the_process_forks() -> None:
    code = """
import os, threading, warnings
warnings.simplefilter("error")
from treadle.sdk.ticker import Ticker
done = threading.Event()
ticker = Ticker(0.01, done.set, "t")
ticker.start()
assert done.wait(10)
child = os.fork()
if child == 0:
    os._exit(threading.active_count())
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
done.clear()
assert done.wait(10)
ticker.stop()
assert threading.active_count() == 1
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False).stderr == b""


def test_a_stopped_ticker_is_over() -> None:
    calls: list[float] = []
    ticker = Ticker(3600.0, lambda: calls.append(time.monotonic()), "never")
    with warnings.catch_warnings():
        ticker.start()
        ticker.stop()
    assert calls == []
    assert "never" not in [thread.name for thread in threading.enumerate()]
    assert os.getpid()
