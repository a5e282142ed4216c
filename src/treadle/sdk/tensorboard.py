"""Following a folder of TensorBoard's event files: what they say becomes records of a spool."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from treadle.sdk.events import Scalar, needed, read_events
from treadle.sdk.spool import SpoolWriter, column_records

SECONDS = 2.0
"""How often a followed folder is looked at."""

_MOST_FILES = 1000
_PIECE = 4 << 20
_MARK = "tfevents"


class Follower:
    """Reads what has been added to the event files under `folder`, which may not exist yet.

    A metric is named after its tag, in front of it the file's folder relative to `folder` (`train/loss`). Files that were last written
    before `since` (seconds since 1970) belong to earlier runs and are passed over. A damaged file is read up to the damage.
    """

    def __init__(self, folder: str | os.PathLike[str], *, since: float = 0.0) -> None:
        self._folder, self._since = Path(folder), since
        self._reached: dict[Path, int] = {}
        self._given_up: set[Path] = set()

    def records(self) -> Iterator[dict[str, Any]]:
        """Records of what is new."""
        for path in self._files():
            yield from self._new(path)

    def _files(self) -> list[Path]:
        found: list[Path] = []
        for folder, _, names in os.walk(self._folder):
            for name in sorted(names):
                path = Path(folder, name)
                if _MARK in name and path not in self._given_up and (path in self._reached or self._is_ours(path)):
                    found.append(path)
            if len(found) >= _MOST_FILES:
                break
        return found

    def _is_ours(self, path: Path) -> bool:
        try:
            return path.stat().st_mtime >= self._since
        except OSError:
            return False

    def _new(self, path: Path) -> Iterator[dict[str, Any]]:
        size = _PIECE
        while True:
            at = self._reached.setdefault(path, 0)
            try:
                with path.open("rb") as file:
                    file.seek(at)
                    data = file.read(size)
            except OSError:  # gone, or not ours to read: looked at again the next time
                return
            found = read_events(data)
            yield from self._said(path, found.scalars, found.parameters)
            self._reached[path] = at + found.consumed
            if found.damaged:
                self._given_up.add(path)
                yield {"k": "note", "t": time.time(), "v": f"the event file {path.name} is damaged behind byte {at + found.consumed}"}
            if found.damaged or len(data) < size:
                return
            size = _PIECE if found.consumed else max(size, needed(data))  # a picture may be larger than a piece

    def _said(self, path: Path, scalars: list[Scalar], parameters: dict[str, Any]) -> Iterator[dict[str, Any]]:
        within = path.parent.relative_to(self._folder).as_posix()
        lead = "" if within == "." else f"{within}/"
        by_tag: dict[str, list[Scalar]] = defaultdict(list)
        for scalar in scalars:
            by_tag[scalar.tag].append(scalar)
        for tag, points in by_tag.items():
            steps, times, values = [p.step for p in points], [p.at for p in points], [p.value for p in points]
            yield from column_records({lead + tag: values}, steps, times, time.time())
        if parameters:
            yield {"k": "params", "t": time.time(), "v": parameters}


def follow_tensorboard(folder: str | os.PathLike[str]) -> None:
    """From now on takes what is written to the event files under `folder` as metrics, names with their folder: `train/loss`.

    A thread looks every two seconds, and once more at the program's end. Asking twice for one folder is asking once. Files of
    earlier runs in it are passed over.
    """
    import atexit

    from treadle.sdk import script, track
    from treadle.sdk.ticker import Ticker

    known = os.path.abspath(folder)
    if known in _followed:
        return
    _followed.add(known)
    follower = Follower(known, since=script.process_began())

    def look() -> None:
        for record in follower.records():
            track.say(record)

    track.say({"k": "note", "t": time.time(), "v": f"follows {folder}"})  # opens a script's spool, so that its end comes after ours
    ticker = Ticker(SECONDS, look, "treadle-tensorboard")
    ticker.start()

    def last_look() -> None:
        if os.getpid() == owner:
            ticker.stop()
            look()

    owner = os.getpid()
    atexit.register(last_look)


_followed: set[str] = set()


def pour(follower: Follower, writer: SpoolWriter) -> None:
    """Writes what is new to a spool. Raises OSError when there is no room."""
    for record in follower.records():
        writer.write(record)
