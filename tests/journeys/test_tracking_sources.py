"""Metrics that nobody logs by hand: the machine's own, JSON on standard output, and folders of TensorBoard; with real runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parents[2] / "build/clients/bin/python"

PRINTS = """
    import json
    import sys
    from treadle import step

    @step(metrics_from_output=True)
    def prints() -> int:
        for epoch in range(3):
            print(json.dumps({"epoch": epoch, "loss": 1 / (epoch + 1), "train": {"accuracy": 0.9}, "phase": "warm"}))
        print("plain words, {not json}")
        sys.stdout.write('{"last": 7}')
        return 1

    @step
    def silent() -> int:
        print(json.dumps({"loss": 1.0}))
        return 1
"""
# Events as TensorBoard's format has them (tensorflow/core/util/event.proto), written by hand.
WRITES = """
    import os
    import struct
    from treadle import step
    from treadle.sdk.events import masked_crc

    def record(body):
        size = struct.pack("<Q", len(body))
        return size + struct.pack("<I", masked_crc(size)) + body + struct.pack("<I", masked_crc(body))

    def event(tag, value, at):
        inner = bytes([10, len(tag)]) + tag + bytes([21]) + struct.pack("<f", value)
        summary = bytes([10, len(inner)]) + inner
        return record(bytes([9]) + struct.pack("<d", 1.7e9 + at) + bytes([16, at]) + bytes([42, len(summary)]) + summary)

    @step(tensorboard="logs")
    def writes() -> int:
        os.makedirs("logs/train")
        with open("logs/train/events.out.tfevents.1.host", "wb") as file:
            for at in range(5):
                file.write(event(b"loss", 1 / (at + 1), at))
            file.write(b"half a record")
        return 1
"""
WORKS = """
    import time
    from treadle import step

    @step
    def works(seconds: float = 1.2) -> int:
        end = time.process_time() + seconds
        while time.process_time() < end:
            sum(range(10_000))
        return 1
"""


def metrics(run: Any) -> dict[str, Any]:
    return {one["name"]: one for one in run.get("metrics", [])}


def test_json_on_standard_output_becomes_metrics_when_the_step_or_the_run_says_so(project: Any) -> None:
    project.write("prints.py", PRINTS)
    run = project.get(str(project.run("prints.py::prints")["id"]))
    found = metrics(run)
    assert (found["loss"]["points"], found["loss"]["last_step"], found["train/accuracy"]["last"], found["last"]["last"]) == (3, 2, 0.9, 7.0)
    assert run["tags"]["phase"] == "warm"
    assert metrics(project.get(str(project.run("prints.py::silent")["id"]))) == {}
    asked = project.run("prints.py::silent", "--metrics-from-output", "--no-cache")
    assert metrics(project.get(str(asked["id"])))["loss"]["last"] == 1.0


def test_a_tensorboard_folder_is_followed(project: Any) -> None:
    project.write("writes.py", WRITES)
    loss = metrics(project.get(str(project.run("writes.py::writes")["id"])))["train/loss"]
    assert (loss["points"], loss["last_step"], loss["highest"]) == (5, 4, 1.0)


def test_the_machine_is_looked_at_when_the_setting_says_so(project: Any) -> None:
    project.write("works.py", WORKS)
    project.environment["TREADLE_SYSTEM_METRICS"] = "0.2"
    found = metrics(project.get(str(project.run("works.py::works")["id"])))
    assert found["system/run_cpu_percent"]["highest"] > 10
    assert found["system/run_memory_mb"]["last"] > 1
    assert 0 <= found["system/memory_percent"]["last"] <= 100
    project.environment["TREADLE_SYSTEM_METRICS"] = "off"
    assert metrics(project.get(str(project.run("works.py::works", "--no-cache")["id"]))) == {}


def test_a_script_is_looked_at_too(project: Any) -> None:
    project.write(
        "script.py", "import time, treadle\ntreadle.log(a=1)\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass\n"
    )
    environment = project.environment | {"TREADLE_SYSTEM_METRICS": "0.2"}
    subprocess.run([sys.executable, "script.py"], cwd=project.folder, env=environment, check=True, timeout=60)
    found = metrics(project.get("@-1"))
    assert found["a"]["last"] == 1.0
    assert found["system/run_cpu_percent"]["points"] >= 2


def test_pytorchs_own_writer_is_followed_by_a_script(project: Any) -> None:
    if not CLIENTS.exists() or subprocess.run([CLIENTS, "-c", "import tensorboard, torch, msgspec"], capture_output=True).returncode:
        pytest.skip("torch and tensorboard are not installed beside MLflow's client: `make torch` adds them")
    project.write(
        "script.py",
        """
        import treadle
        from torch.utils.tensorboard import SummaryWriter
        treadle.follow_tensorboard("logs")
        writer = SummaryWriter("logs")
        for step in range(4):
            writer.add_scalar("loss", 1 / (step + 1), step)
        writer.close()
        """,
    )
    environment = project.environment | {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "TREADLE_SYSTEM_METRICS": "off"}
    subprocess.run([CLIENTS, "script.py"], cwd=project.folder, env=environment, check=True, timeout=120)
    assert metrics(project.get("@-1"))["loss"]["points"] == 4
