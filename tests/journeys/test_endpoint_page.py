"""docs/serving.md, performed: its file is written, its commands typed, its requests sent, and what it shows is seen."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"


def alike(text: str) -> list[str]:
    """Lines without what differs from time to time: digits of numbers and identifiers."""
    plain = re.sub(r'"id":"[^"]*"|Treadle-Id: \S+', "id", text.replace("\r", ""))
    return [re.sub(r"\d+(\.\d+)?", "0", line) for line in plain.strip().splitlines()]


def matches(shown: list[str], printed: list[str]) -> bool:
    """Whether what is shown was printed, where `...` stands for lines left out."""
    at = 0
    for line in alike("\n".join(shown)):
        if line == "...":
            continue
        if line not in printed[at:]:
            return False
        at = printed.index(line, at) + 1
    return True


def test_the_page_on_serving_is_true(tmp_path: Path, until: Callable[..., Any]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    page = PAGE.read_text(encoding="utf-8").replace("8311", port)
    (tmp_path / "treadle.toml").write_text("")
    (tmp_path / "treadle").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m treadle "$@"\n')
    (tmp_path / "treadle").chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_")}
    environment = kept | {"TREADLE_HOME": str(tmp_path / ".treadle"), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    serving: subprocess.Popen[bytes] | None = None
    performed = 0
    try:
        for kind, text in re.findall(r"^```(\w+)\n(.*?)^```$", page, re.M | re.S):
            if kind == "python":
                name = re.match(r"# (\S+)\n", text)
                assert name is not None
                (tmp_path / name[1]).write_text(text)
                continue
            for part in text.split("$ ")[1:] if kind == "console" else ():
                command, *shown = part.splitlines()
                performed += 1
                if command.startswith("treadle serve"):
                    with (tmp_path / "log").open("wb") as log:
                        serving = subprocess.Popen(
                            command.split(), cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True
                        )
                    until(lambda: "Ctrl-C" in (tmp_path / "log").read_text())
                    printed = (tmp_path / "log").read_text()
                else:
                    done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
                    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
                    printed = done.stdout
                assert matches(shown, alike(printed)), f"{command}\n{printed}"
    finally:
        if serving is not None:
            serving.send_signal(signal.SIGTERM)
            serving.wait(60)
    assert performed == 13
    assert (tmp_path / "image" / "Dockerfile").exists()
