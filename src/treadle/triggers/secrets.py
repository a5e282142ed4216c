"""Secrets by name: from the environment of this process, or from the home folder. Never kept, never shown."""

from __future__ import annotations

import os
import re
from pathlib import Path

from treadle.core.errors import EnvironmentFailed

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
PREFIX = "secret:"


def find_secret(name: str, home: Path) -> str:
    """The value of a secret; raises EnvironmentFailed where it is not set."""
    if _NAME.match(name):
        if os.environ.get(name):
            return os.environ[name]
        file = home / "secrets" / name
        if file.is_file():
            return file.read_text(encoding="utf-8").rstrip("\n")
    raise EnvironmentFailed(f"the secret `{name}` is not set", hint=f"export {name}=..., or write it into HOME/secrets/{name}")


def revealed(value: str, home: Path) -> str:
    """A value, or the secret that `secret:NAME` stands for."""
    return find_secret(value.removeprefix(PREFIX), home) if value.startswith(PREFIX) else value
