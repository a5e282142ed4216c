"""A web application of a valohai.yaml at work: `wsgi` or `server-command`, in a view and a network of its own.

Its folder in the home keeps what was made for it once: the code, an environment of packages, the log. It listens where it likes, on all
addresses of a network in which nobody else is; what comes from outside is handed to it through a socket of the file system.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shlex
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from treadle.contract.data import Artifact
from treadle.contract.deployments import ROUTE, DeploymentVersion
from treadle.core.errors import DataError, EnvironmentFailed, UsageError
from treadle.sdk.capture.snapshot import restore
from treadle.valohai import images, perform, view
from treadle.valohai.identity import uuid_of
from treadle.worker.contents import Contents

PORT = 8000
"""Where an application listens that says nothing of it."""
MOST_LOG = 16 << 20
"""Bytes of a log, after which it begins anew; the one before is kept beside it."""
_REQUIREMENTS = ("requirements-deployment.txt", "requirements.txt")
_MADE = ".made"


class Application:
    """One application of a version of a deployment, in its folder."""

    def __init__(self, version: DeploymentVersion, name: str, contents: Contents, home: Path, groups: Mapping[str, str]) -> None:
        if name not in version.applications:
            raise UsageError(f"version {version.name} of `{version.deployment}` has no endpoint `{name}`")
        self.version, self.name, self.contents, self.home = version, name, contents, home
        self.words: dict[str, Any] = version.applications[name].words
        self.files = version.applications[name].files
        self.groups = groups
        self.folder = home / "deployments" / f"{version.id}-{name}"
        self.prefix = f"{ROUTE}/{version.project}/{version.deployment}/{version.name}/{name}"
        self.process = 0
        self.written = 0

    def serve(self, listener: socket.socket) -> int:
        """Runs the application until it ends or this process is asked to; answers its exit status."""
        signal.signal(signal.SIGTERM, self._asked_to_stop)
        if not view.possible():
            raise view.refuse()
        interpreter = self._make()
        port = view.Port(listener, int(self.words.get("port") or PORT))
        return self._run(interpreter, self._script(port.number), port)

    # --- made once ----------------------------------------------------------------------------------------------------------------

    def _make(self) -> Path:
        interpreter = self.folder / "venv" / "bin" / "python"
        if (self.folder / _MADE).exists():
            return interpreter
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(parents=True)
        snapshot = self.version.code.snapshot
        if snapshot is None:
            raise DataError(f"the code of version {self.version.name} of `{self.version.deployment}` is not stored")
        root = restore(self.contents.read(snapshot), self.folder / "restored")
        shutil.copytree(root, self.folder / "repository", symlinks=True, ignore=shutil.ignore_patterns(".treadle-complete"))
        shutil.rmtree(self.folder / "restored")
        self._place_files()
        interpreter = images.make(str(self.words["image"]), self.folder / "venv", self._say)
        perform.carry_pip_settings(self.folder / "home")
        install = self._installing()
        if install:  # setup code of packages runs as what it is: in the view, with the network that it needs
            status = self._run(interpreter, install, None)
            if status:
                raise EnvironmentFailed(f"the packages of endpoint `{self.name}` could not be installed", where=str(self.folder / "log"))
        (self.folder / _MADE).touch()
        return interpreter

    def _place_files(self) -> None:
        told: dict[str, Any] = {}
        for declared in self.words.get("files") or []:
            artifact = self.files.get(declared["name"])
            if artifact is None:
                raise DataError(
                    f"endpoint `{self.name}` asks for the file `{declared['name']}`, which was not given",
                    hint=f"treadle deploy {self.version.deployment} --file {declared['name']}=PATH",
                )
            place = PurePosixPath(declared["path"])
            target = self.folder / "repository" / place
            if place.is_absolute() or ".." in place.parts or not _inside(target, self.folder / "repository"):
                raise DataError(f"the file `{declared['name']}` of endpoint `{self.name}` would lie outside of the code: {place}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            self._copy(artifact, target)
            told[declared["name"]] = [_told(artifact, str(place))]
        document = {
            "deployment": {"name": self.version.deployment},
            "deployment_version": {"id": uuid_of("deployment", self.version.id), "name": self.version.name},
            "endpoint": {"name": self.name},
            "project": {"name": self.version.project},
            "files": told,
        }
        (self.folder / "metadata.json").write_text(json.dumps(document))
        beside = self.folder / "repository" / "valohai-metadata.json"
        beside.unlink(missing_ok=True)  # whatever the project has under that name, a link too
        beside.write_text(json.dumps(document))

    def _copy(self, artifact: Artifact, target: Path) -> None:
        if artifact.inline is not None:
            target.write_bytes(artifact.inline)
        elif artifact.tree:
            shutil.copytree(self.contents.folder(artifact.digest), target)
        else:
            shutil.copyfile(self.contents.local(artifact.digest), target)

    def _installing(self) -> str:
        found = next((name for name in _REQUIREMENTS if (self.folder / "repository" / name).is_file()), None)
        wanted = [*(["-r", found] if found else []), *(["waitress"] if self.words.get("wsgi") else [])]
        return f"set -e\npython -m pip install --quiet --disable-pip-version-check {shlex.join(wanted)}\n" if wanted else ""

    # --- at work ------------------------------------------------------------------------------------------------------------------

    def _script(self, port: int) -> str:
        wsgi = self.words.get("wsgi")
        if wsgi:
            module, _, name = str(wsgi).partition(":")
            target = shlex.quote(f"{module}:{name or 'application'}")
            return f"exec python -m waitress --listen=127.0.0.1:{port} {target}\n"
        command = self.words.get("server-command") or ""
        return "set -e\n" + ("\n".join(command) if isinstance(command, list) else str(command)) + "\n"

    def _run(self, interpreter: Path, script: str, port: view.Port | None) -> int:
        file = self.folder / "command.sh"
        file.write_text(script)
        shown = self._view(interpreter)
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        argv = ["/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh", "/valohai/command.sh"]
        self.process = view.run(shown, argv, "/valohai/repository", self._variables(interpreter, port), (out_write, out_write), port)
        os.close(out_write)
        done = os.pidfd_open(self.process)
        selector = selectors.DefaultSelector()
        selector.register(out_read, selectors.EVENT_READ, "said")
        selector.register(done, selectors.EVENT_READ, "ended")
        ended = False
        while not ended:
            for key, _ in selector.select():
                if key.data == "ended":
                    ended = True
                elif not self._log(os.read(out_read, 1 << 16)):
                    selector.unregister(out_read)
        os.set_blocking(out_read, False)
        with contextlib.suppress(BlockingIOError):
            while self._log(os.read(out_read, 1 << 16)):
                pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        self.process = 0
        os.close(out_read)
        os.close(done)
        return status

    def _view(self, interpreter: Path) -> view.View:
        made = view.View(self.folder / "root")
        made.show("/valohai/repository", self.folder / "repository", write=True)
        made.show("/valohai/command.sh", self.folder / "command.sh")
        made.show("/valohai/valohai-metadata.json", self.folder / "metadata.json")
        made.show("/home/run", self.folder / "home", write=True)
        made.show("/tmp", self.folder / "tmp", write=True)  # noqa: S108 - its own, shown under this name
        made.show(str(interpreter.parent.parent), interpreter.parent.parent, write=True)
        for place in perform.prefixes(interpreter):
            made.show(place, Path(place))
        return made

    def _variables(self, interpreter: Path, port: view.Port | None) -> dict[str, str]:
        made = {name: value for name, value in os.environ.items() if perform.KEPT.match(name)}
        made |= {"HOME": "/home/run", "TMPDIR": "/tmp", "USER": "valohai", "PYTHONUNBUFFERED": "1"}  # noqa: S108
        made |= {
            "VIRTUAL_ENV": str(interpreter.parent.parent),
            "VH_DEFAULT_PREFIX": self.prefix,
            "VH_REPOSITORY_DIR": "/valohai/repository",
        }
        made["PATH"] = f"{interpreter.parent}:/home/run/.local/bin:/usr/local/bin:/usr/bin:/bin"
        made |= self.version.variables
        if port is None:
            return made
        return made | dict(self.groups) | {"VALOHAI_PORT": str(port.number)}

    def _asked_to_stop(self, *_: Any) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGTERM)
        else:
            raise SystemExit(0)

    def _say(self, words: str) -> None:
        self._log(f"{words}\n".encode(errors="backslashreplace"))

    def _log(self, data: bytes) -> bool:
        """Adds to the log, with secrets as stars; False at the end of what there is to add."""
        for value in self.groups.values():
            if len(value) >= 4:
                data = data.replace(value.encode(), b"*" * len(value))
        file = self.folder / "log"
        if file.exists() and file.stat().st_size > MOST_LOG:
            file.replace(file.with_name("log.1"))
        with file.open("ab") as log:
            log.write(data)
        return bool(data)


def _inside(target: Path, root: Path) -> bool:
    """Whether a place is within a folder, whatever links lead there."""
    return root.resolve() in target.resolve().parents


def _told(artifact: Artifact, path: str) -> dict[str, Any]:
    maker = re.fullmatch(r"run://(\d+)/.*", str(artifact.about.get("source", "")), re.DOTALL)
    made: dict[str, Any] = {"path": path, "name": artifact.name, "size": artifact.size}
    made |= {"datum": {"id": uuid_of("datum", artifact.datum)}} if artifact.datum is not None else {}
    return made | ({"output_execution": {"id": uuid_of("run", int(maker[1])), "counter": int(maker[1])}} if maker else {})
