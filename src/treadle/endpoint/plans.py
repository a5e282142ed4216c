"""What an endpoint's processes are told to answer with: values that cross from the keeper to its workers, and plan folders.

A plan folder is a plan without a record: `plan.json` (an endpoint's name, its settings, its revisions) beside `blobs/`, files named
by digest. It is what an exported image holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.registry import Signature
from treadle.contract.serving import EndpointSettings, Plan, Planned
from treadle.core.content import digest_bytes, digest_file, is_digest
from treadle.core.errors import Damaged, MissingContent, UsageError


class Spec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A model as a worker loads it: where its bytes lie on this machine, in which format, and what it takes and gives.

    `onnx` is the path of an equal ONNX form; where it is set, nothing else is loaded. `memory` is the most bytes its process may
    take, 0 for no limit.
    """

    number: int
    model: str
    version: int
    role: str
    share: float
    path: str
    format: str
    onnx: str | None = None
    signature: Signature | None = None
    sample: str | None = None
    sample_format: str = "parquet"
    consent: bool = False
    memory: int = 0

    @property
    def preload(self) -> str:
        """What its nursery should have imported."""
        if self.onnx is not None or self.format == "onnx":
            return "onnx"
        return self.format if self.signature is None or self.signature.frame == "numpy" else f"{self.format}+{self.signature.frame}"

    @property
    def same(self) -> tuple[object, ...]:
        """What decides whether a process that is there already can go on: everything but its part of the traffic."""
        return (self.number, self.path, self.onnx, self.consent, self.memory)


class Orders(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a worker should answer with from now on."""

    endpoint: str
    generation: int
    settings: EndpointSettings
    specs: tuple[Spec, ...] = ()
    guarded: bool = False
    """Callers need a token."""


def spec_of(planned: Planned, settings: EndpointSettings, place: Place, memory: int) -> Spec:
    """A planned revision with its bytes on this machine. `place` answers the local path of an artifact."""
    use_onnx = settings.onnx and planned.onnx is not None
    artifact = planned.onnx if use_onnx and planned.onnx is not None else planned.artifact
    path = str(place(artifact))
    return Spec(
        number=planned.number,
        model=planned.model,
        version=planned.version,
        role=planned.role,
        share=planned.share,
        path=path,
        format=artifact.format,
        onnx=path if use_onnx else None,
        signature=planned.signature,
        sample=str(place(planned.sample)) if planned.sample is not None else None,
        sample_format=planned.sample.format if planned.sample is not None else "parquet",
        consent=settings.consent,
        memory=settings.memory or memory,
    )


class Place(Protocol):
    """Where the bytes of artifacts lie on this machine; a subclass knows how they come there."""

    def __call__(self, artifact: Artifact) -> Path: ...


class FolderPlace(Place):
    """Bytes in the folder `blobs` of a plan folder, checked against their digest when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, artifact: Artifact) -> Path:
        if not is_digest(artifact.digest):
            raise UsageError(f"`{artifact.digest[:80]}` is no digest", where=str(self.folder))
        path = self.folder / artifact.digest
        if artifact.inline is not None and not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(artifact.inline)
        if not path.exists():
            raise MissingContent(f"the bytes of `{artifact.name}` are not there", where=str(path), hint="export the version again")
        if path.is_file() and digest_file(path, threads=1) != artifact.digest:
            raise Damaged(f"the bytes of `{artifact.name}` are not what was exported", where=str(path), hint="export the version again")
        return path


def read_plan(folder: Path) -> Plan:
    """The plan in a folder; raises UsageError when there is none or it does not parse."""
    path = folder / "plan.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except OSError as error:
        raise UsageError(
            f"`{folder}` holds no plan.json: {error.strerror}", where=str(path), hint="treadle models export makes one"
        ) from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"the plan cannot be read: {error}", where=str(path), hint="export the version again") from error


def write_plan(folder: Path, plan: Plan, blobs: dict[str, bytes]) -> None:
    """Writes a plan folder. `blobs` are bytes by digest; raises Damaged for bytes that have another digest."""
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    for digest, data in blobs.items():
        if digest_bytes(data) != digest:
            raise Damaged("bytes for a plan do not have their digest", where=digest)
        (folder / "blobs" / digest).write_bytes(data)
    (folder / "plan.json").write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=2))
