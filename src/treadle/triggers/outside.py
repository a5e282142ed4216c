"""Sources outside the record: the head of a git branch, files in a folder or a bucket. Each look has a time limit."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from treadle.contract import triggers as words
from treadle.core.content import digest_value
from treadle.core.errors import TreadleError, Unreachable, UsageError
from treadle.projects.repository import git
from treadle.triggers.found import Found

MOST_FILES = 100_000
_SHOWN = 1000  # paths named in the news


def look(when: words.Git | words.Files, seen: Mapping[str, Any]) -> Found:
    """What is there now, against what was seen before. What goes wrong is a note, and the next look tries again."""
    try:
        return _head(when, seen) if isinstance(when, words.Git) else _files(when, seen)
    except TreadleError as error:
        return Found({"note": error.what})
    except OSError as error:
        return Found({"note": f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")})


def _head(when: words.Git, seen: Mapping[str, Any]) -> Found:
    """The first look only remembers the head."""
    out = git(["ls-remote", "--", when.repository, f"refs/heads/{when.branch}"])
    commit = out.split("\t", 1)[0].strip()
    if not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        return Found({"note": f"{when.repository} has no branch `{when.branch}`"})
    if seen.get("commit") in (None, commit):
        return Found({"commit": commit})
    said = f"{when.branch} moved from {seen['commit'][:12]} to {commit[:12]}"
    data = {"sentence": said, "repository": when.repository, "branch": when.branch, "commit": commit, "former": seen["commit"]}
    return Found({"commit": commit}, "git.pushed", f"commit:{commit}", data)


def check_out(repository: str, branch: str, commit: str, folder: Path) -> None:
    """Puts the files of a commit into a new folder, with the repository they come from."""
    folder.mkdir(parents=True)
    git(["init", "--quiet"], folder)
    git(["remote", "add", "origin", "--", repository], folder)
    try:
        git(["fetch", "--quiet", "--depth", "1", "origin", commit], folder)
    except Unreachable:  # some servers give only the heads of branches, by name
        git(["fetch", "--quiet", "origin", f"refs/heads/{branch}"], folder)
    git(["checkout", "--quiet", "--detach", commit], folder)


# --- files -----------------------------------------------------------------------------------------------------------------


def _files(when: words.Files, seen: Mapping[str, Any]) -> Found:
    """A file is news when it is as it was at the look before (so nobody still writes it) and not as it was when it was news last."""
    now = dict(sorted(_listed(when)))
    if len(now) > MOST_FILES:
        return Found({"note": f"{when.place} holds more than {MOST_FILES:,} files: name a smaller place"})
    if "files" not in seen:
        return Found({"files": {} if when.existing else now, "before": now})
    before, known = seen.get("before", {}), seen["files"]
    ripe = {path: mark for path, mark in now.items() if before.get(path) == mark and known.get(path) != mark}
    remembered = {path: mark for path, mark in known.items() if path in now} | ripe
    if not ripe:
        return Found({"files": remembered, "before": now})
    paths = [f"{when.place.rstrip('/')}/{path}" for path in ripe]
    said = f"{len(paths)} new file{'' if len(paths) == 1 else 's'} in {when.place}: {', '.join(list(ripe)[:3])}"
    data = {"sentence": said, "place": when.place, "pattern": when.pattern, "count": len(paths), "files": paths[:_SHOWN], "path": paths[0]}
    return Found({"files": remembered, "before": now}, "files.found", f"files:{digest_value('files', ripe)[:32]}", data)


def _listed(when: words.Files) -> Iterator[tuple[str, str]]:
    """Paths within the place, each with a mark that changes when the file does."""
    if "://" in when.place:
        return _of_bucket(when)
    return _of_folder(Path(when.place), when.pattern)


def _of_folder(folder: Path, pattern: str) -> Iterator[tuple[str, str]]:
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is no folder", hint=f"mkdir {folder}")
    count = 0
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in files:
            path = os.path.join(parent, name)
            relative = os.path.relpath(path, folder)
            if name.startswith(".") or not _wanted(relative, pattern):
                continue
            try:
                about = os.stat(path, follow_symlinks=False)
            except FileNotFoundError:  # it went away between the list and the look
                continue
            count += 1
            if count > MOST_FILES + 1:
                return
            yield relative, f"{about.st_size} {about.st_mtime_ns}"


def _of_bucket(when: words.Files) -> Iterator[tuple[str, str]]:
    try:
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise UsageError("object stores need the package obstore", where=when.place, hint="pip install 'treadle[s3]'") from None
    endpoint = os.environ.get("AWS_ENDPOINT_URL", os.environ.get("AWS_ENDPOINT", ""))
    options: Any = {"client_options": {"allow_http": True}} if endpoint.startswith("http://") else {}
    try:
        store = from_url(when.place.rstrip("/"), **options)
        for batch in obstore.list(store):
            for one in batch:
                if _wanted(one["path"], when.pattern):
                    yield one["path"], f"{one['size']} {one.get('e_tag') or one['last_modified'].timestamp()}"
    except BaseError as error:
        raise Unreachable(f"{when.place} cannot be listed: {str(error).splitlines()[0]}", hint="are the credentials right?") from error


def _wanted(path: str, pattern: str) -> bool:
    """A pattern without `/` is one of names; with it, of paths within the place."""
    return fnmatch.fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], pattern)
