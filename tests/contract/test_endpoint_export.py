"""What is exported runs without anything else, and holds no text that was not checked."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.ensemble import HistGradientBoostingClassifier

from treadle.contract.data import Artifact
from treadle.contract.registry import Column, Signature
from treadle.contract.serving import Planned
from treadle.core.content import digest_bytes
from treadle.core.errors import UsageError
from treadle.endpoint.convert import to_onnx
from treadle.endpoint.export import kserve_manifest, write_image
from treadle.sdk import formats

X = np.random.default_rng(0).standard_normal((200, 3))
MODEL = HistGradientBoostingClassifier(max_iter=5).fit(X, X[:, 0] > 0)
SIGNATURE = Signature(
    inputs=tuple(Column(name=n, type="float64") for n in "abc"),
    outputs=tuple(Column(name=n, type="float64") for n in ("False", "True")),
    method="predict_proba",
)
PACKAGES = {one.metadata["Name"]: one.version for one in metadata.distributions()}


def exported(folder: Path, *, onnx: bool) -> tuple[Path, list[Path]]:
    saved = formats.save(MODEL, folder / "model")
    data = saved.data if saved.data is not None else (folder / "model").read_bytes()
    form, reason = to_onnx(MODEL, X)
    assert form is not None, reason
    blobs = {digest_bytes(data): data, digest_bytes(form): form}
    planned = Planned(
        number=4,
        model="risk",
        version=9,
        role="ready",
        share=0.0,
        artifact=Artifact(name="model", digest=digest_bytes(data), size=len(data), format="sklearn"),
        onnx=Artifact(name="onnx", digest=digest_bytes(form), size=len(form), format="onnx") if onnx else None,
        signature=SIGNATURE,
        sample=Artifact(name="sample", digest="0" * 64, size=1, format="parquet"),
    )
    return folder / "image", write_image(folder / "image", planned, blobs, PACKAGES, "3.11.7", consent=False)


@pytest.mark.parametrize("onnx", [True, False])
def test_an_image_context_serves_by_itself(tmp_path: Path, onnx: bool) -> None:
    image, files = exported(tmp_path, onnx=onnx)
    assert {path.relative_to(image).parts[0] for path in files} == {
        ".dockerignore", "Dockerfile", "README.md", "constraints.txt", "plan", "requirements.txt", "treadle",
    }  # fmt: skip
    assert len(list((image / "plan" / "blobs").iterdir())) == 1
    words = json.loads((image / "Dockerfile").read_text().splitlines()[-1].removeprefix("ENTRYPOINT "))
    assert words[:4] == ["python", "-m", "treadle", "serve"]
    command = [sys.executable, *words[1:-1], "0"]
    command[command.index("/app/plan")] = "plan"
    command[command.index("0.0.0.0")] = "127.0.0.1"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_")} | {"PYTHONPATH": str(image)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=image, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "risk" in said, (tmp_path / "log").read_text()
    connection = http.client.HTTPConnection("127.0.0.1", int(said.rpartition(":")[2]), timeout=30)
    connection.request("POST", "/predict", json.dumps({"rows": X[:5].tolist()}), {"Content-Type": "application/json"})
    found = json.loads(connection.getresponse().read())["predictions"]
    connection.close()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    process.stdout.close()
    assert np.allclose(found, MODEL.predict_proba(X[:5]), atol=1e-6)


def test_requirements_are_those_of_the_recorded_environment(tmp_path: Path) -> None:
    image, _ = exported(tmp_path, onnx=False)
    required = (image / "requirements.txt").read_text().splitlines()
    assert f"scikit-learn=={PACKAGES['scikit-learn']}" in required
    assert not any(line.startswith(("pandas", "pytest", "treadle")) for line in required)
    assert set(required) <= set((image / "constraints.txt").read_text().splitlines())


@pytest.mark.parametrize(
    ("packages", "python"),
    [({"numpy": "1.0; rm -rf /"}, "3.11"), ({"x\nRUN evil": "1"}, "3.11"), ({"--index-url": "1"}, "3.11"), ({}, "3.11\nRUN evil")],
)
def test_text_that_is_no_package_and_no_version_is_refused(tmp_path: Path, packages: dict[str, str], python: str) -> None:
    data = b"bytes"
    artifact = Artifact(name="model", digest=digest_bytes(data), size=5, format="sklearn")
    planned = Planned(number=1, model="m", version=1, role="live", share=1.0, artifact=artifact)
    with pytest.raises(UsageError):
        write_image(tmp_path / "image", planned, {artifact.digest: data}, packages, python, consent=False)


def test_a_pickle_is_exported_only_with_consent(tmp_path: Path) -> None:
    artifact = Artifact(name="model", digest=digest_bytes(b"x"), size=1, format="pickle", pickled=True)
    planned = Planned(number=1, model="m", version=1, role="live", share=1.0, artifact=artifact)
    with pytest.raises(UsageError, match="executes code"):
        write_image(tmp_path / "image", planned, {artifact.digest: b"x"}, {}, "3.11", consent=False)
    assert write_image(tmp_path / "image", planned, {artifact.digest: b"x"}, {}, "3.11", consent=True)


def test_a_kserve_manifest_is_yaml_with_what_kserve_reads() -> None:
    found: dict[str, Any] = yaml.safe_load(kserve_manifest("flight-delay", "registry.local/flight-delay:v3", replicas=2))
    assert (found["apiVersion"], found["kind"], found["metadata"]["name"]) == (
        "serving.kserve.io/v1beta1",
        "InferenceService",
        "flight-delay",
    )
    predictor = found["spec"]["predictor"]
    assert predictor["minReplicas"] == 2
    (container,) = predictor["containers"]
    assert container["name"] == "kserve-container"
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert container["readinessProbe"]["httpGet"]["path"] == "/v2/health/ready"
    assert container["env"][0]["valueFrom"]["secretKeyRef"] == {"name": "treadle-token", "key": "token"}
    for name, image in (("Bad Name", "i"), ("a", "i j"), ("a\nb: c", "i")):
        with pytest.raises(UsageError):
            kserve_manifest(name, image)
