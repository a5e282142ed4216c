"""What a format is: five verbs over one kind of value, and the record of a value that was saved."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from treadle.core.errors import FormatError

SMALL = 64 << 10
"""Bytes: values that take at most this much stay in memory as `Saved.data`, larger ones are written to the target."""

FORMS = ("value", "polars", "polars_lazy", "pandas", "arrow", "numpy", "path", "stream", "bytes", "text", "json")


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A saved value: either its bytes (`data`, small values) or a file or folder at `path`.

    `tree` says that `path` is a folder. `pickled` marks bytes whose loading executes code, so that loading them needs consent.
    `about` describes the value without its bytes: rows, columns, shape, dtype, class, the libraries' versions.
    """

    format: str
    data: bytes | None = None
    path: Path | None = None
    tree: bool = False
    pickled: bool = False
    about: dict[str, Any] = {}


class Format(Protocol):
    """How one kind of value is saved, loaded and described. Implementations import their library inside the verbs.

    A plug-in is an entry point of the group `treadle.formats` that names a class with these verbs and no constructor arguments.
    """

    name: str

    def claims(self, value: Any) -> bool:
        """Whether this format saves such a value when nobody asked for a format by name. Must not import a library."""

    def save(self, value: Any, target: Path) -> Saved:
        """Writes the value to `target` (which does not exist yet), or returns small bytes; raises FormatError."""

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        """The value in the form `want`, one of FORMS except path, stream and bytes; raises FormatError."""

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        """What is known of the saved value without building it where that is possible."""

    def preview(self, source: bytes | Path, rows: int) -> Any:
        """A small plain-data view for people: a list of rows, a shortened text, or None."""


def class_name(value: Any) -> str:
    """The full name of a value's class, as messages and descriptions show it."""
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def described(value: Any, *libraries: str, **facts: Any) -> dict[str, Any]:
    """The start of every description: the class, and the versions of the libraries that are loaded."""
    versions = {name: str(getattr(sys.modules[name], "__version__", "?")) for name in libraries if name in sys.modules}
    return {"class": class_name(value), **({"libraries": versions} if versions else {}), **facts}


def impossible(format_name: str, want: str) -> FormatError:
    """The error for a wish that a format cannot fulfil."""
    return FormatError(
        f"an artifact of the format `{format_name}` cannot be given as `{want}`",
        hint="annotate the argument differently, or without a type",
    )


def missing(library: str, why: str) -> FormatError:
    """The error for a library that is not installed."""
    return FormatError(f"{why} needs the package `{library}`, which is not installed", hint=f"uv pip install {library}")


# What Python and the libraries raise when bytes are not what they claim; each format adds its library's own classes.
_DAMAGE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OSError,
    RuntimeError,
    AssertionError,
    OverflowError,
    MemoryError,
)


Damage = Callable[[], tuple[type[BaseException], ...]]


@contextmanager
def reading(format_name: str, source: bytes | Path, *damage: type[BaseException], late: Damage = tuple) -> Iterator[None]:
    """Turns what a library raises over unreadable bytes into a FormatError that names the format.

    `damage` are the library's own classes of errors; `late` answers them where the library is imported only inside of the block.
    """
    try:
        yield
    except FormatError:
        raise
    except ModuleNotFoundError as error:
        raise missing(error.name or "?", f"loading the format `{format_name}`") from error
    except _all_damage(damage, late) as error:
        where = None if isinstance(source, bytes) else str(source)
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise FormatError(f"the bytes cannot be read as `{format_name}`: {first}", where=where, hint="treadle data verify") from error


def _all_damage(damage: tuple[type[BaseException], ...], late: Damage) -> tuple[type[BaseException], ...]:
    import zipfile  # here, because an import costs milliseconds and an error is rare
    import zlib

    return (*_DAMAGE, zipfile.BadZipFile, zlib.error, *damage, *late())


def all_bytes(source: bytes | Path) -> bytes:
    """The bytes of a source that is a file or already bytes."""
    return source if isinstance(source, bytes) else source.read_bytes()


def keep(format_name: str, data: bytes, target: Path, about: dict[str, Any], *, pickled: bool = False) -> Saved:
    """Small bytes stay in memory, larger ones go to the target."""
    if len(data) <= SMALL:
        return Saved(format=format_name, data=data, about=about, pickled=pickled)
    target.write_bytes(data)
    return Saved(format=format_name, path=target, about=about, pickled=pickled)
