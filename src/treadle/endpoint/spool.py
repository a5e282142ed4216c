"""Recording predictions: frames appended to a file of the worker before the answers leave.

One write per batch, of bytes that exist already: the rows as they went to the model and the answers as they came from it. A process
that is killed has therefore recorded whatever it answered. The file is named `*.open` and locked while its worker lives; it is renamed
to `*.spool` when it is full or old enough, and then never changes again. Whoever ships it may use its name as the key.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.endpoint.frames import pack

if TYPE_CHECKING:
    from treadle.endpoint.lines import Job, Line

MOST_BYTES = 16 << 20
MOST_ROWS = 5000
MOST_SECONDS = 1.0
OPEN, CLOSED = ".open", ".spool"


class Recorder:
    """Appends what one worker answers. `share` 0 records nothing; a share between is taken out by key when the spool is shipped."""

    def __init__(self, folder: Path | None, endpoint: str, share: float) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.share = share
        self.lost = 0
        """Predictions that could not be recorded, because the disk was full or gone."""
        self._fd = -1
        self._path = ""
        self._size = self._rows = 0
        self._since = 0.0
        self._told: set[int] = set()

    @property
    def on(self) -> bool:
        return self.folder is not None and self.share > 0.0

    def batch(
        self, line: Line, jobs: list[Job], inputs: bytes, sizes: list[int], counts: list[int], answer: list[Any], body: bytes, now: float
    ) -> None:
        """One batch with its answers: `answer` is the header of the model's frame, `now` the clock the latencies end at."""
        header = {
            "r": line.number,
            "o": [job.role for job in jobs],
            "i": [job.id for job in jobs],
            "c": counts,
            "s": sizes,
            "t": [job.received for job in jobs],
            "l": [now - job.began for job in jobs],
            "k": [job.rows.keys or job.key for job in jobs],
            "a": [job.rows.times or job.at for job in jobs],
            "m": line.checker.matrix,
            "w": answer[:3],
            "b": len(inputs),
        }
        self._append(line, header, inputs + body, sum(counts))

    def failed(self, line: Line, jobs: list[Job], reason: str, now: float) -> None:
        """Requests that this revision did not answer."""
        inputs = b"".join([job.rows.payload for job in jobs])
        counts = [job.rows.size for job in jobs]
        errors = dict.fromkeys(range(len(jobs)), reason)
        self.batch(line, jobs, inputs, [len(job.rows.payload) for job in jobs], counts, ["", 0, errors], b"", now)

    def _append(self, line: Line, header: dict[str, Any], body: bytes, rows: int) -> None:
        try:
            if self._fd < 0:
                self._open()
            frame = pack(header, body)
            if line.number not in self._told:
                self._told.add(line.number)
                frame = pack(line.described) + frame
            written = os.write(self._fd, frame)
            if written != len(frame):
                os.ftruncate(self._fd, self._size)  # half a frame would hide the ones behind it
                os.lseek(self._fd, self._size, os.SEEK_SET)
                raise OSError(28, "no room")
            self._size += written
            self._rows += rows
        except OSError:
            # Answering goes on: a full disk must not stop an endpoint. The loss is counted and shown.
            self.lost += rows

    def _open(self) -> None:
        assert self.folder is not None
        name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._path = str(self.folder / f"{name}{OPEN}")
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._size = self._rows = 0
        self._since = 0.0
        self._told.clear()

    def turn(self, now: float) -> None:
        """Closes the file when it is full or a second old, so that it can be shipped. Called by the worker's tick."""
        if self._fd < 0 or not self._rows:
            return
        if self._since == 0.0:
            self._since = now
        elif self._size >= MOST_BYTES or self._rows >= MOST_ROWS or now - self._since >= MOST_SECONDS:
            self.close()

    def close(self) -> None:
        """Nothing is recorded in this file any more."""
        if self._fd < 0:
            return
        os.close(self._fd)
        self._fd = -1
        with contextlib.suppress(OSError):
            finish(Path(self._path))


def finish(path: Path) -> Path:
    """Renames an open spool that nobody writes any more; answers its new name."""
    closed = path.with_suffix(CLOSED)
    path.rename(closed)
    return closed


def abandoned(folder: Path) -> list[Path]:
    """Open spools whose worker is gone: nobody holds their lock."""
    found = []
    for path in folder.glob(f"*{OPEN}"):
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found.append(path)
        except BlockingIOError:
            pass
        finally:
            os.close(fd)
    return found
