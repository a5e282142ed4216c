"""README.md and docs/quickstart.md tell what happens: their files are written, their commands typed, and what they show is seen.

In a page, a block of Python that begins with `# NAME.py` is a file, other Python is simply performed. A block called `console` is
a terminal: lines after `$ ` are typed one after the other in one folder, the rest is what they print. Numbers, times and spaces
may differ, and `...` stands for lines left out. A block called `text` is a picture and stays unread.
"""

from __future__ import annotations

import importlib
import os
import pty
import re
import select
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from treadle.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/quickstart.md", "docs/guide.md")
ELSEWHERE = ("git", "make", "python3", "source", "cd", "uv")  # what sets up a machine, or needs the whole demo, is not typed here

pytest.importorskip("polars", reason="the pages use tables: make test installs polars")


class Block(NamedTuple):
    kind: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start()) + 1)
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    ]


def typed(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a terminal, each with the lines it is shown to print."""
    commands: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    return commands


def mentioned(page: str) -> set[str]:
    """Every `treadle ...` in a page, in blocks and within sentences."""
    text = (ROOT / page).read_text(encoding="utf-8")
    inline = re.findall(r"`(treadle [^`\n]+)`", text)
    listed = re.findall(r"^(?:\$ |    |  )(treadle [^#\n]+)", text, re.M)
    return {command.strip() for command in [*inline, *listed]}


def at_a_terminal(command: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Types a command at a terminal of 120 columns; answers its exit status and what is seen."""
    ours, theirs = pty.openpty()
    words = shlex.split(command, comments=True)
    with subprocess.Popen(words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = bytearray()
        while True:
            select.select([ours], [], [])
            try:
                data = os.read(ours, 65536)
            except OSError:  # on Linux the end of a terminal is an error
                break
            if not data:
                break
            seen += data
        os.close(ours)
    return process.returncode, re.sub(r"\r[^\n]*\x1b\[2K|\x1b\[[0-9;?]*[A-Za-z]|\r", "", seen.decode(errors="replace"))


def alike(line: str) -> str:
    """A line without what may differ from machine to machine: numbers with their units, digests, names of runs, widths."""
    line = re.sub(r"\b[0-9a-f]{12}\b", "#", line)
    line = re.sub(r"\d[\d.,:e+-]*( ?(ms|s|min|B|kB|MB|GB|h)\b)?", "#", line)
    return re.sub(r"[\s│─]+", " ", line).strip()


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_what_happens(page: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "COLUMNS": "120",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "USER": "ada",
    }
    (tmp_path / "treadle.toml").touch()
    for block in blocks(page):
        if block.kind == "python":
            perform(block, tmp_path, environment)
        elif block.kind == "console":
            for command, shown in typed(block):
                if command.split()[0] not in ELSEWHERE:
                    see(f"{page}:{block.line}", command, shown, tmp_path, environment)


def perform(block: Block, folder: Path, environment: dict[str, str]) -> None:
    named = re.match(r"# (\w+\.py)\n", block.text)
    file = folder / (named[1] if named else "block.py")
    file.write_text(block.text)
    if not named:
        done = subprocess.run([sys.executable, file.name], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"line {block.line}: {done.stderr}"


def see(where: str, command: str, shown: list[str], folder: Path, environment: dict[str, str]) -> None:
    status, seen = at_a_terminal(command, folder, environment)
    assert status == 0, f"{where}: `{command}` ended with {status}:\n{seen}"
    lines = {alike(line) for line in seen.splitlines()}
    missing = [line for line in shown if line.strip() not in ("", "...") and alike(line) not in lines]
    assert not missing, f"{where}: `{command}` does not print\n  " + "\n  ".join(missing) + "\nbut\n" + seen


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "examples/flights/README.md"])
def test_every_command_a_page_mentions_exists(page: str) -> None:
    for command in mentioned(page):
        _, name, *words = command.split()
        if name.startswith("-"):
            continue
        assert name in COMMANDS, f"{page}: `{command}`"
        found = getattr(importlib.import_module(COMMANDS[name][0]), name)
        if isinstance(found, click.Group) and words and not words[0].startswith("-"):
            found = found.get_command(click.Context(found), words[0])
            assert found is not None, f"{page}: `{command}`"
        known = {option for parameter in found.params for option in parameter.opts} | {"--help", "-h"}
        unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
        assert not unknown, f"{page}: `{command}` has no {unknown}"


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "examples/flights/README.md"])
def test_every_make_target_and_every_file_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = {words.split()[0] for words in re.findall(r"(?:`|\$ )make ([a-z][^`\n]*)", text)}
    assert named <= targets
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert ((ROOT / page).parent / link).exists(), f"{page} leads to {link}"


def test_the_readme_opens_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("make demo") < text.index("make test") < 1500
