"""What a check of a model found, as JSON. The whole of it also stands in `about`, so that the record needs no bytes to know it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, impossible, keep, reading


class EvidenceFormat:
    """Evidence of the contract (treadle.contract.registry). Chosen by name only."""

    name = "evidence"

    def claims(self, value: Any) -> bool:
        del value
        return False

    def save(self, value: Any, target: Path) -> Saved:
        from treadle.contract.registry import Evidence

        if not isinstance(value, Evidence):
            raise FormatError(f"the format `evidence` saves what a check found, not `{class_name(value)}`")
        about = {"class": class_name(value), "evidence": msgspec.to_builtins(value)}
        return keep(self.name, msgspec.json.encode(value), target, about)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        from treadle.contract.registry import Evidence

        del consent
        if want not in ("value", "json"):
            raise impossible(self.name, want)
        with reading(self.name, source, msgspec.MsgspecError):
            data = all_bytes(source)
            return msgspec.json.decode(data) if want == "json" else msgspec.json.decode(data, type=Evidence)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        return {"class": "treadle.contract.registry.Evidence", "gates": len(self.load(source, "value").gates)}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        return [f"{gate.gate}: {gate.state}: {gate.sentence}" for gate in self.load(source, "value").gates[:rows]]
