"""What stands for a step's image where no container engine is asked for: an environment of Python packages, made for one run.

Most images of public projects are families of Python packages: `python:3.11`, `tensorflow/tensorflow:2.15.0`, `jupyter/scipy-notebook`.
Each run gets a virtual environment of its own, because the commands of many steps install packages, and those of two steps disagree.
Packages come out of uv's cache as hard links, so a fresh one costs tenths of a second.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from treadle.core.errors import EnvironmentFailed
from treadle.sdk.capture.packages import run_uv, uv_program


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What an image is here: the Python it asks for (None: any) and the packages that its name promises."""

    name: str
    python: str | None
    packages: tuple[str, ...] = ()


_SCIENCE = ("numpy", "pandas", "scipy", "scikit-learn", "matplotlib")
_FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(.*/)?python|pypy|.*/uv|busybox|bash|alpine|debian|ubuntu|.*/ubuntu|buildpack-deps", ()),
    (r"(.*/)?tensorflow/tensorflow|valohai/keras|.*/tensorflow", ("tensorflow-cpu",)),
    (r"pytorch/pytorch|.*/pytorch", ("torch",)),
    (r"ultralytics/ultralytics|ultralytics/yolov5", ("ultralytics",)),
    (r"(quay\.io/)?jupyter/.*|continuumio/(ana|mini)conda3?|valohai/(sklearn|pandas|scipy|xgboost|prophet|lightgbm).*", _SCIENCE),
    (r"huggingface/.*", ("transformers", "torch")),
)


def known(image: str, own: str = "") -> Image | None:
    """What an image is here; None for one that nobody has said anything of. `own` is the setting TREADLE_IMAGES:
    `PATTERN=PYTHON PACKAGE PACKAGE; PATTERN=...`, where PYTHON is a version or `-`."""
    name, tag = _parts(image)
    for line in filter(None, (part.strip() for part in own.split(";"))):
        pattern, mark, words = line.partition("=")
        chosen = words.split()
        if mark and re.fullmatch(pattern.strip().replace(".", r"\.").replace("*", ".*"), image):
            return Image(name=image, python=None if not chosen or chosen[0] == "-" else chosen[0], packages=tuple(chosen[1:]))
    for pattern, packages in _FAMILIES:
        if re.fullmatch(pattern, name):
            version = re.match(r"v?(\d+(?:\.\d+){1,2})", tag)
            if not packages:
                python = re.search(r"(?:^|python)(3\.\d+)", tag)
                return Image(name=image, python=python[1] if python and ("python" in name or "uv" in name) else None)
            exact = f"=={version[1]}" if version and packages[0] in ("tensorflow-cpu", "torch") and _has(version[1]) else ""
            return Image(name=image, python=None, packages=(packages[0] + exact, *packages[1:]))
    return None


def _has(version: str) -> bool:
    """Whether a release of a framework may exist for a Python that Treadle runs on: older ones stay names without a version."""
    first = version.split(".")
    return int(first[0]) >= 2 and (int(first[0]) > 2 or int(first[1]) >= 15 or (len(first) == 3 and int(first[1]) >= 12))


def _parts(image: str) -> tuple[str, str]:
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{head}/{last}" if head else last
    return re.sub(r"^(docker\.io/)?(library/)?", "", name), tag


def make(image: str, folder: Path, say: Callable[[str], None], more: Sequence[str] = ()) -> Path:
    """Makes the environment of one run in `folder`; answers its Python. Says what stands for what where they differ. `more` are packages
    that it has beside those of its image.

    Raises EnvironmentFailed for an image that nobody has said anything of, and where uv cannot do it.
    """
    found = known(image, os.environ.get("TREADLE_IMAGES", ""))
    if found is None:
        raise EnvironmentFailed(
            f"the image `{image}` is of no family that is known here, and no container engine is used",
            hint=f"say what stands for it, TREADLE_IMAGES='{image}=3.11 numpy', or choose one: --image python:3.11",
        )
    uv = uv_program()
    python = _interpreter(uv, found, say)
    _uv([uv, "venv", "--quiet", "--seed", "--no-project", "--python", python, str(folder)], f"no environment for `{image}` could be made")
    interpreter = folder / "bin" / "python"
    if found.packages:
        say(f"treadle: image {image}: {', '.join(found.packages)} in an environment of its own")
    if found.packages or more:
        words = [uv, "pip", "install", "--quiet", "--python", str(interpreter), *found.packages, *more]
        _uv(words, f"the packages that stand for `{image}` could not be installed")
    return interpreter


def _interpreter(uv: str, image: Image, say: Callable[[str], None]) -> str:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if image.python is None or image.python == here:
        return _own_interpreter()
    words = [uv, "python", "find", "--quiet", "--no-project", "--no-python-downloads", image.python]
    found = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if found.returncode == 0 and found.stdout.strip():
        return os.path.realpath(found.stdout.strip())
    say(f"treadle: image {image.name}: there is no Python {image.python} on this machine, so {here} stands for it")
    return _own_interpreter()


def _own_interpreter() -> str:
    """The Python behind the environment that runs Treadle."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _uv(words: list[str], failed: str) -> None:
    run_uv(words, lambda _line: None, failed, "TREADLE_IMAGES says what stands for an image")


def installed(folder: Path) -> dict[str, str]:
    """The distributions of an environment, by the names of their folders."""
    found: dict[str, str] = {}
    for place in folder.glob("lib/python*/site-packages/*.dist-info"):
        name, _, version = place.name.removesuffix(".dist-info").rpartition("-")
        found[name.lower().replace("_", "-")] = version
    return dict(sorted(found.items()))


def engine() -> str | None:
    """The container engine that runs images, where the setting TREADLE_CONTAINERS names one that is there: docker or podman."""
    chosen = os.environ.get("TREADLE_CONTAINERS", "").strip()
    if chosen in ("", "off", "none"):
        return None
    place = shutil.which(chosen)
    if place is None:
        raise EnvironmentFailed(f"TREADLE_CONTAINERS is `{chosen}`, and there is no such program", hint="docker, podman, or off")
    return place
