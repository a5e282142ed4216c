"""The command line's documentation and its help: complete, up to date, and performed; what starts a project; what a terminal sees."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from treadle.cli.explain import EXIT_STATUSES, errors_page
from treadle.cli.main import COMMANDS, HIDDEN, treadle
from treadle.cli.noun import Noun
from treadle.core.errors import known_errors

DOCS = Path(__file__).parents[2] / "docs"


def clean(**more: str) -> dict[str, str]:
    """The environment without settings of ours; `treadle` is the one that is tested."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_") and name != "NO_COLOR"}
    return {**known, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}", **more}


def perform(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "treadle", *words], cwd=folder, env=clean(**more), text=True, capture_output=True, timeout=120, check=False
    )


def on_terminal(folder: Path, *words: str, **more: str) -> str:
    """What a command shows on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "treadle", *words], cwd=folder, env=clean(COLUMNS="80", TERM="xterm", **more), stdout=theirs, stderr=theirs
    ) as started:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal is gone with the last process that held it
                break
            if not piece:
                break
            shown += piece
        started.wait(timeout=120)
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


# --- documentation ----------------------------------------------------------------------------------------------------------


def test_every_command_and_verb_is_documented() -> None:
    headings = set(re.findall(r"^#+ (treadle .*)$", (DOCS / "cli.md").read_text(), flags=re.MULTILINE))
    context = treadle.make_context("treadle", ["--help"], resilient_parsing=True)
    expected = set()
    for name in treadle.list_commands(context):
        expected.add(f"treadle {name}")
        command = treadle.get_command(context, name)
        if name in ("data", "journal"):
            assert isinstance(command, Noun)
            expected |= {f"treadle {name} {verb}" for verb in command.verbs if (name, verb) != ("journal", "list")}
    assert headings == expected


def test_every_verb_of_runs_is_a_command() -> None:
    context = treadle.make_context("treadle", ["--help"], resilient_parsing=True)
    runs = treadle.get_command(context, "runs")
    assert isinstance(runs, Noun)
    assert set(runs.verbs) - {"list"} <= set(COMMANDS) - HIDDEN


def test_every_error_code_is_documented() -> None:
    assert (DOCS / "errors.md").read_text() == errors_page(), "write it anew: treadle explain --markdown > docs/errors.md"


def test_every_exit_status_of_an_error_is_explained() -> None:
    assert {cls.exit for cls in known_errors().values()} <= EXIT_STATUSES.keys()


def test_the_examples_of_the_documentation_are_performed(tmp_path: Path) -> None:
    blocks = re.findall(r"^```console\n(.*?)^```", (DOCS / "cli.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    examples = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    assert len(examples) > 30
    script = "\n".join(f"{{ {example}\n}} || exit 1" for example in examples)
    done = subprocess.run(["bash", "-x", "-c", script], cwd=tmp_path, env=clean(), text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


# --- help and explanations --------------------------------------------------------------------------------------------------


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['treadle', '--help']\n"
        "import treadle.cli.main\n"
        "try: treadle.cli.main.main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('sqlalchemy', 'rich', 'polars', 'numpy', 'msgspec', 'starlette') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=clean(), text=True, capture_output=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(f"  {name} " in done.stdout for name in COMMANDS if name not in HIDDEN)


def test_codes_are_explained(tmp_path: Path) -> None:
    assert json.loads(perform(tmp_path, "explain", "e0103", "--json").stdout)["name"] == "ParameterError"
    assert [row.split("\t")[0] for row in perform(tmp_path, "explain", "exit-codes").stdout.splitlines()[1:]] == [
        str(status) for status in EXIT_STATUSES
    ]
    assert len(json.loads(perform(tmp_path, "explain", "--json").stdout)) == len(known_errors())
    unknown = perform(tmp_path, "explain", "E0110X")
    assert (unknown.returncode, "did you mean `E0110`?" in unknown.stderr) == (3, True)
    assert not (tmp_path / ".treadle").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(tmp_path: Path, shell: str) -> None:
    assert "_TREADLE_COMPLETE" in perform(tmp_path, "completion", shell).stdout


def test_the_shell_completes_commands_and_verbs(tmp_path: Path) -> None:
    ask = {"_TREADLE_COMPLETE": "bash_complete", "COMP_CWORD": "2"}
    assert "plain,verify" in perform(tmp_path, COMP_WORDS="treadle data v", **ask).stdout.splitlines()
    assert "plain,resume" in perform(tmp_path, COMP_WORDS="treadle runs re", **ask).stdout.splitlines()
    assert perform(tmp_path, COMP_WORDS="treadle nosuch x", **ask).stderr == ""


# --- a new project ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `treadle init` makes it, whose example ran."""
    folder = tmp_path_factory.mktemp("started")
    made = json.loads(perform(folder, "init", "churn", "--json").stdout)
    assert (made["made"], made["kept"]) == (["treadle.toml", "pipeline.py", ".gitignore"], [])
    done = perform(folder / "churn", "run", "pipeline.py::pi")
    assert done.returncode == 0, done.stderr
    return folder / "churn"


