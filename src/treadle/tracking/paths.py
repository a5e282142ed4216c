"""Paths of files as clients write them: relative, and never out of their owner. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from treadle.core.errors import UsageError

MOST_PATH = 1000
"""Bytes of a path."""

_DRIVE = re.compile(r"[A-Za-z]:")
_DECODED = 4  # so many times a path may have been percent-encoded on its way


def checked(path: str) -> str:
    """The path, when every part of it is a plain name, also to whoever decodes or normalizes it once more. Raises UsageError.

    Decoding is tried as often as it changes something, and compatible forms of Unicode are folded (fullwidth dots and slashes), so
    that no later reader of the name finds a way out that is not seen here.
    """
    if not path or len(path.encode("utf-8", "surrogatepass")) > MOST_PATH:
        raise UsageError(f"a path has 1 to {MOST_PATH} bytes", where=path[:80])
    seen, form = 0, path
    while True:
        for spelt in (form, unicodedata.normalize("NFKC", form)):
            _check(path, spelt)
        following = unquote(form, errors="strict") if _decodable(form) else form
        if following == form:
            return path
        form, seen = following, seen + 1
        if seen > _DECODED:
            raise UsageError("the path is encoded too often", where=path[:80])


def _decodable(form: str) -> bool:
    try:
        unquote(form, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _check(path: str, spelt: str) -> None:
    if any(ord(one) < 32 or one == "\x7f" or "\ud800" <= one <= "\udfff" for one in spelt):
        raise UsageError("a path holds no control characters and no broken text", where=repr(path[:80]))
    if "\\" in spelt or _DRIVE.match(spelt):
        raise UsageError("a path is written with `/`, without drives", where=path[:80])
    if any(part in ("", ".", "..") for part in spelt.split("/")):
        raise UsageError("a path is relative and leads nowhere else: no leading `/`, no empty part, no `.` or `..`", where=path[:80])
