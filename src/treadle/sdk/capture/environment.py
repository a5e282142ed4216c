"""The environment that runs: interpreter, every distribution with its version, the platform; and its name, a digest.

Distributions are found by the names of their `*.dist-info` folders along `sys.path`, which takes a tenth of the time of
importlib.metadata. An editable install has no version worth the name: inside the project its code is covered by the closure; another
one counts by the sizes and times of its source files; Treadle's own counts by its version.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from treadle.core.content import digest_value
from treadle.core.definition import Environment
from treadle.sdk.capture.git import without_credentials
from treadle.sdk.capture.packages import build

__all__ = ["EnvironmentFacts", "build", "environment", "exact"]

_NOT_SOURCES = frozenset(("__pycache__", "node_modules", "site-packages", "venv", "build", "dist"))


class EnvironmentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The environment of this process.

    `distributions` are versions by normalized name. `sources` are the addresses, with commit, of those that were installed from a
    repository; `editable` the digests of editable installs outside of the project. `digest` covers Python, distributions, sources,
    editable installs and the machine's architecture, and leaves out what does not change results: host, cores, kernel.
    """

    python: str
    implementation: str
    distributions: dict[str, str]
    sources: dict[str, str] = {}
    editable: dict[str, str] = {}
    system: str
    release: str
    machine: str
    libc: str
    cpus: int
    treadle: str
    digest: str


class _DirectUrl(msgspec.Struct):
    """The part of direct_url.json (PEP 610) that matters here."""

    url: str = ""
    dir_info: dict[str, bool] = {}
    vcs_info: dict[str, str] = {}


def environment(root: Path | None = None) -> EnvironmentFacts:
    """The facts of this process's environment. `root` is the project's: editable installs in it are left to the closure."""
    distributions: dict[str, str] = {}
    sources: dict[str, str] = {}
    editable: dict[str, str] = {}
    base = os.path.realpath(root) if root is not None else None
    for name, version, origin in _installed(base):
        if name in distributions or name in editable:
            continue  # the first one on the path is the one that is imported
        if origin is None or name == "treadle":
            distributions[name] = version
        elif origin.dir_info.get("editable"):
            folder = unquote(urlsplit(origin.url).path)
            if base is None or not _overlap(folder, base):
                editable[name] = _sources_digest(folder)
        else:
            distributions[name] = version
            if commit := origin.vcs_info.get("commit_id"):
                sources[name] = f"{origin.vcs_info.get('vcs', 'git')}+{without_credentials(origin.url)}@{commit}"
    distributions = dict(sorted(distributions.items()))
    system = os.uname()
    version = platform.python_version()
    counted = [sys.implementation.name, version, system.sysname, system.machine, distributions, sources, editable]
    return EnvironmentFacts(
        python=version,
        implementation=sys.implementation.name,
        distributions=distributions,
        sources=sources,
        editable=editable,
        system=system.sysname,
        release=system.release,
        machine=system.machine,
        libc=_libc(),
        cpus=os.cpu_count() or 1,
        treadle=distributions.get("treadle", ""),
        digest=digest_value("treadle.environment", counted),
    )


def exact(facts: EnvironmentFacts) -> Environment:
    """The declaration that builds the recorded environment again: the same Python and every distribution at its version.

    Editable installs are not part of it (their code is not known by a version), and Treadle's own package is the running one.
    """
    packages = [
        f"{name} @ {facts.sources[name]}" if name in facts.sources else f"{name}=={version}"
        for name, version in facts.distributions.items()
        if name != "treadle"
    ]
    return Environment(packages=tuple(packages), python=facts.python)


def _installed(base: str | None) -> list[tuple[str, str, _DirectUrl | None]]:
    """Normalized name, version and origin of every distribution along the path."""
    found: list[tuple[str, str, _DirectUrl | None]] = []
    for place in dict.fromkeys(sys.path):
        folder = place or os.getcwd()
        own = base is not None and _overlap(folder, base) and "-packages" not in folder
        if own or not os.path.isdir(folder):
            continue  # metadata that lies in the project itself was left there by a build
        try:
            names = sorted(os.listdir(folder))
        except PermissionError:
            continue
        for entry in names:
            if entry.endswith((".dist-info", ".egg-info")):
                stem = entry.rpartition(".")[0]
                name, _, rest = stem.partition("-")
                version = rest.partition("-py")[0] if entry.endswith(".egg-info") else rest
                found.append((re.sub(r"[-_.]+", "-", name).lower(), version, _origin(os.path.join(folder, entry))))
    return found


_READ_ORIGIN = msgspec.json.Decoder(_DirectUrl, strict=False)


def _origin(metadata: str) -> _DirectUrl | None:
    try:
        with open(os.path.join(metadata, "direct_url.json"), "rb") as file:
            return _READ_ORIGIN.decode(file.read())
    except (OSError, msgspec.MsgspecError):
        return None  # the usual case: it came from an index


def _overlap(one: str, other: str) -> bool:
    """Whether one folder lies in the other, or they are the same."""
    first, second = os.path.realpath(one) + os.sep, os.path.realpath(other) + os.sep
    return first.startswith(second) or second.startswith(first)


def _sources_digest(folder: str) -> str:
    """The digest of names, sizes and times of the Python files below a folder."""
    marks: list[tuple[str, int, int]] = []
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_SOURCES)
        for name in sorted(names):
            if name.endswith((".py", ".so")):
                facts = os.stat(os.path.join(at, name))
                marks.append((os.path.relpath(os.path.join(at, name), folder), facts.st_size, facts.st_mtime_ns))
    return digest_value("treadle.editable", marks)


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return ""  # another C library than GNU's
