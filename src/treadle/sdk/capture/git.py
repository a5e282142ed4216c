"""The state of the git checkout that a run's code came from: one git process for a clean tree, two for a changed one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

MOST_PATCH = 5 << 20
_PATIENCE = 30.0  # seconds for one git command: a network file system may be slow, a hanging one must not hold a run


class GitState(msgspec.Struct, frozen=True, kw_only=True):
    """What git says. `commit` is None on a branch without commits, `branch` None on a detached head. `patch` turns the commit into
    the working tree (untracked files only as far as they were asked for). `note` says what could not be found out, and why."""

    commit: str | None = None
    branch: str | None = None
    dirty: bool = False
    patch: bytes = b""
    remote: str | None = None
    note: str = ""


def git_state(root: Path, *, files: Iterable[str] = ()) -> GitState | None:
    """The state of the checkout that holds `root`; None where there is no git or no checkout.

    `files`, relative to root, are put into the patch when they are untracked text. Never raises for a strange repository.
    """
    top = _top(root)
    program = shutil.which("git")
    if top is None or program is None:
        return None
    remote = _remote(top)
    said, complaint = _ask(program, top, ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"], 64 << 20)
    if said is None:
        commit, branch = _head(top)
        return GitState(commit=commit, branch=branch, remote=remote, note=f"git status: {complaint}")
    commit, branch, changed, untracked = _read_status(said)
    inside = os.path.relpath(os.path.realpath(root), os.path.realpath(top))
    loose = [name for name in (os.path.normpath(os.path.join(inside, file)) for file in files) if _is_untracked(name, untracked)]
    patch, notes = b"", []
    if changed and commit is not None:
        found, complaint = _ask(program, top, ["diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD"], MOST_PATCH)
        if found is None:
            notes.append(f"git diff: {complaint}")
        patch = found or b""
    for name in sorted(set(loose)):
        added = _added(top, name)
        if added is None or len(patch) + len(added) > MOST_PATCH:
            notes.append(f"the untracked file {name} is not in the patch: it is binary or too large")
        else:
            patch += added
    if commit is None:
        notes.append("the branch has no commits yet")
    return GitState(commit=commit, branch=branch, dirty=changed or bool(loose), patch=patch, remote=remote, note="; ".join(notes))


def _top(root: Path) -> Path | None:
    folder = root.absolute()
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def _ask(program: str, top: Path, words: list[str], most: int) -> tuple[bytes | None, str]:
    """git's answer, or None and why. Reads at most `most` bytes."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    environment.pop("GIT_DIR", None)  # set inside of git's own hooks: it would name another repository
    try:
        # fsmonitor is a program that the repository names: nothing here needs it
        ended = subprocess.run(
            [program, "-c", "core.fsmonitor=false", "-C", str(top), *words],
            capture_output=True,
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer within {_PATIENCE:.0f} seconds"
    except OSError as error:
        return None, str(error)
    if ended.returncode != 0:
        lines = ended.stderr.decode(errors="replace").strip().splitlines()
        return None, (lines[0] if lines else f"ended with {ended.returncode}")[:300]
    if len(ended.stdout) > most:
        return None, f"the answer is larger than {most >> 20} MiB"
    return ended.stdout, ""


def _read_status(said: bytes) -> tuple[str | None, str | None, bool, list[str]]:
    """Commit, branch, whether tracked files differ, and the untracked names, from porcelain version 2 with zero bytes."""
    commit: str | None = None
    branch: str | None = None
    changed = False
    untracked: list[str] = []
    entries = iter(said.split(b"\0"))
    for entry in entries:
        text = os.fsdecode(entry)
        if text.startswith("# branch.oid "):
            commit = None if text.endswith("(initial)") else text.rpartition(" ")[2]
        elif text.startswith("# branch.head "):
            branch = None if text.endswith("(detached)") else text.removeprefix("# branch.head ")
        elif text.startswith(("1 ", "2 ", "u ")):
            changed = True
            if text.startswith("2 "):
                next(entries, None)  # the name before it was renamed
        elif text.startswith("? "):
            untracked.append(text[2:])
    return commit, branch, changed, untracked


def _is_untracked(name: str, untracked: list[str]) -> bool:
    return any(name == entry or (entry.endswith("/") and name.startswith(entry)) for entry in untracked)


def _added(top: Path, name: str) -> bytes | None:
    """A patch that adds one text file; None for what is no text."""
    try:
        path = top / name
        if path.stat().st_size > MOST_PATCH:
            return None
        data = path.read_bytes()
        mode = b"100755" if os.access(path, os.X_OK) else b"100644"
    except OSError:
        return None
    if b"\0" in data or any(sign in name for sign in '\n\t"\\'):
        return None
    label = os.fsencode(name)
    head = b"diff --git a/%b b/%b\nnew file mode %b\n" % (label, label, mode)
    if not data:
        return head
    lines = data.split(b"\n")
    last = lines.pop()
    body = b"".join(b"+" + line + b"\n" for line in lines)
    if last:
        body += b"+" + last + b"\n\\ No newline at end of file\n"
    count = len(lines) + bool(last)
    return head + b"--- /dev/null\n+++ b/%b\n@@ -0,0 +1%b @@\n" % (label, b",%d" % count if count != 1 else b"") + body


def _head(top: Path) -> tuple[str | None, str | None]:
    """Commit and branch without git's help, for a repository that git refuses to read."""
    folder = top / ".git"
    try:
        head = (folder / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head, None
        reference = head.removeprefix("ref: ")
        branch = reference.removeprefix("refs/heads/")
        loose = folder / reference
        if loose.is_file():
            return loose.read_text().strip(), branch
        packed = (folder / "packed-refs").read_text() if (folder / "packed-refs").is_file() else ""
    except (OSError, UnicodeDecodeError):
        return None, None  # a worktree, or a damaged repository
    return next((line.partition(" ")[0] for line in packed.splitlines() if line.endswith(f" {reference}")), None), branch


_SECTION = re.compile(r'^\s*\[\s*remote\s+"(?P<name>[^"]*)"\s*\]')


def _remote(top: Path) -> str | None:
    """The address of the remote `origin`, else of the first one, without credentials; read from the configuration file."""
    try:
        lines = (top / ".git" / "config").read_text(errors="replace").splitlines()
    except OSError:
        return None
    found: dict[str, str] = {}
    section = ""
    for line in lines:
        if line.lstrip().startswith("["):
            match = _SECTION.match(line)
            section = match["name"] if match else ""
        elif section:
            key, _, value = line.partition("=")
            if key.strip().lower() == "url":
                found.setdefault(section, value.strip().strip('"'))
    address = found.get("origin") or next(iter(found.values()), None)
    return None if address is None else without_credentials(address)


def without_credentials(address: str) -> str:
    """An address without passwords, tokens and queries. The user of an ssh address stays: it is part of the address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if not parts.scheme or "://" not in address:
        return address  # a path, or user@host:path, which has no place for a password
    user, at, host = parts.netloc.rpartition("@")
    kept = f"{user.partition(':')[0]}@{host}" if at and parts.scheme.endswith("ssh") else host
    return urlunsplit((parts.scheme, kept, parts.path, "", ""))
