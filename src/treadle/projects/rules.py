"""What projects, variables and repositories may be called. Pure: no database, no clock."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from treadle.core.errors import UsageError

DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
MOST_VALUE = 64 << 10


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"`{name[:80]}` cannot be the name of a project", hint="up to 64 letters, digits, dots, dashes and underscores")


def check_variable(name: str, value: str) -> None:
    if not _VARIABLE.fullmatch(name):
        raise UsageError(f"`{name[:80]}` cannot be the name of an environment variable", hint="letters, digits, dashes and underscores")
    if len(value) > MOST_VALUE or "\0" in value:
        raise UsageError(f"the value of `{name}` cannot be that of an environment variable", hint=f"at most {MOST_VALUE >> 10} KiB of text")


def check_secret(name: str, value: str) -> None:
    """A secret is kept as a line of a file."""
    if "\n" in value or "\r" in value:
        raise UsageError(f"the secret `{name}` has several lines", hint="encode it, for example with base64")


def check_yaml(yaml: str) -> None:
    """Raises UsageError for a file of declarations that would lie outside of the project's code."""
    path = PurePosixPath(yaml)
    if not yaml or path.is_absolute() or ".." in path.parts or "\0" in yaml:
        raise UsageError(f"`{yaml[:80]}` is no file within a project's code", hint="a relative path, for example valohai.yaml")


def check_repository(repository: str) -> None:
    if repository.startswith("-") or "\0" in repository or "::" in repository:
        raise UsageError(f"`{repository[:80]}` is no repository", hint="https://..., ssh://..., git@host:path, or a folder")
