"""Progress of long work on files, as one line on the terminal that is rewritten in place: how far, how fast, how long yet."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from treadle.cli import output

_DRAW_SECONDS = 0.1
_SILENT_SECONDS = 0.5  # work that is over before nobody needs to watch


class Meter:
    """Told of (files done, bytes done, files in all); draws on stderr where that is a terminal."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._began = self._drawn = time.monotonic()
        self._shown = sys.stderr.isatty() and not output.is_quiet()
        self._dirty = False

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._dirty:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def __call__(self, files: int, size: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or now - self._drawn < _DRAW_SECONDS or now - self._began < _SILENT_SECONDS:
            return
        self._drawn = now
        self._dirty = True
        sys.stderr.write(f"\r\x1b[2K  {self.sentence(files, size, total, now - self._began)}")
        sys.stderr.flush()

    def sentence(self, files: int, size: int, total: int, spent: float) -> str:
        """`adding 12,000 of 50,000 files, 210.0 MB, 130.0 MB/s, about 3.2 s left`."""
        text = f"{self._verb} {files:,} of {total:,} files, {output.size(size)}, {output.size(size / spent)}/s"
        if 0 < files < total:
            text += f", about {output.duration(spent / files * (total - files))} left"
        return text
