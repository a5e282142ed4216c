"""Environments made for a step by uv: declared packages or a lock file, built once per declaration and kept."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from treadle.core.content import digest_file, digest_value
from treadle.core.definition import Environment
from treadle.core.errors import EnvironmentFailed

# What the worker needs to run a step; wide enough to leave the choice of versions to the user's own packages.
_WORKER_NEEDS = ("msgspec>=0.20,<1", "blake3>=1.0.5,<2", "numpy>=1.26,<3")
_COMPLETE = "treadle-complete"
_NEWEST_UNSUPPORTED = (3, 10)

Progress = Callable[[str], None]


def build(environment: Environment, root: Path, cache: Path, progress: Progress) -> Path:
    """The Python interpreter of an environment that holds what is declared; this one's when nothing is.

    Built below `cache` under the digest of the declaration and of the lock file's bytes, and used again from then on. Several
    builders of the same environment wait for each other. `progress` is told what happens, in uv's words. Raises
    EnvironmentFailed when packages cannot be resolved or installed, or an image is asked for.
    """
    if environment.image is not None:
        raise EnvironmentFailed(
            f"the step asks for the image `{environment.image}`, and the local engine can use no container engine",
            hint="declare packages=[...] instead, or choose an engine that runs containers",
        )
    if not environment.packages and environment.lock is None and environment.python is None:
        return Path(sys.executable)
    lock = _lock_file(environment, root)
    folder = cache / _key(environment, lock)[:32]
    interpreter = folder / "bin" / "python"
    if (folder / _COMPLETE).exists():
        return interpreter
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_suffix(".lock")):
        if not (folder / _COMPLETE).exists():
            shutil.rmtree(folder, ignore_errors=True)  # the rest of a build that was interrupted
            _make(environment, lock, folder, progress)
            (folder / _COMPLETE).touch()
    return interpreter


def uv_program() -> str:
    """The uv executable: the one of the `uv` package, else the one on PATH; raises EnvironmentFailed."""
    try:
        import uv

        return os.fsdecode(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise EnvironmentFailed("`uv`, which makes environments, is not installed", hint="python -m pip install uv")
    return found


def _key(environment: Environment, lock: Path | None) -> str:
    declared = [sorted(environment.packages), environment.python or sys.version.split()[0], digest_file(lock) if lock else None]
    return digest_value("treadle.packages", [*declared, _WORKER_NEEDS, str(_package_folder()), os.uname().machine])


def _package_folder() -> Path:
    import treadle

    return Path(os.path.dirname(os.path.abspath(str(treadle.__file__))))


def _lock_file(environment: Environment, root: Path) -> Path | None:
    if environment.lock is None:
        return None
    path = root / environment.lock
    if not path.is_file():
        raise EnvironmentFailed(
            f"the lock file `{environment.lock}` does not exist in the project", where=str(root), hint="uv pip compile, or uv lock"
        )
    return path


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One builder at a time; the lock ends with the process that holds it, however that ends."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(environment: Environment, lock: Path | None, folder: Path, progress: Progress) -> None:
    python = environment.python or sys.executable
    words = python.split(".")
    if all(word.isdigit() for word in words[:2]) and tuple(int(word) for word in words[:2]) <= _NEWEST_UNSUPPORTED:
        raise EnvironmentFailed(f"Treadle's worker needs Python 3.11 or newer, and the step asks for {python}", hint='python="3.11"')
    uv = uv_program()
    run_uv([uv, "venv", "--quiet", "--no-project", "--python", python, str(folder)], progress, "no environment could be made")
    interpreter = str(folder / "bin" / "python")
    install = [uv, "pip", "install", "--python", interpreter]
    if lock is not None:
        requirements = _requirements(uv, lock, folder, progress)
        run_uv([*install, "-r", str(requirements)], progress, f"the packages of `{environment.lock}` could not be installed")
    # in a second step: a lock file with hashes does not go together with requirements that have none
    run_uv([*install, *environment.packages, *_WORKER_NEEDS], progress, "the declared packages could not be installed")
    _link_treadle(folder)


def _requirements(uv: str, lock: Path, folder: Path, progress: Progress) -> Path:
    """The lock file as `uv pip install` reads it: uv's own project lock is exported first."""
    if lock.name != "uv.lock":
        return lock
    target = folder / "requirements.txt"
    words = [
        uv,
        "export",
        "--quiet",
        "--frozen",
        "--no-emit-project",
        "--no-dev",
        "--directory",
        str(lock.parent),
        "--output-file",
        str(target),
    ]
    run_uv(words, progress, "the lock file could not be read")
    return target


def _link_treadle(folder: Path) -> None:
    """Makes the running Treadle importable, and nothing that lies beside it: a folder with one link, named in a .pth file."""
    beside = folder / "treadle-package"
    beside.mkdir()
    (beside / "treadle").symlink_to(_package_folder(), target_is_directory=True)
    for packages in folder.glob("lib/python*/site-packages"):
        (packages / "treadle-worker.pth").write_text(f"{beside}\n")


def run_uv(words: list[str], progress: Progress, failed: str, hint: str = "check names and versions in packages=[...]") -> None:
    """Runs uv, telling progress line by line; raises EnvironmentFailed with uv's own words."""
    environment = {**os.environ, "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_SYSTEM_PYTHON"):
        environment.pop(name, None)  # they would lead uv to another environment
    lines: list[str] = []
    try:
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
        ) as process:
            assert process.stderr is not None
            for raw in process.stderr:
                line = raw.decode(errors="replace").rstrip()
                if line:
                    lines.append(line)
                    progress(line)
    except OSError as error:
        raise EnvironmentFailed(f"{failed}: uv cannot be started: {error.strerror}", hint="python -m pip install uv") from error
    if process.returncode != 0:
        said = "\n".join(line for line in lines if not line.startswith(("Using Python", "Resolved ", "Downloading ")))
        raise EnvironmentFailed(f"{failed}:\n{said[:4000]}", hint=hint)
