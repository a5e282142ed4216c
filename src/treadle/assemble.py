"""The only file that knows everybody: it gives operations what they ask for, and puts dispatcher, engine and worker together."""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from treadle.blobs import Blobs, open_blobs
from treadle.core.errors import HomeError, StorageFull
from treadle.core.operation import Call, Operation, asks_for, performer
from treadle.sdk.home import make_home
from treadle.store.database import Database, sqlite_url

STAGES: dict[str, tuple[str, ...]] = {
    "runs": ("treadle.runs.operations", "treadle.runs.explain", "treadle.runs.graphs", "treadle.runs.reading"),
    "work": ("treadle.runs.work",),
    "data": (
        "treadle.data.operations",
        "treadle.data.datums",
        "treadle.data.looking",
        "treadle.tracking.holding",
        "treadle.registry.content",
        "treadle.serving.deployments",
    ),
    "tracking": (
        "treadle.tracking.operations",
        "treadle.tracking.batches",
        "treadle.tracking.curves",
        "treadle.tracking.groups",
        "treadle.tracking.history",
        "treadle.tracking.inputs",
        "treadle.tracking.names",
        "treadle.tracking.rows",
        "treadle.tracking.table",
    ),
    "traces": ("treadle.traces.operations",),
    "search": ("treadle.search.keys",),
    "experiments": ("treadle.tracking.experiments",),
    "projects": ("treadle.projects.operations",),
    "clients": ("treadle.runs.clients",),
    "files": ("treadle.tracking.files", "treadle.tracking.uploads"),
    "logged_models": ("treadle.tracking.logged_models", "treadle.tracking.model_search"),
    "journal": ("treadle.access.record", "treadle.access.sealing"),
    "content": ("treadle.data.content",),
    "access": ("treadle.access.operations",),
    "comments": ("treadle.people.operations",),
    "people": ("treadle.people.operations",),
    "views": ("treadle.people.views",),
    "registry": ("treadle.registry.operations",),
    "registered": ("treadle.registry.clients",),
    "deployments": ("treadle.serving.deployments",),
    "serving": ("treadle.serving.operations", "treadle.serving.intake", "treadle.serving.history"),
    "monitoring": ("treadle.monitoring.operations",),
    "triggers": ("treadle.triggers.operations",),
    "webhooks": ("treadle.triggers.webhooks",),
    "delivery": ("treadle.delivery.operations",),
}
"""Where the operations of each family are performed. A family is imported when one of it is first called."""


class Record:
    """A home's record, opened: the database, the blobs, and the operations on them."""

    def __init__(self, home: Path, store: Database, blobs: Blobs) -> None:
        self.home = home
        self.store = store
        self.blobs = blobs
        self.where = str(home)
        self.project = os.environ.get("TREADLE_PROJECT") or "default"
        """The project of who works on the home directly."""
        self._performers: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {}
        self._contents: Any = None

    def call(self, operation: Operation[Any, Any], request: Any, call: Call | None = None, **more: Any) -> Any:
        """Performs an operation. `more` gives what only this call has, such as a `stream` of bytes."""
        known = self._performers.get(operation.name)
        if known is None:
            for module in STAGES[operation.name.partition(".")[0]]:
                importlib.import_module(module)
            function = performer(operation.name)
            available = {"store": self.store, "blobs": self.blobs, "home": self.home}
            known = self._performers[operation.name] = (
                function,
                {name: available[name] for name in asks_for(function) if name in available},
            )
        function, given = known
        return function(request, call or Call(actor=local_actor(), project=self.project), **given, **more)

    @property
    def contents(self) -> Any:
        if self._contents is None:
            from treadle.data.contents import HomeContents

            self._contents = HomeContents(self.home, self.blobs, self.call)
        return self._contents

    def close(self) -> None:
        self.store.close()


def local_actor() -> str:
    """Who works on this machine: the user's name, as the system knows it."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or f"uid {os.getuid()}"


def open_home(home: Path, *, database: str | None = None, blobs: str | None = None) -> Record:
    """Opens (and where needed makes) the record of a home folder.

    `database` or TREADLE_DATABASE puts the record elsewhere than in the folder's own SQLite file, `blobs` or TREADLE_BLOBS the
    bytes elsewhere than in its folder (`s3://bucket/prefix`).
    """
    try:
        make_home(home)
    except OSError as error:
        if error.errno == 28:
            raise StorageFull(
                "the disk that holds the home folder is full", where=str(home), hint="make room, then repeat the command"
            ) from error
        raise HomeError(
            f"the home folder cannot be made: {error.strerror}", where=str(home), hint="TREADLE_HOME=... names another place"
        ) from error
    url = database or os.environ.get("TREADLE_DATABASE") or sqlite_url(home / "treadle.db")
    store = Database(url).prepare()
    return Record(home, store, open_blobs(blobs or os.environ.get("TREADLE_BLOBS") or home / "blobs", home / "cache" / "blobs"))


def process_facts(role: str) -> dict[str, Any]:
    """What tells this process apart from all others, for the table `process`."""
    from treadle.sdk.spool import boot_id, process_started

    pid = os.getpid()
    return {"role": role, "host": socket.gethostname(), "boot": boot_id(), "pid": pid, "pid_started": process_started(pid) or ""}


def stages() -> Iterator[str]:
    """Imports every stage; answers the names of all operations."""
    for modules in STAGES.values():
        for module in modules:
            importlib.import_module(module)
    from treadle.core.operation import TABLE

    yield from TABLE
