"""A model version as something that runs elsewhere: the context of a container image, and a manifest for KServe.

Pure functions that write files. What a person named - a model, a package, an image - goes into them only after it was checked against a
narrow pattern; no text of theirs is part of a command.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.serving import EndpointSettings, Plan, Planned
from treadle.core.errors import UsageError
from treadle.endpoint.plans import write_plan

PORT = 8080
_BASE = ("msgspec", "blake3", "click", "rich", "uvloop", "httptools", "numpy", "httpx2", "polars")
_OF_FORMAT = {
    "sklearn": ("scikit-learn", "skops"),
    "skops": ("scikit-learn", "skops"),
    "lightgbm": ("lightgbm", "scikit-learn"),
    "xgboost": ("xgboost", "scikit-learn"),
    "onnx": ("onnxruntime",),
    "torch": ("torch", "safetensors"),
}
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9]([A-Za-z0-9.+!_-]*[A-Za-z0-9])?")
_PYTHON = re.compile(r"3\.[0-9]{1,2}(\.[0-9]{1,2})?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._/:@-]{0,254}", re.IGNORECASE)
_DOCKERFILE = """\
FROM python:{python}-slim
RUN ["useradd", "--uid", "10001", "--create-home", "treadle"]
WORKDIR /app
COPY requirements.txt constraints.txt /app/
RUN ["pip", "install", "--no-cache-dir", "--requirement", "requirements.txt", "--constraint", "constraints.txt"]
COPY treadle /app/treadle
COPY --chown=10001:10001 plan /app/plan
ENV PYTHONPATH=/app PYTHONUNBUFFERED=1
USER 10001
EXPOSE {port}
ENTRYPOINT ["python", "-m", "treadle", "serve", "--plan", "/app/plan", "--host", "0.0.0.0", "--port", "{port}"]
"""
_README = """\
The context of a container image that answers predictions, made by Treadle. Nothing outside of this folder is needed but the packages.

    docker build -t NAME .
    docker run -e TREADLE_TOKEN=A-LONG-SECRET -p {port}:{port} NAME

Callers send the secret: `Authorization: Bearer A-LONG-SECRET`. Without a container it is the same:

    TREADLE_TOKEN=A-LONG-SECRET python -m treadle serve --plan plan --host 0.0.0.0 --port {port}
