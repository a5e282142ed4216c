"""The model that every server of the benchmark answers with: gradient boosting of scikit-learn, 100 trees, 30 columns, two classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from treadle.contract.data import Artifact
from treadle.contract.registry import Column, Signature
from treadle.contract.serving import EndpointSettings, Plan, Planned
from treadle.core.content import digest_bytes
from treadle.endpoint.convert import to_onnx
from treadle.endpoint.plans import write_plan
from treadle.sdk import formats

COLUMNS = 30


def prepare(folder: Path) -> None:
    """Writes the model, two plan folders (`sklearn`, `onnx`) and the bodies of requests with 1 and 100 rows."""
    model, rows = fitted()
    saved = formats.save(model, folder / "model.skops")
    data = saved.data if saved.data is not None else (folder / "model.skops").read_bytes()
    (folder / "model.skops").write_bytes(data)
    form, reason = to_onnx(model, rows[:2000])
    assert form is not None, reason
    for name, onnx in (("sklearn", None), ("onnx", form)):
        write_folder(folder / name, rows, data, onnx)
    for count in (1, 100):
        (folder / f"rows_{count}.json").write_bytes(msgspec.json.encode({"rows": np.round(rows[:count], 6).tolist()}))


def fitted() -> tuple[Any, Any]:
    from sklearn.datasets import make_classification
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, truth = make_classification(n_samples=20_000, n_features=COLUMNS, n_informative=15, n_redundant=5, random_state=7)
    return HistGradientBoostingClassifier(max_iter=100, early_stopping=False, random_state=7).fit(rows, truth), rows


def write_folder(folder: Path, rows: Any, data: bytes, onnx: bytes | None) -> None:
    columns = tuple(Column(name=f"f{i}", type="float64", lowest=float(v.min()), highest=float(v.max())) for i, v in enumerate(rows.T))
    outputs = (Column(name="0", type="float64"), Column(name="1", type="float64"))

    def artifact(name: str, content: bytes, format: str) -> Artifact:
        return Artifact(name=name, digest=digest_bytes(content), size=len(content), format=format)

    planned = Planned(
        number=1,
        model="bench",
        version=1,
        role="live",
        share=1.0,
        artifact=artifact("model", data, "sklearn"),
        onnx=artifact("onnx", onnx, "onnx") if onnx is not None else None,
        signature=Signature(inputs=columns, outputs=outputs, method="predict_proba", rows=len(rows)),
    )
    plan = Plan(endpoint="bench", state="on", generation=1, settings=EndpointSettings(), revisions=(planned,))
    write_plan(folder, plan, {digest_bytes(content): content for content in (data, onnx) if content is not None})
