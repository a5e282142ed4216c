"""Commits of projects: listed, received as packages of files, and made ready to be performed."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.wire import ValohaiError, answer, listed, moment
from treadle.contract import projects as words
from treadle.contract.projects import Commit, Project
from treadle.core.errors import DataError, NotFound
from treadle.valohai.identity import named
from treadle.valohai.project import at_commit, capture

MOST_FILES = 10_000
MOST_BYTES = 4 << 30
"""Bytes of a package's files, unpacked."""
_MOST_FIELD = 64 << 10
_BLOCK = 1 << 20


def commit_of(one: Commit, ask: Ask) -> dict[str, Any]:
    return {
        "id": named("commit", f"{one.project}:{one.identifier}"),
        "identifier": one.identifier,
        "ref": one.ref,
        "commit_time": moment(one.committed_at),
        "adhoc": one.adhoc,
        "message": one.message,
        "url": f"{ask.base}/api/v0/commits/{one.identifier}/?project={named('project', one.project)}",
    }


@route("GET", "projects/{project}/commits/")
async def of_project(ask: Ask) -> list[dict[str, Any]]:
    """A plain list; the client shows every field of it, so these are few."""
    one = await ask.project(ask.path["project"])
    found = await ask.perform(words.list_commits, words.ListCommits(project=one.name))
    return [
        {"identifier": c.identifier, "ref": c.ref, "commit_time": moment(c.committed_at), "message": c.message, "adhoc": c.adhoc}
        for c in found
    ]


@route("GET", "commits/")
async def list_all(ask: Ask) -> dict[str, Any]:
    one = await ask.project_of_query()
    names = [one.name] if one else [project.name for project in await ask.projects()]
    adhoc = ask.query("adhoc").lower()
    found = [c for name in names for c in await ask.perform(words.list_commits, words.ListCommits(project=name))]
    return listed([commit_of(c, ask) for c in found if adhoc not in ("true", "false") or c.adhoc == (adhoc == "true")])


@route("GET", "commits/{identifier}/")
async def detail(ask: Ask) -> dict[str, Any]:
    one = await ask.project_of_query()
    commit = await ask.perform(words.find_commit, words.FindCommit(identifier=ask.path["identifier"], project=one.name if one else ""))
    made = commit_of(commit, ask)
    if "config" not in ask.queries("include"):
        return made
    project = one or await ask.project(commit.project)
    return made | {"config": (await usable(ask, project, commit.identifier)).text}


async def usable(ask: Ask, project: Project, identifier: str, yaml: str = "") -> Commit:
    """A commit whose files are stored: one of the repository is taken out of it when it is first asked for. Raises ValohaiError."""
    try:
        commit = await ask.perform(words.find_commit, words.FindCommit(identifier=identifier, project=project.name))
    except NotFound as error:
        raise ValohaiError(400, "does_not_exist", f"{error.what}; {error.hint}", "commit") from error
    if commit.code is not None and commit.text is not None:
        return commit
    fetched = await ask.perform(words.fetch_commits, words.ProjectName(project=project.name))
    contents = ask.door.contents()

    def take() -> tuple[Any, str]:
        with tempfile.TemporaryDirectory(dir=_scratch(ask)) as scratch:
            return at_commit(Path(fetched.mirror), yaml or project.yaml, identifier, contents, Path(scratch))

    code, text = await ask.door.in_thread(take)
    asked = words.KeepCommit(project=project.name, identifier=identifier, yaml=yaml or project.yaml, text=text, code=code)
    return await ask.perform(words.keep_commit, asked)


# --- packages --------------------------------------------------------------------------------------------------------------------


@route("POST", "projects/{project}/import-package/")
async def import_package(ask: Ask) -> Any:
    """A compressed archive of the project's files; the commit is named by the SHA-256 of its bytes."""
    one = await ask.project(ask.path["project"])
    await ask.door.permitted(ask.request, words.keep_commit.allow)
    upload, kind = ask.door.upload(ask.request), ask.request.headers.get("content-type", "")
    contents, scratch = ask.door.contents(), _scratch(ask)

    def take() -> words.KeepCommit:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            package = Path(folder) / "package"
            fields = _received(upload, kind, package)
            yaml = fields.get("yaml_path") or one.yaml
            identifier = f"~{_sha256(package)}"
            root = Path(folder) / "files"
            _unpack(package, root)
            if not (root / yaml).is_file():
                raise DataError(f"the package has no file `{yaml}`", hint="vh exec run --adhoc --yaml PATH")
            text = (root / yaml).read_text(encoding="utf-8", errors="replace")
            return words.KeepCommit(
                project=one.name,
                identifier=identifier,
                adhoc=True,
                message=fields.get("description", "")[:500],
                yaml=yaml,
                text=text,
                code=capture(root, contents, yaml),
            )

    kept = await ask.perform(words.keep_commit, await ask.door.in_thread(take))
    return answer(commit_of(kept, ask), 201)


def _scratch(ask: Ask) -> Path:
    ask.door.scratch.mkdir(parents=True, exist_ok=True)
    return ask.door.scratch


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _received(pieces: Iterable[bytes], kind: str, target: Path) -> dict[str, str]:
    """Takes a form of several parts apart (RFC 7578): its file goes to `target`, what is left are its fields."""
    media, options = parse_options_header(kind)
    if media != b"multipart/form-data" or b"boundary" not in options:
        raise ValohaiError(400, "invalid", f"a package comes as multipart/form-data, not as `{kind[:80]}`", "data")
    fields: dict[str, str] = {}
    with target.open("wb") as file:
        form = _Form(file)
        parser = MultipartParser(options[b"boundary"], form.callbacks())
        try:
            for piece in pieces:
                parser.write(piece)
            parser.finalize()
        except MultipartParseError as error:
            raise ValohaiError(400, "invalid", f"the form cannot be read: {error}", "data") from error
        fields = {name: bytes(value).decode(errors="replace") for name, value in form.fields.items()}
    if not form.has_file:
        raise ValohaiError(400, "required", "the form has no file `data`", "data")
    return fields


class _Form:
    """What arrives of a form: the part `data` is written to a file, others are short."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.fields: dict[str, bytearray] = {}
        self.has_file = False
        self._header, self._value, self._name = b"", b"", ""

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._end_header,
            "on_part_data": self._data,
        }

    def _begin(self) -> None:
        self._header, self._value, self._name = b"", b"", ""

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"name", b"").decode(errors="replace")
        self._header, self._value = b"", b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "data":
            self.has_file = True
            self.file.write(data[start:end])
            return
        kept = self.fields.setdefault(self._name, bytearray())
        if len(kept) + end - start > _MOST_FIELD:
            raise ValohaiError(400, "invalid", f"`{self._name[:40]}` is longer than {_MOST_FIELD >> 10} KiB")
        kept += data[start:end]


def _unpack(package: Path, root: Path) -> None:
    """The files of a package, none of which lies outside of `root`, is a device or points out of it. Raises DataError."""
    root.mkdir()
    total = 0
    try:
        with tarfile.open(package, "r:*") as archive:
            for number, member in enumerate(_members(archive)):
                total += member.size
                if number >= MOST_FILES or total > MOST_BYTES:
                    raise DataError(f"a package may have {MOST_FILES:,} files of {MOST_BYTES >> 30} GiB together", hint=".vhignore")
                archive.extract(member, root, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno == 28:
            raise
        raise DataError(f"the package cannot be unpacked: {error}", hint="a tar archive, compressed with gzip") from error


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := archive.next()) is not None:
        if member.isfile() or member.isdir() or member.issym() or member.islnk():
            yield member
