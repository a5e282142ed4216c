"""Words for who reads a run's code: its files as they were taken down, and how those of two runs differ."""

from __future__ import annotations

import msgspec

from treadle.core.operation import GET, operation

Snapshot = dict[str, tuple[int, bytes]]
"""A project's files as a snapshot holds them (as MessagePack): path to mode and bytes."""

MOST_TEXT = 1 << 20
"""Bytes of one file, or of a patch, that are shown."""


class CodeFile(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    size: int


class RunCode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The code of a run. `files` are those of its snapshot; `text` is that of `path` (None for a file that is no text), `patch` what
    was not committed. `whole` False: text or patch is only its beginning."""

    run: int
    digest: str = ""
    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    dirty: bool = False
    note: str | None = None
    warnings: tuple[str, ...] = ()
    files: tuple[CodeFile, ...] = ()
    path: str = ""
    text: str | None = None
    patch: str | None = None
    whole: bool = True


class ReadCode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Without a `path` the file in which the step is written, where it is known."""

    run: str
    path: str = ""


read_code = operation(
    "runs.code", GET, "/runs/{run}/code", ReadCode, RunCode, allow="run:read", summary="The code that a run was performed with."
)


class FileDifference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`state` is added, removed or changed; `diff` the unified difference, None for files that are no text or too long."""

    path: str
    state: str
    diff: str | None = None


class PackageDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution that only one environment has, or in another version."""

    name: str
    a: str | None
    b: str | None


class CodeDiff(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the code and the environment of run `b` differ from those of `a`. Empty: they are the same, unless `without_code` or
    `without_environment` name runs of which nothing is kept: then nothing is compared."""

    a: int
    b: int
    files: tuple[FileDifference, ...] = ()
    packages: tuple[PackageDifference, ...] = ()
    python: tuple[str, str] | None = None
    """The interpreters, where they differ."""
    without_code: tuple[int, ...] = ()
    without_environment: tuple[int, ...] = ()


class DiffCode(msgspec.Struct, frozen=True, kw_only=True):
    a: str
    b: str


diff_code = operation(
    "runs.code_diff", GET, "/code-diff/{a}/{b}", DiffCode, CodeDiff, allow="run:read", summary="How the code of two runs differs."
)
