"""One client, two transports: in this process on a home folder, or over HTTP to a server.

    with connect() as client:
        run = client(runs.get_run, runs.RunRef(run="@-1"))

`client(operation, request)` performs any operation of the contract. The in-process transport is found by name when it is first
needed, so that user code which only logs never imports a database.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

import msgspec

from treadle.core.operation import Operation
from treadle.sdk.home import find_home

Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A")


class Transport(Protocol):
    """How operations are performed: `call` performs one, `contents` are the bytes behind digests."""

    where: str

    @property
    def contents(self) -> Any: ...

    def call(self, operation: Operation[Any, Any], request: Any) -> Any: ...

    def close(self) -> None: ...


class Client:
    """Performs operations on a record, wherever it lies."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def __repr__(self) -> str:
        return f"client of {self.transport.where}"

    def __call__(self, operation: Operation[Q, A], request: Q) -> A:
        """Performs an operation; raises the TreadleError that the operation raises, the same on both transports."""
        answer: A = self.transport.call(operation, request)
        return answer

    @property
    def contents(self) -> Any:
        return self.transport.contents

    @property
    def local(self) -> bool:
        """Whether the record lies in a home folder that this process opens itself."""
        return not self.transport.where.startswith(("http://", "https://"))

    def close(self) -> None:
        self.transport.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def read_dataset(self, ref: str, form: str = "polars") -> Any:
        """The content of a dataset version in a form: "polars", "pandas", "arrow", "numpy" or "path"."""
        from treadle.contract.data import GetVersion, get_version
        from treadle.sdk import formats

        version = self(get_version, GetVersion(ref=ref))
        return formats.load("dataset", self.contents.folder(version.manifest), form)

    def read_model(self, ref: str) -> Any:
        """A model version's value, loaded. Versions that this record's own runs made may be pickles; others are refused as such."""
        from treadle.contract.registry import VersionRef, get_version
        from treadle.sdk import formats

        version = self(get_version, VersionRef(ref=ref))
        artifact = version.artifact
        source = artifact.inline
        if source is None:
            source = self.contents.folder(artifact.digest) if artifact.tree else self.contents.local(artifact.digest)
        return formats.load(artifact.format, source, consent=artifact.pickled and version.run is not None)

    def read_logged(self, run: str | int, name: str, *, step: int | None = None, form: str = "value") -> Any:
        """A rich value or file that a run logged, loaded: at `step`, or the last one of that name. Raises NotFound naming what is there."""
        from treadle.contract.runs import RunRef, get_run
        from treadle.core.errors import NotFound
        from treadle.sdk import formats

        logged = self(get_run, RunRef(run=str(run))).logged
        found = [one for one in logged if one.name == name and step in (None, one.about.get("step"))]
        if not found:
            names = ", ".join(sorted({one.name for one in logged})) or "nothing"
            at = "" if step is None else f" at step {step}"
            raise NotFound(f"run {run} logged no `{name}`{at}; it logged {names}", hint=f"treadle show {run}")
        artifact = max(found, key=lambda one: one.about.get("step", -1)) if step is None else found[-1]
        source = artifact.inline
        if source is None:
            source = self.contents.folder(artifact.digest) if artifact.tree else self.contents.local(artifact.digest)
        return formats.load(artifact.format, source, form)

    def add_dataset(self, name: str, path: Any, *, message: str = "") -> Any:
        """Makes a new version of a dataset out of a file or folder; answers the version."""
        return self.contents.add(Path(path), name, message).version


def connect(url: str | None = None, home: str | os.PathLike[str] | None = None) -> Client:
    """A client of the server at `url` or TREADLE_URL; without either, of the home folder (`home`, or the one found from here)."""
    address = url or (os.environ.get("TREADLE_URL") if home is None else None)
    if address:
        made = importlib.import_module("treadle.sdk.remote").HttpTransport(address)
    else:
        made = importlib.import_module("treadle.assemble").open_home(Path(home) if home is not None else find_home())
    return Client(made)
