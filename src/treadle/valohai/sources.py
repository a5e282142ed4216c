"""Inputs that lie elsewhere, fetched when a run starts: http(s), object stores, and files in folders that were opened for it.

What was fetched is kept in the home folder and asked for again only when the source says that it has changed. The checksum of each
source is remembered: when it differs from the one of the run before, the run says so.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import shutil
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from treadle.core.content import digest_bytes
from treadle.core.errors import DataError, UsageError

STORES = ("s3", "gs", "gcs", "az", "azure")
Say = Callable[[str], None]


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A file brought near: `path` here, its name below the wildcard and from the store's root, where it came from."""

    path: Path
    name: str
    full: str
    source: str


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was not brought near: its names as those of `Fetched`, `source` as it may be shown, and the `address` to fetch."""

    name: str
    full: str
    source: str
    address: str


class _Facts(msgspec.Struct, kw_only=True):
    sha256: str = ""
    etag: str = ""
    modified: str = ""
    name: str = ""


class _Cached:
    """What is kept of one source: its bytes in `path`, and what was said of them in `facts` (empty when there are none yet)."""

    def __init__(self, source: str, cache: Path) -> None:
        self._folder = cache / digest_bytes(source.encode())[:32]
        self._folder.mkdir(parents=True, exist_ok=True)
        self.path = self._folder / "data"
        file = self._folder / "facts"
        self.facts = msgspec.json.decode(file.read_bytes(), type=_Facts) if self.path.exists() and file.exists() else _Facts()

    def take(self, pieces: Iterable[Any], shown: str, say: Say, **facts: str) -> None:
        """Takes the place of what was kept; says so when the bytes are others."""
        part, digest = self._folder / f".part-{os.getpid()}", hashlib.sha256()
        with part.open("wb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        part.replace(self.path)
        if self.facts.sha256 and self.facts.sha256 != digest.hexdigest():
            say(f"treadle: warning: {shown} has changed since it was last used here")
        self.facts = _Facts(sha256=digest.hexdigest(), **facts)
        (self._folder / "facts").write_bytes(msgspec.json.encode(self.facts))


def fetch(address: str, cache: Path, say: Say, *, fresh: bool = False) -> list[Fetched]:
    """The files that an address means, in order. Raises DataError for what cannot be had, UsageError for an address of no known kind."""
    kind = _kind(address)
    if kind == "http":
        return [_http(address, cache, say, fresh)]
    return list(_files(address)) if kind == "file" else list(_objects(address, cache, say, fresh))


def listed(address: str) -> list[Listed]:
    """The files that an address means, by name only: nothing is fetched. Raises what `fetch` raises."""
    kind = _kind(address)
    if kind == "http":
        path = urllib.parse.unquote(urllib.parse.urlsplit(address).path).lstrip("/")
        name = os.path.basename(path) or "data"
        return [Listed(name=name, full=path or name, source=_without_password(address), address=address)]
    if kind == "file":
        return [Listed(name=one.name, full=one.full, source=one.source, address=one.source) for one in _files(address)]
    _, base, root, names = _named_objects(address)
    return [Listed(name=_below(name, root), full=name, source=f"{base}/{name}", address=f"{base}/{name}") for name in names]


def _kind(address: str) -> str:
    """http, file or store; raises UsageError for everything else."""
    scheme, mark, _ = address.partition("://")
    if not mark:
        raise UsageError(f"`{address}` is no address", hint="http://, s3://, gs://, azure://, file://, datum://, dataset:// or model://")
    kind = "http" if scheme in ("http", "https") else "store" if scheme in STORES else scheme
    if kind not in ("http", "file", "store"):
        raise UsageError(f"`{address}`: nothing here fetches {scheme}://", hint="http://, s3://, gs://, azure:// or file://")
    return kind


# --- http ----------------------------------------------------------------------------------------------------------------------


def _http(address: str, cache: Path, say: Say, fresh: bool) -> Fetched:
    import httpx2

    cached = _Cached(address, cache)
    headers = {} if fresh or not cached.facts.sha256 else _conditions(cached.facts)
    shown = _without_password(address)
    try:
        with httpx2.stream("GET", address, headers=headers, follow_redirects=True, timeout=60) as answer:
            if answer.status_code != 304:
                if answer.status_code >= 400:
                    raise DataError(f"`{shown}` answered {answer.status_code} {answer.reason_phrase}", hint="look at it in a browser")
                etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
                cached.take(answer.iter_bytes(1 << 20), shown, say, etag=etag, modified=modified, name=_name_of(answer))
    except httpx2.HTTPError as error:
        raise DataError(f"`{shown}` cannot be fetched: {error}", hint="is the address right, and the network up?") from error
    name = cached.facts.name
    return Fetched(path=cached.path, name=name, full=urllib.parse.urlsplit(address).path.lstrip("/") or name, source=shown)


def _conditions(kept: _Facts) -> dict[str, str]:
    pairs = (("If-None-Match", kept.etag), ("If-Modified-Since", kept.modified))
    return {name: value for name, value in pairs if value}


def _name_of(answer: Any) -> str:
    said = re.search(r'filename="?([^";]+)"?', answer.headers.get("content-disposition", ""))
    name = said[1] if said else urllib.parse.unquote(urllib.parse.urlsplit(str(answer.request.url)).path)
    return os.path.basename(name.replace("\\", "/")).strip() or "data"


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@]*@", "//", address)


# --- files ---------------------------------------------------------------------------------------------------------------------


def opened() -> list[Path]:
    """The folders of this machine that runs may take files from and mount: the setting TREADLE_SHARED_FOLDERS, with colons between."""
    return [Path(part).resolve() for part in os.environ.get("TREADLE_SHARED_FOLDERS", "").split(":") if part]


def shared(path: Path) -> Path:
    """The path with its links resolved, when it lies in an opened folder; raises UsageError when it does not."""
    real = path.resolve()
    if not any(real == folder or folder in real.parents for folder in opened()):
        raise UsageError(
            f"`{path}` lies in no folder that runs may look into",
            hint=f"open it, if you trust the project: TREADLE_SHARED_FOLDERS={path.parent}",
        )
    return real


def _files(address: str) -> Iterator[Fetched]:
    pattern = urllib.parse.unquote(address.removeprefix("file://"))
    root = Path(_fixed(pattern))
    if "*" not in pattern:
        real = shared(Path(pattern))
        if not real.is_file():
            raise DataError(f"there is no file `{pattern}`")
        yield Fetched(path=real, name=real.name, full=pattern.lstrip("/"), source=address)
        return
    base = shared(root)
    found = [path for path in sorted(base.rglob("*")) if path.is_file() and matches(str(root / path.relative_to(base)), pattern)]
    for path in found:
        name = str(path.relative_to(base))
        yield Fetched(path=shared(path), name=name, full=str(root / name).lstrip("/"), source=f"file://{root / name}")
    if not found:
        raise DataError(f"no file matches `{pattern}`")


# --- object stores -------------------------------------------------------------------------------------------------------------


def _objects(address: str, cache: Path, say: Say, fresh: bool) -> Iterator[Fetched]:
    import obstore

    store, base, root, names = _named_objects(address)
    for name in names:
        source = f"{base}/{name}"
        cached = _Cached(source, cache)
        try:
            etag = str(obstore.head(store, name).get("e_tag") or "")
            if fresh or not cached.facts.sha256 or not etag or etag != cached.facts.etag:
                cached.take(obstore.get(store, name).stream(), source, say, etag=etag, name=name)
        except FileNotFoundError as error:
            raise DataError(f"there is no `{source}` in the store") from error
        except obstore.exceptions.BaseError as error:
            raise DataError(
                f"`{source}` cannot be fetched: {error}", hint="credentials and region, as the store's own tools take them"
            ) from error
        yield Fetched(path=cached.path, name=_below(name, root), full=name, source=source)


def _named_objects(address: str) -> tuple[Any, str, str, list[str]]:
    """What an address means in a store: the store, its address, the folder above the first wildcard, and the keys."""
    store, key, base = _store(address)
    names = [key] if "*" not in key else sorted(_matching(store, key))
    if not names:
        raise DataError(f"nothing in the store matches `{address}`")
    return store, base, _fixed(key), names


def _below(name: str, root: str) -> str:
    return name[len(root) :].lstrip("/") or os.path.basename(name)


def _store(address: str) -> tuple[Any, str, str]:
    """The store that an address names, the key in it, and the address of the store."""
    from obstore.store import from_url

    scheme, _, rest = address.partition("://")
    first, _, key = rest.partition("/")
    if scheme in ("azure", "az"):  # azure://account/container/blob
        container, _, key = key.partition("/")
        return from_url(f"az://{container}", account_name=first), key, f"azure://{first}/{container}"
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    options: dict[str, Any] = {"client_options": {"allow_http": True}} if endpoint.startswith("http://") else {}
    return from_url(f"{'gs' if scheme == 'gcs' else scheme}://{first}", **options), key, f"{scheme}://{first}"


def _matching(store: Any, pattern: str) -> Iterator[str]:
    import obstore

    for page in obstore.list(store, prefix=_fixed(pattern).rstrip("/") or None):
        for entry in page:
            if matches(entry["path"], pattern):
                yield entry["path"]


def _fixed(pattern: str) -> str:
    """The folder above the first wildcard, with a slash at its end."""
    return pattern if "*" not in pattern else pattern[: pattern.index("*")].rpartition("/")[0] + "/"


def matches(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern in which `*` stays within one folder and `**` crosses them."""
    parts = [
        ".*" if part == "**" else "[^/]*" if part == "*" else "[^/]" if part == "?" else re.escape(part)
        for part in re.split(r"(\*\*|\*|\?)", pattern)
    ]
    return re.fullmatch("".join(parts), name) is not None


def glob_matches(name: str, pattern: str) -> bool:
    """Whether an output's name fits the pattern of a pipeline's edge: `*` crosses folders there."""
    return fnmatch.fnmatchcase(name, pattern) or name == pattern


def checksums(path: Path) -> dict[str, str]:
    """The checksums that Valohai's contract knows a file by."""
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha1", "sha256")}
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            for digest in digests.values():
                digest.update(piece)
    return {name: digest.hexdigest() for name, digest in digests.items()}


def placed(source: Path, target: Path, *, link: bool) -> None:
    """Puts a file where the run expects it: a hard link where nobody can write through it, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        try:
            os.link(source, target)
            return
        except OSError:  # another file system
            pass
    shutil.copyfile(source, target)