"""


def write_image(
    folder: Path, planned: Planned, blobs: Mapping[str, bytes], packages: Mapping[str, str], python: str, *, consent: bool
) -> list[Path]:
    """Writes the context of an image that serves one version; answers the files.

    `blobs` are the bytes of its artifacts by digest, `packages` the distributions of the recorded environment with their versions,
    `python` its interpreter's version. `consent` allows a model whose loading executes code. Raises UsageError for a folder that is
    not empty, for names that are none, and for a model that needs consent and has it not.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"the folder `{folder}` is not empty", hint="name one that does not exist yet")
    if _PYTHON.fullmatch(python) is None:
        raise UsageError(f"`{python[:40]}` is not a version of Python", hint="3.11")
    use_onnx = planned.onnx is not None
    artifact = planned.onnx if planned.onnx is not None else planned.artifact
    if artifact.pickled and not consent:
        raise UsageError("loading this model executes code (it is a pickle)", hint="export it with --consent if you trust it")
    if artifact.tree:
        raise UsageError("a model that is a folder cannot be exported", hint="save it in a format of one file")
    settings = EndpointSettings(host="0.0.0.0", port=PORT, onnx=use_onnx, consent=consent)  # noqa: S104 - inside of its container
    # Only what is loaded goes along: the sample holds rows of real data, which have no place in an image.
    revision = msgspec.structs.replace(planned, number=1, role="live", share=1.0, sample=None, profile=None)
    plan = Plan(endpoint=planned.model, state="on", generation=1, settings=settings, revisions=(revision,))
    needed = {one.digest: blobs[one.digest] for one in (artifact,) if one.digest in blobs}
    if artifact.digest not in needed and artifact.inline is None:
        raise UsageError(f"the bytes of `{planned.model}` v{planned.version} were not given", where=artifact.digest)
    write_plan(folder / "plan", plan, needed)
    source = Path(__file__).resolve().parent.parent
    shutil.copytree(source, folder / "treadle", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    _write(folder / "requirements.txt", _pinned({n: v for n, v in packages.items() if _plain(n) in _wanted(artifact.format, planned)}))
    _write(folder / "constraints.txt", _pinned(packages))
    _write(folder / "Dockerfile", _DOCKERFILE.format(python=".".join(python.split(".")[:2]), port=PORT))
    _write(folder / ".dockerignore", "**/__pycache__\nplan/state\n")
    _write(folder / "README.md", _README.format(port=PORT))
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _wanted(format: str, planned: Planned) -> set[str]:
    frame = planned.signature.frame if planned.signature is not None else "numpy"
    wanted = {*_BASE, *_OF_FORMAT.get(format, ())}
    # A model in a format without a library of its own may need anything that was there.
    return (
        wanted | ({"pandas", "pyarrow"} if frame == "pandas" else set())
        if format in _OF_FORMAT
        else wanted | {"pandas", "scikit-learn", "lightgbm"}
    )


def _pinned(packages: Mapping[str, str]) -> str:
    lines = []
    for name, version in sorted(packages.items()):
        if _plain(name) == "treadle":
            continue  # it is part of the context
        if _NAME.fullmatch(name) is None or _VERSION.fullmatch(version) is None:
            raise UsageError(f"`{name[:60]}=={version[:60]}` is not a package with its version")
        lines.append(f"{name}=={version}\n")
    return "".join(lines)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def kserve_manifest(
    name: str, image: str, *, credential: str = "treadle-token", memory: str = "512Mi", cpu: str = "1", replicas: int = 1
) -> str:
    """A KServe InferenceService that runs such an image (https://kserve.github.io/website, serving.kserve.io/v1beta1).

    `credential` names a Kubernetes secret whose key `token` is what callers must send. Raises UsageError for names that Kubernetes does
    not take.
    """
    for what, text, pattern in (("name", name, _LABEL), ("image", image, _IMAGE), ("secret", credential, _LABEL)):
        if pattern.fullmatch(text) is None:
            raise UsageError(f"`{text[:80]}` cannot be the {what} in a manifest", hint="small letters, digits and dashes")
    for what, text in (("memory", memory), ("cpu", cpu)):
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi)?", text) is None:
            raise UsageError(f"`{text[:40]}` is not an amount of {what}", hint="512Mi, or 1")
    amounts = {"memory": memory, "cpu": cpu}
    container: dict[str, Any] = {
        "name": "kserve-container",
        "image": image,
        "ports": [{"containerPort": PORT, "protocol": "TCP"}],
        "env": [{"name": "TREADLE_TOKEN", "valueFrom": {"secretKeyRef": {"name": credential, "key": "token"}}}],
        "readinessProbe": {"httpGet": {"path": "/v2/health/ready", "port": PORT}},
        "livenessProbe": {"httpGet": {"path": "/v2/health/live", "port": PORT}},
        "resources": {"requests": amounts, "limits": amounts},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    manifest = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"minReplicas": replicas, "containers": [container]}},
    }
    return "\n".join(_yaml(manifest, 0)) + "\n"


def _yaml(value: Any, depth: int) -> list[str]:
    """Block style with every text in quotes, so that nothing is taken for something else."""
    space = "  " * depth
    lines: list[str] = []
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                lines += [f"{space}{key}:", *_yaml(item, depth + 1)]
            else:
                lines.append(f"{space}{key}: {msgspec.json.encode(item).decode()}")
        return lines
    for item in value:
        if isinstance(item, (dict, list)):
            below = _yaml(item, depth + 1)
            lines += [f"{space}- {below[0].lstrip()}", *below[1:]]
        else:
            lines.append(f"{space}- {msgspec.json.encode(item).decode()}")
    return lines


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
