"""How values are saved, loaded and described: one small protocol, one file per family of formats.

Choosing a format looks at the class's name only, and a library is imported when a value of it is saved or loaded: importing this
package costs next to nothing. Pickle is never chosen: `format="pickle"` asks for it by name, and loading it needs `consent=True`.

A source that is a folder of equal tables (a dataset version) loads as one table. A small value's bytes wished as a path are
written to a temporary folder that lives as long as the process.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError, MissingContent
from treadle.sdk.formats.choice import choose, named
from treadle.sdk.formats.forms import as_path, form_of
from treadle.sdk.formats.protocol import FORMS, Format, Saved, impossible

__all__ = ["FORMS", "Format", "Saved", "describe", "form_of", "load", "preview", "save"]


def save(value: Any, target: Path, *, format: str | None = None) -> Saved:
    """Saves a value, in the format named or in the one that claims its type.

    `target` is where a file or folder goes when the value is not small; it must not exist. Raises FormatError when no format
    serves, when the value is not what the named format saves, or when its library is missing.
    """
    return (choose(value) if format is None else named(format)).save(value, target)


def load(format: str, source: bytes | Path, want: str = "value", *, consent: bool = False) -> Any:
    """Loads a value in the form `want` (one of FORMS; "value" is the form that was saved).

    `consent` allows what executes code: a pickle, or an estimator with classes from outside the known list. Raises FormatError
    when the bytes are not what the format claims or cannot become what is wanted, MissingContent when the file is not there.
    """
    if want not in FORMS:
        raise FormatError(f"there is no form `{want}`", hint=f"forms: {', '.join(FORMS)}")
    found = named(format)
    tree = _present(source)
    if want == "path":
        return as_path(format, source)
    if want in ("stream", "bytes"):
        if tree:
            raise impossible(f"{format} (a folder)", want)
        if want == "bytes":
            return source if isinstance(source, bytes) else source.read_bytes()
        return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    return found.load(source, want, consent=consent)


def describe(format: str, source: bytes | Path) -> dict[str, Any]:
    """Facts about a saved value: rows and columns, shape, class, sizes. Raises FormatError when the bytes are damaged."""
    _present(source)
    return named(format).describe(source)


def preview(format: str, source: bytes | Path, rows: int = 20) -> Any:
    """A small plain-data view: at most `rows` rows of a table, lines of a text or items of a list; None where there is none."""
    _present(source)
    return named(format).preview(source, rows)


def _present(source: bytes | Path) -> bool:
    """Whether the source is a folder; raises MissingContent when it is nothing."""
    if isinstance(source, bytes):
        return False
    if not source.exists():
        raise MissingContent("the bytes of the artifact are not there", where=str(source), hint="treadle data verify")
    return source.is_dir()