def test_init_overwrites_nothing(started: Path, tmp_path: Path) -> None:
    assert tomllib.loads((started / "treadle.toml").read_text()) == {"name": "churn"}
    (tmp_path / "pipeline.py").write_text("mine\n")
    (tmp_path / ".gitignore").write_text("*.log\n.treadle")
    done = perform(tmp_path, "init")
    assert done.stdout.split() == ["treadle", "run", "FILE::NAME", "treadle", "show", "@-1", "treadle", "runs"]
    assert (tmp_path / "pipeline.py").read_text() == "mine\n"
    assert (tmp_path / ".gitignore").read_text().splitlines() == ["*.log", ".treadle", "__pycache__/", ".venv/"]
    assert json.loads(perform(tmp_path, "init", "--json").stdout)["made"] == []


def test_tables_fit_the_terminal_and_colours_can_be_refused(started: Path) -> None:
    shown = on_terminal(started, "runs", "--all")
    assert "\x1b[32m✓ done" in shown
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 80 for line in shown.splitlines())
    for words in (("runs",), ("show", "@-1"), ("why", "@-1"), ("doctor",), ("logs", "@-1"), ("diff", "2", "3")):
        assert "\x1b" not in on_terminal(started, *words, NO_COLOR="1"), words


def test_a_terminal_is_told_what_to_do_next(started: Path, tmp_path: Path) -> None:
    assert "treadle why 1" in on_terminal(started, "show", "@-1")
    assert "no runs yet: treadle run FILE::NAME" in on_terminal(tmp_path, "runs")
    assert "no datasets yet: treadle data add PATH --as NAME" in on_terminal(tmp_path, "data")


# --- the doctor -------------------------------------------------------------------------------------------------------------


def test_the_doctor_checks_everything(started: Path) -> None:
    done = perform(started, "doctor", "--json")
    found = {check["name"]: check["state"] for check in json.loads(done.stdout)}
    names = {"python", "home", "disk", "git", "uv", "plug-ins", "database", "blobs", "clock", "keeper", "orphans", "scripts"}
    assert found.keys() == names
    assert {name: state for name, state in found.items() if name not in ("disk", "git")} == dict.fromkeys(names - {"disk", "git"}, "ok")
    assert done.returncode == (1 if "fail" in found.values() else 0)


def test_the_doctor_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / ".treadle").mkdir()
    (tmp_path / ".treadle" / "treadle.db").write_text("this is no database, and long enough not to be taken for an empty one" * 20)
    done = perform(tmp_path, "doctor")
    assert done.returncode == 1
    assert any(line.startswith("database\tfail\t") for line in done.stdout.splitlines())
    unreachable = perform(tmp_path, "doctor", TREADLE_URL="http://127.0.0.1:9")
    assert unreachable.returncode == 1
    assert "unset TREADLE_URL" in unreachable.stdout
