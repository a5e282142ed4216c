"""Treadle: the whole loop of a model's life in one package.

    from treadle import dataset, log, pipeline, step

Everything here is imported when it is first used: `import treadle` alone costs almost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from treadle.sdk import expect, gates, loop
    from treadle.sdk.autolog import autolog
    from treadle.sdk.client import Client, connect
    from treadle.sdk.define import command, dataset, fixed, pipeline, step
    from treadle.sdk.loop import do, monitor, trigger, when
    from treadle.sdk.models import model
    from treadle.sdk.scoring import score_dataset
    from treadle.sdk.sweep import choice, integers, log_uniform, sweep, uniform
    from treadle.sdk.tensorboard import follow_tensorboard
    from treadle.sdk.track import (
        artifact,
        audio,
        confusion_matrix,
        curve,
        figure,
        histogram,
        image,
        log,
        log_many,
        log_params,
        note,
        table,
        tag,
        text,
    )

_FACE = {
    **dict.fromkeys(("command", "dataset", "fixed", "pipeline", "step"), "treadle.sdk.define"),
    **dict.fromkeys(
        ("artifact audio confusion_matrix curve figure histogram image log log_many log_params note table tag text").split(),
        "treadle.sdk.track",
    ),
    **dict.fromkeys(("Client", "connect"), "treadle.sdk.client"),
    **dict.fromkeys(("do", "monitor", "trigger", "when"), "treadle.sdk.loop"),
    "autolog": "treadle.sdk.autolog",
    "model": "treadle.sdk.models",
    "follow_tensorboard": "treadle.sdk.tensorboard",
    "score_dataset": "treadle.sdk.scoring",
    **dict.fromkeys(("choice", "integers", "log_uniform", "sweep", "uniform"), "treadle.sdk.sweep"),
}
_MODULES = {"expect": "treadle.sdk.expect", "gates": "treadle.sdk.gates", "loop": "treadle.sdk.loop"}

__all__ = [
    "Client",
    "artifact",
    "audio",
    "autolog",
    "choice",
    "command",
    "confusion_matrix",
    "connect",
    "curve",
    "dataset",
    "do",
    "expect",
    "figure",
    "fixed",
    "follow_tensorboard",
    "gates",
    "histogram",
    "image",
    "integers",
    "log",
    "log_many",
    "log_params",
    "log_uniform",
    "loop",
    "model",
    "monitor",
    "note",
    "pipeline",
    "score_dataset",
    "step",
    "sweep",
    "table",
    "tag",
    "text",
    "trigger",
    "uniform",
    "when",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = importlib.import_module(_MODULES[name])
    elif name in _FACE:
        value = getattr(importlib.import_module(_FACE[name]), name)
    else:
        raise AttributeError(f"module 'treadle' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
