"""`treadle data` with real processes: versions, differences, pulls, and upkeep of what is stored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class Shell:
    """The command `treadle` in a folder with its own home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
        return subprocess.run(
            [sys.executable, "-m", "treadle", *words], cwd=self.folder, env=env, text=True, capture_output=True, timeout=120, check=False
        )

    def answer(self, *words: str) -> Any:
        done = self(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with the dataset `days` in two versions: a table that changed and one that came."""
    folder = tmp_path_factory.mktemp("data")
    shell = Shell(folder)
    (folder / "days").mkdir()
    (folder / "days" / "a.csv").write_text("id,value\n1,0.5\n2,0.25\n")
    assert shell("data", "add", "days", "--as", "days", "-m", "first").stdout == "days@v1\n"
    (folder / "days" / "a.csv").write_text("id,value\n1,0.5\n2,0.75\n")
    (folder / "days" / "b.csv").write_text("id,value\n3,1.0\n")
    assert shell("data", "add", "days", "--as", "days", "-m", "second").stdout == "days@v2\n"
    return shell


def test_datasets_and_versions_are_listed(shell: Shell) -> None:
    header, row = (line.split("\t") for line in shell("data").stdout.splitlines())
    assert header[:4] == ["dataset", "newest", "files", "size"]
    assert row[:3] == ["days", "v2", "2"]
    assert [version["number"] for version in shell.answer("data", "versions", "days")] == [2, 1]
    assert [dataset["name"] for dataset in shell.answer("data", "list", "--prefix", "da")] == ["days"]
    assert shell.answer("data", "--prefix", "nights") == []


def test_adding_what_is_equal_makes_no_version(shell: Shell) -> None:
    again = shell.answer("data", "add", "days", "--as", "days")
    assert (again["new"], again["version"]["number"]) == (False, 2)


def test_a_version_shows_files_and_columns(shell: Shell) -> None:
    shown = shell.answer("data", "show", "days@v2")
    assert [file["path"] for file in shown["files"]] == ["a.csv", "b.csv"]
    assert shown["version"]["columns"] == {"id": "Int64", "value": "Float64"}
    assert (shown["made_by"], shown["used_by"]) == (None, [])
    facts = [line.split("\t") for line in shell("data", "show", "days").stdout.splitlines()]
    assert ["columns", "id", "Int64"] in facts
    assert ["version", "days@v2", "second"] in facts


def test_versions_differ_in_files_and_rows(shell: Shell) -> None:
    plain = shell.answer("data", "diff", "days@v1", "days@v2")
    assert plain["changes"] == {"added": ["b.csv"], "removed": [], "changed": ["a.csv"]}
    assert (plain["tables"]["a.csv"]["rows_added"], plain["tables"]["a.csv"]["rows_removed"]) == (1, 1)
    keyed = shell("data", "diff", "days@v1", "days@v2", "--key", "id").stdout.splitlines()
    assert keyed[:3] == ["change\tpath", "added\tb.csv", "changed\ta.csv"]
    assert "a.csv\trows changed\t1 (value in 1)" in [line.removeprefix("table\t") for line in keyed]


def test_a_folder_knows_what_changed_and_a_pull_does_not_overwrite_it(shell: Shell) -> None:
    assert shell.answer("data", "pull", "days@v1", "work")["written"] == 1
    assert shell.answer("data", "status", "work")["changes"] == {"added": [], "removed": [], "changed": []}
    (shell.folder / "work" / "a.csv").write_text("mine")
    assert shell("data", "status", "work").stdout == "change\tpath\nchanged\ta.csv\n"
    refused = shell("data", "pull", "days@v2", "work")
    assert refused.returncode == 6
    assert "a.csv" in refused.stderr
    assert shell("data", "pull", "days@v2", "work", "--force").returncode == 0
    assert (shell.folder / "work" / "a.csv").read_text() == (shell.folder / "days" / "a.csv").read_text()


def test_what_is_not_there(shell: Shell) -> None:
    for words in (("show", "nights"), ("versions", "nights"), ("pull", "days@v9"), ("diff", "days@v1", "days@v9")):
        done = shell("data", *words)
        assert done.returncode == 3, words
        assert done.stderr.startswith("error[E0201]")
    assert "did you mean `days`?" in shell("data", "show", "dasy").stderr
    assert shell("data", "show", "no/name").returncode == 2


def test_gc_is_a_dry_run_until_it_is_told_otherwise(shell: Shell) -> None:
    dry = shell.answer("data", "gc", "--older-than", "0")
    assert dry["removed"] is False
    assert shell.answer("data", "gc", "--yes")["removed"] is True
    header, row = shell("data", "gc").stdout.splitlines()
    assert dict(zip(header.split("\t"), row.split("\t"), strict=True))["removed"] == "false"
    assert shell.answer("data", "verify") == []


def test_verify_names_what_is_damaged(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "big.bin").write_bytes(os.urandom(3 << 20))
    assert shell("data", "add", "big.bin", "--as", "big").returncode == 0
    for stored in (tmp_path / ".treadle" / "blobs").rglob("*"):
        if stored.is_file() and stored.stat().st_size > 100_000:
            stored.chmod(0o644)
            with stored.open("r+b") as file:
                file.write(b"damage")
    done = shell("data", "verify")
    assert done.returncode == 1
    header, *rows = (line.split("\t") for line in done.stdout.splitlines())
    assert header == ["digest", "flaw", "what", "used by"]
    assert any(row[1] == "damaged" and "big@v1" in row[3] for row in rows)
    assert shell("data", "verify", "--json").returncode == 1
