"""Treadle: the whole loop of a model's life in one package.

    from treadle import dataset, log, pipeline, step

Everything here is imported when it is first used: `import treadle` alone costs almost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from treadle.sdk.client import Client, connect
    from treadle.sdk.define import command, dataset, fixed, pipeline, step
    from treadle.sdk.track import artifact, figure, image, log, log_many, log_params, note, table, tag

_FACE = {
    **dict.fromkeys(("command", "dataset", "fixed", "pipeline", "step"), "treadle.sdk.define"),
    **dict.fromkeys(("artifact", "figure", "image", "log", "log_many", "log_params", "note", "table", "tag"), "treadle.sdk.track"),
    **dict.fromkeys(("Client", "connect"), "treadle.sdk.client"),
}

__all__ = [
    "Client",
    "artifact",
    "command",
    "connect",
    "dataset",
    "figure",
    "fixed",
    "image",
    "log",
    "log_many",
    "log_params",
    "note",
    "pipeline",
    "step",
    "table",
    "tag",
]


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module 'treadle' has no attribute {name!r}")
    value = getattr(importlib.import_module(_FACE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
