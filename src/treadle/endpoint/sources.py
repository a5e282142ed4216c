"""Where a keeper learns what to answer, and where it tells what was answered: a record, or a plan folder without one."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Any, Protocol

from treadle.contract.access import Identify, Identity, identify
from treadle.contract.data import Artifact
from treadle.contract.serving import (
    AddedLabels,
    AddLabels,
    GetPlan,
    Label,
    Plan,
    ReportTraffic,
    ShipPredictions,
    add_labels,
    get_plan,
    report_traffic,
    ship_predictions,
)
from treadle.core.content import digest_bytes
from treadle.core.errors import UsageError
from treadle.endpoint.plans import FolderPlace, Place, read_plan
from treadle.sdk.client import Client


class Source(Protocol):
    """What a keeper asks of the world. Methods are called from threads, and raise TreadleError."""

    pause: float
    """Seconds between two looks at the plan."""
    place: Place
    records: bool
    """Whether predictions can be shipped anywhere."""

    def plan(self, known: int) -> Plan: ...

    def report(self, report: ReportTraffic) -> None: ...

    def ship(self, path: Path, shipment: dict[str, Any]) -> None: ...

    def who(self, hash: str) -> Identity: ...

    def labels(self, labels: tuple[Label, ...]) -> AddedLabels: ...


class RecordSource:
    """An endpoint of a record."""

    records = True

    def __init__(self, client: Client, endpoint: str, folder: Path) -> None:
        self.client = client
        self.endpoint = endpoint
        self.pause = 0.05 if client.local else 0.5
        self.place: Place = _RecordPlace(client, folder / "inline")

    def plan(self, known: int) -> Plan:
        return self.client(get_plan, GetPlan(endpoint=self.endpoint, known=known))

    def report(self, report: ReportTraffic) -> None:
        self.client(report_traffic, report)

    def ship(self, path: Path, shipment: dict[str, Any]) -> None:
        """Stores a Parquet file, then says what is in it; the file is taken away."""
        size = path.stat().st_size
        digest = self.client.contents.adopt(path, move=True)
        self.client(ship_predictions, ShipPredictions(endpoint=self.endpoint, digest=digest, size=size, **shipment))

    def who(self, hash: str) -> Identity:
        return self.client(identify, Identify(hash=hash))

    def labels(self, labels: tuple[Label, ...]) -> AddedLabels:
        return self.client(add_labels, AddLabels(endpoint=self.endpoint, labels=labels))


class _RecordPlace(Place):
    """Bytes by digest out of the record's store; inline ones are written beside the endpoint."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.folder = folder

    def __call__(self, artifact: Artifact) -> Path:
        if artifact.tree:
            return Path(self.client.contents.folder(artifact.digest))
        if artifact.inline is None:
            return Path(self.client.contents.local(artifact.digest))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / digest_bytes(artifact.inline)
        if not path.exists():
            building = path.with_name(f"{path.name}.{os.getpid()}")
            building.write_bytes(artifact.inline)
            building.replace(path)
        return path


class FolderSource:
    """A plan folder. Predictions become Parquet files in `predictions` beside it, where it can be written."""

    pause = 3600.0
    records = True

    def __init__(self, folder: Path, state: Path, *, changes: dict[str, Any]) -> None:
        import msgspec

        found = read_plan(folder)
        self._plan = msgspec.structs.replace(found, settings=msgspec.structs.replace(found.settings, **changes))
        self.place: Place = FolderPlace(folder / "blobs")
        self.predictions = state / "predictions"
        token = os.environ.get("TREADLE_TOKEN", "")
        self._token = digest_bytes(token.encode()) if token else ""

    def plan(self, known: int) -> Plan:
        del known
        return self._plan

    def report(self, report: ReportTraffic) -> None:
        """There is nobody to tell; /metrics says the same."""

    def ship(self, path: Path, shipment: dict[str, Any]) -> None:
        self.predictions.mkdir(parents=True, exist_ok=True)
        path.replace(self.predictions / f"{shipment['key']}.parquet")

    def who(self, hash: str) -> Identity:
        """The one token there is, in TREADLE_TOKEN when the endpoint was started, may everything."""
        known = bool(self._token) and hmac.compare_digest(self._token, hash)
        return Identity(known=known, guarded=True, actor="token" if known else "", may=("*:*",) if known else ())

    def labels(self, labels: tuple[Label, ...]) -> AddedLabels:
        del labels
        raise UsageError("this endpoint has no record that could take labels", hint="send them to the record: treadle api serving.labels")
