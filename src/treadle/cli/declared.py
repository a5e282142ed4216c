"""What a project's file declares about its loop, with the code of everything that it runs captured now."""

from __future__ import annotations

import importlib
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract import triggers as words
from treadle.contract.monitoring import DeclareMonitor
from treadle.contract.serving import DeclareEndpoint
from treadle.contract.triggers import Declared
from treadle.core.definition import Definition
from treadle.sdk.client import Client


class Wanted(msgspec.Struct, frozen=True):
    """What a file (named from the project's root on) declares, with code captured."""

    file: str
    endpoints: tuple[DeclareEndpoint, ...]
    monitors: tuple[DeclareMonitor, ...]
    triggers: tuple[Declared, ...]


def declared(client: Client, here: Any, file: Path) -> Wanted:
    """Imports the file in a process of its own and captures the code of everything that triggers run."""
    capture = importlib.import_module("treadle.worker.capture")
    here.host.warm_up()
    captured = capture.capture(file, here.home)
    code = capture.keep(captured, client.contents)
    root = importlib.import_module("treadle.worker.prepare").checkout(code.snapshot, here.home, client.contents)
    found = here.host.collect(root, captured.file)
    environment = capture.ambient_environment(captured.root)
    capturing = _Capturing(capture, client, here, captured.root, root, {captured.file: code}, environment)
    return Wanted(
        file=captured.file,
        endpoints=tuple(msgspec.convert(one, DeclareEndpoint) for one in found["endpoints"]),
        monitors=tuple(msgspec.convert(one, DeclareMonitor) for one in found["monitors"]),
        triggers=tuple(_completed(msgspec.convert(one, Declared), capturing) for one in found["triggers"]),
    )


class _Capturing:
    """The code of each file that a trigger runs, captured once. `root` is the project here, `there` its snapshot restored."""

    def __init__(self, capture: Any, client: Client, here: Any, root: Path, there: Path, known: dict[str, Any], environment: Any) -> None:
        self.capture, self.client, self.here = capture, client, here
        self.root, self.there, self.known, self.environment = root, there, known, environment

    def code_of(self, definition: Definition) -> Any:
        file = definition.file or ""
        if file not in self.known:
            self.known[file] = self.capture.keep(self.capture.capture(self.root / file, self.here.home), self.client.contents)
        code = self.known[file]
        if definition.kind == "pipeline":
            return code
        return importlib.import_module("treadle.worker.body").step_code(definition, self.there, code)


def _completed(trigger: Declared, capturing: _Capturing) -> Declared:
    """A trigger with the code of its runs, and with places that mean the same in every folder."""
    when = trigger.when
    if isinstance(when, words.Git):
        when = msgspec.structs.replace(when, repository=_absolute(when.repository, capturing.root))
    elif isinstance(when, words.Files):
        when = msgspec.structs.replace(when, place=_absolute(when.place, capturing.root))
    return msgspec.structs.replace(trigger, when=when, do=tuple(_with_code(act, capturing) for act in trigger.do))


def _with_code(act: words.Act, capturing: _Capturing) -> words.Act:
    if isinstance(act, words.Add):
        return msgspec.structs.replace(act, path=_absolute(act.path, capturing.root))
    if not isinstance(act, words.Run):
        return act
    code = capturing.code_of(act.submission.definition)
    made = msgspec.structs.replace(act.submission, code=code, environment=capturing.environment)
    return msgspec.structs.replace(act, submission=made, folder=_folder_in_repository(capturing.root) if act.fresh else "")


def _folder_in_repository(root: Path) -> str:
    """The project's folder within the repository that holds it: `examples/flights/`, or nothing at its top."""
    done = subprocess.run(["git", "rev-parse", "--show-prefix"], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _absolute(place: str, root: Path) -> str:
    """A path from the project's root on; URLs, `host:path` of ssh and what is filled in later stay as they are."""
    if "://" in place or place.startswith("{") or (":" in place.partition("/")[0]):
        return place
    return os.path.normpath(root / Path(place).expanduser())
