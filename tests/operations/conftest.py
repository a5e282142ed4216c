"""A record with an endpoint that answers, whose predictions and labels a test writes as it likes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import select, update

from treadle.blobs import Blobs, Folder
from treadle.contract import monitoring as words
from treadle.contract import registry as registry_words
from treadle.contract import serving as serving_words
from treadle.contract.data import Artifact
from treadle.core.content import digest_bytes
from treadle.core.operation import Call
from treadle.monitoring import operations
from treadle.registry import operations as registry
from treadle.serving import intake
from treadle.serving import operations as serving
from treadle.statistics import profile
from treadle.store import tables as t
from treadle.store.database import Database

CALL = Call(actor="ada")
DAY = 86_400.0
START = 1_700_006_400.0  # a day's beginning


class Watched:
    """The endpoint `flights` of the model `delay`, and the monitor `watch`.

    Inputs are a number `x` (standard normal plus `shift`), a category `carrier`, and an `hour`; the answer is the chance `late`.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database, self.blobs = database, blobs
        self.chunks = 0
        self.rows = 0

    # --- what answers

    def version(self, number: int, *, shift: float = 0.0, rows: int = 2000, profiled: bool = True, **more: Any) -> None:
        """A version whose reference is `rows` rows with that shift."""
        data = f"model {number}".encode()
        artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format="text", inline=data)
        registry.register(registry_words.Register(model="delay", artifact=artifact, key=f"v{number}"), CALL, self.database)
        registry.decide(
            registry_words.Decide(ref=f"delay@v{number}", decision="yes", words="looks right", override=True), CALL, self.database
        )
        frame = self.inputs(rows, seed=number + 1000, shift=shift)
        values: dict[str, Any] = {"metrics": {"auc": 0.76, "log_loss": 0.57}} | more
        if profiled:
            both = frame.rename({name: f"in.{name}" for name in frame.columns}).with_columns(
                **{"out.late": self.chance(frame, seed=number)}
            )
            values["profile"] = self.stored(profile.encode(profile.reference(both)))
        holdout = io.BytesIO()
        frame.write_parquet(holdout)
        kept = Artifact(name="holdout", digest=self.stored(holdout.getvalue()), size=holdout.tell(), format="parquet")
        values["holdout"] = {"name": kept.name, "digest": kept.digest, "size": kept.size, "format": kept.format}
        with self.database.transaction(CALL) as tx:
            tx.execute(update(t.model_version).where(t.model_version.c.number == number).values(**values))

    def stored(self, data: bytes) -> str:
        return self.blobs.put(data)

    def endpoint(self) -> None:
        serving.declare_endpoint(serving_words.DeclareEndpoint(endpoint="flights", model="delay"), CALL, self.database)

    def release(self, number: int, *stages: serving_words.Stage) -> None:
        serving.release(serving_words.Release(endpoint="flights", ref=f"delay@v{number}", stages=stages), CALL, self.database)

    # --- what it was asked

    @staticmethod
    def inputs(rows: int, *, seed: int, shift: float = 0.0) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        return pl.DataFrame(
            {
                "x": rng.normal(size=rows) + shift,
                "carrier": rng.choice(["AA", "DL", "UA"], rows, p=[0.5, 0.3, 0.2]),
                "hour": rng.integers(0, 24, rows),
            }
        )

    @staticmethod
    def chance(frame: pl.DataFrame, *, seed: int) -> pl.Series:
        del seed
        return pl.Series(1 / (1 + np.exp(-(frame["x"].fill_null(0.0).to_numpy() - 0.5))))

    def predict(
        self,
        rows: int,
        *,
        start: float = START,
        seconds: float = DAY,
        shift: float = 0.0,
        revision: int = 1,
        role: str = "live",
        arrived: float | None = None,
        frame: pl.DataFrame | None = None,
        outputs: dict[str, Any] | None = None,
        keyed: bool = True,
        **columns: Any,
    ) -> list[str]:
        """Ships a chunk of predictions with event times spread over `seconds` from `start`; answers their keys.

        The chunk arrives now, as a replay does, or at `arrived`. `columns` replaces columns of the record."""
        self.chunks += 1
        frame = self.inputs(rows, seed=self.chunks, shift=shift) if frame is None else frame
        given = outputs if outputs is not None else {"late": self.chance(frame, seed=self.chunks)}
        at = start + (np.arange(rows) + 0.5) / max(rows, 1) * seconds
        names = [f"p{self.rows + place}" for place in range(rows)]
        self.rows += rows
        place = {
            "id": names,
            "key": names if keyed else [None] * rows,
            "at": at,
            "received": at,
            "revision": [revision] * rows,
            "role": [role] * rows,
            "latency": [0.004] * rows,
            "error": [None] * rows,
        } | columns
        record = pl.DataFrame(place, schema_overrides={"key": pl.String, "revision": pl.Int32, "error": pl.String}).with_columns(
            **{f"in.{name}": frame[name] for name in frame.columns}, **{f"out.{name}": values for name, values in given.items()}
        )
        times = record["at"]
        first, last = (float(times.min()), float(times.max())) if rows else (start, start)  # type: ignore[arg-type]
        self.ship(record, {revision: rows}, first, last, arrived)
        return names

    def ship(self, record: pl.DataFrame, revisions: dict[int, int], first: float, last: float, arrived: float | None = None) -> None:
        buffer = io.BytesIO()
        record.write_parquet(buffer)
        shipped = serving_words.ShipPredictions(
            endpoint="flights",
            key=f"chunk {self.chunks} {len(revisions)} {first} {last}",
            digest=self.stored(buffer.getvalue()),
            size=buffer.tell(),
            rows=len(record),
            first=first,
            last=last,
            revisions=revisions,
        )
        intake.ship_predictions(shipped, CALL, self.database)
        if arrived is None:
            return
        with self.database.transaction(CALL) as tx:
            newest = select(t.prediction_chunk.c.id).order_by(t.prediction_chunk.c.id.desc()).limit(1).scalar_subquery()
            tx.execute(update(t.prediction_chunk).where(t.prediction_chunk.c.id == newest).values(shipped_at=arrived))

    def labels(self, keys: Sequence[str], values: Sequence[Any]) -> None:
        told = tuple(serving_words.Label(key=key, value=value) for key, value in zip(keys, values, strict=True))
        intake.add_labels(serving_words.AddLabels(endpoint="flights", labels=told), CALL, self.database)

    # --- the monitor

    def declare(self, *, name: str = "watch", **settings: Any) -> None:
        made = words.MonitorSettings(**settings)
        operations.declare_monitor(words.DeclareMonitor(monitor=name, endpoint="flights", settings=made), CALL, self.database)

    def look(self, *, close: bool = False) -> list[words.Window]:
        return list(operations.look(words.Look(monitor="watch", close=close), CALL, self.database, self.blobs).windows)

    def windows(self) -> list[words.Window]:
        """Oldest first."""
        return operations.list_windows(words.ListWindows(monitor="watch", limit=1000), CALL, self.database)[::-1]

    def alarms(self, state: str = "") -> list[words.Alarm]:
        """Oldest first."""
        return operations.list_alarms(words.ListAlarms(state=state), CALL, self.database)[::-1]

    def monitor(self) -> words.Monitor:
        return operations.get_monitor(words.MonitorName(monitor="watch"), CALL, self.database)

    def news(self, kind: str) -> list[Any]:
        with self.database.reading() as tx:
            return list(tx.all(select(t.journal).where(t.journal.c.kind == kind).order_by(t.journal.c.id)))


@pytest.fixture
def watched(database: Database, tmp_path: Path) -> Watched:
    """An endpoint whose first version is live."""
    world = Watched(database, Blobs(Folder(tmp_path / "blobs"), tmp_path / "cache"))
    world.version(1)
    world.endpoint()
    world.release(1)
    return world
