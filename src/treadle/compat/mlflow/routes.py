"""Which files hold the routes."""

from __future__ import annotations

import importlib

_FILES = (
    "experiments",
    "files",
    "logged_models",
    "metrics",
    "otlp",
    "registry",
    "runs",
    "server_info",
    "traces",
    "webhooks",
)


def load() -> None:
    """Imports every file that answers routes."""
    for name in _FILES:
        importlib.import_module(f"treadle.compat.mlflow.{name}")
