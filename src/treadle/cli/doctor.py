"""`treadle doctor`: checks everything that Treadle needs, one line a check, with the command that mends it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import click
import msgspec

from treadle.cli import output
from treadle.core.errors import TreadleError
from treadle.sdk.home import find_home

_OLDEST_PYTHON = (3, 11)
_LITTLE_ROOM, _NO_ROOM = 2e9, 200e6  # bytes free
_PLUGINS = ("treadle.engines", "treadle.blobs", "treadle.formats", "treadle.statistics", "treadle.notifiers", "treadle.words")
_GIT_SECONDS = 20
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding: `state` is ok, warn or fail; `mend` the command that mends it."""

    name: str
    state: str
    what: str
    mend: str = ""


def ok(name: str, what: str) -> Check:
    return Check(name=name, state="ok", what=what)


def warn(name: str, what: str, mend: str) -> Check:
    return Check(name=name, state="warn", what=what, mend=mend)


def fail(name: str, what: str, mend: str) -> Check:
    return Check(name=name, state="fail", what=what, mend=mend)


@click.command()
@output.json_option
def doctor(as_json: bool) -> int:
    """Check everything that Treadle needs: one line a check, with the command that mends it. Exit status 1 when one fails."""
    found: list[Check] = []
    for check in checks():
        found.append(check)
        if output.is_terminal() and not as_json:
            _show(check)
    if as_json:
        output.print_json(found)
    elif not output.is_terminal():
        output.print_table(["check", "state", "what", "mend"], [[check.name, check.state, check.what, check.mend] for check in found])
    failing = sum(check.state == "fail" for check in found)
    warned = sum(check.state == "warn" for check in found)
    if not as_json:
        output.talk(f"{failing or 'nothing'} fails, {warned or 'no'} warning{'s' if warned != 1 else ''}")
    return 1 if failing else 0


def checks() -> Iterator[Check]:
    """Every finding, in the order in which things depend on one another."""
    home = find_home()
    yield _python()
    yield from _home(home)
    yield _git()
    yield _uv()
    yield from _plugins()
    if home.is_dir() or os.environ.get("TREADLE_URL") or os.environ.get("TREADLE_DATABASE"):
        from treadle.cli.checkup import record_checks

        yield from record_checks(home)
    else:
        yield ok("record", "there is none yet: the first run makes it")


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """A check; what it raises of ours, or the system's refusal, is its finding."""
    try:
        return check()
    except TreadleError as error:
        where = f" ({error.where})" if error.where else ""
        return fail(name, f"{error.what}{where}", error.hint or f"treadle explain {error.code}")
    except OSError as error:
        return fail(name, f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", "look at the place and its rights")


def _show(check: Check) -> None:
    mark, colour = _MARKS[check.state]
    click.echo(f"{click.style(mark, fg=colour)} {check.name:<10} {check.what}")
    if check.mend:
        click.echo(f"             {click.style('mend:', dim=True)} {check.mend}")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _OLDEST_PYTHON:
        return fail("python", f"Python {version} is older than 3.11", "uv venv --python 3.12")
    return ok("python", f"Python {version}, {sys.executable}")


def _home(home: Path) -> Iterator[Check]:
    """Whether the home folder, or where it would be made, can be written to and has room."""
    place = next(folder for folder in (home, *home.parents) if folder.is_dir())
    yield guarded("home", lambda: _writable(home, place))
    free = shutil.disk_usage(place).free
    said = f"{output.size(free)} free at {place}"
    if free < _NO_ROOM:
        yield fail("disk", said, "make room, for example treadle data gc")
    elif free < _LITTLE_ROOM:
        yield warn("disk", said, "make room soon, for example treadle data gc")
    else:
        yield ok("disk", said)


def _writable(home: Path, place: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"treadle")
    except OSError as error:
        return fail("home", f"{place} cannot be written: {error.strerror}", "TREADLE_HOME=... names another place")
    return ok("home", f"{home} can be written" if home == place else f"{home} will be made by the first run")


def _git() -> Check:
    if shutil.which("git") is None:
        return warn("git", "git is not installed: runs record a snapshot of the code, but no commit", "install git")
    try:
        asked = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return warn("git", f"git status took more than {_GIT_SECONDS} s", "git status")
    if asked.returncode != 0:
        return ok("git", "this folder is not in a git repository: runs record a snapshot of the code")
    changed = len(asked.stdout.splitlines())
    if changed:
        what = f"{changed} uncommitted change{'s' if changed != 1 else ''}: runs record the difference to the commit"
        return warn("git", what, "git commit, where you want results to point to a commit")
    return ok("git", "clean")


def _uv() -> Check:
    import importlib

    def find() -> Check:
        program = importlib.import_module("treadle.sdk.capture.packages").uv_program()
        asked = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_GIT_SECONDS, check=False)
        if asked.returncode != 0:
            return fail("uv", f"{program} does not run: {asked.stderr.strip()}", "pip install uv")
        return ok("uv", f"{asked.stdout.strip()}, for steps with packages of their own")

    return guarded("uv", find)


def _plugins() -> Iterator[Check]:
    """Whether everything that other packages plug in can be loaded."""
    points = [point for group in _PLUGINS for point in metadata.entry_points(group=group)]
    broken = []
    for point in points:
        try:
            point.load()
        except Exception as error:  # a plug-in is foreign code and may raise anything: that is the finding
            broken.append(f"{point.group} {point.name} ({point.value}): {type(error).__name__}: {error}")
    for line in broken:
        yield fail("plug-ins", line, "upgrade or uninstall the package that plugs it in")
    if not broken:
        yield ok("plug-ins", f"{len(points)} installed, all load" if points else "none installed")
