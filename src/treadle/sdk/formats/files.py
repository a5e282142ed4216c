"""Raw bytes, files and folders: what a step returns as bytes or as a pathlib.Path."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path, PurePath
from typing import Any

import msgspec

from treadle.core.errors import FormatError
from treadle.sdk.formats.forms import as_path
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, described, impossible, keep, reading

_MAGIC = ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"\x93NUMPY", "numpy"), (b"\x89PNG", "image"), (b"\xff\xd8\xff", "image"))
_TABLES = ("polars", "polars_lazy", "pandas", "arrow", "numpy", "json")


class Bytes:
    """bytes, bytearray and memoryview; comes back as bytes."""

    name = "bytes"

    def claims(self, value: Any) -> bool:
        return isinstance(value, (bytes, bytearray, memoryview))

    def save(self, value: Any, target: Path) -> Saved:
        if not self.claims(value):
            raise FormatError(f"the format `bytes` saves bytes, not `{class_name(value)}`", hint="leave the format to Treadle")
        data = bytes(value)
        return keep(self.name, data, target, described(value, size=len(data)))

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        if want == "value":
            return all_bytes(source)
        return _load_content(self.name, source, want, consent)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        return {"size": len(source) if isinstance(source, bytes) else source.stat().st_size}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        del rows
        head = source[:256] if isinstance(source, bytes) else _head(source, 256)
        return head.hex(" ")


class File:
    """A pathlib.Path to a file: its bytes are copied, its name is kept in `about`. Comes back as a path.

    Asked for a table, an array, text or JSON, the file's first bytes say what it is; what has no mark is tried as CSV.
    """

    name = "file"

    def claims(self, value: Any) -> bool:
        return isinstance(value, PurePath) and os.path.isfile(value)

    def save(self, value: Any, target: Path) -> Saved:
        path = _existing(value)
        if not path.is_file():
            raise FormatError(f"`{path}` is not a file", hint="return a path to a file, or leave the format to Treadle")
        shutil.copyfile(path, target)
        return Saved(format=self.name, path=target, about={"class": "pathlib.Path", "name": path.name, "size": target.stat().st_size})

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        return as_path(self.name, source) if want == "value" else _load_content(self.name, source, want, consent)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        return {"class": "pathlib.Path", "size": len(source) if isinstance(source, bytes) else source.stat().st_size}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        from treadle.sdk.formats.choice import named

        kind = sniff(source)
        if kind is not None:
            return named(kind).preview(source, rows)
        head = source[: 64 << 10] if isinstance(source, bytes) else _head(source, 64 << 10)
        if b"\0" in head:
            return None
        return "\n".join(line[:500] for line in head.decode(errors="replace").splitlines()[:rows])


class Folder:
    """A pathlib.Path to a folder: its files are copied, links to files are followed. Comes back as a path; equal tables as one table."""

    name = "folder"

    def claims(self, value: Any) -> bool:
        return isinstance(value, PurePath)  # after File: what is not there either gets this format's words

    def save(self, value: Any, target: Path) -> Saved:
        path = _existing(value)
        files, size = 0, 0
        for at, folders, names in os.walk(path):
            folders.sort()
            into = target / os.path.relpath(at, path)
            into.mkdir(parents=True, exist_ok=True)
            for name in (name for name in folders if os.path.islink(os.path.join(at, name))):
                raise FormatError(f"`{os.path.join(at, name)}` is a link to a folder", hint="copy what it points to into the folder")
            for name in sorted(names):
                size += _copy(Path(at, name), into / name)
                files += 1
        return Saved(
            format=self.name, path=target, tree=True, about={"class": "pathlib.Path", "name": path.name, "files": files, "size": size}
        )

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        if isinstance(source, bytes):
            raise FormatError("the bytes cannot be read as `folder`: a folder is not bytes")
        if want == "value":
            return source
        if want in _TABLES or want == "numpy":
            from treadle.sdk.formats.tables import load_table

            return load_table(self.name, source, want)
        raise impossible(self.name, want)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        if isinstance(source, bytes):
            raise FormatError("the bytes cannot be read as `folder`: a folder is not bytes")
        sizes = [path.stat().st_size for path in source.rglob("*") if path.is_file()]
        return {"class": "pathlib.Path", "files": len(sizes), "size": sum(sizes)}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        if isinstance(source, bytes):
            return None
        found = sorted(path for path in source.rglob("*") if path.is_file())
        return [{"file": path.relative_to(source).as_posix(), "size": path.stat().st_size} for path in found[:rows]]


def sniff(source: bytes | Path) -> str | None:
    """The format that the first bytes are a mark of, or None."""
    head = source[:16] if isinstance(source, bytes) else _head(source, 16)
    return next((name for mark, name in _MAGIC if head.startswith(mark)), None)


def _load_content(name: str, source: bytes | Path, want: str, consent: bool) -> Any:
    from treadle.sdk.formats.choice import named

    kind = sniff(source)
    if kind is not None:
        return named(kind).load(source, want, consent=consent)
    if want in ("text", "json"):
        with reading(name, source, msgspec.MsgspecError):
            data = all_bytes(source)
            return data.decode() if want == "text" else msgspec.json.decode(data)
    if want in _TABLES:
        return named("csv").load(source, want)
    raise impossible(name, want)


def _existing(value: Any) -> Path:
    if not isinstance(value, PurePath):
        raise FormatError(f"a path to a file or folder is needed, not `{class_name(value)}`", hint="return a pathlib.Path")
    path = Path(value)
    if not path.exists():
        raise FormatError(f"nothing is at the path `{path}` that was returned", hint="write the file before returning its path")
    return path


def _copy(source: Path, target: Path) -> int:
    try:
        facts = source.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise FormatError(f"`{source}` is neither a file nor a folder", hint="remove pipes, sockets and devices from the folder")
        shutil.copyfile(source, target)
    except OSError as error:
        raise FormatError(
            f"`{source}` cannot be copied: {error.strerror}", hint="remove links that point nowhere and files you cannot read"
        ) from error
    return facts.st_size


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)
