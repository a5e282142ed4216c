"""Git repositories that are not this machine's own work: asked, fetched and listed, with a time limit and without a question to anybody."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from treadle.core.errors import Unreachable, UsageError

PATIENCE = 60.0
"""Seconds that a git command may take."""
_GIT = ("git", "-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "credential.interactive=false")


def git(arguments: list[str], folder: Path | None = None, patience: float = PATIENCE) -> str:
    """What a git command prints; raises Unreachable with git's own words. Git asks nobody for a password here."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        environment.pop(name, None)
    try:
        done = subprocess.run(
            [*_GIT, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=patience, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise UsageError("git is not installed", hint="install git") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"git {arguments[0]} took more than {patience:g} s", hint="is the repository reachable?") from None
    if done.returncode:
        words = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["no answer"]
        raise Unreachable(f"git {arguments[0]}: {words[-1]}", hint="is the repository reachable?")
    return done.stdout


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A commit as git tells it; `ref` is the branch whose head it is, or through which it was found."""

    identifier: str
    ref: str
    committed_at: float
    message: str
    head: bool


def mirror(repository: str, folder: Path) -> None:
    """Makes `folder` a bare copy of a repository, or brings it up to date; branches that are gone there go here, too."""
    if not (folder / "HEAD").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        git(["init", "--quiet", "--bare"], folder)
    git(
        ["fetch", "--quiet", "--prune", "--no-tags", "--", repository, "+refs/heads/*:refs/heads/*"],
        folder,
        patience=10 * PATIENCE,
    )


def commits_of(folder: Path, most: int) -> list[Known]:
    """The commits of all branches, at most `most` of each, the newest first."""
    found: dict[str, Known] = {}
    heads = git(["for-each-ref", "--sort=-committerdate", "--format=%(refname:short)", "refs/heads/"], folder).split()
    for branch in heads:
        lines = git(["log", f"--max-count={most}", "--format=%H%x09%ct%x09%s", f"refs/heads/{branch}", "--"], folder).splitlines()
        for number, line in enumerate(lines):
            identifier, at, message = [*line.split("\t", 2), "", ""][:3]
            if identifier not in found or (number == 0 and not found[identifier].head):
                found[identifier] = Known(
                    identifier=identifier, ref=branch, committed_at=float(at), message=message[:200], head=number == 0
                )
    return sorted(found.values(), key=lambda one: -one.committed_at)
